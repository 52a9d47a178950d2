"""How the advisors' points compare, for those who may see it: by question, by advisor, and how far they agree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications import calibration as measures
from applications import figures, permissions
from applications.agreement import Agreement, Why
from applications.calibration import Calibration, Spread
from applications.models import Questionnaire
from members.models import User

from . import plots
from .cases import page, person, require
from .figure import NOTHING, Figure, Span, Table, chosen, decimal, headings, span_of
from .plots import Series

MOST_LINES = 6
"""A plot with more lines can't be read: those who have reviewed most are drawn."""


@require_safe
def calibration(request: HttpRequest) -> HttpResponse:
    """Nothing of a case that isn't decided is in it."""
    require(person(request).has_perm(permissions.VIEW_CALIBRATION))
    found = figures.statistics()
    span = span_of(request, {row["year"] for row in found["decisions"]})
    used = {row["questionnaire"] for row in found["points"]}
    questionnaires = list(Questionnaire.objects.filter(pk__in=used))
    keys = [questionnaire.pk for questionnaire in questionnaires]
    questionnaire = chosen(request.GET.get("questionnaire"), keys, keys[0] if keys else 0)
    compared = measures.calibration(questionnaire, span.since, span.until)
    titles = headings(questionnaire)
    advisors = _advisors(compared)
    shown = [
        of_agreement(compared, span),
        of_questions_over_time(compared, span, titles),
        of_questions(compared, titles),
        of_advisors(compared, advisors),
        of_advisors_over_time(compared, span, advisors),
        of_advisors_and_questions(compared, advisors, titles),
    ]
    context = {
        "title": _("How the points compare"),
        "span": span,
        "questionnaires": questionnaires,
        "questionnaire": questionnaire,
        "figures": shown if compared.points else [],
        "least": measures.LEAST,
    }
    return page(request, "calibration", context)


def _advisors(compared: Calibration) -> dict[int, str]:
    """The advisors who have given points, those who have given most first."""
    numbers = {advisor: compared.spread(advisor=advisor).number for *_rest, advisor in compared.points}
    users = User.objects.in_bulk(list(numbers))
    ranked = sorted(numbers, key=lambda key: (-numbers[key], str(users[key])))
    return {key: str(users[key]) for key in ranked}


def in_words(agreed: Agreement | None) -> str:
    """The figure, or why there is none."""
    if agreed is None:
        return NOTHING
    if agreed.why is Why.FEW:
        return _("too few")
    return _("all alike") if agreed.why is Why.SAME else decimal(agreed.value, 2)


def _levels(values: list[float | None]) -> tuple[list[float], list[str]]:
    """The axis of agreement: from 0, or the lowest where it is below, to 1."""
    lowest = min((value for value in values if value is not None), default=0)
    levels = plots.steps(min(lowest, 0), 1)
    return levels, [decimal(level, 2 if len(levels) > 6 else 1) for level in levels]


def of_agreement(compared: Calibration, span: Span) -> Figure:
    rows = [(year, compared.by_year.get(year)) for year in span.years]
    alphas = [row.alpha.value if row else None for _year, row in rows]
    kappas = [row.kappa.value if row else None for _year, row in rows]
    whole = compared.overall
    return Figure(
        name="agreement",
        heading=_("How far the advisors agree, by year"),
        lead=_("All years together: alpha %(alpha)s, kappa %(kappa)s.")
        % {"alpha": in_words(whole.alpha), "kappa": in_words(whole.kappa)},
        plot=plots.lines(
            span.words,
            [Series(_("Krippendorff's alpha"), alphas, "α"), Series(_("Weighted kappa"), kappas, "κ")],
            *_levels([*alphas, *kappas]),
        ),
        empty=_("There are too few cases in each year to draw."),
        unit=_("Agreement: 1 is complete, 0 as by chance"),
        table=Table(
            [_("Year"), _("Judged by two or more"), _("Alpha"), _("Kappa")],
            [
                [str(year), str(row.alpha.judged), in_words(row.alpha), in_words(row.kappa)]
                if row
                else [str(year), "0", NOTHING, NOTHING]
                for year, row in reversed(rows)
            ],
        ),
        notes=[_("“Judged by two or more” counts each question of each case once.")],
    )


def of_questions_over_time(compared: Calibration, span: Span, titles: dict[int, str]) -> Figure:
    agreed = compared.by_year_and_question
    series = [
        Series(
            titles.get(number, ""),
            [agreed[year, number].value if (year, number) in agreed else None for year in span.years],
            str(number),
        )
        for number in compared.numbers
    ]
    return Figure(
        name="questions-over-time",
        heading=_("Agreement by question and year"),
        lead=_("Krippendorff's alpha. A question that stays low may need a clearer rubric."),
        plot=plots.lines(span.words, series, *_levels([value for one in series for value in one.values])),
        empty=_("There are too few cases in each year to draw."),
        unit=_("Alpha: 1 is complete agreement, 0 as by chance"),
        table=Table(
            [_("Year"), *(str(number) for number in compared.numbers)],
            [
                [str(year), *(in_words(agreed.get((year, number))) for number in compared.numbers)]
                for year in reversed(span.years)
            ],
        ),
        notes=[_("The columns are the questions by number.")],
    )


def _enough(spread: Spread) -> Spread:
    """Nothing of a few scores: they would tell of single cases, by name."""
    return spread if spread.number >= measures.LEAST else Spread()


def _spread_cells(spread: Spread) -> list[str]:
    return [str(spread.number), decimal(spread.mean, 2), decimal(spread.deviation, 2)]


def of_questions(compared: Calibration, titles: dict[int, str]) -> Figure:
    rows = []
    for number in compared.numbers:
        agreed = compared.by_question[number]
        rows.append(
            [
                f"{number} {titles.get(number, '')}",
                *_spread_cells(compared.spread(number=number)),
                in_words(agreed.alpha),
                in_words(agreed.kappa),
            ]
        )
    return Figure(
        name="questions",
        heading=_("By question"),
        lead=_("All years together."),
        plot=None,
        table=Table(
            [_("Question"), _("Scores"), _("Mean"), _("Spread"), _("Alpha"), _("Kappa")],
            rows,
        ),
    )


def of_advisors_over_time(compared: Calibration, span: Span, advisors: dict[int, str]) -> Figure:
    drawn = dict(list(advisors.items())[:MOST_LINES])
    series = [
        Series(
            name,
            [_enough(compared.spread(year=year, advisor=advisor)).mean for year in span.years],
            chr(ord("A") + place),
        )
        for place, (advisor, name) in enumerate(drawn.items())
    ]
    notes = []
    if len(advisors) > len(drawn):
        notes.append(
            _("The %(number)d who have given most points are drawn; all are in the next table.")
            % {"number": len(drawn)}
        )
    return Figure(
        name="advisors-over-time",
        heading=_("Mean points by advisor and year"),
        lead=_("Advisors have different cases: a difference here need not mean that they judge differently."),
        plot=plots.lines(span.words, series, [0, 1, 2, 3, 4], ["0", "1", "2", "3", "4"]),
        empty=_("Nothing was decided during these years."),
        unit=_("Mean points, 0 to 4"),
        table=Table(
            [_("Year"), *drawn.values()],
            [
                [
                    str(year),
                    *(decimal(_enough(compared.spread(year=year, advisor=key)).mean, 2) for key in drawn),
                ]
                for year in reversed(span.years)
            ],
        ),
        notes=notes,
    )


def of_advisors(compared: Calibration, advisors: dict[int, str]) -> Figure:
    return Figure(
        name="advisors",
        heading=_("By advisor"),
        lead=_(
            "“Beside the others” is how much more, or less, than the other advisors on the same questions of the "
            "same cases. It is the fairest of these figures."
        ),
        plot=None,
        table=Table(
            [_("Advisor"), _("Scores"), _("Mean"), _("Spread"), _("Beside the others")],
            [
                [name, *_spread_cells(compared.spread(advisor=advisor)), _signed(compared.apart.get(advisor))]
                for advisor, name in advisors.items()
            ],
        ),
    )


def _signed(value: float | None) -> str:
    """A difference with its sign, as it is set in print."""
    if value is None:
        return NOTHING
    written = decimal(abs(value), 2)
    if abs(value) < 0.005:
        return written
    return f"+{written}" if value > 0 else f"−{written}"


def of_advisors_and_questions(
    compared: Calibration, advisors: dict[int, str], titles: dict[int, str]
) -> Figure:
    def cell(advisor: int, number: int) -> str:
        spread = compared.spread(advisor=advisor, number=number)
        if not spread.number:
            return NOTHING
        if spread.number < measures.LEAST:
            return _("too few")
        return f"{decimal(spread.mean, 2)} ±{decimal(spread.deviation, 2)} ({spread.number})"

    return Figure(
        name="advisors-and-questions",
        is_wide=True,
        heading=_("By advisor and question"),
        lead=_("Mean, ± spread, and in brackets the number of scores."),
        plot=None,
        table=Table(
            [_("Advisor"), *(str(number) for number in compared.numbers)],
            [
                [name, *(cell(advisor, number) for number in compared.numbers)]
                for advisor, name in advisors.items()
            ],
        ),
        notes=[
            _("The columns are the questions by number: %(questions)s.")
            % {"questions": ", ".join(f"{number} {titles.get(number, '')}" for number in compared.numbers)}
        ],
    )

"""The page of statistics: what the cases come to by year, each as a plot with the same figures below."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from applications import figures
from applications.models import Questionnaire, Status
from applications.models.application import OPEN

from . import plots
from .cases import page, person, require, works_here
from .figure import NOTHING, Figure, Span, Table, chosen, decimal, headings, share, span_of
from .plots import Series

LEAST_CASES = 2
"""Points are not shown for a year with fewer decided cases: they would be those of the one case."""


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """What the cases come to, for everybody who works with them."""
    require(works_here(person(request)))
    found = figures.statistics()
    years = {row["year"] for row in [*found["applications"], *found["decisions"]]}
    span = span_of(request, years | {day.year for day, _number in found["standing"]})
    used = {row["questionnaire"] for row in found["points"]}
    questionnaires = list(Questionnaire.objects.filter(pk__in=used))
    keys = [questionnaire.pk for questionnaire in questionnaires]
    questionnaire = chosen(request.GET.get("questionnaire"), keys, keys[0] if keys else 0)
    shown = [
        of_applications(found["applications"], span),
        of_decisions(found["decisions"], span),
        of_handling(found["handling"], span),
        of_points(found["points"], span, questionnaire),
        of_standing(found["standing"], span),
    ]
    context = {
        "title": _("Statistics"),
        "span": span,
        "questionnaires": questionnaires,
        "questionnaire": questionnaire,
        "figures": shown,
    }
    return page(request, "statistics", context)


def of_applications(rows: figures.Rows, span: Span) -> Figure:
    groups: list[tuple[str, tuple[Status, ...]]] = [
        (_("Approved"), (Status.APPROVED,)),
        (_("Not yet approved"), (Status.DECLINED,)),
        (_("Under way"), OPEN),
        (_("Withdrawn or lapsed"), (Status.WITHDRAWN, Status.LAPSED)),
    ]
    counts = {
        (year, word): sum(
            row["number"] for row in rows if row["year"] == year and Status(row["status"]) in statuses
        )
        for year in span.years
        for word, statuses in groups
    }
    words = [word for word, _statuses in groups]
    totals = {year: sum(counts[year, word] for word in words) for year in span.years}
    every = sum(totals.values())
    return Figure(
        name="applications",
        heading=_("Applications and where they stand"),
        lead=ngettext(
            "%(number)d application was handed in during these years. It counts in the year in which it was handed "
            "in for the first time.",
            "%(number)d applications were handed in during these years. Each counts in the year in which it was "
            "handed in for the first time.",
            every,
        )
        % {"number": every},
        plot=plots.columns(
            span.words,
            [Series(word, [counts[year, word] for year in span.years]) for word in words],
            [str(totals[year]) for year in span.years],
        ),
        empty=_("No application was handed in during these years."),
        unit=_("Number of applications"),
        table=Table(
            [_("Year"), *words, _("In all")],
            [
                [str(year), *(str(counts[year, word]) for word in words), str(totals[year])]
                for year in reversed(span.years)
            ],
        ),
    )


def of_decisions(rows: figures.Rows, span: Span) -> Figure:
    by_year = {row["year"]: row for row in rows}
    pairs = [
        (by_year[year]["approved"], by_year[year]["declined"]) if year in by_year else (0, 0)
        for year in span.years
    ]
    approved, decided = sum(a for a, _d in pairs), sum(a + d for a, d in pairs)
    return Figure(
        name="decisions",
        heading=_("Decisions and share approved"),
        lead=_("%(approved)d of %(decided)d decided cases were approved: %(share)s.")
        % {"approved": approved, "decided": decided, "share": share(approved, decided)}
        if decided
        else "",
        plot=plots.columns(
            span.words,
            [
                Series(_("Approved"), [a for a, _d in pairs]),
                Series(_("Not yet approved"), [d for _a, d in pairs]),
            ],
            [share(a, a + d) for a, d in pairs],
        ),
        empty=_("Nothing was decided during these years."),
        unit=_("Number of decided cases; above each column the share approved"),
        table=Table(
            [_("Year"), _("Approved"), _("Not yet approved"), _("Share approved")],
            [
                [str(year), str(a), str(d), share(a, a + d)]
                for year, (a, d) in reversed(list(zip(span.years, pairs, strict=True)))
            ],
        ),
    )


def _days(time: datetime.timedelta) -> float:
    return time.total_seconds() / 86400


def of_handling(rows: figures.Rows, span: Span) -> Figure:
    by_year = {row["year"]: row for row in rows}
    there = [by_year.get(year) for year in span.years]
    middles = [_days(row["middle"]) if row else None for row in there]
    ranges = [(_days(row["shortest"]), _days(row["longest"])) if row else None for row in there]
    levels = plots.whole_steps(max((pair[1] for pair in ranges if pair), default=0))
    newest = next((row for row in reversed(there) if row), None)
    return Figure(
        name="handling",
        heading=_("Handling time"),
        lead=_(
            "In %(year)d half of the cases were decided within %(days)s days. From the first submission to the "
            "first decision; the days on which the applicant had the case for completion don't count."
        )
        % {"year": newest["year"], "days": decimal(_days(newest["middle"]), 0)}
        if newest
        else "",
        plot=plots.lines(
            span.words,
            [Series(_("Middle case"), middles)],
            levels,
            [f"{level:.0f}" for level in levels],
            ranges,
        ),
        empty=_("Nothing was decided during these years."),
        unit=_("Days: the middle case, and a bar from the shortest to the longest"),
        table=Table(
            [_("Year"), _("Cases"), _("Shortest"), _("Middle"), _("Longest")],
            [
                [
                    str(year),
                    str(row["number"]),
                    *(decimal(_days(row[part]), 0) for part in ("shortest", "middle", "longest")),
                ]
                if row
                else [str(year), "0", *[NOTHING] * 3]
                for year, row in reversed(list(zip(span.years, there, strict=True)))
            ],
        ),
    )


def of_points(rows: figures.Rows, span: Span, questionnaire: int) -> Figure:
    means = {
        (row["question_number"], row["year"]): float(row["mean"])
        for row in rows
        if row["questionnaire"] == questionnaire and row["cases"] >= LEAST_CASES
    }
    cases = {row["year"]: row["cases"] for row in rows if row["questionnaire"] == questionnaire}
    titles = headings(questionnaire)
    return Figure(
        name="points",
        heading=_("Mean points by question"),
        lead=_("What the advisors gave in the cases that were decided each year, on the scale 0 to 4."),
        plot=plots.lines(
            span.words,
            [
                Series(title, [means.get((number, year)) for year in span.years], str(number))
                for number, title in titles.items()
            ],
            [0, 1, 2, 3, 4],
            ["0", "1", "2", "3", "4"],
        ),
        empty=_("There are too few decided cases to show points: at least two in a year are needed."),
        unit=_("Mean points, 0 to 4"),
        table=Table(
            [_("Year"), _("Cases"), *(str(number) for number in titles)],
            [
                [
                    str(year),
                    str(cases.get(year, 0)),
                    *(decimal(means.get((number, year)), 2) for number in titles),
                ]
                for year in reversed(span.years)
            ],
        )
        if titles
        else None,
        notes=[
            _("The columns are the questions by number: %(questions)s.")
            % {"questions": ", ".join(f"{number} {title}" for number, title in titles.items())},
            _("Years with fewer than two decided cases have a dash."),
        ]
        if titles
        else [],
    )


def of_standing(rows: Sequence[tuple[datetime.date, int]], span: Span) -> Figure:
    within = [(day, number) for day, number in rows if span.since <= day.year <= span.until]
    levels = plots.whole_steps(max((number for _day, number in within), default=0))
    by_quarter = {(day.year, (day.month + 2) // 3): number for day, number in within}
    newest = within[-1] if within else None
    return Figure(
        name="standing",
        heading=_("Certified town centres"),
        lead=ngettext(
            "On %(day)s %(number)d certificate was valid.",
            "On %(day)s %(number)d certificates were valid.",
            newest[1],
        )
        % {"day": date_format(newest[0]), "number": newest[1]}
        if newest
        else "",
        plot=plots.lines(
            # The year stands under its last quarter.
            [
                str(day.year) if index + 1 == len(within) or within[index + 1][0].year != day.year else ""
                for index, (day, _number) in enumerate(within)
            ],
            [Series(_("Valid certificates"), [number for _day, number in within])],
            levels,
            [f"{level:.0f}" for level in levels],
        ),
        empty=_("No certificate was valid during these years."),
        unit=_("Valid certificates at the end of each quarter"),
        table=Table(
            [_("Year"), *(_("Q%(number)d") % {"number": number} for number in (1, 2, 3, 4))],
            [
                [str(year), *(str(by_quarter.get((year, quarter), NOTHING)) for quarter in (1, 2, 3, 4))]
                for year in reversed(span.years)
            ],
        ),
        notes=[
            _(
                "On the last day of each quarter; for the present quarter, today. Suspended, revoked and superseded "
                "certificates don't count from the day that they were."
            )
        ],
    )

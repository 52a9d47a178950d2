"""The statistics: what they come to, that nothing of an undecided case is in them, and what they cost."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from applications import calibration, clock, figures, workflow, writing
from applications.admin import plots
from applications.admin.plots import Series
from applications.models import Certificate, Decision, Questionnaire, Score, Status

from ..cases import Cast, fill, make_application, make_user, questions, review, uphold
from ..queries import asked
from .conftest import at
from .test_queue import many

pytestmark = pytest.mark.django_db
PAGE = "/admin/applications/application/statistics/"


def day(text: str) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.fromisoformat(f"{text}T12:00"))


def decided_case(
    cast: Cast,
    area: str,
    submitted: str,
    decided: str,
    *,
    points: tuple[int, int] = (3, 3),
    approved: bool = True,
    pauses: tuple[tuple[str, str], ...] = (),
):
    """A case that Asta and Axel have reviewed, submitted and decided on those days. While it is with the applicant
    for completion is in `pauses`."""
    with clock.at(day(submitted)):
        case = workflow.start(cast.town, cast.sigrid, area, cast.town.name)
        fill(case, cast.sigrid)
        workflow.submit(case, cast.sigrid, declares=True)
        for assignment in workflow.assign(case, [cast.asta, cast.axel], cast.alma):
            workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
    for begun, ended in pauses:
        with clock.at(day(begun)):
            due = clock.today() + datetime.timedelta(days=28)
            case.refresh_from_db()
            workflow.request_completion(case, cast.asta, {questions(case)[0]: "More."}, due)
        with clock.at(day(ended)):
            case.refresh_from_db()
            writing.save_answer(case, questions(case)[0], cast.sigrid, f"More, {ended}.", 3)
            workflow.resubmit(case, cast.sigrid, declares=True)
    with clock.at(day(decided)):
        for advisor, given in zip((cast.asta, cast.axel), points, strict=True):
            review(case, advisor, points=given)
        case.refresh_from_db()
        outcome = Decision.Outcome.APPROVED if approved else Decision.Outcome.DECLINED
        workflow.decide(case, cast.beata, outcome, "Reasons.", "Override." if approved else "")
    case.refresh_from_db()
    return case


# --- What is counted -------------------------------------------------------------------------------------
def test_nothing_yet(client, cast):
    assert figures.statistics() == {
        "applications": [],
        "decisions": [],
        "handling": [],
        "points": [],
        "standing": [],
    }
    client.force_login(cast.alma)
    client.cookies["django_language"] = "en"
    html = client.get(PAGE).content.decode()
    assert html.count('class="figure-empty"') == 5 and '<svg class="graph"' not in html


def test_applications_count_in_the_year_of_their_first_submission(cast):
    decided_case(cast, "Alby", "2023-12-31", "2024-03-01", pauses=(("2024-01-10", "2024-01-20"),))
    decided_case(cast, "Ekby", "2024-02-01", "2024-04-01", approved=False)
    with clock.at(day("2024-05-01")):
        make_application(cast, Status.SUBMITTED, area="Orrby")
        make_application(cast, Status.DRAFT, area="Hamra")
        workflow.start_diagnosis(cast.town, cast.sigrid, "Lindby")
    assert figures.statistics()["applications"] == [
        {"year": 2023, "status": "approved", "number": 1},
        {"year": 2024, "status": "declined", "number": 1},
        {"year": 2024, "status": "submitted", "number": 1},
    ]


def test_a_new_years_night_is_that_of_the_portals_own_zone(cast):
    """23:30 UTC on the last day of the year is already the new year in Stockholm."""
    with clock.at(datetime.datetime(2023, 12, 31, 23, 30, tzinfo=datetime.UTC)):
        make_application(cast, Status.APPROVED)
    found = figures.statistics()
    assert [row["year"] for row in found["applications"]] == [2024]
    assert [row["year"] for row in found["decisions"]] == [2024]


def test_the_pass_rate_counts_decided_cases(cast):
    decided_case(cast, "Alby", "2023-01-01", "2023-03-01")
    decided_case(cast, "Ekby", "2023-02-01", "2024-04-01", approved=False)
    decided_case(cast, "Orrby", "2024-02-01", "2024-04-01")
    make_application(cast, Status.READY_FOR_DECISION, area="Redby")
    assert figures.statistics()["decisions"] == [
        {"year": 2023, "approved": 1, "declined": 0},
        {"year": 2024, "approved": 1, "declined": 1},
    ]


def days(number: float) -> datetime.timedelta:
    return datetime.timedelta(days=number)


def test_the_clock_stops_while_the_applicant_has_the_case(cast):
    """60 days in all, of which 10 and 5 with the applicant."""
    pauses = (("2024-02-01", "2024-02-11"), ("2024-02-20", "2024-02-25"))
    decided_case(cast, "Alby", "2024-01-01", "2024-03-01", pauses=pauses)
    assert figures.statistics()["handling"] == [
        {"year": 2024, "number": 1, "shortest": days(45), "middle": days(45), "longest": days(45)}
    ]


def test_the_middle_case_of_an_odd_and_of_an_even_number(cast):
    for number, decided in enumerate(("2023-01-11", "2023-01-21", "2023-03-02", "2024-01-02", "2024-01-31")):
        submitted = "2023-01-01" if number < 3 else "2024-01-01"
        decided_case(cast, f"Ort {number}", submitted, decided)
    assert figures.statistics()["handling"] == [
        {"year": 2023, "number": 3, "shortest": days(10), "middle": days(20), "longest": days(60)},
        {"year": 2024, "number": 2, "shortest": days(1), "middle": days(15.5), "longest": days(30)},
    ]


def test_points_are_the_mean_of_the_reviews_that_the_decision_rests_on(cast):
    decided_case(cast, "Alby", "2024-01-01", "2024-03-01", points=(3, 4))
    decided_case(cast, "Ekby", "2024-01-01", "2024-03-01", points=(2, 2))
    questionnaire = Questionnaire.objects.get(version=1).pk
    assert figures.statistics()["points"] == [
        {"questionnaire": questionnaire, "question_number": number, "year": 2024, "mean": 2.75, "cases": 2}
        for number in range(1, 6)
    ]


def test_nothing_of_an_undecided_case_is_in_the_points(cast):
    for status in (Status.IN_REVIEW, Status.READY_FOR_DECISION):
        case = make_application(cast, status, area=f"Ort {status}")
    assert Score.objects.filter(review__submitted_at__isnull=False, review__submission__application=case)
    found = figures.statistics()
    assert (found["points"], found["decisions"], found["handling"]) == ([], [], [])
    questionnaire = Questionnaire.objects.get(version=1).pk
    assert calibration.count_comparison(questionnaire, 2000, 2100) == {
        "points": [],
        "patterns": [],
        "pairs": [],
    }


def test_a_case_that_an_appeal_opens_again_is_no_longer_decided(cast):
    case = decided_case(cast, "Alby", "2024-01-01", "2024-03-01", points=(1, 1), approved=False)
    other = make_user("other@qm.example", "Other", "Decision maker")
    with clock.at(day("2024-03-10")):
        uphold(case, cast, other)
    found = figures.statistics()
    assert (found["points"], found["decisions"], found["handling"]) == ([], [], [])
    fresh = [make_user(f"fresh{n}@qm.example", f"Fresh {n}", "Advisor") for n in (1, 2)]
    with clock.at(day("2025-06-01")):
        for assignment in workflow.assign(case, fresh, cast.alma):
            workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
            review(case, assignment.advisor, points=4)
        case.refresh_from_db()
        workflow.decide(case, other, Decision.Outcome.APPROVED, "Good.")
    found = figures.statistics()
    assert found["decisions"] == [{"year": 2025, "approved": 1, "declined": 0}]
    # By the second round's reviews alone, though it was the same submission; handled by the first decision.
    assert {(row["year"], row["mean"]) for row in found["points"]} == {(2025, 4.0)}
    assert [(row["year"], row["longest"]) for row in found["handling"]] == [(2024, days(60))]


def test_certificates_stand_from_their_day_through_their_last(cast):
    decided_case(cast, "Alby", "2021-01-01", "2021-03-31")
    decided_case(cast, "Ekby", "2021-05-01", "2021-07-01")
    first, second = Certificate.objects.order_by("pk")
    assert first.valid_through == datetime.date(2024, 3, 31)
    with clock.at(day("2022-10-15")):
        workflow.change_certificate(second, cast.alma, Certificate.Status.SUSPENDED, "Unclear.")
    with clock.at(day("2022-11-15")):
        workflow.change_certificate(second, cast.alma, Certificate.Status.VALID, "Cleared.")
    with clock.at(day("2023-02-01")):
        workflow.change_certificate(second, cast.alma, Certificate.Status.SUSPENDED, "Unclear again.")
    with clock.at(day("2023-05-01")):
        workflow.change_certificate(second, cast.alma, Certificate.Status.REVOKED, "False.")
    with clock.at(day("2024-05-15")):
        found = {str(when): number for when, number in figures.statistics()["standing"]}
    assert found == {
        "2021-03-31": 1,
        "2021-06-30": 1,
        **dict.fromkeys(
            ("2021-09-30", "2021-12-31", "2022-03-31", "2022-06-30", "2022-09-30", "2022-12-31"), 2
        ),
        **dict.fromkeys(("2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31"), 1),
        "2024-05-15": 0,
    }


# --- The page --------------------------------------------------------------------------------------------
def cells(html: str, figure: str) -> list[list[str]]:
    """The rows of the table below a plot."""
    part = html.partition(f' aria-labelledby="{figure}">')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


@pytest.fixture
def years(cast: Cast) -> Cast:
    decided_case(cast, "Alby", "2023-01-01", "2023-03-02", points=(3, 4))
    decided_case(cast, "Ekby", "2024-01-01", "2024-02-10", points=(2, 2), approved=False)
    decided_case(cast, "Orrby", "2024-01-01", "2024-02-20", points=(3, 3))
    return cast


def test_the_same_figures_stand_below_each_plot(client, years):
    client.force_login(years.alma)
    client.cookies["django_language"] = "en"
    html = client.get(PAGE, {"from": "2023", "to": "2024"}).content.decode()
    assert {
        name: cells(html, name) for name in ("applications", "decisions", "handling", "points", "standing")
    } == {
        "applications": [
            ["Year", "Approved", "Not yet approved", "Under way", "Withdrawn or lapsed", "In all"],
            ["2024", "1", "1", "0", "0", "2"],
            ["2023", "1", "0", "0", "0", "1"],
        ],
        "decisions": [
            ["Year", "Approved", "Not yet approved", "Share approved"],
            ["2024", "1", "1", "50 %"],
            ["2023", "1", "0", "100 %"],
        ],
        "handling": [
            ["Year", "Cases", "Shortest", "Middle", "Longest"],
            ["2024", "2", "40", "45", "50"],
            ["2023", "1", "60", "60", "60"],
        ],
        # One case in 2023: its points are not shown.
        "points": [
            ["Year", "Cases", "1", "2", "3", "4", "5"],
            ["2024", "2", *["2.50"] * 5],
            ["2023", "1", *["–"] * 5],
        ],
        "standing": [
            ["Year", "Q1", "Q2", "Q3", "Q4"],
            ["2024", "2", "2", "2", "2"],
            ["2023", "1", "1", "1", "1"],
        ],
    }
    assert html.count('<svg class="graph"') == 5
    for name in ("applications", "decisions", "handling", "points", "standing"):
        assert f'aria-labelledby="{name}-title {name}-words"' in html
        assert re.search(rf'<title id="{name}-title">[^<]+</title>', html)
        assert re.search(rf'<desc id="{name}-words">[^<]*table below', html)


def test_drawings_read_the_same_in_every_language(client, years):
    client.force_login(years.alma)
    drawn = []
    for language in ("sv", "en"):
        client.cookies["django_language"] = language
        html = client.get(PAGE).content.decode()
        drawn.append(re.findall(r' (?:d|x|y|x1|x2|y1|y2|width|height)="[^"]*"', html.partition("figures")[2]))
    assert drawn[0] == drawn[1]
    assert not [value for value in drawn[0] if "," in value or "None" in value]


def test_the_choice_of_years_is_in_the_address(client, years):
    client.force_login(years.alma)
    chosen = client.get(PAGE, {"from": "2024", "to": "2023"}).content.decode()
    assert [row[0] for row in cells(chosen, "decisions")] == ["År", "2024", "2023"]
    assert re.findall(r'<option value="(\d+)" selected', chosen) == ["2023", "2024"]
    for query in ("from=x", "to=%00", "from=1&to=99999999999999999999", "questionnaire=x&from[]=1"):
        assert client.get(f"{PAGE}?{query}").status_code == 200, query


def test_who_works_with_cases_sees_it(client, cast):
    roleless = make_user("roleless@qm.example", "roleless", staff=True)
    found = {}
    for user in (cast.asta, cast.beata, cast.alma, roleless, cast.sigrid):
        client.force_login(user)
        found[user.name] = (client.get(PAGE).status_code, client.get("/admin/").content.decode().count(PAGE))
    assert found == {
        "Advisor one": (200, 1),
        "Decision maker": (200, 1),
        "Administrator": (200, 1),
        "roleless": (403, 0),
        "Signatory": (404, 0),
    }


# --- What it costs ---------------------------------------------------------------------------------------
COUNTING, KEPT = 13, 7


@pytest.mark.parametrize("more", [0, 49])
def test_it_asks_as_much_for_one_case_as_for_fifty(client, cast, more):
    make_application(cast, Status.APPROVED)
    many(cast, more)
    client.force_login(cast.alma)
    with asked(COUNTING):
        client.get(PAGE)


@pytest.fixture
def remembering(settings, tmp_path):
    """A cache that remembers, as in use."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "cache")}}
    cache.clear()


def test_what_is_kept_is_not_counted_again(client, cast, remembering):
    make_application(cast, Status.APPROVED)
    client.force_login(cast.alma)
    with asked(COUNTING):
        first = client.get(PAGE).content.decode()
    with asked(KEPT):
        again = client.get(PAGE).content.decode()
    assert cells(again, "applications") == cells(first, "applications") != []


def test_a_decision_is_in_it_at_once(cast, remembering):
    case = make_application(cast, Status.READY_FOR_DECISION)
    assert figures.statistics()["decisions"] == []
    workflow.decide(case, cast.beata, Decision.Outcome.APPROVED, "Well done.")
    assert [row["approved"] for row in figures.statistics()["decisions"]] == [1]


def test_whatever_changes_a_figure_is_in_it_at_once(client, cast, remembering):
    """What is kept is what would be counted, after every move there is."""

    def check() -> None:
        assert figures.statistics() == figures.count_statistics()

    check()
    for number, status in enumerate(Status):
        make_application(cast, status, area=f"Ort {number}")
        check()
    [certificate] = Certificate.objects.all()
    for to in (Certificate.Status.SUSPENDED, Certificate.Status.VALID, Certificate.Status.REVOKED):
        workflow.change_certificate(certificate, cast.alma, to, "Reason.")
        check()
    [declined] = Decision.objects.filter(outcome="declined")
    other = make_user("other@qm.example", "Other", "Decision maker")
    uphold(declined.application, cast, other)
    check()
    assert client.get(at("change", declined.application)).status_code == 302


def test_the_days_passing_is_in_it_too(cast, remembering):
    make_application(cast, Status.APPROVED)
    assert figures.statistics()["standing"][-1][1] == 1
    with clock.at(timezone.now() + datetime.timedelta(days=4 * 366)):
        assert figures.statistics()["standing"][-1][1] == 0


def test_an_entry_that_appears_behind_the_newest_makes_another_stamp(cast, remembering):
    """As one does whose transaction began before another's and ended after it."""
    make_application(cast, Status.APPROVED)
    when, keys = figures.stamp()
    assert len(keys) > 2
    behind = (when, keys[:1] + keys[2:])
    cache.set("figures-1-statistics", (behind, "what was counted without it"), timeout=None)
    assert figures.statistics() == figures.count_statistics()


# --- The drawing -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lowest", "highest", "levels"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-0.3, 1, [-0.5, 0, 0.5, 1]),
        (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 54, [0, 20, 40, 60]),
        (0, 10_000, [0, 2000, 4000, 6000, 8000, 10_000]),
    ],
)
def test_levels_are_even_and_reach_over_the_highest(lowest, highest, levels):
    assert plots.steps(lowest, highest) == levels


def test_counts_have_whole_levels():
    assert plots.whole_steps(1) == [0, 1, 2, 3, 4]


def test_a_line_is_broken_where_there_is_no_figure():
    plot = plots.lines(["a", "b", "c", "d"], [Series("x", [1, None, 2, 2])], [0, 1, 2], ["0", "1", "2"])
    assert plot is not None
    assert re.findall(r"[ML]", plot.lines[0].path) == ["M", "M", "L"]
    assert len(plot.lines[0].signs) == 3


def test_nothing_to_draw_is_no_plot():
    assert plots.lines(["a"], [Series("x", [None])], [0, 1], ["0", "1"]) is None
    assert plots.columns(["a"], [Series("x", [0])]) is None


def test_marks_are_moved_apart_and_stay_in_the_drawing():
    assert plots.spread_out([]) == []
    assert plots.spread_out([100, 100, 20]) == [100, 122, 20]
    assert max(plots.spread_out([plots.BASE] * 3)) == plots.BASE


def test_columns_stand_on_each_other():
    plot = plots.columns(["a"], [Series("x", [1]), Series("y", [3])], ["4"])
    assert plot is not None
    lower, upper = plot.blocks
    assert (lower.top + lower.height, upper.top + upper.height) == (plots.BASE, lower.top)
    assert (lower.kind, upper.kind, plot.notes[0].word) == (0, 1, "4")

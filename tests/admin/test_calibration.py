"""How the advisors' points compare: means, spreads and agreement of cases whose points are known."""

from __future__ import annotations

import datetime
import re

import pytest
from django.utils import translation

from applications import calibration, clock, workflow
from applications.admin.calibration import in_words
from applications.agreement import Agreement, Why
from applications.calibration import Spread
from applications.models import Decision, Questionnaire, Status

from ..cases import Cast, make_application, make_user, own_review, questions
from ..queries import asked
from .test_queue import many
from .test_statistics import cells, decided_case, remembering  # noqa: F401

pytestmark = pytest.mark.django_db
PAGE = "/admin/applications/application/calibration/"
YEAR = datetime.date.today().year


def judged(cast: Cast, area: str, asta: list[int], axel: list[int]) -> None:
    """A decided case with these points of Asta's and Axel's, question by question."""
    case = make_application(cast, Status.IN_REVIEW, area=area)
    for advisor, points in ((cast.asta, asta), (cast.axel, axel)):
        judgements = {
            question: workflow.Judgement(given, "Comment.")
            for question, given in zip(questions(case), points, strict=True)
        }
        draft = own_review(case, advisor)
        workflow.save_review(case, draft, advisor, judgements, "Summary.")
        workflow.submit_review(case, draft, advisor)
    case.refresh_from_db()
    workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "Reasons.")


@pytest.fixture
def five(cast: Cast) -> Cast:
    """Five cases of this year. On question 1 both always agree, on 2 Axel gives one more each time, on 3 all points
    are alike, on 4 Axel gives one more in two cases; 5 is as 1."""
    asta = [[1, 1, 3, 2, 1], [2, 2, 3, 2, 2], [3, 3, 3, 2, 3], [1, 1, 3, 3, 1], [3, 3, 3, 3, 3]]
    axel = [[1, 2, 3, 2, 1], [2, 3, 3, 3, 2], [3, 4, 3, 3, 3], [1, 2, 3, 3, 1], [3, 4, 3, 3, 3]]
    for number in range(5):
        judged(cast, f"Ort {number}", asta[number], axel[number])
    return cast


def compared() -> calibration.Calibration:
    return calibration.calibration(Questionnaire.objects.get(version=1).pk, 2000, 2100)


def test_means_and_spreads_by_hand(five):
    found = compared()
    # Question 1: 1 2 3 1 3, twice: the mean is 2, the squares 1 4 9 1 9 come to 4.8 each, the variance to 0.8.
    first = found.spread(number=1)
    assert (first.number, first.mean, first.deviation) == (10, 2, pytest.approx(0.8**0.5))
    assert (found.spread(number=3).mean, found.spread(number=3).deviation) == (3, 0)
    # Asta: 2 + 2 + 3 + 2.4 + 2, Axel: 2 + 3 + 3 + 2.8 + 2.
    assert found.spread(advisor=five.asta.pk).mean == pytest.approx(11.4 / 5)
    assert found.spread(advisor=five.axel.pk).mean == pytest.approx(12.8 / 5)
    assert found.spread(advisor=five.axel.pk, number=2).mean == 3
    assert found.spread(year=YEAR).number == found.spread().number == 50
    assert found.spread(year=YEAR - 1) == Spread()
    assert (Spread().mean, Spread().deviation) == (None, None)


def test_how_much_one_gives_beside_the_others(five):
    """Axel one more on question 2 in five cases, and on question 4 in two: 7 of 25."""
    assert compared().apart == {
        five.asta.pk: pytest.approx(-7 / 25),
        five.axel.pk: pytest.approx(7 / 25),
    }


def test_agreement_by_hand(five):
    found = compared().by_question
    assert found[1].alpha == found[1].kappa == Agreement(1.0, 5)
    assert found[3].alpha == found[3].kappa == Agreement(None, 5, Why.SAME)
    # Question 4: (2, 2), twice (2, 3), twice (3, 3). Kappa: observed 2; expected with margins 3, 2 and 1, 4:
    # (3 * 4 + 2 * 1) / 5. Alpha: 4 of 10 points are 2 and 6 are 3, so Do is 0.4 and De 48 / 90.
    assert found[4].kappa.value == pytest.approx(1 - 2 / (14 / 5))
    assert found[4].alpha.value == pytest.approx(1 - 0.4 / (48 / 90))
    assert compared().by_year_and_question[YEAR, 4] == found[4].alpha
    # All questions together count when there are five cases, though each has five questions.
    overall = compared().overall
    assert (overall.alpha.judged, overall.kappa.judged) == (25, 25)
    assert overall.alpha.value is not None and overall.kappa.value is not None
    assert compared().by_year == {YEAR: overall}


def test_four_cases_are_too_few(cast):
    for number in range(4):
        judged(cast, f"Ort {number}", [1, 2, 3, 2, 1], [2, 2, 3, 3, 1])
    found = compared()
    assert found.overall.alpha == Agreement(None, 20, Why.FEW)
    assert {one.kappa.why for one in found.by_question.values()} == {Why.FEW}
    assert found.spread().number == 40


def test_three_advisors_are_three_pairs(cast):
    case = make_application(cast, Status.SUBMITTED)
    third = make_user("third@qm.example", "Third", "Advisor")
    for assignment in workflow.assign(case, [cast.asta, cast.axel, third], cast.alma):
        workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
    type(case).objects.filter(pk=case.pk).update(reviews_required=3)
    for advisor, points in ((cast.asta, 1), (cast.axel, 1), (third, 4)):
        draft = own_review(case, advisor)
        judgements = {question: workflow.Judgement(points, "Comment.") for question in questions(case)}
        workflow.save_review(case, draft, advisor, judgements, "Summary.")
        workflow.submit_review(case, draft, advisor)
    case.refresh_from_db()
    workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "Reasons.")
    counts = calibration.count_comparison(case.questionnaire_id, YEAR, YEAR)
    assert [(row["number"], row["pattern"], row["count"]) for row in counts["patterns"]] == [
        (number, (0, 2, 0, 0, 1), 1) for number in range(1, 6)
    ]
    first = [row for row in counts["pairs"] if row["number"] == 1]
    assert sorted((row["first_points"], row["second_points"], row["count"]) for row in first) == [
        (1, 1, 1),
        (1, 4, 1),
        (1, 4, 1),
    ]
    assert calibration.reckon(counts).apart == {cast.asta.pk: -1.5, cast.axel.pk: -1.5, third.pk: 3.0}


def test_the_years_are_those_of_the_decisions(cast):
    decided_case(cast, "Alby", "2023-12-01", "2024-01-15", points=(1, 2), approved=False)
    decided_case(cast, "Ekby", "2023-11-01", "2023-12-15", points=(3, 4))
    questionnaire = Questionnaire.objects.get(version=1).pk
    assert calibration.calibration(questionnaire, 2024, 2024).spread().mean == 1.5
    assert calibration.calibration(questionnaire, 2023, 2023).spread().mean == 3.5
    assert calibration.calibration(questionnaire, 2025, 2026).points == {}
    assert calibration.calibration(0, 2000, 2100).points == {}


def test_in_words():
    with translation.override("en"):
        assert [
            in_words(one)
            for one in (
                None,
                Agreement(None, 3, Why.FEW),
                Agreement(None, 9, Why.SAME),
                Agreement(0.626, 9),
                Agreement(-0.5, 9),
            )
        ] == ["–", "too few", "all alike", "0.63", "-0.50"]


# --- The page --------------------------------------------------------------------------------------------
def test_the_same_figures_stand_in_tables(client, five):
    client.force_login(five.alma)
    client.cookies["django_language"] = "en"
    html = client.get(PAGE).content.decode()
    head, *rows = cells(html, "questions")
    assert head == ["Question", "Scores", "Mean", "Spread", "Alpha", "Kappa"]
    assert [[row[0][:2], *row[1:]] for row in rows] == [
        ["1 ", "10", "2.00", "0.89", "1.00", "1.00"],
        ["2 ", "10", "2.50", "1.02", "0.61", "0.62"],
        ["3 ", "10", "3.00", "0.00", "all alike", "all alike"],
        ["4 ", "10", "2.60", "0.49", "0.25", "0.29"],
        ["5 ", "10", "2.00", "0.89", "1.00", "1.00"],
    ]
    assert cells(html, "advisors") == [
        ["Advisor", "Scores", "Mean", "Spread", "Beside the others"],
        ["Advisor one", "25", "2.28", "0.83", "−0.28"],
        ["Advisor two", "25", "2.56", "0.85", "+0.28"],
    ]
    assert cells(html, "advisors-over-time") == [
        ["Year", "Advisor one", "Advisor two"],
        [str(YEAR), "2.28", "2.56"],
    ]
    assert cells(html, "advisors-and-questions")[1][:3] == ["Advisor one", "2.00 ±0.89 (5)", "2.00 ±0.89 (5)"]
    assert [row[:2] for row in cells(html, "agreement")] == [
        ["Year", "Judged by two or more"],
        [str(YEAR), "25"],
    ]
    assert cells(html, "questions-over-time")[0] == ["Year", "1", "2", "3", "4", "5"]
    assert html.count('<svg class="graph"') == 3
    assert "1 is complete agreement, 0 is what chance would give" in html


def test_too_few_and_nothing_are_said_in_words(client, cast):
    client.force_login(cast.alma)
    html = client.get(PAGE).content.decode()
    assert "Inget ärende avgjordes under de här åren" in html and "<table" not in html
    judged(cast, "Alby", [1, 2, 3, 2, 1], [2, 2, 3, 3, 1])
    html = client.get(PAGE).content.decode()
    assert [row[2:] for row in cells(html, "agreement")] == [["Alfa", "Kappa"], ["för få", "för få"]]
    assert html.count("Det är för få ärenden per år för att räkna och rita.") == 2
    assert not re.search(r"\bnan\b|None", html)


def test_it_is_for_administrators_alone(client, cast):
    roleless = make_user("roleless@qm.example", "roleless", staff=True)
    found = {}
    for user in (cast.asta, cast.beata, cast.alma, roleless, cast.sigrid):
        client.force_login(user)
        found[user.name] = (client.get(PAGE).status_code, client.get("/admin/").content.decode().count(PAGE))
    assert found == {
        "Advisor one": (403, 0),
        "Decision maker": (403, 0),
        "Administrator": (200, 1),
        "roleless": (403, 0),
        "Signatory": (404, 0),
    }


def test_odd_choices_break_nothing(client, five):
    client.force_login(five.alma)
    for query in (
        "from=x",
        "to=%00",
        "from=1&to=99999999999999999999",
        "questionnaire=x",
        "questionnaire=9999999999999",
    ):
        assert client.get(f"{PAGE}?{query}").status_code == 200, query


# --- What it costs ---------------------------------------------------------------------------------------
COUNTING, KEPT = 18, 9


@pytest.mark.parametrize("more", [0, 49])
def test_it_asks_as_much_for_one_case_as_for_fifty(client, cast, more):
    judged(cast, "Alby", [1, 2, 3, 2, 1], [2, 2, 3, 3, 1])
    many(cast, more)
    client.force_login(cast.alma)
    with asked(COUNTING):
        client.get(PAGE)


def test_what_is_kept_is_not_counted_again_until_something_is_decided(client, cast, remembering):  # noqa: F811
    judged(cast, "Alby", [1, 2, 3, 2, 1], [2, 2, 3, 3, 1])
    client.force_login(cast.alma)
    client.get(PAGE)
    with asked(KEPT):
        html = client.get(PAGE).content.decode()
    assert cells(html, "advisors")[1][1] == "5"
    judged(cast, "Ekby", [1, 2, 3, 2, 1], [2, 2, 3, 3, 1])
    assert cells(client.get(PAGE).content.decode(), "advisors")[1][1] == "10"


def test_a_year_that_begins_keeps_the_old_ones(cast, remembering):  # noqa: F811
    judged(cast, "Alby", [1, 2, 3, 2, 1], [2, 2, 3, 3, 1])
    with clock.at(datetime.datetime(YEAR + 1, 6, 1, tzinfo=datetime.UTC)):
        assert compared().spread().number == 10

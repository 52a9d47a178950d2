"""The pages of drafts and held decisions: who finds them, what is refused with nothing lost, and several released
together."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import workflow
from applications.models import Application, Decision, DecisionDraft, Status

from ..cases import make_application, make_user, own_review, questions
from ..queries import asked
from .conftest import at
from .test_case import text_of
from .test_decision import approve, decline, judge, seen

pytestmark = pytest.mark.django_db

LIST = "admin:applications_application_held_list"


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.READY_FOR_DECISION)


@pytest.fixture
def other(cast):
    return make_user("other@qm.example", "Other decider", "Decision maker")


def hold(case: Application, user, day: datetime.date | None = None, outcome: str = "approved"):
    steps = "Measure." if outcome == "declined" else ""
    wording = workflow.Wording(seen(case), outcome, "MARKREASON", next_steps=steps)
    return workflow.hold(case, user, wording, None, day)


def tomorrow() -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=1)


# --- Who -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status"),
    [("sigrid", 404), ("stina", 404), ("nils", 404), ("asta", 403), ("axel", 403), ("alma", 403)],
)
@pytest.mark.parametrize("then", ["release", "take-back", ""])
def test_nobody_else_releases_or_takes_back(client, cast, case, who, status, then):
    hold(case, cast.beata)
    client.force_login(getattr(cast, who))
    answer = client.post(at("held", case), {"then": then})
    # Who has no part in the admin is led to sign in by its gate.
    assert answer.status_code in ({302, status} if status == 404 else {status})
    assert DecisionDraft.objects.get().held_at


@pytest.mark.parametrize("who", ["asta", "alma"])
def test_the_list_is_for_those_who_decide(client, cast, case, who):
    hold(case, cast.beata)
    client.force_login(getattr(cast, who))
    assert client.get(reverse(LIST)).status_code == 403
    assert client.post(reverse(LIST), {"cases": case.pk}).status_code == 403


@pytest.mark.parametrize("who", ["asta", "axel", "alma"])
def test_neither_page_nor_log_tells_others_that_it_is_held(client, cast, case, who):
    hold(case, cast.beata)
    client.force_login(getattr(cast, who))
    for address in (at("change", case), reverse("admin:index"), at("review", case)):
        text = text_of(client.get(address))
        assert "MARKREASON" not in text
        assert "Decision held until later" not in text


def test_the_log_tells_those_who_decide(client, cast, case, other):
    hold(case, cast.beata)
    client.force_login(other)
    assert "Decision held until later" in text_of(client.get(at("change", case)))


def test_who_advised_in_the_case_finds_it_not_in_the_list_and_cannot_release_it(client, cast, case):
    hold(case, cast.beata)
    cast.axel.groups.set(cast.beata.groups.all())
    client.force_login(cast.axel)
    assert "No decision is held." in text_of(client.get(reverse(LIST)))
    client.post(reverse(LIST), {"cases": case.pk})
    assert client.post(at("held", case), {"then": "release"}).status_code == 403
    assert not Decision.objects.exists()


def test_get_releases_nothing(client, cast, case):
    hold(case, cast.beata)
    client.force_login(cast.beata)
    assert client.get(at("held", case)).status_code == 405


# --- A draft ---------------------------------------------------------------------------------------------
def test_a_draft_is_saved_unfinished_and_found_by_the_other(client, cast, case, other):
    client.force_login(cast.beata)
    posted = {"then": "draft", "seen": seen(case), "reasons": "So far."}
    assert client.post(at("decide", case), posted).url == at("decide", case)
    client.force_login(other)
    html = client.get(at("decide", case)).content.decode()
    assert "So far." in html
    assert f"Draft by {cast.beata}" in html
    assert re.search(r'name="revision" value="1"', html)


def test_a_stale_draft_shows_both_and_the_next_save_keeps_the_own(client, cast, case, other):
    client.force_login(cast.beata)
    theirs = workflow.Wording(seen(case), "declined", "THEIRS", next_steps="THEIR STEPS")
    workflow.save_draft(case, other, theirs, None)
    mine = {"then": "draft", "seen": seen(case), "reasons": "MINE", "revision": ""}
    answer = client.post(at("decide", case), mine)
    text = answer.content.decode()
    assert answer.status_code == 200
    for part in ("THEIRS", "THEIR STEPS", "MINE", f"Saved by {other}", "Yours stands in the form below."):
        assert part in text, part
    assert DecisionDraft.objects.get().reasons == "THEIRS"
    [revision] = re.findall(r'name="revision" value="(\d*)"', text)
    client.post(at("decide", case), {**mine, "revision": revision})
    assert (DecisionDraft.objects.get().reasons, DecisionDraft.objects.get().written_by) == (
        "MINE",
        cast.beata,
    )


@pytest.mark.parametrize("revision", ["x", "-1", "9" * 40, "1\x00"])
def test_a_forged_revision_is_refused_with_nothing_lost(client, cast, case, revision):
    client.force_login(cast.beata)
    answer = client.post(at("decide", case), approve(case, then="draft", revision=revision))
    assert answer.status_code == 200
    assert "A model for others." in answer.content.decode()
    assert not DecisionDraft.objects.exists()


@pytest.mark.parametrize("then", ["draft", "hold"])
@pytest.mark.parametrize("forged", ["", "98,99", "x" * 500, "\x00"])
def test_reviews_that_were_not_on_the_page_keep_and_hold_nothing(client, cast, case, then, forged):
    client.force_login(cast.beata)
    answer = client.post(at("decide", case), {**approve(case), "then": then, "seen": forged})
    assert answer.status_code == 200
    assert "A model for others." in answer.content.decode()
    assert not DecisionDraft.objects.exists()


def test_the_reasons_begin_with_what_the_advisors_say_and_without_their_names(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    for advisor, words in ((cast.asta, "Measure more."), (cast.axel, "Measure often.")):
        judgements = {q: workflow.Judgement(3, words, "NOTE WITHIN") for q in questions(case)[:]}
        draft = own_review(case, advisor)
        workflow.save_review(case, draft, advisor, judgements, f"In all: {words}")
        workflow.submit_review(case, draft, advisor)
    case.refresh_from_db()
    client.force_login(cast.beata)
    reasons = client.get(at("decide", case)).context["form"]["reasons"].value()
    heading = questions(case)[0].heading
    assert reasons.startswith(f"1. {heading}\nMeasure more.\nMeasure often.\n\n2. ")
    assert reasons.endswith("In all: Measure more.\n\nIn all: Measure often.")
    for hidden in (str(cast.asta), str(cast.axel), cast.asta.email, "NOTE WITHIN"):
        assert hidden not in reasons


# --- Holding ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"release_on": "2020-01-01"},
        {"release_on": "2999-01-01"},
        {"release_on": "soon"},
        {"outcome": "perhaps"},
        {"reasons": " "},
        {"next_steps": "Measure."},
        {"reasons": "A model\x00."},
    ],
)
def test_what_cannot_be_held_is_refused_with_nothing_lost(client, cast, case, wrong):
    client.force_login(cast.beata)
    posted = {**approve(case), "then": "hold", "recommendations": "KEPT LINE", **wrong}
    answer = client.post(at("decide", case), posted)
    assert answer.status_code == 200
    assert "KEPT LINE" in answer.content.decode()
    assert not DecisionDraft.objects.exists()


def test_a_decline_is_not_held_without_the_way_back(client, cast, case):
    client.force_login(cast.beata)
    answer = client.post(at("decide", case), {**decline(case), "then": "hold", "next_steps": ""})
    assert "Write what the applicant needs to do before the next application." in text_of(answer)


def test_held_it_says_who_and_until_when_and_offers_no_other_way(client, cast, case, other):
    client.force_login(cast.beata)
    posted = {**approve(case), "then": "hold", "release_on": tomorrow().isoformat()}
    page = client.post(at("decide", case), posted, follow=True)
    client.force_login(other)
    page = client.get(at("decide", case))
    text, html = text_of(page), page.content.decode()
    assert f"Decided by {cast.beata}: Approved." in text
    assert "Whoever may decide the case can take it back" in text
    assert re.findall(r'name="then" value="([\w-]+)"', html) == ["release", "take-back"]


def test_an_old_window_does_not_decide_past_what_is_held(client, cast, case, other):
    hold(case, cast.beata)
    client.force_login(other)
    answer = client.post(at("decide", case), {**decline(case), "reasons": "KEPT"})
    assert answer.status_code == 200
    assert "The decision is held. Take it back first." in text_of(answer)
    assert "KEPT" in answer.content.decode()
    assert not Decision.objects.exists()


def test_taken_back_it_is_a_draft_again(client, cast, case, other):
    hold(case, cast.beata)
    client.force_login(other)
    text = text_of(client.post(at("held", case), {"then": "take-back"}, follow=True))
    assert "The decision is a draft again." in text
    assert "MARKREASON" in text
    again = text_of(client.post(at("held", case), {"then": "take-back"}, follow=True))
    assert "any more" in again


def test_released_twice_it_is_decided_once(client, cast, case):
    hold(case, cast.beata)
    client.force_login(cast.beata)
    assert client.post(at("held", case), {"then": "release"}).url == at("decision", case)
    answer = client.post(at("held", case), {"then": "release"})
    assert answer.url == at("change", case)
    assert Decision.objects.count() == 1


def test_why_it_cannot_be_released_stands_on_the_page(client, cast, case, other):
    hold(case, other)
    other.is_active = False
    other.save()
    client.force_login(cast.beata)
    page = client.get(at("decide", case))
    assert f"{other}, who held the decision, may not decide this case any more." in text_of(page)
    assert re.findall(r'name="then" value="([\w-]+)"', page.content.decode()) == ["take-back"]


# --- The list --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("forged", [[], ["x"], ["9" * 40], ["\x00"], ["-1", "0"]])
def test_what_is_not_chosen_from_the_list_releases_nothing(client, cast, case, forged):
    hold(case, cast.beata)
    client.force_login(cast.beata)
    answer = client.post(reverse(LIST), {"cases": forged})
    assert answer.status_code == 200
    assert "Choose at least one decision to release." in answer.content.decode()
    assert not Decision.objects.exists()


def test_several_are_released_together_and_the_refused_says_why(client, cast, case, other):
    second = make_application(cast, Status.READY_FOR_DECISION, area="Ekby")
    third = make_application(cast, Status.READY_FOR_DECISION, area="Eklund")
    hold(case, cast.beata)
    hold(second, other)
    hold(third, cast.beata, tomorrow())
    other.is_active = False
    other.save()
    client.force_login(cast.beata)
    answer = client.post(reverse(LIST), {"cases": [case.pk, second.pk, third.pk]})
    assert answer.status_code == 200
    assert "who held the decision, may not decide this case any more." in text_of(answer)
    assert "Released, and the applicants are told: Eklund, Ekstad." in answer.content.decode()
    assert set(Decision.objects.values_list("application__area", flat=True)) == {"Ekstad", "Eklund"}
    assert [draft.application for draft, _ in answer.context["rows"]] == [second]


def test_those_with_a_day_come_first(client, cast, case):
    second = make_application(cast, Status.READY_FOR_DECISION, area="Ekby")
    hold(case, cast.beata)
    hold(second, cast.beata, tomorrow())
    client.force_login(cast.beata)
    rows = client.get(reverse(LIST)).context["rows"]
    assert [draft.application.area for draft, _ in rows] == ["Ekby", "Ekstad"]


@pytest.mark.parametrize("areas", [["Ekstad"], ["Ekstad", "Ekby", "Eklund", "Eknäs"]])
def test_the_list_costs_the_same_for_one_and_for_several(client, cast, areas):
    for area in areas:
        hold(make_application(cast, Status.READY_FOR_DECISION, area=area), cast.beata)
    client.force_login(cast.beata)
    with asked(5):
        page = client.get(reverse(LIST))
    assert len(page.context["rows"]) == len(areas)


# --- The picture of the points ---------------------------------------------------------------------------
def test_the_picture_shows_what_the_table_says(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    judge(case, cast.asta, {2: 4, 4: 1})
    judge(case, cast.axel, {2: 1, 4: 2})
    client.force_login(cast.beata)
    page = client.get(at("decide", case))
    plot, rows = page.context["plot"], page.context["rows"]
    assert [
        (
            column.number,
            column.rating,
            column.mean,
            column.minimum,
            [dot.points for dot in column.dots],
            column.is_below,
        )
        for column in plot.columns
    ] == [
        (
            row.row.number,
            row.row.rating,
            row.mean,
            row.row.question.minimum,
            [opinion.points for opinion in row.opinions],
            row.is_below_minimum,
        )
        for row in rows
    ]
    # Drawn to scale: what the height of each mark stands for.
    for column in plot.columns:
        assert (plot.base - column.minimum_y) / 40 == column.minimum
        assert (plot.base - column.mean_top) / 40 == float(column.mean)
        assert [(plot.base - dot.y) / 40 for dot in column.dots] == [dot.points for dot in column.dots]
        assert len({(dot.x, dot.y) for dot in column.dots}) == 2
    assert (plot.share_x, plot.pass_x) == (520 * 65 // 100, 520 * 60 // 100)
    html = page.content.decode()
    assert "Question 4: mean 1.5, lowest to pass 2, self-rating 3." in html
    assert html.count('class="score-dot"') == 11
    assert "The reviews are split" not in text_of(page)


def test_reviews_that_come_to_different_ends_are_called_split(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    judge(case, cast.asta, {})
    judge(case, cast.axel, {2: 1})
    client.force_login(cast.beata)
    page = client.get(at("decide", case))
    assert page.context["is_split"]
    assert "The reviews are split: by one alone it would pass, by another it would not" in text_of(page)

"""A decision before it is given: drafts that two may write, and what is held until it is released."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone, translation

from applications import clock, workflow
from applications.doors import NotAllowed, NotReady, TooLate
from applications.models import Application, Certificate, Decision, DecisionDraft, Event, Status

from .cases import Cast, make_application, make_user, review

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.READY_FOR_DECISION)


@pytest.fixture
def other(cast):
    """Another decision maker."""
    return make_user("other@qm.example", "Other decider", "Decision maker")


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def approve(case: Application, **more: Any) -> workflow.Wording:
    fields = {"seen": workflow.seen_reviews(case), "outcome": "approved", "reasons": "Well done.", **more}
    return workflow.Wording(**fields)


def decline(case: Application, **more: Any) -> workflow.Wording:
    return approve(
        case, **{"outcome": "declined", "reasons": "More is needed.", "next_steps": "Measure.", **more}
    )


def kinds(case: Application) -> list[str]:
    """What has happened to the decision."""
    about = case.event_set.filter(kind__in=["decision_held", "decision_taken_back", "approved", "declined"])
    return list(about.order_by("sequence").values_list("kind", flat=True))


# --- Drafts ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["sigrid", "stina", "nils", "asta", "axel", "alma"])
def test_nobody_but_who_may_decide_drafts_holds_takes_back_or_releases(cast, case, who):
    workflow.hold(case, cast.beata, approve(case), None)
    user = getattr(cast, who)
    for refused in (
        lambda: workflow.save_draft(case, user, approve(case), 1),
        lambda: workflow.hold(case, user, approve(case), 1),
        lambda: workflow.take_back(case, user),
        lambda: workflow.release(case, user),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert kinds(case) == ["decision_held"]


@pytest.mark.parametrize("status", [Status.IN_REVIEW, Status.APPROVED, Status.WITHDRAWN])
def test_a_case_that_is_not_to_be_decided_takes_no_draft(cast, status):
    case = make_application(cast, status)
    for refused in (
        lambda: workflow.save_draft(case, cast.beata, approve(case), None),
        lambda: workflow.hold(case, cast.beata, approve(case), None),
        lambda: workflow.take_back(case, cast.beata),
        lambda: workflow.release(case, None),
    ):
        with pytest.raises(TooLate):
            refused()
    assert not DecisionDraft.objects.exists()


def test_a_draft_may_be_as_unfinished_as_it_likes_and_is_not_in_the_log(cast, case):
    before = case.event_set.count()
    draft = workflow.save_draft(case, cast.beata, workflow.Wording(workflow.seen_reviews(case)), None)
    again = workflow.save_draft(case, cast.beata, approve(case, recommendations="One\nTwo"), draft.revision)
    assert (again.pk, again.revision, again.recommendations) == (draft.pk, 2, "One\nTwo")
    assert case.event_set.count() == before


@pytest.mark.parametrize("seen", [None, 7])
def test_a_draft_saved_since_is_not_written_over(cast, case, other, seen):
    workflow.save_draft(case, cast.beata, approve(case), None)
    with pytest.raises(workflow.StaleDraft) as stale:
        workflow.save_draft(case, other, decline(case), seen)
    assert stale.value.draft.reasons == "Well done."
    assert str(cast.beata) in str(stale.value)
    assert DecisionDraft.objects.get().written_by == cast.beata
    # Having seen it, the other may save over it.
    workflow.save_draft(case, other, decline(case), stale.value.draft.revision)
    assert DecisionDraft.objects.get().written_by == other


def test_the_own_other_window_is_told_of_and_the_same_words_twice_are_not(cast, case):
    workflow.save_draft(case, cast.beata, approve(case), None)
    workflow.save_draft(case, cast.beata, approve(case), None)
    with pytest.raises(workflow.StaleDraft) as stale:
        workflow.save_draft(case, cast.beata, decline(case), 1)
    assert "another window" in str(stale.value)


# --- Holding ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "lacks",
    [
        {"outcome": ""},
        {"outcome": "perhaps"},
        {"reasons": " "},
        {"seen": ""},
        {"next_steps": "Measure."},
        {"apply_again_from": datetime.date(2030, 1, 1)},
        {"outcome": "declined"},
        {"outcome": "declined", "next_steps": " "},
        {"outcome": "declined", "next_steps": "Measure.", "recommendations": "One"},
    ],
)
def test_what_would_not_stand_is_not_held(cast, case, lacks):
    with pytest.raises(NotReady):
        workflow.hold(case, cast.beata, approve(case, **lacks), None)
    assert not DecisionDraft.objects.exists()


def test_against_the_rule_takes_its_reason_to_be_held(cast):
    case = make_application(cast, Status.READY_FOR_DECISION, points=1)
    with pytest.raises(NotReady):
        workflow.hold(case, cast.beata, approve(case), None)
    workflow.hold(case, cast.beata, approve(case, override_reason="They try."), None)
    assert workflow.release(case, cast.beata).override_reason == "They try."


@pytest.mark.parametrize("days", [0, -1])
def test_the_day_to_release_it_comes_after_today(cast, case, days):
    with pytest.raises(NotReady):
        workflow.hold(case, cast.beata, approve(case), None, in_days(days))


def test_over_a_draft_saved_since_nothing_is_held(cast, case, other):
    workflow.save_draft(case, other, decline(case), None)
    with pytest.raises(workflow.StaleDraft):
        workflow.hold(case, cast.beata, approve(case), None)
    assert DecisionDraft.objects.get().held_at is None


def test_what_is_held_is_neither_written_over_nor_decided_past(cast, case, other):
    draft = workflow.hold(case, cast.beata, approve(case), None)
    for refused in (
        lambda: workflow.save_draft(case, other, decline(case), draft.revision),
        lambda: workflow.hold(case, other, decline(case), draft.revision),
        lambda: workflow.decide(case, other, Decision.Outcome.DECLINED, "No."),
        lambda: workflow.decide(case, cast.beata, Decision.Outcome.APPROVED, "Yes."),
    ):
        with pytest.raises(NotReady):
            refused()
    assert kinds(case) == ["decision_held"]


def test_another_who_may_decide_takes_it_over_by_taking_it_back(cast, case, other):
    workflow.hold(case, cast.beata, approve(case), None, in_days(3))
    draft = workflow.take_back(case, other)
    assert (draft.held_at, draft.release_on, draft.reasons) == (None, None, "Well done.")
    with pytest.raises(TooLate):
        workflow.take_back(case, cast.beata)
    workflow.hold(case, other, decline(case), draft.revision)
    assert workflow.release(case, cast.beata).decided_by == other
    assert kinds(case) == ["decision_held", "decision_taken_back", "decision_held", "declined"]


def test_further_review_lets_it_go_and_keeps_its_words(cast, case):
    workflow.hold(case, cast.beata, approve(case), None, in_days(3))
    workflow.ask_further_review(case, cast.beata, "They are apart.")
    draft = DecisionDraft.objects.get()
    assert (draft.held_at, draft.release_on, draft.reasons) == (None, None, "Well done.")
    assert kinds(case) == ["decision_held", "decision_taken_back"]


def test_it_goes_with_an_application_that_is_withdrawn(cast, case):
    workflow.hold(case, cast.beata, approve(case), None)
    workflow.withdraw(case, cast.sigrid)
    assert not DecisionDraft.objects.exists()
    assert kinds(case) == ["decision_held", "decision_taken_back"]


# --- Releasing -------------------------------------------------------------------------------------------
def test_what_is_not_held_is_not_released(cast, case):
    workflow.save_draft(case, cast.beata, approve(case), None)
    with pytest.raises(TooLate):
        workflow.release(case, cast.beata)


@pytest.mark.parametrize("day", [None, 1])
def test_it_is_not_released_by_itself_before_its_day(cast, case, day):
    workflow.hold(case, cast.beata, approve(case), None, in_days(day) if day else None)
    with pytest.raises(NotReady):
        workflow.release(case, None)


def test_a_holder_who_may_not_decide_any_more_stops_it(cast, case, other):
    draft = workflow.hold(case, cast.beata, approve(case), None)
    assert workflow.hindrance(draft, case) == ""
    cast.beata.is_active = False
    cast.beata.save()
    draft = DecisionDraft.objects.get()
    with pytest.raises(NotAllowed) as refusal:
        workflow.release(case, other)
    assert workflow.hindrance(draft, case) == str(refusal.value)
    assert str(cast.beata) in str(refusal.value)
    workflow.take_back(case, other)


def test_a_review_that_no_longer_counts_stops_it(cast, other):
    """Three reviews where two are needed: the case stays ready when one is left out."""
    case = make_application(cast, Status.IN_REVIEW)
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    Application.objects.filter(pk=case.pk).update(reviews_required=3)
    for advisor in (cast.asta, cast.axel, third):
        review(case, advisor)
    Application.objects.filter(pk=case.pk).update(reviews_required=2)
    case.refresh_from_db()
    draft = workflow.hold(case, cast.beata, approve(case), None)
    workflow.unassign(case, assignment, cast.alma, "Tied to the applicant after all.")
    case.refresh_from_db()
    assert case.status == Status.READY_FOR_DECISION
    with pytest.raises(NotReady) as refusal:
        workflow.release(case, cast.beata)
    assert workflow.hindrance(draft, case) == str(refusal.value)
    assert "The reviews are not the same" in str(refusal.value)
    assert not Decision.objects.exists()


def test_a_review_left_out_so_that_too_few_remain_lets_it_go(cast, case):
    workflow.hold(case, cast.beata, approve(case), None)
    workflow.unassign(case, case.assignment_set.get(advisor=cast.axel), cast.alma, "Tied after all.")
    with pytest.raises(TooLate):
        workflow.release(case, cast.beata)
    assert kinds(case) == ["decision_held", "decision_taken_back"]


def test_whoever_releases_it_the_holder_has_decided(cast, case, other):
    workflow.hold(case, cast.beata, approve(case, recommendations="One\n\n Two "), None)
    made = workflow.release(case, other)
    assert (made.decided_by, made.outcome, made.reasons) == (cast.beata, "approved", "Well done.")
    assert [each.text for each in made.recommendations.all()] == ["One", "Two"]
    assert Certificate.objects.get().decision == made
    assert not DecisionDraft.objects.exists()
    with pytest.raises(TooLate):
        workflow.release(case, other)
    assert kinds(case) == ["decision_held", "approved"]


def test_on_its_day_it_is_released_with_its_way_back(cast, case):
    wording = decline(case, apply_again_from=in_days(90))
    workflow.hold(case, cast.beata, wording, None, in_days(2))
    with clock.at(timezone.now() + datetime.timedelta(days=2)):
        made = workflow.release(case, None)
    assert (made.decided_by, made.next_steps, made.apply_again_from) == (cast.beata, "Measure.", in_days(90))
    assert case.event_set.get(kind=Event.Kind.DECLINED).actor == cast.beata


def test_a_hold_is_decided_by_the_one_who_held_it_last(cast: Cast, case, other):
    first = workflow.save_draft(case, cast.beata, approve(case), None)
    workflow.hold(case, other, approve(case), first.revision)
    assert workflow.release(case, cast.beata).decided_by == other

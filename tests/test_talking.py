"""A talk between the advisors: who asks for it, who writes it down, and what waits for it."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone, translation

from applications import permissions, reading, workflow
from applications.doors import NotAllowed, NotReady, TooLate
from applications.hashing import sha256
from applications.models import Application, Decision, DecisionDraft, Event, Status, Talk

from .cases import Cast, make_application, make_user, review

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


TODAY = timezone.localdate


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.READY_FOR_DECISION)


def held(case: Application, cast: Cast) -> DecisionDraft:
    wording = workflow.Wording(
        workflow.seen_reviews(case), "declined", "More is needed.", next_steps="Measure."
    )
    return workflow.hold(case, cast.beata, wording, None)


# --- Asking ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["sigrid", "stina", "nils", "asta", "axel", "alma"])
def test_nobody_but_who_may_decide_asks_for_a_talk(cast, case, who):
    with pytest.raises(NotAllowed):
        workflow.ask_talk(case, getattr(cast, who), "Question 2.")
    assert not Talk.objects.exists()


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_talk_is_about_something(cast, case, reason):
    with pytest.raises(NotReady):
        workflow.ask_talk(case, cast.beata, reason)


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.IN_REVIEW, Status.APPROVED, Status.WITHDRAWN])
def test_a_case_that_is_not_to_be_decided_takes_no_talk(cast, status):
    with pytest.raises(TooLate):
        workflow.ask_talk(make_application(cast, status), cast.beata, "Question 2.")


def test_one_talk_at_a_time(cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    with pytest.raises(NotReady):
        workflow.ask_talk(case, cast.beata, "Question 3.")
    assert [talk.reason for talk in Talk.objects.all()] == ["Question 2."]


def test_asking_is_kept_in_the_log_without_its_words(cast, case):
    talk = workflow.ask_talk(case, cast.beata, " Question 2. ")
    assert (talk.reason, talk.asked_by, talk.submission) == (
        "Question 2.",
        cast.beata,
        case.latest_submission,
    )
    event = case.event_set.get(kind=Event.Kind.TALK_ASKED)
    assert (event.actor, event.data) == (cast.beata, {"sha256": sha256("Question 2.")})


def test_asking_lets_a_held_decision_go_and_keeps_its_words(cast, case):
    held(case, cast)
    workflow.ask_talk(case, cast.beata, "Question 2.")
    draft = DecisionDraft.objects.get()
    assert (draft.held_at, draft.release_on, draft.reasons) == (None, None, "More is needed.")
    kinds = list(case.event_set.order_by("sequence").values_list("kind", flat=True))
    assert kinds[-3:] == ["decision_held", "decision_taken_back", "talk_asked"]


def test_nothing_is_decided_held_or_sent_for_further_review_while_it_is_open(cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    for refused in (
        lambda: workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "No."),
        lambda: held(case, cast),
        lambda: workflow.ask_further_review(case, cast.beata, "One more."),
    ):
        with pytest.raises(NotReady) as refusal:
            refused()
        assert "Write down what came of it first." in str(refusal.value)
    so_far = workflow.Wording(workflow.seen_reviews(case), reasons="So far.")
    assert workflow.save_draft(case, cast.beata, so_far, None).revision == 1


# --- Writing it down -------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["sigrid", "stina", "nils", "alma"])
def test_nobody_from_outside_writes_it_down(cast, case, who):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    with pytest.raises(NotAllowed):
        workflow.record_talk(case, getattr(cast, who), TODAY(), "We agree.")


def test_an_advisor_whose_own_review_is_not_in_does_not_write_it_down(cast):
    case = make_application(cast, Status.IN_REVIEW)
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    review(case, cast.asta)
    review(case, cast.axel)
    case.refresh_from_db()
    workflow.ask_talk(case, cast.beata, "Question 2.")
    assert not permissions.can_record_talk(third, case)
    with pytest.raises(NotAllowed):
        workflow.record_talk(case, third, TODAY(), "We agree.")


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (datetime.timedelta(0), " "),
        (datetime.timedelta(days=1), "We agree."),
        (datetime.timedelta(days=-1), "We agree."),
    ],
)
def test_it_says_something_and_was_held_between_the_asking_and_today(cast, case, day, outcome):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    with pytest.raises(NotReady):
        workflow.record_talk(case, cast.asta, TODAY() + day, outcome)
    assert Talk.objects.get().recorded_at is None


@pytest.mark.parametrize("who", ["asta", "axel", "beata"])
def test_an_advisor_or_who_decides_writes_it_down_once(cast, case, who):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    talk = workflow.record_talk(case, getattr(cast, who), TODAY(), " We agree. ")
    assert (talk.outcome, talk.recorded_by, talk.held_on) == ("We agree.", getattr(cast, who), TODAY())
    event = case.event_set.get(kind=Event.Kind.TALK_RECORDED)
    assert event.data == {"sha256": sha256("We agree.")}
    with pytest.raises(TooLate):
        workflow.record_talk(case, cast.axel, TODAY(), "We don't.")


def test_the_decision_names_the_talks_that_it_rests_on(cast, case):
    for reason in ("Question 2.", "Question 3."):
        workflow.ask_talk(case, cast.beata, reason)
        workflow.record_talk(case, cast.asta, TODAY(), f"We agree on this: {reason}")
    workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "No.")
    hashes = [sha256(reading.talk_content(talk)) for talk in Talk.objects.order_by("pk")]
    assert case.event_set.get(kind=Event.Kind.DECLINED).data["talks"] == hashes


def test_a_decision_without_a_talk_names_none(cast, case):
    workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "No.")
    assert "talks" not in case.event_set.get(kind=Event.Kind.DECLINED).data


# --- The case moves on while it is open ------------------------------------------------------------------
def test_where_a_review_is_left_out_the_others_write_it_down_while_the_case_is_reviewed(cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    out = case.assignment_set.get(advisor=cast.axel)
    workflow.unassign(case, out, cast.alma, "Tied to the applicant after all.")
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    for refused in (cast.axel, cast.beata):
        with pytest.raises(NotAllowed):
            workflow.record_talk(case, refused, TODAY(), "We agree.")
    workflow.record_talk(case, cast.asta, TODAY(), "There was none: Axel left.")
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    review(case, third)
    case.refresh_from_db()
    workflow.decide(case, cast.beata, Decision.Outcome.APPROVED, "Well done.")


def test_where_the_applicant_withdraws_it_stays_unwritten(cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    workflow.withdraw(case, cast.sigrid)
    with pytest.raises(TooLate):
        workflow.record_talk(case, cast.asta, TODAY(), "We agree.")

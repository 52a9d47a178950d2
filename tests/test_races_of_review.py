"""Two people at the same moment in review, decision and appeal: real threads, real connections, real commits."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import reading, workflow, writing
from applications.doors import NotAllowed, NotReady, TooLate
from applications.hashing import sha256
from applications.models import (
    Appeal,
    Application,
    Assignment,
    Certificate,
    Decision,
    DecisionDraft,
    Event,
    Review,
    Status,
    Talk,
)
from members.models import User

from .cases import make_application, make_cast, make_user, own_review, questions, review, uphold
from .test_races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def page(application: Application, name: str) -> str:
    return reverse(f"admin:applications_application_{name}", args=[application.pk])


def test_two_reviews_by_their_pages_at_once_make_the_case_ready_once(cast):
    application = make_application(cast, Status.IN_REVIEW)
    clients = {}
    for advisor in (cast.asta, cast.axel):
        review(application, advisor, submit=False)
        clients[advisor] = Client()
        clients[advisor].force_login(advisor)

    def hand_in(advisor):
        posted = {"submission": "1", "then": "submit", "summary": "Bra."}
        for number in range(1, 6):
            posted |= {f"points_{number}": "3", f"comment_{number}": "Bra."}
        return clients[advisor].post(page(application, "review"), posted).status_code

    assert at_once(lambda: hand_in(cast.asta), lambda: hand_in(cast.axel)) == [302, 302]
    application.refresh_from_db()
    assert application.status == Status.READY_FOR_DECISION
    kinds = list(Event.objects.filter(kind__startswith="review").values_list("kind", flat=True))
    assert sorted(kinds) == ["review_started", "review_submitted", "review_submitted", "reviews_complete"]
    assert Review.objects.submitted().count() == 2


def test_a_decision_while_a_further_review_is_asked_for_leaves_one_of_them(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    other = make_user("other@qm.example", "Other", "Decision maker")
    outcomes = at_once(
        lambda: workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "No."),
        lambda: workflow.ask_further_review(application, other, "They are far apart."),
    )
    assert refusals(outcomes) == [TooLate]
    application.refresh_from_db()
    decided = Decision.objects.exists()
    assert application.status == (Status.DECLINED if decided else Status.IN_REVIEW)
    assert application.reviews_required == (2 if decided else 3)


def test_a_decision_while_the_case_is_sent_back_and_reviewed_again(cast):
    """The further reviewer hands in while somebody decides from a page that was opened before."""
    application = make_application(cast, Status.READY_FOR_DECISION)
    workflow.ask_further_review(application, cast.beata, "They are far apart.")
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(application, [third], cast.alma)
    workflow.declare(application, assignment, third, has_conflict=False)
    draft = review(application, third, submit=False)
    outcomes = at_once(
        lambda: workflow.submit_review(application, draft, third),
        lambda: workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "No."),
    )
    assert set(refusals(outcomes)) <= {TooLate}
    application.refresh_from_db()
    # Either the decision came after the review and rests on all three, or it was refused.
    assert own_review(application, third).submitted_at
    made = Decision.objects.first()
    assert application.status == (Status.DECLINED if made else Status.READY_FOR_DECISION)


def test_a_conflict_declared_while_the_other_window_reads_shuts_it(cast):
    application = make_application(cast, Status.IN_REVIEW)
    draft = review(application, cast.asta, submit=False)
    assignment = Assignment.objects.get(application=application, advisor=cast.asta)
    client = Client()
    client.force_login(cast.asta)
    item = application.evidence.first()
    evidence = reverse("evidence", args=[application.reference, item.pk])
    declared, read, file = at_once(
        lambda: workflow.declare(application, assignment, cast.asta, has_conflict=True),
        lambda: client.get(page(application, "review")).status_code,
        lambda: client.get(evidence).status_code,
    )
    assert declared is None
    assert read in (200, 403, 404)
    assert file in (200, 404)
    # Whatever begins after the commit finds nothing.
    for name in ("change", "review", "completion", "declare", "assign", "decide", "decision", "appeal"):
        assert client.get(page(application, name)).status_code == 404
    assert client.get(evidence).status_code == 404
    assert client.get(reverse("application_pdf", args=[application.reference])).status_code == 404
    assert (
        client.post(page(application, "review"), {"submission": "1", "summary": "Kept?"}).status_code == 404
    )
    for refused in (
        lambda: workflow.save_review(application, draft, cast.asta, {}, "Kept?"),
        lambda: workflow.submit_review(application, draft, cast.asta),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert Review.objects.get(pk=draft.pk).summary == "Summary by asta@qm.example"


def test_two_who_hear_the_same_appeal_give_one_answer(cast):
    application = make_application(cast, Status.DECLINED)
    hearers = [
        make_user(f"hearer{number}@qm.example", f"Hearer {number}", "Decision maker") for number in (1, 2)
    ]
    workflow.lodge_appeal(application, cast.sigrid, "Look at question 2 again.")
    outcomes = at_once(
        lambda: workflow.hear_appeal(application, hearers[0], Appeal.Outcome.UPHELD, "Overlooked."),
        lambda: workflow.hear_appeal(application, hearers[1], Appeal.Outcome.DISMISSED, "Nothing new."),
    )
    assert refusals(outcomes) == [TooLate]
    appeal = Appeal.objects.get()
    application.refresh_from_db()
    upheld = appeal.outcome == Appeal.Outcome.UPHELD
    assert appeal.heard_by == hearers[0 if upheld else 1]
    assert (application.status, application.round) == (
        (Status.IN_REVIEW, 2) if upheld else (Status.DECLINED, 1)
    )
    assert Event.objects.filter(kind__in=["appeal_upheld", "appeal_dismissed"]).count() == 1


def test_a_double_click_lodges_one_appeal(cast):
    application = make_application(cast, Status.DECLINED)
    outcomes = at_once(*[lambda: workflow.lodge_appeal(application, cast.sigrid, "Once.")] * 3)
    assert refusals(outcomes) == [TooLate, TooLate]
    assert Appeal.objects.count() == 1


def test_an_appeal_and_a_new_application_at_once_leave_one_of_them(cast):
    application = make_application(cast, Status.DECLINED)
    outcomes = at_once(
        lambda: workflow.lodge_appeal(application, cast.sigrid, "Look at question 2 again."),
        lambda: workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun"),
    )
    assert refusals(outcomes) == [NotReady]
    assert Appeal.objects.count() + Application.objects.filter(status=Status.DRAFT).count() == 1


def test_after_an_upheld_appeal_an_old_window_changes_nothing(cast):
    application = make_application(cast, Status.DECLINED)
    hearer = make_user("hearer@qm.example", "Hearer", "Decision maker")
    uphold(application, cast, hearer)
    client = Client()
    client.force_login(cast.asta)
    assert client.get(page(application, "review")).status_code == 403
    assert client.post(page(application, "review"), {"submission": "1"}).status_code == 403


# --- Held decisions --------------------------------------------------------------------------------------
def hold(application: Application, user: User, revision: int | None = None) -> DecisionDraft:
    wording = workflow.Wording(workflow.seen_reviews(application), "approved", "Well done.")
    return workflow.hold(application, user, wording, revision)


def test_two_releases_at_once_make_one_decision_and_one_certificate(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    other = make_user("other@qm.example", "Other", "Decision maker")
    hold(application, cast.beata)
    outcomes = at_once(
        lambda: workflow.release(application, cast.beata),
        lambda: workflow.release(application, other),
        lambda: workflow.release(application, cast.beata),
    )
    assert refusals(outcomes) == [TooLate, TooLate]
    assert Decision.objects.get().decided_by == cast.beata
    assert Certificate.objects.count() == 1
    assert Event.objects.filter(kind="approved").count() == 1


def test_a_release_while_the_applicant_withdraws_leaves_one_of_them(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    hold(application, cast.beata)
    outcomes = at_once(
        lambda: workflow.release(application, cast.beata),
        lambda: workflow.withdraw(application, cast.sigrid),
    )
    assert len(refusals(outcomes)) == 1
    application.refresh_from_db()
    made = Decision.objects.exists()
    assert application.status == (Status.APPROVED if made else Status.WITHDRAWN)
    assert Certificate.objects.count() == made
    assert not DecisionDraft.objects.exists()


def test_a_decision_while_another_holds_leaves_one_of_them(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    other = make_user("other@qm.example", "Other", "Decision maker")
    outcomes = at_once(
        lambda: hold(application, cast.beata),
        lambda: workflow.decide(application, other, Decision.Outcome.DECLINED, "No."),
    )
    made = Decision.objects.exists()
    assert refusals(outcomes) == [TooLate if made else NotReady]
    assert DecisionDraft.objects.filter(held_at__isnull=False).exists() is not made


def test_two_who_hold_at_once_leave_one_held(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    other = make_user("other@qm.example", "Other", "Decision maker")
    outcomes = at_once(lambda: hold(application, cast.beata), lambda: hold(application, other))
    assert refusals(outcomes) == [NotReady]
    assert DecisionDraft.objects.get().written_by == (
        other if outcomes[0] in refused(outcomes) else cast.beata
    )


def refused(outcomes: list[object]) -> list[object]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_a_release_while_a_talk_is_asked_for_leaves_one_of_them(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    hold(application, cast.beata)
    outcomes = at_once(
        lambda: workflow.release(application, cast.beata),
        lambda: workflow.ask_talk(application, cast.beata, "Question 2."),
    )
    assert refusals(outcomes) == [TooLate]
    assert Decision.objects.count() + Talk.objects.count() == 1


def test_two_who_write_down_a_talk_at_once_leave_the_words_of_one(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    workflow.ask_talk(application, cast.beata, "Question 2.")
    today = timezone.localdate()
    outcomes = at_once(
        lambda: workflow.record_talk(application, cast.asta, today, "By asta."),
        lambda: workflow.record_talk(application, cast.axel, today, "By axel."),
    )
    assert refusals(outcomes) == [TooLate]
    talk = Talk.objects.get()
    assert talk.outcome == ("By asta." if talk.recorded_by == cast.asta else "By axel.")


# --- Saving question by question ---------------------------------------------------------------------------
def test_two_windows_save_one_question_at_once_from_the_same_text(cast):
    application = make_application(cast, Status.IN_REVIEW)
    draft = own_review(application, cast.asta)
    first = questions(application)[0]
    workflow.save_judgement(application, draft, cast.asta, first, workflow.Judgement(2, "Before."))

    def save(text):
        return workflow.save_judgement(
            application, draft, cast.asta, first, workflow.Judgement(3, text), seen=1
        )

    outcomes = at_once(lambda: save("One."), lambda: save("Two."))
    assert refusals(outcomes) == [workflow.StaleReview]
    kept = draft.scores.get(question=first)
    won = next(one for one in outcomes if not isinstance(one, Exception))
    refused = next(one for one in outcomes if isinstance(one, workflow.StaleReview))
    assert (kept.comment, kept.revision) == (won.comment, 2)
    assert refused.scores[1].comment == kept.comment


def test_two_windows_save_the_first_word_of_a_question_at_once(cast):
    application = make_application(cast, Status.IN_REVIEW)
    draft = own_review(application, cast.asta)
    first = questions(application)[0]

    def save(text):
        return workflow.save_judgement(
            application, draft, cast.asta, first, workflow.Judgement(3, text), seen=0
        )

    outcomes = at_once(lambda: save("One."), lambda: save("Two."))
    assert refusals(outcomes) == [workflow.StaleReview]
    assert draft.scores.get(question=first).revision == 1


def test_what_is_handed_in_while_a_save_arrives_is_what_the_log_says(cast):
    application = make_application(cast, Status.IN_REVIEW)
    draft = review(application, cast.asta, submit=False)
    first = questions(application)[0]
    outcomes = at_once(
        lambda: workflow.submit_review(application, draft, cast.asta),
        lambda: workflow.save_judgement(
            application, draft, cast.asta, first, workflow.Judgement(4, "A last word."), seen=1
        ),
        lambda: workflow.save_summary(application, draft, cast.asta, "And another.", seen=1),
    )
    assert set(refusals(outcomes)) <= {TooLate}
    assert not isinstance(outcomes[0], Exception)
    frozen = own_review(application, cast.asta)
    is_saved, is_summed_up = (not isinstance(one, Exception) for one in outcomes[1:])
    assert frozen.scores.get(question=first).comment == (
        "A last word." if is_saved else "Comment by asta@qm.example on 1"
    )
    assert frozen.summary == ("And another." if is_summed_up else "Summary by asta@qm.example")
    logged = Event.objects.get(kind=Event.Kind.REVIEW_SUBMITTED)
    assert logged.data["sha256"] == sha256(reading.review_content(frozen))


def test_a_completion_comes_in_while_the_old_window_saves(cast):
    application = make_application(cast, Status.IN_REVIEW)
    draft = review(application, cast.asta, submit=False)
    first, second, *_rest = questions(application)
    due = timezone.localdate() + datetime.timedelta(days=7)
    workflow.request_completion(application, cast.axel, {second: "More."}, due)
    writing.save_answer(application, second, cast.sigrid, "Mer.", 3)
    outcomes = at_once(
        lambda: workflow.resubmit(application, cast.sigrid, declares=True),
        lambda: workflow.save_judgement(
            application, draft, cast.asta, first, workflow.Judgement(4, "Late."), seen=1
        ),
        lambda: workflow.save_review(
            application, draft, cast.asta, {first: workflow.Judgement(4, "Late.")}, "Late."
        ),
    )
    assert refusals(outcomes) == [TooLate, TooLate]
    own = own_review(application, cast.asta)
    assert own.submission.number == 2
    comments = [
        one.scores.get(question=first).comment for one in Review.objects.filter(assignment=own.assignment)
    ]
    assert comments == ["Comment by asta@qm.example on 1"] * 2

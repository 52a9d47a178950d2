"""Every move of the state table: who may make it, what must hold, and what it leaves behind."""

from __future__ import annotations

import datetime

import pytest
from dateutil.relativedelta import relativedelta
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from applications import reading, workflow, writing
from applications.doors import NotAllowed, NotReady, TooLate
from applications.evidence import Rejected
from applications.hashing import sha256
from applications.models import (
    Answer,
    Appeal,
    Application,
    Assignment,
    Certificate,
    Decision,
    Event,
    Evidence,
    Review,
    Status,
    Submission,
)
from members.models import Affiliation, Membership

from .cases import (
    PDF,
    fill,
    make_application,
    make_organisation,
    make_user,
    own_review,
    questions,
    review,
    uphold,
    upload,
)

pytestmark = pytest.mark.django_db

APPROVED, DECLINED = Decision.Outcome.APPROVED, Decision.Outcome.DECLINED


def kinds(application: Application) -> list[str]:
    return list(application.event_set.order_by("sequence").values_list("kind", flat=True))


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached(cast, status):
    application = make_application(cast, status)
    assert Application.objects.get().status == status
    moves = [event.data["to"] for event in application.event_set.order_by("sequence") if "to" in event.data]
    assert (moves or ["draft"])[-1] == status


def test_the_table_is_the_one_of_the_design():
    pairs = {(origin.value, to.value) for origin, targets in workflow.MOVES.items() for to in targets}
    assert pairs == {
        ("draft", "submitted"),
        ("submitted", "in_review"),
        ("in_review", "completion_requested"),
        ("completion_requested", "in_review"),
        ("in_review", "ready_for_decision"),
        ("ready_for_decision", "in_review"),
        ("ready_for_decision", "approved"),
        ("ready_for_decision", "declined"),
        ("draft", "withdrawn"),
        ("submitted", "withdrawn"),
        ("in_review", "withdrawn"),
        ("completion_requested", "withdrawn"),
        ("ready_for_decision", "withdrawn"),
        ("draft", "lapsed"),
        ("completion_requested", "lapsed"),
        ("declined", "in_review"),
    }


# --- Starting --------------------------------------------------------------------------------------------
def test_references_run_on_within_the_year(cast):
    year = timezone.localdate().year
    first = workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    second = workflow.start(cast.town, cast.edit, "Ekby", "Ekstads kommun")
    assert [first.reference, second.reference] == [f"QM-{year}-0001", f"QM-{year}-0002"]


def test_starting_twice_for_one_centre_gives_the_same_draft(cast):
    first = workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    assert workflow.start(cast.town, cast.edit, "  ekstad ", "Ekstads kommun") == first
    assert Application.objects.count() == 1


def test_starting_for_a_centre_under_way_is_refused(cast):
    make_application(cast, Status.SUBMITTED)
    with pytest.raises(NotReady):
        workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")


@pytest.mark.parametrize("who", ["vide", "stina", "nils", "alma"])
def test_only_editors_and_signatories_start(cast, who):
    with pytest.raises(NotAllowed):
        workflow.start(cast.town, getattr(cast, who), "Ekstad", "Ekstads kommun")


@pytest.mark.parametrize(
    ("starts", "ends", "allowed"),
    [(-10, 10, True), (-10, None, True), (-10, 0, True), (0, None, True), (-10, -1, False), (1, None, False)],
)
def test_membership_counts_by_the_day(cast, starts, ends, allowed):
    today = timezone.localdate()
    Membership.objects.all().delete()
    Membership.objects.create(
        organisation=cast.town,
        starts=today + datetime.timedelta(days=starts),
        ends=None if ends is None else today + datetime.timedelta(days=ends),
    )
    if allowed:
        assert workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun").status == Status.DRAFT
    else:
        with pytest.raises(NotAllowed, match="Svenska Stadskärnor"):
            workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")


# --- Writing ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "allowed"), [("sigrid", True), ("edit", True), ("vide", False), ("stina", False)]
)
def test_who_may_write(cast, who, allowed):
    application = make_application(cast)
    question = questions(application)[0]
    if allowed:
        writing.save_answer(application, question, getattr(cast, who), " Vi samverkar. ", 2)
        answer = Answer.objects.get(question=question)
        assert (answer.text, answer.rating, answer.updated_by) == ("Vi samverkar.", 2, getattr(cast, who))
    else:
        with pytest.raises(NotAllowed):
            writing.save_answer(application, question, getattr(cast, who), "Vi samverkar.", 2)
        assert not Answer.objects.filter(revision__gt=0).exists()


@pytest.mark.parametrize("status", [s for s in Status if not s.is_with_applicant])
def test_answers_and_evidence_are_locked_once_submitted(cast, status):
    application = make_application(cast, status)
    question = questions(application)[0]
    for change in (
        lambda: writing.save_answer(application, question, cast.sigrid, "Annat.", 4),
        lambda: writing.add_evidence(application, question, cast.sigrid, upload()),
        lambda: writing.remove_evidence(
            application, application.evidence.first(), questions(application)[0], cast.sigrid
        ),
    ):
        with pytest.raises(TooLate):
            change()
    assert application.evidence.present().count() == 2


def test_a_refused_file_leaves_nothing_behind(cast, settings, tmp_path):
    application = make_application(cast)
    with pytest.raises(Rejected):
        writing.add_evidence(
            application, questions(application)[0], cast.sigrid, upload(b"MZ\x90\x00 not a pdf")
        )
    assert not Evidence.objects.exists()


def test_one_file_too_many(cast, settings):
    settings.QM_EVIDENCE_MAX_FILES = 2
    application = make_application(cast)
    question = questions(application)[0]
    for number in range(2):
        writing.add_evidence(application, question, cast.sigrid, upload(PDF + b"%d" % number))
    with pytest.raises(NotReady, match="2"):
        writing.add_evidence(application, question, cast.sigrid, upload())
    assert application.evidence.count() == 2


def test_the_same_file_twice_in_an_application_is_kept_once(cast, files):
    application = make_application(cast)
    first, second = questions(application)[:2]
    writing.add_evidence(application, first, cast.sigrid, upload())
    with pytest.raises(NotReady, match=r"protokoll\.pdf"):
        writing.add_evidence(application, first, cast.edit, upload(name="again.pdf"))
    linked = writing.add_evidence(application, second, cast.sigrid, upload())
    assert [question.number for question in linked.questions.order_by("number")] == [1, 2]
    assert len(list((files / "evidence" / str(application.pk)).iterdir())) == 1


def test_a_file_removed_from_a_draft_is_gone_and_one_from_a_submission_is_kept(
    cast, django_capture_on_commit_callbacks
):
    application = make_application(cast)
    with django_capture_on_commit_callbacks(execute=True):
        draft_file = writing.add_evidence(application, questions(application)[0], cast.sigrid, upload())
        writing.remove_evidence(application, draft_file, questions(application)[0], cast.sigrid)
    assert not draft_file.file.storage.exists(f"evidence/{application.pk}/{draft_file.pk}")
    fill(application, cast.sigrid)
    workflow.submit(application, cast.sigrid, declares=True)
    [assignment] = workflow.assign(application, [cast.asta], cast.alma)
    workflow.declare(application, assignment, cast.asta, has_conflict=False)
    kept = application.evidence.get(questions=questions(application)[0])
    workflow.request_completion(
        application,
        cast.asta,
        {kept.questions.get(): "A newer one."},
        timezone.localdate() + datetime.timedelta(days=5),
    )
    with django_capture_on_commit_callbacks(execute=True):
        writing.remove_evidence(application, kept, questions(application)[0], cast.sigrid)
    kept.refresh_from_db()
    assert kept.removed_at is not None
    assert kept.file.storage.exists(kept.file.name)


# --- Submitting ------------------------------------------------------------------------------------------
def test_a_submission_is_frozen_with_its_hash(cast):
    application = make_application(cast, Status.SUBMITTED)
    submission = application.submission_set.get()
    assert submission.sha256 == sha256(submission.content)
    assert submission.content["area"] == "Ekstad"
    first = submission.content["questions"][0]
    assert first["text"]["sv"].startswith("På vilket sätt har samverkan i er stad förändrats/utvecklats")
    assert (first["answer"], first["rating"]) == ("Svar på fråga 1: åäö.", 3)
    item = application.evidence.get(uuid=first["evidence"][0]["uuid"])
    assert first["evidence"][0]["sha256"] == item.sha256
    with pytest.raises(IntegrityError, match="submission"), transaction.atomic():
        Submission.objects.update(sha256="0" * 64)


@pytest.mark.parametrize("who", ["edit", "vide", "stina", "asta", "alma"])
def test_only_a_signatory_submits(cast, who):
    application = fill(make_application(cast), cast.sigrid)
    with pytest.raises(NotAllowed):
        workflow.submit(application, getattr(cast, who), declares=True)
    assert not Submission.objects.exists()


def test_submitting_needs_the_declaration(cast):
    application = fill(make_application(cast), cast.sigrid)
    with pytest.raises(NotReady):
        workflow.submit(application, cast.sigrid, declares=False)


def test_what_is_missing_is_listed_by_question(cast):
    application = make_application(cast)
    assert [gap.question for gap in reading.gaps(application)] == [0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5]
    with pytest.raises(NotReady):
        workflow.submit(application, cast.sigrid, declares=True)
    fill(application, cast.sigrid)
    assert reading.gaps(application) == []
    third = questions(application)[2]
    writing.save_answer(application, third, cast.sigrid, "ord " * (third.max_words + 1), 3)
    assert [gap.question for gap in reading.gaps(application)] == [3]


def test_a_membership_that_ended_while_drafting_stops_the_submission(cast):
    application = fill(make_application(cast), cast.sigrid)
    Membership.objects.update(ends=timezone.localdate() - datetime.timedelta(days=1))
    with pytest.raises(NotAllowed, match=r"kansli@qm\.example"):
        workflow.submit(application, cast.sigrid, declares=True)
    assert not Submission.objects.exists()


def test_submitting_twice_makes_one_submission(cast):
    application = fill(make_application(cast), cast.sigrid)
    seen_before = Application.objects.get()
    workflow.submit(application, cast.sigrid, declares=True)
    with pytest.raises(TooLate):
        workflow.submit(seen_before, cast.sigrid, declares=True)
    assert Submission.objects.count() == 1


# --- Assignment and conflict -----------------------------------------------------------------------------
def test_the_first_assignment_begins_the_review(cast):
    application = make_application(cast, Status.SUBMITTED)
    workflow.assign(application, [cast.asta], cast.axel)
    application.refresh_from_db()
    assert application.status == Status.IN_REVIEW
    workflow.assign(application, [cast.axel], cast.alma)
    assert set(application.assignment_set.values_list("advisor", flat=True)) == {cast.asta.pk, cast.axel.pk}


@pytest.mark.parametrize("who", ["sigrid", "stina", "nils", "beata"])
def test_who_may_not_assign(cast, who):
    application = make_application(cast, Status.SUBMITTED)
    with pytest.raises(NotAllowed):
        workflow.assign(application, [cast.asta], getattr(cast, who))


def test_an_advisor_with_a_tie_to_the_town_is_never_assigned(cast):
    application = make_application(cast, Status.SUBMITTED)
    Affiliation.objects.create(user=cast.asta, organisation=cast.town)
    with pytest.raises(NotAllowed):
        workflow.assign(application, [cast.asta], cast.alma)


def test_nobody_is_assigned_twice_and_only_advisors_are(cast):
    application = make_application(cast, Status.IN_REVIEW)
    for advisor in (cast.asta, cast.alma, cast.beata, cast.nils):
        with pytest.raises(NotAllowed):
            workflow.assign(application, [advisor], cast.alma)
    assert application.assignment_set.count() == 2


def test_one_impossible_advisor_among_several_assigns_nobody(cast):
    application = make_application(cast, Status.SUBMITTED)
    with pytest.raises(NotAllowed):
        workflow.assign(application, [cast.asta, cast.nils], cast.alma)
    application.refresh_from_db()
    assert (application.status, application.assignment_set.count()) == (Status.SUBMITTED, 0)


def test_no_review_is_opened_before_the_declaration(cast):
    application = make_application(cast, Status.SUBMITTED)
    [assignment] = workflow.assign(application, [cast.asta], cast.alma)
    assert not Review.objects.exists()
    with pytest.raises(NotAllowed):
        workflow.declare(application, assignment, cast.axel, has_conflict=False)
    workflow.declare(application, assignment, cast.asta, has_conflict=False)
    workflow.declare(application, assignment, cast.asta, has_conflict=False)
    assert Review.objects.get().assignment == assignment


def test_a_conflict_closes_the_case_for_good(cast):
    application = make_application(cast, Status.IN_REVIEW)
    assignment = application.assignment_set.get(advisor=cast.asta)
    draft = own_review(application, cast.asta)
    workflow.declare(application, assignment, cast.asta, has_conflict=True)
    with pytest.raises(NotAllowed):
        workflow.declare(application, assignment, cast.asta, has_conflict=False)
    with pytest.raises(NotAllowed):
        workflow.save_review(application, draft, cast.asta, {}, "Too late.")
    assert list(application.assignment_set.active().values_list("advisor", flat=True)) == [cast.axel.pk]


def test_a_conflict_after_the_review_is_in_goes_to_the_office(cast):
    application = make_application(cast, Status.IN_REVIEW)
    review(application, cast.asta)
    with pytest.raises(TooLate):
        workflow.declare(
            application, application.assignment_set.get(advisor=cast.asta), cast.asta, has_conflict=True
        )


# --- Review ----------------------------------------------------------------------------------------------
def test_the_case_is_ready_when_the_required_reviews_are_in(cast):
    application = make_application(cast, Status.IN_REVIEW)
    review(application, cast.asta)
    application.refresh_from_db()
    assert application.status == Status.IN_REVIEW
    review(application, cast.axel)
    application.refresh_from_db()
    assert application.status == Status.READY_FOR_DECISION
    assert kinds(application)[-2:] == ["review_submitted", "reviews_complete"]


def test_a_submitted_review_is_frozen(cast):
    application = make_application(cast, Status.IN_REVIEW)
    done = review(application, cast.asta)
    with pytest.raises(TooLate):
        workflow.save_review(application, done, cast.asta, {}, "More.")
    with pytest.raises(TooLate):
        workflow.submit_review(application, done, cast.asta)
    with pytest.raises(IntegrityError), transaction.atomic():
        done.scores.update(points=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=done.pk).update(summary="Other.")


def test_nobody_writes_in_anothers_review(cast):
    application = make_application(cast, Status.IN_REVIEW)
    with pytest.raises(NotAllowed):
        workflow.save_review(application, own_review(application, cast.asta), cast.axel, {}, "Mine now.")


@pytest.mark.parametrize(
    ("points", "comment", "wanting"),
    [(None, "", True), (3, "", False), (1, "", True), (1, "Why.", False), (0, "Why.", False), (4, "", False)],
)
def test_what_a_review_must_have(cast, points, comment, wanting):
    application = make_application(cast, Status.IN_REVIEW)
    draft = own_review(application, cast.asta)
    fine = {q: workflow.Judgement(3, "") for q in questions(application)}
    first = questions(application)[0]
    workflow.save_review(
        application, draft, cast.asta, {**fine, first: workflow.Judgement(points, comment)}, ""
    )
    assert list(reading.review_gaps(own_review(application, cast.asta))) == ([1] if wanting else [])
    if wanting:
        with pytest.raises(NotReady):
            workflow.submit_review(application, draft, cast.asta)


def test_points_far_from_the_self_rating_want_a_comment(cast):
    application = make_application(cast, Status.DRAFT)
    fill(application, cast.sigrid, rating=1)
    workflow.submit(application, cast.sigrid, declares=True)
    [assignment] = workflow.assign(application, [cast.asta], cast.alma)
    workflow.declare(application, assignment, cast.asta, has_conflict=False)
    draft = own_review(application, cast.asta)
    workflow.save_review(
        application, draft, cast.asta, {q: workflow.Judgement(3, "") for q in questions(application)}, ""
    )
    assert list(reading.review_gaps(draft)) == [1, 2, 3, 4, 5]


# --- Completion ------------------------------------------------------------------------------------------
def test_only_the_named_questions_unlock_and_each_must_be_answered_again(cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    first, second = questions(application)[:2]
    with pytest.raises(NotAllowed):
        writing.save_answer(application, first, cast.sigrid, "Annat.", 4)
    assert [gap.question for gap in reading.gaps(application)] == [2]
    with pytest.raises(NotReady):
        workflow.resubmit(application, cast.sigrid, declares=True)
    as_before = application.answer_set.get(question=second)
    writing.save_answer(application, second, cast.edit, as_before.text, as_before.rating)
    assert [gap.question for gap in reading.gaps(application)] == [2]
    writing.save_answer(application, second, cast.edit, "Budgeten är två miljoner.", 4)
    with pytest.raises(NotAllowed):
        workflow.resubmit(application, cast.edit, declares=True)
    submission = workflow.resubmit(application, cast.sigrid, declares=True)
    application.refresh_from_db()
    assert (application.status, submission.number) == (Status.IN_REVIEW, 2)
    assert submission.content["questions"][1]["answer"] == "Budgeten är två miljoner."
    assert application.completionrequest_set.get().answered_by == submission


def test_reviews_go_on_from_where_they_were_on_the_new_submission(cast):
    application = make_application(cast, Status.IN_REVIEW)
    review(application, cast.asta, points=2)
    question = questions(application)[0]
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    workflow.request_completion(
        application, cast.axel, {question: "More.", questions(application)[1]: "  "}, tomorrow
    )
    writing.save_answer(application, question, cast.sigrid, "Mer.", 3)
    workflow.resubmit(application, cast.sigrid, declares=True)
    again = own_review(application, cast.asta)
    assert (again.submission.number, again.submitted_at) == (2, None)
    assert list(again.scores.values_list("points", flat=True)) == [2] * 5
    assert Review.objects.submitted().get().submission.number == 1


@pytest.mark.parametrize(("text", "days"), [("", 5), ("  ", 5), ("More.", 0), ("More.", -1)])
def test_a_completion_request_needs_a_text_and_a_day_to_come(cast, text, days):
    application = make_application(cast, Status.IN_REVIEW)
    due = timezone.localdate() + datetime.timedelta(days=days)
    with pytest.raises(NotReady):
        workflow.request_completion(application, cast.asta, {questions(application)[0]: text}, due)


@pytest.mark.parametrize("who", ["alma", "beata", "sigrid"])
def test_only_an_assigned_advisor_asks_for_completion(cast, who):
    application = make_application(cast, Status.IN_REVIEW)
    with pytest.raises(NotAllowed):
        workflow.request_completion(
            application,
            getattr(cast, who),
            {questions(application)[0]: "More."},
            timezone.localdate() + datetime.timedelta(days=5),
        )


# --- Decision --------------------------------------------------------------------------------------------
def test_approval_makes_the_certificate_in_the_same_transaction(cast):
    application = make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get()
    today = timezone.localdate()
    assert certificate.number == f"QMC-{today.year}-0001"
    assert (certificate.holder, certificate.area) == ("Ekstads kommun", "Ekstad")
    assert (certificate.issued_on, certificate.valid_through) == (today, today + relativedelta(months=36))
    decision = application.decision_set.get()
    assert (decision.percent, decision.meets_rule, decision.override_reason) == (75, True, "")


def test_a_declined_application_has_no_certificate(cast):
    make_application(cast, Status.DECLINED)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("who", ["asta", "axel", "alma", "sigrid"])
def test_who_may_not_decide(cast, who):
    application = make_application(cast, Status.READY_FOR_DECISION)
    with pytest.raises(NotAllowed):
        workflow.decide(application, getattr(cast, who), APPROVED, "Reasons.")


def test_who_reviewed_does_not_decide_even_with_the_role(cast):
    both = make_user("both@qm.example", "Both", "Advisor", "Decision maker")
    application = make_application(cast, Status.SUBMITTED)
    for assignment in workflow.assign(application, [both, cast.asta], cast.alma):
        workflow.declare(application, assignment, assignment.advisor, has_conflict=False)
    review(application, both)
    review(application, cast.asta)
    with pytest.raises(NotAllowed):
        workflow.decide(application, both, APPROVED, "Reasons.")


def test_a_decision_needs_reasons(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    with pytest.raises(NotReady):
        workflow.decide(application, cast.beata, DECLINED, "  ")


def test_approval_against_the_rule_needs_an_override_reason(cast):
    application = make_application(cast, Status.READY_FOR_DECISION, points=1)
    with pytest.raises(NotReady):
        workflow.decide(application, cast.beata, APPROVED, "Reasons.")
    decision = workflow.decide(application, cast.beata, APPROVED, "Reasons.", "The board said so.")
    assert (decision.percent, decision.meets_rule) == (25, False)
    assert decision.override_reason == "The board said so."


def test_the_second_of_two_decisions_is_told(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    other = make_user("other@qm.example", "Other", "Decision maker")
    workflow.decide(application, cast.beata, APPROVED, "Reasons.")
    with pytest.raises(TooLate):
        workflow.decide(application, other, DECLINED, "No.")
    assert (Decision.objects.get().outcome, Certificate.objects.count()) == (APPROVED, 1)


def test_a_further_review_is_needed_when_asked_for(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    with pytest.raises(NotReady):
        workflow.ask_further_review(application, cast.beata, " ")
    workflow.ask_further_review(application, cast.beata, "They are far apart.")
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(application, [third], cast.alma)
    workflow.declare(application, assignment, third, has_conflict=False)
    review(application, third, points=4)
    application.refresh_from_db()
    assert application.status == Status.READY_FOR_DECISION
    decision = workflow.decide(application, cast.beata, APPROVED, "Reasons.")
    assert str(decision.percent) == "83.33"


def test_an_upheld_appeal_goes_to_other_advisors_and_another_decider(cast):
    application = make_application(cast, Status.DECLINED)
    other = make_user("other@qm.example", "Other", "Decision maker")
    with pytest.raises(NotAllowed):
        uphold(application, cast, cast.beata)
    with pytest.raises(NotReady):
        workflow.hear_appeal(application, other, Appeal.Outcome.UPHELD, " ")
    workflow.hear_appeal(application, other, Appeal.Outcome.UPHELD, "Evidence was overlooked.")
    application.refresh_from_db()
    assert (application.status, application.round) == (Status.IN_REVIEW, 2)
    with pytest.raises(NotAllowed):
        workflow.assign(application, [cast.asta], cast.alma)
    fresh = [make_user(f"fresh{n}@qm.example", f"Fresh {n}", "Advisor") for n in (1, 2)]
    for assignment in workflow.assign(application, fresh, cast.alma):
        workflow.declare(application, assignment, assignment.advisor, has_conflict=False)
        review(application, assignment.advisor, points=4)
    application.refresh_from_db()
    with pytest.raises(NotAllowed):
        workflow.decide(application, cast.beata, APPROVED, "Reasons.")
    assert workflow.decide(application, other, APPROVED, "Reasons.").percent == 100
    assert list(application.decision_set.values_list("round", "outcome")) == [(1, DECLINED), (2, APPROVED)]


# --- Ending ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [s for s in Status if s.is_open])
def test_a_signatory_withdraws_whatever_is_open(cast, status):
    application = make_application(cast, status)
    with pytest.raises(NotAllowed):
        workflow.withdraw(application, cast.edit)
    workflow.withdraw(application, cast.sigrid)
    assert Application.objects.get().status == Status.WITHDRAWN


@pytest.mark.parametrize("status", [s for s in Status if not s.is_open])
def test_what_is_closed_is_not_withdrawn(cast, status):
    application = make_application(cast, status)
    with pytest.raises(TooLate):
        workflow.withdraw(application, cast.sigrid)


@pytest.mark.parametrize(
    ("idle", "reminded", "lapses"), [(370, True, True), (370, False, False), (300, True, False)]
)
def test_only_what_lay_past_the_limit_after_a_reminder_lapses(cast, idle, reminded, lapses):
    application = make_application(cast)
    then = timezone.now() - datetime.timedelta(days=idle)
    Application.objects.update(touched_at=then, status_since=then, reminded_at=then if reminded else None)
    if lapses:
        workflow.lapse(application)
    else:
        with pytest.raises(NotReady):
            workflow.lapse(application)
    assert Application.objects.get().status == (Status.LAPSED if lapses else Status.DRAFT)


def test_a_new_application_can_follow_one_that_ended(cast):
    make_application(cast, Status.WITHDRAWN)
    assert workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun").status == Status.DRAFT


# --- The certificate -------------------------------------------------------------------------------------
def test_a_certificate_is_suspended_resumed_and_revoked_with_reasons(cast):
    make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get()
    S = Certificate.Status
    with pytest.raises(NotReady):
        workflow.change_certificate(certificate, cast.alma, S.SUSPENDED, "")
    suspended = workflow.change_certificate(certificate, cast.alma, S.SUSPENDED, "Membership ended.")
    assert (suspended.standing, suspended.status_reason) == ("suspended", "Membership ended.")
    resumed = workflow.change_certificate(certificate, cast.alma, S.VALID, "Membership renewed.")
    assert (resumed.standing, resumed.status_reason) == ("valid", "")
    workflow.change_certificate(certificate, cast.alma, S.REVOKED, "The collaboration has ended.")
    with pytest.raises(TooLate):
        workflow.change_certificate(certificate, cast.alma, S.VALID, "Again.")


@pytest.mark.parametrize("who", ["asta", "beata", "sigrid"])
def test_only_an_administrator_changes_a_certificate(cast, who):
    make_application(cast, Status.APPROVED)
    with pytest.raises(NotAllowed):
        workflow.change_certificate(
            Certificate.objects.get(), getattr(cast, who), Certificate.Status.REVOKED, "Why not."
        )


def test_a_certificate_expires_the_day_after_the_last(cast):
    make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get()
    assert certificate.standing_on(certificate.valid_through) == Certificate.Standing.VALID
    day_after = certificate.valid_through + datetime.timedelta(days=1)
    assert certificate.standing_on(day_after) == Certificate.Standing.EXPIRED
    assert list(Certificate.objects.valid_on(certificate.valid_through)) == [certificate]
    assert not Certificate.objects.valid_on(day_after).exists()


def test_mail_leaves_only_after_the_commit(cast, django_capture_on_commit_callbacks):
    application = fill(make_application(cast), cast.sigrid)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        workflow.submit(application, cast.sigrid, declares=True)
    assert (len(callbacks), mail.outbox) == (1, [])


def test_an_organisation_without_signatory_role_elsewhere_stays_out(cast):
    """A signatory of one organisation is nobody in another."""
    elsewhere = make_organisation("Granholms kommun", "Granholm")
    with pytest.raises(NotAllowed):
        workflow.start(elsewhere, cast.sigrid, "Granholm", "Granholms kommun")
    assert not Assignment.objects.exists()
    assert not Event.objects.exists()

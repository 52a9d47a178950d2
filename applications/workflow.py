"""The one door for each change of state. Each function is one transaction: it checks who asks and what must
hold, moves the status with `UPDATE … WHERE status = <from>`, writes an event, and sends mail after the commit.
Nothing else assigns `Application.status` or `Certificate.status`. What an application holds is changed by
`writing`, who has a part in it by `team`."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Organisation, User

from . import clock, permissions, reading, screening, tasks
from .doors import NotAllowed, NotReady, TooLate, allow, door, expect, mail_later
from .events import record
from .hashing import sha256
from .models import (
    OPEN,
    Answer,
    Application,
    Assignment,
    Certificate,
    CompletionPoint,
    CompletionRequest,
    Decision,
    Event,
    Evidence,
    Presence,
    Question,
    Questionnaire,
    Recommendation,
    RecommendationAnswer,
    Review,
    Score,
    Series,
    Status,
    Submission,
    new_code,
)

MOVES: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.WITHDRAWN, Status.LAPSED}),
    Status.SUBMITTED: frozenset({Status.IN_REVIEW, Status.WITHDRAWN}),
    Status.IN_REVIEW: frozenset({Status.COMPLETION_REQUESTED, Status.READY_FOR_DECISION, Status.WITHDRAWN}),
    Status.COMPLETION_REQUESTED: frozenset({Status.IN_REVIEW, Status.WITHDRAWN, Status.LAPSED}),
    Status.READY_FOR_DECISION: frozenset(
        {Status.IN_REVIEW, Status.APPROVED, Status.DECLINED, Status.WITHDRAWN}
    ),
    Status.DECLINED: frozenset({Status.IN_REVIEW}),
    Status.APPROVED: frozenset(),
    Status.WITHDRAWN: frozenset(),
    Status.LAPSED: frozenset(),
}


def _move(
    application: Application,
    to: Status,
    kind: Event.Kind,
    actor: User | None,
    data: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Move the status, and with it `fields`. Raises TooLate where the move isn't in the table or somebody
    made another first."""
    origin = application.state
    if to not in MOVES[origin]:
        raise TooLate(
            _("This can't be done any more: the application is now “%(status)s”.") % {"status": origin.label}
        )
    now = clock.now()
    fields |= {"status": to, "status_since": now}
    if not Application.objects.filter(pk=application.pk, status=origin).update(**fields):
        raise TooLate(_("Somebody else changed the application just now. Look at it again."))
    for name, value in fields.items():
        setattr(application, name, value)
    record(application, kind, actor, {"from": origin.value, "to": to.value, **(data or {})})


# --- The applicant starts and hands in --------------------------------------------------------------------------------
def not_a_member() -> str:
    """Why an organisation that isn't a member today can't start or submit, and whom to ask."""
    return _(
        "Only members of Svenska Stadskärnor can apply, and your organisation has no membership that is valid "
        "today. Write to %(email)s and we will help you."
    ) % {"email": settings.QM_CONTACT_EMAIL}


def lock(organisation: Organisation) -> Organisation:
    """Lets what opens an application for one of its centres happen one after the other."""
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


@transaction.atomic
def start(organisation: Organisation, actor: User, area: str, holder: str) -> Application:
    """A draft for one town centre, with the current questionnaire. Asked twice for the same centre (a double
    click) it gives the draft that is there. Raises NotAllowed, or NotReady where the centre has another
    application under way."""
    allow(permissions.can_start(actor, organisation))
    allow(organisation.is_member, not_a_member())
    area, holder = " ".join(area.split()), " ".join(holder.split())
    lock(organisation)
    if other := under_way(organisation, area):
        if other.state == Status.DRAFT:
            return other
        raise NotReady(taken(other))
    return _draft(organisation, actor, "QM", area=area, holder=holder)


@transaction.atomic
def start_diagnosis(organisation: Organisation, actor: User, area: str) -> Application:
    """A self-diagnosis of one town centre, for the organisation alone. Asked twice (a double click) it gives the
    one that nobody has written in yet. Raises NotAllowed."""
    allow(permissions.can_start(actor, organisation))
    allow(organisation.is_member, not_a_member())
    area = " ".join(area.split())
    lock(organisation)
    untouched = organisation.application_set.filter(kind=Application.Kind.DIAGNOSIS, status=Status.DRAFT)
    for other in untouched.exclude(answer__revision__gt=0):
        if other.area == area:
            return other
    kind = Application.Kind.DIAGNOSIS
    return _draft(organisation, actor, "QMS", kind=kind, area=area, holder=organisation.name)


@door
def apply_with(application: Application, actor: User) -> Application:
    """Turn a self-diagnosis into an application, with everything in it, under an application's reference. Raises
    NotAllowed, or NotReady where the town centre has an application under way."""
    _expect_diagnosis(application)
    organisation = lock(application.organisation)
    allow(permissions.can_start(actor, organisation))
    allow(organisation.is_member, not_a_member())
    if other := under_way(organisation, application.area):
        raise NotReady(taken(other))
    was, now = application.reference, clock.now()
    application.reference = Series.take("QM", clock.today().year)
    application.kind = Application.Kind.NEW
    application.status_since = application.touched_at = now
    application.save(update_fields=["reference", "kind", "status_since", "touched_at"])
    record(application, Event.Kind.TURNED_INTO_APPLICATION, actor, {"was": was})
    return application


@door
def delete_diagnosis(application: Application, actor: User) -> None:
    """Erase all that is written in a self-diagnosis, and its files. What stays is that there was one."""
    allow(permissions.can_start(actor, application.organisation))
    _expect_diagnosis(application)
    files = list(application.evidence.all())
    for item in files:
        data = {"uuid": str(item.pk), "sha256": item.sha256}
        record(application, Event.Kind.EVIDENCE_REMOVED, actor, data)
    Evidence.objects.filter(application=application).delete()
    Presence.objects.filter(answer__application=application).delete()
    application.answer_set.update(text="", rating=None, handed_to=None, handed_by=None, handed_at=None)
    _move(application, Status.WITHDRAWN, Event.Kind.WITHDRAWN, actor)
    for item in files:
        transaction.on_commit(partial(screening.discard, item))


def _expect_diagnosis(application: Application) -> None:
    if not application.is_diagnosis:
        raise TooLate(
            _("This is an application by now: %(reference)s.") % {"reference": application.reference}
        )
    expect(application, Status.DRAFT)


def _draft(organisation: Organisation, actor: User, series: str, **fields: Any) -> Application:
    """A new draft with an empty answer for each question of the current questionnaire."""
    questionnaire = Questionnaire.objects.current()
    now = clock.now()
    application = Application.objects.create(
        reference=Series.take(series, clock.today().year),
        organisation=organisation,
        questionnaire=questionnaire,
        reviews_required=questionnaire.reviews_required,
        created_by=actor,
        created_at=now,
        status_since=now,
        touched_at=now,
        **fields,
    )
    Answer.objects.bulk_create(
        Answer(application=application, question=question) for question in questionnaire.question_set.all()
    )
    record(application, Event.Kind.STARTED, actor)
    return application


def under_way(organisation: Organisation, area: str) -> Application | None:
    """The organisation's open application for the centre, however its name is written. Not in SQL: SQLite
    takes Ö and ö for different letters."""
    candidates = Application.objects.applying().filter(organisation=organisation, status__in=OPEN)
    return next((other for other in candidates if other.area.casefold() == area.casefold()), None)


def taken(other: Application) -> str:
    return _("There is already an application under way for %(area)s: %(reference)s.") % {
        "area": other.area,
        "reference": other.reference,
    }


# --- Renewal ---------------------------------------------------------------------------------------------
@transaction.atomic
def renew(certificate: Certificate, actor: User) -> Application:
    """A draft that renews the certificate, filled in with what was submitted last time: each answer is to be
    confirmed or changed. Asked twice (a double click) it gives the renewal that is under way. Raises NotAllowed,
    or NotReady where it isn't time yet, or the town centre has another application under way."""
    decision = Decision.objects.select_related("submission", "application__organisation").get(
        certificate=certificate
    )
    before = decision.application
    allow(permissions.can_start(actor, before.organisation))
    allow(before.organisation.is_member, not_a_member())
    organisation = lock(before.organisation)
    certificate = Certificate.objects.get(pk=certificate.pk)
    if begun := certificate.renewals.filter(status__in=OPEN).first():
        return begun
    if not certificate.is_renewable_on(clock.today()):
        raise NotReady(_("The certificate can't be renewed now."))
    if other := under_way(organisation, certificate.area):
        raise NotReady(taken(other))
    renewal = _draft(
        organisation,
        actor,
        "QM",
        kind=Application.Kind.RENEWAL,
        renews=certificate,
        area=certificate.area,
        holder=certificate.holder,
        spokesperson=before.spokesperson,
        spokesperson_title=before.spokesperson_title,
        is_example=certificate.is_example,
    )
    _fill_in(renewal, decision)
    return renewal


def _fill_in(renewal: Application, decision: Decision) -> None:
    """What was submitted last time becomes the answers, by the questions' numbers; nobody has saved them yet."""
    former = {part["number"]: part for part in decision.submission.content["questions"]}
    answers = list(renewal.answer_set.select_related("question"))
    for answer in answers:
        if part := former.get(answer.question.number):
            answer.text, answer.rating = part["answer"], part["rating"]
    Answer.objects.bulk_update(answers, ["text", "rating"])
    RecommendationAnswer.objects.bulk_create(
        RecommendationAnswer(application=renewal, recommendation=recommendation)
        for recommendation in decision.recommendations.all()
    )


def _freeze(application: Application, actor: User) -> Submission:
    content = reading.snapshot(application)
    latest = application.latest_submission
    submission = Submission.objects.create(
        application=application,
        number=latest.number + 1 if latest else 1,
        content=content,
        sha256=sha256(content),
        submitted_by=actor,
        submitted_at=clock.now(),
    )
    application.evidence.present().filter(first_submission=None).update(first_submission=submission)
    return submission


@door
def submit(application: Application, actor: User, declares: bool) -> Submission:
    """Hand the application in. `declares`: the signatory has ticked the declaration."""
    allow(permissions.can_sign(actor, application), _("Only an authorised signatory can submit."))
    expect(application, Status.DRAFT)
    if application.is_diagnosis:
        raise NotReady(_("A self-diagnosis isn't submitted. Turn it into an application first."))
    allow(application.organisation.is_member, not_a_member())
    if not declares:
        raise NotReady(_("Tick the declaration to submit."))
    if reading.gaps(application):
        raise NotReady(_("Something is still missing. Complete it and submit again."))
    submission = _freeze(application, actor)
    _move(
        application,
        Status.SUBMITTED,
        Event.Kind.SUBMITTED,
        actor,
        {"submission": submission.number, "sha256": submission.sha256},
    )
    mail_later("submitted", submission.pk)
    return submission


@door
def resubmit(application: Application, actor: User, declares: bool) -> Submission:
    """Hand in the completed application. Every named question must have been answered again."""
    allow(permissions.can_sign(actor, application), _("Only an authorised signatory can submit."))
    expect(application, Status.COMPLETION_REQUESTED)
    if not declares:
        raise NotReady(_("Tick the declaration to submit."))
    if reading.gaps(application):
        raise NotReady(_("Something is still missing. Complete it and submit again."))
    request = application.open_completion
    submission = _freeze(application, actor)
    CompletionRequest.objects.filter(pk=request.pk).update(answered_by=submission)
    _move(
        application,
        Status.IN_REVIEW,
        Event.Kind.RESUBMITTED,
        actor,
        {"submission": submission.number, "sha256": submission.sha256},
    )
    for assignment in application.assignment_set.active().filter(has_conflict=False):
        _open_review(assignment, submission)
    mail_later("resubmitted", submission.pk)
    return submission


@door
def withdraw(application: Application, actor: User) -> None:
    """Take the application back, at any time before it is decided."""
    allow(permissions.can_sign(actor, application), _("Only an authorised signatory can withdraw."))
    if application.is_diagnosis:
        raise NotReady(_("A self-diagnosis isn't withdrawn. You can delete it."))
    _move(application, Status.WITHDRAWN, Event.Kind.WITHDRAWN, actor)
    mail_later("withdrawn", application.pk)


def idle_since(application: Application) -> datetime.datetime:
    """When the applicant last did something, or was last asked to."""
    return max(application.touched_at, application.status_since)


@door
def lapse(application: Application) -> None:
    """Close a draft or a completion that has been left lying past the limit, after a reminder."""
    expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    limit = clock.now() - relativedelta(months=application.questionnaire.lapse_months)
    if idle_since(application) > limit or application.reminded_at is None:
        raise NotReady(_("It has not been left lying long enough."))
    _move(application, Status.LAPSED, Event.Kind.LAPSED, None)


# --- The advisors ----------------------------------------------------------------------------------------
@door
def assign(application: Application, advisors: Iterable[User], actor: User) -> list[Assignment]:
    """Give the case to `advisors`. The first assignment begins the review."""
    allow(permissions.can_assign(actor, application))
    expect(application, Status.SUBMITTED, Status.IN_REVIEW, Status.COMPLETION_REQUESTED)
    advisors = list(advisors)
    if not advisors:
        raise NotReady(_("Choose at least one advisor."))
    made = []
    for advisor in advisors:
        if not permissions.can_be_assigned(advisor, application):
            raise NotAllowed(_("%(name)s can't be given this case.") % {"name": advisor})
        assignment = Assignment.objects.create(
            application=application, advisor=advisor, assigned_by=actor, assigned_at=clock.now()
        )
        record(application, Event.Kind.ASSIGNED, actor, {"advisor": advisor.pk})
        mail_later("assigned", assignment.pk)
        made.append(assignment)
    if application.state == Status.SUBMITTED:
        # The events above say who; this move says when the review began.
        _move(application, Status.IN_REVIEW, Event.Kind.REVIEW_STARTED, actor)
    return made


@door
def declare(application: Application, assignment: Assignment, actor: User, has_conflict: bool) -> None:
    """Say whether there is a conflict of interest. Without one the case opens to the advisor; with one it
    closes, now and for good."""
    assignment = Assignment.objects.select_for_update().select_related("application").get(pk=assignment.pk)
    allow(permissions.can_declare(actor, assignment))
    if assignment.has_conflict is False and not has_conflict:
        return
    if assignment.review_set.submitted().exists():
        raise TooLate(_("Your review is already in. Tell the office about the conflict instead."))
    Assignment.objects.filter(pk=assignment.pk).update(has_conflict=has_conflict, declared_at=clock.now())
    assignment.refresh_from_db()
    kind = Event.Kind.CONFLICT if has_conflict else Event.Kind.NO_CONFLICT
    record(application, kind, actor)
    if has_conflict:
        mail_later("conflict", assignment.pk)
    else:
        _open_review(assignment, application.submission_set.latest("number"))


def _open_review(assignment: Assignment, submission: Submission) -> Review:
    """A draft review of `submission`, with the points and comments of the advisor's last one where there is
    one: only what changed has to be judged anew."""
    earlier = assignment.review_set.exclude(submission=submission).order_by("-submission__number").first()
    review, created = Review.objects.get_or_create(assignment=assignment, submission=submission)
    if created and earlier:
        Review.objects.filter(pk=review.pk).update(summary=earlier.summary)
        Score.objects.bulk_create(
            Score(review=review, question_id=score.question_id, points=score.points, comment=score.comment)
            for score in earlier.scores.all()
        )
    return review


@dataclass(frozen=True)
class Judgement:
    """What an advisor has entered for one question."""

    points: int | None
    comment: str


@door
def save_review(
    application: Application,
    review: Review,
    actor: User,
    judgements: Mapping[Question, Judgement],
    summary: str,
) -> Review:
    """Keep the review as a draft."""
    review = Review.objects.select_related("assignment__application", "submission").get(pk=review.pk)
    if review.submitted_at:
        raise TooLate(_("Your review is already in."))
    expect(application, Status.IN_REVIEW)
    allow(permissions.can_review(actor, review))
    review.summary = summary.strip()
    review.save()
    for question, judgement in judgements.items():
        Score.objects.update_or_create(
            review=review,
            question=question,
            defaults={"points": judgement.points, "comment": judgement.comment.strip()},
        )
    return review


@door
def submit_review(application: Application, review: Review, actor: User) -> Review:
    """Hand the review in. When the last one needed comes in, the case is ready for decision."""
    review = Review.objects.select_related("assignment__application", "submission").get(pk=review.pk)
    if review.submitted_at:
        raise TooLate(_("Your review is already in."))
    expect(application, Status.IN_REVIEW)
    allow(permissions.can_review(actor, review))
    if review.submission != application.latest_submission:
        raise TooLate(_("The applicant has handed in a newer version. Review that one."))
    if reading.review_gaps(review):
        raise NotReady(_("Something is still missing. Complete it and submit again."))
    review.submitted_at = clock.now()
    review.save(update_fields=["submitted_at", "saved_at"])
    data = {"submission": review.submission.number, "sha256": sha256(reading.review_content(review))}
    record(application, Event.Kind.REVIEW_SUBMITTED, actor, data)
    if Review.objects.counting(review.submission).count() >= application.reviews_required:
        _move(application, Status.READY_FOR_DECISION, Event.Kind.REVIEWS_COMPLETE, None)
        mail_later("ready_for_decision", application.pk)
    return review


@door
def request_completion(
    application: Application, actor: User, points: Mapping[Question, str], due_on: datetime.date
) -> CompletionRequest:
    """Send the application back with what is to be completed, question by question."""
    expect(application, Status.IN_REVIEW)
    allow(permissions.can_request_completion(actor, application))
    points = {question: text.strip() for question, text in points.items() if text.strip()}
    if not points:
        raise NotReady(_("Write what is to be completed on at least one question."))
    if due_on <= clock.today():
        raise NotReady(_("Choose a day after today."))
    request = CompletionRequest.objects.create(
        application=application, requested_by=actor, requested_at=clock.now(), due_on=due_on
    )
    CompletionPoint.objects.bulk_create(
        CompletionPoint(request=request, question=question, text=text) for question, text in points.items()
    )
    _move(
        application,
        Status.COMPLETION_REQUESTED,
        Event.Kind.COMPLETION_REQUESTED,
        actor,
        {"questions": sorted(question.number for question in points), "due": due_on.isoformat()},
        reminded_at=None,
    )
    mail_later("completion_requested", request.pk)
    return request


# --- The decision ----------------------------------------------------------------------------------------
@door
def ask_further_review(application: Application, actor: User, reason: str) -> None:
    """Send the case back for one more review before it is decided."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if not reason.strip():
        raise NotReady(_("Write why a further review is needed."))
    submission = application.submission_set.latest("number")
    _move(
        application,
        Status.IN_REVIEW,
        Event.Kind.FURTHER_REVIEW,
        actor,
        {"reason": reason.strip()},
        reviews_required=Review.objects.counting(submission).count() + 1,
    )
    mail_later("advisor_needed", application.pk)


@door
def decide(
    application: Application,
    actor: User,
    outcome: Decision.Outcome,
    reasons: str,
    override_reason: str = "",
    recommendations: Sequence[str] = (),
) -> Decision:
    """Approve or decline. Approval makes the certificate in the same transaction; its PDF comes right after. The
    `recommendations` are what the holder is to have worked on at the renewal."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if not reasons.strip():
        raise NotReady(_("Write the reasons for the decision."))
    submission = application.submission_set.latest("number")
    reviews = list(Review.objects.counting(submission))
    if len(reviews) < application.reviews_required:
        raise NotReady(_("The required number of reviews is not in."))
    result = reading.result_of(application, reviews)
    approved = outcome == Decision.Outcome.APPROVED
    if approved and not result.meets_rule and not override_reason.strip():
        raise NotReady(_("The points don't meet the rule. Write why it is approved all the same."))
    if recommendations and not approved:
        raise NotReady(_("Recommendations go with an approval. Write them among the reasons instead."))
    decision = Decision.objects.create(
        application=application,
        round=application.round,
        submission=submission,
        outcome=outcome,
        reasons=reasons.strip(),
        override_reason=override_reason.strip() if approved and not result.meets_rule else "",
        percent=result.percent,
        meets_rule=result.meets_rule,
        decided_by=actor,
        decided_at=clock.now(),
    )
    Recommendation.objects.bulk_create(
        Recommendation(decision=decision, number=number, text=text)
        for number, text in enumerate(recommendations, 1)
    )
    data = {
        "submission": submission.number,
        "percent": str(result.percent),
        "meets_rule": result.meets_rule,
        "sha256": sha256(reading.decision_content(decision)),
    }
    certificate = _certify(decision, actor) if approved else None
    if certificate:
        data["certificate"] = sha256(reading.certificate_content(certificate))
    _move(
        application,
        Status.APPROVED if approved else Status.DECLINED,
        Event.Kind.APPROVED if approved else Event.Kind.DECLINED,
        actor,
        data,
    )
    if certificate:
        transaction.on_commit(lambda: tasks.issue_document.enqueue(certificate.pk))
    mail_later("decided", decision.pk)
    return decision


def _certify(decision: Decision, actor: User) -> Certificate:
    """The certificate of an approval. One that renews another runs on from the other's last day, so that nobody
    loses time by renewing early, and takes its place at once."""
    application = decision.application
    issued_on = runs_from = clock.today()
    before = application.renews and _lock_certificate(application.renews)
    if before and before.status == Certificate.Status.VALID:
        runs_from = max(issued_on, before.valid_through)
    certificate = Certificate.objects.create(
        number=Series.take("QMC", issued_on.year),
        code=new_code(),
        decision=decision,
        holder=application.holder,
        area=application.area,
        issued_on=issued_on,
        valid_through=runs_from + relativedelta(months=application.questionnaire.validity_months),
        is_example=application.is_example,
    )
    if before:
        _supersede(before, certificate, actor)
    return certificate


def _lock_certificate(certificate: Certificate) -> Certificate:
    """The certificate as it stands, with its case locked, whose log tells of it."""
    Application.objects.select_for_update().get(decision=certificate.decision_id)
    return Certificate.objects.select_related("decision__application").get(pk=certificate.pk)


def _supersede(before: Certificate, by: Certificate, actor: User) -> None:
    """Let `by` take the place of `before`. One that has been revoked stays so, with its reason."""
    replaceable = [Certificate.Status.VALID, Certificate.Status.SUSPENDED]
    standing = Certificate.objects.filter(pk=before.pk, status__in=replaceable)
    if standing.update(status=Certificate.Status.SUPERSEDED, status_reason=""):
        data = {"number": before.number, "by": by.number}
        record(before.decision.application, Event.Kind.CERTIFICATE_SUPERSEDED, actor, data)


@door
def uphold_appeal(application: Application, actor: User, reason: str) -> None:
    """Set the decision aside and have the case reviewed anew, by other advisors than before."""
    expect(application, Status.DECLINED)
    allow(permissions.can_uphold_appeal(actor, application))
    if not reason.strip():
        raise NotReady(_("Write why the appeal is upheld."))
    if under_way(lock(application.organisation), application.area):
        raise NotReady(_("The applicant already has a new application under way for this town centre."))
    now = clock.now()
    application.assignment_set.filter(ended_at=None).update(ended_at=now)
    _move(
        application,
        Status.IN_REVIEW,
        Event.Kind.APPEAL_UPHELD,
        actor,
        {"reason": reason.strip()},
        round=application.round + 1,
        reviews_required=application.questionnaire.reviews_required,
    )
    mail_later("advisor_needed", application.pk)
    mail_later("appeal_upheld", application.pk)


# --- The certificate -------------------------------------------------------------------------------------
# By hand. That a renewal takes a certificate's place is part of its approval.
CERTIFICATE_MOVES: Mapping[Certificate.Status, frozenset[Certificate.Status]] = {
    Certificate.Status.VALID: frozenset({Certificate.Status.SUSPENDED, Certificate.Status.REVOKED}),
    Certificate.Status.SUSPENDED: frozenset({Certificate.Status.VALID, Certificate.Status.REVOKED}),
    Certificate.Status.REVOKED: frozenset(),
    Certificate.Status.SUPERSEDED: frozenset(),
}
CERTIFICATE_EVENTS = {
    Certificate.Status.VALID: Event.Kind.CERTIFICATE_RESUMED,
    Certificate.Status.SUSPENDED: Event.Kind.CERTIFICATE_SUSPENDED,
    Certificate.Status.REVOKED: Event.Kind.CERTIFICATE_REVOKED,
}


@transaction.atomic
def change_certificate(
    certificate: Certificate, actor: User, to: Certificate.Status, reason: str
) -> Certificate:
    """Suspend, resume or revoke. The public reads the reason of a suspension or revocation."""
    certificate = _lock_certificate(certificate)
    application = certificate.decision.application
    allow(permissions.can_manage(actor, certificate))
    origin = Certificate.Status(certificate.status)
    if to not in CERTIFICATE_MOVES[origin]:
        raise TooLate(
            _("This can't be done: the certificate is now “%(status)s”.") % {"status": origin.label}
        )
    if not reason.strip():
        raise NotReady(_("Write the reason."))
    shown = "" if to == Certificate.Status.VALID else reason.strip()
    Certificate.objects.filter(pk=certificate.pk, status=origin).update(status=to, status_reason=shown)
    record(
        application, CERTIFICATE_EVENTS[to], actor, {"number": certificate.number, "reason": reason.strip()}
    )
    certificate.refresh_from_db()
    mail_later("certificate_changed", certificate.pk)
    return certificate

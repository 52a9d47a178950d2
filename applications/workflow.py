"""The one door for each change of state. Each function is one transaction: it checks who asks and what must
hold, moves the status with `UPDATE … WHERE status = <from>`, writes an event, and sends mail after the commit.
Nothing else assigns `Application.status` or `Certificate.status`."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Organisation, User

from . import evidence as checks
from . import permissions, reading, tasks
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
    Question,
    Questionnaire,
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


class WorkflowError(Exception):
    """A move that can't be made. The message is for the person who tried, in the language of the request."""


class NotAllowed(WorkflowError):
    """This person may not do it."""


class NotReady(WorkflowError):
    """Something that must hold first does not."""


class TooLate(WorkflowError):
    """Somebody, perhaps the same person, was there before: the case has already moved on."""


# --- What every door shares ------------------------------------------------------------------------------
def door(function: Callable) -> Callable:
    """Runs `function` in one transaction. Its first argument, an application, is read again with its row
    locked, so that it stands as it is now and not as it was when the page was shown."""

    @functools.wraps(function)
    def wrapper(application: Application, *args, **kwargs):
        with transaction.atomic():
            fresh = Application.objects.select_for_update().get(pk=application.pk)
            return function(fresh, *args, **kwargs)

    return wrapper


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
    now = timezone.now()
    fields |= {"status": to, "status_since": now}
    if not Application.objects.filter(pk=application.pk, status=origin).update(**fields):
        raise TooLate(_("Somebody else changed the application just now. Look at it again."))
    for name, value in fields.items():
        setattr(application, name, value)
    record(application, kind, actor, {"from": origin.value, "to": to.value, **(data or {})})


def _expect(application: Application, *statuses: Status) -> None:
    if application.state not in statuses:
        raise TooLate(
            _("This can't be done any more: the application is now “%(status)s”.")
            % {"status": application.state.label}
        )


def _allow(allowed: bool, message: str | None = None) -> None:
    if not allowed:
        raise NotAllowed(message or _("You may not do this."))


def _mail(name: str, pk: int) -> None:
    transaction.on_commit(lambda: tasks.mail.enqueue(name, pk))


# --- The applicant writes --------------------------------------------------------------------------------
def not_a_member() -> str:
    """Why an organisation that isn't a member today can't start or submit, and whom to ask."""
    return _(
        "Only members of Svenska Stadskärnor can apply, and your organisation has no membership that is valid "
        "today. Write to %(email)s and we will help you."
    ) % {"email": settings.QM_CONTACT_EMAIL}


def _lock(organisation: Organisation) -> Organisation:
    """Lets what opens an application for one of its centres happen one after the other."""
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


@transaction.atomic
def start(organisation: Organisation, actor: User, area: str, holder: str) -> Application:
    """A draft for one town centre, with the current questionnaire. Asked twice for the same centre (a double
    click) it gives the draft that is there. Raises NotAllowed, or NotReady where the centre has another
    application under way."""
    role = permissions.role_in(actor, organisation)
    _allow(role is not None and role.may_edit)
    _allow(organisation.is_member, not_a_member())
    area, holder = " ".join(area.split()), " ".join(holder.split())
    _lock(organisation)
    if other := _under_way(organisation, area):
        if other.state == Status.DRAFT:
            return other
        raise NotReady(_taken(other))
    questionnaire = Questionnaire.objects.current()
    now = timezone.now()
    application = Application.objects.create(
        reference=Series.take("QM", timezone.localdate().year),
        organisation=organisation,
        questionnaire=questionnaire,
        area=area,
        holder=holder,
        reviews_required=questionnaire.reviews_required,
        created_by=actor,
        created_at=now,
        status_since=now,
        touched_at=now,
    )
    record(application, Event.Kind.STARTED, actor)
    return application


def _under_way(organisation: Organisation, area: str) -> Application | None:
    """The organisation's open application for the centre, however its name is written. Not in SQL: SQLite
    takes Ö and ö for different letters."""
    candidates = Application.objects.filter(organisation=organisation, status__in=OPEN)
    return next((other for other in candidates if other.area.casefold() == area.casefold()), None)


def _taken(other: Application) -> str:
    return _("There is already an application under way for %(area)s: %(reference)s.") % {
        "area": other.area,
        "reference": other.reference,
    }


def _edit(application: Application, actor: User, question: Question) -> None:
    """Check that `actor` may change what belongs to `question`, and note that the applicant is at work."""
    _expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    _allow(permissions.can_edit(actor, application))
    if not reading.is_unlocked(application, question):
        raise NotAllowed(_("This question isn't among those you are asked to complete."))
    _touch(application)


def _touch(application: Application) -> None:
    Application.objects.filter(pk=application.pk).update(touched_at=timezone.now(), reminded_at=None)


def _mark_completed(application: Application, question: Question) -> None:
    """Something was changed on `question`: where an advisor asked for that, it is now answered."""
    if request := application.open_completion:
        request.points.filter(question=question).update(answered_at=timezone.now())


@door
def save_facts(
    application: Application,
    actor: User,
    *,
    area: str,
    holder: str,
    spokesperson: str,
    spokesperson_title: str,
) -> None:
    """Keep the facts about the application. Only in a draft: the holder and the area don't change later."""
    _expect(application, Status.DRAFT)
    _allow(permissions.can_edit(actor, application))
    area = " ".join(area.split())
    other = _under_way(_lock(application.organisation), area)
    if other and other != application:
        raise NotReady(_taken(other))
    Application.objects.filter(pk=application.pk).update(
        area=area,
        holder=" ".join(holder.split()),
        spokesperson=spokesperson.strip(),
        spokesperson_title=spokesperson_title.strip(),
    )
    _touch(application)


@door
def save_answer(
    application: Application, question: Question, actor: User, text: str, rating: int | None
) -> Answer:
    """Keep an answer, complete or not. Raises TooLate once the application has been submitted."""
    _edit(application, actor, question)
    text = text.strip()
    before = Answer.objects.filter(application=application, question=question).first()
    answer, _created = Answer.objects.update_or_create(
        application=application,
        question=question,
        defaults={"text": text, "rating": rating, "updated_by": actor},
    )
    if before is None or (before.text, before.rating) != (text, rating):
        _mark_completed(application, question)
    return answer


def add_evidence(application: Application, question: Question, actor: User, upload: UploadedFile) -> Evidence:
    """Keep a file with an answer. Raises evidence.Rejected for a file that can't be kept, and NotReady where
    there are as many as may be or the question has the same file already (a double click)."""
    _expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    _allow(permissions.can_edit(actor, application))
    # Read, judged and stored before the transaction, which should hold its lock for as short as it can.
    found = checks.inspect(upload)
    item = Evidence(
        application=application,
        question=question,
        name=found.name,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        uploaded_by=actor,
    )
    item.file.save(found.name, upload, save=False)
    try:
        _keep_evidence(application, item, actor)
    except BaseException:
        item.file.delete(save=False)
        raise
    return item


@door
def _keep_evidence(application: Application, item: Evidence, actor: User) -> None:
    _edit(application, actor, item.question)
    if same := application.evidence.present().filter(question=item.question, sha256=item.sha256).first():
        raise NotReady(_("It is the same file as “%(name)s”, which is here already.") % {"name": same.name})
    if application.evidence.present().count() >= settings.QM_EVIDENCE_MAX_FILES:
        raise NotReady(
            _("There can be at most %(number)s files. Remove one before you add another.")
            % {"number": settings.QM_EVIDENCE_MAX_FILES}
        )
    item.save(force_insert=True)
    record(application, Event.Kind.EVIDENCE_ADDED, actor, {"uuid": str(item.pk), "sha256": item.sha256})
    _mark_completed(application, item.question)


@door
def remove_evidence(application: Application, item: Evidence, actor: User) -> None:
    """Take a file away. What a submission names stays in storage, only out of the applicant's way."""
    _edit(application, actor, item.question)
    record(application, Event.Kind.EVIDENCE_REMOVED, actor, {"uuid": str(item.pk), "sha256": item.sha256})
    if item.is_submitted:
        Evidence.objects.filter(pk=item.pk).update(removed_at=timezone.now())
        return
    Evidence.objects.filter(pk=item.pk).delete()
    transaction.on_commit(lambda: item.file.delete(save=False))


def _freeze(application: Application, actor: User) -> Submission:
    content = reading.snapshot(application)
    latest = application.latest_submission
    submission = Submission.objects.create(
        application=application,
        number=latest.number + 1 if latest else 1,
        content=content,
        sha256=sha256(content),
        submitted_by=actor,
        submitted_at=timezone.now(),
    )
    application.evidence.present().filter(first_submission=None).update(first_submission=submission)
    return submission


@door
def submit(application: Application, actor: User, declares: bool) -> Submission:
    """Hand the application in. `declares`: the signatory has ticked the declaration."""
    _allow(permissions.can_sign(actor, application), _("Only an authorised signatory can submit."))
    _expect(application, Status.DRAFT)
    _allow(application.organisation.is_member, not_a_member())
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
    _mail("submitted", submission.pk)
    return submission


@door
def resubmit(application: Application, actor: User, declares: bool) -> Submission:
    """Hand in the completed application. Every named question must have been answered again."""
    _allow(permissions.can_sign(actor, application), _("Only an authorised signatory can submit."))
    _expect(application, Status.COMPLETION_REQUESTED)
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
    _mail("resubmitted", submission.pk)
    return submission


@door
def withdraw(application: Application, actor: User) -> None:
    """Take the application back, at any time before it is decided."""
    _allow(permissions.can_sign(actor, application), _("Only an authorised signatory can withdraw."))
    _move(application, Status.WITHDRAWN, Event.Kind.WITHDRAWN, actor)
    _mail("withdrawn", application.pk)


def idle_since(application: Application) -> datetime.datetime:
    """When the applicant last did something, or was last asked to."""
    return max(application.touched_at, application.status_since)


@door
def lapse(application: Application) -> None:
    """Close a draft or a completion that has been left lying past the limit, after a reminder."""
    _expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    limit = timezone.now() - relativedelta(months=application.questionnaire.lapse_months)
    if idle_since(application) > limit or application.reminded_at is None:
        raise NotReady(_("It has not been left lying long enough."))
    _move(application, Status.LAPSED, Event.Kind.LAPSED, None)


# --- The advisors ----------------------------------------------------------------------------------------
@door
def assign(application: Application, advisors: Iterable[User], actor: User) -> list[Assignment]:
    """Give the case to `advisors`. The first assignment begins the review."""
    _allow(permissions.can_assign(actor, application))
    _expect(application, Status.SUBMITTED, Status.IN_REVIEW, Status.COMPLETION_REQUESTED)
    advisors = list(advisors)
    if not advisors:
        raise NotReady(_("Choose at least one advisor."))
    made = []
    for advisor in advisors:
        if not permissions.can_be_assigned(advisor, application):
            raise NotAllowed(_("%(name)s can't be given this case.") % {"name": advisor})
        assignment = Assignment.objects.create(
            application=application, advisor=advisor, assigned_by=actor, assigned_at=timezone.now()
        )
        record(application, Event.Kind.ASSIGNED, actor, {"advisor": advisor.pk})
        _mail("assigned", assignment.pk)
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
    _allow(permissions.can_declare(actor, assignment))
    if assignment.has_conflict is False and not has_conflict:
        return
    if assignment.review_set.submitted().exists():
        raise TooLate(_("Your review is already in. Tell the office about the conflict instead."))
    Assignment.objects.filter(pk=assignment.pk).update(has_conflict=has_conflict, declared_at=timezone.now())
    assignment.refresh_from_db()
    kind = Event.Kind.CONFLICT if has_conflict else Event.Kind.NO_CONFLICT
    record(application, kind, actor)
    if has_conflict:
        _mail("conflict", assignment.pk)
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
    _expect(application, Status.IN_REVIEW)
    _allow(permissions.can_review(actor, review))
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
    _expect(application, Status.IN_REVIEW)
    _allow(permissions.can_review(actor, review))
    if review.submission != application.latest_submission:
        raise TooLate(_("The applicant has handed in a newer version. Review that one."))
    if reading.review_gaps(review):
        raise NotReady(_("Something is still missing. Complete it and submit again."))
    review.submitted_at = timezone.now()
    review.save(update_fields=["submitted_at", "saved_at"])
    data = {"submission": review.submission.number, "sha256": sha256(reading.review_content(review))}
    record(application, Event.Kind.REVIEW_SUBMITTED, actor, data)
    if Review.objects.counting(review.submission).count() >= application.reviews_required:
        _move(application, Status.READY_FOR_DECISION, Event.Kind.REVIEWS_COMPLETE, None)
        _mail("ready_for_decision", application.pk)
    return review


@door
def request_completion(
    application: Application, actor: User, points: Mapping[Question, str], due_on: datetime.date
) -> CompletionRequest:
    """Send the application back with what is to be completed, question by question."""
    _expect(application, Status.IN_REVIEW)
    _allow(permissions.can_request_completion(actor, application))
    points = {question: text.strip() for question, text in points.items() if text.strip()}
    if not points:
        raise NotReady(_("Write what is to be completed on at least one question."))
    if due_on <= timezone.localdate():
        raise NotReady(_("Choose a day after today."))
    request = CompletionRequest.objects.create(
        application=application, requested_by=actor, requested_at=timezone.now(), due_on=due_on
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
    _mail("completion_requested", request.pk)
    return request


# --- The decision ----------------------------------------------------------------------------------------
@door
def ask_further_review(application: Application, actor: User, reason: str) -> None:
    """Send the case back for one more review before it is decided."""
    _expect(application, Status.READY_FOR_DECISION)
    _allow(permissions.can_decide(actor, application))
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
    _mail("advisor_needed", application.pk)


@door
def decide(
    application: Application,
    actor: User,
    outcome: Decision.Outcome,
    reasons: str,
    override_reason: str = "",
) -> Decision:
    """Approve or decline. Approval makes the certificate in the same transaction; its PDF comes right after."""
    _expect(application, Status.READY_FOR_DECISION)
    _allow(permissions.can_decide(actor, application))
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
        decided_at=timezone.now(),
    )
    data = {
        "submission": submission.number,
        "percent": str(result.percent),
        "meets_rule": result.meets_rule,
        "sha256": sha256(reading.decision_content(decision)),
    }
    certificate = _certify(decision) if approved else None
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
    _mail("decided", decision.pk)
    return decision


def _certify(decision: Decision) -> Certificate:
    application = decision.application
    issued_on = timezone.localdate()
    return Certificate.objects.create(
        number=Series.take("QMC", issued_on.year),
        code=new_code(),
        decision=decision,
        holder=application.holder,
        area=application.area,
        issued_on=issued_on,
        valid_through=issued_on + relativedelta(months=application.questionnaire.validity_months),
        is_example=application.is_example,
    )


@door
def uphold_appeal(application: Application, actor: User, reason: str) -> None:
    """Set the decision aside and have the case reviewed anew, by other advisors than before."""
    _expect(application, Status.DECLINED)
    _allow(permissions.can_uphold_appeal(actor, application))
    if not reason.strip():
        raise NotReady(_("Write why the appeal is upheld."))
    if _under_way(_lock(application.organisation), application.area):
        raise NotReady(_("The applicant already has a new application under way for this town centre."))
    now = timezone.now()
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
    _mail("advisor_needed", application.pk)
    _mail("appeal_upheld", application.pk)


# --- The certificate -------------------------------------------------------------------------------------
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
    application = Application.objects.select_for_update().get(decision=certificate.decision_id)
    certificate = Certificate.objects.select_related("decision__application").get(pk=certificate.pk)
    _allow(permissions.can_manage(actor, certificate))
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
    _mail("certificate_changed", certificate.pk)
    return certificate

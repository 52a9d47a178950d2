"""The applicant's moves: a draft is started, handed in, completed, withdrawn, renewed, or left lying."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Organisation, User

from .. import clock, permissions, reading, screening
from ..doors import NotReady, TooLate, allow, door, expect, mail_later
from ..events import record
from ..hashing import sha256
from ..models import (
    OPEN,
    Answer,
    Application,
    Certificate,
    CompletionRequest,
    Decision,
    Event,
    Evidence,
    Presence,
    Questionnaire,
    RecommendationAnswer,
    Series,
    Status,
    Submission,
)
from .moves import move
from .reviewing import open_review


def not_a_member() -> str:
    """Why an organisation that isn't a member today can't start or submit, and whom to ask."""
    return _(
        "Only members of Svenska Stadskärnor can apply, and your organisation has no membership that is valid "
        "today. Write to %(email)s and we will help you."
    ) % {"email": settings.QM_CONTACT_EMAIL}


def lock(organisation: Organisation) -> Organisation:
    """Lets what opens an application for one of its centres happen one after the other. Raises TooLate for one that
    has been merged into another meanwhile."""
    found = Organisation.objects.select_for_update().filter(pk=organisation.pk).first()
    if found is None:
        raise TooLate(
            _("The organisation has been merged with another, which has everything now. Open the page again.")
        )
    return found


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
    expect_no_appeal(organisation, area)
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
    expect_no_appeal(organisation, application.area)
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
    move(application, Status.WITHDRAWN, Event.Kind.WITHDRAWN, actor)
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


def expect_no_appeal(organisation: Organisation, area: str) -> None:
    """Raises NotReady while an appeal for the centre waits to be heard: upheld, it opens the earlier case again,
    and a centre has one application under way."""
    waiting = Application.objects.filter(
        organisation=organisation,
        status=Status.DECLINED,
        decision__in=Decision.objects.filter(appeal__outcome=""),
    )
    for other in waiting:
        if other.area.casefold() == area.casefold():
            raise NotReady(
                _(
                    "You have appealed the decision on %(reference)s, for %(area)s. You can start a new "
                    "application once the appeal has been heard."
                )
                % {"reference": other.reference, "area": other.area}
            )


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
    expect_no_appeal(organisation, certificate.area)
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
    """What was submitted last time becomes the answers to the same questions; nobody has saved them yet. What is
    asked otherwise in another version of the questionnaire begins empty."""
    former = reading.former_answers(renewal)
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
    move(
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
    move(
        application,
        Status.IN_REVIEW,
        Event.Kind.RESUBMITTED,
        actor,
        {"submission": submission.number, "sha256": submission.sha256},
    )
    for assignment in application.assignment_set.active().filter(has_conflict=False):
        open_review(assignment, submission)
    mail_later("resubmitted", submission.pk)
    return submission


@door
def withdraw(application: Application, actor: User) -> None:
    """Take the application back, at any time before it is decided."""
    allow(permissions.can_sign(actor, application), _("Only an authorised signatory can withdraw."))
    if application.is_diagnosis:
        raise NotReady(_("A self-diagnosis isn't withdrawn. You can delete it."))
    move(application, Status.WITHDRAWN, Event.Kind.WITHDRAWN, actor)
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
    if (request := application.open_completion) and request.due_on >= clock.today():
        raise NotReady(_("The applicant still has time to complete."))
    move(application, Status.LAPSED, Event.Kind.LAPSED, None)

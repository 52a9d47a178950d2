"""The mails, one function each, sent by `applications.tasks` after the commit: who gets which, and where its link
leads. What a case holds is never in a mail: it is read in the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.urls import reverse

from members.models import Affiliation, Invitation, User

from . import mailing, permissions, reading
from .models import (
    OPEN,
    Answer,
    Appeal,
    Application,
    Assignment,
    Certificate,
    CertificateReminder,
    CoApplicant,
    CompletionRequest,
    Decision,
    Submission,
    Talk,
)


# --- Who gets them ---------------------------------------------------------------------------------------
def _affiliated(application: Application, *roles: Affiliation.Role) -> Q:
    return Q(affiliation__organisation=application.organisation_id, affiliation__role__in=roles)


def _applicants(application: Application) -> Iterable[User]:
    """Those who write and sign for the applicant."""
    roles = [role for role in Affiliation.Role if role.may_edit]
    return User.objects.filter(_affiliated(application, *roles), is_active=True)


def _signatories(application: Application) -> Iterable[User]:
    return User.objects.filter(_affiliated(application, Affiliation.Role.SIGNATORY), is_active=True)


def _writers(application: Application) -> Iterable[User]:
    """The same and the co-applicants."""
    roles = [role for role in Affiliation.Role if role.may_edit]
    joined = Q(co_applications__in=application.co_applicants.active())
    return User.objects.filter(_affiliated(application, *roles) | joined, is_active=True).distinct()


def _holding(permission: str) -> Iterable[User]:
    """Everyone active who has the permission, by a group or otherwise."""
    return ModelBackend().with_perm(permission)


def _administrators(application: Application) -> list[User]:
    """Those who see to it that the case gets advisors. Advisors may assign too, but have the queue for that:
    what sets an administrator apart is the right to manage certificates."""
    return [user for user in _holding(permissions.ISSUE) if permissions.can_assign(user, application)]


def _at_work(application: Application) -> list[User]:
    """The advisors who have the case and no conflict of interest."""
    at_work = application.assignment_set.active().filter(has_conflict=False, advisor__is_active=True)
    advisors = [assignment.advisor for assignment in at_work.select_related("advisor")]
    return [advisor for advisor in advisors if permissions.can_read_as_advisor(advisor, application)]


def _invited(address: str) -> mailing.Reader:
    """The address, in the language of the person who has it, or in both where nobody does."""
    own = EmailAddress.objects.filter(email__iexact=address, verified=True).select_related("user").first()
    user = own.user if own else User.objects.filter(email__iexact=address).first()
    return mailing.Reader(address, (user.language,) if user else ("sv", "en"))


# --- Who writes together ---------------------------------------------------------------------------------
def invited(invitation_pk: int, link: str) -> None:
    """To somebody who is asked to act for an organisation."""
    invitation = Invitation.objects.select_related("organisation", "invited_by").get(pk=invitation_pk)
    mailing.send(
        "invited",
        [_invited(invitation.email)],
        link,
        invitation=invitation,
        organisation=invitation.organisation,
    )


def co_applicant_invited(co_applicant_pk: int, link: str) -> None:
    """To somebody from another organisation who is asked to take part in an application."""
    co_applicant = CoApplicant.objects.select_related("application__organisation", "invited_by").get(
        pk=co_applicant_pk
    )
    mailing.send(
        "co_applicant_invited",
        [_invited(co_applicant.email)],
        link,
        invitation=co_applicant,
        organisation=co_applicant.application.organisation,
        area=co_applicant.application.area,
    )


def co_applicant_joined(co_applicant_pk: int) -> None:
    """To those who sign for the applicant: the invited party is in."""
    co_applicant = _of(CoApplicant, co_applicant_pk)
    application = co_applicant.application
    link = reverse("team", args=[application.reference])
    _send("co_applicant_joined", _signatories(application), application, link, co_applicant=co_applicant)


def handed_over(answer_pk: int) -> None:
    """To whom a question has been handed over, unless it has been taken back since."""
    answer = Answer.objects.select_related("application", "question", "handed_to", "handed_by").get(
        pk=answer_pk
    )
    if not answer.handed_to or not answer.handed_to.is_active:
        return
    link = reverse("question", args=[answer.application.reference, answer.question.number])
    _send("handed_over", [answer.handed_to], answer.application, link, answer=answer)


def removal_requested(user_pk: int) -> None:
    """To the office: somebody wants to be removed from the portal."""
    office = mailing.Reader(settings.QM_CONTACT_EMAIL, (settings.LANGUAGE_CODE,))
    mailing.send("removal_requested", [office], reverse("admin:members_user_change", args=[user_pk]))


# --- One to the applicant, one to the office, and so on --------------------------------------------------
def submitted(submission_pk: int) -> None:
    """A receipt to those who wrote, and word to the administrators that a new application waits."""
    application = _of(Submission, submission_pk).application
    receipt = reverse("receipt", args=[application.reference])
    try:
        _send("submitted", _writers(application), application, receipt)
    finally:
        _send("waiting", _administrators(application), application, _case(application))


def resubmitted(submission_pk: int) -> None:
    """To the advisors at work: the completed application is in, with the names of the questions that are new."""
    submission = _of(Submission, submission_pk)
    application = submission.application
    changed = reading.changed_questions(submission)
    _send("resubmitted", _at_work(application), application, _case(application), changed=changed)


def assigned(assignment_pk: int) -> None:
    """To the advisor: a case, and the question of a conflict of interest."""
    assignment = Assignment.objects.select_related("application", "advisor").get(pk=assignment_pk)
    is_asked = assignment.advisor.is_active and permissions.can_declare(
        assignment.advisor, assignment
    )  # Not who has been taken off since, or has come to act for the applicant.
    advisors = [assignment.advisor] if is_asked else []
    _send("assigned", advisors, assignment.application, _case(assignment.application))


def unassigned(assignment_pk: int) -> None:
    """To the advisor: somebody else takes the case. Where there is a tie, the case is closed to them already."""
    assignment = Assignment.objects.select_related("application", "advisor").get(pk=assignment_pk)
    advisor, application = assignment.advisor, assignment.application
    told = advisor.is_active and permissions.can_see_case(advisor, application)
    _send("unassigned", [advisor] if told else [], application, reverse("admin:index"))


def conflict(assignment_pk: int) -> None:
    """To the administrators: another advisor is needed."""
    application = _of(Assignment, assignment_pk).application
    _send("conflict", _administrators(application), application, _case(application))


def advisor_needed(application_pk: int) -> None:
    """To the administrators: one advisor more is needed, for a further review or after an appeal."""
    application = Application.objects.get(pk=application_pk)
    _send("advisor_needed", _administrators(application), application, _case(application))


def withdrawn(application_pk: int) -> None:
    """To the advisors at work: there is nothing more to review."""
    application = Application.objects.get(pk=application_pk)
    _send("withdrawn", _at_work(application), application, _case(application))


def appealed(appeal_pk: int) -> None:
    """A receipt to those who sign for the applicant, and word to those who may hear the appeal and to the
    administrators."""
    application = _of_appeal(appeal_pk).decision.application
    try:
        _send(
            "appealed",
            _signatories(application),
            application,
            reverse("appeal", args=[application.reference]),
        )
    finally:
        hearing = [user for user in _holding(permissions.DECIDE) if permissions.can_hear(user, application)]
        office = [user for user in _administrators(application) if user not in hearing]
        _send("appeal_to_hear", hearing, application, _hearing(application))
        _send("appeal_waiting", office, application, _case(application))


def appeal_dismissed(appeal_pk: int) -> None:
    """To those who wrote: the appeal has been answered. The reasons are read in the portal."""
    application = _of_appeal(appeal_pk).decision.application
    page = reverse("appeal", args=[application.reference])
    _send("appeal_dismissed", _writers(application), application, page)


def appeal_upheld(application_pk: int) -> None:
    """To those who wrote: the application is reviewed anew."""
    application = Application.objects.get(pk=application_pk)
    _send("appeal_upheld", _writers(application), application, _own_page(application))


def talk_asked(talk_pk: int) -> None:
    """To the advisors of the case whose own review is in: they are asked to talk with each other. To another it would
    tell that there are reviews, and that they are apart."""
    talk = _of(Talk, talk_pk)
    application = talk.application
    talking = [user for user in _at_work(application) if permissions.can_record_talk(user, application)]
    _send("talk_asked", talking, application, _talk(application))


def talk_recorded(talk_pk: int) -> None:
    """To who asked for the talk: what came of it can be read."""
    talk = Talk.objects.select_related("application", "asked_by").get(pk=talk_pk)
    application = talk.application
    asked_by = [talk.asked_by] if permissions.can_decide(talk.asked_by, application) else []
    _send("talk_recorded", asked_by, application, _case(application))


def _talk(application: Application) -> str:
    return reverse("admin:applications_application_talk", args=[application.pk])


def release_stopped(application_pk: int) -> None:
    """To those who may decide the case: a held decision could not be released on its day."""
    application = Application.objects.get(pk=application_pk)
    deciders = [user for user in _holding(permissions.DECIDE) if permissions.can_decide(user, application)]
    page = reverse("admin:applications_application_decide", args=[application.pk])
    _send("release_stopped", deciders, application, page)


def ready_for_decision(application_pk: int) -> None:
    """To those who may decide the case: the reviews are in."""
    application = Application.objects.get(pk=application_pk)
    deciders = [user for user in _holding(permissions.DECIDE) if permissions.can_decide(user, application)]
    _send("ready_for_decision", deciders, application, _case(application))


def completion_requested(request_pk: int) -> None:
    """To those who wrote: something is to be completed, and by when."""
    _about_completion("completion_requested", _of(CompletionRequest, request_pk))


def completion_due(request_pk: int) -> None:
    """To those who wrote: the last day for the completion is near. Not if it has been handed in since."""
    request = _of(CompletionRequest, request_pk)
    if request == request.application.open_completion:
        _about_completion("completion_due", request)


def completion_extended(request_pk: int) -> None:
    """To those who wrote: there is more time."""
    request = _of(CompletionRequest, request_pk)
    if request == request.application.open_completion:
        _about_completion("completion_extended", request)


def _about_completion(name: str, request: CompletionRequest) -> None:
    application = request.application
    _send(name, _writers(application), application, _own_page(application), due_on=request.due_on)


def decided(decision_pk: int) -> None:
    """To those who wrote: there is a decision. The outcome is not for a subject line."""
    application = _of(Decision, decision_pk).application
    _send("decided", _writers(application), application, reverse("decision", args=[application.reference]))


def left_lying(application_pk: int) -> None:
    """To the applicant: the draft or the completion has been left untouched."""
    application = Application.objects.select_related("questionnaire").get(pk=application_pk)
    months = application.questionnaire.lapse_months
    _send("left_lying", _applicants(application), application, _own_page(application), months=months)


# --- From one certificate to the next --------------------------------------------------------------------
def certificate_changed(certificate_pk: int) -> None:
    """To the holder: the certificate stands otherwise than before."""
    certificate = Certificate.objects.select_related("decision__application").get(pk=certificate_pk)
    application = certificate.decision.application
    _send("certificate_changed", _applicants(application), application, certificate.get_absolute_url())


def renewal_open(reminder_pk: int) -> None:
    """To the holder: the certificate can be renewed from now on."""
    _about_renewal("renewal_open", reminder_pk)


def certificate_expiring(reminder_pk: int) -> None:
    """To the holder: the certificate expires soon."""
    _about_renewal("certificate_expiring", reminder_pk)


def _about_renewal(name: str, reminder_pk: int) -> None:
    """The link leads to the renewal that is being written, or to where one begins."""
    reminder = CertificateReminder.objects.select_related("certificate__decision__application").get(
        pk=reminder_pk
    )
    certificate = reminder.certificate
    application = certificate.decision.application
    renewal = certificate.renewals.filter(status__in=OPEN).first()
    page = _own_page(renewal or application)
    context = {"valid_through": certificate.valid_through, "begun": bool(renewal)}
    _send(name, _applicants(application), application, page, **context)


def _by_name(*functions: Callable) -> dict[str, Callable]:
    return {function.__name__: function for function in functions}


SENDERS: dict[str, Callable[[int], None]] = _by_name(
    submitted,
    resubmitted,
    assigned,
    unassigned,
    conflict,
    advisor_needed,
    withdrawn,
    appealed,
    appeal_dismissed,
    appeal_upheld,
    talk_asked,
    talk_recorded,
    release_stopped,
    ready_for_decision,
    completion_requested,
    completion_due,
    completion_extended,
    decided,
    left_lying,
    certificate_changed,
    renewal_open,
    certificate_expiring,
    handed_over,
    co_applicant_joined,
    removal_requested,
)
LINK_SENDERS: dict[str, Callable[[int, str], None]] = _by_name(invited, co_applicant_invited)
"""Those whose link holds a token, which only whoever made it knows."""


# --- What they share -------------------------------------------------------------------------------------
def _of(model: Any, pk: int) -> Any:
    return model.objects.select_related("application").get(pk=pk)


def _of_appeal(pk: int) -> Appeal:
    return Appeal.objects.select_related("decision__application__organisation").get(pk=pk)


def _own_page(application: Application) -> str:
    return reverse("application", args=[application.reference])


def _case(application: Application) -> str:
    return reverse("admin:applications_application_change", args=[application.pk])


def _hearing(application: Application) -> str:
    return reverse("admin:applications_application_appeal", args=[application.pk])


def _send(name: str, people: Iterable[User], application: Application, link: str, **context: Any) -> None:
    reference, area = application.reference, application.area
    mailing.send_to_people(name, people, link, reference=reference, area=area, **context)

"""The mails, one function each, sent by `applications.tasks` after the commit. Each goes to one person at a
time, in that person's language, with one link. What a case holds is never in a mail: it is read in the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from members.models import Affiliation, User

from . import permissions
from .models import Application, Assignment, Certificate, CompletionRequest, Decision, Submission


class NotSent(Exception):
    """Somebody didn't get a mail; `__cause__` is the last failure."""


# --- Who gets them ---------------------------------------------------------------------------------------
def _applicants(application: Application) -> list[User]:
    """Those who write and sign for the applicant."""
    roles = [role for role in Affiliation.Role if role.may_edit]
    affiliated = {"affiliation__organisation": application.organisation_id, "affiliation__role__in": roles}
    return list(User.objects.filter(is_active=True, **affiliated))


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
    return [assignment.advisor for assignment in at_work.select_related("advisor")]


# --- One to the applicant, one to the office, and so on --------------------------------------------------
def submitted(submission_pk: int) -> None:
    """A receipt to the applicant, and word to the administrators that a new application waits."""
    application = _of(Submission, submission_pk).application
    receipt = reverse("receipt", args=[application.reference])
    try:
        _send("submitted", _applicants(application), application, receipt)
    finally:
        _send("waiting", _administrators(application), application, _case(application))


def resubmitted(submission_pk: int) -> None:
    """To the advisors at work: the completed application is in."""
    application = _of(Submission, submission_pk).application
    _send("resubmitted", _at_work(application), application, _case(application))


def assigned(assignment_pk: int) -> None:
    """To the advisor: a case, and the question of a conflict of interest."""
    assignment = Assignment.objects.select_related("application", "advisor").get(pk=assignment_pk)
    advisors = [assignment.advisor] if assignment.advisor.is_active else []
    _send("assigned", advisors, assignment.application, _case(assignment.application))


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


def appeal_upheld(application_pk: int) -> None:
    """To the applicant: the application is reviewed anew."""
    application = Application.objects.get(pk=application_pk)
    link = reverse("application", args=[application.reference])
    _send("appeal_upheld", _applicants(application), application, link)


def certificate_changed(certificate_pk: int) -> None:
    """To the holder: the certificate stands otherwise than before."""
    certificate = Certificate.objects.select_related("decision__application").get(pk=certificate_pk)
    application = certificate.decision.application
    _send("certificate_changed", _applicants(application), application, certificate.get_absolute_url())


def ready_for_decision(application_pk: int) -> None:
    """To those who may decide the case: the reviews are in."""
    application = Application.objects.get(pk=application_pk)
    deciders = [user for user in _holding(permissions.DECIDE) if permissions.can_decide(user, application)]
    _send("ready_for_decision", deciders, application, _case(application))


def completion_requested(request_pk: int) -> None:
    """To the applicant: something is to be completed, and by when."""
    request = _of(CompletionRequest, request_pk)
    link = reverse("application", args=[request.application.reference])
    _send(
        "completion_requested",
        _applicants(request.application),
        request.application,
        link,
        due_on=request.due_on,
    )


def decided(decision_pk: int) -> None:
    """To the applicant: there is a decision. The outcome is not for a subject line."""
    application = _of(Decision, decision_pk).application
    _send("decided", _applicants(application), application, reverse("decision", args=[application.reference]))


def left_lying(application_pk: int) -> None:
    """To the applicant: the draft or the completion has been left untouched."""
    application = Application.objects.select_related("questionnaire").get(pk=application_pk)
    link = reverse("application", args=[application.reference])
    months = application.questionnaire.lapse_months
    _send("left_lying", _applicants(application), application, link, months=months)


SENDERS: dict[str, Callable[[int], None]] = {
    function.__name__: function
    for function in (
        submitted,
        resubmitted,
        assigned,
        conflict,
        advisor_needed,
        withdrawn,
        appeal_upheld,
        certificate_changed,
        ready_for_decision,
        completion_requested,
        decided,
        left_lying,
    )
}


# --- How they are sent -----------------------------------------------------------------------------------
def _of(model: Any, pk: int) -> Any:
    return model.objects.select_related("application").get(pk=pk)


def _case(application: Application) -> str:
    return reverse("admin:applications_application_change", args=[application.pk])


def _send(name: str, people: Iterable[User], application: Application, link: str, **context: Any) -> None:
    """Send `templates/emails/<name>` to each of `people`. One failure keeps nobody else from getting theirs;
    raises NotSent afterwards, so that it is seen."""
    context |= {
        "reference": application.reference,
        "area": application.area,
        "link": settings.BASE_URL + link,
        "issuer": settings.QM_ISSUER,
        "contact_email": settings.QM_CONTACT_EMAIL,
    }
    failure = None
    for person in people:
        try:
            _message(name, person, context).send()
        except Exception as error:  # Whatever a mail server can come up with.
            failure = error
    if failure:
        raise NotSent(f"{application.reference}: not everyone got the mail “{name}”.") from failure


def _message(name: str, person: User, context: dict[str, Any]) -> EmailMultiAlternatives:
    with translation.override(person.language):
        subject = render_to_string(f"emails/{name}.subject.txt", context)
        text = render_to_string(f"emails/{name}.txt", context)
        html = render_to_string(f"emails/{name}.html", context)
    # One line, whatever a name holds.
    message = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", to=[person.email])
    message.attach_alternative(html, "text/html")
    return message

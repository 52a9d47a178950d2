"""What the applicant's pages share: whose application it is, and how a no is said."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from applications import doors, permissions
from applications.models import Application
from members.models import Affiliation, Organisation, User


class SignedIn(HttpRequest):
    """A request behind `login_required`, as the type checker should know it."""

    user: User


def own(request: SignedIn, reference: str) -> Application:
    """The application, for a person who has a part in it. Raises Http404 for everybody else, so that
    nobody learns which references there are."""
    applications = Application.objects.of(request.user).select_related("organisation", "questionnaire")
    application = get_object_or_404(applications, reference=reference)
    permissions.remember_capacity(
        request.user, application, application.affiliated_as, application.is_co_applicant
    )
    return application


def signatories(organisation: Organisation) -> QuerySet[User]:
    """The people who may submit for the organisation."""
    return User.objects.filter(
        is_active=True, affiliation__organisation=organisation, affiliation__role=Affiliation.Role.SIGNATORY
    )


def only_signatories() -> str:
    return _("Only an authorised signatory of your organisation can do this.")


def may_not_change() -> str:
    return _("You may read this application, but not change it.")


def refuse(
    request: HttpRequest, message: str, application: Application | None = None, status: int = 403
) -> HttpResponse:
    """A page that says why not."""
    context: dict[str, Any] = {"message": message, "application": application}
    if application:
        context["signatories"] = signatories(application.organisation)
    return render(request, "applications/refused.html", context, status=status)


def status_of(error: doors.WorkflowError | None) -> int:
    """The HTTP status of a page that is shown again because of `error`."""
    match error:
        case doors.NotAllowed():
            return 403
        case doors.TooLate():
            return 409
    return 200


def file_missing(request: HttpRequest, application: Application, name: str) -> HttpResponse:
    """A page for a file that the records name and the storage doesn't have."""
    context = {"application": application, "name": name}
    return render(request, "applications/file_missing.html", context, status=404)

"""A self-diagnosis: the same questions, for the organisation alone, never submitted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import doors, permissions, reading, workflow
from applications.forms import DiagnosisForm
from applications.models import Application, Event, Status
from members.models import User

from .access import SignedIn, may_not_change, own, refuse, status_of
from .case import chosen, editable_organisations, why_not_start


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedIn) -> HttpResponse:
    """Start a self-diagnosis for one of the person's organisations."""
    organisations = editable_organisations(request)
    if not organisations:
        return refuse(request, why_not_start(request))
    organisation = chosen(request, organisations)
    context: dict[str, Any] = {
        "organisations": organisations,
        "organisation": organisation,
        "is_diagnosis": True,
    }
    if organisation is None:
        return render(request, "applications/start.html", context)
    form = DiagnosisForm(
        request.POST if request.method == "POST" else None, initial={"area": organisation.town}
    )
    status = 200 if organisation.is_member else 403
    if form.is_valid():
        try:
            diagnosis = workflow.start_diagnosis(organisation, request.user, form.cleaned_data["area"])
            return redirect("application", diagnosis.reference)
        except doors.WorkflowError as error:
            status = status_of(error)
    context |= {
        "form": form,
        "not_a_member": "" if organisation.is_member else workflow.not_a_member(),
    }
    return render(request, "applications/start.html", context, status=status)


def own_diagnosis(request: SignedIn, reference: str) -> Application:
    """The self-diagnosis, for the organisation's people. Raises Http404 for all else."""
    application = own(request, reference)
    if not application.is_diagnosis or application.state != Status.DRAFT:
        raise Http404
    return application


@login_required
@require_safe
def result(request: SignedIn, reference: str) -> HttpResponse:
    """What the self-ratings come to, and the answers."""
    application = own_diagnosis(request, reference)
    answers = list(application.answer_set.select_related("question"))
    files = list(application.evidence.present().prefetch_related("questions"))
    context = {
        "application": application,
        "assessment": reading.self_assessment(application, answers),
        "questions": [
            (answer.question, answer, [item for item in files if answer.question in item.questions.all()])
            for answer in answers
        ],
        "may_start": permissions.can_start(request.user, application.organisation),
    }
    return render(request, "applications/diagnosis_result.html", context)


@login_required
@require_POST
def apply(request: SignedIn, reference: str) -> HttpResponse:
    """Turn the self-diagnosis into an application."""
    application = own(request, reference)
    if not application.is_diagnosis:
        # The second click of a double click.
        return redirect("application", application.reference)
    try:
        application = workflow.apply_with(application, request.user)
    except doors.WorkflowError as error:
        status = 403 if isinstance(error, doors.NotAllowed) else 409
        return refuse(request, str(error), application, status=status)
    messages.success(
        request,
        _("The self-diagnosis is now the application %(reference)s. Nothing is submitted yet.")
        % {"reference": application.reference},
    )
    return redirect("application", application.reference)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedIn, reference: str) -> HttpResponse:
    """Ask whether the self-diagnosis is really to be deleted, and delete it."""
    application = own(request, reference)
    if not application.is_diagnosis or application.state != Status.DRAFT:
        return redirect("application", application.reference)
    if not permissions.can_start(request.user, application.organisation):
        return refuse(request, may_not_change(), application)
    if request.method == "POST":
        try:
            workflow.delete_diagnosis(application, request.user)
        except doors.WorkflowError as error:
            messages.error(request, str(error))
            return redirect("application", application.reference)
        messages.success(request, _("The self-diagnosis has been deleted."))
        return redirect("application_list")
    return render(request, "applications/diagnosis_delete.html", {"application": application})


class MovedMiddleware:
    """Leads from the addresses of a self-diagnosis that has become an application to the application's own, for
    who has a part in it. Also what a colleague's open page sends there: 307 repeats a POST as it was."""

    PATH = re.compile(r"/applications/(QMS-\d{4}-\d{1,9})/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        moved = self.PATH.match(request.path) if response.status_code == 404 else None
        if moved and request.user.is_authenticated:
            return self._follow(request, moved[1]) or response
        return response

    def _follow(self, request: HttpRequest, was: str) -> HttpResponse | None:
        turned = Event.objects.filter(kind=Event.Kind.TURNED_INTO_APPLICATION, data__was=was)
        mine = Application.objects.of(cast(User, request.user))
        application = mine.filter(event__in=turned).first()
        if application is None:
            return None
        root = reverse("application_list")
        there = request.get_full_path().replace(f"{root}{was}/", f"{root}{application.reference}/", 1)
        return redirect(there, preserve_request=True)

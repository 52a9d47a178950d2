"""An application from its start: its overview and the facts about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import clock, doors, permissions, reading, timing, workflow, writing
from applications.forms import FactsForm, StartForm
from applications.models import Application, Certificate, Status
from members.models import Affiliation, Organisation

from .access import SignedIn, may_not_change, own, refuse, signatories, status_of
from .progress import State, events_of, outlook, parts, points, question_parts, timeline

EDITING = (Affiliation.Role.EDITOR, Affiliation.Role.SIGNATORY)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedIn) -> HttpResponse:
    """Start an application for one of the person's organisations."""
    organisations = editable_organisations(request)
    if not organisations:
        return refuse(request, why_not_start(request))
    organisation = chosen(request, organisations)
    if organisation is None:
        return render(request, "applications/start.html", {"organisations": organisations})
    is_member = organisation.is_member
    initial = {"area": organisation.town, "holder": organisation.name}
    form = StartForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200 if is_member else 403
    if form.is_valid():
        try:
            application = workflow.start(organisation, request.user, **form.cleaned_data)
            return redirect("application", application.reference)
        except doors.WorkflowError as error:
            status = status_of(error)
            if is_member:
                form.add_error(None, str(error))
    context = {
        "organisation": organisation,
        "form": form,
        "not_a_member": "" if is_member else workflow.not_a_member(),
    }
    return render(request, "applications/start.html", context, status=status)


def editable_organisations(request: SignedIn) -> list[Organisation]:
    """Those for which the person may start something."""
    return list(Organisation.objects.filter(affiliation__user=request.user, affiliation__role__in=EDITING))


def why_not_start(request: SignedIn) -> str:
    if Affiliation.objects.filter(user=request.user).exists():
        return _(
            "You can read your organisation's applications, but not start or change one. Ask a colleague who may."
        )
    return _("Your account doesn't belong to any organisation yet.")


def chosen(request: SignedIn, organisations: list[Organisation]) -> Organisation | None:
    """The organisation named in the address, or the only one. Raises Http404 for one that isn't among them."""
    wanted = request.GET.get("organisation")
    if wanted is None:
        return organisations[0] if len(organisations) == 1 else None
    for organisation in organisations:
        if str(organisation.pk) == wanted:
            return organisation
    raise Http404


@login_required
@require_safe
def overview(request: SignedIn, reference: str) -> HttpResponse:
    """The task list while the applicant writes; afterwards where the case stands and what comes next."""
    application = own(request, reference)
    if application.is_diagnosis:
        return _diagnosis(request, application)
    events = events_of(application)
    certificate = Certificate.objects.filter(decision__application=application).first()
    context: dict[str, Any] = {
        "application": application,
        "can_edit": permissions.can_edit(request.user, application),
        "can_sign": permissions.can_sign(request.user, application),
        "can_withdraw": Status.WITHDRAWN in workflow.MOVES[application.state],
        "timeline": timeline(events),
        "outlook": outlook(application, events),
        "latest": application.latest_submission,
        "certificate": certificate,
        "has_decision": application.decision_set.exists(),
    }
    if application.state.is_with_applicant:
        context |= _tasks(application)
    if certificate:
        context |= _renewal(request, application, certificate)
    return render(request, "applications/overview.html", context)


def _renewal(request: SignedIn, application: Application, certificate: Certificate) -> dict[str, Any]:
    """Whether the certificate can be renewed, and the renewal where there is one."""
    renewal = certificate.renewals.order_by("-created_at").first()
    is_open = renewal is not None and renewal.state.is_open
    return {
        "renewal": renewal if is_open else None,
        "superseded_by": certificate.superseded_by,
        "may_renew": not is_open
        and certificate.is_renewable_on(clock.today())
        and permissions.can_start(request.user, application.organisation),
    }


def _tasks(application: Application) -> dict[str, Any]:
    rows = parts(application)
    mine = [part for part in rows if part.is_open and not part.is_optional]
    is_draft = application.state == Status.DRAFT
    completion = application.open_completion
    return {
        "parts": rows,
        "done": sum(part.is_done for part in mine),
        "total": len(mine),
        "next": next(part for part in mine if not part.is_done),
        "is_ready": all(part.is_done for part in mine[:-1]),
        "completion": completion,
        "days_left": timing.days_left(completion.due_on, clock.today()) if completion else None,
        "points": _states_of_points(application, rows),
        "assessment": reading.self_assessment(application),
        "signatories": signatories(application.organisation),
        "not_a_member": workflow.not_a_member()
        if is_draft and not application.organisation.is_member
        else "",
    }


def _states_of_points(application: Application, rows: list[Any]) -> list[tuple[Any, bool]]:
    """What is to be completed, each with whether it is."""
    done = {part.number for part in rows if part.state is State.DONE}
    return [(point, point.question.number in done) for point in points(application).values()]


def _diagnosis(request: SignedIn, application: Application) -> HttpResponse:
    """The task list of a self-diagnosis: the questions alone."""
    rows = question_parts(application)
    context = {
        "application": application,
        "parts": rows,
        "done": sum(part.is_done for part in rows),
        "total": len(rows),
        "next": next((part for part in rows if not part.is_done), None),
        "assessment": reading.self_assessment(application),
        "can_edit": permissions.can_edit(request.user, application),
        "may_start": permissions.can_start(request.user, application.organisation),
    }
    return render(request, "applications/diagnosis.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: SignedIn, reference: str) -> HttpResponse:
    """The facts about the application. They can be changed in a draft and are read afterwards."""
    application = own(request, reference)
    if application.is_diagnosis:
        return redirect("application", application.reference)
    initial = {name: getattr(application, name) for name in FactsForm.base_fields}
    form = FactsForm(request.POST if request.method == "POST" else None, initial=initial)
    # A renewal is for the town centre that has the certificate.
    form.fields["area"].disabled = application.is_renewal
    editable = permissions.can_edit_facts(request.user, application) and application.state == Status.DRAFT
    refusal: doors.WorkflowError | None = None
    if request.method == "POST":
        try:
            if form.is_valid():
                writing.save_facts(application, request.user, **form.cleaned_data)
                messages.success(request, _("Saved."))
                return redirect(*_after_facts(request, application))
            if not editable:
                refusal = doors.NotAllowed(may_not_change())
        except doors.NotReady as error:
            form.add_error("area", str(error))
        except doors.WorkflowError as error:
            refusal = error
    context = {"application": application, "form": form, "refusal": refusal, "editable": editable}
    return render(request, "applications/facts.html", context, status=status_of(refusal))


def _after_facts(request: SignedIn, application: Application) -> tuple[Any, ...]:
    """Where to go after saving: on to the first question, or back to the overview."""
    first = application.questionnaire.question_set.first()
    if request.POST.get("then") == "close" or first is None:
        return "application", application.reference
    return "question", application.reference, first.number

"""The applicant's applications: the list, starting one, its overview and the facts about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import permissions, workflow
from applications.forms import FactsForm, StartForm
from applications.models import Application, Certificate, CompletionRequest, Status
from members.models import Affiliation, Organisation

from .access import SignedIn, may_not_change, own, refuse, signatories, status_of
from .progress import parts, points, timeline

EDITING = (Affiliation.Role.EDITOR, Affiliation.Role.SIGNATORY)


@login_required
@require_safe
def applications(request: SignedIn) -> HttpResponse:
    """The person's organisations and their applications, with what to do next."""
    user = request.user
    affiliations = list(Affiliation.objects.filter(user=user).select_related("organisation"))
    members = set(Organisation.objects.of(user).members_on(timezone.localdate()).values_list("pk", flat=True))
    roles = {affiliation.organisation_id: affiliation.role for affiliation in affiliations}
    due = CompletionRequest.objects.filter(application=OuterRef("pk")).order_by("-requested_at")
    rows = Application.objects.of(user).select_related("organisation")
    rows = rows.annotate(due_on=Subquery(due.values("due_on")[:1]))
    return render(
        request,
        "applications/list.html",
        {
            "rows": [(application, roles[application.organisation_id]) for application in rows],
            "organisations": [a.organisation for a in affiliations],
            "outsiders": [a.organisation for a in affiliations if a.organisation_id not in members],
            "not_a_member": workflow.not_a_member(),
            "may_start": any(a.role in EDITING and a.organisation_id in members for a in affiliations),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedIn) -> HttpResponse:
    """Start an application for one of the person's organisations."""
    editing = Organisation.objects.filter(affiliation__user=request.user, affiliation__role__in=EDITING)
    organisations = list(editing)
    if not organisations:
        return refuse(request, _why_not_start(request))
    organisation = _chosen(request, organisations)
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
        except workflow.WorkflowError as error:
            status = status_of(error)
            if is_member:
                form.add_error(None, str(error))
    context = {
        "organisation": organisation,
        "form": form,
        "not_a_member": "" if is_member else workflow.not_a_member(),
    }
    return render(request, "applications/start.html", context, status=status)


def _why_not_start(request: SignedIn) -> str:
    if Affiliation.objects.filter(user=request.user).exists():
        return _(
            "You can read your organisation's applications, but not start or change one. Ask a colleague who may."
        )
    return _("Your account doesn't belong to any organisation yet.")


def _chosen(request: SignedIn, organisations: list[Organisation]) -> Organisation | None:
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
    context: dict[str, Any] = {
        "application": application,
        "can_edit": permissions.can_edit(request.user, application),
        "can_sign": permissions.can_sign(request.user, application),
        "can_withdraw": Status.WITHDRAWN in workflow.MOVES[application.state],
        "timeline": timeline(application),
        "latest": application.latest_submission,
        "certificate": Certificate.objects.filter(decision__application=application).first(),
        "has_decision": application.decision_set.exists(),
    }
    if application.state.is_with_applicant:
        context |= _tasks(application)
    return render(request, "applications/overview.html", context)


def _tasks(application: Application) -> dict[str, Any]:
    rows = parts(application)
    mine = [part for part in rows if part.is_open]
    is_draft = application.state == Status.DRAFT
    return {
        "parts": rows,
        "done": sum(part.is_done for part in mine),
        "total": len(mine),
        "next": next(part for part in mine if not part.is_done),
        "is_ready": all(part.is_done for part in mine[:-1]),
        "completion": application.open_completion,
        "points": points(application).values(),
        "signatories": signatories(application.organisation),
        "not_a_member": workflow.not_a_member()
        if is_draft and not application.organisation.is_member
        else "",
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: SignedIn, reference: str) -> HttpResponse:
    """The facts about the application. They can be changed in a draft and are read afterwards."""
    application = own(request, reference)
    initial = {name: getattr(application, name) for name in FactsForm.base_fields}
    form = FactsForm(request.POST if request.method == "POST" else None, initial=initial)
    editable = permissions.can_edit(request.user, application) and application.state == Status.DRAFT
    refusal: workflow.WorkflowError | None = None
    if request.method == "POST":
        try:
            if form.is_valid():
                workflow.save_facts(application, request.user, **form.cleaned_data)
                messages.success(request, _("Saved."))
                return redirect(*_after_facts(request, application))
            if not editable:
                refusal = workflow.NotAllowed(may_not_change())
        except workflow.NotReady as error:
            form.add_error("area", str(error))
        except workflow.WorkflowError as error:
            refusal = error
    context = {"application": application, "form": form, "refusal": refusal, "editable": editable}
    return render(request, "applications/facts.html", context, status=status_of(refusal))


def _after_facts(request: SignedIn, application: Application) -> tuple[Any, ...]:
    """Where to go after saving: on to the first question, or back to the overview."""
    first = application.questionnaire.question_set.first()
    if request.POST.get("then") == "close" or first is None:
        return "application", application.reference
    return "question", application.reference, first.number

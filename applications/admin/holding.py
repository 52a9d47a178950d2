"""Decisions that are held: released one by one or several together, or taken back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import doors, permissions, workflow
from applications.models import Application, Assignment, Decision, DecisionDraft, Status
from members.models import User

from .case import to
from .cases import case_or_404, page, person, require, visible_to


def held(user: User) -> list[DecisionDraft]:
    """The held decisions of the cases for which `permissions.can_decide` holds, the first to be released first."""
    part = Assignment.objects.filter(application=OuterRef("application"), advisor=user)
    earlier = Decision.objects.filter(application=OuterRef("application"), decided_by=user)
    drafts = (
        DecisionDraft.objects.filter(held_at__isnull=False, application__in=visible_to(user))
        .filter(~Exists(part), ~Exists(earlier), application__status=Status.READY_FOR_DECISION)
        .select_related("application__organisation", "written_by")
        .order_by(F("release_on").asc(nulls_last=True), "held_at")
    )
    return list(drafts)


@require_POST
def held_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the case's held decision, or take it back."""
    application = case_or_404(request, pk)
    user = person(request)
    require(user.has_perm(permissions.DECIDE) and permissions.is_uninvolved(user, application))
    then = request.POST.get("then")
    if then not in ("release", "take-back"):
        raise SuspiciousOperation("That is no way to send the form.")
    try:
        if then == "release":
            workflow.release(application, user)
            messages.success(request, _("The decision is made and the applicant is told by e-mail."))
            return redirect(to("decision", application))
        workflow.take_back(application, user)
        messages.success(request, _("The decision is a draft again."))
    except doors.WorkflowError as refused:
        messages.error(request, str(refused))
    application.refresh_from_db()
    return redirect(to("decide" if permissions.can_decide(user, application) else "change", application))


@require_http_methods(["GET", "HEAD", "POST"])
def held_list(request: HttpRequest) -> HttpResponse:
    """Every held decision, to release several together."""
    user = person(request)
    require(user.has_perm(permissions.DECIDE))
    drafts = held(user)
    chosen = set(request.POST.getlist("cases"))
    refused: dict[int, str] = {}
    if request.method == "POST":
        picked = [draft.application for draft in drafts if str(draft.application_id) in chosen]
        if not picked:
            messages.error(request, _("Choose at least one decision to release."))
        else:
            refused = _release(request, user, picked)
            if not refused:
                return redirect("admin:applications_application_held_list")
            drafts = held(user)
    context = {
        "title": _("Held decisions"),
        "rows": [(draft, refused.get(draft.application_id, "")) for draft in drafts],
    }
    return page(request, "held", context)


def _release(request: HttpRequest, user: User, applications: list[Application]) -> dict[int, str]:
    """Release each on its own. Gives why, for those that were refused."""
    refused, made = {}, []
    for application in applications:
        try:
            workflow.release(application, user)
        except doors.WorkflowError as error:
            refused[application.pk] = str(error)
        else:
            made.append(application.area)
    if made:
        messages.success(
            request, _("Released, and the applicants are told: %(names)s.") % {"names": ", ".join(made)}
        )
    return refused

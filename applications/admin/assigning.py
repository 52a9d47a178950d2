"""Who has a case: one case or several get advisors, and an advisor is taken off."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import doors, permissions, workflow
from applications.models import Application
from applications.review_forms import AssignForm, SeveralForm, UnassignForm

from .case import CAN_GET_ADVISORS, CAN_LOSE_ADVISORS, to
from .cases import case_or_404, page, person, require, visible_to

MOST = 50
"""How many cases can be assigned at once: as many as the list has on a page."""
HAS_IT = Q(assignment__ended_at=None) & (Q(assignment__has_conflict=None) | Q(assignment__has_conflict=False))


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the case to advisors."""
    application = case_or_404(request, pk)
    user = person(request)
    require(permissions.can_assign(user, application))
    if _has_them_already(application, request.POST.getlist("advisors")):
        return redirect(to("change", application))
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        application=application,
        may_override=user.has_perm(permissions.OVERRIDE_TIE),
    )
    if form.is_bound and form.is_valid():
        why = form.cleaned_data.get("override_reason", "")
        try:
            made = workflow.assign(application, form.cleaned_data["advisors"], user, why)
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            names = ", ".join(str(assignment.advisor) for assignment in made)
            messages.success(request, _("The case is assigned to: %(names)s.") % {"names": names})
            return redirect(to("change", application))
    context = {
        "title": _("Assign advisors"),
        "application": application,
        "form": form,
        "working": application.assignment_set.active().select_related("advisor"),
        "is_possible": application.state in CAN_GET_ADVISORS,
        "may_override": user.has_perm(permissions.OVERRIDE_TIE),
    }
    return page(request, "assign", context)


def _has_them_already(application: Application, chosen: list[str]) -> bool:
    """Whether the form has been sent twice."""
    working = application.assignment_set.active().values_list("advisor_id", flat=True)
    return bool(chosen) and set(chosen) <= {str(pk) for pk in working}


@require_http_methods(["GET", "HEAD", "POST"])
def unassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an advisor off the case."""
    application = case_or_404(request, pk)
    user = person(request)
    require(permissions.can_assign(user, application))
    active = application.assignment_set.active().select_related("advisor", "application")
    having = [assignment for assignment in active if permissions.can_unassign(user, assignment)]
    is_possible = application.state in CAN_LOSE_ADVISORS
    form = UnassignForm(request.POST if request.method == "POST" else None, assignments=having)
    if form.is_bound and form.is_valid():
        leaving = form.cleaned_data["advisor"]
        try:
            workflow.unassign(application, leaving, user, form.cleaned_data["reason"])
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(name)s no longer has the case.") % {"name": leaving.advisor})
            return redirect(to("change", application))
    context = {
        "title": _("Take an advisor off the case"),
        "application": application,
        "form": form,
        "having": having,
        "is_possible": is_possible,
    }
    return page(request, "unassign", context)


@require_http_methods(["GET", "HEAD", "POST"])
def assign_several(request: HttpRequest) -> HttpResponse:
    """Give several cases to advisors at once. Those that can't be are left on the page, each with its reason."""
    user = person(request)
    if not user.has_perm(permissions.ASSIGN):
        raise Http404
    cases = _chosen_cases(request)
    form = SeveralForm(request.POST if request.method == "POST" else None, applications=cases)
    refusals: dict[int, str] = {}
    if form.is_bound and form.is_valid():
        refusals = _assign_each(request, form)
        left = [case for case in cases if case.pk in refusals]
        if not left:
            if not form.chosen():
                messages.warning(request, _("You chose no advisor, so nothing is assigned."))
            return redirect("admin:applications_application_changelist")
        form = SeveralForm(request.POST, applications=left)
        form.is_valid()
    context = {
        "title": _("Assign advisors to several"),
        "form": form,
        "rows": [(*row, refusals.get(row[0].pk, "")) for row in form.rows()],
    }
    return page(request, "assign_several", context)


def _chosen_cases(request: HttpRequest) -> list[Application]:
    """The cases named in the address or the form, of those that the person can see and that can get advisors."""
    named = request.POST.getlist("case") or request.GET.getlist("case")
    keys = {int(key) for key in named[:MOST] if key.isascii() and key.isdigit() and len(key) < 19}
    waiting = visible_to(person(request)).in_status(*CAN_GET_ADVISORS).filter(pk__in=keys)
    return list(
        waiting.select_related("organisation")
        .annotate(advisors=Count("assignment", filter=HAS_IT))
        .order_by("status_since", "pk")
    )


def _assign_each(request: HttpRequest, form: SeveralForm) -> dict[int, str]:
    """Why each case that wasn't assigned was not."""
    refusals = {}
    for application, advisors in form.chosen():
        try:
            made = workflow.assign(application, advisors, person(request))
        except doors.WorkflowError as refused:
            refusals[application.pk] = str(refused)
        else:
            names = ", ".join(str(assignment.advisor) for assignment in made)
            words = _("%(case)s is assigned to: %(names)s.") % {"case": application, "names": names}
            messages.success(request, words)
    return refusals

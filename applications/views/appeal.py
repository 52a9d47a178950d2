"""The applicant's appeal: what the decision's page says of it, and the page where it is written and answered."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import clock, doors, permissions, reading, workflow
from applications.forms import AppealForm
from applications.models import Appeal, Application, Decision, Status, TimeLimit

from .access import SignedIn, only_signatories, own, refuse, signatories, status_of


def about(user: Any, application: Application, made: Decision) -> dict[str, Any]:
    """What the decision's page tells of an appeal against the decision `made`."""
    last_day = reading.last_day_to_appeal(made)
    return {
        "appeal": Appeal.objects.filter(decision=made).first(),
        "appeal_until": last_day,
        "may_appeal": application.state == Status.DECLINED and clock.today() <= last_day,
        "can_sign": permissions.can_sign(user, application),
        "signatories": signatories(application.organisation),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SignedIn, reference: str) -> HttpResponse:
    """Write an appeal; once it is lodged, read it and its answer."""
    application = own(request, reference)
    made = application.decision_set.order_by("-round").first()
    is_appealed = Appeal.objects.filter(decision__application=application).exists()
    if made is None or (made.outcome != Decision.Outcome.DECLINED and not is_appealed):
        raise Http404
    if request.method == "POST":
        return _lodge(request, application, made)
    if not is_appealed and not permissions.can_sign(request.user, application):
        return refuse(request, only_signatories(), application)
    return _page(request, application, made, AppealForm())


def _lodge(request: SignedIn, application: Application, made: Decision) -> HttpResponse:
    """A signatory who is late, or not alone, reads why and keeps the text."""
    if not permissions.can_sign(request.user, application):
        return refuse(request, only_signatories(), application)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _page(request, application, made, form)
    text = form.cleaned_data["text"]
    try:
        workflow.lodge_appeal(application, request.user, text)
    except doors.WorkflowError as refused:
        sent_twice = Appeal.objects.filter(decision=made, lodged_by=request.user, text=text)
        if not sent_twice.exists():
            application.refresh_from_db()
            return _page(request, application, made, form, refused)
    else:
        messages.success(request, _("Your appeal is lodged. You get a receipt by e-mail."))
    return redirect("appeal", application.reference)


def _page(
    request: SignedIn,
    application: Application,
    made: Decision,
    form: AppealForm,
    refusal: doors.WorkflowError | None = None,
) -> HttpResponse:
    context = about(request.user, application, made)
    appeals = Appeal.objects.filter(decision__application=application).select_related("decision", "lodged_by")
    days = TimeLimit.objects.get(step=TimeLimit.Step.APPEAL).days
    context |= {
        "application": application,
        "decision": made,
        "appeals": [(one, answer_by(one, days)) for one in appeals.order_by("-decision__round")],
        "days": days,
        "form": form,
        "refusal": refusal,
        "is_open": context["appeal"] is None and context["may_appeal"] and context["can_sign"],
    }
    return render(request, "applications/appeal.html", context, status=status_of(refusal))


def answer_by(appeal: Appeal, days: int) -> datetime.date | None:
    """The day before which an answer can be expected; None where there is one, or the day has passed."""
    day = timezone.localdate(appeal.lodged_at) + datetime.timedelta(days=days)
    return None if appeal.outcome or day < clock.today() else day

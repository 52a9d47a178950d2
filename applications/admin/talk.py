"""A talk between the advisors: asking for it, and writing down what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import doors, permissions, workflow
from applications.models import Application, Status, Talk
from applications.review_forms import ReasonForm, TalkForm
from members.models import User

from .case import to
from .cases import case_or_404, page, person, require


@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    """Where no talk is open, ask for one; where one is, write down its outcome."""
    application = case_or_404(request, pk)
    user = person(request)
    # Whether the case is still where it must be, the workflow says, with nothing typed lost.
    decides = user.has_perm(permissions.DECIDE) and permissions.is_uninvolved(user, application)
    is_post = request.method == "POST"
    require(permissions.can_record_talk(user, application) or (decides and is_post))
    require(is_post or application.state in (Status.READY_FOR_DECISION, Status.IN_REVIEW))
    talks = list(application.talk_set.select_related("asked_by", "recorded_by"))
    is_open = any(one.recorded_at is None for one in talks)
    # An old window's words stay with the form that they were written in.
    if "outcome" in request.POST or (is_open and "reason" not in request.POST):
        return _record(request, user, application, talks)
    require(decides)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].label = _("What they are to talk about")
    if form.is_bound and form.is_valid():
        try:
            workflow.ask_talk(application, user, form.cleaned_data["reason"])
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The advisors are asked to talk, by e-mail."))
            return redirect(to("change", application))
    context = {
        "title": _("Ask the advisors to talk"),
        "application": application,
        "form": form,
        "talks": talks,
    }
    return page(request, "talk", context)


def _record(request: HttpRequest, user: User, application: Application, talks: list[Talk]) -> HttpResponse:
    form = TalkForm(
        request.POST if request.method == "POST" else None, initial={"held_on": timezone.localdate()}
    )
    if form.is_bound and form.is_valid():
        try:
            workflow.record_talk(
                application, user, form.cleaned_data["held_on"], form.cleaned_data["outcome"]
            )
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Thank you. What came of the talk is written down."))
            return redirect(to("change", application))
    context = {
        "title": _("Write down what came of the talk"),
        "application": application,
        "form": form,
        "talks": talks,
        "records": True,
    }
    return page(request, "talk", context)

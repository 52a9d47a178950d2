"""Hearing an appeal: its text, the decision and the reviews that it rested on, and the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import doors, permissions, workflow
from applications.models import Appeal, Application
from applications.review_forms import HearingForm
from members.models import User

from .case import to
from .cases import case_or_404, page, person, require
from .decision import weighing


@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the appeal with all that was decided on, and answer it. Whoever may decide and had no part reads; who
    made a decision in the case doesn't answer."""
    application = case_or_404(request, pk)
    user = person(request)
    if request.method != "POST":
        require(permissions.can_read_as_decider(user, application))
        if not _appeals(application).exists():
            raise Http404
        return _page(request, application, HearingForm())
    require(_has_the_role(user, application))
    form = HearingForm(request.POST)
    if not form.is_valid():
        return _page(request, application, form)
    outcome = Appeal.Outcome(form.cleaned_data["outcome"])
    try:
        workflow.hear_appeal(application, user, outcome, form.cleaned_data["reasons"])
    except doors.WorkflowError as refused:
        application.refresh_from_db()
        if not _was_answered(application, user, form):
            form.add_error(None, str(refused))
            return _page(request, application, form)
    else:
        messages.success(request, _said(outcome))
    return redirect(to("change", application))


def _said(outcome: Appeal.Outcome) -> str:
    if outcome == Appeal.Outcome.UPHELD:
        return _("The appeal is upheld. Assign other advisors than before.")
    return _("The appeal is dismissed and the applicant is told by e-mail.")


def _appeals(application: Application) -> Any:
    return Appeal.objects.filter(decision__application=application)


def _has_the_role(user: User, application: Application) -> bool:
    """Could hear an appeal here: whether there is one still, the workflow says, with nothing typed lost."""
    decided = application.decision_set.filter(decided_by=user)
    return (
        user.has_perm(permissions.DECIDE)
        and permissions.is_uninvolved(user, application)
        and not decided.exists()
    )


def _was_answered(application: Application, user: User, form: HearingForm) -> bool:
    """Whether the form has been sent twice: just this is what this person has answered."""
    return (
        _appeals(application)
        .filter(
            heard_by=user, outcome=form.cleaned_data["outcome"], reasons=form.cleaned_data["reasons"].strip()
        )
        .exists()
    )


def _page(request: HttpRequest, application: Application, form: HearingForm) -> HttpResponse:
    """Where the case has moved on so that the person can't read it any more, only what was typed is shown."""
    user = person(request)
    context: dict[str, Any] = {
        "title": _("Appeal in %(application)s") % {"application": application},
        "application": application,
        "form": form,
    }
    if permissions.can_read_as_decider(user, application):
        context |= _read(user, application)
    return page(request, "appeal", context)


def _read(user: User, application: Application) -> dict[str, Any]:
    appeals = _appeals(application).select_related(
        "decision__decided_by", "decision__submission", "lodged_by", "heard_by"
    )
    newest = appeals.order_by("-decision__round").first()
    if newest is None:
        return {}
    may_hear = not newest.outcome and permissions.can_hear(user, application)
    # The reviews of an earlier round have been set aside with its decision.
    is_of_this_round = newest.decision.round == application.round
    return {
        "appeal": newest,
        "made": newest.decision,
        "may_hear": may_hear,
        **(weighing(application, newest.decision.submission) if is_of_this_round else {}),
    }

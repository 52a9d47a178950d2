"""A case as the association sees it: where it stands, who has it, what has happened, what can be done now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from applications import doors, permissions, reading, workflow
from applications.models import Application, Assignment, Certificate, DecisionDraft, Status
from applications.review_forms import DeclarationForm
from members.models import User

from . import log
from .cases import (
    case_or_404,
    days_with_us,
    may_read_decision,
    own_review,
    page,
    person,
    require,
)

NEXT = {
    Status.SUBMITTED: gettext_lazy("Advisors are to be assigned."),
    Status.IN_REVIEW: gettext_lazy("The advisors read and write their reviews."),
    Status.COMPLETION_REQUESTED: gettext_lazy("The applicant completes what was asked for."),
    Status.READY_FOR_DECISION: gettext_lazy("A decision maker who has reviewed nothing here decides."),
    Status.APPROVED: gettext_lazy("Nothing. The case is closed."),
    Status.DECLINED: gettext_lazy("Nothing, unless an appeal is upheld."),
    Status.WITHDRAWN: gettext_lazy("Nothing. The applicant has taken the application back."),
    Status.LAPSED: gettext_lazy("Nothing. The application was left lying too long and has lapsed."),
}
APPEALED = gettext_lazy("A decision maker who had no part in the case hears the appeal.")
CAN_GET_ADVISORS = (Status.SUBMITTED, Status.IN_REVIEW, Status.COMPLETION_REQUESTED)
CAN_LOSE_ADVISORS = (Status.IN_REVIEW, Status.COMPLETION_REQUESTED, Status.READY_FOR_DECISION)


@dataclass(frozen=True)
class Action:
    """A way on from the case, as a link that looks like a button."""

    label: str
    url: str


def to(name: str, application: Application) -> str:
    """The address of one of the case's pages."""
    return reverse(f"admin:applications_application_{name}", args=[application.pk])


def progress(assignment: Assignment, newest_submission: int | None, shown: bool = False) -> str:
    """How far an advisor has come, in words. Needs `handed_in`, the advisor's submitted reviews. Without `shown`
    (`permissions.sees_progress`) only whether the advisor has the case."""
    if assignment.ended_at:
        return _("no longer has the case")
    if assignment.has_conflict:
        return _("has a conflict of interest")
    if not shown:
        return ""
    if assignment.has_conflict is None:
        return _("to declare conflict of interest or none")
    reviews = assignment.handed_in  # type: ignore[attr-defined]
    if any(review.submission_id == newest_submission for review in reviews):
        return _("review is in")
    return _("is reviewing")


def actions(user: User, application: Application) -> Iterator[Action]:
    """What this person can do now, the most pressing first."""
    assignment = permissions.assignment_of(user, application)
    if assignment and assignment.has_conflict is None and permissions.can_declare(user, assignment):
        yield Action(_("Declare conflict of interest or none"), to("declare", application))
    if review := _readable_review(user, application):
        writes = permissions.can_review(user, review)
        yield Action(_("Write your review") if writes else _("Read the review"), to("review", application))
    if _has_open_talk(application) and permissions.can_record_talk(user, application):
        yield Action(_("Write down what came of the talk"), to("talk", application))
    if permissions.can_decide(user, application):
        if is_held(application):
            yield Action(_("Read, release or take back the decision"), to("decide", application))
        else:
            yield Action(_("Read and decide"), to("decide", application))
            yield Action(_("Ask for a further review"), to("further-review", application))
    if permissions.can_hear(user, application) and application.has_open_appeal:
        yield Action(_("Hear the appeal"), to("appeal", application))
    if may_read_decision(user, application):
        yield Action(_("Read the decision"), to("decision", application))
    if permissions.can_assign(user, application) and application.state in CAN_GET_ADVISORS:
        yield Action(_("Assign advisors"), to("assign", application))
    if permissions.can_request_completion(user, application):
        yield Action(_("Request completion"), to("completion", application))
    if permissions.can_extend_completion(user, application):
        yield Action(_("Give more time to complete"), to("extension", application))


def is_held(application: Application) -> bool:
    """Whether a decision is made up and not told yet: for those alone who may decide."""
    return DecisionDraft.objects.filter(application=application, held_at__isnull=False).exists()


def what_next(user: User, application: Application, assignments: Sequence[Assignment]) -> str:
    """What happens next in the case, as far as this person may know."""
    if application.has_open_appeal:
        return str(APPEALED)
    if application.state == Status.IN_REVIEW and all(one.ended_at or one.has_conflict for one in assignments):
        return _("New advisors are to be assigned.")
    if application.state == Status.READY_FOR_DECISION and permissions.can_decide(user, application):
        if is_held(application):
            return _("The decision is made up and held. The applicant is told when it is released.")
        if _has_open_talk(application):
            return _("The advisors are asked to talk with each other. Then it can be decided.")
    return str(NEXT[application.state])


def _has_open_talk(application: Application) -> bool:
    can_be_written = application.state in (Status.READY_FOR_DECISION, Status.IN_REVIEW)
    return can_be_written and application.talk_set.filter(recorded_at=None).exists()


def _may_unassign(user: User, application: Application) -> bool:
    """Once all reviews are in, what remains is to leave one out, which takes the right to override."""
    if application.state not in CAN_LOSE_ADVISORS or not permissions.can_assign(user, application):
        return False
    return application.state != Status.READY_FOR_DECISION or user.has_perm(permissions.OVERRIDE_TIE)


def _readable_review(user: User, application: Application):
    return own_review(user, application) if permissions.can_read_as_advisor(user, application) else None


def _case_page(request: HttpRequest, application: Application) -> TemplateResponse:
    user = person(request)
    newest = application.latest_submission
    assignments = list(application.assignment_set.select_related("advisor").prefetch_related("review_set"))
    for assignment in assignments:
        assignment.handed_in = [  # type: ignore[attr-defined]
            review for review in assignment.review_set.all() if review.submitted_at
        ]
    mine = permissions.assignment_of(user, application)
    shown = permissions.sees_progress(user, application)
    context: dict[str, Any] = {
        "title": f"{application.reference} {application.area}",
        "application": application,
        "next": what_next(user, application, assignments),
        "submission": newest,
        "with_us": days_with_us(application),
        "parties": reading.submitted_parties(newest) if newest else [],
        "completion": application.open_completion,
        "assignments": [
            (assignment, progress(assignment, newest.pk if newest else None, shown or assignment == mine))
            for assignment in assignments
        ],
        "may_declare_conflict_late": mine
        and mine.has_conflict is False
        and permissions.can_declare(user, mine)
        and not permissions.own_is_in(user, newest),
        "certificate": Certificate.objects.filter(decision__application=application).first(),
        "decisions": application.decision_set.order_by("round"),
        "actions": list(actions(user, application)),
        "log": log.lines(application, user),
        "may_unassign": _may_unassign(user, application),
        "list_filters": request.GET.get("_changelist_filters", "")[:2000],
    }
    return page(request, "case", context)


@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The case: status, parties, advisors, log, and what to do next. No answers, evidence or reviews."""
    return _case_page(request, case_or_404(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether there is a conflict of interest, knowing the parties and nothing else of the case."""
    application = case_or_404(request, pk)
    user = person(request)
    assignment = permissions.assignment_of(user, application)
    require(assignment is not None and permissions.can_declare(user, assignment))
    assert assignment is not None  # noqa: S101 (for the type checker; the line above has seen to it)
    form = DeclarationForm(request.POST) if request.method == "POST" else DeclarationForm()
    if form.is_bound and form.is_valid():
        has_conflict = form.cleaned_data["has_conflict"]
        try:
            workflow.declare(application, assignment, user, has_conflict)
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            return _declared(request, application, has_conflict)
    context = {
        "title": _("Conflict of interest"),
        "application": application,
        "assignment": assignment,
        "form": form,
    }
    return page(request, "declare", context)


def _declared(request: HttpRequest, application: Application, has_conflict: bool) -> HttpResponse:
    if has_conflict:
        messages.success(
            request,
            _("Thank you for telling. %(reference)s is now closed to you, and the office has been told.")
            % {"reference": application.reference},
        )
        return redirect("admin:index")
    messages.success(request, _("Thank you. The case is now open to you."))
    if application.state == Status.IN_REVIEW:
        return redirect(to("review", application))
    return redirect(to("change", application))

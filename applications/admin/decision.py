"""Deciding: all reviews side by side, the rule in words, reasons, and the decision as it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import doors, permissions, reading, scoring, workflow
from applications.models import Application, Certificate, Decision, Level, Review, Submission
from applications.review_forms import DecisionForm, ReasonForm
from members.models import User

from . import content
from .case import to
from .cases import case_or_404, may_read_decision, page, person, require


@dataclass(frozen=True)
class Weighed:
    """A question with every advisor's opinion and what they come to."""

    row: content.Row
    opinions: Sequence[content.Opinion]
    mean: Decimal
    is_below_minimum: bool
    is_disputed: bool


def weighing(application: Application, submission: Submission) -> dict[str, Any]:
    """What a decision rests on: the counting reviews of `submission` and what they come to under the rule."""
    reviews = list(content.with_scores(Review.objects.counting(submission)))
    result = reading.result_of(application, reviews)
    disputed = scoring.disagreements([reading.points_of(review) for review in reviews])
    opinions = content.opinions(reviews)
    rows = [
        Weighed(
            row,
            opinions.get(row.number, []),
            result.points.get(row.number, Decimal(0)),
            row.number in result.below_minimum,
            row.number in disputed,
        )
        for row in content.rows(application, submission)
    ]
    return {
        "reviews": reviews,
        "result": result,
        "rows": rows,
        "disputed": disputed,
        "rule": rule_in_words(application),
        "renewed": submission.content.get("recommendations", []),
        "seen": ",".join(str(review.pk) for review in reviews),
    }


def rule_in_words(application: Application) -> str:
    """The pass rule of the application's questionnaire as a sentence."""
    percent = application.questionnaire.pass_percent
    minimums = {question.minimum for question in application.questionnaire.question_set.all()}
    if len(minimums) != 1:
        return _(
            "To pass: at least %(percent)d %% of the weighted points, and at least the lowest points that each "
            "question names."
        ) % {"percent": percent}
    return _(
        "To pass: at least %(percent)d %% of the weighted points, and at least %(minimum)d (%(word)s) on every "
        "question."
    ) % {"percent": percent, "minimum": (minimum := minimums.pop()), "word": Level(minimum).label}


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Read everything and decide."""
    application = case_or_404(request, pk)
    user = person(request)
    if request.method != "POST":
        if may_read_decision(user, application):
            return redirect(to("decision", application))
        require(permissions.can_decide(user, application))
        weighed = weighing(application, application.submission_set.latest("number"))
        form = DecisionForm(meets_rule=weighed["result"].meets_rule)
        return _decide_page(request, application, weighed, form)
    require(_has_the_role(user, application))
    return _decide(request, user, application)


def _has_the_role(user: User, application: Application) -> bool:
    """Could decide here were the case ready: whether it still is, the workflow says, with nothing typed lost."""
    set_aside = application.decision_set.filter(decided_by=user, round__lt=application.round)
    return (
        user.has_perm(permissions.DECIDE)
        and permissions.is_uninvolved(user, application)
        and not set_aside.exists()
    )


def _decide(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    reads = permissions.can_read_as_decider(user, application)
    weighed = weighing(application, application.submission_set.latest("number")) if reads else None
    form = DecisionForm(request.POST, meets_rule=weighed["result"].meets_rule if weighed else None)
    if weighed and permissions.can_decide(user, application) and request.POST.get("seen") != weighed["seen"]:
        form.add_error(
            None, _("Another review has come in since you opened the page. Read it before you decide.")
        )
    if not form.is_valid():
        return _decide_page(request, application, weighed, form)
    try:
        workflow.decide(
            application,
            user,
            Decision.Outcome(form.cleaned_data["outcome"]),
            form.cleaned_data["reasons"],
            form.cleaned_data.get("override_reason", ""),
            form.cleaned_data["recommendations"],
        )
    except doors.WorkflowError as refused:
        application.refresh_from_db()
        if not _was_decided(application, user, form):
            form.add_error(None, str(refused))
            return _decide_page(request, application, weighed, form)
    else:
        messages.success(request, _("The decision is made and the applicant is told by e-mail."))
    return redirect(to("decision", application))


def _was_decided(application: Application, user: User, form: DecisionForm) -> bool:
    """Whether the form has been sent twice: just this is what this person has decided."""
    return application.decision_set.filter(
        round=application.round,
        decided_by=user,
        outcome=form.cleaned_data["outcome"],
        reasons=form.cleaned_data["reasons"].strip(),
    ).exists()


def _decide_page(
    request: HttpRequest, application: Application, weighed: dict[str, Any] | None, form: DecisionForm
) -> HttpResponse:
    """Where the case has moved on so that the person can't read it any more, `weighed` is None and only what
    was typed is shown."""
    user = person(request)
    made = application.decision_set.select_related("decided_by").filter(round=application.round).first()
    context = {
        "title": _("Decision on %(application)s") % {"application": application},
        "application": application,
        "form": form,
        "may_decide": permissions.can_decide(user, application),
        "made": made if may_read_decision(user, application) else None,
        **(weighed or {}),
    }
    return page(request, "decide", context)


@require_http_methods(["GET", "HEAD", "POST"])
def further_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the case back for one more review."""
    application = case_or_404(request, pk)
    user = person(request)
    require(permissions.can_decide(user, application) or request.method == "POST")
    require(_has_the_role(user, application))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            workflow.ask_further_review(application, user, form.cleaned_data["reason"])
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("One more review is asked for. Somebody has to be assigned to write it.")
            )
            return redirect(to("change", application))
    context = {"title": _("Ask for a further review"), "application": application, "form": form}
    return page(request, "further_review", context)


@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """The decision as it was made, with the reviews that it rests on."""
    application = case_or_404(request, pk)
    require(may_read_decision(person(request), application))
    made = get_object_or_404(
        Decision.objects.select_related("decided_by", "submission"),
        application=application,
        round=application.round,
    )
    context = {
        "title": _("Decision on %(application)s") % {"application": application},
        "application": application,
        "made": made,
        "certificate": Certificate.objects.filter(decision=made).first(),
        "recommendations": made.recommendations.all(),
        **weighing(application, made.submission),
    }
    return page(request, "decision", context)

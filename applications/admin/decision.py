"""Deciding: all reviews side by side, the rule in words, reasons, and the decision as it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import doors, permissions, reading, scoring, workflow
from applications.models import (
    Application,
    Certificate,
    Decision,
    DecisionDraft,
    Level,
    Review,
    Submission,
)
from applications.review_forms import REASONS_LENGTH, DecisionForm, ReasonForm
from members.models import User

from . import content
from .case import to
from .cases import case_or_404, may_read_decision, page, person, require
from .score_plot import ScorePlot

HELD_PARTS = ("reasons", "override_reason", "recommendations", "next_steps", "apply_again_from")
"""The fields of a held decision, as they are read before it is released."""


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
    points = [reading.points_of(review) for review in reviews]
    disputed = scoring.disagreements(points)
    criteria = reading.criteria_of(application)
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
        "is_split": scoring.is_split(criteria, application.questionnaire.pass_percent, points),
        "plot": ScorePlot.of(rows, application.questionnaire.pass_percent, result.percent),
        "talks": list(submission.talk_set.select_related("asked_by", "recorded_by")),
        "former": content.renewed_decision(application),
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
        draft = _draft_of(application)
        initial = DecisionForm.initial_of(draft) if draft else {"reasons": suggestion(weighed)}
        form = DecisionForm(initial=initial, meets_rule=weighed["result"].meets_rule)
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


def _draft_of(application: Application) -> DecisionDraft | None:
    return DecisionDraft.objects.filter(application=application).select_related("written_by").first()


def suggestion(weighed: dict[str, Any]) -> str:
    """Reasons to begin with: what the advisors say to the applicant, question by question, without who says it."""
    parts = []
    for row in weighed["rows"]:
        comments = sorted({opinion.comment for opinion in row.opinions if opinion.comment})
        if comments:
            parts.append("\n".join([f"{row.row.number}. {row.row.question.heading}", *comments]))
    parts += sorted({review.summary for review in weighed["reviews"] if review.summary})
    return "\n\n".join(parts)[:REASONS_LENGTH]


def _decide(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    reads = permissions.can_read_as_decider(user, application)
    weighed = weighing(application, application.submission_set.latest("number")) if reads else None
    then = request.POST.get("then", "decide")
    if then not in ("decide", "draft", "hold"):
        raise SuspiciousOperation("That is no way to send the form.")
    form = DecisionForm(
        request.POST,
        meets_rule=weighed["result"].meets_rule if weighed else None,
        is_draft=then == "draft",
    )
    if weighed and permissions.can_decide(user, application) and request.POST.get("seen") != weighed["seen"]:
        # The door says so, too; here together with whatever else is wrong.
        form.add_error(
            None, _("Another review has come in since you opened the page. Read it before you decide.")
        )
    if not form.is_valid():
        return _decide_page(request, application, weighed, form)
    try:
        return redirect(to(_carry_out(request, user, application, form, then), application))
    except workflow.StaleDraft as stale:
        form.add_error(None, str(stale))
        return _decide_page(request, application, weighed, form, stale.draft)
    except doors.WorkflowError as refused:
        application.refresh_from_db()
        if _was_decided(application, user, form):
            return redirect(to("decision", application))
        form.add_error(None, str(refused))
        return _decide_page(request, application, weighed, form)


def _carry_out(
    request: HttpRequest, user: User, application: Application, form: DecisionForm, then: str
) -> str:
    """Keep the draft, hold it, or decide. Gives the page to go to."""
    wording = form.wording(request.POST.get("seen", "")[:200])
    revision = form.cleaned_data["revision"]
    if then == "draft":
        workflow.save_draft(application, user, wording, revision)
        messages.success(request, _("The draft is saved. Nobody but those who may decide sees it."))
        return "decide"
    if then == "hold":
        held = workflow.hold(application, user, wording, revision, form.cleaned_data["release_on"])
        messages.success(request, held_until(held))
        return "decide"
    workflow.decide_as_written(application, user, wording, revision)
    messages.success(request, _("The decision is made and the applicant is told by e-mail."))
    return "decision"


def held_until(draft: DecisionDraft) -> str:
    """When a held decision is released, as a sentence."""
    if draft.release_on is None:
        return _("The decision is held until somebody releases it. The applicant is told nothing yet.")
    return _("The decision is held and is released on %(day)s. The applicant is told nothing yet.") % {
        "day": date_format(draft.release_on)
    }


def _was_decided(application: Application, user: User, form: DecisionForm) -> bool:
    """Whether the form has been sent twice: just this is what this person has decided."""
    return application.decision_set.filter(
        round=application.round,
        decided_by=user,
        outcome=form.cleaned_data["outcome"],
        reasons=form.cleaned_data["reasons"].strip(),
    ).exists()


def _decide_page(
    request: HttpRequest,
    application: Application,
    weighed: dict[str, Any] | None,
    form: DecisionForm,
    stale: DecisionDraft | None = None,
) -> HttpResponse:
    """Where the case has moved on so that the person can't read it any more, `weighed` is None and only what
    was typed is shown."""
    user = person(request)
    made = application.decision_set.select_related("decided_by").filter(round=application.round).first()
    may_decide = permissions.can_decide(user, application)
    draft = _draft_of(application) if may_decide else None
    context = {
        "title": _("Decision on %(application)s") % {"application": application},
        "application": application,
        "form": form,
        "may_decide": may_decide,
        "preview_letter": to("preview_letter", application),
        "preview_certificate": to("preview_certificate", application),
        "draft": draft,
        "held": held_until(draft) if draft and draft.held_at else "",
        "held_parts": [form[name] for name in HELD_PARTS if name in form.fields and form[name].value()],
        "hindrance": workflow.hindrance(draft, application) if draft and draft.held_at else "",
        "stale": stale,
        "stale_texts": [text for text in (stale.reasons, stale.recommendations, stale.next_steps) if text]
        if stale
        else [],
        "revision": stale.revision if stale else form["revision"].value(),
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

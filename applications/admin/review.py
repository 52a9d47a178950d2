"""Reading and judging: the review page, and one's own review once it is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import doors, permissions, reading, scoring, workflow
from applications.models import LEVELS, Application, Question, Review, Status, Talk
from applications.review_forms import ReviewForm
from members.models import User

from . import content
from .case import to
from .cases import case_or_404, days_with_us, own_review, page, person
from .comparison import Comparison


@dataclass(frozen=True)
class Judged:
    """A question on the review form: what was handed in, the two fields, and what they still want."""

    row: content.Row
    points: BoundField
    comment: BoundField
    note: BoundField
    seen: BoundField
    gaps: Sequence[str]
    stale: Comparison | None = None
    preceding: int | None = None
    """The number of the question that comes before it on the page."""
    following: int | None = None
    """The number of the question that comes after it on the page."""
    carried: int | None = None
    """The points that the advisor gave last time, where the question is the same as then."""

    @property
    def is_carried(self) -> bool:
        """Whether the points that stand here are those of last time."""
        return self.carried is not None and str(self.carried) == str(self.points.value())

    def levels(self) -> Iterator[tuple[int, str, bool]]:
        """The scale: level, what it means for this question, and whether it is chosen."""
        rubric = {level.level: level.text for level in self.row.question.rubric.all()}
        for value in LEVELS:
            yield value, rubric.get(value, ""), str(value) == str(self.points.value())

    @property
    def state(self) -> str:
        if (
            self.stale
            or self.gaps
            or self.needs_comment
            or self.points.errors
            or self.comment.errors
            or self.note.errors
        ):
            return "wanting"
        if self.points.value() in (None, ""):
            return "begun" if self.comment.value() or self.note.value() else "empty"
        return "done"

    @property
    def needs_comment(self) -> bool:
        """Whether the points that stand here can't be handed in without a comment."""
        points = str(self.points.value() or "")
        if not points.isdecimal() or str(self.comment.value() or "").strip():
            return False
        return bool(reading.comment_reason(int(points), self.row.question.minimum, self.row.rating))

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing new to look at, and the advisor has given points before."""
        return not self.row.is_new and self.carried is not None

    @property
    def reasons_by_points(self) -> Iterator[tuple[int, str]]:
        """For each level that takes a comment, why."""
        for value in LEVELS:
            if why := reading.comment_reason(value, self.row.question.minimum, self.row.rating):
                yield value, why


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The advisor's own review: to write while it is a draft, to read together with the others' once it is in."""
    application = case_or_404(request, pk)
    user = person(request)
    if not permissions.can_read_as_advisor(user, application):
        return _not_yet(request, user, application)
    own = own_review(user, application)
    if own is None:
        raise Http404
    if request.method == "POST":
        return _save(request, user, application, own)
    if permissions.can_review(user, own):
        form = ReviewForm(initial=ReviewForm.initial_of(own), questions=_questions(application))
        return _form_page(request, application, own, form)
    return _read_page(request, user, application, own)


def _not_yet(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """An advisor who has still to declare is led there; anyone else may not read."""
    assignment = permissions.assignment_of(user, application)
    if (
        assignment
        and assignment.has_conflict is None
        and request.method != "POST"
        and permissions.can_declare(user, assignment)
    ):
        return redirect(to("declare", application))
    raise PermissionDenied


def _questions(application: Application) -> list[Question]:
    return list(application.questionnaire.question_set.all())


def _save(request: HttpRequest, user: User, application: Application, own: Review) -> HttpResponse:
    form = ReviewForm(request.POST, questions=_questions(application))
    if request.POST.get("submission") != str(own.submission.number):
        # What was typed is about an older version; it is shown beside the new one, to be saved there.
        newer = _(
            "The applicant has handed in a newer version. Nothing is saved yet: compare and save again."
        )
        return _form_page(request, application, own, form, error=newer)
    if not form.is_valid():
        return _form_page(request, application, own, form)
    try:
        return redirect(to(_keep(request, user, application, own, form), application))
    except workflow.StaleReview as stale:
        return _form_page(request, application, own, form, error=str(stale), stale=stale)
    except doors.NotReady as refused:
        # The draft is saved; only handing it in was refused.
        gaps = reading.review_gaps(own)
        return _form_page(request, application, own, form, error=str(refused), gaps=gaps)
    except doors.WorkflowError as refused:
        own.refresh_from_db()
        if own.submitted_at and form.says_the_same_as(own):
            return redirect(to("review", application))
        return _form_page(request, application, own, form, error=str(refused))


def _keep(request: HttpRequest, user: User, application: Application, own: Review, form: ReviewForm) -> str:
    """Save the draft, and hand it in where that is asked for. Gives the page to go to."""
    workflow.save_review(application, own, user, form.judgements(), form.cleaned_data["summary"], form.seen())
    then = request.POST.get("then")
    if then == "submit":
        workflow.submit_review(application, own, user)
        messages.success(request, _("Thank you. Your review is in."))
        return "review"
    messages.success(request, _("The draft is saved."))
    return "completion" if then == "completion" else "review"


def _form_page(
    request: HttpRequest,
    application: Application,
    own: Review,
    form: ReviewForm,
    *,
    error: str = "",
    gaps: Mapping[int, Sequence[str]] | None = None,
    stale: workflow.StaleReview | None = None,
) -> HttpResponse:
    rows = [
        _judged(row, form, (gaps or {}).get(row.number, ()), stale)
        for row in content.rows(application, own.submission)
    ]
    is_second_look = own.submission.number > 1 and any(judged.row.is_new for judged in rows)
    if is_second_look:
        given = _given_last_time(own)
        rows = [replace(one, carried=None if one.row.is_new else given.get(one.row.number)) for one in rows]
        # What is new first, then what was never judged, last what stands.
        rows.sort(key=lambda judged: (judged.is_settled, not judged.row.is_new))
    rows = [_placed(rows, place) for place in range(len(rows))]
    context: dict[str, Any] = {
        "title": _("Review of %(application)s") % {"application": application},
        "application": application,
        "with_us": days_with_us(application),
        "review": own,
        "parties": reading.submitted_parties(own.submission),
        "renewed": own.submission.content.get("recommendations", []),
        "form": form,
        "rows": rows,
        "first": [judged for judged in rows if not judged.is_settled],
        "unchanged": [judged for judged in rows if judged.is_settled],
        "former": content.renewed_decision(application),
        "error": error,
        "has_gaps": bool(gaps),
        "stale_summary": stale.summary if stale else None,
        "seen_summary": own.revision if stale else form["seen_summary"].value(),
        "may_request_completion": permissions.can_request_completion(person(request), application),
    }
    return page(request, "review", context)


def _given_last_time(own: Review) -> Mapping[int, int | None]:
    """The points of the advisor's review of an earlier version, by the question's number."""
    earlier = own.assignment.review_set.filter(submission__number__lt=own.submission.number)
    last = earlier.order_by("-submission__number").prefetch_related("scores__question").first()
    return {score.question.number: score.points for score in last.scores.all()} if last else {}


def _placed(rows: Sequence[Judged], place: int) -> Judged:
    """The question with its neighbours on the page."""
    return replace(
        rows[place],
        preceding=rows[place - 1].row.number if place else None,
        following=rows[place + 1].row.number if place + 1 < len(rows) else None,
    )


def _judged(
    row: content.Row, form: ReviewForm, gaps: Sequence[str], stale: workflow.StaleReview | None
) -> Judged:
    points, comment, note, seen = (
        form[f"{name}_{row.number}"] for name in ("points", "comment", "note", "seen")
    )
    saved = stale.scores.get(row.number) if stale else None
    comparison = Comparison.of_form(saved, form, row.number) if saved else None
    return Judged(row, points, comment, note, seen, gaps, comparison)


def _talks(own: Review) -> list[Talk]:
    """The talks on what was reviewed, for whose own review is in."""
    if not own.submitted_at:
        return []
    return list(own.submission.talk_set.select_related("asked_by", "recorded_by"))


def _read_page(request: HttpRequest, user: User, application: Application, own: Review) -> HttpResponse:
    others = list(content.with_scores(Review.objects.counting(own.submission)).exclude(pk=own.pk))
    mine = list(content.with_scores(Review.objects.filter(pk=own.pk)))
    # Whether the others' are open doesn't hang on which of them it is: it is asked once, of the first.
    are_open = any(permissions.can_see_review(user, review) for review in others[:1])
    reviews = [*mine, *others] if are_open else mine
    opinions = content.opinions(reviews)
    points = [
        {score.question.number: score.points or 0 for score in one.scores.all()}
        for one in reviews
        if one.submitted_at
    ]
    context = {
        "title": _("Review of %(application)s") % {"application": application},
        "application": application,
        "review": own,
        "renewed": own.submission.content.get("recommendations", []),
        "reviews": reviews,
        "talks": _talks(own),
        "disputed": scoring.disagreements(points),
        "is_split": scoring.is_split(
            reading.criteria_of(application), application.questionnaire.pass_percent, points
        ),
        "rows": [(row, opinions.get(row.number, [])) for row in content.rows(application, own.submission)],
        "notes": [(score.question.number, score.note) for score in mine[0].scores.all() if score.note],
        "waits_for_applicant": application.state == Status.COMPLETION_REQUESTED,
    }
    return page(request, "review_read", context)

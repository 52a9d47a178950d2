"""What the review page asks for by itself while an advisor writes: to save, and who else is there. The page reads the
header QM-Why where the status doesn't tell enough."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import clock, doors, permissions, workflow
from applications.models import Application, Question, Review, ReviewPresence
from applications.review_forms import JudgementForm, SummaryForm
from members.models import User

from .cases import case_or_404, own_review, person, require
from .comparison import Comparison

STATUS = {doors.NotAllowed: 403, doors.NotReady: 422, doors.TooLate: 409}


@require_POST
def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what has been typed on one question, or as the overall comment (`part` 0). Answers with the revision that
    is saved now and when; with both texts (409, QM-Why: stale) where another window was there first; else with a
    sentence that says why not."""
    application = case_or_404(request, pk)
    user = person(request)
    require(permissions.can_read_as_advisor(user, application))
    own = own_review(user, application)
    if own is None:
        raise Http404
    if request.POST.get("submission") != str(own.submission.number):
        newer = _("The applicant has handed in a newer version. Load the page again to review that one.")
        return _said(409, newer, why="newer")
    try:
        if request.POST.get("part") == "0":
            return _save_summary(request, user, application, own)
        return _save_judgement(request, user, application, own)
    except doors.WorkflowError as refused:
        return _said(STATUS.get(type(refused), 409), str(refused))


def _save_judgement(request: HttpRequest, user: User, application: Application, own: Review) -> HttpResponse:
    number = request.POST.get("part", "")
    questions = Question.objects.filter(questionnaire=application.questionnaire_id)
    question = questions.filter(number=int(number)).first() if _is_number(number) else None
    if question is None:
        return _said(404, _("There is no such question in the review."))
    form = JudgementForm(request.POST)
    if "comment" not in request.POST or not form.is_valid():
        return _said(422, _sentences(form) or _("There was nothing to save."))
    judgement = form.judgement()
    before = JudgementForm(request.POST, prefix="sent")
    sent = before.judgement() if "sent-comment" in request.POST and before.is_valid() else None
    try:
        score = workflow.save_judgement(
            application, own, user, question, judgement, _seen(form.cleaned_data["seen"]), sent
        )
    except workflow.StaleReview as stale:
        comparison = Comparison.of(question.number, stale.scores[question.number], judgement)
        return _stale(request, {"comparison": comparison})
    return _saved(score.revision)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


def _save_summary(request: HttpRequest, user: User, application: Application, own: Review) -> HttpResponse:
    form = SummaryForm(request.POST)
    if "summary" not in request.POST or not form.is_valid():
        return _said(422, _sentences(form) or _("There was nothing to save."))
    data = form.cleaned_data
    try:
        review = workflow.save_summary(
            application, own, user, data["summary"], _seen(data["seen"]), request.POST.get("sent-summary")
        )
    except workflow.StaleReview as stale:
        own.refresh_from_db(fields=["revision"])
        context = {"summary": stale.summary, "mine": data["summary"], "revision": own.revision}
        return _stale(request, context)
    return _saved(review.revision)


def _seen(revision: int | None) -> int:
    """No known revision (an interrupted visit) is older than any."""
    return -1 if revision is None else revision


def _sentences(form: JudgementForm | SummaryForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _saved(revision: int) -> HttpResponse:
    words = _("Saved %(when)s") % {"when": time_format(timezone.localtime(clock.now()), "H:i")}
    return JsonResponse({"revision": revision, "saved": words})


def _stale(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, "admin/applications/parts/comparison.html", context, status=409)
    response["QM-Why"] = "stale"
    return response


def _said(status: int, sentence: str, why: str = "") -> HttpResponse:
    headers = {"QM-Why": why} if why else {}
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8", headers=headers)


@require_POST
def presence(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the person has the review open, and tell who else has. 204 where that is what the page says
    already, so that no screen reader says it again."""
    application = case_or_404(request, pk)
    user = person(request)
    require(permissions.can_read_as_advisor(user, application))
    now = clock.now()
    ReviewPresence.objects.bulk_create(
        [ReviewPresence(application=application, user=user, seen_at=now)],
        update_conflicts=True,
        unique_fields=["application", "user"],
        update_fields=["seen_at"],
    )
    here = ReviewPresence.objects.filter(application=application, seen_at__gt=now - ReviewPresence.FRESH)
    here = here.exclude(user=user).select_related("user")
    others = sorted(str(one.user) for one in here if permissions.can_read_as_advisor(one.user, application))
    heard = "|".join(others)
    if request.POST.get("heard") == heard:
        return HttpResponse(status=204)
    context = {"others": others, "heard": heard}
    return render(request, "admin/applications/parts/reviewing.html", context)

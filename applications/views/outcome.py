"""What came of it: the decision with its reasons and feedback, and the certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from applications import permissions, reading
from applications.models import Application, Certificate, Decision, Question, Review

from . import appeal
from .access import SignedIn, file_missing, own


@dataclass(frozen=True)
class Feedback:
    """What the advisors together say of one question. `points` is their mean, 0 to 4. The comments are in the
    order of their text, so that the order doesn't tell who wrote which."""

    question: Question
    points: Decimal
    rating: int | None
    comments: list[str]


@login_required
@require_safe
def decision(request: SignedIn, reference: str) -> HttpResponse:
    """The outcome, the reasons, and the feedback on each question."""
    application = own(request, reference)
    made = application.decision_set.select_related("submission").order_by("-round").first()
    if made is None:
        raise Http404
    reviews = list(reading.reviews_behind(made))
    context = {
        "application": application,
        "decision": made,
        "is_set_aside": not application.state.is_decided,
        "recommendations": made.recommendations.all(),
        "feedback": _feedback(application, made, reviews),
        "summaries": sorted(review.summary for review in reviews if review.summary),
        "certificate": Certificate.objects.filter(decision=made).first(),
        **appeal.about(request.user, application, made),
    }
    return render(request, "applications/decision.html", context)


def _feedback(application: Application, made: Decision, reviews: list[Review]) -> list[Feedback]:
    means = reading.result_of(application, reviews).points
    ratings = {part["number"]: part["rating"] for part in made.submission.content["questions"]}
    comments: dict[int, list[str]] = {}
    for review in reviews:
        for score in review.scores.exclude(comment=""):
            comments.setdefault(score.question_id, []).append(score.comment)
    return [
        Feedback(
            question,
            means.get(question.number, Decimal(0)),
            ratings.get(question.number),
            sorted(comments.get(question.pk, [])),
        )
        for question in application.questionnaire.question_set.all()
    ]


@login_required
@require_safe
def certificate(request: SignedIn, reference: str) -> HttpResponseBase:
    """The certificate's PDF, the same bytes for everyone and for ever. It is sent whatever its standing: what
    stands today is told at the address printed on it."""
    found = get_object_or_404(
        Certificate.objects.select_related("decision__application__organisation"),
        decision__application__reference=reference,
    )
    if not permissions.can_download(request.user, found):
        raise Http404
    application = found.decision.application
    if not found.document:
        context = {"application": application}
        return render(request, "applications/certificate_pending.html", context, status=404)
    etag = quote_etag(found.sha256)
    try:
        response = get_conditional_response(request, etag=etag) or _document(found)
    except FileNotFoundError:
        return file_missing(request, application, found.number)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _document(found: Certificate) -> HttpResponseBase:
    """The PDF as an attachment, named in ASCII and, for browsers that read it, with the town's own letters."""
    town = "-".join(re.findall(r"\w+", found.area))
    plain, own_letters = (
        f"Quality-Mark-{name}-{found.number}.pdf" for name in (slugify(town).title() or "certificate", town)
    )
    response = FileResponse(found.document.open("rb"), content_type="application/pdf")
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(own_letters)}"
    )
    return response

"""What the records of a case say, read and not changed: what is still wanting before it can move on, what a
submission will hold, what the reviews come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from . import scoring
from .models import Answer, Application, Certificate, Decision, Question, Review, Status


@dataclass(frozen=True)
class Gap:
    """Something wanting before an application can be submitted. `question` is its number, or 0 for the facts
    about the application."""

    question: int
    message: str


# --- The applicant's part ---------------------------------------------------------------------------------
def is_unlocked(application: Application, question: Question) -> bool:
    """Whether the applicant may change this answer: any in a draft, the named ones in a completion."""
    if application.state == Status.DRAFT:
        return True
    request = application.open_completion
    return request is not None and request.points.filter(question=question).exists()


def gaps(application: Application) -> list[Gap]:
    """What is wanting before the application can be submitted, in the order of the task list."""
    found = []
    if not application.spokesperson.strip():
        found.append(Gap(0, _("Say who speaks for the application.")))
    answers = {answer.question_id: answer for answer in application.answer_set.all()}
    attached = set(application.evidence.present().values_list("question_id", flat=True))
    points = {}
    if request := application.open_completion:
        points = {point.question_id: point for point in request.points.all()}
    for question in application.questionnaire.question_set.all():
        answer = answers.get(question.pk)
        found += [Gap(question.number, message) for message in answer_gaps(question, answer, attached)]
        point = points.get(question.pk)
        if point and not point.answered_at:
            found.append(Gap(question.number, _("Complete what the advisor asks for.")))
    return found


def answer_gaps(question: Question, answer: Answer | None, attached: Iterable[int]) -> list[str]:
    """What one answer still wants. `attached` holds the keys of the questions that have evidence."""
    messages = []
    if answer is None or not answer.text.strip():
        messages.append(_("Write an answer."))
    elif len(answer.text.split()) > question.max_words:
        messages.append(_("Shorten the answer to at most %(number)s words.") % {"number": question.max_words})
    if answer is None or answer.rating is None:
        messages.append(_("Choose your self-rating."))
    if question.evidence_required and question.pk not in attached:
        messages.append(_("Attach at least one piece of evidence."))
    return messages


def snapshot(application: Application) -> dict[str, Any]:
    """The application as it stands, in both languages where there are two, ready to be frozen."""
    answers = {answer.question_id: answer for answer in application.answer_set.all()}
    files: dict[int, list[dict[str, Any]]] = {}
    for item in application.evidence.present():
        files.setdefault(item.question_id, []).append(
            {
                "uuid": str(item.pk),
                "name": item.name,
                "content_type": item.content_type,
                "size": item.size,
                "sha256": item.sha256,
            }
        )
    return {
        "reference": application.reference,
        "organisation": application.organisation.name,
        "holder": application.holder,
        "area": application.area,
        "spokesperson": application.spokesperson,
        "spokesperson_title": application.spokesperson_title,
        "questionnaire": application.questionnaire.version,
        "questions": [
            {
                "number": question.number,
                "text": {"sv": question.text_sv, "en": question.text_en},
                "answer": answers[question.pk].text,
                "rating": answers[question.pk].rating,
                "evidence": files.get(question.pk, []),
            }
            for question in application.questionnaire.question_set.all()
        ],
    }


# --- The advisors' part -----------------------------------------------------------------------------------
def review_gaps(review: Review) -> dict[int, list[str]]:
    """What the review still wants before it can be submitted, by question number."""
    scores = {score.question_id: score for score in review.scores.all()}
    ratings = {part["number"]: part["rating"] for part in review.submission.content["questions"]}
    found: dict[int, list[str]] = {}
    for question in review.assignment.application.questionnaire.question_set.all():
        score = scores.get(question.pk)
        if score is None or score.points is None:
            found.setdefault(question.number, []).append(_("Choose points."))
        elif not score.comment.strip():
            if score.points < question.minimum:
                found.setdefault(question.number, []).append(
                    _("Write a comment: the points are below the minimum.")
                )
            elif abs(score.points - ratings[question.number]) >= 2:
                found.setdefault(question.number, []).append(
                    _("Write a comment: the points differ much from the self-rating.")
                )
    return found


def points_of(review: Review) -> dict[int, int]:
    """The points of a submitted review by question number."""
    return {score.question.number: score.points or 0 for score in review.scores.select_related("question")}


def result_of(application: Application, reviews: Iterable[Review]) -> scoring.Result:
    """What `reviews` come to under the application's own rules."""
    criteria = [
        scoring.Criterion(question.number, question.weight, question.minimum)
        for question in application.questionnaire.question_set.all()
    ]
    return scoring.judge(
        criteria, application.questionnaire.pass_percent, [points_of(review) for review in reviews]
    )


# --- What is frozen, as it is hashed into the log -----------------------------------------------------------
def review_content(review: Review) -> dict[str, Any]:
    """A review as it was handed in."""
    scores = review.scores.select_related("question").order_by("question__number")
    return {
        "advisor": review.assignment.advisor_id,
        "summary": review.summary,
        "scores": [[score.question.number, score.points, score.comment] for score in scores],
    }


def decision_content(decision: Decision) -> dict[str, Any]:
    """A decision as it was made."""
    return {
        "round": decision.round,
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "override_reason": decision.override_reason,
        "percent": f"{decision.percent:.2f}",
        "meets_rule": decision.meets_rule,
        "decided_by": decision.decided_by_id,
    }


def certificate_content(certificate: Certificate) -> dict[str, Any]:
    """What a certificate states."""
    return {
        "number": certificate.number,
        "code": certificate.code,
        "holder": certificate.holder,
        "area": certificate.area,
        "issued_on": certificate.issued_on.isoformat(),
        "valid_through": certificate.valid_through.isoformat(),
    }

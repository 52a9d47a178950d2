"""What the advisors together say of an application, once it is decided: never who said what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from . import reading
from .models import Decision, Question


@dataclass(frozen=True)
class Feedback:
    """What the advisors together say of one question. `points` is their mean, 0 to 4. The comments are in the
    order of their text, so that the order doesn't tell who wrote which."""

    question: Question
    points: Decimal
    rating: int | None
    comments: Sequence[str]

    @property
    def is_below(self) -> bool:
        return self.points < self.question.minimum


def of(made: Decision) -> tuple[list[Feedback], list[str]]:
    """The feedback on each question, and the overall comments, of the reviews that the decision rested on."""
    reviews = list(reading.reviews_behind(made).prefetch_related("scores__question"))
    means = reading.result_of(made.application, reviews).points
    ratings = {part["number"]: part["rating"] for part in made.submission.content["questions"]}
    comments: dict[int, list[str]] = {}
    for review in reviews:
        for score in review.scores.all():
            if score.comment:
                comments.setdefault(score.question_id, []).append(score.comment)
    on_questions = [
        Feedback(
            question,
            means.get(question.number, Decimal(0)),
            ratings.get(question.number),
            sorted(comments.get(question.pk, [])),
        )
        for question in made.application.questionnaire.question_set.all()
    ]
    return on_questions, sorted(review.summary for review in reviews if review.summary)

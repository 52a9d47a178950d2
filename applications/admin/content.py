"""What was handed in, question by question, as reviewers and deciders read it: the frozen submission, never
the answers that the applicant may be changing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from applications import differences, reading
from applications.models import (
    Application,
    CompletionPoint,
    Decision,
    Evidence,
    Question,
    Review,
    Submission,
)


@dataclass(frozen=True)
class File:
    """A piece of evidence. `view` is empty for what a browser can't show in place."""

    name: str
    description: str
    size: int
    is_image: bool
    download: str
    view: str


@dataclass(frozen=True)
class LastTime:
    """What was answered and given for a question when the certificate that is renewed was given. `points` is the
    advisors' mean. `answer` and `now` mark what only one of the two answers has."""

    answer: list[differences.Part]
    now: list[differences.Part]
    rating: int | None
    points: Decimal | None


@dataclass(frozen=True)
class Row:
    """One question with what was handed in on it. `earlier` is the former answer where it was changed since the
    submission before, with `marks` and `earlier_marks` for what only one of them has; `has_new_files` whether
    evidence was changed; `rating_before` the former self-rating where that was; `asked` is what
    advisors wanted completed."""

    question: Question
    text: str
    answer: str
    rating: int | None
    files: list[File]
    earlier: str
    marks: list[differences.Part]
    earlier_marks: list[differences.Part]
    has_new_files: bool
    rating_before: int | None
    asked: str
    last_time: LastTime | None = None

    @property
    def number(self) -> int:
        return self.question.number

    @property
    def is_changed(self) -> bool:
        return bool(self.earlier) or self.has_new_files or self.rating_before is not None

    @property
    def is_new(self) -> bool:
        """Whether there is something to look at again: it was changed, or was asked for."""
        return self.is_changed or bool(self.asked)


def rows(application: Application, submission: Submission) -> list[Row]:
    """The questions of `submission` in order, each with its rubric at hand."""
    parts = _parts(submission)
    former = _parts(application.submission_set.filter(number=submission.number - 1).first())
    asked = dict(
        CompletionPoint.objects.filter(request__answered_by=submission).values_list("question_id", "text")
    )
    last = _last_time(application)
    return [
        _row(
            application,
            question,
            parts[question.number],
            former.get(question.number),
            asked,
            last.get(question.number),
        )
        for question in application.questionnaire.question_set.prefetch_related("rubric")
    ]


@dataclass(frozen=True)
class _Former:
    part: dict[str, Any]
    points: Decimal | None


def _last_time(application: Application) -> dict[int, _Former]:
    """What was handed in, and what it was given, when the certificate that is renewed was given: by the number
    that a question has now."""
    made = renewed_decision(application)
    if made is None:
        return {}
    means = reading.result_of(made.application, with_scores(reading.reviews_behind(made))).points
    return {
        number: _Former(part, means.get(part["number"]))
        for number, part in reading.former_answers(application).items()
    }


def renewed_decision(application: Application) -> Decision | None:
    """The decision that gave the certificate which the application is to renew."""
    if not application.is_renewal:
        return None
    decisions = Decision.objects.select_related("submission", "application__questionnaire")
    return decisions.prefetch_related("recommendations").get(certificate=application.renews_id)


def _parts(submission: Submission | None) -> dict[int, dict[str, Any]]:
    return {part["number"]: part for part in submission.content["questions"]} if submission else {}


def _row(
    application: Application,
    question: Question,
    part: dict[str, Any],
    former: dict[str, Any] | None,
    asked: dict[int, str],
    last: _Former | None,
) -> Row:
    is_rewritten = former is not None and former["answer"] != part["answer"]
    earlier = former["answer"] if former and is_rewritten else ""
    marks, earlier_marks = differences.compare(part["answer"], earlier) if is_rewritten else ([], [])
    return Row(
        question=question,
        text=part["text"].get(get_language() or "sv") or part["text"]["sv"],
        answer=part["answer"],
        rating=part["rating"],
        files=[_file(application, item) for item in part["evidence"]],
        earlier=earlier,
        marks=marks,
        earlier_marks=earlier_marks,
        has_new_files=former is not None and former["evidence"] != part["evidence"],
        rating_before=former["rating"] if former and former["rating"] != part["rating"] else None,
        asked=asked.get(question.pk, ""),
        last_time=_beside_last(part, last) if last else None,
    )


def _beside_last(part: dict[str, Any], last: _Former) -> LastTime:
    now, then = differences.compare(part["answer"], last.part["answer"])
    return LastTime(answer=then, now=now, rating=last.part["rating"], points=last.points)


def _file(application: Application, item: dict[str, Any]) -> File:
    where = [application.reference, item["uuid"]]
    viewable = Evidence(content_type=item["content_type"]).is_viewable
    return File(
        name=item["name"],
        description=item.get("description", ""),
        size=item["size"],
        is_image=item["content_type"].startswith("image/"),
        download=reverse("evidence", args=where),
        view=reverse("evidence_in_place", args=where) if viewable else "",
    )


@dataclass(frozen=True)
class Opinion:
    """What one advisor thinks of one question."""

    advisor: str
    points: int | None
    comment: str


def opinions(reviews: Iterable[Review]) -> dict[int, list[Opinion]]:
    """What `reviews` say, by question number and in their order. Needs `scores__question` at hand."""
    found: dict[int, list[Opinion]] = {}
    for review in reviews:
        for score in review.scores.all():
            found.setdefault(score.question.number, []).append(
                Opinion(str(review.assignment.advisor), score.points, score.comment)
            )
    return found


def with_scores(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """The reviews with all that `opinions` needs."""
    return reviews.select_related("assignment__advisor", "assignment__application").prefetch_related(
        "scores__question"
    )

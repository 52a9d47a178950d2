"""The geometry of the plots of points, in the units of their drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import template

from applications.feedback import Feedback
from applications.scoring import TOP, SelfAssessment, SelfRating

register = template.Library()

STEP, LEFT, BASE, WIDTH = 28, 28, 124, 320


@dataclass(frozen=True)
class Column:
    """One question's rating, as a column that stands on the base line."""

    rating: SelfRating
    left: int
    width: int

    @property
    def middle(self) -> int:
        return self.left + self.width // 2

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def height(self) -> int:
        # No points are a thin line, to be told from no rating.
        return STEP * self.rating.rating or 2 if self.rating.rating is not None else 0

    @property
    def top(self) -> int:
        return BASE - self.height

    @property
    def minimum(self) -> int:
        return BASE - STEP * self.rating.minimum


@register.filter
def columns(assessment: SelfAssessment) -> list[Column]:
    """A column for each question, side by side over the drawing's width."""
    pitch = (WIDTH - LEFT) // max(len(assessment.ratings), 1)
    width = min(pitch * 3 // 5, 60)
    return [
        Column(rating, LEFT + pitch * place + (pitch - width) // 2, width)
        for place, rating in enumerate(assessment.ratings)
    ]


@dataclass(frozen=True)
class Pair:
    """One question's self-rating and beside it the mean of the advisors' points, as two columns of one width."""

    item: Feedback
    left: int
    width: int

    @property
    def middle(self) -> int:
        return self.left + self.width

    @property
    def right(self) -> int:
        return self.left + 2 * self.width

    @property
    def rating_height(self) -> int:
        return STEP * self.item.rating or 2 if self.item.rating is not None else 0

    @property
    def rating_top(self) -> int:
        return BASE - self.rating_height

    @property
    def points_height(self) -> int:
        return round(STEP * self.item.points) or 2

    @property
    def points_top(self) -> int:
        return BASE - self.points_height

    @property
    def minimum(self) -> int:
        return BASE - STEP * self.item.question.minimum


@register.filter
def pairs(feedback: Sequence[Feedback]) -> list[Pair]:
    """A pair of columns for each question, side by side over the drawing's width."""
    pitch = (WIDTH - LEFT) // max(len(feedback), 1)
    width = max(min(pitch * 3 // 10, 24), 2)
    return [
        Pair(item, LEFT + pitch * place + (pitch - 2 * width) // 2, width)
        for place, item in enumerate(feedback)
    ]


@register.simple_tag
def gridlines() -> list[tuple[int, int]]:
    """The levels of the scale, each with where its line is."""
    return [(level, BASE - STEP * level) for level in range(TOP + 1)]

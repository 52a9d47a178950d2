"""The geometry of the self-assessment's plot, in the units of its drawing."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

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


@register.simple_tag
def gridlines() -> list[tuple[int, int]]:
    """The levels of the scale, each with where its line is."""
    return [(level, BASE - STEP * level) for level in range(TOP + 1)]

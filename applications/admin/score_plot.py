"""Scores against the rule as a picture: the geometry, in the units of its drawing. Coordinates are whole numbers, which
read the same in every language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from applications.scoring import TOP

if TYPE_CHECKING:
    from .decision import Weighed

STEP, LEFT, BASE = 40, 36, 184
PITCH = 104
BAR = 26
SHARE_WIDTH = 520


@dataclass(frozen=True)
class Dot:
    """One advisor's points."""

    x: int
    y: int
    name: str
    points: int


@dataclass(frozen=True)
class Column:
    """A question: the self-rating and the advisors' mean as bars, the minimum as a line, each advisor as a dot."""

    number: int
    heading: str
    rating: int | None
    mean: Decimal
    minimum: int
    left: int
    dots: Sequence[Dot]
    is_below: bool

    @property
    def middle(self) -> int:
        return self.left + BAR + 4

    @property
    def mean_left(self) -> int:
        return self.left + BAR + 8

    @property
    def right(self) -> int:
        return self.mean_left + BAR

    @property
    def rating_top(self) -> int:
        return BASE - STEP * (self.rating or 0)

    @property
    def rating_height(self) -> int:
        return BASE - self.rating_top or 2

    @property
    def mean_top(self) -> int:
        return BASE - int(STEP * self.mean)

    @property
    def mean_height(self) -> int:
        return BASE - self.mean_top or 2

    @property
    def minimum_y(self) -> int:
        return BASE - STEP * self.minimum


@dataclass(frozen=True)
class ScorePlot:
    """All questions side by side, and the share of the weighted points on a line of its own."""

    columns: Sequence[Column]
    percent: Decimal
    pass_percent: int
    bar: int = BAR
    base: int = BASE

    @classmethod
    def of(cls, rows: Sequence[Weighed], pass_percent: int, percent: Decimal) -> ScorePlot:
        columns = []
        for place, weighed in enumerate(rows):
            left = LEFT + 16 + PITCH * place
            dots = [
                Dot(left + BAR + 8 + BAR // 2, BASE - STEP * opinion.points, opinion.advisor, opinion.points)
                for opinion in weighed.opinions
                if opinion.points is not None
            ]
            question = weighed.row.question
            columns.append(
                Column(
                    question.number,
                    question.heading,
                    weighed.row.rating,
                    weighed.mean,
                    question.minimum,
                    left,
                    _apart(dots),
                    weighed.is_below_minimum,
                )
            )
        return cls(columns, percent, pass_percent)

    @property
    def width(self) -> int:
        return LEFT + 8 + PITCH * len(self.columns)

    @property
    def levels(self) -> list[tuple[int, int]]:
        """The levels of the scale, each with where its line is."""
        return [(level, BASE - STEP * level) for level in range(TOP + 1)]

    @property
    def share_x(self) -> int:
        """How far the share reaches on its line."""
        return int(SHARE_WIDTH * self.percent / 100)

    @property
    def pass_x(self) -> int:
        """Where on that line the rule is met."""
        return SHARE_WIDTH * self.pass_percent // 100


def _apart(dots: Sequence[Dot]) -> list[Dot]:
    """Dots with the same points beside each other instead of behind."""
    placed: list[Dot] = []
    for dot in dots:
        beside = sum(other.y == dot.y for other in placed)
        placed.append(Dot(dot.x + beside * 9 - (4 if len(dots) > 1 else 0), dot.y, dot.name, dot.points))
    return placed

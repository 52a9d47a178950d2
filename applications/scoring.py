"""The arithmetic of a case: shares, minimum, pass rule, disagreement. Pure functions, no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TOP = 4
"""The highest level of the scale."""


@dataclass(frozen=True)
class Criterion:
    """One question as the rule sees it: `minimum` is on the scale 0 to 4."""

    number: int
    weight: Decimal
    minimum: int


@dataclass(frozen=True)
class Result:
    """What a set of points comes to. `points` has the mean per question number, `percent` is 0.00 to 100.00."""

    points: Mapping[int, Decimal]
    percent: Decimal
    below_minimum: tuple[int, ...]
    pass_percent: int

    @property
    def reaches_share(self) -> bool:
        return self.percent >= self.pass_percent

    @property
    def meets_rule(self) -> bool:
        """Enough in all, and enough on every question."""
        return self.reaches_share and not self.below_minimum


def mean_points(reviews: Sequence[Mapping[int, int]]) -> dict[int, Decimal]:
    """The mean of the points per question number. Each review must have the same questions."""
    if not reviews:
        return {}
    return {number: Decimal(sum(r[number] for r in reviews)) / len(reviews) for number in reviews[0]}


def judge(criteria: Sequence[Criterion], pass_percent: int, reviews: Sequence[Mapping[int, int]]) -> Result:
    """The result of `reviews` (question number to points, 0 to 4). With no review everything is zero."""
    points = mean_points(reviews)
    whole = sum((c.weight for c in criteria), Decimal(0)) * TOP
    got = sum((c.weight * points.get(c.number, Decimal(0)) for c in criteria), Decimal(0))
    exact = got * 100 / whole if whole else Decimal(0)
    return Result(
        points=points,
        # Rounded for keeping; 59.995 would round up to a pass, which is in the applicant's favour.
        percent=exact.quantize(Decimal("0.01"), ROUND_HALF_UP),
        below_minimum=tuple(c.number for c in criteria if points.get(c.number, Decimal(0)) < c.minimum),
        pass_percent=pass_percent,
    )


def disagreements(reviews: Sequence[Mapping[int, int]], apart: int = 2) -> tuple[int, ...]:
    """The numbers of the questions on which two reviews differ by `apart` points or more."""
    if not reviews:
        return ()
    return tuple(
        number
        for number in reviews[0]
        if max(r[number] for r in reviews) - min(r[number] for r in reviews) >= apart
    )


def is_split(criteria: Sequence[Criterion], pass_percent: int, reviews: Sequence[Mapping[int, int]]) -> bool:
    """Whether by one review alone the rule is met, and by another it isn't."""
    return len({judge(criteria, pass_percent, [review]).meets_rule for review in reviews}) > 1


# --- The applicant's own rating ----------------------------------------------------------------------------
@dataclass(frozen=True)
class SelfRating:
    """How the applicant rates itself on one question; None where it hasn't yet."""

    number: int
    heading: str
    rating: int | None
    weight: Decimal
    minimum: int

    @property
    def is_below(self) -> bool:
        """Rated, and under what the question takes."""
        return self.rating is not None and self.rating < self.minimum


@dataclass(frozen=True)
class SelfAssessment:
    """What the self-ratings come to so far. A question that isn't rated yet counts as no points in `percent`,
    and is neither above nor below its minimum."""

    ratings: tuple[SelfRating, ...]
    pass_percent: int

    @property
    def result(self) -> Result:
        criteria = [Criterion(one.number, one.weight, one.minimum) for one in self.ratings]
        return judge(criteria, self.pass_percent, [{one.number: one.rating or 0 for one in self.ratings}])

    @property
    def percent(self) -> Decimal:
        """The share of the weighted points, 0.00 to 100.00."""
        return self.result.percent

    @property
    def rated(self) -> int:
        """How many questions are rated."""
        return sum(one.rating is not None for one in self.ratings)

    @property
    def below(self) -> tuple[SelfRating, ...]:
        return tuple(one for one in self.ratings if one.is_below)

    @property
    def unrated(self) -> tuple[SelfRating, ...]:
        return tuple(one for one in self.ratings if one.rating is None)

    @property
    def meets_rule(self) -> bool:
        """Whether it would be approved if the advisors judged as the applicant does."""
        return not self.unrated and self.result.meets_rule

"""How the advisors' points compare: mean and spread by question and by advisor, and how far they agree. Reckoned from
the counts of `count_comparison`, whose rows are few however many cases there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db.models import Count, F, Q, QuerySet, Sum

from . import agreement, figures
from .agreement import LEAST, Agreement
from .models import Level, Score

Row = dict[str, Any]


# --- Counted by the database -------------------------------------------------------------------------------
class Comparison(TypedDict):
    """Counts from which means, spreads and agreement are reckoned, by year and question; see the functions."""

    points: list[Row]
    patterns: list[Row]
    pairs: list[Row]


def comparison(questionnaire: int, since: int, until: int) -> QuerySet[Score]:
    """The scores of the questionnaire in cases decided in the years `since` to `until`."""
    return figures.counted_scores().filter(
        question__questionnaire=questionnaire,
        review__submission__decision__decided_at__year__gte=since,
        review__submission__decision__decided_at__year__lte=until,
    )


def count_comparison(questionnaire: int, since: int, until: int) -> Comparison:
    """All that a comparison rests on, as counts: no more rows than there are years, questions, advisors and levels,
    but for `patterns`, which is counted case by case and put together as it is read."""
    scores = comparison(questionnaire, since, until)
    return {
        "points": list(_by_advisor(scores)),
        "patterns": _patterns(scores),
        "pairs": list(_pairs(scores)),
    }


def _by_advisor(scores: QuerySet[Score]) -> QuerySet[Any, Any]:
    """Number, sum and sum of squares, from which any mean and spread can be put together."""
    return (
        scores.values(
            year=figures.YEAR_OF_SCORE, number=F("question__number"), advisor=F("review__assignment__advisor")
        )
        .annotate(count=Count("pk"), total=Sum("points"), squares=Sum(F("points") * F("points")))
        .order_by("year", "number", "advisor")
    )


def _patterns(scores: QuerySet[Score]) -> list[Row]:
    """How many advisors gave which points on one question of one case, and how often each such pattern is."""
    levels = [f"level_{level}" for level in Level.values]
    units = (
        scores.values("review__submission", year=figures.YEAR_OF_SCORE, number=F("question__number"))
        .annotate(
            **{name: Count("pk", filter=Q(points=level)) for level, name in enumerate(levels)},
        )
        .order_by()
        .values_list("year", "number", *levels)
    )
    found: dict[tuple[int, ...], int] = {}
    for unit in units.iterator(chunk_size=2000):
        found[unit] = found.get(unit, 0) + 1
    return [
        {"year": year, "number": number, "pattern": tuple(pattern), "count": count}
        for (year, number, *pattern), count in sorted(found.items())
    ]


def _pairs(scores: QuerySet[Score]) -> QuerySet[Any, Any]:
    """For each two advisors, how often they gave which points to the same question of the same case."""
    other = "review__submission__review"
    return (
        scores.filter(
            **{
                f"{other}__submitted_at__isnull": False,
                f"{other}__assignment__ended_at__isnull": True,
                f"{other}__assignment__has_conflict": False,
                f"{other}__assignment__advisor__gt": F("review__assignment__advisor"),
                f"{other}__scores__question": F("question"),
            }
        )
        .values(
            year=figures.YEAR_OF_SCORE,
            number=F("question__number"),
            first=F("review__assignment__advisor"),
            second=F(f"{other}__assignment__advisor"),
            first_points=F("points"),
            second_points=F(f"{other}__scores__points"),
        )
        .annotate(count=Count("pk"))
        .order_by("year", "number", "first", "second")
    )


# --- Reckoned from that ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Spread:
    """Points as their number, sum and sum of squares, which can be added up."""

    number: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.number + other.number, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float | None:
        return self.total / self.number if self.number else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation: how far from the mean the points lie, as a rule."""
        if not self.number:
            return None
        # In whole numbers up to here, so that equal points give exactly 0.
        return math.sqrt(self.number * self.squares - self.total**2) / self.number


@dataclass(frozen=True)
class Agreements:
    """Both measures over the same judgements."""

    alpha: Agreement
    kappa: Agreement


@dataclass(frozen=True)
class Calibration:
    """What the page shows. Keys are years, question numbers and advisors' primary keys."""

    numbers: list[int]
    overall: Agreements
    by_year: dict[int, Agreements]
    by_question: dict[int, Agreements]
    by_year_and_question: dict[tuple[int, int], Agreement]
    points: dict[tuple[int, int, int], Spread]
    """By year, question and advisor."""
    apart: dict[int, float]
    """How much more an advisor gives, on average, than others on the same questions of the same cases."""

    def spread(
        self, *, year: int | None = None, number: int | None = None, advisor: int | None = None
    ) -> Spread:
        """The points of those that are named, of all where none is."""
        return sum(
            (
                points
                for (a_year, a_number, an_advisor), points in self.points.items()
                if year in (None, a_year) and number in (None, a_number) and advisor in (None, an_advisor)
            ),
            Spread(),
        )


def calibration(questionnaire: int, since: int, until: int) -> Calibration:
    """How the points on the questionnaire compare in cases decided in the years `since` to `until`."""
    return figures.kept(
        f"calibration-{questionnaire}-{since}-{until}",
        lambda: reckon(count_comparison(questionnaire, since, until)),
    )


def reckon(counts: Comparison) -> Calibration:
    """The means, spreads and agreements that `counts` come to."""
    points, patterns, pairs = counts["points"], counts["patterns"], counts["pairs"]
    years = sorted({row["year"] for row in points})
    numbers = sorted({row["number"] for row in points})

    def agreements(keep: Callable[[Row], bool], questions: int) -> Agreements:
        # Of all questions together each case has several judgements: the least number is of cases all the same.
        least = LEAST * questions
        return Agreements(
            agreement.alpha(_pattern_table(filter(keep, patterns)), least),
            agreement.mean_kappa(_pair_tables(filter(keep, pairs)), least),
        )

    return Calibration(
        numbers=numbers,
        overall=agreements(lambda row: True, len(numbers)),
        by_year={
            year: agreements(lambda row, year=year: row["year"] == year, len(numbers))  # type: ignore[misc]
            for year in years
        },
        by_question={
            number: agreements(lambda row, number=number: row["number"] == number, 1)  # type: ignore[misc]
            for number in numbers
        },
        by_year_and_question={
            (year, number): agreement.alpha(
                _pattern_table(row for row in patterns if (row["year"], row["number"]) == (year, number))
            )
            for year in years
            for number in numbers
        },
        points={
            (row["year"], row["number"], row["advisor"]): Spread(row["count"], row["total"], row["squares"])
            for row in points
        },
        apart=_apart(pairs),
    )


def _pattern_table(rows: Iterable[Row]) -> dict[tuple[int, ...], int]:
    table: Counter[tuple[int, ...]] = Counter()
    for row in rows:
        table[row["pattern"]] += row["count"]
    return table


def _pair_tables(rows: Iterable[Row]) -> Iterable[dict[tuple[int, int], int]]:
    tables: dict[tuple[int, int], Counter[tuple[int, int]]] = {}
    for row in rows:
        table = tables.setdefault((row["first"], row["second"]), Counter())
        table[row["first_points"], row["second_points"]] += row["count"]
    return tables.values()


def _apart(pairs: Iterable[Row]) -> dict[int, float]:
    more: Counter[int] = Counter()
    times: Counter[int] = Counter()
    for row in pairs:
        difference = (row["first_points"] - row["second_points"]) * row["count"]
        more[row["first"]] += difference
        more[row["second"]] -= difference
        for advisor in (row["first"], row["second"]):
            times[advisor] += row["count"]
    return {advisor: more[advisor] / times[advisor] for advisor in times}

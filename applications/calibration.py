"""How the advisors' points compare: mean and spread by question and by advisor, and how far they agree. Reckoned from
the counts of `figures.count_comparison`, whose rows are few however many cases there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import agreement, figures
from .agreement import LEAST, Agreement

Row = dict[str, Any]


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
        lambda: reckon(figures.count_comparison(questionnaire, since, until)),
    )


def reckon(counts: figures.Comparison) -> Calibration:
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

"""What the pages of figures share: a plot with its table, the years that are looked at, numbers as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import HttpRequest
from django.utils.formats import number_format

from applications import clock
from applications.models import Question

from .plots import Plot

NOTHING = "–"
SHOWN = 10
"""How many years are shown until others are chosen."""


@dataclass(frozen=True)
class Table:
    """Figures in words: the first cell of each row is its heading."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """One thing to look at. Where there is no plot, `empty` says why."""

    name: str
    heading: str
    lead: str
    plot: Plot | None
    table: Table | None
    empty: str = ""
    unit: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    is_wide: bool = False


@dataclass(frozen=True)
class Span:
    """The years that are looked at, out of those there are."""

    all: list[int]
    since: int
    until: int

    @property
    def years(self) -> list[int]:
        return [year for year in self.all if self.since <= year <= self.until]

    @property
    def words(self) -> list[str]:
        return [str(year) for year in self.years]


def chosen(value: str | None, among: Iterable[int], default: int) -> int:
    """The number that the address names, if it is one of those there are."""
    return next((number for number in among if str(number) == value), default)


def span_of(request: HttpRequest, years: Iterable[int]) -> Span:
    """The years between the first and the last of `years` that the address asks for; the newest where it doesn't."""
    there = sorted(years) or [clock.today().year]
    every = list(range(there[0], there[-1] + 1))
    since = chosen(request.GET.get("from"), every, max(every[0], every[-1] - SHOWN + 1))
    until = chosen(request.GET.get("to"), every, every[-1])
    return Span(every, min(since, until), max(since, until))


def decimal(value: float | None, places: int = 1) -> str:
    """A number as the reader writes it, rounded; `number_format` alone would cut it off."""
    return NOTHING if value is None else number_format(Decimal(f"{value:.{places}f}"), places)


def share(part: int, whole: int) -> str:
    """A share in per cent; a dash of nothing."""
    return f"{decimal(part * 100 / whole, 0)} %" if whole else NOTHING


def headings(questionnaire: int) -> dict[int, str]:
    """The questions' short headings by number, in the reader's language."""
    questions = Question.objects.filter(questionnaire=questionnaire)
    return {question.number: question.heading for question in questions}

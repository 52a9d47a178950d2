"""The geometry of plots over years, in the units of their drawing. Pure functions and records: `plot.html` draws what
they say. Coordinates are whole numbers, which read the same in every language."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 560, 280
LEFT, RIGHT, TOP, BASE = 60, 510, 24, 236
LABEL_GAP = 22
"""How far apart the names at the ends of lines must be."""


@dataclass(frozen=True)
class Series:
    """What one line or one layer of columns shows: a value for each place along the axis, None where there is none.
    `mark` is the short name that stands in the plot."""

    name: str
    values: Sequence[float | None]
    mark: str = ""
    kind: int | None = None
    """Which colour and sign; without it, its place among the others."""


@dataclass(frozen=True)
class Tick:
    """A word beside an axis."""

    place: int
    word: str
    is_minor: bool = False


@dataclass(frozen=True)
class Line:
    """A series as a line with a sign at each value; `kind` numbers colour and sign."""

    name: str
    kind: int
    path: str
    signs: list[str]
    mark: str
    mark_x: int
    mark_y: int


@dataclass(frozen=True)
class Block:
    """A part of a column."""

    kind: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Range:
    """From the lowest to the highest, behind a line."""

    x: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Note:
    """A word above a column."""

    x: int
    y: int
    word: str


@dataclass(frozen=True)
class Plot:
    """Everything that a drawing holds."""

    ticks: list[Tick]
    levels: list[Tick]
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    legend: list[tuple[int, str, str, str]] = field(default_factory=list)
    """Kind, sign (on a square of 16), mark and name of each series."""


def steps(lowest: float, highest: float) -> list[float]:
    """Four to seven even levels from `lowest` (0 or below) to `highest` or a little above."""
    if highest <= lowest:
        highest = lowest + 1
    rough = (highest - lowest) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough - 1e-9)
    first = math.floor(lowest / step + 1e-9)
    last = math.ceil(highest / step - 1e-9)
    return [round(step * number, 6) for number in range(first, last + 1)]


def whole_steps(highest: float) -> list[float]:
    """As `steps` from 0, in whole numbers."""
    return [level for level in steps(0, max(highest, 4)) if level == int(level)]


def _across(number: int) -> list[int]:
    """The middle of each of `number` places along the axis."""
    pitch = (RIGHT - LEFT) / max(number, 1)
    return [round(LEFT + pitch * (place + 0.5)) for place in range(number)]


def _height(value: float, levels: Sequence[float]) -> int:
    return round(BASE - (value - levels[0]) / (levels[-1] - levels[0]) * (BASE - TOP))


def _frame(
    words: Sequence[str], levels: Sequence[float], level_words: Sequence[str]
) -> tuple[list[Tick], list[Tick]]:
    places = _across(len(words))
    often = math.ceil(len(words) / 6)
    """On a narrow screen there is room for about six words."""
    ticks = [
        Tick(x, word, is_minor=(len(words) - 1 - place) % often != 0)
        for place, (x, word) in enumerate(zip(places, words, strict=True))
        if word
    ]
    heights = [
        Tick(_height(level, levels), word) for level, word in zip(levels, level_words, strict=True) if word
    ]
    return ticks, heights


SIGNS = (
    "M{l} {y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
    "M{l} {t}h10v10h-10Z",
    "M{x} {tt}l6 6l-6 6l-6 -6Z",
    "M{x} {tt}l6 10h-12Z",
    "M{ll} {t}h12l-6 10Z",
    "M{n} {tt}h4v4h4v4h-4v4h-4v-4h-4v-4h4Z",
)


def sign(kind: int, x: int, y: int) -> str:
    """The drawing of the sign of a series, around (x, y)."""
    return SIGNS[kind % len(SIGNS)].format(x=x, y=y, l=x - 5, ll=x - 6, n=x - 2, t=y - 5, tt=y - 6)


def _path(points: Sequence[tuple[int, int] | None]) -> str:
    """A line through the points, broken where there is none."""
    parts, is_begun = [], False
    for point in points:
        if point is None:
            is_begun = False
            continue
        parts.append(f"{'L' if is_begun else 'M'}{point[0]} {point[1]}")
        is_begun = True
    return "".join(parts)


def spread_out(places: Sequence[int], gap: int = LABEL_GAP) -> list[int]:
    """The places moved apart, in their order, until each is `gap` from the next; as near as that allows."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    found = list(places)
    for before, after in itertools.pairwise(order):
        found[after] = max(found[after], found[before] + gap)
    over = max((found[order[-1]] - BASE) if order else 0, 0)
    for index in order:
        found[index] -= over
    return found


def lines(
    words: Sequence[str],
    series: Sequence[Series],
    levels: Sequence[float],
    level_words: Sequence[str],
    ranges: Sequence[tuple[float, float] | None] = (),
) -> Plot | None:
    """Lines over the places that `words` name; None where there is nothing to draw."""
    places = _across(len(words))
    drawn = []
    for kind, one in enumerate(series):
        points = [
            None if value is None else (x, _height(value, levels))
            for x, value in zip(places, one.values, strict=True)
        ]
        found = [point for point in points if point]
        if found:
            drawn.append((kind, one, points, found))
    if not drawn:
        return None
    ends = spread_out([found[-1][1] for _kind, _one, _points, found in drawn])
    ticks, heights = _frame(words, levels, level_words)
    made = [
        Line(
            name=one.name,
            kind=kind,
            path=_path(points),
            signs=[sign(kind, *point) for point in found],
            mark=one.mark,
            mark_x=max(found[-1][0] for *_rest, found in drawn) + 14,
            mark_y=end + 5,
        )
        for (kind, one, points, found), end in zip(drawn, ends, strict=True)
    ]
    bars = [
        Range(x, _height(pair[1], levels), _height(pair[0], levels))
        for x, pair in zip(places, ranges, strict=False)
        if pair
    ]
    legend = [(kind, sign(kind, 8, 8), one.mark, one.name) for kind, one, _points, _found in drawn]
    return Plot(ticks, heights, lines=made, ranges=bars, legend=legend if len(series) > 1 else [])


def columns(words: Sequence[str], series: Sequence[Series], notes: Sequence[str] = ()) -> Plot | None:
    """Columns of several layers over the places that `words` name; None where there is nothing to draw. `notes` stand
    above them."""
    sums = [sum(one.values[place] or 0 for one in series) for place in range(len(words))]
    if not any(sums):
        return None
    levels = whole_steps(max(sums))
    ticks, heights = _frame(words, levels, [f"{level:.0f}" for level in levels])
    places = _across(len(words))
    width = min(round((RIGHT - LEFT) / len(words) * 0.6), 64)
    blocks = []
    for place, x in enumerate(places):
        below = 0.0
        for index, one in enumerate(series):
            kind = index if one.kind is None else one.kind
            value = one.values[place] or 0
            top, bottom = _height(below + value, levels), _height(below, levels)
            if value:
                blocks.append(Block(kind, x - width // 2, top, width, bottom - top))
            below += value
    above = [
        Note(x, _height(total, levels) - 7, note)
        for x, total, note in zip(places, sums, notes, strict=False)
        if total and note
    ]
    legend = [
        (index if one.kind is None else one.kind, "", one.mark, one.name) for index, one in enumerate(series)
    ]
    return Plot(ticks, heights, blocks=blocks, notes=above, legend=legend)

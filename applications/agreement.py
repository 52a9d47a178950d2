"""How far advisors agree: weighted kappa of two, Krippendorff's alpha of any number. Pure functions over counts, no
Django. scikit-learn and krippendorff take a second to load: that is done when something is first counted."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .scoring import TOP

LEAST = 5
"""With fewer cases than this nothing is counted: one case more or less would turn the figure round."""

Table = Mapping[tuple[int, int], int]
"""Two advisors' points on the same question of the same case -> how often."""
Patterns = Mapping[tuple[int, ...], int]
"""How many advisors gave 0, 1, … points to one question of one case -> how often."""


class Why(enum.Enum):
    """Why there is no figure."""

    FEW = "few"
    SAME = "same"
    """Everybody gave the same points everywhere: nothing tells agreement from habit."""


@dataclass(frozen=True)
class Agreement:
    """1 is complete agreement, 0 what chance would give, below 0 is worse than chance. `judged` is how many
    judgements of two or more it rests on."""

    value: float | None
    judged: int
    why: Why | None = None


def kappa(table: Table, least: int = LEAST) -> Agreement:
    """Cohen's kappa of two advisors, with quadratic weights: two points apart weighs four times as much as one."""
    judged = sum(table.values())
    if judged < least:
        return Agreement(None, judged, Why.FEW)
    if len({points for pair in table for points in pair}) < 2:
        return Agreement(None, judged, Why.SAME)
    from sklearn.metrics import cohen_kappa_score

    firsts, seconds = zip(*table, strict=True)
    weights = list(table.values())
    levels = list(range(TOP + 1))
    value = cohen_kappa_score(firsts, seconds, labels=levels, weights="quadratic", sample_weight=weights)
    return Agreement(float(value), judged)


def mean_kappa(tables: Iterable[Table], least: int = LEAST) -> Agreement:
    """The mean of the pairs' kappas, each weighing as much as the pair has judged together. Pairs that can't be
    counted are left out."""
    found = [kappa(table, least) for table in tables]
    counted = [(one.value, one.judged) for one in found if one.value is not None]
    judged = sum(number for _value, number in counted)
    if not counted:
        why = Why.SAME if any(one.why is Why.SAME for one in found) else Why.FEW
        return Agreement(None, sum(one.judged for one in found), why)
    return Agreement(sum(value * number for value, number in counted) / judged, judged)


def alpha(patterns: Patterns, least: int = LEAST) -> Agreement:
    """Krippendorff's alpha of all advisors at once, on an ordinal scale. What one alone has judged says nothing of
    agreement and is left out."""
    shared = {pattern: number for pattern, number in patterns.items() if sum(pattern) > 1}
    judged = sum(shared.values())
    if judged < least:
        return Agreement(None, judged, Why.FEW)
    if len({level for pattern in shared for level, number in enumerate(pattern) if number}) < 2:
        return Agreement(None, judged, Why.SAME)
    import krippendorff
    import numpy

    counts = numpy.repeat(numpy.array(list(shared)), list(shared.values()), axis=0)
    value = krippendorff.alpha(
        value_counts=counts, value_domain=list(range(TOP + 1)), level_of_measurement="ordinal"
    )
    return Agreement(float(value), judged)

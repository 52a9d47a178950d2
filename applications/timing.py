"""When an answer can be expected. Pure functions over days, no Django."""

import datetime
from collections.abc import Iterable

Pause = tuple[datetime.date, datetime.date]
"""From when the applicant had the case until it came back."""


def answer_by(begun: datetime.date, weeks: int, pauses: Iterable[Pause] = ()) -> datetime.date:
    """The day before which the applicant can expect the decision: `weeks` after `begun`, and as much later as the
    case lay with the applicant."""
    return begun + datetime.timedelta(weeks=weeks, days=_lain(pauses))


def days_with_us(begun: datetime.date, today: datetime.date, pauses: Iterable[Pause] = ()) -> int:
    """How many days the case has lain with the association since `begun`: without those on which the applicant had
    it."""
    return (today - begun).days - _lain(pauses)


def _lain(pauses: Iterable[Pause]) -> int:
    return sum((end - start).days for start, end in pauses if end > start)


def days_left(due: datetime.date, today: datetime.date) -> int:
    """How many days there are until the end of `due`: 0 on the day itself, negative after it."""
    return (due - today).days

"""When an answer can be expected. Pure functions over days, no Django."""

import datetime
from collections.abc import Iterable

Pause = tuple[datetime.date, datetime.date]
"""From when the applicant had the case until it came back."""


def answer_by(begun: datetime.date, weeks: int, pauses: Iterable[Pause] = ()) -> datetime.date:
    """The day before which the applicant can expect the decision: `weeks` after `begun`, and as much later as the
    case lay with the applicant."""
    waited = sum(((end - start for start, end in pauses if end > start)), datetime.timedelta())
    return begun + datetime.timedelta(weeks=weeks) + waited


def days_left(due: datetime.date, today: datetime.date) -> int:
    """How many days there are until the end of `due`: 0 on the day itself, negative after it."""
    return (due - today).days

"""What time it is for the journey. A test or the demo sets it, to tell in a moment what takes years."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_set: ContextVar[datetime.datetime | None] = ContextVar("set", default=None)


def now() -> datetime.datetime:
    """The time, aware of its zone."""
    return _set.get() or timezone.now()


def today() -> datetime.date:
    """The day in the portal's time zone."""
    return timezone.localdate(now())


@contextmanager
def at(moment: datetime.datetime) -> Iterator[None]:
    """Inside the block it is `moment` (aware), for this thread of work alone."""
    token = _set.set(moment)
    try:
        yield
    finally:
        _set.reset(token)

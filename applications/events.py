"""Writing the log of a case, and proving that nobody has altered it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from members.models import User

from . import clock
from .hashing import sha256
from .models import Application, Event


def _content(event: Event, reference: str) -> dict[str, Any]:
    """What is hashed of an event. `reference` is what the case was called then."""
    return {
        "application": reference,
        "sequence": event.sequence,
        "kind": event.kind,
        "actor": event.actor_id,
        "at": event.at.astimezone(tz=timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds"),
        "data": event.data,
        "previous": event.previous,
    }


def record(
    application: Application, kind: Event.Kind, actor: User | None, data: dict[str, Any] | None = None
) -> Event:
    """Append an event to the application's chain. Call it inside the transaction of what happened, with the
    application's row locked. `actor` None means the system."""
    last = Event.objects.filter(application=application).order_by("-sequence").first()
    event = following(last, application, kind, actor, data)
    event.save(force_insert=True)
    return event


def following(
    last: Event | None,
    application: Application,
    kind: Event.Kind,
    actor: User | None,
    data: dict[str, Any] | None = None,
) -> Event:
    """The event that comes after `last` in the application's chain, not yet saved."""
    event = Event(
        application=application,
        sequence=last.sequence + 1 if last else 1,
        kind=kind,
        actor=actor,
        at=clock.now(),
        data=data or {},
        previous=last.sha256 if last else "",
    )
    event.sha256 = sha256(_content(event, application.reference))
    return event


def faults(application: Application) -> Iterator[str]:
    """A sentence for each break in the application's chain; nothing when it is whole."""
    previous = ""
    number = 0
    turned = application.event_set.filter(kind=Event.Kind.TURNED_INTO_APPLICATION).first()
    for number, event in enumerate(application.event_set.order_by("sequence"), 1):
        if event.sequence != number:
            yield f"{application.reference}: event {number} is missing."
            return
        if event.previous != previous:
            yield f"{application.reference}: event {number} does not follow the one before it."
        is_earlier = turned is not None and event.sequence < turned.sequence
        reference = turned.data["was"] if turned and is_earlier else application.reference
        if event.sha256 != sha256(_content(event, reference)):
            yield f"{application.reference}: event {number} has been altered."
        previous = event.sha256
    if number == 0:
        yield f"{application.reference}: there are no events."

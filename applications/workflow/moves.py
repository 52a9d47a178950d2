"""The legal moves of an application's status, and the one statement that makes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from members.models import User

from .. import clock
from ..doors import TooLate
from ..events import record
from ..models import Application, DecisionDraft, Event, Status

MOVES: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.WITHDRAWN, Status.LAPSED}),
    Status.SUBMITTED: frozenset({Status.IN_REVIEW, Status.WITHDRAWN}),
    Status.IN_REVIEW: frozenset({Status.COMPLETION_REQUESTED, Status.READY_FOR_DECISION, Status.WITHDRAWN}),
    Status.COMPLETION_REQUESTED: frozenset({Status.IN_REVIEW, Status.WITHDRAWN, Status.LAPSED}),
    Status.READY_FOR_DECISION: frozenset(
        {Status.IN_REVIEW, Status.APPROVED, Status.DECLINED, Status.WITHDRAWN}
    ),
    Status.DECLINED: frozenset({Status.IN_REVIEW}),
    Status.APPROVED: frozenset(),
    Status.WITHDRAWN: frozenset(),
    Status.LAPSED: frozenset(),
}


def move(
    application: Application,
    to: Status,
    kind: Event.Kind,
    actor: User | None,
    data: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Move the status, and with it `fields`. Raises TooLate where the move isn't in the table or somebody
    made another first."""
    origin = application.state
    if to not in MOVES[origin]:
        raise TooLate(
            _("This can't be done any more: the application is now “%(status)s”.") % {"status": origin.label}
        )
    now = clock.now()
    fields |= {"status": to, "status_since": now}
    if not Application.objects.filter(pk=application.pk, status=origin).update(**fields):
        raise TooLate(_("Somebody else changed the application just now. Look at it again."))
    for name, value in fields.items():
        setattr(application, name, value)
    record(application, kind, actor, {"from": origin.value, "to": to.value, **(data or {})})
    if origin == Status.READY_FOR_DECISION:
        _end_of_readiness(application, to, actor)


def _end_of_readiness(application: Application, to: Status, actor: User | None) -> None:
    """A decision that is being written doesn't outlive the case's readiness: where the case is reviewed further its
    words are kept, but it isn't held any more; where the case is closed it is gone."""
    if not to.is_decided:
        let_go(application, actor)
    if to != Status.IN_REVIEW:
        DecisionDraft.objects.filter(application=application).delete()


def let_go(application: Application, actor: User | None) -> bool:
    """Make a held decision a draft again. Whether there was one."""
    held = DecisionDraft.objects.filter(application=application, held_at__isnull=False)
    if not held.update(held_at=None, release_on=None, revision=F("revision") + 1):
        return False
    record(application, Event.Kind.DECISION_TAKEN_BACK, actor)
    return True

"""The log of a case in plain words. It tells who did what and when, never points or what was written."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import permissions
from applications.models import Application, Event
from applications.ties import Tie
from members.models import User

Kind = Event.Kind
# What the applicant did while writing is the applicant's own.
NOT_SHOWN = (
    Kind.EVIDENCE_ADDED,
    Kind.EVIDENCE_REMOVED,
    Kind.EVIDENCE_REFUSED,
    Kind.HANDED_OVER,
    Kind.CO_APPLICANT_INVITED,
    Kind.CO_APPLICANT_JOINED,
    Kind.CO_APPLICANT_REMOVED,
    Kind.TURNED_INTO_APPLICATION,
)
BLIND = (
    Kind.REVIEW_SUBMITTED,
    Kind.REVIEWS_COMPLETE,
    Kind.TALK_ASKED,
    Kind.TALK_RECORDED,
)
"""What tells how far the others have come, or that they are apart: `permissions.sees_progress`."""
HELD = (Kind.DECISION_HELD, Kind.DECISION_TAKEN_BACK)
"""What nobody knows of but those who may decide."""
ABOUT_ADVISORS = (Kind.ASSIGNED, Kind.UNASSIGNED)
NOTES = (Kind.FURTHER_REVIEW, Kind.APPEAL_UPHELD)
"""The events whose reason is a note within the association: it may tell what a reviewer thought."""


@dataclass(frozen=True)
class Line:
    at: datetime.datetime
    who: str
    what: str
    detail: str


def lines(application: Application, user: User) -> list[Line]:
    """What `user` may know of the case's history, the newest first."""
    shown = application.event_set.exclude(kind__in=NOT_SHOWN)
    if not permissions.can_read_as_decider(user, application):
        shown = shown.exclude(kind__in=HELD)
    notes = permissions.sees_progress(user, application)
    if not notes:
        shown = shown.exclude(Q(kind__in=BLIND) & ~Q(actor=user))
    events = list(shown.select_related("actor").order_by("-sequence"))
    advisors = User.objects.in_bulk(
        {event.data["advisor"] for event in events if event.kind in ABOUT_ADVISORS}
    )
    return [
        Line(
            event.at,
            str(event.actor or _("The portal")),
            str(event.get_kind_display()),
            _detail(event, advisors, notes),
        )
        for event in events
    ]


def _detail(event: Event, advisors: Mapping[int, User], notes: bool) -> str:
    data: dict[str, Any] = event.data
    if event.kind == Kind.ASSIGNED:
        return _with_ties(str(advisors[data["advisor"]]), data)
    if event.kind == Kind.UNASSIGNED:
        # Why is a note: it may tell of a review.
        return ". ".join(filter(None, [str(advisors[data["advisor"]]), data["reason"] if notes else ""]))
    if event.kind == Kind.COMPLETION_REQUESTED:
        return _completion(data["questions"], data["due"])
    if event.kind in NOTES and not notes:
        return ""
    return data.get("reason") or data.get("party", "")


def _with_ties(name: str, data: dict[str, Any]) -> str:
    """The advisor, and what was known to speak against the choice, with the reason for it."""
    if not data.get("ties"):
        return name
    what = " ".join(str(Tie(tie).words) for tie in data["ties"])
    return _("%(name)s, although this person %(tie)s. Reason: %(reason)s") % {
        "name": name,
        "tie": what,
        "reason": data["reason"],
    }


def _completion(questions: list[int], due: str) -> str:
    numbers = ", ".join(str(number) for number in questions)
    return ngettext(
        "Question %(numbers)s, by %(day)s", "Questions %(numbers)s, by %(day)s", len(questions)
    ) % {"numbers": numbers, "day": date_format(datetime.date.fromisoformat(due))}

"""The log of a case in plain words. It tells who did what and when, never points or what was written."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import permissions
from applications.models import Application, Event
from applications.ties import Tie
from members.models import User

from .cases import has_reviewed

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
ABOUT_ADVISORS = (Kind.ASSIGNED, Kind.UNASSIGNED)
NOTES = (Kind.FURTHER_REVIEW, Kind.APPEAL_UPHELD)
"""The events whose reason is a note within the association."""


@dataclass(frozen=True)
class Line:
    at: datetime.datetime
    who: str
    what: str
    detail: str


def may_read_notes(user: User, application: Application) -> bool:
    """Whether notes within the association can be shown: they may tell what a reviewer thought, so that one
    who reviews, or may come to, has to have handed in first."""
    return not user.has_perm(permissions.REVIEW) or has_reviewed(user, application.latest_submission)


def lines(application: Application, user: User) -> list[Line]:
    """What `user` may know of the case's history, the newest first."""
    events = list(
        application.event_set.exclude(kind__in=NOT_SHOWN).select_related("actor").order_by("-sequence")
    )
    advisors = User.objects.in_bulk(
        {event.data["advisor"] for event in events if event.kind in ABOUT_ADVISORS}
    )
    notes = may_read_notes(user, application)
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

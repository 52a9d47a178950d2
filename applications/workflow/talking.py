"""Where the advisors are apart: a talk between them that a decision maker asks for, and what came of it."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions
from ..doors import NotReady, TooLate, allow, door, expect, mail_later
from ..events import record
from ..hashing import sha256
from ..models import Application, Event, Status, Talk
from .moves import let_go


def expect_no_talk(application: Application) -> None:
    """Raises NotReady while a talk is to be had."""
    if Talk.objects.filter(application=application, recorded_at=None).exists():
        raise NotReady(_("A talk between the advisors is asked for. Write down what came of it first."))


@door
def ask_talk(application: Application, actor: User, reason: str) -> Talk:
    """Ask the advisors to talk with each other before the case is decided. A decision that was held isn't any more."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if not reason.strip():
        raise NotReady(_("Write what they are to talk about."))
    expect_no_talk(application)
    let_go(application, actor)
    talk = Talk.objects.create(
        application=application,
        submission=application.submission_set.latest("number"),
        reason=reason.strip(),
        asked_by=actor,
        asked_at=clock.now(),
    )
    record(application, Event.Kind.TALK_ASKED, actor, {"sha256": sha256(talk.reason)})
    mail_later("talk_asked", talk.pk)
    return talk


@door
def record_talk(application: Application, actor: User, held_on: datetime.date, outcome: str) -> Talk:
    """Write down what the advisors came to, or why there was no talk. It can't be changed afterwards. A case that has
    gone back to review since, because a review was left out, is no reason to leave the talk open."""
    expect(application, Status.READY_FOR_DECISION, Status.IN_REVIEW)
    allow(permissions.can_record_talk(actor, application))
    talk = Talk.objects.filter(application=application, recorded_at=None).first()
    if talk is None:
        raise TooLate(_("What came of the talk has been written down already."))
    if not outcome.strip():
        raise NotReady(_("Write what you came to."))
    if not timezone.localdate(talk.asked_at) <= held_on <= clock.today():
        raise NotReady(_("Choose a day from when the talk was asked for until today."))
    talk.held_on, talk.outcome = held_on, outcome.strip()
    talk.recorded_by, talk.recorded_at = actor, clock.now()
    talk.save(update_fields=["held_on", "outcome", "recorded_by", "recorded_at"])
    record(application, Event.Kind.TALK_RECORDED, actor, {"sha256": sha256(talk.outcome)})
    mail_later("talk_recorded", talk.pk)
    return talk

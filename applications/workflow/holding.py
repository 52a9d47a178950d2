"""A decision before it is given: a draft, and a whole one that is held until it is released, several on one day
perhaps. Only those who may decide the case know of it."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions
from ..doors import NotReady, TooLate, WorkflowError, allow, door, expect, mail_later
from ..events import record
from ..models import Application, Decision, DecisionDraft, Event, Status
from .deciding import (
    StaleDraft,
    Wording,
    draft_to_write_on,
    expect_decidable,
    expect_read,
    make,
    seen_reviews,
)
from .moves import let_go


@door
def save_draft(
    application: Application, actor: User, wording: Wording, revision: int | None
) -> DecisionDraft:
    """Keep what is written. `revision` is that of the draft on the page, None where there was none. Raises StaleDraft,
    or NotReady while the decision is held."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    expect_read(application, wording)
    return _keep(application, actor, wording, revision)


def _keep(
    application: Application,
    actor: User,
    wording: Wording,
    revision: int | None,
    **fields: object,
) -> DecisionDraft:
    draft = draft_to_write_on(application)
    if draft and draft.revision != revision and _wording(draft) != wording:
        raise StaleDraft(draft, actor)
    draft = draft or DecisionDraft(application=application, revision=0)
    for name, value in {**vars(wording), **fields}.items():
        setattr(draft, name, value)
    draft.written_by, draft.saved_at = actor, clock.now()
    draft.revision += 1
    draft.save()
    return draft


def _wording(draft: DecisionDraft) -> Wording:
    return Wording(**{name: getattr(draft, name) for name in Wording.__dataclass_fields__})


@door
def hold(
    application: Application,
    actor: User,
    wording: Wording,
    revision: int | None,
    release_on: datetime.date | None = None,
) -> DecisionDraft:
    """Make up one's mind, but don't tell yet: until it is released by hand, or on `release_on`. What is held would
    stand if it were decided now."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if release_on and release_on <= clock.today():
        raise NotReady(_("Choose a day after today."))
    expect_decidable(application, wording)
    if wording.outcome == Decision.Outcome.DECLINED and not wording.next_steps.strip():
        raise NotReady(_("Write what the applicant needs to do before the next application."))
    draft = _keep(application, actor, wording, revision, held_at=clock.now(), release_on=release_on)
    record(application, Event.Kind.DECISION_HELD, actor)
    return draft


@door
def take_back(application: Application, actor: User) -> DecisionDraft:
    """Let a held decision be a draft again."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if not let_go(application, actor):
        raise TooLate(_("The decision isn't held any more."))
    return DecisionDraft.objects.get(application=application)


@door
def release(application: Application, actor: User | None) -> Decision:
    """Give the decision that is held. It is made by whoever held it, who must still be one who may decide; `actor`
    lets it go, None where its day has come."""
    expect(application, Status.READY_FOR_DECISION)
    if actor is not None:
        allow(permissions.can_decide(actor, application))
    draft = DecisionDraft.objects.filter(application=application, held_at__isnull=False).first()
    if draft is None:
        raise TooLate(_("The decision isn't held any more."))
    if actor is None and (draft.release_on is None or draft.release_on > clock.today()):
        raise NotReady(_("The day to release it hasn't come."))
    _expect_releasable(draft, application)
    # Who let it go, where it isn't the one who decided.
    by = {"released_by": actor.pk} if actor and actor != draft.written_by else {}
    return make(application, draft.written_by, _wording(draft), by)


def _expect_releasable(draft: DecisionDraft, application: Application) -> None:
    holder = draft.written_by
    allow(
        holder.is_active and permissions.can_decide(holder, application),
        _("%(name)s, who held the decision, may not decide this case any more. Take it back and decide anew.")
        % {"name": holder},
    )
    if draft.seen != seen_reviews(application):
        raise NotReady(
            _("The reviews are not the same as when the decision was held. Take it back and read them.")
        )


@door
def stop_release(application: Application, day: datetime.date) -> bool:
    """Let a decision that could not be released on `day` wait without one, and tell those who may decide. Whether it
    did: not where somebody came in between."""
    held = DecisionDraft.objects.filter(application=application, held_at__isnull=False, release_on=day)
    if not held.update(release_on=None):
        return False
    mail_later("release_stopped", application.pk)
    return True


def hindrance(draft: DecisionDraft, application: Application) -> str:
    """Why the held decision could not be released as things stand; empty where it could."""
    try:
        _expect_releasable(draft, application)
    except WorkflowError as refused:
        return str(refused)
    return ""

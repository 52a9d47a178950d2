"""A decision before it is given: a draft, and a whole one that is held until it is released, several on one day
perhaps. Only those who may decide the case know of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions, reading
from ..doors import NotReady, TooLate, WorkflowError, allow, door, expect
from ..events import record
from ..models import Application, Decision, DecisionDraft, Event, Review, Status
from .deciding import make
from .moves import let_go
from .talking import expect_no_talk


@dataclass(frozen=True)
class Wording:
    """What a decision maker has written so far. `seen` has the keys of the reviews that it rests on, comma between;
    `recommendations` are one a line."""

    seen: str
    outcome: str = ""
    reasons: str = ""
    override_reason: str = ""
    recommendations: str = ""
    next_steps: str = ""
    apply_again_from: datetime.date | None = None


class StaleDraft(WorkflowError):
    """Somebody has saved another draft since the page was shown. `draft` is what is saved."""

    def __init__(self, draft: DecisionDraft, actor: User) -> None:
        if draft.written_by == actor:
            message = _("You have saved another draft in another window. This one is not saved yet.")
        else:
            message = _("%(name)s has saved another draft since you opened the page. Yours is not saved yet.")
            message %= {"name": draft.written_by}
        super().__init__(message)
        self.draft = draft


def lines(text: str) -> list[str]:
    """The recommendations of a draft, each on its own."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def seen_reviews(application: Application) -> str:
    """The keys of the reviews that a decision would rest on now, comma between."""
    reviews = Review.objects.counting(application.submission_set.latest("number"))
    return ",".join(str(pk) for pk in reviews.values_list("pk", flat=True))


@door
def save_draft(
    application: Application, actor: User, wording: Wording, revision: int | None
) -> DecisionDraft:
    """Keep what is written. `revision` is that of the draft on the page, None where there was none. Raises StaleDraft,
    or NotReady while the decision is held."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    return _keep(application, actor, wording, revision)


def _keep(
    application: Application,
    actor: User,
    wording: Wording,
    revision: int | None,
    **fields: object,
) -> DecisionDraft:
    draft = DecisionDraft.objects.filter(application=application).select_related("written_by").first()
    if draft and draft.held_at:
        raise NotReady(_("The decision is held. Take it back first."))
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
    expect_no_talk(application)
    if release_on and release_on <= clock.today():
        raise NotReady(_("Choose a day after today."))
    _expect_whole(application, wording)
    draft = _keep(application, actor, wording, revision, held_at=clock.now(), release_on=release_on)
    record(application, Event.Kind.DECISION_HELD, actor)
    return draft


def _expect_whole(application: Application, wording: Wording) -> None:
    if wording.outcome not in Decision.Outcome.values or not wording.reasons.strip():
        raise NotReady(_("Choose a decision and write the reasons before it can be held."))
    if wording.seen != seen_reviews(application):
        raise NotReady(_("Another review has come in since you opened the page. Read it before you decide."))
    result = reading.result_of(
        application, Review.objects.counting(application.submission_set.latest("number"))
    )
    approves = wording.outcome == Decision.Outcome.APPROVED
    if approves and not result.meets_rule and not wording.override_reason.strip():
        raise NotReady(_("The points don't meet the rule. Write why it is approved all the same."))
    if approves and (wording.next_steps or wording.apply_again_from):
        raise NotReady(_("What to do before the next application goes with a decision not to approve."))
    if not approves and not wording.next_steps.strip():
        raise NotReady(_("Write what the applicant needs to do before the next application."))
    if not approves and wording.recommendations:
        raise NotReady(_("Recommendations go with an approval. Write them among the reasons instead."))


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
    return make(
        application,
        draft.written_by,
        Decision.Outcome(draft.outcome),
        draft.reasons,
        draft.override_reason,
        lines(draft.recommendations),
        draft.next_steps,
        draft.apply_again_from,
    )


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


def hindrance(draft: DecisionDraft, application: Application) -> str:
    """Why the held decision could not be released as things stand; empty where it could."""
    try:
        _expect_releasable(draft, application)
    except WorkflowError as refused:
        return str(refused)
    return ""

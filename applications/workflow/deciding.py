"""The decision maker's moves: the decision with its certificate, a further review."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions, reading, scoring, tasks
from ..doors import NotReady, WorkflowError, allow, door, expect, mail_later
from ..hashing import sha256
from ..models import (
    Application,
    Certificate,
    Decision,
    DecisionDraft,
    Event,
    Recommendation,
    Review,
    Series,
    Status,
    Submission,
    new_code,
)
from .moves import move
from .standing import lock_certificate, supersede
from .talking import expect_no_talk


@door
def ask_further_review(application: Application, actor: User, reason: str) -> None:
    """Send the case back for one more review before it is decided."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if not reason.strip():
        raise NotReady(_("Write why a further review is needed."))
    expect_no_talk(application)
    submission = application.submission_set.latest("number")
    move(
        application,
        Status.IN_REVIEW,
        Event.Kind.FURTHER_REVIEW,
        actor,
        {"reason": reason.strip()},
        reviews_required=Review.objects.counting(submission).count() + 1,
    )
    mail_later("advisor_needed", application.pk)


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
    """The recommendations of a wording, each on its own."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def seen_reviews(application: Application) -> str:
    """The keys of the reviews that a decision would rest on now, comma between."""
    reviews = Review.objects.counting(application.submission_set.latest("number"))
    return ",".join(str(pk) for pk in reviews.values_list("pk", flat=True))


@door
def decide(
    application: Application,
    actor: User,
    outcome: Decision.Outcome,
    reasons: str,
    override_reason: str = "",
    recommendations: Sequence[str] = (),
    next_steps: str = "",
    apply_again_from: datetime.date | None = None,
) -> Decision:
    """Approve or decline, whatever has been written as a draft; see `decide_as_written` for what a page sends. The
    `recommendations` are what the holder is to have worked on at the renewal; `next_steps` and `apply_again_from`
    are the way back for one that is not yet approved. Raises NotReady while a decision is held."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    wording = Wording(
        seen_reviews(application),
        outcome,
        reasons,
        override_reason,
        "\n".join(recommendations),
        next_steps,
        apply_again_from,
    )
    draft_to_write_on(application)
    return make(application, actor, wording)


@door
def decide_as_written(
    application: Application, actor: User, wording: Wording, revision: int | None
) -> Decision:
    """Decide as a page says it. `revision` is that of the draft on the page, None where there was none. Raises
    StaleDraft where somebody else has saved a draft since, NotReady where the reviews aren't those that were read."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    draft = draft_to_write_on(application)
    if draft and draft.revision != revision and draft.written_by != actor:
        raise StaleDraft(draft, actor)
    return make(application, actor, wording)


def draft_to_write_on(application: Application) -> DecisionDraft | None:
    """What is written of the decision so far. Raises NotReady while it is held."""
    draft = DecisionDraft.objects.filter(application=application).select_related("written_by").first()
    if draft and draft.held_at:
        raise NotReady(_("The decision is held. Take it back first."))
    return draft


def expect_read(application: Application, wording: Wording) -> None:
    """Raises NotReady where the reviews aren't those that the wording rests on."""
    if wording.seen != seen_reviews(application):
        raise NotReady(_("Another review has come in since you opened the page. Read it before you decide."))


def expect_decidable(application: Application, wording: Wording) -> tuple[Submission, scoring.Result]:
    """Raises NotReady unless a decision can be made as it is worded. Gives what it rests on."""
    if wording.outcome not in Decision.Outcome.values:
        raise NotReady(_("Choose approved or not yet approved."))
    if not wording.reasons.strip():
        raise NotReady(_("Write the reasons for the decision."))
    expect_read(application, wording)
    submission = application.submission_set.latest("number")
    reviews = list(Review.objects.counting(submission).prefetch_related("scores__question"))
    if len(reviews) < application.reviews_required:
        raise NotReady(_("The required number of reviews is not in."))
    result = reading.result_of(application, reviews)
    approves = wording.outcome == Decision.Outcome.APPROVED
    if approves and not result.meets_rule and not wording.override_reason.strip():
        raise NotReady(_("The points don't meet the rule. Write why it is approved all the same."))
    if not approves and lines(wording.recommendations):
        raise NotReady(_("Recommendations go with an approval. Write them among the reasons instead."))
    if approves and (wording.next_steps.strip() or wording.apply_again_from):
        raise NotReady(_("What to do before the next application goes with a decision not to approve."))
    expect_no_talk(application)
    return submission, result


def make(
    application: Application, actor: User, wording: Wording, data: dict[str, Any] | None = None
) -> Decision:
    """The decision itself, inside a door that has seen to it that `actor` may make it now. Approval makes the
    certificate in the same transaction; its PDF comes right after. `data` goes into the log, too."""
    submission, result = expect_decidable(application, wording)
    approved = wording.outcome == Decision.Outcome.APPROVED
    decision = Decision.objects.create(
        application=application,
        round=application.round,
        submission=submission,
        outcome=wording.outcome,
        reasons=wording.reasons.strip(),
        override_reason=wording.override_reason.strip() if approved and not result.meets_rule else "",
        next_steps=wording.next_steps.strip(),
        apply_again_from=wording.apply_again_from,
        percent=result.percent,
        meets_rule=result.meets_rule,
        decided_by=actor,
        decided_at=clock.now(),
    )
    Recommendation.objects.bulk_create(
        Recommendation(decision=decision, number=number, text=text)
        for number, text in enumerate(lines(wording.recommendations), 1)
    )
    data = {
        **(data or {}),
        "submission": submission.number,
        "percent": str(result.percent),
        "meets_rule": result.meets_rule,
        "sha256": sha256(reading.decision_content(decision)),
    }
    talks = [sha256(reading.talk_content(talk)) for talk in reading.talks_behind(decision)]
    if talks:
        data["talks"] = talks
    certificate = _certify(decision, actor) if approved else None
    if certificate:
        data["certificate"] = sha256(reading.certificate_content(certificate))
    move(
        application,
        Status.APPROVED if approved else Status.DECLINED,
        Event.Kind.APPROVED if approved else Event.Kind.DECLINED,
        actor,
        data,
    )
    if certificate:
        transaction.on_commit(lambda: tasks.issue_document.enqueue(certificate.pk))
    mail_later("decided", decision.pk)
    return decision


def _certify(decision: Decision, actor: User) -> Certificate:
    """The certificate of an approval. One that renews another takes its place at once."""
    application = decision.application
    issued_on = clock.today()
    before = application.renews and lock_certificate(application.renews)
    certificate = Certificate.objects.create(
        number=Series.take("QMC", issued_on.year),
        code=new_code(),
        decision=decision,
        holder=application.holder,
        area=application.area,
        issued_on=issued_on,
        valid_through=reading.valid_through(application, before, issued_on),
        is_example=application.is_example,
    )
    if before:
        supersede(before, certificate, actor)
    return certificate

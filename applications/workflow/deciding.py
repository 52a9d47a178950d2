"""The decision maker's moves: the decision with its certificate, a further review."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions, reading, tasks
from ..doors import NotReady, allow, door, expect, mail_later
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
    """Approve or decline. Approval makes the certificate in the same transaction; its PDF comes right after. The
    `recommendations` are what the holder is to have worked on at the renewal; `next_steps` and `apply_again_from`
    are the way back for one that is not yet approved. A held decision has to be released or taken back instead."""
    expect(application, Status.READY_FOR_DECISION)
    allow(permissions.can_decide(actor, application))
    if DecisionDraft.objects.filter(application=application, held_at__isnull=False).exists():
        raise NotReady(_("The decision is held. Take it back first."))
    return make(
        application,
        actor,
        outcome,
        reasons,
        override_reason,
        recommendations,
        next_steps,
        apply_again_from,
    )


def make(
    application: Application,
    actor: User,
    outcome: Decision.Outcome,
    reasons: str,
    override_reason: str,
    recommendations: Sequence[str],
    next_steps: str,
    apply_again_from: datetime.date | None,
) -> Decision:
    """The decision itself, inside a door that has seen to it that `actor` may make it now."""
    if not reasons.strip():
        raise NotReady(_("Write the reasons for the decision."))
    submission = application.submission_set.latest("number")
    reviews = list(Review.objects.counting(submission))
    if len(reviews) < application.reviews_required:
        raise NotReady(_("The required number of reviews is not in."))
    result = reading.result_of(application, reviews)
    approved = outcome == Decision.Outcome.APPROVED
    if approved and not result.meets_rule and not override_reason.strip():
        raise NotReady(_("The points don't meet the rule. Write why it is approved all the same."))
    if recommendations and not approved:
        raise NotReady(_("Recommendations go with an approval. Write them among the reasons instead."))
    if approved and (next_steps.strip() or apply_again_from):
        raise NotReady(_("What to do before the next application goes with a decision not to approve."))
    expect_no_talk(application)
    decision = Decision.objects.create(
        application=application,
        round=application.round,
        submission=submission,
        outcome=outcome,
        reasons=reasons.strip(),
        override_reason=override_reason.strip() if approved and not result.meets_rule else "",
        next_steps=next_steps.strip(),
        apply_again_from=apply_again_from,
        percent=result.percent,
        meets_rule=result.meets_rule,
        decided_by=actor,
        decided_at=clock.now(),
    )
    Recommendation.objects.bulk_create(
        Recommendation(decision=decision, number=number, text=text)
        for number, text in enumerate(recommendations, 1)
    )
    data: dict[str, Any] = {
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

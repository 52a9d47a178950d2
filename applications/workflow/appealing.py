"""An appeal: the applicant has a refusal looked at again, by somebody who had no part in it."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions, reading
from ..doors import NotReady, TooLate, allow, door, expect, mail_later
from ..events import record
from ..hashing import sha256
from ..models import Appeal, Application, Event, Status
from .applying import lock, under_way
from .moves import move


@door
def lodge_appeal(application: Application, actor: User, text: str) -> Appeal:
    """Ask for the decision to be looked at again. Once for each decision, on its last day at the latest."""
    allow(permissions.can_sign(actor, application), _("Only an authorised signatory can appeal."))
    expect(application, Status.DECLINED)
    decision = application.decision_set.latest("round")
    if Appeal.objects.filter(decision=decision).exists():
        raise TooLate(_("The decision has been appealed already."))
    last_day = reading.last_day_to_appeal(decision)
    if clock.today() > last_day:
        raise TooLate(
            _("The last day to appeal was %(day)s. You can start a new application instead.")
            % {"day": date_format(last_day)}
        )
    if not text.strip():
        raise NotReady(_("Write what should be looked at again, and why."))
    if other := under_way(lock(application.organisation), application.area):
        raise NotReady(
            _(
                "You have a new application under way for %(area)s: %(reference)s. Withdraw it first if you "
                "want the earlier decision looked at again."
            )
            % {"area": other.area, "reference": other.reference}
        )
    appeal = Appeal.objects.create(
        decision=decision, text=text.strip(), lodged_by=actor, lodged_at=clock.now()
    )
    record(application, Event.Kind.APPEALED, actor, {"sha256": sha256(reading.appeal_content(appeal))})
    mail_later("appealed", appeal.pk)
    return appeal


@door
def hear_appeal(application: Application, actor: User, outcome: Appeal.Outcome, reasons: str) -> Appeal:
    """Answer the appeal. Upheld, it sets the decision aside and has the case reviewed anew by other advisors than
    before; dismissed, it leaves the decision as it is. The applicant reads the reasons."""
    expect(application, Status.DECLINED)
    allow(permissions.can_hear(actor, application))
    appeal = Appeal.objects.filter(decision=application.decision_set.latest("round")).first()
    if appeal is None:
        raise NotReady(_("Nobody has appealed the decision."))
    if appeal.outcome:
        raise TooLate(_("The appeal has been heard already: %(outcome)s.") % {"outcome": _word(appeal)})
    if not reasons.strip():
        raise NotReady(_("Write the reasons."))
    appeal.outcome, appeal.reasons = outcome, reasons.strip()
    appeal.heard_by, appeal.heard_at = actor, clock.now()
    appeal.save(update_fields=["outcome", "reasons", "heard_by", "heard_at"])
    data = {"sha256": sha256(reading.hearing_content(appeal))}
    if outcome == Appeal.Outcome.UPHELD:
        _review_anew(application, actor, data)
    else:
        record(application, Event.Kind.APPEAL_DISMISSED, actor, data)
        mail_later("appeal_dismissed", appeal.pk)
    return appeal


def _word(appeal: Appeal) -> str:
    return appeal.get_outcome_display().lower()


def _review_anew(application: Application, actor: User, data: dict[str, str]) -> None:
    if under_way(lock(application.organisation), application.area):
        raise NotReady(_("The applicant already has a new application under way for this town centre."))
    application.assignment_set.filter(ended_at=None).update(ended_at=clock.now())
    move(
        application,
        Status.IN_REVIEW,
        Event.Kind.APPEAL_UPHELD,
        actor,
        data,
        round=application.round + 1,
        reviews_required=application.questionnaire.reviews_required,
    )
    mail_later("advisor_needed", application.pk)
    mail_later("appeal_upheld", application.pk)

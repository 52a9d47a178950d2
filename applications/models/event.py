"""The log of a case: append-only, each event chained to the one before by its hash."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import User

from .application import Application


class Event(models.Model):
    """Something that happened in a case. Written by `applications.events` alone; the database refuses
    every change and deletion. `data` holds no personal data of
    its own accord, so that the log can be kept; a reason that somebody writes is kept as it was written."""

    class Kind(models.TextChoices):
        STARTED = "started", _("Application started")
        EVIDENCE_ADDED = "evidence_added", _("Evidence added")
        EVIDENCE_REMOVED = "evidence_removed", _("Evidence removed")
        EVIDENCE_REFUSED = "evidence_refused", _("Evidence with a virus refused")
        TURNED_INTO_APPLICATION = "turned_into_application", _("Self-diagnosis turned into an application")
        HANDED_OVER = "handed_over", _("Question handed over")
        CO_APPLICANT_INVITED = "co_applicant_invited", _("Co-applicant invited")
        CO_APPLICANT_JOINED = "co_applicant_joined", _("Co-applicant joined")
        CO_APPLICANT_REMOVED = "co_applicant_removed", _("Co-applicant removed")
        ENDORSED = "endorsed", _("Co-applicant endorsed the application")
        ENDORSEMENT_TAKEN_BACK = "endorsement_taken_back", _("Endorsement taken back")
        SUBMITTED = "submitted", _("Application submitted")
        ASSIGNED = "assigned", _("Advisor assigned")
        UNASSIGNED = "unassigned", _("Advisor taken off the case")
        REVIEW_STARTED = "review_started", _("Review started")
        NO_CONFLICT = "no_conflict", _("Advisor declared no conflict of interest")
        CONFLICT = "conflict", _("Advisor declared a conflict of interest")
        REVIEW_SUBMITTED = "review_submitted", _("Review submitted")
        REVIEWS_COMPLETE = "reviews_complete", _("All reviews are in")
        COMPLETION_REQUESTED = "completion_requested", _("Completion requested")
        COMPLETION_EXTENDED = "completion_extended", _("More time to complete")
        RESUBMITTED = "resubmitted", _("Completed application submitted")
        FURTHER_REVIEW = "further_review", _("Further review requested")
        TALK_ASKED = "talk_asked", _("Talk between the advisors asked for")
        TALK_RECORDED = "talk_recorded", _("Outcome of the talk written down")
        DECISION_HELD = "decision_held", _("Decision held until later")
        DECISION_TAKEN_BACK = "decision_taken_back", _("Held decision taken back")
        APPROVED = "approved", _("Application approved")
        DECLINED = "declined", _("Application not yet approved")
        WITHDRAWN = "withdrawn", _("Application withdrawn")
        LAPSED = "lapsed", _("Application lapsed")
        APPEALED = "appealed", _("Decision appealed")
        APPEAL_DISMISSED = "appeal_dismissed", _("Appeal dismissed")
        APPEAL_UPHELD = "appeal_upheld", _("Appeal upheld")
        CERTIFICATE_RENDERED = "certificate_rendered", _("Certificate document made")
        CERTIFICATE_SUSPENDED = "certificate_suspended", _("Certificate suspended")
        CERTIFICATE_RESUMED = "certificate_resumed", _("Certificate resumed")
        CERTIFICATE_SUPERSEDED = "certificate_superseded", _("Certificate superseded by its renewal")
        CERTIFICATE_REVOKED = "certificate_revoked", _("Certificate revoked")

    application = models.ForeignKey(Application, models.PROTECT)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(_("what happened"), max_length=24, choices=Kind)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["application", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["application", "sequence"], name="event_sequence_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.sequence} {self.get_kind_display()}"

"""The decision and what it rested on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import User

from .application import Application, Submission


class Decision(models.Model):
    """One decision a round; a further round is opened by an appeal that was upheld. Frozen by the database."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Not yet approved")

    application = models.ForeignKey(Application, models.PROTECT, verbose_name=_("application"))
    round = models.PositiveSmallIntegerField(_("round"))
    submission = models.ForeignKey(Submission, models.PROTECT, verbose_name=_("submission"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    override_reason = models.TextField(_("reason for approving against the rule"), blank=True)
    percent = models.DecimalField(_("share of the weighted points (%)"), max_digits=5, decimal_places=2)
    meets_rule = models.BooleanField(_("meets the pass rule"))
    next_steps = models.TextField(_("what to do before the next application"), blank=True)
    apply_again_from = models.DateField(_("apply again from"), null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["application", "round"]
        constraints = [
            models.UniqueConstraint(fields=["application", "round"], name="decision_one_per_round"),
            models.CheckConstraint(condition=~Q(reasons=""), name="decision_has_reasons"),
            models.CheckConstraint(
                condition=Q(outcome__in=["approved", "declined"]), name="decision_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="declined") | Q(meets_rule=True) | ~Q(override_reason=""),
                name="decision_override_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(outcome="declined") | Q(next_steps="", apply_again_from__isnull=True),
                name="decision_way_back_when_declined",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.get_outcome_display()}"


class DecisionDraft(models.Model):
    """A decision that is being written, and may be held until it is released, by hand or on `release_on`. Nobody
    but those who may decide the case sees it; releasing it makes the `Decision` and deletes this. What it may hold
    while it is unfinished is for the form; that it can be released is for `workflow.decide`."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="decision_draft")
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("written by"))
    saved_at = models.DateTimeField(_("saved"))
    revision = models.PositiveIntegerField(default=1)
    seen = models.CharField(max_length=200, blank=True)
    """The keys of the reviews that were on the page, comma between."""
    outcome = models.CharField(_("outcome"), max_length=10, choices=Decision.Outcome, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    override_reason = models.TextField(_("reason for approving against the rule"), blank=True)
    recommendations = models.TextField(_("recommendations, one a line"), blank=True)
    next_steps = models.TextField(_("what to do before the next application"), blank=True)
    apply_again_from = models.DateField(_("apply again from"), null=True, blank=True)
    held_at = models.DateTimeField(_("held since"), null=True, blank=True)
    release_on = models.DateField(_("release on"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision draft")
        verbose_name_plural = _("decision drafts")
        ordering = ["saved_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, release_on__isnull=True)
                | (Q(held_at__isnull=False) & ~Q(outcome="") & ~Q(reasons="")),
                name="decision_draft_held_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["release_on"], name="decision_draft_release")]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.get_outcome_display()}"


class Appeal(models.Model):
    """The signatory's wish to have a decision looked at again, by somebody who was not involved; open until it is
    upheld or dismissed."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("Upheld")
        DISMISSED = "dismissed", _("Dismissed")

    decision = models.OneToOneField(Decision, models.PROTECT)
    text = models.TextField(_("what should be looked at again, and why"))
    lodged_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("lodged by"))
    lodged_at = models.DateTimeField(_("lodged"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    heard_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("heard by")
    )
    heard_at = models.DateTimeField(_("heard"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["lodged_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="appeal_has_text"),
            models.CheckConstraint(
                condition=Q(outcome="", heard_at__isnull=True, heard_by__isnull=True)
                | (
                    Q(outcome__in=["upheld", "dismissed"], heard_at__isnull=False, heard_by__isnull=False)
                    & ~Q(reasons="")
                ),
                name="appeal_heard_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.outcome or self.lodged_at}"

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
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.get_outcome_display()}"

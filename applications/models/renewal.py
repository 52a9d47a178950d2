"""What leads from one certificate to the next: the decision's recommendations, and the reminders."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .application import Application
from .certificate import Certificate
from .decision import Decision
from .questionnaire import Question


class Recommendation(models.Model):
    """What a decision asks the holder to work on until the renewal. Frozen by the database."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="recommendations")
    number = models.PositiveSmallIntegerField()
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("question")
    )
    text = models.TextField(_("recommendation"))

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["decision", "number"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="recommendation_number_unique"),
            models.CheckConstraint(condition=~Q(text=""), name="recommendation_has_text"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.number}"


class RecommendationAnswer(models.Model):
    """What a renewal says of one recommendation of the last decision. Made empty with the renewal."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="recommendation_answers")
    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="+")
    text = models.TextField(_("what you have done"), blank=True)

    class Meta:
        verbose_name = _("answer to a recommendation")
        verbose_name_plural = _("answers to recommendations")
        ordering = ["recommendation__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "recommendation"], name="recommendation_answered_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.recommendation_id}"


class CertificateReminder(models.Model):
    """That the holder has been reminded, `months` before the certificate expires: once each."""

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="reminders")
    months = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["certificate", "-months"]
        constraints = [models.UniqueConstraint(fields=["certificate", "months"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.months}"

"""How long a case may wait in each place before it is late: the association's own rule, to change at any time."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TimeLimit(models.Model):
    """Days that something may wait. A migration makes one row for each step; administrators change the days."""

    class Step(models.TextChoices):
        """What waits. Those that are named as a status count from when the case got it."""

        ASSIGNMENT = "submitted", _("Submitted: until advisors are assigned")
        DECLARATION = (
            "declaration",
            _("Assigned: until the advisor has declared conflict of interest or none"),
        )
        REVIEW = "in_review", _("In review: until the reviews are in")
        DECISION = "ready_for_decision", _("Ready for decision: until it is decided")
        APPEAL = "appeal", _("Appeal: until it is heard")

    step = models.CharField(_("what waits"), max_length=24, choices=Step, unique=True, editable=False)
    days = models.PositiveSmallIntegerField(
        _("days until it is late"), validators=[MinValueValidator(1), MaxValueValidator(365)]
    )

    class Meta:
        verbose_name = _("time limit")
        verbose_name_plural = _("time limits")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(days__range=(1, 365)), name="time_limit_range"),
        ]

    def __str__(self) -> str:
        return str(self.get_step_display())

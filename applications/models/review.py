"""The advisors' part: who has the case, what each of them thinks, and what they ask to have completed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import User

from .application import Application, Submission
from .questionnaire import LEVELS, Level, Question


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def active(self) -> AssignmentQuerySet:
        """Those that count: neither ended by an appeal nor by a conflict of interest."""
        return self.filter(ended_at__isnull=True).exclude(has_conflict=True)


class Assignment(models.Model):
    """An advisor's task in one application. Nothing of the case is shown before `has_conflict` is False."""

    application = models.ForeignKey(Application, models.PROTECT, verbose_name=_("application"))
    advisor = models.ForeignKey(User, models.PROTECT, related_name="assignments", verbose_name=_("advisor"))
    assigned_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("assigned by"))
    assigned_at = models.DateTimeField(_("assigned"))
    has_conflict = models.BooleanField(_("has a conflict of interest"), null=True, default=None)
    declared_at = models.DateTimeField(_("declared"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["assigned_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "advisor"], name="assignment_once_per_advisor"),
            models.CheckConstraint(
                condition=Q(has_conflict__isnull=True, declared_at__isnull=True)
                | Q(has_conflict__isnull=False, declared_at__isnull=False),
                name="assignment_declared_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.advisor}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def submitted(self) -> ReviewQuerySet:
        return self.filter(submitted_at__isnull=False)

    def counting(self, submission: Submission) -> ReviewQuerySet:
        """The submitted reviews of `submission` that a decision rests on."""
        return self.submitted().filter(
            submission=submission, assignment__ended_at__isnull=True, assignment__has_conflict=False
        )


class Review(models.Model):
    """One advisor's judgement of one submission: a draft until `submitted_at`, then frozen."""

    assignment = models.ForeignKey(Assignment, models.PROTECT)
    submission = models.ForeignKey(Submission, models.PROTECT)
    summary = models.TextField(_("overall comment to the applicant"), blank=True)
    saved_at = models.DateTimeField(_("saved"), auto_now=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["submission", "id"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "submission"], name="review_one_per_submission"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} ({self.submission_id})"


class Score(models.Model):
    """Points and a comment to the applicant on one question."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    question = models.ForeignKey(Question, models.PROTECT)
    points = models.PositiveSmallIntegerField(_("points"), choices=Level, null=True, blank=True)
    comment = models.TextField(_("comment to the applicant"), blank=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["review", "question__number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "question"], name="score_one_per_question"),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__in=LEVELS), name="score_points_on_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id}/{self.question_id}: {self.points}"


class CompletionRequest(models.Model):
    """What an advisor asks the applicant to complete, and by when."""

    application = models.ForeignKey(Application, models.PROTECT)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    due_on = models.DateField(_("complete by"))
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_by = models.OneToOneField(Submission, models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = _("completion request")
        verbose_name_plural = _("completion requests")
        ordering = ["requested_at"]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.due_on}"


class CompletionPoint(models.Model):
    """One question that the applicant is asked to answer again, in the advisor's words."""

    request = models.ForeignKey(CompletionRequest, models.CASCADE, related_name="points")
    question = models.ForeignKey(Question, models.PROTECT)
    text = models.TextField(_("what to complete"))
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("completion point")
        verbose_name_plural = _("completion points")
        ordering = ["request", "question__number"]
        constraints = [
            models.UniqueConstraint(fields=["request", "question"], name="completion_point_once"),
            models.CheckConstraint(condition=~Q(text=""), name="completion_point_has_text"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.question_id}"

"""The advisors' part: who has the case, what each of them thinks, and what they ask to have completed."""

from __future__ import annotations

import datetime

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
    override_reason = models.TextField(_("why assigned in spite of a possible tie"), blank=True)

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
        indexes = [
            models.Index(fields=["advisor"], condition=Q(has_conflict=True), name="assignment_conflict"),
            models.Index(
                fields=["advisor"],
                condition=Q(has_conflict__isnull=True, ended_at__isnull=True),
                name="assignment_undeclared",
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
    """One advisor's judgement of one submission: a draft until `submitted_at`, then frozen. `revision` counts the
    saves of the summary, as `Score.revision` those of one question."""

    assignment = models.ForeignKey(Assignment, models.PROTECT)
    submission = models.ForeignKey(Submission, models.PROTECT)
    summary = models.TextField(_("overall comment to the applicant"), blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
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
        indexes = [
            models.Index(fields=["assignment"], condition=Q(submitted_at__isnull=True), name="review_not_in"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} ({self.submission_id})"


class Score(models.Model):
    """Points and a comment to the applicant on one question, and a note that nobody but the advisor reads.
    `revision` counts the saves: a save names the revision that it was written on."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    question = models.ForeignKey(Question, models.PROTECT)
    points = models.PositiveSmallIntegerField(_("points"), choices=Level, null=True, blank=True)
    comment = models.TextField(_("comment to the applicant"), blank=True)
    note = models.TextField(_("private note"), blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)

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


class ReviewPresence(models.Model):
    """That somebody has the review page of a case open, told by the page itself every few seconds."""

    FRESH = datetime.timedelta(seconds=45)
    """How long after the last word from the page it counts as open."""

    application = models.ForeignKey(Application, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "user"], name="review_presence_once")]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.user_id}"


class CompletionTemplate(models.Model):
    """A text that advisors can begin a completion point with. `question` is the number it is about, or empty
    where it fits any."""

    title = models.CharField(_("title"), max_length=80)
    question = models.PositiveSmallIntegerField(_("question number"), null=True, blank=True)
    text = models.TextField(_("text to the applicant"))

    class Meta:
        verbose_name = _("completion text")
        verbose_name_plural = _("completion texts")
        ordering = ["question", "title"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="completion_template_has_text"),
        ]

    def __str__(self) -> str:
        return self.title


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


class Talk(models.Model):
    """A talk between the advisors that a decision maker has asked for, since their reviews are apart, and what came
    of it. Open until its outcome is written; nothing is decided before that."""

    application = models.ForeignKey(Application, models.PROTECT)
    submission = models.ForeignKey(Submission, models.PROTECT)
    reason = models.TextField(_("what to talk about"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    held_on = models.DateField(_("day of the talk"), null=True, blank=True)
    outcome = models.TextField(_("what you came to"), blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    recorded_at = models.DateTimeField(_("written"), null=True, blank=True)

    class Meta:
        verbose_name = _("talk")
        verbose_name_plural = _("talks")
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(recorded_at__isnull=True), name="talk_one_open"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="talk_has_reason"),
            models.CheckConstraint(
                condition=Q(recorded_at__isnull=True, recorded_by__isnull=True)
                | (Q(recorded_at__isnull=False, recorded_by__isnull=False) & ~Q(outcome="")),
                name="talk_recorded_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.asked_at}"

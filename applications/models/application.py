"""An application: its answers and evidence while it is written, and the frozen submissions."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, User

from .questionnaire import LEVELS, Level, Question, Questionnaire


class Status(models.TextChoices):
    """Where an application stands. The legal moves are in `applications.workflow`."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    COMPLETION_REQUESTED = "completion_requested", _("Completion requested")
    READY_FOR_DECISION = "ready_for_decision", _("Ready for decision")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Not yet approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen in the case."""
        return self in OPEN

    @property
    def is_with_applicant(self) -> bool:
        """Whether the applicant has the next move and may change answers."""
        return self in (Status.DRAFT, Status.COMPLETION_REQUESTED)

    @property
    def is_decided(self) -> bool:
        return self in (Status.APPROVED, Status.DECLINED)


OPEN = (
    Status.DRAFT,
    Status.SUBMITTED,
    Status.IN_REVIEW,
    Status.COMPLETION_REQUESTED,
    Status.READY_FOR_DECISION,
)


class Series(models.Model):
    """A running number a year, for references and certificates. Taking one locks its row until the
    transaction ends, so that numbers have neither gaps nor twins."""

    name = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "year"], name="series_unique")]

    def __str__(self) -> str:
        return f"{self.name}-{self.year}-{self.last:04d}"

    @classmethod
    def take(cls, name: str, year: int) -> str:
        """The next number of the series, such as 'QM-2026-0001'. Call it inside a transaction."""
        cls.objects.get_or_create(name=name, year=year)
        cls.objects.filter(name=name, year=year).update(last=F("last") + 1)
        return str(cls.objects.get(name=name, year=year))


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of(self, user: User) -> ApplicationQuerySet:
        """Those of the organisations that `user` acts for."""
        return self.filter(organisation__affiliation__user=user)

    def in_status(self, *statuses: Status) -> ApplicationQuerySet:
        return self.filter(status__in=statuses)


class Application(models.Model):
    """One town centre's case. `status` is assigned by `applications.workflow` alone."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("applicant"))
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, verbose_name=_("questionnaire"))
    status = models.CharField(
        _("status"), max_length=24, choices=Status, default=Status.DRAFT, editable=False
    )
    area = models.CharField(_("town centre"), max_length=80)
    holder = models.CharField(_("holder of the certificate"), max_length=120)
    spokesperson = models.CharField(_("spokesperson"), max_length=120, blank=True)
    spokesperson_title = models.CharField(_("title and department"), max_length=160, blank=True)
    reviews_required = models.PositiveSmallIntegerField(_("reviews required"))
    round = models.PositiveSmallIntegerField(_("round"), default=1, editable=False)
    is_example = models.BooleanField(_("example"), default=False, editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("started by"))
    created_at = models.DateTimeField(_("started"))
    status_since = models.DateTimeField(_("in this status since"))
    touched_at = models.DateTimeField(_("last changed by the applicant"))
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "status_since"], name="application_queue"),
            models.Index(fields=["organisation", "-created_at"], name="application_by_organisation"),
            models.Index(fields=["-created_at"], name="application_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="application_status_known"),
            models.CheckConstraint(condition=Q(reviews_required__gte=1), name="application_needs_a_review"),
            models.UniqueConstraint(
                fields=["organisation", "area"],
                condition=Q(status__in=[status.value for status in OPEN]),
                name="application_one_open_per_area",
            ),
        ]
        permissions = [
            ("assign_application", _("Can assign advisors")),
            ("review_application", _("Can review applications")),
            ("decide_application", _("Can decide applications")),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.area}"

    @property
    def state(self) -> Status:
        """The status as the enum, with its behaviour."""
        return Status(self.status)

    @property
    def latest_submission(self) -> Submission | None:
        return self.submission_set.order_by("-number").first()

    @property
    def open_completion(self):
        """The completion request that the applicant has now, or None."""
        if self.status != Status.COMPLETION_REQUESTED:
            return None
        return self.completionrequest_set.order_by("-requested_at").first()


class Answer(models.Model):
    """What the applicant writes and rates for one question. `text` may be a part of an answer while the
    application is with the applicant; `reading.gaps` tells what is still wanting."""

    application = models.ForeignKey(Application, models.CASCADE)
    question = models.ForeignKey(Question, models.PROTECT)
    text = models.TextField(_("answer"), blank=True)
    rating = models.PositiveSmallIntegerField(_("self-rating"), choices=Level, null=True, blank=True)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["question__number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "question"], name="answer_one_per_question"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__in=LEVELS), name="answer_rating_on_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.question_id}"


def evidence_path(evidence: Evidence, filename: str) -> str:
    """Where a file is kept: a name of ours, never the sender's."""
    return f"evidence/{evidence.application_id}/{evidence.pk}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def present(self) -> EvidenceQuerySet:
        """Those that the applicant has not removed."""
        return self.filter(removed_at__isnull=True)


class Evidence(models.Model):
    """A file that supports an answer. Removed after a submission it stays, since the submission names it."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="evidence")
    question = models.ForeignKey(Question, models.PROTECT)
    file = models.FileField(upload_to=evidence_path, max_length=200)
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    first_submission = models.ForeignKey(
        "Submission", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["uploaded_at", "uuid"]
        indexes = [models.Index(fields=["application", "question"], name="evidence_by_question")]
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_viewable(self) -> bool:
        """Whether a browser may show it in place, in a sandbox, instead of saving it."""
        return self.content_type in ("application/pdf", "image/jpeg", "image/png", "image/webp")

    @property
    def is_submitted(self) -> bool:
        """Whether a submission names it, so that it has to be kept."""
        return self.first_submission_id is not None


class Submission(models.Model):
    """The application as it was at one submit: questions, answers, self-ratings and evidence with their
    hashes. Frozen by the database; `sha256` is over `applications.hashing.canonical(content)`."""

    application = models.ForeignKey(Application, models.PROTECT)
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="submission_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} #{self.number}"

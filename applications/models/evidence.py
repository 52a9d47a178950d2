"""The files that support the answers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import User

from .application import Application
from .questionnaire import Question


def evidence_path(evidence: Evidence, filename: str) -> str:
    """Where a file is kept: a name of ours, never the sender's."""
    return f"evidence/{evidence.application_id}/{evidence.pk}"


def thumbnail_path(evidence: Evidence, filename: str) -> str:
    """Where the small picture of a file is kept."""
    return f"thumbnails/{evidence.application_id}/{evidence.pk}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def present(self) -> EvidenceQuerySet:
        """Those that count: neither removed by the applicant nor refused for a virus."""
        return self.filter(removed_at__isnull=True).exclude(scan=Evidence.Scan.INFECTED)

    def listed(self) -> EvidenceQuerySet:
        """Those that the question page has something to say of, with all that it needs."""
        return self.filter(removed_at=None).select_related("uploaded_by").prefetch_related("questions")

    def being_checked(self) -> EvidenceQuerySet:
        """Those that wait for the virus scanner's word."""
        return self.filter(removed_at__isnull=True, scan=Evidence.Scan.WAITING)


class Evidence(models.Model):
    """A file that supports one or more answers. Removed after a submission it stays, since the submission names
    it. What the scanner has refused has no file any more; its row tells the uploader."""

    class Scan(models.TextChoices):
        """What the virus scanner says. Without a scanner (`QM_CLAMD`) nothing is scanned."""

        NONE = "none", _("Not scanned")
        WAITING = "waiting", _("Being checked")
        CLEAN = "clean", _("No virus found")
        INFECTED = "infected", _("Virus found")

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="evidence")
    questions = models.ManyToManyField(Question, related_name="evidence", verbose_name=_("questions"))
    file = models.FileField(upload_to=evidence_path, max_length=200, blank=True)
    thumbnail = models.FileField(upload_to=thumbnail_path, max_length=200, blank=True)
    name = models.CharField(_("file name"), max_length=200)
    description = models.CharField(_("description"), max_length=200, blank=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(_("virus check"), max_length=8, choices=Scan, default=Scan.NONE)
    scan_finding = models.CharField(_("virus found"), max_length=200, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    first_submission = models.ForeignKey(
        "Submission", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["uploaded_at", "uuid"]
        indexes = [models.Index(fields=["scan", "uploaded_at"], name="evidence_to_scan")]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty"),
            models.CheckConstraint(
                condition=Q(scan__in=["none", "waiting", "clean", "infected"]), name="evidence_scan_known"
            ),
            models.CheckConstraint(
                condition=Q(first_submission__isnull=True) | Q(scan__in=["none", "clean"]),
                name="evidence_submitted_is_not_suspect",
            ),
        ]

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

    @property
    def counts(self) -> bool:
        """Whether it supports an answer (see `present`)."""
        return self.removed_at is None and self.scan != self.Scan.INFECTED

    @property
    def is_open_to_readers(self) -> bool:
        """Whether it may be opened at all: not while it is being checked, nor after a virus was found."""
        return self.scan in (self.Scan.NONE, self.Scan.CLEAN)

"""An application: its answers while it is written, and the frozen submissions."""

from __future__ import annotations

import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext_lazy as _

from members.models import Affiliation, Organisation, User

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


def capacities(user: User, prefix: str = "") -> dict[str, Any]:
    """Annotations that say what part `user` has in an application: `affiliated_as`, the role in the
    applicant's organisation or None, and `is_co_applicant`. `prefix` leads from the query's model to the
    application, such as 'application__'."""
    roles = Affiliation.objects.filter(user=user, organisation=OuterRef(f"{prefix}organisation"))
    joined = apps.get_model("applications", "CoApplicant").objects.active()
    return {
        "affiliated_as": Subquery(roles.values("role")[:1]),
        "is_co_applicant": Exists(joined.filter(user=user, application=OuterRef(f"{prefix}pk"))),
    }


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of(self, user: User) -> ApplicationQuerySet:
        """Those that `user` has a part in, by the organisation or as co-applicant, with that part (see
        `capacities`)."""
        return self.annotate(**capacities(user)).filter(
            Q(affiliated_as__isnull=False) | Q(is_co_applicant=True)
        )

    def with_part_of(self, user: User) -> ApplicationQuerySet:
        """Those that `user` has a part in now, or has ever worked on for the applicant: what keeps somebody at
        the association out of the case."""
        answers, files, joined = (
            apps.get_model("applications", name) for name in ("Answer", "Evidence", "CoApplicant")
        )
        # Each part by its own index, one after the other: as alternatives of one condition they make the database
        # look at every application there is.
        parts = Application.objects.order_by().filter(organisation__affiliation__user=user).values_list("pk")
        others = (
            joined.objects.filter(user=user).order_by().values_list("application"),
            answers.objects.filter(updated_by=user).order_by().values_list("application"),
            files.objects.filter(uploaded_by=user).order_by().values_list("application"),
            Application.objects.filter(created_by=user).order_by().values_list("pk"),
        )
        return self.filter(pk__in=parts.union(*others, all=True))

    def applying(self) -> ApplicationQuerySet:
        """Those that ask for the mark: self-diagnoses are left out."""
        return self.exclude(kind=Application.Kind.DIAGNOSIS)

    def in_status(self, *statuses: Status) -> ApplicationQuerySet:
        return self.filter(status__in=statuses)


class Application(models.Model):
    """One town centre's case. `status` is assigned by `applications.workflow` alone."""

    class Kind(models.TextChoices):
        """What it is for. A self-diagnosis is never submitted; it can be turned into a new application."""

        NEW = "new", _("New application")
        RENEWAL = "renewal", _("Renewal")
        DIAGNOSIS = "diagnosis", _("Self-diagnosis")

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("applicant"))
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, verbose_name=_("questionnaire"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.NEW, editable=False)
    renews = models.ForeignKey(
        "Certificate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name=_("renews"),
        editable=False,
    )
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

    # What `capacities` adds in a query.
    affiliated_as: str | None
    is_co_applicant: bool

    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("started by"))
    created_at = models.DateTimeField(_("started"))
    status_since = models.DateTimeField(_("in this status since"))
    touched_at = models.DateTimeField(_("last changed by the applicant"))
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)

    words = models.GeneratedField(
        expression=Lower(Concat("reference", Value(" "), "area", Value(" "), "holder")),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )
    """What a search looks through, in small letters. The database keeps it."""

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "status_since"], name="application_queue"),
            models.Index(fields=["status_since", "id"], name="application_by_age"),
            models.Index(fields=["organisation", "-created_at"], name="application_by_organisation"),
            models.Index(fields=["-created_at"], name="application_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="application_status_known"),
            models.CheckConstraint(condition=Q(reviews_required__gte=1), name="application_needs_a_review"),
            models.UniqueConstraint(
                fields=["organisation", "area"],
                condition=Q(status__in=[status.value for status in OPEN]) & ~Q(kind="diagnosis"),
                name="application_one_open_per_area",
            ),
            models.CheckConstraint(
                condition=~Q(kind="diagnosis") | Q(status__in=["draft", "withdrawn", "lapsed"]),
                name="application_diagnosis_stays_private",
            ),
            models.CheckConstraint(
                condition=Q(kind="renewal", renews__isnull=False)
                | (~Q(kind="renewal") & Q(renews__isnull=True)),
                name="application_renewal_renews",
            ),
        ]
        permissions = [
            ("assign_application", _("Can assign advisors")),
            ("review_application", _("Can review applications")),
            ("decide_application", _("Can decide applications")),
            ("override_tie", _("Can assign an advisor in spite of a possible tie")),
            ("view_calibration", _("Can see how the advisors' points compare")),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.area}"

    @property
    def state(self) -> Status:
        """The status as the enum, with its behaviour."""
        return Status(self.status)

    @property
    def is_renewal(self) -> bool:
        return self.kind == self.Kind.RENEWAL

    @property
    def is_diagnosis(self) -> bool:
        return self.kind == self.Kind.DIAGNOSIS

    @property
    def latest_submission(self) -> Submission | None:
        return self.submission_set.order_by("-number").first()

    @property
    def open_completion(self):
        """The completion request that the applicant has now, or None."""
        if self.status != Status.COMPLETION_REQUESTED:
            return None
        return self.completionrequest_set.order_by("-requested_at").first()

    @property
    def has_open_appeal(self) -> bool:
        """Whether an appeal waits to be heard."""
        if self.status != Status.DECLINED:
            return False
        return self.decision_set.filter(appeal__outcome="").exists()


class Answer(models.Model):
    """What the applicant writes and rates for one question. Made empty with the application, so that there is
    one for every question. `text` may be a part of an answer while the application is with the applicant;
    `reading.gaps` tells what is still wanting. `revision` counts the saves: a save names the revision that it
    was written on, and one that names an older is refused (`writing.Stale`)."""

    application = models.ForeignKey(Application, models.CASCADE)
    question = models.ForeignKey(Question, models.PROTECT)
    text = models.TextField(_("answer"), blank=True)
    rating = models.PositiveSmallIntegerField(_("self-rating"), choices=Level, null=True, blank=True)
    changed = models.BooleanField(_("something has changed since last time"), null=True, default=None)
    revision = models.PositiveIntegerField(default=0)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    updated_at = models.DateTimeField(null=True)
    handed_to = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("handed over to")
    )
    handed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    handed_at = models.DateTimeField(null=True, blank=True)

    # What `capacities` adds in a query.
    affiliated_as: str | None
    is_co_applicant: bool

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["question__number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "question"], name="answer_one_per_question"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__in=LEVELS), name="answer_rating_on_scale"
            ),
            models.CheckConstraint(
                condition=Q(revision=0, updated_at__isnull=True)
                | Q(revision__gt=0, updated_at__isnull=False),
                name="answer_saved_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.question_id}"

    @property
    def is_begun(self) -> bool:
        """Whether anything stands in it."""
        return bool(self.text.strip()) or self.rating is not None


class Presence(models.Model):
    """That somebody has the page of an answer open, told by the page itself every few seconds."""

    FRESH = datetime.timedelta(seconds=45)
    """How long after the last word from the page it counts as open."""

    answer = models.ForeignKey(Answer, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.answer_id}: {self.user_id}"


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
        indexes = [
            # For the years that there are, which every list of cases offers.
            models.Index(fields=["submitted_at"], condition=Q(number=1), name="submission_first"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} #{self.number}"

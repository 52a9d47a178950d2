"""The questions and the rules they are judged by: data, versioned, and frozen once published or in use."""

from __future__ import annotations

import datetime
from decimal import Decimal
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .. import clock


class Level(models.IntegerChoices):
    """The scale for self-ratings and points."""

    MISSING = 0, _("missing")
    STARTED = 1, _("started")
    PARTLY = 2, _("partly")
    FULFILLED = 3, _("fulfilled")
    EXEMPLARY = 4, _("exemplary")


LEVELS = tuple(Level.values)


class Translated:
    """A text kept in two columns, `<name>_sv` and `<name>_en`; reads as the one in the reader's language."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: models.Model | None, owner: type):
        if instance is None:
            return self
        return self.in_language(instance, get_language() or "sv")

    def in_language(self, instance: models.Model, language: str) -> str:
        """The text in `language`, or in Swedish where that is all there is."""
        english = getattr(instance, f"{self.name}_en")
        return english if language == "en" and english else getattr(instance, f"{self.name}_sv")


def _now() -> datetime.datetime:
    """By when a version has to be published. A story told of the past, as the demo's, has today's questions."""
    return max(clock.now(), timezone.now())


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    def in_force(self) -> models.QuerySet[Questionnaire]:
        """Those that have been published, the newest first: the first of them is the current one."""
        return self.filter(published_at__lte=_now()).order_by("-published_at", "-version")

    def current(self) -> Questionnaire:
        """The version that new applications get: the one that was published last. Raises
        Questionnaire.DoesNotExist."""
        found = self.in_force().first()
        if found is None:
            raise Questionnaire.DoesNotExist
        return found

    def with_current(self) -> models.QuerySet[Questionnaire]:
        """Each with the key of the current one, so that a list of them is told apart in the same query."""
        return self.annotate(current_pk=models.Subquery(Questionnaire.objects.in_force().values("pk")[:1]))


class QuestionnaireStanding(models.TextChoices):
    """How a version stands today."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    CURRENT = "current", _("In force")
    FORMER = "former", _("Former")


class Questionnaire(models.Model):
    """One version of the self-assessment with its rules. The defaults are those of the association."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    title_sv = models.CharField(_("title (Swedish)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("copy of")
    )
    revision = models.PositiveIntegerField(default=0, editable=False)
    pass_percent = models.PositiveSmallIntegerField(
        _("share of the weighted points needed to pass (%)"), default=60, validators=[MaxValueValidator(100)]
    )
    reviews_required = models.PositiveSmallIntegerField(
        _("independent reviews required"), default=2, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    validity_months = models.PositiveSmallIntegerField(
        _("months a certificate is valid"),
        default=36,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    completion_days = models.PositiveSmallIntegerField(
        _("days to complete an application"),
        default=28,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    handling_weeks = models.PositiveSmallIntegerField(
        _("weeks from submission to decision, as a rule"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(52)],
    )
    lapse_months = models.PositiveSmallIntegerField(
        _("months until an untouched draft or completion lapses"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    appeal_days = models.PositiveSmallIntegerField(
        _("days to appeal a decision"),
        default=28,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    title = Translated()

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pass_percent__lte=100), name="questionnaire_pass_percent_range"
            ),
            models.CheckConstraint(
                condition=Q(reviews_required__range=(1, 9)), name="questionnaire_reviews_range"
            ),
            models.CheckConstraint(
                condition=Q(validity_months__range=(1, 120)), name="questionnaire_validity_range"
            ),
            models.CheckConstraint(
                condition=Q(completion_days__range=(1, 365)), name="questionnaire_days_range"
            ),
            models.CheckConstraint(
                condition=Q(handling_weeks__range=(1, 52)), name="questionnaire_handling_range"
            ),
            models.CheckConstraint(
                condition=Q(lapse_months__range=(1, 120)), name="questionnaire_lapse_range"
            ),
            models.CheckConstraint(
                condition=Q(appeal_days__range=(1, 365)), name="questionnaire_appeal_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    @property
    def is_published(self) -> bool:
        """Whether its day has come. Then it is what applicants were promised, for good."""
        return self.published_at is not None and self.published_at <= _now()

    @property
    def is_scheduled(self) -> bool:
        """Whether its day is set and hasn't come. Until then that can be taken back."""
        return self.published_at is not None and not self.is_published

    @property
    def is_frozen(self) -> bool:
        """Whether it can't be changed: it is published, or is to be, or an application uses it."""
        return self.published_at is not None or self.is_used

    @cached_property
    def is_used(self) -> bool:
        """Whether an application has it. Asked once: an object doesn't outlive its request."""
        return self.application_set.exists()

    @property
    def published_day(self) -> str:
        """The day that it is in force from, in words; empty for a draft."""
        return date_format(timezone.localdate(self.published_at), "j F Y") if self.published_at else ""

    @property
    def standing(self) -> QuestionnaireStanding:
        """How it stands today; costs a query unless it comes from `with_current`."""
        if self.published_at is None:
            return QuestionnaireStanding.DRAFT
        if not self.is_published:
            return QuestionnaireStanding.SCHEDULED
        current = getattr(self, "current_pk", None) or Questionnaire.objects.current().pk
        return QuestionnaireStanding.CURRENT if self.pk == current else QuestionnaireStanding.FORMER

    @property
    def stamp(self) -> str:
        """What changes whenever the version or a question of it is changed."""
        sums = self.question_set.aggregate(count=models.Count("pk"), revisions=models.Sum("revision"))
        return f"{self.revision}.{sums['count']}.{sums['revisions'] or 0}"


class Question(models.Model):
    """One question, with the help beside it and how much it counts."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, verbose_name=_("questionnaire"))
    number = models.PositiveSmallIntegerField(
        _("number"), validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    # The same in every version that asks this: a renewal finds the former answer by it.
    key = models.UUIDField(default=uuid4, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    heading_sv = models.CharField(_("short heading (Swedish)"), max_length=60)
    heading_en = models.CharField(_("short heading (English)"), max_length=60)
    text_sv = models.TextField(_("question (Swedish)"))
    text_en = models.TextField(_("question (English)"))
    why_sv = models.TextField(_("why it is asked (Swedish)"), blank=True)
    why_en = models.TextField(_("why it is asked (English)"), blank=True)
    good_answer_sv = models.TextField(_("what a good answer has, a point a line (Swedish)"), blank=True)
    good_answer_en = models.TextField(_("what a good answer has, a point a line (English)"), blank=True)
    evidence_hint_sv = models.TextField(_("evidence that counts, a point a line (Swedish)"), blank=True)
    evidence_hint_en = models.TextField(_("evidence that counts, a point a line (English)"), blank=True)
    example_sv = models.TextField(_("worked example (Swedish)"), blank=True)
    example_en = models.TextField(_("worked example (English)"), blank=True)
    example_source = models.CharField(_("whose example it is"), max_length=80, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("about how long it takes to answer (minutes)"),
        default=45,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
    )
    max_words = models.PositiveSmallIntegerField(
        _("longest answer (words)"),
        default=600,
        validators=[MinValueValidator(1), MaxValueValidator(3000)],
    )
    weight = models.DecimalField(_("weight"), max_digits=4, decimal_places=2, default=Decimal(1))
    minimum = models.PositiveSmallIntegerField(
        _("lowest points to pass"), choices=Level, default=Level.PARTLY
    )
    evidence_required = models.BooleanField(_("evidence required"), default=False)
    heading = Translated()
    text = Translated()
    why = Translated()
    good_answer = Translated()
    evidence_hint = Translated()
    example = Translated()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["questionnaire", "number"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="question_number_unique"),
            models.UniqueConstraint(fields=["questionnaire", "key"], name="question_key_unique"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="question_weight_positive"),
            models.CheckConstraint(condition=Q(max_words__range=(1, 3000)), name="question_max_words_range"),
            models.CheckConstraint(condition=Q(minimum__in=LEVELS), name="question_minimum_on_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.heading}"

    @property
    def weight_in_figures(self) -> str:
        """The weight without the noughts that say nothing, as numbers are written in the reader's language."""
        return number_format(Decimal(f"{self.weight.normalize():f}"))


class RubricLevel(models.Model):
    """What one level of the scale means for one question."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="rubric", verbose_name=_("question"))
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    text_sv = models.CharField(_("description (Swedish)"), max_length=300)
    text_en = models.CharField(_("description (English)"), max_length=300)
    text = Translated()

    class Meta:
        verbose_name = _("rubric level")
        verbose_name_plural = _("rubric levels")
        ordering = ["question", "level"]
        constraints = [
            models.UniqueConstraint(fields=["question", "level"], name="rubric_one_text_per_level"),
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="rubric_level_on_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.text}"

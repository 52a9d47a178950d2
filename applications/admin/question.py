"""A question of a version, with its help and rubric, to change for as long as the version is a draft."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import (
    LEVELS,
    Level,
    Question,
    Questionnaire,
    RubricLevel,
)

from .drafts import FollowsItsParent, UnstaleForm, UnstaleFormSet, WhileDraft, renumber, touch

QUESTION_FIELDSETS: Any = (
    (gettext_lazy("The question"), {"fields": (("heading_sv", "heading_en"), ("text_sv", "text_en"))}),
    (
        gettext_lazy("How it is judged"),
        {"fields": (("weight", "minimum"), "evidence_required")},
    ),
    (gettext_lazy("How long the answer is"), {"fields": (("max_words", "minutes"),)}),
    (
        gettext_lazy("Help beside the question"),
        {
            "fields": (
                ("why_sv", "why_en"),
                ("good_answer_sv", "good_answer_en"),
                ("evidence_hint_sv", "evidence_hint_en"),
                ("example_sv", "example_en"),
                "example_source",
            ),
        },
    ),
)
SHORT_TEXT: Any = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 5})}}


class QuestionForm(UnstaleForm):
    """Says beside the field what the database would otherwise refuse. A draft may lack its English."""

    weight = forms.DecimalField(
        label=capfirst(Question._meta.get_field("weight").verbose_name),
        initial=Decimal(1),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    is_another = forms.BooleanField(
        label=gettext_lazy("This is another question than in the version that was copied"),
        help_text=gettext_lazy(
            "Tick it when the question is about something else now. Renewals then don't fill in the former answer."
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("heading_en", "text_en"):
            if name in self.fields:
                self.fields[name].required = False

    def clean_questionnaire(self) -> Questionnaire:
        """Held until the question is there, so that nobody publishes the version without it."""
        chosen = self.cleaned_data["questionnaire"]
        fresh = Questionnaire.objects.select_for_update().filter(pk=chosen.pk).first()
        if fresh is None or fresh.is_frozen:
            raise ValidationError(_("This version can't be changed any more: it is published or in use."))
        return fresh


class RubricForm(forms.ModelForm):
    """What one level means. Both languages may wait until the version is to be published."""

    class Meta:
        widgets = {
            "level": forms.HiddenInput,
            **{name: forms.Textarea(attrs={"rows": 3}) for name in ("text_sv", "text_en")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("text_sv", "text_en"):
            if name in self.fields:
                self.fields[name].required = False


class RubricFormSet(UnstaleFormSet):
    """A row for each level of the scale, those that aren't described yet last."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        if index is not None and form.instance.pk is None and "level" in form.fields:
            described = {level.level for level in self.get_queryset()}
            missing = [level for level in LEVELS if level not in described]
            place = index - self.initial_form_count()
            if place < len(missing):
                form.instance.level = form.initial["level"] = missing[place]
        super().add_fields(form, index)
        level = form.instance.level
        if level in LEVELS:
            for name in ("text_sv", "text_en"):
                if name in form.fields:
                    label = form.fields[name].label
                    form.fields[name].widget.attrs["aria-label"] = f"{level} {Level(level).label}: {label}"


class RubricInline(FollowsItsParent, admin.TabularInline):
    model = RubricLevel
    form = RubricForm
    formset = RubricFormSet
    fields = ("word", "level", "text_sv", "text_en")
    readonly_fields = ("word",)
    ordering = ("level",)
    max_num = len(LEVELS)
    extra = len(LEVELS)
    can_delete = False
    verbose_name_plural = gettext_lazy("What each level means")

    @admin.display(description=gettext_lazy("level"))
    def word(self, rubric: RubricLevel) -> str:
        return f"{rubric.level} {Level(rubric.level).label}" if rubric.level in LEVELS else ""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        may_change = self.has_change_permission(request, obj)
        return self.fields if may_change else ("word", "text_sv", "text_en")


@admin.register(Question)
class QuestionAdmin(WhileDraft):
    """Reached from its questionnaire, which also lists it."""

    form = QuestionForm
    formfield_overrides = SHORT_TEXT
    inlines = (RubricInline,)

    def questionnaire_of(self, obj: Question) -> Questionnaire:
        return obj.questionnaire

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Question | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("questionnaire",)}), *QUESTION_FIELDSETS)
        first, *others = QUESTION_FIELDSETS
        if not self.is_fixed(obj) and self._is_asked_elsewhere(obj):
            first = (first[0], {"fields": (*first[1]["fields"], "is_another")})
        return (first, *others)

    def _is_asked_elsewhere(self, question: Question) -> bool:
        return Question.objects.filter(~Q(pk=question.pk), key=question.key).exists()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Questionnaire.objects.filter(application=None, published_at=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("admin:applications_questionnaire_changelist")

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        if not change:
            last = obj.questionnaire.question_set.aggregate(last=Max("number"))["last"] or 0
            obj.number = last + 1
            touch(obj.questionnaire)
        elif form.cleaned_data.get("is_another"):
            obj.key = uuid4()
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Question) -> None:
        questionnaire = obj.questionnaire
        super().delete_model(request, obj)
        renumber(
            questionnaire, list(questionnaire.question_set.order_by("number").values_list("pk", flat=True))
        )
        touch(questionnaire)

    def response_post_save_add(self, request: HttpRequest, obj: Question) -> Any:
        return redirect(reverse("admin:applications_questionnaire_change", args=[obj.questionnaire_id]))

    response_post_save_change = response_post_save_add

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        super().response_delete(request, obj_display, obj_id)
        return redirect("admin:applications_questionnaire_changelist")

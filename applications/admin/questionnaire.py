"""The questions and the rules they are judged by, to change for as long as no application uses them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import MinValueValidator
from django.db import IntegrityError, models
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import LEVELS, Question, Questionnaire, RubricLevel
from members.office import LabelledFormSet, OfficeAdmin

QUESTION_FIELDSETS: Any = (
    (None, {"fields": (("number", "heading_sv", "heading_en"), ("text_sv", "text_en"))}),
    (
        gettext_lazy("How it is judged"),
        {"fields": (("weight", "minimum"), ("max_words", "evidence_required"))},
    ),
    (
        gettext_lazy("Help beside the question"),
        {
            "classes": ("collapse",),
            "fields": (
                ("why_sv", "why_en"),
                ("good_answer_sv", "good_answer_en"),
                ("evidence_hint_sv", "evidence_hint_en"),
            ),
        },
    ),
)
SHORT_TEXT: Any = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 4})}}


class QuestionForm(forms.ModelForm):
    """Says beside the field what the database would otherwise refuse."""

    weight = forms.DecimalField(
        label=capfirst(Question._meta.get_field("weight").verbose_name),
        initial=Decimal(1),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )


class WhileUnused(OfficeAdmin):
    """Editable until an application uses the questionnaire: from then on it is what the applicant was promised."""

    def questionnaire_of(self, obj: Any) -> Questionnaire:
        """The questionnaire that `obj` is or belongs to."""
        raise NotImplementedError

    def is_fixed(self, obj: Any) -> bool:
        return obj is not None and self.questionnaire_of(obj).is_frozen

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_fixed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_fixed(obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            return self._refused(request)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().delete_view(request, *args, **kwargs)
        except IntegrityError:
            return self._refused(request)

    def _refused(self, request: HttpRequest) -> HttpResponse:
        """The database has said no to what was allowed a moment ago."""
        messages.error(
            request,
            _("Nothing was changed: at the same moment the questionnaire was changed, or taken into use."),
        )
        return redirect("admin:applications_questionnaire_changelist")


class FollowsItsParent(admin.options.InlineModelAdmin):
    """Editable when the page that it stands on is."""

    def _is_free(self, request: HttpRequest, parent: Any) -> bool:
        page: Any = self.admin_site.get_model_admin(self.parent_model)
        return not page.is_fixed(parent)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._is_free(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_free(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_free(request, obj)


class QuestionInline(FollowsItsParent, admin.StackedInline):
    model = Question
    form = QuestionForm
    fieldsets = QUESTION_FIELDSETS
    formfield_overrides = SHORT_TEXT
    show_change_link = True
    extra = 0


@admin.register(Questionnaire)
class QuestionnaireAdmin(WhileUnused):
    list_display = ("title_sv", "version", "published_at", "questions", "pass_percent", "reviews_required")
    ordering = ("-version",)
    search_fields = ("title_sv", "title_en")
    actions = None
    readonly_fields = ("published_at",)
    fieldsets = (
        (None, {"fields": ("version", ("title_sv", "title_en"), "published_at")}),
        (
            gettext_lazy("Rules"),
            {
                "fields": (
                    "pass_percent",
                    "reviews_required",
                    "validity_months",
                    "completion_days",
                    "lapse_months",
                )
            },
        ),
    )
    inlines = (QuestionInline,)

    def questionnaire_of(self, obj: Questionnaire) -> Questionnaire:
        return obj

    def has_delete_permission(self, request: HttpRequest, obj: Questionnaire | None = None) -> bool:
        # Without a published one nobody could start an application.
        is_published = obj is not None and obj.published_at is not None
        return super().has_delete_permission(request, obj) and not is_published

    def get_queryset(self, request: HttpRequest) -> QuerySet[Questionnaire]:
        return super().get_queryset(request).annotate(question_count=Count("question"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = Questionnaire.objects.aggregate(newest=Max("version"))["newest"] or 0
        return {"version": newest + 1, **super().get_changeform_initial_data(request)}

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> Any:
        context["is_fixed"] = self.is_fixed(kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("questions"))
    def questions(self, questionnaire: Any) -> int:
        return questionnaire.question_count


class RubricForm(forms.ModelForm):
    class Meta:
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("text_sv", "text_en")}


class RubricInline(FollowsItsParent, admin.TabularInline):
    model = RubricLevel
    form = RubricForm
    formset = LabelledFormSet
    fields = ("level", "text_sv", "text_en")
    max_num = len(LEVELS)
    extra = len(LEVELS)


@admin.register(Question)
class QuestionAdmin(WhileUnused):
    """Reached from its questionnaire, which also lists it."""

    form = QuestionForm
    fieldsets = ((None, {"fields": ("questionnaire",)}), *QUESTION_FIELDSETS)
    formfield_overrides = SHORT_TEXT
    inlines = (RubricInline,)

    def questionnaire_of(self, obj: Question) -> Questionnaire:
        return obj.questionnaire

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> tuple[str, ...]:
        return ("questionnaire",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Questionnaire.objects.filter(application=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> Any:
        context["is_fixed"] = self.is_fixed(kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("admin:applications_questionnaire_changelist")

    def response_post_save_add(self, request: HttpRequest, obj: Question) -> Any:
        return redirect(reverse("admin:applications_questionnaire_change", args=[obj.questionnaire_id]))

    response_post_save_change = response_post_save_add

"""The questions and the rules they are judged by, to change for as long as the version is a draft. What is done with
a version as a whole is in `questionnaire_pages`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import (
    LEVELS,
    Application,
    Level,
    Question,
    Questionnaire,
    RubricLevel,
)
from applications.templatetags.qm import questionnaire_standing
from applications.workflow import publishing
from members.office import LabelledFormSet, OfficeAdmin

from .questionnaire_pages import Pages

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
PARKED = 1000
"""Added to numbers while they are given anew, so that no two questions have the same on the way."""


def renumber(questionnaire: Questionnaire, order: list[int]) -> None:
    """Number the questions 1, 2, 3 … in the order of their keys."""
    questions = questionnaire.question_set
    if list(questions.order_by("number").values_list("pk", "number")) == list(
        zip(order, range(1, len(order) + 1), strict=False)
    ):
        return
    questions.update(number=F("number") + PARKED)
    for number, pk in enumerate(order, 1):
        questions.filter(pk=pk).update(number=number)


def touch(record: Questionnaire | Question) -> None:
    """Let whoever has the page open see that it has been changed."""
    type(record)._default_manager.filter(pk=record.pk).update(revision=F("revision") + 1)


# --- Stale pages -------------------------------------------------------------------------------------------
def is_stale(data: Any, record: Any) -> bool:
    """Whether the page was opened before the last change of what it shows."""
    return record.pk is not None and data.get("seen") != str(record.revision)


def stale_message(record: Questionnaire | Question) -> str:
    entry = (
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(record), object_id=str(record.pk)
        )
        .select_related("user")
        .first()
    )
    if entry is None:
        return _(
            "Somebody has saved changes here after you opened the page. Nothing of yours is saved yet. Look at what "
            "is saved in a new tab. If yours should stand, save again."
        )
    return _(
        "%(name)s saved changes here on %(when)s, after you opened the page. Nothing of yours is saved yet. Look at "
        "what is saved in a new tab. If yours should stand, save again."
    ) % {"name": entry.user, "when": date_format(timezone.localtime(entry.action_time), "j F H:i")}


class UnstaleForm(forms.ModelForm):
    """Refuses once what was typed on a page that somebody else has changed since. The page shows all of it, and the
    next save is made on what stands now."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.has_changed() and is_stale(self.data, self.instance):
            raise ValidationError(stale_message(self.instance))
        return data


class UnstaleFormSet(LabelledFormSet):
    """The same for the rows below. A save that was sent twice changes nothing the second time, and passes."""

    def clean(self) -> None:
        super().clean()
        if self.has_changed() and is_stale(self.data, self.instance):
            raise ValidationError(stale_message(self.instance))


def _label(name: str, request: HttpRequest) -> str:
    """What the field `name` of one of the pages is called; empty where there is no such field."""
    inline, _dash, column = name.rpartition("-")
    models_asked: Any = (RubricLevel,) if inline else (Question, Questionnaire)
    for model in models_asked:
        if any(field.name == column for field in model._meta.fields):
            label = capfirst(str(model._meta.get_field(column).verbose_name))
            return f"{request.POST.get(f'{inline}-level', '')} {label}".strip() if inline else label
    return ""


# --- What the pages share ----------------------------------------------------------------------------------
class WhileDraft(OfficeAdmin):
    """Editable until the version is published or used: from then on it is what the applicant was promised."""

    def questionnaire_of(self, obj: Any) -> Questionnaire:
        """The questionnaire that `obj` is or belongs to."""
        raise NotImplementedError

    def is_fixed(self, obj: Any) -> bool:
        return obj is not None and self.questionnaire_of(obj).is_frozen

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Held from the first look to the save, so that nobody publishes it in between."""
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST" or not transaction.get_connection().in_atomic_block:
            return found
        Questionnaire.objects.select_for_update().filter(pk=self.questionnaire_of(found).pk).first()
        return super().get_object(request, object_id, from_field)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_fixed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_fixed(obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            return self._refused(request)
        except PermissionDenied:
            if "seen" not in request.POST or not super().has_change_permission(request):
                raise
            return self._too_late(request, self.get_object(request, unquote(object_id or "")))

    def _too_late(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The page was open when the version was published or taken into use: what was typed, to copy from."""
        names = [name for name in request.POST if name.endswith(("_sv", "_en"))]
        typed = [(_label(name, request), str(request.POST[name])) for name in names]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Nothing was saved"),
            "questionnaire": self.questionnaire_of(obj),
            "typed": [(label, value) for label, value in typed if label and value.strip()],
        }
        template = "admin/applications/questionnaire/too_late.html"
        return TemplateResponse(request, template, context, status=409)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().delete_view(request, *args, **kwargs)
        except IntegrityError:
            return self._refused(request)

    def _refused(self, request: HttpRequest) -> HttpResponse:
        """The database has said no to what was allowed a moment ago."""
        messages.error(
            request,
            _(
                "Nothing was changed: at the same moment the questionnaire was changed, published, or taken into use."
            ),
        )
        return redirect("admin:applications_questionnaire_changelist")

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            touch(form.instance)

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        context |= {"is_fixed": self.is_fixed(obj), "show_save_and_add_another": False}
        context["questionnaire"] = self.questionnaire_of(obj) if obj else None
        return super().render_change_form(request, context, *args, **kwargs)


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


# --- A version ---------------------------------------------------------------------------------------------
class QuestionnaireForm(UnstaleForm):
    """A draft may lack its English: whoever publishes it is told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "title_en" in self.fields:
            self.fields["title_en"].required = False


class PlaceForm(forms.ModelForm):
    """Where a question stands. Not the number itself: two that change places would have the same on the way."""

    place = forms.IntegerField(label=gettext_lazy("Place"), min_value=1, max_value=99)

    class Meta:
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["place"] = self.instance.number
        if self.instance.pk and "place" in self.fields:
            self.fields["place"].label = _("Place of “%(heading)s”") % {"heading": self.instance.heading}


class PlaceFormSet(UnstaleFormSet):
    """Refuses two questions in one place, beside the second."""

    def clean(self) -> None:
        super().clean()
        taken = set()
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            place = data.get("place")
            if place is None or data.get("DELETE"):
                continue
            if place in taken:
                form.add_error("place", _("Another question has this place already."))
            taken.add(place)

    def order(self) -> list[int]:
        """The keys of the questions that stay, in their new order."""
        staying = [form for form in self.initial_forms if not form.cleaned_data.get("DELETE")]
        return [form.instance.pk for form in sorted(staying, key=lambda form: form.cleaned_data["place"])]


class QuestionInline(FollowsItsParent, admin.TabularInline):
    """The questions in their order. Each is changed on its own page."""

    model = Question
    form = PlaceForm
    formset = PlaceFormSet
    fields = ("place", "asks", "counts", "at_least", "wants_evidence", "takes")
    readonly_fields = ("asks", "counts", "at_least", "wants_evidence", "takes")
    ordering = ("number",)
    extra = 0
    max_num = 0

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = self.fields
        return fields if self.has_change_permission(request, obj) else ("number", *fields[1:])

    @admin.display(description=gettext_lazy("question"))
    def asks(self, question: Question) -> str:
        address = reverse("admin:applications_question_change", args=[question.pk])
        return format_html('<a href="{}">{}</a>', address, question.heading or _("Without a heading"))

    @admin.display(description=gettext_lazy("weight"))
    def counts(self, question: Question) -> str:
        return question.weight_in_figures

    @admin.display(description=gettext_lazy("lowest points to pass"))
    def at_least(self, question: Question) -> str:
        return f"{question.minimum} {question.get_minimum_display()}"

    @admin.display(description=gettext_lazy("evidence required"))
    def wants_evidence(self, question: Question) -> str:
        return _("Yes") if question.evidence_required else _("No")

    @admin.display(description=gettext_lazy("minutes"))
    def takes(self, question: Question) -> int:
        return question.minutes


RULES = (
    "pass_percent",
    "reviews_required",
    "validity_months",
    "handling_weeks",
    "completion_days",
    "lapse_months",
    "appeal_days",
)


@admin.register(Questionnaire)
class QuestionnaireAdmin(Pages, WhileDraft):
    form = QuestionnaireForm
    list_display = ("title_sv", "version", "state", "applications", "questions")
    ordering = ("-version",)
    actions = None
    fieldsets = (
        (gettext_lazy("Title"), {"fields": (("title_sv", "title_en"),)}),
        (gettext_lazy("Rules"), {"fields": RULES}),
    )
    inlines = (QuestionInline,)

    def questionnaire_of(self, obj: Questionnaire) -> Questionnaire:
        return obj

    def get_queryset(self, request: HttpRequest) -> QuerySet[Questionnaire]:
        """With what the list tells of each. Counted apart: joined, they would multiply each other."""
        asked = Question.objects.filter(questionnaire=OuterRef("pk")).order_by().values("questionnaire")
        used = Application.objects.filter(questionnaire=OuterRef("pk")).order_by().values("questionnaire")
        found: Any = super().get_queryset(request)
        return found.with_current().annotate(
            question_count=Coalesce(Subquery(asked.annotate(count=Count("pk")).values("count")), 0),
            application_count=Coalesce(Subquery(used.annotate(count=Count("pk")).values("count")), 0),
        )

    def get_inlines(self, request: HttpRequest, obj: Questionnaire | None) -> Any:
        return self.inlines if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Questionnaire, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return

        def make(version: int) -> Questionnaire:
            obj.pk, obj.version = None, version
            obj.save(force_insert=True)
            return obj

        publishing.numbered(make)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        order = formset.order()
        for question in formset.deleted_objects:
            question.delete()
        renumber(form.instance, order)

    def response_add(
        self, request: HttpRequest, obj: Questionnaire, post_url_continue: str | None = None
    ) -> Any:
        """On to the new version: its questions come next."""
        super().response_add(request, obj, post_url_continue)
        return redirect("admin:applications_questionnaire_change", obj.pk)

    @admin.display(description=gettext_lazy("questions"), ordering="question_count")
    def questions(self, questionnaire: Any) -> int:
        return questionnaire.question_count

    @admin.display(description=gettext_lazy("applications"), ordering="application_count")
    def applications(self, questionnaire: Any) -> int:
        return questionnaire.application_count

    @admin.display(description=gettext_lazy("state"))
    def state(self, questionnaire: Questionnaire) -> str:
        return questionnaire_standing(questionnaire)


# --- A question --------------------------------------------------------------------------------------------
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

"""A version of the questions and the rules they are judged by, to change for as long as it is a draft. What is done
with it as a whole is in `questionnaire_pages`, each question in `question`."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import (
    Application,
    Question,
    Questionnaire,
)
from applications.templatetags.qm import questionnaire_standing
from applications.versions import RULES
from applications.workflow import publishing

from .drafts import FollowsItsParent, UnstaleForm, UnstaleFormSet, WhileDraft, renumber
from .questionnaire_pages import Pages


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

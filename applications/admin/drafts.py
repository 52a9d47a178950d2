"""What the pages of a version and of a question share: editable while it is a draft, and never saved over unseen."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from applications.models import (
    Question,
    Questionnaire,
    RubricLevel,
)
from members.office import LabelledFormSet, OfficeAdmin

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

"""What is done with a version of the questionnaire as a whole: copied, previewed, compared, published on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import clock, doors, versions, wholeness
from applications.forms import AnswerForm
from applications.models import Answer, Application, Questionnaire, Status
from applications.workflow import publishing
from members.models import User

SAMPLE = "QM-0000-0000"
"""The reference of an application that there never is."""
LANGUAGES = {"sv": "Svenska", "en": "English"}


class PublishForm(forms.Form):
    """When the version is to be in force. `seen` is the draft as it was on the page."""

    on = forms.DateField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("Today puts it in force at once. A later day does so when that day begins."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control short"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": gettext_lazy("Choose a day."), "required": gettext_lazy("Choose a day.")},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class VersionsForm(forms.Form):
    """Which two versions to compare."""

    old = forms.ModelChoiceField(Questionnaire.objects.none(), label=gettext_lazy("From"), empty_label=None)
    new = forms.ModelChoiceField(Questionnaire.objects.none(), label=gettext_lazy("To"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            cast(forms.ModelChoiceField, field).queryset = Questionnaire.objects.order_by("-version")
            field.widget.attrs["class"] = "form-select"


@dataclass(frozen=True)
class Step:
    """A question in the row of the preview."""

    number: int
    title: str
    url: str


def basis_of(questionnaire: Questionnaire) -> Questionnaire | None:
    """What a version is compared with unless somebody asks otherwise: the one in force, else the one before."""
    current = Questionnaire.objects.in_force().first()
    if current and current != questionnaire:
        return current
    return Questionnaire.objects.filter(version__lt=questionnaire.version).order_by("-version").first()


class Pages(admin.ModelAdmin):
    """The addresses of a version beyond Django's own."""

    def get_urls(self) -> list[Any]:
        found = [
            path(route, self.admin_site.admin_view(view), name=f"applications_questionnaire_{name}")
            for route, view, name in (
                ("differences/", require_safe(self.differences_view), "differences"),
                ("<int:pk>/copy/", require_POST(self.copy_view), "copy"),
                (
                    "<int:pk>/publish/",
                    require_http_methods(["GET", "HEAD", "POST"])(self.publish_view),
                    "publish",
                ),
                ("<int:pk>/take-back/", require_POST(self.take_back_view), "take-back"),
                ("<int:pk>/preview/", require_safe(self.preview_view), "preview"),
                (
                    "<int:pk>/preview/<int:number>/",
                    require_safe(self.preview_question_view),
                    "preview-question",
                ),
            )
        ]
        return [*found, *super().get_urls()]

    def _version(self, request: HttpRequest, pk: int, *, to_change: bool) -> Questionnaire:
        may = self.has_view_permission(request)
        if to_change:
            may = may and self.has_change_permission(request)
        if not may:
            raise PermissionDenied
        return get_object_or_404(Questionnaire.objects.all(), pk=pk)

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(
            request, f"admin/applications/questionnaire/{name}.html", context, status=status
        )

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> Any:
        version = kwargs.get("obj")
        if version:
            basis = basis_of(version)
            context |= {"basis": basis, "may_edit": self.has_change_permission(request)}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Moves ---------------------------------------------------------------------------------------------
    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the next version, to change."""
        source = self._version(request, pk, to_change=True)
        try:
            made = publishing.copy(source, cast(User, request.user))
        except doors.WorkflowError as error:
            return self._back(request, pk, error)
        messages.success(
            request,
            _(
                "This is version %(version)d, a copy of version %(source)d to change. Nobody sees it until you "
                "publish it."
            )
            % {"version": made.version, "source": source.version},
        )
        return redirect("admin:applications_questionnaire_change", made.pk)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the draft still wants, or the day that it is to be in force from."""
        draft = self._version(request, pk, to_change=True)
        form = PublishForm(request.POST if request.method == "POST" else None, initial={"on": clock.today()})
        status = 200
        if request.method == "POST" and form.is_valid():
            try:
                made = publishing.publish(draft, cast(User, request.user), **form.cleaned_data)
            except doors.WorkflowError as error:
                form.add_error(None, str(error))
                status = 403 if isinstance(error, doors.NotAllowed) else 409
                draft.refresh_from_db()
            else:
                messages.success(request, _published(made))
                return redirect("admin:applications_questionnaire_change", pk)
        basis = basis_of(draft)
        context = {
            "title": _("Publish version %(version)d") % {"version": draft.version},
            "questionnaire": draft,
            "form": form,
            "stamp": draft.stamp,
            "wants": wholeness.wants(draft) if draft.published_at is None else [],
            "basis": basis,
            "difference": versions.difference(basis, draft) if basis else None,
        }
        return self._page(request, "publish", context, status)

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make it a draft again, while its day hasn't come."""
        scheduled = self._version(request, pk, to_change=True)
        try:
            publishing.take_back(scheduled, cast(User, request.user))
        except doors.WorkflowError as error:
            return self._back(request, pk, error)
        messages.success(request, _("The publication is taken back, and the version is a draft again."))
        return redirect("admin:applications_questionnaire_change", pk)

    def _back(self, request: HttpRequest, pk: int, error: doors.WorkflowError) -> HttpResponse:
        messages.error(request, str(error))
        return redirect("admin:applications_questionnaire_change", pk)

    # --- Differences ---------------------------------------------------------------------------------------
    def differences_view(self, request: HttpRequest) -> HttpResponse:
        """What any two versions have otherwise."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = VersionsForm(request.GET if request.GET else None, initial=self._latest_two())
        old = new = difference = None
        if form.is_bound and form.is_valid():
            old, new = form.cleaned_data["old"], form.cleaned_data["new"]
            difference = versions.difference(old, new)
        context = {
            "title": _("What differs"),
            "form": form,
            "old": old,
            "new": new,
            "difference": difference,
        }
        return self._page(request, "differences", context)

    def _latest_two(self) -> dict[str, Questionnaire]:
        newest: QuerySet[Questionnaire] = Questionnaire.objects.order_by("-version")[:2]
        return dict(zip(("new", "old"), newest, strict=False))

    # --- Preview -------------------------------------------------------------------------------------------
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The public page of the questions, as it will be."""
        version = self._version(request, pk, to_change=False)
        return self._preview(request, version, "preview_public", versions.as_published(version))

    def preview_question_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """The applicant's page of a question, with an application that is in nobody's database."""
        version = self._version(request, pk, to_change=False)
        questions = list(version.question_set.prefetch_related("rubric").order_by("number"))
        question = next((question for question in questions if question.number == number), None)
        if question is None:
            raise Http404
        application = Application(reference=SAMPLE, questionnaire=version, status=Status.DRAFT, area="")
        context = {
            "application": application,
            "question": question,
            "answer": Answer(application=application, question=question),
            "count": len(questions),
            "evidence": [],
            "files": [],
            "editable": True,
            "is_saved": True,
            "seen": 0,
        }
        return self._preview(request, version, "preview_question", context, number)

    def _preview(
        self,
        request: HttpRequest,
        version: Questionnaire,
        name: str,
        context: dict[str, Any],
        number: int | None = None,
    ) -> HttpResponse:
        """A page of the applicant's in the language that is asked for, whatever the administrator's own is."""
        own = get_language() or "sv"
        language = request.GET.get("language", own)
        language = language if language in LANGUAGES else own
        with override(language):
            if question := context.get("question"):
                context["form"] = AnswerForm(initial={"text": "", "rating": None}, question=question)
            context |= {
                "is_preview": True,
                "version": version,
                "number": number,
                "language_chosen": language,
                "languages": LANGUAGES.items(),
                "steps": _steps(version, language),
            }
            template = f"admin/applications/questionnaire/{name}.html"
            return HttpResponse(render_to_string(template, context, request))


def _steps(version: Questionnaire, language: str) -> list[Step]:
    return [
        Step(
            question.number,
            question.heading,
            reverse("admin:applications_questionnaire_preview-question", args=[version.pk, question.number])
            + f"?language={language}",
        )
        for question in version.question_set.order_by("number")
    ]


def _published(version: Questionnaire) -> str:
    if version.is_scheduled:
        return _("Version %(version)d is published on %(day)s. Until then you can take it back.") % {
            "version": version.version,
            "day": version.published_day,
        }
    return _("Version %(version)d is in force. New applications get it from now on.") % {
        "version": version.version
    }

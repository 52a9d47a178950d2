"""Asking the applicant to complete, point by point, and giving more time for it."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications import doors, permissions, workflow
from applications.models import Application, CompletionTemplate
from applications.review_forms import CompletionForm, ExtensionForm
from members.models import User
from members.office import OfficeAdmin

from . import content
from .case import to
from .cases import case_or_404, page, person, require


@require_http_methods(["GET", "HEAD", "POST"])
def completion(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the applicant to complete some of the answers by a day."""
    application = case_or_404(request, pk)
    user = person(request)
    require(permissions.can_read_as_advisor(user, application))
    questions = list(application.questionnaire.question_set.all())
    form = CompletionForm(
        request.POST if request.method == "POST" else None,
        initial=CompletionForm.initial_for(application.questionnaire),
        questions=questions,
    )
    if form.is_bound and form.is_valid():
        try:
            workflow.request_completion(application, user, form.points(), form.cleaned_data["due_on"])
        except doors.WorkflowError as refused:
            if _was_asked(application, user, form):
                return redirect(to("change", application))
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The applicant has been asked to complete."))
            return redirect(to("change", application))
    submission = application.submission_set.latest("number")
    context = {
        "title": _("Request completion"),
        "application": application,
        "form": form,
        "rows": [
            (row, form[f"template_{row.number}"], form[f"text_{row.number}"])
            for row in content.rows(application, submission)
        ],
        "is_possible": permissions.can_request_completion(user, application),
    }
    return page(request, "completion", context)


def _was_asked(application: Application, user: User, form: CompletionForm) -> bool:
    """Whether the form has been sent twice: just this is what the applicant has been asked by this person."""
    application.refresh_from_db()
    request = application.open_completion
    if request is None or request.requested_by_id != user.pk:
        return False
    asked = {point.question: point.text for point in request.points.select_related("question")}
    return asked == form.points()


@require_http_methods(["GET", "HEAD", "POST"])
def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the applicant more time to complete."""
    application = case_or_404(request, pk)
    user = person(request)
    asked = application.open_completion
    require(permissions.can_read_as_advisor(user, application) or permissions.can_assign(user, application))
    if asked is None:
        messages.info(request, _("The applicant has nothing to complete now."))
        return redirect(to("change", application))
    form = ExtensionForm(request.POST if request.method == "POST" else None, due_on=asked.due_on)
    if form.is_bound and form.is_valid():
        try:
            made = workflow.extend_completion(
                application, user, form.cleaned_data["due_on"], form.cleaned_data["reason"]
            )
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            day = date_format(made.due_on)
            messages.success(request, _("The applicant now has until %(day)s.") % {"day": day})
            return redirect(to("change", application))
    context = {
        "title": _("More time to complete"),
        "application": application,
        "asked": asked,
        "form": form,
    }
    return page(request, "extension", context)


@admin.register(CompletionTemplate)
class CompletionTemplateAdmin(OfficeAdmin):
    """Texts that a completion point can begin with."""

    list_display = ("title", "question")
    search_fields = ("title", "text")
    ordering = ("question", "title")
    show_full_result_count = False
    actions = None

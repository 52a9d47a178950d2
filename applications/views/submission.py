"""Checking everything, handing it in, the receipt, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from applications import doors, permissions, reading, workflow
from applications.forms import DeclarationForm
from applications.models import Application, Status, Submission

from .access import SignedIn, only_signatories, own, refuse, signatories, status_of
from .progress import Part, events_of, outlook, parts, points


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: SignedIn, reference: str) -> HttpResponse:
    """Everything on one page, what is missing, the declaration, and the button that hands it in."""
    application = own(request, reference)
    if application.is_diagnosis:
        return redirect("diagnosis_result", application.reference)
    if not application.state.is_with_applicant:
        return _handed_in(request, application)
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    refusal: doors.WorkflowError | None = None
    if request.method == "POST":
        is_draft = application.state == Status.DRAFT
        hand_in = workflow.submit if is_draft else workflow.resubmit
        try:
            hand_in(application, request.user, declares=form.is_valid())
        except doors.TooLate:
            application.refresh_from_db()
            return _handed_in(request, application)
        except doors.NotReady as error:
            # A declaration that isn't ticked is said beside its box.
            refusal = None if form.errors else error
        except doors.WorkflowError as error:
            refusal = error
        else:
            messages.success(request, _("The application has been submitted."))
            return redirect("receipt", application.reference)
    context = _everything(request, application, form, refusal)
    return render(request, "applications/check.html", context, status=status_of(refusal))


def _handed_in(request: SignedIn, application: Application) -> HttpResponse:
    """The receipt, which is also where the second click of a double click ends. Where it wasn't handed in, but
    withdrawn or closed meanwhile, that is said."""
    if application.state in (Status.WITHDRAWN, Status.LAPSED):
        if request.method == "POST":
            status = application.state.label
            messages.error(request, _("It was not submitted: the application is now “%s”.") % status)
        return redirect("application", application.reference)
    return redirect("receipt", application.reference)


def _everything(
    request: SignedIn,
    application: Application,
    form: DeclarationForm,
    refusal: doors.WorkflowError | None,
) -> dict[str, Any]:
    rows = parts(application)
    by_number = {part.number: part for part in rows if part.number}
    answers = {answer.question_id: answer for answer in application.answer_set.all()}
    files: dict[int, list] = {}
    for item in application.evidence.present().prefetch_related("questions"):
        for question in item.questions.all():
            files.setdefault(question.pk, []).append(item)
    is_outsider = application.state == Status.DRAFT and not application.organisation.is_member
    return {
        "application": application,
        "form": form,
        "refusal": refusal,
        "gaps": _gaps(application, rows).values(),
        "questions": [
            (question, by_number[question.number], answers[question.pk], files.get(question.pk, []))
            for question in application.questionnaire.question_set.all()
        ],
        "facts": rows[0],
        "assessment": reading.self_assessment(application),
        "recommendations": application.recommendation_answers.select_related("recommendation"),
        "parties": reading.parties(application),
        "points": points(application),
        "can_edit": permissions.can_edit(request.user, application),
        "can_sign": permissions.can_sign(request.user, application),
        "signatories": signatories(application.organisation),
        "not_a_member": workflow.not_a_member() if is_outsider else "",
    }


def _gaps(application: Application, rows: list[Part]) -> dict[str, tuple[Part, list[tuple[str, str]]]]:
    """What is missing, gathered by the part where it is written: sentences, each with the address of the place."""
    by_url = {part.url: part for part in rows}
    found: dict[str, tuple[Part, list[tuple[str, str]]]] = {}
    for gap in reading.gaps(application):
        number = [gap.question] if gap.question else []
        url = reverse(gap.page, args=[application.reference, *number])
        found.setdefault(url, (by_url[url], []))[1].append((gap.message, f"{url}#{gap.anchor}"))
    return found


@login_required
@require_safe
def receipt(request: SignedIn, reference: str) -> HttpResponse:
    """What was handed in, by whom and when, as it was frozen. `?submission=` shows an earlier one."""
    application = own(request, reference)
    submissions = list(application.submission_set.select_related("submitted_by").order_by("-number"))
    wanted = request.GET.get("submission")
    for submission in submissions:
        if wanted is None or wanted == str(submission.number):
            break
    else:
        raise Http404
    context = {
        "application": application,
        "submission": submission,
        "others": [other for other in submissions if other != submission],
        "content": submission.content,
        "parties": reading.submitted_parties(submission),
        "questions": _in_language(submission),
        "outlook": outlook(application, events_of(application)),
    }
    return render(request, "applications/receipt.html", context)


def _in_language(submission: Submission) -> list[dict[str, Any]]:
    """The frozen questions with their text in the reader's language."""
    language = get_language() or "sv"
    return [
        {**part, "text": part["text"].get(language) or part["text"]["sv"]}
        for part in submission.content["questions"]
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedIn, reference: str) -> HttpResponse:
    """Ask whether the application is really to be taken back, and take it back."""
    application = own(request, reference)
    if application.is_diagnosis:
        return redirect("diagnosis_delete", application.reference)
    if not permissions.can_sign(request.user, application):
        return refuse(request, only_signatories(), application)
    if request.method == "POST":
        try:
            workflow.withdraw(application, request.user)
            messages.success(request, _("The application has been withdrawn."))
        except doors.WorkflowError as error:
            messages.error(request, str(error))
        return redirect("application", application.reference)
    if Status.WITHDRAWN not in workflow.MOVES[application.state]:
        return redirect("application", application.reference)
    return render(request, "applications/withdraw.html", {"application": application})

"""One question a page: the answer, the self-rating and the evidence. What the page asks for by itself while somebody
writes is in `autosave`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from applications import doors, permissions, reading, writing
from applications.forms import AnswerForm
from applications.models import Answer, Application, CompletionPoint, Evidence, Question, RubricLevel, Status

from . import attachments, unsaved
from .access import SignedIn, may_not_change, own, status_of
from .comparison import Comparison, of_form
from .progress import Part, points, state_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """Answer one question, or read it where it can't be changed."""
    if not request.user.is_authenticated:
        return unsaved.to_sign_in(request, _address(reference, number))
    sheet = load(request, own(request, reference), number)
    if request.method == "POST":
        return _save(request, sheet)
    return _first_page(request, sheet)


@require_POST
def remove_evidence(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    """Take a file away. The button sits in the answer's form: what has been typed there is saved with it."""
    if not request.user.is_authenticated:
        return unsaved.to_sign_in(request, _address(reference, number))
    application = own(request, reference)
    item = get_object_or_404(application.evidence.present(), pk=uuid, questions__number=number)
    return _save(request, load(request, application, number), remove=item)


def _address(reference: str, number: int) -> str:
    return reverse("question", args=[reference, number])


# --- What the page shows -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sheet:
    """One question of an application, with all that its page shows of the case, read in as few queries for
    thirty files and ten colleagues as for none."""

    application: Application
    answers: Sequence[Answer]
    answer: Answer
    points: dict[int, CompletionPoint]
    evidence: Sequence[Evidence]
    editable: bool

    @property
    def question(self) -> Question:
        return self.answer.question

    @cached_property
    def former(self) -> dict[int, dict[str, Any]]:
        """What a renewal has from last time, by question number."""
        return reading.former_answers(self.application)

    def _former_elsewhere(self) -> Sequence[dict[str, Any]]:
        """Where nothing was asked of this last time: what was answered to questions that are gone."""
        if not self.application.is_renewal or self.question.number in self.former:
            return []
        return reading.former_answers_elsewhere(self.application)

    @property
    def files(self) -> list[Evidence]:
        """The evidence for this question."""
        return [item for item in self.evidence if item.counts and self.question in item.questions.all()]

    @property
    def steps(self) -> list[Part]:
        """All questions, each with how far it has come."""
        attached = {question.pk for item in self.evidence if item.counts for question in item.questions.all()}
        wanted = self.points if self.application.state == Status.COMPLETION_REQUESTED else None
        return [
            Part(
                answer.question.heading,
                _address(self.application.reference, answer.question.number),
                state_of(answer, attached, wanted, self.former.get(answer.question.number)),
                answer.question.number,
            )
            for answer in self.answers
        ]

    def context(self) -> dict[str, Any]:
        is_with_applicant = self.application.state.is_with_applicant
        return {
            "application": self.application,
            "question": self.question,
            "answer": self.answer,
            "count": len(self.answers),
            "steps": self.steps,
            "point": self.points.get(self.question.pk),
            "former": self.former.get(self.question.number),
            "former_elsewhere": self._former_elsewhere(),
            "evidence": self.evidence,
            "files": self.files,
            "editable": self.editable,
            "assessment": reading.self_assessment(self.application, self.answers)
            if is_with_applicant
            else None,
        }


def load(request: SignedIn, application: Application, number: int) -> Sheet:
    """The sheet of question `number` as it is now. Raises Http404 where there is no such question."""
    answers = list(application.answer_set.select_related("question", "updated_by", "handed_to"))
    answer = next((answer for answer in answers if answer.question.number == number), None)
    if answer is None:
        raise Http404
    rubric = Prefetch("rubric", RubricLevel.objects.order_by("level"))
    prefetch_related_objects([answer.question], rubric)
    wanted = points(application)
    is_open = application.state == Status.DRAFT or answer.question_id in wanted
    return Sheet(
        application,
        answers,
        answer,
        wanted,
        list(application.evidence.listed()),
        editable=is_open and permissions.can_edit(request.user, application),
    )


def _first_page(request: SignedIn, sheet: Sheet) -> HttpResponse:
    """The page as it is opened: with what is saved, or with what the person typed before having to sign in."""
    answer = sheet.answer
    kept = unsaved.found(request, request.path)
    form = AnswerForm(kept, question=sheet.question)
    if kept and form.is_valid():
        restored = of_form(answer, request.user, form)
        if restored.differs:
            return _page(request, sheet, form, comparison=restored, is_saved=False)
        unsaved.forget(request, request.path)
    return _page(request, sheet, _saved_form(answer))


def _saved_form(answer: Answer) -> AnswerForm:
    changed = {None: None, True: "yes", False: "no"}[answer.changed]
    initial = {"text": answer.text, "rating": answer.rating, "changed": changed}
    return AnswerForm(initial=initial, question=answer.question)


def _page(
    request: SignedIn,
    sheet: Sheet,
    form: AnswerForm,
    *,
    refusal: doors.WorkflowError | None = None,
    comparison: Comparison | None = None,
    refused_files: Sequence[str] = (),
    unchosen: str = "",
    is_saved: bool = True,
) -> HttpResponse:
    """The page with `form` in it. Where the form isn't saved, it stays one that was written on what the person
    has seen, whatever has been saved since."""
    revision = sheet.answer.revision
    context = sheet.context() | {
        "is_saved": is_saved,
        "seen": revision if is_saved else request.POST.get("seen", ""),
        "form": form,
        "refusal": refusal,
        "comparison": comparison,
        "refused_files": refused_files,
        "unchosen": unchosen,
    }
    return render(request, "applications/question.html", context, status=status_of(refusal))


# --- Saving ------------------------------------------------------------------------------------------------
def _save(request: SignedIn, sheet: Sheet, remove: Evidence | None = None) -> HttpResponse:
    """Keep what can be kept. Whatever can't is said beside it, and the page shows all that was typed."""
    application, asked = sheet.application, sheet.question
    form = AnswerForm(request.POST, question=asked)
    if request.POST.get("choose") == "theirs" and sheet.editable:
        unsaved.forget(request, _address(application.reference, asked.number))
        return _page(request, sheet, _saved_form(sheet.answer), unchosen=str(form["text"].value() or ""))
    comparison: Comparison | None = None
    refusal: doors.WorkflowError | None = None
    refused_files: list[str] = []
    is_saved = False
    if not sheet.editable:
        refusal = doors.NotAllowed(may_not_change())
    try:
        if "text" not in request.POST:
            form, is_saved = _saved_form(sheet.answer), True
        elif form.is_valid():
            comparison = _save_words(request, sheet, form)
            is_saved = comparison is None
        refused_files = attachments.attach(request, application, asked)
        if remove:
            writing.remove_evidence(application, remove, asked, request.user)
    except doors.WorkflowError as error:
        refusal = error
    if refusal or comparison or refused_files or form.errors:
        sheet = load(request, own(request, application.reference), asked.number)
        return _page(
            request,
            sheet,
            form,
            refusal=refusal,
            comparison=comparison,
            refused_files=refused_files,
            is_saved=is_saved,
        )
    return redirect(_next(request, sheet, remove))


def _save_words(request: SignedIn, sheet: Sheet, form: AnswerForm) -> Comparison | None:
    """Save the answer, or give what the writer has to choose of where a colleague was there first."""
    try:
        writing.save_answer(sheet.application, sheet.question, request.user, **form.cleaned_data)
    except writing.Stale as stale:
        return of_form(stale.answer, request.user, form)
    unsaved.forget(request, _address(sheet.application.reference, sheet.question.number))
    return None


def _next(request: SignedIn, sheet: Sheet, removed: Evidence | None) -> str:
    """The address to go on to, by the button that was pressed: a question's number leads to that question."""
    reference = sheet.application.reference
    here = _address(reference, sheet.question.number)
    numbers = [answer.question.number for answer in sheet.answers]
    then = request.POST.get("then", "")
    if removed:
        messages.success(request, _("“%(name)s” has been removed.") % {"name": removed.name})
        return f"{here}#evidence"
    messages.success(request, _("Saved."))
    if then == "close":
        return reverse("application", args=[reference])
    if then == "stay":
        return f"{here}#evidence"
    if then in map(str, numbers):
        return _address(reference, int(then))
    is_completion = sheet.application.state == Status.COMPLETION_REQUESTED
    for answer in sheet.answers:
        if answer.question.number > sheet.question.number and (
            not is_completion or answer.question_id in sheet.points
        ):
            return _address(reference, answer.question.number)
    return reverse("check", args=[reference])

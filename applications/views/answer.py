"""One question a page: the answer, the self-rating and the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import evidence, permissions, reading, workflow
from applications.forms import AnswerForm
from applications.models import Answer, Application, Evidence, Question, RubricLevel, Status

from .access import SignedIn, may_not_change, own, status_of
from .progress import points


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """Answer one question, or read it where it can't be changed."""
    application = own(request, reference)
    rubric = Prefetch("rubric", RubricLevel.objects.order_by("level"))
    asked = get_object_or_404(application.questionnaire.question_set.prefetch_related(rubric), number=number)
    if request.method == "POST":
        return _save(request, application, asked)
    answer = application.answer_set.filter(question=asked).first()
    initial = {"text": answer.text, "rating": answer.rating} if answer else {}
    return _page(request, application, asked, AnswerForm(initial=initial, question=asked))


@login_required
@require_POST
def remove_evidence(request: SignedIn, reference: str, uuid: UUID) -> HttpResponse:
    """Take a file away. The button sits in the answer's form: what has been typed there is saved with it."""
    application = own(request, reference)
    item = get_object_or_404(application.evidence.present().select_related("question"), pk=uuid)
    return _save(request, application, item.question, remove=item)


def _save(
    request: SignedIn, application: Application, asked: Question, remove: Evidence | None = None
) -> HttpResponse:
    """Keep what can be kept. Whatever can't is said beside it, and the page shows all that was typed."""
    form = AnswerForm(request.POST, question=asked)
    theirs = _saved_by_another(request, application, asked)
    refusal: workflow.WorkflowError | None = None
    refused_files: list[str] = []
    if not _is_editable(request, application, asked):
        refusal = workflow.NotAllowed(may_not_change())
    try:
        if "text" in request.POST and theirs is None and form.is_valid():
            workflow.save_answer(application, asked, request.user, **form.cleaned_data)
        refused_files = _attach(request, application, asked)
        if remove:
            workflow.remove_evidence(application, remove, request.user)
    except workflow.WorkflowError as error:
        refusal = error
    if refusal or theirs or refused_files or form.errors:
        return _page(request, application, asked, form, refusal, theirs, refused_files)
    return redirect(_next(request, application, asked, remove))


def _saved_by_another(request: SignedIn, application: Application, asked: Question) -> Answer | None:
    """The answer that a colleague has saved since this page was opened, where it reads differently."""
    seen, text = request.POST.get("seen"), request.POST.get("text")
    answer = application.answer_set.filter(question=asked).select_related("updated_by").first()
    if answer is None or seen is None or text is None or answer.updated_by == request.user:
        return None
    rating = "" if answer.rating is None else str(answer.rating)
    is_same = (answer.text.split(), rating) == (text.split(), request.POST.get("rating", ""))
    return None if is_same or seen == answer.updated_at.isoformat() else answer


def _attach(request: SignedIn, application: Application, asked: Question) -> list[str]:
    """Keep the files sent along; a sentence for each that can't be kept."""
    refused = []
    for upload in request.FILES.getlist("evidence"):
        try:
            workflow.add_evidence(application, asked, request.user, upload)
        except (evidence.Rejected, workflow.NotReady) as error:
            name = evidence.clean_name(upload.name or "")
            refused.append(_("“%(name)s” was not attached. %(reason)s") % {"name": name, "reason": error})
    return refused


def _open_numbers(application: Application) -> list[int]:
    """The numbers of the questions that can be answered now."""
    questions = application.questionnaire.question_set.order_by("number")
    if application.state == Status.COMPLETION_REQUESTED:
        questions = questions.filter(pk__in=points(application))
    return list(questions.values_list("number", flat=True))


def _next(request: SignedIn, application: Application, asked: Question, removed: Evidence | None) -> str:
    """The address to go on to, by the button that was pressed."""
    here = reverse("question", args=[application.reference, asked.number])
    then = request.POST.get("then")
    if removed:
        messages.success(request, _("“%(name)s” has been removed.") % {"name": removed.name})
        return f"{here}#evidence"
    messages.success(request, _("Saved."))
    if then == "close":
        return reverse("application", args=[application.reference])
    if then == "stay":
        return f"{here}#evidence"
    following = [number for number in _open_numbers(application) if number > asked.number]
    if following:
        return reverse("question", args=[application.reference, following[0]])
    return reverse("check", args=[application.reference])


def _is_editable(request: SignedIn, application: Application, asked: Question) -> bool:
    return permissions.can_edit(request.user, application) and reading.is_unlocked(application, asked)


def _page(
    request: SignedIn,
    application: Application,
    asked: Question,
    form: AnswerForm,
    refusal: workflow.WorkflowError | None = None,
    theirs: Answer | None = None,
    refused_files: Sequence[str] = (),
) -> HttpResponse:
    context = {
        "application": application,
        "question": asked,
        "numbers": list(application.questionnaire.question_set.values_list("number", flat=True)),
        "answer": application.answer_set.filter(question=asked).select_related("updated_by").first(),
        "files": application.evidence.present().filter(question=asked),
        "point": points(application).get(asked.pk),
        "form": form,
        "editable": _is_editable(request, application, asked),
        "refusal": refusal,
        "theirs": theirs,
        "refused_files": refused_files,
        "accept": evidence.ACCEPT,
        "max_bytes": settings.QM_EVIDENCE_MAX_BYTES,
        "max_files": settings.QM_EVIDENCE_MAX_FILES,
    }
    return render(request, "applications/question.html", context, status=status_of(refusal))

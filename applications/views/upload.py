"""Putting evidence with an answer and looking after it. The page's script sends each change by itself and gets the
list of files back; without it they come along with the answer's form (`attachments`)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import doors, evidence, permissions, writing
from applications.models import Application, Evidence, Question, Status

from . import answer
from .access import SignedIn, may_not_change, own, refuse
from .attachments import numbers, reused


# --- One change at a time -----------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_evidence(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """The list of files; by POST with one file more."""
    application, asked = _place(request, reference, number)
    if request.method == "POST":
        return _change(request, application, asked, lambda: _added(application, asked, request))
    return _list(request, application, asked) if _by_script(request) else _back(application, asked)


def _added(application: Application, asked: Question, request: SignedIn) -> str:
    item = writing.add_evidence(application, asked, request.user, _one_file(request))
    if virus := _virus(item):
        return virus
    if item.questions.count() > 1:
        return _("You have sent this file before: “%(name)s” now supports this question, too.") % {
            "name": item.name
        }
    return _("“%(name)s” is attached.") % {"name": item.name}


@login_required
@require_POST
def replace_evidence(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    """Let another file take a file's place."""
    application, asked = _place(request, reference, number)
    item = _item(application, uuid)

    def replace() -> str:
        new = writing.replace_evidence(application, item, asked, request.user, _one_file(request))
        if virus := _virus(new):
            return virus
        return _("“%(new)s” has taken the place of “%(old)s”.") % {"new": new.name, "old": item.name}

    return _change(request, application, asked, replace)


@login_required
@require_POST
def describe_evidence(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    """Say what a file is."""
    application, asked = _place(request, reference, number)
    item = _item(application, uuid)

    def describe() -> str:
        text = request.POST.get(f"description-{uuid}", "")
        writing.describe_evidence(application, item, asked, request.user, text)
        return _("The description of “%(name)s” is saved.") % {"name": item.name}

    return _change(request, application, asked, describe)


@login_required
@require_POST
def link_evidence(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    """Choose which other questions a file supports."""
    application, asked = _place(request, reference, number)
    item = _item(application, uuid)

    def link() -> str:
        add, remove = numbers(request, uuid)
        writing.relink_evidence(application, item, asked, request.user, add=add, remove=remove)
        return _("It is saved which questions “%(name)s” supports.") % {"name": item.name}

    return _change(request, application, asked, link)


@login_required
@require_POST
def reuse_evidence(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """Let files that the application has support this question, too."""
    application, asked = _place(request, reference, number)

    def reuse() -> str:
        chosen = reused(request, application)
        if not chosen:
            raise doors.NotReady(_("Choose a file first."))
        for item in chosen:
            writing.link_evidence(application, item, asked, request.user)
        return _("The files you chose now support this question, too.")

    return _change(request, application, asked, reuse)


@require_POST
def remove_evidence(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    """Take a file away from the question. Without the script, the button sits in the answer's form: what has been
    typed there is saved with it."""
    if not _by_script(request):
        return answer.remove_evidence(request, reference, number, uuid)
    return _removed(request, reference, number, uuid)


@login_required
def _removed(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    application, asked = _place(request, reference, number)
    item = _item(application, uuid)

    def remove() -> str:
        writing.remove_evidence(application, item, asked, request.user)
        return _("“%(name)s” has been removed.") % {"name": item.name}

    return _change(request, application, asked, remove)


@login_required
@require_POST
def dismiss_evidence(request: SignedIn, reference: str, number: int, uuid: UUID) -> HttpResponse:
    """Put away what is said of a file with a virus; only whoever sent it is told."""
    application, asked = _place(request, reference, number)
    sent = application.evidence.filter(scan=Evidence.Scan.INFECTED, uploaded_by=request.user)
    item = get_object_or_404(sent, pk=uuid)

    def dismiss() -> str:
        writing.dismiss_evidence(application, item, request.user)
        return _("The message has been put away.")

    return _change(request, application, asked, dismiss)


# --- What they share ------------------------------------------------------------------------------------------
def _by_script(request: SignedIn) -> bool:
    return request.headers.get("HX-Request") == "true"


def _place(request: SignedIn, reference: str, number: int) -> tuple[Application, Question]:
    application = own(request, reference)
    return application, get_object_or_404(application.questionnaire.question_set, number=number)


def _item(application: Application, uuid: UUID) -> Evidence:
    """A file of the application; whether it is still there and at the question, the door says."""
    return get_object_or_404(application.evidence, pk=uuid)


def _one_file(request: SignedIn) -> UploadedFile:
    upload = request.FILES.get("evidence")
    if upload is None:
        raise evidence.Rejected(_("Choose a file first."))
    return upload


def _virus(item: Evidence) -> str:
    """What to say where the scanner has already found a virus in a new file; else nothing."""
    item.refresh_from_db(fields=["scan", "scan_finding"])
    if item.scan != Evidence.Scan.INFECTED:
        return ""
    return _("“%(name)s” contained a virus (%(virus)s) and has been deleted.") % {
        "name": item.name,
        "virus": item.scan_finding,
    }


def _change(
    request: SignedIn, application: Application, asked: Question, change: Callable[[], str]
) -> HttpResponse:
    """Carry out `change`, which says what was done. The script gets the list as it is now, or the reason why not
    as plain text; a form is led back to the question."""
    try:
        doors.expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
        doors.allow(permissions.can_edit(request.user, application), may_not_change())
        said = change()
    except (evidence.Rejected, doors.WorkflowError) as error:
        status = _status(error)
        if _by_script(request):
            return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=status)
        if status in (403, 409):
            return refuse(request, str(error), application, status)
        messages.error(request, str(error))
        return _back(application, asked)
    if _by_script(request):
        return _list(request, application, asked, said)
    messages.success(request, said)
    return _back(application, asked)


def _status(error: Exception) -> int:
    match error:
        case evidence.TooLarge():
            return 413
        case doors.NotAllowed():
            return 403
        case doors.TooLate():
            return 409
    return 422


def _list(request: SignedIn, application: Application, asked: Question, said: str = "") -> HttpResponse:
    context = {"application": application, "question": asked, "said": said}
    return render(request, "applications/parts/evidence_files.html", context)


def _back(application: Application, asked: Question) -> HttpResponseRedirect:
    response = redirect("question", application.reference, asked.number)
    response["Location"] += "#evidence"
    return response

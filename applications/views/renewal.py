"""Renewing a certificate: beginning, the last decision's recommendations, and the evidence from last time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications import doors, evidence, permissions, reading, workflow, writing
from applications.forms import RecommendationsForm
from applications.models import Application, Certificate, Evidence, RecommendationAnswer, Status

from .access import SignedIn, may_not_change, own, refuse, status_of


@login_required
@require_POST
def renew(request: SignedIn, reference: str) -> HttpResponse:
    """Begin the renewal of the application's certificate, or go to the one that is under way."""
    application = own(request, reference)
    certificate = get_object_or_404(Certificate, decision__application=application)
    try:
        renewal = workflow.renew(certificate, request.user)
    except doors.WorkflowError as error:
        status = 403 if isinstance(error, doors.NotAllowed) else 409
        return refuse(request, str(error), application, status=status)
    return redirect("application", renewal.reference)


# --- Recommendations --------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recommendations(request: SignedIn, reference: str) -> HttpResponse:
    """Say what has been done about the last decision's recommendations. Read where it can't be changed."""
    application = _own_renewal(request, reference)
    answers = _answers(application)
    if not answers:
        raise Http404
    editable = permissions.can_edit(request.user, application) and application.state == Status.DRAFT
    form = RecommendationsForm(request.POST if request.method == "POST" else None, answers=answers)
    refusal: doors.WorkflowError | None = None
    others: dict[int, RecommendationAnswer] = {}
    if request.method == "POST":
        try:
            if not editable:
                raise doors.NotAllowed(may_not_change())
            if form.is_valid():
                others = writing.answer_recommendations(application, request.user, form.texts(), form.seen())
                if not others:
                    messages.success(request, _("Saved."))
                    return redirect("application", application.reference)
        except doors.WorkflowError as error:
            refusal = error
    context = {
        "application": application,
        "form": form,
        "rows": form.rows({number: other.text for number, other in others.items()}),
        "others": others,
        "editable": editable,
        "refusal": refusal,
    }
    return render(request, "applications/recommendations.html", context, status=status_of(refusal))


def _own_renewal(request: SignedIn, reference: str) -> Application:
    application = own(request, reference)
    if not application.is_renewal:
        raise Http404
    return application


def _answers(application: Application) -> list[RecommendationAnswer]:
    return list(application.recommendation_answers.select_related("recommendation"))


# --- Evidence from last time ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Held:
    """A file of the submission that is renewed, with the questions that it supported there, and whether the
    renewal has it already."""

    uuid: str
    name: str
    description: str
    content_type: str
    size: int
    numbers: list[int]
    is_here: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def carry_over(request: SignedIn, reference: str) -> HttpResponse:
    """Choose files from last time to take along, some or all."""
    application = _own_renewal(request, reference)
    held = _held(application)
    editable = permissions.can_edit(request.user, application) and application.state == Status.DRAFT
    refused: list[str] = []
    status = 200
    if request.method == "POST":
        if not editable:
            return refuse(request, may_not_change(), application, status=_refusal_status(application))
        everything = "all" in request.POST
        wanted = [
            file
            for file in held
            if not file.is_here and (everything or file.uuid in request.POST.getlist("file"))
        ]
        try:
            refused = _carry(request, application, wanted)
        except doors.WorkflowError as error:  # Somebody has submitted or withdrawn it meanwhile.
            return refuse(request, str(error), application, status=status_of(error))
        taken = len(wanted) - len(refused)
        if taken:
            said = ngettext("%(number)d file is taken along.", "%(number)d files are taken along.", taken)
            messages.success(request, said % {"number": taken})
        if wanted and not refused:
            return redirect("application", application.reference)
        if not wanted:
            refused = [_("Choose at least one file.")]
        held = _held(application)
    context = {
        "application": application,
        "files": held,
        # A co-applicant of the renewal had perhaps no part in what is renewed.
        "can_open": application.renews is not None
        and permissions.is_applicant(request.user, application.renews.decision.application),
        "can_take": editable and any(not file.is_here for file in held),
        "editable": editable,
        "is_elsewhere": any(part["evidence"] for part in reading.former_answers_elsewhere(application)),
        "refused": refused,
    }
    return render(request, "applications/carry_over.html", context, status=status)


def _refusal_status(application: Application) -> int:
    return 403 if application.state == Status.DRAFT else 409


def _held(application: Application) -> list[Held]:
    """The files of the submission that is renewed, in its order."""
    here = set(application.evidence.present().values_list("sha256", flat=True))
    found: dict[str, dict[str, Any]] = {}
    for number, part in sorted(reading.former_answers(application).items()):
        for file in part["evidence"]:
            found.setdefault(file["uuid"], {**file, "numbers": []})["numbers"].append(number)
    return [
        Held(
            uuid,
            file["name"],
            file.get("description", ""),
            file["content_type"],
            file["size"],
            file["numbers"],
            file["sha256"] in here,
        )
        for uuid, file in found.items()
    ]


def _carry(request: SignedIn, application: Application, wanted: list[Held]) -> list[str]:
    """Take the files along; a sentence for each that couldn't be."""
    items = Evidence.objects.in_bulk([file.uuid for file in wanted])
    by_uuid = {str(pk): item for pk, item in items.items()}
    refused = []
    for file in wanted:
        try:
            writing.carry_over(application, by_uuid[file.uuid], request.user)
        except (KeyError, FileNotFoundError):
            refused.append(_("“%(name)s” can't be found any more.") % {"name": file.name})
        except (doors.NotReady, evidence.Rejected) as error:
            refused.append(
                _("“%(name)s” was not taken along. %(reason)s") % {"name": file.name, "reason": error}
            )
    return refused

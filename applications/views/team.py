"""Who writes an application: the organisation's people, co-applicants from elsewhere, and who answers what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from applications import doors, permissions, reading, team, writing
from applications.models import Application, CoApplicant, Status
from applications.team_forms import CoApplicantForm
from members.models import Affiliation, User

from .access import SignedIn, own, refuse, status_of
from .progress import points


class Standing(models.TextChoices):
    """How far a co-applicant has come. The value is its tone in the style sheet."""

    ENDORSES = "ok", gettext_lazy("Endorses the application")
    JOINED = "info", gettext_lazy("Has joined")
    INVITED = "quiet", gettext_lazy("Invited")
    EXPIRED = "wait", gettext_lazy("The invitation has expired")


def standing_of(co_applicant: CoApplicant) -> Standing:
    if co_applicant.endorsed_at:
        return Standing.ENDORSES
    if co_applicant.accepted_at:
        return Standing.JOINED
    return Standing.INVITED if co_applicant.is_open else Standing.EXPIRED


def act(
    request: SignedIn,
    call: Callable[[], object],
    done: str,
    back: str,
    *arguments: object,
    application: Application | None = None,
) -> HttpResponse:
    """Go through a door and back to the page `back`, with a message of how it went; a refusal is a page."""
    try:
        call()
    except doors.NotAllowed as error:
        return refuse(request, str(error), application)
    except doors.WorkflowError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(back, *arguments)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def application_team(request: SignedIn, reference: str) -> HttpResponse:
    """Everybody who has a part in the application. POST invites a co-applicant."""
    application = own(request, reference)
    form = CoApplicantForm(request.POST if request.method == "POST" else None)
    refusal: doors.WorkflowError | None = None
    if request.method == "POST":
        if not permissions.can_sign(request.user, application):
            return refuse(
                request, _("Only an authorised signatory of your organisation can do this."), application
            )
        try:
            if form.is_valid():
                invited = team.invite_co_applicant(application, request.user, **form.cleaned_data)
                messages.success(
                    request, _("An invitation is on its way to %(email)s.") % {"email": invited.email}
                )
                return redirect("team", reference)
        except doors.NotReady as error:
            form.add_error("email", str(error))
        except doors.WorkflowError as error:
            refusal = error
    context = _everybody(request, application) | {"form": form, "refusal": refusal}
    return render(request, "applications/team.html", context, status=status_of(refusal))


def _everybody(request: SignedIn, application: Application) -> dict[str, Any]:
    people = Affiliation.objects.filter(organisation=application.organisation).select_related("user")
    parties = list(application.co_applicants.filter(withdrawn_at=None).select_related("user"))
    answers = list(application.answer_set.select_related("question", "handed_to"))
    wanted = points(application) if application.state == Status.COMPLETION_REQUESTED else None
    team_of_own = sorted(people, key=lambda one: (ROLE_ORDER[one.role], str(one.user).casefold()))
    return {
        "application": application,
        "people": team_of_own,
        "is_affiliated": permissions.capacity(request.user, application)
        is not permissions.Capacity.CO_APPLICANT,
        "parties": [
            (party, standing_of(party), reading.changed_since(answers, party.endorsed_at))
            for party in parties
        ],
        "own_party": next((party for party in parties if party.user == request.user), None),
        "can_sign": permissions.can_sign(request.user, application),
        "can_invite": permissions.can_lead_team(request.user, application),
        "can_hand_over": permissions.can_edit_facts(request.user, application),
        "answers": [(answer, wanted is None or answer.question_id in wanted) for answer in answers],
        "writers": _writers(team_of_own, parties),
    }


ROLE_ORDER = {role.value: place for place, role in enumerate(reversed(Affiliation.Role))}


def _writers(people: list[Affiliation], parties: list[CoApplicant]) -> list[tuple[User, str]]:
    """Those whom a question can be handed to, each with whom they write for."""
    own_people = [
        (one.user, one.get_role_display())
        for one in people
        if Affiliation.Role(one.role).may_edit and one.user.is_active
    ]
    return own_people + [(party.user, party.party) for party in parties if party.user]


@login_required
@require_POST
def hand_over(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """Ask somebody to answer one question, or nobody in particular."""
    application = own(request, reference)
    question = get_object_or_404(application.questionnaire.question_set, number=number)
    wanted = request.POST.get("to", "")
    to = User.objects.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 16 else None
    if wanted and (to is None or not permissions.is_applicant(to, application)):
        messages.error(request, _("Choose somebody in the list. Nothing was changed."))
        return redirect("team", reference)
    names = {"number": number, "name": to}
    done = (
        _("Question %(number)s is handed over to %(name)s.") if to else _("Question %(number)s is anybody's.")
    )
    return act(
        request,
        lambda: writing.hand_over(application, question, request.user, to),
        done % names,
        "team",
        reference,
        application=application,
    )


@login_required
@require_POST
def send_again(request: SignedIn, reference: str, co_applicant: int) -> HttpResponse:
    """Send a co-applicant's invitation anew."""
    application = own(request, reference)
    party = get_object_or_404(application.co_applicants, pk=co_applicant)
    return act(
        request,
        lambda: team.send_again_to_co_applicant(application, party, request.user),
        _("A new invitation is on its way to %(email)s. The earlier link no longer works.")
        % {"email": party.email},
        "team",
        reference,
        application=application,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SignedIn, reference: str, co_applicant: int) -> HttpResponse:
    """Ask whether a co-applicant is to be taken away, or wants to leave, and do it."""
    application = own(request, reference)
    party = get_object_or_404(application.co_applicants.select_related("user"), pk=co_applicant)
    is_self = party.user == request.user
    if not is_self and not permissions.can_sign(request.user, application):
        return refuse(
            request, _("Only an authorised signatory of your organisation can do this."), application
        )
    if request.method == "POST":
        return act(
            request,
            lambda: team.remove_co_applicant(application, party, request.user),
            _("You have left the application.")
            if is_self
            else _("%(party)s is taken away.") % {"party": party},
            *(("application_list",) if is_self else ("team", reference)),
            application=application,
        )
    if party.withdrawn_at:
        return redirect("team", reference)
    context = {"application": application, "party": party, "is_self": is_self}
    return render(request, "applications/team_remove.html", context)


@login_required
@require_POST
def endorse(request: SignedIn, reference: str) -> HttpResponse:
    """Say for one's party that it stands behind the application, or take that back."""
    application = own(request, reference)
    endorses = request.POST.get("endorses") != "no"
    return act(
        request,
        lambda: team.endorse(application, request.user, endorses),
        _("Thank you. Your endorsement is noted.") if endorses else _("Your endorsement is taken back."),
        "team",
        reference,
        application=application,
    )

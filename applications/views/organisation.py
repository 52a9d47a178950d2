"""An organisation's own page: its people, whom to write to, its certificates, and what it has applied for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import doors, team
from applications.models import Application, Certificate
from applications.team_forms import ContactsForm, InviteForm, LogoForm
from members.models import Affiliation, Invitation, Membership, Organisation, User

from .access import SignedIn, refuse, status_of
from .team import ROLE_ORDER, act


def of(request: SignedIn, pk: int) -> tuple[Organisation, Affiliation]:
    """The organisation, and the person's place in it. Raises Http404 for who has none."""
    own = Affiliation.objects.filter(user=request.user).select_related("organisation")
    # By the organisation's own key: a number that is too large for the column is then nobody's.
    affiliation = get_object_or_404(own, organisation__id=pk)
    return affiliation.organisation, affiliation


def only_signatories() -> str:
    return _("Only an authorised signatory of your organisation can do this.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: SignedIn, organisation: int) -> HttpResponse:
    """The organisation's page. POST invites somebody to its team."""
    found, affiliation = of(request, organisation)
    form = InviteForm(request.POST if request.method == "POST" else None)
    refusal: doors.WorkflowError | None = None
    if request.method == "POST":
        try:
            if affiliation.role != Affiliation.Role.SIGNATORY:
                return refuse(request, only_signatories())
            if form.is_valid():
                invited = team.invite(found, request.user, **form.cleaned_data)
                messages.success(
                    request, _("An invitation is on its way to %(email)s.") % {"email": invited.email}
                )
                return redirect("organisation", found.pk)
        except doors.NotReady as error:
            form.add_error("email", str(error))
        except doors.WorkflowError as error:
            refusal = error
    context = _page(found, affiliation) | {"form": form, "refusal": refusal}
    return render(request, "organisation/organisation.html", context, status=status_of(refusal))


def _page(found: Organisation, affiliation: Affiliation) -> dict[str, Any]:
    people = Affiliation.objects.filter(organisation=found).select_related("user")
    return {
        "organisation": found,
        "can_lead": affiliation.role == Affiliation.Role.SIGNATORY,
        "people": sorted(people, key=lambda one: (ROLE_ORDER[one.role], str(one.user).casefold())),
        "roles": Affiliation.Role.choices,
        "invitations": found.invitations.filter(accepted_at=None, withdrawn_at=None).order_by("email"),
        "membership": _membership(found),
        "certificates": Certificate.objects.filter(decision__application__organisation=found).select_related(
            "decision__application"
        ),
        "applications": Application.objects.filter(organisation=found),
    }


def _membership(found: Organisation) -> tuple[str, Membership | None]:
    """How it is with the membership today, in a word for the template, and the period that says so."""
    today = timezone.localdate()
    periods = list(Membership.objects.filter(organisation=found).order_by("starts"))
    for period in periods:
        if period.starts <= today and (period.ends is None or period.ends >= today):
            return "now", period
    coming = [period for period in periods if period.starts > today]
    if coming:
        return "coming", coming[0]
    return ("former", periods[-1]) if periods else ("none", None)


# --- People ----------------------------------------------------------------------------------------------
def _invitation(found: Organisation, pk: int) -> Invitation:
    return get_object_or_404(found.invitations, pk=pk)


def _person(found: Organisation, pk: int) -> User:
    return get_object_or_404(User, pk=pk, affiliation__organisation=found)


@login_required
@require_POST
def send_again(request: SignedIn, organisation: int, invitation: int) -> HttpResponse:
    """Send an invitation anew."""
    found, _affiliation = of(request, organisation)
    invited = _invitation(found, invitation)
    done = _("A new invitation is on its way to %(email)s. The earlier link no longer works.")
    return act(
        request,
        lambda: team.send_again(invited, request.user),
        done % {"email": invited.email},
        "organisation",
        found.pk,
    )


@login_required
@require_POST
def withdraw(request: SignedIn, organisation: int, invitation: int) -> HttpResponse:
    """Take an invitation back."""
    found, _affiliation = of(request, organisation)
    invited = _invitation(found, invitation)
    return act(
        request,
        lambda: team.withdraw(invited, request.user),
        _("The invitation to %(email)s is withdrawn.") % {"email": invited.email},
        "organisation",
        found.pk,
    )


@login_required
@require_POST
def change_role(request: SignedIn, organisation: int, person: int) -> HttpResponse:
    """Give somebody in the team another role."""
    found, affiliation = of(request, organisation)
    other = _person(found, person)
    role = request.POST.get("role", "")
    if affiliation.role == Affiliation.Role.SIGNATORY and role not in Affiliation.Role:
        messages.error(request, _("Choose one of the roles. Nothing was changed."))
        return redirect("organisation", found.pk)
    words = {"name": other, "role": dict(Affiliation.Role.choices).get(role)}
    return act(
        request,
        lambda: team.change_role(found, other, request.user, role),
        _("%(name)s is now %(role)s.") % words,
        "organisation",
        found.pk,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SignedIn, organisation: int, person: int) -> HttpResponse:
    """Ask whether somebody is to leave the team, oneself perhaps, and do it."""
    found, affiliation = of(request, organisation)
    other = _person(found, person)
    is_self = other == request.user
    if not is_self and affiliation.role != Affiliation.Role.SIGNATORY:
        return refuse(request, only_signatories())
    if request.method == "POST":
        try:
            team.remove(found, other, request.user)
        except doors.WorkflowError as error:
            messages.error(request, str(error))
            return redirect("organisation", found.pk)
        words = {"name": other, "organisation": found}
        if is_self:
            messages.success(request, _("You have left %(organisation)s.") % words)
            return redirect("application_list")
        messages.success(request, _("%(name)s is no longer in the team.") % words)
        return redirect("organisation", found.pk)
    context = {
        "organisation": found,
        "person": other,
        "is_self": is_self,
        "is_last": Organisation.objects.relying_on(other).filter(pk=found.pk).exists(),
    }
    return render(request, "organisation/remove.html", context)


# --- Contacts and logo -----------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: SignedIn, organisation: int) -> HttpResponse:
    """Whom the association writes to."""
    found, affiliation = of(request, organisation)
    if affiliation.role != Affiliation.Role.SIGNATORY:
        return refuse(request, only_signatories())
    initial = {name: getattr(found, name) for name in ContactsForm.base_fields}
    form = ContactsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        done = _("Saved.")
        return act(
            request,
            lambda: team.save_contacts(found, request.user, **form.cleaned_data),
            done,
            "organisation",
            found.pk,
        )
    return render(request, "organisation/contacts.html", {"organisation": found, "form": form})


@login_required
@require_safe
def logo(request: SignedIn, organisation: int) -> HttpResponseBase:
    """The organisation's logo, for those who act for it."""
    found, _affiliation = of(request, organisation)
    if not found.logo:
        raise Http404
    try:
        file = found.logo.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type="image/webp")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_logo(request: SignedIn, organisation: int) -> HttpResponse:
    """Choose a logo."""
    found, affiliation = of(request, organisation)
    if affiliation.role != Affiliation.Role.SIGNATORY:
        return refuse(request, only_signatories())
    is_sent = request.method == "POST"
    form = LogoForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if form.is_valid():
        webp = form.cleaned_data["logo"]
        done = _("The logo is saved.")
        return act(request, lambda: team.save_logo(found, request.user, webp), done, "organisation", found.pk)
    return render(request, "organisation/logo.html", {"organisation": found, "form": form})


@login_required
@require_POST
def remove_logo(request: SignedIn, organisation: int) -> HttpResponse:
    """Take the logo away."""
    found, _affiliation = of(request, organisation)
    done = _("The logo is taken away.")
    return act(request, lambda: team.save_logo(found, request.user, None), done, "organisation", found.pk)

"""Accepting an invitation. The link in the mail opens a page that says who asks for what; only a button on it
changes anything, since mail programs open links on their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import doors, team
from applications.team_forms import NameForm
from members.models import Invitation, User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation to an organisation or to an application, and the button that accepts it."""
    response = _answer(request, token)
    # Whoever has the address can accept: it is told to no other page, not even as where one came from.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    found = team.find(token)
    if found is None:
        return render(request, "invitation/unknown.html", status=404)
    context = {"invitation": found, "here": reverse("invitation", args=[token])} | _what(found)
    if not found.is_open:
        if found.accepted_at and request.user.is_authenticated and team.is_for(found, request.user):
            return redirect(_inside(found))
        return render(request, "invitation/closed.html", context, status=410)
    if request.user.is_authenticated:
        return _signed_in(request, request.user, found, context)
    if team.account_with(found.email):
        if request.method == "POST":
            return redirect(f"{reverse('account_login')}?{urlencode({'next': context['here']})}")
        return render(request, "invitation/sign_in.html", context)
    return _newcomer(request, found, context)


def _what(found: team.AnyInvitation) -> dict[str, Any]:
    """What it is an invitation to, for the page's words."""
    if isinstance(found, Invitation):
        return {"organisation": found.organisation, "application": None}
    return {"organisation": found.application.organisation, "application": found.application}


def _inside(found: team.AnyInvitation) -> str:
    """The address of the page for who has accepted."""
    if isinstance(found, Invitation):
        return reverse("organisation", args=[found.organisation.pk])
    return reverse("application", args=[found.application.reference])


def _signed_in(
    request: HttpRequest, user: User, found: team.AnyInvitation, context: dict[str, Any]
) -> HttpResponse:
    if not team.is_for(found, user):
        status = 403 if request.method == "POST" else 200
        return render(request, "invitation/other_person.html", context, status=status)
    refusal: doors.WorkflowError | None = None
    if request.method == "POST":
        try:
            team.accept(found, user)
        except doors.WorkflowError as error:
            refusal = error
        else:
            messages.success(request, _("Welcome! You are in."))
            return redirect(_inside(found))
    context |= {"refusal": refusal}
    return render(request, "invitation/accept.html", context, status=409 if refusal else 200)


def _newcomer(request: HttpRequest, found: team.AnyInvitation, context: dict[str, Any]) -> HttpResponse:
    """Somebody without an account: a name is all that is wanting."""
    form = NameForm(request.POST if request.method == "POST" else None)
    refusal: doors.WorkflowError | None = None
    if form.is_valid():
        try:
            user = team.accept_as_new(found, form.cleaned_data["name"], get_language() or "sv")
        except doors.WorkflowError as error:
            refusal = error
        else:
            get_adapter(request).login(request, user)
            messages.success(
                request,
                _(
                    "Welcome! You are in. Next time you sign in with a code that we send to %(email)s. "
                    "You need no password."
                )
                % {"email": user.email},
            )
            return redirect(_inside(found))
    context |= {"form": form, "refusal": refusal}
    return render(request, "invitation/newcomer.html", context, status=409 if refusal else 200)

"""Those who work for the association read what others have written in confidence, so that a password alone is not
enough: until they have a key or an app, they get no further than to the pages where one is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .access import SignedIn

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
SET_UP = "second_factor_set_up_by"
"""In the session: whose second factor has been set up in it."""
WANTED = "wanted_before_second_factor"
"""In the session: where the person was going."""

PUBLIC = frozenset(
    {
        "front",
        "questions",
        "register",
        "verify_form",
        "verify",
        "set_language",
        "accessibility",
        "healthz",
    }
)
OPEN_PAGES = PUBLIC | {"me", "mail_preferences", "second_factor", "admin:logout"}
"""What is public, and one's own account. Any other address, also one that is made tomorrow, is shut."""
OPEN_PARTS = ("account_", "mfa_")


def lacks_second_factor(user: Any) -> bool:
    """Whether the person must set up a second factor before going on. Spare codes alone are none."""
    return _is_asked(user) and not is_mfa_enabled(user, FACTORS)


def _is_asked(user: Any) -> bool:
    return settings.QM_REQUIRE_MFA and user.is_authenticated and (user.is_staff or user.is_superuser)


def _was_used(request: HttpRequest) -> bool:
    """Whether the second factor was used when this session was signed in, or was set up in it. A session from
    before, which a password alone has opened, doesn't become more than that when a factor is added elsewhere."""
    records = get_authentication_records(request, request.user)
    return request.session.get(SET_UP) == request.user.pk or any(one["method"] == "mfa" for one in records)


class SecondFactorMiddleware:
    """Leads who lacks a second factor to the page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sets_up = getattr(request, "sets_up_second_factor", False) and request.user.is_authenticated
        if sets_up and not lacks_second_factor(request.user):
            # The session in which it is set up needn't be signed in anew.
            request.session[SET_UP] = request.user.pk
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in PUBLIC or not _is_asked(request.user):
            return None
        if not lacks_second_factor(request.user):
            # Not even to the account's own pages: there another factor could be added to the owner's.
            return None if _was_used(request) else _sign_in_anew(request, name)
        if name in OPEN_PAGES or name.startswith(OPEN_PARTS):
            request.sets_up_second_factor = request.method == "POST" and name.startswith("mfa_")  # type: ignore[attr-defined]
            return None
        if request.method != "GET" or request.headers.get("HX-Request"):
            return _why(request, status=403)
        request.session[WANTED] = request.get_full_path()
        return redirect("second_factor")


def _sign_in_anew(request: HttpRequest, name: str) -> HttpResponse:
    is_page = request.method == "GET" and not name.startswith(OPEN_PARTS)
    wanted = request.get_full_path() if is_page else reverse("admin:index")
    logout(request)
    return redirect_to_login(wanted)


def _why(request: HttpRequest, status: int = 200) -> HttpResponse:
    return render(request, "account/second_factor.html", status=status)


@login_required
@never_cache
@require_safe
def second_factor(request: SignedIn) -> HttpResponse:
    """Why a second factor is needed and how to get one; for who has one, the way on to where they were going."""
    if lacks_second_factor(request.user):
        return _why(request)
    home = "admin:index" if request.user.is_staff else settings.LOGIN_REDIRECT_URL
    return redirect(request.session.pop(WANTED, None) or home)

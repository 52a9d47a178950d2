"""Those who work for the association read what others have written in confidence, so that a password alone is not
enough: until they have a key or an app, they get no further than to the pages where one is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .access import SignedIn

WANTED = "wanted_before_second_factor"
"""In the session: where the person was going."""

OPEN_PAGES = frozenset(
    {
        "front",
        "questions",
        "register",
        "verify_form",
        "verify",
        "set_language",
        "accessibility",
        "healthz",
        "me",
        "mail_preferences",
        "second_factor",
        "admin:logout",
    }
)
"""What is public, and one's own account. Any other address, also one that is made tomorrow, is shut."""
OPEN_PARTS = ("account_", "mfa_")


def lacks_second_factor(user: Any) -> bool:
    """Whether the person must set up a second factor before going on. Spare codes alone are none."""
    if not settings.QM_REQUIRE_MFA or not (user.is_authenticated and (user.is_staff or user.is_superuser)):
        return False
    return not is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


class SecondFactorMiddleware:
    """Leads who lacks a second factor to the page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_PAGES or name.startswith(OPEN_PARTS) or not lacks_second_factor(request.user):
            return None
        if request.method != "GET" or request.headers.get("HX-Request"):
            return _why(request, status=403)
        request.session[WANTED] = request.get_full_path()
        return redirect("second_factor")


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

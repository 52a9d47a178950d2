"""What was typed in a page whose session had ended by the time it was sent: kept in the visitor's new session, and
shown on the question's page once the same person has signed in. So nothing is lost without JavaScript either."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from applications.forms import MAX_CHARACTERS

from .access import SignedIn

KEY = "unsaved"


def to_sign_in(request: HttpRequest, page: str) -> HttpResponse:
    """Send a visitor to sign in and from there to `page`, with what was typed, if anything, kept."""
    text = request.POST.get("text", "")
    if text.strip() and len(text) <= MAX_CHARACTERS:
        fields = {name: request.POST.get(name, "")[:20] for name in ("writer", "rating", "changed")}
        request.session[KEY] = {**fields, "page": page[:200], "text": text}
    return redirect_to_login(page)


def found(request: SignedIn, page: str) -> dict[str, Any] | None:
    """What the person typed on `page` before signing in, as the form's fields, or None."""
    kept = request.session.get(KEY)
    if not kept or (kept["page"], kept["writer"]) != (page, str(request.user.pk)):
        return None
    return {name: kept[name] for name in ("text", "rating", "changed")}


def forget(request: SignedIn, page: str) -> None:
    """The person has saved on `page`, or chosen not to."""
    if found(request, page):
        del request.session[KEY]

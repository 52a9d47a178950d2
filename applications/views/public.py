"""What anyone may read: what the mark is, its questions, who holds it, and whether a certificate stands."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable
from functools import wraps

from django import forms
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.i18n import set_language as choose_language

from applications import versions
from applications.models import Certificate, Questionnaire
from members.models import User

REGISTER_PAGE = 50
NEWEST = 5
ACCESSIBILITY_TESTED_ON = datetime.date(2026, 11, 24)
# The token's mask is new each time the page is made, though the token is not.
CSRF_MASK = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
# After z, in this order; the database would sort them by their place in Unicode, ä before å.
SWEDISH_LETTERS = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "é": "e"})


def revalidated(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets a browser keep the page, ask each time whether it still holds, and be answered 304 if so. The tag is
    taken over the page as this visitor sees it, so that language, sign-in and a new release all change it."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        token = str(request.META.get("CSRF_COOKIE", "")).encode()
        seen = CSRF_MASK.sub(b"", response.content) + hashlib.sha256(token).digest()
        response["ETag"] = quote_etag(hashlib.sha256(seen).hexdigest())
        patch_cache_control(response, private=True, max_age=0, must_revalidate=True)
        return get_conditional_response(request, etag=response["ETag"], response=response) or response

    return wrapper


def current_questionnaire() -> Questionnaire | None:
    try:
        return Questionnaire.objects.current()
    except Questionnaire.DoesNotExist:
        return None


@require_safe
@revalidated
def front(request: HttpRequest) -> HttpResponse:
    """What the mark is, the two ways in, how it goes, and who got it last."""
    questionnaire = current_questionnaire()
    context = {
        "newest": Certificate.objects.valid_on(timezone.localdate())[:NEWEST],
        "questionnaire": questionnaire,
        "question_count": questionnaire.question_set.count() if questionnaire else 0,
    }
    return render(request, "public/front.html", context)


@require_safe
@revalidated
def questions(request: HttpRequest) -> HttpResponse:
    """The questions that new applications get, with all that they are judged by."""
    return render(request, "public/questions.html", versions.as_published(current_questionnaire()))


def by_swedish_alphabet(certificate: Certificate) -> tuple[str, str]:
    return certificate.area.casefold().translate(SWEDISH_LETTERS), certificate.number


@require_safe
@revalidated
def register(request: HttpRequest) -> HttpResponse:
    """The certificates that stand today, by town. They are some hundreds at most, so they are sorted here."""
    standing = sorted(Certificate.objects.valid_on(timezone.localdate()), key=by_swedish_alphabet)
    page = Paginator(standing, REGISTER_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/register.html", {"page": page})


def canonical_code(typed: str) -> str:
    """A verification code as it is kept, 'K7QM-2XPA-94TR', however it was typed or pasted; empty if it can't
    be one."""
    letters = re.sub(r"[^0-9A-Z]", "", typed.rpartition("/verify/")[2].upper())
    return "-".join((letters[:4], letters[4:8], letters[8:])) if len(letters) == 12 else ""


def find_certificate(typed: str) -> Certificate | None:
    code = canonical_code(typed)
    return Certificate.objects.filter(code=code).first() if code else None


class CodeForm(forms.Form):
    """Asks for a verification code. Once valid, `certificate` is the one that has it."""

    certificate: Certificate | None = None
    code = forms.CharField(
        label=_("Verification code"),
        max_length=200,
        error_messages={"required": _("Write the code that is printed on the certificate.")},
    )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        if re.fullmatch(r"\s*QMC-\d{4}-\d+\s*", typed, re.IGNORECASE):
            raise forms.ValidationError(
                _("This is the certificate's number. The code ends the address below the QR code.")
            )
        if not canonical_code(typed):
            raise forms.ValidationError(_("A code has twelve letters and digits, such as K7QM-2XPA-94TR."))
        self.certificate = find_certificate(typed)
        if self.certificate is None:
            raise forms.ValidationError(
                _("No certificate has this code. Compare it with the document, letter by letter.")
            )
        return typed


@require_safe
@revalidated
def verify_form(request: HttpRequest) -> HttpResponse:
    """Asks for a code and goes to its certificate."""
    form = CodeForm(request.GET) if "code" in request.GET else CodeForm()
    if form.is_bound and form.is_valid() and form.certificate:
        return redirect(form.certificate)
    return render(request, "public/verify_form.html", {"form": form})


@require_safe
@revalidated
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What a certificate states, and whether it stands today."""
    certificate = find_certificate(code)
    if certificate is None:
        return render(request, "public/verify_unknown.html", {"typed": code[:40]}, status=404)
    if code != certificate.code:
        return redirect(certificate, permanent=True)
    return render(request, "public/verify.html", {"certificate": certificate})


def set_language(request: HttpRequest) -> HttpResponse:
    """Show the pages in the chosen language from now on, in this browser and in mails to this person."""
    if request.method == "POST":
        language = request.POST.get("language")
        if language not in dict(settings.LANGUAGES):
            raise BadRequest("A language that the portal doesn't speak.")
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=language)
    return choose_language(request)


@require_safe
@revalidated
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement that Swedish law asks for."""
    return render(request, "public/accessibility.html", {"tested_on": ACCESSIBILITY_TESTED_ON})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the portal can answer: for the machine that watches over it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("no database", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")

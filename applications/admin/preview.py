"""The letter and the certificate as they would be, shown to who decides before anything is decided. Nothing is kept."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import clock, permissions
from applications.models import Application, Decision
from applications.review_forms import COMMENT_LENGTH, MAX_RECOMMENDATIONS, REASONS_LENGTH

from .case import to
from .cases import case_or_404, person, require


@require_POST
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter of decision with what is typed so far, however little or wrong that is."""
    # Here, since WeasyPrint takes a second to load, and most processes never print.
    from applications.certificates import papers

    application = _to_decide(request, pk)
    outcome = request.POST.get("outcome", "")
    lines = (line.strip() for line in _typed(request, "recommendations", COMMENT_LENGTH).splitlines())
    content = papers.draft_letter(
        application,
        clock.today(),
        outcome=outcome if outcome in Decision.Outcome.values else "",
        reasons=_typed(request, "reasons", REASONS_LENGTH),
        recommendations=[line for line in lines if line][:MAX_RECOMMENDATIONS],
        next_steps=_typed(request, "next_steps", REASONS_LENGTH),
        apply_again_from=_day(request.POST.get("apply_again_from", "")),
    )
    return _show(papers.letter(content), f"{application.reference}-beslut-forhandsvisning.pdf")


@require_POST
def certificate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The certificate as it would be, were the application approved today."""
    from applications.certificates import render

    application = _to_decide(request, pk)
    try:
        pdf = render.preview(application, clock.today())
    except ValueError:
        messages.error(
            request,
            _(
                "The certificate can't be made: the name of the town centre or the holder has a character that can't "
                "be printed, or is too long."
            ),
        )
        return redirect(to("decide", application))
    return _show(pdf, f"{application.reference}-certifikat-forhandsvisning.pdf")


def _to_decide(request: HttpRequest, pk: int) -> Application:
    """The case, for who may decide it now."""
    application = case_or_404(request, pk)
    require(permissions.can_decide(person(request), application))
    return application


def _typed(request: HttpRequest, name: str, most: int) -> str:
    """A text of the form, no longer than the form would take, its line breaks as the database has them."""
    return request.POST.get(name, "").replace("\r\n", "\n").strip()[:most]


def _day(text: str) -> datetime.date | None:
    """A day as the form sends it; None for what is no day."""
    try:
        return parse_date(text.strip())
    except ValueError:
        return None


def _show(pdf: bytes, name: str) -> HttpResponse:
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

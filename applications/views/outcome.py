"""What came of it: the decision with its reasons and feedback, and the certificate."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from applications import feedback, permissions
from applications.models import Application, Certificate, Decision

from . import appeal
from .access import SignedIn, file_missing, own
from .documents import send


@login_required
@require_safe
def decision(request: SignedIn, reference: str) -> HttpResponse:
    """The outcome, the reasons, and the feedback on each question."""
    application = own(request, reference)
    made = _last_decision(application)
    on_questions, summaries = feedback.of(made)
    context = {
        "application": application,
        "decision": made,
        "is_set_aside": not application.state.is_decided,
        "recommendations": made.recommendations.all(),
        "feedback": on_questions,
        "summaries": summaries,
        "may_start": permissions.can_start(request.user, application.organisation),
        "certificate": Certificate.objects.filter(decision=made).first(),
        **appeal.about(request.user, application, made),
    }
    return render(request, "applications/decision.html", context)


@login_required
@require_safe
def feedback_report(request: SignedIn, reference: str) -> HttpResponse:
    """The feedback on the last decision, as a document."""
    # Here, since WeasyPrint takes a second to load, and most processes never print.
    from applications.certificates import papers

    made = _last_decision(own(request, reference))
    return send(papers.feedback_report(made), f"{reference}-aterkoppling.pdf")


@login_required
@require_safe
def decision_letter(request: SignedIn, reference: str) -> HttpResponse:
    """The last decision as a letter."""
    from applications.certificates import papers

    made = _last_decision(own(request, reference))
    return send(papers.letter(papers.letter_of(made)), f"{reference}-beslut.pdf")


def _last_decision(application: Application) -> Decision:
    """Raises Http404 where nothing is decided yet."""
    made = application.decision_set.select_related("submission").order_by("-round").first()
    if made is None:
        raise Http404
    made.application = application
    return made


@login_required
@require_safe
def certificate(request: SignedIn, reference: str) -> HttpResponseBase:
    """The certificate's PDF, the same bytes for everyone and for ever. It is sent whatever its standing: what
    stands today is told at the address printed on it."""
    found = get_object_or_404(
        Certificate.objects.select_related("decision__application__organisation"),
        decision__application__reference=reference,
    )
    if not permissions.can_download(request.user, found):
        raise Http404
    application = found.decision.application
    if not found.document:
        context = {"application": application}
        return render(request, "applications/certificate_pending.html", context, status=404)
    etag = quote_etag(found.sha256)
    try:
        response = get_conditional_response(request, etag=etag) or _document(found)
    except FileNotFoundError:
        return file_missing(request, application, found.number)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _document(found: Certificate) -> HttpResponseBase:
    """The PDF as an attachment, named in ASCII and, for browsers that read it, with the town's own letters."""
    town = "-".join(re.findall(r"\w+", found.area))
    plain, own_letters = (
        f"Quality-Mark-{name}-{found.number}.pdf" for name in (slugify(town).title() or "certificate", town)
    )
    response = FileResponse(found.document.open("rb"), content_type="application/pdf")
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(own_letters)}"
    )
    return response

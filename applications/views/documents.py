"""The application and the self-diagnosis as documents, made when they are asked for and kept nowhere."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applications import clock, permissions
from applications.models import Application

from .access import SignedIn
from .diagnosis import own_diagnosis


@login_required
@require_safe
def application_pdf(request: SignedIn, reference: str) -> HttpResponse:
    """The whole application: as it was submitted, `?submission=` an earlier time, or else the draft, which is the
    applicant's alone. Who is asked to complete gets what is written now, marked as a draft."""
    # Here, since WeasyPrint takes a second to load, and most processes never print.
    from applications.certificates import papers

    applications = Application.objects.applying().select_related("organisation", "questionnaire")
    application = get_object_or_404(applications, reference=reference)
    user = request.user
    if not permissions.can_read_submissions(user, application):
        raise Http404
    wanted = request.GET.get("submission")
    is_writing = permissions.is_applicant(user, application) and application.state.is_with_applicant
    if wanted is None and (is_writing or not application.submission_set.exists()):
        if not permissions.is_applicant(user, application):
            raise Http404
        paper = papers.of_draft(application, clock.now())
        return send(papers.pdf(paper), f"{application.reference}-utkast.pdf")
    submissions = application.submission_set.select_related("submitted_by").order_by("-number")
    submission = next((one for one in submissions if wanted in (None, str(one.number))), None)
    if submission is None:
        raise Http404
    name = f"{application.reference}-{submission.number}.pdf"
    return send(papers.pdf(papers.of_submission(submission)), name)


@login_required
@require_safe
def diagnosis_report(request: SignedIn, reference: str) -> HttpResponse:
    """What a self-diagnosis has come to."""
    from applications.certificates import papers

    diagnosis = own_diagnosis(request, reference)
    return send(papers.pdf(papers.of_diagnosis(diagnosis, clock.now())), f"{diagnosis.reference}.pdf")


def send(pdf: bytes, name: str) -> HttpResponse:
    """A document made for one reader, to be kept by nobody on the way."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

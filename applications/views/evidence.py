"""Sending a piece of evidence to who may see it: the applicant, assigned advisors, and who decides."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applications import permissions
from applications.models import Evidence

from .access import SignedIn, file_missing

# In a sandbox the file has no origin: nothing in it reads the portal or acts as the person who looks. Tried in
# Chromium 156: it shows PDFs and pictures under this policy, also in a frame on one of our pages. A frame with a
# `sandbox` attribute does not work for PDFs: Chromium then refuses to start its viewer. A script inside a PDF is
# run by the viewer's own engine whatever the policy; it can show a dialogue, but sent nothing when asked to.
DOWNLOAD_POLICY = "default-src 'none'; sandbox"
IN_PLACE_POLICY = "default-src 'none'; frame-ancestors 'self'; sandbox"


@login_required
@require_safe
def evidence(request: SignedIn, reference: str, uuid: UUID) -> HttpResponseBase:
    """The file, to be saved."""
    return _send(request, _visible(request, reference, uuid))


@login_required
@require_safe
def evidence_in_place(request: SignedIn, reference: str, uuid: UUID) -> HttpResponseBase:
    """The file, to be shown by the browser itself. Only for kinds that the browser shows without running
    anything; the review page embeds it."""
    item = _visible(request, reference, uuid)
    if not item.is_viewable:
        raise Http404
    return _send(request, item, in_place=True)


@login_required
@require_safe
def evidence_thumbnail(request: SignedIn, reference: str, uuid: UUID) -> HttpResponseBase:
    """The small picture of a file, to who may see the file. A browser keeps it, and asks each time whether it may
    still show it."""
    item = _visible(request, reference, uuid)
    if not item.thumbnail:
        raise Http404
    # A file never changes under its number: another gets another.
    etag = f'"{item.pk.hex}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        try:
            response = FileResponse(item.thumbnail.open("rb"), content_type="image/webp")
        except FileNotFoundError:
            raise Http404 from None
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = DOWNLOAD_POLICY
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _visible(request: SignedIn, reference: str, uuid: UUID) -> Evidence:
    files = Evidence.objects.select_related("application__organisation")
    item = get_object_or_404(files, pk=uuid, application__reference=reference)
    if not permissions.can_see_evidence(request.user, item):
        raise Http404
    return item


def _send(request: SignedIn, item: Evidence, *, in_place: bool = False) -> HttpResponseBase:
    try:
        file = item.file.open("rb")
    except FileNotFoundError:
        return file_missing(request, item.application, item.name)
    # Text is sent as nothing but text, whatever stands in it.
    content_type = "text/plain" if item.content_type.startswith("text/") else item.content_type
    response = FileResponse(file, as_attachment=not in_place, filename=item.name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = IN_PLACE_POLICY if in_place else DOWNLOAD_POLICY
    if in_place:
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response

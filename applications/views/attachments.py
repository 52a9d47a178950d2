"""What the answer's form says of its evidence, where the page's script doesn't send each change by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _

from applications import doors, evidence, writing
from applications.models import Application, Evidence, Question

from .access import SignedIn


def attach(request: SignedIn, application: Application, asked: Question) -> list[str]:
    """Keep what the answer's form says of its evidence: new files, and changes to those that are there. Gives a
    sentence for each that can't be done; none hinders another. Raises NotAllowed and TooLate, which hinder all."""
    refused = []
    for name, change in _changes(request, application, asked):
        try:
            change()
        except (evidence.Rejected, doors.NotReady) as error:
            refused.append(_("“%(name)s”: %(reason)s") % {"name": name, "reason": error})
    for upload in request.FILES.getlist("evidence"):
        try:
            writing.add_evidence(application, asked, request.user, upload)
        except (evidence.Rejected, doors.NotReady) as error:
            name = evidence.clean_name(upload.name or "")
            refused.append(_("“%(name)s” was not attached. %(reason)s") % {"name": name, "reason": error})
    return refused


def _changes(
    request: SignedIn, application: Application, asked: Question
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the form changes in the files that are there, each with the name of its file."""
    marked = [key.removeprefix("shown-also-") for key in request.POST if key.startswith("shown-also-")]
    listed = {item.pk: item for item in application.evidence.filter(pk__in=_uuids(marked))} if marked else {}
    for uuid, item in listed.items():
        yield from ((item.name, change) for change in _changes_of(request, application, asked, item, uuid))
    for item in reused(request, application) if "reuse" in request.POST else ():
        yield item.name, partial(writing.link_evidence, application, item, asked, request.user)


def _changes_of(
    request: SignedIn, application: Application, asked: Question, item: Evidence, uuid: UUID
) -> Iterator[Callable[[], object]]:
    user, sent = request.user, request.POST
    if f"remove-{uuid}" in sent:
        if item.scan == Evidence.Scan.INFECTED:
            yield lambda: writing.dismiss_evidence(application, item, user)
        else:
            yield lambda: writing.remove_evidence(application, item, asked, user)
        return
    if sent.get(f"description-{uuid}", "") != sent.get(f"shown-description-{uuid}", ""):
        text = sent.get(f"description-{uuid}", "")
        yield lambda: writing.describe_evidence(application, item, asked, user, text)
    add, remove = numbers(request, uuid)
    if add or remove:
        yield lambda: writing.relink_evidence(application, item, asked, user, add=add, remove=remove)
    if upload := request.FILES.get(f"replace-{uuid}"):
        yield lambda: writing.replace_evidence(application, item, asked, user, upload)


def numbers(request: SignedIn, uuid: UUID) -> tuple[set[int], set[int]]:
    """The numbers of the questions to link and to unlink: what differs from what the page showed. Whatever a
    colleague has changed meanwhile stays."""
    shown = _numbers(request.POST.get(f"shown-also-{uuid}", "").split())
    ticked = _numbers(request.POST.getlist(f"also-{uuid}"))
    return ticked - shown, shown - ticked


def _numbers(texts: Iterable[str]) -> set[int]:
    """No questionnaire has a question with more than three digits, and a column takes only so many."""
    return {int(text) for text in texts if text.isdecimal() and len(text) <= 3}


def reused(request: SignedIn, application: Application) -> list[Evidence]:
    """The application's files that were chosen to support the question, too."""
    return list(application.evidence.present().filter(pk__in=_uuids(request.POST.getlist("reuse"))))


def _uuids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        with contextlib.suppress(ValueError):
            found.append(UUID(text))
    return found

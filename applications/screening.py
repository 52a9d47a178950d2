"""What happens to a file once it has been kept: the virus scanner's word on it, then its small picture. Doing any
of it twice is harmless, and what a task has missed the next one does."""

from __future__ import annotations

import logging
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction

from . import clock, scanning, thumbnails
from .events import record
from .models import Application, Event, Evidence
from .scanning import Answer, Verdict

logger = logging.getLogger(__name__)
Scan = Evidence.Scan


def scan_all(*, patience: float) -> tuple[int, int, str]:
    """Scan whatever waits in any application, and delete what is left of files with a virus. How many were
    scanned, how many still wait, and why."""
    for pk in (
        Evidence.objects.filter(scan=Scan.INFECTED).exclude(file="").values_list("application", flat=True)
    ):
        delete_infected(pk)
    waiting = Evidence.objects.being_checked()
    before, reason = waiting.count(), "" if scanning.is_on() else "QM_CLAMD is not set."
    if not scanning.is_on():
        return 0, before, reason
    for pk in list(waiting.order_by("application").values_list("application", flat=True).distinct()):
        if answer := scan_waiting(pk, patience=patience):
            reason = answer.finding
            break  # Who doesn't answer for one won't for the next.
    after = waiting.count()
    return max(before - after, 0), after, reason


def scan_waiting(application_pk: int, *, patience: float = scanning.PATIENCE) -> Answer | None:
    """Ask the scanner about every file of the application that waits, the newest first, within about `patience`
    seconds each. At the first that gets no answer the rest waits on; that answer is given back."""
    waiting = Evidence.objects.being_checked().filter(application=application_pk)
    for item in waiting.order_by("-uploaded_at"):
        try:
            with item.file.open("rb") as file:
                answer = scanning.scan(file, patience=patience)
        except FileNotFoundError:
            logger.error("Evidence %s has no file to scan.", item.pk)
            continue
        if answer.verdict is Verdict.NO_ANSWER:
            logger.warning("Evidence %s was not scanned: %s", item.pk, answer.finding)
            return answer
        _settle(item, answer)
    return None


@transaction.atomic
def _settle(item: Evidence, answer: Answer) -> None:
    """Keep what the scanner said, unless another task has done so."""
    application = Application.objects.select_for_update().get(pk=item.application_id)
    is_infected = answer.verdict is Verdict.INFECTED
    settled = Evidence.objects.filter(pk=item.pk, scan=Scan.WAITING).update(
        scan=Scan.INFECTED if is_infected else Scan.CLEAN,
        scan_finding=answer.finding,
        scanned_at=clock.now(),
    )
    if not settled:
        return
    if not is_infected:
        transaction.on_commit(partial(shrink, str(item.pk)))
        return
    data = {"uuid": str(item.pk), "sha256": item.sha256}
    record(application, Event.Kind.EVIDENCE_REFUSED, None, data)
    transaction.on_commit(partial(delete_infected, application.pk))


def delete_infected(application_pk: int) -> None:
    """Delete the bytes of files with a virus. The rows stay to tell the uploader."""
    for item in Evidence.objects.filter(application=application_pk, scan=Scan.INFECTED).exclude(file=""):
        item.file.delete(save=False)
        Evidence.objects.filter(pk=item.pk).update(file="")


def shrink(evidence_pk: str) -> None:
    """Make the file's small picture, unless it has one or is of a kind that has none."""
    open_to_readers = Evidence.objects.filter(scan__in=[Scan.NONE, Scan.CLEAN])
    item = open_to_readers.filter(pk=evidence_pk, thumbnail="").first()
    if item is None:
        return
    try:
        with item.file.open("rb") as file:
            small = thumbnails.make(file, item.content_type)
    except FileNotFoundError:
        return
    if small is None:
        return
    item.thumbnail.save("", ContentFile(small), save=False)
    if not Evidence.objects.filter(pk=item.pk, thumbnail="").update(thumbnail=item.thumbnail.name):
        item.thumbnail.delete(save=False)  # It was removed meanwhile, or somebody else was faster.


def discard(item: Evidence) -> None:
    """Delete what is stored of a file whose row is gone."""
    for stored in (item.file, item.thumbnail):
        if stored:
            stored.delete(save=False)

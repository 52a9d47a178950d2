"""Proves that nothing of what is kept for good has been altered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from applications import events, protection
from applications.hashing import sha256, sha256_of_file
from applications.models import Application, Certificate, Event, Status


class Command(BaseCommand):
    help = (
        "Goes through every application's log, submissions and certificates. Fails when something is wrong."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for fault in faults():
            self.stderr.write(fault)
            found += 1
        if found:
            raise CommandError(f"Faults found: {found}.")
        self.stdout.write(f"All is as it was written: {Application.objects.count()} applications.")


def faults() -> Iterator[str]:
    """A sentence for each thing that is not as it was written."""
    for name in sorted(protection.missing(connection)):
        yield f"The database lacks its protection {name}: run manage.py migrate."
    for application in Application.objects.order_by("pk").iterator(chunk_size=100):
        yield from events.faults(application)
        yield from _status_faults(application)
        yield from _submission_faults(application)
    certificates = Certificate.objects.select_related("decision__application").order_by("pk")
    for certificate in certificates.iterator(chunk_size=100):
        yield from _certificate_faults(certificate)


def _status_faults(application: Application) -> Iterator[str]:
    moves = application.event_set.filter(data__has_key="to").order_by("sequence")
    last = moves.last()
    logged = last.data["to"] if last else Status.DRAFT.value
    if application.status != logged:
        yield f"{application.reference}: its status is {application.status}, but its log ends with {logged}."


def _submission_faults(application: Application) -> Iterator[str]:
    handed_in = application.event_set.filter(kind__in=[Event.Kind.SUBMITTED, Event.Kind.RESUBMITTED])
    logged = {event.data.get("submission"): event.data.get("sha256") for event in handed_in}
    for submission in application.submission_set.order_by("number").iterator(chunk_size=10):
        name = f"{application.reference}: submission {submission.number}"
        if sha256(submission.content) != submission.sha256:
            yield f"{name} has been altered."
        if logged.pop(submission.number, None) != submission.sha256:
            yield f"{name} is not the one that its log names."
    for number in logged:
        yield f"{application.reference}: submission {number} is missing."


def _certificate_faults(certificate: Certificate) -> Iterator[str]:
    if not certificate.document:
        return  # Still to be made: see the chores.
    application = certificate.decision.application
    rendered = application.event_set.filter(kind=Event.Kind.CERTIFICATE_RENDERED).last()
    if rendered is None or rendered.data.get("sha256") != certificate.sha256:
        yield f"{certificate.number}: its document is not the one that its log names."
    try:
        with certificate.document.open("rb") as file:
            digest = sha256_of_file(file)
    except OSError:
        yield f"{certificate.number}: its document can't be read."
        return
    if digest != certificate.sha256:
        yield f"{certificate.number}: its document has been altered."

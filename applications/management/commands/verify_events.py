"""Proves that nothing of what is kept for good has been altered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile

from applications import events, protection, reading
from applications.hashing import sha256, sha256_of_file
from applications.models import Appeal, Application, Certificate, Event, Review, Status


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
        yield from _evidence_faults(application)
        yield from _review_faults(application)
        yield from _decision_faults(application)
        yield from _appeal_faults(application)
    certificates = Certificate.objects.select_related("decision__application").order_by("pk")
    for certificate in certificates.iterator(chunk_size=100):
        yield from _certificate_faults(certificate)


def _status_faults(application: Application) -> Iterator[str]:
    moves = application.event_set.filter(data__has_keys=["from", "to"]).order_by("sequence")
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


def _evidence_faults(application: Application) -> Iterator[str]:
    """Files that a submission names must be there, with the bytes that were handed in."""
    named = {
        item["uuid"]: item["sha256"]
        for submission in application.submission_set.all()
        for part in submission.content["questions"]
        for item in part["evidence"]
    }
    files = {str(item.pk): item for item in application.evidence.all()}
    for uuid, digest in named.items():
        item = files.get(uuid)
        if item is None or _digest(item.file) != digest:
            yield f"{application.reference}: the evidence {uuid} is missing or has been altered."


def _review_faults(application: Application) -> Iterator[str]:
    logged = Counter(
        (event.actor_id, event.data.get("submission"), event.data.get("sha256"))
        for event in application.event_set.filter(kind=Event.Kind.REVIEW_SUBMITTED)
    )
    reviews = Review.objects.submitted().filter(assignment__application=application)
    kept = Counter(
        (review.assignment.advisor_id, review.submission.number, sha256(reading.review_content(review)))
        for review in reviews.select_related("assignment", "submission")
    )
    if logged != kept:
        yield f"{application.reference}: its reviews are not those that its log names."


def _decision_faults(application: Application) -> Iterator[str]:
    decided = application.event_set.filter(kind__in=[Event.Kind.APPROVED, Event.Kind.DECLINED])
    logged = [event.data.get("sha256") for event in decided.order_by("sequence")]
    decisions = application.decision_set.order_by("round")
    if logged != [sha256(reading.decision_content(decision)) for decision in decisions]:
        yield f"{application.reference}: its decisions are not those that its log names."
    yield from _talk_faults(application, decided)
    stated = [event.data["certificate"] for event in decided if "certificate" in event.data]
    certificates = Certificate.objects.filter(decision__application=application).order_by("pk")
    if stated != [sha256(reading.certificate_content(certificate)) for certificate in certificates]:
        yield f"{application.reference}: its certificate doesn't state what its log names."


def _talk_faults(application: Application, decided: QuerySet[Event]) -> Iterator[str]:
    """The talks as they were asked for and written down, and those that each decision rests on."""
    talks = application.talk_set.order_by("asked_at", "pk")
    log = application.event_set.order_by("sequence")
    asked, recorded = (
        [event.data.get("sha256") for event in log.filter(kind=kind)]
        for kind in (Event.Kind.TALK_ASKED, Event.Kind.TALK_RECORDED)
    )
    as_logged = asked == [sha256(talk.reason) for talk in talks] and recorded == [
        sha256(talk.outcome) for talk in talks if talk.recorded_at
    ]
    rest_on = [event.data.get("talks", []) for event in decided.order_by("sequence")]
    behind = [
        [sha256(reading.talk_content(talk)) for talk in reading.talks_behind(decision)]
        for decision in application.decision_set.order_by("round")
    ]
    if not as_logged or rest_on != behind:
        yield f"{application.reference}: its talks are not those that its log names."


def _appeal_faults(application: Application) -> Iterator[str]:
    heard = [Event.Kind.APPEAL_DISMISSED, Event.Kind.APPEAL_UPHELD]
    logged = application.event_set.filter(data__has_key="sha256").order_by("sequence")
    appeals = Appeal.objects.filter(decision__application=application).select_related("decision")
    appeals = appeals.order_by("lodged_at")
    lodged = [sha256(reading.appeal_content(appeal)) for appeal in appeals]
    answers = [sha256(reading.hearing_content(appeal)) for appeal in appeals if appeal.outcome]
    if [event.data["sha256"] for event in logged.filter(kind=Event.Kind.APPEALED)] != lodged or [
        event.data["sha256"] for event in logged.filter(kind__in=heard)
    ] != answers:
        yield f"{application.reference}: its appeals are not those that its log names."


def _digest(file: FieldFile) -> str | None:
    """The file's hash, or None where it can't be read."""
    try:
        with file.open("rb") as stream:
            return sha256_of_file(stream)
    except OSError:
        return None


def _certificate_faults(certificate: Certificate) -> Iterator[str]:
    application = certificate.decision.application
    rendered = application.event_set.filter(kind=Event.Kind.CERTIFICATE_RENDERED).last()
    if not certificate.document and rendered is None:
        return  # Still to be made: see the chores.
    if rendered is None or rendered.data.get("sha256") != certificate.sha256:
        yield f"{certificate.number}: its document is not the one that its log names."
    digest = _digest(certificate.document)
    if digest is None:
        yield f"{certificate.number}: its document can't be read."
    elif digest != certificate.sha256:
        yield f"{certificate.number}: its document has been altered."

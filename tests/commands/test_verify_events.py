"""Whatever is altered behind the portal's back is found."""

from __future__ import annotations

import datetime
import hashlib
import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from applications import protection, workflow
from applications.certificates import issue
from applications.hashing import sha256
from applications.models import (
    Application,
    Certificate,
    Decision,
    Event,
    Evidence,
    Review,
    Score,
    Status,
    Submission,
    Talk,
)
from tests.cases import make_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def unprotected(db):
    """A database whose owner has taken the triggers away, as somebody who means to cheat might."""
    protection.lift(connection)
    yield
    protection.lay(connection)


def verify() -> list[str]:
    """What the command finds."""
    said, faults = io.StringIO(), io.StringIO()
    try:
        call_command("verify_events", stdout=said, stderr=faults)
    except CommandError as error:
        lines = faults.getvalue().splitlines()
        assert str(error) == f"Faults found: {len(lines)}."
        assert lines
        return lines
    assert said.getvalue() == f"All is as it was written: {Application.objects.count()} applications.\n"
    return []


def verify_but_protection() -> list[str]:
    protection.lay(connection)
    return verify()


@pytest.mark.parametrize("status", Status)
def test_what_nobody_has_touched_is_whole(cast, status):
    make_application(cast, status)
    for certificate in Certificate.objects.all():
        issue.document(certificate.pk)
    assert verify() == []


def test_an_empty_database_is_whole(db):
    assert verify() == []


def test_a_missing_protection_is_found(cast, unprotected):
    assert len(verify()) == len({freeze.name for freeze in protection.FREEZES})


def with_a_talk(cast) -> Application:
    """Declined after a talk between the advisors."""
    application = make_application(cast, Status.READY_FOR_DECISION)
    workflow.ask_talk(application, cast.beata, "Question 2.")
    workflow.record_talk(application, cast.asta, timezone.localdate(), "We agree.")
    workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "No.")
    return application


def test_a_talk_that_nobody_has_touched_is_whole(cast):
    with_a_talk(cast)
    open_one = make_application(cast, Status.READY_FOR_DECISION, area="Ekby")
    workflow.ask_talk(open_one, cast.beata, "Question 3.")
    assert verify() == []


@pytest.mark.parametrize(
    "altered",
    [
        {"reason": "Question 3."},
        {"outcome": "We don't."},
        {"held_on": datetime.date(2020, 1, 1)},
        {"recorded_by": None},
        {"recorded_at": datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)},
    ],
)
def test_an_altered_talk_is_found(cast, unprotected, altered):
    application = with_a_talk(cast)
    if "recorded_by" in altered:
        altered = {"recorded_by": cast.axel}
    Talk.objects.update(**altered)
    assert verify_but_protection() == [
        f"{application.reference}: its talks are not those that its log names."
    ]


def test_a_missing_talk_is_found(cast, unprotected):
    application = with_a_talk(cast)
    Talk.objects.all().delete()
    assert verify_but_protection() == [
        f"{application.reference}: its talks are not those that its log names."
    ]


def test_an_altered_event_is_found_among_many(cast, unprotected):
    for area in ("Ekstad", "Ekby", "Eklund"):
        application = make_application(cast, Status.SUBMITTED, area=area)
    Event.objects.filter(application=application, sequence=2).update(data={})
    assert verify_but_protection() == [f"{application.reference}: event 2 has been altered."]


def test_a_status_that_the_log_does_not_know_is_found(cast):
    application = make_application(cast, Status.SUBMITTED)
    Application.objects.update(status=Status.WITHDRAWN)
    assert verify() == [f"{application.reference}: its status is withdrawn, but its log ends with submitted."]


def test_a_draft_made_an_approved_one_is_found(cast):
    application = make_application(cast)
    Application.objects.update(status=Status.APPROVED)
    assert verify() == [f"{application.reference}: its status is approved, but its log ends with draft."]


def test_an_altered_submission_is_found(cast, unprotected):
    application = make_application(cast, Status.SUBMITTED)
    content = Submission.objects.get().content
    content["questions"][0]["rating"] = 4
    Submission.objects.update(content=content)
    assert verify_but_protection() == [f"{application.reference}: submission 1 has been altered."]
    # With its hash made to fit, the log still tells.
    protection.lift(connection)
    Submission.objects.update(sha256=sha256(content))
    assert verify_but_protection() == [
        f"{application.reference}: submission 1 is not the one that its log names."
    ]


def test_a_certificates_altered_or_lost_document_is_found(cast):
    make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get()
    issue.document(certificate.pk)
    certificate.refresh_from_db()
    name = certificate.document.name
    default_storage.delete(name)
    assert verify() == [f"{certificate.number}: its document can't be read."]
    default_storage.save(name, ContentFile(b"%PDF-1.7 forged"))
    assert verify() == [f"{certificate.number}: its document has been altered."]


def test_a_document_exchanged_with_its_hash_is_found(cast, unprotected):
    make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get()
    issue.document(certificate.pk)
    forged = default_storage.save("certificates/forged.pdf", ContentFile(b"%PDF-1.7 forged"))
    with default_storage.open(forged) as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    Certificate.objects.update(document=forged, sha256=digest)
    assert verify_but_protection() == [
        f"{certificate.number}: its document is not the one that its log names."
    ]


@pytest.mark.parametrize(
    ("alter", "found"),
    [
        (lambda: Score.objects.update(points=0), "its reviews are not those that its log names"),
        (lambda: Review.objects.update(summary="Forged"), "its reviews are not those that its log names"),
        (lambda: Review.objects.update(submitted_at=None), "its reviews are not those that its log names"),
        (lambda: Decision.objects.update(reasons="Forged"), "its decisions are not those that its log names"),
        (lambda: Decision.objects.update(percent=99), "its decisions are not those that its log names"),
        (lambda: Certificate.objects.update(holder="Forged"), "doesn't state what its log names"),
        (lambda: Certificate.objects.update(valid_through="2999-01-01"), "doesn't state what its log names"),
        (
            lambda: Evidence.objects.first().file.storage.delete(Evidence.objects.first().file.name),
            "is missing",
        ),
    ],
)
def test_whatever_a_case_rested_on_is_found_when_altered(cast, unprotected, alter, found):
    make_application(cast, Status.APPROVED)
    alter()
    faults = verify_but_protection()
    assert [found in fault for fault in faults] == [True]

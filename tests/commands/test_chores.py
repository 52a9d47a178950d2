"""What the daily chores do, and what they leave alone."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from applications import workflow
from applications.models import Application, Certificate, Event, Status
from tests.cases import make_application, questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def chores(django_capture_on_commit_callbacks):
    """Runs the chores as if they were committed; gives what they say."""

    def run() -> list[str]:
        said = io.StringIO()
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            call_command("chores", stdout=said)
        return said.getvalue().splitlines()

    return run


def said(*, closed: int = 0, reminded: int = 0, made: int = 0) -> list[str]:
    return [
        f"Closed {closed} applications that were left lying.",
        f"Reminded of {reminded} applications that are left lying.",
        f"Made {made} documents that were missing.",
    ]


def leave(application: Application, days: int, reminded: int | None = None) -> Application:
    """Nobody has touched it for `days` days; the reminder went `reminded` days ago."""
    now = timezone.now()
    since = now - datetime.timedelta(days=days)
    Application.objects.filter(pk=application.pk).update(
        touched_at=since,
        status_since=since,
        reminded_at=None if reminded is None else now - datetime.timedelta(days=reminded),
    )
    application.refresh_from_db()
    return application


def test_a_new_day_with_nothing_to_do(cast, chores):
    make_application(cast)
    assert chores() == said()
    assert mail.outbox == []


@pytest.mark.parametrize("status", [Status.DRAFT, Status.COMPLETION_REQUESTED])
def test_what_is_with_the_applicant_is_reminded_of_once(cast, chores, status):
    leave(make_application(cast, status), days=31)
    assert chores() == said(reminded=1)
    assert sorted(message.to for message in mail.outbox) == [
        ["edit@ekstad.example"],
        ["sigrid@ekstad.example"],
    ]
    assert chores() == said()
    assert mail.outbox == []


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.READY_FOR_DECISION, Status.DECLINED])
def test_what_waits_for_the_association_is_left_alone(cast, chores, status):
    leave(make_application(cast, status), days=500, reminded=400)
    assert chores() == said()
    assert Application.objects.get().status == status


def test_a_draft_touched_yesterday_is_not_reminded_of(cast, chores):
    application = leave(make_application(cast), days=300)
    Application.objects.update(touched_at=timezone.now() - datetime.timedelta(days=1))
    assert chores() == said()
    application.refresh_from_db()
    assert application.reminded_at is None


def test_whoever_goes_on_writing_is_reminded_again_after_another_spell(cast, chores):
    application = leave(make_application(cast), days=31)
    assert chores() == said(reminded=1)
    workflow.save_answer(application, questions(application)[0], cast.sigrid, "Mer.", 3)
    Application.objects.update(
        touched_at=timezone.now() - datetime.timedelta(days=31),
        status_since=timezone.now() - datetime.timedelta(days=62),
    )
    assert chores() == said(reminded=1)


def test_a_draft_past_the_limit_lapses(cast, chores):
    application = leave(make_application(cast), days=367, reminded=330)
    assert chores() == said(closed=1)
    assert Application.objects.get().status == Status.LAPSED
    assert application.event_set.get(kind=Event.Kind.LAPSED).actor is None
    assert chores() == said()


@pytest.mark.parametrize(("days", "reminded"), [(360, 330), (500, None), (500, 29)])
def test_nothing_lapses_before_the_limit_or_right_after_its_reminder(cast, chores, days, reminded):
    leave(make_application(cast), days=days, reminded=reminded)
    assert chores() == said(reminded=1 if reminded is None else 0)
    assert Application.objects.get().status == Status.DRAFT


def test_each_questionnaire_has_its_own_limit(cast, chores):
    application = make_application(cast)
    type(application.questionnaire).objects.create(version=2, title_sv="Ny", title_en="New", lapse_months=1)
    leave(application, days=100, reminded=60)
    assert chores() == said()


def test_a_missing_document_is_made_and_the_next_run_finds_nothing(cast, chores):
    # Outside a commit the task that makes the document has not run.
    make_application(cast, Status.APPROVED)
    assert Certificate.objects.without_document().count() == 1
    assert chores() == said(made=1)
    certificate = Certificate.objects.get()
    with certificate.document.open("rb") as file:
        assert file.read(5) == b"%PDF-"
    assert chores() == said()


def test_a_document_that_cant_be_made_is_told_of_and_the_others_are_made(cast, settings):
    make_application(cast, Status.APPROVED)
    make_application(cast, Status.APPROVED, area="\u0e01" * 3)  # Letters that the certificate's fonts lack.
    good, bad = Certificate.objects.order_by("pk")
    with pytest.raises(CommandError, match=f"^{bad.number}: its document can't be made: "):
        call_command("chores", stdout=io.StringIO())
    assert list(Certificate.objects.without_document()) == [bad]
    good.refresh_from_db()
    assert good.document

"""What the daily chores do, and what they leave alone."""

from __future__ import annotations

import datetime
import io
from contextlib import AbstractContextManager
from functools import partial

import pytest
from dateutil.relativedelta import relativedelta
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from applications import clock, workflow, writing
from applications.management.commands import chores as command
from applications.models import (
    Application,
    Certificate,
    CertificateReminder,
    CompletionRequest,
    Decision,
    DecisionDraft,
    Event,
    Questionnaire,
    Status,
)
from members.models import User
from tests.cases import make_application, make_cast, make_user, questions, unprotected
from tests.test_races import at_once
from tests.views.reading import copy

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


def said(
    *,
    closed: int = 0,
    reminded: int = 0,
    completions: int = 0,
    certificates: int = 0,
    released: int = 0,
    stopped: int = 0,
    made: int = 0,
) -> list[str]:
    return [
        f"Closed {closed} applications that were left lying.",
        f"Reminded of {reminded} applications that are left lying.",
        f"Reminded of {completions} completions that are due soon.",
        f"Reminded of {certificates} certificates that expire.",
        f"Released {released} decisions whose day has come; {stopped} could not be.",
        f"Made {made} documents that were missing.",
        "Scanned 0 files for viruses; 0 still wait.",
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
    writing.save_answer(application, questions(application)[0], cast.sigrid, "Mer.", 3)
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
    type(application.questionnaire).objects.create(version=3, title_sv="Ny", title_en="New", lapse_months=1)
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


def test_a_self_diagnosis_may_lie(cast, chores):
    leave(make_application(cast), days=500, reminded=400)
    Application.objects.update(kind=Application.Kind.DIAGNOSIS)
    assert chores() == said()
    assert Application.objects.get().status == Status.DRAFT


# --- Completions -----------------------------------------------------------------------------------------
def due_in(days: int, asked: int = 20) -> None:
    """The completion is due in `days` days and was asked for `asked` days ago."""
    CompletionRequest.objects.update(
        due_on=timezone.localdate() + datetime.timedelta(days=days),
        requested_at=timezone.now() - datetime.timedelta(days=asked),
    )


@pytest.mark.parametrize("days", [7, 3, 0])
def test_a_completion_that_is_due_within_a_week_is_reminded_of_once(cast, chores, days):
    make_application(cast, Status.COMPLETION_REQUESTED)
    due_in(days)
    assert chores() == said(completions=1)
    assert sorted(message.to[0] for message in mail.outbox) == [
        "edit@ekstad.example",
        "sigrid@ekstad.example",
    ]
    assert chores() == said()
    assert mail.outbox == []


@pytest.mark.parametrize(("days", "asked"), [(8, 20), (-1, 20), (7, 2)])
def test_a_completion_is_not_reminded_of_too_early_too_late_or_right_away(cast, chores, days, asked):
    make_application(cast, Status.COMPLETION_REQUESTED)
    due_in(days, asked)
    assert chores() == said()


def test_a_completion_that_is_in_is_not_reminded_of(cast, chores):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    due_in(5)
    writing.save_answer(application, questions(application)[1], cast.sigrid, "Mer.", 3)
    workflow.resubmit(application, cast.sigrid, declares=True)
    assert chores() == said()


# --- Certificates ----------------------------------------------------------------------------------------
def days_before(months: int, days: int = 0) -> datetime.datetime:
    """Noon on the day that is `months` months and `days` days before the only certificate expires."""
    day = (
        Certificate.objects.get().valid_through - relativedelta(months=months) - datetime.timedelta(days=days)
    )
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(12)))


@pytest.fixture
def certificate(cast, chores) -> Certificate:
    """One that is valid for three years from today, with its document."""
    make_application(cast, Status.APPROVED)
    assert chores() == said(made=1)
    return Certificate.objects.get()


def test_a_certificate_is_reminded_of_at_four_times_and_once_each(certificate, chores):
    subjects = []
    for months in (12, 6, 3, 1):
        with clock.at(days_before(months, days=1)):
            assert chores() == said()
        for run in (1, 0):
            with clock.at(days_before(months)):
                assert chores() == said(certificates=run)
            assert len(mail.outbox) == 2 * run
            subjects += [message.subject for message in mail.outbox if "sigrid" in message.to[0]]
    day = f"{certificate.valid_through.day} "
    assert [day in subject for subject in subjects] == [False, True, True, True]
    assert list(certificate.reminders.values_list("months", flat=True)) == [12, 6, 3, 1]
    with clock.at(days_before(0, days=-1)):
        assert chores() == said()


def test_what_was_missed_is_not_made_up_for(certificate, chores):
    with clock.at(days_before(2)):
        assert chores() == said(certificates=1)
    assert len(mail.outbox) == 2
    assert list(certificate.reminders.values_list("months", flat=True)) == [12, 6, 3]
    with clock.at(days_before(2)):
        assert chores() == said()
    with clock.at(days_before(1)):
        assert chores() == said(certificates=1)


def test_a_short_certificate_is_not_reminded_of_when_it_is_issued(cast, chores):
    with unprotected():
        Questionnaire.objects.update(validity_months=6)
    make_application(cast, Status.APPROVED)
    assert chores() == said(made=1)
    with clock.at(days_before(3)):
        assert chores() == said(certificates=1)
    assert list(CertificateReminder.objects.values_list("months", flat=True)) == [3]


@pytest.mark.parametrize("status", [Certificate.Status.SUSPENDED, Certificate.Status.REVOKED])
def test_a_certificate_that_does_not_stand_is_not_reminded_of(cast, certificate, chores, status):
    workflow.change_certificate(certificate, cast.alma, status, "A reason.")
    with clock.at(days_before(6)):
        assert chores() == said()


@pytest.mark.parametrize(("status", "reminded"), [(Status.DRAFT, 1), (Status.SUBMITTED, 0)])
def test_a_renewal_that_is_handed_in_ends_the_reminders(cast, certificate, chores, status, reminded):
    renewal = make_application(cast)
    Application.objects.filter(pk=renewal.pk).update(
        kind=Application.Kind.RENEWAL, renews=certificate, status=status, touched_at=days_before(6)
    )
    with clock.at(days_before(6)):
        assert chores() == said(certificates=reminded)


def test_looking_at_the_certificates_costs_two_queries_however_many_they_are(
    cast, certificate, django_assert_num_queries
):
    with clock.at(days_before(6)):
        assert command.remind_of_certificates(clock.now()) == 1
        with django_assert_num_queries(2):
            assert command.remind_of_certificates(clock.now()) == 0
        copy(Certificate.objects.get(), ["Ekby", "Ekdal", "Eksjö"])
        assert command.remind_of_certificates(clock.now()) == 3
        with django_assert_num_queries(2):
            assert command.remind_of_certificates(clock.now()) == 0


# --- Held decisions --------------------------------------------------------------------------------------
def hold(application: Application, user: User, days: int | None = 1) -> DecisionDraft:
    """A held approval, with so many days to its release."""
    wording = workflow.Wording(workflow.seen_reviews(application), "approved", "Well done.")
    day = None if days is None else timezone.localdate() + datetime.timedelta(days=days)
    return workflow.hold(application, user, wording, None, day)


def on_the_day(days: int = 1) -> AbstractContextManager[None]:
    return clock.at(timezone.now() + datetime.timedelta(days=days))


@pytest.mark.parametrize("days", [2, None])
def test_a_held_decision_waits_for_its_day(cast, chores, days):
    hold(make_application(cast, Status.READY_FOR_DECISION), cast.beata, days)
    with on_the_day():
        assert chores() == said()
    assert mail.outbox == []


@pytest.mark.parametrize("late", [1, 5])
def test_on_its_day_or_after_a_held_decision_is_released_once(cast, chores, late):
    application = make_application(cast, Status.READY_FOR_DECISION)
    hold(application, cast.beata)
    with on_the_day(late):
        # This test commits at the end: otherwise its document is made by then.
        assert chores() == said(released=1, made=1)
        assert sorted(message.to for message in mail.outbox) == [
            ["edit@ekstad.example"],
            ["sigrid@ekstad.example"],
        ]
        assert chores() == said()
    assert Decision.objects.get().decided_by == cast.beata
    assert Certificate.objects.count() == 1


def test_one_that_cannot_be_released_is_told_of_once_and_waits_without_a_day(cast, chores):
    other = make_user("other@qm.example", "Other decider", "Decision maker")
    application = make_application(cast, Status.READY_FOR_DECISION)
    hold(application, cast.beata)
    second = make_application(cast, Status.READY_FOR_DECISION, area="Ekby")
    hold(second, other)
    User.objects.filter(pk=cast.beata.pk).update(is_active=False)
    with on_the_day():
        assert chores() == said(released=1, stopped=1, made=1)
        told = [message for message in mail.outbox if message.to == ["other@qm.example"]]
        assert len(told) == 1
        assert f"/admin/applications/application/{application.pk}/decide/" in told[0].body
        assert chores() == said()
    draft = DecisionDraft.objects.get()
    assert (draft.application, draft.release_on, draft.held_at is None) == (application, None, False)
    assert Decision.objects.get().application == second


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_runs_at_once_release_or_tell_once(transactional_db):
    cast = make_cast()
    make_user("other@qm.example", "Other decider", "Decision maker")
    hold(make_application(cast, Status.READY_FOR_DECISION), cast.beata)
    now = timezone.now() + datetime.timedelta(days=1)

    def run() -> tuple[int, int]:
        with clock.at(now):
            return command.release_decisions(now)

    assert sorted(at_once(run, run)) == [(0, 0), (1, 0)]
    assert (Decision.objects.count(), Certificate.objects.count()) == (1, 1)
    hold(make_application(cast, Status.READY_FOR_DECISION, area="Ekby"), cast.beata)
    User.objects.filter(pk=cast.beata.pk).update(is_active=False)
    mail.outbox.clear()
    assert sorted(at_once(run, run)) == [(0, 0), (0, 1)]
    assert [message.to for message in mail.outbox] == [["other@qm.example"]]


# --- Two runs at once ------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_runs_at_once_send_each_reminder_once(transactional_db):
    cast = make_cast()
    make_application(cast, Status.APPROVED)
    leave(make_application(cast, area="Ekby"), days=31)
    make_application(cast, Status.COMPLETION_REQUESTED, area="Ekdal")
    due_in(5)
    now = timezone.now()
    reminders = (
        (command.remind, now),
        (command.remind_of_completions, now),
        (command.remind_of_certificates, days_before(6)),
    )
    for remind, moment in reminders:
        mail.outbox.clear()
        assert sorted(at_once(*[partial(remind, moment)] * 2)) == [0, 1], remind
        assert sorted(message.to[0] for message in mail.outbox) == [
            "edit@ekstad.example",
            "sigrid@ekstad.example",
        ], remind

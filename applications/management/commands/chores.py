"""What has to be done every day without anybody asking for it."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from applications import clock, doors, screening, tasks, workflow
from applications.certificates import issue
from applications.models import (
    OPEN,
    Application,
    Certificate,
    CertificateReminder,
    CompletionRequest,
    DecisionDraft,
    Questionnaire,
    Status,
)

REMIND_AFTER = datetime.timedelta(days=30)
COMPLETION_DUE = datetime.timedelta(days=7)
"""How long before a completion's last day its applicant is reminded …"""
COMPLETION_FRESH = datetime.timedelta(days=3)
"""… unless it was asked for as recently as this."""
RENEWAL_OPENS = Certificate.RENEWAL_MONTHS
EXPIRES_SOON = (6, 3, 1)
"""How many months before a certificate expires its holder is told that it can be renewed, and that it expires."""
SCAN_PATIENCE = 300.0
"""Seconds for the virus scanner's word on one file."""


class Command(BaseCommand):
    help = "Reminds of and closes what was left lying, and makes missing documents. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        self.stdout.write(f"Closed {close(now)} applications that were left lying.")
        self.stdout.write(f"Reminded of {remind(now)} applications that are left lying.")
        self.stdout.write(f"Reminded of {remind_of_completions(now)} completions that are due soon.")
        self.stdout.write(f"Reminded of {remind_of_certificates(now)} certificates that expire.")
        released, stopped = release_decisions(now)
        self.stdout.write(f"Released {released} decisions whose day has come; {stopped} could not be.")
        call_command("clearsessions")
        made, failed = make_documents()
        self.stdout.write(f"Made {made} documents that were missing.")
        scanned, waiting, reason = screening.scan_all(patience=SCAN_PATIENCE)
        self.stdout.write(f"Scanned {scanned} files for viruses; {waiting} still wait.")
        if waiting:
            failed.append(f"{waiting} files wait for the virus scanner, which gives no answer: {reason}")
        if failed:
            raise CommandError("\n".join(failed))


def idle(before: datetime.datetime) -> QuerySet[Application]:
    """Drafts and completions that nobody has touched since `before`. Self-diagnoses may lie: nobody waits."""
    with_applicant = Application.objects.applying().in_status(Status.DRAFT, Status.COMPLETION_REQUESTED)
    return with_applicant.filter(touched_at__lt=before, status_since__lt=before)


def close(now: datetime.datetime) -> int:
    """Lapse what has been left lying past its questionnaire's limit. Whoever was reminded late, because the
    chores had not been run, still gets the time between a reminder and the next. How many it was."""
    closed = 0
    for questionnaire in Questionnaire.objects.all():
        limit = now - relativedelta(months=questionnaire.lapse_months)
        for application in idle(limit).filter(
            questionnaire=questionnaire, reminded_at__lt=now - REMIND_AFTER
        ):
            try:
                workflow.lapse(application)
            except doors.WorkflowError:
                continue  # Somebody came in between: the applicant, or another run.
            closed += 1
    return closed


def remind(now: datetime.datetime) -> int:
    """Send one reminder for each spell of idleness. How many it was."""
    return _remind_once(idle(now - REMIND_AFTER).filter(reminded_at=None), "left_lying", now)


def remind_of_completions(now: datetime.datetime) -> int:
    """Send one reminder a week before the last day of each completion. How many it was."""
    today = timezone.localdate(now)
    waiting = CompletionRequest.objects.filter(
        application__status=Status.COMPLETION_REQUESTED,
        answered_by=None,
        reminded_at=None,
        due_on__range=(today, today + COMPLETION_DUE),
        requested_at__lt=now - COMPLETION_FRESH,
    )
    return _remind_once(waiting, "completion_due", now)


def _remind_once(waiting: QuerySet, name: str, now: datetime.datetime) -> int:
    """Send the mail `name` about each of `waiting`, which are those with no `reminded_at`. How many it was."""
    reminded = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            # Of two runs at once, one finds the row without a reminder. Asked of the row alone: PostgreSQL
            # would answer a question about others from before the other run.
            if waiting.model._default_manager.filter(pk=pk, reminded_at=None).update(reminded_at=now):
                transaction.on_commit(partial(tasks.mail.enqueue, name, pk))
                reminded += 1
    return reminded


def remind_of_certificates(now: datetime.datetime) -> int:
    """Tell the holders that a certificate can be renewed and that it expires, once for each number of months.
    How many it was."""
    today = timezone.localdate(now)
    reminded = 0
    soon = Certificate.objects.valid_on(today).filter(
        valid_through__lte=today + relativedelta(months=RENEWAL_OPENS, days=1)
    )
    for certificate in soon.exclude(pk__in=_renewal_handed_in()).prefetch_related("reminders"):
        reached = reached_months(certificate, today)
        sent = {reminder.months for reminder in certificate.reminders.all()}
        if reached and reached[0] not in sent:
            reminded += _remind_of_certificate(certificate, reached, now)
    return reminded


def release_decisions(now: datetime.datetime) -> tuple[int, int]:
    """Release the held decisions whose day has come. How many it was, and how many were refused: those who may decide
    are told of each, once, and it waits without a day from then on."""
    due = DecisionDraft.objects.filter(held_at__isnull=False, release_on__lte=timezone.localdate(now))
    released = stopped = 0
    for draft in due.select_related("application").order_by("release_on", "pk"):
        try:
            workflow.release(draft.application, None)
        except doors.TooLate:
            continue  # Somebody came in between: a decision maker, or another run.
        except doors.WorkflowError:
            stopped += workflow.stop_release(draft.application, draft.release_on)
        else:
            released += 1
    return released, stopped


def _renewal_handed_in() -> QuerySet:
    """The certificates whose holder has nothing more to do: the renewal is with the association."""
    handed_in = Application.objects.filter(
        status__in=[state for state in OPEN if not state.is_with_applicant]
    )
    return handed_in.filter(renews__isnull=False).values("renews")


def reached_months(certificate: Certificate, today: datetime.date) -> list[int]:
    """The numbers of months before the expiry that have been reached, of those that lie in the certificate's
    own time; the latest reached comes first."""
    days = {
        months: certificate.valid_through - relativedelta(months=months)
        for months in sorted((RENEWAL_OPENS, *EXPIRES_SOON))
    }
    return [months for months, day in days.items() if certificate.issued_on < day <= today]


def _remind_of_certificate(certificate: Certificate, reached: list[int], now: datetime.datetime) -> bool:
    """Send the latest mail that is due, unless it has been sent. What was missed before it, because the chores
    had not been run, is not made up for."""
    latest, *missed = reached
    with transaction.atomic():
        # Of two runs at once, one makes the row.
        reminder, is_new = CertificateReminder.objects.get_or_create(
            certificate=certificate, months=latest, defaults={"sent_at": now}
        )
        if is_new:
            CertificateReminder.objects.bulk_create(
                [CertificateReminder(certificate=certificate, months=each, sent_at=now) for each in missed],
                ignore_conflicts=True,
            )
            name = "renewal_open" if latest == RENEWAL_OPENS else "certificate_expiring"
            transaction.on_commit(partial(tasks.mail.enqueue, name, reminder.pk))
    return is_new


def make_documents() -> tuple[int, list[str]]:
    """Make the PDFs whose task failed or was lost. How many it was, and a sentence for each that failed."""
    made, failed = 0, []
    for certificate in Certificate.objects.without_document():
        try:
            issue.document(certificate.pk)
        except Exception as error:  # Whatever it is, the next certificate may still succeed.
            failed.append(f"{certificate.number}: its document can't be made: {error!r}")
        else:
            made += 1
    return made, failed

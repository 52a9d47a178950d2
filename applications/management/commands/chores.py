"""What has to be done every day without anybody asking for it."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from applications import tasks, workflow
from applications.certificates import issue
from applications.models import Application, Certificate, Questionnaire, Status

REMIND_AFTER = datetime.timedelta(days=30)


class Command(BaseCommand):
    help = "Reminds of and closes what was left lying, and makes missing documents. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        self.stdout.write(f"Closed {close(now)} applications that were left lying.")
        self.stdout.write(f"Reminded of {remind(now)} applications that are left lying.")
        made, failed = make_documents()
        self.stdout.write(f"Made {made} documents that were missing.")
        if failed:
            raise CommandError("\n".join(failed))


def idle(before: datetime.datetime) -> QuerySet[Application]:
    """Drafts and completions that nobody has touched since `before`."""
    with_applicant = Application.objects.in_status(Status.DRAFT, Status.COMPLETION_REQUESTED)
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
            except workflow.WorkflowError:
                continue  # Somebody came in between: the applicant, or another run.
            closed += 1
    return closed


def remind(now: datetime.datetime) -> int:
    """Send one reminder for each spell of idleness. How many it was."""
    waiting = idle(now - REMIND_AFTER).filter(reminded_at=None)
    reminded = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            # Of two runs at once, one finds the row without a reminder.
            if waiting.filter(pk=pk).update(reminded_at=now):
                transaction.on_commit(partial(tasks.mail.enqueue, "left_lying", pk))
                reminded += 1
    return reminded


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

"""Having the files scanned that the virus scanner had no word on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applications import scanning, screening

PATIENCE = 300.0
"""Seconds for each file: nobody waits for a page."""


class Command(BaseCommand):
    help = "Scans the evidence that waits for the virus scanner. The chores do so, too, once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        if not scanning.is_on():
            raise CommandError("QM_CLAMD is not set: there is no virus scanner to ask.")
        scanned, waiting, reason = screening.scan_all(patience=PATIENCE)
        self.stdout.write(f"Scanned {scanned} files; {waiting} still wait.")
        if waiting:
            raise CommandError(f"The virus scanner gives no answer: {reason}")

"""The demo, for trying the portal out."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from applications.demo import build


class Command(BaseCommand):
    help = "Loads towns in every state, and people to sign in as. Only with QM_DEBUG=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is only for trying the portal out: set QM_DEBUG=1.")
        loaded = build.load()
        self.stdout.write("The demo is loaded." if loaded else "The demo is already loaded.")
        self.stdout.write(f"Mail is not sent: read it at {settings.BASE_URL}/dev/mail/")
        self.stdout.write(f"\nOpen {settings.BASE_URL}/ and sign in as one of these:\n")
        for user in build.accounts():
            self.stdout.write(f"  {user.email:<34}{user.name}")
        self.stdout.write(f"The password is {build.PASSWORD} for all of them.\n\n")

"""The demo, for trying the portal out."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.demo import build, many


class Command(BaseCommand):
    help = "Loads towns in every state, and people to sign in as. Only with QM_DEBUG=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--size", type=int, default=0, help="Also so many applications of the last ten years, made up."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is only for trying the portal out: set QM_DEBUG=1.")
        loaded = build.load()
        self.stdout.write("The demo is loaded." if loaded else "The demo is already loaded.")
        if options["size"]:
            self._load_many(options["size"])
        self.stdout.write(f"Mail is not sent: read it at {settings.BASE_URL}/dev/mail/")
        self.stdout.write(f"\nOpen {settings.BASE_URL}/ and sign in as one of these:\n")
        for user in build.accounts():
            self.stdout.write(f"  {user.email:<34}{user.name}")
        self.stdout.write(f"The password is {build.PASSWORD} for all of them.\n\n")

    def _load_many(self, size: int) -> None:
        if not many.SMALLEST <= size <= many.LARGEST:
            raise CommandError(f"--size takes {many.SMALLEST} to {many.LARGEST}.")
        if there := many.loaded():
            self.stdout.write(f"There is a history of {there} applications already. No more are loaded.")
            return
        many.load(size, build.PASSWORD)
        self.stdout.write(f"A history of {size} applications is loaded.")

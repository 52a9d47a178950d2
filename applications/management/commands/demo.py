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
        parser.add_argument(
            "--open", type=int, default=None, help="With --size: so many of them in each status that is open."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is only for trying the portal out: set QM_DEBUG=1.")
        size, open_each = options["size"], options["open"]
        if size and not many.SMALLEST <= size <= many.LARGEST:
            raise CommandError(f"--size takes {many.SMALLEST} to {many.LARGEST}.")
        if open_each is not None and open_each < 1:
            raise CommandError("--open takes 1 or more.")
        loaded = build.load()
        self.stdout.write("The demo is loaded." if loaded else "The demo is already loaded.")
        if size:
            self._load_many(size, open_each)
        self.stdout.write(f"Mail is not sent: read it at {settings.BASE_URL}/dev/mail/")
        self.stdout.write(f"\nOpen {settings.BASE_URL}/ and sign in as one of these:\n")
        for user in build.accounts():
            self.stdout.write(f"  {user.email:<34}{user.name}")
        self.stdout.write(f"The password is {build.PASSWORD} for all of them.\n\n")

    def _load_many(self, size: int, open_each: int | None) -> None:
        if there := many.loaded():
            self.stdout.write(f"There is a history of {there} applications already. No more are loaded.")
            return
        many.load(size, build.PASSWORD, open_each)
        self.stdout.write(f"A history of {size} applications is loaded.")

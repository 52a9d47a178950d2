"""The mails that were written to files instead of being sent: for whoever tries the portal out or works on it.
Included by `qm_portal.urls` under QM_DEBUG alone, since a mail may hold a link that lets somebody in."""

from __future__ import annotations

import datetime
import email
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MAX_FILES = 200
MAX_BYTES = 2 * 1024 * 1024
# What Django writes after each mail of a file.
END_OF_MAIL = b"\n" + b"-" * 79 + b"\n"
# Mails carry their looks in their tags; nothing else is let in.
HTML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True)
class Sent:
    """One mail: the `number`th of the file `name`, which has no suffix here."""

    name: str
    number: int
    message: EmailMessage

    def header(self, name: str) -> str:
        """The header as text; empty where it is missing or can't be read."""
        try:
            return str(self.message.get(name, "")).strip()
        except Exception:  # The standard library's parser has more ways to fail than it documents.
            return ""

    @property
    def to(self) -> str:
        return self.header("to")

    @property
    def sender(self) -> str:
        return self.header("from")

    @property
    def subject(self) -> str:
        return self.header("subject")

    @property
    def sent_at(self) -> datetime.datetime | None:
        try:
            moment = parsedate_to_datetime(self.header("date"))
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        try:
            part = self.message.get_body((kind,))
            return part.get_content() if part is not None else ""
        except Exception:  # As above: an odd file is shown without this part.
            return ""


def folder() -> Path:
    """Where the mails lie. Raises Http404 where mail isn't written to files."""
    written = settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend"
    if not written or not getattr(settings, "EMAIL_FILE_PATH", None):
        raise Http404
    return Path(settings.EMAIL_FILE_PATH)


def in_file(path: Path) -> Iterator[Sent]:
    """The mails of one file, oldest first. Of a huge file the beginning is read."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES)
    except OSError:
        return  # Taken away meanwhile.
    for number, written in enumerate(content.split(END_OF_MAIL)):
        if written.strip():
            message = email.message_from_bytes(written.lstrip(), policy=policy.default)
            yield Sent(path.stem, number, message)


def written_at(file: Path) -> int:
    """When the file was last written to; long ago if it has been taken away meanwhile."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def newest() -> list[Sent]:
    """The mails of the newest files, newest first."""
    files = [file for file in folder().glob("*.log") if re.fullmatch(r"[\w-]+", file.stem)]
    files.sort(key=written_at, reverse=True)
    return [sent for file in files[:MAX_FILES] for sent in reversed(list(in_file(file)))]


def find(name: str, number: int) -> Sent:
    """One mail. Raises Http404."""
    for sent in in_file(folder() / f"{name}.log"):
        if sent.number == number:
            return sent
    raise Http404


def only_in_development(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, for reading, while mail is written to files; nothing else, so that it can't be reached even if
    its address were. Nothing of it is kept by the browser."""

    @require_safe
    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        folder()
        return view(request, *args, **kwargs)

    return wrapper


@only_in_development
def mails(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    return render(request, "dev/mails.html", {"mails": newest()})


@only_in_development
def one(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One mail, its text and its HTML side by side."""
    return render(request, "dev/mail.html", {"mail": find(name, number)})


@only_in_development
def html(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The HTML of a mail as a mail program shows it, without scripts and without anything from elsewhere."""
    response = HttpResponse(find(name, number).html)
    response["Content-Security-Policy"] = HTML_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


urlpatterns = [
    path("", mails, name="dev_mails"),
    path("<slug:name>/<int:number>/", one, name="dev_mail"),
    path("<slug:name>/<int:number>/html/", html, name="dev_mail_html"),
]

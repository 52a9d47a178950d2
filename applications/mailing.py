"""How a mail is made and sent: to one person at a time, in that person's language, as text and as HTML, with one
link to where something is to be done. What isn't necessary can be turned off, and says at its foot where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import User

OPTIONAL: Mapping[str, Promise] = {
    "handed_over": _("somebody asks you to answer a question"),
    "co_applicant_joined": _("a co-applicant has joined your application"),
    "left_lying": _("your application has been left untouched for a while"),
    "renewal_open": _("your certificate can be renewed"),
    "certificate_expiring": _("your certificate expires soon"),
}
"""The mails that nobody needs, with what they are about. All others are always sent."""

BETWEEN_LANGUAGES = "\n\n" + "-" * 60 + "\n\n"


class NotSent(Exception):
    """Somebody didn't get a mail; `__cause__` is the last failure."""


@dataclass(frozen=True)
class Reader:
    """An address, and the languages in which a mail to it is written, one below the other."""

    address: str
    languages: tuple[str, ...]


def reader(user: User) -> Reader:
    """The person, at the address that signs in."""
    return Reader(user.email, (user.language,))


def wants(user: User, name: str) -> bool:
    """Whether the mail `name` is to be sent to the person."""
    return name not in OPTIONAL or name not in user.declined_mails


def send_to_people(name: str, people: Iterable[User], link: str, **context: Any) -> None:
    """Send the mail `name` to each of `people` who hasn't turned it off. Raises as `send` does."""
    send(name, [reader(person) for person in people if wants(person, name)], link, **context)


def send(name: str, readers: Iterable[Reader], link: str, **context: Any) -> None:
    """Send `templates/emails/<name>` to each of `readers`, with `link`, a path of the portal. One failure keeps
    nobody else from getting theirs; raises NotSent afterwards, so that it is seen."""
    context |= {
        "link": settings.BASE_URL + link,
        "issuer": settings.QM_ISSUER,
        "contact_email": settings.QM_CONTACT_EMAIL,
        "preferences": settings.BASE_URL + reverse("mail_preferences") if name in OPTIONAL else "",
    }
    failure = None
    for one in readers:
        try:
            _message(name, one, context).send()
        except Exception as error:  # Whatever a mail server can come up with.
            failure = error
    if failure:
        # Without the link, which may be an invitation's and lets in whoever reads it.
        raise NotSent(f"Not everyone got the mail “{name}”.") from failure


def _message(name: str, to: Reader, context: dict[str, Any]) -> EmailMultiAlternatives:
    subjects, texts, letters = [], [], []
    for language in to.languages:
        with translation.override(language):
            # One line, whatever a name holds.
            subjects.append(" ".join(render_to_string(f"emails/{name}.subject.txt", context).split()))
            texts.append(render_to_string(f"emails/{name}.txt", context).strip())
            letters.append(render_to_string(f"emails/{name}.html", context))
    shell = {"language": to.languages[0], "subject": subjects[0], "letters": letters}
    message = EmailMultiAlternatives(
        " / ".join(subjects),
        BETWEEN_LANGUAGES.join(texts) + "\n",
        to=[to.address],
        # Keeps holiday replies from coming back.
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("emails/shell.html", shell), "text/html")
    return message

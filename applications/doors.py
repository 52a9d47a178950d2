"""What every door shares: the lock on the case, how a no is said, and the mail after the commit. A door is a
function that changes a case: `workflow` moves its status, `writing` changes what it holds, `team` who has a part
in it."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from . import tasks
from .models import Application, Status


class WorkflowError(Exception):
    """Something that can't be done. The message is for the person who tried, in the language of the request."""


class NotAllowed(WorkflowError):
    """This person may not do it."""


class NotReady(WorkflowError):
    """Something that must hold first does not."""


class TooLate(WorkflowError):
    """Somebody, perhaps the same person, was there before: the case has already moved on."""


def door(function: Callable) -> Callable:
    """Runs `function` in one transaction. Its first argument, an application, is read again with its row
    locked, so that it stands as it is now and not as it was when the page was shown."""

    @functools.wraps(function)
    def wrapper(application: Application, *args, **kwargs):
        with transaction.atomic():
            fresh = Application.objects.select_for_update().get(pk=application.pk)
            return function(fresh, *args, **kwargs)

    return wrapper


def expect(application: Application, *statuses: Status) -> None:
    """Raises TooLate unless the application has one of `statuses`."""
    if application.state not in statuses:
        raise TooLate(
            _("This can't be done any more: the application is now “%(status)s”.")
            % {"status": application.state.label}
        )


def allow(allowed: bool, message: str | None = None) -> None:
    """Raises NotAllowed unless `allowed`."""
    if not allowed:
        raise NotAllowed(message or _("You may not do this."))


def mail_later(name: str, pk: int) -> None:
    """Send the mail `name` (a function of `applications.emails`) about the record `pk`, after the commit."""
    transaction.on_commit(lambda: tasks.mail.enqueue(name, pk))


def mail_link_later(name: str, pk: int, link: str) -> None:
    """The same for an invitation, whose `link` (a path) the database doesn't keep."""
    transaction.on_commit(lambda: tasks.mail_link.enqueue(name, pk, link))

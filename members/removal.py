"""Carrying out somebody's wish to be removed. The row stays, since the log and the decisions refer to it, but
nothing in it says any more who it was."""

from __future__ import annotations

import json
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.translation import gettext as _

from .models import Affiliation, Invitation, Organisation, User

NAME = "Borttagen person"
"""What stands instead of the name."""

leaving = Signal()
"""Sent with `person` and `placeholder`, inside the transaction, to those who keep more about people."""


class NotPossible(Exception):
    """The person can't be removed now; the message says what has to be done first."""


def placeholder(person: User) -> str:
    """An address that reaches nobody, one for each person."""
    return f"removed-{person.pk}@removed.invalid"


@transaction.atomic
def carry_out(person: User) -> None:
    """Empty what the portal knows of the person, and let nobody sign in as them any more. Raises NotPossible for
    somebody who hasn't asked for it, and while an organisation has nobody else to sign for it."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.removal_requested_at is None:
        raise NotPossible(
            _("%(name)s has not asked to be removed, or has changed their mind.") % {"name": person}
        )
    leaving.send(sender=User, person=person, placeholder=placeholder(person))
    list(Organisation.objects.select_for_update().filter(affiliation__user=person).order_by("pk"))
    if organisation := Organisation.objects.relying_on(person).first():
        raise NotPossible(
            _(
                "%(name)s is the only authorised signatory of %(organisation)s. Somebody else has to be one first."
            )
            % {"name": person, "organisation": organisation}
        )
    _empty_invitations(person)
    _empty_history(person)
    Affiliation.objects.filter(user=person).delete()
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    _empty(person)
    # Nobody is signed in any more as it is; this takes away what is stored.
    transaction.on_commit(partial(_end_sessions, person.pk))


def _empty(person: User) -> None:
    person.groups.clear()
    person.user_permissions.clear()
    person.email, person.name = placeholder(person), NAME
    person.is_active = person.is_staff = person.is_superuser = False
    person.declined_mails, person.removal_requested_at = [], None
    person.set_unusable_password()
    person.save()


def _empty_invitations(person: User) -> None:
    # Anybody may note an address that isn't theirs; only what has been verified says who somebody is.
    verified = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    sent_to = Q(accepted_by=None, email__in=[person.email, *verified])
    own = Invitation.objects.filter(Q(accepted_by=person) | sent_to)
    own.filter(accepted_at=None).delete()
    own.update(email=placeholder(person))


def _empty_history(person: User) -> None:
    """Take name and address out of the admin's history, of the person and of what they were part of."""
    kind = ContentType.objects.get_for_model(User)
    own = LogEntry.objects.filter(content_type=kind, object_id=str(person.pk))
    own.update(object_repr=NAME, change_message="")
    # A role is written into its organisation's history as "object": "<person>, <role>, <organisation>".
    written = f'"object": {json.dumps(str(person))[:-1]}, '
    for entry in LogEntry.objects.filter(change_message__contains=written):
        entry.change_message = entry.change_message.replace(written, f'"object": "{NAME}, ')
        entry.save(update_fields=["change_message"])


def _end_sessions(pk: int) -> None:
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(pk):
            session.delete()

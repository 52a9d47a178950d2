"""How a certificate stands: suspended, resumed, revoked, superseded."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import User

from .. import permissions
from ..doors import NotReady, TooLate, allow, mail_later
from ..events import record
from ..models import Application, Certificate, Event

# By hand. That a renewal takes a certificate's place is part of its approval.
CERTIFICATE_MOVES: Mapping[Certificate.Status, frozenset[Certificate.Status]] = {
    Certificate.Status.VALID: frozenset({Certificate.Status.SUSPENDED, Certificate.Status.REVOKED}),
    Certificate.Status.SUSPENDED: frozenset({Certificate.Status.VALID, Certificate.Status.REVOKED}),
    Certificate.Status.REVOKED: frozenset(),
    Certificate.Status.SUPERSEDED: frozenset(),
}
CERTIFICATE_EVENTS = {
    Certificate.Status.VALID: Event.Kind.CERTIFICATE_RESUMED,
    Certificate.Status.SUSPENDED: Event.Kind.CERTIFICATE_SUSPENDED,
    Certificate.Status.REVOKED: Event.Kind.CERTIFICATE_REVOKED,
}


def lock_certificate(certificate: Certificate) -> Certificate:
    """The certificate as it stands, with its case locked, whose log tells of it."""
    Application.objects.select_for_update().get(decision=certificate.decision_id)
    return Certificate.objects.select_related("decision__application").get(pk=certificate.pk)


def supersede(before: Certificate, by: Certificate, actor: User) -> None:
    """Let `by` take the place of `before`. One that has been revoked stays so, with its reason."""
    replaceable = [Certificate.Status.VALID, Certificate.Status.SUSPENDED]
    standing = Certificate.objects.filter(pk=before.pk, status__in=replaceable)
    if standing.update(status=Certificate.Status.SUPERSEDED, status_reason=""):
        data = {"number": before.number, "by": by.number}
        record(before.decision.application, Event.Kind.CERTIFICATE_SUPERSEDED, actor, data)


@transaction.atomic
def change_certificate(
    certificate: Certificate, actor: User, to: Certificate.Status, reason: str
) -> Certificate:
    """Suspend, resume or revoke. The public reads the reason of a suspension or revocation."""
    certificate = lock_certificate(certificate)
    application = certificate.decision.application
    allow(permissions.can_manage(actor, certificate))
    origin = Certificate.Status(certificate.status)
    if to not in CERTIFICATE_MOVES[origin]:
        raise TooLate(
            _("This can't be done: the certificate is now “%(status)s”.") % {"status": origin.label}
        )
    if not reason.strip():
        raise NotReady(_("Write the reason."))
    shown = "" if to == Certificate.Status.VALID else reason.strip()
    Certificate.objects.filter(pk=certificate.pk, status=origin).update(status=to, status_reason=shown)
    record(
        application, CERTIFICATE_EVENTS[to], actor, {"number": certificate.number, "reason": reason.strip()}
    )
    certificate.refresh_from_db()
    mail_later("certificate_changed", certificate.pk)
    return certificate

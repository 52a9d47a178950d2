"""The certificate: what it states never changes, only whether it still stands."""

from __future__ import annotations

import datetime
import secrets

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .decision import Decision

# Without 0 O 1 I L, which people mistake for one another. 12 characters of 31 are 59 bits.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code() -> str:
    """An unguessable verification code that is short enough to type, such as 'K7QM-2XPA-94TR'."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _n in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid_on(self, day: datetime.date) -> CertificateQuerySet:
        """Those that stand on `day`."""
        return self.filter(status=Certificate.Status.VALID, issued_on__lte=day, valid_through__gte=day)

    def without_document(self) -> CertificateQuerySet:
        """Those whose PDF is still to be made."""
        return self.filter(document="")


class Certificate(models.Model):
    """A certificate. The database refuses any change but of `status` and its reason, and of `document`
    with its hash once, from empty."""

    class Status(models.TextChoices):
        VALID = "valid", _("Valid")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Superseded")

    class Standing(models.TextChoices):
        """The status as the public reads it on a given day."""

        VALID = "valid", _("Valid")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Superseded")
        EXPIRED = "expired", _("Expired")

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    code = models.CharField(_("verification code"), max_length=14, unique=True, editable=False)
    decision = models.OneToOneField(Decision, models.PROTECT, editable=False)
    holder = models.CharField(_("holder"), max_length=120, editable=False)
    area = models.CharField(_("town centre"), max_length=80, editable=False)
    issued_on = models.DateField(_("issued"), editable=False)
    valid_through = models.DateField(_("valid through"), editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.VALID, editable=False
    )
    status_reason = models.TextField(_("reason"), blank=True, editable=False)
    document = models.FileField(_("document"), blank=True, max_length=200, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    is_example = models.BooleanField(_("example"), default=False, editable=False)

    RENEWAL_MONTHS = 12
    """How long before it expires it can be renewed."""

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_on", "-id"]
        indexes = [models.Index(fields=["status", "valid_through"], name="certificate_register")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_through__gt=F("issued_on")), name="certificate_dates"),
            models.CheckConstraint(
                condition=Q(status__in=["valid", "superseded"]) | ~Q(status_reason=""),
                name="certificate_reason_given",
            ),
            models.CheckConstraint(
                condition=Q(document="", sha256="") | (~Q(document="") & ~Q(sha256="")),
                name="certificate_document_hashed",
            ),
        ]
        permissions = [("issue_certificate", _("Can suspend, resume and revoke certificates"))]

    def __str__(self) -> str:
        return f"{self.number} {self.area}"

    def get_absolute_url(self) -> str:
        return reverse("verify", args=[self.code])

    def standing_on(self, day: datetime.date) -> Certificate.Standing:
        """How it stands on `day`: revocation, suspension and replacement weigh before expiry."""
        if self.status == self.Status.VALID and day > self.valid_through:
            return self.Standing.EXPIRED
        return self.Standing(self.status)

    @property
    def standing(self) -> Certificate.Standing:
        """How it stands today."""
        return self.standing_on(timezone.localdate())

    @property
    def renewable_from(self) -> datetime.date:
        """The first day on which it can be renewed."""
        return self.valid_through - relativedelta(months=self.RENEWAL_MONTHS)

    def is_renewable_on(self, day: datetime.date) -> bool:
        """Whether it can be renewed on `day`: near its last day, or after it. One that is suspended, revoked or
        superseded can't."""
        return self.status == self.Status.VALID and day >= self.renewable_from

    @property
    def superseded_by(self) -> Certificate | None:
        """The certificate that took its place, where one has."""
        if self.status != self.Status.SUPERSEDED:
            return None
        return Certificate.objects.filter(decision__application__renews=self).first()

    @property
    def verify_url(self) -> str:
        """The address printed on the document."""
        return settings.BASE_URL + self.get_absolute_url()

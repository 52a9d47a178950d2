"""Those who write an application together with the applicant."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import InvitationBase, InvitationQuerySet, Organisation, User

from .application import Application


class CoApplicantQuerySet(InvitationQuerySet["CoApplicant"]):
    def active(self) -> CoApplicantQuerySet:
        """Those who have joined and have not been removed."""
        return self.filter(accepted_at__isnull=False, withdrawn_at__isnull=True)


class CoApplicant(InvitationBase):
    """A party from another organisation, such as a property owner or a trader, in one application: first an
    invitation by e-mail, then a person (`user`) who may read and write it, and say that the party endorses
    it. Taken away, by either side, it is `withdrawn_at`; the row stays."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="co_applicants")
    party = models.CharField(_("organisation or company"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Organisation.Kind)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="co_applications", verbose_name=_("person")
    )
    endorsed_at = models.DateTimeField(_("endorsed"), null=True, blank=True)

    objects = CoApplicantQuerySet.as_manager()

    class Meta(InvitationBase.Meta):
        verbose_name = _("co-applicant")
        verbose_name_plural = _("co-applicants")
        ordering = ["party", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "email"],
                condition=Q(withdrawn_at__isnull=True),
                name="co_applicant_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, user__isnull=True, endorsed_at__isnull=True)
                | Q(accepted_at__isnull=False, user__isnull=False),
                name="co_applicant_joined_is_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.party

"""Who may apply: people, the organisations they act for, and the periods those are members."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from typing import TypeVar

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users whose name is their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        """A saved user. Without a password nobody can sign in until one has been chosen by reset."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> User:
        """A saved user who may do everything in the admin, and need not confirm the address first: whoever
        can make one has the server."""
        user = self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The user with this address, whatever the case of its letters."""
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person. The e-mail address is the name used to sign in."""

    class Language(models.TextChoices):
        SWEDISH = "sv", "Svenska"
        ENGLISH = "en", "English"

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.SWEDISH)
    declined_mails = models.JSONField(_("mails turned off"), default=list, blank=True, editable=False)
    removal_requested_at = models.DateTimeField(
        _("asked to be removed"), null=True, blank=True, editable=False, db_index=True
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case_unique")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args, **kwargs) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


def logo_path(organisation: Organisation, filename: str) -> str:
    """Where an organisation's logo is kept: a name of ours, new each time, never the sender's."""
    return f"logos/{organisation.pk}-{secrets.token_hex(4)}.webp"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def members_on(self, day: datetime.date) -> OrganisationQuerySet:
        """Those whose membership of the association covers `day`."""
        covering = Membership.objects.covering(day).filter(organisation=models.OuterRef("pk"))
        return self.filter(models.Exists(covering))

    def of(self, user: User) -> OrganisationQuerySet:
        """Those that `user` acts for, in any role."""
        return self.filter(affiliation__user=user)

    def relying_on(self, user: User) -> OrganisationQuerySet:
        """Those that `user` signs for and nobody else could: without `user` they can submit nothing."""
        own = self.filter(affiliation__user=user, affiliation__role=Affiliation.Role.SIGNATORY)
        return own.without_signatory(besides=user)

    def without_signatory(self, besides: User | None = None) -> OrganisationQuerySet:
        """Those that nobody who can sign in signs for, leaving `besides` out."""
        signing = Affiliation.objects.filter(
            organisation=models.OuterRef("pk"), role=Affiliation.Role.SIGNATORY, user__is_active=True
        )
        return self.exclude(models.Exists(signing.exclude(user=besides) if besides else signing))


class Organisation(models.Model):
    """A municipality, centre association, property owner or other party that can be a member."""

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality", _("Municipality")
        CENTRE = "centre", _("Town centre organisation")
        PROPERTY_OWNER = "property_owner", _("Property owner")
        TRADER = "trader", _("Trader")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.MUNICIPALITY)
    town = models.CharField(_("town"), max_length=80)
    contact_name = models.CharField(_("contact person"), max_length=150, blank=True)
    contact_email = models.EmailField(_("contact's e-mail address"), blank=True)
    contact_phone = models.CharField(_("contact's telephone"), max_length=40, blank=True)
    logo = models.FileField(_("logo"), upload_to=logo_path, max_length=200, blank=True, editable=False)
    people = models.ManyToManyField(User, through="Affiliation", related_name="organisations", blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def is_member_on(self, day: datetime.date) -> bool:
        """Whether a membership covers `day`."""
        return Membership.objects.covering(day).filter(organisation=self).exists()

    @property
    def is_member(self) -> bool:
        """Whether the organisation is a member today."""
        return self.is_member_on(timezone.localdate())


class MembershipQuerySet(models.QuerySet["Membership"]):
    def covering(self, day: datetime.date) -> MembershipQuerySet:
        """Periods that hold `day`, first and last day included."""
        return self.filter(starts__lte=day).filter(Q(ends__isnull=True) | Q(ends__gte=day))


class Membership(models.Model):
    """A period of membership of Svenska Stadskärnor. Without an end it runs until further notice."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, verbose_name=_("organisation"))
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("last day"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["organisation", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="membership_ends_after_start",
                violation_error_message=_("The last day can't be before the first day."),
            ),
            models.UniqueConstraint(fields=["organisation", "starts"], name="membership_one_per_start"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.starts}–{self.ends or ''}"


class Affiliation(models.Model):
    """A person's role in an organisation."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer")
        EDITOR = "editor", _("Editor")
        SIGNATORY = "signatory", _("Authorised signatory")

        @property
        def may_edit(self) -> bool:
            return self in (Affiliation.Role.EDITOR, Affiliation.Role.SIGNATORY)

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("person"))
    organisation = models.ForeignKey(Organisation, models.CASCADE, verbose_name=_("organisation"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEWER)

    class Meta:
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")
        ordering = ["organisation", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], name="affiliation_one_role_per_organisation"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["viewer", "editor", "signatory"]), name="affiliation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.organisation}"


Invited = TypeVar("Invited", bound="InvitationBase")


class InvitationQuerySet(models.QuerySet[Invited]):
    def open(self) -> InvitationQuerySet[Invited]:
        """Those that can still be accepted."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now())

    def with_token(self, token: str) -> Invited | None:
        """The invitation that `token` opens, whatever has become of it, or None."""
        return self.filter(token_sha256=hash_token(token)).first()


def hash_token(token: str) -> str:
    """What the database keeps of an invitation's token, so that nobody can read an open one out of it."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationBase(models.Model):
    """An invitation by e-mail: accepted once, until it expires or is withdrawn. Sent again it gets a new token,
    and the old one opens nothing."""

    LASTS = datetime.timedelta(days=14)

    email = models.EmailField(_("e-mail address"))
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("invited by"))
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        abstract = True

    def renew(self, now: datetime.datetime | None = None) -> str:
        """Give it a new token and time to run from `now`; the caller saves it and sends the token, of which the
        database keeps the hash alone."""
        token = secrets.token_urlsafe(32)
        self.token_sha256 = hash_token(token)
        self.sent_at = now or timezone.now()
        self.expires_at = self.sent_at + self.LASTS
        return token

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


class Invitation(InvitationBase):
    """An invitation to act for an organisation, in a role."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    role = models.CharField(
        _("role"), max_length=10, choices=Affiliation.Role, default=Affiliation.Role.EDITOR
    )
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta(InvitationBase.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_open_per_address",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["viewer", "editor", "signatory"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.organisation}"

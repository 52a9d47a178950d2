"""Which advisors can have which cases: who is able to, what load each has, and what may tie them to the applicant.
For many advisors and many cases at once, with the same number of questions to the database."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Affiliation, User

from . import permissions
from .models import (
    OPEN,
    Answer,
    Application,
    Assignment,
    CoApplicant,
    Decision,
    Event,
    Evidence,
)

PUBLIC_PROVIDERS = frozenset(
    {
        "aol.com",
        "bredband.net",
        "comhem.se",
        "fastmail.com",
        "gmail.com",
        "gmx.com",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "hotmail.se",
        "icloud.com",
        "live.com",
        "live.se",
        "mac.com",
        "mail.com",
        "me.com",
        "msn.com",
        "outlook.com",
        "outlook.se",
        "passagen.se",
        "pm.me",
        "proton.me",
        "protonmail.com",
        "spray.se",
        "swipnet.se",
        "tele2.se",
        "telia.com",
        "yahoo.com",
        "yahoo.se",
    }
)
"""Where anybody can have an address: the same one says nothing about knowing each other."""


class Tie(enum.StrEnum):
    """What may tie an advisor to a case without settling it, as an affiliation does."""

    DOMAIN = "domain"
    DECLARED = "declared"

    @property
    def words(self) -> Promise:
        return {
            Tie.DOMAIN: _("has an e-mail address at the same place as somebody on the applicant's side"),
            Tie.DECLARED: _(
                "has declared a conflict of interest in an earlier case of the same applicant or town"
            ),
        }[self]


@dataclass(frozen=True)
class Candidate:
    """An advisor who can be given a case, with what may speak against it and how much the advisor has."""

    advisor: User
    under_way: int
    ties: tuple[Tie, ...] = field(default=())


def holders(permission: str) -> QuerySet[User]:
    """Those at the association who are active and hold `permission`."""
    codename = permission.partition(".")[2]
    holds = Q(user_permissions__codename=codename) | Q(groups__permissions__codename=codename)
    users = User.objects.filter(holds | Q(is_superuser=True), is_active=True, is_staff=True)
    return User.objects.filter(pk__in=users.values("pk"))


def reviewers() -> QuerySet[User]:
    """The advisors, the least burdened first. `under_way` counts the cases each has."""
    counts = Q(assignments__application__status__in=OPEN, assignments__ended_at=None) & (
        Q(assignments__has_conflict=False) | Q(assignments__has_conflict=None)
    )
    return (
        holders(permissions.REVIEW)
        .annotate(under_way=Count("assignments", filter=counts))
        .order_by("under_way", "name", "email")
    )


def candidates(applications: Sequence[Application]) -> dict[int, list[Candidate]]:
    """For each application (by its key) those who can be given it, the least burdened first."""
    advisors: list[Any] = list(reviewers())
    shut = shut_out(advisors, applications)
    soft = soft_ties(advisors, applications)
    return {
        application.pk: [
            Candidate(advisor, advisor.under_way, soft.get((advisor.pk, application.pk), ()))
            for advisor in advisors
            if (advisor.pk, application.pk) not in shut
        ]
        for application in applications
    }


def suggestion(able: Iterable[Candidate], number: int, given: Mapping[int, int] | None = None) -> list[User]:
    """The `number` advisors with the least load and no tie. `given` counts what else is about to be given them."""
    more = given or {}
    free = sorted(
        (one for one in able if not one.ties), key=lambda one: one.under_way + more.get(one.advisor.pk, 0)
    )
    return [one.advisor for one in free[: max(number, 0)]]


# --- What settles it: `permissions.can_be_assigned`, for many ---------------------------------------------
def shut_out(advisors: Sequence[User], applications: Sequence[Application]) -> set[tuple[int, int]]:
    """The pairs of advisor and application for which `permissions.can_be_assigned` says no, of people who hold
    the role."""
    who = [advisor.pk for advisor in advisors]
    which = [application.pk for application in applications]
    by_organisation = defaultdict(list)
    for application in applications:
        by_organisation[application.organisation_id].append(application.pk)
    acting = Affiliation.objects.filter(user__in=who, organisation__in=list(by_organisation))
    shut = {
        (user, case)
        for user, organisation in acting.values_list("user", "organisation")
        for case in by_organisation[organisation]
    }
    parts = (
        (CoApplicant, "user"),
        (Answer, "updated_by"),
        (Evidence, "uploaded_by"),
        (Assignment, "advisor"),
        (Decision, "decided_by"),
    )
    for model, column in parts:
        rows: Any = model.objects.filter(**{f"{column}__in": who, "application__in": which})
        shut.update(rows.order_by().values_list(column, "application").distinct())
    shut.update((application.created_by_id, application.pk) for application in applications)
    ready = Event.objects.filter(application__in=which, kind=Event.Kind.REVIEWS_COMPLETE)
    deciding = set(holders(permissions.DECIDE).filter(pk__in=who).values_list("pk", flat=True))
    been_ready = set(ready.order_by().values_list("application", flat=True))
    shut.update((user, case) for user in deciding for case in been_ready)
    return shut


# --- What doesn't settle it --------------------------------------------------------------------------------
def soft_ties(
    advisors: Sequence[User], applications: Sequence[Application]
) -> dict[tuple[int, int], tuple[Tie, ...]]:
    """What may tie each advisor to each application; pairs without anything are left out."""
    found: dict[tuple[int, int], list[Tie]] = defaultdict(list)
    theirs = _domains_of_advisors(advisors)
    there = _domains_of_applicants(applications)
    for advisor in advisors:
        for application in applications:
            if theirs[advisor.pk] & there[application.pk]:
                found[advisor.pk, application.pk].append(Tie.DOMAIN)
    for pair in _declared(advisors, applications):
        found[pair].append(Tie.DECLARED)
    return {pair: tuple(kinds) for pair, kinds in found.items()}


def domain(address: str) -> str:
    """Where an address is, or nothing where that says nothing."""
    place = address.rpartition("@")[2].strip().lower()
    own = {
        mail.rpartition("@")[2].lower() for mail in (settings.QM_CONTACT_EMAIL, settings.DEFAULT_FROM_EMAIL)
    }
    return "" if place in PUBLIC_PROVIDERS or place.strip(">") in own else place


def _domains_of_advisors(advisors: Sequence[User]) -> dict[int, set[str]]:
    found = {advisor.pk: {domain(advisor.email)} - {""} for advisor in advisors}
    more = EmailAddress.objects.filter(user__in=list(found)).values_list("user", "email")
    for user, address in more:
        found[user] |= {domain(address)} - {""}
    return found


def _domains_of_applicants(applications: Sequence[Application]) -> dict[int, set[str]]:
    organisations = {application.organisation_id for application in applications}
    by_organisation: dict[int, set[str]] = defaultdict(set)
    acting = Affiliation.objects.filter(organisation__in=organisations).values_list(
        "organisation", "user__email", "organisation__contact_email"
    )
    for organisation, *addresses in acting:
        by_organisation[organisation] |= {domain(address) for address in addresses}
    found = {}
    for application in applications:
        contact = domain(application.organisation.contact_email)
        found[application.pk] = (by_organisation[application.organisation_id] | {contact}) - {""}
    invited = CoApplicant.objects.filter(application__in=list(found)).values_list(
        "application", "email", "user__email"
    )
    for case, *addresses in invited:
        found[case] |= {domain(address or "") for address in addresses} - {""}
    return found


def _declared(advisors: Sequence[User], applications: Sequence[Application]) -> set[tuple[int, int]]:
    """Those who have declared a conflict of interest in another case of the same organisation or town."""
    areas = {application.area for application in applications}
    organisations = {application.organisation_id for application in applications}
    earlier = Assignment.objects.filter(
        Q(application__organisation__in=organisations) | Q(application__area__in=areas),
        advisor__in=[advisor.pk for advisor in advisors],
        has_conflict=True,
    ).values_list("advisor", "application", "application__organisation", "application__area")
    return {
        (advisor, application.pk)
        for advisor, case, organisation, area in earlier
        for application in applications
        if case != application.pk
        and (organisation == application.organisation_id or area == application.area)
    }

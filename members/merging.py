"""Two organisations that are one and the same become one: what belongs to the one that goes is moved to the one that
stays. What was submitted, decided and certified keeps the names that stood there then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Affiliation, Invitation, Membership, Organisation, User
from .rules import Period, gone, not_oneself, overlap

ATTEMPTS = 3
"""How often a merge begins anew because something was started for the one that goes while it waited."""
CONTACT = ("contact_name", "contact_email", "contact_phone")
Role = Affiliation.Role
STRENGTH = [Role.VIEWER.value, Role.EDITOR.value, Role.SIGNATORY.value]

locking = Signal()
"""Sent with `merge`, before an organisation is locked, to those who keep more about organisations: they lock it."""
weighing = Signal()
"""Sent with `stays` and `goes`; whoever keeps more about them answers with a `Part`."""
merging = Signal()
"""Sent with `merge` once the organisations are locked and nothing stands in the way: they move what they keep."""


class NotPossible(Exception):
    """The two can't be merged now; `reasons` says why, in sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class Again(Exception):
    """Raised by a receiver of `merging` that finds something it hasn't locked: the merge begins anew."""


@dataclass
class Part:
    """What another app keeps about the two: rows of a label and a figure for each, and what stands in the way."""

    rows: list[tuple[str, int, int]] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


@dataclass
class Merge:
    """One merge while it is carried out. `held` are the keys of what a receiver has locked; `moved` are lines for
    the history of the one that stays."""

    stays: Organisation
    goes: Organisation
    held: set[int] = field(default_factory=set)
    moved: list[str] = field(default_factory=list)


# --- What would happen -----------------------------------------------------------------------------------
@dataclass
class Side:
    """What one of the two has."""

    organisation: Organisation
    people: list[Affiliation]
    periods: list[Period]
    invitations: list[Invitation]


@dataclass
class Plan:
    """What a merge would do, for the page that asks for it."""

    stays: Side
    goes: Side
    people: list[tuple[User, str, bool]]
    """Who acts for the one afterwards, with the role and whether it is another than before."""
    periods: list[Period]
    takes_contact: bool
    rows: list[tuple[str, int, int]]
    obstacles: list[str]


def plan(stays: Organisation, goes: Organisation, actor: User) -> Plan:
    """What would happen if `goes` were merged into `stays`, and what stands in the way."""
    pair = [stays, goes]
    people = list(Affiliation.objects.filter(organisation__in=pair).select_related("user").order_by("user"))
    periods = list(Membership.objects.filter(organisation__in=pair).order_by("starts"))
    invited = list(Invitation.objects.filter(organisation__in=pair, accepted_at=None, withdrawn_at=None))

    def side(one: Organisation) -> Side:
        return Side(
            one,
            [item for item in people if item.organisation_id == one.pk],
            [(item.starts, item.ends) for item in periods if item.organisation_id == one.pk],
            [item for item in invited if item.organisation_id == one.pk],
        )

    parts = _weighed(stays, goes)
    own = [not_oneself()] if any(item.user_id == actor.pk for item in people) else []
    return Plan(
        stays=side(stays),
        goes=side(goes),
        people=_united_people(people),
        periods=unite((item.starts, item.ends) for item in periods),
        takes_contact=_takes_contact(stays, goes),
        rows=[row for part in parts for row in part.rows],
        obstacles=own + [obstacle for part in parts for obstacle in part.obstacles],
    )


def _weighed(stays: Organisation, goes: Organisation) -> list[Part]:
    answers: Any = weighing.send(sender=Organisation, stays=stays, goes=goes)
    return [part for _receiver, part in answers]


def strongest(roles: Iterable[str]) -> str:
    """The role that may do most."""
    return max(roles, key=STRENGTH.index)


def _united_people(people: list[Affiliation]) -> list[tuple[User, str, bool]]:
    roles: dict[User, list[str]] = {}
    for item in people:
        roles.setdefault(item.user, []).append(item.role)
    return [(user, str(Role(strongest(own)).label), len(set(own)) > 1) for user, own in roles.items()]


def unite(periods: Iterable[Period]) -> list[Period]:
    """The same days in as few periods as it takes for none to overlap another."""
    united: list[Period] = []
    for period in sorted(periods, key=lambda one: one[0]):
        if united and overlap(united[-1], period):
            first, before = united.pop()
            ends = None if before is None or period[1] is None else max(before, period[1])
            united.append((first, ends))
        else:
            united.append(period)
    return united


def _takes_contact(stays: Organisation, goes: Organisation) -> bool:
    """Whether the one that stays has nobody to write to, and the other has."""
    return not any(getattr(stays, name) for name in CONTACT) and any(getattr(goes, name) for name in CONTACT)


# --- Carrying it out -------------------------------------------------------------------------------------
def carry_out(stays: Organisation, goes: Organisation, actor: User) -> None:
    """Move everything from `goes` to `stays`, and delete `goes`. All of it or nothing. Raises NotPossible."""
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _carry_out(stays.pk, goes.pk, actor)
        except Again:
            continue
        except IntegrityError:
            break
    raise NotPossible(
        [_("Somebody changed one of the organisations just now. Nothing was merged: try again.")]
    )


def _carry_out(stays_pk: int, goes_pk: int, actor: User) -> None:
    merge = _locked(stays_pk, goes_pk)
    stays, goes = merge.stays, merge.goes
    if obstacles := plan(stays, goes, actor).obstacles:
        raise NotPossible(obstacles)
    merging.send(sender=Organisation, merge=merge)
    before = _kept_of(goes)
    _move_people(stays, goes)
    _unite_memberships(stays, goes)
    _move_invitations(stays, goes)
    if _takes_contact(stays, goes):
        Organisation.objects.filter(pk=stays.pk).update(**{name: getattr(goes, name) for name in CONTACT})
    _note(actor, merge, before)
    if logo := goes.logo.name:
        transaction.on_commit(partial(goes.logo.storage.delete, logo))
    goes.delete()


def _locked(stays_pk: int, goes_pk: int) -> Merge:
    """The two as they are now, locked: what else is kept about them first, then the lower number, so that nobody
    waits for somebody who waits for them."""
    merge = Merge(Organisation(pk=stays_pk), Organisation(pk=goes_pk))
    locking.send(sender=Organisation, merge=merge)
    both = Organisation.objects.select_for_update().filter(pk__in=[stays_pk, goes_pk]).order_by("pk")
    found = {one.pk: one for one in both}
    if len(found) < 2:
        raise NotPossible([gone()])
    merge.stays, merge.goes = found[stays_pk], found[goes_pk]
    return merge


def _move_people(stays: Organisation, goes: Organisation) -> None:
    staying = {item.user_id: item for item in Affiliation.objects.filter(organisation=stays)}
    for item in Affiliation.objects.filter(organisation=goes):
        if twin := staying.get(item.user_id):
            role = strongest([twin.role, item.role])
            Affiliation.objects.filter(pk=twin.pk).update(role=role)
    twins = Affiliation.objects.filter(organisation=goes, user__in=list(staying))
    twins.delete()
    Affiliation.objects.filter(organisation=goes).update(organisation=stays)


def _unite_memberships(stays: Organisation, goes: Organisation) -> None:
    every = Membership.objects.filter(organisation__in=[stays, goes])
    wanted = unite(every.values_list("starts", "ends"))
    kept = [item for item in every.filter(organisation=stays) if (item.starts, item.ends) in wanted]
    every.exclude(pk__in=[item.pk for item in kept]).delete()
    there = {(item.starts, item.ends) for item in kept}
    Membership.objects.bulk_create(
        Membership(organisation=stays, starts=starts, ends=ends)
        for starts, ends in wanted
        if (starts, ends) not in there
    )


def _move_invitations(stays: Organisation, goes: Organisation) -> None:
    """Of two that wait for the same address the one that lasts longest goes on; the other is withdrawn."""
    waiting = Invitation.objects.filter(
        organisation__in=[stays, goes], accepted_at=None, withdrawn_at=None
    ).order_by("-expires_at", "-pk")
    seen = set()
    for invitation in waiting:
        if invitation.email in seen:
            Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=timezone.now())
        seen.add(invitation.email)
    Invitation.objects.filter(organisation=goes).update(organisation=stays)


# --- What is written down --------------------------------------------------------------------------------
def period_words(period: Period) -> str:
    starts, ends = period
    if ends is None:
        return _("%(day)s until further notice") % {"day": date_format(starts, "Y-m-d")}
    return _("%(first)s to %(last)s") % {
        "first": date_format(starts, "Y-m-d"),
        "last": date_format(ends, "Y-m-d"),
    }


def _kept_of(goes: Organisation) -> list[str]:
    """What the one that goes had, in the office's language. People stand in it by number, so that it names nobody
    who is removed later on."""
    with translation.override(settings.LANGUAGE_CODE):
        people = [
            _("person %(number)s (%(role)s)") % {"number": item.user_id, "role": item.get_role_display()}
            for item in Affiliation.objects.filter(organisation=goes).order_by("user")
        ]
        periods = [period_words((item.starts, item.ends)) for item in goes.membership_set.order_by("starts")]
        lines = ((_("People"), people), (_("Memberships"), periods))
        return [f"{label}: {', '.join(items)}." for label, items in lines if items]


def _note(actor: User, merge: Merge, before: list[str]) -> None:
    stays, goes = merge.stays, merge.goes
    with translation.override(settings.LANGUAGE_CODE):
        merged = gettext_lazy("“%(goes)s” (%(kind)s, %(town)s, number %(number)s) was merged into this.")
        words = {
            "goes": goes.name,
            "kind": goes.get_kind_display(),
            "town": goes.town,
            "number": goes.pk,
        }
        text = " ".join([str(merged) % words, *before, *merge.moved])
        gone = _("Merged into “%(stays)s”.") % {"stays": stays.name}
    LogEntry.objects.log_actions(actor.pk, [stays], CHANGE, change_message=text, single_object=True)
    LogEntry.objects.log_actions(actor.pk, [goes], DELETION, change_message=gone, single_object=True)

"""The demo's people and organisations."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from members.models import Affiliation, Membership, Organisation, User

Data = dict[str, Any]


@dataclass(frozen=True)
class Staff:
    """The association's people."""

    advisors: tuple[User, User]
    decider: User
    administrator: User


@cache
def _hash(password: str) -> str:
    return make_password(password)  # Slow by design, and the same for everyone here.


def make_user(email: str, name: str, password: str | None, *, is_staff: bool = False) -> User:
    """A person. Without a password nobody can sign in as them: those of the other towns are there because
    somebody must have handed the application in."""
    hashed = _hash(password) if password else make_password(None)
    user = User.objects.create(email=email, name=name, password=hashed, is_staff=is_staff)
    if password:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_staff(people: Data, password: str) -> Staff:
    """The association's people, in their groups."""
    made = []
    for email, person in people.items():
        user = make_user(email, person["name"], password, is_staff=True)
        user.groups.add(Group.objects.get(name=person["group"]))
        made.append(user)
    first, second, decider, administrator, *_others = made
    return Staff((first, second), decider, administrator)


def make_organisation(town: Data, password: str | None, ends: datetime.date | None = None) -> list[User]:
    """The town's organisation, a member until `ends`, and its people: the signatory and, where the town has
    one, the editor."""
    organisation = Organisation.objects.create(
        name=town["organisation"], kind=town.get("kind", Organisation.Kind.MUNICIPALITY), town=town["town"]
    )
    Membership.objects.create(organisation=organisation, starts=datetime.date(2020, 1, 1), ends=ends)
    people = []
    for key, word, role in (
        ("signatory", "Sökande", Affiliation.Role.SIGNATORY),
        ("editor", "Medsökande", Affiliation.Role.EDITOR),
    ):
        if key in town:
            user = make_user(town[key], f"{word} {town['town']}", password)
            Affiliation.objects.create(user=user, organisation=organisation, role=role)
            people.append(user)
    return people

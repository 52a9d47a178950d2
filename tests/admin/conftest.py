from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.urls import reverse

from applications import workflow
from applications.models import Application, Status
from members.models import Affiliation, User

from ..cases import Cast, make_application, make_user, review


@dataclass
class Office:
    """The association's people around one case, beside the cast: each with another tie to it."""

    case: Application
    unassigned: User
    undeclared: User
    conflicted: User
    affiliated: User
    deciding_advisor: User
    roleless: User


@pytest.fixture
def office(cast: Cast) -> Office:
    """A case in review: Asta and the deciding advisor review it, and the latter's review is in."""
    return make_office(cast)


def make_office(cast: Cast) -> Office:
    case = make_application(cast, Status.IN_REVIEW)
    workflow_people = {
        name: make_user(f"{name}@qm.example", name, "Advisor")
        for name in ("unassigned", "undeclared", "conflicted", "affiliated")
    }
    deciding = make_user("deciding@qm.example", "deciding", "Advisor", "Decision maker")
    made = workflow.assign(
        case, [workflow_people["undeclared"], workflow_people["conflicted"], deciding], cast.alma
    )
    workflow.declare(case, made[1], made[1].advisor, has_conflict=True)
    workflow.declare(case, made[2], deciding, has_conflict=False)
    Affiliation.objects.create(
        user=workflow_people["affiliated"], organisation=cast.town, role=Affiliation.Role.VIEWER
    )
    review(case, deciding)
    case.refresh_from_db()
    return Office(
        case=case,
        deciding_advisor=deciding,
        roleless=make_user("roleless@qm.example", "roleless", staff=True),
        **workflow_people,
    )


def at(name: str, case: Application) -> str:
    """The address of a page of the case."""
    return reverse(f"admin:applications_application_{name}", args=[case.pk])

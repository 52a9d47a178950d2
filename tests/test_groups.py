"""The association's tasks come as groups, made by migrations: each has its own, and no more."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from applications import permissions

from .cases import make_user

pytestmark = pytest.mark.django_db

TASKS = {
    permissions.ASSIGN,
    permissions.REVIEW,
    permissions.DECIDE,
    permissions.ISSUE,
    permissions.OVERRIDE_TIE,
    permissions.VIEW_CALIBRATION,
}


@pytest.mark.parametrize(
    ("group", "tasks"),
    [
        ("Advisor", {permissions.ASSIGN, permissions.REVIEW}),
        ("Decision maker", {permissions.DECIDE}),
        (
            "Administrator",
            {
                permissions.ASSIGN,
                permissions.ISSUE,
                permissions.OVERRIDE_TIE,
                permissions.VIEW_CALIBRATION,
            },
        ),
    ],
)
def test_a_group_has_its_tasks_and_no_others(group, tasks):
    user = make_user("new@qm.example", "New", group)
    assert user.get_all_permissions() & TASKS == tasks


def test_the_groups_are_those_three():
    assert set(Group.objects.values_list("name", flat=True)) == {"Advisor", "Decision maker", "Administrator"}


def test_nobody_decides_and_administers_by_the_same_group():
    """Who keeps the register of members doesn't read answers, and who advises doesn't decide."""
    found = {
        group.name: group.permissions.values_list("codename", flat=True) for group in Group.objects.all()
    }
    assert [
        name for name, held in found.items() if {"review_application", "decide_application"} <= set(held)
    ] == []
    assert [name for name, held in found.items() if {"decide_application", "change_user"} <= set(held)] == []

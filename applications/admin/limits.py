"""How long a case may wait in each place: where an administrator sets it, and what is late by it."""

from __future__ import annotations

import datetime

from django.contrib import admin
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils import timezone

from applications import clock
from applications.models import TimeLimit
from members.office import OfficeAdmin

STATES = (TimeLimit.Step.ASSIGNMENT, TimeLimit.Step.REVIEW, TimeLimit.Step.DECISION)
"""The steps that are statuses. While the applicant has the case it is never late for the association."""


def days() -> dict[str, int]:
    """The limit of each step."""
    return dict(TimeLimit.objects.order_by().values_list("step", "days"))


def late_after(status: str) -> Subquery:
    """The limit of the step that the column `status` names, as a column."""
    return Subquery(TimeLimit.objects.order_by().filter(step=OuterRef(status)).values("days")[:1])


def begins(day: datetime.date) -> datetime.datetime:
    """When `day` begins, in the portal's time zone."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def overdue(limits: dict[str, int]) -> Q:
    """The cases that have waited longer than they may where they are."""
    late = Q(pk__in=[])
    for step in STATES:
        if step.value in limits:
            last_day = clock.today() - datetime.timedelta(days=limits[step.value])
            late |= Q(status=step.value, status_since__lt=begins(last_day))
    return late


@admin.register(TimeLimit)
class TimeLimitAdmin(OfficeAdmin):
    """The days can be changed; the steps are the journey's own."""

    list_display = ("__str__", "days")
    fields = ("step", "days")
    readonly_fields = ("step",)
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TimeLimit | None = None) -> bool:
        return False

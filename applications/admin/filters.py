"""The choices that the list of cases and the page of exports share."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Status, Submission
from applications.models.application import OPEN

from . import limits

OPENED, OVERDUE, ALL = "open", "overdue", "all"


class StatusFilter(admin.SimpleListFilter):
    """Open cases unless something else is chosen; a search looks through all, and so does what asks for the past."""

    PAST = (SEARCH_VAR, "outcome", "year")

    title = _("status")
    parameter_name = "status"

    def __init__(
        self, request: HttpRequest, params: dict, model: type, model_admin: admin.ModelAdmin
    ) -> None:
        super().__init__(request, params, model, model_admin)
        if self.value() not in dict(self.lookup_choices):
            self.used_parameters[self.parameter_name] = (
                ALL if any(request.GET.get(name) for name in self.PAST) else OPENED
            )

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        words = [(status.value, status.label) for status in Status if status != Status.DRAFT]
        return [(OPENED, _("Under way")), (OVERDUE, _("Late")), *words, (ALL, _("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        # Django's own begins with an 'All' that means no filter, which here is the open ones.
        for value, word in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": word,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == ALL:
            return queryset
        if self.value() == OVERDUE:
            return queryset.filter(limits.overdue(limits.days()))
        return queryset.filter(status__in=OPEN if self.value() == OPENED else [self.value()])


class YearFilter(admin.SimpleListFilter):
    """The year of the first submission: what was never handed in is nobody's here."""

    title = _("year handed in")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        found = Submission.objects.filter(number=1).aggregate(
            since=Min("submitted_at"), until=Max("submitted_at")
        )
        if not found["since"]:
            return []
        since, until = (timezone.localtime(found[name]).year for name in ("since", "until"))
        return [(str(year), str(year)) for year in range(until, since - 1, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        if self.value() not in dict(self.lookup_choices):
            return queryset.none()  # As nothing was handed in then.
        first = datetime.date(int(self.value() or 0), 1, 1)
        return queryset.filter(
            submission__number=1,
            submission__submitted_at__gte=limits.begins(first),
            submission__submitted_at__lt=limits.begins(first.replace(year=first.year + 1)),
        )

"""What the pages of a case share: who may see it, how long it has waited, and how a page is shown."""

from __future__ import annotations

import datetime
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import clock, permissions, reading
from applications.models import Application, Assignment, Review, Status, Submission
from applications.models.application import ApplicationQuerySet
from members.models import User


def person(request: HttpRequest) -> User:
    """Who asks. The admin has made sure that somebody has signed in."""
    return cast(User, request.user)


def works_here(user: User) -> bool:
    """Has a part in cases at all; which ones they may see is for `permissions.can_see_case`."""
    return any(user.has_perm(task) for task in (permissions.ASSIGN, permissions.REVIEW, permissions.DECIDE))


def visible_to(user: User) -> ApplicationQuerySet:
    """Those for which `permissions.can_see_case` holds, in one query."""
    if not (user.is_staff and works_here(user)):
        return Application.objects.none()
    conflicts = Assignment.objects.filter(advisor=user, has_conflict=True).order_by()
    submitted = Submission.objects.filter(application=OuterRef("pk"))
    # Asked about the few alone that may never have been handed in, so that an index of the status can be used.
    unsure = Q(status__in=[Status.DRAFT, Status.WITHDRAWN, Status.LAPSED])
    return (
        Application.objects.applying()
        .filter(~unsure | Exists(submitted))
        .exclude(pk__in=conflicts.values("application"))
        .exclude(pk__in=Application.objects.with_part_of(user).values("pk"))
    )


def case_or_404(request: HttpRequest, pk: int) -> Application:
    """The application, if it exists for who asks."""
    application = get_object_or_404(
        Application.objects.select_related("organisation", "questionnaire"), pk=pk
    )
    if not permissions.can_see_case(person(request), application):
        raise Http404
    return application


def require(allowed: bool) -> None:
    """403 for who may look at the case but not do this."""
    if not allowed:
        raise PermissionDenied


def own_review(user: User, application: Application) -> Review | None:
    """The person's review of the newest submission that was opened to them, in or not."""
    return (
        Review.objects.select_related("assignment__application", "submission")
        .filter(assignment__advisor=user, assignment__application=application)
        .order_by("-submission__number")
        .first()
    )


def may_read_decision(user: User, application: Application) -> bool:
    """The decision with all that it rests on: deciders, and advisors whose own review is in."""
    if not application.state.is_decided:
        return False
    return permissions.can_read_as_decider(user, application) or (
        permissions.can_read_as_advisor(user, application)
        and permissions.own_is_in(user, application.latest_submission)
    )


def waited(since: datetime.datetime) -> int:
    """How many days ago, counted in days of the calendar."""
    return (clock.today() - timezone.localdate(since)).days


def lateness(days_late: int) -> str:
    """How much later than it should be, in words; nothing where it isn't."""
    if days_late < 1:
        return ""
    return ngettext("%(number)d day late", "%(number)d days late", days_late) % {"number": days_late}


def age(since: datetime.datetime) -> str:
    """How long ago in words, counted in days of the calendar, such as '12 days'."""
    days = waited(since)
    if days < 1:
        return _("today")
    return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}


def days_with_us(application: Application) -> str:
    """How long the association has had the case, in words; nothing where it doesn't have it."""
    days = reading.days_with_us(application, clock.today())
    if days is None:
        return ""
    if days < 1:
        return _("with us since today")
    return ngettext("%(number)d day with us", "%(number)d days with us", days) % {"number": days}


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> TemplateResponse:
    """A page of the admin's own, from `admin/applications/<template>.html`."""
    return TemplateResponse(
        request,
        f"admin/applications/{template}.html",
        {**admin.site.each_context(request), **context},
        status=status,
    )

"""What there is to do now, for the one who asks: the first page of the admin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from applications import permissions
from applications.models import (
    Application,
    Assignment,
    Certificate,
    CompletionRequest,
    Decision,
    Review,
    Status,
    Submission,
)
from members.models import User

from .cases import age, visible_to


@dataclass(frozen=True)
class Task:
    """One thing to do. `age` says how long it has waited."""

    reference: str
    area: str
    organisation: str
    url: str
    age: str
    note: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Heap:
    """The tasks of one kind, the one that has waited longest first."""

    title: str
    hint: str
    tasks: list[Task]


def work(user: User) -> list[Heap]:
    """Everything that waits for `user`, by kind. A kind with nothing in it is left out."""
    return [heap for heap in _heaps(user) if heap.tasks]


def _heaps(user: User) -> Iterator[Heap]:
    if user.has_perm(permissions.REVIEW):
        yield to_declare(user)
        yield to_review(user)
    if user.has_perm(permissions.DECIDE):
        yield to_decide(user)
    if user.has_perm(permissions.ASSIGN):
        yield to_assign(user)
        yield with_applicant(user)
    if user.has_perm(permissions.ISSUE):
        yield without_document()


def _task(application: Application, to: str, **more) -> Task:
    return Task(
        reference=application.reference,
        area=application.area,
        organisation=application.organisation.name,
        url=reverse(f"admin:applications_application_{to}", args=[application.pk]),
        age=age(application.status_since),
        **more,
    )


def to_declare(user: User) -> Heap:
    asked = (
        Assignment.objects.active()
        .filter(advisor=user, has_conflict=None, application__in=visible_to(user))
        .filter(application__status__in=[Status.IN_REVIEW, Status.COMPLETION_REQUESTED])
        .select_related("application__organisation")
    )
    return Heap(
        _("Say whether you have a conflict of interest"),
        _("The case opens to you once you have said that you have none."),
        [_task(assignment.application, "declare") for assignment in asked.order_by("assigned_at", "pk")],
    )


def to_review(user: User) -> Heap:
    newer = Submission.objects.filter(
        application=OuterRef("assignment__application"), number__gt=OuterRef("submission__number")
    )
    drafts = (
        Review.objects.filter(~Exists(newer), submitted_at=None, assignment__advisor=user)
        .filter(assignment__ended_at=None, assignment__has_conflict=False)
        .filter(
            assignment__application__status=Status.IN_REVIEW,
            assignment__application__in=visible_to(user),
        )
        .annotate(scored=Count("scores", filter=Q(scores__points__isnull=False)))
        .select_related("assignment__application__organisation")
        .order_by("assignment__application__status_since", "pk")
    )
    return Heap(
        _("Write your review"),
        "",
        [
            _task(draft.assignment.application, "review", note=_("begun") if draft.scored else _("not begun"))
            for draft in drafts
        ],
    )


def to_decide(user: User) -> Heap:
    part = Assignment.objects.filter(application=OuterRef("pk"), advisor=user)
    earlier = Decision.objects.filter(application=OuterRef("pk"), decided_by=user)
    ready = visible_to(user).in_status(Status.READY_FOR_DECISION).filter(~Exists(part), ~Exists(earlier))
    return Heap(
        _("Decide"),
        _("All reviews are in."),
        [_task(application, "decide") for application in _oldest_first(ready)],
    )


def to_assign(user: User) -> Heap:
    waiting = (
        visible_to(user)
        .in_status(Status.SUBMITTED, Status.IN_REVIEW)
        .annotate(
            advisors=Count(
                "assignment",
                filter=Q(assignment__ended_at=None)
                & (Q(assignment__has_conflict=None) | Q(assignment__has_conflict=False)),
            )
        )
        .filter(advisors__lt=F("reviews_required"))
    )
    return Heap(
        _("Assign advisors"),
        _("These have fewer advisors than the reviews they need."),
        [
            _task(
                application,
                "assign",
                note=_("%(number)d of %(needed)d assigned")
                % {"number": application.advisors, "needed": application.reviews_required},
            )
            for application in _oldest_first(waiting)
        ],
    )


def with_applicant(user: User) -> Heap:
    newest = CompletionRequest.objects.filter(application=OuterRef("pk")).order_by("-requested_at")
    waiting = (
        visible_to(user)
        .in_status(Status.COMPLETION_REQUESTED)
        .annotate(due_on=Subquery(newest.values("due_on")[:1], output_field=DateField()))
    )
    today = timezone.localdate()
    return Heap(
        _("Waiting for the applicant to complete"),
        _("Nothing to do until they answer, unless the day has passed."),
        [
            _task(
                application,
                "change",
                note=(_("due on %(day)s") if application.due_on >= today else _("was due on %(day)s"))
                % {"day": date_format(application.due_on)},
                is_late=application.due_on < today,
            )
            for application in _oldest_first(waiting)
        ],
    )


def without_document() -> Heap:
    waiting = Certificate.objects.without_document().select_related("decision__application__organisation")
    return Heap(
        _("Make the certificate's document"),
        _("The PDF is made by itself after a decision. It has not been for these."),
        [
            Task(
                reference=certificate.number,
                area=certificate.area,
                organisation=certificate.decision.application.organisation.name,
                url=reverse("admin:applications_certificate_change", args=[certificate.pk]),
                age=age(certificate.decision.decided_at),
            )
            for certificate in waiting.order_by("issued_on", "pk")
        ],
    )


def _oldest_first(applications):
    return applications.select_related("organisation").order_by("status_since", "pk")

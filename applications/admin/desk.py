"""What there is to do now, for the one who asks: the first page of the admin."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, DateField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from applications import clock, permissions, ties
from applications.models import (
    OPEN,
    Appeal,
    Application,
    Assignment,
    Certificate,
    CompletionRequest,
    Decision,
    Review,
    Status,
    Submission,
    Talk,
    TimeLimit,
)
from members.models import User

from . import limits
from .cases import age, lateness, visible_to, waited
from .holding import held

SHOWN = 10
"""How many of a heap are on the page; the rest are in the list."""
COUNTED = 100
"""How far a heap is counted."""
Step = TimeLimit.Step


@dataclass(frozen=True)
class Task:
    """One thing to do. `age` says how long it has waited, `late` how much too long."""

    reference: str
    area: str
    organisation: str
    url: str
    age: str
    note: str = ""
    late: str = ""


@dataclass(frozen=True)
class Heap:
    """The tasks of one kind, the one that has waited longest first. `more` leads to the list of them all."""

    title: str
    hint: str
    tasks: list[Task]
    more: str = ""

    @property
    def shown(self) -> list[Task]:
        return self.tasks[:SHOWN]

    @property
    def is_cut(self) -> bool:
        return len(self.tasks) > SHOWN

    @property
    def total(self) -> str:
        return f"{COUNTED}+" if len(self.tasks) > COUNTED else str(len(self.tasks))


@dataclass(frozen=True)
class Load:
    """What one advisor has. `to_write` is None for who mustn't know how far the others have come."""

    advisor: str
    url: str
    under_way: int
    to_write: int | None
    oldest: str


def work(user: User) -> list[Heap]:
    """Everything that waits for `user`, by kind. A kind with nothing in it is left out."""
    return [heap for heap in _heaps(user, limits.days()) if heap.tasks]


def _heaps(user: User, days: dict[str, int]) -> Iterator[Heap]:
    if user.has_perm(permissions.REVIEW):
        yield to_declare(user, days)
        yield to_review(user, days)
        yield to_write_down(user)
    if user.has_perm(permissions.DECIDE):
        yield to_decide(user, days)
        yield to_release(user)
        yield to_hear(user, days)
    if user.has_perm(permissions.ASSIGN):
        yield to_assign(user, days)
        yield left_behind(user)
        yield with_applicant(user)
    if user.has_perm(permissions.ISSUE):
        yield without_document(user)
        yield expiring(user)


def _task(
    application: Application,
    to: str,
    since: datetime.datetime | None = None,
    limit: int | None = None,
    **more: Any,
) -> Task:
    since = since or application.status_since
    if limit is not None and "late" not in more:
        more["late"] = lateness(waited(since) - limit)
    return Task(
        reference=application.reference,
        area=application.area,
        organisation=application.organisation.name,
        url=reverse(f"admin:applications_application_{to}", args=[application.pk]),
        age=age(since),
        **more,
    )


def _some(found: QuerySet) -> list[Any]:
    """No more than are counted."""
    return list(found[: COUNTED + 1])


def _list(**chosen: str) -> str:
    return reverse("admin:applications_application_changelist", query=chosen)


def to_declare(user: User, days: dict[str, int]) -> Heap:
    asked = (
        Assignment.objects.active()
        .filter(advisor=user, has_conflict=None, application__in=visible_to(user))
        .filter(application__status__in=[Status.IN_REVIEW, Status.COMPLETION_REQUESTED])
        .select_related("application__organisation")
    )
    limit = days.get(Step.DECLARATION)
    return Heap(
        _("Say whether you have a conflict of interest"),
        _("The case opens to you once you have said that you have none."),
        [
            _task(one.application, "declare", one.assigned_at, limit)
            for one in _some(asked.order_by("assigned_at", "pk"))
        ],
        _list(advisor="me"),
    )


def to_review(user: User, days: dict[str, int]) -> Heap:
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
        [_draft(draft, days.get(Step.REVIEW)) for draft in _some(drafts)],
        _list(advisor="me", status="in_review"),
    )


def _draft(draft: Any, limit: int | None) -> Task:
    """A review to write. The time runs from when both the case and the advisor were there."""
    application = draft.assignment.application
    since = max(application.status_since, draft.assignment.assigned_at)
    note = _("begun") if draft.scored else _("not begun")
    if limit is not None:
        due = timezone.localdate(since) + datetime.timedelta(days=limit)
        note = _("%(begun)s, due on %(day)s") % {"begun": note, "day": date_format(due)}
    return _task(application, "review", since, limit, note=note)


def to_write_down(user: User) -> Heap:
    mine = Assignment.objects.active().filter(
        advisor=user, has_conflict=False, application=OuterRef("application")
    )
    # As `permissions.can_record_talk`: before the own review is in, nothing tells that others are.
    own = Review.objects.submitted().filter(assignment__advisor=user, submission=OuterRef("submission"))
    talks = (
        Talk.objects.filter(Exists(mine), Exists(own), recorded_at=None, application__in=visible_to(user))
        .filter(application__status__in=[Status.READY_FOR_DECISION, Status.IN_REVIEW])
        .select_related("application__organisation")
        .order_by("asked_at", "pk")
    )
    return Heap(
        _("Write down what you came to in the talk"),
        _("A decision maker has asked the advisors to talk."),
        [_task(talk.application, "change", talk.asked_at) for talk in _some(talks)],
    )


def to_decide(user: User, days: dict[str, int]) -> Heap:
    part = Assignment.objects.filter(application=OuterRef("pk"), advisor=user)
    earlier = Decision.objects.filter(application=OuterRef("pk"), decided_by=user)
    ready = visible_to(user).in_status(Status.READY_FOR_DECISION).filter(~Exists(part), ~Exists(earlier))
    ready = ready.exclude(decision_draft__held_at__isnull=False)
    talk = Talk.objects.filter(application=OuterRef("pk"), recorded_at=None)
    ready = ready.annotate(talks=Exists(talk))
    return Heap(
        _("Decide"),
        _("All reviews are in."),
        [
            _task(
                application,
                "decide",
                limit=days.get(Step.DECISION),
                note=_("waits for the advisors' talk") if application.talks else "",
            )
            for application in _some(_oldest_first(ready))
        ],
        _list(status="ready_for_decision"),
    )


def to_release(user: User) -> Heap:
    """Decisions that are made up and not told yet: never late, since somebody has chosen when."""
    return Heap(
        _("Held decisions"),
        _("Made up, and not told yet. Several can be released together in the list of held decisions."),
        [
            _task(
                draft.application,
                "decide",
                since=draft.held_at,
                note=_("to be released on %(day)s") % {"day": date_format(draft.release_on)}
                if draft.release_on
                else _("no day set"),
            )
            for draft in held(user)
        ],
        reverse("admin:applications_application_held_list"),
    )


def to_hear(user: User, days: dict[str, int]) -> Heap:
    part = Assignment.objects.filter(application=OuterRef("decision__application"), advisor=user)
    earlier = Decision.objects.filter(application=OuterRef("decision__application"), decided_by=user)
    appeals = (
        Appeal.objects.filter(~Exists(part), ~Exists(earlier), outcome="")
        .filter(decision__application__status=Status.DECLINED)
        .filter(decision__application__in=visible_to(user))
        .select_related("decision__application__organisation")
        .order_by("lodged_at", "pk")
    )
    limit = days.get(Step.APPEAL)
    return Heap(
        _("Hear the appeal"),
        _("You had no part in the case, so you can look at the decision again."),
        # The case page leads on: what can be done there depends on the appeal.
        [_task(one.decision.application, "change", one.lodged_at, limit) for one in _some(appeals)],
    )


def wanting_advisors(cases: QuerySet) -> QuerySet:
    """Those that wait for advisors: with fewer than the reviews they need, as `advisors` says."""
    has_it = Q(assignment__has_conflict=None) | Q(assignment__has_conflict=False)
    return (
        cases.filter(status__in=[Status.SUBMITTED, Status.IN_REVIEW])
        .annotate(advisors=Count("assignment", filter=Q(assignment__ended_at=None) & has_it))
        .filter(advisors__lt=F("reviews_required"))
    )


def to_assign(user: User, days: dict[str, int]) -> Heap:
    return Heap(
        _("Assign advisors"),
        _("These have fewer advisors than the reviews they need."),
        [
            _task(
                application,
                "assign",
                limit=days.get(application.status),
                note=_("%(number)d of %(needed)d assigned")
                % {"number": application.advisors, "needed": application.reviews_required},
            )
            for application in _some(_oldest_first(wanting_advisors(visible_to(user))))
        ],
        _list(wanting="yes"),
    )


def left_behind(user: User) -> Heap:
    """Cases of people who are gone, or aren't advisors any more: nobody else would see that they stand still. Not
    to who advises in the same case: it would tell that the other's review isn't in."""
    own = Assignment.objects.filter(advisor=user, application=OuterRef("application"))
    stuck = (
        Assignment.objects.active()
        .filter(application__status__in=[Status.IN_REVIEW, Status.COMPLETION_REQUESTED])
        .filter(~Exists(own), application__in=visible_to(user))
        .exclude(advisor__in=ties.holders(permissions.REVIEW).values("pk"))
        .exclude(Exists(Review.objects.submitted().filter(assignment=OuterRef("pk"))))
        .select_related("application__organisation", "advisor")
        .order_by("assigned_at", "pk")
    )
    return Heap(
        _("Give to somebody else"),
        _("The advisor is no longer an advisor or has no account any more."),
        [
            _task(
                one.application,
                "unassign",
                one.assigned_at,
                note=_("%(name)s is no longer an advisor") % {"name": one.advisor},
            )
            for one in _some(stuck)
        ],
    )


def with_applicant(user: User) -> Heap:
    newest = CompletionRequest.objects.filter(application=OuterRef("pk")).order_by("-requested_at")
    waiting = (
        visible_to(user)
        .in_status(Status.COMPLETION_REQUESTED)
        .annotate(due_on=Subquery(newest.values("due_on")[:1], output_field=DateField()))
    )
    return Heap(
        _("Waiting for the applicant to complete"),
        _("Nothing to do until they answer, unless the day has passed."),
        [_completing(application) for application in _some(_oldest_first(waiting))],
        _list(status="completion_requested"),
    )


def _completing(application: Any) -> Task:
    """What the applicant has. It is never late for the association, but the applicant's day may have passed."""
    day = date_format(application.due_on)
    if application.due_on < clock.today():
        return _task(application, "change", late=_("was due on %(day)s") % {"day": day})
    return _task(application, "change", note=_("due on %(day)s") % {"day": day})


def without_document(user: User) -> Heap:
    waiting = (
        Certificate.objects.without_document()
        .filter(decision__application__in=visible_to(user))
        .select_related("decision__application__organisation")
    )
    return Heap(
        _("Make the certificate's document"),
        _("The PDF is made by itself after a decision. It has not been for these."),
        [
            _certificate(one, age(one.decision.decided_at))
            for one in _some(waiting.order_by("issued_on", "pk"))
        ],
    )


def expiring(user: User) -> Heap:
    """Certificates that can be renewed now and for which nothing has been handed in."""
    handed_in = Application.objects.filter(renews=OuterRef("pk")).exclude(
        status__in=[Status.DRAFT, Status.WITHDRAWN, Status.LAPSED]
    )
    begun = Application.objects.filter(renews=OuterRef("pk"), status=Status.DRAFT)
    today = clock.today()
    ending = (
        Certificate.objects.valid_on(today)
        .filter(valid_through__lte=today + relativedelta(months=Certificate.RENEWAL_MONTHS))
        .filter(~Exists(handed_in), decision__application__in=visible_to(user))
        .annotate(begun=Exists(begun))
        .select_related("decision__application__organisation")
        .order_by("valid_through", "pk")
    )
    return Heap(
        _("Certificates that expire within a year"),
        _("The holder is reminded by mail. Get in touch if nothing is begun when the day comes close."),
        [
            _certificate(
                one,
                _("expires on %(day)s") % {"day": date_format(one.valid_through)},
                _("renewal begun") if one.begun else _("renewal not begun"),
            )
            for one in _some(ending)
        ],
    )


def _certificate(certificate: Certificate, when: str, note: str = "") -> Task:
    return Task(
        reference=certificate.number,
        area=certificate.area,
        organisation=certificate.decision.application.organisation.name,
        url=reverse("admin:applications_certificate_change", args=[certificate.pk]),
        age=when,
        note=note,
    )


def workload(user: User) -> list[Load]:
    """Who has how much, for who assigns. An advisor isn't told how many reviews the others have to write: it
    would tell whether theirs of a shared case is in."""
    if not user.has_perm(permissions.ASSIGN):
        return []
    blind = user.has_perm(permissions.REVIEW)
    newer = Submission.objects.filter(
        application=OuterRef("assignment__application"), number__gt=OuterRef("submission__number")
    )
    has_it = Q(has_conflict=None) | Q(has_conflict=False)
    having = Assignment.objects.filter(has_it, ended_at=None, application__status__in=OPEN).order_by()
    counted = having.values("advisor").annotate(number=Count("pk"), oldest=Min("assigned_at"))
    loads: dict[int, Any] = {row["advisor"]: row for row in counted}
    drafts = Review.objects.filter(
        ~Exists(newer),
        submitted_at=None,
        assignment__ended_at=None,
        assignment__has_conflict=False,
        assignment__application__status=Status.IN_REVIEW,
    )
    to_write: dict[int, int] = {}
    if not blind:
        rows = drafts.order_by().values_list("assignment__advisor").annotate(number=Count("pk"))
        to_write = dict(rows)
    advisors = ties.holders(permissions.REVIEW).order_by("name", "email")[:COUNTED]
    return [_load(advisor, loads.get(advisor.pk), None if blind else to_write) for advisor in advisors]


def _load(advisor: User, row: Any, to_write: dict[int, int] | None) -> Load:
    return Load(
        str(advisor),
        _list(advisor=str(advisor.pk)),
        row["number"] if row else 0,
        None if to_write is None else to_write.get(advisor.pk, 0),
        age(row["oldest"]) if row else "",
    )


def _oldest_first(applications: QuerySet) -> QuerySet:
    return applications.select_related("organisation").order_by("status_since", "pk")

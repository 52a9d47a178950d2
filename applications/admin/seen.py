"""The records that somebody may see, each as one query: what `permissions.can_see_review` and
`cases.may_read_decision` say of one record, said of all. A test holds them to the same answer for every role."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from applications import permissions
from applications.models import Assignment, Decision, Review, Status, Submission
from members.models import User

from .cases import visible_to

AS_DECIDER = (Status.READY_FOR_DECISION, Status.APPROVED, Status.DECLINED)
DECIDED = (Status.APPROVED, Status.DECLINED)


def _reads_as_advisor(user: User, application: str) -> Q:
    """`permissions.can_read_as_advisor`, but for the tie, which `visible_to` has seen to. `application` is the name
    that leads to the case."""
    if not user.has_perm(permissions.REVIEW):
        return Q(pk__in=[])
    own = Assignment.objects.filter(advisor=user, has_conflict=False, ended_at=None)
    return Q(Exists(own.filter(application=OuterRef(application))))


def _reads_as_decider(user: User, application: str) -> Q:
    """`permissions.can_read_as_decider`, likewise."""
    if not user.has_perm(permissions.DECIDE):
        return Q(pk__in=[])
    part = Assignment.objects.filter(advisor=user, application=OuterRef(application))
    return Q(~Exists(part), **{f"{application}__status__in": AS_DECIDER})


def reviews(user: User) -> QuerySet[Review]:
    """The reviews of visible cases that `user` may see: own ones, handed in or not; others' that count, once
    one's own of the same submission is in; all that are in for who decides."""
    case = "assignment__application"
    own = Q(assignment__advisor=user)
    is_in = Q(submitted_at__isnull=False)
    counts = Q(assignment__ended_at=None, assignment__has_conflict=False)
    own_is_in = Exists(
        Review.objects.submitted().filter(submission=OuterRef("submission"), assignment__advisor=user)
    )
    return Review.objects.filter(assignment__application__in=visible_to(user)).filter(
        (own & _reads_as_advisor(user, case))
        | (~own & is_in & counts & Q(own_is_in) & _reads_as_advisor(user, case))
        | (~own & is_in & _reads_as_decider(user, case))
    )


def decisions(user: User) -> QuerySet[Decision]:
    """The decisions of visible cases that `user` may read with all that they rest on."""
    newer = Submission.objects.filter(
        application=OuterRef("submission__application"), number__gt=OuterRef("submission__number")
    )
    own_is_in = Review.objects.submitted().filter(
        ~Exists(newer), assignment__advisor=user, submission__application=OuterRef("application")
    )
    return Decision.objects.filter(
        _reads_as_decider(user, "application")
        | (_reads_as_advisor(user, "application") & Q(Exists(own_is_in))),
        application__in=visible_to(user),
        application__status__in=DECIDED,
    )

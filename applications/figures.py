"""What the cases come to, counted by the database. Nothing of a case that isn't decided goes into what rests on points.

Counting goes through everything, so what was found is kept in the cache beside a stamp of what it rests on: the newest
entries of the log that move a case or a certificate. The stamp is read anew each time and costs the same however much
there is; see `docs/decisions`."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

from django.core.cache import cache
from django.db.models import (
    Avg,
    Case,
    Count,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
    Window,
)
from django.db.models.functions import (
    Cast,
    Coalesce,
    ExtractQuarter,
    ExtractYear,
    Least,
    RowNumber,
    TruncDate,
)

from . import clock
from .models import (
    Application,
    Certificate,
    CompletionRequest,
    Decision,
    Event,
    Score,
    Status,
    Submission,
)

DECIDED = (Status.APPROVED, Status.DECLINED)
OUT_OF_FORCE = (
    Event.Kind.CERTIFICATE_SUSPENDED,
    Event.Kind.CERTIFICATE_REVOKED,
    Event.Kind.CERTIFICATE_SUPERSEDED,
)
STAMPED = (
    Event.Kind.SUBMITTED,
    Event.Kind.REVIEW_STARTED,
    Event.Kind.UNASSIGNED,
    Event.Kind.CONFLICT,
    Event.Kind.COMPLETION_REQUESTED,
    Event.Kind.RESUBMITTED,
    Event.Kind.REVIEWS_COMPLETE,
    Event.Kind.FURTHER_REVIEW,
    Event.Kind.APPROVED,
    Event.Kind.DECLINED,
    Event.Kind.WITHDRAWN,
    Event.Kind.LAPSED,
    Event.Kind.APPEAL_UPHELD,
    Event.Kind.CERTIFICATE_RESUMED,
    *OUT_OF_FORCE,
)
"""What happens in a case, or to a certificate, that any figure rests on."""
WINDOW = 200
"""How many of the newest entries make the stamp. One alone wouldn't do: of two transactions the one that began first
may end last, and its entry then appears behind the newest."""

SHAPE = 1
"""To be raised when what is kept gets another shape, so that nobody is shown the old one after a renewal."""

Found = TypeVar("Found")
Rows = list[dict[str, Any]]


# --- Kept as long as it holds ------------------------------------------------------------------------------
def stamp() -> tuple[str, list[int]]:
    """What figures rest on now, in short: the day, and the newest entries of the log that change any."""
    newest = Event.objects.filter(kind__in=STAMPED).order_by("-pk").values_list("pk", flat=True)[:WINDOW]
    return clock.today().isoformat(), list(newest)


def kept(name: str, count: Callable[[], Found]) -> Found:
    """What `count` finds, from the cache where it still holds."""
    key = f"figures-{SHAPE}-{name}"
    # Before counting: what happens meanwhile makes another stamp, and is counted next time.
    now = stamp()
    held = cache.get(key)
    if held and held[0] == now:
        return held[1]
    found = count()
    cache.set(key, (now, found), timeout=None)
    return found


# --- Statistics --------------------------------------------------------------------------------------------
class Statistics(TypedDict):
    """What the page of statistics shows, by year; `standing` is by quarter, `points` by question."""

    applications: Rows
    decisions: Rows
    handling: Rows
    points: Rows
    standing: list[tuple[datetime.date, int]]


def statistics() -> Statistics:
    """All of it, for every year there is."""
    return kept("statistics", count_statistics)


def count_statistics() -> Statistics:
    return {
        "applications": list(_applications()),
        "decisions": list(_decisions()),
        "handling": _handling(),
        "points": list(_points()),
        "standing": _standing(clock.today()),
    }


def _applications() -> QuerySet[Any, Any]:
    """How many were handed in for the first time each year, and where they stand now."""
    first = Submission.objects.filter(number=1).exclude(application__kind=Application.Kind.DIAGNOSIS)
    return (
        first.order_by()
        .values(year=ExtractYear("submitted_at"), status=F("application__status"))
        .annotate(number=Count("pk"))
        .order_by("year", "status")
    )


def decided() -> QuerySet[Decision]:
    """The decision that stands in each case that is decided: one that an appeal has opened again is not."""
    return Decision.objects.filter(application__status__in=DECIDED, round=F("application__round"))


def _decisions() -> QuerySet[Any, Any]:
    return (
        decided()
        .order_by()
        .values(year=ExtractYear("decided_at"))
        .annotate(
            approved=Count("pk", filter=Q(outcome=Decision.Outcome.APPROVED)),
            declined=Count("pk", filter=Q(outcome=Decision.Outcome.DECLINED)),
        )
        .order_by("year")
    )


def _handling() -> Rows:
    """The time from first submission to first decision, without what the applicant had the case for completion:
    the middle one of each year, the shortest and the longest."""
    first = Submission.objects.filter(application=OuterRef("application"), number=1)
    lain = (
        CompletionRequest.objects.filter(
            application=OuterRef("application"),
            answered_by__isnull=False,
            requested_at__lt=OuterRef("decided_at"),
        )
        .order_by()
        .values("application")
        .annotate(lain=Sum(F("answered_by__submitted_at") - F("requested_at"), output_field=DurationField()))
    )
    handled = ExpressionWrapper(
        F("decided_at")
        - Subquery(first.values("submitted_at"))
        - Coalesce(Subquery(lain.values("lain")), datetime.timedelta(), output_field=DurationField()),
        output_field=DurationField(),
    )
    rows = (
        Decision.objects.filter(application__status__in=DECIDED, round=1)
        .annotate(year=ExtractYear("decided_at"), handled=handled)
        .annotate(
            place=Window(RowNumber(), partition_by="year", order_by=["handled", "pk"]),
            number=Window(Count("pk"), partition_by="year"),
            shortest=Window(Min("handled"), partition_by="year"),
            longest=Window(Max("handled"), partition_by="year"),
        )
        # Of an odd number the middle row, of an even one both.
        .filter(place__gte=F("number") - F("place"), place__lte=F("number") - F("place") + 2)
        .order_by("year", "place")
        .values("year", "number", "shortest", "longest", "handled")
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        rest = {name: row[name] for name in ("year", "number", "shortest", "longest")}
        known = found.setdefault(row["year"], {**rest, "middle": row["handled"]})
        known["middle"] = (known["middle"] + row["handled"]) / 2
    return list(found.values())


def counted_scores() -> QuerySet[Score]:
    """The scores that the decisions of decided cases rest on."""
    return Score.objects.filter(
        review__submitted_at__isnull=False,
        review__assignment__ended_at__isnull=True,
        review__assignment__has_conflict=False,
        review__submission__application__status__in=DECIDED,
        review__submission__decision__round=F("review__submission__application__round"),
    ).order_by()


YEAR_OF_SCORE = ExtractYear("review__submission__decision__decided_at")


def _points() -> QuerySet[Any, Any]:
    """The mean points of each question and year, and how many cases they are from."""
    return (
        counted_scores()
        .values(
            questionnaire=F("question__questionnaire"),
            question_number=F("question__number"),
            year=YEAR_OF_SCORE,
        )
        .annotate(mean=Avg("points"), cases=Count("review__submission", distinct=True))
        .order_by("questionnaire", "question_number", "year")
    )


def _standing(today: datetime.date) -> list[tuple[datetime.date, int]]:
    """How many certificates stood at the end of each quarter, and today: issued, not past their last day, and
    neither suspended, revoked nor superseded."""
    begun = _by_quarter(Certificate.objects.filter(issued_on__lte=today), "issued_on")
    ended = _by_quarter(_gone_by(today), "gone_on")
    if not begun:
        return []
    found, standing = [], 0
    year, quarter = min(begun)
    while (year, quarter) <= (today.year, (today.month + 2) // 3):
        standing += begun.get((year, quarter), 0) - ended.get((year, quarter), 0)
        last = datetime.date(year + quarter // 4, quarter % 4 * 3 + 1, 1) - datetime.timedelta(days=1)
        found.append((min(last, today), standing))
        year, quarter = year + quarter // 4, quarter % 4 + 1
    return found


def _gone_by(today: datetime.date) -> QuerySet[Any, Any]:
    """Those that don't stand any more, with `gone_on`, the first day on which each didn't. One that was suspended and
    resumed counts as if it had stood all the time."""
    resumed = Event.objects.filter(
        application=OuterRef("application"),
        kind=Event.Kind.CERTIFICATE_RESUMED,
        sequence__gt=OuterRef("sequence"),
    )
    out = (
        Event.objects.filter(~Exists(resumed), application=OuterRef("decision__application"))
        .filter(kind__in=OUT_OF_FORCE)
        .order_by("sequence")
    )
    expired = Cast(F("valid_through") + datetime.timedelta(days=1), DateField())
    taken = Coalesce(TruncDate(Subquery(out.values("at")[:1])), expired, output_field=DateField())
    gone_on = Case(
        When(status=Certificate.Status.VALID, then=expired),
        default=Least(taken, expired),
        output_field=DateField(),
    )
    return Certificate.objects.annotate(gone_on=gone_on).filter(gone_on__lte=today)


def _by_quarter(certificates: QuerySet[Any, Any], day: str) -> dict[tuple[int, int], int]:
    rows = (
        certificates.order_by()
        .values(year=ExtractYear(day), quarter=ExtractQuarter(day))
        .annotate(count=Count("pk"))
        .order_by("year", "quarter")
    )
    return {(row["year"], row["quarter"]): row["count"] for row in rows}

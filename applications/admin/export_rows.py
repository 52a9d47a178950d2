"""The rows of the exports: one query each, whatever their number, and what stands in which column."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.models import Application, Certificate, Decision, Score, Status, Submission
from applications.models.application import ApplicationQuerySet
from members.cells import Value
from members.models import User

from . import seen

Row = dict[str, Any]
Kind = tuple[QuerySet[Any, Any], list["Column"]]


@dataclass(frozen=True)
class Column:
    """A column: its key in JSON and in the row, its heading in the reader's language, and the words for its codes."""

    key: str
    heading: str
    width: int = 14
    words: Callable[[Any], Any] | None = None

    def value(self, row: Row) -> Value:
        """As JSON has it: codes as they are kept, moments in the portal's zone."""
        found = row[self.key]
        return timezone.localtime(found) if isinstance(found, datetime.datetime) else found

    def word(self, row: Row) -> Value:
        """As a person reads it."""
        found = self.value(row)
        return str(self.words(found)) if self.words and found not in (None, "") else found


def title(what: str) -> str:
    """What the export is called."""
    return {"applications": _("Applications"), "scores": _("Points"), "decisions": _("Decisions")}[what]


def _case_columns() -> list[Column]:
    return [
        Column("reference", _("Reference"), 15),
        Column("area", _("Town centre"), 20),
        Column("applicant", _("Applicant"), 28),
    ]


def applications(user: User, cases: ApplicationQuerySet) -> Kind:
    """A row for each case: what its page shows to everybody who may see it."""
    submissions = Submission.objects.filter(application=OuterRef("pk"))
    newest_decision = Decision.objects.filter(application=OuterRef("pk")).order_by("-round")
    certificate = Certificate.objects.filter(decision__application=OuterRef("pk")).order_by("-pk")
    rows = cases.order_by("pk").values(
        "reference",
        "area",
        "holder",
        "kind",
        "status",
        "status_since",
        "round",
        "is_example",
        applicant=F("organisation__name"),
        questionnaire_version=F("questionnaire__version"),
        first_submitted_at=Subquery(submissions.filter(number=1).values("submitted_at")),
        last_submitted_at=Subquery(submissions.order_by("-number").values("submitted_at")[:1]),
        submissions=Subquery(submissions.order_by("-number").values("number")[:1]),
        outcome=Subquery(newest_decision.values("outcome")[:1]),
        decided_at=Subquery(newest_decision.values("decided_at")[:1]),
        certificate=Subquery(certificate.values("number")[:1]),
        certificate_status=Subquery(certificate.values("status")[:1]),
        valid_through=Subquery(certificate.values("valid_through")[:1]),
    )
    return rows, [
        *_case_columns(),
        Column("holder", _("Holder of the certificate"), 28),
        Column("kind", _("Kind"), 16, lambda kind: Application.Kind(kind).label),
        Column("status", _("Status"), 20, lambda status: Status(status).label),
        Column("status_since", _("Since"), 18),
        Column("round", _("Round")),
        Column("questionnaire_version", _("Version of the questions")),
        Column("first_submitted_at", _("First submitted"), 18),
        Column("last_submitted_at", _("Last submitted"), 18),
        Column("submissions", _("Submissions")),
        Column("outcome", _("Newest decision"), 18, lambda outcome: Decision.Outcome(outcome).label),
        Column("decided_at", _("Decided on"), 18),
        Column("certificate", _("Certificate"), 16),
        Column("certificate_status", _("The certificate is"), 14, lambda s: Certificate.Status(s).label),
        Column("valid_through", _("Valid through"), 12),
        Column("is_example", _("Example"), 10),
    ]


def scores(user: User, cases: ApplicationQuerySet) -> Kind:
    """A row for each question of each review that is in and that `user` may see. Never the private note."""
    readable = seen.reviews(user).submitted()  # type: ignore[attr-defined]
    heading = "question__heading_en" if get_language() == "en" else "question__heading_sv"
    rows = (
        Score.objects.filter(
            review__in=readable.order_by().values("pk"),
            review__assignment__application__in=cases.order_by().values("pk"),
        )
        .order_by(
            "review__assignment__application", "review__submission__number", "review", "question__number"
        )
        .values(
            "points",
            "comment",
            reference=F("review__assignment__application__reference"),
            area=F("review__assignment__application__area"),
            applicant=F("review__assignment__application__organisation__name"),
            status=F("review__assignment__application__status"),
            submission=F("review__submission__number"),
            advisor=F("review__assignment__advisor__name"),
            question_number=F("question__number"),
            heading=F(heading),
            submitted_at=F("review__submitted_at"),
        )
    )
    return rows, [
        *_case_columns(),
        Column("status", _("Status"), 20, lambda status: Status(status).label),
        Column("submission", _("Submission")),
        Column("advisor", _("Advisor"), 22),
        Column("submitted_at", _("Review handed in"), 18),
        Column("question_number", _("Question")),
        Column("heading", _("Heading of the question"), 28),
        Column("points", _("Points"), 8),
        Column("comment", _("Comment to the applicant"), 60),
    ]


def decisions(user: User, cases: ApplicationQuerySet) -> Kind:
    """A row for each decision that `user` may read."""
    rows = (
        seen.decisions(user)
        .filter(application__in=cases.order_by().values("pk"))
        .order_by("application", "round")
        .values(
            "round",
            "outcome",
            "percent",
            "meets_rule",
            "reasons",
            "override_reason",
            "next_steps",
            "apply_again_from",
            "decided_at",
            reference=F("application__reference"),
            area=F("application__area"),
            applicant=F("application__organisation__name"),
            decided_by_name=F("decided_by__name"),
            certificate_number=F("certificate__number"),
            certificate_valid_through=F("certificate__valid_through"),
        )
    )
    return rows, [
        *_case_columns(),
        Column("round", _("Round")),
        Column("outcome", _("Outcome"), 18, lambda outcome: Decision.Outcome(outcome).label),
        Column("percent", _("Share of the points (%)")),
        Column("meets_rule", _("Meets the pass rule")),
        Column("decided_at", _("Decided on"), 18),
        Column("decided_by_name", _("Decided by"), 22),
        Column("reasons", _("Reasons"), 60),
        Column("override_reason", _("Reason for approving against the rule"), 40),
        Column("next_steps", _("What to do before the next application"), 40),
        Column("apply_again_from", _("Apply again from"), 14),
        Column("certificate_number", _("Certificate"), 16),
        Column("certificate_valid_through", _("Valid through"), 12),
    ]


KINDS: dict[str, Callable[[User, ApplicationQuerySet], Kind]] = {
    "applications": applications,
    "scores": scores,
    "decisions": decisions,
}

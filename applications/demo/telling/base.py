"""What all parts of a told case share: the world it is in, its rows, and its log."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from django.db.models import Model

from applications import clock, scoring
from applications.events import following
from applications.models import (
    Answer,
    Application,
    Assignment,
    Certificate,
    CompletionRequest,
    Event,
    Evidence,
    Question,
    Questionnaire,
    Recommendation,
    RecommendationAnswer,
    Review,
    Status,
    Submission,
)
from members.models import Organisation, User

from ..history import Case

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class World:
    """What all cases share."""

    advisors: list[User]
    deciders: list[User]
    administrator: User
    questionnaire: Questionnaire
    questions: list[Question]
    criteria: list[scoring.Criterion]


@dataclass(frozen=True)
class Applicant:
    organisation: Organisation
    signatory: User


@dataclass
class Rows:
    """What is to be written, by model; beside it the evidence with its bytes, and when reviews were saved and handed
    in, which is written after their points."""

    by_model: dict[type[Model], list[Any]] = field(default_factory=lambda: defaultdict(list))
    files: list[tuple[Evidence, bytes]] = field(default_factory=list)
    reviews: list[tuple[Review, datetime.datetime, datetime.datetime | None]] = field(default_factory=list)

    def add(self, row: Row) -> Row:
        self.by_model[type(row)].append(row)
        return row

    def of(self, model: type[Model]) -> list[Any]:
        return self.by_model[model]


@dataclass
class Judging:
    """An advisor's review under way: its points by question number, and when it was saved and handed in."""

    assignment: Assignment
    submission: Submission
    summary: str = ""
    scores: dict[int, tuple[int, str]] = field(default_factory=dict)
    saved_at: datetime.datetime | None = None
    submitted_at: datetime.datetime | None = None


class Teller:
    """Who tells one case: what it knows, and how something that happens is written down."""

    application: Application
    """Set when the case begins."""

    def __init__(self, case: Case, world: World, applicant: Applicant, town: str, rows: Rows) -> None:
        self.case, self.world, self.applicant, self.town, self.rows = case, world, applicant, town, rows
        self.chance = Random(case.name)  # noqa: S311 (nothing secret is made of it)
        self.actor = applicant.signatory
        self.last_event: Event | None = None
        self.answers: list[Answer] = []
        self.submissions: list[Submission] = []
        self.judging: list[Judging] = []
        self.recommendations: list[Recommendation] = []
        self.recommendation_answers: list[RecommendationAnswer] = []
        self.request: CompletionRequest | None = None
        self.certificate: Certificate | None = None
        case.told = self

    @property
    def before(self) -> Teller | None:
        """The case whose certificate this one renews."""
        return self.case.before.told if self.case.before else None

    def forget(self) -> None:
        """Let go of what has been written. A renewal of this case needs the rest."""
        self.rows, self.answers, self.judging = Rows(), [], []
        if not self.case.is_approved:
            self.submissions = []

    def _record(self, kind: Event.Kind, actor: User | None, data: dict[str, Any] | None = None) -> None:
        self.last_event = self.rows.add(following(self.last_event, self.application, kind, actor, data))

    def _move(
        self, to: Status, kind: Event.Kind, actor: User | None, data: dict[str, Any] | None = None
    ) -> None:
        origin = self.application.status
        self.application.status = to.value
        self.application.status_since = clock.now()
        self._record(kind, actor, {"from": str(origin), "to": to.value, **(data or {})})

    def record_in(self, rows: Rows, kind: Event.Kind, actor: User, data: dict[str, Any]) -> None:
        """Append to this case's log what happened long after the rest of it was written."""
        self.rows = rows
        self._record(kind, actor, data)

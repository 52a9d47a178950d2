"""One case of `history` told in rows: what each step leaves behind, as the doors in `workflow` leave it."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model

from applications import clock, reading, scoring
from applications.events import following
from applications.hashing import sha256
from applications.models import (
    Answer,
    Application,
    Assignment,
    Certificate,
    CompletionPoint,
    CompletionRequest,
    Decision,
    Event,
    Evidence,
    Question,
    Questionnaire,
    Recommendation,
    RecommendationAnswer,
    Review,
    Score,
    Status,
    Submission,
)
from applications.models.certificate import CODE_ALPHABET
from members.models import Organisation, User

from . import files, phrases
from .history import ALIKE, Case, Step

Row = TypeVar("Row", bound=Model)
Kind = Event.Kind
RATINGS = (2, 3, 3, 4)
POINTS = {True: (2, 3, 3, 4), False: (1, 1, 2, 2, 3)}
"""What advisors give in a case that is approved, or isn't."""


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
    """Tells one case, from its beginning to where it has come."""

    def __init__(self, case: Case, world: World, applicant: Applicant, town: str, rows: Rows) -> None:
        self.case, self.world, self.applicant, self.town, self.rows = case, world, applicant, town, rows
        self.chance = Random(case.name)  # noqa: S311 (nothing secret is made of it)
        self.actor = applicant.signatory
        self.last_event: Event | None = None
        self.answers: list[Answer] = []
        self.evidence: list[dict[str, Any]] = []
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

    def tell(self) -> None:
        """Make all rows of the case."""
        with clock.at(self.case.begun):
            self._start()
        for step, at in self.case.steps:
            with clock.at(at):
                getattr(self, f"_{step.name.lower()}")()
        if self.case.ending == Status.IN_REVIEW:
            with clock.at(self.case.ended + datetime.timedelta(hours=12)):
                self._begin_reviews()
        for judging in self.judging:
            self._keep(judging)

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

    # --- The applicant ------------------------------------------------------------------------------------
    def _start(self) -> None:
        now, before = clock.now(), self.before
        name = self.applicant.organisation.name
        self.application = Application(
            reference=self.case.reference,
            organisation=self.applicant.organisation,
            questionnaire=self.world.questionnaire,
            kind=Application.Kind.RENEWAL if before else Application.Kind.NEW,
            renews=before.certificate if before else None,
            status=Status.DRAFT.value,
            area=self.town,
            holder=name,
            spokesperson=str(self.actor),
            spokesperson_title=f"Centrumledare, {name}",
            reviews_required=4 if self.chance.random() < 0.2 and self.case.index is None else 3,
            is_example=True,
            created_by=self.actor,
            created_at=now,
            status_since=now,
            touched_at=now,
        )
        for question in self.world.questions:
            answer = Answer(application=self.application, question=question)
            if before:
                former = before.submissions[-1].content["questions"][question.number - 1]
                answer.text, answer.rating = former["answer"], former["rating"]
            self.answers.append(self.rows.add(answer))
        for recommendation in before.recommendations if before else ():
            answered = RecommendationAnswer(application=self.application, recommendation=recommendation)
            self.recommendation_answers.append(self.rows.add(answered))
        self._record(Kind.STARTED, self.actor)

    def _written(self) -> None:
        """All of it; some of a draft."""
        is_whole = len(self.case.steps) > 1 and self.case.steps[1][0] is Step.SUBMITTED
        for answer in self.answers[: None if is_whole else 2]:
            self._answer(answer)
        if not is_whole:
            return
        for row in self.recommendation_answers:
            row.text = phrases.answer(self.chance, self.town)
        self._attach()

    def _answer(self, answer: Answer) -> None:
        answer.text = phrases.answer(self.chance, self.town)
        answer.rating = self.chance.choice(RATINGS)
        answer.changed = True if self.before else None
        answer.revision += 1
        answer.updated_by, answer.updated_at = self.actor, clock.now()
        self.application.touched_at = clock.now()

    def _attach(self) -> None:
        """One file, for all questions that want evidence."""
        title = f"Samverkansavtal för {self.town} ({self.case.reference})"
        content = files.pdf(title, [phrases.answer(self.chance, self.town)])
        item = Evidence(
            uuid=uuid.UUID(int=self.chance.getrandbits(128), version=4),
            application=self.application,
            name=f"Samverkansavtal {self.town}.pdf",
            content_type="application/pdf",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_by=self.actor,
            uploaded_at=clock.now(),
        )
        self.rows.add(item)
        self.rows.files.append((item, content))
        for question in self.world.questions:
            if question.evidence_required:
                self.rows.add(Evidence.questions.through(evidence=item, question=question))
        self.item = item
        self._record(Kind.EVIDENCE_ADDED, self.actor, {"uuid": str(item.pk), "sha256": item.sha256})

    def _submitted(self) -> None:
        self.item.first_submission = self._freeze()
        self._move(Status.SUBMITTED, Kind.SUBMITTED, self.actor, self._named())

    def _freeze(self) -> Submission:
        content = self._snapshot()
        submission = Submission(
            application=self.application,
            number=len(self.submissions) + 1,
            content=content,
            sha256=sha256(content),
            submitted_by=self.actor,
            submitted_at=clock.now(),
        )
        self.submissions.append(self.rows.add(submission))
        return submission

    def _named(self) -> dict[str, Any]:
        """The newest submission, as the log names it."""
        return {"submission": self.submissions[-1].number, "sha256": self.submissions[-1].sha256}

    def _snapshot(self) -> dict[str, Any]:
        """What `reading.snapshot` reads from the database."""
        application = self.application
        file = {
            "uuid": str(self.item.pk),
            "name": self.item.name,
            "description": "",
            "content_type": self.item.content_type,
            "size": self.item.size,
            "sha256": self.item.sha256,
        }
        content: dict[str, Any] = {
            "reference": application.reference,
            "organisation": application.organisation.name,
            "holder": application.holder,
            "area": application.area,
            "spokesperson": application.spokesperson,
            "spokesperson_title": application.spokesperson_title,
            "co_applicants": [],
            "questionnaire": self.world.questionnaire.version,
            "questions": [
                {
                    "number": answer.question.number,
                    "text": {"sv": answer.question.text_sv, "en": answer.question.text_en},
                    "answer": answer.text,
                    "rating": answer.rating,
                    "evidence": [file] if answer.question.evidence_required else [],
                    **({"changed": answer.changed} if self.before else {}),
                }
                for answer in self.answers
            ],
        }
        if application.renews:
            content["renews"] = application.renews.number
            content["recommendations"] = [
                {"number": row.recommendation.number, "text": row.recommendation.text, "answer": row.text}
                for row in self.recommendation_answers
            ]
        if self.request:
            content["completes"] = [{"question": self._wanting.number, "text": phrases.COMPLETION}]
        return content

    @property
    def _wanting(self) -> Question:
        """The question that is to be completed."""
        return self.world.questions[1]

    def _completed(self) -> None:
        assert self.request is not None  # noqa: S101 (for the type checker: it comes after `_asked`)
        self._answer(self.answers[1])
        self.point.answered_at = clock.now()
        self.request.answered_by = self._freeze()
        self._move(Status.IN_REVIEW, Kind.RESUBMITTED, self.actor, self._named())
        self.request = None
        for earlier in list(self.judging):
            newer = Judging(earlier.assignment, self.submissions[-1], earlier.summary, dict(earlier.scores))
            self._open(newer)

    def _left(self) -> None:
        self._move(Status.WITHDRAWN, Kind.WITHDRAWN, self.actor)

    def _lapsed(self) -> None:
        self.application.reminded_at = self.application.status_since + datetime.timedelta(days=60)
        self._move(Status.LAPSED, Kind.LAPSED, None)

    # --- The advisors -------------------------------------------------------------------------------------
    def _assigned(self) -> None:
        """To as many advisors as are needed; now and then to one more, who turns out to have a conflict."""
        wanted = self.application.reviews_required
        self.has_conflict = self.case.index is None and self.chance.random() < 0.05
        self.assignments = []
        for advisor in self._advisors(wanted + self.has_conflict):
            assignment = Assignment(
                application=self.application,
                advisor=advisor,
                assigned_by=self.world.administrator,
                assigned_at=clock.now(),
            )
            self.assignments.append(self.rows.add(assignment))
            self._record(Kind.ASSIGNED, self.world.administrator, {"advisor": advisor.pk})
        self._move(Status.IN_REVIEW, Kind.REVIEW_STARTED, self.world.administrator)

    def _advisors(self, number: int) -> Sequence[User]:
        """The first advisor has every second of the open cases that are alike, and of the closed ones a share."""
        first, *others = self.world.advisors
        if self.case.index is None:
            return self.chance.sample(self.world.advisors, number)
        if self.case.index < ALIKE and self.case.index % 2 == 0:
            return [first, *self.chance.sample(others, number - 1)]
        return self.chance.sample(others, number)

    def _declared(self) -> None:
        """All say that they have no conflict, but for who has one, and the first in some open cases, who has yet to
        say anything."""
        waits = self.case.ending == Status.IN_REVIEW and (self.case.index or 0) % 5 == 4
        for number, assignment in enumerate(self.assignments):
            if waits and number == 0:
                continue
            conflict = self.has_conflict and assignment is self.assignments[-1]
            assignment.has_conflict, assignment.declared_at = conflict, clock.now()
            self._record(Kind.CONFLICT if conflict else Kind.NO_CONFLICT, assignment.advisor)
            if not conflict:
                self._open(Judging(assignment, self.submissions[-1]))

    def _open(self, judging: Judging) -> None:
        judging.saved_at = clock.now()
        self.judging.append(judging)

    def _newest(self) -> list[Judging]:
        return [one for one in self.judging if one.submission is self.submissions[-1]]

    def _judge(self, judging: Judging, number: int | None = None) -> None:
        """Points and comments on the first so many questions, or on all with a summary."""
        levels = POINTS[self.case.ending != Status.DECLINED]
        for question in self.world.questions[:number]:
            comment = phrases.comment(self.chance, self.town)
            judging.scores[question.number] = (self.chance.choice(levels), comment)
        if number is None:
            judging.summary = phrases.summary(self.chance, self.town)
        judging.saved_at = clock.now()

    def _hand_in(self, judging: Judging) -> None:
        self._judge(judging)
        judging.submitted_at = clock.now()
        content = {
            "advisor": judging.assignment.advisor.pk,
            "summary": judging.summary,
            "scores": [[number, *score] for number, score in sorted(judging.scores.items())],
        }
        data = {"submission": judging.submission.number, "sha256": sha256(content)}
        self._record(Kind.REVIEW_SUBMITTED, judging.assignment.advisor, data)

    def _begin_reviews(self) -> None:
        """Of a case that is in review now: the first has begun, some of the others are done."""
        newest = self._newest()
        self._judge(newest[0], 2)
        for judging in newest[self.chance.randint(1, len(newest)) :]:
            self._hand_in(judging)

    def _asked(self) -> None:
        self._judge(self._newest()[0], 4)
        due_on = clock.today() + datetime.timedelta(days=self.world.questionnaire.completion_days)
        self.request = self.rows.add(
            CompletionRequest(
                application=self.application,
                requested_by=self._newest()[0].assignment.advisor,
                requested_at=clock.now(),
                due_on=due_on,
            )
        )
        self.point = self.rows.add(
            CompletionPoint(request=self.request, question=self._wanting, text=phrases.COMPLETION)
        )
        data = {"questions": [self._wanting.number], "due": due_on.isoformat()}
        self._move(Status.COMPLETION_REQUESTED, Kind.COMPLETION_REQUESTED, self.request.requested_by, data)

    def _reviewed(self) -> None:
        """All hand in, the last one now."""
        newest = self._newest()
        end = clock.now()
        for number, judging in enumerate(newest, 1):
            with clock.at(end - datetime.timedelta(hours=7 * (len(newest) - number))):
                self._hand_in(judging)
        self._move(Status.READY_FOR_DECISION, Kind.REVIEWS_COMPLETE, None)

    def _keep(self, judging: Judging) -> None:
        review = self.rows.add(
            Review(
                assignment=judging.assignment,
                submission=judging.submission,
                summary=judging.summary,
                revision=1 if judging.summary else 0,
            )
        )
        assert judging.saved_at is not None  # noqa: S101 (for the type checker: `_open` has set it)
        self.rows.reviews.append((review, judging.saved_at, judging.submitted_at))
        for question in self.world.questions:
            if question.number in judging.scores:
                points, comment = judging.scores[question.number]
                self.rows.add(
                    Score(review=review, question=question, points=points, comment=comment, revision=1)
                )

    # --- The decision -------------------------------------------------------------------------------------
    def _decided(self) -> None:
        approved = self.case.is_approved
        points = [
            {number: score[0] for number, score in judging.scores.items()} for judging in self._newest()
        ]
        result = scoring.judge(self.world.criteria, self.world.questionnaire.pass_percent, points)
        decider = self.chance.choice(self.world.deciders)
        decision = self.rows.add(
            Decision(
                application=self.application,
                round=1,
                submission=self.submissions[-1],
                outcome=self.case.ending.value,
                reasons=phrases.REASONS[self.case.ending.value].format(town=self.town),
                override_reason=phrases.OVERRIDE if approved and not result.meets_rule else "",
                percent=result.percent,
                meets_rule=result.meets_rule,
                decided_by=decider,
                decided_at=clock.now(),
            )
        )
        texts = phrases.RECOMMENDATIONS[: self.chance.randint(0, 2)] if approved else ()
        for number, text in enumerate(texts, 1):
            row = Recommendation(decision=decision, number=number, text=text)
            self.recommendations.append(self.rows.add(row))
        data = {
            "submission": decision.submission.number,
            "percent": str(result.percent),
            "meets_rule": result.meets_rule,
            "sha256": sha256(_decision_content(decision, texts)),
        }
        if approved:
            self.certificate = self._certify(decision)
            data["certificate"] = sha256(reading.certificate_content(self.certificate))
        self._move(self.case.ending, Kind.APPROVED if approved else Kind.DECLINED, decider, data)
        if self.certificate:
            self._record(Kind.CERTIFICATE_RENDERED, None, {"sha256": self.certificate.sha256})

    def _certify(self, decision: Decision) -> Certificate:
        letters = "".join(self.chance.choice(CODE_ALPHABET) for _n in range(12))
        number = self.case.number
        content = files.pdf(f"Certifikat {number}", [self.application.holder, self.town])
        certificate = Certificate(
            number=number,
            code=f"{letters[:4]}-{letters[4:8]}-{letters[8:]}",
            decision=decision,
            holder=self.application.holder,
            area=self.application.area,
            issued_on=clock.today(),
            valid_through=self.case.valid_through,
            status=Certificate.Status.SUPERSEDED if self.case.superseded else Certificate.Status.VALID,
            document=default_storage.save(f"certificates/{number}.pdf", ContentFile(content)),
            sha256=hashlib.sha256(content).hexdigest(),
            is_example=True,
        )
        if before := self.before:
            assert before.certificate is not None  # noqa: S101 (for the type checker: it was approved)
            data = {"number": before.certificate.number, "by": number}
            before._record_in(self.rows, Kind.CERTIFICATE_SUPERSEDED, decision.decided_by, data)
        return self.rows.add(certificate)

    def _record_in(self, rows: Rows, kind: Event.Kind, actor: User, data: dict[str, Any]) -> None:
        """Append to this case's log what happened long after the rest of it was written."""
        self.rows = rows
        self._record(kind, actor, data)


def _decision_content(decision: Decision, recommendations: Sequence[str]) -> dict[str, Any]:
    """What `reading.decision_content` reads from the database."""
    return {
        **({"recommendations": list(recommendations)} if recommendations else {}),
        "round": decision.round,
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "override_reason": decision.override_reason,
        "percent": f"{decision.percent:.2f}",
        "meets_rule": decision.meets_rule,
        "decided_by": decision.decided_by.pk,
    }

"""The advisors' steps, as `workflow.reviewing` leaves them, and the applicant's answer to a completion."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from applications import clock
from applications.hashing import sha256
from applications.models import (
    Assignment,
    CompletionPoint,
    CompletionRequest,
    Event,
    Review,
    Score,
    Status,
)
from members.models import User

from .. import phrases
from ..history import ALIKE
from .applying import Applying
from .base import Judging

Kind = Event.Kind
POINTS = {True: (2, 3, 3, 4), False: (1, 1, 2, 2, 3)}
"""What advisors give in a case that is approved, or isn't."""


class Reviewing(Applying):
    """Assigned, declared, asked to be completed, reviewed."""

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

"""The applicant's steps, as `workflow.applying` and `writing` leave them."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from typing import Any

from applications import clock
from applications.hashing import sha256
from applications.models import (
    Answer,
    Application,
    Event,
    Evidence,
    Question,
    RecommendationAnswer,
    Status,
    Submission,
)

from .. import files, phrases
from ..history import Step
from .base import Teller

Kind = Event.Kind
RATINGS = (2, 3, 3, 4)


class Applying(Teller):
    """Writes, attaches, hands in, or leaves it."""

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

    def _left(self) -> None:
        self._move(Status.WITHDRAWN, Kind.WITHDRAWN, self.actor)

    def _lapsed(self) -> None:
        self.application.reminded_at = self.application.status_since + datetime.timedelta(days=60)
        self._move(Status.LAPSED, Kind.LAPSED, None)

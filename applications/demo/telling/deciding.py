"""The decision and its certificate, as `workflow.deciding` leaves them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from applications import clock, reading, scoring
from applications.hashing import sha256
from applications.models import (
    Certificate,
    Decision,
    Event,
    Recommendation,
)
from applications.models.certificate import CODE_ALPHABET

from .. import files, phrases
from .reviewing import Reviewing

Kind = Event.Kind


class Deciding(Reviewing):
    """Approved with a certificate, or not yet."""

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
            before.record_in(self.rows, Kind.CERTIFICATE_SUPERSEDED, decision.decided_by, data)
        return self.rows.add(certificate)


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

"""The application and the self-diagnosis as documents, and what came of the application: the letter of decision and
the feedback report."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications import feedback, reading, scoring
from applications.models import Application, Decision, Submission

from .render import SEAL
from .setting import image, settable, typeset, words


@dataclass(frozen=True)
class Paper:
    """What a document says: `content` as a submission has it, the co-applicants, what the self-ratings come to, and
    of a submission its number, its hash, and who handed it in. `made_at` is when a draft was printed."""

    application: Application
    content: Mapping[str, Any]
    parties: Sequence[reading.Party]
    assessment: scoring.SelfAssessment
    made_at: datetime.datetime
    submission: Submission | None = None

    @property
    def is_draft(self) -> bool:
        return self.submission is None and not self.application.is_diagnosis

    @property
    def title(self) -> str:
        names = {"reference": self.content["reference"], "area": self.content["area"]}
        if self.application.is_diagnosis:
            return _("Self-diagnosis %(reference)s, %(area)s") % names
        if self.application.is_renewal:
            return _("Renewal %(reference)s, %(area)s") % names
        return _("Application %(reference)s, %(area)s") % names

    def questions(self) -> list[dict[str, Any]]:
        """The questions as they are answered, each with its heading, in the reader's language."""
        language = get_language() or "sv"
        rated = {one.number: one for one in self.assessment.ratings}
        return [
            {
                **part,
                "text": part["text"].get(language) or part["text"]["sv"],
                "answer": settable(part["answer"]),
                "heading": rated[part["number"]].heading,
                "minimum": rated[part["number"]].minimum,
            }
            for part in self.content["questions"]
        ]

    def files(self) -> list[dict[str, Any]]:
        """The evidence, each file once, with the numbers of its questions."""
        found: dict[str, dict[str, Any]] = {}
        for part in self.content["questions"]:
            for file in part["evidence"]:
                found.setdefault(file["uuid"], {**file, "numbers": []})["numbers"].append(part["number"])
        return list(found.values())


def of_draft(application: Application, now: datetime.datetime) -> Paper:
    """The application as it stands."""
    content, assessment = reading.snapshot(application), reading.self_assessment(application)
    return Paper(application, content, reading.parties(application), assessment, now)


def of_submission(submission: Submission) -> Paper:
    """The application as it was submitted."""
    assessment = reading.submitted_assessment(submission)
    parties = reading.submitted_parties(submission)
    made_at = submission.submitted_at
    return Paper(submission.application, submission.content, parties, assessment, made_at, submission)


def of_diagnosis(diagnosis: Application, now: datetime.datetime) -> Paper:
    """A self-diagnosis as it stands."""
    return Paper(diagnosis, reading.snapshot(diagnosis), [], reading.self_assessment(diagnosis), now)


def pdf(paper: Paper) -> bytes:
    """The document in the reader's language."""
    plot = render_to_string("applications/parts/self_assessment_plot.html", {"assessment": paper.assessment})
    context = {"paper": paper, "plot": image(plot), "plot_words": words(plot)}
    return typeset("certificates/paper.html", context)


# --- What came of the application ------------------------------------------------------------------------
@dataclass(frozen=True)
class Letter:
    """What the letter of decision says, of a decision that is made or is being written. `outcome` may be empty as
    long as none is chosen. Why a decision went against the rule is not the applicant's to read and isn't here."""

    application: Application
    outcome: str
    reasons: str
    day: datetime.date
    appeal_until: datetime.date
    recommendations: Sequence[str] = ()
    next_steps: str = ""
    apply_again_from: datetime.date | None = None
    is_preview: bool = False

    @property
    def title(self) -> str:
        return _("Decision on Quality Mark for %(area)s") % {"area": self.application.area}

    @property
    def is_approved(self) -> bool:
        return self.outcome == Decision.Outcome.APPROVED

    @property
    def is_declined(self) -> bool:
        return self.outcome == Decision.Outcome.DECLINED

    @property
    def is_set_aside(self) -> bool:
        """Whether an appeal was upheld, so that the case is judged anew."""
        return not self.is_preview and not self.application.state.is_decided

    def paragraphs(self) -> dict[str, Any]:
        """The texts that somebody has written, as they can be set."""
        return {
            "reasons": settable(self.reasons.strip()) or "…",
            "next_steps": settable(self.next_steps.strip()),
            "recommendations": [settable(text) for text in self.recommendations],
        }


def letter_of(made: Decision) -> Letter:
    """The letter of a decision that is made."""
    return Letter(
        application=made.application,
        outcome=made.outcome,
        reasons=made.reasons,
        day=timezone.localdate(made.decided_at),
        appeal_until=reading.last_day_to_appeal(made),
        recommendations=[one.text for one in made.recommendations.all()],
        next_steps=made.next_steps,
        apply_again_from=made.apply_again_from,
    )


def draft_letter(
    application: Application,
    day: datetime.date,
    *,
    outcome: str = "",
    reasons: str = "",
    recommendations: Sequence[str] = (),
    next_steps: str = "",
    apply_again_from: datetime.date | None = None,
) -> Letter:
    """The letter as it would be, were the decision made on `day`: recommendations go with an approval, the way back
    with the other outcome."""
    declined = outcome == Decision.Outcome.DECLINED
    approved = outcome == Decision.Outcome.APPROVED
    return Letter(
        application=application,
        outcome=outcome,
        reasons=reasons,
        day=day,
        appeal_until=day + datetime.timedelta(days=application.questionnaire.appeal_days),
        recommendations=() if declined else recommendations,
        next_steps="" if approved else next_steps,
        apply_again_from=None if approved else apply_again_from,
        is_preview=True,
    )


def letter(content: Letter) -> bytes:
    """The letter of decision in the reader's language."""
    context = {
        "letter": content,
        "application": content.application,
        **content.paragraphs(),
        **_house(content.application),
    }
    return typeset("certificates/letter.html", context, ("paper.css", "letter.css"))


def feedback_report(made: Decision) -> bytes:
    """What came of the application and what the advisors say of it, in the reader's language."""
    on_questions, summaries = feedback.of(made)
    plot = render_to_string("applications/parts/points_plot.html", {"feedback": on_questions})
    content = letter_of(made)
    names = {"reference": made.application.reference, "area": made.application.area}
    context = {
        "title": _("Feedback report %(reference)s, %(area)s") % names,
        "letter": content,
        "decision": made,
        "application": made.application,
        "feedback": [(item, [settable(text) for text in item.comments]) for item in on_questions],
        "summaries": [settable(text) for text in summaries],
        "plot": image(plot),
        "plot_words": words(plot),
        **content.paragraphs(),
        **_house(made.application),
    }
    return typeset("certificates/feedback.html", context)


def _house(application: Application) -> dict[str, str]:
    """What the association's own papers say of the sender, and where the portal is."""
    return {
        "issuer": settings.QM_ISSUER,
        "contact_email": settings.QM_CONTACT_EMAIL,
        "seal": image(SEAL.read_text(encoding="utf-8")),
        "portal": settings.BASE_URL + reverse("application", args=[application.reference]),
    }

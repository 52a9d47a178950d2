"""The application and the self-diagnosis as documents: PDF/A-3a with tags, set in the house's own fonts whatever
fonts the machine has."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from applications import reading, scoring
from applications.models import Application, Submission

from .fonts import FONTS, STAND_IN, printable
from .render import FontsOnly

LONGEST_WORD = 60
"""Letters; the longest Swedish word in a dictionary has fewer."""
MOST_LINES = 300
"""Of one answer; 600 words in short lines are fewer."""
PLOT = "data:image/svg+xml;base64,"


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
                "answer": _settable(part["answer"]),
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


class PaperFiles(FontsOnly):
    """Fetches the house's fonts and the plot, which the page carries in it. Raises ValueError for all else."""

    def fetch(self, url, headers=None):
        if url.startswith(PLOT):
            return super(FontsOnly, self).fetch(url, headers)
        return super().fetch(url, headers)


def pdf(paper: Paper) -> bytes:
    """The document in the reader's language. What the fonts can't print is replaced, and that is said on it."""
    plot = render_to_string("applications/parts/self_assessment_plot.html", {"assessment": paper.assessment})
    context = {"paper": paper, "plot": _image(plot), "plot_words": _words(plot), "stand_in": STAND_IN}
    html = render_to_string("certificates/paper.html", context)
    body = printable(html)
    if body.count(STAND_IN) > html.count(STAND_IN):
        body = printable(render_to_string("certificates/paper.html", context | {"has_stand_ins": True}))
    fetcher, fonts = PaperFiles(), FontConfiguration()
    urls = {name: path.as_uri() for name, path in FONTS.items()}
    sheet = CSS(
        string=render_to_string("certificates/paper.css", {**urls, "paper": paper}),
        font_config=fonts,
        url_fetcher=fetcher,
    )
    return HTML(string=body, url_fetcher=fetcher).write_pdf(
        stylesheets=[sheet],
        font_config=fonts,
        pdf_variant="pdf/a-3a",
        pdf_identifier=hashlib.sha256(body.encode()).hexdigest()[:32].encode(),
    )


def _settable(text: str) -> str:
    """`text` for the page: what no line could hold is divided, and lines beyond all measure run on as one. To lay
    them out as they are takes minutes, and nobody wrote them to be read."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        text = "\n".join([*lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :])])
    return re.sub(rf"\S{{{LONGEST_WORD}}}(?=\S)", "\\g<0> ", text)


def _image(svg: str) -> str:
    """A drawing as an address that carries it, its words in the house's font."""
    drawing = svg[svg.index("<svg") :].strip().replace("<svg ", '<svg font-family="qm_sans" ', 1)
    return PLOT + base64.b64encode(drawing.encode()).decode()


def _words(svg: str) -> str:
    """What the drawing says of itself, for those who don't see it."""
    found = re.search(r"<desc[^>]*>(.*?)</desc>", svg, re.DOTALL)
    return " ".join(found[1].split()) if found else ""

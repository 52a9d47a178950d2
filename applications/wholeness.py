"""What a draft of a questionnaire still wants before it can be published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .models import LEVELS, Question, Questionnaire

REQUIRED = ("heading", "text")
OPTIONAL = ("why", "good_answer", "evidence_hint", "example")
"""Texts that may be left out, but then in both languages."""


@dataclass(frozen=True)
class Want:
    """Something that is missing. `question` is where it is to be mended, or None on the questionnaire's own page;
    `field` is the name of the field there."""

    message: str
    question: Question | None = None
    field: str = ""

    @property
    def anchor(self) -> str:
        """The element of the admin's page that it is about."""
        if self.field.startswith("rubric"):
            return "rubric-group"
        if self.field == "questions":
            return "question_set-group"
        return f"id_{self.field}" if self.field else ""


def wants(questionnaire: Questionnaire) -> list[Want]:
    """All that is missing, in the order of the pages; empty where the version can be published."""
    questions = list(questionnaire.question_set.prefetch_related("rubric").order_by("number"))
    found = [*_own(questionnaire), *_set(questionnaire, questions)]
    for question in questions:
        found += _of(question)
    return found


def _own(questionnaire: Questionnaire) -> Iterator[Want]:
    if not questionnaire.title_sv.strip():
        yield Want(_("The title is missing in Swedish."), field="title_sv")
    if not questionnaire.title_en.strip():
        yield Want(_("The title is missing in English."), field="title_en")


def _set(questionnaire: Questionnaire, questions: Sequence[Question]) -> Iterator[Want]:
    """What the questions want as a whole."""
    if not questions:
        yield Want(_("There are no questions."), field="questions")
        return
    if [question.number for question in questions] != list(range(1, len(questions) + 1)):
        yield Want(_("The questions aren't numbered 1, 2, 3 and so on."), field="questions")
    if not any(question.weight > 0 for question in questions):
        yield Want(
            _("No question has a weight, so that no share of the points can be reached."), field="questions"
        )
    if questionnaire.pass_percent > 100 or any(question.minimum not in LEVELS for question in questions):
        yield Want(_("The rule asks for more points than there are."), field="pass_percent")
    if questionnaire.pass_percent == 0 and all(question.minimum == 0 for question in questions):
        yield Want(
            _("The rule lets everything pass: ask for a share of the points, or for a lowest level."),
            field="pass_percent",
        )


def _of(question: Question) -> Iterator[Want]:
    """What one question wants."""
    if question.weight <= 0:
        yield Want(_("The weight has to be more than 0."), question, "weight")
    for name in (*REQUIRED, *OPTIONAL):
        yield from _text(question, name)
    texts = {level.level: level for level in question.rubric.all()}
    for level in LEVELS:
        described = texts.get(level)
        if described is None or not described.text_sv.strip():
            message = _("What level %(level)d means is missing in Swedish.") % {"level": level}
            yield Want(message, question, f"rubric-{level}-text_sv")
        if described is None or not described.text_en.strip():
            message = _("What level %(level)d means is missing in English.") % {"level": level}
            yield Want(message, question, f"rubric-{level}-text_en")


def _text(question: Question, name: str) -> Iterator[Want]:
    swedish, english = (getattr(question, f"{name}_{language}").strip() for language in ("sv", "en"))
    if not swedish and (english or name in REQUIRED):
        yield Want(_missing(name, "sv"), question, f"{name}_sv")
    if not english and (swedish or name in REQUIRED):
        yield Want(_missing(name, "en"), question, f"{name}_en")
    if swedish and english and name in ("good_answer", "evidence_hint"):
        points = [len([line for line in text.splitlines() if line.strip()]) for text in (swedish, english)]
        if points[0] != points[1]:
            yield Want(_points(name), question, f"{name}_en")


def _missing(name: str, language: str) -> str:
    return {
        ("heading", "sv"): _("The heading is missing in Swedish."),
        ("heading", "en"): _("The heading is missing in English."),
        ("text", "sv"): _("The question is missing in Swedish."),
        ("text", "en"): _("The question is missing in English."),
        ("why", "sv"): _("Why it is asked is missing in Swedish."),
        ("why", "en"): _("Why it is asked is missing in English."),
        ("good_answer", "sv"): _("What a good answer has is missing in Swedish."),
        ("good_answer", "en"): _("What a good answer has is missing in English."),
        ("evidence_hint", "sv"): _("Evidence that counts is missing in Swedish."),
        ("evidence_hint", "en"): _("Evidence that counts is missing in English."),
        ("example", "sv"): _("The worked example is missing in Swedish."),
        ("example", "en"): _("The worked example is missing in English."),
    }[(name, language)]


def _points(name: str) -> str:
    if name == "good_answer":
        return _("What a good answer has doesn't have as many points in English as in Swedish.")
    return _("Evidence that counts doesn't have as many points in English as in Swedish.")

"""What differs between two versions of the questionnaire: rules, questions, texts and rubric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .differences import Part, compare
from .models import LEVELS, Level, Question, Questionnaire

RULES = (
    "pass_percent",
    "reviews_required",
    "validity_months",
    "handling_weeks",
    "completion_days",
    "lapse_months",
    "appeal_days",
)
JUDGED = ("weight", "minimum", "evidence_required", "max_words", "minutes")
TEXTS = ("heading", "text", "why", "good_answer", "evidence_hint", "example")
LANGUAGES = ("sv", "en")


@dataclass(frozen=True)
class Value:
    """A rule or a number that differs, in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Text:
    """A text that differs, each side in parts with what it has on its own marked."""

    label: str
    language: str
    old: Sequence[Part]
    new: Sequence[Part]


@dataclass(frozen=True)
class Pair:
    """A question that both versions have, with all that differs."""

    old: Question
    new: Question
    values: Sequence[Value]
    texts: Sequence[Text]

    @property
    def has_moved(self) -> bool:
        return self.old.number != self.new.number

    @property
    def differs(self) -> bool:
        return bool(self.values or self.texts or self.has_moved)


@dataclass(frozen=True)
class Difference:
    """All that differs. Questions belong together by their key, not by their number."""

    titles: Sequence[Text]
    rules: Sequence[Value]
    added: Sequence[Question]
    removed: Sequence[Question]
    pairs: Sequence[Pair]

    @property
    def changed(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.differs]

    @property
    def unchanged(self) -> list[Pair]:
        return [pair for pair in self.pairs if not pair.differs]

    @property
    def is_empty(self) -> bool:
        return not (self.titles or self.rules or self.added or self.removed or self.changed)


def difference(old: Questionnaire, new: Questionnaire) -> Difference:
    """What `new` has otherwise than `old`."""
    olds, news = (
        {
            question.key: question
            for question in version.question_set.prefetch_related("rubric").order_by("number")
        }
        for version in (old, new)
    )
    return Difference(
        titles=_texts(old, new, ("title",)),
        rules=_values(old, new, RULES),
        added=[question for key, question in news.items() if key not in olds],
        removed=[question for key, question in olds.items() if key not in news],
        pairs=[_pair(olds[key], question) for key, question in news.items() if key in olds],
    )


def _pair(old: Question, new: Question) -> Pair:
    texts = [*_texts(old, new, TEXTS), *_source(old, new), *_rubric(old, new)]
    return Pair(old, new, _values(old, new, JUDGED), texts)


def _values(old: models.Model, new: models.Model, names: Sequence[str]) -> list[Value]:
    return [
        Value(_label(old, name), _word(old, name), _word(new, name))
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _label(record: models.Model, name: str) -> str:
    field: Any = record._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def _word(record: models.Model, name: str) -> str:
    """The value as it is read on the pages."""
    value = getattr(record, name)
    if name == "minimum":
        return f"{value} {Level(value).label}" if value in LEVELS else str(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return record.weight_in_figures if isinstance(record, Question) and name == "weight" else localize(value)


def _texts(old: models.Model, new: models.Model, names: Sequence[str]) -> list[Text]:
    return [
        _text(_label(old, column), language, getattr(old, column), getattr(new, column))
        for name in names
        for language in LANGUAGES
        for column in [f"{name}_{language}"]
        if _plain(getattr(old, column)) != _plain(getattr(new, column))
    ]


def _source(old: Question, new: Question) -> list[Text]:
    if old.example_source == new.example_source:
        return []
    return [_text(_label(old, "example_source"), "", old.example_source, new.example_source)]


def _rubric(old: Question, new: Question) -> list[Text]:
    """What the levels mean where that differs."""
    before, after = ({level.level: level for level in question.rubric.all()} for question in (old, new))
    found = []
    for level in LEVELS:
        for language, name in zip(LANGUAGES, (_("Swedish"), _("English")), strict=True):
            first, second = (getattr(rubric.get(level), f"text_{language}", "") for rubric in (before, after))
            if _plain(first) != _plain(second):
                label = _("Level %(level)d, %(word)s (%(language)s)") % {
                    "level": level,
                    "word": Level(level).label,
                    "language": name,
                }
                found.append(_text(label, language, first, second))
    return found


def _plain(text: str) -> str:
    return " ".join(text.split())


def _text(label: str, language: str, old: str, new: str) -> Text:
    before, after = compare(old, new)
    return Text(label, language, before, after)


def as_published(questionnaire: Questionnaire | None) -> dict[str, Any]:
    """What the public page of the questions shows of a version."""
    asked = list(questionnaire.question_set.prefetch_related("rubric")) if questionnaire else []
    return {
        "questionnaire": questionnaire,
        "questions": asked,
        "hours": math.ceil(sum(question.minutes for question in asked) / 60),
        "same_minimum": len({question.minimum for question in asked}) == 1,
        "same_weight": len({question.weight for question in asked}) == 1,
    }

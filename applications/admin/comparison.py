"""What an advisor has typed beside what is saved, where the two went apart in two windows."""

from __future__ import annotations

from dataclasses import dataclass

from applications import differences
from applications.models import Score
from applications.review_forms import JudgementForm, ReviewForm
from applications.workflow import Judgement


@dataclass(frozen=True)
class Text:
    """One of the two texts of a judgement, in both versions, with what only one has marked."""

    label: str
    mine: list[differences.Part]
    saved: list[differences.Part]
    kept: str


@dataclass(frozen=True)
class Comparison:
    """A judgement that isn't saved against the one that is."""

    number: int
    saved: Score
    mine: Judgement
    texts: list[Text]

    @property
    def differs_in_points(self) -> bool:
        return self.mine.points != self.saved.points

    @classmethod
    def of(cls, number: int, saved: Score, mine: Judgement) -> Comparison:
        fields = JudgementForm.base_fields
        pairs = (("comment", mine.comment, saved.comment), ("note", mine.note, saved.note))
        texts = [
            Text(str(fields[name].label), *differences.compare(own, kept), kept)
            for name, own, kept in pairs
            if own.split() != kept.split()
        ]
        return cls(number, saved, mine, texts)

    @classmethod
    def of_form(cls, saved: Score, form: ReviewForm, number: int) -> Comparison:
        """For what a valid form of the whole review has given on one question."""
        data = form.cleaned_data
        mine = Judgement(data[f"points_{number}"], data[f"comment_{number}"], data[f"note_{number}"])
        return cls.of(number, saved, mine)

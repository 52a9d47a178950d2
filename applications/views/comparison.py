"""Two texts for one answer, side by side: the writer's own, which isn't saved, and the one that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from applications import differences
from applications.forms import AnswerForm
from applications.models import Answer
from members.models import User


@dataclass(frozen=True)
class Comparison:
    """The writer's `text`, `rating` and `changed` against `saved`. `is_restored` where they come out of an
    interrupted visit, rather than being overtaken while the page was open."""

    saved: Answer
    writer: User
    text: str
    rating: int | None = None
    changed: bool | None = None
    is_restored: bool = False

    @property
    def is_by_self(self) -> bool:
        """Whether the saved one is the writer's, too, from another window."""
        return self.saved.updated_by == self.writer

    @property
    def differs_in_text(self) -> bool:
        return self.text.split() != self.saved.text.split()

    @property
    def differs_in_rating(self) -> bool:
        return self.rating != self.saved.rating

    @property
    def differs_in_changed(self) -> bool:
        """Whether the two say otherwise of whether anything has changed since last time, in a renewal."""
        return self.changed is not None and self.changed != self.saved.changed

    @property
    def differs(self) -> bool:
        return self.differs_in_text or self.differs_in_rating or self.differs_in_changed

    @property
    def mine(self) -> list[differences.Part]:
        return self._texts[0]

    @property
    def theirs(self) -> list[differences.Part]:
        return self._texts[1]

    @cached_property
    def _texts(self) -> tuple[list[differences.Part], list[differences.Part]]:
        return differences.compare(self.text, self.saved.text)


def of_form(saved: Answer, writer: User, form: AnswerForm) -> Comparison:
    """The comparison for what a valid form has given. One that was written on no known revision comes out of an
    interrupted visit."""
    data = form.cleaned_data
    is_restored = not form.data.get("seen")
    return Comparison(saved, writer, data["text"], data["rating"], data["changed"], is_restored)

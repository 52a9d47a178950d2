"""Where two texts differ, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\S+\s*|^\s+")
MOST_WORDS = 3000
"""Longer texts are shown without marks: the comparison's time grows with the square of their length."""


@dataclass(frozen=True)
class Part:
    """A piece of a text. `is_own` where the other text doesn't have it."""

    text: str
    is_own: bool


def compare(first: str, second: str) -> tuple[list[Part], list[Part]]:
    """Both texts in parts that follow on each other, each with what it has on its own marked. White space alone
    makes no difference."""
    words, others = _WORDS.findall(first), _WORDS.findall(second)
    if len(words) > MOST_WORDS or len(others) > MOST_WORDS:
        return [Part(first, False)], [Part(second, False)]
    matcher = SequenceMatcher(None, [word.strip() for word in words], [word.strip() for word in others])
    steps = matcher.get_opcodes()
    return (
        list(_parts((words[start:end], tag != "equal") for tag, start, end, _, _ in steps)),
        list(_parts((others[start:end], tag != "equal") for tag, _, _, start, end in steps)),
    )


def _parts(pieces: Iterator[tuple[list[str], bool]]) -> Iterator[Part]:
    for words, is_own in pieces:
        if words:
            yield Part("".join(words), is_own)

"""Where two texts differ, word by word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.differences import MOST_WORDS, compare


def marked(first: str, second: str) -> tuple[str, str]:
    """Both texts with square brackets around what only one has."""
    return tuple(
        "".join(f"[{part.text}]" if part.is_own else part.text for part in parts)
        for parts in compare(first, second)
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", ("", "")),
        ("Vi samverkar.", "Vi samverkar.", ("Vi samverkar.", "Vi samverkar.")),
        ("Vi samverkar.", "", ("[Vi samverkar.]", "")),
        ("Vi samverkar bra.", "Vi samverkar illa.", ("Vi samverkar [bra.]", "Vi samverkar [illa.]")),
        ("På torget finns vi.", "Vi finns.", ("[På torget finns vi.]", "[Vi finns.]")),
        ("Ett\n\ntvå tre", "Ett två tre", ("Ett\n\ntvå tre", "Ett två tre")),
    ],
)
def test_what_only_one_has_is_marked(first, second, expected):
    assert marked(first, second) == expected


@given(st.text(), st.text())
def test_both_texts_come_back_whole(first, second):
    for text, parts in zip((first, second), compare(first, second), strict=True):
        assert "".join(part.text for part in parts) == text


def test_a_text_made_to_be_slow_is_not():
    numbers = [str(number % 150) for number in range(MOST_WORDS)]
    started = time.monotonic()
    compare(" ".join(numbers), " ".join(str(int(number) * 7 % 150) for number in numbers))
    compare("a b " * 50_000, "b a " * 50_000)
    assert time.monotonic() - started < 5

"""When an answer can be expected."""

import datetime

import pytest

from applications.timing import answer_by, days_left, days_with_us


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("begun", "weeks", "pauses", "expected"),
    [
        ("2026-01-17", 8, [], "2026-03-14"),
        ("2026-01-17", 1, [], "2026-01-24"),
        ("2026-01-17", 8, [("2026-02-01", "2026-02-11")], "2026-03-24"),
        ("2026-01-17", 8, [("2026-02-01", "2026-02-11"), ("2026-02-20", "2026-02-21")], "2026-03-25"),
        # Asked and answered on one day, and a clock that was set back: nobody loses or wins time.
        ("2026-01-17", 8, [("2026-02-01", "2026-02-01")], "2026-03-14"),
        ("2026-01-17", 8, [("2026-02-11", "2026-02-01")], "2026-03-14"),
        # Over a leap day and the change of the clocks.
        ("2028-02-01", 8, [], "2028-03-28"),
    ],
)
def test_so_many_weeks_and_what_it_lay_with_the_applicant(begun, weeks, pauses, expected):
    lain = [(day(start), day(end)) for start, end in pauses]
    assert answer_by(day(begun), weeks, lain) == day(expected)


@pytest.mark.parametrize(("due", "left"), [("2026-03-14", 4), ("2026-03-10", 0), ("2026-03-09", -1)])
def test_days_left_until_the_end_of_a_day(due, left):
    assert days_left(day(due), day("2026-03-10")) == left


@pytest.mark.parametrize(
    ("pauses", "days"),
    [
        ([], 12),
        ([("2026-01-20", "2026-01-25")], 7),
        ([("2026-01-20", "2026-01-25"), ("2026-01-28", "2026-01-29")], 6),
        ([("2026-01-20", "2026-01-20")], 12),
        ([("2026-01-25", "2026-01-20")], 12),
    ],
)
def test_days_with_us_are_without_those_with_the_applicant(pauses, days):
    lain = [(day(start), day(end)) for start, end in pauses]
    assert days_with_us(day("2026-01-17"), day("2026-01-29"), lain) == days

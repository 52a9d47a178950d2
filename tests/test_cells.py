"""What may stand in a cell."""

from __future__ import annotations

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.cells import LONGEST, csv_cell, json_value, text, typed, xlsx_cell

YES_NO = ("ja", "nej")
MOMENT = datetime.datetime(2026, 3, 1, 14, 5, 9, 123, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+46 70 000 00 00",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\uff1dHYPERLINK(1)",
        "\x00=1+1",
        "\x07@a",
        "- en punkt",
    ],
)
def test_what_would_be_a_formula_gets_an_apostrophe(typed):
    assert text(typed).startswith("'")
    assert csv_cell(typed, YES_NO) == text(typed) == xlsx_cell(typed, YES_NO)


@pytest.mark.parametrize("typed", ["", "Ekstad", "3 = tre", "å", "a\tb\nc", "'redan", "1", "(=1)"])
def test_other_text_stays_as_it_is(typed):
    assert text(typed) == typed


def test_what_xml_cannot_hold_is_taken_away():
    assert text("a\x00b\x0bc\x1fd\ud800e\ufffef") == "abcdef"


@given(st.text())
def test_no_text_begins_a_formula(typed):
    found = text(typed)
    assert not found.lstrip().startswith(("=", "+", "-", "@")) and found[:1] not in ("\t", "\r", "\n")
    assert text(found) == found
    found.encode()


@pytest.mark.parametrize("value", ["=1", " =1", "＝1", "+46 70 000 00 00", "Ekstad", "'redan", ""])
def test_what_was_typed_comes_back(value):
    assert typed(text(value)) == value


def test_csv():
    assert [
        csv_cell(value, YES_NO, ",")
        for value in (None, True, False, 3, -3, Decimal("61.25"), MOMENT, MOMENT.date(), "a")
    ] == ["", "ja", "nej", "3", "-3", "61,25", "2026-03-01 14:05", "2026-03-01", "a"]
    assert csv_cell(Decimal("61.25"), YES_NO) == "61.25"


def test_xlsx_has_real_dates_without_a_zone():
    assert xlsx_cell(MOMENT, YES_NO) == datetime.datetime(2026, 3, 1, 14, 5, 9)
    assert xlsx_cell(MOMENT.date(), YES_NO) == datetime.date(2026, 3, 1)
    assert [xlsx_cell(value, YES_NO) for value in (None, True, 3, Decimal("61.25"))] == [None, "ja", 3, 61.25]
    assert len(str(xlsx_cell("x" * 40_000, YES_NO))) == LONGEST


def test_json_keeps_what_was_typed():
    assert [json_value(value) for value in (None, True, 3, Decimal("61.25"), "=1", MOMENT.date())] == [
        None,
        True,
        3,
        61.25,
        "=1",
        "2026-03-01",
    ]
    assert json_value(MOMENT) == "2026-03-01T14:05:09.000123+01:00"

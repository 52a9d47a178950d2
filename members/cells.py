"""What may stand in a cell of a spreadsheet. Pure functions, no Django: what people have typed must not become a
formula in the reader's program, nor a file that it can't open."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

Value = str | int | Decimal | bool | datetime.date | datetime.datetime | None
Cell = str | int | float | datetime.date | datetime.datetime | None

# Also as wide characters, which some programs read as the narrow ones, and after spaces, which some take away.
FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")
# What XML, and so XLSX, has no way to write.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_767
"""The characters that a cell of XLSX can hold."""


def text(value: str) -> str:
    """`value` as it stays text in a cell: an apostrophe before what would begin a formula, no control characters."""
    value = UNWRITABLE.sub("", value)
    return f"'{value}" if FORMULA.match(value) else value


def typed(value: str) -> str:
    """What `text` was given."""
    return value[1:] if value[:1] == "'" and FORMULA.match(value[1:]) else value


def csv_cell(value: Value, yes_no: tuple[str, str], decimal_mark: str = ".") -> str:
    """`value` as CSV has it: dates as ISO 8601, numbers with the reader's decimal mark, the rest as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return text(yes_no[0] if value else yes_no[1])
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value).replace(".", decimal_mark)
    return str(value) if isinstance(value, int) else text(value)


def xlsx_cell(value: Value, yes_no: tuple[str, str]) -> Cell:
    """`value` as XLSX has it: real dates, without zone, since a spreadsheet knows none."""
    if isinstance(value, bool):
        return text(yes_no[0] if value else yes_no[1])
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, Decimal):
        return float(value)
    return text(value)[:LONGEST] if isinstance(value, str) else value


def json_value(value: Value) -> str | int | float | bool | None:
    """`value` as JSON has it: dates as ISO 8601 with their zone, and text as it was typed, since nobody reckons
    formulas there."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value

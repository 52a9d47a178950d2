"""Reading a spreadsheet that somebody has sent, and writing one that does no harm when it is opened. Knows
nothing of what the cells are about."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from tablib import Dataset

from . import cells

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 30 * 1024 * 1024
MAX_PARTS = 200
MAX_ELEMENTS, MAX_STYLES = 400_000, 20_000
"""How many tags a part may have: each becomes an object, however few bytes it takes."""
MAX_ROWS = 2000
MAX_COLUMNS = 40

Row = tuple[int, list[Any]]


class NotReadable(Exception):
    """The file can't be used; the message says why and what to do."""


def is_formula(value: Any) -> bool:
    """Whether a cell that was read holds a formula rather than a text or a number."""
    return isinstance(value, str) and value.startswith("=")


def rows(content: bytes) -> list[Row]:
    """The rows of a CSV or XLSX file that aren't empty, each with its number in the file. Raises NotReadable."""
    if len(content) > MAX_BYTES:
        raise NotReadable(_("The file is larger than 2 MB. Divide it into several."))
    found = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    kept = [(number, row) for number, row in found if any(str(cell or "").strip() for cell in row)]
    if not kept:
        raise NotReadable(_("The file is empty."))
    if len(kept) > MAX_ROWS + 1 or len(found) > MAX_ROWS + 1:
        raise NotReadable(_("The file has more than 2000 rows. Divide it into several."))
    return kept


def _not_a_spreadsheet() -> NotReadable:
    return NotReadable(_("This is not a spreadsheet. Save it as an Excel workbook (.xlsx) or as CSV."))


def _csv(content: bytes) -> list[Row]:
    if b"\0" in content:
        raise _not_a_spreadsheet()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise _not_a_spreadsheet() from None
    if cells.UNWRITABLE.search(text):
        raise _not_a_spreadsheet()
    head = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[Row] = []
    start = 1
    try:
        for row in islice(reader, MAX_ROWS + 2):
            found.append((start, row[: MAX_COLUMNS + 1]))
            start = reader.line_num + 1
    except csv.Error:
        raise _not_a_spreadsheet() from None
    return found


def _xlsx(content: bytes) -> list[Row]:
    _expect_small(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        found = sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1, values_only=True)
        return [(number, list(row)) for number, row in enumerate(islice(found, MAX_ROWS + 2), 1)]
    except Exception:
        # Whatever is wrong in a file that somebody has made to be wrong, it isn't a workbook.
        raise _not_a_spreadsheet() from None


def _expect_small(content: bytes) -> None:
    """Refuses what unpacks to far more than it is, before anything unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise NotReadable(
                    _("The workbook is too large when it is unpacked. Save only the list itself.")
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _expect_few_elements(part.filename, archive.read(part))
    except NotReadable:
        raise
    except Exception:
        raise _not_a_spreadsheet() from None


def _expect_few_elements(name: str, content: bytes) -> None:
    """Refuses what is small in bytes and large in what is made of it."""
    if b"<!DOCTYPE" in content:
        raise _not_a_spreadsheet()
    most = MAX_STYLES if name.endswith("styles.xml") else MAX_ELEMENTS
    if content.count(b"<") > most:
        raise NotReadable(_("The workbook is too large when it is unpacked. Save only the list itself."))


def write(headings: Sequence[str], lines: Iterable[Sequence[Any]], kind: str) -> bytes:
    """A CSV file as Excel in Sweden opens it, or a workbook, with no cell that is a formula."""
    dataset = Dataset(headers=[str(heading) for heading in headings])
    for line in lines:
        dataset.append([_cell(value) for value in line])
    if kind == "csv":
        text: str = dataset.export("csv", delimiter=";")
        return text.encode("utf-8-sig")
    workbook: bytes = dataset.export("xlsx")
    return workbook


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, datetime.date):
        return value if value is not None else ""
    return cells.text(str(value))

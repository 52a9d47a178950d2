"""Taking out what one may see: applications, scores and decisions, as CSV, XLSX and JSON. Rows are written as the
database gives them, so that any number fits."""

from __future__ import annotations

import copy
import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import IS_FACETS_VAR, IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from applications import permissions
from applications.models import Application
from applications.models.application import ApplicationQuerySet
from members import cells
from members.models import User

from . import export_rows
from .cases import page, person, require, visible_to, works_here
from .export_rows import Column, Row
from .filters import ALL, StatusFilter, YearFilter

CHUNK = 200
"""How many rows are read from the database at a time, and written at a time."""
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}


@dataclass(frozen=True)
class Export:
    """One kind of export as the page offers it."""

    what: str
    heading: str
    holds: str
    may: bool


def offered(user: User) -> list[Export]:
    """The exports there are, and whether `user` may have each."""
    reads = user.has_perm(permissions.REVIEW) or user.has_perm(permissions.DECIDE)
    return [
        Export(
            "applications",
            _("Applications"),
            _(
                "A row for each case: reference, town centre, applicant, where it stands and since when, when it was "
                "handed in, outcome and certificate."
            ),
            works_here(user),
        ),
        Export(
            "scores",
            _("Points"),
            _(
                "A row for each question of each review that is in: points, comment to the applicant, and by whom. "
                "Of cases under review your own, and others' once yours is in. Private notes are never included."
            ),
            works_here(user) and reads,
        ),
        Export(
            "decisions",
            _("Decisions"),
            _(
                "A row for each decision: outcome, share of the points, whether the rule was met, and the reasons."
            ),
            works_here(user) and reads,
        ),
    ]


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What can be taken out, with the choice of year and status."""
    user = person(request)
    require(works_here(user))
    query = _query_of(request)
    # With nothing said at all, everything; else what the list with the same address shows.
    by_status, by_year = (_filter(kind, request, query) for kind in (StatusFilter, YearFilter))
    status = str(by_status.value()) if request.GET else ALL
    year = by_year.value() or ""
    years = [str(value) for value, _shown in by_year.lookup_choices]
    if year and year not in years:
        years.append(year)  # The list finds nothing of it, and so do the files.
    for name in (StatusFilter.parameter_name, YearFilter.parameter_name):
        query.pop(name, None)
    # The rest of the list's filters, such as a search, come along from there and are shown.
    kept = [(name, value) for name, values in query.lists() for value in values]
    if year:
        query["year"] = year
    query["status"] = status
    context = {
        "title": _("Take out figures"),
        "exports": offered(user),
        "forms": [(form, form.upper()) for form in FORMS],
        "years": years,
        "year": year,
        "statuses": by_status.lookup_choices,
        "status": status,
        "kept": kept,
        "query": query.urlencode(),
    }
    return page(request, "export", context)


@require_safe
def file(request: HttpRequest, what: str, form: str) -> Any:
    """The export `what` in the format `form`."""
    user = person(request)
    known = {one.what: one.may for one in offered(user)}
    if what not in known or form not in FORMS:
        raise Http404
    require(known[what])
    rows, columns = export_rows.KINDS[what](user, wanted(request))
    source = rows.iterator(chunk_size=CHUNK)
    name = f"quality-mark-{slugify(export_rows.title(what))}-{timezone.localdate()}.{form}"
    if form == "xlsx":
        return FileResponse(xlsx(export_rows.title(what), columns, source), as_attachment=True, filename=name)
    write = csv_chunks if form == "csv" else json_chunks
    answer = StreamingHttpResponse(spoken(write(columns, source)), content_type=FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# --- Which cases -------------------------------------------------------------------------------------------
def _query_of(request: HttpRequest) -> QueryDict:
    """What the address narrows the cases by: neither empty choices, nor which page of the list somebody was on and
    how it was sorted."""
    query = request.GET.copy()
    for name, values in list(query.lists()):
        kept = [value for value in values if value and "\x00" not in value]
        if kept and name not in (PAGE_VAR, ORDER_VAR, ALL_VAR, ERROR_FLAG, IS_FACETS_VAR):
            query.setlist(name, kept)
        else:
            del query[name]
    return query


def _narrowed(request: HttpRequest, query: QueryDict) -> HttpRequest:
    """The request as the list of cases gets it."""
    narrowed = copy.copy(request)
    narrowed.GET = query  # type: ignore[assignment]
    return narrowed


def _filter(
    kind: type[admin.SimpleListFilter], request: HttpRequest, query: QueryDict
) -> admin.SimpleListFilter:
    """A filter of the list of cases, with what `query` chooses in it."""
    shown = admin.site.get_model_admin(Application)
    return kind(_narrowed(request, query), dict(query.lists()), Application, shown)


def wanted(request: HttpRequest) -> ApplicationQuerySet:
    """The cases that who asks may see and the address asks for: whatever the list of cases can be narrowed by, just
    as it does it. Without any of that, all of them."""
    cases = visible_to(person(request))
    query = _query_of(request)
    if not query:
        return cases
    narrowed = _narrowed(request, query)
    shown = admin.site.get_model_admin(Application)
    try:
        listed = shown.get_changelist_instance(narrowed).get_queryset(narrowed)
    except (IncorrectLookupParameters, SuspiciousOperation):
        # What the list can't be narrowed by finds nothing, rather than more than was asked for.
        return cases.none()
    return cases.filter(pk__in=cast("QuerySet[Application]", listed).order_by().values("pk"))


# --- Formats -----------------------------------------------------------------------------------------------
def spoken(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks, made in the language of the request: they are sent when that is over."""
    language = get_language() or "sv"

    def made() -> Iterator[bytes]:
        while True:
            with override(language):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    return made()


class _Line:
    """A file of which only what was written last is kept."""

    def write(self, text: str) -> str:
        return text


def csv_chunks(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """For Excel as it opens in Sweden: UTF-8 with its mark, semicolons, everything quoted, decimal comma when read in
    Swedish."""
    mark = "," if get_language() == "sv" else "."
    yes_no = (_("yes"), _("no"))
    writer = csv.writer(_Line(), delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield ("\ufeff" + writer.writerow([cells.text(column.heading) for column in columns])).encode()
    held = []
    for row in rows:
        held.append(writer.writerow([cells.csv_cell(column.word(row), yes_no, mark) for column in columns]))
        if len(held) == CHUNK:
            yield "".join(held).encode()
            held = []
    if held:
        yield "".join(held).encode()


def json_chunks(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """An array of objects. Keys and codes are the same in every language."""
    between = "[\n"
    held = []
    for row in rows:
        one = {column.key: cells.json_value(column.value(row)) for column in columns}
        held.append(between + json.dumps(one, ensure_ascii=True))
        between = ",\n"
        if len(held) == CHUNK:
            yield "".join(held).encode()
            held = []
    yield "".join([*held, "[]\n" if between == "[\n" else "\n]\n"]).encode()


def xlsx(title: str, columns: Sequence[Column], rows: Iterable[Row]) -> Any:
    """A workbook of one sheet in a file that is gone when it is closed. Rows go to the disk as they come."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "B2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    heads = []
    for column in columns:
        head = WriteOnlyCell(sheet, cells.text(column.heading))
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        heads.append(head)
    sheet.append(heads)
    yes_no = (_("yes"), _("no"))
    for row in rows:
        sheet.append([cells.xlsx_cell(column.word(row), yes_no) for column in columns])
    # Closed by the answer that sends it.
    kept = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115
    book.save(kept)
    kept.seek(0)
    return kept

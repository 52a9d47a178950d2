"""Taking out what one may see: who gets which rows, in which form, and at what cost."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import re
from html import unescape
from urllib.parse import parse_qsl

import openpyxl
import pytest
from django.http import FileResponse, StreamingHttpResponse
from django.utils import translation

from applications import permissions, workflow, writing
from applications.admin import seen
from applications.admin.cases import may_read_decision, visible_to
from applications.admin.export import CHUNK, csv_chunks, json_chunks, spoken
from applications.admin.export_rows import Column
from applications.models import Application, Decision, Review, Score, Status, TimeLimit
from members.models import Affiliation, User

from ..cases import Cast, make_application, make_user, own_review, questions, review, uphold
from ..queries import asked
from .conftest import Office
from .test_access import people
from .test_queue import backdate, listed, many

pytestmark = pytest.mark.django_db
PAGE = "/admin/applications/application/export/"
WHATS, FORMS = ("applications", "scores", "decisions"), ("csv", "json", "xlsx")


def body(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def table(client, what: str, **params: str) -> list[dict]:
    """The export as JSON tells it."""
    return json.loads(body(client.get(f"{PAGE}{what}.json", params)))


def areas(client, what: str = "applications", **params: str) -> list[str]:
    return [row["area"] for row in table(client, what, **params)]


@pytest.fixture
def every_state(cast: Cast, office: Office) -> Office:
    """A case in each state, of which each of the office's people has another part."""
    for number, status in enumerate(Status):
        make_application(cast, status, area=f"Ort {number}")
    appealed = make_application(cast, Status.DECLINED, area="Överby")
    other = make_user("other@qm.example", "Other", "Decision maker")
    uphold(appealed, cast, other)
    [assignment] = workflow.assign(appealed, [office.unassigned], cast.alma)
    workflow.declare(appealed, assignment, office.unassigned, has_conflict=False)
    completed = make_application(cast, Status.COMPLETION_REQUESTED, area="Komby")
    writing.save_answer(completed, questions(completed)[1], cast.sigrid, "More.", 3)
    workflow.resubmit(completed, cast.sigrid, declares=True)
    third = make_application(cast, Status.IN_REVIEW, area="Treby")
    [assignment] = workflow.assign(third, [office.undeclared], cast.alma)
    workflow.declare(third, assignment, office.undeclared, has_conflict=False)
    for advisor in (cast.asta, cast.axel):
        review(third, advisor)
    third.refresh_from_db()
    workflow.decide(third, cast.beata, Decision.Outcome.DECLINED, "More is needed.")
    half = make_application(cast, Status.IN_REVIEW, area="Halvby")
    review(half, cast.asta)
    review(half, cast.axel, submit=False)
    return office


def everybody(cast: Cast, office: Office) -> list[User]:
    boss = User.objects.create_superuser("boss@qm.example", name="Boss")
    both = make_user("both@qm.example", "Both", "Administrator", "Decision maker")
    tied = make_user("tied@qm.example", "Tied", "Decision maker")
    Affiliation.objects.create(user=tied, organisation=cast.town, role=Affiliation.Role.VIEWER)
    return [*people(cast, office).values(), boss, both, tied]


# --- The same answer of one record and of all ------------------------------------------------------------
def test_the_reviews_are_those_that_the_predicate_lets_one_see(cast, every_state):
    for user in everybody(cast, every_state):
        user = User.objects.get(pk=user.pk)
        expected = {
            one.pk
            for one in Review.objects.all()
            if permissions.can_see_case(user, one.assignment.application)
            and permissions.can_see_review(user, one)
        }
        assert set(seen.reviews(user).values_list("pk", flat=True)) == expected, user


def test_the_decisions_are_those_that_the_predicate_lets_one_read(cast, every_state):
    for user in everybody(cast, every_state):
        user = User.objects.get(pk=user.pk)
        expected = {
            one.pk
            for one in Decision.objects.all()
            if permissions.can_see_case(user, one.application) and may_read_decision(user, one.application)
        }
        assert set(seen.decisions(user).values_list("pk", flat=True)) == expected, user


def test_the_comparison_above_compares_something(cast, every_state):
    assert seen.reviews(cast.asta).count() > 5
    assert seen.decisions(cast.asta).count() > 1
    assert seen.reviews(cast.beata).exists() and not seen.reviews(cast.alma).exists()
    own_drafts = seen.reviews(cast.axel).filter(submitted_at=None)
    assert own_drafts.exists() and not own_drafts.exclude(assignment__advisor=cast.axel).exists()


# --- What each gets --------------------------------------------------------------------------------------
def test_who_gets_which_export(client, cast, office):
    found = {}
    for name, user in people(cast, office).items():
        client.force_login(user)
        found[name] = [client.get(f"{PAGE}{what}.csv").status_code for what in WHATS]
    outside, roleless = [404] * 3, [403] * 3
    assert found == {
        "applicant": outside,
        "stranger": outside,
        "nobody": outside,
        "advisor": [200] * 3,
        "unassigned": [200] * 3,
        "undeclared": [200] * 3,
        "conflicted": [200] * 3,
        "affiliated": [200] * 3,
        "deciding advisor": [200] * 3,
        "decision maker": [200] * 3,
        "administrator": [200, 403, 403],
        "roleless": roleless,
    }


def test_a_case_with_a_conflict_or_a_tie_and_drafts_are_left_out(client, cast, office):
    make_application(cast, Status.DRAFT, area="Hamra")
    found = {}
    for name in ("unassigned", "conflicted", "affiliated"):
        client.force_login(getattr(office, name))
        found[name] = [areas(client, what) for what in WHATS]
    assert found == {"unassigned": [["Ekstad"], [], []], "conflicted": [[]] * 3, "affiliated": [[]] * 3}


def test_points_are_ones_own_until_ones_own_are_in(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.axel)
    review(case, cast.asta, submit=False)
    client.force_login(cast.asta)
    assert table(client, "scores") == []
    workflow.submit_review(case, own_review(case, cast.asta), cast.asta)
    assert {row["advisor"] for row in table(client, "scores")} == {"Advisor one", "Advisor two"}


def test_a_decider_gets_points_when_the_case_is_ready(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.asta)
    client.force_login(cast.beata)
    assert table(client, "scores") == []
    review(case, cast.axel)
    assert len(table(client, "scores")) == 2 * len(questions(case))


def test_the_private_note_is_in_no_file(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.asta, submit=False)
    Score.objects.update(note="Nobody but me")
    workflow.submit_review(case, own_review(case, cast.asta), cast.asta)
    client.force_login(cast.asta)
    for what, form in itertools.product(WHATS, ("csv", "json")):
        assert b"Nobody but me" not in body(client.get(f"{PAGE}{what}.{form}"))
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(f"{PAGE}scores.xlsx"))))
    assert "Nobody but me" not in str(list(book.active.values))


def test_what_a_row_holds(client, cast):
    case = make_application(cast, Status.APPROVED, points=1)
    client.force_login(cast.beata)
    [row] = table(client, "applications")
    assert (row["reference"], row["status"], row["outcome"], row["submissions"], row["kind"]) == (
        case.reference,
        "approved",
        "approved",
        1,
        "new",
    )
    assert row["certificate"].startswith("QMC-") and row["certificate_status"] == "valid"
    [decision] = table(client, "decisions")
    assert {key: decision[key] for key in ("percent", "meets_rule", "reasons", "override_reason")} == {
        "percent": 25.0,
        "meets_rule": False,
        "reasons": "Well done.",
        "override_reason": "Override.",
    }
    first = table(client, "scores")[0]
    assert (first["question_number"], first["points"], first["submission"]) == (1, 1, 1)
    assert first["comment"] == "Comment by asta@qm.example on 1"


# --- Which rows ------------------------------------------------------------------------------------------
def test_the_filters_of_the_list_are_kept(client, cast):
    make_application(cast, Status.SUBMITTED, area="Ekby")
    make_application(cast, Status.IN_REVIEW, area="Alby")
    make_application(cast, Status.APPROVED, area="Orrby")
    client.force_login(cast.asta)
    assert areas(client) == ["Ekby", "Alby", "Orrby"]
    assert areas(client, status="approved") == ["Orrby"]
    assert areas(client, status="open") == ["Ekby", "Alby"]
    assert areas(client, q="orr") == ["Orrby"]
    assert areas(client, advisor="me", status="all") == ["Alby", "Orrby"]
    assert set(areas(client, "scores", status="approved")) == {"Orrby"}
    assert areas(client, "decisions", status="in_review") == []
    assert areas(client, p="99", o="-1", all="", e="1") == ["Ekby", "Alby", "Orrby"]
    year = datetime.date.today().year
    assert areas(client, year=str(year), status="approved") == ["Orrby"]


def test_the_year_is_that_of_the_first_submission(client, cast):
    case = make_application(cast, Status.SUBMITTED, area="Ekby")
    Application.objects.filter(pk=case.pk).update(created_at="2024-05-01T10:00Z")
    year = datetime.date.today().year
    client.force_login(cast.asta)
    assert [areas(client, year=str(one)) for one in (2024, year)] == [[], ["Ekby"]]


def test_it_is_the_list_that_it_was_opened_from(client, cast):
    """Whatever the list was narrowed to, and asked for before any list was."""
    for status, area in ((Status.SUBMITTED, "Ekby"), (Status.IN_REVIEW, "Alby"), (Status.APPROVED, "Orrby")):
        make_application(cast, status, area=area)
    backdate(Application.objects.get(area="Alby"), 300)
    early = Application.objects.get(area="Orrby")
    Application.objects.filter(pk=early.pk).update(created_at="2024-05-01T10:00Z")
    client.force_login(cast.alma)
    year = datetime.date.today().year
    found = {}
    for query in (
        "status=overdue",
        "p=1",
        "kind=new",
        "kind=new&status=all",
        "kind=new&status=nonsense",
        "q=orr",
        "year=2024&status=all",
        f"year={year}&status=all",
        "status=approved&year=",
    ):
        page = client.get(f"{PAGE}?{query}").content.decode()
        [link] = re.findall(f'href="{PAGE}applications.json[?]([^"]*)"', page)
        exported = [
            row["area"] for row in json.loads(body(client.get(f"{PAGE}applications.json?{unescape(link)}")))
        ]
        found[query] = exported
        assert sorted(exported) == sorted(listed(client, **dict(parse_qsl(query)))), query
    assert found == {
        "status=overdue": ["Alby"],
        "p=1": ["Ekby", "Alby"],
        "kind=new": ["Ekby", "Alby"],
        "kind=new&status=all": ["Ekby", "Alby", "Orrby"],
        "kind=new&status=nonsense": ["Ekby", "Alby"],
        "q=orr": ["Orrby"],
        "year=2024&status=all": [],
        f"year={year}&status=all": ["Ekby", "Alby", "Orrby"],
        "status=approved&year=": ["Orrby"],
    }


def test_a_changed_limit_counts_at_once(client, cast):
    backdate(make_application(cast, Status.SUBMITTED, area="Ekby"), 20)
    client.force_login(cast.alma)
    TimeLimit.objects.update(days=30)
    assert (listed(client, status="overdue"), areas(client, status="overdue")) == ([], [])
    TimeLimit.objects.update(days=10)
    assert areas(client, status="overdue") == ["Ekby"]


def test_the_page_offers_what_the_list_does_and_shows_what_the_files_hold(client, cast):
    make_application(cast, Status.SUBMITTED)
    client.force_login(cast.alma)
    offers = [value for value in Status.values if value != "draft"]
    year = str(datetime.date.today().year)
    found = {}
    for query in ("", "kind=new", "q=ek", "status=overdue", "status=approved&year=2024"):
        html = client.get(f"{PAGE}?{query}").content.decode()
        options = re.findall(r'<option value="([^"]*)"( selected)?>', html)
        years = [year, "2024"] if "2024" in query else [year]
        assert [value for value, _chosen in options] == ["", *years, "open", "overdue", *offers, "all"]
        found[query] = [value for value, chosen in options if chosen]
    assert found == {
        "": ["all"],
        "kind=new": ["open"],
        "q=ek": ["all"],
        "status=overdue": ["overdue"],
        "status=approved&year=2024": ["2024", "approved"],
    }


def test_odd_choices_break_nothing_and_find_no_more_than_was_asked_for(client, cast):
    make_application(cast, Status.SUBMITTED, area="Ekby")
    client.force_login(cast.asta)
    found = {
        query: client.get(f"{PAGE}applications.json?{query}").status_code
        for query in (
            "year=x",
            "year=%00",
            "year=99999999999999999999",
            "status=%00",
            "status=nonsense",
            "status=a&status=b",
            "q=" + "x" * 4000,
            "advisor=9999999999999999999999",
            "organisation__id=1",
            "p=x",
            "o=9.9",
            "nothing=1",
            "created_by__password__startswith=p",
        )
    }
    assert set(found.values()) == {200}
    assert areas(client, created_by__password__startswith="p") == []
    assert [areas(client, year=odd) for odd in ("x", "0000", "0001", "9999", "20260", "-1")] == [[]] * 6
    for path in ("nothing.csv", "scores.exe", "scores.", ".csv", "scores.csv.csv", "%00.csv", "å.csv"):
        assert client.get(PAGE + path).status_code == 404, path


# --- The page --------------------------------------------------------------------------------------------
def test_the_page_says_what_there_is_and_leads_on_with_the_choice(client, cast):
    make_application(cast, Status.SUBMITTED)
    client.force_login(cast.asta)
    client.cookies["django_language"] = "en"
    year = datetime.date.today().year
    html = client.get(PAGE, {"year": str(year), "status": "open", "q": 'Ek "by"'}).content.decode()
    query = f"q=Ek+%22by%22&amp;year={year}&amp;status=open"
    assert [html.count(f'href="{PAGE}{what}.{form}?{query}"') for what in WHATS for form in FORMS] == [1] * 9
    assert '<input type="hidden" name="q" value="Ek &quot;by&quot;">' in html
    assert "Private notes are never included." in html
    assert client.get(PAGE, {"year": "x\x00", "status": "\x00", "q": "\x00"}).status_code == 200


def test_an_administrator_is_told_that_points_are_not_for_them(client, cast):
    client.force_login(cast.alma)
    client.cookies["django_language"] = "en"
    html = client.get(PAGE).content.decode()
    assert html.count("Only for those who review or decide.") == 2
    assert [html.count(f"{PAGE}{what}.csv") for what in WHATS] == [1, 0, 0]


# --- The files -------------------------------------------------------------------------------------------
def test_csv_is_as_swedish_excel_opens_it(client, cast):
    case = make_application(cast, Status.APPROVED, area="=Ekby;1")
    client.force_login(cast.beata)
    answer = client.get(f"{PAGE}decisions.csv")
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="quality-mark-beslut-{datetime.date.today()}.csv"'
    )
    text = body(answer).decode()
    assert text.startswith('\ufeff"') and "\r\n" in text
    head, row = csv.reader(io.StringIO(text[1:]), delimiter=";")
    found = dict(zip(head, row, strict=True))
    assert (found["Ärendenummer"], found["Stadskärna"]) == (case.reference, "'=Ekby;1")
    assert (found["Utfall"], found["Uppfyller kravet"]) == ("Godkänd", "ja")
    assert "75,00" in row


def test_the_words_are_in_the_readers_language_and_the_codes_in_none(client, cast):
    make_application(cast, Status.APPROVED)
    client.force_login(cast.beata)
    swedish = table(client, "decisions")
    client.cookies["django_language"] = "en"
    assert table(client, "decisions") == swedish
    text = body(client.get(f"{PAGE}decisions.csv")).decode()
    assert '"Outcome"' in text and '"Approved"' in text and '"75.00"' in text and '"yes"' in text


def test_the_language_holds_until_the_last_chunk():
    columns = [Column("status", "Status", words=lambda status: Status(status).label)]
    with translation.override("en"):
        chunks = spoken(csv_chunks(columns, ({"status": "approved"} for _n in range(3))))
    with translation.override("sv"):
        assert b"".join(chunks).count(b"Approved") == 3


def test_xlsx_has_real_dates_and_no_formulas(client, cast):
    make_application(cast, Status.SUBMITTED, area="=1+1")
    case = make_application(cast, Status.SUBMITTED, area="Ekby")
    Application.objects.filter(pk=case.pk).update(area="Ek\x0bby")
    client.force_login(cast.asta)
    answer = client.get(f"{PAGE}applications.xlsx")
    assert isinstance(answer, FileResponse)
    book = openpyxl.load_workbook(io.BytesIO(body(answer)))
    head, *rows = book.active.iter_rows()
    place = {cell.value: index for index, cell in enumerate(head)}
    assert [row[place["Stadskärna"]].value for row in rows] == ["'=1+1", "Ekby"]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}
    since = rows[1][place["Sedan"]]
    assert since.is_date and since.value.date() == case.status_since.date()


def test_nothing_is_an_empty_file_of_its_kind(client, cast):
    client.force_login(cast.asta)
    assert body(client.get(f"{PAGE}scores.csv")).decode().count("\r\n") == 1
    assert body(client.get(f"{PAGE}scores.json")) == b"[]\n"
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(f"{PAGE}scores.xlsx"))))
    assert book.active.max_row == 1


# --- The cost --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("write", [csv_chunks, json_chunks])
def test_what_has_been_read_is_sent_before_the_rest_is_read(write):
    pulled = 0

    def rows():
        nonlocal pulled
        for number in range(10 * CHUNK):
            pulled += 1
            yield {"number": number}

    chunks = write([Column("number", "Number")], rows())
    next(chunks)
    assert pulled <= CHUNK
    next(chunks)
    assert pulled <= 2 * CHUNK
    rest = b"".join(chunks)
    assert pulled == 10 * CHUNK and rest


def test_the_database_gives_the_rows_as_they_are_sent(client, cast):
    """The one query is not asked before somebody reads, and the head comes before it."""
    make_application(cast, Status.SUBMITTED)
    client.force_login(cast.asta)
    with asked(4):
        chunks = iter(client.get(f"{PAGE}applications.csv").streaming_content)
        assert next(chunks).startswith(b"\xef\xbb\xbf")
    with asked(1):
        assert len(list(chunks)) == 1


QUERIES = {"applications": 5, "scores": 5, "decisions": 5}


@pytest.mark.parametrize("more", [0, 49])
@pytest.mark.parametrize("form", FORMS)
def test_it_asks_as_much_for_one_case_as_for_fifty(client, cast, more, form):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.axel)
    many(cast, more)
    assert visible_to(cast.axel).count() == 1 + more
    client.force_login(cast.axel)
    for what, number in QUERIES.items():
        with asked(number):
            body(client.get(f"{PAGE}{what}.{form}"))

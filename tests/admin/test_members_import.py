"""Organisations from a spreadsheet and back: first what is refused."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from members import spreadsheets
from members.importing import Marker, dataset
from members.models import Affiliation, Membership, Organisation, User

from ..cases import make_user
from ..queries import asked
from .test_case import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/members/organisation/"
START = f"{LIST}import/"
CONFIRM = f"{START}confirm/"
HEAD = "Namn;Typ;Ort;Medlem från;Medlem till;Kontaktperson;E-post;Telefon;Person;Personens namn;Roll"


@pytest.fixture(autouse=True)
def administrator(client, cast):
    client.cookies["django_language"] = "en"
    client.force_login(cast.alma)


def table(*lines: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *lines, ""]).encode()


def book(*lines: list) -> bytes:
    workbook = openpyxl.Workbook()
    for line in [HEAD.split(";"), *lines]:
        workbook.active.append(line)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def send(client, content: bytes, name: str = "lista.csv"):
    return client.post(START, {"file": SimpleUploadedFile(name, content)})


def confirm(client, preview):
    kept = re.search(r'name="kept" value="([^"]+)"', preview.content.decode())
    return client.post(CONFIRM, {"kept": kept.group(1) if kept else "none"})


def faults(answer) -> list[tuple[int, str]]:
    return [(fault["row"], str(fault["column"])) for fault in answer.context["faults"]]


def kept_files() -> list[str]:
    return default_storage.listdir("imports")[1] if default_storage.exists("imports") else []


# --- Who ---------------------------------------------------------------------------------------------------
def test_only_who_keeps_the_organisations_gets_the_pages(client, cast):
    pages = (START, CONFIRM, f"{START}template.csv", f"{LIST}export.xlsx")
    found = {}
    for name, user in {
        "asta": cast.asta,
        "beata": cast.beata,
        "alma": cast.alma,
        "sigrid": cast.sigrid,
    }.items():
        client.force_login(user)
        found[name] = [client.get(page).status_code for page in pages]
    assert found == {
        "asta": [403] * 4,
        "beata": [403] * 4,
        "alma": [200, 405, 200, 200],
        "sigrid": [404] * 4,
    }


def test_who_may_only_add_or_only_change_gets_neither_pages_nor_link(client):
    """A row adds or changes an organisation, its periods and its people's roles, so that each of those is asked for."""
    needed = (
        "add_organisation",
        "change_organisation",
        "add_user",
        "add_affiliation",
        "change_affiliation",
        "add_membership",
        "change_membership",
    )
    keeper = make_user("keeper@qm.example", "Keeper", staff=True)
    every = Permission.objects.filter(content_type__app_label="members", codename__in=needed)
    found = {}
    for missing in ("", *needed):
        keeper.user_permissions.set(every.exclude(codename=missing))
        client.force_login(User.objects.get(pk=keeper.pk))
        link = START in client.get(LIST).content.decode()
        found[missing] = (link, client.get(START).status_code, client.get(f"{LIST}export.csv").status_code)
    assert found == {"": (True, 200, 200), **dict.fromkeys(needed, (False, 403, 403))}


def test_odd_methods_are_refused(client):
    for page in (START, CONFIRM, f"{START}template.csv", f"{LIST}export.csv"):
        assert [client.put(page).status_code, client.delete(page).status_code] == [405, 405]


# --- Files that can't be read ----------------------------------------------------------------------------------
def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (31 * 1024 * 1024))
    return stream.getvalue()


def many_styles() -> bytes:
    """A workbook that is small in bytes and unpacks to little, but makes hundreds of thousands of objects."""
    stream = io.BytesIO(spreadsheets.write(["Namn"], [["A"]], "xlsx"))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more/styles.xml", b"<fonts>" + b"<font/>" * 400_000 + b"</fonts>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "This is not a spreadsheet"),
        (b"PK\x03\x04 not a zip", "This is not a spreadsheet"),
        (HEAD.encode("utf-16"), "This is not a spreadsheet"),
        (b"Namn;Ort\r\nA\0;B", "This is not a spreadsheet"),
        (bomb(), "too large when it is unpacked"),
        (many_styles(), "too large when it is unpacked"),
        (b"Namn\r\n" + b"x" * spreadsheets.MAX_BYTES, "larger than 2 MB"),
        (table(*[f"Ort {n} kommun;Kommun;Ort" for n in range(2001)]), "more than 2000 rows"),
        (b"\r\n;;;\r\n", "The file is empty"),
        (b"", "is empty"),
        (HEAD.encode(), "no rows below"),
        (b"Ort;Typ\r\nA;B", "The column “Name” is missing"),
        (b"Namn;Namn\r\nA;B", "same heading"),
        (b"Namn;Hemligt\r\nA;B", "not known: hemligt"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(client, content, message):
    answer = send(client, content)
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert (Organisation.objects.count(), kept_files()) == (2, [])


def test_a_post_without_a_file_is_refused(client):
    for data in ({}, {"file": "text"}):
        answer = client.post(START, data)
        assert (answer.status_code, "This field is required" in text_of(answer)) == (200, True)


# --- Rows that can't be written --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "column"),
    [
        (";Kommun;Nyby", "Name"),
        ("Nyby kommun;Kungarike;Nyby", "Type"),
        ("Nyby kommun;Kommun;", "Town"),
        ("Nyby kommun;;Nyby", "Type"),
        ("=1+1;Kommun;Nyby", "Name"),
        (f"{'N' * 121};Kommun;Nyby", "Name"),
        ("Nyby kommun;Kommun;Nyby;31/1 2026", "Member from"),
        ("Nyby kommun;Kommun;Nyby;2026-02-30", "Member from"),
        ("Nyby kommun;Kommun;Nyby;;2026-01-31", "Member from"),
        ("Nyby kommun;Kommun;Nyby;2026-02-01;2026-01-31", "Member until"),
        ("Ekstads kommun;;;2024-01-01", "Member from"),
        ("Nyby kommun;Kommun;Nyby;;;;inte-en-adress", "E-mail"),
        ("Nyby kommun;Kommun;Nyby;;;;;;ny@nyby.example;Ny;Kejsare", "Role"),
        ("Nyby kommun;Kommun;Nyby;;;;;;ny@nyby.example;Ny;", "Role"),
        ("Nyby kommun;Kommun;Nyby;;;;;;;Ny;Redaktör", "Person's e-mail"),
        ("Nyby kommun;Kommun;Nyby;;;;;;ALMA@qm.example;;Redaktör", "Person's e-mail"),
        ("Ekstads kommun;;;;;;;;sigrid@ekstad.example;;Redaktör", "Role"),
        ("Nyby kommun;Kommun;Nyby;;;;;;;;;Extra", "Name"),
    ],
)
def test_a_faulty_row_is_told_and_nothing_written(client, line, column):
    answer = send(client, table("Bra kommun;Kommun;Bra", line))
    assert faults(answer) == [(3, column)]
    assert confirm(client, answer).url == START
    assert (Organisation.objects.count(), User.objects.count(), kept_files()) == (2, 10, [])


def test_a_row_with_more_cells_than_headings_is_marked(client):
    line = table(f"{NYBY};;;;;;;;;Extra", f"{NYBY};;;;;;;;;")
    assert dataset(line)["name"] == [Marker.TOO_MANY_CELLS, "Nyby kommun"]
    [fault] = send(client, line).context["faults"]
    assert (fault["row"], fault["text"]) == (2, "The row has more cells than there are headings.")


def test_the_same_row_twice_and_rows_that_disagree_are_told(client):
    line = "Nyby kommun;Kommun;Nyby"
    assert faults(send(client, table(line, line))) == [(3, "Name")]
    assert faults(send(client, table(line, "NYBY  kommun;Kommun;Gamleby"))) == [(3, "Town")]


NYBY = "Nyby kommun;Kommun;Nyby"
EDIT = "Ekstads kommun;;;;;;;;edit@ekstad.example;"


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        (f"{NYBY};2026-01-01;2026-12-31", f"{NYBY};2026-01-01;2027-12-31", "Member until"),
        (f"{NYBY};2026-01-01;2026-12-31", f"{NYBY};2026-01-01;", "Member until"),
        (f"{NYBY};;;;;;ny@nyby.example;;Läsare", f"{NYBY};;;;;;NY@nyby.example;;Redaktör", "Role"),
        (f"{EDIT};Redaktör", f"{EDIT};Läsare", "Role"),
        (f"{EDIT};Läsare", f"{EDIT};Redaktör", "Role"),
    ],
)
def test_rows_that_contradict_each_other_are_told(client, first, second, column):
    assert faults(send(client, table(first, second))) == [(3, column)]


def test_rows_that_say_the_same_of_a_membership_and_a_person_go_in(client):
    answer = send(
        client,
        table(
            f"{NYBY};2026-01-01;2026-12-31;;;;ny@nyby.example;;Läsare",
            f"{NYBY};2026-01-01;2026-12-31;;;;ny2@nyby.example;;Läsare",
            f"{NYBY};2027-01-01;;;;;ny@nyby.example;;Läsare",
        ),
    )
    assert faults(answer) == []
    confirm(client, answer)
    assert (Membership.objects.filter(organisation__name="Nyby kommun").count(), User.objects.count()) == (
        2,
        12,
    )


DEMOTES = "Ekstads kommun;;;;;;;;sigrid@ekstad.example;;Redaktör"
PROMOTES = "Ekstads kommun;;;;;;;;ny@ekstad.example;;Behörig företrädare"


@pytest.mark.parametrize("lines", [(DEMOTES, PROMOTES), (PROMOTES, DEMOTES)])
def test_signatories_change_places_in_any_order(client, cast, lines):
    preview = send(client, table(*lines))
    assert faults(preview) == []
    confirm(client, preview)
    roles = dict(cast.town.affiliation_set.values_list("user__email", "role"))
    assert (roles["sigrid@ekstad.example"], roles["ny@ekstad.example"]) == ("editor", "signatory")


def test_all_signatories_at_once_are_told_on_the_last_row(client, cast):
    confirm(client, send(client, table(PROMOTES)))
    demotes = [DEMOTES, PROMOTES.replace("Behörig företrädare", "Läsare")]
    answer = send(client, table(*demotes, "Bra kommun;Kommun;Bra"))
    assert faults(answer) == [(3, "Role")]
    assert (answer.context["kept"], [entry["row"] for entry in answer.context["new"]]) == ("", [4])
    assert dict(cast.town.affiliation_set.values_list("user__email", "role"))["sigrid@ekstad.example"] == (
        "signatory"
    )


def test_who_can_not_sign_in_is_no_signatory_that_remains(client, cast):
    confirm(client, send(client, table(PROMOTES)))
    User.objects.filter(email="ny@ekstad.example").update(is_active=False)
    assert faults(send(client, table(DEMOTES))) == [(2, "Role")]


def test_five_faulty_rows_of_two_hundred_are_shown_and_go_in_when_mended(client):
    lines = [f"Ort {number} kommun;Kommun;Ort {number};2026-01-01" for number in range(200)]
    faulty = lines.copy()
    for number in (4, 50, 99, 150, 199):
        faulty[number] = faulty[number].replace("2026-01-01", "igår")
    answer = send(client, table(*faulty))
    assert faults(answer) == [(number + 2, "Member from") for number in (4, 50, 99, 150, 199)]
    assert Organisation.objects.count() == 2
    done = confirm(client, send(client, table(*lines)))
    assert "200 new organisations" in text_of(done)
    assert (Organisation.objects.count(), Membership.objects.count()) == (202, 202)


# --- Confirming ------------------------------------------------------------------------------------------------
def test_a_forged_or_borrowed_confirmation_writes_nothing(client, cast):
    preview = send(client, table("Nyby kommun;Kommun;Nyby"))
    for data in ({}, {"kept": "x"}, {"kept": "../../db"}, {"kept": "\0"}):
        assert client.post(CONFIRM, data).url == START
    client.force_login(make_user("other@qm.example", "Other", "Administrator"))
    assert confirm(client, preview).url == START
    assert Organisation.objects.count() == 2


def test_what_has_become_wrong_since_the_preview_is_not_written(client, cast):
    preview = send(client, table("Nyby kommun;Kommun;Nyby", "Furuby kommun;;;2019-01-01;2019-12-31"))
    Membership.objects.create(
        organisation=cast.other_town, starts=datetime.date(2019, 6, 1), ends=datetime.date(2019, 7, 1)
    )
    assert faults(confirm(client, preview)) == [(3, "Member from")]
    assert Organisation.objects.count() == 2


def test_the_preview_tells_old_and_new_and_the_file_is_gone_afterwards(client, cast):
    preview = send(
        client, table("  EKSTADS kommun ;;Nya Ekstad;;;;;+46 70 000 00 00", "Nyby kommun;Kommun;Nyby")
    )
    [changed] = preview.context["changed"]
    assert changed["changes"] == [("Town", "Ekstad", "Nya Ekstad"), ("Telephone", "", "+46 70 000 00 00")]
    assert [entry["name"] for entry in preview.context["new"]] == ["Nyby kommun"]
    assert (len(kept_files()), Organisation.objects.count()) == (1, 2)
    confirm(client, preview)
    town = Organisation.objects.get(pk=cast.town.pk)
    assert (town.name, town.town, town.contact_phone) == ("Ekstads kommun", "Nya Ekstad", "+46 70 000 00 00")
    assert (kept_files(), LogEntry.objects.count()) == ([], 2)


def test_the_same_file_twice_changes_nothing(client):
    content = table(
        "Nyby kommun;Kommun;Nyby;2026-01-01;;K;k@nyby.example;08;ny@nyby.example;Ny;Behörig företrädare"
    )
    confirm(client, send(client, content))
    again = send(client, content)
    assert (again.context["new"], again.context["changed"], again.context["unchanged"]) == ([], [], 1)


def test_a_new_person_has_no_password(client):
    confirm(client, send(client, table("Nyby kommun;Kommun;Nyby;;;;;;Ny@nyby.example;Ny;Redaktör")))
    affiliation = Affiliation.objects.get(user__email="ny@nyby.example")
    assert (affiliation.role, affiliation.user.has_usable_password(), affiliation.user.is_staff) == (
        "editor",
        False,
        False,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_each_way_excel_writes_swedish(client, encoding):
    text = "Namn;Typ;Ort\r\nÖrby kommun;Kommun;Örby\r\n"
    confirm(client, send(client, text.encode(encoding)))
    assert Organisation.objects.filter(name="Örby kommun", town="Örby").count() == 1


def test_a_workbook_with_real_days(client):
    line = ["Nyby kommun", "Kommun", "Nyby", datetime.date(2026, 1, 1), datetime.datetime(2026, 12, 31)]
    confirm(client, send(client, book(line), "lista.xlsx"))
    period = Membership.objects.get(organisation__name="Nyby kommun")
    assert (period.starts, period.ends) == (datetime.date(2026, 1, 1), datetime.date(2026, 12, 31))


# --- Export ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_goes_back_in_unchanged(client, cast, kind):
    Organisation.objects.create(name="=cmd()", town="-1", contact_phone="+46 70 000 00 00", contact_name="@x")
    content = client.get(f"{LIST}export.{kind}").content
    again = send(client, content, f"lista.{kind}")
    assert (faults(again), again.context["new"], again.context["changed"]) == ([], [], [])


@pytest.mark.parametrize("typed", [" =1", "\u3000=1", "＝1", "\n=1", "\x00=1", "+46 70 000 00 00"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_way_to_begin_a_formula_is_let_through(kind, typed):
    content = spreadsheets.write(["Name"], [[typed]], kind)
    [_head, (_number, [cell, *_rest])] = spreadsheets.rows(content)
    assert cell == "'" + typed.replace("\x00", "")


def test_no_exported_cell_is_a_formula(client):
    Organisation.objects.create(name="=cmd()", town="-1", contact_phone="+46", contact_name="@x")
    line = client.get(f"{LIST}export.csv").content.decode("utf-8-sig").splitlines()[1]
    assert line == "'=cmd();Municipality;'-1;;;'@x;;'+46;;;"


def test_the_template_can_be_uploaded(client):
    for kind in ("csv", "xlsx"):
        preview = send(client, client.get(f"{START}template.{kind}").content)
        assert (faults(preview), len(preview.context["new"])) == ([], 1)


def test_the_list_and_the_export_cost_the_same_for_many(client, cast):
    for number in range(2):
        Organisation.objects.create(name=f"Ort {number}", town="Ort")
        with asked(8):
            client.get(f"{LIST}export.csv")
        for page in (LIST, f"{LIST}?membership=soon&q=ort"):
            with asked(6):
                client.get(page)


def test_the_list_is_narrowed_by_membership(client, cast):
    today = datetime.date.today()
    for name, days in (("Slut", -1), ("Snart", 30), ("Sen", 200)):
        one = Organisation.objects.create(name=name, town="Ort")
        ends = today + datetime.timedelta(days=days)
        Membership.objects.create(organisation=one, starts=datetime.date(2020, 1, 1), ends=ends)
    found = {
        value: [one.name for one in client.get(f"{LIST}?membership={value}").context["cl"].result_list]
        for value in ("now", "ended", "soon")
    }
    assert found == {
        "now": ["Ekstads kommun", "Furuby kommun", "Sen", "Snart"],
        "ended": ["Slut"],
        "soon": ["Snart"],
    }


def test_the_list_says_through_when(client, cast):
    Membership.objects.filter(organisation=cast.town).update(ends=datetime.date(2099, 12, 31))
    page = text_of(client.get(LIST))
    assert ("Dec. 31, 2099" in page or "31 December 2099" in page, "until further notice" in page) == (
        True,
        True,
    )

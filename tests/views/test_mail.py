"""Which mails a person gets, and the mails that can be read where the portal is tried out."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from applications import emails, mailing
from members.models import User
from tests.cases import make_application
from tests.views.reading import text

pytestmark = pytest.mark.django_db

MAILS = "/accounts/mails/"


# --- What a person gets ----------------------------------------------------------------------------------
@pytest.fixture
def edit(client: Client, cast) -> Client:
    """Edit's browser, in English."""
    client.cookies["django_language"] = "en"
    client.force_login(cast.edit)
    return client


def ticked(response) -> list[str]:
    boxes = re.findall(
        r'<input type="checkbox" name="wanted" value="(\w+)"[^>]*?( checked)?>', response.content.decode()
    )
    assert [name for name, _checked in boxes] == list(mailing.OPTIONAL)
    return [name for name, checked in boxes if checked]


def declined(person: User) -> list[str]:
    return User.objects.get(pk=person.pk).declined_mails


def test_everything_is_on_until_it_is_turned_off(edit, cast):
    assert ticked(edit.get(MAILS)) == list(mailing.OPTIONAL)
    response = edit.post(MAILS, {"wanted": ["handed_over", "renewal_open"]})
    assert response.headers["Location"] == MAILS
    assert declined(cast.edit) == ["co_applicant_joined", "left_lying", "certificate_expiring"]
    assert ticked(edit.get(MAILS)) == ["handed_over", "renewal_open"]
    assert declined(cast.sigrid) == []


def test_all_can_be_turned_off_and_on_again(edit, cast):
    edit.post(MAILS)
    assert declined(cast.edit) == list(mailing.OPTIONAL)
    edit.post(MAILS, {"wanted": list(mailing.OPTIONAL)})
    assert declined(cast.edit) == []


@pytest.mark.parametrize("name", ["submitted", "decided", "completion_requested", "", "\x00", "x" * 5000])
def test_a_mail_that_is_not_on_the_page_changes_nothing(edit, cast, name):
    response = edit.post(MAILS, {"wanted": ["handed_over", name]})
    assert response.status_code == 200
    assert "Choose among the mails on this page." in text(response)
    assert ticked(response) == ["handed_over"]
    assert declined(cast.edit) == []


def test_the_page_is_among_the_persons_own(edit):
    assert f'<a href="{MAILS}" aria-current="page">Mails</a>' in edit.get(MAILS).content.decode()


def test_the_page_costs_two_queries(edit, django_assert_num_queries):
    with django_assert_num_queries(2):  # The session and the person.
        edit.get(MAILS)


# --- The mails where the portal is tried out -------------------------------------------------------------
DEV = "/dev/mail/"


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.ROOT_URLCONF = "tests.views.development_urls"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


@pytest.fixture
def visitor(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def listed(response) -> list[tuple[str, str]]:
    """Address and subject of each mail, as the list has them."""
    return re.findall(r'<th scope="row"><a href="([^"]+)">([^<]*)</a>', response.content.decode())


def test_nothing_has_been_sent_yet(visitor, folder):
    assert "None yet." in text(visitor.get(DEV))
    folder.mkdir()
    assert "None yet." in text(visitor.get(DEV))


def test_the_newest_mail_comes_first(visitor, folder):
    for number, subject in enumerate(("One", "Two", "Three åäö")):
        EmailMessage(subject, "Text", to=["vide@ekstad.example"]).send()
        newest = max(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, ns=(number, number))
    assert [subject for _address, subject in listed(visitor.get(DEV))] == ["Three åäö", "Two", "One"]


def test_a_mail_is_shown_as_text_and_as_html(visitor, folder, cast):
    emails.left_lying(make_application(cast).pk)
    found = listed(visitor.get(DEV))
    assert len(found) == 2
    address, subject = found[0]
    assert subject.startswith("Er ansökan för Ekstad väntar på er (QM-")
    page = visitor.get(address)
    assert "Nothing" not in text(page)
    assert "Hej!" in text(page)
    assert f'sandbox="" title="As HTML" src="{address}html/"' in page.content.decode()
    html = visitor.get(f"{address}html/")
    assert "<p>Hej!</p>" in html.content.decode()
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert policy.endswith("sandbox")
    assert "script" not in policy
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    for response in (page, html):
        assert "no-store" in response.headers["Cache-Control"]


def test_a_mail_without_html_has_no_frame(visitor, folder):
    EmailMessage("One", "<b>Text</b>", to=["vide@ekstad.example"]).send()
    page = visitor.get(listed(visitor.get(DEV))[0][0]).content.decode()
    assert "&lt;b&gt;Text&lt;/b&gt;" in page
    assert "<iframe" not in page


def test_several_mails_of_one_file_are_told_apart(visitor, folder):
    folder.mkdir()
    one = b"Subject: %s\nTo: a@b.example\nDate: Tue, 24 Nov 2026 03:00:00 -0000\n\nText %s\n"
    end = b"-" * 79 + b"\n"
    (folder / "20261124-030000-1.log").write_bytes(one % (b"One", b"1") + end + one % (b"Two", b"2") + end)
    found = listed(visitor.get(DEV))
    assert [subject for _address, subject in found] == ["Two", "One"]
    assert [
        f"Text {number}" in text(visitor.get(address))
        for number, (address, _s) in zip("21", found, strict=True)
    ] == [
        True,
        True,
    ]


ODD = [
    b"",
    b"\x00\xff\xfe" * 100,
    b"Subject: =?utf-8?q?=FF=FE?=\nDate: yesterday\nContent-Type: text/plain; charset=nonsense\n\n\xff\xff",
    b"Subject: One\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/html\n",
    b"To: <<<>>,,;:\nFrom: \x00\nDate: Mon, 99 Foo 9999 99:99:99 +9999\n\nText",
    b"Content-Transfer-Encoding: base64\nContent-Type: text/html\n\n!!!",
]


@pytest.mark.parametrize("content", ODD)
def test_odd_files_don_t_stop_the_page(visitor, folder, content):
    folder.mkdir()
    (folder / "20261124-030000-1.log").write_bytes(content)
    (folder / "a folder.log").mkdir()
    (folder / "20261124-030000-2.log").mkdir()
    response = visitor.get(DEV)
    assert response.status_code == 200
    for address, _subject in listed(response):
        assert visitor.get(address).status_code == 200
        assert visitor.get(f"{address}html/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["nothing/0/", "nothing/0/html/", "..%2f..%2fqm/0/", "%2fetc%2fpasswd/0/", "nothing/99999999999999999/"],
)
def test_what_is_not_there_is_not_found(visitor, folder, path):
    assert visitor.get(DEV + path).status_code == 404


def test_the_list_is_bounded(visitor, folder):
    folder.mkdir()
    for number in range(205):
        (folder / f"20261124-030000-{number}.log").write_bytes(b"Subject: One\n\nText")
    assert len(listed(visitor.get(DEV))) == 200


@pytest.mark.parametrize("path", ["", "20261124-030000-1/0/", "20261124-030000-1/0/html/"])
def test_where_mail_is_really_sent_nothing_can_be_read(visitor, folder, settings, path):
    folder.mkdir()
    (folder / "20261124-030000-1.log").write_bytes(b"Subject: One\n\nText")
    assert visitor.get(DEV + path).status_code == 200
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert visitor.get(DEV + path).status_code == 404


def test_nothing_is_sent_to_the_address_by_post(visitor, folder):
    assert visitor.post(DEV).status_code == 405

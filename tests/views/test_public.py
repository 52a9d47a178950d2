"""What anyone may read, seen by a visitor, an applicant and the association's people."""

import datetime
import re

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from applications import workflow
from applications.demo import build
from applications.models import Certificate, Questionnaire, Status
from tests.cases import make_application, unprotected
from tests.views.reading import certify, change, copy, text

PAGES = [
    "/",
    "/questions/",
    "/accessibility/",
    "/register/",
    "/verify/",
    "/verify/AAAA-AAAA-AAAA/",
    "/accounts/login/",
]


@pytest.fixture
def visitor(client: Client) -> Client:
    """A visitor who reads English, so that what the tests look for is what the code says."""
    client.cookies["django_language"] = "en"
    return client


def header_links(response) -> list[str]:
    header = re.search(r"<header.*?</header>", response.content.decode(), re.DOTALL)
    assert header
    return re.findall(r'<a [^>]*?href="([^"]+)"', header[0])


def rows(response) -> list[str]:
    """The town centres of the register's table, in order."""
    return re.findall(r'<th scope="row">([^<]+?)\s*<', response.content.decode())


# --- The frame around every page -------------------------------------------------------------------------
EVERYONE = ["/", "/questions/", "/register/", "/verify/"]


@pytest.mark.parametrize(
    ("who", "links"),
    [
        (None, [*EVERYONE, "/accounts/login/"]),
        ("sigrid", [*EVERYONE, "/applications/", "/accounts/me/"]),
        ("nils", [*EVERYONE, "/applications/", "/accounts/me/"]),
        ("asta", [*EVERYONE, "/admin/", "/accounts/me/"]),
        ("alma", [*EVERYONE, "/admin/", "/accounts/me/"]),
    ],
)
def test_header_leads_where_the_visitor_may_go(client, cast, who, links):
    if who:
        client.force_login(getattr(cast, who))
    assert header_links(client.get("/")) == links


def test_sign_out_is_a_post(client, cast):
    client.force_login(cast.sigrid)
    page = client.get("/").content.decode()
    assert '<form method="post" action="/accounts/logout/">' in page
    assert client.post("/accounts/logout/").headers["Location"] == "/"
    assert header_links(client.get("/"))[-1] == "/accounts/login/"


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_the_protecting_headers_and_nothing_inline(client, db, path):
    response = client.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    page = response.content.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    assert re.findall(r"<script(?![^>]*(?: src=| type=\"application/json\"))", page) == []
    away = re.findall(r'(?:src|href)="((?:https?:)?//[^"]*)"', page)
    assert away == (["https://www.digg.se/tdosanmalan"] if path == "/accessibility/" else [])


@pytest.mark.parametrize("path", ["/", "/questions/", "/register/", "/verify/", "/accessibility/"])
def test_pages_have_a_title_a_description_and_one_main_heading(visitor, db, path):
    page = visitor.get(path).content.decode()
    assert re.search(r"<title>\s*[^–]+ – Quality Mark</title>", page)
    assert '<meta name="description"' in page
    assert page.count("<h1") == 1
    assert 'href="#main"' in page
    assert 'id="main"' in page


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/nowhere/"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_odd_methods_are_refused_without_a_crash(client, db, path, method):
    assert client.generic(method, path).status_code in (200, 404, 405)


# --- Language --------------------------------------------------------------------------------------------
def test_swedish_is_the_first_language_and_a_choice_lasts(client, db):
    english = {"headers": {"accept-language": "en"}}
    assert '<html lang="sv">' in client.get("/register/", **english).content.decode()
    response = client.post("/language/", {"language": "en", "next": "/register/?page=2"})
    assert response.headers["Location"] == "/register/?page=2"
    assert '<html lang="en">' in client.get("/register/").content.decode()


def test_choice_of_language_is_kept_with_the_person(client, cast):
    client.force_login(cast.sigrid)
    client.post("/language/", {"language": "en"})
    cast.sigrid.refresh_from_db()
    cast.edit.refresh_from_db()
    assert (cast.sigrid.language, cast.edit.language) == ("en", "sv")


@pytest.mark.parametrize("language", ["xx", "", "EN", "en\x00", "de"])
def test_unknown_language_changes_nothing(client, cast, language):
    client.force_login(cast.sigrid)
    response = client.post("/language/", {"language": language, "next": "/verify/"})
    cast.sigrid.refresh_from_db()
    assert (response.status_code, cast.sigrid.language) == (400, "sv")
    assert "django_language" not in response.cookies


def test_looking_at_the_language_address_changes_nothing(client, cast):
    client.force_login(cast.sigrid)
    response = client.get("/language/?language=en")
    cast.sigrid.refresh_from_db()
    assert (response.status_code, cast.sigrid.language) == (302, "sv")
    assert "django_language" not in response.cookies


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_language_switch_stays_on_our_own_host(client, db, onward):
    response = client.post("/language/", {"language": "en", "next": onward})
    assert response.headers["Location"] == "/"


# --- Front page ------------------------------------------------------------------------------------------
def test_front_page_opens_two_doors_and_names_the_newest(visitor, cast):
    copy(certify(cast, "Ett"), ["Två", "Tre", "Fyra", "Fem", "Sex"])
    response = visitor.get("/")
    page = response.content.decode()
    assert 'href="/accounts/login/?next=/applications/"' in page
    assert 'action="/verify/"' in page
    shown = re.findall(r'<a href="/verify/[^"]+">([^<]+)</a>', page)
    assert shown == ["Sex", "Fem", "Fyra", "Tre", "Två"]
    assert "Five questions about your town centre" in text(response)
    assert "Two advisors review it" in text(response)
    assert "About eight weeks" in text(response)
    assert "Valid for 36 months" in text(response)


def test_front_page_tells_the_weeks_of_the_questionnaire(visitor, db):
    with unprotected():
        Questionnaire.objects.update(handling_weeks=12)
    assert "About 12 weeks" in text(visitor.get("/"))


def test_front_page_asks_the_same_of_the_database_for_one_holder_and_many(
    visitor, cast, django_assert_num_queries
):
    certificate = certify(cast, "Ett")
    with django_assert_num_queries(3):
        visitor.get("/")
    copy(certificate, [f"Town {number}" for number in range(50)])
    with django_assert_num_queries(3):
        visitor.get("/")


def test_front_page_without_questions_or_holders_is_whole(visitor, db):
    with unprotected():
        Questionnaire.objects.update(published_at=None)
    response = visitor.get("/")
    assert response.status_code == 200
    assert "No town centre holds a valid certificate yet." in text(response)
    assert "0 questions" not in text(response)


# --- The questions ---------------------------------------------------------------------------------------
def test_questions_page_tells_what_is_asked_and_how_it_is_judged(visitor, db):
    response = visitor.get("/questions/")
    shown = text(response)
    for question in Questionnaire.objects.current().question_set.prefetch_related("rubric"):
        for part in (question.heading_en, question.text_en, question.why_en):
            assert part.replace("'", "&#x27;") in shown
        assert [level.text_en in shown.replace("&#x27;", "'") for level in question.rubric.all()] == [
            True
        ] * 5
    assert shown.count("At least one file is required.") == 2
    assert shown.count("Files are welcome but not required.") == 3
    assert "you need at least 60% of all points." in shown
    assert "at least 2 partly on every question." in shown
    assert "All questions count the same." in shown


def test_questions_page_shows_all_the_help_and_the_rules(visitor, db):
    with unprotected():
        Questionnaire.objects.update(handling_weeks=9, completion_days=20, validity_months=24)
    response = visitor.get("/questions/")
    shown = text(response).replace("&#x27;", "'")
    for question in Questionnaire.objects.current().question_set.all():
        for part in (question.good_answer_en, question.evidence_hint_en, question.example_en):
            assert part
            assert [line in shown for line in part.splitlines()] == [True] * len(part.splitlines())
    assert shown.count("Example: how Kristinehamn answered") == 5
    assert shown.count("Our translation from Swedish.") == 5
    assert "about 5 hours in all" in shown
    assert [shown.count(f"About {minutes} minutes.") for minutes in (90, 60, 30)] == [2, 1, 2]
    assert "within 9 weeks" in shown
    assert "20 days to complete" in shown
    assert "valid for 24 months" in shown
    page = response.content.decode()
    for target in re.findall(r'<a href="#([\w-]+)">', page[page.index('class="contents"') :]):
        assert f'id="{target}"' in page
    assert "<details" not in page


def test_the_example_is_what_kristinehamn_wrote(client, db):
    shown = text(client.get("/questions/"))
    answers = next(town for town in build.DATA["towns"] if town["town"] == "Kristinehamn")["answers"]
    assert [answer in shown for answer in answers] == [True] * 5
    assert "Vår översättning" not in shown


def test_a_question_without_an_example_has_none(visitor, db):
    questions = Questionnaire.objects.current().question_set
    with unprotected():
        questions.filter(number__gt=1).update(example_sv="", example_en="")
        questions.filter(number=1).update(example_source="")
    shown = text(visitor.get("/questions/"))
    assert shown.count("Example of an answer") == 1
    assert "how Kristinehamn answered" not in shown


def test_questions_page_says_where_the_questions_differ(visitor, db):
    first = Questionnaire.objects.current().question_set.first()
    first.weight, first.minimum = 2, 3
    with unprotected():
        first.save()
    shown = text(visitor.get("/questions/"))
    assert "Each question also has a lowest level." in shown
    assert "Some questions count more than others." in shown
    assert shown.count("Weight 2.") == 1
    assert shown.count("3 fulfilled needed") == 1


def test_questions_page_asks_the_database_three_times(visitor, db, django_assert_num_queries):
    with django_assert_num_queries(3):
        visitor.get("/questions/")


def test_questions_page_without_a_published_set_says_whom_to_ask(visitor, db, settings):
    with unprotected():
        Questionnaire.objects.update(published_at=None)
    response = visitor.get("/questions/")
    assert response.status_code == 200
    assert f"Write to {settings.QM_CONTACT_EMAIL}" in text(response)


# --- The accessibility statement -------------------------------------------------------------------------
def test_the_statement_has_what_the_law_asks_for(visitor, db, settings):
    response = visitor.get("/accessibility/")
    shown = text(response)
    for part in ("Svenska Stadskärnor", "partly compliant", "EN 301 549", "Digg", "24 November 2026"):
        assert part in shown
    assert response.content.decode().count(f'href="mailto:{settings.QM_CONTACT_EMAIL}"') == 2


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_the_statement(client, db, path):
    page = client.get(path).content.decode()
    assert 'href="/accessibility/"' in page[page.index("<footer") :]


# --- The register ----------------------------------------------------------------------------------------
def test_register_lists_what_is_valid_today_and_nothing_else(visitor, cast, monkeypatch):
    valid, suspended, revoked, superseded = (certify(cast, area) for area in ("Ale", "Bor", "Cer", "Dal"))
    change(cast, suspended, Certificate.Status.SUSPENDED, "Paused.")
    change(cast, revoked, Certificate.Status.REVOKED, "Closed.")
    Certificate.objects.filter(pk=superseded.pk).update(status=Certificate.Status.SUPERSEDED)
    response = visitor.get("/register/")
    assert rows(response) == ["Ale"]
    assert f'href="/verify/{valid.code}/"' in response.content.decode()
    last_day = valid.valid_through
    monkeypatch.setattr(timezone, "localdate", lambda *args: last_day)
    assert rows(visitor.get("/register/")) == ["Ale"]
    monkeypatch.setattr(timezone, "localdate", lambda *args: last_day + datetime.timedelta(days=1))
    after = visitor.get("/register/")
    assert rows(after) == []
    assert "No town centre holds a valid certificate today." in text(after)


def test_register_follows_the_swedish_alphabet(visitor, cast):
    copy(certify(cast, "Örebro"), ["Ängelholm", "åmål", "Zinkgruvan", "Älvsbyn", "Ale"])
    assert rows(visitor.get("/register/")) == ["Ale", "Zinkgruvan", "åmål", "Älvsbyn", "Ängelholm", "Örebro"]


def test_register_says_in_words_what_is_an_example(visitor, cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    type(application).objects.filter(pk=application.pk).update(is_example=True)
    workflow.decide(application, cast.beata, "approved", "Well done.")
    assert 'Ekstad <span class="tag">Example</span>' in visitor.get("/register/").content.decode()
    certificate = Certificate.objects.get()
    assert "This certificate is an example." in text(visitor.get(f"/verify/{certificate.code}/"))


def test_register_pages_hold_fifty_and_cost_one_query(visitor, cast, django_assert_num_queries):
    certificate = certify(cast, "000")
    with django_assert_num_queries(1):
        assert len(rows(visitor.get("/register/"))) == 1
    copy(certificate, [f"{number:03}" for number in range(1, 51)])
    with django_assert_num_queries(1):
        assert len(rows(visitor.get("/register/"))) == 50
    assert rows(visitor.get("/register/?page=2")) == ["050"]
    for page, first in {"": "000", "abc": "000", "1.5": "000", "9" * 5000: "000", "\x00": "000"}.items():
        assert rows(visitor.get("/register/", {"page": page}))[0] == first
    for page in ("0", "-1", "99"):
        assert rows(visitor.get("/register/", {"page": page})) == ["050"]


# --- Health ----------------------------------------------------------------------------------------------
def test_healthz_answers_while_the_database_does(client, db):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert response.headers["Content-Type"] == "text/plain"
    assert "no-store" in response.headers["Cache-Control"]


def test_healthz_says_when_the_database_is_gone(client, db):
    def gone(*args):
        raise DatabaseError("gone")

    with connection.execute_wrapper(gone):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"no database")

"""What is shown when a request can't be answered as asked."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.utils import translation

from applications.views import errors


@pytest.fixture
def visitor(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def gone(*args):
    raise DatabaseError("gone")


@pytest.mark.parametrize(
    "path",
    ["/nowhere/", "/nowhere", "/%00", "/å/ä/ö/", "/" + "x" * 3000, "/register/nowhere/", "/.env", "/%2e%2e/"],
)
def test_missing_page_is_kind_and_shows_the_way(visitor, db, path):
    response = visitor.get(path)
    page = response.content.decode()
    assert response.status_code == 404
    assert "<h1>The page isn't here</h1>" in page
    assert 'href="/accounts/login/"' in page
    assert 'href="/verify/"' in page


def test_missing_page_does_not_ask_the_signed_in_to_sign_in(visitor, cast):
    visitor.force_login(cast.sigrid)
    page = visitor.get("/nowhere/").content.decode()
    assert 'href="/accounts/login/"' not in page
    assert 'href="/applications/"' in page


def test_missing_page_speaks_the_readers_language(client, db):
    assert '<html lang="sv">' in client.get("/nowhere/").content.decode()


def test_wrong_host_gets_the_page_for_what_can_not_be_read(client, db):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "Quality Mark" in response.content.decode()
    assert "evil.example" not in response.content.decode()


def test_a_flood_of_fields_gets_the_same_page(visitor, db):
    response = visitor.post("/language/", {f"field{number}": "x" for number in range(1100)})
    assert response.status_code == 400
    assert "<h1>We couldn't read that</h1>" in response.content.decode()


@pytest.mark.parametrize(
    ("who", "onward"), [(None, "/accounts/login/"), ("sigrid", "/applications/"), ("asta", "/admin/")]
)
def test_refusal_says_who_one_is_and_leads_on(cast, who, onward):
    request = RequestFactory().get("/x/")
    request.user = getattr(cast, who) if who else AnonymousUser()
    with translation.override("en"):
        response = errors.permission_denied(request, PermissionDenied())
    page = response.content.decode()
    assert response.status_code == 403
    assert f'<a class="btn btn-primary" href="{onward}">' in page
    assert ("You are signed in as" in page) == bool(who)


def test_form_without_its_token_is_told_how_to_save_the_text(db):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["django_language"] = "en"
    response = strict.post("/accounts/login/", {"login": "a@b.se", "password": "x"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "The page had become too old" in page
    assert "What you wrote is still on that page" in page


def test_error_at_our_end_is_told_in_both_languages_without_the_database(client, db):
    client.raise_request_exception = False
    with connection.execute_wrapper(gone):
        response = client.get("/register/")
    page = response.content.decode()
    assert response.status_code == 500
    assert "Något gick fel hos oss" in page
    assert "Something went wrong at our end" in page
    assert '<div lang="en">' in page


def test_error_at_our_end_asks_nothing_of_the_database(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert errors.server_error(RequestFactory().get("/")).status_code == 500

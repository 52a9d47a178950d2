"""Checking a certificate: typing its code, reading what it states and whether it stands."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Certificate
from tests.views.reading import certify, change, text


@pytest.fixture
def visitor(client: Client) -> Client:
    """A visitor who reads English, so that what the tests look for is what the code says."""
    client.cookies["django_language"] = "en"
    return client


# --- Checking a certificate ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typing",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code.replace('-', '–')}. ",
        lambda code: f"https://qm.example/verify/{code}/",
    ],
)
def test_code_is_found_however_it_is_typed(visitor, cast, typing):
    certificate = certify(cast)
    response = visitor.get("/verify/", {"code": typing(certificate.code)})
    assert response.status_code == 302
    assert response.headers["Location"] == f"/verify/{certificate.code}/"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Write the code that is printed on the certificate."),
        ("abc", "A code has twelve letters and digits, such as K7QM-2XPA-94TR."),
        ("AAAA-AAAA-AAAA", "No certificate has this code."),
        ("O0O0-I1I1-LLLL", "No certificate has this code."),
        ("qmc-2026-0001", "This is the certificate&#x27;s number."),
        ("<b>x</b>", "A code has twelve letters and digits"),
        ("x" * 201, "Ensure this value has at most 200 characters"),
        ("A\x00B", "Null characters are not allowed."),
    ],
)
def test_a_code_that_is_not_found_keeps_what_was_typed_and_says_why(visitor, db, typed, message):
    response = visitor.get("/verify/", {"code": typed})
    page = response.content.decode()
    assert response.status_code == 200
    assert message in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_code_helptext id_code_error"' in page
    assert 'id="id_code_error"' in page
    assert response.context["form"]["code"].value() == typed
    assert "<b>x</b>" not in page


def test_nothing_is_wrong_before_anything_is_typed(visitor, db):
    page = visitor.get("/verify/").content.decode()
    assert "aria-invalid" not in page
    assert "id_code_error" not in page


def test_certificate_page_states_what_the_certificate_states(visitor, cast, django_assert_num_queries):
    certificate = certify(cast)
    with django_assert_num_queries(1):
        response = visitor.get(f"/verify/{certificate.code}/")
    shown = text(response)
    for part in (certificate.number, certificate.code, "Ekstads kommun", "Svenska Stadskärnor"):
        assert part in shown
    assert re.search(r"<h1>Ekstad</h1>", response.content.decode())
    assert '<span class="status status-ok">Valid</span>' in response.content.decode()
    assert "The document is being made." in shown


def test_certificate_page_gives_the_fingerprint_of_the_document(visitor, cast):
    certificate = certify(cast)
    Certificate.objects.filter(pk=certificate.pk).update(document="certificates/x.pdf", sha256="ab" * 32)
    assert "ab" * 32 in text(visitor.get(f"/verify/{certificate.code}/"))


@pytest.mark.parametrize(
    ("status", "tone", "word", "sentence"),
    [
        ("suspended", "wait", "Suspended", "The certificate is suspended for the time being."),
        ("revoked", "stop", "Revoked", "The certificate has been revoked and is no longer valid."),
    ],
)
def test_certificate_page_gives_the_reason_of_a_suspension_or_revocation(
    visitor, cast, status, tone, word, sentence
):
    certificate = certify(cast)
    change(cast, certificate, Certificate.Status(status), "The parties <no longer> meet.")
    response = visitor.get(f"/verify/{certificate.code}/")
    assert f'<span class="status status-{tone}">{word}</span>' in response.content.decode()
    assert sentence in text(response)
    assert "The parties &lt;no longer&gt; meet." in text(response)
    assert "is valid today" not in text(response)


def test_certificate_page_says_when_it_has_expired_or_been_replaced(visitor, cast, monkeypatch):
    certificate = certify(cast)
    Certificate.objects.filter(pk=certificate.pk).update(status=Certificate.Status.SUPERSEDED)
    assert "has been replaced by a newer one" in text(visitor.get(f"/verify/{certificate.code}/"))
    Certificate.objects.filter(pk=certificate.pk).update(status=Certificate.Status.VALID)
    day_after = certificate.valid_through + datetime.timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *args: day_after)
    response = visitor.get(f"/verify/{certificate.code}/")
    assert '<span class="status status-quiet">Expired</span>' in response.content.decode()
    assert "has expired." in text(response)


@pytest.mark.parametrize("typing", [str.lower, lambda code: code.replace("-", "")])
def test_certificate_has_one_address(visitor, cast, typing):
    certificate = certify(cast)
    response = visitor.get(f"/verify/{typing(certificate.code)}/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/verify/{certificate.code}/")


@pytest.mark.parametrize(
    "typed", ["AAAA-AAAA-AAAA", "x", "%00", "å" * 300, "A" * 4000, "<script>", "..%2f", "1"]
)
def test_unknown_code_is_answered_with_what_to_check(visitor, db, typed):
    response = visitor.get(f"/verify/{typed}/")
    assert response.status_code == 404
    assert "<script>" not in response.content.decode()


def test_unknown_code_page_says_so_and_shows_the_way(visitor, db):
    response = visitor.get("/verify/AAAA-AAAA-AAAA/")
    assert "We know of no certificate with the code AAAA-AAAA-AAAA ." in text(response)
    assert 'href="/verify/"' in response.content.decode()


# --- Asking again ----------------------------------------------------------------------------------------
def test_browser_may_keep_a_page_that_still_holds(visitor, cast):
    certificate = certify(cast)
    path = f"/verify/{certificate.code}/"
    visitor.get(path)  # The first visit sets the cookie that protects forms.
    first = visitor.get(path)
    assert first.headers["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert "Cookie" in first.headers["Vary"]
    tag = {"headers": {"if-none-match": first.headers["ETag"]}}
    again = visitor.get(path, **tag)
    assert (again.status_code, again.content) == (304, b"")
    change(cast, certificate, Certificate.Status.SUSPENDED, "Paused.")
    assert visitor.get(path, **tag).status_code == 200


def test_kept_page_is_not_shown_in_another_language_or_to_another_person(visitor, cast):
    visitor.get("/register/")
    tag = {"headers": {"if-none-match": visitor.get("/register/").headers["ETag"]}}
    assert visitor.get("/register/", **tag).status_code == 304
    visitor.cookies["django_language"] = "sv"
    assert visitor.get("/register/", **tag).status_code == 200
    visitor.cookies["django_language"] = "en"
    visitor.force_login(cast.sigrid)
    assert visitor.get("/register/", **tag).status_code == 200

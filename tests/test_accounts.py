"""Signing in, and all that belongs to an account."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client

from members.models import User
from tests.cases import PASSWORD

LOGIN = "/accounts/login/"


@pytest.fixture
def visitor(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def who(client: Client) -> int | None:
    """The key of the person who is signed in in this browser."""
    key = client.session.get("_auth_user_id")
    return int(key) if key else None


def link_in(message) -> str:
    found = re.search(r"https?://[^/]+(/\S+)", message.body)
    assert found, message.body
    return found[1]


# --- Signing in ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "email", ["sigrid@ekstad.example", "SIGRID@Ekstad.Example", "  sigrid@ekstad.example "]
)
def test_address_is_the_name_in_whatever_case(client, cast, email):
    response = sign_in(client, email)
    assert (response.status_code, response.headers["Location"]) == (302, "/applications/")
    assert who(client) == cast.sigrid.pk


@pytest.mark.parametrize(
    ("person", "lands"),
    [("nils", "/applications/"), ("asta", "/admin/"), ("beata", "/admin/"), ("alma", "/admin/")],
)
def test_each_lands_where_the_work_is(client, cast, person, lands):
    assert sign_in(client, getattr(cast, person).email).headers["Location"] == lands


def test_one_lands_on_the_page_one_came_for_but_never_on_another_host(client, cast):
    data = {"login": cast.sigrid.email, "password": PASSWORD}
    assert client.post(LOGIN, {**data, "next": "/verify/"}).headers["Location"] == "/verify/"
    client.logout()
    response = client.post(LOGIN, {**data, "next": "https://evil.example/"})
    assert "evil.example" not in response.headers["Location"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_refusal_does_not_tell_whether_there_is_an_account(client, cast, language):
    client.cookies["django_language"] = language
    known = sign_in(client, "sigrid@ekstad.example", "wrong")
    unknown = sign_in(client, "nobody@ekstad.example", "wrong")
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert known.context["form"].errors == unknown.context["form"].errors != {}
    assert who(client) is None


def test_refused_sign_in_keeps_the_address_and_ties_the_errors_to_their_fields(visitor, cast):
    page = sign_in(visitor, "sigrid", "").content.decode()
    assert 'value="sigrid"' in page
    assert PASSWORD not in page
    for field in ("login", "password"):
        assert f'<a href="#id_{field}">' in page
        assert f'id="id_{field}_error"' in page
        described = re.search(rf'<input[^>]*name="{field}"[^>]*aria-describedby="([^"]+)"', page)
        assert described and f"id_{field}_error" in described[1].split()


def test_someone_who_is_shut_out_does_not_get_in(client, cast):
    User.objects.filter(pk=cast.sigrid.pk).update(is_active=False)
    sign_in(client, cast.sigrid.email)
    assert who(client) is None


@pytest.mark.parametrize("email", ["\x00", "x" * 5000, "å@ö", "' OR 1=1 --", "<script>"])
def test_odd_input_is_refused_without_a_crash(client, db, email):
    assert sign_in(client, email, "\x00").status_code == 200
    assert who(client) is None


def test_sign_in_page_offers_all_ways(visitor, db, settings):
    page = visitor.get(LOGIN).content.decode()
    assert 'href="/accounts/login/code/"' in page
    assert 'href="/accounts/password/reset/"' in page
    assert 'id="passkey_login"' in page
    assert f'href="mailto:{settings.QM_CONTACT_EMAIL}"' in page


def test_signed_in_visitor_is_sent_on_from_the_sign_in_page(client, cast):
    client.force_login(cast.sigrid)
    assert client.get(LOGIN).headers["Location"] == "/applications/"


def test_signing_out_takes_a_post(client, cast):
    client.force_login(cast.sigrid)
    assert client.get("/accounts/logout/").status_code == 200
    assert who(client) == cast.sigrid.pk
    client.post("/accounts/logout/")
    assert who(client) is None


# --- Sign-up is closed -----------------------------------------------------------------------------------
def test_sign_up_is_closed_and_says_whom_to_ask(visitor, cast, settings):
    before = User.objects.count()
    data = {"email": "new@ekstad.example", "password1": PASSWORD, "password2": PASSWORD}
    for response in (visitor.get("/accounts/signup/"), visitor.post("/accounts/signup/", data)):
        page = response.content.decode()
        assert "<h1>Accounts are made by the office</h1>" in page
        assert f'href="mailto:{settings.QM_CONTACT_EMAIL}"' in page
    assert User.objects.count() == before
    assert who(visitor) is None


# --- A code by e-mail ------------------------------------------------------------------------------------
def test_code_by_mail_signs_in(visitor, cast):
    visitor.post("/accounts/login/code/", {"email": "Sigrid@ekstad.example"})
    [message] = mail.outbox
    assert message.to == ["sigrid@ekstad.example"]
    assert "Type this code on the page where you are signing in:" in message.body
    code = message.body.split("\n\n")[2].strip()
    response = visitor.post("/accounts/login/code/confirm/", {"code": code.lower()})
    assert response.headers["Location"] == "/applications/"
    assert who(visitor) == cast.sigrid.pk


def test_wrong_code_does_not(visitor, cast):
    visitor.post("/accounts/login/code/", {"email": cast.sigrid.email})
    response = visitor.post("/accounts/login/code/confirm/", {"code": "AAAAAA"})
    assert "Incorrect code." in response.content.decode()
    assert who(visitor) is None


def test_asking_for_a_code_does_not_tell_whether_there_is_an_account(visitor, cast):
    known = visitor.post("/accounts/login/code/", {"email": cast.sigrid.email})
    stranger = Client()
    unknown = stranger.post("/accounts/login/code/", {"email": "nobody@ekstad.example"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )


# --- A new password --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "subject", "greeting", "sentence"),
    [
        ("sv", "Välj nytt lösenord", "Hej!", "Välj ett nytt lösenord genom att öppna den här länken:"),
        ("en", "Password Reset Email", "Hello!", "Choose a new password by opening this link:"),
    ],
)
def test_new_password_by_mail_from_end_to_end(client, cast, settings, language, subject, greeting, sentence):
    client.cookies["django_language"] = language
    response = client.post("/accounts/password/reset/", {"email": "SIGRID@ekstad.example"})
    assert response.headers["Location"] == "/accounts/password/reset/done/"
    [message] = mail.outbox
    assert (message.to, message.subject) == (["sigrid@ekstad.example"], subject)
    assert message.body.startswith(greeting)
    assert sentence in message.body
    assert message.body.rstrip().endswith(f"{settings.QM_ISSUER}\n{settings.QM_CONTACT_EMAIL}")
    form = client.get(link_in(message)).headers["Location"]
    short = client.post(form, {"password1": "kort", "password2": "kort"})
    assert (short.status_code, len(short.context["form"].errors)) == (200, 1)
    new = "en-helt-ny-mening"
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert sign_in(Client(), cast.sigrid.email).status_code == 200
    assert sign_in(client, cast.sigrid.email, new).headers["Location"] == "/applications/"


def test_link_works_once(visitor, cast):
    visitor.post("/accounts/password/reset/", {"email": cast.sigrid.email})
    link = link_in(mail.outbox[0])
    form = visitor.get(link).headers["Location"]
    visitor.post(form, {"password1": "en-helt-ny-mening", "password2": "en-helt-ny-mening"})
    assert (
        "The password reset link was invalid"
        in Client().get(link, headers={"cookie": "django_language=en"}).content.decode()
    )


@pytest.mark.parametrize("key", ["1-bad", "zzz-set-password", "0-0", "ÅÄÖ-x", "1" * 300 + "-x"])
def test_forged_link_is_told_to_be_one(visitor, cast, key):
    response = visitor.get(f"/accounts/password/reset/key/{key}/")
    assert response.status_code in (200, 404)
    if response.status_code == 200:
        assert 'href="/accounts/password/reset/"' in response.content.decode()


def test_unknown_address_gets_a_mail_that_says_so_and_the_page_tells_nothing(visitor, cast, settings):
    response = visitor.post("/accounts/password/reset/", {"email": "nobody@ekstad.example"})
    assert response.headers["Location"] == "/accounts/password/reset/done/"
    [message] = mail.outbox
    assert message.to == ["nobody@ekstad.example"]
    assert "there is no account with that address" in message.body
    assert "signup" not in message.body


# --- Someone made outside the admin, whose address nobody has confirmed ---------------------------------
def test_new_person_confirms_the_address_before_the_first_sign_in(visitor, db):
    user = User.objects.create_user("ny@qm.example")
    visitor.post("/accounts/password/reset/", {"email": user.email})
    form = visitor.get(link_in(mail.outbox[0])).headers["Location"]
    visitor.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert sign_in(visitor, user.email).headers["Location"] == "/accounts/confirm-email/"
    assert who(visitor) is None
    confirm = mail.outbox[-1]
    assert "Confirm that ny@qm.example is your address by opening this link:" in confirm.body
    link = link_in(confirm)
    assert "Confirm Email Address" in visitor.get(link).content.decode()
    visitor.post(link)
    assert sign_in(visitor, user.email).headers["Location"] == "/applications/"


# --- The account's own pages -----------------------------------------------------------------------------
ACCOUNT_PAGES = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
]


@pytest.mark.parametrize("path", ACCOUNT_PAGES)
def test_account_pages_are_for_the_signed_in(client, cast, path):
    assert client.get(path).headers["Location"].startswith(LOGIN)
    client.force_login(cast.sigrid)
    page = client.get(path).content.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    assert re.findall(r"<script(?![^>]*(?: src=| type=\"application/json\"))", page) == []
    for link in ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/"):
        assert f'<a href="{link}"' in page


def test_password_is_changed_with_the_old_one(visitor, cast):
    sign_in(visitor, cast.sigrid.email)
    new = {"password1": "en-helt-ny-mening", "password2": "en-helt-ny-mening"}
    refused = visitor.post("/accounts/password/change/", {"oldpassword": "wrong", **new})
    assert list(refused.context["form"].errors) == ["oldpassword"]
    visitor.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    cast.sigrid.refresh_from_db()
    assert cast.sigrid.check_password("en-helt-ny-mening")


def test_second_address_must_be_confirmed_before_it_is_used(visitor, cast):
    sign_in(visitor, cast.sigrid.email)
    visitor.post("/accounts/email/", {"email": "sigrid@annan.example", "action_add": ""})
    added = EmailAddress.objects.get(email="sigrid@annan.example")
    assert (added.user, added.verified, added.primary) == (cast.sigrid, False, False)
    visitor.post("/accounts/email/", {"email": added.email, "action_primary": ""})
    assert EmailAddress.objects.get_primary(cast.sigrid).email == cast.sigrid.email
    link = link_in(mail.outbox[0])
    visitor.post(link)
    visitor.post("/accounts/email/", {"email": added.email, "action_primary": ""})
    cast.sigrid.refresh_from_db()
    assert cast.sigrid.email == "sigrid@annan.example"


def test_address_of_someone_else_is_not_mine_to_change(visitor, cast):
    sign_in(visitor, cast.sigrid.email)
    for action in ("action_remove", "action_primary", "action_send"):
        visitor.post("/accounts/email/", {"email": cast.edit.email, action: ""})
    assert EmailAddress.objects.filter(user=cast.edit, primary=True, verified=True).count() == 1
    assert mail.outbox == []


def test_second_step_is_asked_for_and_spare_codes_open(visitor, cast):
    TOTP.activate(cast.sigrid, generate_totp_secret())
    codes = RecoveryCodes.activate(cast.sigrid)
    assert sign_in(visitor, cast.sigrid.email).headers["Location"] == "/accounts/2fa/authenticate/"
    assert who(visitor) is None
    page = visitor.get("/accounts/2fa/authenticate/").content.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    assert visitor.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    code = codes.get_unused_codes()[0]
    visitor.post("/accounts/2fa/authenticate/", {"code": code})
    assert who(visitor) == cast.sigrid.pk
    overview = visitor.get("/accounts/2fa/").content.decode()
    assert "9 of 10 are left" in overview

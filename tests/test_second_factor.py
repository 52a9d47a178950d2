"""Staff get nowhere before they have a second factor, where one is required: by real one-time codes."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import reverse

from applications.models import Status
from applications.views.second_factor import OPEN_PAGES, OPEN_PARTS
from members.models import User

from .cases import PASSWORD, Cast, make_application
from .test_access import ADDRESSES, GET, World, rows, world  # noqa: F401

pytestmark = pytest.mark.django_db
WHY = "/accounts/second-factor/"


@pytest.fixture(autouse=True)
def required(settings):
    settings.QM_REQUIRE_MFA = True


def code(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in(user: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def set_up(client: Client, user: User) -> str:
    """Activate an app as the pages do, and give its secret."""
    again = client.get(reverse("mfa_activate_totp")).url
    assert client.post(again, {"password": PASSWORD}).url == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.status_code == 302, answer.content
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return secret


def test_the_admin_opens_after_a_real_code_and_leads_on_to_where_one_was_going(cast: Cast):
    case = make_application(cast, Status.IN_REVIEW)
    wanted = reverse("admin:applications_application_review", args=[case.pk]) + "?from=mail"
    client = sign_in(cast.asta)
    assert client.get(wanted).url == WHY
    page = client.get(WHY).content.decode()
    assert "Make your sign-in safer first" in page
    assert f'href="{reverse("mfa_activate_totp")}"' in page
    assert f'href="{reverse("mfa_add_webauthn")}"' in page
    set_up(client, cast.asta)
    assert f'href="{WHY}"' in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert client.get(WHY).url == wanted
    assert client.get(wanted).status_code == 200
    assert client.get(WHY).url == reverse("admin:index")


def test_the_next_sign_in_takes_the_code(cast: Cast):
    secret = set_up(sign_in(cast.asta), cast.asta)
    client = Client()
    first = client.post(reverse("account_login"), {"login": cast.asta.email, "password": PASSWORD})
    assert first.url.startswith(reverse("mfa_authenticate"))
    assert client.get("/admin/").url.startswith("/admin/login/")
    Authenticator.objects.filter(user=cast.asta).update(last_used_at=None)
    answer = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    if answer.status_code == 200:  # The code has been used in this half minute: a spare one will do.
        spare = RecoveryCodes(Authenticator.objects.get(user=cast.asta, type="recovery_codes"))
        client.post(reverse("mfa_authenticate"), {"code": spare.get_unused_codes()[0]})
    assert client.get("/admin/").status_code == 200


def test_without_the_last_factor_it_is_shut_again_and_spare_codes_are_none(cast: Cast):
    client = sign_in(cast.asta)
    set_up(client, cast.asta)
    assert client.get("/admin/").status_code == 200
    Authenticator.objects.filter(user=cast.asta, type=Authenticator.Type.TOTP).delete()
    assert Authenticator.objects.filter(user=cast.asta).get().type == Authenticator.Type.RECOVERY_CODES
    assert client.get("/admin/").url == WHY


def test_a_passkey_counts(cast: Cast):
    client = sign_in(cast.asta)
    Authenticator.objects.create(user=cast.asta, type=Authenticator.Type.WEBAUTHN, data={})
    # As the portal keeps it of a session that a passkey has opened.
    session = client.session
    session["account_authentication_methods"] += [{"method": "mfa", "type": "webauthn", "at": time.time()}]
    session.save()
    assert client.get("/admin/").status_code == 200


def test_a_session_from_before_is_signed_in_anew(cast: Cast):
    """Whoever has opened it by the password alone gets no further by the factor that the owner adds elsewhere."""
    stolen, own = sign_in(cast.asta), sign_in(cast.asta)
    set_up(own, cast.asta)
    assert own.get("/admin/").status_code == 200
    answer = stolen.get("/admin/applications/application/")
    assert answer.url == "/accounts/login/?next=/admin/applications/application/"
    assert "_auth_user_id" not in stolen.session
    assert own.post("/admin/").status_code == 200


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_add_webauthn", "account_reauthenticate", "account_email", "me"]
)
def test_nor_does_such_a_session_add_a_factor_of_its_own(cast: Cast, name: str):
    stolen, own = sign_in(cast.asta), sign_in(cast.asta)
    set_up(own, cast.asta)
    assert stolen.get(reverse(name)).url.startswith("/accounts/login/?next=")
    assert "_auth_user_id" not in stolen.session
    assert own.get(reverse(name)).status_code in (200, 302)
    assert "_auth_user_id" in own.session


@pytest.mark.parametrize("role", ["advisor", "decider", "administrator", "superuser"])
def test_nothing_but_what_is_open_answers(world: World, role: str):  # noqa: F811
    user = world.people.get(role) or User.objects.create_superuser("boss@qm.example", PASSWORD)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    shut = {}
    for name, case, _statuses in rows(GET):
        if name in OPEN_PAGES or name.startswith(OPEN_PARTS):
            continue
        address = world.address(name, case)
        got, posted = client.get(address), client.post(address)
        shut[name, case] = (got.status_code, got.get("Location"), posted.status_code)
    assert set(shut.values()) == {(302, WHY, 403)}
    assert len({name for name, _case in shut}) + len(
        {name for name in ADDRESSES if name in OPEN_PAGES or name.startswith(OPEN_PARTS)}
    ) == len(ADDRESSES)
    for address in (
        "/admin/nowhere/",
        "/admin/jsi18n/",
        "/admin/login/",
        "/admin/applications/application/1/",
    ):
        assert client.get(address).url == WHY
    assert client.get("/admin/logout/").url == reverse("account_logout")
    assert client.get("/admin/", headers={"HX-Request": "true"}).status_code == 403


def test_case_material_outside_the_admin_is_shut_too(cast: Cast):
    case = make_application(cast, Status.READY_FOR_DECISION)
    item = case.evidence.first()
    addresses = [
        reverse("evidence", args=[case.reference, item.pk]),
        reverse("evidence_in_place", args=[case.reference, item.pk]),
        reverse("application_pdf", args=[case.reference]),
        reverse("my_data"),
    ]
    for user in (cast.asta, cast.beata):
        client = sign_in(user)
        assert [client.get(address).get("Location") for address in addresses] == [WHY] * 4
        set_up(client, user)
        assert [client.get(address).status_code for address in addresses] == [200] * 4


def test_who_has_lost_the_task_reads_nothing_whatever_group_is_left(cast: Cast):
    case = make_application(cast, Status.READY_FOR_DECISION)
    User.objects.update(is_staff=False)
    for user in (cast.asta, cast.beata):
        client = Client()
        client.force_login(user)
        assert client.get(reverse("application_pdf", args=[case.reference])).status_code == 404
        assert client.get("/admin/").status_code == 404


def test_applicants_are_not_asked(cast: Cast):
    client = sign_in(cast.sigrid)
    assert client.get("/applications/").status_code == 200
    assert client.get(WHY).url == "/applications/"
    assert client.get("/admin/").status_code == 404


def test_where_it_is_not_required_nobody_is_asked(cast: Cast, settings):
    settings.QM_REQUIRE_MFA = False
    assert sign_in(cast.asta).get("/admin/").status_code == 200


def test_the_query_is_staffs_alone(cast: Cast, django_assert_num_queries):
    client = Client()
    client.force_login(cast.sigrid)
    with django_assert_num_queries(2) as found:
        client.get("/accounts/second-factor/")
    assert not [query for query in found.captured_queries if "mfa_" in query["sql"]]

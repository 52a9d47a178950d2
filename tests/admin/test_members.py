"""People and organisations in the admin, and who may give whom what."""

from __future__ import annotations

import datetime
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from applications.models import Status
from members.models import Affiliation, Membership, Organisation, User

from ..cases import PASSWORD, make_application, make_user
from .test_case import text_of
from .test_questionnaire import form_of

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/members/user/"
ORGANISATIONS = "/admin/members/organisation/"


@pytest.fixture(autouse=True)
def administrator(client, cast):
    client.cookies["django_language"] = "en"
    client.force_login(cast.alma)


def page_of(obj: User | Organisation) -> str:
    return reverse(f"admin:members_{obj._meta.model_name}_change", args=[obj.pk])


def new_person(client, **changed) -> object:
    data = form_of(client.get(f"{PEOPLE}add/").content.decode())
    return client.post(f"{PEOPLE}add/", data | {"email": "Ny@QM.example", "name": "New"} | changed)


# --- People ----------------------------------------------------------------------------------------------
def test_a_new_person_has_no_password_and_a_verified_address(client):
    answer = new_person(client, groups=["Advisor"])
    assert answer.url == PEOPLE
    user = User.objects.get(email="ny@qm.example")
    assert (user.has_usable_password(), user.is_staff, user.is_superuser) == (False, True, False)
    assert [group.name for group in user.groups.all()] == ["Advisor"]
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == ("ny@qm.example", True, True)
    assert "code sent to ny@qm.example" in text_of(client.get(PEOPLE))


def test_a_new_person_can_sign_in_by_code_and_choose_a_password_by_reset(client):
    new_person(client)
    client.logout()
    client.post(reverse("account_request_login_code"), {"email": "ny@qm.example"})
    assert [message.to for message in mail.outbox] == [["ny@qm.example"]]
    client.post(reverse("account_reset_password"), {"email": "ny@qm.example"})
    assert len(mail.outbox) == 2
    assert "/accounts/password/reset/key/" in mail.outbox[1].body


def test_who_has_no_role_has_no_admin(client, cast):
    new_person(client)
    assert User.objects.get(email="ny@qm.example").is_staff is False
    data = form_of(client.get(page_of(cast.asta)).content.decode())
    assert data["groups"] == "Advisor"
    del data["groups"]
    client.post(page_of(cast.asta), data)
    cast.asta.refresh_from_db()
    assert (cast.asta.is_staff, cast.asta.groups.count()) == (False, 0)


def test_a_changed_address_is_the_one_to_sign_in_with_and_the_old_one_is_not(client, cast):
    EmailAddress.objects.create(user=cast.sigrid, email="second@ekstad.example", verified=True, primary=False)
    data = form_of(client.get(page_of(cast.sigrid)).content.decode())
    client.post(page_of(cast.sigrid), data | {"email": "Ny.Adress@ekstad.example"})
    cast.sigrid.refresh_from_db()
    assert cast.sigrid.email == "ny.adress@ekstad.example"
    addresses = EmailAddress.objects.filter(user=cast.sigrid).values_list("email", "verified", "primary")
    assert list(addresses) == [("ny.adress@ekstad.example", True, True)]


def test_saving_without_a_new_address_keeps_the_person_s_other_addresses(client, cast):
    EmailAddress.objects.create(user=cast.sigrid, email="second@ekstad.example", verified=True, primary=False)
    data = form_of(client.get(page_of(cast.sigrid)).content.decode())
    client.post(page_of(cast.sigrid), data | {"name": "New name"})
    assert EmailAddress.objects.filter(user=cast.sigrid).count() == 2
    assert User.objects.get(pk=cast.sigrid.pk).name == "New name"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "no address",
        "SIGRID@ekstad.example",
        "second@ekstad.example",
        "a\x00@b.example",
        "x" * 300 + "@b.example",
    ],
)
def test_an_address_that_is_wrong_or_taken_is_refused_beside_its_field(client, cast, email):
    EmailAddress.objects.create(user=cast.sigrid, email="second@ekstad.example", verified=True, primary=False)
    html = new_person(client, email=email).content.decode()
    assert re.findall(r'<ul class="errorlist" id="id_(\w+)_error">', html) == ["email"]
    assert User.objects.filter(name="New").count() == 0


@pytest.mark.parametrize("groups", [["Boss"], ["1"], ["9" * 40], ["\x00"], ["Advisor", "Boss"]])
def test_only_the_three_roles_are_given(client, groups):
    html = new_person(client, groups=groups).content.decode()
    assert 'id="id_groups_error"' in html
    assert not User.objects.filter(email="ny@qm.example").exists()


def test_an_administrator_makes_nobody_a_superuser(client, cast):
    html = client.get(page_of(cast.nils)).content.decode()
    assert "is_superuser" not in html
    assert "user_permissions" not in html
    data = form_of(html)
    client.post(
        page_of(cast.nils), data | {"is_superuser": "on", "is_staff": "on", "user_permissions": ["1", "2"]}
    )
    cast.nils.refresh_from_db()
    assert (cast.nils.is_superuser, cast.nils.is_staff, cast.nils.user_permissions.count()) == (
        False,
        False,
        0,
    )
    new_person(client, is_superuser="on", is_staff="on")
    assert User.objects.filter(is_superuser=True).count() == 0


def test_an_administrator_does_not_touch_a_superuser(client):
    boss = User.objects.create_superuser("boss@qm.example", PASSWORD, name="Boss")
    assert client.get(page_of(boss)).status_code == 200
    assert client.post(page_of(boss), {"email": "mine@qm.example", "language": "sv"}).status_code == 403
    assert client.post(f"{PEOPLE}{boss.pk}/delete/", {"post": "yes"}).status_code == 403
    boss.refresh_from_db()
    assert boss.email == "boss@qm.example"


def test_nobody_shuts_themselves_out_or_gives_themselves_more(client, cast):
    data = form_of(client.get(page_of(cast.alma)).content.decode())
    assert "groups" not in data
    client.post(page_of(cast.alma), data | {"name": "Alma", "groups": ["Decision maker"], "is_active": ""})
    cast.alma.refresh_from_db()
    assert (cast.alma.name, cast.alma.is_active, cast.alma.is_staff) == ("Alma", True, True)
    assert [group.name for group in cast.alma.groups.all()] == ["Administrator"]
    assert client.post(f"{PEOPLE}{cast.alma.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_superuser_makes_another(client, cast):
    boss = User.objects.create_superuser("boss@qm.example", PASSWORD, name="Boss")
    client.force_login(boss)
    data = form_of(client.get(page_of(cast.nils)).content.decode())
    client.post(page_of(cast.nils), data | {"is_superuser": "on"})
    cast.nils.refresh_from_db()
    assert (cast.nils.is_superuser, cast.nils.is_staff) == (True, True)


def test_nobody_sets_another_s_password(client, cast):
    html = client.get(page_of(cast.nils)).content.decode()
    assert "password" not in html.partition("<main")[2].lower()
    assert client.get(f"{PEOPLE}{cast.nils.pk}/password/").status_code in (302, 404)


def test_who_has_left_traces_is_not_deleted(client, cast):
    make_application(cast, Status.SUBMITTED)
    client.post(f"{PEOPLE}{cast.sigrid.pk}/delete/", {"post": "yes"})
    assert User.objects.filter(pk=cast.sigrid.pk).exists()
    client.post(f"{PEOPLE}{cast.nils.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=cast.nils.pk).exists()


def test_only_administrators_have_the_members(client, cast):
    for user in (cast.asta, cast.beata):
        client.force_login(user)
        pages = (PEOPLE, f"{PEOPLE}add/", page_of(cast.nils), ORGANISATIONS, page_of(cast.town))
        assert [client.get(page).status_code for page in pages] == [403] * 5


# --- Organisations ---------------------------------------------------------------------------------------
def save(client, organisation: Organisation, **changed) -> object:
    data = form_of(client.get(page_of(organisation)).content.decode())
    return client.post(
        page_of(organisation), data | {key.replace("__", "-"): value for key, value in changed.items()}
    )


def errors(answer) -> list[str]:
    html = answer.content.decode()
    return re.findall(r'<ul class="errorlist"[^>]*id="id_([\w-]+)_error">', html)


def test_a_person_is_tied_by_e_mail_address(client, cast):
    answer = save(
        client,
        cast.town,
        affiliation_set__3__email=" NILS@example.example ",
        affiliation_set__3__role="editor",
    )
    assert answer.status_code == 302
    assert Affiliation.objects.get(user=cast.nils).role == "editor"
    assert Affiliation.objects.filter(organisation=cast.town).count() == 4


@pytest.mark.parametrize(
    "email", ["nobody.known@example.example", "sigrid@ekstad.example", "no address", "a\x00b@c.example"]
)
def test_a_person_who_is_not_here_or_has_a_role_is_refused_beside_the_field(client, cast, email):
    answer = save(client, cast.town, affiliation_set__3__email=email)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert Affiliation.objects.filter(organisation=cast.town).count() == 3


def test_the_same_person_twice_in_one_form_is_refused(client, cast):
    answer = save(
        client,
        cast.town,
        affiliation_set__TOTAL_FORMS="5",
        affiliation_set__3__email="nils@example.example",
        affiliation_set__3__role="viewer",
        affiliation_set__4__email="Nils@example.example",
        affiliation_set__4__role="editor",
    )
    assert "This person is on the list twice." in answer.content.decode()
    assert not Affiliation.objects.filter(user=cast.nils).exists()


def test_saving_twice_by_a_double_click_ties_once(client, cast):
    data = form_of(client.get(page_of(cast.town)).content.decode())
    data |= {
        "affiliation_set-3-email": "nils@example.example",
        "membership_set-1-starts": "2019-01-01",
        "membership_set-1-ends": "2019-12-31",
    }
    statuses = [client.post(page_of(cast.town), data).status_code for _click in range(2)]
    assert statuses == [302, 200]
    assert Affiliation.objects.filter(user=cast.nils).count() == 1
    assert Membership.objects.filter(organisation=cast.town).count() == 2


@pytest.mark.parametrize(
    ("starts", "ends", "refused"),
    [
        ("2019-01-01", "2019-12-31", False),
        ("2019-01-01", "2020-01-01", True),
        ("2019-01-01", "", True),
        ("2021-06-01", "2021-07-01", True),
        ("2020-01-01", "", True),
    ],
)
def test_memberships_do_not_overlap(client, cast, starts, ends, refused):
    answer = save(client, cast.town, membership_set__1__starts=starts, membership_set__1__ends=ends)
    html = answer.content.decode()
    assert ("This overlaps the membership from 1 January 2020, which has no last day." in html) is refused
    assert Membership.objects.filter(organisation=cast.town).count() == (1 if refused else 2)
    if refused:
        assert html.index("This overlaps") < html.index('name="membership_set-1-starts"')


def test_a_membership_that_ends_before_it_begins_is_refused_beside_its_field(client, cast):
    answer = save(client, cast.town, membership_set__0__ends="2019-12-31")
    html = answer.content.decode()
    assert html.count("The last day can&#x27;t be before the first day.") == 1
    assert Membership.objects.get(organisation=cast.town).ends is None


def test_a_period_can_take_the_place_of_one_that_is_removed(client, cast):
    answer = save(client, cast.town, membership_set__0__DELETE="on", membership_set__1__starts="2021-01-01")
    assert answer.status_code == 302
    assert Membership.objects.get(organisation=cast.town).starts == datetime.date(2021, 1, 1)


def test_names_are_shown_as_text(client, cast):
    cast.town.name = "<script>alert(1)</script>"
    cast.town.save()
    make_user("x@qm.example", "<img src=x onerror=alert(1)>", "Advisor")
    for page in (PEOPLE, ORGANISATIONS, page_of(cast.town), page_of(cast.sigrid)):
        html = client.get(page).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


# --- Query counts ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("more", [0, 40])
def test_the_lists_ask_as_much_for_few_as_for_many(client, cast, more, django_assert_num_queries):
    for n in range(more):
        organisation = Organisation.objects.create(name=f"Ort {n}", town=f"Ort {n}")
        Membership.objects.create(organisation=organisation, starts=datetime.date(2020, 1, 1))
        user = User.objects.create(email=f"person{n}@ort.example")
        user.groups.add(cast.asta.groups.get())
        Affiliation.objects.create(user=user, organisation=organisation)
    with django_assert_num_queries(9):
        people = client.get(PEOPLE).content.decode()
    with django_assert_num_queries(6):
        organisations = client.get(ORGANISATIONS).content.decode()
    assert people.count('class="field-roles"') == User.objects.count()
    assert organisations.count('class="field-member_now"') == Organisation.objects.count()

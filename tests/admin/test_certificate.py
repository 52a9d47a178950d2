"""Certificates in the admin: the list, the page, and suspending, resuming, revoking, making the document."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import workflow
from applications.models import Certificate, Decision, Event, Status, new_code
from members.models import Affiliation

from ..cases import make_application, make_user
from .test_case import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/certificate/"


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def certificate(cast) -> Certificate:
    make_application(cast, Status.APPROVED)
    return Certificate.objects.get()


def at(name: str, certificate: Certificate) -> str:
    return reverse(f"admin:applications_certificate_{name}", args=[certificate.pk])


def test_who_sees_and_who_changes(client, cast, certificate):
    tied = make_user("tied@qm.example", "Tied", "Administrator")
    Affiliation.objects.create(user=tied, organisation=cast.town, role=Affiliation.Role.VIEWER)
    roleless = make_user("roleless@qm.example", "roleless", staff=True)
    found = {}
    for user in (cast.alma, cast.asta, cast.beata, tied, roleless, cast.sigrid, cast.nils):
        client.force_login(user)
        found[user.name] = (
            client.get(LIST).status_code,
            client.get(at("change", certificate)).status_code,
            client.post(at("status", certificate), {}).status_code,
            client.post(at("document", certificate)).status_code if user != cast.alma else 302,
        )
    assert found == {
        "Administrator": (200, 200, 200, 302),
        "Advisor one": (200, 200, 403, 403),
        "Decision maker": (200, 200, 403, 403),
        "Tied": (200, 200, 403, 403),
        "roleless": (403, 403, 403, 403),
        "Signatory": (404, 404, 404, 404),
        "Nobody": (404, 404, 404, 404),
    }
    client.logout()
    assert client.get(at("change", certificate)).status_code == 302
    assert client.post(at("status", certificate)).status_code == 302
    assert not Event.objects.filter(kind__startswith="certificate_").exists()


def test_nothing_is_added_deleted_or_edited(client, cast, certificate):
    type(cast.alma).objects.filter(pk=cast.alma.pk).update(is_superuser=True)
    client.force_login(cast.alma)
    for page in (
        "add/",
        f"{certificate.pk}/delete/",
        f"{certificate.pk}/history/",
        "999999/change/",
        "x/change/",
        f"{'9' * 30}/change/",
    ):
        assert client.get(LIST + page).status_code == 404
    assert client.post(at("change", certificate), {"area": "Elsewhere"}).status_code == 405
    assert client.get(at("status", certificate)).status_code == 405
    assert client.get(at("document", certificate)).status_code == 405


def test_the_page_states_what_the_certificate_states_with_its_links(client, cast, certificate):
    client.force_login(cast.alma)
    page = client.get(at("change", certificate))
    html = page.content.decode()
    for stated in (certificate.number, certificate.area, certificate.holder, certificate.code):
        assert stated in html
    assert f'href="{certificate.get_absolute_url()}"' in html
    assert "not made yet" in html
    assert "Make the document" in html


def test_suspending_resuming_and_revoking_with_reasons(client, cast, certificate):
    client.force_login(cast.alma)
    steps = [
        ("suspended", "Membership ended.", "suspended", "Membership ended."),
        ("valid", "Membership renewed.", "valid", ""),
        ("revoked", "The collaboration has ended.", "revoked", "The collaboration has ended."),
    ]
    for to, reason, status, shown in steps:
        answer = client.post(at("status", certificate), {"to": to, "reason": reason})
        assert answer.url == at("change", certificate)
        certificate.refresh_from_db()
        assert (certificate.status, certificate.status_reason) == (status, shown)
    page = client.get(at("change", certificate))
    assert "The collaboration has ended." in text_of(page)
    assert "<textarea" not in page.content.decode()


@pytest.mark.parametrize(
    ("posted", "fields"),
    [
        ({}, ["to", "reason"]),
        ({"to": "suspended"}, ["reason"]),
        ({"to": "suspended", "reason": "  "}, ["reason"]),
        ({"to": "suspended", "reason": "x" * 5001}, ["reason"]),
        ({"to": "valid", "reason": "It is already."}, ["to"]),
        ({"to": "superseded", "reason": "By hand."}, ["to"]),
        ({"to": "\x00", "reason": "By hand."}, ["to"]),
    ],
)
def test_what_can_not_be_done_is_refused_beside_its_field(client, cast, certificate, posted, fields):
    client.force_login(cast.alma)
    html = client.post(at("status", certificate), posted).content.decode()
    assert re.findall(r'<ul class="errorlist" id="id_(\w+)_error">', html) == fields
    assert posted.get("reason", "").strip() in html
    certificate.refresh_from_db()
    assert certificate.status == "valid"


def test_what_was_typed_is_shown_when_nothing_can_be_done_any_more(client, cast, certificate):
    workflow.change_certificate(certificate, cast.alma, Certificate.Status.REVOKED, "It has ended.")
    client.force_login(cast.alma)
    html = client.post(
        at("status", certificate), {"to": "suspended", "reason": "Typed too late."}
    ).content.decode()
    assert "Typed too late." in html
    assert "error-summary" in html


def test_the_document_is_made_once(client, cast, certificate):
    client.force_login(cast.alma)
    for _click in range(2):
        assert client.post(at("document", certificate)).url == at("change", certificate)
    certificate.refresh_from_db()
    assert certificate.document
    assert Event.objects.filter(kind="certificate_rendered").count() == 1
    assert "The document is made." in text_of(client.get(at("change", certificate)))
    assert "Make the document" not in text_of(client.get(at("change", certificate)))


def further(cast, number: int) -> None:
    """`number` more certificates, each of a decision of its own."""
    first = Decision.objects.get()
    for n in range(number):
        case = type(first.application).objects.get(pk=first.application_id)
        case.pk, case.reference, case.area = None, f"QM-2020-{n:04d}", f"Ort {n}"
        case.save(force_insert=True)
        decision = Decision.objects.get(pk=first.pk)
        decision.pk, decision.application = None, case
        decision.save(force_insert=True)
        Certificate.objects.create(
            number=f"QMC-2020-{n:04d}",
            code=new_code(),
            decision=decision,
            holder="Holder",
            area=f"Ort {n}",
            issued_on=datetime.date(2020, 1, 1),
            valid_through=datetime.date(2023, 1, 1),
        )


@pytest.mark.parametrize("more", [0, 49])
def test_the_list_asks_as_much_for_one_certificate_as_for_fifty(
    client, cast, certificate, more, django_assert_num_queries
):
    further(cast, more)
    client.force_login(cast.alma)
    with django_assert_num_queries(6):
        html = client.get(LIST).content.decode()
    assert html.count('class="field-standing_word"') == 1 + more


def test_filter_and_search(client, cast, certificate):
    further(cast, 1)
    client.force_login(cast.alma)

    def listed(**params: str) -> list[str]:
        html = client.get(LIST, params).content.decode()
        return re.findall(r'<td class="field-area">(.*?)</td>', html)

    assert listed(standing="valid") == ["Ekstad"]
    assert listed(standing="expired") == ["Ort 0"]
    assert listed(standing="revoked") == []
    assert listed(standing="x\x00") == ["Ekstad", "Ort 0"]
    assert listed(q="ort") == ["Ort 0"]
    assert timezone.localdate() > datetime.date(2023, 1, 1)

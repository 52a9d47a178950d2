"""Roads that once led past a guard."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from applications import permissions, workflow, writing
from applications.doors import NotAllowed, NotReady
from applications.evidence import Rejected, inspect
from applications.models import Application, Decision, Event, Status
from members.models import Affiliation

from .cases import make_application, make_user, uphold, upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("members_user", "password__startswith"),
        ("members_user", "name__regex"),
        ("members_organisation", "people__password__startswith"),
        ("applications_application", "spokesperson__startswith"),
        ("applications_application", "spokesperson__regex"),
        ("applications_application", "answer__isnull"),
        ("applications_certificate", "code__startswith"),
    ],
)
def test_a_list_answers_to_its_own_filters_alone(client, cast, name, lookup):
    client.force_login(cast.alma)
    response = client.get(reverse(f"admin:{name}_changelist"), {lookup: "(((1"})
    assert response.status_code == 400


def test_a_lists_own_filters_work(client, cast):
    client.force_login(cast.alma)
    for name, lookup, value in (
        ("members_user", "is_active__exact", "1"),
        ("members_organisation", "kind__exact", "trader"),
        ("applications_application", "status", "approved"),
    ):
        assert client.get(reverse(f"admin:{name}_changelist"), {lookup: value}).status_code == 200


def test_who_may_have_read_the_reviews_does_not_become_a_reviewer(cast):
    both = make_user("both@qm.example", "Both", "Advisor", "Decision maker")
    application = make_application(cast, Status.READY_FOR_DECISION)
    assert permissions.can_read_as_decider(both, application)
    workflow.ask_further_review(application, both, "They are far apart.")
    application.refresh_from_db()
    with pytest.raises(NotAllowed):
        workflow.assign(application, [both], both)


def test_who_upheld_the_appeal_does_not_review(cast):
    both = make_user("both@qm.example", "Both", "Advisor", "Decision maker")
    application = make_application(cast, Status.DECLINED)
    uphold(application, cast, both)
    with pytest.raises(NotAllowed):
        workflow.assign(application, [both], cast.alma)


def test_a_row_is_not_replaced_behind_the_triggers(cast):
    make_application(cast, Status.APPROVED)
    verb = "REPLACE INTO" if connection.vendor == "sqlite" else "INSERT INTO"
    fields = Decision._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    values = ", ".join(
        "'forged'" if f.name == "reasons" else connection.ops.quote_name(f.column) for f in fields
    )
    statement = f"{verb} applications_decision ({columns}) SELECT {values} FROM applications_decision"  # noqa: S608
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(statement)
    assert Decision.objects.get().reasons == "Well done."


def test_a_centre_is_the_same_however_it_is_written(cast):
    first = make_application(cast, Status.SUBMITTED, area="Örby")
    with pytest.raises(NotReady, match=first.reference):
        workflow.start(cast.town, cast.sigrid, "öRBY", "Ekstads kommun")
    draft = make_application(cast, area="Ekby")
    with pytest.raises(NotReady, match=first.reference):
        writing.save_facts(
            draft, cast.sigrid, area="ÖRBY", holder="E", spokesperson="S", spokesperson_title=""
        )
    assert Application.objects.get(pk=draft.pk).area == "Ekby"


@pytest.mark.parametrize("charset", ["hex", "utf-7", "rot13", "idna", "undefined", "nonsense"])
def test_a_form_in_another_encoding_is_a_bad_request(client, charset):
    body = "--BB\r\nContent-Disposition: form-data; name=login\r\n\r\n+2AA-\r\n--BB--\r\n"
    response = client.generic(
        "POST", "/accounts/login/", body, f"multipart/form-data; boundary=BB; charset={charset}"
    )
    assert response.status_code == 400


def test_an_archive_packed_with_lzma_is_refused_unopened():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", "wordprocessingml.document.main+xml")
    with pytest.raises(Rejected):
        inspect(upload(stream.getvalue(), "avtal.docx"))


def affiliation_post(cast, person, town) -> dict[str, str]:
    return {
        "email": person.email,
        "name": person.name,
        "language": "sv",
        "is_active": "on",
        "affiliation_set-TOTAL_FORMS": "1",
        "affiliation_set-INITIAL_FORMS": "0",
        "affiliation_set-0-user": str(person.pk),
        "affiliation_set-0-organisation": str(town.pk),
        "affiliation_set-0-role": "signatory",
    }


def test_an_administrator_does_not_let_herself_into_an_organisation(client, cast):
    client.force_login(cast.alma)
    address = reverse("admin:members_user_change", args=[cast.alma.pk])
    assert client.post(address, affiliation_post(cast, cast.alma, cast.town)).status_code == 200
    organisation = reverse("admin:members_organisation_change", args=[cast.other_town.pk])
    data = {
        "name": "Furuby kommun",
        "kind": "municipality",
        "town": "Furuby",
        "membership_set-TOTAL_FORMS": "0",
        "membership_set-INITIAL_FORMS": "0",
        "affiliation_set-TOTAL_FORMS": "1",
        "affiliation_set-INITIAL_FORMS": "0",
        "affiliation_set-0-organisation": str(cast.other_town.pk),
        "affiliation_set-0-email": cast.alma.email.upper(),
        "affiliation_set-0-role": "viewer",
    }
    assert client.post(organisation, data).status_code == 200
    assert not Affiliation.objects.filter(user=cast.alma).exists()
    data["affiliation_set-0-email"] = cast.nils.email
    assert client.post(organisation, data).status_code == 302
    assert Affiliation.objects.get(user=cast.nils).organisation == cast.other_town


def test_an_administrator_does_not_move_a_colleagues_address(client, cast):
    client.force_login(cast.alma)
    address = reverse("admin:members_user_change", args=[cast.beata.pk])
    data = {
        "email": "evil@evil.example",
        "name": "Decision maker",
        "language": "sv",
        "is_active": "on",
        "groups": ["Decision maker"],
        "affiliation_set-TOTAL_FORMS": "0",
        "affiliation_set-INITIAL_FORMS": "0",
    }
    assert client.post(address, data).status_code == 302
    cast.beata.refresh_from_db()
    assert cast.beata.email == "beata@qm.example"


def test_what_a_review_and_a_decision_held_is_in_the_log(cast):
    application = make_application(cast, Status.APPROVED)
    logged = application.event_set.filter(kind__in=[Event.Kind.REVIEW_SUBMITTED, Event.Kind.APPROVED])
    assert [len(event.data["sha256"]) for event in logged] == [64, 64, 64]

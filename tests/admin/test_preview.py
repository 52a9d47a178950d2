"""The letter and the certificate before anything is decided: who gets them, what they say, that nothing is kept."""

from __future__ import annotations

import datetime
import io
import subprocess
from typing import Any

import pikepdf
import pytest
from dateutil.relativedelta import relativedelta
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from applications import clock, reading, workflow
from applications.certificates import render
from applications.models import (
    Application,
    Certificate,
    Decision,
    DecisionDraft,
    Event,
    Recommendation,
    Series,
    Status,
)

from ..cases import make_application, review
from .conftest import at
from .test_access import people

pytestmark = pytest.mark.django_db

PREVIEWS = ("preview_letter", "preview_certificate")
ODD = "Ж ŋ 😀 👩‍👩‍👧 日本 \u202eשלום \x00 <b>fet</b> {{ x }} {% y %} \ufdd0 ﷽"
PUBLIC = {
    "applicant": 404,
    "stranger": 404,
    "nobody": 404,
    "conflicted": 404,
    "affiliated": 404,
    "roleless": 404,
}


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


@pytest.fixture
def ready(cast) -> Application:
    return make_application(cast, Status.READY_FOR_DECISION)


def words(response) -> str:
    assert response["Content-Type"] == "application/pdf"
    run = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=response.content, capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().split())


def post(client, cast, case: Application, name: str = "preview_letter", **typed: Any):
    client.force_login(cast.beata)
    return client.post(at(name, case), typed)


@pytest.mark.parametrize("name", PREVIEWS)
def test_only_who_may_decide_now_gets_a_preview(client, cast, office, name):
    expected = {
        **dict.fromkeys(people(cast, office), 403),
        **PUBLIC,
    }
    found = {}
    for who, user in people(cast, office).items():
        client.force_login(user)
        found[who] = client.post(at(name, office.case)).status_code
    assert found == expected
    review(office.case, cast.asta)
    for who, user in people(cast, office).items():
        client.force_login(user)
        found[who] = client.post(at(name, office.case)).status_code
    assert found == {**expected, "decision maker": 200}
    workflow.decide(office.case, cast.beata, Decision.Outcome.APPROVED, "Well done.")
    assert post(client, cast, office.case, name).status_code == 403


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_is_asked_for_by_a_form_of_ours(client, cast, ready, name):
    client.force_login(cast.beata)
    assert client.get(at(name, ready)).status_code == 405
    client.handler.enforce_csrf_checks = True
    assert client.post(at(name, ready)).status_code == 403


def test_the_letter_says_what_is_typed_so_far(client, cast, ready):
    response = post(
        client,
        cast,
        ready,
        outcome="declined",
        reasons="Samverkan är bra.\r\n\r\nPlanen saknas.",
        next_steps="Skriv planen.",
        apply_again_from="2027-03-01",
        recommendations="Hör inte hit.",
        override_reason="HEMLIGT SKÄL",
    )
    text = words(response)
    until = clock.today() + datetime.timedelta(days=28)
    for part in (
        "PREVIEW, not decided",
        "is not yet approved for the Quality Mark",
        ready.reference,
        "Ekstads kommun",
        "Samverkan är bra. Planen saknas.",
        "Skriv planen.",
        "from 1 March 2027",
        f"The last day to appeal is {until.day} {until:%B %Y}.",
    ):
        assert part in text
    assert "Hör inte hit." not in text
    assert "HEMLIGT" not in text
    assert response["Content-Disposition"].startswith("inline;")
    assert "no-store" in response["Cache-Control"]


def test_an_approvals_letter_has_recommendations_and_no_way_back(client, cast, ready):
    text = words(
        post(
            client,
            cast,
            ready,
            outcome="approved",
            reasons="Bra.",
            recommendations="Ett\r\n\r\n  Två  \r\n",
            next_steps="Hör inte hit.",
            apply_again_from="2027-03-01",
        )
    )
    assert "has decided to award Ekstad the Quality Mark." in text
    assert "done about these. Ett Två Yours sincerely" in text
    for part in ("Hör inte hit.", "2027", "appeal", "The way back"):
        assert part not in text


def test_with_nothing_typed_there_are_dots(client, cast, ready):
    text = words(post(client, cast, ready))
    assert "Reasons …" in text
    assert "PREVIEW" in text


@pytest.mark.parametrize(
    "typed",
    [
        {"outcome": "draft", "apply_again_from": "2027-02-31"},
        {"outcome": ["approved", "declined"], "reasons": ["a", "b"], "apply_again_from": "x" * 5000},
        {"outcome": "declined", "reasons": ODD, "next_steps": ODD, "apply_again_from": "0000-00-00"},
        {"outcome": "approved", "recommendations": f"{ODD}\n" * 40},
        {"reasons": "å" * 60_000, "next_steps": "a\n" * 20_000, "outcome": "\x00"},
        {"outcome": "declined", "apply_again_from": "0001-01-01"},
        {"outcome": "declined", "apply_again_from": "9999-12-31"},
    ],
)
def test_whatever_is_sent_becomes_a_letter(client, cast, ready, typed):
    response = post(client, cast, ready, **typed)
    assert response.status_code == 200
    assert "PREVIEW" in words(response)


def test_the_certificate_says_across_it_that_it_is_none(client, cast, ready):
    response = post(client, cast, ready, "preview_certificate")
    text = words(response)
    # What is written aslant comes out letter by letter.
    for part in ("FÖRHANDSVISNING", "PREVIEW", "Ekstadskommun", f"QMC-{clock.today().year}-····"):
        assert part in text.replace(" ", "")
    assert "http://testserver" not in text
    assert "/verify/ " in f"{text} "
    with pikepdf.open(io.BytesIO(response.content)) as pdf:
        (page,) = pdf.pages
        assert [str(link.A.URI).endswith("/verify/") for link in page.Annots] == [True]
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["dc:title"].startswith("FÖRHANDSVISNING: ")


def test_a_renewals_certificate_runs_on_from_the_one_before(cast):
    with clock.at(timezone.now() - relativedelta(months=30)):
        make_application(cast, Status.APPROVED)
    first = Certificate.objects.get()
    renewal = workflow.renew(first, cast.sigrid)
    for certificate in (
        first,
        Certificate(status=Certificate.Status.REVOKED, valid_through=first.valid_through),
    ):
        runs_from = first.valid_through if certificate is first else clock.today()
        assert reading.valid_through(renewal, certificate, clock.today()) == runs_from + relativedelta(
            years=3
        )
    text = subprocess.run(
        ["pdftotext", "-raw", "-", "-"],
        input=render.preview(renewal, clock.today()),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert f"{first.valid_through.year + 3}" in text


def test_a_name_that_cannot_be_printed_is_said_and_no_error(client, cast, ready):
    Application.objects.filter(pk=ready.pk).update(area="Ekstad 😀")
    response = post(client, cast, ready, "preview_certificate")
    assert response.url == at("decide", ready)
    page = client.get(response.url).content.decode()
    assert "be printed, or is too long." in page
    assert post(client, cast, ready, outcome="approved").status_code == 200


def test_nothing_is_kept(client, cast, ready):
    def kept() -> list[Any]:
        models = (Event, Decision, DecisionDraft, Recommendation, Certificate)
        series = sorted(Series.objects.values_list("name", "year", "last"))
        return [*(model.objects.count() for model in models), series, ready.status, ready.touched_at]

    before = kept()
    post(client, cast, ready, outcome="approved", reasons="Bra.")
    post(client, cast, ready, "preview_certificate")
    ready.refresh_from_db()
    assert kept() == before
    assert not default_storage.exists("certificates") or default_storage.listdir("certificates")[1] == []

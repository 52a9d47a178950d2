"""The whole application as a document: what is in it, who gets it, and that it can be read by everyone."""

from __future__ import annotations

import io
import re
import subprocess

import pikepdf
import pytest
from django.utils import translation

from applications import workflow, writing
from applications.models import Application, Status

from ..cases import fill, join, make_application, questions, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, page: str = "application.pdf") -> str:
    return f"/applications/{application.reference}/{page}"


def words(response) -> str:
    """What stands in the document, as a reader of PDFs gives it out."""
    assert response["Content-Type"] == "application/pdf"
    out = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=response.content, capture_output=True, check=True
    )
    return " ".join(out.stdout.decode().split())


def test_a_submission_says_everything_that_was_handed_in(client, cast):
    application = fill(make_application(cast), cast.sigrid)
    party = join(application, cast.mina)
    party.endorsed_at = party.accepted_at
    party.save()
    file = writing.add_evidence(
        application, questions(application)[4], cast.edit, upload(b"Datum;Antal\n1;2\n", "flöde.csv")
    )
    writing.describe_evidence(application, file, questions(application)[4], cast.edit, "Räknat på torget")
    submission = workflow.submit(application, cast.sigrid, declares=True)
    client.force_login(cast.vide)
    response = client.get(at(application))
    text = words(response)
    for part in (
        f"Application {application.reference}, Ekstad",
        "Ekstads kommun",
        "Spokesperson",
        "Planner, planning department",
        "Ekstads Hus AB",
        "Yes, since",
        "75 % of the points",
        "Svar på fråga 5: åäö.",
        "3 fulfilled",
        "protokoll.pdf",
        "flöde.csv",
        "Räknat på torget",
        file.sha256,
        submission.sha256,
        "by Signatory",
    ):
        assert part in text
    assert "DRAFT" not in text
    assert response["Cache-Control"] == "private, no-store"
    assert f'filename="{application.reference}-1.pdf"' in response["Content-Disposition"]


def test_it_is_tagged_named_and_in_the_readers_language(client, cast):
    application = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.sigrid)
    for language, title in (("en", "Application"), ("sv", "Ansökan")):
        client.cookies["django_language"] = language
        with pikepdf.open(io.BytesIO(client.get(at(application)).content)) as pdf:
            assert str(pdf.Root.Lang) == language
            assert bool(pdf.Root.MarkInfo.Marked)
            assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
            with pdf.open_metadata() as metadata:
                assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
                assert metadata["dc:title"] == f"{title} {application.reference}, Ekstad"
            (top,) = pdf.open_outline().root
            assert len(top.children) == 9
            tags = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/S" in item]
            kinds = [str(tag.S) for tag in tags]
            assert {"/H1", "/H2", "/TH", "/Figure"} <= set(kinds)
            figure = next(tag for tag in tags if tag.S == "/Figure")
            assert "5" in str(figure.Alt)
            fonts = {
                str(item.FontName)
                for item in pdf.objects
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
            }
            assert {re.sub(r"^/[A-Z]{6}\+|-Semi-Bold$", "", name) for name in fonts} == {
                "qm_sans",
                "qm_sans_semibold",
                "qm_serif_semibold",
            }


def test_a_draft_is_marked_on_every_page_and_has_what_is_written(client, cast):
    application = make_application(cast)
    long = "Samverkan går framåt. " * 700
    writing.save_answer(application, questions(application)[0], cast.edit, long, None)
    client.force_login(cast.edit)
    response = client.get(at(application))
    text = words(response)
    pages = len(pikepdf.open(io.BytesIO(response.content)).pages)
    assert pages > 3
    assert text.count("DRAFT, not submitted") == pages
    assert text.count("Samverkan") == 700
    assert f"1/{pages}" in text
    assert "No answer yet." in text


ODD = "Ж ŋ € 😀 👩‍👩‍👧 👍🏽 ❤️ 日本 \u202e \t <b>fet</b> & {{ x }} {% y %} \x1b \ufdd0 ﷽ x̌ A\u0301"


def test_odd_characters_survive_or_are_said_to_be_missing(client, cast):
    application = make_application(cast)
    writing.save_answer(application, questions(application)[0], cast.edit, f"Före {ODD} efter {'x' * 900}", 3)
    client.force_login(cast.edit)
    text = words(client.get(at(application)))
    assert "<b>fet</b> & {{ x }} {% y %}" in text
    for part in ("Före Ж ŋ € ☐", "efter xxx", "☐ stands for a character that can't be printed here", "Á"):
        assert part in text


def test_a_document_without_odd_characters_says_nothing_of_them(client, cast):
    client.force_login(cast.edit)
    assert "stands for" not in words(client.get(at(make_application(cast))))


def test_each_submission_has_its_own(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.sigrid)
    writing.save_answer(application, questions(application)[1], cast.edit, "Mer om budgeten.", 3)
    assert "DRAFT" in words(client.get(at(application)))
    workflow.resubmit(application, cast.sigrid, declares=True)
    latest, first = words(client.get(at(application))), words(client.get(f"{at(application)}?submission=1"))
    assert "Mer om budgeten." in latest
    assert "Tell us more about the budget." in latest
    assert "Mer om budgeten." not in first
    assert "Svar på fråga 2: åäö." in first


@pytest.mark.parametrize("wanted", ["0", "3", "-1", "x", "", "9" * 5000, "%00"])
def test_a_submission_that_does_not_exist(client, cast, wanted):
    application = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.sigrid)
    assert client.get(f"{at(application)}?submission={wanted}").status_code == 404


def test_the_associations_people_get_what_was_submitted_when_they_may_read_it(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    writing.save_answer(application, questions(application)[1], cast.edit, "Ännu inte inskickat.", 3)
    for name, status in (("asta", 200), ("axel", 200), ("beata", 404), ("alma", 404)):
        client.force_login(getattr(cast, name))
        response = client.get(at(application))
        assert response.status_code == status
        if status == 200:
            assert "Ännu inte inskickat." not in words(response)
            assert "DRAFT" not in words(response)


def test_a_diagnosis_has_a_report_and_no_application(client, cast):
    diagnosis = workflow.start_diagnosis(cast.town, cast.edit, "Ekstad")
    writing.save_answer(diagnosis, questions(diagnosis)[0], cast.edit, "Vi möts.", 1)
    client.force_login(cast.vide)
    text = words(client.get(at(diagnosis, "report.pdf")))
    for part in (
        "Self-diagnosis",
        "5 % of the points",
        "Vi möts.",
        "under the least",
        "nobody at the association",
    ):
        assert part in text
    assert "DRAFT" not in text
    assert client.get(at(diagnosis)).status_code == 404
    assert client.get(at(make_application(cast), "report.pdf")).status_code == 404

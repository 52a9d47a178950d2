"""Who gets a file, and how it is sent."""

from __future__ import annotations

import io
import zipfile
from uuid import uuid4

import pytest
from django.urls import reverse

from applications import workflow, writing
from applications.models import Application, Evidence, Status

from ..cases import PDF, jpeg, make_application, questions, upload

pytestmark = pytest.mark.django_db

APPLICANTS = ("sigrid", "edit", "vide")
OUTSIDERS = ("stina", "nils", "alma")


def document() -> bytes:
    """A Word document, as far as its type goes."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{kind}"/></Types>')
    return stream.getvalue()


def address(item: Evidence, *, view: bool = False) -> str:
    return reverse("evidence_in_place" if view else "evidence", args=[item.application.reference, item.pk])


def attach(application: Application, cast, content: bytes = PDF, name: str = "protokoll.pdf") -> Evidence:
    return writing.add_evidence(application, questions(application)[0], cast.sigrid, upload(content, name))


def status(client, user, item: Evidence) -> int:
    client.force_login(user)
    codes = {client.get(address(item)).status_code, client.get(address(item, view=True)).status_code}
    assert len(codes) == 1
    return codes.pop()


@pytest.mark.parametrize(
    ("state", "readers"),
    [
        (Status.DRAFT, APPLICANTS),
        (Status.SUBMITTED, APPLICANTS),
        (Status.IN_REVIEW, (*APPLICANTS, "asta", "axel")),
        (Status.COMPLETION_REQUESTED, (*APPLICANTS, "asta", "axel")),
        (Status.READY_FOR_DECISION, (*APPLICANTS, "asta", "axel", "beata")),
        (Status.APPROVED, (*APPLICANTS, "asta", "axel", "beata")),
    ],
)
def test_who_gets_a_file(client, cast, state, readers):
    application = make_application(cast, state)
    item = application.evidence.first() or attach(application, cast)
    people = (*APPLICANTS, *OUTSIDERS, "asta", "axel", "beata")
    got = {name: status(client, getattr(cast, name), item) for name in people}
    assert got == {name: 200 if name in readers else 404 for name in people}
    client.logout()
    response = client.get(address(item))
    assert response["Location"] == f"{reverse('account_login')}?next={address(item)}"


def test_an_advisor_with_a_conflict_or_without_a_declaration_gets_nothing(client, cast):
    application = make_application(cast, Status.SUBMITTED)
    item = application.evidence.first()
    declared, undeclared = workflow.assign(application, [cast.asta, cast.axel], cast.alma)
    workflow.declare(application, declared, cast.asta, has_conflict=True)
    assert undeclared.has_conflict is None
    assert [status(client, user, item) for user in (cast.asta, cast.axel)] == [404, 404]


def test_what_lies_in_a_completion_is_not_for_the_advisors_yet(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    fresh = writing.add_evidence(application, questions(application)[1], cast.edit, upload(PDF + b"x"))
    assert status(client, cast.asta, fresh) == 404
    assert status(client, cast.edit, fresh) == 200
    old = application.evidence.get(questions__number=2, first_submission__isnull=False)
    writing.remove_evidence(application, old, questions(application)[1], cast.edit)
    assert status(client, cast.asta, old) == 200


def test_forged_and_foreign_numbers(client, cast):
    application = make_application(cast)
    item = attach(application, cast)
    other = make_application(cast, area="Granby")
    client.force_login(cast.sigrid)
    for reference, number in (
        (application.reference, uuid4()),
        (other.reference, item.pk),
        ("QM-2026-9999", item.pk),
    ):
        for name in ("evidence", "evidence_in_place"):
            assert client.get(reverse(name, args=[reference, number])).status_code == 404
    base = f"/applications/{application.reference}/evidence/"
    for tail in ("1/", "x/", f"{item.pk}x/", "../", f"{item.pk.hex}/"):
        assert client.get(base + tail).status_code == 404
    assert client.post(address(item)).status_code == 405


def test_a_file_is_sent_as_an_attachment_that_can_do_nothing(client, cast):
    item = attach(make_application(cast), cast, name="Årsmöte 2026.pdf")
    client.force_login(cast.sigrid)
    response = client.get(address(item))
    assert response.streaming
    assert b"".join(response.streaming_content) == PDF
    wanted = {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename*=utf-8''%C3%85rsm%C3%B6te%202026.pdf",
        "Content-Length": str(len(PDF)),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {name: response[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("content", "content_type"), [(PDF, "application/pdf"), (jpeg(), "image/jpeg")], ids=["pdf", "jpeg"]
)
def test_a_pdf_or_picture_is_shown_in_a_sandbox_on_our_pages_only(client, cast, content, content_type):
    item = attach(make_application(cast), cast, content, "underlag")
    client.force_login(cast.sigrid)
    response = client.get(address(item, view=True))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'inline; filename="{item.name}"'
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'self'; sandbox"


def test_a_document_is_only_downloaded(client, cast):
    item = attach(make_application(cast), cast, document(), "avtal.docx")
    client.force_login(cast.sigrid)
    assert client.get(address(item, view=True)).status_code == 404
    response = client.get(address(item))
    assert response["Content-Type"] == item.content_type
    assert response["Content-Disposition"] == 'attachment; filename="avtal.docx"'


def test_a_file_that_storage_has_lost_is_said_kindly(client, cast):
    item = attach(make_application(cast), cast)
    item.file.storage.delete(item.file.name)
    client.force_login(cast.sigrid)
    for view in (False, True):
        response = client.get(address(item, view=view))
        assert response.status_code == 404
        assert response.templates[0].name == "applications/file_missing.html"


def test_the_head_alone(client, cast):
    item = attach(make_application(cast), cast)
    client.force_login(cast.sigrid)
    response = client.head(address(item))
    assert (response.status_code, response["Content-Length"]) == (200, str(len(PDF)))

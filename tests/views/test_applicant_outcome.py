"""The decision as the applicant reads it, and the certificate's document."""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from applications import workflow
from applications.certificates import issue
from applications.models import Application, Certificate, Decision, Status
from members.models import User

from ..cases import make_application, make_user, own_review, questions, uphold

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, page: str = "") -> str:
    return f"/applications/{application.reference}/{page}"


def judge(application: Application, advisor: User, points: int, comment: str, summary: str = "") -> None:
    draft = own_review(application, advisor)
    judgements = {question: workflow.Judgement(points, comment) for question in questions(application)}
    workflow.save_review(application, draft, advisor, judgements, summary)
    workflow.submit_review(application, draft, advisor)


def decided(cast, outcome: Decision.Outcome, *, reverse: bool = False) -> Application:
    """Two advisors disagree, in one order or the other; the decision overrides the rule if it approves."""
    application = make_application(cast, Status.IN_REVIEW)
    parts = [
        (cast.asta, 1, "Berätta mer om samverkan.", "Bra börjat."),
        (cast.axel, 2, "Ansvaret är oklart.", "Fortsätt så."),
    ]
    for part in reversed(parts) if reverse else parts:
        judge(application, *part)
    workflow.decide(application, cast.beata, outcome, "Motiveringen.", "HEMLIGT SKÄL")
    application.refresh_from_db()
    return application


# --- The decision -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [status for status in Status if not status.is_decided])
def test_before_it_is_made_there_is_no_decision(client, cast, status):
    application = make_application(cast, status)
    client.force_login(cast.sigrid)
    assert client.get(at(application, "decision/")).status_code == 404
    assert client.get(at(application, "certificate.pdf")).status_code == 404


@pytest.mark.parametrize("name", ["sigrid", "edit", "vide"])
def test_the_applicant_reads_outcome_reasons_and_feedback(client, cast, name):
    application = decided(cast, Decision.Outcome.DECLINED)
    client.force_login(getattr(cast, name))
    response = client.get(at(application, "decision/"))
    page = response.content.decode()
    assert response.status_code == 200
    for text in (
        "Ekstad is not yet approved",
        "Motiveringen.",
        "The application got 37.5 % of the points.",
        "at least 60 % in all",
        "1.5 points of 4",
        "you rated yourselves 3 fulfilled",
        "at least 2 partly is needed",
        "Bra börjat.",
        "If you think the decision is wrong",
    ):
        assert text in page
    assert [
        (item.question.number, item.points, item.rating, item.comments)
        for item in response.context["feedback"]
    ] == [
        (number, Decimal("1.5"), 3, ["Ansvaret är oklart.", "Berätta mer om samverkan."])
        for number in range(1, 6)
    ]
    assert page.count('<meter min="0" max="4" value="1.5"') == 5


@pytest.mark.parametrize("outcome", Decision.Outcome)
def test_the_applicant_never_reads_who_or_what_is_internal(client, cast, outcome):
    application = decided(cast, outcome)
    client.force_login(cast.sigrid)
    page = client.get(at(application, "decision/")).content.decode()
    for secret in ("HEMLIGT SKÄL", "Advisor", "asta", "axel", "Decision maker", "beata"):
        assert secret not in page
    assert ("by an overall assessment" in page) is (outcome == Decision.Outcome.APPROVED)


def test_the_order_of_the_comments_does_not_follow_the_advisors(client, cast):
    one = decided(cast, Decision.Outcome.DECLINED)
    client.force_login(cast.sigrid)
    first = client.get(at(one, "decision/")).context
    other = decided(cast, Decision.Outcome.DECLINED, reverse=True)
    second = client.get(at(other, "decision/")).context
    assert [item.comments for item in first["feedback"]] == [item.comments for item in second["feedback"]]
    assert first["summaries"] == second["summaries"] == ["Bra börjat.", "Fortsätt så."]


@pytest.mark.parametrize("name", ["stina", "nils", "asta", "beata", "alma"])
def test_the_decision_page_is_the_applicants(client, cast, name):
    application = make_application(cast, Status.APPROVED)
    client.force_login(getattr(cast, name))
    assert client.get(at(application, "decision/")).status_code == 404


def test_a_decision_that_an_appeal_has_set_aside_stays_readable(client, cast):
    application = decided(cast, Decision.Outcome.DECLINED)
    bo = make_user("bo@qm.example", "Second decider", "Decision maker")
    uphold(application, cast, bo, "Nya uppgifter.")
    una = make_user("una@qm.example", "Advisor three", "Advisor")
    workflow.assign(application, [una], cast.alma)
    workflow.declare(application, una.assignments.get(), una, has_conflict=False)
    judge(application, una, 4, "Ny bedömning som inte hör hit.")
    client.force_login(cast.sigrid)
    response = client.get(at(application, "decision/"))
    page = response.content.decode()
    assert "Your appeal against this decision was upheld." in page
    assert "If you think the decision is wrong" not in page
    assert {item.points for item in response.context["feedback"]} == {Decimal("1.5")}
    assert "Ny bedömning som inte hör hit." not in page
    assert "Nya uppgifter." not in client.get(at(application)).content.decode()


def test_the_last_day_to_object_is_counted_from_the_decision(client, cast):
    application = make_application(cast, Status.DECLINED)
    client.force_login(cast.sigrid)
    day = timezone.localdate(application.decision_set.get().decided_at) + datetime.timedelta(days=28)
    assert client.get(at(application, "decision/")).context["appeal_until"] == day


# --- The certificate --------------------------------------------------------------------------------------
@pytest.fixture
def approved(cast) -> Application:
    return make_application(cast, Status.APPROVED, area="Örby/Å")


@pytest.fixture
def certificate(approved) -> Certificate:
    certificate = Certificate.objects.get()
    issue.document(certificate.pk)
    certificate.refresh_from_db()
    return certificate


def test_until_the_document_is_there_a_page_says_so(client, cast, approved):
    client.force_login(cast.sigrid)
    response = client.get(at(approved, "certificate.pdf"))
    assert response.status_code == 404
    assert response.templates[0].name == "applications/certificate_pending.html"
    assert "certificate.pdf" not in client.get(at(approved)).content.decode()
    assert "certificate.pdf" not in client.get(at(approved, "decision/")).content.decode()


@pytest.mark.parametrize("name", ["sigrid", "edit", "vide", "asta", "beata", "alma"])
def test_the_same_bytes_for_everyone_who_may_have_them(client, cast, approved, certificate, name):
    client.force_login(getattr(cast, name))
    response = client.get(at(approved, "certificate.pdf"))
    assert response.status_code == 200
    assert response.streaming
    content = b"".join(response.streaming_content)
    assert hashlib.sha256(content).hexdigest() == certificate.sha256
    assert response["ETag"] == f'"{certificate.sha256}"'
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        f'attachment; filename="Quality-Mark-Orby-A-{certificate.number}.pdf"; '
        f"filename*=UTF-8''Quality-Mark-%C3%96rby-%C3%85-{certificate.number}.pdf"
    )


@pytest.mark.parametrize("name", ["stina", "nils"])
def test_strangers_do_not_get_it(client, cast, approved, certificate, name):
    client.force_login(getattr(cast, name))
    assert client.get(at(approved, "certificate.pdf")).status_code == 404


def test_who_has_it_already_is_told_so(client, cast, approved, certificate):
    client.force_login(cast.sigrid)
    address = at(approved, "certificate.pdf")
    response = client.get(address, headers={"if-none-match": f'"{certificate.sha256}"'})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == f'"{certificate.sha256}"'
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_revoked_certificate_is_the_same_document(client, cast, approved, certificate):
    workflow.change_certificate(certificate, cast.alma, Certificate.Status.REVOKED, "Avtalet upphörde.")
    client.force_login(cast.sigrid)
    response = client.get(at(approved, "certificate.pdf"))
    assert hashlib.sha256(b"".join(response.streaming_content)).hexdigest() == certificate.sha256
    page = client.get(at(approved)).content.decode()
    assert "status-stop" in page
    assert "Avtalet upphörde." in page


def test_a_document_that_storage_has_lost_is_said_kindly(client, cast, approved, certificate):
    certificate.document.storage.delete(certificate.document.name)
    client.force_login(cast.sigrid)
    response = client.get(at(approved, "certificate.pdf"))
    assert response.status_code == 404
    assert response.templates[0].name == "applications/file_missing.html"


def test_the_applicant_finds_decision_and_certificate_from_the_overview(client, cast, approved, certificate):
    client.force_login(cast.vide)
    page = client.get(at(approved)).content.decode()
    for target in (
        at(approved, "decision/"),
        at(approved, "certificate.pdf"),
        certificate.get_absolute_url(),
    ):
        assert f'href="{target}"' in page
    assert certificate.number in page

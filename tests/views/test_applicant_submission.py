"""Checking, submitting, the receipt, resubmitting and withdrawing."""

from __future__ import annotations

import datetime
import html

import pytest
from django.utils import translation

from applications import workflow, writing
from applications.hashing import sha256
from applications.models import Application, Status, Submission
from members.models import Membership

from ..cases import fill, make_application, questions

pytestmark = pytest.mark.django_db

TICKED = {"declares": "on"}


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, page: str = "") -> str:
    return f"/applications/{application.reference}/{page}"


def status(application: Application) -> str:
    application.refresh_from_db()
    return application.status


@pytest.fixture
def ready(cast) -> Application:
    return fill(make_application(cast), cast.sigrid)


# --- Checking ---------------------------------------------------------------------------------------------
def test_everything_stands_on_one_page(client, cast, ready):
    client.force_login(cast.vide)
    response = client.get(at(ready, "check/"))
    page = response.content.decode()
    assert response.status_code == 200
    for text in ("Spokesperson", "Planner, planning department", "protokoll.pdf", "Svar på fråga 5: åäö."):
        assert text in page
    assert page.count("3 fulfilled") == 5
    assert list(response.context["gaps"]) == []


def test_what_is_missing_is_listed_with_a_link_each(client, cast):
    application = make_application(cast)
    asked = questions(application)
    writing.save_answer(application, asked[0], cast.edit, "Ett svar.", None)
    for question in asked[2:]:
        writing.save_answer(application, question, cast.edit, "Ett svar.", 2)
    client.force_login(cast.sigrid)
    for response in (client.get(at(application, "check/")), client.post(at(application, "check/"), TICKED)):
        assert response.status_code == 200
        first, second = at(application, "questions/1/"), at(application, "questions/2/")
        rating, evidence = "Choose your self-rating.", "Attach at least one piece of evidence."
        gaps = response.context["gaps"]
        assert [(part.url, wanting) for part, wanting in gaps] == [
            (
                at(application, "facts/"),
                [("Say who speaks for the application.", f"{at(application, 'facts/')}#id_spokesperson")],
            ),
            (first, [(rating, f"{first}#rating"), (evidence, f"{first}#evidence")]),
            (
                second,
                [
                    ("Write an answer.", f"{second}#id_text"),
                    (rating, f"{second}#rating"),
                    (evidence, f"{second}#evidence"),
                ],
            ),
        ]
        for _part, wanting in gaps:
            for message, place in wanting:
                assert f'<a href="{place}">{message}</a>' in response.content.decode()
                page, anchor = place.split("#")
                assert f'id="{anchor}"' in client.get(page).content.decode()
    assert status(application) == Status.DRAFT
    assert not Submission.objects.exists()


def test_a_declaration_that_is_not_ticked(client, cast, ready):
    client.force_login(cast.sigrid)
    response = client.post(at(ready, "check/"), {})
    assert response.status_code == 200
    assert response.context["form"].errors == {"declares": ["Tick the declaration to submit."]}
    assert response.content.decode().count("Tick the declaration to submit.") == 2
    assert status(ready) == Status.DRAFT


@pytest.mark.parametrize("name", ["edit", "vide"])
def test_only_a_signatory_submits_and_others_are_told_who_is_one(client, cast, ready, name):
    client.force_login(getattr(cast, name))
    page = client.get(at(ready, "check/")).content.decode()
    assert "sigrid@ekstad.example" in page
    assert "declares" not in page
    for typed in (TICKED, {}):
        response = client.post(at(ready, "check/"), typed)
        assert response.status_code == 403
        assert "Only an authorised signatory can submit." in response.content.decode()
    assert status(ready) == Status.DRAFT


def test_a_membership_that_ended_while_drafting(client, cast, ready):
    Membership.objects.update(ends=datetime.date(2021, 1, 1))
    client.force_login(cast.sigrid)
    assert workflow.not_a_member() in client.get(at(ready, "check/")).content.decode()
    response = client.post(at(ready, "check/"), TICKED)
    assert response.status_code == 403
    assert response.content.decode().count(workflow.not_a_member()) == 1
    assert "Svar på fråga 1: åäö." in response.content.decode()
    assert status(ready) == Status.DRAFT
    assert not Submission.objects.exists()


# --- Submitting -------------------------------------------------------------------------------------------
def test_a_double_click_submits_once_and_ends_on_the_receipt(client, cast, ready):
    client.force_login(cast.sigrid)
    for _click in range(2):
        response = client.post(at(ready, "check/"), TICKED)
        assert response.status_code == 302
        assert response["Location"] == at(ready, "receipt/")
    assert status(ready) == Status.SUBMITTED
    assert Submission.objects.count() == 1
    assert client.get(at(ready, "receipt/")).status_code == 200


@pytest.mark.parametrize(
    ("state", "page"),
    [
        (Status.SUBMITTED, "receipt/"),
        (Status.IN_REVIEW, "receipt/"),
        (Status.READY_FOR_DECISION, "receipt/"),
        (Status.APPROVED, "receipt/"),
        (Status.DECLINED, "receipt/"),
        (Status.WITHDRAWN, ""),
        (Status.LAPSED, ""),
    ],
)
def test_submitting_by_hand_when_it_is_too_late_changes_nothing(client, cast, state, page):
    application = make_application(cast, state)
    client.force_login(cast.sigrid)
    for response in (client.get(at(application, "check/")), client.post(at(application, "check/"), TICKED)):
        assert response["Location"] == at(application, page)
    assert status(application) == state
    assert application.submission_set.count() == 1


def test_the_receipt_shows_what_was_frozen_and_not_what_is_written_now(client, cast, ready):
    client.force_login(cast.sigrid)
    client.post(at(ready, "check/"), TICKED)
    ready.answer_set.update(text="Ändrat bakom ryggen.")
    client.force_login(cast.vide)
    response = client.get(at(ready, "receipt/"))
    page = response.content.decode()
    submission = Submission.objects.get()
    assert submission.sha256 == sha256(submission.content)
    for text in (ready.reference, "Signatory", submission.sha256, "Svar på fråga 1: åäö.", "protokoll.pdf"):
        assert text in page
    assert "Ändrat bakom ryggen." not in page
    assert questions(ready)[0].text_en in html.unescape(page)
    client.cookies["django_language"] = "sv"
    assert questions(ready)[0].text_sv in html.unescape(client.get(at(ready, "receipt/")).content.decode())


def test_before_submission_there_is_no_receipt(client, cast, ready):
    client.force_login(cast.sigrid)
    assert client.get(at(ready, "receipt/")).status_code == 404


# --- Completion -------------------------------------------------------------------------------------------
def test_a_completion_is_submitted_anew_once_it_has_been_answered(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.sigrid)
    response = client.post(at(application, "check/"), TICKED)
    place = f"{at(application, 'questions/2/')}#wanted"
    assert [wanting for _part, wanting in response.context["gaps"]] == [
        [("Complete what the advisor asks for.", place)]
    ]
    assert 'id="wanted"' in client.get(at(application, "questions/2/")).content.decode()
    assert status(application) == Status.COMPLETION_REQUESTED
    client.post(at(application, "questions/2/"), {"text": "Mer om budgeten.", "rating": "3"})
    assert client.post(at(application, "check/"), {}).status_code == 200
    for _click in range(2):
        assert client.post(at(application, "check/"), TICKED)["Location"] == at(application, "receipt/")
    assert status(application) == Status.IN_REVIEW
    assert list(application.submission_set.values_list("number", flat=True)) == [1, 2]
    assert "Mer om budgeten." in client.get(at(application, "receipt/")).content.decode()
    first = client.get(at(application, "receipt/?submission=1")).content.decode()
    assert "Mer om budgeten." not in first
    assert "Svar på fråga 2: åäö." in first


@pytest.mark.parametrize("wanted", ["0", "2", "-1", "x", "", "9" * 5000, "%00"])
def test_a_submission_that_does_not_exist(client, cast, wanted):
    application = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.sigrid)
    assert client.get(at(application, f"receipt/?submission={wanted}")).status_code == 404


# --- Withdrawing ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "state",
    [
        Status.DRAFT,
        Status.SUBMITTED,
        Status.IN_REVIEW,
        Status.COMPLETION_REQUESTED,
        Status.READY_FOR_DECISION,
    ],
)
def test_a_signatory_withdraws_after_a_question(client, cast, state):
    application = make_application(cast, state)
    client.force_login(cast.sigrid)
    assert client.get(at(application, "withdraw/")).status_code == 200
    assert status(application) == state
    for _click in range(2):
        assert client.post(at(application, "withdraw/"))["Location"] == at(application)
    assert status(application) == Status.WITHDRAWN


@pytest.mark.parametrize("name", ["edit", "vide"])
def test_others_may_not_withdraw(client, cast, ready, name):
    client.force_login(getattr(cast, name))
    for response in (client.get(at(ready, "withdraw/")), client.post(at(ready, "withdraw/"))):
        assert response.status_code == 403
        assert "sigrid@ekstad.example" in response.content.decode()
    assert status(ready) == Status.DRAFT


@pytest.mark.parametrize("state", [Status.APPROVED, Status.DECLINED, Status.LAPSED])
def test_what_is_decided_or_closed_can_not_be_withdrawn(client, cast, state):
    application = make_application(cast, state)
    client.force_login(cast.sigrid)
    assert client.get(at(application, "withdraw/"))["Location"] == at(application)
    response = client.post(at(application, "withdraw/"), follow=True)
    assert "This can&#x27;t be done any more" in response.content.decode()
    assert status(application) == state

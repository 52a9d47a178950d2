"""The page of a talk: asked for by who decides, written down by those whose own review is in."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import workflow
from applications.models import Application, Status, Talk

from ..cases import make_application, make_user, review
from .conftest import at
from .test_case import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.READY_FOR_DECISION)


@pytest.fixture
def waiting(cast):
    """A case that two have reviewed, and a third advisor whose own review isn't in."""
    case = make_application(cast, Status.IN_REVIEW)
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    review(case, cast.asta)
    review(case, cast.axel)
    case.refresh_from_db()
    workflow.ask_talk(case, cast.beata, "MARKTALK")
    return case, third


def today() -> str:
    return timezone.localdate().isoformat()


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("who", ["alma", "roleless", "nils", "sigrid"])
def test_others_neither_ask_nor_write(client, cast, case, who, is_open):
    user = (
        make_user("roleless@qm.example", "No role", staff=True) if who == "roleless" else getattr(cast, who)
    )
    if is_open:
        workflow.ask_talk(case, cast.beata, "Question 2.")
    client.force_login(user)
    for answer in (
        client.get(at("talk", case)),
        client.post(at("talk", case), {"reason": "Mine."}),
        client.post(at("talk", case), {"held_on": today(), "outcome": "Mine."}),
    ):
        assert answer.status_code in (302, 403, 404)
    assert Talk.objects.filter(recorded_at__isnull=False).count() == 0
    assert Talk.objects.count() == is_open


def test_an_advisor_does_not_ask(client, cast, case):
    client.force_login(cast.asta)
    assert client.get(at("talk", case)).status_code == 403
    assert client.post(at("talk", case), {"reason": "Mine."}).status_code == 403


def test_an_advisor_whose_own_review_is_not_in_learns_nothing_of_it(client, cast, waiting):
    case, third = waiting
    client.force_login(third)
    assert client.get(at("talk", case)).status_code == 403
    assert client.post(at("talk", case), {"held_on": today(), "outcome": "Mine."}).status_code == 403
    for address in (at("change", case), at("review", case), reverse("admin:index")):
        text = text_of(client.get(address))
        assert "MARKTALK" not in text
        assert "talk" not in text.casefold()


def test_who_has_reviewed_finds_it_on_the_desk_and_in_the_case(client, cast, waiting):
    case, _third = waiting
    client.force_login(cast.asta)
    assert "Write down what you came to in the talk" in text_of(client.get(reverse("admin:index")))
    assert at("talk", case) in client.get(at("change", case)).content.decode()
    assert "MARKTALK" in text_of(client.get(at("talk", case)))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 100_000, "a\x00b"])
def test_asking_for_nothing_is_refused(client, cast, case, reason):
    client.force_login(cast.beata)
    answer = client.post(at("talk", case), {"reason": reason})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Talk.objects.exists()


def test_asking_once(client, cast, case):
    client.force_login(cast.beata)
    assert client.get(at("talk", case)).status_code == 200
    assert client.post(at("talk", case), {"reason": "Question 2."}).url == at("change", case)
    assert Talk.objects.get().asked_by == cast.beata
    assert "Question 2." in text_of(client.get(at("talk", case)))


def test_asking_from_an_old_window_where_one_is_open_loses_nothing(client, cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    client.force_login(cast.beata)
    answer = client.post(at("talk", case), {"reason": "KEPT"})
    assert answer.status_code == 200
    assert "KEPT" in answer.content.decode()
    assert Talk.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_on": ""},
        {"held_on": "yesterday"},
        {"held_on": "0001-01-01"},
        {"held_on": "9999-12-31"},
        {"held_on": (timezone.localdate() + datetime.timedelta(days=1)).isoformat()},
        {"outcome": "KEPT\x00"},
    ],
)
def test_what_cannot_be_written_down_is_refused_with_nothing_lost(client, cast, case, wrong):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    client.force_login(cast.asta)
    answer = client.post(at("talk", case), {"held_on": today(), "outcome": "KEPT", **wrong})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "KEPT" in answer.content.decode()
    assert Talk.objects.get().recorded_at is None


def test_it_is_written_down_once_and_the_second_loses_nothing(client, cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    client.force_login(cast.asta)
    posted = {"held_on": today(), "outcome": "We agree."}
    assert client.post(at("talk", case), posted).url == at("change", case)
    client.force_login(cast.axel)
    answer = client.post(at("talk", case), {**posted, "outcome": "KEPT"})
    assert answer.status_code == 200
    assert "KEPT" in answer.content.decode()
    assert "has been written down already" in text_of(answer)
    assert Talk.objects.get().outcome == "We agree."


def test_the_decide_page_shows_it_and_refuses_until_it_is_written_down(client, cast, case):
    workflow.ask_talk(case, cast.beata, "MARKTALK")
    client.force_login(cast.beata)
    assert "Not written down yet" in text_of(client.get(at("decide", case)))
    workflow.record_talk(case, cast.asta, timezone.localdate(), "MARKOUTCOME")
    text = text_of(client.get(at("decide", case)))
    assert "MARKTALK" in text
    assert "MARKOUTCOME" in text
    client.force_login(cast.axel)
    assert "MARKOUTCOME" in text_of(client.get(at("review", case)))


def test_after_the_applicant_has_withdrawn_there_is_no_page(client, cast, case):
    workflow.ask_talk(case, cast.beata, "Question 2.")
    workflow.withdraw(case, cast.sigrid)
    client.force_login(cast.asta)
    assert client.get(at("talk", case)).status_code == 403
    answer = client.post(at("talk", case), {"held_on": today(), "outcome": "KEPT"})
    assert answer.status_code == 200
    assert "KEPT" in answer.content.decode()

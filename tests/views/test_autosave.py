"""What the question page asks for by itself: saving while somebody types, who else is there, the self-assessment."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from applications import clock, writing
from applications.forms import MAX_CHARACTERS
from applications.models import Answer, Application, CompletionPoint, Presence, Status
from members.models import Affiliation

from ..cases import fill, join, make_application, make_user, questions
from ..queries import asked

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NOON = datetime.datetime(2026, 3, 14, 13, 3, tzinfo=datetime.UTC)  # 14.03 in Stockholm


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


@pytest.fixture
def draft(client, cast) -> Application:
    client.force_login(cast.edit)
    return make_application(cast)


def at(name: str, application: Application, number: int = 1) -> str:
    return reverse(name, args=[application.reference, number])


def saved(application: Application, number: int = 1) -> tuple[str, int | None, int]:
    answers = Answer.objects.values_list("text", "rating", "revision")
    return answers.get(application=application, question__number=number)


def save(client, application: Application, number: int = 1, **fields):
    return client.post(at("autosave", application, number), fields, headers=HTMX)


# --- Saving while somebody types ---------------------------------------------------------------------------
def test_each_save_says_when_and_gives_the_revision_to_go_on_from(client, draft):
    response = save(client, draft, text="Vi sam", seen="0")
    assert response.status_code == 200
    local = timezone.localtime(Answer.objects.get(application=draft, question__number=1).updated_at)
    page = response.content.decode()
    assert f"Saved {local:%H:%M}" in page
    assert 'name="seen" id="id_seen" value="1" hx-swap-oob="true"' in page
    page = save(client, draft, text="Vi samverkar", rating="3", seen="1").content.decode()
    assert 'value="2" hx-swap-oob' in page
    assert saved(draft) == ("Vi samverkar", 3, 2)


def test_a_save_is_told_in_swedish_and_in_swedish_time(client, draft, cast):
    client.cookies["django_language"] = "sv"
    with clock.at(NOON):
        writing.save_answer(draft, questions(draft)[0], cast.edit, "Vi samverkar", 3)
    assert (
        "Sparat 14 mars 2026 14:03" in save(client, draft, text="Vi samverkar", rating="3").content.decode()
    )


def test_an_answer_over_the_word_limit_is_saved_too(client, draft):
    assert save(client, draft, text="ord " * 700, seen="0").status_code == 200
    assert saved(draft)[0] == ("ord " * 700).strip()


def test_the_same_again_is_saved_already_whatever_was_seen(client, draft):
    for _ in range(2):
        assert 'value="1" hx-swap-oob' in save(client, draft, text="Vi samverkar", seen="0").content.decode()
    assert saved(draft) == ("Vi samverkar", None, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": "x" * (MAX_CHARACTERS + 1)}, "Write at most 20000 characters."),
        ({"text": "Kvar.", "rating": "5"}, "Choose one of the five levels."),
        ({"text": "Kvar.", "rating": "\x00"}, "Choose one of the five levels."),
        ({"text": "Kvar.", "changed": "perhaps"}, "Choose yes or no."),
        ({"rating": "3"}, "There was no answer to save."),
    ],
    ids=["too long", "rating", "nul", "changed", "no text"],
)
def test_what_can_not_be_saved_is_said_in_a_sentence(client, draft, fields, sentence):
    response = save(client, draft, **fields)
    assert response.status_code == 422
    assert response["Content-Type"].startswith("text/plain")
    assert sentence in response.content.decode()
    assert saved(draft) == ("", None, 0)


def test_a_stale_save_gives_both_texts_and_changes_nothing(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Vi samverkar i <b>hela</b> staden.", 4)
    response = save(client, draft, text="Vi samverkar på torget.", rating="4", seen="0")
    assert (response.status_code, response["QM-Why"]) == (409, "stale")
    page = response.content.decode()
    assert "Signatory has saved another answer while you were writing." in page
    assert "&lt;b&gt;hela&lt;/b&gt;" in page
    assert "<b>hela" not in page
    assert "på torget." in page
    assert "Self-rating" not in page
    assert saved(draft) == ("Vi samverkar i <b>hela</b> staden.", 4, 1)


def test_a_restored_text_is_never_saved_over_something_without_asking(client, cast, draft):
    assert save(client, draft, text="Först.", seen="").status_code == 200
    assert save(client, draft, text="Något helt annat.", seen="").status_code == 409
    assert saved(draft)[0] == "Först."


@pytest.mark.parametrize("name", ["stina", "nils", "asta", "beata", "alma"])
def test_for_others_there_is_no_such_question(client, cast, draft, name):
    client.force_login(getattr(cast, name))
    assert save(client, draft, text="Smuget.").status_code == 404
    assert client.post(at("presence", draft), headers=HTMX).status_code == 404
    assert client.get(reverse("self_assessment", args=[draft.reference])).status_code == 404
    assert saved(draft) == ("", None, 0)
    assert not Presence.objects.exists()


@pytest.mark.parametrize("number", [0, 6, 10**20])
def test_a_question_that_does_not_exist(client, draft, number):
    assert save(client, draft, number, text="x").status_code == 404
    assert client.post(at("presence", draft, number)).status_code == 404


def test_a_viewer_and_a_locked_question_and_a_submitted_application(client, cast, draft):
    client.force_login(cast.vide)
    assert save(client, draft, text="Smuget.").status_code == 403
    client.force_login(cast.edit)
    completion = make_application(cast, Status.COMPLETION_REQUESTED, area="Norra Ekstad")
    response = save(client, completion, 1, text="Smuget.")
    assert response.status_code == 403
    assert response.content.decode() == "This question isn't among those you are asked to complete."
    assert save(client, completion, 2, text="Budgeten är delad.", rating="3").status_code == 200
    submitted = make_application(cast, Status.SUBMITTED, area="Södra Ekstad")
    response = save(client, submitted, text="För sent.")
    assert response.status_code == 409
    assert "Submitted" in response.content.decode()
    assert "QM-Why" not in response


def test_a_co_applicant_saves_too(client, cast, draft):
    join(draft, cast.mina)
    client.force_login(cast.mina)
    assert save(client, draft, text="Vi äger husen.", seen="0").status_code == 200
    assert Answer.objects.get(application=draft, question__number=1).updated_by == cast.mina


def test_an_ended_session_is_a_401_and_not_a_sign_in_page(client, draft):
    del client.cookies["sessionid"]
    for name in ("autosave", "presence"):
        response = client.post(at(name, draft), {"text": "x"}, headers=HTMX)
        assert (response.status_code, response.content.decode()) == (401, "You are signed out.")
        assert client.post(at(name, draft), {"text": "x"}).status_code == 302
    address = reverse("self_assessment", args=[draft.reference])
    assert client.get(address, headers=HTMX).status_code == 401


# --- What a save asks of the database -----------------------------------------------------------------------
@pytest.fixture
def crowd(cast):
    """Ten more colleagues."""
    for number in range(10):
        colleague = make_user(f"kollega{number}@ekstad.example", f"Colleague {number}")
        Affiliation.objects.create(user=colleague, organisation=cast.town, role=Affiliation.Role.EDITOR)


def test_a_save_in_a_draft_asks_four_times(client, draft, crowd):
    with asked(4):
        assert save(client, draft, text="Vi samverkar", rating="3", seen="0").status_code == 200


def test_the_first_save_in_a_while_asks_once_more(client, draft, crowd):
    long_ago = clock.now() - datetime.timedelta(days=3)
    Application.objects.update(touched_at=long_ago, reminded_at=long_ago)
    with asked(5):
        save(client, draft, text="Vi samverkar", seen="0")
    draft.refresh_from_db()
    assert draft.touched_at > long_ago
    assert draft.reminded_at is None


def test_the_first_save_in_a_completion_asks_six_times_and_the_next_four(client, cast, crowd):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    Application.objects.update(touched_at=clock.now() - datetime.timedelta(days=3))
    client.force_login(cast.edit)
    with asked(6):
        assert save(client, application, 2, text="Budgeten är delad.", rating="3").status_code == 200
    assert CompletionPoint.objects.get().answered_at
    with asked(4):
        assert save(client, application, 2, text="Budgeten är delad lika.", rating="3").status_code == 200


def test_a_stale_save_asks_three_times(client, cast, draft, crowd):
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Kollegans svar.", 4)
    with asked(3):
        assert save(client, draft, text="Mitt svar.", seen="0").status_code == 409


# --- Who else is there ---------------------------------------------------------------------------------------
def look_in(client, application: Application, number: int = 1, **fields):
    return client.post(at("presence", application, number), {"seen": "0", **fields}, headers=HTMX)


def test_each_is_told_of_the_others(client, cast, draft):
    assert "open, too" not in look_in(client, draft).content.decode()
    client.force_login(cast.sigrid)
    assert "Editor has this question open, too." in look_in(client, draft).content.decode()
    join(draft, cast.mina)
    client.force_login(cast.mina)
    assert "Editor, Signatory have this question open, too." in look_in(client, draft).content.decode()
    assert "open, too" not in look_in(client, draft, 2).content.decode()


def test_nothing_new_is_not_said_again(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Kollegans svar.", 4)
    page = html.unescape(look_in(client, draft).content.decode())
    heard = re.search(r'name="heard" value="(.*?)"', page)
    assert heard
    assert look_in(client, draft, heard=heard[1]).status_code == 204
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Kollegans nya svar.", 4)
    assert look_in(client, draft, heard=heard[1]).status_code == 200


def test_who_has_closed_the_page_is_gone_after_a_while(client, cast, draft):
    with clock.at(clock.now() - datetime.timedelta(minutes=1)):
        look_in(client, draft)
    client.force_login(cast.sigrid)
    assert "open, too" not in look_in(client, draft).content.decode()


def test_whoever_only_reads_is_not_shown_as_writing(client, cast, draft):
    client.force_login(cast.vide)
    assert look_in(client, draft).status_code == 200
    assert not Presence.objects.exists()


def test_a_newer_version_is_told_and_ones_own_window_named(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Kollegans svar.", 4)
    page = look_in(client, draft).content.decode()
    assert "Signatory saved a newer version at" in page
    assert at("question", draft) in page
    assert "newer version" not in look_in(client, draft, seen="1").content.decode()
    writing.save_answer(draft, questions(draft)[0], cast.edit, "Mitt svar.", 4)
    assert "in another window" in look_in(client, draft, seen="1").content.decode()


def test_that_the_application_has_been_submitted_is_told(client, cast):
    application = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.edit)
    assert "has been submitted" in look_in(client, application).content.decode()
    assert not Presence.objects.exists()


@pytest.mark.parametrize("others", [0, 10])
def test_looking_in_asks_five_times(client, cast, draft, crowd, others):
    answer = Answer.objects.get(application=draft, question__number=1)
    for affiliation in Affiliation.objects.filter(organisation=cast.town)[:others]:
        Presence.objects.create(answer=answer, user=affiliation.user, seen_at=clock.now())
    with asked(5):
        assert look_in(client, draft).status_code == 200


# --- The self-assessment ---------------------------------------------------------------------------------------
def test_the_self_assessment_follows_what_is_saved(client, cast, draft):
    address = reverse("self_assessment", args=[draft.reference])
    page = client.get(address).content.decode()
    assert "0 of 5 questions rated." in page
    assert "<strong>0 %</strong>" in page
    for number, rating in ((1, 4), (2, 1), (3, 3)):
        save(client, draft, number, text="Svar.", rating=str(rating))
    page = client.get(address).content.decode()
    assert "3 of 5 questions rated." in page
    below, unrated = page.partition("Not rated yet:")[::2]
    assert re.findall(r"questions/(\d)/#rating", below) == ["2"]
    assert re.findall(r"questions/(\d)/#rating", unrated) == ["4", "5"]
    assert page.count('class="plot-bar"') == 3
    assert page.count('class="plot-unrated"') == 2
    assert "Question 2, " in page
    assert 'style="' not in page


def test_a_self_assessment_that_would_do_says_so(client, cast, draft):
    fill(draft, cast.sigrid, rating=3)
    page = client.get(reverse("self_assessment", args=[draft.reference])).content.decode()
    assert "<strong>75 %</strong>" in page
    assert "That is enough, if the advisors judge as you do." in page
    assert "Under the least:" not in page


def test_the_self_assessment_asks_four_times(client, draft):
    with asked(4):
        client.get(reverse("self_assessment", args=[draft.reference]))

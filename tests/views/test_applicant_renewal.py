"""Renewing in the browser's requests: where it is offered, recommendations, evidence, and what the public sees."""

from __future__ import annotations

import html

import pytest
from django.utils import translation

from applications import clock, workflow, writing
from applications.models import Application, Certificate, Evidence, Questionnaire, Status

from ..cases import join, make_application, new_version, put_in_force, questions
from ..queries import asked
from ..test_renewal import NOW, RECOMMENDATIONS, approve, certificate, confirm, hand_in
from .reading import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with clock.at(NOW):
        yield NOW


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, page: str = "") -> str:
    return f"/applications/{application.reference}/{page}"


@pytest.fixture
def old(cast) -> Certificate:
    return certificate(cast, 30)


@pytest.fixture
def before(old) -> Application:
    return old.decision.application


@pytest.fixture
def renewal(cast, old) -> Application:
    return workflow.renew(old, cast.edit)


# --- Beginning --------------------------------------------------------------------------------------------
def test_a_double_click_ends_in_the_same_renewal(client, cast, before):
    client.force_login(cast.edit)
    for page in ("/applications/", at(before)):
        assert f'action="{at(before, "renew/")}"' in client.get(page).content.decode()
    first, second = (client.post(at(before, "renew/")) for _click in range(2))
    renewal = Application.objects.get(kind=Application.Kind.RENEWAL)
    assert first["Location"] == second["Location"] == at(renewal)
    page = text(client.get(at(renewal)))
    assert "which is valid through 15 December 2026" in page
    for page in ("/applications/", at(before)):
        assert at(before, "renew/") not in client.get(page).content.decode()
    assert renewal.reference in client.get(at(before)).content.decode()


@pytest.mark.parametrize("name", ["vide", "mina"])
def test_who_may_not_start_is_not_offered_it_and_is_refused(client, cast, before, name):
    join(before, cast.mina)
    client.force_login(getattr(cast, name))
    for page in ("/applications/", at(before)):
        assert at(before, "renew/") not in client.get(page).content.decode()
    assert client.post(at(before, "renew/")).status_code == 403
    assert Application.objects.count() == 1


def test_too_early_it_is_said_from_when(client, cast):
    with clock.at(NOW):
        fresh = approve(cast, make_application(cast, Status.READY_FOR_DECISION))
    application = fresh.decision.application
    client.force_login(cast.sigrid)
    page = text(client.get(at(application)))
    assert "Can be renewed from 15 June 2028" in page
    refused = client.post(at(application, "renew/"))
    assert refused.status_code == 409
    assert "can&#x27;t be renewed now" in refused.content.decode()


def test_strangers_and_other_cases_have_nothing_to_renew(client, cast, before):
    client.force_login(cast.stina)
    assert client.post(at(before, "renew/")).status_code == 404
    client.force_login(cast.sigrid)
    assert client.post(at(make_application(cast, area="Ekby"), "renew/")).status_code == 404


# --- The questions ----------------------------------------------------------------------------------------
def test_the_question_asks_what_has_changed_and_shows_the_old_answer(client, cast, renewal):
    client.force_login(cast.edit)
    response = client.get(at(renewal, "questions/3/"))
    page = response.content.decode()
    assert "Has anything changed since last time?" in page
    assert "What you answered last time" in page
    assert page.count("Svar på fråga 3: åäö.") == 2
    assert "The question reads otherwise today" not in page
    typed = {"text": "Svar på fråga 3: åäö.", "rating": "3", "seen": "0", "changed": "no"}
    assert client.post(at(renewal, "questions/3/"), typed).status_code == 302
    answer = renewal.answer_set.get(question__number=3)
    assert (answer.changed, answer.revision) == (False, 1)
    typed = typed | {"text": "Nytt.", "seen": "1", "changed": "yes"}
    client.post(at(renewal, "questions/3/"), typed)
    answer.refresh_from_db()
    assert (answer.changed, answer.text) == (True, "Nytt.")


def test_a_question_that_reads_otherwise_today_says_so(client, cast, old):
    newer = new_version()
    newer.question_set.filter(number=3).update(text_sv="Hur går det?", text_en="Well?")
    put_in_force(newer)
    renewal = workflow.renew(old, cast.edit)
    client.force_login(cast.edit)
    page = text(client.get(at(renewal, "questions/3/")))
    before = questions(old.decision.application)[2]
    assert f"The question reads otherwise today. Last time it was: {before.text_en}" in page


def test_a_new_question_shows_what_was_answered_to_those_that_are_gone(client, cast, old):
    put_in_force(Questionnaire.objects.get(version=2))
    renewal = workflow.renew(old, cast.edit)
    client.force_login(cast.edit)
    page = text(client.get(at(renewal, "questions/1/")))
    assert "This question is new since last time" in page
    assert [page.count(f"Svar på fråga {number}: åäö.") for number in range(1, 6)] == [1] * 5
    assert "Has anything changed since last time?" not in page
    files = text(client.get(at(renewal, "carry-over/")))
    assert "There was no evidence last time." not in files
    assert "Some files supported questions that aren’t asked any more" in files


def test_the_question_page_of_a_renewal_makes_seven_queries(client, cast, renewal):
    client.force_login(cast.edit)
    with asked(7):
        client.get(at(renewal, "questions/2/"))


def test_the_task_list_has_what_only_a_renewal_has(client, cast, renewal):
    client.force_login(cast.sigrid)
    states = {part.title: part.state.name for part in client.get(at(renewal)).context["parts"]}
    assert states["Recommendations from the last decision"] == "NOT_STARTED"
    assert states["Evidence from last time"] == "OPTIONAL"
    assert list(states.values()).count("TO_CONFIRM") == 5
    confirm(renewal, cast.edit)
    response = client.get(at(renewal))
    assert response.context["is_ready"] is True
    assert client.post(at(renewal, "check/"), {"declares": "on"})["Location"] == at(renewal, "receipt/")
    receipt = client.get(at(renewal, "receipt/")).content.decode()
    assert RECOMMENDATIONS[0] in receipt
    assert "Det är gjort." in receipt


def test_the_facts_keep_the_town(client, cast, renewal):
    client.force_login(cast.edit)
    facts = {"area": "Furuby", "holder": "Ekstads centrum", "spokesperson": "S", "spokesperson_title": ""}
    assert client.post(at(renewal, "facts/"), facts).status_code == 302
    renewal.refresh_from_db()
    assert (renewal.area, renewal.holder) == ("Ekstad", "Ekstads centrum")


# --- Recommendations --------------------------------------------------------------------------------------
def test_recommendations_are_answered_on_a_page_of_their_own(client, cast, renewal):
    client.force_login(cast.edit)
    page = client.get(at(renewal, "recommendations/")).content.decode()
    for recommendation in RECOMMENDATIONS:
        assert recommendation in page
    typed = {
        "recommendation_1": " Vi mäter.\r\nVarje dag. ",
        "seen_1": "",
        "recommendation_2": "",
        "seen_2": "",
    }
    assert client.post(at(renewal, "recommendations/"), typed)["Location"] == at(renewal)
    assert list(renewal.recommendation_answers.values_list("text", flat=True)) == [
        "Vi mäter.\nVarje dag.",
        "",
    ]


def test_what_a_colleague_has_saved_meanwhile_is_shown_beside(client, cast, renewal):
    writing.answer_recommendations(renewal, cast.sigrid, {1: "Sigrids."}, {})
    client.force_login(cast.edit)
    typed = {"recommendation_1": "Edits.", "seen_1": ""}
    response = client.post(at(renewal, "recommendations/"), typed)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Edits.</textarea>" in page
    assert "Sigrids." in page
    assert 'name="seen_1" value="Sigrids."' in page
    assert renewal.recommendation_answers.get(recommendation__number=1).text == "Sigrids."
    assert client.post(at(renewal, "recommendations/"), typed | {"seen_1": "Sigrids."}).status_code == 302
    assert renewal.recommendation_answers.get(recommendation__number=1).text == "Edits."


def test_a_text_that_is_too_long_stays_in_the_form(client, cast, renewal):
    client.force_login(cast.edit)
    response = client.post(at(renewal, "recommendations/"), {"recommendation_1": "å" * 5001, "seen_1": ""})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"recommendation_1"}
    assert "å" * 5001 in response.content.decode()
    assert not renewal.recommendation_answers.exclude(text="").exists()


def test_who_only_reads_can_not_answer_and_nothing_typed_is_lost(client, cast, renewal):
    client.force_login(cast.vide)
    assert "<textarea" not in client.get(at(renewal, "recommendations/")).content.decode()
    response = client.post(at(renewal, "recommendations/"), {"recommendation_1": "Vides.", "seen_1": ""})
    assert response.status_code == 403
    assert "Vides." in response.content.decode()
    assert client.post(at(renewal, "carry-over/"), {"all": "yes"}).status_code == 403
    client.force_login(cast.stina)
    for page in ("recommendations/", "carry-over/"):
        assert client.get(at(renewal, page)).status_code == 404
        assert client.post(at(renewal, page)).status_code == 404


# --- Evidence ---------------------------------------------------------------------------------------------
def test_files_are_taken_along_one_by_one_or_all(client, cast, before, renewal):
    client.force_login(cast.edit)
    address = at(renewal, "carry-over/")
    response = client.get(address)
    first, second = Evidence.objects.filter(application=before).order_by("questions__number")
    assert [(held.uuid, held.numbers, held.is_here) for held in response.context["files"]] == [
        (str(first.pk), [1], False),
        (str(second.pk), [2], False),
    ]
    assert "Choose at least one file." in client.post(address, {}).content.decode()
    assert client.post(address, {"file": str(first.pk)})["Location"] == at(renewal)
    assert renewal.evidence.get().sha256 == first.sha256
    assert [held.is_here for held in client.get(address).context["files"]] == [True, False]
    for _click in range(2):
        client.post(address, {"all": "yes"})
    assert renewal.evidence.count() == 2


@pytest.mark.parametrize("sent", ["x", "", "0" * 32, "%00", "9" * 500])
def test_what_is_not_a_file_of_last_time_is_not_taken(client, cast, renewal, sent):
    client.force_login(cast.edit)
    response = client.post(at(renewal, "carry-over/"), {"file": sent})
    assert response.status_code == 200
    assert "Choose at least one file." in response.content.decode()
    assert not renewal.evidence.exists()


def test_a_file_that_has_no_room_or_is_gone_is_named_with_the_reason(client, cast, before, renewal, settings):
    client.force_login(cast.edit)
    settings.QM_EVIDENCE_MAX_FILES = 0
    first, second = Evidence.objects.filter(application=before).order_by("questions__number")
    page = html.unescape(client.post(at(renewal, "carry-over/"), {"all": "yes"}).content.decode())
    assert f"“{first.name}” was not taken along. There can be at most 0 files." in page
    settings.QM_EVIDENCE_MAX_FILES = 60
    first.file.storage.delete(first.file.name)
    page = html.unescape(client.post(at(renewal, "carry-over/"), {"all": "yes"}).content.decode())
    assert f"“{first.name}” can't be found any more." in page
    assert renewal.evidence.get().sha256 == second.sha256


# --- Afterwards -------------------------------------------------------------------------------------------
def test_the_old_code_leads_to_the_new_certificate(client, cast, old, renewal):
    hand_in(cast, renewal)
    new = approve(cast, renewal)
    page = client.get(old.get_absolute_url()).content.decode()
    assert "replaced by a newer one" in page
    assert f'href="{new.get_absolute_url()}"' in page
    assert new.get_absolute_url() not in client.get(new.get_absolute_url()).content.decode().split("<main")[1]
    client.force_login(cast.sigrid)
    assert new.get_absolute_url() in client.get(at(old.decision.application)).content.decode()


def test_the_applicant_reads_the_recommendations_in_the_decision(client, cast, before):
    client.force_login(cast.vide)
    page = client.get(at(before, "decision/")).content.decode()
    assert "Recommendations for the renewal" in page
    for recommendation in RECOMMENDATIONS:
        assert recommendation in page


def test_advisors_read_what_was_done_about_the_recommendations(client, cast, renewal):
    confirm(renewal, cast.edit)
    workflow.submit(renewal, cast.sigrid, declares=True)
    (assignment,) = workflow.assign(renewal, [cast.asta], cast.alma)
    workflow.declare(renewal, assignment, cast.asta, has_conflict=False)
    client.force_login(cast.asta)
    page = client.get(f"/admin/applications/application/{renewal.pk}/review/").content.decode()
    assert RECOMMENDATIONS[1] in page
    assert "Det är gjort." in page

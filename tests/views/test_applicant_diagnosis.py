"""A self-diagnosis in the browser's requests: start, result, into an application, deletion, and who never sees it."""

from __future__ import annotations

import pytest
from django.utils import translation

from applications import workflow, writing
from applications.models import Application, Status

from ..cases import join, make_application, questions, upload

pytestmark = pytest.mark.django_db

NEW = "/applications/new-diagnosis/"


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


@pytest.fixture
def diagnosis(cast) -> Application:
    found = workflow.start_diagnosis(cast.town, cast.edit, "Ekstad")
    writing.save_answer(found, questions(found)[0], cast.edit, "Vi möts varje månad.", 1)
    return found


def at(application: Application, page: str = "") -> str:
    return f"/applications/{application.reference}/{page}"


def test_it_starts_with_the_town_filled_in(client, cast):
    client.force_login(cast.edit)
    assert client.get(NEW).context["form"]["area"].value() == "Ekstad"
    first, second = (client.post(NEW, {"area": "Ekstad"}) for _click in range(2))
    found = Application.objects.get()
    assert first["Location"] == second["Location"] == at(found)
    assert found.is_diagnosis
    page = client.get(at(found)).content.decode()
    for word in ("check/", "team/", "facts/", "withdraw/"):
        assert at(found, word) not in page
    assert "Self-diagnoses" in client.get("/applications/").content.decode()


def test_names_that_are_empty_or_too_long_stay_in_the_form(client, cast):
    client.force_login(cast.edit)
    for area in ("", "å" * 81):
        response = client.post(NEW, {"area": area})
        assert response.status_code == 200
        assert set(response.context["form"].errors) == {"area"}
    assert not Application.objects.exists()


def test_the_questions_end_in_the_result(client, cast, diagnosis):
    client.force_login(cast.edit)
    typed = {"text": "Svar.", "rating": "3", "then": "next"}
    end = client.post(at(diagnosis, "questions/5/"), typed, follow=True)
    assert end.redirect_chain[-1][0] == at(diagnosis, "result/")
    page = end.content.decode()
    for words in ("20 %", "Under the least:", "Vi möts varje månad.", at(diagnosis, "report.pdf")):
        assert words in page


def test_submitting_by_hand_leads_to_the_result(client, cast, diagnosis):
    client.force_login(cast.sigrid)
    assert client.post(at(diagnosis, "check/"), {"declares": "on"})["Location"] == at(diagnosis, "result/")
    assert client.post(at(diagnosis, "withdraw/"))["Location"] == at(diagnosis, "delete/")
    assert client.get(at(diagnosis, "facts/"))["Location"] == at(diagnosis)
    assert client.get(at(diagnosis, "receipt/")).status_code == 404
    diagnosis.refresh_from_db()
    assert diagnosis.status == Status.DRAFT


PAGES = ("", "questions/1/", "result/", "report.pdf", "delete/", "check/", "evidence/{uuid}/")


@pytest.mark.parametrize("name", ["stina", "nils", "asta", "beata", "alma"])
def test_for_others_it_is_not_there(client, cast, diagnosis, name):
    file = writing.add_evidence(diagnosis, questions(diagnosis)[0], cast.edit, upload())
    client.force_login(getattr(cast, name))
    for page in PAGES:
        assert client.get(at(diagnosis, page.format(uuid=file.pk))).status_code == 404
    for page in ("apply/", "delete/"):
        assert client.post(at(diagnosis, page)).status_code == 404
    diagnosis.refresh_from_db()
    assert (diagnosis.kind, diagnosis.status) == ("diagnosis", "draft")


OFFICE = (
    "/admin/",
    "/admin/applications/application/",
    "/admin/applications/application/?status=all",
    "/admin/applications/application/?q=QMS",
    "/admin/applications/application/?q=Ekstad&status=all",
    "/admin/members/organisation/",
    "/admin/members/organisation/?q=Ekstad",
    "/admin/members/organisation/{town}/change/",
    "/admin/members/user/{edit}/change/",
)


@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.parametrize("name", ["asta", "beata", "alma"])
def test_the_office_has_no_trace_of_it(client, cast, diagnosis, name, is_deleted):
    if is_deleted:
        workflow.delete_diagnosis(diagnosis, cast.edit)
    client.force_login(getattr(cast, name))
    for address in OFFICE:
        response = client.get(address.format(town=cast.town.pk, edit=cast.edit.pk))
        assert response.status_code in {200, 403}
        page = response.content.decode()
        assert diagnosis.reference not in page
        assert "diagnos" not in page.lower()
    for page in ("change", "review", "decide", "assign", "declare", "decision"):
        address = f"/admin/applications/application/{diagnosis.pk}/{page}/"
        assert client.get(address).status_code == 404
    cases = client.get("/admin/applications/application/?status=all")
    assert cases.context["cl"].result_count == 0


# --- Into an application ----------------------------------------------------------------------------------
def test_one_click_makes_an_application_of_it(client, cast, diagnosis):
    was = at(diagnosis)
    client.force_login(cast.edit)
    response = client.post(f"{was}apply/")
    diagnosis.refresh_from_db()
    assert response["Location"] == at(diagnosis)
    assert diagnosis.reference.startswith("QM-")
    assert "Vi möts varje månad." in client.get(at(diagnosis, "check/")).content.decode()
    # The second click, and a bookmark.
    again = client.post(f"{was}apply/", follow=True)
    assert again.redirect_chain[-1][0] == at(diagnosis)
    moved = client.get(f"{was}questions/2/?x=1")
    assert (moved.status_code, moved["Location"]) == (307, f"{at(diagnosis, 'questions/2/')}?x=1")


def test_what_a_colleagues_open_page_sends_to_the_old_address_is_saved(client, cast, diagnosis):
    was = at(diagnosis)
    workflow.apply_with(diagnosis, cast.edit)
    client.force_login(cast.sigrid)
    typed = {"text": "Skrivet under tiden.", "rating": "2", "seen": "0"}
    moved = client.post(f"{was}questions/2/", typed)
    assert moved.status_code == 307
    assert client.post(moved["Location"], typed).status_code == 302
    assert Application.objects.get().answer_set.get(question__number=2).text == "Skrivet under tiden."


def test_nobody_else_is_led_to_the_application(client, cast, diagnosis):
    was = at(diagnosis)
    workflow.apply_with(diagnosis, cast.edit)
    assert client.get(was).status_code == 302
    for user in (cast.stina, cast.asta, cast.alma):
        client.force_login(user)
        assert client.get(was).status_code == 404
    client.force_login(cast.edit)
    assert client.get("/applications/QMS-2020-0001/").status_code == 404


def test_where_an_application_is_under_way_it_is_said_which(client, cast, diagnosis):
    other = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.edit)
    response = client.post(at(diagnosis, "apply/"))
    assert response.status_code == 409
    assert other.reference in response.content.decode()


def test_who_only_reads_may_not_turn_or_delete_it(client, cast, diagnosis):
    client.force_login(cast.vide)
    page = client.get(at(diagnosis, "result/")).content.decode()
    assert at(diagnosis, "apply/") not in page
    assert client.post(at(diagnosis, "apply/")).status_code == 403
    for method in (client.get, client.post):
        assert method(at(diagnosis, "delete/")).status_code == 403
    diagnosis.refresh_from_db()
    assert (diagnosis.kind, diagnosis.status) == ("diagnosis", "draft")


# --- Deleting ---------------------------------------------------------------------------------------------
def test_it_is_deleted_after_a_question_and_gone_from_the_list(client, cast, diagnosis):
    client.force_login(cast.edit)
    assert client.get(at(diagnosis, "delete/")).status_code == 200
    assert client.post(at(diagnosis, "delete/"))["Location"] == "/applications/"
    assert diagnosis.reference not in client.get("/applications/").content.decode()
    page = client.get(at(diagnosis)).content.decode()
    assert "has been deleted" in page
    assert "Vi möts" not in page
    assert client.get(at(diagnosis, "result/")).status_code == 404
    assert client.get(at(diagnosis, "report.pdf")).status_code == 404
    assert client.post(at(diagnosis, "delete/"))["Location"] == at(diagnosis)


def test_no_party_from_elsewhere_takes_part(client, cast, diagnosis):
    client.force_login(cast.sigrid)
    form = {"email": "ny@handel.example", "party": "Kiosken", "kind": "trader"}
    client.post(at(diagnosis, "team/"), form)
    assert not diagnosis.co_applicants.exists()
    join(diagnosis, cast.mina)
    client.force_login(cast.mina)
    assert client.post(at(diagnosis, "apply/")).status_code == 403

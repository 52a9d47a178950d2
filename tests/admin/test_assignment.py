"""Giving cases to advisors, taking them back, and what is closed by a conflict of interest."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse

from applications import workflow, writing
from applications.models import Application, Assignment, Status
from members.models import Affiliation

from ..cases import Cast, fill, make_application, make_user, questions, upload
from .conftest import at

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"
SEVERAL = LIST + "assign-several/"


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def ticked(answer) -> list[str]:
    inputs = re.findall(r"<input[^>]+>", answer.content.decode())
    return [re.search(r'value="(\d+)"', one)[1] for one in inputs if " checked" in one]  # type: ignore[index]


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


# --- One case --------------------------------------------------------------------------------------------
def test_the_form_begins_with_as_many_as_are_needed_without_a_tie(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    make_user("konsult@ekstad.example", "Aaron", "Advisor")
    client.force_login(cast.asta)
    answer = client.get(at("assign", case))
    assert ticked(answer) == [str(cast.asta.pk), str(cast.axel.pk)]
    assert "Not suggested, because of a possible tie: Aaron: has an e-mail address" in text_of(answer)
    assert 'name="override_reason"' not in answer.content.decode()


def test_a_tie_is_overridden_with_a_reason_that_the_log_shows(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    tied = make_user("konsult@ekstad.example", "Aaron", "Advisor")
    client.force_login(cast.asta)
    refused = client.post(at("assign", case), {"advisors": [tied.pk], "override_reason": "I want to."})
    assert refused.status_code == 200
    client.force_login(cast.alma)
    refused = client.post(at("assign", case), {"advisors": [tied.pk]})
    assert "Write why the advisor is assigned in spite of the tie." in text_of(refused)
    assert not Assignment.objects.exists()
    data = {"advisors": [tied.pk], "override_reason": "Nobody else."}
    assert client.post(at("assign", case), data).status_code == 302
    assert client.post(at("assign", case), data).status_code == 302
    assert Assignment.objects.count() == 1
    assert "Reason: Nobody else." in text_of(client.get(at("change", case)))


def test_taking_an_advisor_off(client, cast, django_capture_on_commit_callbacks):
    case = make_application(cast, Status.IN_REVIEW)
    mine = case.assignment_set.get(advisor=cast.asta)
    client.force_login(cast.alma)
    for data in ({}, {"advisor": "x", "reason": "No time."}, {"advisor": mine.pk, "reason": ""}):
        assert client.post(at("unassign", case), data).status_code == 200
    assert Assignment.objects.filter(ended_at=None).count() == 2
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(at("unassign", case), {"advisor": mine.pk, "reason": "No time."})
    assert answer.url == at("change", case)
    assert [message.to for message in mail.outbox] == [["asta@qm.example"]]
    assert "No time." not in mail.outbox[0].body
    assert "Advisor one. No time." in text_of(client.get(at("change", case)))
    assert client.post(at("unassign", case), {"advisor": mine.pk, "reason": "Again."}).status_code == 200


# --- Several cases ---------------------------------------------------------------------------------------
def test_several_cases_are_for_who_assigns(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    answers = {}
    for user in (cast.sigrid, cast.beata, cast.asta, cast.alma):
        client.force_login(user)
        answers[user.name] = (
            client.get(SEVERAL, {"case": case.pk}).status_code,
            client.post(SEVERAL, {"case": case.pk}).status_code,
            client.put(SEVERAL).status_code,
        )
    assert answers == {
        "Signatory": (404, 404, 404),
        "Decision maker": (404, 404, 405),
        "Advisor one": (200, 302, 405),
        "Administrator": (200, 302, 405),
    }


@pytest.mark.parametrize("broken", ["", "x", "9" * 30, "-1", "%00", "²"])
def test_broken_numbers_choose_nothing(client, cast, broken):
    client.force_login(cast.alma)
    assert "None of the cases can be given advisors now." in text_of(client.get(SEVERAL, {"case": broken}))


def test_the_list_leads_there_and_the_load_is_shared_out(client, cast):
    cases = [make_application(cast, Status.SUBMITTED, area=area) for area in ("Alby", "Ekby")]
    extra = [make_user(f"extra{n}@qm.example", f"Extra {n}", "Advisor") for n in (1, 2)]
    client.force_login(cast.alma)
    chosen = {"action": "assign_several", "_selected_action": [case.pk for case in cases]}
    answer = client.post(LIST, chosen)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("admin:applications_application_assign_several"))
    everyone = sorted(str(user.pk) for user in (cast.asta, cast.axel, *extra))
    assert sorted(ticked(client.get(answer.url))) == everyone


def test_each_case_says_how_it_went_and_twice_is_harmless(client, cast):
    first, second, tied = (
        make_application(cast, Status.SUBMITTED, area=area) for area in ("Alby", "Ekby", "Orrby")
    )
    data = {
        "case": [first.pk, second.pk, tied.pk],
        f"advisors_{first.pk}": [cast.asta.pk, cast.axel.pk],
        f"advisors_{second.pk}": [cast.axel.pk],
    }
    client.force_login(cast.alma)
    answer = client.post(SEVERAL, data, follow=True)
    assert "Alby is assigned to: Advisor one, Advisor two." in text_of(answer)
    assert "Ekby is assigned to: Advisor two." in text_of(answer)
    assert client.post(SEVERAL, data).status_code == 200
    assert Assignment.objects.count() == 3
    assert Application.objects.get(pk=tied.pk).status == Status.SUBMITTED


# --- What a conflict closes ------------------------------------------------------------------------------
def addresses(case: Application, evidence) -> list[str]:
    pages = (
        "change",
        "assign",
        "unassign",
        "declare",
        "review",
        "completion",
        "decide",
        "further-review",
        "decision",
    )
    reference = case.reference
    return [
        *(at(page, case) for page in pages),
        *(
            reverse(name, args=[reference, evidence.uuid])
            for name in ("evidence", "evidence_in_place", "evidence_thumbnail")
        ),
        reverse("application", args=[reference]),
        reverse("receipt", args=[reference]),
        reverse("decision", args=[reference]),
    ]


def with_evidence(cast: Cast):
    draft = make_application(cast)
    evidence = writing.add_evidence(draft, questions(draft)[0], cast.sigrid, upload())
    fill(draft, cast.sigrid)
    workflow.submit(draft, cast.sigrid, declares=True)
    for one in workflow.assign(draft, [cast.asta, cast.axel], cast.alma):
        workflow.declare(draft, one, one.advisor, has_conflict=False)
    return Application.objects.get(pk=draft.pk), evidence


@pytest.mark.parametrize("how", ["declares", "becomes affiliated"])
def test_everything_is_closed_at_once(client, cast, how, django_capture_on_commit_callbacks):
    case, evidence = with_evidence(cast)
    client.force_login(cast.asta)
    assert client.get(at("review", case)).status_code == 200
    if how == "declares":
        assert client.post(at("declare", case), {"has_conflict": "yes"}).status_code == 302
    else:
        role = Affiliation.Role.VIEWER
        Affiliation.objects.create(user=cast.asta, organisation=cast.other_town, role=role)
        Application.objects.filter(pk=case.pk).update(organisation=cast.other_town)
    admin = [one for one in addresses(case, evidence) if one.startswith("/admin/")]
    assert {one: client.get(one).status_code for one in admin} == dict.fromkeys(admin, 404)
    if how == "declares":
        theirs = addresses(case, evidence)
        assert {one: client.get(one).status_code for one in theirs} == dict.fromkeys(theirs, 404)
    client.get("/admin/")  # Shows the message of the declaration, which names the case, this once.
    for page in ("/admin/", LIST, LIST + "?status=all", LIST + "?q=" + case.reference):
        html = client.get(page).content.decode().replace(f'value="{case.reference}"', "")
        assert case.reference not in html.replace(f"q={case.reference}", ""), page
    assert "None of the cases" in text_of(client.get(SEVERAL, {"case": case.pk}))
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.withdraw(case, cast.sigrid if how == "declares" else cast.stina)
    assert "asta@qm.example" not in [address for message in mail.outbox for address in message.to]

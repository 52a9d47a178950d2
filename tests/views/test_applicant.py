"""The applicant's list, starting an application, its overview and the facts about it."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import translation

from applications import clock, workflow, writing
from applications.models import Application, Decision, Event, Status
from applications.views.progress import HAPPENINGS, events_of, expected_by
from members.models import Affiliation, Membership

from ..cases import (
    fill,
    make_application,
    make_organisation,
    make_user,
    own_review,
    questions,
    review,
    uphold,
)
from .reading import text

pytestmark = pytest.mark.django_db

LIST, NEW = "/applications/", "/applications/new/"


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, page: str = "") -> str:
    return f"/applications/{application.reference}/{page}"


def body(response) -> str:
    """What the page says, without the header and its token, new each time."""
    return response.content.decode().split("<main")[1]


def end_membership(organisation) -> None:
    Membership.objects.filter(organisation=organisation).update(ends=datetime.date(2021, 1, 1))


# --- The list ---------------------------------------------------------------------------------------------
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(client, cast):
    application = make_application(cast)
    for address in (LIST, NEW, at(application), at(application, "check/"), at(application, "questions/1/")):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("name", ["sigrid", "edit", "vide"])
def test_people_of_the_organisation_see_its_applications(client, cast, name):
    first = make_application(cast, Status.SUBMITTED)
    second = make_application(cast, area="Granby")
    client.force_login(getattr(cast, name))
    response = client.get(LIST)
    assert response.status_code == 200
    groups = response.context["groups"]
    assert ([row.application for row in groups.todo], [row.application for row in groups.waiting]) == (
        [second],
        [first],
    )
    assert response.context["may_start"] is (name != "vide")


@pytest.mark.parametrize("name", ["stina", "nils", "asta", "beata", "alma"])
def test_others_do_not(client, cast, name):
    make_application(cast, Status.IN_REVIEW)
    client.force_login(getattr(cast, name))
    response = client.get(LIST)
    assert response.status_code == 200
    assert response.context["groups"].is_empty
    assert "Ekstads kommun" not in response.content.decode()


def test_a_person_without_organisation_is_told_whom_to_write_to(client, cast, settings):
    client.force_login(cast.nils)
    page = client.get(LIST).content.decode()
    assert f'Write to <a href="mailto:{settings.QM_CONTACT_EMAIL}">' in page
    assert NEW not in page


def test_the_associations_people_are_shown_to_the_admin(client, cast):
    client.force_login(cast.asta)
    page = client.get(LIST).content.decode()
    assert page.count(f'href="{reverse("admin:index")}"') == 2
    assert NEW not in page


def test_an_organisation_that_is_no_member_is_told_why_and_whom_to_ask(client, cast):
    end_membership(cast.town)
    client.force_login(cast.sigrid)
    response = client.get(LIST)
    page = response.content.decode()
    assert workflow.not_a_member() in page
    assert response.context["may_start"] is False
    assert NEW not in page


def test_each_status_says_what_to_do_next(client, cast):
    for number, status in enumerate(Status):
        make_application(cast, status, area=f"Stad {number}")
    client.force_login(cast.sigrid)
    page = client.get(LIST).content.decode()
    due = (datetime.date.today() + datetime.timedelta(days=28)).year
    for sentence in (
        "Go on writing, then check and submit.",
        "Nothing now. We will look at the application and tell you by e-mail.",
        "Nothing now. Advisors are reviewing the application.",
        "Complete what the advisor asks for, by ",
        "Nothing now. A decision is being made.",
        "Read the decision and download the certificate.",
        "Read the decision and what would be needed.",
        "Nothing. You have withdrawn the application.",
        "Nothing. The application lay untouched too long and has been closed.",
    ):
        assert page.count(sentence) == 1
    assert f"{due} at the latest." in page


LIST_QUERIES = 6  # session, person, roles, memberships, applications, certificates


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_asks_as_much_for_one_as_for_fifty(client, cast, django_assert_num_queries, count):
    for number in range(count - 1):
        make_application(cast, area=f"Stad {number}")
    make_application(cast, Status.APPROVED, area="Granby")
    client.force_login(cast.sigrid)
    with django_assert_num_queries(LIST_QUERIES):
        response = client.get(LIST)
    groups = response.context["groups"]
    assert (len(groups.todo), len(groups.decided)) == (count - 1, 1)


def test_what_to_do_comes_first_and_what_was_withdrawn_is_folded_away(client, cast):
    for number, status in enumerate(Status):
        make_application(cast, status, area=f"Stad {number}")
    client.force_login(cast.sigrid)
    response = client.get(LIST)
    groups = response.context["groups"]
    found = [[row.application.status for row in rows] for rows in (groups.todo, groups.waiting)]
    assert found == [["completion_requested", "draft"], ["ready_for_decision", "in_review", "submitted"]]
    assert [row.application.status for row in groups.closed] == ["lapsed", "withdrawn"]
    page = response.content.decode()
    assert page.index("To do now") < page.index("With the association") < page.index("Decided")
    assert page.index("2 applications that were withdrawn or closed") > page.index("Decided")


@pytest.mark.parametrize(("status", "tone"), [(Status.DRAFT, "secondary"), (Status.DECLINED, "primary")])
def test_to_start_is_the_main_thing_only_where_nothing_is_under_way(client, cast, status, tone):
    make_application(cast, status)
    client.force_login(cast.sigrid)
    assert f'<a class="btn btn-{tone}" href="{NEW}">' in client.get(LIST).content.decode()


# --- Starting ---------------------------------------------------------------------------------------------
def test_the_names_are_filled_in_beforehand(client, cast):
    client.force_login(cast.edit)
    form = client.get(NEW).context["form"]
    assert (form["area"].value(), form["holder"].value()) == ("Ekstad", "Ekstads kommun")


def test_a_double_click_gives_one_draft(client, cast):
    client.force_login(cast.edit)
    names = {"area": "Ekstad", "holder": "Ekstads kommun"}
    first, second = client.post(NEW, names), client.post(NEW, names)
    application = Application.objects.get()
    assert first["Location"] == second["Location"] == at(application)
    assert (application.area, application.holder, application.created_by) == (
        "Ekstad",
        "Ekstads kommun",
        cast.edit,
    )


def test_a_viewer_may_not_start(client, cast):
    client.force_login(cast.vide)
    for response in (client.get(NEW), client.post(NEW, {"area": "Ekstad", "holder": "X"})):
        assert response.status_code == 403
        assert "Ask a colleague who may." in response.content.decode()
    assert not Application.objects.exists()


@pytest.mark.parametrize("name", ["nils", "asta", "beata", "alma"])
def test_who_has_no_organisation_can_not_start(client, cast, name):
    client.force_login(getattr(cast, name))
    for response in (client.get(NEW), client.post(NEW, {"area": "Ekstad", "holder": "X"})):
        assert response.status_code == 403
        assert response.templates[0].name == "applications/refused.html"
    assert not Application.objects.exists()


def test_no_member_no_application(client, cast):
    end_membership(cast.town)
    client.force_login(cast.sigrid)
    for response in (client.get(NEW), client.post(NEW, {"area": "Ekstad", "holder": "X"})):
        assert response.status_code in {200, 403}
        assert workflow.not_a_member() in response.content.decode()
    assert not Application.objects.exists()


def test_names_that_are_empty_or_too_long_are_refused_and_stay_in_the_form(client, cast):
    client.force_login(cast.sigrid)
    response = client.post(NEW, {"area": "å" * 81, "holder": " \x00 "})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"area", "holder"}
    page = response.content.decode()
    assert 'value="' + "å" * 81 + '"' in page
    assert 'href="#id_area"' in page
    assert not Application.objects.exists()


def test_a_town_with_an_application_under_way_is_refused(client, cast):
    other = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.sigrid)
    response = client.post(NEW, {"area": "EKSTAD", "holder": "Ekstads kommun"})
    assert response.status_code == 200
    assert other.reference in str(response.context["form"].non_field_errors())
    assert Application.objects.count() == 1


def test_with_several_organisations_one_is_chosen_first(client, cast):
    second = make_organisation("Granby centrum", "Granby")
    Affiliation.objects.create(user=cast.sigrid, organisation=second, role=Affiliation.Role.EDITOR)
    client.force_login(cast.sigrid)
    assert client.get(NEW).context["organisations"] == [cast.town, second]
    form = client.get(f"{NEW}?organisation={second.pk}").context["form"]
    assert (form["area"].value(), form["holder"].value()) == ("Granby", "Granby centrum")
    client.post(f"{NEW}?organisation={second.pk}", {"area": "Granby", "holder": "Granby centrum"})
    assert Application.objects.get().organisation == second


@pytest.mark.parametrize("wanted", ["other", "0", "-1", "abc", "9" * 400, "1 OR 1=1", "%00", ""])
def test_another_organisation_can_not_be_chosen(client, cast, wanted):
    wanted = str(cast.other_town.pk) if wanted == "other" else wanted
    client.force_login(cast.sigrid)
    assert client.get(f"{NEW}?organisation={wanted}").status_code == 404
    response = client.post(f"{NEW}?organisation={wanted}", {"area": "X", "holder": "Y"})
    assert response.status_code == 404
    assert not Application.objects.exists()


# --- The overview -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", ["", "facts/", "questions/1/", "check/", "receipt/", "withdraw/"])
@pytest.mark.parametrize("name", ["stina", "nils", "asta", "beata", "alma"])
def test_other_peoples_applications_are_not_there(client, cast, name, page):
    application = make_application(cast, Status.IN_REVIEW)
    client.force_login(getattr(cast, name))
    assert client.get(at(application, page)).status_code == 404
    expected = 405 if page in {"", "receipt/"} else 404
    assert client.post(at(application, page), {}).status_code == expected
    application.refresh_from_db()
    assert application.status == Status.IN_REVIEW


@pytest.mark.parametrize("reference", ["QM-2026-9999", "qm", "0", "x" * 300])
def test_a_reference_that_does_not_exist(client, cast, reference):
    client.force_login(cast.sigrid)
    assert client.get(f"/applications/{reference}/").status_code == 404


def states(response) -> list[str]:
    return [part.state.name for part in response.context["parts"]]


def test_the_task_list_of_a_new_draft(client, cast):
    application = make_application(cast)
    client.force_login(cast.sigrid)
    response = client.get(at(application))
    assert states(response) == ["NOT_STARTED"] * 6 + ["OPTIONAL", "NOT_STARTED"]
    assert (response.context["done"], response.context["total"]) == (0, 7)
    assert response.context["next"].url == at(application, "facts/")
    assert "0 of 7 done" in response.content.decode()


def test_the_task_list_as_it_is_written(client, cast):
    application = make_application(cast)
    asked = questions(application)
    writing.save_answer(application, asked[2], cast.edit, "Ett färdigt svar.", 0)
    writing.save_answer(application, asked[0], cast.edit, "Ett svar utan självskattning.", None)
    writing.save_answer(application, asked[3], cast.edit, "", 2)
    writing.save_answer(application, asked[4], cast.edit, "", None)
    client.force_login(cast.edit)
    response = client.get(at(application))
    assert states(response) == [
        "NOT_STARTED",
        "STARTED",
        "NOT_STARTED",
        "DONE",
        "STARTED",
        "NOT_STARTED",
        "OPTIONAL",
        "NOT_STARTED",
    ]
    assert (response.context["done"], response.context["total"]) == (1, 7)


def test_when_all_is_written_the_signatory_may_submit_and_the_editor_is_told_who_may(client, cast):
    application = fill(make_application(cast), cast.sigrid)
    client.force_login(cast.sigrid)
    response = client.get(at(application))
    assert states(response) == ["DONE"] * 6 + ["OPTIONAL", "NOT_STARTED"]
    assert response.context["is_ready"] is True
    assert "Check and submit" in response.content.decode()
    client.force_login(cast.edit)
    page = client.get(at(application)).content.decode()
    assert "Check and submit" not in page
    assert "sigrid@ekstad.example" in page


def test_an_inactive_signatory_is_not_named(client, cast):
    application = make_application(cast)
    cast.sigrid.is_active = False
    cast.sigrid.save()
    client.force_login(cast.edit)
    page = client.get(at(application)).content.decode()
    assert "sigrid@ekstad.example" not in page
    assert "Nobody at Ekstads kommun has been registered as authorised signatory." in page


def test_a_viewer_sees_how_far_it_has_come_without_buttons(client, cast):
    application = make_application(cast)
    client.force_login(cast.vide)
    page = client.get(at(application)).content.decode()
    assert "0 of 7 done" in page
    assert "Go on writing" not in page
    assert at(application, "withdraw/") not in page


def test_in_a_completion_only_what_is_asked_for_is_open(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.edit)
    response = client.get(at(application))
    assert states(response) == [
        "LOCKED",
        "LOCKED",
        "TO_COMPLETE",
        "LOCKED",
        "LOCKED",
        "LOCKED",
        "OPTIONAL",
        "NOT_STARTED",
    ]
    assert (response.context["done"], response.context["total"]) == (0, 2)
    assert response.context["next"].number == 2
    page = response.content.decode()
    assert "Tell us more about the budget." in page
    assert "asta" not in page.lower()
    assert "Advisor one" not in page
    writing.save_answer(application, questions(application)[1], cast.edit, "Mer om budgeten.", 3)
    assert states(client.get(at(application)))[2] == "DONE"


def test_a_membership_that_has_ended_is_told_while_the_draft_can_still_be_written(client, cast):
    application = make_application(cast)
    end_membership(cast.town)
    client.force_login(cast.edit)
    page = client.get(at(application)).content.decode()
    assert workflow.not_a_member() in page
    response = client.post(at(application, "questions/1/"), {"text": "Ett svar.", "rating": "3"})
    assert response.status_code == 302
    assert application.answer_set.get(question__number=1).text == "Ett svar."


SECRETS = [
    "asta@",
    "axel@",
    "beata@",
    "alma@",
    "Advisor one",
    "Advisor two",
    "Decision maker",
    "conflict",
    "of 2",
]


@pytest.mark.parametrize("status", [status for status in Status if not status.is_with_applicant])
def test_after_submission_the_applicant_reads_what_happens_and_no_secrets(client, cast, status):
    application = make_application(cast, status)
    client.force_login(cast.vide)
    response = client.get(at(application))
    assert response.status_code == 200
    page = response.content.decode()
    assert [secret for secret in SECRETS if secret in page] == []
    assert "What has happened" in page
    kinds = [happening.event.kind for happening in response.context["timeline"]]
    assert kinds == [
        kind
        for kind in application.event_set.order_by("sequence").values_list("kind", flat=True)
        if kind in HAPPENINGS
    ]


def day(offset: int) -> datetime.date:
    return datetime.date(2026, 1, 17) + datetime.timedelta(days=offset)


def noon(offset: int) -> datetime.datetime:
    return datetime.datetime.combine(day(offset), datetime.time(12), datetime.UTC)


def test_an_answer_is_expected_eight_weeks_after_submission(client, cast):
    with clock.at(noon(0)):
        application = make_application(cast, Status.IN_REVIEW)
    client.force_login(cast.vide)
    with clock.at(noon(55)):
        page = text(client.get(at(application)))
    assert "Two advisors review, each by themselves. An answer can be expected before 14 March 2026." in page
    assert "You don't need to do anything." in page.replace("&#x27;", "'")
    with clock.at(noon(56)):
        page = text(client.get(at(application)))
    assert "It is taking longer than usual." in page
    assert "You should have had an answer before 14 March 2026." in page


def test_what_lies_with_the_applicant_and_an_appeal_move_the_day(cast):
    with clock.at(noon(0)):
        application = make_application(cast, Status.IN_REVIEW)
    with clock.at(noon(10)):
        second = questions(application)[1]
        workflow.request_completion(application, cast.asta, {second: "More."}, day(38))
    assert expected_by(events_of(application), 8, day(15)) == day(56 + 5)
    with clock.at(noon(20)):
        writing.save_answer(application, second, cast.edit, "Mer.", 3)
        workflow.resubmit(application, cast.sigrid, declares=True)
    assert expected_by(events_of(application), 8, day(50)) == day(56 + 10)
    with clock.at(noon(30)):
        for advisor in (cast.asta, cast.axel):
            review(application, advisor)
        workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "More is needed.")
    with clock.at(noon(40)):
        bo = make_user("bo@qm.example", "Second decider", "Decision maker")
        uphold(application, cast, bo, "Nya uppgifter.")
    assert expected_by(events_of(application), 8, day(50)) == day(40 + 56)


def test_what_was_to_be_completed_and_is_stands_in_the_timeline_and_the_receipt(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.sigrid)
    page = text(client.get(at(application)))
    assert "28 days left." in page
    assert "2. The greatest change To do Tell us more about the budget." in page
    writing.save_answer(application, questions(application)[1], cast.edit, "Mer om budgeten.", 3)
    assert "2. The greatest change Answered" in text(client.get(at(application)))
    submission = workflow.resubmit(application, cast.sigrid, declares=True)
    assert submission.content["completes"] == [{"question": 2, "text": "Tell us more about the budget."}]
    assert "You submitted the completed application: question 2" in text(client.get(at(application)))
    assert "Question 2 Answered Tell us more about the budget." in text(
        client.get(at(application, "receipt/"))
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (1, "1 day left."),
        (0, "Today is the last day."),
        (-1, "The day has passed, but you can still submit."),
    ],
)
def test_the_last_day_of_a_completion(client, cast, left, words):
    with clock.at(noon(0)):
        application = make_application(cast, Status.IN_REVIEW)
        workflow.request_completion(application, cast.asta, {questions(application)[1]: "More."}, day(28))
    client.force_login(cast.vide)
    with clock.at(noon(28 - left)):
        assert words in text(client.get(at(application)))


def test_one_review_in_looks_like_none(client, cast):
    application = make_application(cast, Status.IN_REVIEW)
    client.force_login(cast.sigrid)
    before = body(client.get(at(application)))
    review(application, cast.asta)
    assert own_review(application, cast.asta).submitted_at
    assert body(client.get(at(application))) == before


def test_what_the_applicant_may_know_of_the_log():
    assert set(Event.Kind) - set(HAPPENINGS) == {
        Event.Kind.EVIDENCE_ADDED,
        Event.Kind.EVIDENCE_REMOVED,
        Event.Kind.EVIDENCE_REFUSED,
        Event.Kind.HANDED_OVER,
        Event.Kind.CO_APPLICANT_INVITED,
        Event.Kind.CO_APPLICANT_JOINED,
        Event.Kind.CO_APPLICANT_REMOVED,
        Event.Kind.ENDORSED,
        Event.Kind.ENDORSEMENT_TAKEN_BACK,
        Event.Kind.ASSIGNED,
        Event.Kind.UNASSIGNED,
        Event.Kind.NO_CONFLICT,
        Event.Kind.CONFLICT,
        Event.Kind.REVIEW_SUBMITTED,
        Event.Kind.REVIEWS_COMPLETE,
        Event.Kind.FURTHER_REVIEW,
        Event.Kind.TALK_ASKED,
        Event.Kind.TALK_RECORDED,
        Event.Kind.DECISION_HELD,
        Event.Kind.DECISION_TAKEN_BACK,
    }


# --- The facts --------------------------------------------------------------------------------------------
FACTS = {"area": "Ekstad", "holder": "Ekstads kommun", "spokesperson": "S", "spokesperson_title": "T"}


def test_the_facts_are_saved_and_the_first_question_follows(client, cast):
    application = make_application(cast)
    client.force_login(cast.edit)
    response = client.post(at(application, "facts/"), FACTS | {"holder": "Ekstads  centrum\n"})
    assert response["Location"] == at(application, "questions/1/")
    application.refresh_from_db()
    assert (application.holder, application.spokesperson) == ("Ekstads centrum", "S")
    response = client.post(at(application, "facts/"), FACTS | {"then": "close"})
    assert response["Location"] == at(application)


def test_facts_that_can_not_be_kept_stay_in_the_form(client, cast):
    application = make_application(cast)
    client.force_login(cast.edit)
    response = client.post(at(application, "facts/"), FACTS | {"area": "", "spokesperson": "x" * 121})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"area", "spokesperson"}
    assert "x" * 121 in response.content.decode()
    application.refresh_from_db()
    assert (application.area, application.spokesperson) == ("Ekstad", "")


def test_another_application_for_the_town_is_said_beside_the_field(client, cast):
    make_application(cast, Status.SUBMITTED, area="Granby")
    application = make_application(cast)
    client.force_login(cast.edit)
    response = client.post(at(application, "facts/"), FACTS | {"area": "Granby"})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"area"}
    application.refresh_from_db()
    assert application.area == "Ekstad"


def test_a_viewer_reads_the_facts_and_can_not_change_them(client, cast):
    application = make_application(cast)
    client.force_login(cast.vide)
    assert "<form" not in body(client.get(at(application, "facts/")))
    for typed in (FACTS, {}):
        assert client.post(at(application, "facts/"), typed).status_code == 403
    application.refresh_from_db()
    assert application.spokesperson == ""


def test_facts_posted_after_submission_are_shown_back_and_not_saved(client, cast):
    application = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.edit)
    response = client.post(at(application, "facts/"), FACTS | {"holder": "En annan innehavare"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "En annan innehavare" in page
    assert "What you wrote, not saved" in page
    application.refresh_from_db()
    assert application.holder == "Ekstads kommun"


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_odd_methods_are_refused(client, cast, method):
    application = make_application(cast)
    client.force_login(cast.sigrid)
    for page in ("", "facts/", "questions/1/", "check/", "receipt/", "withdraw/", "decision/"):
        assert getattr(client, method)(at(application, page)).status_code == 405
    assert getattr(client, method)(LIST).status_code == 405

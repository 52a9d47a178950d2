"""The first page and the list: what is late, who has how much, what stands still, and how far they count."""

from __future__ import annotations

import datetime
import re

import pytest
from django.utils import timezone, translation

from applications import clock, ties, workflow
from applications.admin import desk, limits
from applications.admin.queue import Pages
from applications.models import Appeal, Certificate, Decision, Status, Talk, TimeLimit
from members.models import User

from ..cases import make_application, make_user, review
from .conftest import at
from .test_queue import LIST, backdate, listed, many

pytestmark = pytest.mark.django_db
LIMITS = "/admin/applications/timelimit/"


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield


def tasks(user: User) -> dict[str, list[tuple[str, str]]]:
    """Each heap of the person's first page: what is in it, and how late that is."""
    work = desk.work(User.objects.get(pk=user.pk))
    return {heap.title: [(task.area, task.late) for task in heap.tasks] for heap in work}


# --- Late ------------------------------------------------------------------------------------------------
def test_only_an_administrator_sets_the_limits_and_nobody_adds_or_removes_one(client, cast):
    step = TimeLimit.objects.get(step="submitted")
    pages = ("", f"{step.pk}/change/", "add/", f"{step.pk}/delete/")
    answers = {}
    for user in (cast.sigrid, cast.asta, cast.beata, cast.alma):
        client.force_login(user)
        answers[user.name] = [client.get(LIMITS + page).status_code for page in pages]
    assert answers == {
        "Signatory": [404] * 4,
        "Advisor one": [403] * 4,
        "Decision maker": [403] * 4,
        "Administrator": [200, 200, 403, 403],
    }
    for days in ("0", "366", "x", ""):
        assert client.post(f"{LIMITS}{step.pk}/change/", {"days": days}).status_code == 200
    assert client.post(f"{LIMITS}{step.pk}/change/", {"days": "3"}).status_code == 302
    assert limits.days()["submitted"] == 3


@pytest.mark.parametrize(("days", "late"), [(7, ""), (8, "1 day late"), (10, "3 days late")])
def test_what_has_waited_too_long_says_so_in_words(client, cast, days, late):
    backdate(make_application(cast, Status.SUBMITTED), days)
    assert tasks(cast.alma)["Assign advisors"] == [("Ekstad", late)]
    client.force_login(cast.alma)
    for page in ("/admin/", LIST):
        html = client.get(page).content.decode()
        assert (f'<span class="status status-stop">{late}</span>' in html) == bool(late)
    assert listed(client, status="overdue") == (["Ekstad"] if late else [])


def test_what_the_applicant_has_is_never_late_for_us(client, cast):
    backdate(make_application(cast, Status.COMPLETION_REQUESTED), 300)
    client.force_login(cast.alma)
    assert listed(client, status="overdue") == []
    assert tasks(cast.alma)["Waiting for the applicant to complete"] == [("Ekstad", "")]


def test_a_review_is_counted_from_when_the_advisor_got_it(cast):
    case = make_application(cast, Status.IN_REVIEW)
    backdate(case, 60)
    assert tasks(cast.asta)["Write your review"] == [("Ekstad", "")]
    case.assignment_set.update(assigned_at=timezone.now() - datetime.timedelta(days=30))
    assert tasks(cast.asta)["Write your review"] == [("Ekstad", "2 days late")]


# --- Heaps -----------------------------------------------------------------------------------------------
def test_a_heap_shows_the_oldest_and_counts_no_further_than_it_must(client, cast, monkeypatch):
    monkeypatch.setattr(desk, "COUNTED", 20)
    make_application(cast, Status.IN_REVIEW)
    many(cast, 25)
    client.force_login(cast.asta)
    html = client.get("/admin/").content.decode()
    assert "Show all 20+" in html
    assert f'href="{LIST}?advisor=me&amp;status=in_review"' in html
    assert len(listed(client, advisor="me", status="in_review")) == 26


def test_an_appeal_waits_for_those_alone_who_had_no_part_in_the_case(cast):
    case = make_application(cast, Status.DECLINED)
    decision = Decision.objects.get(application=case)
    Appeal.objects.create(
        decision=decision, text="Look again.", lodged_by=cast.sigrid, lodged_at=timezone.now()
    )
    other = make_user("other@qm.example", "Other", "Decision maker")
    assert tasks(other) == {"Hear the appeal": [("Ekstad", "")]}
    assert tasks(cast.beata) == {}
    assert "Hear the appeal" not in tasks(cast.asta)


def test_a_talk_is_written_down_by_the_advisors(cast):
    case = make_application(cast, Status.READY_FOR_DECISION)
    Talk.objects.create(
        application=case,
        submission=case.latest_submission,
        reason="You are apart.",
        asked_by=cast.beata,
        asked_at=timezone.now(),
    )
    title = "Write down what you came to in the talk"
    assert tasks(cast.asta)[title] == [("Ekstad", "")]
    assert title not in tasks(make_user("third@qm.example", "Third", "Advisor"))


def test_certificates_that_expire_are_there_until_a_renewal_is_handed_in(cast):
    title = "Certificates that expire within a year"
    make_application(cast, Status.APPROVED)
    assert title not in tasks(cast.alma)
    certificate = Certificate.objects.get()
    with_days = certificate.valid_through - datetime.timedelta(days=300)

    with clock.at(limits.begins(with_days)):
        assert tasks(cast.alma)[title] == [("Ekstad", "")]
    with clock.at(limits.begins(certificate.valid_through + datetime.timedelta(days=1))):
        assert title not in tasks(cast.alma)


@pytest.mark.parametrize("how", ["no account", "no role"])
def test_cases_of_who_is_no_longer_an_advisor_are_shown_to_who_assigns(client, cast, how):
    case = make_application(cast, Status.IN_REVIEW)
    assert "Give to somebody else" not in tasks(cast.alma)
    if how == "no account":
        User.objects.filter(pk=cast.asta.pk).update(is_active=False)
    else:
        cast.asta.groups.clear()
    assert tasks(cast.alma)["Give to somebody else"] == [("Ekstad", "")]
    assert "Give to somebody else" in tasks(make_user("third@qm.example", "Third", "Advisor"))
    assert "Give to somebody else" not in tasks(cast.axel)
    assert cast.asta not in ties.reviewers()
    workflow.unassign(case, case.assignment_set.get(advisor=cast.asta), cast.alma, "Gone.")
    assert tasks(cast.alma) == {"Assign advisors": [("Ekstad", "")]}


def test_the_workload_tells_an_advisor_nothing_of_the_others_reviews(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    before = [(load.advisor, load.under_way, load.to_write) for load in desk.workload(cast.asta)]
    assert before == [("Advisor one", 1, None), ("Advisor two", 1, None)]
    review(case, cast.axel)
    assert [(load.advisor, load.under_way, load.to_write) for load in desk.workload(cast.asta)] == before
    assert [(load.advisor, load.to_write) for load in desk.workload(cast.alma)] == [
        ("Advisor one", 1),
        ("Advisor two", 0),
    ]
    assert desk.workload(cast.beata) == []
    client.force_login(cast.asta)
    assert "Reviews to write" not in client.get("/admin/").content.decode()


# --- The list --------------------------------------------------------------------------------------------
def test_filters_by_decision_kind_year_and_questions(client, cast):
    approved = make_application(cast, Status.APPROVED, area="Alby")
    make_application(cast, Status.DECLINED, area="Ekby")
    year = timezone.localdate(approved.created_at).year
    client.force_login(cast.alma)
    assert listed(client, status="all", outcome="approved") == ["Alby"]
    assert listed(client, status="all", outcome="x\x00") == ["Alby", "Ekby"]
    assert listed(client, status="all", kind="renewal") == []
    assert listed(client, status="all", year=str(year)) == ["Alby", "Ekby"]
    assert listed(client, status="all", year="99999999999") == []
    assert listed(client, status="all", questions=str(approved.questionnaire_id)) == ["Alby", "Ekby"]
    assert listed(client, wanting="yes") == []


def test_a_search_needs_every_word_and_knows_small_and_large_letters(client, cast):
    make_application(cast, Status.SUBMITTED, area="Östby")
    make_application(cast, Status.SUBMITTED, area="Alby")
    client.force_login(cast.alma)
    assert listed(client, q="Östby") == ["Östby"]
    assert listed(client, q="ekstads alBY") == ["Alby"]
    assert listed(client, q="ekstads alby nothing") == []
    assert listed(client, q="%") == []
    assert client.get(LIST, {"q": "a " * 300}).status_code == 200


def test_the_list_is_counted_no_further_than_its_end(client, cast, monkeypatch):
    make_application(cast, Status.IN_REVIEW)
    many(cast, 60)
    monkeypatch.setattr(Pages, "MOST", 55)
    client.force_login(cast.alma)
    html = client.get(LIST).content.decode()
    assert "more than 55 applications" in html
    assert len(listed(client, p="2")) == 5
    monkeypatch.setattr(Pages, "MOST", 61)
    assert "61 applications" in client.get(LIST).content.decode()


def test_the_way_back_from_a_case_keeps_the_filter(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.alma)
    html = client.get(LIST, {"q": "ekstad", "status": "submitted"}).content.decode()
    [link] = re.findall(rf'href="({at("change", case)}[^"]*)"', html)
    page = client.get(link.replace("&amp;", "&")).content.decode()
    assert f'href="{LIST}?q=ekstad&amp;status=submitted"' in page
    hostile = client.get(at("change", case), {"_changelist_filters": '"><script>'}).content.decode()
    assert '"><script>' not in hostile

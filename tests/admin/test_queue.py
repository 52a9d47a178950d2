"""The queue and the first page: what is in them, for whom, and how many questions they put to the database."""

from __future__ import annotations

import datetime
import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from applications import workflow, writing
from applications.admin.desk import work
from applications.models import Application, Certificate, Review, Score, Status
from members.models import Affiliation, User

from ..cases import make_application, make_user, questions, review, uphold
from .conftest import at

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"


def listed(client, **params: str) -> list[str]:
    """The town centres that the list shows, in its order."""
    html = client.get(LIST, params).content.decode()
    return re.findall(r'<td class="field-area">(.*?)</td>', html)


def backdate(case: Application, days: int) -> None:
    then = timezone.now() - datetime.timedelta(days=days)
    Application.objects.filter(pk=case.pk).update(status_since=then)


def test_the_one_that_has_waited_longest_is_first_and_closed_ones_are_left_out(client, cast):
    for days, (status, area) in enumerate(
        [
            (Status.SUBMITTED, "Ekby"),
            (Status.IN_REVIEW, "Alby"),
            (Status.DRAFT, "Hamra"),
            (Status.APPROVED, "Orrby"),
        ]
    ):
        backdate(make_application(cast, status, area=area), days)
    client.force_login(cast.alma)
    assert listed(client) == ["Alby", "Ekby"]
    assert listed(client, status="approved") == ["Orrby"]
    assert listed(client, status="all") == ["Orrby", "Alby", "Ekby"]
    assert listed(client, status="draft") == ["Alby", "Ekby"]
    assert listed(client, status="nonsense\x00") == ["Alby", "Ekby"]


def test_a_row_says_where_the_case_stands_since_when_and_with_whom(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.axel)
    backdate(case, 12)
    client.force_login(cast.alma)
    client.cookies["django_language"] = "en"
    html = client.get(LIST).content.decode()
    cells = dict(re.findall(r'<t[hd] class="field-(\w+)[^"]*">(.*?)</t[hd]>', html))
    text = {name: re.sub(r"<[^>]+>", "", cell) for name, cell in cells.items()}
    assert text == {
        "reference": case.reference,
        "area": "Ekstad",
        "organisation": "Ekstads kommun",
        "status_word": "In review",
        "waited": "12 days",
        "advisors": "Advisor one is reviewing Advisor two review is in",
    }
    assert f'href="{at("change", case)}"' in cells["reference"]


def test_filter_by_advisor(client, cast):
    make_application(cast, Status.IN_REVIEW, area="Alby")
    make_application(cast, Status.SUBMITTED, area="Ekby")
    client.force_login(cast.asta)
    assert listed(client, advisor="me") == ["Alby"]
    assert listed(client, advisor="nobody") == ["Ekby"]
    assert listed(client, advisor=str(cast.axel.pk)) == ["Alby"]
    assert listed(client, advisor="99999") == ["Alby", "Ekby"]


def test_search_finds_closed_cases_too(client, cast):
    case = make_application(cast, Status.WITHDRAWN, area="Alby")
    make_application(cast, Status.SUBMITTED, area="Ekby")
    client.force_login(cast.asta)
    assert listed(client, q="alby") == ["Alby"]
    assert listed(client, q=case.reference) == ["Alby"]
    assert listed(client, q="ekstads") == ["Alby", "Ekby"]
    assert listed(client, q="ekstads", status="open") == ["Ekby"]
    assert client.get(LIST, {"q": "a\x00b"}).status_code == 200
    assert listed(client, q="x" * 5000) == []


def test_who_is_partial_does_not_see_the_case_even_by_searching(client, cast):
    case = make_application(cast, Status.IN_REVIEW, area="Alby")
    other = make_application(cast, Status.SUBMITTED, area="Ekby")
    [assignment] = case.assignment_set.filter(advisor=cast.asta)
    workflow.declare(case, assignment, cast.asta, has_conflict=True)
    client.force_login(cast.asta)
    assert listed(client) == ["Ekby"]
    assert listed(client, q="alby") == []
    Affiliation.objects.create(user=cast.asta, organisation=cast.town, role=Affiliation.Role.VIEWER)
    assert listed(client, status="all") == []
    assert client.get(at("change", other)).status_code == 404


def test_only_who_works_with_cases_has_the_list(client, cast):
    roleless = make_user("roleless@qm.example", "roleless", staff=True)
    answers = {}
    for name, user in {"roleless": roleless, "applicant": cast.sigrid, "decides": cast.beata}.items():
        client.force_login(user)
        answers[name] = client.get(LIST).status_code
    assert answers == {"roleless": 403, "applicant": 404, "decides": 200}


def test_nothing_is_added_deleted_or_edited_by_a_bare_form(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    User.objects.filter(pk=cast.alma.pk).update(is_superuser=True)
    client.force_login(cast.alma)
    for page in ("add/", f"{case.pk}/delete/", f"{case.pk}/history/", f"{case.pk}/"):
        assert client.get(LIST + page).status_code == 404
    assert client.post(at("change", case), {"status": "approved"}).status_code == 405
    answer = client.post(LIST, {"action": "delete_selected", "_selected_action": case.pk, "post": "yes"})
    assert answer.status_code in (200, 302)
    assert Application.objects.get().status == Status.SUBMITTED


# --- Query counts ----------------------------------------------------------------------------------------
def many(cast, number: int) -> None:
    """`number` further cases in review, each with two advisors, one review in and one begun."""
    first = Application.objects.get()
    submission = first.latest_submission
    for n in range(number):
        case = Application.objects.get(pk=first.pk)
        case.pk, case.reference, case.area = None, f"QM-2020-{n:04d}", f"Ort {n}"
        case.save(force_insert=True)
        own = type(submission)(
            application=case,
            number=1,
            content=submission.content,
            sha256="0" * 64,
            submitted_by=cast.sigrid,
            submitted_at=timezone.now(),
        )
        own.save(force_insert=True)
        for advisor, handed_in in ((cast.asta, None), (cast.axel, timezone.now())):
            assignment = case.assignment_set.create(
                advisor=advisor,
                assigned_by=cast.alma,
                assigned_at=timezone.now(),
                has_conflict=False,
                declared_at=timezone.now(),
            )
            Review.objects.create(assignment=assignment, submission=own, submitted_at=handed_in)


LIST_QUERIES = 11
DESK_QUERIES = 13


@pytest.mark.parametrize("more", [0, 59])
def test_the_list_asks_as_much_for_one_case_as_for_sixty(client, cast, more, django_assert_num_queries):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.axel)
    many(cast, more)
    client.force_login(cast.alma)
    with django_assert_num_queries(LIST_QUERIES):
        answer = client.get(LIST)
    assert answer.content.decode().count('class="field-area"') == min(1 + more, 50)


@pytest.mark.parametrize("more", [0, 59])
def test_the_first_page_asks_as_much_for_one_case_as_for_sixty(client, cast, more, django_assert_num_queries):
    make_application(cast, Status.IN_REVIEW)
    many(cast, more)
    client.force_login(cast.asta)
    client.cookies["django_language"] = "en"
    with django_assert_num_queries(DESK_QUERIES):
        answer = client.get("/admin/")
    assert answer.content.decode().count('<li class="task-list-item">') == min(1 + more, 10)
    assert (f"Show all {1 + more}" in answer.content.decode()) == (more > 0)


# --- The first page --------------------------------------------------------------------------------------
def heaps(user: User) -> dict[str, list[str]]:
    """What waits for a person, by the page that each task leads to."""
    found: dict[str, list[str]] = {}
    for heap in work(User.objects.get(pk=user.pk)):
        for task in heap.tasks:
            found.setdefault(task.url.rstrip("/").rpartition("/")[2] + ": " + heap.title, []).append(
                task.area
            )
    return found


@pytest.fixture
def english():
    from django.utils import translation

    with translation.override("en"):
        yield


def test_each_is_told_what_waits_for_them(cast, english):
    for status, area in (
        (Status.SUBMITTED, "Ekby"),
        (Status.IN_REVIEW, "Alby"),
        (Status.COMPLETION_REQUESTED, "Komby"),
        (Status.READY_FOR_DECISION, "Redby"),
        (Status.APPROVED, "Orrby"),
    ):
        make_application(cast, status, area=area)
    undeclared = make_application(cast, Status.SUBMITTED, area="Nyby")
    workflow.assign(undeclared, [cast.asta], cast.alma)
    shared = {
        "assign: Assign advisors": ["Ekby", "Nyby"],
        "change: Waiting for the applicant to complete": ["Komby"],
    }
    assert heaps(cast.asta) == {
        "declare: Say whether you have a conflict of interest": ["Nyby"],
        "review: Write your review": ["Alby"],
        **shared,
    }
    assert heaps(cast.axel) == {"review: Write your review": ["Alby"], **shared}
    assert heaps(cast.beata) == {"decide: Decide": ["Redby"]}
    assert heaps(cast.alma) == {**shared, "change: Make the certificate's document": ["Orrby"]}


def test_what_is_done_is_no_longer_on_the_first_page(cast, english):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.asta)
    assert heaps(cast.asta) == {}
    review(case, cast.axel)
    assert heaps(cast.beata) == {"decide: Decide": ["Ekstad"]}
    workflow.decide(case, cast.beata, "declined", "More is needed.")
    assert heaps(cast.beata) == {}


def test_who_advised_or_decided_before_is_not_asked_to_decide(cast, english):
    case = make_application(cast, Status.DECLINED)
    other = make_user("other@qm.example", "Other", "Decision maker", "Advisor")
    uphold(case, cast, other)
    fresh = [make_user(f"fresh{n}@qm.example", f"Fresh {n}", "Advisor") for n in (1, 2)]
    for assignment in workflow.assign(case, fresh, cast.alma):
        workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
        review(case, assignment.advisor)
    case.refresh_from_db()
    assert case.status == Status.READY_FOR_DECISION
    fresh[0].groups.add(Group.objects.get(name="Decision maker"))
    assert heaps(other) == {"decide: Decide": ["Ekstad"]}
    assert heaps(cast.beata) == {}
    assert heaps(fresh[0]) == {}


def test_a_conflict_and_a_further_review_call_for_another_advisor(cast, english):
    case = make_application(cast, Status.IN_REVIEW)
    assert "assign: Assign advisors" not in heaps(cast.alma)
    [assignment] = case.assignment_set.filter(advisor=cast.asta)
    workflow.declare(case, assignment, cast.asta, has_conflict=True)
    assert heaps(cast.alma) == {"assign: Assign advisors": ["Ekstad"]}
    assert heaps(cast.asta) == {}


def test_a_draft_for_an_older_submission_is_not_asked_for_twice(cast, english):
    case = make_application(cast, Status.COMPLETION_REQUESTED)
    assert heaps(cast.axel) == {"change: Waiting for the applicant to complete": ["Ekstad"]}
    writing.save_answer(case, questions(case)[1], cast.sigrid, "More about the budget.", 3)
    workflow.resubmit(case, cast.sigrid, declares=True)
    assert Review.objects.filter(assignment__advisor=cast.axel).count() == 2
    assert heaps(cast.axel) == {"review: Write your review": ["Ekstad"]}


def test_a_completion_that_is_late_says_so(client, cast):
    case = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.alma)
    client.cookies["django_language"] = "en"
    assert "due on" in client.get("/admin/").content.decode()
    case.completionrequest_set.update(due_on=timezone.localdate() - datetime.timedelta(days=1))
    html = client.get("/admin/").content.decode()
    assert '<span class="status status-stop">was due on' in html


def test_somebody_with_nothing_to_do_is_told_so(client, cast):
    client.force_login(cast.beata)
    client.cookies["django_language"] = "en"
    assert "Nothing waits for you right now." in client.get("/admin/").content.decode()
    assert reverse("admin:applications_application_changelist") in client.get("/admin/").content.decode()


def test_the_document_heap_leads_to_the_certificate(client, cast):
    make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get()
    client.force_login(cast.alma)
    assert (
        f"/admin/applications/certificate/{certificate.pk}/change/" in client.get("/admin/").content.decode()
    )
    assert Score.objects.exists()

"""A case's own page, assigning advisors, and declaring conflict of interest."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from applications import workflow
from applications.models import Application, Assignment, Event, Status

from ..cases import make_application, make_user, own_review, review
from .conftest import at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def text_of(response) -> str:
    """What a page says, without its tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def actions(client, case: Application) -> list[str]:
    """The buttons of the case's page, by the page that each leads to."""
    html = client.get(at("change", case)).content.decode()
    found = re.findall(r'<a class="btn btn-\w+" href="/admin/applications/application/\d+/([\w-]+)/">', html)
    return found


# --- The page --------------------------------------------------------------------------------------------
def test_each_is_offered_what_they_can_do(client, cast):
    submitted = make_application(cast, Status.SUBMITTED, area="Ekby")
    in_review = make_application(cast, Status.IN_REVIEW, area="Alby")
    ready = make_application(cast, Status.READY_FOR_DECISION, area="Redby")
    declined = make_application(cast, Status.DECLINED, area="Nekby")
    undeclared = make_application(cast, Status.SUBMITTED, area="Nyby")
    workflow.assign(undeclared, [cast.asta], cast.alma)
    offered = {}
    for user in (cast.asta, cast.beata, cast.alma):
        client.force_login(user)
        offered[user.name] = [
            actions(client, case) for case in (submitted, in_review, ready, declined, undeclared)
        ]
    assert offered == {
        "Advisor one": [
            ["assign"],
            ["review", "assign", "completion"],
            ["review"],
            ["review", "decision"],
            ["declare", "assign"],
        ],
        "Decision maker": [[], [], ["decide", "further-review"], ["decision"], []],
        "Administrator": [["assign"], ["assign"], [], [], ["assign"]],
    }


def test_the_page_holds_no_answers_comments_or_points(client, cast):
    case = make_application(cast, Status.DECLINED, points=1)
    for user in (cast.asta, cast.beata, cast.alma):
        client.force_login(user)
        html = client.get(at("change", case)).content.decode()
        assert "Ekstads kommun" in html
        for secret in (
            "Svar på fråga",
            "protokoll.pdf",
            "Comment by",
            "Summary by",
            "25.00",
            "25 %",
            "More is needed",
        ):
            assert secret not in html


def test_every_status_has_its_page(client, cast):
    for status in [status for status in Status if status != Status.DRAFT]:
        case = make_application(cast, status, area=status.value)
        for user in (cast.asta, cast.beata, cast.alma):
            client.force_login(user)
            assert str(status.label) in text_of(client.get(at("change", case))), status


def test_the_log_is_in_plain_words_without_what_the_applicant_did_in_the_draft(client, cast):
    case = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.alma)
    html = client.get(at("change", case)).content.decode()
    lines = [
        " ".join(re.sub(r"<[^>]+>", " ", line).split())
        for line in re.findall(r"<p>(<strong>.*?)</p>", html.partition("timeline")[2])
    ]
    with translation.override("en"):
        due = date_format(case.completionrequest_set.get().due_on)
    assert lines[:8] == [
        f"Completion requested : Question 2, by {due} Advisor one",
        "Advisor declared no conflict of interest Advisor two",
        "Advisor declared no conflict of interest Advisor one",
        "Review started Administrator",
        "Advisor assigned : Advisor two Administrator",
        "Advisor assigned : Advisor one Administrator",
        "Application submitted Signatory",
        "Application started Signatory",
    ]
    assert "Evidence added" not in html


def test_a_note_within_the_association_is_kept_from_who_is_still_to_review(client, cast):
    case = make_application(cast, Status.READY_FOR_DECISION)
    workflow.ask_further_review(case, cast.beata, "Asta gave too many points.")
    third = make_user("third@qm.example", "Third", "Advisor")
    seen = {}
    for user in (cast.alma, cast.beata, cast.asta, third):
        client.force_login(user)
        seen[user.name] = "too many points" in client.get(at("change", case)).content.decode()
    assert seen == {"Administrator": True, "Decision maker": True, "Advisor one": True, "Third": False}
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    client.force_login(third)
    assert "too many points" not in client.get(at("change", case)).content.decode()
    review(case, third)
    assert "too many points" in client.get(at("change", case)).content.decode()


def test_names_are_shown_as_text(client, cast):
    case = make_application(cast, Status.SUBMITTED, area="<script>alert(1)</script>")
    client.force_login(cast.alma)
    for address in (at("change", case), at("assign", case), "/admin/", "/admin/applications/application/"):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


# --- Assigning -------------------------------------------------------------------------------------------
def test_assigning_begins_the_review(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.alma)
    answer = client.post(at("assign", case), {"advisors": [cast.asta.pk, cast.axel.pk]})
    assert answer.url == at("change", case)
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    assert {a.advisor for a in case.assignment_set.all()} == {cast.asta, cast.axel}
    assert "The case is assigned to: Advisor one, Advisor two." in text_of(client.get(answer.url))


def test_assigning_twice_by_a_double_click_assigns_once(client, cast):
    case = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.alma)
    for _click in range(2):
        answer = client.post(at("assign", case), {"advisors": [cast.asta.pk]})
        assert answer.url == at("change", case)
    assert Assignment.objects.count() == 1


def test_only_those_are_offered_who_can_have_the_case_with_their_load(client, cast):
    make_application(cast, Status.IN_REVIEW, area="Alby")
    case = make_application(cast, Status.SUBMITTED)
    new = make_user("new@qm.example", "New one", "Advisor")
    tied = make_user("tied@qm.example", "Tied", "Advisor")
    tied.affiliation_set.create(organisation=cast.town, role="viewer")
    gone = make_user("gone@qm.example", "Gone", "Advisor")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    client.force_login(cast.alma)
    html = client.get(at("assign", case)).content.decode()
    offered = [label.strip() for label in re.findall(r'name="advisors"[^>]*>([^<]*)</label>', html)]
    assert offered == [
        "New one (0 cases under way)",
        "Advisor one (1 case under way)",
        "Advisor two (1 case under way)",
    ]
    for other in (tied, gone, cast.beata, cast.sigrid):
        html = client.post(at("assign", case), {"advisors": [new.pk, other.pk]}).content.decode()
        assert "One of those you chose can&#x27;t be given this case" in html
        # What could be chosen is still ticked.
        assert re.findall(r'name="advisors" value="(\d+)"[^>]*checked', html) == [str(new.pk)]
    assert not case.assignment_set.exists()


@pytest.mark.parametrize("posted", [{}, {"advisors": "x"}, {"advisors": "\x00"}, {"advisors": "9" * 50}])
def test_a_broken_choice_is_refused_on_the_page(client, cast, posted):
    case = make_application(cast, Status.SUBMITTED)
    client.force_login(cast.alma)
    answer = client.post(at("assign", case), posted)
    assert (answer.status_code, "error-summary" in answer.content.decode()) == (200, True)
    assert not Assignment.objects.exists()


def test_assigning_when_the_case_has_moved_on_is_refused_on_the_page(client, cast):
    withdrawn = make_application(cast, Status.SUBMITTED, area="Ekby")
    workflow.withdraw(withdrawn, cast.sigrid)
    client.force_login(cast.alma)
    answer = client.post(at("assign", withdrawn), {"advisors": [cast.asta.pk]})
    assert "the application is now “Withdrawn”" in text_of(answer)
    assert not Assignment.objects.exists()


# --- Declaring -------------------------------------------------------------------------------------------
@pytest.fixture
def undeclared(cast) -> Application:
    case = make_application(cast, Status.SUBMITTED)
    workflow.assign(case, [cast.asta], cast.alma)
    case.refresh_from_db()
    return case


def test_nothing_of_the_case_is_shown_before_the_declaration(client, cast, undeclared):
    client.force_login(cast.asta)
    for page in ("change", "declare"):
        html = client.get(at(page, undeclared)).content.decode()
        assert "Svar på fråga" not in html
        assert "protokoll.pdf" not in html
    assert client.get(at("review", undeclared)).url == at("declare", undeclared)
    item = undeclared.evidence.first()
    for page in ("evidence", "evidence_in_place"):
        assert client.get(reverse(page, args=[undeclared.reference, item.pk])).status_code == 404
    html = client.get(at("declare", undeclared)).content.decode()
    assert html.count('type="radio"') == 2
    assert "checked" not in html


def test_no_conflict_opens_the_case(client, cast, undeclared):
    client.force_login(cast.asta)
    for _click in range(2):
        answer = client.post(at("declare", undeclared), {"has_conflict": "no"})
        assert answer.url == at("review", undeclared)
    assert "Svar på fråga 1" in client.get(answer.url).content.decode()
    assert Event.objects.filter(kind=Event.Kind.NO_CONFLICT).count() == 1


def test_a_conflict_shuts_the_case_at_once(client, cast, undeclared):
    client.force_login(cast.asta)
    answer = client.post(at("declare", undeclared), {"has_conflict": "yes"})
    assert answer.url == "/admin/"
    assert f"{undeclared.reference} is now closed to you" in text_of(client.get("/admin/"))
    for page in ("change", "assign", "declare", "review", "completion"):
        assert client.get(at(page, undeclared)).status_code == 404
    assert client.post(at("declare", undeclared), {"has_conflict": "no"}).status_code == 404
    assert undeclared.area not in text_of(client.get("/admin/applications/application/"))


def test_an_answer_has_to_be_given(client, cast, undeclared):
    client.force_login(cast.asta)
    for posted in ({}, {"has_conflict": "perhaps"}, {"has_conflict": "\x00"}):
        answer = client.post(at("declare", undeclared), posted)
        # The error leads to the question.
        assert re.findall(r'href="#(\w+)">Do you have', answer.content.decode()) == ["id_has_conflict"]
        assert answer.content.decode().count('id="id_has_conflict"') == 1
    assert Assignment.objects.get().has_conflict is None


def test_a_conflict_found_out_later_shuts_the_case_too(client, cast, undeclared):
    client.force_login(cast.asta)
    client.post(at("declare", undeclared), {"has_conflict": "no"})
    assert at("declare", undeclared) in client.get(at("change", undeclared)).content.decode()
    client.post(at("declare", undeclared), {"has_conflict": "yes"})
    assert client.get(at("review", undeclared)).status_code == 404


def test_a_conflict_after_the_review_is_in_is_for_the_office(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.asta)
    client.force_login(cast.asta)
    assert at("declare", case) not in client.get(at("change", case)).content.decode()
    answer = client.post(at("declare", case), {"has_conflict": "yes"})
    assert "Tell the office about the conflict instead" in text_of(answer)
    assert own_review(case, cast.asta).assignment.has_conflict is False

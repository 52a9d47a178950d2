"""Deciding: what is weighed, what is refused with nothing lost, and the decision as it is read afterwards."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from applications import workflow
from applications.admin.decision import rule_in_words
from applications.models import Application, Certificate, Decision, Event, Questionnaire, Status

from ..cases import make_application, make_user, own_review, questions, review, uphold
from .conftest import at
from .test_case import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.READY_FOR_DECISION)


def seen(case: Application) -> str:
    """What the page says that it has shown: the reviews."""
    reviews = case.latest_submission.review_set.submitted()
    return ",".join(str(review.pk) for review in reviews.order_by("pk"))


def approve(case: Application, **more: str) -> dict[str, str]:
    return {"outcome": "approved", "reasons": "A model for others.", "seen": seen(case), **more}


def decline(case: Application, **more: str) -> dict[str, str]:
    return approve(case, outcome="declined", next_steps="Measure.", **more)


def judge(case: Application, advisor, points: dict[int, int]) -> None:
    """Hand in the advisor's review with these points, 3 where nothing is said."""
    draft = own_review(case, advisor)
    judgements = {q: workflow.Judgement(points.get(q.number, 3), f"By {advisor}.") for q in questions(case)}
    workflow.save_review(case, draft, advisor, judgements, "")
    workflow.submit_review(case, draft, advisor)


# --- Weighing --------------------------------------------------------------------------------------------
def test_all_reviews_stand_side_by_side_with_the_rule_in_words(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    judge(case, cast.asta, {2: 4, 4: 1})
    judge(case, cast.axel, {2: 1, 4: 2})
    client.force_login(cast.beata)
    page = client.get(at("decide", case))
    html, text = page.content.decode(), text_of(page)
    rows = [
        re.sub(r"<[^>]+>", " ", row).split()[1:]
        for row in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", html)
    ]
    numbers = [[cell for cell in row if re.fullmatch(r"[\d.]+", cell)] for row in rows]
    # Self-rating, the two advisors, mean, lowest to pass.
    assert numbers == [
        ["3", "3", "3", "3.0", "2"],
        ["3", "4", "1", "2.5", "2"],
        ["3", "3", "3", "3.0", "2"],
        ["3", "1", "2", "1.5", "2"],
        ["3", "3", "3", "3.0", "2"],
    ]
    assert "To pass: at least 60 % of the weighted points, and at least 2 (partly) on every question." in text
    assert "65 %" in text
    assert "The share is enough" in text
    assert "Below the lowest to pass: question 4" in text
    assert "The advisors are two points or more apart on question 2" in text
    assert "The application doesn't meet the rule." in text.replace("&#x27;", "'")
    for section in re.split(r'<section class="review-question"', html)[1:]:
        assert "By Advisor one." in section
        assert "By Advisor two." in section
        assert "Self-rating: <strong>3 fulfilled</strong>" in section
    assert "Svar på fråga 5: åäö." in html


def test_the_rule_in_words_where_the_minimum_differs(db):
    questionnaire = Questionnaire.objects.create(version=9, title_sv="Ny", title_en="New", pass_percent=70)
    for number, minimum in ((1, 2), (2, 3)):
        questionnaire.question_set.create(
            number=number, minimum=minimum, heading_sv="R", heading_en="H", text_sv="F", text_en="Q"
        )
    with translation.override("en"):
        assert rule_in_words(Application(questionnaire=questionnaire)) == (
            "To pass: at least 70 % of the weighted points, and at least the lowest points that each question names."
        )


# --- Deciding --------------------------------------------------------------------------------------------
def test_recommendations_for_the_renewal_are_kept_one_a_line_and_shown(client, cast, case):
    client.force_login(cast.beata)
    client.post(at("decide", case), approve(case, recommendations=" Mät flödet. \r\n\r\nBjud in kulturen.\n"))
    made = Decision.objects.get()
    assert list(made.recommendations.values_list("number", "text")) == [
        (1, "Mät flödet."),
        (2, "Bjud in kulturen."),
    ]
    assert "Mät flödet." in text_of(client.get(at("decision", case)))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"outcome": "declined", "recommendations": "Mät."}, "Recommendations go with an approval."),
        ({"recommendations": "\n".join("abcdefghijk")}, "Write at most 10 recommendations."),
        ({"recommendations": "å" * 5001}, "at most 5000 characters"),
    ],
)
def test_recommendations_that_can_not_be_kept_stay_in_the_form(client, cast, case, typed, says):
    client.force_login(cast.beata)
    page = client.post(at("decide", case), approve(case, **typed))
    assert page.status_code == 200
    assert says in text_of(page)
    assert typed["recommendations"] in page.content.decode()
    assert not Decision.objects.exists()


def test_approving_twice_by_a_double_click_makes_one_certificate(client, cast, case):
    client.force_login(cast.beata)
    for _click in range(2):
        answer = client.post(at("decide", case), approve(case))
        assert answer.url == at("decision", case)
    assert Decision.objects.get().outcome == "approved"
    assert Certificate.objects.count() == 1
    assert Event.objects.filter(kind="approved").count() == 1


def test_the_decision_is_read_as_it_was_made(client, cast, case):
    client.force_login(cast.beata)
    page = client.post(at("decide", case), decline(case), follow=True)
    text = text_of(page)
    assert "Not yet approved" in text
    assert "Decided by Decision maker" in text
    assert "A model for others." in text
    assert page.content.decode().count("Comment by axel") == 5
    assert "<textarea" not in page.content.decode()
    client.force_login(cast.asta)
    assert "A model for others." in text_of(client.get(at("decision", case)))


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"outcome": ""}, ["outcome"]),
        ({"outcome": "perhaps"}, ["outcome"]),
        ({"reasons": "  "}, ["reasons"]),
        ({"reasons": "x" * 10_001}, ["reasons"]),
        ({"reasons": "a\x00b"}, ["reasons"]),
        ({"outcome": "", "reasons": ""}, ["outcome", "reasons"]),
    ],
)
def test_a_faulty_decision_is_refused_beside_its_field(client, cast, case, changed, fields):
    client.force_login(cast.beata)
    html = client.post(at("decide", case), approve(case, **changed)).content.decode()
    assert re.findall(r'<ul class="errorlist" id="id_(\w+)_error">', html) == fields
    assert changed.get("reasons", "A model for others.").strip() in html
    assert not Decision.objects.exists()


def test_approving_against_the_rule_takes_a_reason_of_its_own(client, cast):
    case = make_application(cast, Status.READY_FOR_DECISION, points=1)
    client.force_login(cast.beata)
    assert 'name="override_reason"' in client.get(at("decide", case)).content.decode()
    html = client.post(at("decide", case), approve(case)).content.decode()
    assert re.findall(r'<ul class="errorlist" id="id_(\w+)_error">', html) == ["override_reason"]
    assert "A model for others." in html
    client.post(at("decide", case), approve(case, override_reason="The board said so."))
    assert Decision.objects.get().override_reason == "The board said so."


def test_declining_takes_no_reason_against_the_rule(client, cast):
    case = make_application(cast, Status.READY_FOR_DECISION, points=1)
    client.force_login(cast.beata)
    assert client.post(at("decide", case), decline(case)).status_code == 302
    assert Decision.objects.get().override_reason == ""


def test_no_reason_is_asked_for_when_the_rule_is_met(client, cast, case):
    client.force_login(cast.beata)
    assert 'name="override_reason"' not in client.get(at("decide", case)).content.decode()


def test_of_two_decision_makers_one_wins_and_the_other_is_told(client, cast, case):
    other = make_user("other@qm.example", "The other", "Decision maker")
    sent = approve(case)
    client.force_login(cast.beata)
    client.post(at("decide", case), sent)
    client.force_login(other)
    answer = client.post(at("decide", case), decline(case) | {"reasons": "An hour of thought."})
    text = text_of(answer)
    assert "the application is now “Approved”" in text
    assert "Decision maker decided on" in text
    assert "An hour of thought." in answer.content.decode()
    assert Decision.objects.get().decided_by == cast.beata


def test_a_decision_after_a_further_review_was_asked_for_is_refused_with_what_was_typed(client, cast, case):
    other = make_user("other@qm.example", "The other", "Decision maker")
    sent = approve(case, override_reason="And this.")
    workflow.ask_further_review(case, other, "They are far apart.")
    client.force_login(cast.beata)
    html = client.post(at("decide", case), sent).content.decode()
    assert "the application is now “In review”" in html
    for text in ("A model for others.", "And this."):
        assert text in html
    # Not ready: nothing of the reviews is shown.
    assert "Comment by" not in html
    assert not Decision.objects.exists()


def test_a_review_that_came_in_meanwhile_has_to_be_read_first(client, cast, case):
    sent = approve(case)
    workflow.ask_further_review(case, cast.beata, "They are far apart.")
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    review(case, third, points=0)
    client.force_login(cast.beata)
    answer = client.post(at("decide", case), sent)
    assert "Another review has come in" in text_of(answer)
    assert "A model for others." in answer.content.decode()
    assert not Decision.objects.exists()
    assert client.post(at("decide", case), decline(case)).status_code == 302


def test_deciding_what_is_not_ready_changes_nothing(client, cast):
    client.force_login(cast.beata)
    refused = {}
    for status in (Status.SUBMITTED, Status.IN_REVIEW, Status.COMPLETION_REQUESTED, Status.WITHDRAWN):
        case = make_application(cast, status, area=status.value)
        page = client.post(
            at("decide", case), {"outcome": "approved", "reasons": "By hand.", "override_reason": "So."}
        )
        refused[status] = (
            page.status_code,
            "the application is now" in text_of(page),
            "By hand." in page.content.decode(),
        )
    assert set(refused.values()) == {(200, True, True)}
    assert not Decision.objects.exists()


def test_who_decided_before_the_appeal_does_not_decide_again(client, cast):
    case = make_application(cast, Status.DECLINED)
    other = make_user("other@qm.example", "The other", "Decision maker")
    uphold(case, cast, other)
    fresh = [make_user(f"fresh{n}@qm.example", f"Fresh {n}", "Advisor") for n in (1, 2)]
    for assignment in workflow.assign(case, fresh, cast.alma):
        workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
        review(case, assignment.advisor, points=4)
    client.force_login(cast.beata)
    answers = [client.get(at("decide", case)), client.post(at("decide", case), approve(case))]
    assert [answer.status_code for answer in answers] == [403, 403]
    client.force_login(other)
    html = client.get(at("decide", case)).content.decode()
    # Only the new advisors' reviews count.
    rows, form = html.split('id="decide"')
    assert (rows.count("Comment by fresh1"), html.count("Comment by asta")) == (5, 0)
    assert form.count("Comment by fresh1") == 5


# --- A further review ------------------------------------------------------------------------------------
def test_a_further_review_is_asked_for_with_a_reason(client, cast, case):
    client.force_login(cast.beata)
    for reason in ("", " ", "x" * 5001):
        assert "error-summary" in client.post(at("further-review", case), {"reason": reason}).content.decode()
    answer = client.post(at("further-review", case), {"reason": "They are far apart."})
    assert answer.url == at("change", case)
    case.refresh_from_db()
    assert (case.status, case.reviews_required) == (Status.IN_REVIEW, 3)
    again = client.post(at("further-review", case), {"reason": "Once more."})
    assert "the application is now “In review”" in text_of(again)
    assert "Once more." in again.content.decode()


# --- Query counts ----------------------------------------------------------------------------------------
DECIDE_QUERIES = 26
DECISION_QUERIES = 22


def test_what_the_decision_pages_ask_of_the_database(client, cast, case, django_assert_num_queries):
    client.force_login(cast.beata)
    with django_assert_num_queries(DECIDE_QUERIES):
        client.get(at("decide", case))
    workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "More is needed.")
    with django_assert_num_queries(DECISION_QUERIES):
        client.get(at("decision", case))


def test_a_form_that_says_no_way_to_be_sent_decides_nothing(client, cast, case):
    client.force_login(cast.beata)
    for then in ("", "x", "release", "draft\x00"):
        assert client.post(at("decide", case), approve(case, then=then)).status_code == 400
        assert client.post(at("held", case), {"then": then} if then != "release" else {}).status_code == 400
    assert not Decision.objects.exists()

"""Writing a review: what is read, what is saved, what is refused, and what stays hidden until it is in."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import workflow, writing
from applications.models import Application, Review, Score, Status

from ..cases import PDF, fill, jpeg, make_application, make_user, own_review, questions, review, upload
from .conftest import at
from .test_case import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.IN_REVIEW)


def typed(
    points: int | str = 3, comment: str = "Good.", submission: int = 1, **more: str
) -> dict[str, object]:
    """What is sent when every question gets the same."""
    data: dict[str, object] = {"submission": submission, "summary": "As a whole."}
    for number in range(1, 6):
        data |= {f"points_{number}": points, f"comment_{number}": comment}
    return data | more


def kept(case: Application, advisor) -> list[tuple[int | None, str]]:
    return list(
        own_review(case, advisor).scores.order_by("question__number").values_list("points", "comment")
    )


# --- Reading ---------------------------------------------------------------------------------------------
def test_everything_to_judge_by_is_on_the_page(client, cast, case):
    client.force_login(cast.asta)
    html = client.get(at("review", case)).content.decode()
    for question in questions(case):
        assert question.text_en in html.replace("&#x27;", "'")
        assert f"Svar på fråga {question.number}: åäö." in html
        for level in question.rubric.all():
            assert level.text_en in html.replace("&#x27;", "'")
    assert html.count("Self-rating: <strong>3 fulfilled</strong>") == 5
    assert html.count('type="radio"') == 25
    for item in case.evidence.all():
        assert reverse("evidence", args=[case.reference, item.pk]) in html
    assert html.count("<iframe") == 2


def test_the_page_shows_the_frozen_submission_not_what_is_being_changed(client, cast, case):
    second = questions(case)[1]
    workflow.request_completion(case, cast.axel, {second: "More."}, own_date(case))
    case.refresh_from_db()
    writing.save_answer(case, second, cast.sigrid, "An unfinished change.", 0)
    writing.add_evidence(case, second, cast.sigrid, upload(jpeg(), "ny bild.jpg"))
    client.force_login(cast.asta)
    html = client.get(at("review", case)).content.decode()
    assert "Svar på fråga 2" in html
    assert "An unfinished change." not in html
    assert "ny bild.jpg" not in html
    assert "The applicant is completing the application" in html


def own_date(case: Application):
    return timezone.localdate() + datetime.timedelta(days=case.questionnaire.completion_days)


def test_answers_and_names_are_shown_as_text(client, cast):
    case = fill(make_application(cast, Status.DRAFT), cast.sigrid)
    first = questions(case)[0]
    writing.save_answer(case, first, cast.sigrid, "<script>alert(1)</script> <img src=x onerror=alert(2)>", 3)
    writing.add_evidence(case, first, cast.sigrid, upload(PDF + b"x", name='"><svg onload=alert(3)>.pdf'))
    workflow.submit(case, cast.sigrid, declares=True)
    for assignment in workflow.assign(case, [cast.asta, cast.axel], cast.alma):
        workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
    client.force_login(cast.asta)
    pages = [client.get(at("review", case)), client.get(at("completion", case))]
    sent = client.post(
        at("review", case), typed(comment="<script>alert(4)</script>", then="submit"), follow=True
    )
    review(case, cast.axel)
    client.force_login(cast.beata)
    pages += [sent, client.get(at("decide", case))]
    for page in pages:
        html = page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert not re.search(r"<script(?! src=)|<svg[^>]*onload|<img[^>]*onerror", html)


def test_what_changed_since_the_former_submission_is_marked(client, cast):
    case = make_application(cast, Status.COMPLETION_REQUESTED)
    writing.save_answer(case, questions(case)[1], cast.sigrid, "Now with a budget.", 3)
    workflow.resubmit(case, cast.sigrid, declares=True)
    client.force_login(cast.asta)
    html = client.get(at("review", case)).content.decode()
    first, *others = re.split(r'<section class="review-question"', html)[1:]
    assert "changed since before" in first
    assert 'data-part="2"' in first
    assert not any("changed since before" in section for section in others)
    new, old = (re.findall(rf"<{tag}>.*?</span>(.*?)<span", first) for tag in ("ins", "del"))
    assert ("".join(new).strip(), "".join(old).strip()) == ("Now with a budget.", "Svar på fråga 2: åäö.")
    assert "Tell us more about the budget." in first


# --- Saving ----------------------------------------------------------------------------------------------
def test_a_draft_is_kept_as_it_grows(client, cast, case):
    client.force_login(cast.asta)
    answer = client.post(
        at("review", case), {"submission": 1, "points_2": "4", "comment_3": " Think. ", "summary": ""}
    )
    assert answer.url == at("review", case)
    assert kept(case, cast.asta) == [(None, ""), (4, ""), (None, "Think."), (None, ""), (None, "")]
    html = client.get(answer.url).content.decode()
    assert re.findall(r'name="(points_\d)" value="(\d)" checked', html) == [("points_2", "4")]
    assert re.findall(r'class="jump-(\w+)"', html) == ["empty", "done", "begun", "empty", "empty"]
    assert own_review(case, cast.asta).submitted_at is None


def test_what_is_typed_is_saved_on_the_way_to_asking_for_completion(client, cast, case):
    client.force_login(cast.asta)
    assert client.post(at("review", case), typed(then="completion")).url == at("completion", case)
    assert kept(case, cast.asta) == [(3, "Good.")] * 5
    assert own_review(case, cast.asta).submitted_at is None


def test_a_complete_review_is_handed_in_once_by_a_double_click(client, cast, case):
    client.force_login(cast.asta)
    for _click in range(2):
        answer = client.post(at("review", case), typed(then="submit"))
        assert answer.url == at("review", case)
    assert Review.objects.submitted().count() == 1
    assert case.event_set.filter(kind="review_submitted").count() == 1
    assert "Your review is in" in text_of(client.get(answer.url))


def test_the_last_review_makes_the_case_ready(client, cast, case):
    review(case, cast.axel)
    client.force_login(cast.asta)
    client.post(at("review", case), typed(then="submit"))
    case.refresh_from_db()
    assert case.status == Status.READY_FOR_DECISION


def test_what_is_missing_is_shown_beside_each_question_and_all_is_kept(client, cast, case):
    client.force_login(cast.asta)
    data = typed(then="submit")
    del data["points_1"]
    data |= {
        "comment_1": "Only words.",
        "points_4": "1",
        "comment_4": "",
        "points_5": "0",
        "comment_5": "Why.",
    }
    answer = client.post(at("review", case), data)
    html = answer.content.decode()
    sections = re.split(r'<section class="review-question"', html)[1:]
    errors = [re.findall(r'<p class="field-error">(.*?)</p>', section) for section in sections]
    assert errors == [["Choose points."], [], [], ["Write a comment: the points are below the minimum."], []]
    assert html.count('<li><a href="#q') == 2
    assert kept(case, cast.asta) == [(None, "Only words."), (3, "Good."), (3, "Good."), (1, ""), (0, "Why.")]
    assert own_review(case, cast.asta).submitted_at is None


def test_too_long_or_broken_input_is_refused_beside_its_field_with_all_typed_kept(client, cast, case):
    client.force_login(cast.asta)
    data = typed(comment="Good.", then="submit") | {
        "comment_2": "x" * 5001,
        "comment_3": "a\x00b",
        "points_4": "7",
        "summary": "y" * 5001,
    }
    answer = client.post(at("review", case), data)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r'<ul class="errorlist" id="id_(\w+)_error">', html) == [
        "comment_2",
        "comment_3",
        "points_4",
        "summary",
    ]
    assert "x" * 5001 in html
    assert "y" * 5001 in html
    assert re.findall(r'name="(points_\d)" value="3" checked', html) == [
        "points_1",
        "points_2",
        "points_3",
        "points_5",
    ]
    assert not Score.objects.exists()


def test_a_body_past_all_bounds_is_refused(client, cast, case):
    client.force_login(cast.asta)
    assert client.post(at("review", case), typed(comment="x" * 1_000_000)).status_code == 400


def test_a_review_that_is_in_is_not_changed_and_what_was_typed_is_shown(client, cast, case):
    review(case, cast.asta)
    client.force_login(cast.asta)
    answer = client.post(at("review", case), typed(points=0, comment="On second thoughts."))
    html = answer.content.decode()
    assert "Your review is already in." in html
    assert html.count("On second thoughts.") == 5
    assert {points for points, _comment in kept(case, cast.asta)} == {3}


def test_a_save_after_the_case_moved_on_is_refused_with_what_was_typed(client, cast, case):
    workflow.request_completion(case, cast.axel, {questions(case)[0]: "More."}, own_date(case))
    client.force_login(cast.asta)
    html = client.post(at("review", case), typed(comment="Half an hour of work.")).content.decode()
    assert "the application is now “Completion requested”" in html
    assert html.count("Half an hour of work.") == 5
    assert not Score.objects.filter(review__assignment__advisor=cast.asta).exists()


def test_what_was_typed_about_an_older_version_is_shown_beside_the_newer(client, cast):
    case = make_application(cast, Status.COMPLETION_REQUESTED)
    writing.save_answer(case, questions(case)[1], cast.sigrid, "Now with a budget.", 3)
    workflow.resubmit(case, cast.sigrid, declares=True)
    client.force_login(cast.asta)
    html = client.post(at("review", case), typed(comment="Typed before.", submission=1)).content.decode()
    assert "The applicant has handed in a newer version." in html
    assert "Now with a budget." in html
    assert html.count("Typed before.") == 5
    assert '<input type="hidden" name="submission" value="2">' in html
    assert not Score.objects.filter(comment="Typed before.").exists()
    assert client.post(at("review", case), typed(comment="Typed before.", submission=2)).status_code == 302
    assert Score.objects.filter(comment="Typed before.").count() == 5


# --- Blind until one's own is in ----------------------------------------------------------------------------
def test_the_others_review_is_hidden_until_ones_own_is_in(client, cast, case):
    review(case, cast.axel, points=4)
    client.force_login(cast.asta)
    pages = [
        at("review", case),
        at("change", case),
        at("completion", case),
        "/admin/",
        "/admin/applications/application/",
    ]
    for page in pages:
        html = client.get(page).content.decode()
        assert "Comment by axel" not in html
        assert "Summary by axel" not in html
    client.post(at("review", case), typed())
    assert "Comment by axel" not in client.get(at("review", case)).content.decode()
    refused = client.post(at("review", case), typed(points="", then="submit")).content.decode()
    assert "Comment by axel" not in refused
    html = client.post(at("review", case), typed(then="submit"), follow=True).content.decode()
    assert html.count("Comment by axel") == 5
    assert "Summary by axel" in html
    assert 'type="radio"' not in html


def test_a_draft_of_another_is_never_shown(client, cast, case):
    review(case, cast.axel, submit=False)
    review(case, cast.asta)
    client.force_login(cast.asta)
    assert "Comment by axel" not in client.get(at("review", case)).content.decode()


def test_a_new_version_hides_the_others_judgement_of_it_again(client, cast, case):
    review(case, cast.asta)
    workflow.request_completion(case, cast.axel, {questions(case)[1]: "More."}, own_date(case))
    case.refresh_from_db()
    writing.save_answer(case, questions(case)[1], cast.sigrid, "More.", 3)
    workflow.resubmit(case, cast.sigrid, declares=True)
    review(case, cast.axel)
    client.force_login(cast.asta)
    html = client.get(at("review", case)).content.decode()
    assert "Comment by asta" in html
    assert "Comment by axel" not in html


FORM_QUERIES = 20
READ_QUERIES = 24


# --- Query counts ----------------------------------------------------------------------------------------
def test_the_form_asks_as_much_however_many_review(client, cast, case, django_assert_num_queries):
    client.force_login(cast.asta)
    with django_assert_num_queries(FORM_QUERIES):
        client.get(at("review", case))
    review(case, cast.axel)
    with django_assert_num_queries(FORM_QUERIES):
        client.get(at("review", case))


def test_the_form_asks_as_much_for_thirty_files_on_a_question(client, cast, django_assert_num_queries):
    for number in (1, 30):
        case = fill(make_application(cast, Status.DRAFT, area=f"Ekstad {number}"), cast.sigrid)
        for index in range(number):
            writing.add_evidence(
                case,
                questions(case)[0],
                cast.sigrid,
                upload(PDF + b"%%%% more %d" % index, f"fil {index}.pdf"),
            )
        workflow.submit(case, cast.sigrid, declares=True)
        for assignment in workflow.assign(case, [cast.asta, cast.axel], cast.alma):
            workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
        client.force_login(cast.asta)
        with django_assert_num_queries(FORM_QUERIES):
            html = client.get(at("review", case)).content.decode()
        assert len(re.findall(r'<details class="file" name="evidence-1"', html)) >= number
        assert len(re.findall(r'<details class="file"[^>]* open>', html)) == 1


def test_reading_asks_as_much_however_many_have_reviewed(client, cast, case, django_assert_num_queries):
    others = [make_user(f"more{number}@qm.example", f"More {number}", "Advisor") for number in range(4)]
    for assignment in workflow.assign(case, others, cast.alma):
        workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
    Application.objects.filter(pk=case.pk).update(reviews_required=7)
    review(case, cast.asta)
    client.force_login(cast.asta)
    for number, advisor in enumerate((cast.axel, *others), start=1):
        review(case, advisor)
        with django_assert_num_queries(READ_QUERIES):
            html = client.get(at("review", case)).content.decode()
        assert html.count('class="opinion-head"') == (number + 1) * 6, "five questions and the whole"


def test_reading_both_reviews(client, cast, case, django_assert_num_queries):
    review(case, cast.axel)
    review(case, cast.asta)
    client.force_login(cast.asta)
    with django_assert_num_queries(READ_QUERIES):
        client.get(at("review", case))


# --- Completion ------------------------------------------------------------------------------------------
def test_the_deadline_is_proposed_and_only_named_questions_are_sent(client, cast, case):
    client.force_login(cast.asta)
    html = client.get(at("completion", case)).content.decode()
    due = own_date(case)
    assert f'name="due_on" value="{due}"' in html
    data = {"text_2": "More about the budget.", "text_4": "   ", "due_on": str(due)}
    for _click in range(2):
        answer = client.post(at("completion", case), data)
        assert answer.url == at("change", case)
    request = case.completionrequest_set.get()
    assert [(point.question.number, point.text) for point in request.points.all()] == [
        (2, "More about the budget.")
    ]
    assert (request.due_on, request.requested_by) == (due, cast.asta)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"text_2": ""}, []),
        ({"due_on": ""}, ["due_on"]),
        ({"due_on": "2020-01-01"}, ["due_on"]),
        ({"due_on": "in a week"}, ["due_on"]),
        ({"due_on": "99999-01-01"}, ["due_on"]),
        ({"text_3": "x" * 5001}, ["text_3"]),
        ({"text_3": "a\x00b"}, ["text_3"]),
    ],
)
def test_a_faulty_request_is_refused_beside_its_field(client, cast, case, changed, fields):
    client.force_login(cast.asta)
    data = {"text_1": "", "text_2": "More about the budget.", "due_on": str(own_date(case))} | changed
    answer = client.post(at("completion", case), data)
    html = answer.content.decode()
    assert (answer.status_code, "error-summary" in html) == (200, True)
    assert re.findall(r'<ul class="errorlist" id="id_(\w+)_error">', html) == fields
    assert not case.completionrequest_set.exists()


def test_a_request_that_comes_too_late_is_refused_with_what_was_typed(client, cast, case):
    workflow.request_completion(case, cast.axel, {questions(case)[0]: "More."}, own_date(case))
    client.force_login(cast.asta)
    data = {"text_2": "Something else.", "due_on": str(own_date(case))}
    html = client.post(at("completion", case), data).content.decode()
    assert "the application is now “Completion requested”" in html
    assert "Something else." in html
    assert case.completionrequest_set.count() == 1

"""The review page saves while one types: what is kept, what is refused with both texts shown, and who else is there."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import doors, workflow, writing
from applications.models import Application, Assignment, Review, ReviewPresence, Score, Status

from ..cases import make_application, own_review, questions, review
from ..queries import asked
from .conftest import at

pytestmark = pytest.mark.django_db
AUTOSAVE_QUERIES = 18
PRESENCE_QUERIES = 10


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def case(cast) -> Application:
    return make_application(cast, Status.IN_REVIEW)


def sent(part: int | str = 1, **more: object) -> dict[str, object]:
    what = {"submission": 1, "part": part, "points": 3, "comment": "Good.", "note": "Ask Axel.", "seen": 0}
    return what | more


def score(case: Application, advisor, number: int = 1) -> Score:
    return own_review(case, advisor).scores.get(question__number=number)


def test_strangers_applicants_and_those_who_may_not_read_save_nothing(client, cast, case):
    for user, status in ((cast.sigrid, 404), (cast.nils, 404), (cast.beata, 403), (cast.alma, 403)):
        client.force_login(user)
        assert client.post(at("review_autosave", case), sent()).status_code == status
        assert client.post(at("review_presence", case)).status_code == status
    assert not Score.objects.exclude(comment="").exists()
    assert not ReviewPresence.objects.exists()


def test_a_question_is_saved_by_itself(client, cast, case):
    client.force_login(cast.asta)
    answer = client.post(at("review_autosave", case), sent(2))
    assert answer.status_code == 200
    assert answer.json()["revision"] == 1
    assert answer.json()["saved"].startswith("Saved ")
    saved = score(case, cast.asta, 2)
    assert (saved.points, saved.comment, saved.note, saved.revision) == (3, "Good.", "Ask Axel.", 1)
    answer = client.post(
        at("review_autosave", case), {"submission": 1, "part": 0, "summary": "All in all.", "seen": 0}
    )
    assert answer.json()["revision"] == 1
    assert own_review(case, cast.asta).summary == "All in all."
    assert own_review(case, cast.axel).scores.filter(points__isnull=False).count() == 0


def test_the_same_sent_twice_is_one_save(client, cast, case):
    client.force_login(cast.asta)
    revisions = [client.post(at("review_autosave", case), sent()).json()["revision"] for _ in range(2)]
    assert revisions == [1, 1]


def test_what_another_window_has_saved_is_shown_and_not_overwritten(client, cast, case):
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent(comment="From the first window."))
    answer = client.post(at("review_autosave", case), sent(comment="From the other one.", points=1))
    assert answer.status_code == 409
    assert answer["QM-Why"] == "stale"
    html = answer.content.decode()
    assert 'data-revision="1"' in html
    assert 'data-points="3"' in html
    assert "<ins>first" not in html
    assert "From the " in html and "first window." in html and "other one." in html
    assert score(case, cast.asta).comment == "From the first window."
    answer = client.post(at("review_autosave", case), sent(comment="From the other one.", points=1, seen=1))
    assert answer.json()["revision"] == 2
    assert score(case, cast.asta).points == 1


def test_what_the_page_itself_has_sent_is_no_other_window(client, cast, case):
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent(comment="On its way."))
    before = {"sent-points": 3, "sent-comment": "On its way.", "sent-note": "Ask Axel."}
    answer = client.post(at("review_autosave", case), sent(comment="On its way. And more.") | before)
    assert answer.json()["revision"] == 2
    before["sent-comment"] = "Something else."
    assert client.post(at("review_autosave", case), sent(comment="No.") | before).status_code == 409


def test_after_an_interrupted_visit_nothing_is_overwritten_unseen(client, cast, case):
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent())
    answer = client.post(at("review_autosave", case), sent(comment="Kept in the browser.", seen=""))
    assert (answer.status_code, answer["QM-Why"]) == (409, "stale")
    answer = client.post(at("review_autosave", case), sent(3, comment="Nothing was there.", seen=""))
    assert answer.status_code == 200


def test_the_summary_of_another_window_is_shown_too(client, cast, case):
    client.force_login(cast.asta)
    page = at("review_autosave", case)
    client.post(page, {"submission": 1, "part": 0, "summary": "One.", "seen": 0})
    answer = client.post(page, {"submission": 1, "part": 0, "summary": "Two.", "seen": 0})
    assert (answer.status_code, answer["QM-Why"]) == (409, "stale")
    assert "One." in answer.content.decode()
    assert own_review(case, cast.asta).summary == "One."


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"part": "7"}, 404),
        ({"part": "x"}, 404),
        ({"part": "²"}, 404),
        ({"part": "9" * 40}, 404),
        ({"points": "5"}, 422),
        ({"points": "-1"}, 422),
        ({"points": "3\x00"}, 422),
        ({"comment": "x" * 5001}, 422),
        ({"comment": "\x00"}, 422),
        ({"note": "x" * 5001}, 422),
        ({"seen": "9" * 40}, 422),
        ({"seen": "-4"}, 422),
        ({"submission": "2"}, 409),
        ({"submission": "nonsense"}, 409),
    ],
)
def test_a_forged_save_is_refused_with_a_sentence(client, cast, case, changes, status):
    client.force_login(cast.asta)
    answer = client.post(at("review_autosave", case), sent(**changes))
    assert answer.status_code == status
    assert answer.content.decode().strip()
    assert not Score.objects.exclude(comment="").exists()


def test_nothing_at_all_is_not_an_empty_review(client, cast, case):
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent())
    assert client.post(at("review_autosave", case), {"submission": 1, "part": 1}).status_code == 422
    assert score(case, cast.asta).comment == "Good."
    assert client.get(at("review_autosave", case)).status_code == 405


def test_a_review_that_is_in_takes_no_more(client, cast, case):
    review(case, cast.asta)
    client.force_login(cast.asta)
    answer = client.post(at("review_autosave", case), sent(comment="Late."))
    assert answer.status_code == 409
    assert answer.content.decode() == "Your review is already in."


def test_a_conflict_that_is_declared_closes_the_page_to_the_other_window(client, cast, case):
    client.force_login(cast.asta)
    assert client.get(at("review", case)).status_code == 200
    assignment = Assignment.objects.get(application=case, advisor=cast.asta)
    workflow.declare(case, assignment, cast.asta, has_conflict=True)
    assert client.get(at("review", case)).status_code == 404
    assert client.post(at("review_autosave", case), sent()).status_code == 404
    assert client.post(at("review_presence", case)).status_code == 404


def test_without_a_script_a_stale_form_saves_nothing_and_shows_both(client, cast, case):
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent(1, comment="From the first window."))
    form = {"submission": 1, "seen_1": 0, "comment_1": "From the form.", "points_1": 2}
    form |= {"comment_2": "Another question.", "seen_2": 0, "summary": ""}
    html = client.post(at("review", case), form).content.decode()
    assert "You have saved something else in another window." in html
    assert "first window." in html and "From the form." in html
    assert score(case, cast.asta, 1).comment == "From the first window."
    assert not own_review(case, cast.asta).scores.filter(question__number=2).exists()
    assert 'name="seen_1" value="1"' in html
    answer = client.post(at("review", case), form | {"seen_1": 1})
    assert answer.status_code == 302
    assert score(case, cast.asta, 1).comment == "From the form."
    assert score(case, cast.asta, 2).comment == "Another question."


def test_the_note_is_read_by_nobody_else(client, cast, case):
    client.force_login(cast.asta)
    for number in range(1, 6):
        client.post(at("review_autosave", case), sent(number, note="SECRETNOTE"))
    workflow.submit_review(case, own_review(case, cast.asta), cast.asta)
    review(case, cast.axel)
    for user, pages in ((cast.axel, ("change", "review")), (cast.beata, ("change", "decide"))):
        client.force_login(user)
        for page in pages:
            answer = client.get(at(page, case))
            assert answer.status_code == 200
            assert b"SECRETNOTE" not in answer.content
    client.force_login(cast.asta)
    assert b"SECRETNOTE" in client.get(at("review", case)).content
    assert b"SECRETNOTE" in client.get(reverse("my_data")).content


def test_who_else_has_the_review_open_is_told_once(client, cast, case):
    client.force_login(cast.axel)
    first = client.post(at("review_presence", case), {"heard": ""})
    assert first.status_code == 204
    client.force_login(cast.asta)
    answer = client.post(at("review_presence", case), {"heard": ""})
    assert "Advisor two is reviewing now" in answer.content.decode()
    assert client.post(at("review_presence", case), {"heard": "Advisor two"}).status_code == 204
    ReviewPresence.objects.filter(user=cast.axel).update(
        seen_at=timezone.now() - ReviewPresence.FRESH - datetime.timedelta(seconds=1)
    )
    answer = client.post(at("review_presence", case), {"heard": "Advisor two"})
    assert (answer.status_code, "reviewing" in answer.content.decode()) == (200, False)


def test_a_second_look_has_what_changed_first_and_marked(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    review(case, cast.asta, submit=False)
    due = timezone.localdate() + datetime.timedelta(days=20)
    workflow.request_completion(case, cast.asta, {questions(case)[3]: "Which budget?"}, due)
    writing.save_answer(case, questions(case)[3], cast.sigrid, "Svar på fråga 4: budgeten är klar.", 3)
    workflow.resubmit(case, cast.sigrid, declares=True)
    client.force_login(cast.asta)
    html = client.get(at("review", case)).content.decode()
    numbers = [int(part[0]) for part in html.split('data-part="')[1:]]
    assert numbers == [4, 1, 2, 3, 5, 0]
    assert "4 questions are unchanged since your last review" in html
    assert html.index('data-part="4"') < html.index('class="unchanged"') < html.index('data-part="1"')
    assert "<ins>" in html and "budgeten är klar." in html
    assert "Which budget?" in html
    assert html.count(" checked") == 5


def test_what_saving_asks_of_the_database(client, cast, case):
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent())
    with asked(AUTOSAVE_QUERIES):
        client.post(at("review_autosave", case), sent(comment="More.", seen=1))
    client.post(at("review_presence", case))
    with asked(PRESENCE_QUERIES):
        client.post(at("review_presence", case))


def test_the_review_of_the_former_submission_stays_as_it_was(client, cast, case):
    review(case, cast.asta, submit=False)
    before = own_review(case, cast.asta)
    due = timezone.localdate() + datetime.timedelta(days=20)
    workflow.request_completion(case, cast.asta, {questions(case)[0]: "More, please."}, due)
    writing.save_answer(case, questions(case)[0], cast.sigrid, "Nytt svar.", 2)
    workflow.resubmit(case, cast.sigrid, declares=True)
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent(1, submission=2, comment="Better.", seen=1))
    assert (
        Review.objects.get(pk=before.pk).scores.get(question__number=1).comment.startswith("Comment by asta")
    )
    assert score(case, cast.asta, 1).comment == "Better."


# --- After a completion ----------------------------------------------------------------------------------
def complete(case: Application, cast, question: int, text: str, rating: int = 3) -> None:
    due = timezone.localdate() + datetime.timedelta(days=20)
    asked = questions(case)[question - 1]
    workflow.request_completion(case, cast.asta, {asked: "More, please."}, due)
    writing.save_answer(case, asked, cast.sigrid, text, rating)
    workflow.resubmit(case, cast.sigrid, declares=True)


def test_what_is_carried_over_is_not_overwritten_unseen(client, cast, case):
    review(case, cast.asta, submit=False)
    complete(case, cast, 1, "Nytt svar.")
    own = own_review(case, cast.asta)
    assert {score.revision for score in own.scores.all()} == {1}
    assert own.revision == 1
    client.force_login(cast.asta)
    page = at("review_autosave", case)
    for seen in ("", 0):
        answer = client.post(page, sent(2, submission=2, comment="Blind.", seen=seen))
        assert (answer.status_code, answer["QM-Why"]) == (409, "stale")
        answer = client.post(page, {"submission": 2, "part": 0, "summary": "Blind.", "seen": seen})
        assert (answer.status_code, answer["QM-Why"]) == (409, "stale")
    assert score(case, cast.asta, 2).comment == "Comment by asta@qm.example on 2"
    assert client.post(page, sent(2, submission=2, comment="Seen.", seen=1)).json()["revision"] == 2


def test_nothing_carried_over_is_as_new(cast, case):
    draft = own_review(case, cast.asta)
    workflow.save_review(case, draft, cast.asta, {questions(case)[0]: workflow.Judgement(None, "")}, "")
    complete(case, cast, 1, "Nytt svar.")
    own = own_review(case, cast.asta)
    assert (own.revision, [score.revision for score in own.scores.all()]) == (0, [0])


def test_the_draft_of_an_older_version_takes_nothing_more(cast, case):
    review(case, cast.asta, submit=False)
    before = own_review(case, cast.asta)
    complete(case, cast, 1, "Nytt svar.")
    first = questions(case)[0]
    judgement = workflow.Judgement(1, "Late.")
    for late in (
        lambda: workflow.save_judgement(case, before, cast.asta, first, judgement),
        lambda: workflow.save_summary(case, before, cast.asta, "Late."),
        lambda: workflow.save_review(case, before, cast.asta, {first: judgement}, "Late."),
        lambda: workflow.submit_review(case, before, cast.asta),
    ):
        with pytest.raises(doors.TooLate, match="has handed in a newer version"):
            late()
    before.refresh_from_db()
    assert before.summary == "Summary by asta@qm.example"
    assert before.scores.get(question=first).points == 3


def test_points_that_stand_from_last_time_are_marked_where_nothing_is_new(client, cast, case):
    review(case, cast.asta, submit=False)
    complete(case, cast, 4, "Nytt svar.")
    client.force_login(cast.asta)
    client.post(at("review_autosave", case), sent(2, submission=2, points=4, seen=1))
    html = client.get(at("review", case)).content.decode()
    marks = re.findall(r'data-carried="(\d)"( hidden)?>unchanged since your last review', html)
    assert marks == [("3", ""), ("3", " hidden"), ("3", ""), ("3", "")]
    assert "Show all questions" in html and "Show only what has changed" in html
    assert re.findall(r'href="#q(\d)">Back to question', html) == ["4", "1", "2", "3"]


def test_a_self_rating_that_is_changed_is_new_too(client, cast, case):
    complete(case, cast, 3, "Svar på fråga 3: åäö.", rating=4)
    client.force_login(cast.asta)
    html = client.get(at("review", case)).content.decode()
    assert html.count("changed since before") == 1
    assert "before: 3 met" in html or "before: 3" in html

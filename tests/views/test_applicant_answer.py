"""One question a page: saving, what is refused, files, colleagues and roles."""

from __future__ import annotations

import html

import pytest
from django.urls import reverse
from django.utils import translation

from applications import workflow
from applications.forms import MAX_CHARACTERS
from applications.models import Answer, Application, Evidence, Status
from members.models import Affiliation

from ..cases import PDF, fill, jpeg, make_application, questions, upload

pytestmark = pytest.mark.django_db

EXE = b"MZ\x90\x00" + b"\x00" * 200


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, number: int = 1) -> str:
    return reverse("question", args=[application.reference, number])


def removal(item: Evidence) -> str:
    return reverse("remove_evidence", args=[item.application.reference, item.pk])


def saved(application: Application, number: int = 1) -> tuple[str, int | None] | None:
    answer = Answer.objects.filter(application=application, question__number=number).first()
    return (answer.text, answer.rating) if answer else None


@pytest.fixture
def draft(client, cast) -> Application:
    client.force_login(cast.edit)
    return make_application(cast)


# --- Reading ----------------------------------------------------------------------------------------------
def test_the_page_has_question_help_rubric_and_where_one_is(client, draft):
    question = questions(draft)[1]
    response = client.get(at(draft, 2))
    page = html.unescape(response.content.decode())
    assert response.status_code == 200
    assert "Question 2 of 5" in page
    for text in (question.text_en, question.why_en, *question.good_answer_en.splitlines()):
        assert text in page
    for level in question.rubric.all():
        assert level.text_en in page
    assert "0 of" not in page
    assert f"of {question.max_words} words" in page


@pytest.mark.parametrize("number", ["0", "6", "99999999999999999999", "9" * 5000])
def test_a_question_that_does_not_exist(client, draft, number):
    address = at(draft).replace("questions/1/", f"questions/{number}/")
    assert client.get(address).status_code == 404
    assert client.post(address, {"text": "x"}).status_code == 404


# --- Saving -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"text": "Ett svar med åäö.", "rating": "3"}, ("Ett svar med åäö.", 3)),
        ({"text": "", "rating": ""}, ("", None)),
        ({"text": "   \n "}, ("", None)),
        ({"text": "", "rating": "0"}, ("", 0)),
        ({"text": "a\x00b", "rating": "4"}, ("ab", 4)),
        ({"text": "<script>alert(1)</script>", "rating": "1"}, ("<script>alert(1)</script>", 1)),
        ({"text": "😀 \u202e 漢字 \u0000", "rating": "1"}, ("😀 \u202e 漢字", 1)),
    ],
)
def test_an_answer_is_saved_finished_or_not(client, draft, typed, kept):
    response = client.post(at(draft), typed)
    assert response.status_code == 302
    assert saved(draft) == kept
    assert "<script>alert" not in client.get(at(draft)).content.decode()


@pytest.mark.parametrize(
    ("number", "then", "page"),
    [
        (1, "next", "questions/2/"),
        (4, "next", "questions/5/"),
        (5, "next", "check/"),
        (1, "close", ""),
        (3, "stay", "questions/3/#evidence"),
        (1, "anything", "questions/2/"),
    ],
)
def test_where_each_button_leads(client, draft, number, then, page):
    response = client.post(at(draft, number), {"text": "Svar.", "rating": "2", "then": then})
    assert response["Location"] == f"/applications/{draft.reference}/{page}"


def test_a_post_without_the_answer_does_not_empty_it(client, draft):
    client.post(at(draft), {"text": "Ett svar.", "rating": "3"})
    client.post(at(draft), {"then": "close"})
    assert saved(draft) == ("Ett svar.", 3)


@pytest.mark.parametrize(
    "text",
    ["ord " * 601, "x" * (MAX_CHARACTERS + 1), "ö" * 100_000],
    ids=["words", "characters", "far too long"],
)
def test_a_text_that_is_too_long_is_refused_and_stays(client, draft, text):
    client.post(at(draft), {"text": "Före.", "rating": "1"})
    response = client.post(at(draft), {"text": text, "rating": "4"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["text"]
    page = response.content.decode()
    assert text in page
    assert 'href="#id_text"' in page
    assert 'id="id_text_error"' in page
    assert 'value="4" class="form-check-input" id="id_rating_4" checked' in page
    assert saved(draft) == ("Före.", 1)


def test_six_hundred_words_are_fine(client, draft):
    assert client.post(at(draft), {"text": "ord " * 600}).status_code == 302


@pytest.mark.parametrize("rating", ["5", "-1", "x", "1e3", "\x00"])
def test_a_forged_rating_is_refused_and_the_text_stays(client, draft, rating):
    response = client.post(at(draft), {"text": "Kvar.", "rating": rating})
    assert response.status_code == 200
    page = response.content.decode()
    assert "Kvar." in page
    assert 'href="#id_rating_0"' in page
    assert saved(draft) is None


# --- Files ------------------------------------------------------------------------------------------------
def test_several_files_at_once(client, draft):
    files = [upload(), upload(jpeg(), "torget.jpg")]
    response = client.post(at(draft), {"text": "Svar.", "rating": "3", "evidence": files, "then": "stay"})
    assert response.status_code == 302
    assert sorted(Evidence.objects.values_list("name", "content_type", "question__number")) == [
        ("protokoll.pdf", "application/pdf", 1),
        ("torget.jpg", "image/jpeg", 1),
    ]
    page = client.get(at(draft)).content.decode()
    assert page.count("Remove<span") == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (EXE, "This kind of file can&#x27;t be attached."),
        (b"", "The file is empty."),
        (PDF + b"\n" * 2000, "The file is too large."),
    ],
    ids=["exe", "empty", "too large"],
)
def test_a_refused_file_is_named_and_all_else_is_saved(client, draft, settings, content, reason):
    settings.QM_EVIDENCE_MAX_BYTES = 1500
    files = [upload(), upload(content, "års<b>redovisning.pdf"), upload(jpeg(), "torget.jpg")]
    response = client.post(at(draft), {"text": "Ett svar.", "rating": "2", "evidence": files})
    assert response.status_code == 200
    page = response.content.decode()
    assert page.count(f"“års&lt;b&gt;redovisning.pdf” was not attached. {reason}") == 2
    assert "Everything else on the page has been saved." in page
    assert 'href="#id_evidence"' in page
    assert saved(draft) == ("Ett svar.", 2)
    assert sorted(Evidence.objects.values_list("name", flat=True)) == ["protokoll.pdf", "torget.jpg"]
    assert "protokoll.pdf" in page


def test_one_file_too_many(client, draft, settings):
    settings.QM_EVIDENCE_MAX_FILES = 2
    files = [upload(PDF + b"%d" % number, f"{number}.pdf") for number in (1, 2, 3)]
    response = client.post(at(draft), {"text": "Ett svar.", "rating": "2", "evidence": files})
    assert response.context["refused_files"] == [
        "“3.pdf” was not attached. There can be at most 2 files. Remove one before you add another."
    ]
    assert saved(draft) == ("Ett svar.", 2)
    assert Evidence.objects.count() == 2


def test_files_are_kept_also_where_the_text_is_refused(client, draft):
    """The browser can't put chosen files back into the form."""
    response = client.post(at(draft), {"text": "ord " * 601, "evidence": upload()})
    assert list(response.context["form"].errors) == ["text"]
    assert "Everything else on the page has been saved." not in response.content.decode()
    assert [item.name for item in response.context["files"]] == ["protokoll.pdf"]


def test_a_text_field_where_files_belong_is_no_file(client, draft):
    assert client.post(at(draft), {"text": "Svar.", "evidence": "not a file"}).status_code == 302
    assert not Evidence.objects.exists()


def test_removing_a_file_saves_what_was_typed_beside_it(client, cast, draft):
    item = workflow.add_evidence(draft, questions(draft)[0], cast.edit, upload())
    response = client.post(removal(item), {"text": "Skrivet under tiden.", "rating": "1"})
    assert response["Location"] == at(draft) + "#evidence"
    assert not Evidence.objects.exists()
    assert saved(draft) == ("Skrivet under tiden.", 1)


def test_removing_without_the_form_keeps_the_answer(client, cast, draft):
    item = workflow.add_evidence(draft, questions(draft)[0], cast.edit, upload())
    workflow.save_answer(draft, questions(draft)[0], cast.edit, "Ett svar.", 3)
    assert client.post(removal(item)).status_code == 302
    assert saved(draft) == ("Ett svar.", 3)
    assert client.post(removal(item)).status_code == 404
    assert client.get(removal(item)).status_code == 405


def test_another_applications_file_can_not_be_removed_here(client, cast, draft):
    other = workflow.start(cast.other_town, cast.stina, "Furuby", "Furuby kommun")
    theirs = workflow.add_evidence(other, questions(other)[0], cast.stina, upload())
    forged = reverse("remove_evidence", args=[draft.reference, theirs.pk])
    assert client.post(forged).status_code == 404
    assert client.post(removal(theirs)).status_code == 404
    assert Evidence.objects.get() == theirs


def test_what_was_submitted_is_only_put_aside(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    item = application.evidence.get(question__number=2)
    client.force_login(cast.edit)
    assert client.post(removal(item)).status_code == 302
    item.refresh_from_db()
    assert item.removed_at is not None
    assert item.file.storage.exists(item.file.name)


# --- Colleagues -------------------------------------------------------------------------------------------
def test_a_colleagues_answer_is_not_written_over_unseen(client, cast, draft):
    workflow.save_answer(draft, questions(draft)[0], cast.edit, "Första.", 2)
    seen = Answer.objects.get().updated_at.isoformat()
    workflow.save_answer(draft, questions(draft)[0], cast.sigrid, "Kollegans nya svar.", 3)
    response = client.post(at(draft), {"text": "Mitt eget svar.", "rating": "1", "seen": seen})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Signatory has saved another answer while you were writing." in page
    assert "Kollegans nya svar." in page
    assert "Mitt eget svar." in page
    assert saved(draft) == ("Kollegans nya svar.", 3)
    again = Answer.objects.get().updated_at.isoformat()
    assert f'name="seen" value="{again}"' in page
    assert client.post(at(draft), {"text": "Båda svaren.", "seen": again}).status_code == 302
    assert saved(draft) == ("Båda svaren.", None)


def test_an_answer_begun_by_a_colleague_meanwhile_is_seen(client, cast, draft):
    workflow.save_answer(draft, questions(draft)[0], cast.sigrid, "Kollegans svar.", 3)
    response = client.post(at(draft), {"text": "Mitt svar.", "seen": ""})
    assert response.context["theirs"].text == "Kollegans svar."
    assert saved(draft) == ("Kollegans svar.", 3)


def test_the_same_text_and_ones_own_earlier_save_are_no_collision(client, cast, draft):
    workflow.save_answer(draft, questions(draft)[0], cast.sigrid, "Samma svar.", 3)
    assert client.post(at(draft), {"text": "Samma  svar.\r\n", "rating": "3", "seen": "x"}).status_code == 302
    assert client.post(at(draft), {"text": "Nytt.", "seen": "x"}).status_code == 302
    assert saved(draft) == ("Nytt.", None)


def test_a_colleagues_rating_is_not_overwritten_unseen(client, cast, draft):
    workflow.save_answer(draft, questions(draft)[0], cast.sigrid, "Samma svar.", 4)
    response = client.post(at(draft), {"text": "Samma svar.", "rating": "1", "seen": "x"})
    assert response.context["theirs"].rating == 4
    assert saved(draft) == ("Samma svar.", 4)


# --- Roles and states -------------------------------------------------------------------------------------
def test_a_viewer_reads_and_a_viewers_post_is_refused_with_what_was_typed(client, cast):
    application = make_application(cast)
    workflow.save_answer(application, questions(application)[0], cast.edit, "Sparat svar.", 2)
    client.force_login(cast.vide)
    page = client.get(at(application)).content.decode()
    assert "Sparat svar." in page
    assert "<textarea" not in page
    response = client.post(at(application), {"text": "Smuget svar.", "rating": "4", "evidence": upload()})
    assert response.status_code == 403
    page = response.content.decode()
    assert "Smuget svar." in page
    assert "What you wrote, not saved" in page
    assert saved(application) == ("Sparat svar.", 2)
    assert client.post(at(application), {}).status_code == 403
    assert not Evidence.objects.exists()


def test_a_role_taken_away_while_writing(client, cast, draft):
    Affiliation.objects.filter(user=cast.edit).update(role=Affiliation.Role.VIEWER)
    response = client.post(at(draft), {"text": "Långt svar som inte får försvinna.", "rating": "4"})
    assert response.status_code == 403
    assert "Långt svar som inte får försvinna." in response.content.decode()
    Affiliation.objects.filter(user=cast.edit).delete()
    assert client.post(at(draft), {"text": "Hej."}).status_code == 404
    assert saved(draft) is None


@pytest.mark.parametrize(
    "status",
    [Status.SUBMITTED, Status.IN_REVIEW, Status.READY_FOR_DECISION, Status.APPROVED, Status.WITHDRAWN],
)
def test_submitted_meanwhile(client, cast, status):
    application = make_application(cast, status)
    item = application.evidence.first()
    client.force_login(cast.edit)
    before = saved(application)
    response = client.post(at(application), {"text": "För sent.", "rating": "0", "evidence": upload()})
    assert response.status_code == 409
    page = response.content.decode()
    assert "För sent." in page
    assert before[0] in page
    assert saved(application) == before
    assert client.post(removal(item)).status_code == 409
    assert application.evidence.present().count() == 2


@pytest.mark.parametrize("name", ["sigrid", "edit"])
def test_in_a_completion_the_other_questions_are_locked(client, cast, name):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(getattr(cast, name))
    page = client.get(at(application, 1)).content.decode()
    assert "This question is locked." in page
    assert "Svar på fråga 1: åäö." in page
    response = client.post(at(application, 1), {"text": "Smuget.", "rating": "4"})
    assert response.status_code == 403
    assert saved(application, 1) == ("Svar på fråga 1: åäö.", 3)
    assert client.post(removal(application.evidence.get(question__number=1))).status_code == 403


def test_in_a_completion_the_asked_for_question_is_open(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.edit)
    page = client.get(at(application, 2)).content.decode()
    assert "Tell us more about the budget." in page
    assert "<textarea" in page
    response = client.post(at(application, 2), {"text": "Budgeten är delad.", "rating": "3"})
    assert response["Location"] == f"/applications/{application.reference}/check/"
    assert saved(application, 2) == ("Budgeten är delad.", 3)


@pytest.mark.parametrize("name", ["stina", "nils", "asta", "beata", "alma"])
def test_others_have_no_such_page(client, cast, name):
    application = fill(make_application(cast), cast.sigrid)
    client.force_login(getattr(cast, name))
    assert client.get(at(application)).status_code == 404
    assert client.post(at(application), {"text": "Smuget."}).status_code == 404
    assert client.post(removal(application.evidence.first())).status_code == 404
    assert saved(application) == ("Svar på fråga 1: åäö.", 3)


def test_a_body_beyond_all_measure_is_a_bad_request(client, draft):
    assert client.post(at(draft), {"text": "x" * 3_000_000}).status_code == 400
    assert saved(draft) is None


def test_the_page_holds_no_inline_script_or_style(client, cast, draft):
    workflow.add_evidence(draft, questions(draft)[0], cast.edit, upload())
    page = client.get(at(draft)).content.decode()
    for forbidden in ("style=", "onclick", "onsubmit", "<script>", "javascript:"):
        assert forbidden not in page

"""One question a page: saving, what is refused, files, colleagues and roles."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from applications import reading, workflow, writing
from applications.forms import MAX_CHARACTERS
from applications.models import Answer, Application, Evidence, Status
from members.models import Affiliation

from ..cases import PASSWORD, PDF, fill, jpeg, make_application, make_user, questions, upload
from ..queries import asked

pytestmark = pytest.mark.django_db

EXE = b"MZ\x90\x00" + b"\x00" * 200


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, number: int = 1) -> str:
    return reverse("question", args=[application.reference, number])


def removal(item: Evidence, number: int = 1) -> str:
    return reverse("remove_evidence", args=[item.application.reference, number, item.pk])


def saved(application: Application, number: int = 1) -> tuple[str, int | None]:
    return Answer.objects.values_list("text", "rating").get(application=application, question__number=number)


EMPTY = ("", None)


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
    ["x" * (MAX_CHARACTERS + 1), "ö" * 100_000],
    ids=["characters", "far too long"],
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


@pytest.mark.parametrize(("words", "is_over"), [(600, False), (601, True)])
def test_an_answer_over_the_word_limit_is_kept_with_a_warning(client, draft, words, is_over):
    assert client.post(at(draft), {"text": "ord " * words}).status_code == 302
    assert saved(draft) == (("ord " * words).strip(), None)
    page = client.get(at(draft)).content.decode()
    assert ('id="over-limit" data-over hidden>' not in page) is is_over
    wanting = {gap.message for gap in reading.gaps(draft) if gap.question == 1}
    assert ("Shorten the answer to at most 600 words." in wanting) is is_over


@pytest.mark.parametrize("rating", ["5", "-1", "x", "1e3", "\x00"])
def test_a_forged_rating_is_refused_and_the_text_stays(client, draft, rating):
    response = client.post(at(draft), {"text": "Kvar.", "rating": rating})
    assert response.status_code == 200
    page = response.content.decode()
    assert "Kvar." in page
    assert 'href="#id_rating_0"' in page
    assert saved(draft) == EMPTY


# --- Files ------------------------------------------------------------------------------------------------
def test_several_files_at_once(client, draft):
    files = [upload(), upload(jpeg(), "torget.jpg")]
    response = client.post(at(draft), {"text": "Svar.", "rating": "3", "evidence": files, "then": "stay"})
    assert response.status_code == 302
    assert sorted(Evidence.objects.values_list("name", "content_type", "questions__number")) == [
        ("protokoll.pdf", "application/pdf", 1),
        ("torget.jpg", "image/jpeg", 1),
    ]
    assert [item.name for item in client.get(at(draft)).context["files"]] == ["protokoll.pdf", "torget.jpg"]


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
    response = client.post(at(draft), {"text": "x" * (MAX_CHARACTERS + 1), "evidence": upload()})
    assert list(response.context["form"].errors) == ["text"]
    assert "Everything else on the page has been saved." not in response.content.decode()
    assert [item.name for item in response.context["files"]] == ["protokoll.pdf"]


def test_a_text_field_where_files_belong_is_no_file(client, draft):
    assert client.post(at(draft), {"text": "Svar.", "evidence": "not a file"}).status_code == 302
    assert not Evidence.objects.exists()


def test_removing_a_file_saves_what_was_typed_beside_it(client, cast, draft):
    item = writing.add_evidence(draft, questions(draft)[0], cast.edit, upload())
    response = client.post(removal(item), {"text": "Skrivet under tiden.", "rating": "1"})
    assert response["Location"] == at(draft) + "#evidence"
    assert not Evidence.objects.exists()
    assert saved(draft) == ("Skrivet under tiden.", 1)


def test_removing_without_the_form_keeps_the_answer(client, cast, draft):
    item = writing.add_evidence(draft, questions(draft)[0], cast.edit, upload())
    writing.save_answer(draft, questions(draft)[0], cast.edit, "Ett svar.", 3)
    assert client.post(removal(item)).status_code == 302
    assert saved(draft) == ("Ett svar.", 3)
    assert client.post(removal(item)).status_code == 404
    assert client.get(removal(item)).status_code == 405


def test_another_applications_file_can_not_be_removed_here(client, cast, draft):
    other = workflow.start(cast.other_town, cast.stina, "Furuby", "Furuby kommun")
    theirs = writing.add_evidence(other, questions(other)[0], cast.stina, upload())
    forged = reverse("remove_evidence", args=[draft.reference, 1, theirs.pk])
    assert client.post(forged).status_code == 404
    assert client.post(removal(theirs)).status_code == 404
    assert Evidence.objects.get() == theirs


def test_what_was_submitted_is_only_put_aside(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    item = application.evidence.get(questions__number=2)
    item.questions.set([questions(application)[1]])
    client.force_login(cast.edit)
    assert client.post(removal(item, 2)).status_code == 302
    item.refresh_from_db()
    assert item.removed_at is not None
    assert item.file.storage.exists(item.file.name)


# --- Colleagues -------------------------------------------------------------------------------------------
@pytest.fixture
def overtaken(cast, draft) -> Application:
    """Edit has opened the page at revision 1; Sigrid has saved another answer since."""
    writing.save_answer(draft, questions(draft)[0], cast.edit, "Vi samverkar på torget.", 2)
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Vi samverkar i hela staden.", 3)
    return draft


MINE = {"text": "Vi samverkar bra på torget.", "rating": "1", "seen": "1"}


def box(page: str) -> str:
    """What stands in the field for the answer."""
    found = re.search(r'<textarea name="text".*?>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1]).strip()


def test_a_colleagues_answer_is_shown_beside_ones_own_and_not_written_over(client, overtaken):
    response = client.post(at(overtaken), MINE)
    page = html.unescape(response.content.decode())
    assert response.status_code == 200
    assert "Signatory has saved another answer while you were writing." in page
    assert saved(overtaken) == ("Vi samverkar i hela staden.", 3)
    texts = re.sub(r"<span.*?</span>", "", page)
    assert "Vi samverkar <ins>bra på torget.</ins>" in texts
    assert "Vi samverkar <del>i hela staden.</del>" in texts
    assert "<ins>1 started</ins>" in page
    assert "<del>3 fulfilled</del>" in page
    assert box(page) == MINE["text"]
    assert '<input type="hidden" name="seen" id="id_seen" value="1">' in page
    assert '<input type="hidden" name="shown" value="2">' in page
    assert "Save and continue" not in page


def test_sending_the_same_again_without_choosing_changes_nothing(client, overtaken):
    for _ in range(2):
        assert client.post(at(overtaken), MINE).context["comparison"].saved.revision == 2
    assert saved(overtaken) == ("Vi samverkar i hela staden.", 3)


def test_choosing_ones_own_text_as_it_has_become(client, overtaken):
    chosen = {
        **MINE,
        "text": "Vi samverkar både på torget och i hela staden.",
        "shown": "2",
        "choose": "mine",
    }
    assert client.post(at(overtaken), chosen).status_code == 302
    assert saved(overtaken) == ("Vi samverkar både på torget och i hela staden.", 1)


def test_choosing_ones_own_where_a_third_has_been_saved_meanwhile(client, cast, overtaken):
    writing.save_answer(overtaken, questions(overtaken)[0], cast.sigrid, "Ett tredje svar.", 4)
    response = client.post(at(overtaken), {**MINE, "shown": "2", "choose": "mine"})
    assert response.context["comparison"].saved.text == "Ett tredje svar."
    assert saved(overtaken) == ("Ett tredje svar.", 4)


def test_choosing_the_saved_text_leaves_ones_own_to_copy(client, overtaken):
    response = client.post(at(overtaken), {**MINE, "shown": "2", "choose": "theirs"})
    page = html.unescape(response.content.decode())
    assert saved(overtaken) == ("Vi samverkar i hela staden.", 3)
    assert box(page) == "Vi samverkar i hela staden."
    assert "What you wrote, not saved" in page
    assert MINE["text"] in page
    assert 'id="id_seen" value="2"' in page


def test_ones_own_other_window_is_named_as_such(client, cast, overtaken):
    writing.save_answer(overtaken, questions(overtaken)[0], cast.edit, "Från mitt andra fönster.", 2)
    page = client.post(at(overtaken), MINE).content.decode()
    assert "You have saved another answer in another window." in page
    assert "Från mitt andra fönster." in page
    assert saved(overtaken) == ("Från mitt andra fönster.", 2)


@pytest.mark.parametrize("seen", ["", "x", "0", "-1", "99", "9" * 5000, "²"])
def test_a_revision_that_was_never_seen_is_nobodys_right_to_write_over(client, overtaken, seen):
    assert client.post(at(overtaken), {**MINE, "seen": seen}).status_code == 200
    assert saved(overtaken) == ("Vi samverkar i hela staden.", 3)


def test_the_same_answer_is_no_collision(client, overtaken):
    same = {"text": "Vi samverkar i hela staden.\r\n", "rating": "3", "seen": "1"}
    assert client.post(at(overtaken), same).status_code == 302
    assert Answer.objects.get(application=overtaken, question__number=1).revision == 2


def test_a_colleagues_rating_is_not_written_over_unseen(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Samma svar.", 4)
    page = client.post(at(draft), {"text": "Samma svar.", "rating": "1", "seen": "0"}).content.decode()
    assert "<ins>1 started</ins>" in page
    assert "<del>4 exemplary</del>" in page
    assert "What only one of the texts has is underlined." not in page
    assert saved(draft) == ("Samma svar.", 4)


def test_a_save_whose_reply_was_lost_is_no_collision_with_oneself(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.edit, "Vi samverkar", None)
    late = {"text": "Vi samverkar på torget.", "seen": "0", "sent": "Vi samverkar"}
    assert client.post(at(draft), late).status_code == 302
    assert saved(draft) == ("Vi samverkar på torget.", None)


def test_what_one_has_sent_is_no_right_over_a_colleagues_same_words(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.sigrid, "Vi samverkar", 3)
    late = {"text": "Vi samverkar på torget.", "seen": "0", "sent": "Vi samverkar"}
    assert client.post(at(draft), late).status_code == 200
    assert saved(draft) == ("Vi samverkar", 3)


def test_what_could_not_be_kept_stays_written_on_what_the_writer_has_seen(client, overtaken):
    page = client.post(at(overtaken), {**MINE, "rating": "7"}).content.decode()
    assert 'id="id_seen" value="1"' in page


# --- A session that has ended ------------------------------------------------------------------------------
TYPED = {"text": "Skrivet medan sessionen gick ut.", "rating": "2", "seen": "1"}


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(client, cast, draft):
    writing.save_answer(draft, questions(draft)[0], cast.edit, "Sparat tidigare.", 2)
    del client.cookies["sessionid"]
    response = client.post(at(draft), {**TYPED, "writer": cast.edit.pk})
    assert response["Location"] == f"/accounts/login/?next={at(draft)}"
    client.post(response["Location"], {"login": cast.edit.email, "password": PASSWORD})
    page = html.unescape(client.get(at(draft)).content.decode())
    assert "You wrote this here before, and it could not be saved then." in page
    assert "Saved by you" in page
    assert box(page) == TYPED["text"]
    assert saved(draft) == ("Sparat tidigare.", 2)
    assert client.get(at(draft)).context["comparison"], "it stays until it is saved or turned down"
    assert client.post(at(draft), {**TYPED, "shown": "1", "choose": "mine"}).status_code == 302
    assert saved(draft) == (TYPED["text"], 2)
    assert client.get(at(draft)).context["comparison"] is None


def test_turning_down_what_was_typed_forgets_it(client, cast, draft):
    del client.cookies["sessionid"]
    client.post(at(draft), {**TYPED, "writer": cast.edit.pk})
    client.post("/accounts/login/", {"login": cast.edit.email, "password": PASSWORD})
    assert client.get(at(draft)).context["comparison"]
    client.post(at(draft), {**TYPED, "shown": "0", "choose": "theirs"})
    assert client.get(at(draft)).context["comparison"] is None
    assert saved(draft) == EMPTY


def test_what_somebody_typed_is_not_shown_to_the_next_at_the_same_computer(client, cast, draft):
    del client.cookies["sessionid"]
    client.post(at(draft), {**TYPED, "writer": cast.edit.pk})
    client.post("/accounts/login/", {"login": cast.sigrid.email, "password": PASSWORD})
    page = client.get(at(draft))
    assert page.status_code == 200
    assert TYPED["text"] not in page.content.decode()


def test_nothing_is_kept_for_a_visitor_who_typed_nothing_or_too_much(client, draft):
    del client.cookies["sessionid"]
    for text in ("", "  ", "x" * (MAX_CHARACTERS + 1)):
        assert client.post(at(draft), {"text": text}).status_code == 302
    assert "unsaved" not in client.session


def test_a_token_that_does_not_match_shows_what_was_typed(cast, draft):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.edit)
    response = strict.post(at(draft), {"text": "Får inte <b>försvinna</b>."})
    assert response.status_code == 403
    assert "Får inte &lt;b&gt;försvinna&lt;/b&gt;." in response.content.decode()
    response = strict.post(at(draft), {"text": "x"}, headers={"HX-Request": "true"})
    assert (response.status_code, response["QM-Why"], response.content) == (403, "token", b"")


# --- The page itself ---------------------------------------------------------------------------------------
def test_the_steps_lead_to_every_question_with_what_is_typed(client, draft):
    page = client.get(at(draft, 2)).content.decode()
    assert re.findall(r'form="answer" name="then" value="(\d)"', page) == ["1", "3", "4", "5"]
    response = client.post(at(draft, 2), {"text": "Halvfärdigt", "seen": "0", "then": "5"})
    assert response["Location"] == at(draft, 5)
    assert saved(draft, 2) == ("Halvfärdigt", None)


def test_whom_a_question_is_with(client, cast, draft):
    writing.hand_over(draft, questions(draft)[0], cast.sigrid, cast.edit)
    writing.hand_over(draft, questions(draft)[1], cast.sigrid, cast.sigrid)
    assert "With you" in client.get(at(draft, 1)).content.decode()
    assert "With: Signatory" in client.get(at(draft, 2)).content.decode()
    assert "With" not in client.get(at(draft, 3)).content.decode().replace("Withdraw", "")


@pytest.mark.parametrize(("files", "colleagues"), [(1, 1), (30, 10)])
def test_what_the_page_asks_of_the_database(client, cast, draft, files, colleagues):
    fill(draft, cast.sigrid)
    for number in range(files):
        question = questions(draft)[number % 5]
        writing.add_evidence(draft, question, cast.sigrid, upload(PDF + b"%d" % number, f"{number}.pdf"))
    for number in range(colleagues):
        colleague = make_user(f"kollega{number}@ekstad.example", f"Colleague {number}")
        Affiliation.objects.create(user=colleague, organisation=cast.town, role=Affiliation.Role.EDITOR)
        question = questions(draft)[number % 5]
        writing.save_answer(draft, question, colleague, f"Svar {number}", 2)
        writing.hand_over(draft, question, cast.sigrid, colleague)
    with asked(7):
        assert client.get(at(draft)).status_code == 200


def test_what_the_page_asks_of_the_database_in_a_completion(client, cast):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    client.force_login(cast.edit)
    with asked(10):
        assert client.get(at(application, 2)).status_code == 200


# --- Roles and states -------------------------------------------------------------------------------------
def test_a_viewer_reads_and_a_viewers_post_is_refused_with_what_was_typed(client, cast):
    application = make_application(cast)
    writing.save_answer(application, questions(application)[0], cast.edit, "Sparat svar.", 2)
    client.force_login(cast.vide)
    page = client.get(at(application)).content.decode()
    assert "Sparat svar." in page
    assert 'name="text"' not in page
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
    assert saved(draft) == EMPTY


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
    files = application.evidence.present().count()
    assert client.post(removal(item)).status_code == 409
    assert application.evidence.present().count() == files


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
    assert client.post(removal(application.evidence.get(questions__number=1))).status_code == 403


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
    assert saved(draft) == EMPTY


def test_the_page_holds_no_inline_script_or_style(client, cast, draft):
    writing.add_evidence(draft, questions(draft)[0], cast.edit, upload())
    page = client.get(at(draft)).content.decode()
    for forbidden in ("style=", "onclick", "onsubmit", "<script>", "javascript:"):
        assert forbidden not in page

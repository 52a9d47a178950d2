"""A version as a whole in the admin: copied, previewed, compared and published."""

from __future__ import annotations

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from applications import clock, workflow
from applications.models import Answer, Application, Evidence, Questionnaire
from applications.workflow import publishing

from ..cases import new_version
from ..queries import asked
from ..views.reading import text
from .test_questionnaire import change, first, opened

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/questionnaire/"
BROKEN = ("0", "9" * 30, "-1", "x", "%00", "1%00", "å" * 300, "9" * 5000)


@pytest.fixture(autouse=True)
def administrator(client, cast):
    client.cookies["django_language"] = "en"
    client.force_login(cast.alma)


@pytest.fixture
def draft(cast) -> Questionnaire:
    return new_version()


def page(name: str, *args: object) -> str:
    return reverse(f"admin:applications_questionnaire_{name}", args=args)


def tomorrow() -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=1)


# --- The whole walk ----------------------------------------------------------------------------------------
def test_from_a_copy_to_a_version_in_force(client, cast):
    """An administrator, without a developer: copy, edit, preview, compare, publish for tomorrow; the day comes."""
    begun = workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    draft_page = client.post(page("copy", 1)).url
    draft = Questionnaire.objects.get(version=3)
    assert draft_page == change(draft)

    rules = opened(client, draft_page) | {"pass_percent": "65", "title_en": "Our five questions"}
    assert client.post(draft_page, rules | {"title_sv": "Våra fem frågor"}).status_code == 302
    question_page = change(first(draft))
    words = {"text_sv": "Hur samverkar ni?", "text_en": "", "weight": "2"}
    assert client.post(question_page, opened(client, question_page) | words).url == draft_page

    publish = page("publish", draft.pk)
    shown = client.get(publish)
    assert "Question 1, Collaboration in your town: The question is missing in English." in text(shown)
    assert f'href="{question_page}#id_text_en"' in shown.content.decode()
    assert "<form" not in shown.content.decode().partition("<h1>")[2]
    client.post(question_page, opened(client, question_page) | {"text_en": "How do you collaborate?"})

    preview = text(client.get(page("preview-question", draft.pk, 1)))
    assert "How do you collaborate?" in preview and "Preview" in preview
    differs = text(client.get(page("differences"), {"old": 1, "new": draft.pk}))
    assert "1 rule is changed. 1 question is changed or moved. 4 questions are the same." in differs

    seen = opened(client, publish)["seen"]
    assert client.post(publish, {"on": str(tomorrow()), "seen": seen}).url == draft_page
    assert f"It is published on {tomorrow().day} {tomorrow():%B} {tomorrow().year}" in text(
        client.get(draft_page)
    )
    assert client.post(draft_page, opened(client, draft_page)).status_code == 403
    client.post(page("take-back", draft.pk))
    client.post(publish, {"on": str(tomorrow()), "seen": seen})

    assert "How do you collaborate?" not in text(client.get("/questions/"))
    with clock.at(timezone.now() + datetime.timedelta(days=1)):
        assert "How do you collaborate?" in text(client.get("/questions/"))
        assert workflow.start(cast.town, cast.sigrid, "Ekby", "Ekstads kommun").questionnaire == draft
        begun.refresh_from_db()
        assert begun.questionnaire.version == 1
        html = text(client.get(draft_page))
        assert "In force" in html and "Take the publication back" not in html and "Make a copy" in html
        assert client.post(draft_page, rules).status_code == 409
        assert client.post(page("take-back", draft.pk)).status_code == 302
        draft.refresh_from_db()
        assert draft.is_published


# --- Copy --------------------------------------------------------------------------------------------------
def test_a_double_click_on_copy_makes_one(client):
    assert len({client.post(page("copy", 1)).url for _ in range(3)}) == 1
    assert Questionnaire.objects.count() == 3


def test_every_version_can_be_copied_also_when_in_use(client, cast):
    workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    for pk in (1, Questionnaire.objects.get(version=2).pk):
        assert 'action="' + page("copy", pk) in client.get(page("change", pk)).content.decode()
        assert client.post(page("copy", pk)).status_code == 302
    assert Questionnaire.objects.count() == 4


def test_what_is_not_there_is_not_found(client, draft):
    # What isn't a number at all, Django's own page takes: it sends on, and then says that there is no such thing.
    for pk in BROKEN:
        missing = 404 if pk.isdecimal() and len(pk) < 4000 else 302
        for name in ("copy", "publish", "take-back"):
            assert client.post(f"{LIST}{pk}/{name}/").status_code == missing
        for name in ("publish", "preview", "preview/1"):
            assert client.get(f"{LIST}{pk}/{name}/").status_code == missing
        assert client.get(f"{LIST}{draft.pk}/preview/{pk}/").status_code in (404, missing)


def test_who_may_look_but_not_change(client, cast, draft):
    cast.asta.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_questionnaire", "view_question"])
    )
    client.force_login(cast.asta)
    for name in ("change", "preview"):
        assert client.get(page(name, draft.pk)).status_code == 200
    assert client.get(page("differences")).status_code == 200
    html = client.get(page("change", draft.pk)).content.decode()
    assert page("copy", draft.pk) not in html and page("publish", draft.pk) not in html
    for name in ("copy", "publish", "take-back"):
        assert client.post(page(name, draft.pk)).status_code == 403


# --- Publish -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("on", ["", "x", "2026-13-01", "\x00", "0001-01-01", "9999-12-31", "2020-01-01"])
def test_a_day_that_will_not_do_is_refused_beside_its_field_and_kept(client, draft, on):
    seen = opened(client, page("publish", draft.pk))["seen"]
    answer = client.post(page("publish", draft.pk), {"on": on, "seen": seen})
    assert answer.status_code in (200, 409)
    assert "Something needs to be corrected" in text(answer)
    draft.refresh_from_db()
    assert draft.published_at is None


def test_what_a_colleague_changed_after_the_look_is_not_published(client, draft):
    seen = opened(client, page("publish", draft.pk))["seen"]
    client.post(change(first(draft)), opened(client, change(first(draft))) | {"minutes": "17"})
    answer = client.post(page("publish", draft.pk), {"on": str(tomorrow()), "seen": seen})
    assert answer.status_code == 409
    assert "Somebody has changed the draft since you opened the page." in text(answer)
    again = opened(client, page("publish", draft.pk))["seen"]
    assert client.post(page("publish", draft.pk), {"on": str(tomorrow()), "seen": again}).status_code == 302


def test_a_double_click_on_publish_publishes_once_and_says_so(client, draft):
    data = {"on": str(timezone.localdate()), "seen": opened(client, page("publish", draft.pk))["seen"]}
    assert client.post(page("publish", draft.pk), data).status_code == 302
    second = client.post(page("publish", draft.pk), data)
    assert second.status_code == 409
    assert "This version is published already." in text(second)
    assert "It is published since" in text(second)


def test_taking_back_what_is_no_more_to_take_back_is_told(client, draft):
    answer = client.post(page("take-back", draft.pk), follow=True)
    assert "This version is a draft already." in text(answer)


# --- Differences -------------------------------------------------------------------------------------------
def test_words_are_marked_on_either_side(client, draft):
    draft.question_set.filter(number=4).update(text_sv="Varför är det bra att ha ett QM?")
    html = client.get(page("differences"), {"old": 1, "new": draft.pk}).content.decode()
    assert [
        re.sub(r"<[^>]+>|\s+", " ", part).split()[2]
        for part in re.findall(r"<(?:ins|del)>.*?</(?:ins|del)>", html)
    ] == [
        "viktigt",
        "bra",
    ]


def test_a_version_does_not_differ_from_itself(client):
    assert "Nothing differs." in text(client.get(page("differences"), {"old": 1, "new": 1}))


@pytest.mark.parametrize("broken", ["", "0", "x", "\x00", "9" * 30])
def test_a_choice_that_is_not_there_is_refused_beside_the_field(client, broken):
    answer = client.get(page("differences"), {"old": broken, "new": 1})
    assert answer.status_code == 200
    assert "Something needs to be corrected" in text(answer)
    assert client.get(page("differences"), {"old": ["1", "2"]}).status_code == 200


def test_a_draft_is_compared_with_what_is_in_force(client, cast, draft):
    html = client.get(change(draft)).content.decode()
    assert f"{page('differences')}?old=1&amp;new={draft.pk}" in html
    assert "What differs from the one in force (1)" in html
    publishing.publish(draft, cast.alma)
    two = Questionnaire.objects.get(version=2)
    assert (
        f"{page('differences')}?old={two.pk}&amp;new={draft.pk}" in client.get(change(draft)).content.decode()
    )


# --- Preview -----------------------------------------------------------------------------------------------
def test_the_question_is_shown_as_the_applicant_sees_it_in_either_language(client, draft):
    question = first(draft)
    for language, words in (("sv", question.text_sv), ("en", question.text_en)):
        response = client.get(page("preview-question", draft.pk, 1), {"language": language})
        html, shown = response.content.decode(), text(response).replace("&#x27;", "'")
        assert f'<html lang="{language}">' in html
        assert words in shown
        for level in question.rubric.all():
            assert getattr(level, f"text_{language}") in shown
        for line in getattr(question, f"good_answer_{language}").splitlines():
            assert line in shown
        assert {"sv": "Förhandsvisning", "en": "Preview"}[language] in shown
    assert client.cookies["django_language"].value == "en"


def test_nothing_can_be_saved_from_a_preview(client, cast, draft):
    html = client.get(page("preview-question", draft.pk, 2)).content.decode()
    sheet = html.partition("<main")[2].partition("</main>")[0]
    before, _mark, inside = sheet.partition('<fieldset class="preview-sheet" disabled>')
    assert not re.findall(r"<(?:form|button|input|textarea|select)", before)
    assert "<form" in inside
    assert not re.findall(r"<(?:form|button|input|textarea|select)", inside.partition("</form>")[2])
    assert "<script" not in html
    [action] = re.findall(r'<form[^>]*action="([^"]+)"', inside)
    assert client.post(action, {"text": "Hej", "rating": "3"}).status_code == 404
    assert [model.objects.count() for model in (Application, Answer, Evidence)] == [0, 0, 0]
    public = (
        client.get(page("preview", draft.pk)).content.decode().partition("<main")[2].partition("</main>")[0]
    )
    assert "<form" not in public and "<button" not in public


def test_the_public_page_is_shown_as_it_will_be(client, draft):
    draft.question_set.filter(number=1).update(text_sv="Hur samverkar ni?", weight=3)
    shown = text(client.get(page("preview", draft.pk), {"language": "sv"}))
    assert "Hur samverkar ni?" in shown and "Vikt 3." in shown and "Förhandsvisning" in shown
    assert "Hur samverkar ni?" not in text(client.get("/questions/"))


def test_a_half_done_draft_can_be_previewed(client):
    empty = Questionnaire.objects.create(version=9)
    assert client.get(page("preview", empty.pk)).status_code == 200
    assert client.get(page("preview-question", empty.pk, 1)).status_code == 404
    empty.question_set.create(number=1)
    assert client.get(page("preview-question", empty.pk, 1)).status_code == 200
    for language in ("", "de", "\x00", "x" * 5000):
        assert client.get(page("preview", empty.pk), {"language": language}).status_code == 200


def test_each_page_asks_the_same_of_five_questions_and_of_nine(client, draft):
    nine = Questionnaire.objects.get(version=2)
    client.get(change(draft))
    for version in (draft, nine):
        for name, number in PAGES.items():
            with asked(number):
                client.get(page(name, *((version.pk, 1) if name.endswith("question") else (version.pk,))))
        with asked(15):
            client.get(page("differences"), {"old": 1, "new": version.pk})


PAGES = {"change": 9, "publish": 13, "preview": 8, "preview-question": 9}

"""The questions and rules in the admin: to change while unused, to read afterwards."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from applications import workflow
from applications.models import Question, Questionnaire, RubricLevel, Status

from ..cases import make_application

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/questionnaire/"


@pytest.fixture(autouse=True)
def administrator(client, cast):
    client.cookies["django_language"] = "en"
    client.force_login(cast.alma)


def change(questionnaire: Questionnaire) -> str:
    return reverse("admin:applications_questionnaire_change", args=[questionnaire.pk])


def form_of(html: str) -> dict[str, str]:
    """What a browser would send if nothing were changed."""
    data = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        kind, name = attributes.get("type"), attributes.get("name")
        if (name and kind not in ("submit", "checkbox", "radio")) or (
            kind == "checkbox" and " checked" in tag
        ):
            data[name] = attributes.get("value", "on" if kind == "checkbox" else "")
    data |= re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    return data


def test_the_rules_can_be_changed_while_no_application_uses_them(client):
    questionnaire = Questionnaire.objects.current()
    html = client.get(change(questionnaire)).content.decode()
    data = form_of(html)
    assert {
        name: data[name]
        for name in ("pass_percent", "reviews_required", "validity_months", "completion_days", "lapse_months")
    } == {
        "pass_percent": "60",
        "reviews_required": "2",
        "validity_months": "36",
        "completion_days": "28",
        "lapse_months": "12",
    }
    answer = client.post(
        change(questionnaire), data | {"pass_percent": "70", "question_set-0-minimum": "3", "_save": ""}
    )
    assert answer.url == LIST
    questionnaire.refresh_from_db()
    assert questionnaire.pass_percent == 70
    assert [question.minimum for question in questionnaire.question_set.all()] == [3, 2, 2, 2, 2]


def test_once_used_it_is_read_only_with_the_reason_why(client, cast):
    case = make_application(cast, Status.DRAFT)
    html = client.get(change(case.questionnaire)).content.decode()
    assert "Applications use these questions" in html
    assert '<input type="submit"' not in html.partition('id="questionnaire_form"')[2]
    assert "60" in html and "Samverkan i er stad" in html
    assert client.post(change(case.questionnaire), {"pass_percent": "1"}).status_code == 403
    question = case.questionnaire.question_set.first()
    for page, status in (("change", 403), ("delete", 403)):
        assert (
            client.post(
                reverse(f"admin:applications_question_{page}", args=[question.pk]), {"post": "yes"}
            ).status_code
            == status
        )
    assert client.post(f"{LIST}{case.questionnaire_id}/delete/", {"post": "yes"}).status_code == 403
    assert (
        "Applications use these questions"
        in client.get(reverse("admin:applications_question_change", args=[question.pk])).content.decode()
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pass_percent", "101"),
        ("pass_percent", "-1"),
        ("reviews_required", "0"),
        ("validity_months", "0"),
        ("version", "1"),
        ("version", "9" * 30),
        ("question_set-0-weight", "0"),
        ("question_set-0-weight", "100"),
        ("question_set-0-weight", "NaN"),
        ("question_set-0-minimum", "5"),
        ("question_set-0-text_sv", ""),
        ("question_set-0-heading_sv", "x" * 61),
    ],
)
def test_a_faulty_value_is_refused_beside_its_field(client, field, value):
    Questionnaire.objects.create(version=8, title_sv="Ny", title_en="New")
    questionnaire = Questionnaire.objects.get(version=8)
    questionnaire.question_set.create(number=1, heading_sv="R", heading_en="H", text_sv="F", text_en="Q")
    data = form_of(client.get(change(questionnaire)).content.decode())
    html = client.post(change(questionnaire), data | {field: value}).content.decode()
    assert re.findall(r'<ul class="errorlist" id="id_([\w-]+)_error">', html) == [field]


def test_two_questions_with_one_number_are_refused(client):
    questionnaire = Questionnaire.objects.current()
    data = form_of(client.get(change(questionnaire)).content.decode())
    answer = client.post(change(questionnaire), data | {"question_set-1-number": "1"})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert [question.number for question in questionnaire.question_set.all()] == [1, 2, 3, 4, 5]


def test_a_new_version_gets_the_next_number_and_the_association_s_rules(client):
    data = form_of(client.get(f"{LIST}add/").content.decode())
    assert (data["version"], data["pass_percent"], data["reviews_required"]) == ("2", "60", "2")
    client.post(
        f"{LIST}add/",
        data | {"title_sv": "Nya frågor", "title_en": "New questions", "published_at_0": "2020-01-01"},
    )
    made = Questionnaire.objects.get(version=2)
    assert made.published_at is None
    assert Questionnaire.objects.current().version == 1


def test_a_question_with_its_rubric_on_a_page_of_its_own(client):
    questionnaire = Questionnaire.objects.create(version=8, title_sv="Ny", title_en="New")
    add = reverse("admin:applications_question_add")
    data = form_of(client.get(f"{add}?questionnaire={questionnaire.pk}").content.decode())
    assert data["questionnaire"] == str(questionnaire.pk)
    texts = {"heading_sv": "R", "heading_en": "H", "text_sv": "F", "text_en": "Q", "number": "1"}
    rubric = {}
    for level in range(5):
        rubric |= {
            f"rubric-{level}-level": str(level),
            f"rubric-{level}-text_sv": f"Nivå {level}",
            f"rubric-{level}-text_en": f"Level {level}",
        }
    answer = client.post(add, data | texts | rubric)
    assert answer.url == change(questionnaire)
    question = Question.objects.get(questionnaire=questionnaire)
    assert [(level.level, level.text_sv) for level in question.rubric.all()] == [
        (n, f"Nivå {n}") for n in range(5)
    ]
    page = reverse("admin:applications_question_change", args=[question.pk])
    data = form_of(client.get(page).content.decode())
    twice = client.post(page, data | {"rubric-1-level": "0"})
    assert "errorlist" in twice.content.decode()
    assert RubricLevel.objects.filter(question=question).count() == 5


def test_a_question_is_not_put_into_a_questionnaire_in_use(client, cast):
    case = make_application(cast, Status.DRAFT)
    add = reverse("admin:applications_question_add")
    data = form_of(client.get(add).content.decode())
    texts = {"heading_sv": "R", "heading_en": "H", "text_sv": "F", "text_en": "Q", "number": "9"}
    answer = client.post(add, data | texts | {"questionnaire": str(case.questionnaire_id)})
    assert 'id="id_questionnaire_error"' in answer.content.decode()
    assert case.questionnaire.question_set.count() == 5


def test_the_published_one_is_not_deleted_and_a_draft_is(client):
    published = Questionnaire.objects.current()
    draft = Questionnaire.objects.create(version=8, title_sv="Ny", title_en="New")
    assert client.post(f"{LIST}{published.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{LIST}{draft.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(Questionnaire.objects.all()) == [published]


def test_only_administrators_have_them(client, cast):
    for user in (cast.asta, cast.beata):
        client.force_login(user)
        assert client.get(LIST).status_code == 403
        assert client.get(change(Questionnaire.objects.current())).status_code == 403


@pytest.mark.parametrize("more", [0, 49])
def test_the_list_asks_as_much_for_one_as_for_fifty(client, more, django_assert_num_queries):
    Questionnaire.objects.bulk_create(
        Questionnaire(version=n + 10, title_sv="Ny", title_en="New") for n in range(more)
    )
    with django_assert_num_queries(7):
        html = client.get(LIST).content.decode()
    assert html.count('class="field-version"') == 1 + more


def test_taken_into_use_between_the_look_and_the_save(client, cast):
    """The page was opened while unused: the save is refused, not broken."""
    questionnaire = Questionnaire.objects.current()
    data = form_of(client.get(change(questionnaire)).content.decode())
    workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    assert client.post(change(questionnaire), data | {"pass_percent": "1"}).status_code == 403
    questionnaire.refresh_from_db()
    assert questionnaire.pass_percent == 60

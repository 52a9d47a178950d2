"""A version of the questions and rules in the admin: to change while it is a draft, to read afterwards."""

from __future__ import annotations

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from applications import workflow
from applications.models import Question, Questionnaire, RubricLevel, Status
from applications.workflow import publishing

from ..cases import make_application, make_user, new_version
from ..queries import asked

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/questionnaire/"
RULES = {
    "pass_percent": "60",
    "reviews_required": "2",
    "validity_months": "36",
    "handling_weeks": "8",
    "completion_days": "28",
    "lapse_months": "12",
    "appeal_days": "28",
}


@pytest.fixture(autouse=True)
def administrator(client, cast):
    client.cookies["django_language"] = "en"
    client.force_login(cast.alma)


@pytest.fixture
def draft(cast) -> Questionnaire:
    """Version 3, a copy of the five questions."""
    return new_version()


def change(record: Questionnaire | Question) -> str:
    return reverse(f"admin:applications_{record._meta.model_name}_change", args=[record.pk])


def first(questionnaire: Questionnaire) -> Question:
    return questionnaire.question_set.get(number=1)


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


def opened(client, page: str) -> dict[str, str]:
    return form_of(client.get(page).content.decode())


def faulty(html: str) -> list[str]:
    """The names of the fields with an error beside them."""
    return re.findall(r'<ul class="errorlist" id="id_([\w-]+)_error">', html)


# --- Refusals ----------------------------------------------------------------------------------------------
def test_only_administrators_have_them(client, cast, draft):
    for user in (cast.asta, cast.beata):
        client.force_login(user)
        for page in (LIST, f"{LIST}add/", change(draft), change(first(draft))):
            assert client.get(page).status_code == 403
            assert client.post(page).status_code == 403


def test_the_published_one_is_read_only_with_the_reason_why(client):
    published = Questionnaire.objects.current()
    html = client.get(change(published)).content.decode()
    assert "can't be changed: every applicant is judged by what was promised" in html
    assert '<input type="submit"' not in html.partition('id="questionnaire_form"')[2]
    assert "60" in html and "Collaboration in your town" in html
    assert client.post(change(published), {"pass_percent": "1"}).status_code == 403
    question = first(published)
    for page in ("change", "delete"):
        address = reverse(f"admin:applications_question_{page}", args=[question.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert client.post(f"{LIST}{published.pk}/delete/", {"post": "yes"}).status_code == 403
    page = client.get(change(question)).content.decode()
    assert "This version is published or in use" in page
    assert "<textarea" not in page


def test_one_that_is_to_be_published_is_read_only_until_that_is_taken_back(client, cast, draft):
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    data = opened(client, change(draft))
    asks = opened(client, change(first(draft)))
    publishing.publish(draft, cast.alma, tomorrow)
    assert client.post(change(draft), data | {"pass_percent": "1"}).status_code == 409
    answer = client.post(change(first(draft)), asks | {"text_sv": "Mycket arbete?"})
    assert answer.status_code == 409
    assert "Mycket arbete?" in answer.content.decode()
    assert first(draft).text_sv != "Mycket arbete?"
    publishing.take_back(draft, cast.alma)
    assert client.post(change(draft), data | {"pass_percent": "61"}).status_code == 302


def test_taken_into_use_between_the_look_and_the_save(client, cast, draft):
    """The page was opened while unused: the save is refused, not broken."""
    data = opened(client, change(draft))
    case = workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    type(case).objects.update(questionnaire=draft)
    assert client.post(change(draft), data | {"pass_percent": "1"}).status_code == 409
    draft.refresh_from_db()
    assert draft.pass_percent == 60


def test_a_question_is_not_put_into_a_version_that_is_published_or_deleted(client, cast, draft):
    add = reverse("admin:applications_question_add")
    data = opened(client, add)
    texts = {"heading_sv": "R", "text_sv": "F"}
    for pk in (1, draft.pk + 9, "9" * 30, "x", ""):
        answer = client.post(add, data | texts | {"questionnaire": str(pk)})
        assert 'id="id_questionnaire_error"' in answer.content.decode()
    assert Question.objects.filter(heading_sv="R").count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pass_percent", "101"),
        ("pass_percent", "-1"),
        ("pass_percent", "9" * 30),
        ("reviews_required", "0"),
        ("validity_months", "0"),
        ("handling_weeks", "53"),
        ("appeal_days", "366"),
        ("title_sv", ""),
        ("question_set-0-place", "0"),
        ("question_set-0-place", "100"),
        ("question_set-0-place", "x"),
        ("question_set-0-place", ""),
    ],
)
def test_a_faulty_value_is_refused_beside_its_field(client, draft, field, value):
    data = opened(client, change(draft))
    html = client.post(change(draft), data | {field: value}).content.decode()
    assert faulty(html) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weight", "0"),
        ("weight", "100"),
        ("weight", "NaN"),
        ("minimum", "5"),
        ("text_sv", ""),
        ("heading_sv", "x" * 61),
        ("max_words", "3001"),
        ("minutes", "0"),
        ("rubric-0-text_sv", "x" * 301),
    ],
)
def test_a_faulty_value_is_refused_beside_its_field_of_the_question(client, draft, field, value):
    data = opened(client, change(first(draft)))
    html = client.post(change(first(draft)), data | {field: value}).content.decode()
    assert faulty(html) == [field]


def test_errors_are_in_swedish(client, draft):
    client.cookies["django_language"] = "sv"
    data = opened(client, change(draft))
    html = client.post(change(draft), data | {"question_set-1-place": "1"}).content.decode()
    assert "En annan fråga har redan den platsen." in html


def test_two_questions_in_one_place_are_refused(client, draft):
    data = opened(client, change(draft))
    html = client.post(change(draft), data | {"question_set-1-place": "1"}).content.decode()
    assert faulty(html) == ["question_set-1-place"]
    assert [question.number for question in draft.question_set.all()] == [1, 2, 3, 4, 5]


def test_what_is_published_is_not_deleted_and_a_draft_is(client, draft):
    assert client.post(f"{LIST}1/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{LIST}{draft.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(Questionnaire.objects.values_list("version", flat=True)) == [2, 1]


# --- A version ---------------------------------------------------------------------------------------------
def test_every_rule_can_be_changed_in_a_draft(client, draft):
    data = opened(client, change(draft))
    assert {name: data[name] for name in RULES} == RULES
    new = {name: str(int(value) + 1) for name, value in RULES.items()}
    assert client.post(change(draft), data | new | {"title_en": "", "_save": ""}).url == LIST
    draft.refresh_from_db()
    assert {name: str(getattr(draft, name)) for name in RULES} == new
    assert (draft.title_en, draft.version, draft.revision) == ("", 3, 1)


def test_a_new_version_gets_the_next_number_and_the_associations_rules(client):
    data = opened(client, f"{LIST}add/")
    assert {name: data[name] for name in RULES} == RULES
    answer = client.post(
        f"{LIST}add/", data | {"title_sv": "Nya", "version": "1", "published_at_0": "2020-01-01"}
    )
    made = Questionnaire.objects.get(version=3)
    assert answer.url == change(made)
    assert made.published_at is None
    assert Questionnaire.objects.current().version == 1


def test_questions_change_places(client, draft):
    before = list(draft.question_set.values_list("pk", flat=True))
    data = opened(client, change(draft))
    places = {"question_set-0-place": "3", "question_set-1-place": "7", "question_set-2-place": "1"}
    assert client.post(change(draft), data | places).status_code == 302
    assert list(draft.question_set.values_list("number", "pk")) == [
        (1, before[2]),
        (2, before[0]),
        (3, before[3]),
        (4, before[4]),
        (5, before[1]),
    ]


def test_a_question_is_taken_away_and_the_others_close_up(client, draft):
    before = list(draft.question_set.values_list("pk", flat=True))
    data = opened(client, change(draft))
    assert client.post(change(draft), data | {"question_set-1-DELETE": "on"}).status_code == 302
    rest = [before[0], *before[2:]]
    assert list(draft.question_set.values_list("number", "pk")) == list(enumerate(rest, 1))
    delete = reverse("admin:applications_question_delete", args=[rest[0]])
    assert client.post(delete, {"post": "yes"}).url == LIST
    assert list(draft.question_set.values_list("number", "pk")) == list(enumerate(rest[1:], 1))


def test_a_question_of_another_version_is_not_reached_through_this_one(client, draft):
    data = opened(client, change(draft))
    other = Question.objects.filter(questionnaire__version=2).first()
    client.post(change(draft), data | {"question_set-0-id": str(other.pk), "question_set-0-place": "9"})
    other.refresh_from_db()
    assert (other.number, other.questionnaire.version) == (1, 2)


# --- A question --------------------------------------------------------------------------------------------
def test_everything_of_a_question_is_changed_on_its_page(client, draft):
    question = first(draft)
    data = opened(client, change(question))
    new = {
        **{f"{name}_{language}": f"{name} {language}" for name in TEXTS for language in ("sv", "en")},
        "example_source": "Ekstad",
        "weight": "2.5",
        "minimum": "3",
        "max_words": "450",
        "minutes": "15",
        **{f"rubric-{n}-text_{language}": f"{n} {language}" for n in range(5) for language in ("sv", "en")},
    }
    del data["evidence_required"]
    assert set(new) <= set(data)
    assert client.post(change(question), data | new).url == change(draft)
    question.refresh_from_db()
    shown = {name: str(getattr(question, name)) for name in new if "rubric" not in name}
    assert shown == {name: value for name, value in new.items() if "rubric" not in name} | {"weight": "2.50"}
    assert question.evidence_required is False
    assert list(question.rubric.values_list("level", "text_sv", "text_en")) == [
        (n, f"{n} sv", f"{n} en") for n in range(5)
    ]


TEXTS = ("heading", "text", "why", "good_answer", "evidence_hint", "example")


def test_a_new_question_is_the_last_one_and_may_be_half_done(client, draft):
    add = reverse("admin:applications_question_add")
    data = opened(client, f"{add}?questionnaire={draft.pk}")
    assert data["questionnaire"] == str(draft.pk)
    assert [data[f"rubric-{n}-level"] for n in range(5)] == ["0", "1", "2", "3", "4"]
    texts = {"heading_sv": "R", "text_sv": "F", "number": "1", "rubric-3-text_sv": "Nivå 3"}
    assert client.post(add, data | texts).url == change(draft)
    question = draft.question_set.get(heading_sv="R")
    assert question.number == 6
    assert list(question.rubric.values_list("level", "text_sv", "text_en")) == [(3, "Nivå 3", "")]
    again = opened(client, change(question))
    assert [again[f"rubric-{n}-level"] for n in range(5)] == ["3", "0", "1", "2", "4"]
    client.post(change(question), again | {"rubric-1-text_en": "Level 0"})
    assert list(question.rubric.values_list("level", "text_en")) == [(0, "Level 0"), (3, "")]
    assert RubricLevel.objects.filter(question=question).count() == 2


def test_one_level_is_not_described_twice(client, draft):
    question = first(draft)
    data = opened(client, change(question))
    assert client.post(change(question), data | {"rubric-1-level": "0"}).status_code == 200
    assert list(question.rubric.values_list("level", flat=True)) == [0, 1, 2, 3, 4]


def test_a_copied_question_can_be_made_another(client, draft):
    question = first(draft)
    key = question.key
    data = opened(client, change(question))
    client.post(change(question), data | {"text_sv": "Ny?"})
    question.refresh_from_db()
    assert question.key == key
    data = opened(client, change(question))
    client.post(change(question), data | {"is_another": "on"})
    question.refresh_from_db()
    assert question.key != key
    assert "is_another" not in client.get(change(question)).content.decode()


# --- Two at once -------------------------------------------------------------------------------------------
@pytest.fixture
def colleague(db):
    return make_user("astrid@qm.example", "Astrid Andersson", "Administrator")


def test_what_a_colleague_has_saved_is_not_overwritten_unseen(client, draft, cast, colleague):
    for record, mine, theirs in (
        (draft, {"pass_percent": "70"}, {"pass_percent": "80"}),
        (first(draft), {"text_sv": "Min?"}, {"text_sv": "Deras?"}),
        (first(draft), {"rubric-0-text_sv": "Min"}, {"rubric-0-text_sv": "Deras"}),
    ):
        client.force_login(cast.alma)
        data = opened(client, change(record))
        client.force_login(colleague)
        assert client.post(change(record), opened(client, change(record)) | theirs).status_code == 302
        client.force_login(cast.alma)
        answer = client.post(change(record), data | mine)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert html.count("Astrid Andersson saved changes here on") == 1
        again = form_of(html)
        [(name, typed)] = mine.items()
        assert again[name] == typed
        assert client.post(change(record), again).status_code == 302
        assert opened(client, change(record))[name] == typed


def test_a_question_that_a_colleague_has_added_or_moved_is_told_of(client, draft, cast, colleague):
    data = opened(client, change(draft))
    client.force_login(colleague)
    client.post(change(draft), opened(client, change(draft)) | {"question_set-1-DELETE": "on"})
    client.force_login(cast.alma)
    moved = {"question_set-0-place": "5", "question_set-4-place": "1"}
    assert client.post(change(draft), data | moved).status_code == 200
    assert draft.question_set.count() == 4


def test_the_same_save_sent_twice_is_saved_once(client, draft):
    question = first(draft)
    for record, typed in (
        (draft, {"pass_percent": "70"}),
        (question, {"text_sv": "Ny?", "rubric-0-text_sv": "Ny"}),
    ):
        data = opened(client, change(record)) | typed
        assert [client.post(change(record), data).status_code for _ in range(2)] == [302, 302]
        record.refresh_from_db()
        assert record.revision == 1


def test_without_its_mark_a_page_counts_as_stale(client, draft):
    data = opened(client, change(draft))
    for seen in ("", "x", "9" * 5000, "\x00", "-1"):
        assert client.post(change(draft), data | {"seen": seen, "pass_percent": "1"}).status_code == 200
    draft.refresh_from_db()
    assert draft.pass_percent == 60


# --- The list ----------------------------------------------------------------------------------------------
def test_the_list_says_how_each_stands_and_who_uses_it(client, cast, draft):
    make_application(cast, Status.DRAFT)
    Questionnaire.objects.filter(version=2).update(published_at=timezone.now() + datetime.timedelta(days=9))
    html = client.get(LIST).content.decode()
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr><th.*?</tr>", html, re.DOTALL)]
    day = timezone.localdate() + datetime.timedelta(days=9)
    assert [" ".join(row[-4:]) if "Published" not in row else " ".join(row) for row in rows] == [
        "3 Draft 0 5",
        f"Nio avsnitt om er stadskärna 2 Published on {day.day} {day:%B} {day.year} 0 9",
        "In force 1 5",
    ]
    publishing.publish(draft, cast.alma)
    rows = re.findall(r"<tr><th.*?</tr>", client.get(LIST).content.decode(), re.DOTALL)
    assert ["Former" in row for row in rows] == [False, False, True]


@pytest.mark.parametrize("more", [0, 49])
def test_the_list_asks_as_much_for_two_as_for_fifty(client, more):
    Questionnaire.objects.bulk_create(
        Questionnaire(version=n + 10, title_sv="Ny", title_en="New", published_at=timezone.now())
        for n in range(more)
    )
    client.get(LIST)
    with asked(7):
        html = client.get(LIST).content.decode()
    assert html.count('class="field-version"') == 2 + more


def test_changes_are_in_the_log(client, cast, draft):
    client.post(change(draft), opened(client, change(draft)) | {"pass_percent": "70"})
    entry = LogEntry.objects.filter(object_id=str(draft.pk), content_type__model="questionnaire").first()
    assert (entry.user, entry.get_change_message()) == (
        cast.alma,
        "Changed Share of the weighted points needed to pass (%).",
    )

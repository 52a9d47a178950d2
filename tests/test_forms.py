"""What the applicant's forms take, clean and refuse."""

from __future__ import annotations

import pytest
from django.utils import translation

from applications.forms import MAX_CHARACTERS, AnswerForm, DeclarationForm, FactsForm, StartForm
from applications.models import Questionnaire

from .cases import unprotected

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def question(db):
    question = Questionnaire.objects.current().question_set.get(number=1)
    question.max_words = 5
    return question


def answer(question, **data) -> AnswerForm:
    return AnswerForm(data, question=question)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ekstad  ", "Ekstad"),
        ("Ek\nstad\tcentrum", "Ek stad centrum"),
        ("Eks\x00tad\x07", "Ekstad"),
        ("Ekstad\u202egnp.exe", "Ekstadgnp.exe"),
        ("Åmål", "Åmål"),
    ],
)
def test_a_name_is_one_line_without_characters_that_nobody_sees(typed, kept):
    form = StartForm({"area": typed, "holder": "Ekstads kommun"})
    assert form.is_valid()
    assert form.cleaned_data == {"area": kept, "holder": "Ekstads kommun"}


@pytest.mark.parametrize("typed", ["", "   ", "\x00", "\u202e \u200b"])
def test_a_name_of_nothing_is_refused(typed):
    form = StartForm({"area": typed, "holder": "Ekstads kommun"})
    assert form.errors == {"area": ["Fill in this field."]}


@pytest.mark.parametrize(("name", "typed"), [("area", "東京"), ("holder", "Ekstad ☃")])
def test_what_the_certificate_cannot_print_is_refused_while_it_can_still_be_changed(name, typed):
    form = StartForm({"area": "Ekstad", "holder": "Ekstads kommun", name: typed})
    missing = " ".join(sorted(set(typed) - set("Ekstad ")))
    assert form.errors == {
        name: [f"The certificate can't be printed with {missing}. Write the name without."]
    }


def test_names_have_the_length_of_their_columns():
    form = FactsForm({"area": "a" * 80, "holder": "h" * 120, "spokesperson": "s" * 120})
    assert form.is_valid()
    form = FactsForm({"area": "a" * 81, "holder": "h" * 121, "spokesperson_title": "t" * 161})
    assert form.errors == {
        "area": ["Write at most 80 characters. There are 81 now."],
        "holder": ["Write at most 120 characters. There are 121 now."],
        "spokesperson_title": ["Write at most 160 characters. There are 161 now."],
    }


def test_limits_stand_beside_the_fields_and_no_browser_cuts_a_pasted_text():
    html = FactsForm().as_p()
    assert "At most 80 characters." in html
    assert "At most 160 characters." in html
    assert "maxlength" not in html


def test_an_unfinished_answer_is_fine(question):
    form = answer(question, text="", rating="")
    assert form.is_valid()
    assert form.cleaned_data == {"text": "", "rating": None, "changed": None, "seen": None, "sent": None}


def test_an_answer_keeps_its_lines_and_loses_null_characters(question):
    form = answer(question, text=" Å ä\r\n\r\nö\x00 ", rating="4")
    assert form.is_valid()
    assert (form.cleaned_data["text"], form.cleaned_data["rating"]) == ("Å ä\n\nö", 4)


def test_the_last_word_allowed_and_one_more(question):
    assert not answer(question, text="ett två tre fyra fem").is_over_limit
    form = answer(question, text="ett två tre fyra fem sex")
    assert form.is_valid()
    assert form.is_over_limit
    assert form.words == 6
    assert form["text"].value() == "ett två tre fyra fem sex"


def test_the_last_character_allowed_and_one_more(question):
    assert answer(question, text="x" * MAX_CHARACTERS).is_valid()
    form = answer(question, text="x" * (MAX_CHARACTERS + 1))
    assert form.errors == {"text": ["Write at most 20000 characters. There are 20001 now."]}


@pytest.mark.parametrize("rating", ["5", "-1", "two", "1.5", "9" * 5000, "\x00", "0 OR 1"])
def test_a_rating_off_the_scale_is_refused(question, rating):
    assert answer(question, text="a", rating=rating).errors == {"rating": ["Choose one of the five levels."]}


def test_each_level_is_shown_with_its_rubric(question):
    form = answer(question)
    assert [(choice.data["value"], text) for choice, text in form.levels()] == [
        (level.level, level.text_en) for level in question.rubric.order_by("level")
    ]


def test_a_level_without_rubric_is_still_a_choice(question):
    with unprotected():
        question.rubric.filter(level=2).delete()
    assert [(choice.data["value"], bool(text)) for choice, text in answer(question).levels()] == [
        (0, True),
        (1, True),
        (2, False),
        (3, True),
        (4, True),
    ]


def test_the_declaration_has_to_be_ticked():
    assert DeclarationForm({"declares": "on"}).is_valid()
    assert DeclarationForm({}).errors == {"declares": ["Tick the declaration to submit."]}

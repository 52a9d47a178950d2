"""A version of the questionnaire is copied, published on a day, and taken back before it."""

from __future__ import annotations

import datetime
import importlib

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.utils import timezone, translation

from applications import clock, doors, versions, wholeness, workflow
from applications.models import LEVELS, Question, Questionnaire, QuestionnaireStanding
from applications.workflow import publishing

from .cases import make_application, new_version, unprotected

pytestmark = pytest.mark.django_db
NINE = 2


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def draft(cast) -> Questionnaire:
    """Version 3, a copy of the five questions."""
    return new_version()


def nine_sections() -> Questionnaire:
    return Questionnaire.objects.get(version=NINE)


def after(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def morning_after(days: int) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(after(days), datetime.time(0, 0, 1)))


# --- Refusals ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["sigrid", "asta", "beata", "nils"])
def test_only_administrators(cast, draft, name):
    person = getattr(cast, name)
    for move in (publishing.copy, publishing.publish, publishing.take_back):
        with pytest.raises(doors.NotAllowed):
            move(draft, person)
    assert Questionnaire.objects.count() == 3


def test_what_is_not_whole_is_not_published(cast, draft):
    draft.question_set.filter(number=2).update(text_en="")
    with pytest.raises(doors.NotReady):
        publishing.publish(draft, cast.alma)


@pytest.mark.parametrize("days", [-1, -9000, 733])
def test_the_day_is_today_or_within_two_years(cast, draft, days):
    with pytest.raises(doors.NotReady):
        publishing.publish(draft, cast.alma, after(days))


@pytest.mark.parametrize("on", [None, 0, 5])
def test_what_is_published_is_not_published_again(cast, draft, on):
    publishing.publish(draft, cast.alma, None if on is None else after(on))
    with pytest.raises(doors.TooLate):
        publishing.publish(draft, cast.alma)


def test_what_was_changed_since_one_looked_is_not_published(cast, draft):
    for change in (
        lambda: Questionnaire.objects.filter(pk=draft.pk).update(revision=1),
        lambda: draft.question_set.filter(number=1).update(revision=1),
        lambda: draft.question_set.filter(number=5).delete(),
    ):
        seen = draft.stamp
        change()
        draft.refresh_from_db()
        with pytest.raises(doors.TooLate):
            publishing.publish(draft, cast.alma, seen=seen)
    assert publishing.publish(draft, cast.alma, seen=draft.stamp).is_published


def test_what_is_in_force_is_not_taken_back(cast, draft):
    with pytest.raises(doors.TooLate):
        publishing.take_back(draft, cast.alma)
    publishing.publish(draft, cast.alma, after(1))
    with clock.at(morning_after(1)), pytest.raises(doors.TooLate):
        publishing.take_back(draft, cast.alma)


def test_what_is_deleted_is_told_of(cast, draft):
    Questionnaire.objects.filter(pk=draft.pk).delete()
    for move in (publishing.copy, publishing.publish, publishing.take_back):
        with pytest.raises(doors.TooLate):
            move(draft, cast.alma)


# --- Copying -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("version", [1, NINE])
def test_a_copy_has_everything_and_is_a_draft_of_the_next_version(cast, version):
    source = Questionnaire.objects.get(version=version)
    made = publishing.copy(source, cast.alma)
    assert (made.version, made.published_at, made.revision, made.copied_from) == (3, None, 0, source)
    assert versions.difference(source, made).is_empty
    assert wholeness.wants(made) == []
    keys = [list(each.question_set.values_list("number", "key")) for each in (source, made)]
    assert keys[0] == keys[1]


def test_a_double_click_gives_one_copy_until_it_is_changed(cast):
    source = Questionnaire.objects.current()
    made = publishing.copy(source, cast.alma)
    assert publishing.copy(source, cast.alma) == made
    made.question_set.filter(number=1).update(minutes=1)
    assert publishing.copy(source, cast.alma).version == 4


def test_the_number_after_the_newest_is_taken_whatever_is_copied(cast):
    assert [
        publishing.copy(each, cast.alma).version for each in Questionnaire.objects.order_by("version")
    ] == [3, 4]


# --- Publishing --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("days", [None, 0])
def test_today_puts_it_in_force_at_once(cast, draft, days):
    publishing.publish(draft, cast.alma, None if days is None else after(days))
    assert Questionnaire.objects.current() == draft
    assert workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun").questionnaire == draft


def test_a_later_day_puts_it_in_force_when_that_day_begins(cast, draft):
    begun = make_application(cast)
    publishing.publish(draft, cast.alma, after(1))
    draft.refresh_from_db()
    assert draft.standing is QuestionnaireStanding.SCHEDULED
    assert Questionnaire.objects.current().version == 1
    midnight = timezone.make_aware(datetime.datetime.combine(after(1), datetime.time.min))
    assert draft.published_at == midnight
    with clock.at(midnight - datetime.timedelta(seconds=1)):
        assert Questionnaire.objects.current().version == 1
    with clock.at(midnight):
        assert Questionnaire.objects.current() == draft
        assert draft.standing is QuestionnaireStanding.CURRENT
        assert Questionnaire.objects.get(version=1).standing is QuestionnaireStanding.FORMER
        assert workflow.start(cast.town, cast.sigrid, "Ekby", "Ekstads kommun").questionnaire == draft
        begun.refresh_from_db()
        assert begun.questionnaire.version == 1


def test_the_one_published_last_is_in_force_not_the_one_with_the_highest_number(cast, draft):
    publishing.publish(draft, cast.alma)
    publishing.publish(nine_sections(), cast.alma)
    assert Questionnaire.objects.current().version == NINE


def test_taken_back_it_is_a_draft_and_its_day_passes_by(cast, draft):
    publishing.publish(draft, cast.alma, after(1))
    assert publishing.take_back(draft, cast.alma).published_at is None
    with clock.at(morning_after(1)):
        assert Questionnaire.objects.current().version == 1


def test_a_story_of_the_past_has_the_questions_of_today(cast):
    """The demo tells of cases that are older than the portal."""
    with clock.at(timezone.now() - datetime.timedelta(days=3000)):
        assert Questionnaire.objects.current().version == 1


def test_each_step_is_in_the_log(cast):
    draft = publishing.copy(Questionnaire.objects.current(), cast.alma)
    publishing.publish(draft, cast.alma, datetime.date(timezone.localdate().year + 1, 1, 15))
    publishing.take_back(draft, cast.alma)
    publishing.publish(draft, cast.alma)
    entries = LogEntry.objects.filter(object_id=str(draft.pk)).order_by("pk")
    assert [(entry.user, entry.get_change_message()) for entry in entries] == [
        (cast.alma, "Copied from version 1."),
        (cast.alma, f"Is published on 15 January {timezone.localdate().year + 1}."),
        (cast.alma, "The publication was taken back."),
        (cast.alma, "Published."),
    ]


# --- Whole -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("version", [1, NINE])
def test_what_the_portal_comes_with_is_whole(version):
    assert wholeness.wants(Questionnaire.objects.get(version=version)) == []


def test_the_nine_sections_are_a_draft(db):
    nine = nine_sections()
    assert (nine.published_at, nine.question_set.count()) == (None, 9)
    assert list(nine.question_set.values_list("heading_sv", flat=True)) == [
        "Bakgrund",
        "Nuläge",
        "Organisation",
        "Finansiering och budget",
        "Vision och affärsidé",
        "Mål och strategi",
        "Affärsplan och handlingsplan",
        "Utveckling, nyckeltal och uppföljning",
        "Kommunikation och dialog",
    ]
    required = nine.question_set.filter(evidence_required=True)
    assert list(required.values_list("number", flat=True)) == [3, 4, 7]
    assert Questionnaire.objects.current().version == 1


def test_nothing_at_all_is_not_whole(db):
    empty = Questionnaire.objects.create(version=9)
    assert [(want.message, want.anchor) for want in wholeness.wants(empty)] == [
        ("The title is missing in Swedish.", "id_title_sv"),
        ("The title is missing in English.", "id_title_en"),
        ("There are no questions.", "question_set-group"),
    ]


def test_an_empty_question_wants_its_texts_and_every_level(db):
    made = Questionnaire.objects.create(version=9, title_sv="Ny", title_en="New")
    question = made.question_set.create(number=1)
    found = wholeness.wants(made)
    assert {want.question for want in found} == {question}
    assert [want.anchor for want in found] == [
        "id_heading_sv",
        "id_heading_en",
        "id_text_sv",
        "id_text_en",
    ] + ["rubric-group"] * (2 * len(LEVELS))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heading_en": " "}, "The heading is missing in English."),
        ({"text_sv": ""}, "The question is missing in Swedish."),
        ({"why_en": ""}, "Why it is asked is missing in English."),
        ({"why_sv": ""}, "Why it is asked is missing in Swedish."),
        ({"good_answer_en": ""}, "What a good answer has is missing in English."),
        (
            {"good_answer_en": "One point"},
            "What a good answer has doesn't have as many points in English as in Swedish.",
        ),
        (
            {"evidence_hint_en": "A"},
            "Evidence that counts doesn't have as many points in English as in Swedish.",
        ),
        ({"example_en": ""}, "The worked example is missing in English."),
        ({"number": 9}, "The questions aren't numbered 1, 2, 3 and so on."),
    ],
)
def test_each_gap_is_told(draft, changes, message):
    draft.question_set.filter(number=2).update(**changes)
    assert [want.message for want in wholeness.wants(draft)] == [message]


def test_help_may_be_left_out_in_both_languages(draft):
    draft.question_set.update(example_sv="", example_en="", why_sv="", why_en="")
    assert wholeness.wants(draft) == []


def test_a_missing_level_is_told_in_both_languages(draft):
    question = draft.question_set.get(number=2)
    question.rubric.filter(level=3).delete()
    question.rubric.filter(level=4).update(text_en=" ")
    assert [want.message for want in wholeness.wants(draft)] == [
        "What level 3 means is missing in Swedish.",
        "What level 3 means is missing in English.",
        "What level 4 means is missing in English.",
    ]


def test_a_rule_that_lets_everything_pass_is_told(draft):
    draft.pass_percent = 0
    assert wholeness.wants(draft) == []
    draft.question_set.update(minimum=0)
    assert [want.anchor for want in wholeness.wants(draft)] == ["id_pass_percent"]


# --- Differences -------------------------------------------------------------------------------------------
def test_what_differs_is_told_by_question_not_by_number(draft):
    one = Questionnaire.objects.get(version=1)
    Questionnaire.objects.filter(pk=draft.pk).update(pass_percent=65, title_en="Other")
    draft.question_set.filter(number=3).delete()
    draft.question_set.filter(number=5).update(
        number=3, weight=2, minimum=3, evidence_required=True, minutes=31
    )
    draft.question_set.filter(number=1).update(text_sv="På vilket sätt har det utvecklats?", why_en="Why?")
    draft.question_set.get(number=4).rubric.filter(level=0).update(text_sv="Inget skäl alls anges.")
    draft.question_set.create(number=5, heading_en="Quite new", heading_sv="Ny")
    draft.refresh_from_db()
    found = versions.difference(one, draft)
    assert [(value.label, value.old, value.new) for value in found.rules] == [
        ("Share of the weighted points needed to pass (%)", "60", "65")
    ]
    assert [text.label for text in found.titles] == ["Title (English)"]
    assert [question.number for question in found.added] == [5]
    assert [question.number for question in found.removed] == [3]
    assert [pair.new.number for pair in found.unchanged] == [2]
    first, moved, rubric = found.changed
    assert [text.label for text in first.texts] == ["Question (Swedish)", "Why it is asked (English)"]
    assert [part.text for part in first.texts[0].new if part.is_own] == ["det utvecklats?"]
    assert (moved.old.number, moved.new.number, moved.has_moved) == (5, 3, True)
    assert [(value.old, value.new) for value in moved.values] == [
        ("1", "2"),
        ("2 partly", "3 fulfilled"),
        ("No", "Yes"),
        ("30", "31"),
    ]
    assert [text.label for text in rubric.texts] == ["Level 0, missing (Swedish)"]
    assert not found.is_empty


def test_white_space_alone_is_no_difference(draft):
    question = draft.question_set.get(number=1)
    draft.question_set.filter(number=1).update(text_sv=f"  {question.text_sv}\r\n")
    assert versions.difference(Questionnaire.objects.get(version=1), draft).is_empty


def test_two_sets_have_nothing_in_common(db):
    found = versions.difference(Questionnaire.objects.get(version=1), nine_sections())
    assert [len(each) for each in (found.added, found.removed, found.pairs)] == [9, 5, 0]


# --- Keys --------------------------------------------------------------------------------------------------
def test_keys_are_given_by_what_is_asked(draft):
    """As when the portal is brought up to date over versions that an association has made by hand."""
    migration = importlib.import_module(
        "applications.migrations.0031_questionnaires_one_key_for_each_question"
    )
    draft.question_set.filter(number=2).update(text_sv="En egen fråga?")
    draft.question_set.filter(number=4).update(text_sv=draft.question_set.get(number=5).text_sv)
    with unprotected():
        migration.give(apps, None)
    keys = dict(Question.objects.filter(questionnaire__version=1).values_list("key", "number"))
    assert [keys.get(key) for key in draft.question_set.values_list("key", flat=True)] == [
        1,
        None,
        3,
        5,
        None,
    ]
    assert Question.objects.values("key").distinct().count() == 5 + 9 + 2

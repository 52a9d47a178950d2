"""The help that comes with the first questionnaire: filled in where the association has written none."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from applications.models import Question, Questionnaire

from .cases import unprotected

pytestmark = pytest.mark.django_db
help_migration = importlib.import_module("applications.migrations.0007_help_for_the_default_questions")


def asked():
    return Question.objects.filter(questionnaire__version=1)


@pytest.fixture(autouse=True)
def as_when_the_portal_is_brought_up_to_date():
    """The triggers step aside for migrations."""
    with unprotected():
        yield


def shown() -> list[tuple[str, int]]:
    return list(asked().order_by("number").values_list("example_source", "minutes"))


FILLED = [
    ("Kristinehamn", 90),
    ("Kristinehamn", 90),
    ("Kristinehamn", 60),
    ("Kristinehamn", 30),
    ("Kristinehamn", 30),
]


def test_it_goes_back_and_forth():
    assert shown() == FILLED
    help_migration.empty(apps, None)
    assert shown() == [("", 45)] * 5
    assert not asked().exclude(example_sv="", example_en="").exists()
    help_migration.fill(apps, None)
    assert shown() == FILLED


def test_what_the_association_has_written_is_left_alone():
    help_migration.empty(apps, None)
    first, second, third, *_rest = asked().order_by("number")
    Question.objects.filter(pk=first.pk).update(text_sv="En egen fråga?")
    Question.objects.filter(pk=second.pk).update(example_sv="Ett eget exempel.", example_source="Vi")
    Question.objects.filter(pk=third.pk).update(minutes=15)
    Questionnaire.objects.create(version=3, title_sv="Ny", title_en="New").question_set.create(
        number=1, text_sv=third.text_sv, heading_sv="Ny", heading_en="New"
    )
    help_migration.fill(apps, None)
    assert list(
        Question.objects.exclude(questionnaire__version=2)
        .order_by("questionnaire__version", "number")
        .values_list("example_source", "minutes")
    ) == [("", 45), ("Vi", 90), ("Kristinehamn", 15), *FILLED[3:], ("", 45)]
    help_migration.empty(apps, None)
    assert Question.objects.get(pk=second.pk).example_sv == "Ett eget exempel."

"""The words and signs that pages share."""

import pytest
from django.template import Context, Template
from django.utils import translation

from applications.models import Application, Certificate, Status
from applications.templatetags import qm


def render(source: str, **context) -> str:
    with translation.override("en"):
        return Template("{% load qm %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("status", "tone", "word"),
    [
        (Status.DRAFT, "quiet", "Draft"),
        (Status.SUBMITTED, "info", "Submitted"),
        (Status.IN_REVIEW, "info", "In review"),
        (Status.COMPLETION_REQUESTED, "wait", "Completion requested"),
        (Status.READY_FOR_DECISION, "info", "Ready for decision"),
        (Status.APPROVED, "ok", "Approved"),
        (Status.DECLINED, "stop", "Not yet approved"),
        (Status.WITHDRAWN, "quiet", "Withdrawn"),
        (Status.LAPSED, "quiet", "Lapsed"),
    ],
)
def test_status_is_a_word_with_its_tone(status, tone, word):
    application = Application(status=status)
    assert render("{% status a %}", a=application) == f'<span class="status status-{tone}">{word}</span>'


def test_every_status_and_standing_has_a_tone():
    assert set(qm.STATUS_TONES) == set(Status)
    assert set(qm.STANDING_TONES) == set(Certificate.Standing)


def test_icon_is_hidden_from_screen_readers():
    drawn = render("{% icon 'check' %}")
    assert drawn.startswith('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"')
    assert qm.ICONS["check"] in drawn


@pytest.mark.parametrize("name", sorted(qm.ICONS))
def test_icons_stay_on_their_square(name):
    assert qm.ICONS[name].startswith("M")
    assert set(qm.ICONS[name]) <= set("MLHVZAmlhvza0123456789.- ")


@pytest.mark.parametrize(
    ("text", "points"),
    [("one\n two \r\n\n three", ["one", "two", "three"]), ("", []), (None, []), (" \n ", [])],
)
def test_lines_are_the_points_of_a_help_text(text, points):
    assert qm.lines(text) == points


@pytest.mark.parametrize(
    ("value", "word"), [(0, "0 missing"), (2, "2 partly"), (4, "4 exemplary"), (5, ""), (None, ""), ("x", "")]
)
def test_level_is_a_number_with_its_word(value, word):
    assert render("{{ v|level }}", v=value) == word

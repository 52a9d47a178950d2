"""The words and signs that pages share: a status, a certificate's standing, a level of the scale, an icon."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.models import Application, Certificate, Level, Questionnaire, QuestionnaireStanding, Status

register = template.Library()

STATUS_TONES = {
    Status.DRAFT: "quiet",
    Status.SUBMITTED: "info",
    Status.IN_REVIEW: "info",
    Status.COMPLETION_REQUESTED: "wait",
    Status.READY_FOR_DECISION: "info",
    Status.APPROVED: "ok",
    Status.DECLINED: "stop",
    Status.WITHDRAWN: "quiet",
    Status.LAPSED: "quiet",
}
STANDING_TONES = {
    Certificate.Standing.VALID: "ok",
    Certificate.Standing.SUSPENDED: "wait",
    Certificate.Standing.REVOKED: "stop",
    Certificate.Standing.SUPERSEDED: "quiet",
    Certificate.Standing.EXPIRED: "quiet",
}
QUESTIONNAIRE_TONES = {
    QuestionnaireStanding.DRAFT: "quiet",
    QuestionnaireStanding.SCHEDULED: "info",
    QuestionnaireStanding.CURRENT: "ok",
    QuestionnaireStanding.FORMER: "quiet",
}
# Drawn on a square of 20 with a line of 2, in the colour of the text around them.
ICONS = {
    "alert": "M10 3 18 17H2ZM10 8v4M10 14.4v.2",
    "arrow-left": "M16 10H4M9 5l-5 5 5 5",
    "arrow-right": "M4 10h12M11 5l5 5-5 5",
    "check": "M4 10.5 8.5 15 16 6",
    "circle": "M17 10A7 7 0 1 1 3 10A7 7 0 1 1 17 10Z",
    "clock": "M17 10A7 7 0 1 1 3 10A7 7 0 1 1 17 10ZM10 6v4l3 2",
    "cross": "M5 5l10 10M15 5 5 15",
    "download": "M10 3v9M6 9l4 4 4-4M4 17h12",
    "file": "M5 2h6l4 4v12H5ZM11 2v4h4",
    "half": "M17 10A7 7 0 1 1 3 10A7 7 0 1 1 17 10ZM10 3v14M13 4v12",
    "info": "M17 10A7 7 0 1 1 3 10A7 7 0 1 1 17 10ZM10 9v5M10 6v.2",
    "key": "M12 8A4 4 0 1 1 4 8A4 4 0 1 1 12 8ZM11 11l6 6M14 14l2-2",
    "mail": "M2 5h16v11H2ZM2 6l8 6 8-6",
    "menu": "M3 5h14M3 10h14M3 15h14",
    "plus": "M10 4v12M4 10h12",
    "print": "M6 7V3h8v4M6 14H3V7h14v7h-3M6 12h8v5H6Z",
    "search": "M14 9A5 5 0 1 1 4 9A5 5 0 1 1 14 9ZM13 13l4 4",
}


def _word(tone: str, label: object) -> SafeString:
    return format_html('<span class="status status-{}">{}</span>', tone, label)


@register.simple_tag
def status(application: Application) -> SafeString:
    """Where the application stands: a word with its sign."""
    state = application.state
    return _word(STATUS_TONES[state], state.label)


@register.simple_tag
def standing(certificate: Certificate) -> SafeString:
    """How the certificate stands today: a word with its sign."""
    today = certificate.standing
    return _word(STANDING_TONES[today], today.label)


@register.simple_tag
def questionnaire_standing(questionnaire: Questionnaire) -> SafeString:
    """How a version of the questionnaire stands today: a word with its sign."""
    today = questionnaire.standing
    label = str(today.label)
    if today is QuestionnaireStanding.SCHEDULED:
        label = _("Published on %(day)s") % {"day": questionnaire.published_day}
    return _word(QUESTIONNAIRE_TONES[today], label)


@register.simple_tag
def icon(name: str) -> SafeString:
    """The drawing `name` of ICONS, hidden from screen readers: the word beside it says what it means."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.filter
def lines(text: str | None) -> list[str]:
    """The points of a help text that is written with a point a line, without the empty ones."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


@register.filter
def level(value: int | None) -> str:
    """A level of the scale with its word, such as '2 partly'; empty where none is chosen."""
    if value not in Level.values:
        return ""
    return f"{value} {Level(value).label}"

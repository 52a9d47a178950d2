"""What a file is called on the pages, and what the evidence of a question is while it may be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from applications import evidence, permissions
from applications.models import Application, CompletionPoint, Evidence, Question, Status
from members.models import User

register = template.Library()

KINDS = {
    "application/pdf": "PDF",
    "image/jpeg": _("JPEG picture"),
    "image/png": _("PNG picture"),
    "image/webp": _("WebP picture"),
    "image/heic": _("HEIC picture"),
    f"{evidence.OPEN_XML}wordprocessingml.document": _("Word document"),
    f"{evidence.OPEN_XML}spreadsheetml.sheet": _("Excel document"),
    f"{evidence.OPEN_XML}presentationml.presentation": _("PowerPoint document"),
    f"{evidence.OPEN_DOCUMENT}text": _("OpenDocument text"),
    f"{evidence.OPEN_DOCUMENT}spreadsheet": _("OpenDocument spreadsheet"),
    "text/csv": _("Table as text (CSV)"),
    "text/plain": _("Text"),
}


@register.filter
def file_kind(content_type: str) -> str:
    """A MIME type in a word that people use."""
    return str(KINDS.get(content_type, content_type))


@register.filter
def file_ending(content_type: str) -> str:
    """The ending that a kind of file is known by, such as 'DOCX'."""
    return evidence.EXTENSIONS.get(content_type, ("",))[0].removeprefix(".").upper()


@register.filter
def is_told_to(item: Any, user: User) -> bool:
    """Whether the person may know what a file is: while it is being checked, only whoever sent it. What was
    submitted (a record, not an Evidence) everybody may."""
    return getattr(item, "scan", "") != Evidence.Scan.WAITING or item.uploaded_by_id == user.pk


@dataclass(frozen=True)
class Choice:
    """Another question that a file may support."""

    number: int
    is_chosen: bool
    is_locked: bool


@dataclass(frozen=True)
class Row:
    """A file of the question. `shown` holds the numbers of the other questions as the page shows them."""

    item: Evidence
    choices: list[Choice]

    @property
    def chosen(self) -> list[int]:
        return [choice.number for choice in self.choices if choice.is_chosen]

    @property
    def shown(self) -> str:
        return " ".join(map(str, self.chosen))

    @property
    def is_shared_with_locked(self) -> bool:
        return any(choice.is_chosen and choice.is_locked for choice in self.choices)


@dataclass(frozen=True)
class Section:
    """The evidence of one question. `others` are the application's files that aren't with it."""

    rows: list[Row]
    refused: list[Evidence]
    others: list[Evidence]
    is_editable: bool
    used_bytes: int
    accept: str = evidence.ACCEPT

    @property
    def waits(self) -> list[Row]:
        return [row for row in self.rows if row.item.scan == Evidence.Scan.WAITING]

    @property
    def max_bytes(self) -> int:
        return settings.QM_EVIDENCE_MAX_BYTES

    @property
    def total_bytes(self) -> int:
        return settings.QM_EVIDENCE_TOTAL_BYTES

    @property
    def max_files(self) -> int:
        return settings.QM_EVIDENCE_MAX_FILES


@register.simple_tag(takes_context=True)
def evidence_of(context: dict[str, Any], application: Application, question: Question) -> Section:
    """The evidence of the question, as the person who looks may see and change it. At most three queries in a
    draft, and one more in a completion, whatever the number of files."""
    user = context["request"].user
    # The question page has read these already.
    items = context["evidence"] if "evidence" in context else list(application.evidence.listed())
    numbers = [step.number for step in context.get("steps", ())] or list(
        application.questionnaire.question_set.values_list("number", flat=True)
    )
    unlocked = _unlocked(application, numbers)
    rows, refused, others = [], [], []
    for item in items:
        linked = {each.number for each in item.questions.all()}
        if item.scan == Evidence.Scan.INFECTED:
            if question.number in linked and item.uploaded_by_id == user.pk:
                refused.append(item)
        elif question.number in linked:
            choices = [
                Choice(number, number in linked, number not in unlocked)
                for number in numbers
                if number != question.number
            ]
            rows.append(Row(item, choices))
        elif is_told_to(item, user):
            others.append(item)
    return Section(
        rows,
        refused,
        others,
        permissions.can_edit(user, application) and question.number in unlocked,
        sum(item.size for item in items if item.counts),
    )


def _unlocked(application: Application, numbers: list[int]) -> set[int]:
    """The numbers of the questions that the applicant may change now."""
    if application.state == Status.DRAFT:
        return set(numbers)
    points = CompletionPoint.objects.filter(request__application=application, request__answered_by=None)
    return set(points.values_list("question__number", flat=True))

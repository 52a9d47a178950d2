"""What the page of a question in a renewal says of last time."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.translation import get_language

from applications.models import Question

register = template.Library()


@register.filter
def own_language(texts: Mapping[str, str]) -> str:
    """The text of a frozen question in the reader's language, or in Swedish where that is all there is."""
    return texts.get(get_language() or "sv") or texts["sv"]


@register.filter
def asks_otherwise(texts: Mapping[str, str], question: Question) -> bool:
    """Whether the question read otherwise when it was answered last time."""
    return texts["sv"] != question.text_sv

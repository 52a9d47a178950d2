"""Filters for the pages about members."""

from django import template

from ..merging import period_words
from ..rules import Period

register = template.Library()


@register.filter
def period(value: Period) -> str:
    """A membership's first and last day, in words."""
    return period_words(value)

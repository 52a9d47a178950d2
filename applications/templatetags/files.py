"""What a file is called on the pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    "application/pdf": "PDF",
    "image/jpeg": _("JPEG picture"),
    "image/png": _("PNG picture"),
    "image/webp": _("WebP picture"),
    f"{OFFICE}wordprocessingml.document": _("Word document"),
    f"{OFFICE}spreadsheetml.sheet": _("Excel document"),
    f"{OFFICE}presentationml.presentation": _("PowerPoint document"),
}


@register.filter
def file_kind(content_type: str) -> str:
    """A MIME type in a word that people use."""
    return str(KINDS.get(content_type, content_type))

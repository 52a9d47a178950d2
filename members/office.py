"""What the admin's pages share."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst


class OfficeAdmin(admin.ModelAdmin):
    """A list that can be narrowed by its own filters and nothing else. Django lets any column of the record be
    asked for in the address, a password's hash with `__startswith` among them, and a regular expression that
    never ends."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        own = {getattr(item, "parameter_name", f"{item}__exact") for item in self.list_filter}
        return lookup in own


class LabelledFormSet(forms.BaseInlineFormSet):
    """Names each field for screen readers: in a table only the column's heading says what it is."""

    by: Any = None

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            label: Any = field.label or name
            # The admin puts a choice between related records into a widget around the real one.
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs["aria-label"] = capfirst(label)

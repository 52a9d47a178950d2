"""What the tables of related records on the admin's pages share."""

from typing import Any

from django import forms
from django.utils.text import capfirst


class LabelledFormSet(forms.BaseInlineFormSet):
    """Names each field for screen readers: in a table only the column's heading says what it is."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            label: Any = field.label or name
            # The admin puts a choice between related records into a widget around the real one.
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs["aria-label"] = capfirst(label)

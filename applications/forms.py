"""What an applicant fills in. A draft may be unfinished: only what could not be kept at all is an error."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.db import models
from django.forms.boundfield import BoundWidget
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .certificates.fonts import missing_characters
from .models import Application, Level, Question

MAX_CHARACTERS = 20_000


class LineField(forms.CharField):
    """One line of text of at most `max_length` characters. Line breaks become spaces; control characters,
    which no name has and which turn the reading direction or break a document, are left out."""

    default_error_messages = {
        "required": _("Fill in this field."),
        "max_length": _("Write at most %(limit_value)d characters. There are %(show_value)d now."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        limit = format_lazy(_("At most {number} characters."), number=self.max_length)
        self.help_text = format_lazy("{} {}", self.help_text, limit) if self.help_text else limit

    def to_python(self, value: Any) -> str:
        line = " ".join((super().to_python(value) or "").split())
        return "".join(c for c in line if unicodedata.category(c)[0] != "C").strip()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # Without maxlength: a browser would cut a pasted text short without a word.
        return {}


class PrintedField(LineField):
    """A line that is printed on the certificate, whose fonts don't have every character there is."""

    def clean(self, value: Any) -> str:
        line = super().clean(value)
        if missing := missing_characters(line):
            raise forms.ValidationError(
                _("The certificate can't be printed with %(characters)s. Write the name without."),
                params={"characters": " ".join(missing)},
            )
        return line


class TextField(forms.CharField):
    """A text of several lines, with line breaks as plain newlines."""

    widget = forms.Textarea
    default_error_messages = {
        "max_length": _("Write at most %(limit_value)d characters. There are %(show_value)d now."),
    }

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\x00", "").replace("\r\n", "\n").strip()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class PlainForm(forms.Form):
    """Rendered field by field in a form element of the page's own; what is wrong is said by the server, in
    the page's language."""

    use_required_attribute = False

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


def _limit(name: str) -> int:
    """How many characters the column takes."""
    return cast(models.CharField, Application._meta.get_field(name)).max_length or 0


class StartForm(PlainForm):
    """The beginning of an application."""

    area = PrintedField(
        label=_("Town centre"),
        help_text=_("The name of the town, as it should read on the certificate."),
        max_length=_limit("area"),
    )
    holder = PrintedField(
        label=_("Holder of the certificate"),
        help_text=_("The organisation that the certificate is made out to."),
        max_length=_limit("holder"),
    )


class FactsForm(StartForm):
    """The facts about the application. The spokesperson may be filled in later."""

    spokesperson = LineField(
        label=_("Spokesperson"),
        help_text=_("The person who speaks for the application, first name and surname."),
        max_length=_limit("spokesperson"),
        required=False,
    )
    spokesperson_title = LineField(
        label=_("Title and department (optional)"),
        max_length=_limit("spokesperson_title"),
        required=False,
    )


class AnswerForm(PlainForm):
    """An answer to `question`, finished or not. The evidence beside it is handled by the view, file by file."""

    text = TextField(
        label=_("Your answer"),
        max_length=MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "form-control"}),
    )
    rating = forms.TypedChoiceField(
        label=_("Your self-rating"),
        choices=Level.choices,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"invalid_choice": _("Choose one of the five levels.")},
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.fields["text"].help_text = _(
            "At most %(limit)s words. You can save an answer that is not finished yet."
        ) % {"limit": question.max_words}

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        words = word_count(text)
        if words > self.question.max_words:
            raise forms.ValidationError(
                _(
                    "The answer has %(words)s words and may have at most %(limit)s. Shorten it and save again."
                ),
                params={"words": words, "limit": self.question.max_words},
            )
        return text

    @property
    def words(self) -> int:
        """How many words the answer has as it stands in the form."""
        return word_count(str(self["text"].value() or ""))

    def levels(self) -> Iterator[tuple[BoundWidget, str]]:
        """The choices of the self-rating, each with what the question's rubric says of it."""
        rubric = {level.level: level.text for level in self.question.rubric.all()}
        for choice in self["rating"]:
            yield choice, rubric.get(choice.data["value"], "")


def word_count(text: str) -> int:
    """The number of words, counted as `reading.answer_gaps` counts them."""
    return len(text.split())


class DeclarationForm(PlainForm):
    """The signatory's word that the application is true."""

    declares = forms.BooleanField(
        label=_(
            "I declare that what we have written is true, that those we name know of it, and that I may sign "
            "for the organisation."
        ),
        error_messages={"required": _("Tick the declaration to submit.")},
    )

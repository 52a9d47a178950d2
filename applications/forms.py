"""What an applicant fills in. A draft may be unfinished: only what could not be kept at all is an error."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.db import models
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .certificates.fonts import missing_characters
from .models import Application, Level, Question, RecommendationAnswer

MAX_CHARACTERS = 20_000
RECOMMENDATION_LENGTH = 5_000


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


class AppealForm(PlainForm):
    """Why a decision should be looked at again."""

    text = TextField(
        label=_("What should be looked at again, and why"),
        help_text=_(
            "Say which question or which part of the reasons it is about, and what you think is wrong."
        ),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": _("Write what should be looked at again, and why.")},
    )


class DiagnosisForm(PlainForm):
    """The beginning of a self-diagnosis. Its name is never printed on a certificate."""

    area = LineField(label=_("Town centre"), max_length=_limit("area"))


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
    """An answer, finished or not: one over the word limit is kept, too, and refused when it is to be submitted.
    `question` is wanted where the form is shown. The evidence beside it is handled by the view, file by file."""

    text = TextField(
        label=_("Your answer"),
        max_length=MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "form-control"}),
    )
    changed = forms.TypedChoiceField(
        label=_("Has anything changed since last time?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"invalid_choice": _("Choose yes or no.")},
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

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    sent = TextField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, question: Question | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        if question:
            self.fields["text"].help_text = _(
                "At most %(limit)s words. An unfinished answer is saved, too."
            ) % {"limit": question.max_words}

    def clean_seen(self) -> int | None:
        """The revision that the answer was written on: the one that was shown beside it, where the writer has
        chosen between the two, else the one that the page was opened with. -1 where there is no telling."""
        name = "shown" if self.data.get("choose") == "mine" else "seen"
        seen = self.data.get(name)
        if seen is None:
            return None
        return int(seen) if seen.isdecimal() and len(seen) < 10 else -1

    def clean_sent(self) -> str | None:
        return self.cleaned_data["sent"] or None

    @property
    def words(self) -> int:
        """How many words the answer has as it stands in the form."""
        return word_count(str(self["text"].value() or ""))

    @property
    def is_over_limit(self) -> bool:
        """Whether it has more words than it may have when it is submitted."""
        return self.question is not None and self.words > self.question.max_words

    def levels(self) -> Iterator[tuple[BoundWidget, str]]:
        """The choices of the self-rating, each with what the question's rubric says of it."""
        rubric = {level.level: level.text for level in self.question.rubric.all()} if self.question else {}
        for choice in self["rating"]:
            yield choice, rubric.get(choice.data["value"], "")


class RecommendationsForm(PlainForm):
    """What a renewal says of each of the last decision's recommendations, with the text that it is written over, so
    that a colleague's is not overwritten."""

    def __init__(self, *args: Any, answers: Sequence[RecommendationAnswer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answers = {answer.recommendation.number: answer for answer in answers}
        for number, answer in self.answers.items():
            self.fields[f"recommendation_{number}"] = TextField(
                label=_("What you have done"),
                max_length=RECOMMENDATION_LENGTH,
                required=False,
                initial=answer.text,
                widget=forms.Textarea(attrs={"rows": 6, "class": "form-control"}),
            )
            self.fields[f"seen_{number}"] = TextField(required=False, initial=answer.text)

    def texts(self) -> dict[int, str]:
        """What was written, by the recommendations' numbers; of those that were sent. The form must be valid."""
        names = {number: f"recommendation_{number}" for number in self.answers}
        return {number: self.cleaned_data[name] for number, name in names.items() if name in self.data}

    def seen(self) -> dict[int, str]:
        """What each was written over. The form must be valid."""
        names = {number: f"seen_{number}" for number in self.answers}
        return {number: self.cleaned_data[name] for number, name in names.items() if name in self.data}

    def rows(self, saved: Mapping[int, str]) -> list[tuple[RecommendationAnswer, BoundField, str]]:
        """Each recommendation with its field and the text that the next save is written over: of those in `saved`
        what a colleague has saved meanwhile, which the page then shows."""
        return [
            (
                answer,
                self[f"recommendation_{number}"],
                saved.get(number, str(self[f"seen_{number}"].value() or "")),
            )
            for number, answer in self.answers.items()
        ]


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

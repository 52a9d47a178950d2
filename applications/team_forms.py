"""What is filled in about people: whom to invite, whom to write to, what one is called, and a logo."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Affiliation, Organisation, User

from . import pictures, thumbnails
from .forms import LineField, PlainForm

MAX_LOGO_BYTES = 2 * 1024 * 1024
MAX_LOGO_PIXELS = 40_000_000
_CANNOT_BE_READ = _("The picture can't be read. Save it again and choose it once more.")


class AddressField(forms.EmailField):
    """An e-mail address, in small letters."""

    default_error_messages = {
        "required": _("Fill in an e-mail address."),
        "invalid": _("Write the e-mail address like name@example.se."),
        "max_length": _("The e-mail address is too long."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").lower()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "off"}


class NamedField(LineField):
    """What somebody or something is called in our mails. An address of the web would be a link there, and the
    mail a stranger's."""

    def clean(self, value: Any) -> str:
        line = super().clean(value)
        if re.search(r"://|www\.|\.\w{2,}/", line, re.IGNORECASE):
            raise forms.ValidationError(_("Write the name without a web address."))
        return line


class InviteForm(PlainForm):
    """A colleague to the organisation's team."""

    email = AddressField(label=_("E-mail address"))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Affiliation.Role,
        initial=Affiliation.Role.EDITOR,
        error_messages={"required": _("Choose a role."), "invalid_choice": _("Choose one of the roles.")},
    )


class CoApplicantForm(PlainForm):
    """A party from another organisation, and who writes for it."""

    party = NamedField(
        label=_("Organisation or company"),
        help_text=_("The name as it should read in the application."),
        max_length=120,
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Organisation.Kind,
        initial=Organisation.Kind.PROPERTY_OWNER,
        error_messages={"required": _("Choose a kind."), "invalid_choice": _("Choose one of the kinds.")},
    )
    email = AddressField(
        label=_("E-mail address"), help_text=_("The person who is to write and endorse for them.")
    )


class NameForm(PlainForm):
    """What somebody who is new here is called."""

    name = NamedField(
        label=_("Your name"),
        help_text=_("First name and surname."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class PersonForm(NameForm):
    """What a person may change about themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("The pages and our mails to you are in this language."),
        choices=User.Language,
        error_messages={
            "required": _("Choose a language."),
            "invalid_choice": _("Choose one of the languages."),
        },
    )


class ContactsForm(PlainForm):
    """Whom the association writes to, or rings."""

    contact_name = LineField(label=_("Contact person"), max_length=150, required=False)
    contact_email = AddressField(label=_("E-mail address"), required=False)
    contact_phone = LineField(
        label=_("Telephone"), help_text=_("With the area code."), max_length=40, required=False
    )

    def clean_contact_phone(self) -> str:
        phone: str = self.cleaned_data["contact_phone"]
        if phone and not re.fullmatch(r"[+\d(][\d\s()/.\-–]{4,}(?: ?(?:ankn|ext)\.? ?\d+)?", phone):
            raise forms.ValidationError(_("Write the number with digits, spaces and hyphens."))
        return phone


class LogoForm(PlainForm):
    """A picture. Cleaned it is a small WebP of ours."""

    logo = forms.FileField(
        label=_("Logo"),
        help_text=_("PNG, JPEG or WebP, at most 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp"}),
        error_messages={
            "required": _("Choose a picture."),
            "empty": _("The file is empty."),
            "invalid": _("Choose a picture."),
        },
    )

    def clean_logo(self) -> bytes:
        """The picture, drawn anew."""
        logo = self.cleaned_data["logo"]
        if logo.size > MAX_LOGO_BYTES:
            raise forms.ValidationError(_("The picture is too large. It may be at most 2 MB."))
        try:
            picture = pictures.identify(logo.file)
        except pictures.Broken:
            raise forms.ValidationError(_CANNOT_BE_READ) from None
        if picture is None:
            raise forms.ValidationError(
                _("This is not a picture that we can use. Choose a PNG, JPEG or WebP.")
            )
        if picture.width * picture.height > MAX_LOGO_PIXELS:
            raise forms.ValidationError(
                _("The picture has too many pixels. Make it smaller and choose it again.")
            )
        logo.file.seek(0)
        drawn = thumbnails.make(logo.file, picture.content_type)
        if drawn is None:
            raise forms.ValidationError(_CANNOT_BE_READ)
        return drawn

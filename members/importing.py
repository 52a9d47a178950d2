"""Organisations from a spreadsheet: each row is checked and written as the admin's forms would."""

from __future__ import annotations

import datetime
import enum
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import resources
from import_export.results import Result, RowResult
from tablib import Dataset

from . import cells, spreadsheets
from .models import Affiliation, Membership, Organisation, User
from .rules import Period, keep_address, last_signatory, not_oneself, overlap, overlap_message

HEADINGS = {
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Type"),
    "town": gettext_lazy("Town"),
    "starts": gettext_lazy("Member from"),
    "ends": gettext_lazy("Member until"),
    "contact_name": gettext_lazy("Contact person"),
    "contact_email": gettext_lazy("E-mail"),
    "contact_phone": gettext_lazy("Telephone"),
    "person": gettext_lazy("Person's e-mail"),
    "person_name": gettext_lazy("Person's name"),
    "role": gettext_lazy("Role"),
}
SPELLINGS = {
    "name": "namn, organisation, name",
    "kind": "typ, slag, kind, type",
    "town": "ort, stad, town",
    "starts": "medlem från, från, member from, first day, membership first day",
    "ends": "medlem till, till, member until, member to, last day, membership last day",
    "contact_name": "kontaktperson, kontakt, contact, contact name, contact person",
    "contact_email": "e-post, epost, mejl, e-mail, email",
    "contact_phone": "telefon, tel, phone, telephone",
    "person": "person, personens e-post, person e-mail, person's e-mail",
    "person_name": "personens namn, person name, person's name",
    "role": "roll, role",
}
COLUMN_OF = {word: key for key, words in SPELLINGS.items() for word in words.split(", ")}
KINDS = {
    "kommun": "municipality",
    "municipality": "municipality",
    "centrumorganisation": "centre",
    "centrumförening": "centre",
    "stadskärneorganisation": "centre",
    "town centre organisation": "centre",
    "centre": "centre",
    "fastighetsägare": "property_owner",
    "property owner": "property_owner",
    "property_owner": "property_owner",
    "handlare": "trader",
    "handel": "trader",
    "trader": "trader",
    "annan": "other",
    "annat": "other",
    "övrigt": "other",
    "other": "other",
}
ROLE_WORDS = {
    "läsare": "viewer",
    "viewer": "viewer",
    "redaktör": "editor",
    "skribent": "editor",
    "editor": "editor",
    "behörig företrädare": "signatory",
    "firmatecknare": "signatory",
    "authorised signatory": "signatory",
    "signatory": "signatory",
}
OWN = ("name", "kind", "town", "contact_name", "contact_email", "contact_phone")
Change = tuple[str, str, str]


class Marker(enum.Enum):
    """What stands in the cell of the name instead of what the file had there."""

    TOO_MANY_CELLS = enum.auto()


def dataset(content: bytes) -> Dataset:
    """The file's rows under our own names for the columns. Raises NotReadable."""
    (_number, first), *rest = spreadsheets.rows(content)
    keys = _columns(first)
    if not rest:
        raise spreadsheets.NotReadable(_("There are headings, but no rows below them."))
    found = Dataset(headers=[*(key for key in keys if key), "line"])
    for number, row in rest:
        filled = [*row, *[""] * (len(keys) - len(row))]
        if any(str(cell or "").strip() for cell in filled[len(keys) :]):
            filled[keys.index("name")] = Marker.TOO_MANY_CELLS
        found.append([*(cell for key, cell in zip(keys, filled, strict=False) if key), number])
    return found


def _columns(first: list[Any]) -> list[str]:
    words = [" ".join(str(cell or "").split()).lower().replace("’", "'") for cell in first]
    while words and not words[-1]:
        words.pop()
    known = COLUMN_OF | {str(label).lower(): key for key, label in HEADINGS.items()}
    unknown = [word for word in words if word and word not in known]
    if unknown:
        raise spreadsheets.NotReadable(
            _("The first row has headings that are not known: %(names)s. Use those of the template.")
            % {"names": ", ".join(word[:40] for word in unknown)}
        )
    keys = [known.get(word, "") for word in words]
    used = [key for key in keys if key]
    if len(used) != len(set(used)):
        raise spreadsheets.NotReadable(_("Two columns have the same heading. Take one away."))
    if "name" not in used:
        raise spreadsheets.NotReadable(
            _("The column “Name” is missing. The first row must hold the headings.")
        )
    return keys


def key_of(name: str) -> str:
    """What a name is known by, however it is spaced and whatever the case of its letters."""
    return " ".join(name.split()).casefold()


class OrganisationResource(resources.ModelResource):
    """Adds and changes organisations, their memberships and who acts for them, on behalf of `by`. What each row
    changes is left in `changes`, by row number in the file."""

    class Meta:
        model = Organisation
        fields = OWN
        import_id_fields = ("name",)
        skip_diff = True
        use_transactions = True
        report_skipped = True
        clean_model_instances = False

    def __init__(self, by: User) -> None:
        super().__init__()
        self.by = by
        self.changes: dict[int, list[Change]] = {}
        self.lines: list[int] = []

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Hold every organisation, so that nothing changes between the check and the writing."""
        self.lines = dataset["line"]
        every = Organisation.objects.select_for_update().order_by("pk")
        self.organisations = {key_of(one.name): one for one in every}
        self.periods: dict[str, dict[datetime.date, datetime.date | None]] = {}
        for one in Membership.objects.select_related("organisation"):
            key = key_of(one.organisation.name)
            self.periods.setdefault(key, {})[one.starts] = one.ends
        self.people = {one.email.lower(): one for one in User.objects.all()}
        self.roles = {
            (key_of(one.organisation.name), one.user.email.lower()): one.role
            for one in Affiliation.objects.select_related("organisation", "user")
        }
        verified = EmailAddress.objects.filter(verified=True).annotate(low=Lower("email"))
        self.addresses = dict(verified.values_list("low", "user__email"))
        self.said: dict[str, tuple[int, dict[str, str]]] = {}
        self.seen: dict[tuple[Any, ...], int] = {}
        self.told: dict[tuple[Any, ...], tuple[int, Any]] = {}
        self.demoted: dict[str, int] = {}

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Read the cells, check them against the rules, and note what would change."""
        errors: dict[str, str] = {}
        values = {key: self._read(key, cell, errors) for key, cell in row.items() if key != "line"}
        row["values"] = values
        self._expect_known(row, values, errors)
        if errors:
            raise ValidationError({key: [text] for key, text in errors.items()})
        self.changes[row["line"]] = [*self._own(values), *self._membership(row, values), *self._role(values)]

    # --- Reading a row -----------------------------------------------------------------------------------
    def _read(self, key: str, cell: Any, errors: dict[str, str]) -> Any:
        if cell is Marker.TOO_MANY_CELLS:
            errors[key] = _("The row has more cells than there are headings.")
            return ""
        if spreadsheets.is_formula(cell):
            errors[key] = _("The cell holds a formula. Write the value itself.")
            return ""
        if key in ("starts", "ends"):
            return self._day(key, cell, errors)
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        text = cells.typed("" if cell is None else str(cell).strip()).strip()
        if not text:
            return ""
        try:
            return self._known(key, " ".join(text.split()))
        except ValidationError as error:
            errors[key] = error.messages[0]
            return ""

    def _day(self, key: str, cell: Any, errors: dict[str, str]) -> datetime.date | None:
        if isinstance(cell, datetime.datetime):
            return cell.date()
        if isinstance(cell, datetime.date):
            return cell
        text = "" if cell is None else str(cell).strip()
        try:
            return datetime.date.fromisoformat(text) if text else None
        except ValueError:
            errors[key] = _("“%(value)s” is not a day. Write it as 2026-01-31.") % {"value": text[:40]}
            return None

    def _known(self, key: str, text: str) -> str:
        limit = {"person": 254, "person_name": 150, "role": 40, "kind": 40}.get(key) or (
            getattr(Organisation._meta.get_field(key), "max_length", None) or 254
        )
        if len(text) > limit:
            raise ValidationError(_("The text is too long: at most %(limit)s characters.") % {"limit": limit})
        if cells.UNWRITABLE.search(text):
            raise ValidationError(_("The cell holds characters that can't be read. Write it anew."))
        if key in ("kind", "role"):
            return self._word(key, text)
        if key in ("contact_email", "person"):
            try:
                validate_email(text)
            except ValidationError:
                message = _("“%(value)s” is not an e-mail address.") % {"value": text[:60]}
                raise ValidationError(message) from None
            return text.lower() if key == "person" else text
        return text

    def _word(self, key: str, text: str) -> str:
        choices: Any = Organisation.Kind if key == "kind" else Affiliation.Role
        words = KINDS if key == "kind" else ROLE_WORDS
        known = words | {str(choice.label).lower(): choice.value for choice in choices}
        if text.lower() not in known:
            raise ValidationError(
                _("“%(value)s” is not known. Write one of: %(choices)s.")
                % {"value": text[:40], "choices": ", ".join(str(choice.label) for choice in choices)}
            )
        return known[text.lower()]

    # --- Rules -------------------------------------------------------------------------------------------
    def _expect_known(self, row: dict[str, Any], values: dict[str, Any], errors: dict[str, str]) -> None:
        if not values["name"]:
            errors.setdefault("name", _("The name is missing."))
            return
        key, line = key_of(values["name"]), row["line"]
        same = tuple(values.items())
        twin = self.seen.setdefault(same, line)
        if twin != line:
            errors["name"] = _("The row is the same as row %(row)s. Take one of them away.") % {"row": twin}
        first, before = self.said.setdefault(key, (line, {name: values.get(name, "") for name in OWN}))
        for name in OWN[1:]:
            if values.get(name) and before[name] and values[name] != before[name]:
                errors.setdefault(
                    name, _("Row %(row)s says something else of the same organisation.") % {"row": first}
                )
        if key not in self.organisations:
            for name in ("kind", "town"):
                if not values.get(name):
                    errors.setdefault(name, _("A new organisation needs this. Fill it in."))
        self._check_period(row, key, values, errors)
        self._check_person(row, key, values, errors)

    def _contradicted(self, line: int, what: tuple[Any, ...], value: Any) -> int:
        """The earlier row that says something else of `what`, or 0."""
        first, before = self.told.setdefault(what, (line, value))
        return 0 if before == value else first

    def _check_period(
        self, row: dict[str, Any], key: str, values: dict[str, Any], errors: dict[str, str]
    ) -> None:
        starts, ends = values.get("starts"), values.get("ends")
        if ends and not starts:
            errors.setdefault("starts", _("There is a last day but no first day. Fill it in."))
        if not starts:
            return
        kept = self.periods.get(key, {})
        says = "ends" in row and "ends" not in errors
        if says and (earlier := self._contradicted(row["line"], (key, starts), ends)):
            text = _("Row %(row)s has another last day for the same first day. Take one of them away.")
            errors["ends"] = text % {"row": earlier}
            return
        ends = ends if "ends" in row else kept.get(starts)
        if ends and ends < starts:
            errors.setdefault("ends", _("The last day can't be before the first day."))
            return
        others: list[Period] = [period for period in kept.items() if period[0] != starts]
        if other := next((period for period in others if overlap(period, (starts, ends))), None):
            errors.setdefault("starts", overlap_message(other))

    def _check_person(
        self, row: dict[str, Any], key: str, values: dict[str, Any], errors: dict[str, str]
    ) -> None:
        email, role = values.get("person"), values.get("role")
        if not email:
            if role or values.get("person_name"):
                errors.setdefault(
                    "person", _("There is a role or a name, but no e-mail address for the person.")
                )
            return
        before = self.roles.get((key, email))
        if not role and before is None:
            errors.setdefault("role", _("Say which role the person has."))
        if role and (earlier := self._contradicted(row["line"], (key, email), role)):
            text = _("Row %(row)s gives the same person another role. Take one of them away.")
            errors.setdefault("role", text % {"row": earlier})
        if not role or role == before:
            return
        if email == self.by.email:
            errors.setdefault("person", not_oneself())
        if email not in self.people and email in self.addresses:
            errors.setdefault("person", _("Somebody else has this address already."))

    # --- What changes ------------------------------------------------------------------------------------
    def _own(self, values: dict[str, Any]) -> list[Change]:
        organisation = self.organisations.get(key_of(values["name"]))
        found = []
        for name in OWN[1:]:
            old = getattr(organisation, name) if organisation else ""
            if values.get(name) and values[name] != old:
                found.append((str(HEADINGS[name]), _shown(name, old), _shown(name, values[name])))
        return found

    def _membership(self, row: dict[str, Any], values: dict[str, Any]) -> list[Change]:
        starts = values.get("starts")
        if not starts:
            return []
        periods = self.periods.get(key_of(values["name"]), {})
        ends = values["ends"] if "ends" in row else periods.get(starts)
        if starts in periods and periods[starts] == ends:
            return []
        row["period"] = (starts, ends)
        old = _period(starts, periods[starts]) if starts in periods else ""
        return [(_("Membership"), old, _period(starts, ends))]

    def _role(self, values: dict[str, Any]) -> list[Change]:
        email, role = values.get("person", ""), values.get("role")
        before = self.roles.get((key_of(values["name"]), email))
        if not email or not role or role == before:
            return []
        new = email if email in self.people else _("%(email)s (new person)") % {"email": email}
        old = str(Affiliation.Role(before).label) if before else ""
        return [(f"{_('Role')}, {new}", old, str(Affiliation.Role(role).label))]

    # --- Writing -----------------------------------------------------------------------------------------
    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Organisation | None:
        return self.organisations.get(key_of(row["values"]["name"]))

    def import_instance(self, instance: Organisation, row: dict[str, Any], **kwargs: Any) -> None:
        for name in OWN:
            value = row["values"].get(name)
            if value and (name != "name" or not instance.pk):
                setattr(instance, name, value)

    def skip_row(
        self, instance: Organisation, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        return bool(instance.pk) and not self.changes[row["line"]]

    def after_save_instance(self, instance: Organisation, row: dict[str, Any], **kwargs: Any) -> None:
        key = key_of(instance.name)
        self.organisations[key] = instance
        if "period" in row:
            starts, ends = row["period"]
            Membership.objects.update_or_create(organisation=instance, starts=starts, defaults={"ends": ends})
            self.periods.setdefault(key, {})[starts] = ends
        email, role = row["values"].get("person"), row["values"].get("role")
        if email and role and self.roles.get((key, email)) != role:
            if self.roles.get((key, email)) == Affiliation.Role.SIGNATORY:
                self.demoted[key] = row["line"]
            person = self._person(email, row["values"].get("person_name", ""))
            Affiliation.objects.update_or_create(user=person, organisation=instance, defaults={"role": role})
            self.roles[key, email] = role

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        """Who was the signatory can become something else, as long as all the rows together leave one."""
        without = Organisation.objects.filter(
            pk__in=[self.organisations[key].pk for key in self.demoted]
        ).without_signatory()
        for organisation in without if self.demoted else ():
            line = self.demoted[key_of(organisation.name)]
            place = self.lines.index(line)
            fault = ValidationError({"role": [last_signatory(organisation)]})
            result.rows[place].import_type = RowResult.IMPORT_TYPE_INVALID
            result.append_invalid_row(place + 1, {}, fault)

    def _person(self, email: str, name: str) -> User:
        if email not in self.people:
            self.people[email] = User.objects.create_user(email, name=name)
            keep_address(self.people[email])
        return self.people[email]


def _shown(name: str, value: str) -> str:
    return (
        str(Organisation.Kind(value).label) if name == "kind" and value in Organisation.Kind.values else value
    )


def _period(starts: datetime.date, ends: datetime.date | None) -> str:
    return f"{starts}–{ends or ''}"

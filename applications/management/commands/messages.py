"""The catalogues of translations, kept and compiled without the system's gettext."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

SOURCES = ("applications", "members", "qm_portal", "templates")
TYPES = (".py", ".html", ".txt")
# Texts of installed packages that come without a translation: one a line.
EXTRA = "locale/extra-messages.txt"
CATALOGUE = "locale/sv/LC_MESSAGES/django.po"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Without dates, so that the file changes only when a text does.
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Language: sv\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z]|\{\w*\}")


class Command(BaseCommand):
    help = "Brings the Swedish catalogue up to date with the texts in the code, and compiles every catalogue."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--compile", action="store_true", help="only compile")
        how.add_argument(
            "--check", action="store_true", help="change nothing; fail unless all is there and translated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / CATALOGUE
        if not options["compile"]:
            catalogue = updated(settings.BASE_DIR, path)
            written = as_po(catalogue)
            found = list(faults(catalogue))
            if options["check"]:
                if not path.exists() or path.read_bytes() != written:
                    found.insert(0, "it is not up to date: run manage.py messages.")
                if found:
                    raise CommandError("\n".join(f"{CATALOGUE}: {fault}" for fault in found))
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written)
            for fault in found:
                self.stdout.write(fault)
        for source in sorted((settings.BASE_DIR / "locale").glob("*/LC_MESSAGES/django.po")):
            compile_catalogue(source)


def updated(root: Path, path: Path) -> Catalog:
    """The catalogue at `path` with exactly the texts that the code has now. Translations are kept; texts
    that are gone are dropped."""
    template = Catalog(locale="sv")
    for source in sorted(file for folder in SOURCES for file in (root / folder).rglob("*.*")):
        if source.suffix in TYPES and "migrations" not in source.parts:
            for message, context in texts(source):
                name = source.relative_to(root).as_posix()
                template.add(message, locations=[(name, 0)], context=context)
    if (root / EXTRA).exists():
        for line in (root / EXTRA).read_text(encoding="utf-8").splitlines():
            if line.strip():
                template.add(line.strip(), locations=[(EXTRA, 0)])
    catalogue = Catalog(locale="sv")
    if path.exists():
        with path.open("rb") as stream:
            catalogue = read_po(stream, locale="sv")
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def texts(source: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The texts marked for translation in a file of code or a template, each with its context. A text with
    a plural is a pair."""
    code = source.read_text(encoding="utf-8")
    if source.suffix != ".py":
        # Django turns a template into calls of gettext amid filler, whose indentation means nothing.
        code = "\n".join(line.strip() for line in templatize(code, origin=str(source)).splitlines())
    for _line, found, _comments, context in extract("python", BytesIO(code.encode()), KEYWORDS):
        if found and (found if isinstance(found, str) else found[0]):
            yield found, context


def as_po(catalogue: Catalog) -> bytes:
    """The catalogue as a file, the same for the same texts and translations."""
    stream = BytesIO()
    write_po(stream, catalogue, width=100, omit_header=True, include_lineno=False, sort_by_file=True)
    return HEADER.encode() + stream.getvalue()


def faults(catalogue: Catalog) -> Iterator[str]:
    """A sentence for each text that is not properly translated."""
    for message in catalogue:
        originals = _forms(message.id)
        translations = _forms(message.string)
        if not originals[0]:
            continue
        if message.fuzzy:
            yield f"“{originals[0]}” is fuzzy."
        elif not all(translations):
            yield f"“{originals[0]}” is not translated."
        elif [_placeholders(text) for text in originals] != [_placeholders(text) for text in translations]:
            yield f"“{originals[0]}” and its translation differ in their placeholders."


def _forms(text: str | Sequence[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str | None) else list(text)


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text.replace("%%", "")))


def compile_catalogue(source: Path) -> None:
    """Write the .mo beside `source`. Whoever reads it meanwhile gets the old one or the new one, whole."""
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=source.parent.parent.name)
    part = source.with_suffix(".mo.part")
    with part.open("wb") as stream:
        write_mo(stream, catalogue)
    part.replace(source.with_suffix(".mo"))

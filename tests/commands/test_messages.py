"""The catalogue of translations: complete, kept, and found out where it is not."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.core.management import CommandError, call_command
from django.utils import translation

from applications.management.commands import messages

CODE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
hello = _("Hello " "there")
count = ngettext("%(number)s file", "%(number)s files", 2)
verb = pgettext("verb", "Open")
lazy = gettext_lazy("Later")
other = untouched("Not this")
"""
TEMPLATE = """{% load i18n %}
<p class="it's">{% translate "A “quoted” town" %} {{ name|default:_("Nobody") }}</p>
    <ul>
  <li>{% translate "Open" context "adjective" %}
{% blocktranslate trimmed with town=area %}
    100 % of {{ town }}
    is ours.
{% endblocktranslate %}
{% blocktranslate count number=files|length context "evidence" trimmed %}
  One file{% plural %}{{ number }} files
{% endblocktranslate %}
"""


@pytest.fixture
def project(tmp_path: Path, settings) -> Path:
    """A small project with texts to translate."""
    settings.BASE_DIR = tmp_path
    for name, content in {
        "applications/code.py": CODE,
        "applications/migrations/0001.py": '_("Frozen")',
        "templates/page.html": TEMPLATE,
        "locale/extra-messages.txt": "Sign in with a passkey\n\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def po(project: Path) -> Path:
    return project / messages.CATALOGUE


def translate(project: Path, **changes: str) -> None:
    """Give each text a translation: the text itself with 'X ' before it, or what `changes` has for it."""
    with po(project).open("rb") as stream:
        catalogue = read_po(stream, locale="sv")
    for message in catalogue:
        if message.id:
            forms = [message.id] if isinstance(message.id, str) else message.id
            found = tuple(changes.get(form, f"X {form}") for form in forms)
            message.string = found[0] if isinstance(message.id, str) else found
    po(project).write_bytes(messages.as_po(catalogue))


def test_every_marked_text_is_found_once_with_its_context(project):
    call_command("messages")
    with po(project).open("rb") as stream:
        found = {(message.context, message.id) for message in read_po(stream) if message.id}
    assert found == {
        (None, "Hello there"),
        (None, ("%(number)s file", "%(number)s files")),
        ("verb", "Open"),
        (None, "Later"),
        (None, "A “quoted” town"),
        (None, "Nobody"),
        ("adjective", "Open"),
        (None, "100 %% of %(town)s is ours."),
        ("evidence", ("One file", "%(number)s files")),
        (None, "Sign in with a passkey"),
    }


def test_a_second_run_changes_nothing(project):
    call_command("messages")
    translate(project)
    before = po(project).read_bytes()
    call_command("messages")
    assert po(project).read_bytes() == before
    assert b"Date" not in before


def test_translations_stay_and_texts_that_are_gone_go(project):
    call_command("messages")
    translate(project)
    code = project / "applications" / "code.py"
    code.write_text(CODE.replace("Later", "Sooner"), encoding="utf-8")
    call_command("messages")
    text = po(project).read_text(encoding="utf-8")
    assert 'msgid "Hello there"\nmsgstr "X Hello there"' in text
    assert 'msgid "Sooner"\nmsgstr ""' in text
    assert "Later" not in text


def test_a_compiled_catalogue_translates(project):
    call_command("messages")
    translate(project)
    call_command("messages", "--compile")
    with po(project).with_suffix(".mo").open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)
    assert catalogue.gettext("Hello there") == "X Hello there"
    assert catalogue.ngettext("%(number)s file", "%(number)s files", 1) == "X %(number)s file"
    assert catalogue.ngettext("%(number)s file", "%(number)s files", 0) == "X %(number)s files"
    assert catalogue.pgettext("verb", "Open") == "X Open"


def test_a_complete_catalogue_passes_the_check(project):
    call_command("messages")
    translate(project)
    before = po(project).read_bytes()
    call_command("messages", "--check")
    assert po(project).read_bytes() == before


def check(project: Path) -> list[str]:
    with pytest.raises(CommandError) as refusal:
        call_command("messages", "--check")
    return [line.removeprefix(f"{messages.CATALOGUE}: ") for line in str(refusal.value).splitlines()]


def test_a_new_text_in_the_code_fails_the_check(project):
    call_command("messages")
    translate(project)
    (project / "applications" / "more.py").write_text('_("Brand new")', encoding="utf-8")
    before = po(project).read_bytes()
    assert check(project) == [
        "it is not up to date: run manage.py messages.",
        "“Brand new” is not translated.",
    ]
    assert po(project).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Hello there", "", "“Hello there” is not translated."),
        ("%(number)s file", "", "“%(number)s file” is not translated."),
        (
            "100 %% of %(town)s is ours.",
            "Hela %(stad)s är vårt.",
            "“100 %% of %(town)s is ours.” and its translation differ in their placeholders.",
        ),
        (
            "%(number)s file",
            "En fil",
            "“%(number)s file” and its translation differ in their placeholders.",
        ),
    ],
)
def test_a_missing_or_wrong_translation_fails_the_check(project, text, translation, fault):
    call_command("messages")
    translate(project, **{text: translation})
    assert check(project) == [fault]


def test_a_fuzzy_translation_fails_the_check(project):
    call_command("messages")
    translate(project)
    text = po(project).read_text(encoding="utf-8")
    po(project).write_text(text.replace('msgid "Later"', '#, fuzzy\nmsgid "Later"'), encoding="utf-8")
    assert check(project) == ["“Later” is fuzzy."]


def test_a_catalogue_that_is_not_there_fails_the_check(project):
    assert check(project)[0] == "it is not up to date: run manage.py messages."


def test_english_needs_no_catalogue_and_never_falls_back_to_swedish():
    with translation.override("en"):
        assert translation.gettext("Draft") == "Draft"
    assert translation.check_for_language("en")

"""That `docs/accessibility.md` names every criterion once, and no test that isn't there."""

from __future__ import annotations

import re

from django.conf import settings

CRITERIA = {
    "A": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3 "
    "2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.2",
    "AA": "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 2.5.8 "
    "3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
}
DOCUMENT = (settings.BASE_DIR / "docs" / "accessibility.md").read_text(encoding="utf-8")


def test_all_55_criteria_are_there_once_with_their_level():
    rows = re.findall(r"^\| (\d\.\d\.\d+) [^|]+ \| (A+) \| [^|]+ \| [^|]+ \|$", DOCUMENT, re.MULTILINE)
    expected = [(number, level) for level, numbers in CRITERIA.items() for number in numbers.split()]
    assert sorted(rows) == sorted(expected)
    assert len(rows) == 55


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", DOCUMENT)
    assert len(named) > 20
    for path, name in named:
        source = (settings.BASE_DIR / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in source, f"{path}::{name}"

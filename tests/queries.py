"""How many statements something costs the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")
"""What only opens and closes a transaction; a test adds some of its own."""


@contextmanager
def asked(number: int) -> Iterator[None]:
    """The block makes exactly `number` statements, besides those that frame a transaction."""
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured if not query["sql"].startswith(FRAME)]
    assert len(statements) == number, "\n".join(sql[:160] for sql in statements)

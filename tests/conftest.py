import pytest
from django.db import connection

from applications import protection

from .cases import Cast, make_cast


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def transactional_db(django_db_serialized_rollback, transactional_db):
    """Emptying the tables after such a test is just what the triggers refuse: they step aside for it."""
    protection.lay(connection)
    yield
    protection.lift(connection)

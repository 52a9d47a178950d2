import pytest
from django.conf import settings as django_settings
from django.db import connection

from applications import protection

from .cases import Cast, make_cast


def pytest_sessionstart() -> None:
    """The pages are read in Swedish, too."""
    if not list(django_settings.BASE_DIR.glob("locale/sv/LC_MESSAGES/django.mo")):
        pytest.exit("Compile the translations first: QM_DEBUG=1 python manage.py messages --compile", 2)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Each test keeps its files in a folder of its own."""
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "location": tmp_path / "files"}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
    return tmp_path / "files"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """What `serialized_rollback` puts back has the published questions in it: the triggers step aside."""
    restore = connection.creation.deserialize_db_from_string

    def restore_unprotected(data: str) -> None:
        protection.lift(connection)
        restore(data)
        protection.lay(connection)

    connection.creation.deserialize_db_from_string = restore_unprotected


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def transactional_db(transactional_db):
    """Emptying the tables after such a test is just what the triggers refuse: they step aside for it."""
    protection.lay(connection)
    yield
    protection.lift(connection)

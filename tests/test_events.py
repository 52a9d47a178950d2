"""The chained log."""

import pytest
from django.db import connection

from applications import events, protection
from applications.models import Event, Status

from .cases import make_application

pytestmark = pytest.mark.django_db


def test_each_event_follows_the_one_before(cast):
    application = make_application(cast, Status.APPROVED)
    chain = list(application.event_set.order_by("sequence"))
    assert [event.sequence for event in chain] == list(range(1, len(chain) + 1))
    assert [event.previous for event in chain] == ["", *(event.sha256 for event in chain[:-1])]
    assert list(events.faults(application)) == []


@pytest.fixture
def unprotected(db):
    """A database whose owner has taken the triggers away, as somebody who means to cheat might."""
    protection.lift(connection)
    yield
    protection.lay(connection)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"kind": "withdrawn"}, ["event 3 has been altered"]),
        ({"data": {"forged": True}}, ["event 3 has been altered"]),
        ({"actor": None}, ["event 3 has been altered"]),
        ({"previous": "0" * 64}, ["event 3 does not follow", "event 3 has been altered"]),
        ({"sha256": "0" * 64}, ["event 3 has been altered", "event 4 does not follow"]),
    ],
)
def test_an_altered_event_is_found(cast, unprotected, change, found):
    application = make_application(cast, Status.SUBMITTED)
    Event.objects.filter(application=application, sequence=3).update(**change)
    faults = list(events.faults(application))
    assert len(faults) == len(found)
    assert all(part in fault for part, fault in zip(found, faults, strict=True))


def test_a_removed_event_is_found(cast, unprotected):
    application = make_application(cast, Status.SUBMITTED)
    Event.objects.filter(application=application, sequence=2).delete()
    assert list(events.faults(application)) == [f"{application.reference}: event 2 is missing."]


def test_the_log_holds_no_personal_data(cast):
    make_application(cast, Status.APPROVED)
    for event in Event.objects.all():
        assert "@" not in str(event.data)
        assert "protokoll" not in str(event.data)

"""Every move of the state table: who may make it, what must hold, and what it leaves behind."""

import pytest

from applications.models import Application, Status

from .cases import make_application

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached(cast, status):
    application = make_application(cast, status)
    assert Application.objects.get().status == status
    moves = [event.data["to"] for event in application.event_set.order_by("sequence") if "to" in event.data]
    assert (moves or ["draft"])[-1] == status

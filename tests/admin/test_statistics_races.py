"""Decisions while others read the statistics: real threads, real connections, real commits."""

from __future__ import annotations

import threading

import pytest

from applications import figures, workflow
from applications.models import Application, Decision, Status

from ..cases import make_application, make_cast
from ..test_races import at_once, refusals
from .test_statistics import remembering  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def test_what_is_kept_is_never_older_than_the_last_decision(cast, remembering):  # noqa: F811
    cases = [make_application(cast, Status.READY_FOR_DECISION, area=f"Ort {number}") for number in range(6)]
    still_deciding = threading.Semaphore(0)

    def decide(number: int) -> list[int]:
        """Decide a third of the cases; how many the statistics had right after each."""
        found = []
        for case in cases[number::3]:
            workflow.decide(case, cast.beata, Decision.Outcome.APPROVED, "Well done.")
            found.append(sum(row["approved"] for row in figures.statistics()["decisions"]))
        still_deciding.release()
        return found

    def read() -> None:
        for _round in range(3):
            while not still_deciding.acquire(timeout=0.01):
                figures.statistics()

    outcomes = at_once(*(lambda number=number: decide(number) for number in range(3)), read)
    assert refusals(outcomes) == []
    # One's own are there at once, whatever the others have done meanwhile.
    assert [[count >= own for own, count in enumerate(found, 1)] for found in outcomes[:3]] == [
        [True] * 2
    ] * 3
    assert figures.statistics() == figures.count_statistics()
    assert figures.statistics()["decisions"][0]["approved"] == 6
    assert Application.objects.in_status(Status.APPROVED).count() == 6

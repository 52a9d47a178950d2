"""What happened in ten years at an association with many cases: which town centre applied when, and how it ended. A
plan without rows; `many` makes them. The same size and day give the same plan, whatever else there is."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from applications.models import OPEN, Certificate, Status

if TYPE_CHECKING:
    from .telling.base import Teller

YEARS = 10
ALIKE = 14
"""So many open cases of each status are the same whatever the size, and all there are of a hundred."""
ALONE = 5
"""The town centres of the first organisation, each with one case whatever the size."""
VALID_MONTHS = 36


class Step(enum.Enum):
    """What happens in a case, and how many days after the step before: at least and at most."""

    WRITTEN = (8, 30)
    SUBMITTED = (1, 14)
    ASSIGNED = (2, 10)
    DECLARED = (1, 4)
    ASKED = (4, 14)
    COMPLETED = (7, 26)
    REVIEWED = (5, 30)
    DECIDED = (2, 20)
    LEFT = (1, 20.5)
    """The applicant takes the application back."""
    LAPSED = (396, 400)


START = (Step.WRITTEN, Step.SUBMITTED)
TAKEN_UP = (*START, Step.ASSIGNED, Step.DECLARED)
COMPLETED = (*TAKEN_UP, Step.ASKED, Step.COMPLETED)
WAYS: dict[Status, tuple[tuple[Step, ...], ...]] = {
    Status.DRAFT: ((Step.WRITTEN,),),
    Status.SUBMITTED: (START,),
    Status.IN_REVIEW: (TAKEN_UP, TAKEN_UP, COMPLETED),
    Status.COMPLETION_REQUESTED: ((*TAKEN_UP, Step.ASKED),),
    Status.READY_FOR_DECISION: ((*TAKEN_UP, Step.REVIEWED), (*COMPLETED, Step.REVIEWED)),
    Status.WITHDRAWN: tuple((*way, Step.LEFT) for way in (START[:1], START, TAKEN_UP)),
    Status.LAPSED: ((Step.WRITTEN, Step.LAPSED), (*TAKEN_UP, Step.ASKED, Step.LAPSED)),
}
WAYS[Status.APPROVED] = WAYS[Status.DECLINED] = tuple(
    (*way, Step.DECIDED) for way in (*WAYS[Status.READY_FOR_DECISION][:1] * 3, (*COMPLETED, Step.REVIEWED))
)
ENDINGS = {Status.APPROVED: 62, Status.DECLINED: 24, Status.WITHDRAWN: 8, Status.LAPSED: 6}


@dataclass(eq=False)
class Case:
    """One application: what it ends with (or has come to), and when each step was. `before` is the case whose
    certificate it renews, and `index` tells open cases of one status apart."""

    place: int
    generation: int
    ending: Status
    begun: datetime.datetime
    steps: list[tuple[Step, datetime.datetime]]
    before: Case | None = None
    index: int | None = None
    organisation: int = 0
    reference: str = ""
    number: str = ""
    """The certificate's, where there is one."""
    superseded: bool = False
    told: Teller = field(init=False)
    """What has been made of it, by `telling`."""

    @property
    def name(self) -> str:
        """Says which case it is, alike at every size for those that are alike."""
        where = f"{self.ending}-{self.index}" if self.index is not None else f"{self.place}-{self.generation}"
        return f"case-{where}"

    @property
    def is_approved(self) -> bool:
        return self.ending == Status.APPROVED

    @property
    def ended(self) -> datetime.datetime:
        return self.steps[-1][1]

    @property
    def issued_on(self) -> datetime.date:
        """The day of the decision."""
        return timezone.localdate(self.ended)

    @property
    def valid_through(self) -> datetime.date:
        """The last day of its certificate, as `workflow` reckons it."""
        runs_from = max(self.issued_on, self.before.valid_through) if self.before else self.issued_on
        return runs_from + relativedelta(months=VALID_MONTHS)

    @property
    def renewable_from(self) -> datetime.date:
        return self.valid_through - relativedelta(months=Certificate.RENEWAL_MONTHS)


def plan(size: int, now: datetime.datetime, open_each: int | None = None) -> list[Case]:
    """`size` cases, each after the one that it renews. `open_each` of them are in each status that is open; one in a
    hundred unless something else is said."""
    each = min(open_each or max(ALIKE, size // 100), max(1, size // 7))
    cases: list[Case] = []
    place = ALONE
    for status in OPEN:
        for index in range(each):
            cases += _open(place, status, index, now)
            place += 1
    alone = 0
    while len(cases) < size:
        if alone < ALONE:
            cases += list(_past(alone, now))[:1]
            alone += 1
        else:
            cases += list(_past(place, now))[: size - len(cases)]
            place += 1
    for case in cases[:size]:
        case.organisation = 0 if case.place < ALONE else case.place // ALONE
        if case.before and case.is_approved:
            case.before.superseded = True
    return sorted(cases[:size], key=lambda case: (case.generation, case.begun))


def _open(place: int, status: Status, index: int, now: datetime.datetime) -> list[Case]:
    """An open case, and what went before it in its town centre."""
    chance = Random(f"open-{status}-{index}")  # noqa: S311 (nothing secret is made of it)
    way = WAYS[status][index % len(WAYS[status])]
    steps = _steps(chance, way, now)
    back = steps[-1][1] - now + datetime.timedelta(days=chance.uniform(1, 40))
    steps = [(step, at - back) for step, at in steps]
    begun = now - back
    past = list(_past(place, begun)) if index >= ALIKE else []
    while past and past[-1].is_approved and past[-1].renewable_from > timezone.localdate(begun):
        past.pop()
    before = next((case for case in reversed(past) if case.is_approved), None)
    return [*past, Case(place, len(past), status, begun, steps, before, index)]


def _past(place: int, until: datetime.datetime) -> Iterator[Case]:
    """The closed cases of a town centre, one after the other, as far as they ended before `until`. There is one at
    least."""
    chance = Random(f"past-{place}")  # noqa: S311
    begun = until - datetime.timedelta(days=chance.uniform(620, 365 * YEARS))
    before = None
    generation = 0
    while True:
        ending = chance.choices(list(ENDINGS), list(ENDINGS.values()))[0]
        case = Case(
            place, generation, ending, begun, _steps(chance, chance.choice(WAYS[ending]), begun), before
        )
        if case.ended >= until:
            return
        yield case
        generation += 1
        begun = case.ended + datetime.timedelta(days=chance.uniform(30, 300))
        if ending == Status.APPROVED:
            before = case
        if before:
            wait = before.renewable_from - timezone.localdate(begun)
            begun += max(wait, datetime.timedelta()) + datetime.timedelta(days=chance.uniform(1, 200))


def _steps(
    chance: Random, way: tuple[Step, ...], begun: datetime.datetime
) -> list[tuple[Step, datetime.datetime]]:
    steps = []
    at = begun
    for step in way:
        at += datetime.timedelta(days=chance.uniform(*step.value))
        steps.append((step, at))
    return steps

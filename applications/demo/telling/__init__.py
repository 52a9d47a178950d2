"""One case of `history` told in rows: what each step leaves behind, as the doors in `workflow` leave it."""

from __future__ import annotations

import datetime

from applications import clock
from applications.models import Status

from .base import Applicant, Rows, World
from .deciding import Deciding

__all__ = ["Applicant", "CaseTeller", "Rows", "World"]


class CaseTeller(Deciding):
    """Tells one case, from its beginning to where it has come."""

    def tell(self) -> None:
        """Make all rows of the case."""
        with clock.at(self.case.begun):
            self._start()
        for step, at in self.case.steps:
            with clock.at(at):
                getattr(self, f"_{step.name.lower()}")()
        if self.case.ending == Status.IN_REVIEW:
            with clock.at(self.case.ended + datetime.timedelta(hours=12)):
                self._begin_reviews()
        for judging in self.judging:
            self._keep(judging)

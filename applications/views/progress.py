"""How far an application has come, as the applicant may see it: the parts to write, what has happened, and what
comes next and when."""

from __future__ import annotations

import datetime
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications import clock, reading, timing
from applications.models import Answer, Application, CompletionPoint, Event, Status
from members.models import User


class State(models.TextChoices):
    """Where one part of the application stands. The value is its tone in the style sheet."""

    DONE = "ok", gettext_lazy("Done")
    STARTED = "started", gettext_lazy("Started")
    TO_CONFIRM = "confirm", gettext_lazy("To be confirmed")
    NOT_STARTED = "quiet", gettext_lazy("Not started")
    TO_COMPLETE = "wait", gettext_lazy("To be completed")
    LOCKED = "locked", gettext_lazy("Locked")
    OPTIONAL = "optional", gettext_lazy("Optional")


@dataclass(frozen=True)
class Part:
    """A row of the task list. `number` is the question's, or None. What `is_optional` hinders no submission.
    `handed_to` has been asked to answer."""

    title: str
    url: str
    state: State
    number: int | None = None
    is_optional: bool = False
    handed_to: User | None = None

    @property
    def is_done(self) -> bool:
        return self.state is State.DONE

    @property
    def is_open(self) -> bool:
        """Whether the applicant may change it now."""
        return self.state is not State.LOCKED


def points(application: Application) -> dict[int, CompletionPoint]:
    """What the applicant is asked to complete now, by the key of the question."""
    request = application.open_completion
    return {point.question_id: point for point in request.points.all()} if request else {}


def parts(application: Application) -> list[Part]:
    """The parts of an application that is with the applicant, in the order they are written."""
    reference = application.reference
    wanted = points(application) if application.state == Status.COMPLETION_REQUESTED else None
    facts = State.DONE if application.spokesperson else State.NOT_STARTED
    return [
        Part(
            _("About the application"),
            reverse("facts", args=[reference]),
            facts if wanted is None else State.LOCKED,
        ),
        *(_renewal_parts(application, wanted is not None) if application.is_renewal else []),
        *question_parts(application, wanted),
        Part(
            _("Co-applicants and support"),
            reverse("team", args=[reference]),
            _support(application),
            is_optional=True,
        ),
        Part(_("Declaration and submission"), reverse("check", args=[reference]), State.NOT_STARTED),
    ]


def question_parts(application: Application, wanted: dict[int, CompletionPoint] | None = None) -> list[Part]:
    """The questions, each with how far it has come. `wanted` has the points of a completion."""
    attached = reading.attached_to(application)
    former = reading.former_answers(application)
    return [
        Part(
            answer.question.heading,
            reverse("question", args=[application.reference, answer.question.number]),
            state_of(answer, attached, wanted, former.get(answer.question.number)),
            answer.question.number,
            handed_to=answer.handed_to,
        )
        for answer in application.answer_set.select_related("question", "handed_to")
    ]


def _renewal_parts(application: Application, is_locked: bool) -> list[Part]:
    """What only a renewal has: the last decision's recommendations, and the files that can be carried over."""
    reference = application.reference
    texts = list(application.recommendation_answers.values_list("text", flat=True))
    found = []
    if texts:
        state = State.DONE if all(texts) else State.STARTED if any(texts) else State.NOT_STARTED
        found.append(
            Part(
                _("Recommendations from the last decision"),
                reverse("recommendations", args=[reference]),
                State.LOCKED if is_locked else state,
            )
        )
    if not is_locked:
        url = reverse("carry_over", args=[reference])
        found.append(Part(_("Evidence from last time"), url, State.OPTIONAL, is_optional=True))
    return found


def _support(application: Application) -> State:
    """Whether there are co-applicants, and all of them stand behind the application."""
    endorsements = application.co_applicants.filter(withdrawn_at=None).values_list("endorsed_at", flat=True)
    if not endorsements:
        return State.OPTIONAL
    return State.DONE if all(endorsements) else State.STARTED


def state_of(
    answer: Answer,
    attached: Set[int],
    wanted: dict[int, CompletionPoint] | None,
    former: dict[str, Any] | None = None,
) -> State:
    """`wanted` has the points of a completion; None in a draft, where everything is open. `former` is what a
    renewal has from last time."""
    question = answer.question
    if wanted is not None and question.pk not in wanted:
        return State.LOCKED
    is_whole = not reading.answer_gaps(question, answer, attached) and not reading.change_gap(answer, former)
    if answer.application.is_diagnosis:
        is_whole = answer.rating is not None  # Nobody reads the rest but those who want to write it.
    if wanted is not None:
        return State.DONE if is_whole and wanted[question.pk].answered_at else State.TO_COMPLETE
    if is_whole:
        return State.DONE
    if reading.change_gap(answer, former):
        return State.TO_CONFIRM
    return State.STARTED if question.pk in attached or answer.is_begun else State.NOT_STARTED


# What the applicant may know of the log. Who reviews, conflicts of interest and how many reviews are in stay
# with the association.
HAPPENINGS = {
    Event.Kind.STARTED: gettext_lazy("You started the application"),
    Event.Kind.TURNED_INTO_APPLICATION: gettext_lazy("You turned the self-diagnosis into an application"),
    Event.Kind.SUBMITTED: gettext_lazy("You submitted the application"),
    Event.Kind.REVIEW_STARTED: gettext_lazy("The review began"),
    Event.Kind.COMPLETION_REQUESTED: gettext_lazy("You were asked to complete the application"),
    Event.Kind.COMPLETION_EXTENDED: gettext_lazy("You got more time to complete"),
    Event.Kind.RESUBMITTED: gettext_lazy("You submitted the completed application"),
    Event.Kind.APPROVED: gettext_lazy("The application was approved"),
    Event.Kind.DECLINED: gettext_lazy("The application was not yet approved"),
    Event.Kind.APPEALED: gettext_lazy("You appealed the decision"),
    Event.Kind.APPEAL_DISMISSED: gettext_lazy("Your appeal was dismissed and the decision stands"),
    Event.Kind.APPEAL_UPHELD: gettext_lazy("Your appeal was upheld and the application is reviewed anew"),
    Event.Kind.CERTIFICATE_RENDERED: gettext_lazy("The certificate was ready"),
    Event.Kind.CERTIFICATE_SUSPENDED: gettext_lazy("The certificate was suspended"),
    Event.Kind.CERTIFICATE_RESUMED: gettext_lazy("The certificate became valid again"),
    Event.Kind.CERTIFICATE_REVOKED: gettext_lazy("The certificate was revoked"),
    Event.Kind.CERTIFICATE_SUPERSEDED: gettext_lazy("The certificate was replaced by its renewal"),
    Event.Kind.WITHDRAWN: gettext_lazy("You withdrew the application"),
    Event.Kind.LAPSED: gettext_lazy("The application lapsed"),
}


@dataclass(frozen=True)
class Happening:
    """A line of the applicant's timeline. `submission` is the number of the one handed in then, or None;
    `questions` are those that were to be completed, or are."""

    event: Event
    label: str
    submission: int | None
    questions: Sequence[int] = ()


def events_of(application: Application) -> list[Event]:
    """What has happened and the applicant may know of, oldest first."""
    return list(application.event_set.filter(kind__in=HAPPENINGS).order_by("sequence"))


def timeline(events: Sequence[Event]) -> list[Happening]:
    """What has happened in words, without names."""
    handed_in = (Event.Kind.SUBMITTED, Event.Kind.RESUBMITTED)
    asked: Sequence[int] = ()
    found = []
    for event in events:
        if event.kind == Event.Kind.COMPLETION_REQUESTED:
            asked = event.data["questions"]
        concerns_points = event.kind in (Event.Kind.COMPLETION_REQUESTED, Event.Kind.RESUBMITTED)
        found.append(
            Happening(
                event,
                str(HAPPENINGS[Event.Kind(event.kind)]),
                event.data.get("submission") if event.kind in handed_in else None,
                asked if concerns_points else (),
            )
        )
    return found


# --- What comes -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Outlook:
    """What happens with a submitted application now, what the applicant does (as a rule nothing), the day before
    which a decision can be expected, whether that has passed, and what comes after."""

    now: str
    todo: str
    by: datetime.date
    is_late: bool
    ahead: Sequence[str]


def outlook(application: Application, events: Sequence[Event]) -> Outlook | None:
    """None unless the application is with the association."""
    state = application.state
    if not state.is_open or state.is_with_applicant:
        return None
    today = clock.today()
    by = expected_by(events, application.questionnaire.handling_weeks, today)
    reviewing = _reviewing(application.questionnaire.reviews_required)
    ahead = [
        reviewing,
        _("A decision is made by somebody who has not reviewed."),
        _("You read the decision here."),
    ]
    now = {
        Status.SUBMITTED: _("We have received the application. Advisors are appointed now."),
        Status.IN_REVIEW: reviewing,
        Status.READY_FOR_DECISION: _("The review is finished. A decision is being made."),
    }
    reached = {Status.SUBMITTED: 0, Status.IN_REVIEW: 1, Status.READY_FOR_DECISION: 2}
    todo = _(
        "You don't need to do anything. We write by e-mail when something happens or we need something from you."
    )
    return Outlook(now[state], todo, by, today >= by, ahead[reached[state] :])


def _reviewing(count: int) -> str:
    """The number that the questionnaire names: how many there really are is the association's own."""
    sentence = ngettext(
        "%(number)s advisor reviews.", "%(number)s advisors review, each by themselves.", count
    )
    return capfirst(sentence % {"number": apnumber(count)})


def expected_by(events: Sequence[Event], weeks: int, today: datetime.date) -> datetime.date:
    """The day before which a decision can be expected, counted from the submission, or from an appeal that was
    upheld since. What the case lay with the applicant for completion comes on top."""
    begun = today
    pauses: list[timing.Pause] = []
    paused: datetime.date | None = None
    for event in events:
        day = timezone.localdate(event.at)
        if event.kind in (Event.Kind.SUBMITTED, Event.Kind.APPEAL_UPHELD):
            begun, pauses, paused = day, [], None
        elif event.kind == Event.Kind.COMPLETION_REQUESTED:
            paused = day
        elif event.kind == Event.Kind.RESUBMITTED and paused:
            pauses.append((paused, day))
            paused = None
    return timing.answer_by(begun, weeks, [*pauses, (paused, today)] if paused else pauses)

"""How far an application has come, as the applicant may see it: the parts to write, and what has happened."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications import reading
from applications.models import Answer, Application, CompletionPoint, Event, Question, Status


class State(models.TextChoices):
    """Where one part of the application stands. The value is its tone in the style sheet."""

    DONE = "ok", gettext_lazy("Done")
    STARTED = "started", gettext_lazy("Started")
    NOT_STARTED = "quiet", gettext_lazy("Not started")
    TO_COMPLETE = "wait", gettext_lazy("To be completed")
    LOCKED = "locked", gettext_lazy("Locked")


@dataclass(frozen=True)
class Part:
    """A row of the task list. `number` is the question's, or None."""

    title: str
    url: str
    state: State
    number: int | None = None

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
    answers = {answer.question_id: answer for answer in application.answer_set.all()}
    attached = set(application.evidence.present().values_list("question_id", flat=True))
    wanted = points(application) if application.state == Status.COMPLETION_REQUESTED else None
    facts = State.DONE if application.spokesperson else State.NOT_STARTED
    return [
        Part(
            _("About the application"),
            reverse("facts", args=[reference]),
            facts if wanted is None else State.LOCKED,
        ),
        *(
            Part(
                question.heading,
                reverse("question", args=[reference, question.number]),
                _state(question, answers.get(question.pk), attached, wanted),
                question.number,
            )
            for question in application.questionnaire.question_set.all()
        ),
        Part(_("Declaration and submission"), reverse("check", args=[reference]), State.NOT_STARTED),
    ]


def _state(
    question: Question,
    answer: Answer | None,
    attached: Set[int],
    wanted: dict[int, CompletionPoint] | None,
) -> State:
    """`wanted` has the points of a completion; None in a draft, where everything is open."""
    if wanted is not None and question.pk not in wanted:
        return State.LOCKED
    is_whole = not reading.answer_gaps(question, answer, attached)
    if wanted is not None:
        return State.DONE if is_whole and wanted[question.pk].answered_at else State.TO_COMPLETE
    if is_whole:
        return State.DONE
    has_something = question.pk in attached or (
        answer is not None and bool(answer.text or answer.rating is not None)
    )
    return State.STARTED if has_something else State.NOT_STARTED


# What the applicant may know of the log. Who reviews, conflicts of interest and how many reviews are in stay
# with the association.
HAPPENINGS = {
    Event.Kind.STARTED: gettext_lazy("You started the application"),
    Event.Kind.SUBMITTED: gettext_lazy("You submitted the application"),
    Event.Kind.REVIEW_STARTED: gettext_lazy("The review began"),
    Event.Kind.COMPLETION_REQUESTED: gettext_lazy("You were asked to complete the application"),
    Event.Kind.RESUBMITTED: gettext_lazy("You submitted the completed application"),
    Event.Kind.APPROVED: gettext_lazy("The application was approved"),
    Event.Kind.DECLINED: gettext_lazy("The application was not yet approved"),
    Event.Kind.APPEAL_UPHELD: gettext_lazy("Your appeal was upheld and the application is reviewed anew"),
    Event.Kind.CERTIFICATE_RENDERED: gettext_lazy("The certificate was ready"),
    Event.Kind.CERTIFICATE_SUSPENDED: gettext_lazy("The certificate was suspended"),
    Event.Kind.CERTIFICATE_RESUMED: gettext_lazy("The certificate became valid again"),
    Event.Kind.CERTIFICATE_REVOKED: gettext_lazy("The certificate was revoked"),
    Event.Kind.WITHDRAWN: gettext_lazy("You withdrew the application"),
    Event.Kind.LAPSED: gettext_lazy("The application lapsed"),
}


@dataclass(frozen=True)
class Happening:
    """A line of the applicant's timeline. `submission` is the number of the one handed in then, or None."""

    event: Event
    label: str
    submission: int | None


def timeline(application: Application) -> list[Happening]:
    """What has happened, oldest first, without names."""
    events = application.event_set.filter(kind__in=HAPPENINGS).order_by("sequence")
    handed_in = (Event.Kind.SUBMITTED, Event.Kind.RESUBMITTED)
    return [
        Happening(
            event,
            str(HAPPENINGS[Event.Kind(event.kind)]),
            event.data.get("submission") if event.kind in handed_in else None,
        )
        for event in events
    ]

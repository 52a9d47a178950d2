"""The advisors send a case back to be completed, point by point, and give more time for it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions
from ..doors import NotReady, allow, door, expect, mail_later
from ..events import record
from ..models import Application, CompletionPoint, CompletionRequest, Event, Question, Status
from .moves import move


@door
def request_completion(
    application: Application, actor: User, points: Mapping[Question, str], due_on: datetime.date
) -> CompletionRequest:
    """Send the application back with what is to be completed, question by question."""
    expect(application, Status.IN_REVIEW)
    allow(permissions.can_request_completion(actor, application))
    points = {question: text.strip() for question, text in points.items() if text.strip()}
    if not points:
        raise NotReady(_("Write what is to be completed on at least one question."))
    if due_on <= clock.today():
        raise NotReady(_("Choose a day after today."))
    request = CompletionRequest.objects.create(
        application=application, requested_by=actor, requested_at=clock.now(), due_on=due_on
    )
    CompletionPoint.objects.bulk_create(
        CompletionPoint(request=request, question=question, text=text) for question, text in points.items()
    )
    move(
        application,
        Status.COMPLETION_REQUESTED,
        Event.Kind.COMPLETION_REQUESTED,
        actor,
        {"questions": sorted(question.number for question in points), "due": due_on.isoformat()},
        reminded_at=None,
    )
    mail_later("completion_requested", request.pk)
    return request


@door
def extend_completion(
    application: Application, actor: User, due_on: datetime.date, reason: str
) -> CompletionRequest:
    """Give the applicant more time to complete: a later day than before, and one that is still to come."""
    expect(application, Status.COMPLETION_REQUESTED)
    allow(permissions.can_extend_completion(actor, application))
    request = application.open_completion
    if due_on <= max(request.due_on, clock.today()):
        raise NotReady(_("Choose a later day than the one that is set, and after today."))
    if not reason.strip():
        raise NotReady(_("Write why there is more time."))
    data = {"from": request.due_on.isoformat(), "to": due_on.isoformat(), "reason": reason.strip()}
    # The applicant is reminded of the new day, too.
    request.due_on, request.reminded_at = due_on, None
    request.save(update_fields=["due_on", "reminded_at"])
    record(application, Event.Kind.COMPLETION_EXTENDED, actor, data)
    mail_later("completion_extended", request.pk)
    return request

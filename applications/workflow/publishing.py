"""The association's moves with a questionnaire: a version is copied, published on a day, or taken back before it.
Each is written in the admin's log."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions, versions, wholeness
from ..doors import NotReady, TooLate, allow
from ..models import Question, Questionnaire, RubricLevel

FURTHEST = datetime.timedelta(days=2 * 366)
ATTEMPTS = 10


def numbered(make: Callable[[int], Questionnaire]) -> Questionnaire:
    """What `make` makes with the next free version number. Where somebody takes it at the same moment, the one
    after that."""
    for attempt in range(ATTEMPTS):
        newest = Questionnaire.objects.aggregate(newest=Max("version"))["newest"] or 0
        try:
            with transaction.atomic():
                return make(newest + 1)
        except IntegrityError:
            taken = Questionnaire.objects.filter(version=newest + 1).exists()
            if not taken or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def locked(questionnaire: Questionnaire) -> Questionnaire:
    """The questionnaire as it is now, its row held until the transaction ends: nobody publishes it meanwhile."""
    found = Questionnaire.objects.select_for_update().filter(pk=questionnaire.pk).first()
    if found is None:
        raise TooLate(_("This version has been deleted."))
    return found


@transaction.atomic
def copy(questionnaire: Questionnaire, actor: User) -> Questionnaire:
    """A draft of the next version with all that this one has. Asked twice (a double click) it gives the copy that
    nobody has changed yet. Raises NotAllowed."""
    allow(permissions.can_edit_questionnaires(actor))
    source = locked(questionnaire)
    for other in Questionnaire.objects.filter(copied_from=source, published_at=None):
        if versions.difference(source, other).is_empty:
            return other
    made = numbered(lambda version: _copy(source, version))
    message = _("Copied from version %(version)d.") % {"version": source.version}
    _log(made, actor, message, ADDITION)
    return made


def _copy(source: Questionnaire, version: int) -> Questionnaire:
    questions = list(source.question_set.prefetch_related("rubric"))
    made = Questionnaire.objects.get(pk=source.pk)
    made.pk, made._state.adding = None, True
    made.version, made.published_at, made.revision, made.copied_from = version, None, 0, source
    made.save(force_insert=True)
    for question in questions:
        rubric = list(question.rubric.all())
        # The key comes along: it is still the same question.
        asked = Question.objects.get(pk=question.pk)
        asked.pk, asked._state.adding = None, True
        asked.questionnaire, asked.revision = made, 0
        asked.save(force_insert=True)
        RubricLevel.objects.bulk_create(
            RubricLevel(question=asked, level=level.level, text_sv=level.text_sv, text_en=level.text_en)
            for level in rubric
        )
    return made


@transaction.atomic
def publish(
    questionnaire: Questionnaire, actor: User, on: datetime.date | None = None, seen: str | None = None
) -> Questionnaire:
    """Put a draft in force, now or from the beginning of the day `on`. `seen` is the version's `stamp` as whoever
    publishes has seen it. Raises NotAllowed; NotReady where it isn't whole or the day won't do; TooLate where it
    is published or changed already."""
    allow(permissions.can_edit_questionnaires(actor))
    draft = locked(questionnaire)
    if draft.published_at is not None:
        raise TooLate(_("This version is published already."))
    if seen is not None and seen != draft.stamp:
        raise TooLate(
            _(
                "Somebody has changed the draft since you opened the page. Look at it again before you publish."
            )
        )
    if wholeness.wants(draft):
        raise NotReady(_("The draft isn't whole yet. What is missing is listed."))
    draft.published_at = _moment(on)
    draft.save(update_fields=["published_at"])
    _log(draft, actor, _said(draft))
    return draft


def _moment(on: datetime.date | None) -> datetime.datetime:
    today = clock.today()
    if on is None or on == today:
        return clock.now()
    if on < today:
        raise NotReady(_("That day has been. Choose today or a later day."))
    if on > today + FURTHEST:
        raise NotReady(_("Choose a day within two years."))
    return timezone.make_aware(datetime.datetime.combine(on, datetime.time.min))


def _said(draft: Questionnaire) -> str:
    if draft.is_scheduled:
        return _("Is published on %(day)s.") % {"day": draft.published_day}
    return _("Published.")


@transaction.atomic
def take_back(questionnaire: Questionnaire, actor: User) -> Questionnaire:
    """Make a version whose day hasn't come a draft again. Raises NotAllowed, or TooLate where it has come, or it is
    a draft already."""
    allow(permissions.can_edit_questionnaires(actor))
    scheduled = locked(questionnaire)
    if scheduled.is_published:
        raise TooLate(
            _("This version is in force since %(day)s, and stays published.")
            % {"day": scheduled.published_day}
        )
    if scheduled.published_at is None:
        raise TooLate(_("This version is a draft already."))
    scheduled.published_at = None
    scheduled.save(update_fields=["published_at"])
    _log(scheduled, actor, _("The publication was taken back."))
    return scheduled


def _log(questionnaire: Questionnaire, actor: User, message: str, flag: int = CHANGE) -> None:
    LogEntry.objects.log_actions(actor.pk, [questionnaire], flag, change_message=message, single_object=True)

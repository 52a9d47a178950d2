"""The doors through which an applicant's words and files come in. They leave the status alone; `workflow` moves
that."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Sum
from django.db.models.functions import Coalesce
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from members.models import User

from . import clock, permissions, reading, scanning, screening, tasks, workflow
from . import evidence as checks
from .doors import NotAllowed, NotReady, WorkflowError, allow, door, expect, mail_later
from .events import record
from .models import (
    Answer,
    Application,
    CompletionPoint,
    Event,
    Evidence,
    Question,
    RecommendationAnswer,
    Status,
    capacities,
)

TOUCH_EVERY = datetime.timedelta(minutes=10)
"""How finely it is noted that the applicant is at work. What counts on it counts in days."""
MAX_DESCRIPTION = 200


class Stale(WorkflowError):
    """A colleague has saved another answer since the writer's page was shown. `answer` is what is saved now; the
    writer's own text is in nobody's hands but the caller's."""

    def __init__(self, answer: Answer, writer: User) -> None:
        if answer.updated_by == writer:
            message = _("You have saved another answer in another window. This one is not saved yet.")
        else:
            message = _(
                "%(name)s has saved another answer while you were writing. Yours is not saved yet."
            ) % {"name": answer.updated_by}
        super().__init__(message)
        self.answer = answer


# --- What every one of them shares -----------------------------------------------------------------------
def _edit(application: Application, actor: User, question: Question) -> None:
    """Check that `actor` may change what belongs to `question`, and note that the applicant is at work."""
    expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    allow(permissions.can_edit(actor, application))
    if not reading.is_unlocked(application, question):
        raise NotAllowed(_("This question isn't among those you are asked to complete."))
    _touch(application)


def _touch(application: Application) -> None:
    now = clock.now()
    if application.reminded_at or now - application.touched_at > TOUCH_EVERY:
        Application.objects.filter(pk=application.pk).update(touched_at=now, reminded_at=None)


def _mark_completed(application: Application, question: Question) -> None:
    """Something was changed on `question`: where an advisor asked for that, it is now answered."""
    if application.status == Status.COMPLETION_REQUESTED:
        points = CompletionPoint.objects.filter(request__application=application, request__answered_by=None)
        points.filter(question=question, answered_at=None).update(answered_at=clock.now())


# --- Words -----------------------------------------------------------------------------------------------
@door
def save_facts(
    application: Application,
    actor: User,
    *,
    area: str,
    holder: str,
    spokesperson: str,
    spokesperson_title: str,
) -> None:
    """Keep the facts about the application. Only in a draft: the holder and the area don't change later."""
    expect(application, Status.DRAFT)
    allow(permissions.can_edit_facts(actor, application))
    # A renewal is for the town centre that has the certificate.
    area = application.area if application.is_renewal else " ".join(area.split())
    if not application.is_diagnosis:
        other = workflow.under_way(workflow.lock(application.organisation), area)
        if other and other != application:
            raise NotReady(workflow.taken(other))
        workflow.expect_no_appeal(application.organisation, area)
    Application.objects.filter(pk=application.pk).update(
        area=area,
        holder=" ".join(holder.split()),
        spokesperson=spokesperson.strip(),
        spokesperson_title=spokesperson_title.strip(),
    )
    _touch(application)


def save_answer(
    application: Application,
    question: Question,
    actor: User,
    text: str,
    rating: int | None,
    *,
    seen: int | None = None,
    sent: str | None = None,
    changed: bool | None = None,
) -> Answer:
    """Keep an answer, complete or not, and give it back as it is saved now. `seen` is the revision that it was
    written on; None saves whatever there is. `sent` is a text that the writer's page has sent without hearing
    what became of it: where that is what is saved, nobody else was there. Raises Stale where a colleague has
    saved something else since, NotAllowed, or TooLate once the application has been submitted."""
    try:
        return save_answer_to(
            application.reference, question.number, actor, text, rating, seen=seen, sent=sent, changed=changed
        )
    except Answer.DoesNotExist:
        raise NotAllowed(_("You may not do this.")) from None


@transaction.atomic
def save_answer_to(
    reference: str,
    number: int,
    actor: User,
    text: str,
    rating: int | None,
    *,
    seen: int | None = None,
    sent: str | None = None,
    changed: bool | None = None,
) -> Answer:
    """`save_answer` by the application's reference and the question's number, in as few queries as autosave
    needs: two, and one each the first time in a while. Raises Answer.DoesNotExist, too, for whoever has no part
    in the application."""
    answer = _locked_answer(reference, number, actor)
    application = answer.application
    expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    allow(permissions.can_edit(actor, application))
    is_point = application.status == Status.COMPLETION_REQUESTED
    if is_point and not answer.is_wanted:  # type: ignore[attr-defined]
        raise NotAllowed(_("This question isn't among those you are asked to complete."))
    text = text.strip()
    if changed is None:
        changed = answer.changed
    if (answer.text, answer.rating, answer.changed) == (text, rating, changed):
        return answer
    is_own = sent is not None and answer.updated_by == actor and answer.text == sent.strip()
    if answer.revision and seen not in (None, answer.revision) and not is_own:
        raise Stale(answer, actor)
    answer.text, answer.rating, answer.changed = text, rating, changed
    answer.revision += 1
    answer.updated_by, answer.updated_at = actor, clock.now()
    answer.save(update_fields=["text", "rating", "changed", "revision", "updated_by", "updated_at"])
    _touch(application)
    if is_point and not answer.is_marked:  # type: ignore[attr-defined]
        _mark_completed(application, answer.question)
    return answer


def _locked_answer(reference: str, number: int, actor: User) -> Answer:
    """The answer with its application's row locked, and with all that decides whether `actor` may change it."""
    points = CompletionPoint.objects.filter(
        request__application=OuterRef("application"),
        request__answered_by=None,
        question=OuterRef("question"),
    )
    answer = (
        Answer.objects.select_for_update(of=("self", "application"))
        .select_related("application", "question", "updated_by")
        .annotate(
            is_wanted=Exists(points),
            is_marked=Exists(points.filter(answered_at__isnull=False)),
            **capacities(actor, "application__"),
        )
        .get(application__reference=reference, question__number=number)
    )
    permissions.remember_capacity(actor, answer.application, answer.affiliated_as, answer.is_co_applicant)
    if not permissions.is_applicant(actor, answer.application):
        raise Answer.DoesNotExist
    return answer


@door
def hand_over(application: Application, question: Question, actor: User, to: User | None) -> None:
    """Ask `to` to answer the question, and tell them by mail; None takes it back. Others may still write it."""
    _edit(application, actor, question)
    allow(permissions.can_edit_facts(actor, application))
    if to is not None and not permissions.can_edit(to, application):
        raise NotReady(_("%(name)s can't write in this application.") % {"name": to})
    answer = Answer.objects.get(application=application, question=question)
    if answer.handed_to == to:
        return
    fields = {"handed_to": to, "handed_by": actor if to else None, "handed_at": clock.now() if to else None}
    Answer.objects.filter(pk=answer.pk).update(**fields)
    record(
        application, Event.Kind.HANDED_OVER, actor, {"question": question.number, "to": to.pk if to else None}
    )
    if to and to != actor and not _told_just_now(application, question, to):
        mail_later("handed_over", answer.pk)


def _told_just_now(application: Application, question: Question, to: User) -> bool:
    """Whether the person got a mail about this question in the last hour: handed over, taken back and handed over
    again is told once."""
    recent = application.event_set.filter(
        kind=Event.Kind.HANDED_OVER, at__gt=clock.now() - datetime.timedelta(hours=1)
    )
    told = recent.filter(data__question=question.number, data__to=to.pk)
    return told.count() > 1  # One of them is this one.


@door
def answer_recommendations(
    application: Application, actor: User, texts: Mapping[int, str], seen: Mapping[int, str]
) -> dict[int, RecommendationAnswer]:
    """Keep what a renewal says of the last decision's recommendations, by their numbers. `seen` has the text that
    each was written over: what a colleague has saved meanwhile stays, and is given back for the writer to choose."""
    expect(application, Status.DRAFT)
    allow(permissions.can_edit(actor, application))
    others = {}
    answers = application.recommendation_answers.select_related("recommendation")
    for answer in answers.filter(recommendation__number__in=texts):
        number = answer.recommendation.number
        text = texts[number].strip()
        if answer.text == text:
            continue
        if answer.text != seen.get(number, answer.text).strip():
            others[number] = answer
            continue
        RecommendationAnswer.objects.filter(pk=answer.pk).update(text=text)
    _touch(application)
    return others


# --- Files -----------------------------------------------------------------------------------------------
def add_evidence(application: Application, question: Question, actor: User, upload: UploadedFile) -> Evidence:
    """Keep a file with an answer. Where the application has the same file already, that one is linked to the
    question and given back. Raises evidence.Rejected for a file that can't be kept, and NotReady where there are
    as many as may be or the question has the same file already (a double click)."""
    return _store(application, actor, upload, lambda item: _keep_evidence(application, item, question, actor))


def replace_evidence(
    application: Application, item: Evidence, question: Question, actor: User, upload: UploadedFile
) -> Evidence:
    """Let another file take the place of `item`, with its description, on every question that may be changed
    now. Raises what `add_evidence` does."""
    return _store(application, actor, upload, lambda new: _swap(application, item, new, question, actor))


def _store(
    application: Application, actor: User, upload: UploadedFile, keep: Callable[[Evidence], Evidence]
) -> Evidence:
    """Read, judge and store the file before the transaction, which should hold its lock for as short as it can.
    What `keep` doesn't give back is taken away again."""
    expect(application, Status.DRAFT, Status.COMPLETION_REQUESTED)
    allow(permissions.can_edit(actor, application))
    found = checks.inspect(upload)
    item = Evidence(
        application=application,
        name=found.name,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        scan=Evidence.Scan.WAITING if scanning.is_on() else Evidence.Scan.NONE,
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    item.file.save(found.name, upload, save=False)
    kept = None
    try:
        kept = keep(item)
    finally:
        if kept is not item:
            item.file.delete(save=False)
    return kept


@door
def _keep_evidence(application: Application, item: Evidence, question: Question, actor: User) -> Evidence:
    _edit(application, actor, question)
    same = application.evidence.present().filter(sha256=item.sha256).first()
    if same is None:
        _make_room(application, item)
        _insert(application, item, actor, [question])
    elif same.questions.filter(pk=question.pk).exists():
        raise NotReady(_("It is the same file as “%(name)s”, which is here already.") % {"name": same.name})
    else:
        same.questions.add(question)
    _mark_completed(application, question)
    return same or item


@door
def _swap(
    application: Application, item: Evidence, new: Evidence, question: Question, actor: User
) -> Evidence:
    _edit(application, actor, question)
    item = _held(application, item, question)
    if new.sha256 == item.sha256:
        raise NotReady(_("It is the same file as “%(name)s”, which is here already.") % {"name": item.name})
    questions = [each for each in item.questions.all() if reading.is_unlocked(application, each)]
    same = application.evidence.present().filter(sha256=new.sha256).first()
    if same is None:
        new.description = item.description
        _make_room(application, new, instead_of=item)
        _insert(application, new, actor, questions)
    else:
        same.questions.add(*questions)
    _take_away(application, item, questions, actor)
    for each in questions:
        _mark_completed(application, each)
    return same or new


@door
def describe_evidence(
    application: Application, item: Evidence, question: Question, actor: User, description: str
) -> None:
    """Say what the file is. Raises NotReady for more than MAX_DESCRIPTION characters, NotAllowed where a question
    that is locked has the file, too."""
    _edit(application, actor, question)
    item = _held(application, item, question)
    description = checks.clean_line(description)
    if description == item.description:
        return
    if locked := [each.number for each in item.questions.all() if not reading.is_unlocked(application, each)]:
        raise NotAllowed(
            _("The file also supports question %(number)s, which is locked.") % {"number": locked[0]}
        )
    if len(description) > MAX_DESCRIPTION:
        raise NotReady(
            _("Shorten the description to at most %(number)s characters.") % {"number": MAX_DESCRIPTION}
        )
    Evidence.objects.filter(pk=item.pk).update(description=description)
    _mark_completed(application, question)


@door
def link_evidence(application: Application, item: Evidence, question: Question, actor: User) -> None:
    """Let a file that the application has support `question`, too."""
    _edit(application, actor, question)
    held = application.evidence.present().filter(pk=item.pk).first()
    if held is None:
        raise NotReady(_("Somebody has removed the file meanwhile."))
    held.questions.add(question)
    _mark_completed(application, question)


@door
def relink_evidence(
    application: Application,
    item: Evidence,
    question: Question,
    actor: User,
    *,
    add: Collection[int],
    remove: Collection[int],
) -> None:
    """Choose which other questions a file of `question` supports, by what is to change: numbers to `add` and to
    `remove`. A locked question keeps what it has."""
    _edit(application, actor, question)
    item = _held(application, item, question)
    others = application.questionnaire.question_set.exclude(pk=question.pk)
    for other in others.filter(number__in={*add, *remove}):
        if not reading.is_unlocked(application, other):
            raise NotAllowed(_("Question %(number)s is locked.") % {"number": other.number})
        if other.number in add:
            item.questions.add(other)
        else:
            item.questions.remove(other)
        _mark_completed(application, other)


@door
def remove_evidence(application: Application, item: Evidence, question: Question, actor: User) -> None:
    """Take a file away from a question, and altogether when no other question has it. What a submission names
    stays in storage, only out of the applicant's way."""
    _edit(application, actor, question)
    _take_away(application, _held(application, item, question), [question], actor)


def carry_over(application: Application, item: Evidence, actor: User) -> Evidence:
    """Copy a file of the submission that is renewed to the renewal, for the same questions. Where
    it is there already it is linked to them. Raises NotReady or evidence.Rejected where it can't be kept, and
    FileNotFoundError where the storage has lost it."""
    expect(application, Status.DRAFT)
    allow(permissions.can_edit(actor, application))
    numbers = [
        number
        for number, part in reading.former_answers(application).items()
        if any(file["uuid"] == str(item.pk) for file in part["evidence"])
    ]
    copy = Evidence(
        application=application,
        name=item.name,
        description=item.description,
        content_type=item.content_type,
        size=item.size,
        sha256=item.sha256,
        scan=Evidence.Scan.WAITING if scanning.is_on() else Evidence.Scan.NONE,
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    # As for an upload: the bytes before the lock.
    with item.file.open("rb") as source:
        copy.file.save(item.name, source, save=False)
    kept = None
    try:
        kept = _keep_copy(application, copy, numbers, actor)
    finally:
        if kept is not copy:
            copy.file.delete(save=False)
    return kept


@door
def _keep_copy(application: Application, copy: Evidence, numbers: Collection[int], actor: User) -> Evidence:
    questions = list(application.questionnaire.question_set.filter(number__in=numbers))
    if not application.is_renewal or not questions:
        raise NotReady(_("The file doesn't belong to what is renewed."))
    _edit(application, actor, questions[0])
    same = application.evidence.present().filter(sha256=copy.sha256).first()
    if same:
        same.questions.add(*questions)
        return same
    _make_room(application, copy)
    _insert(application, copy, actor, questions)
    return copy


@door
def dismiss_evidence(application: Application, item: Evidence, actor: User) -> None:
    """The uploader has read that a virus was found: say it no more."""
    allow(permissions.is_applicant(actor, application))
    found = application.evidence.filter(pk=item.pk, scan=Evidence.Scan.INFECTED, uploaded_by=actor)
    found.filter(removed_at=None).update(removed_at=clock.now())


def _held(application: Application, item: Evidence, question: Question) -> Evidence:
    """The file as it is now. Raises NotReady where somebody has taken it away from the question meanwhile."""
    held = application.evidence.present().filter(pk=item.pk, questions=question).first()
    if held is None:
        raise NotReady(_("Somebody has removed the file meanwhile."))
    return held


def _make_room(application: Application, item: Evidence, instead_of: Evidence | None = None) -> None:
    """Raises NotReady or evidence.TooLarge where one more file is too much."""
    others = application.evidence.present()
    if instead_of:
        others = others.exclude(pk=instead_of.pk)
    used = others.aggregate(number=Count("pk"), size=Coalesce(Sum("size"), 0))
    if used["number"] >= settings.QM_EVIDENCE_MAX_FILES:
        raise NotReady(
            _("There can be at most %(number)s files. Remove one before you add another.")
            % {"number": settings.QM_EVIDENCE_MAX_FILES}
        )
    if used["size"] + item.size > settings.QM_EVIDENCE_TOTAL_BYTES:
        raise checks.TooLarge(
            _("The application's files may take at most %(limit)s together. Remove or shrink one first.")
            % {"limit": filesizeformat(settings.QM_EVIDENCE_TOTAL_BYTES)}
        )


def _insert(application: Application, item: Evidence, actor: User, questions: Iterable[Question]) -> None:
    item.save(force_insert=True)
    item.questions.set(questions)
    record(application, Event.Kind.EVIDENCE_ADDED, actor, {"uuid": str(item.pk), "sha256": item.sha256})
    if item.scan == Evidence.Scan.WAITING:
        transaction.on_commit(lambda: tasks.scan.enqueue(application.pk))
    else:
        transaction.on_commit(lambda: tasks.shrink.enqueue(str(item.pk)))


def _take_away(application: Application, item: Evidence, questions: Iterable[Question], actor: User) -> None:
    item.questions.remove(*questions)
    if item.questions.exists():
        return
    record(application, Event.Kind.EVIDENCE_REMOVED, actor, {"uuid": str(item.pk), "sha256": item.sha256})
    if item.is_submitted:
        Evidence.objects.filter(pk=item.pk).update(removed_at=clock.now())
        return
    Evidence.objects.filter(pk=item.pk).delete()
    transaction.on_commit(lambda: screening.discard(item))

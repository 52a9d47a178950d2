"""The advisors' moves: a case is assigned, declared free of conflict, and reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.models import User

from .. import clock, permissions, reading, ties
from ..doors import NotAllowed, NotReady, TooLate, WorkflowError, allow, door, expect, mail_later
from ..events import record
from ..hashing import sha256
from ..models import (
    Application,
    Assignment,
    Event,
    Question,
    Review,
    Score,
    Status,
    Submission,
)
from .moves import move


@door
def assign(
    application: Application, advisors: Iterable[User], actor: User, override_reason: str = ""
) -> list[Assignment]:
    """Give the case to `advisors`. The first assignment begins the review. Where something may tie one of them to
    the applicant (`ties`), it takes the right to override and a reason, which are kept."""
    allow(permissions.can_assign(actor, application))
    expect(application, Status.SUBMITTED, Status.IN_REVIEW, Status.COMPLETION_REQUESTED)
    advisors = list(advisors)
    if not advisors:
        raise NotReady(_("Choose at least one advisor."))
    found = ties.soft_ties(advisors, [application])
    made = []
    for advisor in advisors:
        if not permissions.can_be_assigned(advisor, application):
            raise NotAllowed(_("%(name)s can't be given this case.") % {"name": advisor})
        between = found.get((advisor.pk, application.pk), ())
        reason = _override(advisor, between, actor, override_reason.strip())
        assignment = Assignment.objects.create(
            application=application,
            advisor=advisor,
            assigned_by=actor,
            assigned_at=clock.now(),
            override_reason=reason,
        )
        why = {"ties": [tie.value for tie in between], "reason": reason} if between else {}
        record(application, Event.Kind.ASSIGNED, actor, {"advisor": advisor.pk, **why})
        mail_later("assigned", assignment.pk)
        made.append(assignment)
    if application.state == Status.SUBMITTED:
        # The events above say who; this move says when the review began.
        move(application, Status.IN_REVIEW, Event.Kind.REVIEW_STARTED, actor)
    return made


def _override(advisor: User, between: tuple[ties.Tie, ...], actor: User, reason: str) -> str:
    """The reason to keep with the assignment: none where nothing may tie the advisor to the case."""
    if not between:
        return ""
    if not actor.has_perm(permissions.OVERRIDE_TIE):
        what = " ".join(str(tie.words) for tie in between)
        raise NotAllowed(
            _("%(name)s %(tie)s. Only an administrator can assign the case all the same.")
            % {"name": advisor, "tie": what}
        )
    if not reason:
        raise NotReady(_("Write why %(name)s is assigned in spite of the possible tie.") % {"name": advisor})
    return reason


@door
def unassign(application: Application, assignment: Assignment, actor: User, reason: str) -> None:
    """Take an advisor off the case. A review that is in no longer counts; that takes the right to override, and
    sends a case that was ready back to review if it then has too few."""
    assignment = Assignment.objects.select_for_update().select_related("advisor").get(pk=assignment.pk)
    allow(assignment.application_id == application.pk and permissions.can_unassign(actor, assignment))
    expect(application, Status.IN_REVIEW, Status.COMPLETION_REQUESTED, Status.READY_FOR_DECISION)
    if assignment.ended_at or assignment.has_conflict:
        raise TooLate(_("%(name)s no longer has the case.") % {"name": assignment.advisor})
    if not reason.strip():
        raise NotReady(_("Write the reason."))
    if assignment.review_set.submitted().exists():
        allow(
            actor.has_perm(permissions.OVERRIDE_TIE),
            _("The review is in. Only an administrator can take the advisor off the case now."),
        )
    elif application.state == Status.READY_FOR_DECISION:
        raise TooLate(_("All reviews are in. There is nothing left for this advisor to do."))
    Assignment.objects.filter(pk=assignment.pk).update(ended_at=clock.now())
    data = {"advisor": assignment.advisor_id, "reason": reason.strip()}
    record(application, Event.Kind.UNASSIGNED, actor, data)
    mail_later("unassigned", assignment.pk)
    if application.state == Status.READY_FOR_DECISION:
        _back_to_review(application, actor)


def _back_to_review(application: Application, actor: User) -> None:
    counting = Review.objects.counting(application.submission_set.latest("number")).count()
    if counting < application.reviews_required:
        move(application, Status.IN_REVIEW, Event.Kind.REVIEW_STARTED, actor)
        mail_later("advisor_needed", application.pk)


@door
def declare(application: Application, assignment: Assignment, actor: User, has_conflict: bool) -> None:
    """Say whether there is a conflict of interest. Without one the case opens to the advisor; with one it
    closes, now and for good."""
    assignment = Assignment.objects.select_for_update().select_related("application").get(pk=assignment.pk)
    allow(permissions.can_declare(actor, assignment))
    if assignment.has_conflict is False and not has_conflict:
        return
    if assignment.review_set.submitted().exists():
        raise TooLate(_("Your review is already in. Tell the office about the conflict instead."))
    Assignment.objects.filter(pk=assignment.pk).update(has_conflict=has_conflict, declared_at=clock.now())
    assignment.refresh_from_db()
    kind = Event.Kind.CONFLICT if has_conflict else Event.Kind.NO_CONFLICT
    record(application, kind, actor)
    if has_conflict:
        mail_later("conflict", assignment.pk)
    else:
        open_review(assignment, application.submission_set.latest("number"))


def open_review(assignment: Assignment, submission: Submission) -> Review:
    """A draft review of `submission`, with the points and comments of the advisor's last one where there is
    one: only what changed has to be judged anew."""
    earlier = assignment.review_set.exclude(submission=submission).order_by("-submission__number").first()
    review, created = Review.objects.get_or_create(assignment=assignment, submission=submission)
    if created and earlier:
        # What is carried over counts as saved once: a page that has never shown it doesn't overwrite it.
        Review.objects.filter(pk=review.pk).update(
            summary=earlier.summary, revision=1 if earlier.summary else 0
        )
        Score.objects.bulk_create(
            Score(
                review=review,
                question_id=score.question_id,
                points=score.points,
                comment=score.comment,
                note=score.note,
                revision=0 if _says(score, Judgement(None, "")) else 1,
            )
            for score in earlier.scores.all()
        )
    return review


@dataclass(frozen=True)
class Judgement:
    """What an advisor has entered for one question."""

    points: int | None
    comment: str
    note: str = ""


class StaleReview(WorkflowError):
    """The advisor has saved something else in another window since this one was shown. `scores` are those that are
    saved otherwise, by the question's number; `summary` is the saved one where that is it, else None. Nothing of
    what was sent is saved."""

    def __init__(self, scores: Mapping[int, Score], summary: str | None = None) -> None:
        super().__init__(_("You have saved something else in another window. This is not saved yet."))
        self.scores = scores
        self.summary = summary


def _own_draft(application: Application, review: Review, actor: User) -> Review:
    """The review as it stands, where `actor` may change it now."""
    review = Review.objects.select_related("assignment__application", "submission").get(pk=review.pk)
    if review.submitted_at:
        raise TooLate(_("Your review is already in."))
    expect(application, Status.IN_REVIEW)
    allow(permissions.can_review(actor, review))
    if review.submission != application.latest_submission:
        raise TooLate(_("The applicant has handed in a newer version. Review that one."))
    return review


def _says(score: Score, judgement: Judgement) -> bool:
    """Whether the record says what the judgement does."""
    entered = (judgement.points, judgement.comment.strip(), judgement.note.strip())
    return (score.points, score.comment, score.note) == entered


def _put(score: Score, judgement: Judgement) -> bool:
    """Put the judgement into the record. False where that is what it says already."""
    if _says(score, judgement):
        return False
    score.points = judgement.points
    score.comment, score.note = judgement.comment.strip(), judgement.note.strip()
    return True


@door
def save_judgement(
    application: Application,
    review: Review,
    actor: User,
    question: Question,
    judgement: Judgement,
    seen: int | None = None,
    sent: Judgement | None = None,
) -> Score:
    """Keep what is entered for one question, as it is typed. `seen` is the revision that it was written on; None
    saves whatever there is. `sent` is what the same page has sent without hearing what became of it: where that is
    what is saved, no other window was there. Raises StaleReview where the advisor has saved something else since."""
    review = _own_draft(application, review, actor)
    score, _created = Score.objects.get_or_create(review=review, question=question)
    was = score.revision
    saved = Score(points=score.points, comment=score.comment, note=score.note, revision=was)
    if _put(score, judgement):
        is_own = sent is not None and _says(saved, sent)
        if was and seen not in (None, was) and not is_own:
            raise StaleReview({question.number: saved})
        score.revision = was + 1
        score.save(update_fields=["points", "comment", "note", "revision"])
        Review.objects.filter(pk=review.pk).update(saved_at=clock.now())
    return score


@door
def save_summary(
    application: Application,
    review: Review,
    actor: User,
    summary: str,
    seen: int | None = None,
    sent: str | None = None,
) -> Review:
    """Keep the overall comment. `seen` and `sent` as in `save_judgement`."""
    review = _own_draft(application, review, actor)
    if review.summary != summary.strip():
        is_own = sent is not None and sent.strip() == review.summary
        if review.revision and seen not in (None, review.revision) and not is_own:
            raise StaleReview({}, review.summary)
        review.summary, review.revision = summary.strip(), review.revision + 1
        review.save(update_fields=["summary", "revision", "saved_at"])
    return review


@door
def save_review(
    application: Application,
    review: Review,
    actor: User,
    judgements: Mapping[Question, Judgement],
    summary: str,
    seen: Mapping[int, int] | None = None,
) -> Review:
    """Keep the whole review as a draft, or nothing of it. `seen` has the revisions that it was written on, by the
    question's number, with the summary's under 0; None saves whatever there is."""
    review = _own_draft(application, review, actor)
    kept = {score.question_id: score for score in review.scores.all()}
    stale, changed = {}, []
    for question, judgement in judgements.items():
        score = kept.get(question.pk) or Score(review=review, question=question)
        saved = Score(points=score.points, comment=score.comment, note=score.note, revision=score.revision)
        if not _put(score, judgement):
            if score.pk is None:
                changed.append(score)
            continue
        if seen is not None and score.revision and seen.get(question.number) != score.revision:
            stale[question.number] = saved
        score.revision += 1
        changed.append(score)
    overtaken = None
    if review.summary != summary.strip():
        if seen is not None and review.revision and seen.get(0) != review.revision:
            overtaken = review.summary
        review.summary, review.revision = summary.strip(), review.revision + 1
    if stale or overtaken is not None:
        raise StaleReview(stale, overtaken)
    for score in changed:
        score.save()
    review.save(update_fields=["summary", "revision", "saved_at"])
    return review


@door
def submit_review(application: Application, review: Review, actor: User) -> Review:
    """Hand the review in. When the last one needed comes in, the case is ready for decision."""
    review = _own_draft(application, review, actor)
    if reading.review_gaps(review):
        raise NotReady(_("Something is still missing. Complete it and submit again."))
    review.submitted_at = clock.now()
    review.save(update_fields=["submitted_at", "saved_at"])
    data = {"submission": review.submission.number, "sha256": sha256(reading.review_content(review))}
    record(application, Event.Kind.REVIEW_SUBMITTED, actor, data)
    if Review.objects.counting(review.submission).count() >= application.reviews_required:
        move(application, Status.READY_FOR_DECISION, Event.Kind.REVIEWS_COMPLETE, None)
        mail_later("ready_for_decision", application.pk)
    return review

"""What the records of a case say, read and not changed: what is still wanting before it can move on, what a
submission will hold, what the reviews come to."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Organisation

from . import scoring, timing
from .models import (
    Answer,
    Appeal,
    Application,
    Certificate,
    Decision,
    Evidence,
    Question,
    Review,
    Status,
    Submission,
    Talk,
)

UNDER_WAY = (Status.SUBMITTED, Status.IN_REVIEW, Status.COMPLETION_REQUESTED, Status.READY_FOR_DECISION)


@dataclass(frozen=True)
class Gap:
    """Something wanting before an application can be submitted. `question` is its number, or 0 where `page`, the
    name of an address, is another. `anchor` is the place on that page."""

    question: int
    message: str
    anchor: str
    page: str = "question"


# --- The applicant's part ---------------------------------------------------------------------------------
def is_unlocked(application: Application, question: Question) -> bool:
    """Whether the applicant may change this answer: any in a draft, the named ones in a completion."""
    if application.state == Status.DRAFT:
        return True
    request = application.open_completion
    return request is not None and request.points.filter(question=question).exists()


def gaps(application: Application) -> list[Gap]:
    """What is wanting before the application can be submitted, in the order of the task list."""
    found = []
    if not application.spokesperson.strip():
        found.append(Gap(0, _("Say who speaks for the application."), "id_spokesperson", "facts"))
    if application.is_renewal:
        found += recommendation_gaps(application)
    former = former_answers(application)
    scans = list(application.evidence.present().values_list("questions", "scan"))
    attached = {question for question, _scan in scans}
    waiting = {question for question, scan in scans if scan == Evidence.Scan.WAITING}
    points = {}
    if request := application.open_completion:
        points = {point.question_id: point for point in request.points.all()}
    for answer in application.answer_set.select_related("question"):
        question = answer.question
        found += answer_gaps(question, answer, attached)
        if question.pk in waiting:
            message = _("Wait until the files have been checked for viruses.")
            found.append(Gap(question.number, message, "evidence"))
        if message := change_gap(answer, former.get(question.number)):
            found.append(Gap(question.number, message, "renewal"))
        point = points.get(question.pk)
        if point and not point.answered_at:
            found.append(Gap(question.number, _("Complete what the advisor asks for."), "wanted"))
    return found


def attached_to(application: Application) -> set[int]:
    """The keys of the questions that have evidence."""
    return set(application.evidence.present().values_list("questions", flat=True))


def answer_gaps(question: Question, answer: Answer, attached: Iterable[int]) -> list[Gap]:
    """What one answer still wants. `attached` holds the keys of the questions that have evidence."""
    found = []
    if not answer.text.strip():
        found.append(Gap(question.number, _("Write an answer."), "id_text"))
    elif len(answer.text.split()) > question.max_words:
        message = _("Shorten the answer to at most %(number)s words.") % {"number": question.max_words}
        found.append(Gap(question.number, message, "id_text"))
    if answer.rating is None:
        found.append(Gap(question.number, _("Choose your self-rating."), "rating"))
    if question.evidence_required and question.pk not in attached:
        found.append(Gap(question.number, _("Attach at least one piece of evidence."), "evidence"))
    return found


# --- Renewals ---------------------------------------------------------------------------------------------
def former_answers(application: Application) -> dict[int, dict[str, Any]]:
    """What was submitted last time, as the submission has it, by the number that the question has now. Empty but
    for a renewal; without what isn't asked any more."""
    if not application.is_renewal:
        return {}
    before = _renewed_submission(application)
    numbers = numbers_now(before, application)
    parts = {part["number"]: part for part in before.content["questions"]}
    return {now: parts[then] for then, now in numbers.items() if then in parts}


def former_answers_elsewhere(application: Application) -> list[dict[str, Any]]:
    """What was submitted last time to questions that aren't asked any more, to look back at."""
    if not application.is_renewal:
        return []
    before = _renewed_submission(application)
    numbers = numbers_now(before, application)
    return [part for part in before.content["questions"] if part["number"] not in numbers]


def _renewed_submission(application: Application) -> Submission:
    submissions = Submission.objects.select_related("application")
    return submissions.get(decision__certificate=application.renews_id)


def numbers_now(before: Submission, application: Application) -> dict[int, int]:
    """The number that each question of a submission has in the application's version: questions belong together
    by their key, wherever they stand."""
    version = application.questionnaire_id
    if before.application.questionnaire_id == version:
        return {part["number"]: part["number"] for part in before.content["questions"]}
    asked = Question.objects.filter(questionnaire__in=[before.application.questionnaire_id, version])
    then: dict[UUID, int] = {}
    now: dict[UUID, int] = {}
    for questionnaire, key, number in asked.values_list("questionnaire", "key", "number"):
        (now if questionnaire == version else then)[key] = number
    return {then[key]: now[key] for key in then if key in now}


def change_gap(answer: Answer, former: dict[str, Any] | None) -> str:
    """What the answer of a renewal wants on what has changed since last time; empty where it wants nothing, or
    nothing was asked then."""
    if former is None:
        return ""
    if answer.changed is None:
        return _("Say whether anything has changed since last time.")
    if not answer.changed and answer.text != former["answer"]:
        return _("You say that nothing has changed, but the answer isn't the same as last time. Choose yes.")
    return ""


def recommendation_gaps(application: Application) -> list[Gap]:
    """The last decision's recommendations that the renewal has nothing to say of yet."""
    unanswered = application.recommendation_answers.filter(text="").select_related("recommendation")
    return [
        Gap(
            0,
            _("Answer recommendation %(number)s.") % {"number": answer.recommendation.number},
            f"id_recommendation_{answer.recommendation.number}",
            "recommendations",
        )
        for answer in unanswered
    ]


def self_assessment(
    application: Application, answers: Iterable[Answer] | None = None
) -> scoring.SelfAssessment:
    """What the self-ratings come to as they stand. `answers` are those of the application, each with its
    question, where the caller has them already."""
    if answers is None:
        answers = application.answer_set.select_related("question")
    return scoring.SelfAssessment(
        ratings=tuple(
            scoring.SelfRating(
                answer.question.number,
                answer.question.heading,
                answer.rating,
                answer.question.weight,
                answer.question.minimum,
            )
            for answer in answers
        ),
        pass_percent=application.questionnaire.pass_percent,
    )


def submitted_assessment(submission: Submission) -> scoring.SelfAssessment:
    """What the self-ratings came to in a submission."""
    application = submission.application
    ratings = {part["number"]: part["rating"] for part in submission.content["questions"]}
    questions = application.questionnaire.question_set.all()
    answers = [Answer(question=question, rating=ratings.get(question.number)) for question in questions]
    return self_assessment(application, answers)


def snapshot(application: Application) -> dict[str, Any]:
    """The application as it stands, in both languages where there are two, ready to be frozen."""
    answers = {a.question_id: a for a in application.answer_set.select_related("question")}
    files: dict[int, list[dict[str, Any]]] = {}
    for item in application.evidence.present().prefetch_related("questions"):
        part = {
            "uuid": str(item.pk),
            "name": item.name,
            "description": item.description,
            "content_type": item.content_type,
            "size": item.size,
            "sha256": item.sha256,
        }
        for question in item.questions.all():
            files.setdefault(question.pk, []).append(part)
    return {
        "reference": application.reference,
        "organisation": application.organisation.name,
        "holder": application.holder,
        "area": application.area,
        "spokesperson": application.spokesperson,
        "spokesperson_title": application.spokesperson_title,
        "co_applicants": [
            {
                "party": party.party,
                "kind": party.kind,
                "endorsed_at": party.endorsed_at.isoformat() if party.endorsed_at else None,
                "changed": list(changed_since(answers.values(), party.endorsed_at)),
            }
            for party in application.co_applicants.active()
        ],
        "questionnaire": application.questionnaire.version,
        "questions": [
            {
                "number": question.number,
                "text": {"sv": question.text_sv, "en": question.text_en},
                "answer": answers[question.pk].text,
                "rating": answers[question.pk].rating,
                "evidence": files.get(question.pk, []),
                **({"changed": answers[question.pk].changed} if application.is_renewal else {}),
            }
            for question in application.questionnaire.question_set.all()
        ],
        **(_renewed(application) if application.is_renewal else {}),
        **_completed(application),
    }


def _renewed(application: Application) -> dict[str, Any]:
    """What a renewal says beyond its answers: which certificate it renews, and of the recommendations."""
    answers = application.recommendation_answers.select_related("recommendation")
    certificate = application.renews
    return {
        "renews": certificate.number if certificate else None,
        "recommendations": [
            {
                "number": answer.recommendation.number,
                "text": answer.recommendation.text,
                "answer": answer.text,
            }
            for answer in answers
        ],
    }


def _completed(application: Application) -> dict[str, Any]:
    """The points that a completed application answers, in the advisor's words."""
    request = application.open_completion
    if request is None:
        return {}
    points = request.points.select_related("question")
    return {"completes": [{"question": point.question.number, "text": point.text} for point in points]}


# --- Those who write with the applicant -------------------------------------------------------------------
@dataclass(frozen=True)
class Party:
    """A co-applicant as the pages name it: whether it endorses the application since some time, and the numbers
    of the questions that were answered anew after that."""

    name: str
    kind: str
    endorsed_at: datetime.datetime | None
    changed: tuple[int, ...] = ()


def parties(application: Application) -> list[Party]:
    """The co-applicants as they stand now."""
    joined = list(application.co_applicants.active())
    answers = list(application.answer_set.select_related("question")) if joined else []
    return [
        Party(
            party.party,
            party.get_kind_display(),
            party.endorsed_at,
            changed_since(answers, party.endorsed_at),
        )
        for party in joined
    ]


def changed_since(answers: Iterable[Answer], moment: datetime.datetime | None) -> tuple[int, ...]:
    """The numbers of the questions that have been answered anew after `moment`; none where there is none."""
    if moment is None:
        return ()
    return tuple(
        answer.question.number for answer in answers if answer.updated_at and answer.updated_at > moment
    )


def submitted_parties(submission: Submission) -> list[Party]:
    """The co-applicants as they stood when the application was submitted."""
    return [
        Party(
            part["party"],
            str(Organisation.Kind(part["kind"]).label),
            datetime.datetime.fromisoformat(part["endorsed_at"]) if part["endorsed_at"] else None,
            tuple(part.get("changed", ())),
        )
        for part in submission.content.get("co_applicants", [])
    ]


# --- How long it has taken, and what is new ------------------------------------------------------------------
def days_with_us(application: Application, today: datetime.date) -> int | None:
    """How many days the case has lain with the association: since it was first handed in, without those on which
    the applicant had it to complete it. None where it isn't handed in, or is closed."""
    if application.state not in UNDER_WAY:
        return None
    first = application.submission_set.order_by("number").first()
    if first is None:
        return None
    asked = application.completionrequest_set.select_related("answered_by")
    pauses = [
        (
            timezone.localdate(one.requested_at),
            timezone.localdate(one.answered_by.submitted_at) if one.answered_by else today,
        )
        for one in asked
    ]
    return timing.days_with_us(timezone.localdate(first.submitted_at), today, pauses)


def changed_questions(submission: Submission) -> list[Question]:
    """The questions whose answer, self-rating or evidence isn't the same as in the submission before."""
    application = submission.application
    before = application.submission_set.filter(number=submission.number - 1).first()
    if before is None:
        return []
    then = {part["number"]: part for part in before.content["questions"]}
    changed = [
        part["number"] for part in submission.content["questions"] if differs(part, then[part["number"]])
    ]
    return list(application.questionnaire.question_set.filter(number__in=changed))


def differs(part: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether one question was handed in otherwise than before."""
    return any(part[name] != before[name] for name in ("answer", "rating", "evidence"))


# --- The advisors' part -----------------------------------------------------------------------------------
def comment_reason(points: int, minimum: int, rating: int | None) -> str:
    """Why points that are given without a comment take one; empty where they don't."""
    if points < minimum:
        return _("Write a comment: the points are below the minimum.")
    if rating is not None and abs(points - rating) >= 2:
        return _("Write a comment: the points differ much from the self-rating.")
    return ""


def review_gaps(review: Review) -> dict[int, list[str]]:
    """What the review still wants before it can be submitted, by question number."""
    scores = {score.question_id: score for score in review.scores.all()}
    ratings = {part["number"]: part["rating"] for part in review.submission.content["questions"]}
    found: dict[int, list[str]] = {}
    for question in review.assignment.application.questionnaire.question_set.all():
        score = scores.get(question.pk)
        if score is None or score.points is None:
            found.setdefault(question.number, []).append(_("Choose points."))
            continue
        why = comment_reason(score.points, question.minimum, ratings[question.number])
        if why and not score.comment.strip():
            found.setdefault(question.number, []).append(why)
    return found


def points_of(review: Review) -> dict[int, int]:
    """The points of a submitted review by question number. Have `scores__question` at hand."""
    return {score.question.number: score.points or 0 for score in review.scores.all()}


def reviews_behind(made: Decision) -> QuerySet[Review]:
    """The reviews that the decision rested on, also when an appeal has ended their assignments since."""
    return (
        Review.objects.submitted()
        .filter(submission=made.submission, submitted_at__lte=made.decided_at)
        .filter(Q(assignment__ended_at=None) | Q(assignment__ended_at__gt=made.decided_at))
        .filter(assignment__has_conflict=False)
    )


def criteria_of(application: Application) -> list[scoring.Criterion]:
    """The application's questions as the rule sees them."""
    return [
        scoring.Criterion(question.number, question.weight, question.minimum)
        for question in application.questionnaire.question_set.all()
    ]


def result_of(application: Application, reviews: Iterable[Review]) -> scoring.Result:
    """What `reviews` come to under the application's own rules."""
    return scoring.judge(
        criteria_of(application),
        application.questionnaire.pass_percent,
        [points_of(review) for review in reviews],
    )


# --- The decision -----------------------------------------------------------------------------------------
def last_day_to_appeal(decision: Decision) -> datetime.date:
    """The last day on which the decision can be appealed, counted from the day it was made."""
    days = decision.application.questionnaire.appeal_days
    return timezone.localdate(decision.decided_at) + datetime.timedelta(days=days)


def valid_through(
    application: Application, renewed: Certificate | None, issued_on: datetime.date
) -> datetime.date:
    """The last day of the certificate of an approval. One that renews another runs on from the other's last day, so
    that nobody loses time by renewing early."""
    runs_from = issued_on
    if renewed and renewed.status == Certificate.Status.VALID:
        runs_from = max(issued_on, renewed.valid_through)
    return runs_from + relativedelta(months=application.questionnaire.validity_months)


# --- What is frozen, as it is hashed into the log -----------------------------------------------------------
def review_content(review: Review) -> dict[str, Any]:
    """A review as it was handed in."""
    scores = review.scores.select_related("question").order_by("question__number")
    return {
        "advisor": review.assignment.advisor_id,
        "summary": review.summary,
        "scores": [[score.question.number, score.points, score.comment] for score in scores],
    }


def decision_content(decision: Decision) -> dict[str, Any]:
    """A decision as it was made. One without recommendations or a way back is hashed as if there were no such
    thing."""
    recommendations = list(decision.recommendations.order_by("number").values_list("text", flat=True))
    return {
        **({"recommendations": recommendations} if recommendations else {}),
        **({"next_steps": decision.next_steps} if decision.next_steps else {}),
        **({"apply_again_from": decision.apply_again_from.isoformat()} if decision.apply_again_from else {}),
        "round": decision.round,
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "override_reason": decision.override_reason,
        "percent": f"{decision.percent:.2f}",
        "meets_rule": decision.meets_rule,
        "decided_by": decision.decided_by_id,
    }


def talk_content(talk: Talk) -> dict[str, Any]:
    """A talk between the advisors as it was written down."""
    return {
        "reason": talk.reason,
        "asked_by": talk.asked_by_id,
        "held_on": talk.held_on.isoformat() if talk.held_on else None,
        "outcome": talk.outcome,
        "recorded_by": talk.recorded_by_id,
    }


def talks_behind(decision: Decision) -> QuerySet[Talk]:
    """The talks that a decision rests on: those about what was decided that were written down before it."""
    return Talk.objects.filter(
        submission_id=decision.submission_id, recorded_at__lte=decision.decided_at
    ).order_by("asked_at", "pk")


def appeal_content(appeal: Appeal) -> dict[str, Any]:
    """An appeal as it was lodged."""
    return {"round": appeal.decision.round, "text": appeal.text, "lodged_by": appeal.lodged_by_id}


def hearing_content(appeal: Appeal) -> dict[str, Any]:
    """An appeal's answer."""
    return {
        "round": appeal.decision.round,
        "outcome": appeal.outcome,
        "reasons": appeal.reasons,
        "heard_by": appeal.heard_by_id,
    }


def certificate_content(certificate: Certificate) -> dict[str, Any]:
    """What a certificate states."""
    return {
        "number": certificate.number,
        "code": certificate.code,
        "holder": certificate.holder,
        "area": certificate.area,
        "issued_on": certificate.issued_on.isoformat(),
        "valid_through": certificate.valid_through.isoformat(),
    }

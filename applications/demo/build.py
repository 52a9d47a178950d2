"""Loads the demo of towns.toml. Everything happens now and through the workflow; only what has lapsed is made
to look old first, since nothing lapses before its time."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path

from dateutil.relativedelta import relativedelta
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from applications import workflow
from applications.models import Application, Certificate, Decision, Question, Review, Status
from members.models import Organisation, User

from . import files
from .people import Data, Staff, make_organisation, make_staff

DATA: Data = tomllib.loads((Path(__file__).parent / "towns.toml").read_text(encoding="utf-8"))
PASSWORD: str = DATA["password"]


def accounts() -> list[User]:
    """The demo's people who can sign in, the applicants first."""
    verified = User.objects.filter(email__endswith=".example", emailaddress__verified=True)
    return list(verified.order_by("is_staff", "pk"))


def load() -> bool:
    """Load the demo. False where it is there already."""
    if User.objects.filter(email__in=DATA["people"]).exists():
        return False
    with transaction.atomic():
        staff = make_staff(DATA["people"], PASSWORD)
        for town in DATA["towns"]:
            people = make_organisation(town, PASSWORD if town.get("password") else None)
            _build(town, people, staff)
        make_organisation(DATA["former"], PASSWORD, timezone.localdate() - datetime.timedelta(days=30))
    # After the commit, when the certificates have their documents.
    for town in DATA["towns"]:
        if change := town.get("certificate"):
            certificate = Certificate.objects.get(decision__application__area=town["town"])
            status = Certificate.Status(change["status"])
            workflow.change_certificate(certificate, staff.administrator, status, change["reason"])
    return True


def _build(town: Data, people: list[User], staff: Staff) -> None:
    """The town's application, brought to the state that towns.toml gives."""
    signatory = people[0]
    organisation = Organisation.objects.get(name=town["organisation"])
    application = workflow.start(organisation, signatory, town["town"], town["organisation"])
    # Before there is a certificate, which takes it over for good.
    Application.objects.filter(pk=application.pk).update(is_example=town["example"])
    _write(application, town, people)
    match Status(town["state"]):
        case Status.DRAFT:
            pass
        case Status.LAPSED:
            _leave_lying(application)
        case Status.WITHDRAWN:
            workflow.submit(application, signatory, declares=True)
            workflow.withdraw(application, signatory)
        case _:
            workflow.submit(application, signatory, declares=True)
            _examine(application, town, signatory, staff)


def _write(application: Application, town: Data, people: list[User]) -> None:
    """Fill in what the town has written; its people take turns."""
    workflow.save_facts(
        application,
        people[0],
        area=application.area,
        holder=application.holder,
        spokesperson=town["spokesperson"],
        spokesperson_title=town["title"],
    )
    pairs = zip(town["answers"], town["ratings"], strict=True)
    for number, (text, rating) in enumerate(pairs, 1):
        writer = people[number % len(people)]
        workflow.save_answer(application, _question(application, number), writer, text, rating)
    for document in DATA["documents"].values():
        if document["question"] <= len(town["answers"]):
            name, title = (document[key].format(town=town["town"]) for key in ("file", "title"))
            paragraphs = [text.format(town=town["town"]) for text in document["text"]]
            _attach(application, document["question"], people[-1], name, files.pdf(title, paragraphs))
    if picture := town.get("picture"):
        _attach(application, 1, people[-1], picture, files.jpeg())


def _attach(application: Application, number: int, actor: User, name: str, content: bytes) -> None:
    upload = SimpleUploadedFile(name, content)
    workflow.add_evidence(application, _question(application, number), actor, upload)


def _question(application: Application, number: int) -> Question:
    return application.questionnaire.question_set.get(number=number)


def _leave_lying(application: Application) -> None:
    months = application.questionnaire.lapse_months
    long_ago = timezone.now() - relativedelta(months=months, days=1)
    Application.objects.filter(pk=application.pk).update(
        touched_at=long_ago, status_since=long_ago, reminded_at=timezone.now() - datetime.timedelta(days=31)
    )
    workflow.lapse(application)


def _examine(application: Application, town: Data, signatory: User, staff: Staff) -> None:
    """The advisors' part and the decision, as far as the case goes."""
    judgements = town.get("reviews", [])
    if not judgements:
        return
    for assignment, judgement in zip(
        workflow.assign(application, staff.advisors, staff.administrator), judgements, strict=True
    ):
        if judgement.get("declared", True):
            workflow.declare(application, assignment, assignment.advisor, has_conflict=False)
    if completion := town.get("completion"):
        _complete(application, completion, signatory, staff.advisors[0])
    for advisor, judgement in zip(staff.advisors, judgements, strict=True):
        if "points" in judgement:
            _review(application, judgement, advisor)
    if decision := town.get("decision"):
        outcome = Decision.Outcome(town["state"])
        workflow.decide(application, staff.decider, outcome, decision["reasons"])


def _complete(application: Application, completion: Data, signatory: User, advisor: User) -> None:
    """Ask for a completion and, where the town has answered, take it in."""
    question = _question(application, completion["question"])
    due_on = timezone.localdate() + datetime.timedelta(days=application.questionnaire.completion_days)
    workflow.request_completion(application, advisor, {question: completion["text"]}, due_on)
    if "answer" in completion:
        rating = application.answer_set.get(question=question).rating
        workflow.save_answer(application, question, signatory, completion["answer"], rating)
        workflow.resubmit(application, signatory, declares=True)


def _review(application: Application, judgement: Data, advisor: User) -> None:
    submission = application.latest_submission
    review = Review.objects.get(assignment__advisor=advisor, submission=submission)
    comments = judgement.get("comments", {})
    judgements = {
        _question(application, number): workflow.Judgement(points, comments.get(f"q{number}", ""))
        for number, points in enumerate(judgement["points"], 1)
    }
    workflow.save_review(application, review, advisor, judgements, judgement["summary"])
    if judgement.get("handed_in"):
        workflow.submit_review(application, review, advisor)

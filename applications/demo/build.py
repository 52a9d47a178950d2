"""Loads the demo of towns.toml, through the workflow as people would do it, each step at its own time: a case that is
`begun` so many days ago has the age that such a case has."""

from __future__ import annotations

import datetime
import tomllib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from applications import clock, team, workflow, writing
from applications.models import Application, Certificate, Decision, Evidence, Question, Review, Status
from members.models import Organisation, User

from . import files
from .people import Data, Staff, make_organisation, make_staff, make_user

DATA: Data = tomllib.loads((Path(__file__).parent / "towns.toml").read_text(encoding="utf-8"))
PASSWORD: str = DATA["password"]
# How many days after its beginning a case comes how far.
WRITTEN, SUBMITTED, ASSIGNED, ASKED, COMPLETED, REVIEWED, DECIDED = 20, 30, 35, 45, 55, 65, 75


@dataclass(frozen=True)
class Days:
    """The time of a case that is begun so many days ago."""

    begun: int

    def after(self, days: int, minutes: int = 0) -> AbstractContextManager[None]:
        """Inside the block it is so many days and minutes after the beginning, but not later than a minute ago."""
        past = datetime.timedelta(days=self.begun - days, minutes=-minutes)
        return clock.at(timezone.now() - max(past, datetime.timedelta(minutes=1)))


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
        month_ago = clock.today() - datetime.timedelta(days=30)
        make_organisation(DATA["former"], PASSWORD, month_ago)
    for town in DATA["towns"]:
        days = Days(town["begun"])
        # What follows a commit, such as the certificate's document, comes at the end of the case.
        with days.after(DECIDED, minutes=5), transaction.atomic():
            _build(town, days, staff)
    for town in DATA["towns"]:
        _after_the_decision(town, staff)
    return True


def _build(town: Data, days: Days, staff: Staff) -> None:
    """The town's application, brought to the state that towns.toml gives."""
    people = make_organisation(town, PASSWORD if town.get("password") else None)
    signatory = people[0]
    organisation = Organisation.objects.get(name=town["organisation"])
    with days.after(0):
        if town["state"] == "diagnosis":
            application = workflow.start_diagnosis(organisation, signatory, town["town"])
        else:
            application = workflow.start(organisation, signatory, town["town"], town["organisation"])
    # Before there is a certificate, which takes it over for good.
    Application.objects.filter(pk=application.pk).update(is_example=town["example"])
    with days.after(WRITTEN):
        _write(application, town, people)
    if party := town.get("co_applicant"):
        _let_join(application, party, signatory, days)
    match town["state"]:
        case "diagnosis" | Status.DRAFT:
            pass
        case Status.LAPSED:
            _leave_lying(application, days)
        case Status.WITHDRAWN:
            with days.after(SUBMITTED):
                workflow.submit(application, signatory, declares=True)
            with days.after(ASSIGNED):
                workflow.withdraw(application, signatory)
        case _:
            with days.after(SUBMITTED):
                workflow.submit(application, signatory, declares=True)
            _examine(application, town, signatory, days, staff)


def _write(application: Application, town: Data, people: list[User]) -> None:
    """Fill in what the town has written; its people take turns."""
    writing.save_facts(
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
        writing.save_answer(application, _question(application, number), writer, text, rating)
    for document in DATA["documents"].values():
        if document["question"] <= len(town["answers"]):
            name, title = (document[key].format(town=town["town"]) for key in ("file", "title"))
            paragraphs = [text.format(town=town["town"]) for text in document["text"]]
            _attach(application, document["question"], people[-1], name, files.pdf(title, paragraphs))
    if picture := town.get("picture"):
        _attach(application, 1, people[-1], picture, files.jpeg())


def _attach(application: Application, number: int, actor: User, name: str, content: bytes) -> None:
    upload = SimpleUploadedFile(name, content)
    writing.add_evidence(application, _question(application, number), actor, upload)


def _question(application: Application, number: int) -> Question:
    return application.questionnaire.question_set.get(number=number)


def _let_join(application: Application, party: Data, signatory: User, days: Days) -> None:
    """Another party is invited, joins and endorses the application."""
    with days.after(WRITTEN + 2):
        invitation = team.invite_co_applicant(
            application, signatory, email=party["email"], party=party["name"], kind=party["kind"]
        )
        user = make_user(party["email"], party["person"], PASSWORD)
        team.accept(invitation, user)
    with days.after(WRITTEN + 4):
        team.endorse(application, user, True)


def _leave_lying(application: Application, days: Days) -> None:
    """Reminded once, and closed when nobody had come for a year."""
    with days.after(WRITTEN + 31):
        Application.objects.filter(pk=application.pk).update(reminded_at=clock.now())
    with days.after(WRITTEN + 370):
        workflow.lapse(application)


def _examine(application: Application, town: Data, signatory: User, days: Days, staff: Staff) -> None:
    """The advisors' part and the decision, as far as the case goes."""
    judgements = town.get("reviews", [])
    if not judgements:
        return
    with days.after(ASSIGNED):
        assignments = workflow.assign(application, staff.advisors, staff.administrator)
        for assignment, judgement in zip(assignments, judgements, strict=True):
            if judgement.get("declared", True):
                workflow.declare(application, assignment, assignment.advisor, has_conflict=False)
    if completion := town.get("completion"):
        _complete(application, completion, signatory, days, staff.advisors[0])
    with days.after(REVIEWED):
        for advisor, judgement in zip(staff.advisors, judgements, strict=True):
            if "points" in judgement:
                _review(application, judgement, advisor)
    if decision := town.get("decision"):
        with days.after(DECIDED):
            workflow.decide(
                application,
                staff.decider,
                Decision.Outcome(town["state"]),
                decision["reasons"],
                recommendations=decision.get("recommendations", ()),
            )
    if appeal := town.get("appeal"):
        with days.after(DECIDED + appeal["days"]):
            workflow.lodge_appeal(application, signatory, appeal["text"])


def _complete(application: Application, completion: Data, signatory: User, days: Days, advisor: User) -> None:
    """Ask for a completion and, where the town has answered, take it in."""
    question = _question(application, completion["question"])
    with days.after(ASKED):
        due_on = clock.today() + datetime.timedelta(days=application.questionnaire.completion_days)
        workflow.request_completion(application, advisor, {question: completion["text"]}, due_on)
    if "answer" in completion:
        with days.after(COMPLETED):
            rating = application.answer_set.get(question=question).rating
            writing.save_answer(application, question, signatory, completion["answer"], rating)
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


# --- After the decision --------------------------------------------------------------------------------------
def _after_the_decision(town: Data, staff: Staff) -> None:
    certificate = Certificate.objects.filter(decision__application__area=town["town"]).first()
    if certificate is None:
        return
    if change := town.get("certificate"):
        status = Certificate.Status(change["status"])
        with Days(change["days_ago"]).after(0):
            workflow.change_certificate(certificate, staff.administrator, status, change["reason"])
    if renewal := town.get("renewal"):
        with Days(renewal["begun"]).after(0), transaction.atomic():
            _renew(certificate, renewal)


def _renew(certificate: Certificate, renewal: Data) -> None:
    """A renewal under way: some answers confirmed, one changed, a recommendation answered, a file taken along."""
    before = certificate.decision.application
    signatory = before.created_by
    application = workflow.renew(certificate, signatory)
    for answer in application.answer_set.filter(question__number__in=renewal["unchanged"]):
        writing.save_answer(
            application, answer.question, signatory, answer.text, answer.rating, changed=False
        )
    for number, text in enumerate(renewal["changed"], 1):
        answer = application.answer_set.get(question__number=number)
        writing.save_answer(application, answer.question, signatory, text, answer.rating, changed=True)
    writing.answer_recommendations(application, signatory, {1: renewal["recommendation"]}, {})
    item = Evidence.objects.filter(application=before, questions__number=1).first()
    if item:
        writing.carry_over(application, item, signatory)

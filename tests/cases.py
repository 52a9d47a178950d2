"""The cast and their cases. Everything is made through the workflow, as people would make it."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from PIL import Image

from applications import clock, protection, workflow, writing
from applications.models import (
    Appeal,
    Application,
    CoApplicant,
    Decision,
    Question,
    Questionnaire,
    Review,
    Status,
)
from applications.workflow import publishing
from members.models import Affiliation, Membership, Organisation, User

PASSWORD = "kvalitet-2026"

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def jpeg() -> bytes:
    """A small real JPEG."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "#1f4d45").save(stream, "JPEG")
    return stream.getvalue()


def upload(content: bytes = PDF, name: str = "protokoll.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def make_user(email: str, name: str, *groups: str, staff: bool = False) -> User:
    """A person who can sign in with PASSWORD."""
    user = User.objects.create_user(email, PASSWORD, name=name, is_staff=staff or bool(groups))
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for group in groups:
        user.groups.add(Group.objects.get(name=group))
    return user


def make_organisation(name: str, town: str, *, member: bool = True) -> Organisation:
    organisation = Organisation.objects.create(name=name, town=town)
    if member:
        Membership.objects.create(organisation=organisation, starts=datetime.date(2020, 1, 1))
    return organisation


@dataclass
class Cast:
    """Who is who. Sigrid, Edit and Vide act for the town; Stina for another town; Asta and Axel advise,
    Beata decides, Alma administers, Mina owns property in the town and can be made co-applicant by `join`, Nils
    has an account and nothing else."""

    town: Organisation
    other_town: Organisation
    sigrid: User
    edit: User
    vide: User
    stina: User
    nils: User
    asta: User
    axel: User
    beata: User
    alma: User
    mina: User


def make_cast() -> Cast:
    town = make_organisation("Ekstads kommun", "Ekstad")
    other_town = make_organisation("Furuby kommun", "Furuby")
    cast = Cast(
        town=town,
        other_town=other_town,
        sigrid=make_user("sigrid@ekstad.example", "Signatory"),
        edit=make_user("edit@ekstad.example", "Editor"),
        vide=make_user("vide@ekstad.example", "Viewer"),
        stina=make_user("stina@furuby.example", "Stranger"),
        nils=make_user("nils@example.example", "Nobody"),
        asta=make_user("asta@qm.example", "Advisor one", "Advisor"),
        axel=make_user("axel@qm.example", "Advisor two", "Advisor"),
        beata=make_user("beata@qm.example", "Decision maker", "Decision maker"),
        alma=make_user("alma@qm.example", "Administrator", "Administrator"),
        mina=make_user("mina@hus.example", "Property owner"),
    )
    for user, organisation, role in (
        (cast.sigrid, town, Affiliation.Role.SIGNATORY),
        (cast.edit, town, Affiliation.Role.EDITOR),
        (cast.vide, town, Affiliation.Role.VIEWER),
        (cast.stina, other_town, Affiliation.Role.SIGNATORY),
    ):
        Affiliation.objects.create(user=user, organisation=organisation, role=role)
    return cast


def join(application: Application, user: User, party: str = "Ekstads Hus AB") -> CoApplicant:
    """Make `user` co-applicant, as an accepted invitation does."""
    now = timezone.now()
    joined = CoApplicant(
        application=application,
        party=party,
        kind=Organisation.Kind.PROPERTY_OWNER,
        email=user.email,
        user=user,
        invited_by=application.created_by,
        accepted_at=now,
    )
    joined.renew()
    joined.save()
    return joined


@contextmanager
def unprotected() -> Iterator[None]:
    """Inside the block the database lets published questions be changed, for a test of a portal with others."""
    connection.check_constraints()
    protection.lift(connection)
    yield
    connection.check_constraints()
    protection.lay(connection)


def new_version(**rules: Any) -> Questionnaire:
    """A copy of the questions in force, in draft, with other `rules`."""
    made = publishing.copy(Questionnaire.objects.current(), User.objects.get(name="Administrator"))
    Questionnaire.objects.filter(pk=made.pk).update(**rules)
    made.refresh_from_db()
    return made


def put_in_force(questionnaire: Questionnaire) -> Questionnaire:
    """Publish a draft now, whatever time it is in the test's story: the first version was there before."""
    with clock.at(timezone.now()):
        return publishing.publish(questionnaire, User.objects.get(name="Administrator"))


def questions(application: Application) -> list[Question]:
    return list(application.questionnaire.question_set.order_by("number"))


def fill(application: Application, actor: User, *, rating: int = 3) -> Application:
    """Every answer, rating and required file, so that the application can be submitted."""
    writing.save_facts(
        application,
        actor,
        area=application.area,
        holder=application.holder,
        spokesperson="Spokesperson",
        spokesperson_title="Planner, planning department",
    )
    for question in questions(application):
        writing.save_answer(application, question, actor, f"Svar på fråga {question.number}: åäö.", rating)
        if question.evidence_required:
            writing.add_evidence(application, question, actor, upload(PDF + b"%% %d\n" % question.number))
    application.refresh_from_db()
    return application


def own_review(application: Application, advisor: User) -> Review:
    return Review.objects.select_related("assignment__application", "submission").get(
        assignment__application=application,
        assignment__advisor=advisor,
        submission=application.latest_submission,
    )


def review(application: Application, advisor: User, *, points: int = 3, submit: bool = True) -> Review:
    """The advisor's review with the same points everywhere."""
    draft = own_review(application, advisor)
    judgements = {
        question: workflow.Judgement(points, f"Comment by {advisor.email} on {question.number}")
        for question in questions(application)
    }
    workflow.save_review(application, draft, advisor, judgements, f"Summary by {advisor.email}")
    if submit:
        workflow.submit_review(application, draft, advisor)
    return own_review(application, advisor)


def make_application(
    cast: Cast, status: Status = Status.DRAFT, *, area: str = "Ekstad", points: int = 3
) -> Application:
    """An application of `cast.town`, brought to `status` by the cast. It is assigned to Asta and Axel, who
    have declared no conflict, from IN_REVIEW on."""
    application = workflow.start(cast.town, cast.sigrid, area, cast.town.name)
    if status == Status.DRAFT:
        return application
    fill(application, cast.sigrid)
    workflow.submit(application, cast.sigrid, declares=True)
    if status == Status.WITHDRAWN:
        workflow.withdraw(application, cast.sigrid)
    elif status == Status.LAPSED:
        _past_submitted(cast, application, Status.COMPLETION_REQUESTED, points)
        lapse(application)
    elif status != Status.SUBMITTED:
        _past_submitted(cast, application, status, points)
    application.refresh_from_db()
    return application


def lapse(application: Application) -> None:
    """Leave it lying past every limit, and close it."""
    long_ago = timezone.now() - datetime.timedelta(days=500)
    Application.objects.filter(pk=application.pk).update(
        touched_at=long_ago, status_since=long_ago, reminded_at=long_ago
    )
    application.completionrequest_set.update(due_on=long_ago.date())
    workflow.lapse(application)


def uphold(
    application: Application, cast: Cast, hearer: User, reasons: str = "Evidence was overlooked."
) -> None:
    """Appeal the decision, and have the appeal upheld by `hearer`."""
    workflow.lodge_appeal(application, cast.sigrid, "Look at question 2 again.")
    workflow.hear_appeal(application, hearer, Appeal.Outcome.UPHELD, reasons)
    application.refresh_from_db()


def _past_submitted(cast: Cast, application: Application, status: Status, points: int) -> None:
    for assignment in workflow.assign(application, [cast.asta, cast.axel], cast.alma):
        workflow.declare(application, assignment, assignment.advisor, has_conflict=False)
    if status == Status.IN_REVIEW:
        return
    if status == Status.COMPLETION_REQUESTED:
        workflow.request_completion(
            application,
            cast.asta,
            {questions(application)[1]: "Tell us more about the budget."},
            timezone.localdate() + datetime.timedelta(days=28),
        )
        return
    review(application, cast.asta, points=points)
    review(application, cast.axel, points=points)
    if status == Status.APPROVED:
        workflow.decide(application, cast.beata, Decision.Outcome.APPROVED, "Well done.", "Override.")
    elif status == Status.DECLINED:
        workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "More is needed.")

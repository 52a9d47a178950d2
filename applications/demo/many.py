"""Loads a history of any size, to see how the portal bears it. By the doors it would take hours for ten thousand
applications: here the rows are made in memory as the doors make them (see `telling`), and written in batches. That
the two are alike is for `manage.py verify_events` and the tests to say."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, Model
from django.utils import timezone

from applications import scoring
from applications.models import (
    Answer,
    Application,
    Assignment,
    Certificate,
    CompletionPoint,
    CompletionRequest,
    Decision,
    Event,
    Evidence,
    Questionnaire,
    Recommendation,
    RecommendationAnswer,
    Review,
    Score,
    Series,
    Submission,
)
from applications.models.evidence import evidence_path
from members.models import Affiliation, Membership, Organisation, User

from .history import Case, plan
from .telling import Applicant, CaseTeller, Rows, World

ADVISORS = range(3, 13)
"""Besides those of the ordinary demo. The first of them has the same open cases whatever the size."""
SMALLEST, LARGEST = 10, 30_000
BATCH = 500
ORDER: tuple[type[Model], ...] = (
    Answer,
    Submission,
    Evidence,
    Evidence.questions.through,
    Assignment,
    Review,
    Score,
    CompletionRequest,
    CompletionPoint,
    Decision,
    Recommendation,
    RecommendationAnswer,
    Certificate,
    Event,
)
"""What is written after the applications: each after what it leads to."""


def loaded() -> int:
    """How many applications have been loaded."""
    return Application.objects.filter(organisation__name__startswith=organisation_name(0)[:-5]).count()


def organisation_name(number: int) -> str:
    return f"Centrumföreningen Provort {number:04d}"


def town_name(number: int) -> str:
    return f"Provstad {number:04d}"


@transaction.atomic
def load(size: int, password: str, open_each: int | None = None) -> None:
    """Make `size` applications, all or none; see `history.plan`. A decision maker and an administrator must be there,
    as they are after the ordinary demo."""
    cases = plan(size, timezone.now(), open_each)
    world = _world(password)
    _number(cases)
    applicants = _applicants(max(case.organisation for case in cases) + 1)
    for generation in sorted({case.generation for case in cases}):
        # What a case renews is in a generation before, and has its key by now.
        found = [case for case in cases if case.generation == generation]
        for start in range(0, len(found), BATCH):
            _write(found[start : start + BATCH], world, applicants)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE"
        )  # What the database does by itself after a while, so that it looks rows up well.


def _world(password: str) -> World:
    """The association's people and the questionnaire."""
    hashed = make_password(password)
    people = [(f"radgivare{n}@qm.example", f"Rådgivare {n}", "Advisor") for n in ADVISORS]
    people.append(("beslut3@qm.example", "Beslutsfattare 3", "Decision maker"))
    made = User.objects.bulk_create(
        User(email=email, name=name, password=hashed, is_staff=True) for email, name, _group in people
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in made
    )
    for user, (_email, _name, group) in zip(made, people, strict=True):
        user.groups.add(Group.objects.get(name=group))
    questionnaire = Questionnaire.objects.current()
    questions = list(questionnaire.question_set.all())
    return World(
        advisors=made[:-1],
        deciders=[*User.objects.filter(groups__name="Decision maker").order_by("pk")],
        administrator=User.objects.filter(groups__name="Administrator").earliest("pk"),
        questionnaire=questionnaire,
        questions=questions,
        criteria=[scoring.Criterion(one.number, one.weight, one.minimum) for one in questions],
    )


def _applicants(number: int) -> list[Applicant]:
    """So many organisations, each with a signatory who can't sign in."""
    kinds = list(Organisation.Kind)
    organisations = Organisation.objects.bulk_create(
        Organisation(name=organisation_name(n), kind=kinds[n % len(kinds)], town=f"Provort {n:04d}")
        for n in range(number)
    )
    users = User.objects.bulk_create(
        User(email=f"sokande{n:04d}@provort.example", name=f"Sökande {n:04d}", password=make_password(None))
        for n in range(number)
    )
    applicants = [Applicant(*pair) for pair in zip(organisations, users, strict=True)]
    Affiliation.objects.bulk_create(
        Affiliation(user=one.signatory, organisation=one.organisation, role=Affiliation.Role.SIGNATORY)
        for one in applicants
    )
    starts = datetime.date(timezone.localdate().year - 12, 1, 1)
    Membership.objects.bulk_create(Membership(organisation=one, starts=starts) for one in organisations)
    return applicants


def _number(cases: Sequence[Case]) -> None:
    """Give the cases their references and their certificates' numbers, in the order of time."""
    began = sorted(cases, key=lambda case: case.begun)
    numbers = _take("QM", [timezone.localdate(case.begun).year for case in began])
    for case, number in zip(began, numbers, strict=True):
        case.reference = number
    approved = sorted((case for case in cases if case.is_approved), key=lambda case: case.ended)
    numbers = _take("QMC", [case.issued_on.year for case in approved])
    for case, number in zip(approved, numbers, strict=True):
        case.number = number


def _take(name: str, years: Sequence[int]) -> list[str]:
    """A number of the series for each of `years`, as `Series.take` gives them one by one."""
    last = {}
    for year, wanted in Counter(years).items():
        Series.objects.get_or_create(name=name, year=year)
        Series.objects.filter(name=name, year=year).update(last=F("last") + wanted)
        last[year] = Series.objects.get(name=name, year=year).last - wanted
    taken = []
    for year in years:
        last[year] += 1
        taken.append(str(Series(name=name, year=year, last=last[year])))
    return taken


def _write(cases: Sequence[Case], world: World, applicants: Sequence[Applicant]) -> None:
    """Make the rows of these cases, and write them."""
    rows = Rows()
    for case in cases:
        CaseTeller(case, world, applicants[case.organisation], town_name(case.place), rows).tell()
    Application.objects.bulk_create(case.told.application for case in cases)
    for item, content in rows.files:
        item.application = item.application  # By now it has a key, which is in the file's name.
        item.file.name = default_storage.save(evidence_path(item, ""), ContentFile(content))
    for model in ORDER:
        model._default_manager.bulk_create(rows.of(model), batch_size=BATCH)
        if model is Score:
            # Only now: the database refuses points in a review that is in.
            for review, saved_at, submitted_at in rows.reviews:
                review.saved_at, review.submitted_at = saved_at, submitted_at
            kept = [review for review, _saved, _submitted in rows.reviews]
            Review.objects.bulk_update(kept, ["saved_at", "submitted_at"], batch_size=BATCH // 5)
    for case in cases:
        case.told.forget()

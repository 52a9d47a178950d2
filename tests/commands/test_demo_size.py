"""A history of any size: made without the doors, it must be as the doors would have made it."""

from __future__ import annotations

import datetime
import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from applications import permissions, reading, workflow
from applications.demo import history, many
from applications.models import (
    OPEN,
    Application,
    Assignment,
    Certificate,
    Decision,
    Event,
    Review,
    Series,
    Status,
    Submission,
)
from members.models import User
from tests import bench
from tests.cases import PASSWORD, Cast, make_cast, questions

SIZE = 60
NOW = datetime.datetime(2026, 5, 4, 9, 30, tzinfo=datetime.UTC)


@pytest.fixture
def loaded(db) -> Cast:
    """The cast, and beside them a history with four cases in each status that is open."""
    cast = make_cast()
    many.load(SIZE, PASSWORD, open_each=4)
    return cast


def verified() -> str:
    said = io.StringIO()
    call_command("verify_events", stdout=said)
    return said.getvalue()


def run(**options: int) -> list[str]:
    said = io.StringIO()
    call_command("demo", stdout=said, **options)
    return said.getvalue().splitlines()


@pytest.mark.parametrize("options", [{"size": 9}, {"size": -1}, {"size": 30_001}, {"size": 50, "open": 0}])
def test_a_size_that_makes_no_sense_is_refused(db, settings, options):
    settings.DEBUG = True
    with pytest.raises(CommandError, match=r"--(size|open) takes"):
        run(**options)
    assert many.loaded() == 0


def test_it_is_refused_where_people_work(db):
    with pytest.raises(CommandError, match="QM_DEBUG=1"):
        run(size=50)
    assert User.objects.count() == 0


def test_it_comes_beside_the_ordinary_demo_and_only_once(db, settings):
    settings.DEBUG = True
    assert run(size=20)[:2] == ["The demo is loaded.", "A history of 20 applications is loaded."]
    count = Application.objects.count()
    assert (many.loaded(), count) == (20, 35)
    assert run(size=50)[:2] == [
        "The demo is already loaded.",
        "There is a history of 20 applications already. No more are loaded.",
    ]
    assert Application.objects.count() == count
    assert verified() == "All is as it was written: 35 applications.\n"


def test_all_of_it_can_be_proved(loaded):
    assert many.loaded() == Application.objects.count() == SIZE
    assert verified() == f"All is as it was written: {SIZE} applications.\n"


def test_every_status_is_there_and_nothing_lies_in_the_future(loaded):
    found = Counter(Application.objects.values_list("status", flat=True))
    assert {status: found[status] for status in OPEN} == dict.fromkeys(OPEN, 4)
    assert set(found) == set(Status.values)
    assert Application.objects.filter(kind="renewal").exists()
    assert set(Certificate.objects.values_list("status", flat=True)) == {"valid", "superseded"}
    assert not Certificate.objects.without_document().exists()
    assert not Event.objects.filter(at__gt=timezone.now()).exists()
    for application in Application.objects.all():
        moments = list(application.event_set.order_by("sequence").values_list("at", flat=True))
        assert moments == sorted(moments)
        assert (application.created_at, application.status_since) == (
            moments[0],
            application.event_set.filter(data__has_key="to").values_list("at", flat=True).last()
            or moments[0],
        )


def test_what_was_submitted_is_what_the_portal_would_freeze(loaded):
    newest = [
        application.latest_submission
        for application in Application.objects.exclude(status=Status.COMPLETION_REQUESTED)
    ]
    frozen = {found.application_id: found.content for found in newest if found}
    assert len(frozen) > SIZE / 2
    for application in Application.objects.filter(pk__in=frozen):
        content = dict(frozen[application.pk])
        content.pop("completes", None)
        assert content == reading.snapshot(application)


def test_the_certificate_is_what_the_decision_door_would_make(loaded):
    for certificate in Certificate.objects.select_related("decision__application__renews"):
        before = certificate.decision.application.renews
        runs_from = (
            max(certificate.issued_on, before.valid_through)
            if before
            else timezone.localdate(certificate.decision.decided_at)
        )
        assert certificate.issued_on == timezone.localdate(certificate.decision.decided_at)
        assert certificate.valid_through.year == runs_from.year + 3
        if before:
            assert before.status == Certificate.Status.SUPERSEDED


def test_a_renewal_begins_when_it_may(loaded):
    renewals = Application.objects.filter(kind="renewal").select_related("renews")
    assert renewals
    for renewal in renewals:
        assert timezone.localdate(renewal.created_at) >= renewal.renews.renewable_from


def test_numbers_have_neither_gaps_nor_twins_and_go_on(db):
    cast = make_cast()
    before = workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    many.load(SIZE, PASSWORD)
    after = workflow.start(cast.other_town, cast.stina, "Furuby", "Furuby kommun")
    year = timezone.localdate().year
    of_the_year = Application.objects.filter(reference__startswith=f"QM-{year}-").order_by("reference")
    numbers = list(of_the_year.values_list("reference", flat=True))
    assert numbers == [f"QM-{year}-{number:04d}" for number in range(1, len(numbers) + 1)]
    assert (before.reference, after.reference) == (numbers[0], numbers[-1])
    for series in Series.objects.all():
        model, field = (Application, "reference") if series.name == "QM" else (Certificate, "number")
        given = model.objects.filter(**{f"{field}__startswith": f"{series.name}-{series.year}-"})
        assert given.count() == series.last


def test_every_open_case_opens_for_whom_it_waits(loaded, client):
    client.force_login(loaded.alma)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/applications/application/").status_code == 200
    handed_in = Application.objects.exclude(status=Status.DRAFT).filter(status__in=OPEN)
    assert handed_in.count() == 16
    for application in handed_in:
        assert client.get(f"/admin/applications/application/{application.pk}/change/").status_code == 200
    asked = Assignment.objects.filter(application__status=Status.IN_REVIEW).select_related("advisor")
    for assignment in asked:
        client.force_login(assignment.advisor)
        page = "declare" if assignment.has_conflict is None else "review"
        address = f"/admin/applications/application/{assignment.application_id}/{page}/"
        assert client.get(address).status_code == 200
    client.force_login(loaded.beata)
    for application in Application.objects.in_status(Status.READY_FOR_DECISION):
        assert client.get(f"/admin/applications/application/{application.pk}/decide/").status_code == 200


def test_the_doors_go_on_from_there(loaded):
    draft = Review.objects.filter(
        submitted_at=None, assignment__has_conflict=False, assignment__application__status=Status.IN_REVIEW
    ).select_related("assignment__application", "assignment__advisor")[0]
    application, advisor = draft.assignment.application, draft.assignment.advisor
    judgements = {
        question: workflow.Judgement(3, "Tydligt beskrivet.") for question in questions(application)
    }
    workflow.save_review(application, draft, advisor, judgements, "Ett gott arbete.")
    workflow.submit_review(application, draft, advisor)
    ready = Application.objects.in_status(Status.READY_FOR_DECISION)[0]
    workflow.decide(ready, loaded.beata, Decision.Outcome.DECLINED, "Mer behövs.")
    handed_in = Application.objects.in_status(Status.SUBMITTED)[0]
    advisors = User.objects.filter(email__in=["radgivare3@qm.example", "radgivare4@qm.example"])
    workflow.assign(handed_in, advisors, loaded.alma)
    completing = Application.objects.in_status(Status.COMPLETION_REQUESTED)[0]
    workflow.withdraw(completing, completing.created_by)
    assert verified() == f"All is as it was written: {SIZE} applications.\n"


def test_those_who_handed_in_can_see_their_case_and_nobody_signs_in_as_them(loaded, client):
    for application in Application.objects.filter(status__in=OPEN).select_related("created_by"):
        assert permissions.can_sign(application.created_by, application)
        assert not application.created_by.has_usable_password()
        client.force_login(application.created_by)
        assert client.get(f"/applications/{application.reference}/").status_code == 200


def test_the_pages_that_the_bench_measures_answer(loaded, client):
    answered = []
    for page in bench.PAGES:
        if address := bench.address(page):
            who = loaded.alma if page.who == bench.ADMINISTRATOR else User.objects.get(email=page.who)
            client.force_login(who)
            assert client.get("?".join(address)).status_code == 200
            answered.append(page.label)
    assert {"Queue: what to do now", "Queue: the list", "Search: a reference", "Review"} <= set(answered)


# --- The plan ------------------------------------------------------------------------------------------------
def test_the_plan_is_the_same_each_time_and_of_the_size_that_was_asked_for():
    for size in (10, 47, 100, 1300):
        first, second = history.plan(size, NOW), history.plan(size, NOW)
        assert len(first) == size
        assert [(case.name, case.begun, case.steps) for case in first] == [
            (case.name, case.begun, case.steps) for case in second
        ]


def test_the_open_cases_are_alike_at_every_size():
    few, many_cases = (
        {case.name: case.steps for case in history.plan(size, NOW) if case.index is not None}
        for size in (100, 2000)
    )
    assert len(few) == 5 * history.ALIKE
    assert {name: many_cases[name] for name in few} == few


def test_most_cases_are_decided_and_each_is_reviewed_about_three_times():
    cases = history.plan(4000, NOW)
    found = Counter(case.ending for case in cases)
    assert 0.75 < (found[Status.APPROVED] + found[Status.DECLINED]) / 4000 < 0.9
    assert {status: found[status] for status in OPEN} == dict.fromkeys(OPEN, 40)
    assert min(case.begun for case in cases) < NOW - datetime.timedelta(days=365 * 9)
    assert max(case.ended for case in cases) < NOW


def test_an_advisor_has_as_much_to_do_whatever_the_size(db):
    make_cast()
    many.load(400, PASSWORD)
    first = User.objects.get(email="radgivare3@qm.example")
    own = Assignment.objects.filter(advisor=first, application__status__in=OPEN)
    found = Counter(own.values_list("application__status", flat=True))
    assert found == {"in_review": 7, "completion_requested": 7, "ready_for_decision": 7}
    assert Review.objects.count() > 2.5 * 400
    assert Submission.objects.count() > 400 * 0.9

"""A self-diagnosis: private, never submitted, and turned into an application."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.management import call_command

from applications import clock, doors, events, permissions, reading, workflow, writing
from applications.admin.cases import visible_to
from applications.models import Application, Event, Presence, Status
from members.models import Membership

from .cases import fill, make_application, questions, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def diagnosis(cast) -> Application:
    return workflow.start_diagnosis(cast.town, cast.edit, "Ekstad")


def test_it_has_a_series_of_its_own_and_stands_beside_an_application(cast, diagnosis):
    assert diagnosis.reference == f"QMS-{clock.today().year}-0001"
    assert (diagnosis.kind, diagnosis.holder) == (Application.Kind.DIAGNOSIS, "Ekstads kommun")
    application = workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")
    assert application.reference == f"QM-{clock.today().year}-0001"


def test_asked_twice_it_gives_the_one_that_nobody_has_written_in(cast, diagnosis):
    assert workflow.start_diagnosis(cast.town, cast.edit, " Ekstad ") == diagnosis
    writing.save_answer(diagnosis, questions(diagnosis)[0], cast.edit, "Ett svar.", 2)
    assert workflow.start_diagnosis(cast.town, cast.edit, "Ekstad") != diagnosis


@pytest.mark.parametrize("name", ["vide", "stina", "nils", "asta", "beata", "alma"])
def test_who_may_not_start(cast, name):
    with pytest.raises(doors.NotAllowed):
        workflow.start_diagnosis(cast.town, getattr(cast, name), "Ekstad")


def test_only_members_make_one(cast):
    Membership.objects.update(ends=datetime.date(2021, 1, 1))
    with pytest.raises(doors.NotAllowed) as refusal:
        workflow.start_diagnosis(cast.town, cast.sigrid, "Ekstad")
    assert str(refusal.value) == workflow.not_a_member()


def test_it_is_neither_submitted_nor_withdrawn_nor_shared(cast, diagnosis):
    fill(diagnosis, cast.sigrid)
    with pytest.raises(doors.NotReady):
        workflow.submit(diagnosis, cast.sigrid, declares=True)
    with pytest.raises(doors.NotReady):
        workflow.withdraw(diagnosis, cast.sigrid)
    assert not permissions.can_lead_team(cast.sigrid, diagnosis)
    diagnosis.refresh_from_db()
    assert diagnosis.status == Status.DRAFT


@pytest.mark.parametrize("name", ["asta", "beata", "alma"])
@pytest.mark.parametrize("is_deleted", [False, True])
def test_nobody_at_the_association_sees_it(cast, diagnosis, name, is_deleted):
    if is_deleted:
        workflow.delete_diagnosis(diagnosis, cast.edit)
        diagnosis.refresh_from_db()
    user = getattr(cast, name)
    assert not permissions.can_see_case(user, diagnosis)
    assert not permissions.can_read_submissions(user, diagnosis)
    assert not visible_to(user).exists()


# --- Turned into an application ---------------------------------------------------------------------------
def test_everything_goes_along_under_an_applications_reference(cast, diagnosis):
    first = questions(diagnosis)[0]
    writing.save_answer(diagnosis, first, cast.edit, "Ett svar.", 2)
    file = writing.add_evidence(diagnosis, first, cast.edit, upload())
    application = workflow.apply_with(diagnosis, cast.edit)
    assert application.pk == diagnosis.pk
    application = Application.objects.get()
    assert (application.kind, application.reference) == ("new", f"QM-{clock.today().year}-0001")
    assert application.answer_set.get(question=first).text == "Ett svar."
    assert application.evidence.get() == file
    turned = application.event_set.last()
    assert (turned.kind, turned.data) == ("turned_into_application", {"was": diagnosis.reference})


def test_the_log_is_whole_before_and_after_and_an_altered_one_is_found(cast, diagnosis):
    assert list(events.faults(diagnosis)) == []
    application = workflow.apply_with(diagnosis, cast.edit)
    fill(application, cast.sigrid)
    workflow.submit(application, cast.sigrid, declares=True)
    said = io.StringIO()
    call_command("verify_events", stdout=said)
    assert said.getvalue() == "All is as it was written: 1 applications.\n"
    Application.objects.update(reference="QM-2020-0009")
    assert list(events.faults(Application.objects.get())) != []


def test_the_rules_of_an_application_hold(cast, diagnosis):
    other = make_application(cast, Status.SUBMITTED)
    with pytest.raises(doors.NotReady, match=other.reference):
        workflow.apply_with(diagnosis, cast.edit)
    workflow.withdraw(other, cast.sigrid)
    with pytest.raises(doors.NotAllowed):
        workflow.apply_with(diagnosis, cast.vide)
    Membership.objects.update(ends=datetime.date(2021, 1, 1))
    with pytest.raises(doors.NotAllowed) as refusal:
        workflow.apply_with(diagnosis, cast.edit)
    assert str(refusal.value) == workflow.not_a_member()
    diagnosis.refresh_from_db()
    assert diagnosis.is_diagnosis


def test_an_application_is_not_turned_again(cast, diagnosis):
    application = workflow.apply_with(diagnosis, cast.edit)
    with pytest.raises(doors.TooLate):
        workflow.apply_with(application, cast.edit)
    with pytest.raises(doors.TooLate):
        workflow.delete_diagnosis(application, cast.edit)
    assert Event.objects.filter(kind=Event.Kind.TURNED_INTO_APPLICATION).count() == 1


# --- Deleting ---------------------------------------------------------------------------------------------
def test_what_is_written_in_it_is_erased_with_its_files(
    cast, diagnosis, files, django_capture_on_commit_callbacks
):
    for question in questions(diagnosis):
        writing.save_answer(diagnosis, question, cast.edit, "Hemligt.", 1)
    with django_capture_on_commit_callbacks(execute=True):
        writing.add_evidence(diagnosis, questions(diagnosis)[0], cast.edit, upload())
    answer = diagnosis.answer_set.first()
    Presence.objects.create(answer=answer, user=cast.sigrid, seen_at=clock.now())
    with pytest.raises(doors.NotAllowed):
        workflow.delete_diagnosis(diagnosis, cast.vide)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.delete_diagnosis(diagnosis, cast.edit)
    diagnosis.refresh_from_db()
    assert diagnosis.status == Status.WITHDRAWN
    assert set(diagnosis.answer_set.values_list("text", "rating")) == {("", None)}
    assert not diagnosis.evidence.exists()
    assert not Presence.objects.exists()
    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert list(events.faults(diagnosis)) == []
    with pytest.raises(doors.TooLate):
        writing.save_answer(diagnosis, questions(diagnosis)[0], cast.edit, "Mer.", 1)


def test_what_the_ratings_come_to(cast, diagnosis):
    for question, rating in zip(questions(diagnosis)[:3], (4, 1, 2), strict=True):
        writing.save_answer(diagnosis, question, cast.edit, "Ett svar.", rating)
    assessment = reading.self_assessment(diagnosis)
    assert (assessment.percent, assessment.rated) == (35, 3)
    assert [one.number for one in assessment.below] == [2]

"""The doors of an appeal: who, when, once, and what comes of it."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from applications import clock, emails, own_data, protection, reading, workflow, writing
from applications.doors import NotAllowed, NotReady, TooLate
from applications.hashing import sha256
from applications.management.commands.verify_events import faults
from applications.models import Appeal, Application, Decision, Event, Status
from applications.views.progress import events_of, timeline
from members.models import Affiliation, Membership, User

from .cases import Cast, join, make_application, make_user, review, uphold

pytestmark = pytest.mark.django_db
UPHELD, DISMISSED = Appeal.Outcome.UPHELD, Appeal.Outcome.DISMISSED
TEXT = "Look at question 2 again: the budget was attached."


@pytest.fixture
def declined(cast: Cast) -> Application:
    return make_application(cast, Status.DECLINED)


@pytest.fixture
def other(cast: Cast) -> User:
    return make_user("other@qm.example", "Other", "Decision maker")


def noon(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(12), timezone.get_current_timezone())


# --- To lodge one ----------------------------------------------------------------------------------------
def test_only_a_signatory_of_the_applicant_appeals(cast, declined):
    join(declined, cast.mina)
    for user in (cast.edit, cast.vide, cast.mina, cast.stina, cast.nils, cast.asta, cast.beata, cast.alma):
        with pytest.raises(NotAllowed):
            workflow.lodge_appeal(declined, user, TEXT)
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("status", [status for status in Status if status != Status.DECLINED])
def test_nothing_but_a_refusal_is_appealed(cast, status):
    application = make_application(cast, status)
    with pytest.raises(TooLate):
        workflow.lodge_appeal(application, cast.sigrid, TEXT)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_an_appeal_says_why(cast, declined, text):
    with pytest.raises(NotReady):
        workflow.lodge_appeal(declined, cast.sigrid, text)
    assert not Event.objects.filter(kind=Event.Kind.APPEALED).exists()


def test_the_last_day_counts_from_the_local_day_of_the_decision(cast):
    # Half past midnight in Stockholm, and the day before in UTC.
    moment = datetime.datetime(2026, 3, 10, 0, 30, tzinfo=timezone.get_current_timezone())
    with clock.at(moment):
        application = make_application(cast, Status.DECLINED)
    decision = application.decision_set.get()
    assert decision.decided_at == moment
    assert reading.last_day_to_appeal(decision) == datetime.date(2026, 4, 7)
    with clock.at(noon(datetime.date(2026, 4, 8))), pytest.raises(TooLate) as refused:
        workflow.lodge_appeal(application, cast.sigrid, TEXT)
    assert "7 April 2026" in str(refused.value) or "7 april 2026" in str(refused.value)
    with clock.at(datetime.datetime(2026, 4, 7, 23, 59, tzinfo=timezone.get_current_timezone())):
        workflow.lodge_appeal(application, cast.sigrid, TEXT)


def test_a_decision_is_appealed_once(cast, declined, other):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    with pytest.raises(TooLate):
        workflow.lodge_appeal(declined, cast.sigrid, "And another thing.")
    workflow.hear_appeal(declined, other, DISMISSED, "The budget was read.")
    with pytest.raises(TooLate):
        workflow.lodge_appeal(declined, cast.sigrid, "Once more.")
    assert Appeal.objects.get().text == TEXT


def test_a_former_member_may_still_appeal(cast, declined):
    Membership.objects.update(ends=timezone.localdate() - datetime.timedelta(days=1))
    assert workflow.lodge_appeal(declined, cast.sigrid, TEXT).lodged_by == cast.sigrid


def test_the_log_names_the_appeal_and_its_answer_by_hash_alone(cast, declined, other):
    appeal = workflow.lodge_appeal(declined, cast.sigrid, f"  {TEXT} ")
    workflow.hear_appeal(declined, other, DISMISSED, "The budget was read.")
    appeal.refresh_from_db()
    logged = list(
        Event.objects.filter(kind__in=["appealed", "appeal_dismissed"]).values_list("kind", "actor", "data")
    )
    assert logged == [
        ("appealed", cast.sigrid.pk, {"sha256": sha256(reading.appeal_content(appeal))}),
        ("appeal_dismissed", other.pk, {"sha256": sha256(reading.hearing_content(appeal))}),
    ]
    assert list(faults()) == []


@pytest.mark.parametrize("change", [{"text": "Forged"}, {"reasons": "Forged"}, {"outcome": "upheld"}])
def test_a_forged_appeal_is_found_in_the_log(cast, declined, other, change):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    workflow.hear_appeal(declined, other, DISMISSED, "The budget was read.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Appeal.objects.update(**change)
    protection.lift(connection)
    Appeal.objects.update(**change)
    found = [fault for fault in faults() if "protection" not in fault]
    protection.lay(connection)
    assert found == [f"{declined.reference}: its appeals are not those that its log names."]


# --- Beside a new application ----------------------------------------------------------------------------
def test_an_appeal_and_a_new_application_for_the_centre_exclude_each_other(cast, declined, other):
    new = make_application(cast)
    with pytest.raises(NotReady) as refused:
        workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    assert new.reference in str(refused.value)
    workflow.withdraw(new, cast.sigrid)
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    with pytest.raises(NotReady) as refused:
        workflow.start(cast.town, cast.sigrid, "EKSTAD", "Ekstads kommun")
    assert declined.reference in str(refused.value)
    diagnosis = workflow.start_diagnosis(cast.town, cast.sigrid, "Ekstad")
    with pytest.raises(NotReady):
        workflow.apply_with(diagnosis, cast.sigrid)
    elsewhere = workflow.start(cast.town, cast.sigrid, "Ekby", "Ekstads kommun")
    with pytest.raises(NotReady):
        writing.save_facts(
            elsewhere, cast.sigrid, area="Ekstad", holder="E", spokesperson="S", spokesperson_title=""
        )
    workflow.hear_appeal(declined, other, DISMISSED, "The budget was read.")
    assert workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun").status == Status.DRAFT


def test_an_appeal_is_not_upheld_beside_a_new_application(cast, declined, other):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    new = workflow.start(cast.town, cast.sigrid, "Ekby", "Ekstads kommun")
    # As no door lets it come.
    Application.objects.filter(pk=new.pk).update(area="Ekstad")
    with pytest.raises(NotReady):
        workflow.hear_appeal(declined, other, UPHELD, "Evidence was overlooked.")
    assert Appeal.objects.get().outcome == ""
    assert workflow.hear_appeal(declined, other, DISMISSED, "Nothing was overlooked.").outcome == DISMISSED


# --- To hear one -----------------------------------------------------------------------------------------
def test_who_had_a_part_does_not_hear_the_appeal(cast, declined):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    tied = make_user("tied@qm.example", "Tied", "Decision maker")
    Affiliation.objects.create(user=tied, organisation=cast.town, role=Affiliation.Role.VIEWER)
    advising = make_user("late@qm.example", "Late", "Decision maker", "Advisor")
    declined.assignment_set.create(advisor=advising, assigned_by=cast.alma, assigned_at=timezone.now())
    for user in (cast.beata, cast.asta, cast.alma, cast.sigrid, tied, advising):
        with pytest.raises(NotAllowed):
            workflow.hear_appeal(declined, user, UPHELD, "Reconsider.")
    assert Appeal.objects.get().outcome == ""


def test_there_must_be_an_appeal_to_hear_and_reasons_for_the_answer(cast, declined, other):
    with pytest.raises(NotReady):
        workflow.hear_appeal(declined, other, UPHELD, "Reconsider.")
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    for outcome in (UPHELD, DISMISSED):
        with pytest.raises(NotReady):
            workflow.hear_appeal(declined, other, outcome, "  ")
    declined.refresh_from_db()
    assert (declined.status, declined.round) == (Status.DECLINED, 1)


def test_a_dismissed_appeal_leaves_everything_as_it_was(cast, declined, other):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    appeal = workflow.hear_appeal(declined, other, DISMISSED, " The budget was read. ")
    declined.refresh_from_db()
    assert (declined.status, declined.round, appeal.reasons, appeal.heard_by) == (
        Status.DECLINED,
        1,
        "The budget was read.",
        other,
    )
    assert declined.assignment_set.filter(ended_at=None).count() == 2
    with pytest.raises(TooLate):
        workflow.hear_appeal(declined, other, UPHELD, "On second thoughts.")


def test_the_decision_after_an_upheld_appeal_can_be_appealed_anew_but_not_to_those_before(
    cast, declined, other
):
    uphold(declined, cast, other)
    fresh = [make_user(f"fresh{number}@qm.example", f"Fresh {number}", "Advisor") for number in (1, 2)]
    for assignment in workflow.assign(declined, fresh, cast.alma):
        workflow.declare(declined, assignment, assignment.advisor, has_conflict=False)
        review(declined, assignment.advisor, points=1)
    workflow.decide(declined, other, Decision.Outcome.DECLINED, "Still not enough.")
    workflow.lodge_appeal(declined, cast.sigrid, "Now it is question 3.")
    third = make_user("third@qm.example", "Third", "Decision maker")
    for user in (cast.beata, other, *fresh):
        with pytest.raises(NotAllowed):
            workflow.hear_appeal(declined, user, UPHELD, "Reconsider.")
    workflow.hear_appeal(declined, third, UPHELD, "Reconsider.")
    declined.refresh_from_db()
    assert (declined.status, declined.round) == (Status.IN_REVIEW, 3)
    for advisor in (cast.asta, *fresh):
        with pytest.raises(NotAllowed):
            workflow.assign(declined, [advisor], cast.alma)
    assert list(faults()) == []


# --- Who is told -----------------------------------------------------------------------------------------
def sent(move, pk: int) -> dict[str, str]:
    mail.outbox.clear()
    move(pk)
    return {message.to[0]: message.body for message in mail.outbox}


def test_the_signatories_those_who_may_hear_it_and_the_office_are_told(cast, declined, other, settings):
    join(declined, cast.mina)
    make_user("both@qm.example", "Both", "Decision maker", "Administrator")
    appeal = workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    mails = sent(emails.appealed, appeal.pk)
    page, case = (
        f"/applications/{declined.reference}/appeal/",
        f"/admin/applications/application/{declined.pk}",
    )
    links = {to: next(word for word in body.split() if word.startswith("http")) for to, body in mails.items()}
    assert links == {
        "sigrid@ekstad.example": settings.BASE_URL + page,
        "other@qm.example": f"{settings.BASE_URL}{case}/appeal/",
        "both@qm.example": f"{settings.BASE_URL}{case}/appeal/",
        "alma@qm.example": f"{settings.BASE_URL}{case}/change/",
    }
    assert not [body for body in mails.values() if "budget" in body]


def test_the_answer_reaches_all_who_wrote_without_its_reasons(cast, declined, other):
    join(declined, cast.mina)
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    appeal = workflow.hear_appeal(declined, other, DISMISSED, "Budgeten lästes.")
    mails = sent(emails.appeal_dismissed, appeal.pk)
    assert set(mails) == {"sigrid@ekstad.example", "edit@ekstad.example", "mina@hus.example"}
    assert not [body for body in mails.values() if "Budgeten" in body]


def test_the_applicants_timeline_and_ones_own_data_tell_of_it(cast, declined, other):
    workflow.lodge_appeal(declined, cast.sigrid, TEXT)
    workflow.hear_appeal(declined, other, DISMISSED, "The budget was read.")
    kinds = [line.event.kind for line in timeline(events_of(declined))]
    assert kinds[-3:] == ["declined", "appealed", "appeal_dismissed"]
    assert TEXT in str(own_data.of(cast.sigrid))
    assert "The budget was read." in str(own_data.of(other))
    assert "The budget was read." not in str(own_data.of(cast.sigrid))

"""Who writes together: the organisation's team, co-applicants, and people who want to be removed."""

from __future__ import annotations

import datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone, translation

from applications import clock, permissions, reading, team, workflow, writing
from applications.doors import NotAllowed, NotReady, TooLate
from applications.events import faults
from applications.models import Application, CoApplicant, Status
from members import removal
from members.models import Affiliation, Invitation, InvitationBase, Organisation, User

from .cases import Cast, fill, join, make_application, make_cast, questions
from .test_races import at_once, refusals

Role = Affiliation.Role
NEW = "ny@ekstad.example"


@pytest.fixture
def cast(db) -> Cast:
    with translation.override("en"):
        yield make_cast()


def roles(organisation: Organisation) -> dict[str, str]:
    return dict(Affiliation.objects.filter(organisation=organisation).values_list("user__email", "role"))


def kinds(application: Application) -> list[str]:
    return list(application.event_set.order_by("sequence").values_list("kind", flat=True))


def token_of(invitation: InvitationBase) -> str:
    """A token that opens it, as if read in the mail."""
    token = invitation.renew()
    invitation.save()
    return token


def lapse(invitation: InvitationBase) -> None:
    type(invitation).objects.filter(pk=invitation.pk).update(
        expires_at=timezone.now() - datetime.timedelta(minutes=1)
    )
    invitation.refresh_from_db()


def party(cast: Cast, application: Application, email: str = "kiosken@handel.example") -> CoApplicant:
    return team.invite_co_applicant(application, cast.sigrid, email=email, party="Kiosken", kind="trader")


# --- The organisation's team -----------------------------------------------------------------------------
def test_a_signatory_invites_and_the_invited_enters_with_the_role(cast):
    invitation = team.invite(cast.town, cast.sigrid, " Nils@Example.example ", Role.VIEWER)
    assert (invitation.email, invitation.invited_by) == ("nils@example.example", cast.sigrid)
    team.accept(invitation, cast.nils)
    assert roles(cast.town)["nils@example.example"] == "viewer"
    invitation.refresh_from_db()
    assert invitation.accepted_by == cast.nils


@pytest.mark.parametrize("name", ["edit", "vide", "stina", "nils", "mina", "alma"])
def test_nobody_else_invites_changes_roles_or_removes(cast, name):
    actor = getattr(cast, name)
    invitation = team.invite(cast.town, cast.sigrid, NEW, Role.EDITOR)
    for call in (
        lambda: team.invite(cast.town, actor, "other@ekstad.example", Role.SIGNATORY),
        lambda: team.send_again(invitation, actor),
        lambda: team.withdraw(invitation, actor),
        lambda: team.change_role(cast.town, cast.vide, actor, Role.SIGNATORY),
        lambda: team.remove(cast.town, cast.sigrid, actor),
        lambda: team.save_contacts(cast.town, actor, contact_name="Name"),
        lambda: team.save_logo(cast.town, actor, None),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert len(roles(cast.town)) == 3


def test_who_is_in_the_team_is_not_invited_under_any_address(cast):
    EmailAddress.objects.create(user=cast.edit, email="annan@ekstad.example", verified=True)
    for email in ("Edit@ekstad.example", "annan@ekstad.example"):
        with pytest.raises(NotReady, match="in the team already"):
            team.invite(cast.town, cast.sigrid, email, Role.EDITOR)


def test_an_address_is_invited_once_until_it_is_withdrawn(cast):
    invitation = team.invite(cast.town, cast.sigrid, NEW, Role.EDITOR)
    lapse(invitation)
    with pytest.raises(NotReady, match="invited already"):
        team.invite(cast.town, cast.sigrid, NEW.upper(), Role.EDITOR)
    team.withdraw(invitation, cast.sigrid)
    team.invite(cast.town, cast.sigrid, NEW, Role.EDITOR)


def test_there_can_be_thirty_open_invitations(cast):
    for number in range(team.MAX_INVITATIONS):
        team.invite(cast.town, cast.sigrid, f"n{number}@ekstad.example", Role.VIEWER)
    with pytest.raises(NotReady, match="at most 30"):
        team.invite(cast.town, cast.sigrid, NEW, Role.VIEWER)


def test_an_invitation_is_used_once(cast):
    invitation = team.invite(cast.town, cast.sigrid, cast.nils.email, Role.EDITOR)
    team.accept(invitation, cast.nils)
    team.remove(cast.town, cast.nils, cast.sigrid)
    with pytest.raises(TooLate, match="used"):
        team.accept(invitation, cast.nils)
    assert cast.nils.email not in roles(cast.town)


def test_an_invitation_that_is_withdrawn_or_expired_lets_nobody_in(cast):
    withdrawn = team.invite(cast.town, cast.sigrid, cast.nils.email, Role.EDITOR)
    team.withdraw(withdrawn, cast.sigrid)
    with pytest.raises(TooLate, match="withdrawn"):
        team.accept(withdrawn, cast.nils)
    expired = team.invite(cast.town, cast.sigrid, cast.nils.email, Role.EDITOR)
    lapse(expired)
    with pytest.raises(TooLate, match="expired"):
        team.accept(expired, cast.nils)
    assert len(roles(cast.town)) == 3


def test_sent_again_it_lives_anew_and_the_old_link_opens_nothing(cast):
    invitation = team.invite(cast.town, cast.sigrid, NEW, Role.EDITOR)
    old = token_of(invitation)
    lapse(invitation)
    with clock.at(timezone.now() + team.SEND_AGAIN_AFTER):
        team.send_again(invitation, cast.sigrid)
    assert team.find(old) is None
    invitation.refresh_from_db()
    assert invitation.is_open


def test_an_invitation_to_another_address_is_nobody_elses(cast):
    invitation = team.invite(cast.town, cast.sigrid, NEW, Role.SIGNATORY)
    with pytest.raises(NotAllowed):
        team.accept(invitation, cast.nils)
    EmailAddress.objects.create(user=cast.nils, email=NEW, verified=False)
    with pytest.raises(NotAllowed):
        team.accept(invitation, cast.nils)
    EmailAddress.objects.filter(email=NEW).update(verified=True)
    team.accept(invitation, cast.nils)


def test_a_newcomer_gets_an_account_without_a_password(cast):
    invitation = team.invite(cast.town, cast.sigrid, NEW, Role.EDITOR)
    user = team.accept_as_new(invitation, "Ny Person", "en")
    assert (user.email, user.name, user.language, user.is_staff) == (NEW, "Ny Person", "en", False)
    assert not user.has_usable_password()
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == (NEW, True, True)
    assert roles(cast.town)[NEW] == "editor"


def test_who_has_an_account_gets_no_second_one(cast):
    invitation = team.invite(cast.town, cast.sigrid, cast.nils.email, Role.EDITOR)
    with pytest.raises(TooLate, match="have an account"):
        team.accept_as_new(invitation, "Somebody", "sv")
    assert len(roles(cast.town)) == 3


def test_no_account_is_left_where_the_invitation_had_expired(cast):
    invitation = team.invite(cast.town, cast.sigrid, NEW, Role.EDITOR)
    lapse(invitation)
    with pytest.raises(TooLate):
        team.accept_as_new(invitation, "Somebody", "sv")
    assert not User.objects.filter(email=NEW).exists()


def test_the_last_signatory_stays(cast):
    for call in (
        lambda: team.remove(cast.town, cast.sigrid, cast.sigrid),
        lambda: team.change_role(cast.town, cast.sigrid, cast.sigrid, Role.VIEWER),
    ):
        with pytest.raises(NotReady, match="at least one authorised signatory"):
            call()
    assert roles(cast.town)["sigrid@ekstad.example"] == "signatory"


def test_a_signatory_who_can_not_sign_in_is_not_counted(cast):
    team.change_role(cast.town, cast.edit, cast.sigrid, Role.SIGNATORY)
    User.objects.filter(pk=cast.edit.pk).update(is_active=False)
    with pytest.raises(NotReady):
        team.remove(cast.town, cast.sigrid, cast.sigrid)


def test_with_another_signatory_one_may_go(cast):
    team.change_role(cast.town, cast.edit, cast.sigrid, Role.SIGNATORY)
    team.remove(cast.town, cast.sigrid, cast.sigrid)
    assert roles(cast.town) == {"edit@ekstad.example": "signatory", "vide@ekstad.example": "viewer"}


def test_everybody_else_may_leave(cast):
    team.remove(cast.town, cast.vide, cast.vide)
    with pytest.raises(TooLate, match="no longer"):
        team.remove(cast.town, cast.vide, cast.sigrid)


@pytest.mark.parametrize("how", ["removed", "left", "demoted"])
def test_who_can_not_write_any_more_has_no_question(cast, how):
    application = make_application(cast)
    for question in questions(application)[:2]:
        writing.hand_over(application, question, cast.sigrid, cast.edit)
    if how == "demoted":
        team.change_role(cast.town, cast.edit, cast.sigrid, Role.VIEWER)
    else:
        team.remove(cast.town, cast.edit, cast.sigrid if how == "removed" else cast.edit)
    assert not application.answer_set.filter(handed_to=cast.edit).exists()
    last = application.event_set.order_by("sequence").last()
    assert (last.kind, last.data) == ("handed_over", {"question": 2, "to": None})
    assert list(faults(application)) == []


def test_the_office_sees_who_was_given_what_and_no_names(cast):
    team.invite(cast.town, cast.sigrid, NEW, Role.SIGNATORY)
    team.change_role(cast.town, cast.edit, cast.sigrid, Role.SIGNATORY)
    lines = list(LogEntry.objects.order_by("pk").values_list("user__email", "object_repr", "change_message"))
    assert [line[:2] for line in lines] == [(cast.sigrid.email, "Ekstads kommun")] * 2
    assert not any(NEW in line[2] or "Editor" in line[2] for line in lines)


# --- Co-applicants ---------------------------------------------------------------------------------------
def test_a_co_applicant_is_invited_joins_writes_and_endorses(cast):
    application = make_application(cast)
    invited = party(cast, application, cast.mina.email)
    team.accept(invited, cast.mina)
    first = questions(application)[0]
    writing.hand_over(application, first, cast.sigrid, cast.mina)
    writing.save_answer(application, first, cast.mina, "Vi äger tre hus vid torget.", 3)
    team.endorse(application, cast.mina, True)
    assert kinds(application)[1:] == [
        "co_applicant_invited",
        "co_applicant_joined",
        "handed_over",
        "endorsed",
    ]
    assert [(one.name, one.endorsed_at is not None, one.changed) for one in reading.parties(application)] == [
        ("Kiosken", True, ())
    ]
    assert list(faults(application)) == []


def test_the_log_names_no_person(cast):
    application = make_application(cast)
    invited = party(cast, application, cast.mina.email)
    assert application.event_set.latest("sequence").data == {"co_applicant": invited.pk, "party": "Kiosken"}


def test_what_is_answered_after_an_endorsement_is_said(cast):
    application = fill(make_application(cast), cast.sigrid)
    join(application, cast.mina)
    team.endorse(application, cast.mina, True)
    for question in (questions(application)[1], questions(application)[3]):
        writing.save_answer(application, question, cast.edit, "Ändrat.", 2)
    assert reading.parties(application)[0].changed == (2, 4)
    team.endorse(application, cast.mina, True)
    assert reading.parties(application)[0].changed == ()


def test_a_co_applicant_does_not_sign_lead_or_change_the_facts(cast):
    application = fill(make_application(cast), cast.sigrid)
    own = join(application, cast.mina)
    other = party(cast, application)
    for call in (
        lambda: workflow.submit(application, cast.mina, declares=True),
        lambda: workflow.withdraw(application, cast.mina),
        lambda: party(Cast(**{**vars(cast), "sigrid": cast.mina}), application, "en@annan.example"),
        lambda: team.send_again_to_co_applicant(application, other, cast.mina),
        lambda: team.remove_co_applicant(application, other, cast.mina),
        lambda: writing.hand_over(application, questions(application)[0], cast.mina, cast.edit),
        lambda: writing.save_facts(
            application, cast.mina, area="Ekby", holder="Annan", spokesperson="", spokesperson_title=""
        ),
    ):
        with pytest.raises(NotAllowed):
            call()
    team.remove_co_applicant(application, own, cast.mina)
    assert not permissions.is_applicant(cast.mina, Application.objects.get(pk=application.pk))


def test_one_part_each(cast):
    application = make_application(cast)
    with pytest.raises(NotReady, match="in your own team"):
        party(cast, application, cast.edit.email)
    invited = party(cast, application)
    with pytest.raises(NotReady, match="invited already"):
        party(cast, application)
    join(application, cast.mina)
    EmailAddress.objects.create(user=cast.mina, email=invited.email, verified=True)
    with pytest.raises(NotReady, match="have a part"):
        team.accept(invited, cast.mina)


def test_there_can_be_twenty_co_applicants(cast):
    application = make_application(cast)
    for number in range(team.MAX_CO_APPLICANTS):
        party(cast, application, f"n{number}@handel.example")
    with pytest.raises(NotReady, match="at most 20"):
        party(cast, application)


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.IN_REVIEW, Status.APPROVED, Status.WITHDRAWN])
def test_none_is_invited_once_the_application_is_out_of_hand(cast, status):
    with pytest.raises(TooLate):
        party(cast, make_application(cast, status))


def test_a_self_diagnosis_stays_within_the_organisation(cast):
    application = make_application(cast)
    Application.objects.filter(pk=application.pk).update(kind=Application.Kind.DIAGNOSIS)
    with pytest.raises(NotReady, match="stays within"):
        party(cast, application)


def test_a_closed_application_is_joined_by_nobody(cast):
    application = make_application(cast)
    invited = party(cast, application, cast.mina.email)
    workflow.withdraw(application, cast.sigrid)
    with pytest.raises(TooLate, match="closed"):
        team.accept(invited, cast.mina)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.IN_REVIEW, Status.APPROVED])
def test_a_co_applicant_can_be_taken_away_at_any_time(cast, status):
    application = make_application(cast, status)
    own = join(application, cast.mina)
    if status == Status.DRAFT:
        writing.hand_over(application, questions(application)[0], cast.sigrid, cast.mina)
    team.remove_co_applicant(application, own, cast.sigrid)
    assert not Application.objects.of(cast.mina).exists()
    assert not application.answer_set.filter(handed_to=cast.mina).exists()
    with pytest.raises(TooLate, match="no longer"):
        team.remove_co_applicant(application, own, cast.sigrid)
    assert "co_applicant_removed" in kinds(application)


def test_it_is_endorsed_until_it_is_decided(cast):
    application = make_application(cast, Status.IN_REVIEW)
    own = join(application, cast.mina)
    team.endorse(application, cast.mina, True)
    team.endorse(application, cast.mina, False)
    own.refresh_from_db()
    assert own.endorsed_at is None
    assert kinds(application)[-2:] == ["endorsed", "endorsement_taken_back"]
    decided = make_application(cast, Status.APPROVED, area="Granby")
    join(decided, cast.mina)
    with pytest.raises(TooLate):
        team.endorse(decided, cast.mina, True)


def test_only_a_party_endorses(cast):
    application = make_application(cast)
    for actor in (cast.sigrid, cast.edit, cast.stina, cast.nils):
        with pytest.raises(NotAllowed):
            team.endorse(application, actor, True)


def test_a_submission_freezes_who_was_behind_it(cast):
    application = fill(make_application(cast), cast.sigrid)
    join(application, cast.mina)
    join(application, cast.nils, "Kiosken")
    party(cast, application, "tredje@handel.example")
    team.endorse(application, cast.mina, True)
    submission = workflow.submit(application, cast.sigrid, declares=True)
    endorsed = application.co_applicants.get(user=cast.mina).endorsed_at
    assert submission.content["co_applicants"] == [
        {
            "party": "Ekstads Hus AB",
            "kind": "property_owner",
            "endorsed_at": endorsed.isoformat(),
            "changed": [],
        },
        {"party": "Kiosken", "kind": "property_owner", "endorsed_at": None, "changed": []},
    ]
    team.endorse(application, cast.mina, False)
    assert [one.endorsed_at for one in reading.submitted_parties(submission)] == [endorsed, None]


# --- People who want to be removed -----------------------------------------------------------------------
def test_the_last_signatory_hands_over_before_asking_to_be_removed(cast):
    with pytest.raises(NotReady, match="at least one authorised signatory"):
        team.ask_for_removal(cast.sigrid)
    team.change_role(cast.town, cast.edit, cast.sigrid, Role.SIGNATORY)
    team.ask_for_removal(cast.sigrid)
    cast.sigrid.refresh_from_db()
    assert cast.sigrid.removal_requested_at
    User.objects.filter(pk=cast.edit.pk).update(is_active=False)
    with pytest.raises(removal.NotPossible, match="only authorised signatory"):
        removal.carry_out(cast.sigrid)
    cast.sigrid.refresh_from_db()
    assert cast.sigrid.name == "Signatory"


def test_nobody_is_removed_who_has_not_asked_or_has_thought_better(cast):
    team.ask_for_removal(cast.mina)
    team.take_back_removal(cast.mina)
    with pytest.raises(removal.NotPossible, match="has not asked"):
        removal.carry_out(cast.mina)


def test_removed_somebody_is_nowhere_and_the_records_stand(cast, client, django_capture_on_commit_callbacks):
    application = fill(make_application(cast), cast.edit)
    join(application, cast.edit, "Annat")  # Both, as can happen when somebody changes employer.
    other = make_application(cast, area="Granby")
    writing.hand_over(other, questions(other)[0], cast.sigrid, cast.edit)
    open_one = team.invite(cast.other_town, cast.stina, cast.edit.email, Role.VIEWER)
    client.force_login(cast.edit)
    team.ask_for_removal(cast.edit)
    with django_capture_on_commit_callbacks(execute=True):
        removal.carry_out(cast.edit)

    person = User.objects.get(pk=cast.edit.pk)
    placeholder = f"removed-{person.pk}@removed.invalid"
    assert (person.email, person.name, person.is_active) == (placeholder, "Borttagen person", False)
    assert (person.has_usable_password(), person.removal_requested_at) == (False, None)
    assert not EmailAddress.objects.filter(user=person).exists()
    assert not Affiliation.objects.filter(user=person).exists()
    assert not CoApplicant.objects.active().filter(user=person).exists()
    assert not CoApplicant.objects.filter(email="edit@ekstad.example").exists()
    assert not Invitation.objects.filter(pk=open_one.pk).exists()
    assert not other.answer_set.filter(handed_to=person).exists()
    assert Session.objects.count() == 0
    assert client.get("/applications/").status_code == 302
    assert application.answer_set.filter(updated_by=person).count() == 5
    assert list(faults(application)) == list(faults(other)) == []


def test_the_association_keeps_what_a_removed_advisor_wrote_but_not_who(cast):
    application = make_application(cast, Status.APPROVED)
    team.ask_for_removal(cast.asta)
    removal.carry_out(cast.asta)
    person = User.objects.get(pk=cast.asta.pk)
    assert (person.is_staff, person.groups.count()) == (False, 0)
    assert person.assignments.get().review_set.submitted().count() == 1
    assert list(faults(application)) == []


def test_the_name_goes_out_of_the_offices_history(cast):
    message = (
        '[{"added": {"name": "affiliation", "object": "Property owner, Redakt\\u00f6r, Ekstads kommun"}}]'
    )
    entry = LogEntry.objects.log_actions(cast.alma.pk, [cast.town], 2, message, single_object=True)
    own = LogEntry.objects.log_actions(cast.alma.pk, [cast.mina], 2, "Changed", single_object=True)
    team.ask_for_removal(cast.mina)
    removal.carry_out(cast.mina)
    entry.refresh_from_db()
    own.refresh_from_db()
    assert "Property owner" not in entry.change_message
    assert "Ekstads kommun" in entry.change_message
    assert (own.object_repr, own.change_message) == ("Borttagen person", "")


# --- At the same moment ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    @pytest.fixture
    def cast(self, transactional_db) -> Cast:
        return make_cast()

    def test_of_two_signatories_who_leave_one_stays(self, cast):
        Affiliation.objects.filter(user=cast.edit).update(role=Role.SIGNATORY)
        outcomes = at_once(
            lambda: team.remove(cast.town, cast.sigrid, cast.sigrid),
            lambda: team.remove(cast.town, cast.edit, cast.edit),
        )
        assert refusals(outcomes) == [NotReady]
        assert list(roles(cast.town).values()).count("signatory") == 1

    def test_of_two_who_demote_each_other_one_stays(self, cast):
        Affiliation.objects.filter(user=cast.edit).update(role=Role.SIGNATORY)
        outcomes = at_once(
            lambda: team.change_role(cast.town, cast.edit, cast.sigrid, Role.VIEWER),
            lambda: team.change_role(cast.town, cast.sigrid, cast.edit, Role.VIEWER),
        )
        assert refusals(outcomes) == [NotAllowed]
        assert list(roles(cast.town).values()).count("signatory") == 1

    def test_a_double_click_accepts_once(self, cast):
        with transaction.atomic():
            invitation = team.invite(cast.town, cast.sigrid, cast.nils.email, Role.EDITOR)
        outcomes = at_once(*[lambda: team.accept(invitation, cast.nils)] * 3)
        assert set(refusals(outcomes)) == {TooLate}
        assert len(refusals(outcomes)) == 2
        assert Affiliation.objects.filter(user=cast.nils).count() == 1

    def test_a_newcomers_double_click_makes_one_account(self, cast):
        application = make_application(cast)
        invited = party(cast, application, NEW)
        outcomes = at_once(*[lambda: team.accept_as_new(invited, "Ny", "sv")] * 3)
        assert set(refusals(outcomes)) == {TooLate}
        assert User.objects.filter(email=NEW).count() == 1
        assert kinds(application).count("co_applicant_joined") == 1

    def test_removing_and_saving_the_facts_wait_for_each_other_in_one_order(self, cast):
        application = make_application(cast)
        facts = {"area": "Ekstad", "holder": "H", "spokesperson": "S", "spokesperson_title": ""}
        outcomes = at_once(
            *[lambda: writing.save_facts(application, cast.sigrid, **facts)] * 3,
            lambda: team.remove(cast.town, cast.vide, cast.sigrid),
            lambda: team.remove(cast.town, cast.edit, cast.sigrid),
        )
        assert refusals(outcomes) == []
        assert list(roles(cast.town)) == [cast.sigrid.email]

    def test_a_question_is_not_handed_to_somebody_who_leaves(self, cast):
        application = make_application(cast)
        at_once(
            lambda: writing.hand_over(application, questions(application)[0], cast.sigrid, cast.edit),
            lambda: team.remove(cast.town, cast.edit, cast.edit),
        )
        assert not application.answer_set.filter(handed_to=cast.edit).exists()


def test_an_answer_changed_after_an_endorsement_is_frozen_as_such(cast):
    application = fill(make_application(cast), cast.sigrid)
    join(application, cast.mina)
    team.endorse(application, cast.mina, True)
    with clock.at(timezone.now() + datetime.timedelta(hours=1)):
        writing.save_answer(application, questions(application)[2], cast.edit, "Ett annat svar.", 3)
    submission = workflow.submit(application, cast.sigrid, declares=True)
    assert [party["changed"] for party in submission.content["co_applicants"]] == [[3]]
    assert [party.changed for party in reading.submitted_parties(submission)] == [(3,)]

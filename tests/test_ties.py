"""Who has worked on an application stays out of the association's part in it, and what was never handed in is the
applicant's own."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from applications import doors, permissions, team, workflow, writing
from applications.admin.cases import visible_to
from applications.certificates import setting
from applications.models import Status
from members import removal
from members.models import Affiliation, Invitation

from .cases import PDF, fill, join, lapse, make_application, questions, upload

pytestmark = pytest.mark.django_db


def leave_after_writing(application, person, how):
    """`person` works on the application in some way and leaves it."""
    party = join(application, person)
    if how == "answer":
        writing.save_answer(application, questions(application)[0], person, "Av en utomstående.", 2)
    elif how == "evidence":
        writing.add_evidence(
            application, questions(application)[0], person, upload(PDF + person.email.encode())
        )
    team.remove_co_applicant(application, party, person)


@pytest.mark.parametrize("how", ["only joining", "answer", "evidence"])
def test_leaving_an_application_makes_nobody_impartial(cast, how):
    application = make_application(cast)
    leave_after_writing(application, cast.asta, how)
    leave_after_writing(application, cast.beata, how)
    fill(application, cast.sigrid)
    workflow.submit(application, cast.sigrid, declares=True)
    application.refresh_from_db()
    assert not permissions.can_be_assigned(cast.asta, application)
    assert not permissions.is_uninvolved(cast.beata, application)
    assert not permissions.can_see_case(cast.asta, application)
    assert [*visible_to(cast.asta)] == [] == [*visible_to(cast.beata)]
    assert [*visible_to(cast.axel)] == [application]
    with pytest.raises(doors.NotAllowed):
        workflow.assign(application, [cast.asta], cast.alma)


def test_an_editor_who_has_left_the_team_is_not_impartial_either(cast):
    Affiliation.objects.create(user=cast.asta, organisation=cast.town, role=Affiliation.Role.EDITOR)
    application = make_application(cast)
    writing.save_answer(application, questions(application)[4], cast.asta, "Skrivet av Asta.", 3)
    team.remove(cast.town, cast.asta, cast.sigrid)
    assert not permissions.can_be_assigned(cast.asta, type(application).objects.get())


@pytest.mark.parametrize("end", ["withdrawn", "lapsed"])
def test_what_was_never_handed_in_is_never_the_associations(client, cast, end):
    application = make_application(cast)
    if end == "withdrawn":
        workflow.withdraw(application, cast.sigrid)
    else:
        lapse(application)
    client.force_login(cast.alma)
    assert [*visible_to(cast.alma)] == []
    page = reverse("admin:applications_application_change", args=[application.pk])
    assert client.get(page).status_code == 404
    handed_in = make_application(cast, Status.SUBMITTED, area="Ekdal")
    workflow.withdraw(handed_in, cast.sigrid)
    assert [*visible_to(cast.alma)] == [handed_in]


def test_the_case_log_is_silent_about_who_came_and_went_while_it_was_written(client, cast):
    application = make_application(cast)
    leave_after_writing(application, cast.mina, "answer")
    fill(application, cast.sigrid)
    workflow.submit(application, cast.sigrid, declares=True)
    client.force_login(cast.alma)
    page = client.get(reverse("admin:applications_application_change", args=[application.pk]))
    assert page.status_code == 200
    assert str(cast.mina) not in page.content.decode()


# --- Removal ---------------------------------------------------------------------------------------------
def test_noting_somebody_elses_address_takes_nothing_from_them(cast):
    application = make_application(cast)
    party = join(application, cast.mina)
    invitation = team.invite(cast.town, cast.sigrid, "ny@ekstad.example", Affiliation.Role.SIGNATORY)
    for address in (cast.mina.email, "ny@ekstad.example"):
        EmailAddress.objects.create(user=cast.nils, email=address, verified=False, primary=False)
    team.ask_for_removal(cast.nils)
    removal.carry_out(cast.nils)
    party.refresh_from_db()
    assert (party.withdrawn_at, party.email, party.user) == (None, cast.mina.email, cast.mina)
    assert Invitation.objects.get().email == invitation.email
    assert permissions.is_applicant(cast.mina, type(application).objects.get())


# --- Invitations -----------------------------------------------------------------------------------------
def test_the_invitations_of_who_is_removed_open_nothing(cast):
    team.change_role(cast.town, cast.edit, cast.sigrid, Affiliation.Role.SIGNATORY)
    invitation = team.invite(cast.town, cast.edit, "ny@ekstad.example", Affiliation.Role.SIGNATORY)
    kept = team.invite(cast.town, cast.sigrid, "annan@ekstad.example", Affiliation.Role.EDITOR)
    team.remove(cast.town, cast.edit, cast.sigrid)
    invitation.refresh_from_db()
    kept.refresh_from_db()
    assert (invitation.is_open, kept.is_open) == (False, True)


def test_nobodys_mailbox_is_filled(cast, monkeypatch):
    invitation = team.invite(cast.town, cast.sigrid, "ny@ekstad.example", Affiliation.Role.EDITOR)
    with pytest.raises(doors.NotReady, match="alldeles nyss"):
        team.send_again(invitation, cast.sigrid)
    monkeypatch.setattr(team, "MAX_A_DAY", 2)
    team.withdraw(invitation, cast.sigrid)
    team.withdraw(team.invite(cast.town, cast.sigrid, "b@ekstad.example", "editor"), cast.sigrid)
    with pytest.raises(doors.NotReady, match="i morgon"):
        team.invite(cast.town, cast.sigrid, "c@ekstad.example", "editor")


def test_a_question_handed_to_and_fro_is_told_once(cast, mailoutbox, django_capture_on_commit_callbacks):
    application = make_application(cast)
    question = questions(application)[0]
    with django_capture_on_commit_callbacks(execute=True):
        for to in (cast.edit, None, cast.edit, None, cast.edit):
            writing.hand_over(application, question, cast.sigrid, to)
    assert [mail.to for mail in mailoutbox] == [[cast.edit.email]]


# --- What a form can be made to send -----------------------------------------------------------------------
@pytest.mark.parametrize("name", ["organisation", "contacts", "logo", "logo_change", "logo_remove"])
def test_a_number_beyond_the_column_is_nobodys_page(client, cast, name):
    client.force_login(cast.sigrid)
    address = (
        reverse("organisation", args=[2**63])
        + {
            "organisation": "",
            "contacts": "contacts/",
            "logo": "logo/",
            "logo_change": "logo/change/",
            "logo_remove": "logo/remove/",
        }[name]
    )
    assert client.get(address).status_code in (404, 405)
    assert client.post(address).status_code in (404, 405)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "²", "-1"])
def test_forged_numbers_of_questions_are_left_out(client, cast, number):
    application = make_application(cast)
    item = writing.add_evidence(application, questions(application)[0], cast.edit, upload())
    client.force_login(cast.edit)
    page = reverse("question", args=[application.reference, 1])
    fields = {f"also-{item.pk}": number, f"shown-also-{item.pk}": number + "1", "text": "Kvar.", "seen": "0"}
    assert client.post(page, fields).status_code == 302
    assert application.answer_set.get(question__number=1).text == "Kvar."
    assert [question.number for question in item.questions.all()] == [1]


@pytest.mark.parametrize("text", ["a" * 20_000, "a\n\n" * 6_000, "a\n\t" * 6_000])
def test_a_text_made_to_keep_the_printer_busy_becomes_few_lines(text):
    settable = setting.settable(text)
    assert settable.count("\n") <= setting.MOST_LINES
    assert max(map(len, settable.split())) <= setting.LONGEST_WORD
    assert "".join(settable.split()) == "".join(text.split())

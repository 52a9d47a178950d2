"""The team's page of an application, and accepting invitations."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone, translation

from applications import clock, team, workflow, writing
from applications.models import Application, CoApplicant, Status
from members.models import Affiliation, Invitation, InvitationBase, User

from ..cases import PASSWORD, Cast, fill, join, make_application, make_user, questions

pytestmark = pytest.mark.django_db
NEW = "ny@handel.example"


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def page_of(application: Application, page: str = "team/") -> str:
    return f"/applications/{application.reference}/{page}"


def body(response) -> str:
    """What the page says, without the header and its token, new each time."""
    return response.content.decode().split("<main")[1]


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", body(response)).split())


def link_to(invitation: InvitationBase) -> str:
    """The address in the mail."""
    token = invitation.renew()
    invitation.save()
    return reverse("invitation", args=[token])


def invited(cast: Cast, email: str = NEW) -> CoApplicant:
    application = make_application(cast)
    return team.invite_co_applicant(application, cast.sigrid, email=email, party="Kiosken", kind="trader")


# --- The team's page -------------------------------------------------------------------------------------
def test_the_task_list_leads_to_the_team_and_says_how_it_stands(client, cast):
    application = make_application(cast)
    client.force_login(cast.sigrid)
    overview = page_of(application, "")
    assert f'href="{page_of(application)}"' in body(client.get(overview))
    assert "Co-applicants and support Optional" in words(client.get(overview))
    own = join(application, cast.mina)
    assert "Co-applicants and support Started" in words(client.get(overview))
    team.endorse(application, own.user, True)
    assert "Co-applicants and support Done" in words(client.get(overview))


def test_a_signatory_invites_and_what_is_wrong_is_said_beside_the_field(client, cast):
    application = make_application(cast)
    client.force_login(cast.sigrid)
    wrong = {"party": "Kiosken", "kind": "trader", "email": "kiosken"}
    response = client.post(page_of(application), wrong)
    assert response.context["form"].errors == {"email": ["Write the e-mail address like name@example.se."]}
    assert 'value="Kiosken"' in body(response)
    response = client.post(page_of(application), wrong | {"email": cast.edit.email})
    assert "is in your own team already" in words(response)
    response = client.post(page_of(application), wrong | {"email": NEW}, follow=True)
    assert f"An invitation is on its way to {NEW}." in words(response)
    assert "Kiosken Trader · ny@handel.example Invited" in words(response)


@pytest.mark.parametrize("name", ["edit", "vide", "mina"])
def test_others_see_the_team_and_can_not_invite(client, cast, name):
    application = make_application(cast)
    join(application, cast.mina)
    client.force_login(getattr(cast, name))
    page = client.get(page_of(application))
    assert "Ekstads Hus AB" in words(page)
    assert "Send the invitation" not in words(page)
    data = {"party": "Kiosken", "kind": "trader", "email": NEW}
    assert client.post(page_of(application), data).status_code == 403
    assert CoApplicant.objects.count() == 1


def test_an_expired_invitation_is_sent_again_and_one_can_be_withdrawn(client, cast):
    party = invited(cast)
    a_day = datetime.timedelta(days=1)
    CoApplicant.objects.update(expires_at=timezone.now() - a_day, sent_at=timezone.now() - 15 * a_day)
    client.force_login(cast.sigrid)
    page = page_of(party.application)
    assert "The invitation has expired" in words(client.get(page))
    client.post(page_of(party.application, f"team/{party.pk}/send-again/"))
    assert "The invitation has expired" not in words(client.get(page))
    remove = page_of(party.application, f"team/{party.pk}/remove/")
    assert "Withdraw the invitation to Kiosken?" in words(client.get(remove))
    assert CoApplicant.objects.get().withdrawn_at is None
    client.post(remove)
    assert (
        "Kiosken"
        not in body(client.get(page)).split("Invite a co-applicant")[0].split("Co-applicants</h2>")[1]
    )


def test_a_question_is_handed_over_and_back(client, cast):
    application = make_application(cast)
    join(application, cast.mina)
    client.force_login(cast.sigrid)
    hand_over = page_of(application, "questions/1/hand-over/")
    response = client.post(hand_over, {"to": cast.mina.pk}, follow=True)
    assert "Question 1 is handed over to Property owner." in words(response)
    assert f'<option value="{cast.mina.pk}" selected>' in body(response)
    client.post(hand_over, {"to": ""})
    assert not application.answer_set.filter(handed_to=cast.mina).exists()


@pytest.mark.parametrize("to", ["nils", "stina", "vide", "", "-1", "٣", "9" * 40, "no one"])
def test_a_question_goes_to_nobody_who_can_not_write(client, cast, to):
    application = make_application(cast)
    client.force_login(cast.sigrid)
    person = getattr(cast, to, None) if to else None
    client.post(page_of(application, "questions/1/hand-over/"), {"to": person.pk if person else to})
    assert not application.answer_set.exclude(handed_to=None).exists()


def test_a_co_applicant_endorses_and_takes_it_back(client, cast):
    application = fill(make_application(cast), cast.sigrid)
    own = join(application, cast.mina)
    client.force_login(cast.mina)
    response = client.post(page_of(application, "team/endorsement/"), {"endorses": "yes"}, follow=True)
    assert "You endorsed the application on" in words(response)
    writing.save_answer(application, questions(application)[2], cast.edit, "Nytt.", 3)
    assert "Question 3 was changed after that." in words(client.get(page_of(application)))
    client.post(page_of(application, "team/endorsement/"), {"endorses": "no"})
    own.refresh_from_db()
    assert own.endorsed_at is None


def test_a_co_applicant_does_what_it_may(client, cast):
    application = fill(make_application(cast), cast.sigrid)
    own = join(application, cast.mina)
    client.force_login(cast.mina)
    assert application.area in words(client.get("/applications/"))
    data = {"text": "Vi äger huset.", "rating": "3", "then": "close"}
    assert client.post(page_of(application, "questions/1/"), data).status_code == 302
    assert application.answer_set.get(question__number=1).text == "Vi äger huset."
    assert client.post(page_of(application, "check/"), {"declares": "on"}).status_code == 403
    assert client.post(page_of(application, "withdraw/")).status_code == 403
    assert client.get(reverse("organisation", args=[cast.town.pk])).status_code == 404
    leave = page_of(application, f"team/{own.pk}/remove/")
    assert "Leave the application for Ekstad?" in words(client.get(leave))
    client.post(leave)
    assert client.get(page_of(application)).status_code == 404


def test_the_decision_and_the_certificate_are_the_co_applicants_too(client, cast):
    application = make_application(cast, Status.APPROVED)
    join(application, cast.mina)
    client.force_login(cast.mina)
    assert client.get(page_of(application, "decision/")).status_code == 200
    assert client.get(page_of(application, "receipt/")).status_code == 200


def test_check_page_receipt_and_the_associations_pages_name_the_parties(client, cast):
    application = fill(make_application(cast), cast.sigrid)
    join(application, cast.mina)
    join(application, cast.nils, "Kiosken")
    team.endorse(application, cast.mina, True)
    client.force_login(cast.sigrid)
    both = (
        "Ekstads Hus AB (Property owner) Endorses the application since",
        "Has not endorsed the application",
    )
    for sentence in both:
        assert sentence in words(client.get(page_of(application, "check/")))
    workflow.submit(application, cast.sigrid, declares=True)
    team.endorse(application, cast.mina, False)
    for sentence in both:
        assert sentence in words(client.get(page_of(application, "receipt/")))
    assignment, *_others = workflow.assign(application, [cast.asta, cast.axel], cast.alma)
    workflow.declare(application, assignment, cast.asta, has_conflict=False)
    client.force_login(cast.asta)
    for name in ("change", "review"):
        address = reverse(f"admin:applications_application_{name}", args=[application.pk])
        for sentence in both:
            assert sentence in words(client.get(address))


def test_a_co_applicant_who_is_an_advisor_is_shut_out_of_the_case(client, cast):
    application = make_application(cast, Status.SUBMITTED)
    join(application, cast.asta)
    client.force_login(cast.asta)
    assert (
        application.reference
        not in client.get(reverse("admin:applications_application_changelist")).content.decode()
    )
    assert (
        client.get(reverse("admin:applications_application_change", args=[application.pk])).status_code == 404
    )


TEAM_QUERIES = (
    6  # session, person, application with part, team, parties, answers with whom they are handed to
)


@pytest.mark.parametrize("count", [1, 12])
def test_the_team_asks_as_much_however_many_they_are(client, cast, django_assert_num_queries, count):
    application = make_application(cast)
    for number in range(count):
        colleague = make_user(f"c{number}@ekstad.example", f"Colleague {number}")
        Affiliation.objects.create(user=colleague, organisation=cast.town, role="editor")
        join(application, make_user(f"p{number}@hus.example", f"Owner {number}"), f"Hus {number}")
        team.invite_co_applicant(
            application, cast.sigrid, email=f"i{number}@hus.example", party="Hus", kind="trader"
        ) if number < 7 else None
    client.force_login(cast.sigrid)
    with django_assert_num_queries(TEAM_QUERIES):
        client.get(page_of(application))


# --- Accepting -------------------------------------------------------------------------------------------
def test_the_link_says_who_invites_to_what_and_changes_nothing(client, cast):
    party = invited(cast)
    link = link_to(party)
    for _time in range(2):
        response = client.get(link)
        assert response.status_code == 200
        assert "Signatory at Ekstads kommun asks you to take part as co-applicant, for Kiosken." in words(
            response
        )
    party.refresh_from_db()
    assert party.is_open
    assert not User.objects.filter(email=NEW).exists()


def test_the_link_is_told_to_nobody(client, cast):
    response = client.get(link_to(invited(cast)))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_a_newcomer_gives_a_name_and_is_in(client, cast):
    party = invited(cast)
    link = link_to(party)
    response = client.post(link, {"name": "  "})
    assert response.context["form"].errors == {"name": ["Fill in this field."]}
    assert not User.objects.filter(email=NEW).exists()
    response = client.post(link, {"name": "Ny Person"}, follow=True)
    assert response.redirect_chain == [(page_of(party.application, ""), 302)]
    assert f"Next time you sign in with a code that we send to {NEW}." in words(response)
    assert response.wsgi_request.user.email == NEW
    assert client.post(link, {"name": "Ny Person"}).status_code == 302
    client.logout()
    assert client.post(link, {"name": "Ny Person"}).status_code == 410


def test_the_newcomer_can_sign_in_again_by_a_code(client, cast):
    client.post(link_to(invited(cast)), {"name": "Ny Person"})
    client.logout()
    mail.outbox.clear()
    client.post(reverse("account_request_login_code"), {"email": NEW})
    assert mail.outbox[0].to == [NEW]
    code = re.search(r"^([A-Z0-9-]{6,12})$", mail.outbox[0].body, re.M).group(1)
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.get("/applications/").status_code == 200


def test_who_has_an_account_signs_in_first_and_comes_back(client, cast):
    party = invited(cast, cast.mina.email)
    link = link_to(party)
    response = client.get(link)
    login = f"{reverse('account_login')}?next={link}"
    assert f'href="{login}"' in body(response)
    response = client.post(link, {"name": "Somebody else"})
    assert response.status_code == 302
    party.refresh_from_db()
    assert party.is_open
    response = client.post(
        reverse("account_login"), {"login": cast.mina.email, "password": PASSWORD, "next": link}
    )
    assert response["Location"] == link
    assert "Accept the invitation" in words(client.get(link))
    response = client.post(link)
    assert response["Location"] == page_of(party.application, "")
    cast.mina.refresh_from_db()
    assert cast.mina.name == "Property owner"


def test_somebody_else_is_told_so_and_can_change_over(client, cast):
    party = invited(cast)
    link = link_to(party)
    client.force_login(cast.nils)
    response = client.get(link)
    assert f"It was sent to {NEW}, and you are signed in as nils@example.example." in words(response)
    assert client.post(link).status_code == 403
    response = client.post(reverse("account_logout"), {"next": link})
    assert response["Location"] == link
    party.refresh_from_db()
    assert party.is_open


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"expires_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, "The invitation has expired"),
        (
            {"withdrawn_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)},
            "The invitation has been withdrawn",
        ),
    ],
    ids=["expired", "withdrawn"],
)
def test_a_dead_invitation_says_so_kindly(client, cast, fields, says):
    invitation = team.invite(cast.town, cast.sigrid, NEW, "editor")
    link = link_to(invitation)
    Invitation.objects.update(**fields)
    for response in (client.get(link), client.post(link, {"name": "Ny"})):
        assert response.status_code == 410
        assert says in words(response)
        assert "Signatory at Ekstads kommun" in words(response)
    assert not User.objects.filter(email=NEW).exists()


def test_the_link_before_the_last_opens_nothing(client, cast):
    party = invited(cast)
    old = link_to(party)
    with clock.at(timezone.now() + team.SEND_AGAIN_AFTER):
        team.send_again_to_co_applicant(party.application, party, cast.sigrid)
    response = client.get(old)
    assert response.status_code == 404
    assert "only the link in the latest mail works" in words(response)


def test_a_colleague_enters_the_organisation(client, cast):
    invitation = team.invite(cast.town, cast.sigrid, NEW, "editor")
    link = link_to(invitation)
    assert "invites you to the team that applies for Quality Mark for Ekstads kommun" in words(
        client.get(link)
    )
    response = client.post(link, {"name": "Ny Person"})
    assert response["Location"] == reverse("organisation", args=[cast.town.pk])
    assert Affiliation.objects.get(user__email=NEW).role == "editor"


def test_the_newcomer_reads_the_language_that_the_page_was_in(client, cast):
    client.post(link_to(invited(cast)), {"name": "Ny Person"})
    assert User.objects.get(email=NEW).language == "en"

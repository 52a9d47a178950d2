"""The demo: every state, the accounts, and Kristinehamn's own words."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from applications import doors, reading, scoring, workflow, writing
from applications.models import Application, Assignment, Certificate, Decision, Evidence, Review, Status
from members.models import Affiliation, Organisation, User
from tests.cases import questions, review

ACCOUNTS = {
    "sokande@kristinehamn.example": "Sökande Kristinehamn",
    "medsokande@kristinehamn.example": "Medsökande Kristinehamn",
    "sokande@ludvika.example": "Sökande Ludvika",
    "fastighet@ludvika.example": "Fastighetsägare Ludvika",
    "sokande@ystad.example": "Sökande Ystad",
    "sokande@lindby.example": "Sökande Lindby",
    "sokande@utgangen.example": "Sökande Björkvik",
    "radgivare1@qm.example": "Rådgivare 1",
    "radgivare2@qm.example": "Rådgivare 2",
    "beslut@qm.example": "Beslutsfattare",
    "admin@qm.example": "Administratör",
    "beslut2@qm.example": "Beslutsfattare 2",
}


def run() -> str:
    said = io.StringIO()
    call_command("demo", stdout=said)
    return said.getvalue()


def user(email: str) -> User:
    return User.objects.get(email=email)


def application(town: str) -> Application:
    return Application.objects.get(area=town, renews=None)


@pytest.fixture
def demo(db, settings, django_capture_on_commit_callbacks):
    settings.DEBUG = True
    with django_capture_on_commit_callbacks(execute=True):
        return run()


def test_it_is_refused_where_people_work(db):
    with pytest.raises(CommandError, match="QM_DEBUG=1"):
        run()
    assert User.objects.count() == 0


def test_the_accounts_are_named_and_can_sign_in_as_what_they_are_called(demo, client, settings):
    lines = demo.splitlines()
    assert lines[0] == "The demo is loaded."
    assert f"Open {settings.BASE_URL}/ and sign in as one of these:" in lines
    assert dict(line.strip().split(maxsplit=1) for line in lines if "@" in line) == ACCOUNTS
    assert lines[-2] == "The password is kvalitet-2026 for all of them."
    for email in ACCOUNTS:
        client.post("/accounts/login/", {"login": email, "password": "kvalitet-2026"})
        assert client.session["_auth_user_id"] == str(user(email).pk)
        client.logout()
    others = User.objects.exclude(email__in=ACCOUNTS)
    assert [other for other in others if other.has_usable_password()] == []
    staff = User.objects.filter(is_staff=True, is_superuser=False)
    assert dict(staff.values_list("email", "groups__name")) == {
        "radgivare1@qm.example": "Advisor",
        "radgivare2@qm.example": "Advisor",
        "beslut@qm.example": "Decision maker",
        "admin@qm.example": "Administrator",
        "beslut2@qm.example": "Decision maker",
    }
    roles = Affiliation.objects.filter(user__email__in=ACCOUNTS)
    assert set(roles.values_list("user__email", "organisation__town", "role")) == {
        ("sokande@kristinehamn.example", "Kristinehamn", "signatory"),
        ("medsokande@kristinehamn.example", "Kristinehamn", "editor"),
        ("sokande@ludvika.example", "Ludvika", "signatory"),
        ("sokande@ystad.example", "Ystad", "signatory"),
        ("sokande@lindby.example", "Lindby", "signatory"),
        ("sokande@utgangen.example", "Björkvik", "signatory"),
    }
    before = Application.objects.count(), User.objects.count(), len(mail.outbox)
    assert run().splitlines()[0] == "The demo is already loaded."
    assert (Application.objects.count(), User.objects.count(), len(mail.outbox)) == before


def test_every_list_and_page_has_something_to_show(demo):
    assert set(Application.objects.values_list("status", flat=True)) == set(Status.values)
    assert {certificate.area: certificate.standing for certificate in Certificate.objects.all()} == {
        "Kristinehamn": "valid",
        "Ystad": "valid",
        "Almstad": "suspended",
        "Rönnstad": "revoked",
    }
    assert not Certificate.objects.without_document().exists()
    reviews = Review.objects.filter(assignment__application__status=Status.IN_REVIEW)
    assert sorted(found.submitted_at is not None for found in reviews) == [False, False, True]
    assert Assignment.objects.filter(has_conflict=None).count() == 1
    assert application("Granhamn").has_open_appeal
    assert application("Falköping").submission_set.count() == 2
    apart = [
        reading.points_of(found)
        for found in Review.objects.counting(application("Falköping").latest_submission)
    ]
    assert scoring.disagreements(apart) == (2,)
    assert scoring.is_split(reading.criteria_of(application("Falköping")), 60, apart)
    assert application("Karlskoga").open_completion.points.get().question.number == 2
    types = set(Evidence.objects.values_list("content_type", flat=True))
    assert types == {"application/pdf", "image/jpeg"}
    said = io.StringIO()
    call_command("verify_events", stdout=said)
    assert said.getvalue() == "All is as it was written: 15 applications.\n"


def test_kristinehamn_answers_in_its_own_words_and_alone_is_no_example(demo):
    content = application("Kristinehamn").submission_set.get().content
    assert (content["spokesperson"], content["spokesperson_title"]) == (
        "Petra Hallberg Rudsvik",
        "Planeringsarkitekt, Planeringsavdelningen, Kristinehamns kommun",
    )
    answers = [part["answer"] for part in content["questions"]]
    assert answers[3] == (
        "Det är ett kvitto på att vi jobbar i rätt riktning. "
        "Det har funkat för andra, då kan det funka för oss!"
    )
    assert [answer.split()[0] for answer in answers] == ["Framförallt", "För", "Vi", "Det", "Att"]
    files = application("Kristinehamn").evidence.order_by("name")
    assert [file.name for file in files] == [
        "Mål och uppföljning Kristinehamn.pdf",
        "Samverkansavtal Kristinehamn.pdf",
        "Torget i Kristinehamn.jpg",
    ]
    assert [found.area for found in Application.objects.filter(is_example=False)] == ["Kristinehamn"]
    assert [found.area for found in Certificate.objects.filter(is_example=False)] == ["Kristinehamn"]


def test_ludvika_can_go_all_the_way_and_a_former_member_cant_start(demo):
    draft = application("Ludvika")
    signatory = user("sokande@ludvika.example")
    assert [answer.question.number for answer in draft.answer_set.all() if answer.text] == [1, 2]
    assert [gap.question for gap in reading.gaps(draft)] == [0, 3, 3, 4, 4, 5, 5]
    writing.save_facts(
        draft, signatory, area="Ludvika", holder="Ludvika kommun", spokesperson="S", spokesperson_title=""
    )
    for question in questions(draft)[2:]:
        writing.save_answer(draft, question, signatory, "Vi vill ha en levande stadskärna.", 3)
    workflow.submit(draft, signatory, declares=True)
    advisors = [user("radgivare1@qm.example"), user("radgivare2@qm.example")]
    for assignment in workflow.assign(draft, advisors, user("admin@qm.example")):
        workflow.declare(draft, assignment, assignment.advisor, has_conflict=False)
    for advisor in advisors:
        review(application("Ludvika"), advisor)
    workflow.decide(draft, user("beslut@qm.example"), Decision.Outcome.APPROVED, "Kraven är uppfyllda.")
    certificate = Certificate.objects.get(area="Ludvika")
    assert (certificate.holder, certificate.issued_on) == ("Ludvika kommun", timezone.localdate())
    assert certificate.is_example
    former = Organisation.objects.get(town="Björkvik")
    with pytest.raises(doors.NotAllowed) as refusal:
        workflow.start(former, user("sokande@utgangen.example"), "Björkvik", "Björkviks kommun")
    assert str(refusal.value) == workflow.not_a_member()


def ages(found: Application) -> dict[str, int]:
    """How many days ago each kind of thing happened last in the case."""
    now = timezone.now()
    return {event.kind: (now - event.at).days for event in found.event_set.order_by("sequence")}


def test_the_cases_have_the_ages_that_such_cases_have(demo):
    assert ages(application("Arvika"))["submitted"] == 3
    falkoping = ages(application("Falköping"))
    assert [falkoping[kind] for kind in ("submitted", "completion_requested", "resubmitted")] == [55, 40, 30]
    assert application("Karlskoga").open_completion.due_on == timezone.localdate() + timedelta(days=13)
    assert application("Strandby").event_set.filter(kind="lapsed").exists()
    for found in Application.objects.all():
        happened = list(found.event_set.order_by("sequence").values_list("at", flat=True))
        rendered = found.event_set.filter(kind="certificate_rendered").values_list("at", flat=True)
        in_order = [at for at in happened if at not in rendered]
        assert in_order == sorted(in_order)
        assert max(happened) <= timezone.now()


def test_ystad_is_about_to_renew_and_lindby_looks_at_itself(demo):
    certificate = Certificate.objects.get(area="Ystad")
    assert certificate.is_renewable_on(timezone.localdate())
    assert certificate.valid_through > timezone.localdate()
    renewal = certificate.renewals.get()
    assert (renewal.status, renewal.is_example) == (Status.DRAFT, True)
    assert [answer.changed for answer in renewal.answer_set.all()] == [True, None, None, False, False]
    assert [bool(answer.text) for answer in renewal.recommendation_answers.all()] == [True, False]
    assert renewal.evidence.count() == 1
    diagnosis = application("Lindby")
    assert diagnosis.is_diagnosis
    assert reading.self_assessment(diagnosis).percent == 25
    party = application("Ludvika").co_applicants.get()
    assert party.endorsed_at and party.endorsed_at > party.accepted_at

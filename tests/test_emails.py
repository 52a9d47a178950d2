"""Who gets which mail, in which language, and what is not in it."""

from __future__ import annotations

import datetime
import re
from email.utils import parseaddr
from html import unescape

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone

from applications import emails, mailing, team, workflow, writing
from applications.models import (
    Answer,
    Application,
    Assignment,
    Certificate,
    CertificateReminder,
    Decision,
    Status,
)
from members.models import User

from .cases import PASSWORD, fill, join, make_application, make_user, questions, review

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def outbox(django_capture_on_commit_callbacks):
    """Runs a move as if it were committed, and gives the mails that leave."""

    def run(move, *args, **kwargs) -> list[mail.EmailMultiAlternatives]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            move(*args, **kwargs)
        return list(mail.outbox)

    return run


def receivers(mails: list[mail.EmailMultiAlternatives]) -> list[str]:
    """All addresses, sorted; each mail goes to one person alone."""
    assert all(len(message.recipients()) == 1 for message in mails)
    return sorted(parseaddr(message.to[0])[1] for message in mails)


def links(message: mail.EmailMultiAlternatives) -> set[str]:
    """The addresses in the text and in the HTML, which must be the same."""
    in_text = set(re.findall(r"https?://\S+", message.body))
    in_html = set(re.findall(r'href="([^"]+)"', str(message.alternatives[0][0])))
    assert in_text == in_html
    return in_text


def address(name: str, *args) -> set[str]:
    return {settings.BASE_URL + reverse(name, args=args)}


def case_address(application: Application) -> set[str]:
    return address("admin:applications_application_change", application.pk)


def test_every_mail_that_is_named_can_be_sent_and_no_other_is_there():
    sources = (settings.BASE_DIR / "applications").rglob("*.py")
    code = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    named = set(re.findall(r'mail_later\("(\w+)"', code))
    by_chores = {"left_lying", "completion_due", "renewal_open", "certificate_expiring"}
    assert named | by_chores == set(emails.SENDERS)
    assert set(emails.LINK_SENDERS) == {"invited", "co_applicant_invited"}
    assert set(mailing.OPTIONAL) < set(emails.SENDERS)


def test_a_new_application_gives_the_applicant_a_receipt_and_the_administrators_word(cast, outbox):
    application = fill(make_application(cast), cast.sigrid)
    mails = outbox(workflow.submit, application, cast.sigrid, declares=True)
    assert receivers(mails) == ["alma@qm.example", "edit@ekstad.example", "sigrid@ekstad.example"]
    found = {message.to[0]: links(message) for message in mails}
    assert found["sigrid@ekstad.example"] == address("receipt", application.reference)
    assert found["alma@qm.example"] == case_address(application)


def test_an_advisor_hears_of_an_assignment_but_nothing_of_the_case(cast, outbox):
    application = make_application(cast, Status.SUBMITTED)
    mails = outbox(workflow.assign, application, [cast.asta], cast.alma)
    assert receivers(mails) == ["asta@qm.example"]
    assert links(mails[0]) == case_address(application)
    assert "Svar på fråga" not in mails[0].body
    assert cast.sigrid.email not in mails[0].body


def test_the_administrators_hear_of_a_conflict(cast, outbox):
    application = make_application(cast, Status.IN_REVIEW)
    assignment = application.assignment_set.get(advisor=cast.asta)
    mails = outbox(workflow.declare, application, assignment, cast.asta, has_conflict=True)
    assert receivers(mails) == ["alma@qm.example"]
    assert links(mails[0]) == case_address(application)


def test_an_administrator_with_a_tie_to_the_applicant_hears_nothing(cast, outbox):
    cast.town.affiliation_set.create(user=cast.alma, role="viewer")
    application = fill(make_application(cast), cast.sigrid)
    mails = outbox(workflow.submit, application, cast.sigrid, declares=True)
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]


def test_a_completion_request_names_its_last_day_in_the_readers_language(cast, outbox):
    User.objects.filter(pk=cast.edit.pk).update(language="en")
    application = make_application(cast, Status.IN_REVIEW)
    due_on = datetime.date(timezone.localdate().year + 1, 5, 4)
    points = {questions(application)[1]: "Tell us more about the budget."}
    mails = outbox(workflow.request_completion, application, cast.asta, points, due_on)
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]
    english, swedish = sorted(mails, key=lambda message: message.to[0])
    assert f"by 4 May {due_on.year}" in english.body
    assert f"4 maj {due_on.year}" in swedish.body
    for message in mails:
        assert links(message) == address("application", application.reference)
        assert "budget" not in message.body


def test_the_advisors_at_work_hear_of_a_completed_application(cast, outbox):
    application = make_application(cast, Status.IN_REVIEW)
    away = make_user("away@qm.example", "Advisor three", "Advisor")
    (left,) = workflow.assign(application, [away], cast.alma)
    workflow.declare(application, left, away, has_conflict=True)
    undeclared = make_user("new@qm.example", "Advisor four", "Advisor")
    workflow.assign(application, [undeclared], cast.alma)
    question = questions(application)[1]
    due_on = timezone.localdate() + datetime.timedelta(days=7)
    workflow.request_completion(application, cast.asta, {question: "More."}, due_on)
    writing.save_answer(application, question, cast.sigrid, "Mer.", 3)
    mails = outbox(workflow.resubmit, application, cast.sigrid, declares=True)
    assert receivers(mails) == ["asta@qm.example", "axel@qm.example"]
    assert [links(message) for message in mails] == [case_address(application)] * 2


def test_the_mail_of_a_completed_application_names_what_changed_and_no_more(cast, outbox):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    User.objects.filter(pk=cast.axel.pk).update(language="en")
    second = questions(application)[1]
    writing.save_answer(application, second, cast.sigrid, "HEMLIGT svar.", 3)
    mails = outbox(workflow.resubmit, application, cast.sigrid, declares=True)
    swedish, english = sorted(mails, key=lambda message: message.to[0])
    for message, words, heading in (
        (swedish, "Det här har ändrats:", second.heading_sv),
        (english, "What has changed:", second.heading_en),
    ):
        name = "Fråga" if message is swedish else "Question"
        html = unescape(message.alternatives[0][0])
        assert f"{words}\n- {name} 2: {heading}\n\n" in message.body
        assert f"<p>{words}</p>\n<ul><li>{name} 2: {heading}</li></ul>" in html
        for text in (message.body, html):
            assert text.count(f"{name} ") == 1
            assert "HEMLIGT" not in text and "budget" not in text


def test_those_who_may_decide_hear_that_the_reviews_are_in(cast, outbox):
    tied = make_user("tied@qm.example", "Decision maker two", "Decision maker")
    cast.town.affiliation_set.create(user=tied, role="viewer")
    make_user("gone@qm.example", "Decision maker three", "Decision maker")
    User.objects.filter(email="gone@qm.example").update(is_active=False)
    mails = outbox(make_application, cast, Status.READY_FOR_DECISION)
    application = Application.objects.get()
    ready = [message for message in mails if "beata@qm.example" in message.to]
    assert [links(message) for message in ready] == [case_address(application)]
    assert not {"tied@qm.example", "gone@qm.example"} & set(receivers(mails))


@pytest.mark.parametrize("outcome", Decision.Outcome)
def test_the_decisions_subject_does_not_tell_the_outcome(cast, outbox, outcome):
    application = make_application(cast, Status.READY_FOR_DECISION)
    mails = outbox(workflow.decide, application, cast.beata, outcome, "Reasons are here.")
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]
    other = Decision.objects.get()
    for message in mails:
        assert links(message) == address("decision", application.reference)
        assert other.get_outcome_display().lower() not in message.subject.lower()
        assert "Reasons" not in message.body


def test_both_outcomes_have_the_same_subject(cast, outbox):
    subjects = {
        outbox(workflow.decide, application, cast.beata, outcome, "Reasons.")[0]
        .subject.replace(application.reference, "")
        .replace(application.area, "")
        for outcome, area in (("approved", "Ekstad"), ("declined", "Ekby"))
        for application in [make_application(cast, Status.READY_FOR_DECISION, area=area)]
    }
    assert len(subjects) == 1


def test_nobody_without_an_active_account_gets_mail(cast, outbox):
    User.objects.filter(pk__in=[cast.sigrid.pk, cast.asta.pk]).update(is_active=False)
    application = make_application(cast)
    assert receivers(outbox(emails.left_lying, application.pk)) == ["edit@ekstad.example"]
    application = make_application(cast, Status.IN_REVIEW, area="Ekby")
    submission = application.latest_submission
    assert receivers(outbox(emails.resubmitted, submission.pk)) == ["axel@qm.example"]


def test_a_name_cant_add_lines_to_the_header(cast, outbox):
    application = make_application(cast, area="Ekstad")
    Application.objects.filter(pk=application.pk).update(area="Ekstad\r\nBcc: all@example.example")
    for message in outbox(emails.left_lying, application.pk):
        assert message.subject.count("Ekstad Bcc: all@example.example") == 1
        assert "\n" not in message.subject
        assert message.message()["Bcc"] is None


def test_names_are_text_in_the_mail_and_not_markup(cast, outbox):
    application = make_application(cast, area="Ek & <b>stad</b>")
    message = outbox(emails.left_lying, application.pk)[0]
    html = str(message.alternatives[0][0])
    assert "Ek & <b>stad</b>" in message.subject
    assert "Ek & <b>stad</b>" in message.body
    assert "Ek &amp; &lt;b&gt;stad&lt;/b&gt;" in html
    assert "<b>" not in html


def test_the_html_is_in_the_language_that_it_says(cast, outbox):
    User.objects.filter(pk=cast.edit.pk).update(language="en")
    application = make_application(cast)
    said = {
        message.to[0]: re.findall(r'<html lang="(\w+)">', str(message.alternatives[0][0]))
        for message in outbox(emails.left_lying, application.pk)
    }
    assert said == {"edit@ekstad.example": ["en"], "sigrid@ekstad.example": ["sv"]}


class EditIsUnreachable(EmailBackend):
    """A mail server that refuses one receiver."""

    def send_messages(self, messages):
        if any("edit@ekstad.example" in message.to for message in messages):
            raise ConnectionRefusedError("No such receiver.")
        return super().send_messages(messages)


def test_one_who_cant_be_reached_keeps_nobody_else_from_a_mail(cast, outbox, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.EditIsUnreachable"
    application = fill(make_application(cast), cast.sigrid)
    mails = outbox(workflow.submit, application, cast.sigrid, declares=True)
    assert receivers(mails) == ["alma@qm.example", "sigrid@ekstad.example"]
    (logged,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "NotSent" in str(logged.exc_info)
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


# --- Those who write together ----------------------------------------------------------------------------
def invite(cast, address: str = "new@ekstad.example"):
    return team.invite, (cast.town, cast.sigrid, address, "editor")


def test_an_invitation_to_an_unknown_address_is_in_both_languages_with_one_link(cast, outbox):
    move, arguments = invite(cast)
    (message,) = outbox(move, *arguments)
    assert message.to == ["new@ekstad.example"]
    (link,) = links(message)
    assert re.fullmatch(re.escape(settings.BASE_URL) + r"/invitation/[\w-]{43}/", link)
    swedish, english = message.body.split("-" * 60)
    assert "Hej!" in swedish
    assert "Hello!" in english
    assert "Ekstads kommun" in swedish
    assert "Ekstads kommun" in english
    html = str(message.alternatives[0][0])
    assert re.findall(r'lang="(\w+)"', html) == ["sv", "sv", "en"]


def test_an_invitation_to_somebody_with_an_account_is_in_that_persons_language(cast, outbox):
    User.objects.filter(pk=cast.stina.pk).update(language="en")
    move, arguments = invite(cast, "Stina@Furuby.example")
    (message,) = outbox(move, *arguments)
    assert message.subject == "You are invited to Ekstads kommun"
    assert "Hej!" not in message.body


def test_an_invited_co_applicant_reads_who_asks_for_what_and_nothing_of_the_case(cast, outbox):
    application = fill(make_application(cast), cast.sigrid)
    party = {"email": cast.mina.email, "party": "Ekstads Hus AB", "kind": "property_owner"}
    User.objects.filter(pk=cast.mina.pk).update(language="en")
    (message,) = outbox(team.invite_co_applicant, application, cast.sigrid, **party)
    assert message.subject == "You are invited to the application for Ekstad"
    for part in ("Signatory at Ekstads kommun", "Ekstads Hus AB"):
        assert part in message.body
    assert "Svar på fråga" not in message.body
    assert len(links(message)) == 1


def test_a_signatory_hears_that_a_co_applicant_has_joined(cast, outbox):
    application = make_application(cast)
    joined = join(application, cast.mina)
    (message,) = outbox(emails.co_applicant_joined, joined.pk)
    assert message.to == [cast.sigrid.email]
    assert "Ekstads Hus AB" in message.subject
    assert links(message) == address("team", application.reference) | address("mail_preferences")


def hand_over(application: Application, to: User, by: User, number: int = 2) -> Answer:
    Answer.objects.filter(application=application, question__number=number).update(
        handed_to=to, handed_by=by, handed_at=timezone.now()
    )
    return Answer.objects.get(application=application, question__number=number)


def test_whoever_is_handed_a_question_gets_its_number_and_a_link_to_it(cast, outbox):
    application = make_application(cast)
    User.objects.filter(pk=cast.edit.pk).update(language="en")
    question = questions(application)[1]
    (message,) = outbox(writing.hand_over, application, question, cast.sigrid, cast.edit)
    assert message.to == [cast.edit.email]
    assert "question 2, “The greatest change”" in message.body
    assert "Signatory" in message.body
    assert links(message) == address("question", application.reference, 2) | address("mail_preferences")


def test_a_question_that_was_taken_back_is_not_mailed_about(cast, outbox):
    application = make_application(cast)
    answer = hand_over(application, cast.edit, cast.sigrid)
    Answer.objects.filter(pk=answer.pk).update(handed_to=None, handed_by=None, handed_at=None)
    assert outbox(emails.handed_over, answer.pk) == []


def test_co_applicants_hear_of_what_becomes_of_the_application(cast, outbox):
    application = make_application(cast, Status.READY_FOR_DECISION)
    join(application, cast.mina)
    gone = join(application, cast.nils, "Ekstads Handel")
    type(gone).objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    mails = outbox(workflow.decide, application, cast.beata, "declined", "More is needed.")
    assert receivers(mails) == ["edit@ekstad.example", "mina@hus.example", "sigrid@ekstad.example"]


def test_somebody_with_two_parts_gets_one_mail(cast, outbox):
    application = make_application(cast, Status.READY_FOR_DECISION)
    join(application, cast.edit)
    mails = outbox(workflow.decide, application, cast.beata, "declined", "More is needed.")
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]


def test_the_office_hears_of_a_wish_to_be_removed_and_not_whose(cast, outbox):
    (message,) = outbox(team.ask_for_removal, cast.nils)
    assert message.to == [settings.QM_CONTACT_EMAIL]
    assert links(message) == address("admin:members_user_change", cast.nils.pk)
    assert cast.nils.email not in message.body


# --- Reminders -------------------------------------------------------------------------------------------
def test_a_completion_due_soon_names_its_last_day_unless_it_is_in(cast, outbox):
    application = make_application(cast, Status.COMPLETION_REQUESTED)
    User.objects.filter(pk=cast.edit.pk).update(language="en")
    request = application.open_completion
    mails = outbox(emails.completion_due, request.pk)
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]
    english = next(message for message in mails if "edit" in message.to[0])
    day = f"{request.due_on.day} {request.due_on:%B %Y}"
    assert f"by {day}" in english.subject
    assert links(english) == address("application", application.reference)
    assert "budget" not in english.body
    writing.save_answer(application, questions(application)[1], cast.sigrid, "Mer.", 3)
    workflow.resubmit(application, cast.sigrid, declares=True)
    assert outbox(emails.completion_due, request.pk) == []


@pytest.mark.parametrize("name", ["renewal_open", "certificate_expiring"])
def test_a_reminder_of_a_certificate_names_its_last_day_and_leads_to_the_renewal(cast, outbox, name):
    application = make_application(cast, Status.APPROVED)
    User.objects.filter(pk=cast.edit.pk).update(language="en")
    certificate = Certificate.objects.get()
    reminder = CertificateReminder.objects.create(certificate=certificate, months=6, sent_at=timezone.now())
    mails = outbox(emails.SENDERS[name], reminder.pk)
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]
    english = next(message for message in mails if "edit" in message.to[0])
    day = certificate.valid_through
    assert f"valid through {day.day} {day:%B %Y}" in english.body
    assert links(english) == address("application", application.reference) | address("mail_preferences")
    renewal = Application.objects.create(
        reference="QM-2029-0001",
        organisation=cast.town,
        questionnaire=application.questionnaire,
        kind=Application.Kind.RENEWAL,
        renews=certificate,
        area=application.area,
        holder=application.holder,
        reviews_required=2,
        created_by=cast.sigrid,
        created_at=timezone.now(),
        status_since=timezone.now(),
        touched_at=timezone.now(),
    )
    for message in outbox(emails.SENDERS[name], reminder.pk):
        assert links(message) == address("application", renewal.reference) | address("mail_preferences")


# --- What can be turned off ------------------------------------------------------------------------------
def test_a_mail_that_is_turned_off_goes_to_the_others_only(cast, outbox):
    User.objects.filter(pk=cast.sigrid.pk).update(declined_mails=["left_lying"])
    application = make_application(cast)
    assert receivers(outbox(emails.left_lying, application.pk)) == ["edit@ekstad.example"]


def test_what_is_necessary_is_sent_whatever_has_been_turned_off(cast, outbox):
    everything = [*emails.SENDERS, *emails.LINK_SENDERS]
    User.objects.filter(pk=cast.sigrid.pk).update(declined_mails=everything)
    application = fill(make_application(cast), cast.sigrid)
    mails = outbox(workflow.submit, application, cast.sigrid, declares=True)
    assert "sigrid@ekstad.example" in receivers(mails)
    for message in mails:
        assert not links(message) & address("mail_preferences")


# --- Talks and held decisions ----------------------------------------------------------------------------
def test_those_whose_review_is_in_are_asked_to_talk_and_no_other_advisor(cast, outbox):
    application = make_application(cast, Status.IN_REVIEW)
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(application, [third], cast.alma)
    workflow.declare(application, assignment, third, has_conflict=False)
    for advisor in (cast.asta, cast.axel):
        review(application, advisor)
    application.refresh_from_db()
    mails = outbox(workflow.ask_talk, application, cast.beata, "MARKREASON")
    assert receivers(mails) == ["asta@qm.example", "axel@qm.example"]
    for message in mails:
        assert links(message) == address("admin:applications_application_talk", application.pk)
        assert "MARKREASON" not in message.body


def test_who_asked_hears_that_the_talk_is_written_down(cast, outbox):
    application = make_application(cast, Status.READY_FOR_DECISION)
    make_user("other@qm.example", "Other", "Decision maker")
    workflow.ask_talk(application, cast.beata, "Question 2.")
    mails = outbox(workflow.record_talk, application, cast.asta, timezone.localdate(), "MARKOUTCOME")
    assert receivers(mails) == ["beata@qm.example"]
    assert links(mails[0]) == case_address(application)
    assert "MARKOUTCOME" not in mails[0].body


def test_holding_and_taking_back_tell_nobody_and_releasing_tells_the_applicant(cast, outbox):
    application = make_application(cast, Status.READY_FOR_DECISION)
    wording = workflow.Wording(workflow.seen_reviews(application), "approved", "Well done.")
    assert outbox(workflow.hold, application, cast.beata, wording, None) == []
    assert outbox(workflow.take_back, application, cast.beata) == []
    workflow.hold(application, cast.beata, wording, 2)
    mails = outbox(workflow.release, application, cast.beata)
    assert receivers(mails) == ["edit@ekstad.example", "sigrid@ekstad.example"]


def test_those_who_may_decide_hear_that_a_release_was_stopped(cast, outbox):
    application = make_application(cast, Status.READY_FOR_DECISION)
    advisor = make_user("both@qm.example", "Both", "Advisor", "Decision maker")
    Assignment.objects.create(
        application=application, advisor=advisor, assigned_by=cast.alma, assigned_at=timezone.now()
    )
    mails = outbox(emails.release_stopped, application.pk)
    assert receivers(mails) == ["beata@qm.example"]
    assert links(mails[0]) == address("admin:applications_application_decide", application.pk)


# --- What every mail has ---------------------------------------------------------------------------------
def test_a_mail_says_that_it_is_automatic(cast, outbox):
    for message in outbox(emails.left_lying, make_application(cast).pk):
        assert message.message()["Auto-Submitted"] == "auto-generated"


def test_a_mails_looks_are_in_its_tags_and_nothing_is_fetched(cast, outbox):
    for message in outbox(emails.left_lying, make_application(cast).pk):
        html = str(message.alternatives[0][0])
        assert re.findall(r"<(?:img|link|script|iframe)\b|url\(|@import", html) == []
        assert re.search(r'<a href="[^"]+" style="[^"]*background:#1f4d45', html)


def test_the_link_leads_to_the_page_through_sign_in(cast, outbox, client):
    application = make_application(cast)
    hand_over(application, cast.edit, cast.sigrid, 3)
    answer = Answer.objects.get(application=application, question__number=3)
    (message,) = outbox(emails.handed_over, answer.pk)
    path = reverse("question", args=[application.reference, 3])
    assert settings.BASE_URL + path in message.body
    there = client.get(path)
    assert there.headers["Location"] == f"{reverse('account_login')}?next={path}"
    signed_in = client.post(there.headers["Location"], {"login": cast.edit.email, "password": PASSWORD})
    assert signed_in.headers["Location"] == path
    assert client.get(path).status_code == 200

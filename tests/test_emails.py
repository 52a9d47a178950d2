"""Who gets which mail, in which language, and what is not in it."""

from __future__ import annotations

import datetime
import re
from email.utils import parseaddr

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone

from applications import emails, workflow
from applications.models import Application, Decision, Status
from members.models import User

from .cases import fill, make_application, make_user, questions

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


def test_every_mail_that_the_workflow_names_can_be_sent():
    source = (settings.BASE_DIR / "applications" / "workflow.py").read_text(encoding="utf-8")
    named = set(re.findall(r'_mail\("(\w+)"', source))
    assert named | {"left_lying"} == set(emails.SENDERS)


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
    workflow.save_answer(application, question, cast.sigrid, "Mer.", 3)
    mails = outbox(workflow.resubmit, application, cast.sigrid, declares=True)
    assert receivers(mails) == ["asta@qm.example", "axel@qm.example"]
    assert [links(message) for message in mails] == [case_address(application)] * 2


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

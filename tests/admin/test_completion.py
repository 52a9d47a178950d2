"""Asking for a completion with texts to begin with, and giving more time for it."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from applications import clock, doors, reading, workflow, writing
from applications.models import Application, CompletionPoint, CompletionTemplate, Event, Status
from applications.views.progress import events_of, expected_by

from ..cases import make_application, questions
from .conftest import at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def test_a_text_that_is_chosen_stands_where_nothing_else_is_written(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    text = CompletionTemplate.objects.create(title="Evidence", text="Attach the agreement.")
    other = CompletionTemplate.objects.create(title="Of the fifth", question=5, text="Only on five.")
    client.force_login(cast.asta)
    html = client.get(at("completion", case)).content.decode()
    assert html.count(f'<option value="{text.pk}">') == 5
    assert html.count(f'<option value="{other.pk}">') == 1
    form = {"due_on": in_days(20).isoformat(), "template_1": text.pk, "text_2": "In my own words."}
    assert (
        "Choose one of the texts in the list."
        in client.post(at("completion", case), form | {"template_3": "99999999999999999999"}).content.decode()
    )
    assert client.post(at("completion", case), form | {"template_2": text.pk}).status_code == 302
    points = CompletionPoint.objects.order_by("question__number").values_list("question__number", "text")
    assert list(points) == [(1, "Attach the agreement."), (2, "In my own words.")]


def test_there_are_texts_to_begin_with(client, cast):
    assert CompletionTemplate.objects.count() == 6


def test_the_day_is_within_a_year(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    client.force_login(cast.asta)
    for day in ("9999-12-31", in_days(366).isoformat()):
        html = client.post(at("completion", case), {"due_on": day, "text_1": "More."}).content.decode()
        assert "Choose a day within a year." in html


# --- More time -------------------------------------------------------------------------------------------
@pytest.fixture
def waiting(cast) -> Application:
    return make_application(cast, Status.COMPLETION_REQUESTED)


def test_only_who_asked_or_sees_to_the_cases_gives_more_time(client, cast, waiting):
    for user, status in (
        (cast.sigrid, 404),
        (cast.nils, 404),
        (cast.beata, 403),
        (cast.asta, 200),
        (cast.alma, 200),
    ):
        client.force_login(user)
        assert client.get(at("extension", waiting)).status_code == status
    with pytest.raises(doors.NotAllowed):
        workflow.extend_completion(waiting, cast.beata, in_days(60), "Why not.")


def test_more_time_is_told_kept_in_the_log_and_reminded_of_anew(
    client, cast, waiting, django_capture_on_commit_callbacks
):
    waiting.completionrequest_set.update(reminded_at=timezone.now())
    client.force_login(cast.asta)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            at("extension", waiting), {"due_on": in_days(60).isoformat(), "reason": "Holidays."}
        )
    assert answer.status_code == 302
    request = waiting.completionrequest_set.get()
    assert (request.due_on, request.reminded_at) == (in_days(60), None)
    event = waiting.event_set.get(kind=Event.Kind.COMPLETION_EXTENDED)
    assert event.data == {
        "from": in_days(28).isoformat(),
        "to": in_days(60).isoformat(),
        "reason": "Holidays.",
    }
    assert {message.to[0] for message in mail.outbox} == {cast.sigrid.email, cast.edit.email}
    assert "Holidays." not in "".join(message.body for message in mail.outbox)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (lambda: in_days(28).isoformat(), "Choose a later day than the one that is set, and after today."),
        (lambda: in_days(-1).isoformat(), "Choose a later day than the one that is set, and after today."),
        (lambda: "9999-12-31", "Choose a day within a year."),
        (lambda: "soon\x00", "Write the day as 2026-01-31."),
        (lambda: "", "Choose a day."),
    ],
)
def test_a_day_that_is_no_extension_is_refused_beside_its_field(client, cast, waiting, day, words):
    client.force_login(cast.asta)
    html = client.post(at("extension", waiting), {"due_on": day(), "reason": "Holidays."}).content.decode()
    assert words in html
    assert "Holidays." in html
    assert waiting.completionrequest_set.get().due_on == in_days(28)


def test_the_days_with_us_are_without_those_with_the_applicant_however_long_these_became(client, cast):
    start = timezone.now().replace(hour=12)

    def later(days: int) -> datetime.datetime:
        return start + datetime.timedelta(days=days)

    def day(days: int) -> datetime.date:
        return timezone.localdate(later(days))

    with clock.at(start):
        draft = make_application(cast, Status.DRAFT, area="Furuby")
        case = make_application(cast, Status.IN_REVIEW)
    with clock.at(later(10)):
        workflow.request_completion(case, cast.asta, {questions(case)[1]: "More."}, day(15))
    with clock.at(later(14)):
        workflow.extend_completion(case, cast.asta, day(30), "Holidays.")
    # The pause is what it became, open or shut; the day that was set, and set anew, has no part in it.
    for now in (12, 14, 15, 22):
        assert reading.days_with_us(case, day(now)) == 10
        assert expected_by(events_of(case), 8, day(now)) == day(56 + now - 10)
    with clock.at(later(22)):
        client.force_login(cast.asta)
        assert "· 10 days with us" in client.get(at("change", case)).content.decode()
        writing.save_answer(case, questions(case)[1], cast.sigrid, "Mer.", 3)
        workflow.resubmit(case, cast.sigrid, declares=True)
        assert ">10 days with us<" in client.get(at("review", case)).content.decode()
    assert reading.days_with_us(case, day(25)) == 13
    assert expected_by(events_of(case), 8, day(25)) == day(56 + 12)
    workflow.withdraw(case, cast.sigrid)
    case.refresh_from_db()
    assert reading.days_with_us(case, day(25)) is None
    assert reading.days_with_us(draft, day(25)) is None


def test_where_nothing_is_to_be_completed_there_is_no_more_time_to_give(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    client.force_login(cast.asta)
    assert client.get(at("extension", case)).url == at("change", case)
    with pytest.raises(doors.TooLate):
        workflow.extend_completion(case, cast.asta, in_days(60), "Why not.")

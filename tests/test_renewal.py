"""Renewing: when it may begin, what it is filled in with, what is taken along, and the certificate that follows."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import call_command
from django.utils import timezone

from applications import clock, doors, evidence, reading, workflow, writing
from applications.admin import content
from applications.models import (
    Application,
    Certificate,
    Decision,
    Event,
    Evidence,
    Questionnaire,
    RecommendationAnswer,
    Status,
)
from members.models import Membership

from .cases import make_application, new_version, put_in_force, questions, review, upload

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 15, 12, tzinfo=datetime.UTC)
RECOMMENDATIONS = ["Mät flödet på torget.", "Låt handeln leda en grupp."]


def approve(cast, application: Application, recommendations=()) -> Certificate:
    """The certificate of an application that is ready for decision."""
    decision = workflow.decide(
        application, cast.beata, Decision.Outcome.APPROVED, "Well done.", recommendations=recommendations
    )
    return Certificate.objects.get(decision=decision)


def certificate(cast, months_ago: int, recommendations=RECOMMENDATIONS) -> Certificate:
    """A certificate for three years that was issued so many months before NOW."""
    with clock.at(NOW - relativedelta(months=months_ago)):
        return approve(cast, make_application(cast, Status.READY_FOR_DECISION), recommendations)


@pytest.fixture
def now():
    with clock.at(NOW):
        yield NOW


@pytest.fixture
def old(cast, now) -> Certificate:
    return certificate(cast, 30)


@pytest.fixture
def renewal(cast, old) -> Application:
    return workflow.renew(old, cast.edit)


def confirm(renewal: Application, actor, changed: bool = False) -> None:
    """Everything that a renewal wants beyond what it is filled in with."""
    for answer in renewal.answer_set.select_related("question"):
        writing.save_answer(renewal, answer.question, actor, answer.text, answer.rating, changed=changed)
    for item in Evidence.objects.filter(application=renewal.renews.decision.application):
        writing.carry_over(renewal, item, actor)
    texts = {answer.recommendation.number: "Det är gjort." for answer in renewal.recommendation_answers.all()}
    writing.answer_recommendations(renewal, actor, texts, {})


def hand_in(cast, renewal: Application) -> None:
    """Confirm everything, submit, and have it reviewed by both advisors."""
    confirm(renewal, cast.edit)
    workflow.submit(renewal, cast.sigrid, declares=True)
    for assignment in workflow.assign(renewal, [cast.asta, cast.axel], cast.alma):
        workflow.declare(renewal, assignment, assignment.advisor, has_conflict=False)
    for advisor in (cast.asta, cast.axel):
        review(renewal, advisor)


# --- Beginning --------------------------------------------------------------------------------------------
def test_a_renewal_is_filled_in_with_what_was_submitted_last_time(cast, old, renewal):
    before = old.decision.application
    assert (renewal.kind, renewal.renews, renewal.state) == (Application.Kind.RENEWAL, old, Status.DRAFT)
    assert (renewal.area, renewal.holder, renewal.is_example) == (old.area, old.holder, old.is_example)
    assert (renewal.spokesperson, renewal.spokesperson_title) == (
        before.spokesperson,
        before.spokesperson_title,
    )
    assert renewal.reference == "QM-2026-0001"
    answers = list(renewal.answer_set.select_related("question"))
    assert [(a.text, a.rating, a.changed, a.revision) for a in answers] == [
        (f"Svar på fråga {number}: åäö.", 3, None, 0) for number in range(1, 6)
    ]
    assert [(answer.recommendation.text, answer.text) for answer in renewal.recommendation_answers.all()] == [
        (text, "") for text in RECOMMENDATIONS
    ]
    assert not renewal.evidence.exists()


def test_asked_twice_it_gives_the_same_draft(cast, old, renewal):
    assert workflow.renew(old, cast.sigrid) == renewal
    assert Application.objects.filter(kind=Application.Kind.RENEWAL).count() == 1
    hand_in(cast, renewal)
    assert workflow.renew(old, cast.sigrid) == renewal


@pytest.mark.parametrize(
    ("today", "may"),
    [("2028-06-14", False), ("2028-06-15", True), ("2029-06-15", True), ("2030-01-01", True)],
)
def test_from_a_year_before_it_expires_and_after(cast, now, today, may):
    issued = certificate(cast, 0)
    assert issued.valid_through == datetime.date(2029, 6, 15)
    assert issued.renewable_from == datetime.date(2028, 6, 15)
    then = datetime.datetime.fromisoformat(f"{today}T12:00:00+00:00")
    with clock.at(then):
        if may:
            assert workflow.renew(issued, cast.edit).is_renewal
        else:
            with pytest.raises(doors.NotReady):
                workflow.renew(issued, cast.edit)


@pytest.mark.parametrize("status", [Certificate.Status.SUSPENDED, Certificate.Status.REVOKED])
def test_what_does_not_stand_is_not_renewed(cast, old, status):
    workflow.change_certificate(old, cast.alma, status, "The collaboration has ended.")
    with pytest.raises(doors.NotReady):
        workflow.renew(old, cast.edit)


@pytest.mark.parametrize("name", ["vide", "stina", "nils", "asta", "alma"])
def test_others_than_who_may_start_do_not_renew(cast, old, name):
    with pytest.raises(doors.NotAllowed):
        workflow.renew(old, getattr(cast, name))


def test_only_members_renew(cast, old):
    Membership.objects.update(ends=datetime.date(2026, 6, 1))
    with pytest.raises(doors.NotAllowed) as refusal:
        workflow.renew(old, cast.sigrid)
    assert str(refusal.value) == workflow.not_a_member()


def test_another_application_for_the_town_comes_first(cast, old):
    other = workflow.start(cast.town, cast.sigrid, "EKSTAD", "Ekstads kommun")
    with pytest.raises(doors.NotReady, match=other.reference):
        workflow.renew(old, cast.sigrid)


@pytest.fixture
def newer(cast, old) -> Questionnaire:
    """A version in which the third question is the first, one is new, and the others are gone."""
    newer = new_version()
    newer.question_set.exclude(number=3).delete()
    newer.question_set.update(number=1)
    newer.question_set.create(number=2, heading_sv="R", heading_en="H", text_sv="Ny?", text_en="New?")
    Questionnaire.objects.filter(pk=newer.pk).update(published_at=timezone.now())
    return newer


def test_answers_follow_their_questions_into_another_version(cast, old, newer):
    renewal = workflow.renew(old, cast.edit)
    assert [(a.question.number, a.text) for a in renewal.answer_set.all()] == [
        (1, "Svar på fråga 3: åäö."),
        (2, ""),
    ]
    wanting = [(gap.question, gap.anchor) for gap in reading.gaps(renewal) if gap.page == "question"]
    assert wanting == [(1, "renewal"), (2, "id_text"), (2, "rating")]
    assert {now: part["number"] for now, part in reading.former_answers(renewal).items()} == {1: 3}
    elsewhere = reading.former_answers_elsewhere(renewal)
    assert [part["number"] for part in elsewhere] == [1, 2, 4, 5]


def test_with_a_wholly_other_version_every_answer_is_empty(cast, old):
    put_in_force(Questionnaire.objects.get(version=2))
    renewal = workflow.renew(old, cast.edit)
    assert [(a.question.number, a.text, a.rating) for a in renewal.answer_set.all()] == [
        (number, "", None) for number in range(1, 10)
    ]
    assert reading.former_answers(renewal) == {}
    assert len(reading.former_answers_elsewhere(renewal)) == 5


def test_with_the_same_version_nothing_is_elsewhere(renewal):
    assert reading.former_answers_elsewhere(renewal) == []
    assert sorted(reading.former_answers(renewal)) == [1, 2, 3, 4, 5]


# --- Writing ----------------------------------------------------------------------------------------------
def test_each_question_and_recommendation_wants_a_word(cast, renewal):
    gaps = [(gap.page, gap.question, gap.anchor) for gap in reading.gaps(renewal)]
    assert gaps == [
        ("recommendations", 0, "id_recommendation_1"),
        ("recommendations", 0, "id_recommendation_2"),
        ("question", 1, "evidence"),
        ("question", 1, "renewal"),
        ("question", 2, "evidence"),
        ("question", 2, "renewal"),
        ("question", 3, "renewal"),
        ("question", 4, "renewal"),
        ("question", 5, "renewal"),
    ]
    confirm(renewal, cast.edit)
    assert reading.gaps(renewal) == []


def test_no_change_and_another_text_do_not_go_together(cast, renewal):
    confirm(renewal, cast.edit)
    third = questions(renewal)[2]
    writing.save_answer(renewal, third, cast.edit, "Något helt annat.", 3, changed=False)
    assert [(gap.question, gap.anchor) for gap in reading.gaps(renewal)] == [(3, "renewal")]
    writing.save_answer(renewal, third, cast.edit, "Något helt annat.", 3, changed=True)
    assert reading.gaps(renewal) == []


def test_the_town_of_a_renewal_is_the_certificates(cast, renewal):
    writing.save_facts(
        renewal, cast.edit, area="Furuby", holder="Ekstads centrum", spokesperson="S", spokesperson_title=""
    )
    renewal.refresh_from_db()
    assert (renewal.area, renewal.holder) == ("Ekstad", "Ekstads centrum")


def test_a_colleagues_answer_to_a_recommendation_is_not_overwritten(cast, renewal):
    assert writing.answer_recommendations(renewal, cast.edit, {1: "Mitt."}, {1: ""}) == {}
    others = writing.answer_recommendations(renewal, cast.sigrid, {1: "Ditt.", 2: "Två."}, {1: "", 2: ""})
    assert {number: answer.text for number, answer in others.items()} == {1: "Mitt."}
    saved = RecommendationAnswer.objects.filter(application=renewal).values_list("text", flat=True)
    assert list(saved) == ["Mitt.", "Två."]
    assert writing.answer_recommendations(renewal, cast.sigrid, {1: "Ditt."}, {1: "Mitt."}) == {}
    assert renewal.recommendation_answers.get(recommendation__number=1).text == "Ditt."


def test_recommendations_are_locked_once_submitted(cast, renewal):
    confirm(renewal, cast.edit)
    workflow.submit(renewal, cast.sigrid, declares=True)
    with pytest.raises(doors.TooLate):
        writing.answer_recommendations(renewal, cast.edit, {1: "Nytt."}, {})
    with pytest.raises(doors.NotAllowed):
        writing.answer_recommendations(make_application(cast, area="Ekby"), cast.vide, {1: "Nytt."}, {})


# --- Evidence ---------------------------------------------------------------------------------------------
def test_a_file_is_copied_with_its_bytes_to_the_questions_that_it_supported(cast, old, renewal):
    source = Evidence.objects.get(application=old.decision.application, questions__number=1)
    Evidence.objects.filter(pk=source.pk).update(description="Protokoll från mars")
    source.refresh_from_db()
    copy = Evidence.objects.get(pk=writing.carry_over(renewal, source, cast.edit).pk)
    assert (copy.application, copy.name, copy.description) == (renewal, source.name, "Protokoll från mars")
    assert (copy.sha256, copy.size, copy.content_type) == (source.sha256, source.size, source.content_type)
    assert copy.file.name != source.file.name
    assert copy.file.read() == Evidence.objects.get(pk=source.pk).file.read()
    assert [question.number for question in copy.questions.all()] == [1]
    assert (copy.uploaded_by, copy.first_submission) == (cast.edit, None)
    log = Event.objects.filter(application=renewal, kind=Event.Kind.EVIDENCE_ADDED)
    assert [event.data["uuid"] for event in log] == [str(copy.pk)]
    # What becomes of the copy is nothing to the file that was submitted.
    writing.remove_evidence(renewal, copy, questions(renewal)[0], cast.edit)
    Evidence.objects.get(pk=source.pk).file.open("rb").close()


def test_taken_along_twice_it_is_there_once(cast, old, renewal, files):
    source = Evidence.objects.filter(application=old.decision.application).first()
    assert source
    first = writing.carry_over(renewal, source, cast.edit)
    assert writing.carry_over(renewal, source, cast.edit) == first
    assert renewal.evidence.count() == 1
    kept = list((files / "evidence" / str(renewal.pk)).iterdir())
    assert len(kept) == 1


def test_the_limits_hold_for_what_is_taken_along(cast, old, renewal, settings, files):
    source = Evidence.objects.filter(application=old.decision.application).first()
    assert source
    settings.QM_EVIDENCE_TOTAL_BYTES = source.size - 1
    with pytest.raises(evidence.TooLarge):
        writing.carry_over(renewal, source, cast.edit)
    settings.QM_EVIDENCE_TOTAL_BYTES, settings.QM_EVIDENCE_MAX_FILES = 10**6, 0
    with pytest.raises(doors.NotReady):
        writing.carry_over(renewal, source, cast.edit)
    assert not renewal.evidence.exists()
    assert list((files / "evidence" / str(renewal.pk)).iterdir()) == []


def test_another_applications_file_is_not_taken_along(cast, renewal):
    elsewhere = make_application(cast, area="Ekby")
    foreign = writing.add_evidence(elsewhere, questions(elsewhere)[0], cast.sigrid, upload())
    with pytest.raises(doors.NotReady):
        writing.carry_over(renewal, foreign, cast.edit)
    assert not renewal.evidence.exists()


# --- The certificate that follows -------------------------------------------------------------------------
def test_approved_early_it_runs_on_from_the_old_ones_last_day(cast, old, renewal):
    hand_in(cast, renewal)
    new = approve(cast, renewal)
    old.refresh_from_db()
    assert (new.issued_on, new.valid_through) == (NOW.date(), old.valid_through + relativedelta(months=36))
    assert (old.status, old.status_reason) == (Certificate.Status.SUPERSEDED, "")
    assert (old.superseded_by, new.superseded_by) == (new, None)
    told = Event.objects.get(kind=Event.Kind.CERTIFICATE_SUPERSEDED)
    assert (told.application, told.data) == (
        old.decision.application,
        {"number": old.number, "by": new.number},
    )
    assert list(Certificate.objects.valid_on(NOW.date())) == [new]


def test_approved_after_the_old_one_expired_it_runs_from_its_own_day(cast, old, renewal):
    hand_in(cast, renewal)
    late = datetime.datetime(2027, 1, 10, 12, tzinfo=datetime.UTC)
    assert old.valid_through < late.date()
    with clock.at(late):
        new = approve(cast, renewal)
    assert (new.issued_on, new.valid_through) == (late.date(), datetime.date(2030, 1, 10))


def test_a_revoked_certificate_stays_revoked_and_gives_no_time(cast, old, renewal):
    hand_in(cast, renewal)
    workflow.change_certificate(old, cast.alma, Certificate.Status.REVOKED, "Misused.")
    new = approve(cast, renewal)
    old.refresh_from_db()
    assert (old.status, old.status_reason) == (Certificate.Status.REVOKED, "Misused.")
    assert new.valid_through == NOW.date() + relativedelta(months=36)
    assert not Event.objects.filter(kind=Event.Kind.CERTIFICATE_SUPERSEDED).exists()


@pytest.mark.parametrize("end", ["declined", "withdrawn"])
def test_a_renewal_that_comes_to_nothing_leaves_the_old_one_as_it_is(cast, old, renewal, end):
    if end == "declined":
        hand_in(cast, renewal)
        workflow.decide(renewal, cast.beata, Decision.Outcome.DECLINED, "More is needed.")
    else:
        workflow.withdraw(renewal, cast.sigrid)
    old.refresh_from_db()
    assert old.status == Certificate.Status.VALID
    assert Certificate.objects.count() == 1
    assert workflow.renew(old, cast.edit) != renewal


def test_the_submission_holds_what_was_said_of_changes_and_recommendations(cast, old, renewal):
    confirm(renewal, cast.edit)
    first = questions(renewal)[0]
    writing.save_answer(renewal, first, cast.edit, "Nytt.", 4, changed=True)
    content = workflow.submit(renewal, cast.sigrid, declares=True).content
    assert content["renews"] == old.number
    assert [part["changed"] for part in content["questions"]] == [True, False, False, False, False]
    assert content["recommendations"] == [
        {"number": number, "text": text, "answer": "Det är gjort."}
        for number, text in enumerate(RECOMMENDATIONS, 1)
    ]


# --- Recommendations in the decision ----------------------------------------------------------------------
def test_recommendations_are_in_the_hash_of_the_decision(cast, old):
    content = reading.decision_content(old.decision)
    assert content["recommendations"] == RECOMMENDATIONS
    said = io.StringIO()
    call_command("verify_events", stdout=said)
    assert "All is as it was written" in said.getvalue()


def test_a_decision_without_recommendations_is_hashed_as_before(cast, now):
    assert set(reading.decision_content(certificate(cast, 1, ()).decision)) == {
        "round",
        "outcome",
        "reasons",
        "override_reason",
        "percent",
        "meets_rule",
        "decided_by",
    }


def test_recommendations_go_with_an_approval_alone(cast, now):
    application = make_application(cast, Status.READY_FOR_DECISION)
    with pytest.raises(doors.NotReady):
        workflow.decide(
            application, cast.beata, Decision.Outcome.DECLINED, "No.", recommendations=RECOMMENDATIONS
        )
    assert not Decision.objects.exists()


def test_the_log_of_a_renewal_is_whole(cast, old, renewal):
    hand_in(cast, renewal)
    approve(cast, renewal, ["Fortsätt mäta."])
    said = io.StringIO()
    call_command("verify_events", stdout=said)
    assert said.getvalue() == "All is as it was written: 2 applications.\n"


def test_a_renewal_is_compared_with_what_its_certificate_rests_on(client, cast, now):
    """The first version of the old application, and an application that was declined since, have no part in it."""
    with clock.at(NOW - relativedelta(months=30)):
        first = make_application(cast, Status.IN_REVIEW)
        second = questions(first)[1]
        workflow.request_completion(first, cast.asta, {second: "More."}, datetime.date(2024, 2, 1))
        writing.save_answer(first, second, cast.sigrid, "The completed answer.", 2)
        workflow.resubmit(first, cast.sigrid, declares=True)
        for advisor in (cast.asta, cast.axel):
            review(first, advisor, points=4 if advisor == cast.asta else 3)
        old = approve(cast, first, RECOMMENDATIONS)
    renewal = workflow.renew(old, cast.edit)
    confirm(renewal, cast.edit)
    answer = renewal.answer_set.get(question=second)
    writing.save_answer(renewal, second, cast.edit, "The renewed answer.", answer.rating, changed=True)
    workflow.submit(renewal, cast.sigrid, declares=True)
    for assignment in workflow.assign(renewal, [cast.asta], cast.alma):
        workflow.declare(renewal, assignment, assignment.advisor, has_conflict=False)
    submission = renewal.latest_submission
    for row in content.rows(renewal, submission):
        assert row.last_time is not None
        is_second = row.number == 2
        before = "The completed answer." if is_second else f"Svar på fråga {row.number}: åäö."
        now_text = "The renewed answer." if is_second else before
        assert "".join(part.text for part in row.last_time.answer) == before
        assert "".join(part.text for part in row.last_time.now) == now_text
        assert row.last_time.rating == (2 if is_second else 3)
        assert row.last_time.points == Decimal("3.5")
    client.cookies["django_language"] = "en"
    client.force_login(cast.asta)
    html = client.get(f"/admin/applications/application/{renewal.pk}/review/").content.decode()
    for text in (*RECOMMENDATIONS, "Det är gjort.", "Well done.", "Last time: 3.5 points"):
        assert text in html

"""What the database itself refuses, whoever asks and by whatever road."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from applications import protection, workflow
from applications.models import (
    Certificate,
    Decision,
    Event,
    Question,
    Questionnaire,
    Review,
    RubricLevel,
    Score,
    Status,
    Submission,
)

from .cases import make_application, new_version, questions, unprotected

pytestmark = pytest.mark.django_db


def refused(change) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_every_trigger_is_laid_by_migrate():
    assert protection.missing(connection) == set()


def test_laying_twice_is_the_same_as_once():
    before = protection.present(connection)
    protection.lay(connection)
    assert protection.present(connection) == before


@pytest.mark.parametrize("model", [Event, Submission, Decision])
def test_what_is_written_once_is_neither_changed_nor_deleted(cast, model):
    make_application(cast, Status.APPROVED)
    pks = list(model.objects.values_list("pk", flat=True))
    assert pks
    refused(
        lambda: model.objects.filter(pk=pks[0]).update(application_id=model.objects.first().application_id)
    )
    refused(lambda: model.objects.filter(pk=pks[0])._raw_delete(connection.alias))
    assert list(model.objects.values_list("pk", flat=True)) == pks


def test_raw_sql_is_refused_too(cast):
    make_application(cast)
    with connection.cursor() as cursor:
        refused(lambda: cursor.execute("UPDATE applications_event SET kind = 'approved'"))
        refused(lambda: cursor.execute("DELETE FROM applications_event"))
    assert Event.objects.get().kind == Event.Kind.STARTED


@pytest.mark.parametrize(
    "change",
    [
        {"number": "QMC-1999-0001"},
        {"code": "AAAA-AAAA-AAAA"},
        {"holder": "Another"},
        {"area": "Elsewhere"},
        {"valid_through": timezone.localdate().replace(year=2999)},
        {"is_example": True},
    ],
)
def test_what_a_certificate_states_is_not_changed(cast, change):
    make_application(cast, Status.APPROVED)
    refused(lambda: Certificate.objects.update(**change))


def test_a_certificates_document_is_set_once(cast):
    make_application(cast, Status.APPROVED)
    Certificate.objects.update(document="certificates/one.pdf", sha256="1" * 64)
    refused(lambda: Certificate.objects.update(document="certificates/two.pdf", sha256="2" * 64))
    refused(lambda: Certificate.objects.update(document="", sha256=""))
    refused(lambda: Certificate.objects.all()._raw_delete(connection.alias))


def test_a_revocation_without_a_reason_is_refused(cast):
    make_application(cast, Status.APPROVED)
    refused(lambda: Certificate.objects.update(status="revoked"))


def test_a_questionnaire_is_free_until_an_application_uses_it(cast):
    draft = new_version(pass_percent=70)
    draft.question_set.filter(number=1).update(max_words=500)
    RubricLevel.objects.filter(question__questionnaire=draft, level=0).update(text_sv="Inget alls.")
    use(cast, draft)
    assert_fixed(draft)


@pytest.mark.parametrize("ago", [datetime.timedelta(seconds=1), datetime.timedelta(days=700)])
def test_a_questionnaire_is_free_until_it_is_published(cast, ago):
    draft = new_version(pass_percent=70)
    draft.question_set.filter(number=1).update(max_words=500)
    Questionnaire.objects.filter(pk=draft.pk).update(published_at=timezone.now() - ago)
    assert_fixed(draft)


@pytest.mark.parametrize("micro", [0, 1, 500_000])
def test_until_its_day_comes_it_is_free_and_can_be_taken_back(cast, micro):
    """Also where the time has no fraction, which SQLite then leaves out of the text."""
    draft = new_version()
    soon = (timezone.now() + datetime.timedelta(minutes=1)).replace(microsecond=micro)
    for moment in (soon, soon + datetime.timedelta(days=400), None):
        Questionnaire.objects.filter(pk=draft.pk).update(published_at=moment)
    Questionnaire.objects.filter(pk=draft.pk).update(published_at=soon.replace(year=2000))
    refused(lambda: Questionnaire.objects.filter(pk=draft.pk).update(published_at=None))


def use(cast, questionnaire: Questionnaire) -> None:
    """An application with the questions, whatever is in force."""
    with unprotected():
        make_application(cast)
        cast.town.application_set.update(questionnaire=questionnaire)


def assert_fixed(questionnaire: Questionnaire) -> None:
    """The 70 percent and 500 words of the first question can't be changed, nor anything else."""
    same = Questionnaire.objects.filter(pk=questionnaire.pk)
    asked = Question.objects.filter(questionnaire=questionnaire)
    rubric = RubricLevel.objects.filter(question__questionnaire=questionnaire)
    other = Questionnaire.objects.get(version=2)
    question = asked.get(number=1)
    refused(lambda: same.update(pass_percent=10))
    refused(lambda: same.update(published_at=None))
    refused(lambda: same.delete())
    refused(lambda: asked.update(minimum=0))
    refused(lambda: asked.filter(number=5).update(questionnaire=other, number=10))
    refused(lambda: other.question_set.filter(number=9).update(questionnaire=questionnaire))
    refused(lambda: rubric.update(text_sv="Annat"))
    refused(lambda: rubric._raw_delete(connection.alias))
    refused(lambda: Question.objects.create(questionnaire=questionnaire, number=6))
    refused(lambda: RubricLevel.objects.filter(question=question, level=4).delete())
    questionnaire.refresh_from_db()
    assert (questionnaire.pass_percent, question.max_words) == (70, 500)


def test_a_new_version_is_free_while_the_old_one_is_in_use(cast):
    make_application(cast)
    new = Questionnaire.objects.create(version=3, title_sv="Ny", title_en="New")
    question = Question.objects.create(questionnaire=new, number=1)
    RubricLevel.objects.create(question=question, level=0)
    question.delete()
    new.delete()
    assert list(Questionnaire.objects.values_list("version", flat=True)) == [2, 1]


def test_a_submitted_reviews_scores_stand(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    done = Review.objects.first()
    refused(lambda: Score.objects.filter(review=done).update(comment="Other"))
    refused(lambda: Score.objects.filter(review=done).delete())
    refused(lambda: done.delete())
    assert Score.objects.filter(review=done).count() == len(questions(application))


@pytest.mark.parametrize("status", ["nonsense", ""])
def test_a_status_outside_the_table_is_refused(cast, status):
    application = make_application(cast)
    refused(lambda: type(application).objects.update(status=status))


def test_a_second_open_application_for_a_centre_is_refused(cast):
    application = make_application(cast)
    application.pk, application.reference = None, "QM-1999-0001"
    refused(lambda: application.save(force_insert=True))


def test_a_decision_against_the_rule_needs_its_reason_in_the_database_too(cast):
    application = make_application(cast, Status.READY_FOR_DECISION, points=1)
    refused(
        lambda: Decision.objects.create(
            application=application,
            round=1,
            submission=application.latest_submission,
            outcome="approved",
            reasons="Reasons.",
            percent=25,
            meets_rule=False,
            decided_by=cast.beata,
            decided_at=timezone.now(),
        )
    )
    assert workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "Reasons.").percent == 25

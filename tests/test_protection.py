"""What the database itself refuses, whoever asks and by whatever road."""

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

from .cases import make_application, questions

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
    Questionnaire.objects.update(pass_percent=70)
    Question.objects.filter(number=1).update(max_words=500)
    make_application(cast)
    questionnaire = Questionnaire.objects.get()
    question = Question.objects.get(number=1)
    refused(lambda: Questionnaire.objects.update(pass_percent=10))
    refused(lambda: Question.objects.update(minimum=0))
    refused(lambda: RubricLevel.objects.update(text_sv="Annat"))
    refused(lambda: RubricLevel.objects.all()._raw_delete(connection.alias))
    refused(lambda: Question.objects.create(questionnaire=questionnaire, number=6))
    refused(lambda: RubricLevel.objects.filter(question=question, level=4).delete())
    assert (questionnaire.pass_percent, question.max_words) == (70, 500)


def test_a_new_version_is_free_while_the_old_one_is_in_use(cast):
    make_application(cast)
    new = Questionnaire.objects.create(version=2, title_sv="Ny", title_en="New")
    question = Question.objects.create(questionnaire=new, number=1)
    RubricLevel.objects.create(question=question, level=0)
    question.delete()
    new.delete()
    assert Questionnaire.objects.count() == 1


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

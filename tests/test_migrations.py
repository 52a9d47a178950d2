"""What an association has in its database comes along when the portal is renewed."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from applications import protection

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

BEFORE = [("applications", "0003_default_questionnaire"), ("members", "0001_initial")]
NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def executor(transactional_db):
    """Migrations on the test's database, which is brought up to date again afterwards."""
    protection.lift(connection)
    yield MigrationExecutor(connection)
    latest = MigrationExecutor(connection)
    latest.migrate(latest.loader.graph.leaf_nodes())
    protection.lay(connection)


def test_answers_and_evidence_of_the_first_version_come_along(executor):
    executor.migrate(BEFORE)
    old = executor.loader.project_state(BEFORE).apps
    user = old.get_model("members", "User").objects.create(email="old@ekstad.example")
    town = old.get_model("members", "Organisation").objects.create(name="Ekstads kommun", town="Ekstad")
    questionnaire = old.get_model("applications", "Questionnaire").objects.get()
    first, second, *rest = questionnaire.question_set.order_by("number")
    application = old.get_model("applications", "Application").objects.create(
        reference="QM-2026-0001",
        organisation=town,
        questionnaire=questionnaire,
        area="Ekstad",
        holder="Ekstads kommun",
        reviews_required=2,
        created_by=user,
        created_at=NOW,
        status_since=NOW,
        touched_at=NOW,
    )
    old.get_model("applications", "Answer").objects.create(
        application=application, question=first, text="Vi träffas.", rating=2, updated_by=user
    )
    old.get_model("applications", "Evidence").objects.create(
        application=application,
        question=second,
        file="evidence/1/x",
        name="protokoll.pdf",
        content_type="application/pdf",
        size=5,
        sha256="0" * 64,
        uploaded_by=user,
    )

    forward = MigrationExecutor(connection)
    latest = forward.loader.graph.leaf_nodes()
    forward.migrate(latest)
    new = forward.loader.project_state(latest).apps

    answers = new.get_model("applications", "Answer").objects.order_by("question__number")
    assert [(answer.text, answer.rating, answer.revision) for answer in answers] == [
        ("Vi träffas.", 2, 1),
        *[("", None, 0)] * (1 + len(rest)),
    ]
    assert [answer.updated_at is None for answer in answers] == [False, *[True] * (1 + len(rest))]
    evidence = new.get_model("applications", "Evidence").objects.get()
    assert [question.pk for question in evidence.questions.all()] == [second.pk]
    assert (evidence.scan, evidence.description) == ("none", "")
    moved = new.get_model("applications", "Application").objects.get()
    assert (moved.kind, moved.renews_id) == ("new", None)

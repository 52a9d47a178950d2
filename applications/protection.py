"""Triggers by which the database itself refuses to alter what is frozen, on SQLite and PostgreSQL alike.

They are laid after every `migrate` rather than in a migration: SQLite rebuilds a table to alter it, and the
old table takes its triggers with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "qm_frozen_"


@dataclass(frozen=True)
class Freeze:
    """Refuse `operation` on `table` where `when` holds (`OLD` and `NEW` are the row before and after)."""

    table: str
    operation: str
    message: str
    when: str = ""

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.table}_{self.operation}".lower()


def _changed(*columns: str) -> str:
    # '<>' is unknown for NULL on either side; none of these columns can be NULL.
    return " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns)


QUESTIONNAIRE_FIXED = (
    "(EXISTS (SELECT 1 FROM applications_application a WHERE a.questionnaire_id = {id})"
    " OR EXISTS (SELECT 1 FROM applications_questionnaire p WHERE p.id = {id} AND {day_has_come}))"
)
"""In use, or published: what applicants were promised. `day_has_come` differs between the databases."""
QUESTION_FIXED = (
    "EXISTS (SELECT 1 FROM applications_question q WHERE q.id = {id} AND {its_questionnaire_is})".replace(
        "{its_questionnaire_is}", QUESTIONNAIRE_FIXED.replace("{id}", "q.questionnaire_id")
    )
)
DAY_HAS_COME = {
    # SQLite keeps times as text, with or without fractions of a second: they are compared as numbers.
    "sqlite": "julianday(p.published_at) <= julianday('now')",
    # The clock as it is now, not as it was when the transaction began. It is unknown for a draft.
    "postgresql": "p.published_at <= clock_timestamp()",
}
FIXED = "A questionnaire that is published or in use can't be changed."
SUBMITTED = "EXISTS (SELECT 1 FROM applications_review r WHERE r.id = {id} AND r.submitted_at IS NOT NULL)"


def _either(operation: str, condition: str, column: str) -> str:
    """`condition` for the parent that a row has, gets, or, when updated, has or gets."""
    rows = {"INSERT": ("NEW",), "DELETE": ("OLD",)}.get(operation, ("OLD", "NEW"))
    return " OR ".join(condition.replace("{id}", f"{row}.{column}") for row in rows)


FREEZES = (
    Freeze("applications_event", "UPDATE", "The event log can't be changed."),
    Freeze("applications_event", "DELETE", "The event log can't be changed."),
    Freeze("applications_submission", "UPDATE", "A submission can't be changed."),
    Freeze("applications_submission", "DELETE", "A submission can't be changed."),
    Freeze("applications_decision", "UPDATE", "A decision can't be changed."),
    Freeze("applications_decision", "DELETE", "A decision can't be changed."),
    Freeze("applications_recommendation", "UPDATE", "A decision can't be changed."),
    Freeze("applications_recommendation", "DELETE", "A decision can't be changed."),
    *(
        Freeze(f"applications_{table}", operation, message, when)
        for table, when, message in (
            ("appeal", "OLD.outcome <> ''", "An appeal that is heard can't be changed."),
            ("talk", "OLD.recorded_at IS NOT NULL", "A talk that is written down can't be changed."),
        )
        for operation in ("UPDATE", "DELETE")
    ),
    Freeze("applications_certificate", "DELETE", "A certificate can't be deleted."),
    Freeze(
        "applications_certificate",
        "UPDATE",
        "What a certificate states can't be changed.",
        _changed(
            "number", "code", "decision_id", "holder", "area", "issued_on", "valid_through", "is_example"
        )
        + " OR (OLD.document <> '' AND (NEW.document <> OLD.document OR NEW.sha256 <> OLD.sha256))",
    ),
    Freeze(
        "applications_review",
        "UPDATE",
        "A submitted review can't be changed.",
        "OLD.submitted_at IS NOT NULL",
    ),
    Freeze(
        "applications_review",
        "DELETE",
        "A submitted review can't be changed.",
        "OLD.submitted_at IS NOT NULL",
    ),
    *(
        Freeze(
            "applications_score",
            operation,
            "A submitted review can't be changed.",
            _either(operation, SUBMITTED, "review_id"),
        )
        for operation in ("INSERT", "UPDATE", "DELETE")
    ),
    *(
        Freeze(
            "applications_questionnaire",
            operation,
            FIXED,
            QUESTIONNAIRE_FIXED.replace("{id}", "OLD.id"),
        )
        for operation in ("UPDATE", "DELETE")
    ),
    *(
        Freeze(
            "applications_question",
            operation,
            FIXED,
            _either(operation, QUESTIONNAIRE_FIXED, "questionnaire_id"),
        )
        for operation in ("INSERT", "UPDATE", "DELETE")
    ),
    *(
        Freeze(
            "applications_rubriclevel",
            operation,
            FIXED,
            _either(operation, QUESTION_FIXED, "question_id"),
        )
        for operation in ("INSERT", "UPDATE", "DELETE")
    ),
)


def _sqlite(freeze: Freeze) -> list[str]:
    message = freeze.message.replace("'", "''")
    condition = freeze.when.replace("{day_has_come}", DAY_HAS_COME["sqlite"])
    when = f" WHEN {condition}" if condition else ""
    return [
        f"CREATE TRIGGER {freeze.name} BEFORE {freeze.operation} ON {freeze.table}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ]


def _postgresql(freeze: Freeze) -> list[str]:
    message = freeze.message.replace("'", "''")
    row = "OLD" if freeze.operation == "DELETE" else "NEW"
    condition = freeze.when.replace("{day_has_come}", DAY_HAS_COME["postgresql"])
    statements = [
        # A WHEN clause can't look into other tables, so the condition stands in the function.
        f"CREATE FUNCTION {freeze.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition or 'TRUE'} THEN"
        f" RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        f" RETURN {row}; END $$",
        f"CREATE TRIGGER {freeze.name} BEFORE {freeze.operation} ON {freeze.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {freeze.name}()",
    ]
    if freeze.operation == "DELETE" and not freeze.when:
        name = f"{freeze.name}_all"
        statements += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {freeze.table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return statements


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of our triggers that the database has now."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that should be there and are not."""
    return {freeze.name for freeze in FREEZES} - present(connection)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger of ours away."""
    names = present(connection)
    with connection.cursor() as cursor:
        for name in names:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION {name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER {name}")


def lay(connection: BaseDatabaseWrapper) -> None:
    """Lay every trigger anew on the tables that exist."""
    lift(connection)
    statements = _postgresql if connection.vendor == "postgresql" else _sqlite
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for freeze in FREEZES:
            if freeze.table in tables:
                for statement in statements(freeze):
                    cursor.execute(statement)


def lift_for_migration(using: str, **kwargs: Any) -> None:
    """Before `migrate`: see the module's docstring."""
    lift(connections[using])


def lay_after_migration(using: str, **kwargs: Any) -> None:
    """After `migrate`: see the module's docstring."""
    lay(connections[using])

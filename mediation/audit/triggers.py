"""What makes the audit table append-only inside the database itself: the triggers, engine by engine.

The migration that makes the table executes `statements(dialect)`; a table made from the metadata gets them
by `attach`. Holds statements only.
"""

from __future__ import annotations

from sqlalchemy import DDL, Connection, Table, event

_SQLITE_CREATE = (
    ("CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"),
    ("CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"),
    ("CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event "
    "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_event) "
    "BEGIN SELECT RAISE(ABORT, 'audit_event takes the next number only'); END"),
)

_SQLITE_DROP = (
    "DROP TRIGGER audit_event_next",
    "DROP TRIGGER audit_event_no_delete",
    "DROP TRIGGER audit_event_no_update",
)

_POSTGRESQL_CREATE = (
    ("CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION 'audit_event is append-only'; END$$"),
    ("CREATE FUNCTION audit_event_next() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM audit_event) "
    "THEN RAISE EXCEPTION 'audit_event takes the next number only'; END IF; RETURN NEW; END$$"),
    ("CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event "
    "FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()"),
    ("CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()"),
    "CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_next()",
)

_POSTGRESQL_DROP = (
    "DROP TRIGGER audit_event_next ON audit_event",
    "DROP TRIGGER audit_event_no_truncate ON audit_event",
    "DROP TRIGGER audit_event_no_change ON audit_event",
    "DROP FUNCTION audit_event_next()",
    "DROP FUNCTION audit_event_refuse()",
)

_CREATE = {"sqlite": _SQLITE_CREATE, "postgresql": _POSTGRESQL_CREATE}
_DROP = {"sqlite": _SQLITE_DROP, "postgresql": _POSTGRESQL_DROP}


def statements(dialect: str) -> tuple[str, ...]:
    """What makes the table append-only on `dialect` (`"sqlite"`, `"postgresql"`), in order.

    Raises:
        KeyError: an engine we do not know.
    """
    return _CREATE[dialect]


def undo_statements(dialect: str) -> tuple[str, ...]:
    """What takes it back, for a downgrade.

    Raises:
        KeyError: an engine we do not know.
    """
    return _DROP[dialect]


def create(connection: Connection) -> None:
    """Execute `statements` on `connection`: what a migration calls after it made the table."""
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Execute `undo_statements` on `connection`: what a downgrade calls before it drops the table."""
    for statement in undo_statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def attach(table: Table) -> None:
    """Let `table` get its triggers whenever it is made from the metadata."""
    for dialect, create_statements in _CREATE.items():
        for statement in create_statements:
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]

"""The migrations on both engines: they build what the code wants, and can be taken back."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from mediation import migrating
from mediation.database import Database

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": """
        SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(pg_trigger.oid), prosrc
        FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal ORDER BY 2, 1
    """,
}


def plain(value: Any) -> Any:
    """`value` in words that can be compared; an expression is what it says."""
    if isinstance(value, dict):
        return sorted((name, plain(inner)) for name, inner in value.items())
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else str(value)


def described(engine: Engine) -> Mapping[str, Any]:
    """Every table with its columns, keys, checks, indexes and triggers, as the engine itself tells them."""
    look = inspect(engine)

    def told(rows: list[Any]) -> list[str]:
        return sorted(repr(plain(row)) for row in rows)

    with engine.connect() as connection:
        triggers = [tuple(row) for row in connection.execute(text(TRIGGERS[engine.dialect.name]))]
    return {"triggers": triggers} | {
        table: {
            "columns": told(look.get_columns(table)),
            "primary key": told([look.get_pk_constraint(table)]),
            "foreign keys": told(look.get_foreign_keys(table)),
            "unique": told(look.get_unique_constraints(table)),
            "checks": told(look.get_check_constraints(table)),
            "indexes": told(look.get_indexes(table)),
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def test_alembic_finds_nothing_left_to_migrate(database: Database):
    assert migrating.differences(database.writing) == []


def test_the_migrations_build_exactly_what_the_models_want(database: Database, empty_database: Database):
    migrating.metadata().create_all(empty_database.writing)
    assert described(database.reading) == described(empty_database.reading)


def test_a_migrated_database_stands_at_the_head(database: Database):
    assert migrating.current(database.reading) == migrating.head()


def test_an_empty_database_stands_nowhere(empty_database: Database):
    assert migrating.current(empty_database.reading) is None


def test_migrating_twice_changes_nothing(database: Database):
    before = sorted(inspect(database.reading).get_table_names())
    migrating.upgrade(database.writing)
    assert sorted(inspect(database.reading).get_table_names()) == before


def test_every_step_can_be_taken_back_and_taken_again(database: Database):
    for number in [*reversed(migrating.numbers()[:-1]), "base"]:
        migrating.downgrade(database.writing, number)
    assert set(inspect(database.reading).get_table_names()) <= {"alembic_version"}
    migrating.upgrade(database.writing)
    assert migrating.differences(database.writing) == []


def test_foreign_keys_are_on_again_after_migrating(sqlite_database: Database):
    migrating.upgrade(sqlite_database.writing)
    with sqlite_database.writing.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_migrated_file_keeps_a_write_ahead_log(sqlite_database: Database):
    with sqlite_database.reading.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_the_migrations_are_numbered_without_a_gap():
    assert migrating.numbers() == [f"{n:04d}" for n in range(1, len(migrating.numbers()) + 1)]


def test_a_step_that_fails_leaves_the_database_as_it_was(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    steps(monkeypatch, tmp_path, "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))\n    1 / 0")
    with pytest.raises(ZeroDivisionError):
        migrating.upgrade(empty_database.writing)
    assert "a" not in inspect(empty_database.reading).get_table_names()
    assert migrating.current(empty_database.reading) is None


def test_rebuilding_a_table_keeps_the_rows_that_point_at_it(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    steps(
        monkeypatch,
        tmp_path,
        """op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('said', sa.Text()))
    op.create_table('b', sa.Column('a_id', sa.Integer(), sa.ForeignKey('a.id', ondelete='CASCADE')))
    op.execute("INSERT INTO a VALUES (1, 'x')")
    op.execute("INSERT INTO b VALUES (1)")""",
        "with op.batch_alter_table('a', recreate='auto') as a:\n        a.alter_column('said', nullable=False)",
    )
    migrating.upgrade(empty_database.writing)
    with empty_database.reading.connect() as connection:
        assert connection.execute(text("SELECT a_id FROM b")).scalars().all() == [1]
    assert not inspect(empty_database.reading).get_columns("a")[1]["nullable"]


def test_a_step_may_leave_no_row_that_points_nowhere(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    steps(
        monkeypatch,
        tmp_path,
        """op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))
    op.create_table('b', sa.Column('a_id', sa.Integer(), sa.ForeignKey('a.id')))
    op.execute("INSERT INTO b VALUES (7)")""",
    )
    with pytest.raises((RuntimeError, IntegrityError)):
        migrating.upgrade(empty_database.writing)
    assert inspect(empty_database.reading).get_table_names() == []


def steps(monkeypatch: pytest.MonkeyPatch, folder: Path, *bodies: str) -> None:
    """Let the migrations be these, in this order."""
    shutil.copy(migrating.script_location() / "env.py", folder)
    (folder / "versions").mkdir()
    for number, body in enumerate(bodies, 1):
        before = f"{number - 1:04d}" if number > 1 else None
        script = f"""import sqlalchemy as sa
from alembic import op

revision = {f"{number:04d}"!r}
down_revision = {before!r}


def upgrade():
    {body}
"""
        (folder / "versions" / f"{number:04d}_trial.py").write_text(script, encoding="utf-8")
    monkeypatch.setattr(migrating, "script_location", lambda: folder)

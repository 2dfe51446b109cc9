"""The way from one schema to the next: Alembic, set up in code. The only module that knows Alembic.

Holds what a command, a test or a health check asks about migrations. Holds no table and no rule of the trade;
the steps themselves stand in `migrations/versions`, numbered, one head.
"""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, func, select

import mediation
from mediation.database import Base, make_database, prepare_sqlite

# Any number, the same in every process that migrates one PostgreSQL database.
_LOCK = 20_260_501


def script_location() -> Path:
    """The folder with `env.py` and `versions`: inside the package in a wheel, beside it in the repository."""
    here = Path(__file__).resolve().parent
    inside = here / "migrations"
    return inside if inside.is_dir() else here.parent / "migrations"


def head() -> str | None:
    """The newest migration this program brings (`None` when it brings none).

    Raises:
        alembic.util.CommandError: there is more than one head.
    """
    return _scripts().get_current_head()


def numbers() -> list[str]:
    """Every migration this program brings, oldest first."""
    return [script.revision for script in _scripts().walk_revisions()][::-1]


def current(engine: Engine) -> str | None:
    """The migration the database stands at (`None` when it is empty)."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database to `to`, in one transaction: after a crash it stands where it stood or where it should.

    Two processes may start at once; the second waits and finds nothing to do.

    Raises:
        RuntimeError: a step left a row pointing nowhere (SQLite); nothing was changed.
    """
    prepare_sqlite(engine)
    _run(engine, lambda config: command.upgrade(config, to))


def downgrade(engine: Engine, to: str) -> None:
    """Take the database back to `to` (`"base"` is empty). For tests: in production restore a backup instead."""
    _run(engine, lambda config: command.downgrade(config, to))


def metadata() -> MetaData:
    """The tables as the code wants them: every module named `models` is loaded first."""
    for module in pkgutil.walk_packages(mediation.__path__, "mediation."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    return Base.metadata


def differences(engine: Engine) -> list[Any]:
    """What the database has and the code does not want, or the other way; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_described})
        return list(compare_metadata(context, metadata()))


def is_described(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether models describe the table or index of this name; the index of the search is each engine's own."""
    return not (name or "").startswith("search_index")


def make_revision(message: str) -> Path:
    """Write the next numbered migration: what the models want beyond the migrations there are.

    It is compared with a new database in a temporary folder, so nobody's data is looked at. Read it before it is kept:
    a renamed column looks like one dropped and one added.
    """
    number = f"{int(numbers()[-1]) + 1:04d}" if numbers() else "0001"
    with tempfile.TemporaryDirectory() as folder:
        database = make_database(f"sqlite:///{folder}/new.db")
        try:
            upgrade(database.writing)
            metadata()
            with database.writing.connect() as connection:
                script = command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)
        finally:
            database.dispose()
    if script is None or isinstance(script, list):
        raise RuntimeError("one migration was asked for")
    return Path(script.path)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(script_location()).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _run(engine: Engine, step: Callable[[Config], None]) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            _run_on_sqlite(connection, step)
            return
        with connection.begin():
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            step(_config(connection))


def _run_on_sqlite(connection: Connection, step: Callable[[Config], None]) -> None:
    # SQLite changes most things by building the table anew and dropping the old one. With foreign keys on, the drop
    # would empty the tables that point at it; they can be switched only outside a transaction, and are proved inside.
    _foreign_keys(connection, on=False)
    try:
        with connection.begin():
            step(_config(connection))
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if orphans:
                tables = sorted({str(row[0]) for row in orphans})
                raise RuntimeError(f"the migration left {len(orphans)} rows that point nowhere, in {', '.join(tables)}")
    finally:
        _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    finally:
        cursor.close()

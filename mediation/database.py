"""The database: base class and column types, engines for writing and for reading, sessions, `aside()`.

SQLite: every writing transaction begins IMMEDIATE (deferred ones lose updates or lock), WAL and
synchronous=FULL so that an acknowledged write survives a power cut, foreign keys on. PostgreSQL:
READ COMMITTED with time-outs. Holds no table of the trade, and nothing here but `aside` commits.
"""

from __future__ import annotations

import datetime as dt
import enum
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    Text,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

__all__ = ["Base", "Database", "Session", "UTC", "acquire_lock", "by_value", "is_busy", "make_database"]


class Base(DeclarativeBase):
    """All tables; constraints get names, so that a broken one can be told from another."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, dt.date: Date}


class UTC(TypeDecorator[dt.datetime]):
    """An instant. Aware in Python, UTC in the database (SQLite forgets time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def by_value(members: type[enum.Enum], name: str | None = None) -> Enum:
    """A column that stores the members' values, with a CHECK that spells them the same.

    `name` of the CHECK: needed where one table has two columns of one list.
    """
    return Enum(
        members,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda kind: [str(m.value) for m in kind],
        length=40,
        name=name or members.__name__.lower(),
    )


@dataclass(frozen=True)
class Database:
    """The two engines and their sessions."""

    writing: Engine
    reading: Engine
    write: sessionmaker[Session]
    read: sessionmaker[Session]

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded engine serves."""
        return self.writing.dialect.name == "sqlite"

    @contextmanager
    def aside(self) -> Iterator[Session]:
        """A short transaction of its own, committed at the end: session touch, sign-in counters, denials.

        Never call it while the request holds the write lock (roll back first).
        """
        with self.write() as session:
            yield session
            session.commit()

    def dispose(self) -> None:
        """Close every connection."""
        self.writing.dispose()
        self.reading.dispose()


def make_database(url: str, info: Mapping[str, object] | None = None) -> Database:
    """The database behind `url`. Opens nothing yet.

    `info` is found in every session's `.info`: the key of the audit chain lies there.
    """
    if make_url(url).get_backend_name() == "sqlite":
        writing, reading = _sqlite(url, readonly=False), _sqlite(url, readonly=True)
    else:
        writing, reading = _postgresql(url, readonly=False), _postgresql(url, readonly=True)
    return Database(
        writing,
        reading,
        sessionmaker(writing, expire_on_commit=False, autoflush=True, info=dict(info or {})),
        sessionmaker(reading, expire_on_commit=False, autoflush=False, info=dict(info or {})),
    )


def _sqlite(url: str, *, readonly: bool) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy, not sqlite3, owns BEGIN
        for pragma in (
            "busy_timeout=10000",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "secure_delete=ON",
            # Without it REPLACE walks round the triggers that make the audit table append-only.
            "recursive_triggers=ON",
            f"query_only={'ON' if readonly else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str, *, readonly: bool) -> Engine:
    # prepare_threshold=None: works behind PgBouncer in transaction mode too.
    engine = create_engine(url, pool_pre_ping=True, connect_args={"prepare_threshold": None})

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if readonly:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '60s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '120s'")

    return engine


def prepare_sqlite(engine: Engine) -> None:
    """Switch the file to write-ahead logging; done once, by the migrating command."""
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        raw.close()


def acquire_lock(session: Session, key: int) -> None:
    """Let one writing transaction at a time pass here until it ends. SQLite's IMMEDIATE does already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(key)))


def is_busy(error: DBAPIError) -> bool:
    """Whether the database refused because it was locked, full, read-only or gone: nothing was saved."""
    words = str(error.orig).lower()
    return error.connection_invalidated or any(
        w in words
        for w in (
            "database is locked",
            "database or disk is full",
            "disk i/o error",
            "readonly database",
            "lock timeout",
            "statement timeout",
            "unable to open database file",
            "connection",
            "deadlock detected",
            "could not serialize",
        )
    )


def ping(session: Session) -> None:
    """Ask the database anything; raises what it raises."""
    session.execute(text("SELECT 1"))

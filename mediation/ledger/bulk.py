"""Many rows at once: ids taken in blocks, objects written table by table without a flush per row.

An import writes some twenty rows a case; the unit of work would look at each of them many times. Objects built
here never enter the session. Must not know what a row means.
"""

from __future__ import annotations

import functools
import gc
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Integer, Select, Table, func, insert, inspect, select

from mediation.database import Base, Database, Session

_BLOCK = 1000

# Ids left to others who write while rows are prepared; who needs more has them prepare again.
_ROOM = 1000
_MISSING = object()

Row = dict[str, Any]
Rows = dict[type[Base], list[Row]]


class Ids:
    """Ids for rows to come, unique also beside others who write.

    Taken `within` the transaction that writes the rows, or `beforehand` (then `are_free` is asked within it).
    """

    def __init__(self, blocks: Callable[[Table], Iterator[int]]) -> None:
        self._blocks = blocks
        self._free: dict[type[Base], Iterator[int]] = {}
        self._first: dict[type[Base], int] = {}

    @classmethod
    def within(cls, session: Session) -> Ids:
        """Each table's own sequence gives them; on SQLite the transaction has the file to itself."""
        if _is_sqlite(session):
            return cls(lambda table: itertools.count(_highest(session, table) + 1))
        return cls(lambda table: _of_sequence(table, lambda statement: session.scalars(statement).all()))

    @classmethod
    def beforehand(cls, database: Database) -> Ids:
        """Without a transaction of the rows' own: a sequence's are ours for good, SQLite's as long as `are_free`.

        On SQLite room is left for those who write until then.
        """
        if not database.is_sqlite:
            return cls(lambda table: _of_sequence(table, lambda statement: _aside(database, statement)))

        def after_the_highest(table: Table) -> Iterator[int]:
            with database.read() as session:
                return itertools.count(_highest(session, table) + 1 + _ROOM)

        return cls(after_the_highest)

    def take(self, kind: type[Base]) -> int:
        """The next id of the kind's table."""
        free = self._free.get(kind)
        if free is None:
            free = self._free[kind] = self._blocks(_table(kind))
            self._first[kind] = taken = next(free)
            return taken
        return next(free)

    def are_free(self, session: Session) -> bool:
        """Whether no row of the database bears one of the ids taken."""
        if not _is_sqlite(session):
            return True
        return all(_highest(session, _table(kind)) < first for kind, first in self._first.items())


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _highest(session: Session, table: Table) -> int:
    return session.scalar(select(func.max(table.c.id))) or 0


def _of_sequence(table: Table, ask: Callable[[Select[int]], Sequence[int]]) -> Iterator[int]:
    sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"), type_=Integer)
    while True:
        yield from ask(select(sequence).select_from(func.generate_series(1, _BLOCK).alias("n")))


def _aside(database: Database, statement: Select[int]) -> Sequence[int]:
    # A sequence is moved by writers only, and it never takes back what it gave.
    with database.aside() as session:
        return session.scalars(statement).all()


class Collector:
    """The garbage collector, put off while a ledger is built; see `collector_waits`."""

    def sweep(self) -> None:
        """Let go of what is done with. What is still held then is not looked at again."""
        gc.collect()
        gc.freeze()


@contextmanager
def collector_waits() -> Iterator[Collector]:
    """Meanwhile the garbage collector runs only when asked, and not over what was there before.

    Building a ledger makes half a million objects; walking the whole program again and again for them takes a third
    of the time. It is asked after each batch, so memory does not grow with the ledger.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield Collector()
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def add_rows(rows: Rows, things: Iterable[Base]) -> None:
    """Add the objects to `rows`, as rows of their tables."""
    for thing in things:
        rows.setdefault(type(thing), []).append(row_of(thing))


def insert_all(session: Session, rows: Mapping[type[Base], list[Row]], order: Iterable[type[Base]]) -> None:
    """Write the rows, one statement a table, tables in `order` (what is pointed at comes first).

    Raises LookupError: a table has no place in the order; then nothing was written.
    """
    places = list(order)
    if unplaced := [kind.__name__ for kind in rows if kind not in places]:
        raise LookupError(f"no place in the order for {sorted(unplaced)}")
    for kind in places:
        if found := rows.get(kind):
            session.execute(insert(_table(kind)), found)


def _table(kind: type[Base]) -> Table:
    table = inspect(kind).local_table
    assert isinstance(table, Table)
    return table


@functools.cache
def _columns(kind: type[Base]) -> tuple[tuple[str, str, object], ...]:
    """Of each column: the attribute it is kept under, its key, and its default."""
    mapper = inspect(kind)
    version = mapper.version_id_col
    found = []
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        default = 1 if column is version else getattr(column.default, "arg", None)
        found.append((attribute.key, column.key, default))
    return tuple(found)


def row_of(thing: Base) -> dict[str, Any]:
    """The object as a row of its table: what was never set has its column's default."""
    held = thing.__dict__
    return {
        column: default if (value := held.get(attribute, _MISSING)) is _MISSING else value
        for attribute, column, default in _columns(type(thing))
    }

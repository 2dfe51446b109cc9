"""Many rows at once: ids taken in blocks, objects written table by table without a flush per row.

An import writes some twenty rows a case; the unit of work would look at each of them many times. Objects built
here never enter the session. Must not know what a row means.
"""

from __future__ import annotations

import functools
import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, func, insert, inspect, select

from mediation.database import Base, Session

_BLOCK = 1000
_MISSING = object()


class Ids:
    """Ids for rows to come, unique also beside others who write: each table's own sequence gives them.

    On SQLite the transaction has the file to itself, so the ids after the highest are free.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._free: dict[type[Base], Iterator[int]] = {}

    def take(self, kind: type[Base]) -> int:
        """The next id of the kind's table."""
        free = self._free.get(kind)
        if free is None:
            free = self._free[kind] = self._blocks(_table(kind))
        return next(free)

    def _blocks(self, table: Table) -> Iterator[int]:
        if self._session.get_bind().dialect.name == "sqlite":
            following = (self._session.scalar(select(func.max(table.c.id))) or 0) + 1
            while True:
                yield following
                following += 1
        sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        while True:
            yield from self._session.scalars(
                select(sequence).select_from(func.generate_series(1, _BLOCK).alias("n"))
            ).all()


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


def insert_all(session: Session, things: Iterable[Base], order: Iterable[type[Base]]) -> None:
    """Write the objects, one statement a table, tables in `order` (what is pointed at comes first)."""
    rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for thing in things:
        rows[type(thing)].append(row_of(thing))
    for kind in order:
        if found := rows.pop(kind, None):
            session.execute(insert(_table(kind)), found)
    if rows:
        raise LookupError(f"no place in the order for {sorted(kind.__name__ for kind in rows)}")


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

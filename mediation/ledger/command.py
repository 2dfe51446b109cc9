"""The import as a command: one file, one unit, one answer as JSON (documented in docs/import-json.md); and the two
units a worker does beside a request.

Commits its one unit; that is what a command is. Must not print (the command line does).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mediation.audit.actions import Actor
from mediation.database import Database, Session
from mediation.ledger import actions, queries
from mediation.ledger.actions import Arrival, File, Tell
from mediation.ledger.arriving import Prepared
from mediation.ledger.bulk import Ids
from mediation.ledger.entries import Entry

# How often what was prepared may be overtaken by others who write.
_TRIES = 3


def run(
    database: Database,
    path: Path,
    *,
    profile: str = "standard",
    dry_run: bool = False,
    strict: bool = False,
    by: Actor | None,
    at: dt.datetime,
    tell: Tell = actions.silent,
) -> dict[str, Any]:
    """Import the ledger at `path` and say what came of it.

    `dry_run` says it without doing it; `strict` lets a file with any fault change nothing. A file that cannot be
    read at all raises FactError or TooLargeError, and nothing was changed.
    """
    file = actions.read_file(path, profile=actions.get_profile(profile), at=at, tell=tell)
    refused = strict and bool(file.reading.faults)
    if dry_run or refused:
        with database.read() as session:
            plan = queries.make_plan(session, file.reading.entries)
        arrival = Arrival(
            len(plan.arriving),
            plan.already,
            len(plan.new_organisations),
            len(plan.new_mediators),
            len(plan.registrations),
        )
        if refused:
            arrival = Arrival(0, plan.already, 0, 0, 0)
    else:
        arrival = _written_shortly(
            database,
            file.reading.entries,
            lambda session, prepared: actions.take_in(session, file, by=by, at=at, prepared=prepared),
            at=at,
            tell=tell,
        )
    return report(file, arrival, dry_run=dry_run, refused=refused)


def stage(database: Database, import_id: int, file: File, *, worker: str, at: dt.datetime) -> None:
    """Stage what the worker of this token read. Raises MoveError: another one has the import."""
    with database.write() as session:
        actions.stage(session, file, by=None, at=at, into=queries.get_import(session, import_id), worker=worker)
        session.commit()


def arrive(
    database: Database, import_id: int, *, by: Actor | None, worker: str, at: dt.datetime, tell: Tell = actions.silent
) -> Arrival:
    """Let the rows of a decided import arrive, as the worker of this token.

    Raises MoveError: another one has the import, or a row cannot be told by the workflow.
    """
    with database.read() as session:
        found = queries.list_entries(session, queries.get_import(session, import_id))
    return _written_shortly(
        database,
        found,
        lambda session, prepared: actions.arrive(
            session, queries.get_import(session, import_id), by=by, at=at, prepared=prepared, worker=worker
        ),
        at=at,
        tell=tell,
    )


def _written_shortly(
    database: Database,
    found: Sequence[Entry],
    write: Callable[[Session, Prepared | None], Arrival],
    *,
    at: dt.datetime,
    tell: Tell,
) -> Arrival:
    """Prepare, then write in a short transaction; who was overtaken again and again keeps others waiting at last."""
    for _ in range(_TRIES):
        with database.read() as session:
            prepared = actions.prepare(session, found, ids=Ids.beforehand(database), at=at, tell=tell)
        try:
            return _written(database, write, prepared)
        except actions.OvertakenError:
            continue
    return _written(database, write, None)


def _written(
    database: Database, write: Callable[[Session, Prepared | None], Arrival], prepared: Prepared | None
) -> Arrival:
    with database.write() as session:
        arrival = write(session, prepared)
        session.commit()
        return arrival


def report(file: File, arrival: actions.Arrival, *, dry_run: bool, refused: bool) -> dict[str, Any]:
    """The answer as plain JSON."""
    return {
        "file": file.name,
        "sha256": file.sha256,
        "sheet": file.sheet,
        "profile": file.profile.name,
        "dry_run": dry_run,
        "refused": refused,
        "rows": file.reading.total,
        "arrived": arrival.arrived,
        "already_here": list(arrival.already),
        "faults": [
            {
                "row": fault.row,
                "column": fault.column,
                "fault": fault.fault,
                "code": fault.code.value,
                "message": fault.code.words.zh,
            }
            for fault in file.reading.faults
        ],
        "created": {
            "organisations": arrival.organisations,
            "mediators": arrival.mediators,
            "registrations": arrival.registrations,
        },
        "warnings": [
            {
                "row": entry.row,
                "column": doubt.column,
                "warning": doubt.code.words.en,
                "code": doubt.code.value,
                "message": doubt.code.words.zh,
            }
            for entry in file.reading.entries
            for doubt in entry.warnings
        ],
    }

"""The import as a command: one file, one unit, one answer as JSON (documented in docs/import-json.md).

Commits its one unit; that is what a command is. Must not print (the command line does).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from mediation.audit.actions import Actor
from mediation.database import Database
from mediation.ledger import actions, queries
from mediation.ledger.actions import File


def run(
    database: Database,
    path: Path,
    *,
    profile: str = "standard",
    dry_run: bool = False,
    strict: bool = False,
    by: Actor | None,
    at: dt.datetime,
) -> dict[str, Any]:
    """Import the ledger at `path` and say what came of it.

    `dry_run` says it without doing it; `strict` lets a file with any fault change nothing. A file that cannot be
    read at all raises FactError or TooLargeError, and nothing was changed.
    """
    file = actions.read_file(path, profile=actions.get_profile(profile), at=at)
    refused = strict and bool(file.reading.faults)
    if dry_run or refused:
        with database.read() as session:
            plan = queries.make_plan(session, file.reading.entries)
        arrival = actions.Arrival(
            len(plan.arriving),
            plan.already,
            len(plan.new_organisations),
            len(plan.new_mediators),
            len(plan.registrations),
        )
        if refused:
            arrival = actions.Arrival(0, plan.already, 0, 0, 0)
    else:
        with database.write() as session:
            arrival = actions.take_in(session, file, by=by, at=at)
            # A file that brings nothing new leaves no trace, not even of its having been looked at.
            if arrival.arrived:
                session.commit()
    return report(file, arrival, dry_run=dry_run, refused=refused)


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

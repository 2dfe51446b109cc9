"""Taking a ledger in: read the file, stage its rows, let the good ones arrive. Writes, never commits.

The file is read before the first statement: nobody waits for a spreadsheet. What arrives arrives in one
transaction, under one event of the audit trail that seals every event written. The same file again finds
its numbers taken and changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, insert, update

from mediation import clock
from mediation.audit import actions as audit
from mediation.cases import intake, journal
from mediation.cases.journal import Change, Journal
from mediation.cases.models import CaseEvent
from mediation.database import Session, acquire_lock
from mediation.errors import FactError, MoveError, N_
from mediation.ledger import building, bulk, profile, queries, rows
from mediation.ledger import entries as reading
from mediation.ledger.bulk import Ids
from mediation.ledger.entries import Entry
from mediation.ledger.models import LedgerImport, Stage, StagedRow
from mediation.ledger.profile import Profile
from mediation.ledger.rows import Reading
from mediation.register.models import SHORT_NAME_LENGTH, Mediator, Organisation, Registration
from mediation.sheets.reading import SheetRows, Workbook, read_workbook
from mediation.terms import MediatorLevel, Park

# One import at a time finds out which numbers are taken.
_LOCK = 0x1ED6E4

_DEED = "ledger.import"

# Cases built before they are written, and before they are let go (some 40 kB each).
_BATCH = 500
_SWEPT = 5 * _BATCH


@dataclass(frozen=True)
class File:
    """A ledger as read: its name as uploaded, the digest of its bytes, and what its sheet says."""

    name: str
    sha256: str
    profile: Profile
    sheet: str
    reading: Reading


@dataclass(frozen=True)
class Arrival:
    """What came of an import."""

    arrived: int
    already: tuple[int, ...]
    organisations: int
    mediators: int
    registrations: int


def get_profile(name: str) -> Profile:
    """The mapping profile. Raises FactError when there is none of the name."""
    found = profile.PROFILES.get(name)
    if found is None:
        raise FactError(N_("There is no mapping profile “%(name)s”."), field="profile", name=name)
    return found


def read_file(path: Path, *, name: str | None = None, profile: Profile, at: dt.datetime) -> File:
    """Read the ledger at `path` in the limited process, and judge its rows. Touches no database.

    Raises FactError, TooLargeError: the file cannot be read, or no sheet of it is such a ledger.
    """
    name = path.name if name is None else name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sheet = _ledger_sheet(read_workbook(path, name=name), profile)
    return File(name, digest, profile, sheet.name, rows.read(sheet.rows, profile, clock.local_day(at)))


def _ledger_sheet(workbook: Workbook, wanted: Profile) -> SheetRows:
    """The first visible sheet that has the profile's columns; if none has, the first one's refusal is told."""
    visible = [sheet for sheet in workbook.sheets if sheet.visible] or list(workbook.sheets)
    refusal: FactError | None = None
    for sheet in visible:
        try:
            rows.layout(sheet.rows, wanted)
        except FactError as error:
            refusal = refusal or error
        else:
            return sheet
    assert refusal is not None
    raise refusal


def stage(session: Session, file: File, *, by: audit.Actor | None, at: dt.datetime) -> LedgerImport:
    """Keep the rows as read until someone decides."""
    import_ = _begin(session, file, by=by, at=at)
    staged = [_good(import_, entry) | {"entry": reading.to_json(entry)} for entry in file.reading.entries]
    _write_rows(session, staged, file, import_)
    return import_


def refuse(session: Session, import_: LedgerImport, *, by: audit.Actor | None, at: dt.datetime) -> None:
    """Send the file back: nothing of it arrives, and its rows are forgotten. Raises MoveError: it was decided."""
    _ensure_undecided(import_)
    session.execute(update(StagedRow).where(StagedRow.import_id == import_.id).values(entry=None))
    import_.stage, import_.decided_at = Stage.REFUSED, at
    audit.record(session, "ledger.refuse", "ledger_import", str(import_.id), by=by, at=at)


def arrive(
    session: Session, import_: LedgerImport, *, by: audit.Actor | None, at: dt.datetime, strict: bool = False
) -> Arrival:
    """Let the good rows of a staged import become cases.

    `strict`: a file with any fault does not arrive at all.

    Raises:
        MoveError: it was decided already.
        FactError: it is faulty and `strict` was asked.
    """
    acquire_lock(session, _LOCK)
    session.refresh(import_)
    _ensure_undecided(import_)
    if strict and import_.faulty_count:
        raise FactError(
            N_("%(count)s rows of the file are faulty: nothing was imported."), field=None, count=import_.faulty_count
        )
    plan = queries.make_plan(session, queries.list_entries(session, import_))
    arrival, cases = _take_in(session, import_, plan, by=by, at=at)
    session.execute(update(StagedRow).where(StagedRow.import_id == import_.id).values(entry=None))
    for values in ([{"at_row": row, "found": True, "case": None} for row in plan.already],
                   [{"at_row": row, "found": False, "case": case} for row, case in cases.items()]):
        if values:
            session.connection().execute(
                update(StagedRow.__table__)  # type: ignore[arg-type]
                .where(StagedRow.import_id == import_.id, StagedRow.row == bindparam("at_row"))
                .values(is_already_here=bindparam("found"), case_id=bindparam("case")),
                values,
            )
    return arrival


def take_in(
    session: Session, file: File, *, by: audit.Actor | None, at: dt.datetime, strict: bool = False
) -> Arrival:
    """Stage and let arrive in one act; a file that brings nothing new leaves no trace. Raises FactError as `arrive`."""
    if strict and file.reading.faults:
        raise FactError(
            N_("%(count)s rows of the file are faulty: nothing was imported."),
            field=None,
            count=len(file.reading.faults),
        )
    acquire_lock(session, _LOCK)
    plan = queries.make_plan(session, file.reading.entries)
    if not plan.arriving:
        return Arrival(0, plan.already, 0, 0, 0)
    import_ = _begin(session, file, by=by, at=at)
    arrival, cases = _take_in(session, import_, plan, by=by, at=at)
    staged = [
        _good(import_, entry) | {"case_id": cases.get(entry.row), "is_already_here": entry.row not in cases}
        for entry in file.reading.entries
    ]
    _write_rows(session, staged, file, import_)
    return arrival


def _begin(session: Session, file: File, *, by: audit.Actor | None, at: dt.datetime) -> LedgerImport:
    good, faulty = len(file.reading.entries), len(file.reading.faults)
    import_ = LedgerImport(
        file_name=file.name,
        sha256=file.sha256,
        profile=file.profile.name,
        stage=Stage.STAGED,
        by_id=by.account_id if by else None,
        staged_at=at,
        row_count=good + faulty,
        good_count=good,
        faulty_count=faulty,
        already_count=0,
        arrived_count=0,
    )
    session.add(import_)
    session.flush()
    return import_


def _good(import_: LedgerImport, entry: Entry) -> dict[str, object]:
    return {
        "import_id": import_.id, "row": entry.row, "number": entry.number, "entry": None, "fault_column": None,
        "fault_code": None, "is_already_here": False, "case_id": None,
    }  # fmt: skip


def _write_rows(session: Session, staged: list[dict[str, object]], file: File, import_: LedgerImport) -> None:
    faulty: list[dict[str, object]] = [
        {
            "import_id": import_.id, "row": fault.row, "number": fault.number, "entry": None,
            "fault_column": fault.column, "fault_code": fault.code, "is_already_here": False, "case_id": None,
        }
        for fault in file.reading.faults
    ]
    everything = sorted(staged + faulty, key=lambda values: int(str(values["row"])))
    if everything:
        session.execute(insert(StagedRow), everything)


def _ensure_undecided(import_: LedgerImport) -> None:
    if import_.stage is not Stage.STAGED:
        raise MoveError(N_("This import was decided already."))


# Arriving ----------------------------------------------------------------------------------------------------------


def _take_in(
    session: Session, import_: LedgerImport, plan: queries.Plan, *, by: audit.Actor | None, at: dt.datetime
) -> tuple[Arrival, dict[int, int]]:
    """Everything the plan says, in one go; returns also Excel row → id of the case."""
    organisations = _organisations(session, plan, at)
    mediators, created = _mediators(session, plan, at)
    registrations = [
        Registration(
            mediator_id=mediators[pair],
            organisation_id=organisations[pair[1]].id,
            level=MediatorLevel.NONE,
            specialities=[],
            from_on=None,
            until_on=None,
            from_unknown=True,
        )
        for pair in plan.registrations
    ]
    session.add_all(registrations)
    session.flush()
    place = building.Place(
        Ids(session),
        # The events of an import are the machine's: they are corrected, not undone one by one.
        Journal(session, by=None, at=at, name=_DEED),
        Change(session),
        organisations,
        mediators,
        clock.local_day(at),
    )
    cases, events = _cases(session, plan.arriving, place, at)
    import_.stage, import_.decided_at = Stage.ARRIVED, at
    import_.already_count, import_.arrived_count = len(plan.already), len(cases)
    _seal(session, import_, events, plan, organisations, created, registrations, by=by, at=at)
    session.flush()
    return (
        Arrival(len(cases), plan.already, len(plan.new_organisations), len(created), len(registrations)),
        cases,
    )


def _organisations(session: Session, plan: queries.Plan, at: dt.datetime) -> dict[str, Organisation]:
    """Each name the ledger uses → its organisation; unknown ones are created."""
    taken = queries.short_names(session) | set(plan.new_organisations)
    found: dict[str, Organisation] = {}
    for name, known in plan.organisations.items():
        organisation = known
        if organisation is None:
            # Its own name is no obstacle to a short one spelled the same.
            short = _short_name(name, taken - {name})
            taken.add(short)
            organisation = Organisation(
                name=name, short_name=short, kind=plan.kinds[name], park=Park.ZONE, is_active=True, created_at=at
            )
            session.add(organisation)
        found[name] = organisation
    session.flush()
    return found


def _short_name(name: str, taken: set[str]) -> str:
    """A short name nobody bears: the name itself, cut to its length, numbered where it must be."""
    for nth in itertools.count(1):
        mark = str(nth) if nth > 1 else ""
        short = name[: SHORT_NAME_LENGTH - len(mark)] + mark
        if short not in taken:
            return short
    raise AssertionError


def _mediators(
    session: Session, plan: queries.Plan, at: dt.datetime
) -> tuple[dict[tuple[str, str], int], list[Mediator]]:
    """(name, organisation's name) → id of the person; and the persons created, one a name."""
    created = {name: Mediator(name=name, created_at=at) for name in plan.new_mediators}
    session.add_all(created.values())
    session.flush()
    return (
        {pair: (known or created[pair[0]]).id for pair, known in plan.mediators.items()},
        list(created.values()),
    )


def _cases(
    session: Session, arriving: Sequence[Entry], place: building.Place, at: dt.datetime
) -> tuple[dict[int, int], list[dict[str, Any]]]:
    """Write the cases, a batch at a time; returns Excel row → id of the case, and the events to be sealed.

    Numbers are taken in blocks, one a series and year, and given out in the order of the file.
    """
    years = Counter(entry.first_on.year for entry in arriving)
    theirs = Counter((place.organisations[entry.organisation].id, entry.first_on.year) for entry in arriving)
    # In one order everywhere, so that two who take numbers never wait for each other.
    zone = {
        year: itertools.count(intake.take_numbers(session, intake.ZONE_SERIES, year, count))
        for year, count in sorted(years.items())
    }
    own = {
        (organisation_id, year): itertools.count(
            intake.take_numbers(session, f"organisation:{organisation_id}", year, count)
        )
        for (organisation_id, year), count in sorted(theirs.items())
    }
    cases: dict[int, int] = {}
    events: list[dict[str, Any]] = []
    with bulk.collector_waits() as collector, session.no_autoflush:
        for start in range(0, len(arriving), _BATCH):
            batch: list[building.Built] = []
            for entry in arriving[start : start + _BATCH]:
                year = entry.first_on.year
                organisation_seq = next(own[place.organisations[entry.organisation].id, year])
                batch.append(
                    building.build(entry, place, zone_seq=next(zone[year]), organisation_seq=organisation_seq, at=at)
                )
                cases[entry.row] = batch[-1].case.id
            events += _events(place)
            bulk.insert_all(session, (row for built in batch for row in built.rows), building.ORDER)
            # A case and its rows point at each other: only the collector lets them go.
            if len(cases) % _SWEPT == 0:
                del batch
                collector.sweep()
    return cases, events


def _events(place: building.Place) -> list[dict[str, Any]]:
    """The events the journal holds, with their digests, as rows that lack only the seal."""
    rows_ = []
    for case, proceeding, event, _ in place.journal.entries:
        event.id = place.ids.take(CaseEvent)
        event.case_id = case.id
        event.proceeding_id = proceeding.id if proceeding else None
        event.digest = journal.digest_of(case, event, proceeding.seq if proceeding else None)
        rows_.append(bulk.row_of(event))
    place.journal.entries.clear()
    return rows_


def _seal(
    session: Session,
    import_: LedgerImport,
    events: list[dict[str, Any]],
    plan: queries.Plan,
    organisations: dict[str, Organisation],
    mediators: list[Mediator],
    registrations: list[Registration],
    *,
    by: audit.Actor | None,
    at: dt.datetime,
) -> None:
    """One audit event commits to the digests of all events written, in recording order; then they are written."""
    sealed = audit.record(
        session,
        _DEED,
        "ledger_import",
        str(import_.id),
        by=by,
        at=at,
        detail={
            "events": len(events),
            "seal": journal.seal_of([event["digest"] for event in events]),
            "cases": import_.arrived_count,
            "faulty": import_.faulty_count,
            "already": import_.already_count,
            "organisations": [organisations[name].id for name in plan.new_organisations],
            "mediators": [mediator.id for mediator in mediators],
            "registrations": [registration.id for registration in registrations],
        },
    )
    for event in events:
        event["audit_seq"] = sealed.seq
    import_.audit_seq = sealed.seq
    if events:
        session.execute(insert(CaseEvent.__table__), events)  # type: ignore[arg-type]

"""Taking a ledger in: read the file, stage its rows, let the good ones arrive. Writes, never commits.

The file is read before the first statement: nobody waits for a spreadsheet. What arrives is prepared before too
(`prepare`), and arrives in one short transaction, under one event of the audit trail that seals every event written.
The same file again finds its numbers taken and changes nothing.

An import under way belongs to one worker at a time: who claims it bears a token until its lease runs out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import bindparam, insert, or_, update

from mediation import clock
from mediation.audit import actions as audit
from mediation.database import Session, acquire_lock
from mediation.errors import FactError, MoveError, N_, RefusalError
from mediation.ledger import arriving, profile, queries, rows
from mediation.ledger import entries as reading
from mediation.ledger.arriving import Prepared
from mediation.ledger.bulk import Ids
from mediation.ledger.entries import Entry
from mediation.ledger.models import UNDER_WAY, LedgerImport, Stage, StagedRow
from mediation.ledger.profile import Profile
from mediation.ledger.rows import Reading
from mediation.sheets.reading import SheetRows, Workbook, read_workbook
from mediation.words import Term

# One import at a time finds out which numbers are taken.
_LOCK = 0x1ED6E4

LEASE = dt.timedelta(seconds=90)
"""How long a worker may be silent: longer than reading a spreadsheet may take, or a batch of cases."""

Tell = Callable[[Stage, int, int], None]
"""Told from time to time: at which stage the work is, how much of it is done, of how much."""


def silent(_stage: Stage, _done: int, _all: int) -> None:
    """Tells nobody."""


class OvertakenError(Exception):
    """Somebody wrote between preparing and writing: nothing was written. Roll back and prepare again."""


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


def digest_of(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_file(path: Path, *, name: str | None = None, profile: Profile, at: dt.datetime, tell: Tell = silent) -> File:
    """Read the ledger at `path` in the limited process, and judge its rows. Touches no database.

    Raises FactError, TooLargeError: the file cannot be read, or no sheet of it is such a ledger.
    """
    name = path.name if name is None else name
    digest = digest_of(path)
    tell(Stage.READING, 0, 1)
    workbook = read_workbook(path, name=name)
    tell(Stage.CHECKING, 0, 1)
    sheet = _ledger_sheet(workbook, profile)
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


# A file, from upload to decision -----------------------------------------------------------------------------------


def receive(
    session: Session, *, name: str, sha256: str, kept_as: str, profile: Profile, by: audit.Actor, at: dt.datetime
) -> LedgerImport:
    """Take note of an uploaded file that is still to be read; `kept_as` is its name in the staging folder."""
    import_ = _new(name, sha256, profile, Stage.READING, by=by, at=at)
    import_.kept_as = kept_as
    session.add(import_)
    session.flush()
    return import_


def stage(
    session: Session,
    file: File,
    *,
    by: audit.Actor | None,
    at: dt.datetime,
    into: LedgerImport | None = None,
    worker: str | None = None,
) -> LedgerImport:
    """Keep the rows as read until someone decides: in a new import, or in the one `worker` reads the file of.

    Raises MoveError: another worker has it.
    """
    import_ = into or _new(file.name, file.sha256, file.profile, Stage.STAGED, by=by, at=at)
    if into is not None:
        _ensure_worked_on(session, into, worker, {Stage.READING, Stage.CHECKING})
        _let_go(into, Stage.STAGED)
    session.add(import_)
    _count(import_, file)
    session.flush()
    staged = [_good(import_, entry) | {"entry": reading.to_json(entry)} for entry in file.reading.entries]
    _write_rows(session, staged, file, import_)
    return import_


def decide(session: Session, import_: LedgerImport, *, by: audit.Actor, at: dt.datetime, strict: bool = False) -> None:
    """The good rows shall arrive: a worker sees to it.

    Raises:
        MoveError: it was decided already.
        FactError: it is faulty and `strict` was asked.
    """
    acquire_lock(session, _LOCK)
    session.refresh(import_)
    _ensure_undecided(import_)
    if strict:
        _ensure_faultless(import_.faulty_count)
    import_.stage, import_.refusal, import_.progress = Stage.ARRIVING, None, 0
    import_.decided_by_id = by.account_id
    audit.record(session, "ledger.decide", "ledger_import", str(import_.id), by=by, at=at)


def refuse(session: Session, import_: LedgerImport, *, by: audit.Actor | None, at: dt.datetime) -> str | None:
    """Send the file back: nothing of it arrives, and its rows are forgotten.

    Returns the name in the staging folder of a file that no worker read, to be removed after the commit.
    Raises MoveError: it was decided, or a worker is reading it.
    """
    session.refresh(import_, with_for_update=True)
    if import_.kept_as is None:
        _ensure_undecided(import_)
    elif import_.leased_until is not None and import_.leased_until > at:
        raise MoveError(_ANOTHERS)
    unread = import_.kept_as
    session.execute(update(StagedRow).where(StagedRow.import_id == import_.id).values(entry=None))
    _let_go(import_, Stage.REFUSED)
    import_.decided_at, import_.decided_by_id = at, by.account_id if by else None
    audit.record(session, "ledger.refuse", "ledger_import", str(import_.id), by=by, at=at)
    return unread


# The work on it -----------------------------------------------------------------------------------------------------


def claim(session: Session, import_id: int, *, worker: str, at: dt.datetime) -> bool:
    """Let the worker of this token have the import; False: there is nothing to do, or another one has it."""
    claimed = session.execute(
        update(LedgerImport)
        .where(
            LedgerImport.id == import_id,
            LedgerImport.stage.in_(UNDER_WAY),
            or_(LedgerImport.leased_until.is_(None), LedgerImport.leased_until <= at),
        )
        .values(worker=worker, leased_until=at + LEASE)
        .returning(LedgerImport.id)
    )
    return claimed.scalar() is not None


def tell_progress(
    session: Session, import_id: int, stage: Stage, percent: int, *, worker: str, at: dt.datetime
) -> None:
    """Show how far the worker is, and renew its lease. Raises MoveError: another worker has it."""
    told = session.execute(
        update(LedgerImport)
        .where(LedgerImport.id == import_id, LedgerImport.worker == worker, LedgerImport.stage.in_(UNDER_WAY))
        .values(stage=stage, progress=percent, leased_until=at + LEASE)
        .returning(LedgerImport.id)
    )
    if told.scalar() is None:
        raise MoveError(_ANOTHERS)


def give_up(session: Session, import_: LedgerImport, refusal: RefusalError, *, worker: str, at: dt.datetime) -> None:
    """Say why the work cannot be done: the file cannot be read, or its rows cannot arrive (they stay staged)."""
    _ensure_worked_on(session, import_, worker, UNDER_WAY)
    was_read = import_.stage is Stage.ARRIVING
    _let_go(import_, Stage.STAGED if was_read else Stage.FAILED)
    import_.decided_at, import_.decided_by_id = None if was_read else at, None
    import_.refusal = {
        "message": refusal.message,
        "values": {key: _told(value) for key, value in refusal.values_.items()},
    }


def let_go(session: Session, import_id: int, *, worker: str, at: dt.datetime) -> None:
    """The worker stops before its end: its lease is over, and whoever comes next may go on."""
    session.execute(
        update(LedgerImport)
        .where(LedgerImport.id == import_id, LedgerImport.worker == worker, LedgerImport.stage.in_(UNDER_WAY))
        .values(leased_until=at)
    )


def try_again(session: Session, import_: LedgerImport, *, at: dt.datetime) -> bool:
    """Let a worker begin anew; False: one is at work. Raises MoveError: there is nothing to be done."""
    session.refresh(import_, with_for_update=True)
    if import_.stage not in UNDER_WAY:
        raise MoveError(N_("There is nothing left to do for this import."))
    if import_.leased_until is not None and import_.leased_until > at:
        return False
    import_.worker = import_.leased_until = None
    return True


def _told(value: object) -> object:
    return value if isinstance(value, int | str) and not isinstance(value, Term) else str(value)


_ANOTHERS = N_("Another process is at work on this import.")


def _ensure_worked_on(session: Session, import_: LedgerImport, worker: str | None, stages: Container[Stage]) -> None:
    session.refresh(import_, with_for_update=True)
    if import_.worker != worker or import_.stage not in stages:
        raise MoveError(_ANOTHERS)


def _let_go(import_: LedgerImport, stage: Stage) -> None:
    import_.stage, import_.progress, import_.kept_as = stage, 0, None
    import_.worker = import_.leased_until = None


# Arriving -----------------------------------------------------------------------------------------------------------


def prepare(session: Session, found: Sequence[Entry], *, ids: Ids, at: dt.datetime, tell: Tell = silent) -> Prepared:
    """What arriving these entries would write; a reading session will do, and `Ids.beforehand`."""
    return arriving.prepare(session, found, ids=ids, at=at, tell=lambda done, all_: tell(Stage.ARRIVING, done, all_))


def arrive(
    session: Session,
    import_: LedgerImport,
    *,
    by: audit.Actor | None,
    at: dt.datetime,
    strict: bool = False,
    prepared: Prepared | None = None,
    worker: str | None = None,
) -> Arrival:
    """Let the good rows of a staged import become cases.

    `strict`: a file with any fault does not arrive at all. `prepared`: by `prepare`, before this transaction;
    without it all is done within, and others wait for so long. `worker`: whoever claimed it once it was decided.

    Raises:
        MoveError: it was decided already, or another worker has it.
        FactError: it is faulty and `strict` was asked.
        OvertakenError: what was prepared does not hold any more.
    """
    acquire_lock(session, _LOCK)
    session.refresh(import_)
    if worker is None:
        _ensure_undecided(import_)
    else:
        _ensure_worked_on(session, import_, worker, {Stage.ARRIVING})
    if strict:
        _ensure_faultless(import_.faulty_count)
    if prepared is None:
        prepared = prepare(session, queries.list_entries(session, import_), ids=Ids.within(session), at=at)
    arrival = _take_in(session, import_, prepared, by=by, at=at)
    session.execute(update(StagedRow).where(StagedRow.import_id == import_.id).values(entry=None))
    for values in (
        [{"at_row": row, "found": True, "case": None} for row in arrival.already],
        [{"at_row": row, "found": False, "case": case} for row, case in prepared.cases.items()],
    ):
        if values:
            session.connection().execute(
                update(StagedRow.__table__)  # type: ignore[arg-type]
                .where(StagedRow.import_id == import_.id, StagedRow.row == bindparam("at_row"))
                .values(is_already_here=bindparam("found"), case_id=bindparam("case")),
                values,
            )
    return arrival


def take_in(
    session: Session,
    file: File,
    *,
    by: audit.Actor | None,
    at: dt.datetime,
    strict: bool = False,
    prepared: Prepared | None = None,
) -> Arrival:
    """Stage and let arrive in one act; a file that brings nothing new leaves no trace. Raises as `arrive`."""
    if strict:
        _ensure_faultless(len(file.reading.faults))
    acquire_lock(session, _LOCK)
    if prepared is None:
        prepared = prepare(session, file.reading.entries, ids=Ids.within(session), at=at)
    if not prepared.plan.arriving:
        return arrival_of(prepared)
    import_ = _new(file.name, file.sha256, file.profile, Stage.STAGED, by=by, at=at)
    session.add(import_)
    _count(import_, file)
    session.flush()
    arrival = _take_in(session, import_, prepared, by=by, at=at)
    cases = prepared.cases
    staged = [
        _good(import_, entry) | {"case_id": cases.get(entry.row), "is_already_here": entry.row not in cases}
        for entry in file.reading.entries
    ]
    _write_rows(session, staged, file, import_)
    return arrival


def arrival_of(prepared: Prepared) -> Arrival:
    """What comes of it when it is written."""
    return Arrival(
        len(prepared.cases),
        prepared.plan.already,
        len(prepared.organisations),
        len(prepared.mediators),
        len(prepared.registrations),
    )


def _take_in(
    session: Session, import_: LedgerImport, prepared: Prepared, *, by: audit.Actor | None, at: dt.datetime
) -> Arrival:
    if not arriving.claim(session, prepared):
        raise OvertakenError
    _let_go(import_, Stage.ARRIVED)
    import_.decided_at = at
    import_.already_count, import_.arrived_count = len(prepared.plan.already), len(prepared.cases)
    arriving.write(session, import_, prepared, by=by, at=at)
    session.flush()
    return arrival_of(prepared)


def _new(
    name: str, sha256: str, profile: Profile, stage: Stage, *, by: audit.Actor | None, at: dt.datetime
) -> LedgerImport:
    return LedgerImport(
        file_name=name,
        sha256=sha256,
        profile=profile.name,
        stage=stage,
        by_id=by.account_id if by else None,
        staged_at=at,
        row_count=0,
        good_count=0,
        faulty_count=0,
        already_count=0,
        arrived_count=0,
        progress=0,
    )


def _count(import_: LedgerImport, file: File) -> None:
    import_.good_count, import_.faulty_count = len(file.reading.entries), len(file.reading.faults)
    import_.row_count = file.reading.total


def _good(import_: LedgerImport, entry: Entry) -> dict[str, object]:
    return {
        "import_id": import_.id, "row": entry.row, "number": entry.number, "entry": None, "fault_column": None,
        "fault_code": None, "is_already_here": False, "case_id": None,
    }  # fmt: skip


def _write_rows(session: Session, staged: list[dict[str, object]], file: File, import_: LedgerImport) -> None:
    faulty: list[dict[str, object]] = [
        {
            "import_id": import_.id,
            "row": fault.row,
            "number": fault.number,
            "entry": None,
            "fault_column": fault.column,
            "fault_code": fault.code,
            "is_already_here": False,
            "case_id": None,
        }
        for fault in file.reading.faults
    ]
    everything = sorted(staged + faulty, key=lambda values: int(str(values["row"])))
    if everything:
        session.execute(insert(StagedRow), everything)


def _ensure_undecided(import_: LedgerImport) -> None:
    if import_.stage is not Stage.STAGED:
        raise MoveError(N_("This import was decided already."))


def _ensure_faultless(faulty: int) -> None:
    if faulty:
        raise FactError(N_("%(count)s rows of the file are faulty: nothing was imported."), field=None, count=faulty)

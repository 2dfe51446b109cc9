"""Backups that are proved before they are called backups, and the way back from one.

A backup is two files: the copy and, beside it, its manifest (`….json`), written last: without its manifest a copy is no
backup. SQLite is copied by VACUUM INTO, PostgreSQL by pg_dump; both copies are opened and read – their own checks, the
rows counted, the audit chain walked – before the manifest is written and again before anything is restored.
Keys are not in it: without the audit key nothing can be proved, so keep `keys/` elsewhere. Must not decide when.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, func, inspect, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from mediation import migrating
from mediation.audit import queries as audit
from mediation.audit.queries import Anchor
from mediation.database import Database, Session, make_database, prepare_sqlite

FORMAT = 1


class BackupError(Exception):
    """The copy cannot be made, cannot be trusted or must not be restored. Its text is fit for the operator."""


@dataclass(frozen=True)
class Manifest:
    """What a copy holds. `head_seq`, `head_mac`: the end of its audit chain (0 and none: nothing happened yet)."""

    format: int
    engine: str
    made_at: str
    revision: str | None
    sha256: str
    size: int
    counts: Mapping[str, int]
    head_seq: int
    head_mac: str | None


def manifest_path(copy: Path) -> Path:
    """Where the manifest of a copy lies."""
    return copy.with_name(copy.name + ".json")


def default_name(engine: str, at: dt.datetime) -> str:
    """What a backup made at that instant is called."""
    return f"mediation-{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}.{'db' if engine == 'sqlite' else 'dump'}"


# Making one -----------------------------------------------------------------------------------------------------------


def make(database: Database, copy: Path, *, key: bytes, at: dt.datetime) -> Manifest:
    """Copy the database to `copy`, prove the copy, write its manifest.

    Raises:
        BackupError: something stands there already, a program is missing, or the copy is not whole.
    """
    if copy.exists() or manifest_path(copy).exists():
        raise BackupError(f"{copy} is there already; a backup is never overwritten")
    copy.parent.mkdir(parents=True, exist_ok=True)
    partial = copy.with_name(copy.name + ".partial")
    partial.unlink(missing_ok=True)
    engine = database.writing.dialect.name
    try:
        if engine == "sqlite":
            _vacuum_into(database, partial)
        else:
            _dump(database.writing.url, partial)
        partial.chmod(0o600)
        with _opened(engine, partial, database.writing.url, key) as (session, revision):
            counts, head = _prove(session, None)
        manifest = Manifest(
            FORMAT, engine, at.astimezone(dt.UTC).isoformat(), revision, _sha256(partial), partial.stat().st_size,
            counts, head.seq if head else 0, head.mac if head else None,
        )  # fmt: skip
        _sync(partial)
        partial.rename(copy)
        _write_manifest(copy, manifest)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _vacuum_into(database: Database, partial: Path) -> None:
    raw = database.writing.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(partial),))
    except sqlite3.Error as error:
        raise BackupError(f"the copy failed: {error}") from error
    finally:
        raw.close()


def _write_manifest(copy: Path, manifest: Manifest) -> None:
    path = manifest_path(copy)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _sync(partial)
    partial.rename(path)
    _sync(copy.parent)


# Proving one ----------------------------------------------------------------------------------------------------------


def read_manifest(copy: Path) -> Manifest:
    """The manifest of a copy. Raises BackupError when there is none, or it cannot be read."""
    if not copy.is_file():
        raise BackupError(f"there is no {copy}")
    try:
        told = json.loads(manifest_path(copy).read_text(encoding="utf-8"))
        manifest = Manifest(**told)
    except FileNotFoundError as error:
        raise BackupError(f"{copy} has no manifest: the backup was never finished") from error
    except (ValueError, TypeError) as error:
        raise BackupError(f"the manifest of {copy} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BackupError(f"the manifest of {copy} has an unknown format")
    return manifest


def verify(copy: Path, *, key: bytes, server: URL | None = None) -> Manifest:
    """Prove that `copy` is what its manifest says. `server`: where a PostgreSQL dump may be unpacked.

    Raises:
        BackupError: with what is wrong.
    """
    manifest = _untouched(copy)
    with _opened(manifest.engine, copy, server, key) as (session, revision):
        _agrees(session, revision, manifest)
    return manifest


def _untouched(copy: Path) -> Manifest:
    manifest = read_manifest(copy)
    if copy.stat().st_size != manifest.size or _sha256(copy) != manifest.sha256:
        raise BackupError(f"{copy} is not the file its manifest was written for")
    return manifest


def _agrees(session: Session, revision: str | None, manifest: Manifest) -> None:
    if revision != manifest.revision:
        raise BackupError(f"the copy stands at {revision}, its manifest says {manifest.revision}")
    counts, head = _prove(session, manifest)
    if counts != manifest.counts:
        raise BackupError("the copy does not hold as many rows as its manifest says")
    if (head.seq if head else 0, head.mac if head else None) != (manifest.head_seq, manifest.head_mac):
        raise BackupError("the audit trail of the copy does not end where its manifest says")


def _prove(session: Session, manifest: Manifest | None) -> tuple[dict[str, int], Anchor | None]:
    """The engine's own checks, the rows counted, the audit chain walked."""
    if session.get_bind().dialect.name == "sqlite":
        faults = [row[0] for row in session.execute(text("PRAGMA integrity_check"))]
        if faults != ["ok"]:
            raise BackupError(f"the copy is damaged: {faults[0]}")
        if session.execute(text("PRAGMA foreign_key_check")).first() is not None:
            raise BackupError("the copy has rows that point nowhere")
    # The tables of the copy, not of this program: an older copy has fewer.
    counts = {
        name: session.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(inspect(session.connection()).get_table_names())
    }
    anchors = [Anchor(manifest.head_seq, manifest.head_mac)] if manifest is not None and manifest.head_mac else []
    verdict = audit.verify(session, anchors)
    if not verdict.is_whole:
        broken = verdict.broken[0]
        raise BackupError(f"the audit trail is broken at {broken.seq_from}–{broken.seq_to}: {broken.fault.en}")
    return counts, verdict.head


@contextmanager
def _opened(engine: str, copy: Path, server: URL | None, key: bytes) -> Iterator[tuple[Session, str | None]]:
    """The copy as a database to read, and the migration it stands at."""
    if engine == "sqlite":
        # Immutable: reading leaves no file beside the copy and changes no byte of it.
        with _session(f"sqlite:///file:{copy.resolve()}?mode=ro&immutable=1&uri=true", key) as opened:
            yield opened
        return
    if server is None:
        raise BackupError("a PostgreSQL dump can be proved only beside a PostgreSQL server")
    with _scratch(server, copy) as scratch, _session(_address(scratch), key) as opened:
        yield opened


@contextmanager
def _session(url: str, key: bytes) -> Iterator[tuple[Session, str | None]]:
    database = make_database(url, info={"audit_key": key})
    try:
        revision = migrating.current(database.reading)
        if revision not in migrating.numbers():
            raise BackupError(f"the copy stands at {revision}, which this program does not know")
        with database.read() as session:
            yield session, revision
    except DBAPIError as error:
        raise BackupError(f"the copy cannot be read: {error.orig}") from error
    finally:
        database.dispose()


# The way back ---------------------------------------------------------------------------------------------------------


def restore(url: str, copy: Path, *, key: bytes, at: dt.datetime, force: bool = False) -> str | None:
    """Put the copy in the place of the database behind `url`, which is kept aside; where (None: there was none).

    Stop the server first. An older copy than the present database would take back what happened since: `force` says so.

    Raises:
        BackupError: the copy is not whole, older than what is there, or somebody is still connected.
    """
    address = make_url(url)
    manifest = read_manifest(copy)
    if manifest.engine != address.get_backend_name():
        raise BackupError(f"a backup of {manifest.engine} does not fit an installation on {address.get_backend_name()}")
    stamp = f"replaced-{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    if manifest.engine == "sqlite":
        return _restore_file(address, copy, key, stamp, force=force)
    return _restore_dump(address, copy, key, stamp, force=force)


def _ensure_not_older(present: Session, manifest: Manifest) -> None:
    head = audit.find_head(present)
    if head is not None and head.seq > manifest.head_seq:
        raise BackupError(
            f"the backup ends at audit event {manifest.head_seq}, the present database at {head.seq}:"
            " restoring it would take back what happened since (--force does it all the same)"
        )
    if head is not None and head.seq == manifest.head_seq and head.mac != manifest.head_mac:
        raise BackupError("the backup is of another history than the present database (--force restores it)")


def _restore_file(address: URL, copy: Path, key: bytes, stamp: str, *, force: bool) -> str | None:
    manifest = verify(copy, key=key)
    assert address.database is not None
    place = Path(address.database)
    aside = None
    if place.exists():
        if not force:
            present = make_database(f"sqlite:///{place}", info={"audit_key": key})
            try:
                with present.read() as session:
                    _ensure_not_older(session, manifest)
            except DBAPIError as error:
                raise BackupError(f"the present database cannot be read: {error.orig} (--force replaces it)") from error
            finally:
                present.dispose()
            _ensure_alone(place)
        aside = place.with_name(f"{place.name}.{stamp}")
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(place.name + ".restoring")
    shutil.copyfile(copy, fresh)
    fresh.chmod(0o600)
    if _sha256(fresh) != manifest.sha256:
        fresh.unlink()
        raise BackupError("copying the backup failed")
    _sync(fresh)
    if aside is not None:
        for ending in ("-wal", "-shm"):
            beside = place.with_name(place.name + ending)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + ending))
        place.rename(aside)
    fresh.rename(place)
    _sync(place.parent)
    engine = create_engine(f"sqlite:///{place}")
    prepare_sqlite(engine)
    engine.dispose()
    return None if aside is None else str(aside)


def _ensure_alone(place: Path) -> None:
    """Nobody else has the file open; what the write-ahead log holds is in the file afterwards."""
    connection = sqlite3.connect(place, timeout=0.2, isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise BackupError("somebody is still connected to the database: stop the server first") from error
    finally:
        connection.close()


# PostgreSQL -----------------------------------------------------------------------------------------------------------


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found:
        return Path(found)
    folders = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not folders:
        raise BackupError(f"{name} is not installed; a backup of PostgreSQL needs it (Debian: postgresql-client)")
    return folders[-1]


def _run(name: str, *arguments: str, address: URL) -> None:
    # The password goes by the environment: command lines are for everybody to read.
    env = {**os.environ, "PGPASSWORD": str(address.password or "")} if address.password else dict(os.environ)
    done = subprocess.run(  # noqa: S603 - the program and its arguments are ours
        [_program(name), *arguments], env=env, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BackupError(f"{name} failed: {said[-1] if said else done.returncode}")


def _address(address: URL) -> str:
    return address.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _libpq(address: URL) -> str:
    return address.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _dump(address: URL, partial: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={partial}", _libpq(address),
         address=address)  # fmt: skip


def _say(server: URL, sentence: str) -> None:
    """One sentence to the server, outside of any transaction, from its own maintenance database."""
    engine = create_engine(_address(server.set(database="postgres")), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(sentence)
    except DBAPIError as error:
        raise BackupError(f"the server refused: {str(error.orig).splitlines()[0]}") from error
    finally:
        engine.dispose()


def _unpacked(server: URL, copy: Path) -> URL:
    """A new database with what the dump holds."""
    scratch = server.set(database=f"mediation_{secrets.token_hex(6)}")
    _say(server, f'CREATE DATABASE "{scratch.database}"')
    try:
        _run("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={_libpq(scratch)}", str(copy),
             address=server)  # fmt: skip
    except BackupError:
        _say(server, f'DROP DATABASE "{scratch.database}"')
        raise
    return scratch


@contextmanager
def _scratch(server: URL, copy: Path) -> Iterator[URL]:
    scratch = _unpacked(server, copy)
    try:
        yield scratch
    finally:
        _say(server, f'DROP DATABASE "{scratch.database}"')


def _restore_dump(address: URL, copy: Path, key: bytes, stamp: str, *, force: bool) -> str | None:
    manifest = _untouched(copy)
    if not force:
        present = make_database(_address(address), info={"audit_key": key})
        try:
            with present.read() as session:
                if migrating.current(present.reading) is not None:
                    _ensure_not_older(session, manifest)
        except DBAPIError as error:
            raise BackupError(f"the present database cannot be read: {error.orig} (--force replaces it)") from error
        finally:
            present.dispose()
    fresh = _unpacked(address, copy)
    aside = f"{address.database}_{stamp.replace('-', '_')}"
    try:
        with _session(_address(fresh), key) as (session, revision):
            _agrees(session, revision, manifest)
        # Refused while anybody is connected: stop the server first.
        _say(address, f'ALTER DATABASE "{address.database}" RENAME TO "{aside}"')
    except BackupError:
        _say(address, f'DROP DATABASE "{fresh.database}"')
        raise
    _say(address, f'ALTER DATABASE "{fresh.database}" RENAME TO "{address.database}"')
    return aside


# Files ----------------------------------------------------------------------------------------------------------------


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Let what was written reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

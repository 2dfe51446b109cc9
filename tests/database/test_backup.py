"""Backups: proved before they are called backups, refused when anything about them is not so."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text

from mediation import backup, migrating
from mediation.audit.queries import find_head
from mediation.backup import BackupError
from mediation.cases import checks
from mediation.cases.models import Case
from mediation.database import Database, make_database
from mediation.demo import play
from mediation.people import actions as people

KEY = b"the key of the backups"
AT = dt.datetime(2026, 3, 2, 4, 5, 6, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(hours=1)
STORIES = json.loads((Path(__file__).parent.parent / "data" / "stories.json").read_text("utf-8"))["stories"]


@pytest.fixture
def url(request: pytest.FixtureRequest, engine_name: str) -> str:
    """The address of a migrated database, once on each engine."""
    return str(request.getfixturevalue(f"{engine_name}_url"))


def lived_in(url: str) -> Database:
    """The database behind `url`, in which three disputes were mediated."""
    database = make_database(url, info={"audit_key": KEY})
    with database.write() as session:
        stage = play.set_stage(session, since=dt.date(2020, 1, 1), account_id=1)
        play.play(session, STORIES[:3], stage)
        session.commit()
    return database


def go_on(database: Database) -> None:
    """Something more happens."""
    with database.write() as session:
        people.set_setting(session, "is_demo", "1", by=None, at=LATER)
        session.commit()


def test_a_backup_is_restored_as_it_was_made(url: str, tmp_path: Path):
    database = lived_in(url)
    copy = tmp_path / "copies" / "first.copy"
    manifest = backup.make(database, copy, key=KEY, at=AT)
    assert manifest.counts["cases"] == 3
    assert manifest.revision == migrating.head()
    go_on(database)
    database.dispose()

    aside = backup.restore(url, copy, key=KEY, at=LATER, force=True)

    restored = make_database(url, info={"audit_key": KEY})
    with restored.read() as session:
        head = find_head(session)
        assert head is not None
        assert (head.seq, head.mac) == (manifest.head_seq, manifest.head_mac)
        assert checks.check(session).is_clean
    with restored.write() as session:
        assert len(session.scalars(select(Case)).all()) == 3
        people.set_setting(session, "is_demo", "0", by=None, at=LATER)
        session.commit()
    restored.dispose()
    assert aside is not None


def test_what_is_replaced_is_kept_aside(url: str, tmp_path: Path):
    database = lived_in(url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    go_on(database)
    database.dispose()
    aside = backup.restore(url, tmp_path / "copy", key=KEY, at=LATER, force=True)
    assert aside is not None
    replaced = f"sqlite:///{aside}" if url.startswith("sqlite") else url.replace(url.split("/")[3].split("?")[0], aside)
    kept = make_database(replaced, info={"audit_key": KEY})
    with kept.read() as session:
        assert session.execute(text("SELECT value FROM site_setting")).scalar_one() == "1"
    kept.dispose()


def test_an_older_backup_is_refused_unless_forced(url: str, tmp_path: Path):
    database = lived_in(url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    go_on(database)
    database.dispose()
    with pytest.raises(BackupError, match="take back what happened since"):
        backup.restore(url, tmp_path / "copy", key=KEY, at=LATER)
    present = make_database(url, info={"audit_key": KEY})
    with present.read() as session:
        assert session.execute(text("SELECT value FROM site_setting")).scalar_one() == "1"
    present.dispose()


def test_a_backup_is_never_overwritten(url: str, tmp_path: Path):
    database = lived_in(url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    before = (tmp_path / "copy").read_bytes()
    with pytest.raises(BackupError, match="never overwritten"):
        backup.make(database, tmp_path / "copy", key=KEY, at=LATER)
    assert (tmp_path / "copy").read_bytes() == before
    database.dispose()


def test_a_backup_is_refused_with_another_key(url: str, tmp_path: Path):
    database = lived_in(url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    with pytest.raises(BackupError, match="another key"):
        backup.verify(tmp_path / "copy", key=b"another", server=database.writing.url)
    database.dispose()


def test_a_database_whose_trail_is_broken_gets_no_backup(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    with database.writing.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_no_update"))
        connection.execute(text("UPDATE audit_event SET actor_id = 7 WHERE seq = 5"))
    with pytest.raises(BackupError, match="audit trail is broken at 5–5"):
        backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    assert list(tmp_path.glob("copy*")) == []
    database.dispose()


def test_every_flipped_bit_is_found(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    copy = tmp_path / "copy"
    backup.make(database, copy, key=KEY, at=AT)
    database.dispose()
    whole = copy.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        spoilt = bytearray(whole)
        spoilt[place] ^= 4
        copy.write_bytes(spoilt)
        with pytest.raises(BackupError, match="not the file"):
            backup.verify(copy, key=KEY)
    copy.write_bytes(whole)
    backup.verify(copy, key=KEY)


def test_rows_changed_under_a_manifest_made_to_fit_are_found(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    copy = tmp_path / "copy"
    manifest = backup.make(database, copy, key=KEY, at=AT)
    database.dispose()
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("DROP TRIGGER audit_event_no_delete")
    connection.execute("DELETE FROM audit_event WHERE seq = ?", (manifest.head_seq,))
    connection.close()
    told = json.loads(backup.manifest_path(copy).read_text("utf-8"))
    told["counts"]["audit_event"] -= 1
    told["sha256"], told["size"] = backup._sha256(copy), copy.stat().st_size
    backup.manifest_path(copy).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BackupError, match="cut off"):
        backup.verify(copy, key=KEY)


def test_an_interrupted_backup_never_looks_complete(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    copy = tmp_path / "copy"
    backup.make(database, copy, key=KEY, at=AT)
    database.dispose()
    manifest = backup.manifest_path(copy)
    kept = manifest.read_bytes()
    # Each stage a power cut could leave: no manifest yet, half a manifest, half a copy.
    manifest.unlink()
    with pytest.raises(BackupError, match="never finished"):
        backup.verify(copy, key=KEY)
    manifest.write_bytes(kept[: len(kept) // 2])
    with pytest.raises(BackupError, match="cannot be read"):
        backup.verify(copy, key=KEY)
    manifest.write_bytes(kept)
    copy.write_bytes(copy.read_bytes()[:-4096])
    with pytest.raises(BackupError, match="not the file"):
        backup.verify(copy, key=KEY)
    copy.unlink()
    with pytest.raises(BackupError, match="there is no"):
        backup.verify(copy, key=KEY)


def test_nothing_is_restored_under_a_running_server(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    with database.read() as session:
        session.execute(text("SELECT 1 FROM cases")).all()
        with pytest.raises(BackupError, match="stop the server"):
            backup.restore(sqlite_url, tmp_path / "copy", key=KEY, at=LATER)
    database.dispose()


def test_a_backup_of_one_engine_does_not_go_into_the_other(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    database.dispose()
    with pytest.raises(BackupError, match="does not fit"):
        backup.restore("postgresql+psycopg://nobody@/nowhere", tmp_path / "copy", key=KEY, at=LATER)


def test_a_backup_goes_where_there_was_nothing(sqlite_url: str, tmp_path: Path):
    database = lived_in(sqlite_url)
    backup.make(database, tmp_path / "copy", key=KEY, at=AT)
    database.dispose()
    new = f"sqlite:///{tmp_path / 'elsewhere' / 'new.db'}"
    assert backup.restore(new, tmp_path / "copy", key=KEY, at=LATER) is None
    restored = make_database(new, info={"audit_key": KEY})
    with restored.read() as session:
        assert checks.check(session).counts["cases"] == 3
    restored.dispose()

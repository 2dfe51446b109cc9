"""The audit trail: nobody rewrites it unnoticed, and the database itself refuses to try."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from mediation.audit import actions, chain, queries, triggers
from mediation.audit.queries import Anchor, Broken
from mediation.database import Database, Session
from mediation.terms import Role

AT = dt.datetime(2026, 3, 5, 6, 30, 15, 123456, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Clerk:
    account_id: int = 7
    role: Role = Role.CLERK
    organisation_id: int | None = 3


def tell(session: Session, count: int) -> None:
    for number in range(1, count + 1):
        by = Clerk() if number % 2 else None
        actions.record(
            session, "case:accept", "case", str(number), by=by, at=AT + dt.timedelta(hours=number),
            detail={"fields": ["accepted_on"], "名": number},
        )  # fmt: skip


@pytest.fixture
def ten(database: Database) -> Database:
    """Ten events in a trail."""
    with database.write() as session:
        tell(session, 10)
        session.commit()
    return database


def tamper(database: Database, *statements: str) -> None:
    """What a stranger with every right on the database can do: drop the guards, then change what they like."""
    with database.write() as session:
        connection = session.connection()
        triggers.drop(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)
        session.commit()


def broken(database: Database, *anchors: Anchor) -> list[Broken]:
    with database.read() as session:
        return queries.verify(session, anchors).broken


# ------------------------------------------------------------------------------------------ as it should be


def test_an_untouched_trail_is_whole(ten):
    with ten.read() as session:
        verdict = queries.verify(session)
    assert (verdict.count, verdict.broken, verdict.is_whole) == (10, [], True)
    assert verdict.head is not None
    assert verdict.head.seq == 10


def test_an_empty_trail_is_whole(database):
    with database.read() as session:
        verdict = queries.verify(session)
    assert (verdict.count, verdict.broken, verdict.head) == (0, [], None)


def test_the_first_event_follows_on_nothing_and_each_next_one_on_the_one_before(ten):
    with ten.read() as session:
        events = list(reversed(queries.page_events(session, size=10).events))
    assert [event.seq for event in events] == list(range(1, 11))
    assert events[0].prev == chain.GENESIS
    assert [event.prev for event in events[1:]] == [event.mac for event in events[:-1]]


def test_an_event_undone_with_its_transaction_leaves_no_gap(database):
    with database.write() as session:
        tell(session, 2)
        session.rollback()
        tell(session, 1)
        session.commit()
    with database.read() as session:
        assert [event.seq for event in queries.page_events(session).events] == [1]
    assert broken(database) == []


def test_many_who_write_at_once_make_one_chain(database):
    together = threading.Barrier(6)

    def write() -> None:
        together.wait()
        for _ in range(8):
            with database.write() as session:
                tell(session, 2)
                session.commit()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.read() as session:
        verdict = queries.verify(session)
    assert (verdict.count, verdict.broken) == (6 * 8 * 2, [])


def test_the_event_knows_its_request_and_its_actor(database):
    with database.write() as session:
        session.info.update(request_id="r1", ip="192.0.2.7")
        event = actions.record(session, "case:end", "case", "9", by=Clerk(), at=AT, result="denied")
        assert (event.request_id, event.ip, event.actor_id, event.actor_role, event.organisation_id, event.result) == (
            "r1", "192.0.2.7", 7, "clerk", 3, "denied",
        )  # fmt: skip
        session.rollback()


def test_a_moment_in_beijing_is_kept_as_the_same_instant(database):
    beijing = dt.timezone(dt.timedelta(hours=8))
    with database.write() as session:
        actions.record(session, "case:end", "case", "9", by=None, at=AT.astimezone(beijing))
        session.commit()
    with database.read() as session:
        assert queries.page_events(session).events[0].at == AT
    assert broken(database) == []


def test_the_detail_has_one_spelling():
    detail = {"b": {"y", "x"}, "a": Role.CLERK, "名": None}
    assert chain.canonical_detail(detail) == '{"a":"clerk","b":["x","y"],"名":null}'


def test_the_pages_show_the_newest_first_and_filter(ten):
    with ten.read() as session:
        page = queries.page_events(session, number=2, size=4)
        assert ([event.seq for event in page.events], page.total) == ([6, 5, 4, 3], 10)
        assert queries.page_events(session, actor_id=7).total == 5
        assert queries.page_events(session, object_type="case", object_ref="4").total == 1
        until = AT + dt.timedelta(hours=4)
        assert queries.page_events(session, since=AT + dt.timedelta(hours=2), before=until).total == 2
        assert queries.page_events(session, action="case:none").total == 0
        assert json.loads(page.events[0].detail) == {"fields": ["accepted_on"], "名": 6}


# ------------------------------------------------------------------------------------------ what the database refuses


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET result = 'denied' WHERE seq = 4",
        "UPDATE audit_event SET seq = 11 WHERE seq = 10",
        "DELETE FROM audit_event WHERE seq = 10",
        "DELETE FROM audit_event",
    ],
)
def test_the_database_refuses(ten, statement):
    with ten.write() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))
    assert broken(ten) == []


def test_postgresql_refuses_to_empty_the_table(postgresql_database):
    with postgresql_database.write() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("TRUNCATE audit_event"))


COLUMNS = (
    "seq, at, actor_id, actor_role, organisation_id, ip, request_id, action, object_type, object_ref, result, detail, "
    "alg, key_id, prev, mac"
)


def copy_as(seq: str, prev: str = "'p'", mac: str = "'m'") -> str:
    """An insertion of a copy of event 4."""
    rest = COLUMNS.removeprefix("seq, ").removesuffix(", prev, mac")
    return f"INTO audit_event ({COLUMNS}) SELECT {seq}, {rest}, {prev}, {mac} FROM audit_event WHERE seq = 4"


@pytest.mark.parametrize("seq", ["4", "10", "12", "0", "-1"])
def test_the_database_takes_the_next_number_only(ten, seq):
    with ten.write() as session, pytest.raises(DBAPIError, match="next number only"):
        session.execute(text(f"INSERT {copy_as(seq)}"))


def test_the_chain_cannot_fork(ten):
    with ten.write() as session, pytest.raises(IntegrityError):
        session.execute(text(f"INSERT {copy_as('11', prev='prev')}"))


@pytest.mark.parametrize(
    "statement",
    [f"REPLACE {copy_as('4')}", f"INSERT OR REPLACE {copy_as('10')}", f"INSERT OR REPLACE {copy_as('11', mac='mac')}"],
)
def test_sqlite_refuses_to_replace(sqlite_database, statement):
    with sqlite_database.write() as session:
        tell(session, 10)
        session.commit()
    with sqlite_database.write() as session, pytest.raises(DBAPIError, match=r"append-only|next number only"):
        session.execute(text(statement))
    assert broken(sqlite_database) == []


# ------------------------------------------------------------------------------------------ what the walk finds


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "'2026-03-05 10:30:15.123457'"),
        ("actor_id", "8"),
        ("actor_id", "NULL"),
        ("actor_role", "'auditor'"),
        ("organisation_id", "4"),
        ("ip", "'192.0.2.9'"),
        ("request_id", "'another'"),
        ("action", "'case:refuse'"),
        ("object_type", "'proceeding'"),
        ("object_ref", "'6'"),
        ("result", "'denied'"),
        ("detail", """'{"fields":[]}'"""),
        ("alg", "'none'"),
        ("mac", "'" + "0" * 64 + "'"),
    ],
)
def test_a_changed_column_is_found(ten, column, value):
    tamper(ten, f"UPDATE audit_event SET {column} = {value} WHERE seq = 5")
    assert Broken(5, 5, queries.ALTERED) in broken(ten)


def test_a_moment_that_is_none_does_not_end_the_walk(sqlite_database):
    with sqlite_database.write() as session:
        tell(session, 3)
        session.commit()
    tamper(sqlite_database, "UPDATE audit_event SET at = 'yesterday' WHERE seq = 2")
    assert broken(sqlite_database) == [Broken(2, 2, queries.ALTERED)]


def test_a_changed_link_is_found(ten):
    tamper(ten, f"UPDATE audit_event SET prev = '{'f' * 64}' WHERE seq = 4")
    assert broken(ten) == [Broken(4, 4, queries.UNLINKED), Broken(4, 4, queries.ALTERED)]


def test_neighbours_with_one_fault_are_one_range(ten):
    tamper(ten, "UPDATE audit_event SET result = 'denied' WHERE seq IN (3, 4, 5, 9)")
    assert broken(ten) == [Broken(3, 5, queries.ALTERED), Broken(9, 9, queries.ALTERED)]


def test_deleted_events_are_found(ten):
    tamper(ten, "DELETE FROM audit_event WHERE seq IN (1, 5, 6)")
    assert broken(ten) == [Broken(1, 1, queries.MISSING), Broken(5, 6, queries.MISSING)]


def test_a_deletion_hidden_by_renumbering_is_found(ten):
    tamper(
        ten,
        "DELETE FROM audit_event WHERE seq = 5",
        *(f"UPDATE audit_event SET seq = {number - 1} WHERE seq = {number}" for number in range(6, 11)),
    )
    assert broken(ten) == [Broken(5, 5, queries.UNLINKED), Broken(5, 9, queries.ALTERED)]


def test_swapped_events_are_found(ten):
    tamper(
        ten,
        "UPDATE audit_event SET seq = 99 WHERE seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE seq = 5",
        "UPDATE audit_event SET seq = 5 WHERE seq = 99",
    )
    assert broken(ten) == [Broken(4, 6, queries.UNLINKED), Broken(4, 5, queries.ALTERED)]


def test_an_inserted_event_is_found(ten):
    tamper(ten, f"INSERT {copy_as('11', prev='(SELECT mac FROM audit_event WHERE seq = 10)')}")
    assert broken(ten) == [Broken(11, 11, queries.ALTERED)]


def test_an_event_sealed_with_another_key_is_found(ten):
    with ten.write() as session:
        session.info["audit_key"] = b"a stranger's key"
        tell(session, 1)
        session.commit()
    assert broken(ten) == [Broken(11, 11, queries.FOREIGN_KEY)]


def test_a_cut_tail_is_seen_only_by_whoever_wrote_down_the_head(ten):
    with ten.read() as session:
        head = queries.find_head(session)
    assert head is not None
    tamper(ten, "DELETE FROM audit_event WHERE seq > 7")
    assert broken(ten) == []
    assert broken(ten, head) == [Broken(8, 10, queries.CUT)]


def test_a_tail_cut_and_grown_again_is_seen_by_whoever_wrote_down_the_head(ten):
    with ten.read() as session:
        head = queries.find_head(session)
    assert head is not None
    tamper(ten, "DELETE FROM audit_event WHERE seq > 7")
    with ten.write() as session:
        tell(session, 4)
        session.commit()
    assert broken(ten) == []
    assert broken(ten, head) == [Broken(10, 10, queries.ALTERED)]


def test_the_guards_come_back_with_the_statements_of_the_migration(ten):
    tamper(ten)
    with ten.write() as session:
        triggers.create(session.connection())
        session.commit()
    with ten.write() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("DELETE FROM audit_event"))

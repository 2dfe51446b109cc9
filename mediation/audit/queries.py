"""Reading the audit trail: the proof that nobody touched it, and its pages. Changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, func, select, type_coerce

from mediation.audit import chain
from mediation.audit.chain import Link
from mediation.audit.models import AuditEvent
from mediation.database import Session
from mediation.words import Words

MISSING = Words("记录缺失", "events are missing")
ALTERED = Words("记录被改动", "events were altered")
UNLINKED = Words("与前一条记录不衔接", "not linked to the event before")
FOREIGN_KEY = Words("以其他密钥签封，无法核验", "sealed with another key: cannot be verified")
CUT = Words("记录末尾被截断或回退", "the end was cut off or an older state restored")


@dataclass(frozen=True)
class Anchor:
    """A link written down elsewhere (another machine, paper): proves that the chain reached it."""

    seq: int
    mac: str


@dataclass(frozen=True)
class Broken:
    """Neighbouring events with one fault; both ends are inside."""

    seq_from: int
    seq_to: int
    fault: Words


@dataclass(frozen=True)
class Verdict:
    """What a walk over the chain found. `head` is the last link, to be kept as an anchor."""

    count: int
    broken: list[Broken]
    head: Anchor | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.broken


@dataclass(frozen=True)
class EventPage:
    """One page of events, the newest first. `number` counts from 1."""

    events: Sequence[AuditEvent]
    total: int
    number: int
    size: int


def find_head(session: Session) -> Anchor | None:
    """The last link of the chain."""
    row = session.execute(select(AuditEvent.seq, AuditEvent.mac).order_by(AuditEvent.seq.desc()).limit(1)).first()
    return None if row is None else Anchor(row.seq, row.mac)


def verify(session: Session, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Walk the whole chain once and report every broken range.

    Without `anchors` a cut-off tail cannot be seen: a shorter chain is a whole chain. With them every link
    that was written down must still be there with its seal.

    Raises:
        KeyError: the session knows no audit key.
    """
    key: bytes = session.info["audit_key"]
    name = chain.key_id(key)
    awaited = {anchor.seq: anchor.mac for anchor in anchors}
    faults: list[Broken] = []
    count, last = 0, Anchor(0, chain.GENESIS)
    for link, mac in _links(session):
        if link.seq != last.seq + 1:
            _add(faults, last.seq + 1, link.seq - 1, MISSING)
        elif link.prev != last.mac:
            _add(faults, link.seq, link.seq, UNLINKED)
        if link.key_id != name:
            _add(faults, link.seq, link.seq, FOREIGN_KEY)
        elif not chain.is_sealed(key, link, mac) or awaited.get(link.seq, mac) != mac:
            _add(faults, link.seq, link.seq, ALTERED)
        count, last = count + 1, Anchor(link.seq, mac)
    beyond = max(awaited, default=0)
    if beyond > last.seq:
        _add(faults, last.seq + 1, beyond, CUT)
    return Verdict(count, faults, last if count else None)


def page_events(
    session: Session,
    *,
    number: int = 1,
    size: int = 50,
    action: str | None = None,
    object_type: str | None = None,
    object_ref: str | None = None,
    actor_id: int | None = None,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
) -> EventPage:
    """The events that fit every given filter, newest first; `since` is inside, `before` is not."""
    conditions: list[ColumnElement[bool]] = []
    if action is not None:
        conditions.append(AuditEvent.action == action)
    if object_type is not None:
        conditions.append(AuditEvent.object_type == object_type)
    if object_ref is not None:
        conditions.append(AuditEvent.object_ref == object_ref)
    if actor_id is not None:
        conditions.append(AuditEvent.actor_id == actor_id)
    if since is not None:
        conditions.append(AuditEvent.at >= since)
    if before is not None:
        conditions.append(AuditEvent.at < before)
    total = session.scalar(select(func.count()).select_from(AuditEvent).where(*conditions)) or 0
    statement = select(AuditEvent).where(*conditions).order_by(AuditEvent.seq.desc())
    return EventPage(session.scalars(statement.limit(size).offset((number - 1) * size)).all(), total, number, size)


def list_actions(session: Session) -> list[str]:
    """Every action that occurs, for the filter of the page."""
    return list(session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def _add(faults: list[Broken], seq_from: int, seq_to: int, fault: Words) -> None:
    """Note a fault; neighbours with the same one become one range, also when an event has two faults."""
    for place in range(len(faults) - 1, max(len(faults) - 4, -1), -1):
        known = faults[place]
        if known.fault is fault and known.seq_to + 1 == seq_from:
            faults[place] = Broken(known.seq_from, seq_to, fault)
            return
    faults.append(Broken(seq_from, seq_to, fault))


def _links(session: Session) -> Iterator[tuple[Link, str]]:
    """Every row as it lies in the database, a thousand at a time."""
    e = AuditEvent
    # Read as text: what a stranger wrote into `at` may be no instant, and must not end the walk.
    at = type_coerce(e.at, Text).label("at")
    statement = select(
        e.seq, at, e.actor_id, e.actor_role, e.organisation_id, e.ip, e.request_id, e.action, e.object_type,
        e.object_ref, e.result, e.detail, e.alg, e.key_id, e.prev, e.mac,
    ).order_by(e.seq)  # fmt: skip
    for row in session.execute(statement.execution_options(yield_per=1000)):
        seq, raw_at, *middle, mac = row
        yield Link(seq, _instant(raw_at), *middle), mac


def _instant(raw: object) -> dt.datetime | None:
    """SQLite gives UTC text, PostgreSQL an aware instant."""
    if isinstance(raw, dt.datetime):
        return raw
    try:
        return dt.datetime.fromisoformat(str(raw)).replace(tzinfo=dt.UTC)
    except ValueError:
        return None

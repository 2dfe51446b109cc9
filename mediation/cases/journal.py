"""The case history: what a change sets and adds, the events it leaves, their digests, the audit chain's seal.

`Change` records every old value, so that VOID_ENTRY can put it back. `Journal` turns moves into `CaseEvent`s
and seals them: one audit event commits to the digests of all events written under it. Must not judge moves.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Enum as EnumType
from sqlalchemy import inspect

from mediation.audit import actions as audit
from mediation.cases.facts import Fact, Facts, encode
from mediation.cases.models import (
    Agreement,
    Assignment,
    Case,
    CaseEvent,
    Confirmation,
    Extension,
    ExternalNumber,
    FollowUp,
    Offer,
    Party,
    Proceeding,
    Result,
    Right,
    Suspension,
)
from mediation.database import Base, Session
from mediation.errors import RefusalError
from mediation.people.permissions import Person
from mediation.terms import Action
from mediation.words import Term

KINDS: dict[str, type[Base]] = {
    kind.__tablename__: kind
    for kind in (
        Agreement,
        Assignment,
        Case,
        Confirmation,
        Extension,
        ExternalNumber,
        FollowUp,
        Offer,
        Party,
        Proceeding,
        Result,
        Right,
        Suspension,
    )
}
"""The tables a move may touch, by name as undo records spell them."""


def _plain(value: object) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | list | dict):
        return value
    return str(value)


def _typed(kind: type[Base], attribute: str, value: Any) -> object:
    """The plain `value` of an undo record as the column has it."""
    if value is None:
        return None
    column = inspect(kind).columns[attribute]
    if isinstance(column.type, EnumType) and column.type.enum_class is not None:
        return column.type.enum_class(value)
    if column.type.python_type is dt.date:
        return dt.date.fromisoformat(value)
    return column.type.python_type(value)


@dataclass
class Change:
    """One move's writing: every attribute set and every row added goes through it."""

    session: Session
    was: list[tuple[Base, str, object]] = field(default_factory=list)
    created: list[Base] = field(default_factory=list)

    def set(self, thing: Base, attribute: str, value: object) -> None:
        """Set `attribute` of `thing`, remembering what it was."""
        old = getattr(thing, attribute)
        if old != value:
            self.was.append((thing, attribute, old))
            setattr(thing, attribute, value)

    def add(self, thing: Base) -> None:
        """Add a row."""
        self.session.add(thing)
        self.created.append(thing)

    @contextmanager
    def taken_back_when_refused(self) -> Iterator[None]:
        """Give every attribute its old value again when what is done inside is refused."""
        try:
            yield
        except RefusalError:
            for thing, attribute, old in reversed(self.was):
                setattr(thing, attribute, old)
            raise

    def undo_record(self) -> dict[str, Any]:
        """What would put everything back; needs the ids, so call it after a flush."""
        return {
            "set": [[t.__tablename__, t.id, attribute, _plain(old)] for t, attribute, old in self.was],  # type: ignore[attr-defined]
            "created": [[t.__tablename__, t.id] for t in self.created],  # type: ignore[attr-defined]
        }


def put_back(session: Session, undo: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Restore what an event changed. Cases and proceedings it created are voided, other rows removed.

    Returns the (table, id) pairs touched.
    """
    touched = []
    # What was created goes first: a voided receiver makes room for the sender to be live again.
    for table, key in reversed(undo.get("created", [])):
        thing = session.get(KINDS[table], key)
        if isinstance(thing, Case | Proceeding):
            thing.is_void = True  # its number stays taken (作废)
        elif thing is not None:
            session.delete(thing)
        touched.append((table, key))
    session.flush()
    for table, key, attribute, value in reversed(undo.get("set", [])):
        thing = session.get(KINDS[table], key)
        if thing is not None:
            setattr(thing, attribute, _typed(KINDS[table], attribute, value))
            touched.append((table, key))
    return touched


def digest_of(case: Case, event: CaseEvent, proceeding_seq: int | None) -> str:
    """The event's commitment, keyed with the case's salt: erasing the salt blinds it, the chain still verifies."""
    content = [
        case.number,
        event.seq,
        proceeding_seq,
        event.action.value,
        event.state_from,
        event.state_to,
        event.on.isoformat() if event.on else None,
        event.at.astimezone(dt.UTC).isoformat(),
        event.by_id,
        event.facts,
        event.reason,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(case.salt.encode(), text.encode(), hashlib.sha256).hexdigest()


def seal_of(digests: list[str]) -> str:
    """What the audit event keeps of the events written under it, in recording order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


@dataclass
class Journal:
    """Collects the events of one request, import row or demo case; `seal` writes them under one audit event."""

    session: Session
    by: Person | None
    at: dt.datetime
    name: str = "case.move"
    entries: list[tuple[Case, Proceeding | None, CaseEvent, Change]] = field(default_factory=list)

    def write(
        self,
        case: Case,
        proceeding: Proceeding | None,
        action: Action,
        change: Change,
        *,
        state_from: Term | None = None,
        state_to: Term | None = None,
        on: dt.date | None = None,
        facts: Facts | Mapping[str, object] | None = None,
        reason: str | None = None,
        is_late: bool = False,
    ) -> CaseEvent:
        """Write down one move. The event reaches the database when the journal is sealed."""
        case.event_count += 1
        event = CaseEvent(
            seq=case.event_count,
            action=action,
            state_from=str(state_from) if state_from is not None else None,
            state_to=str(state_to) if state_to is not None else None,
            on=on,
            at=self.at.astimezone(dt.UTC),
            by_id=self.by.account_id if self.by else None,
            facts={
                str(key.value if isinstance(key, enum.Enum) else key): encode(Fact.NOTE, value)
                for key, value in (facts or {}).items()
            },
            reason=reason or None,
            is_late=is_late,
            undo={},
            voided_by=None,
        )
        self.entries.append((case, proceeding, event, change))
        return event

    def seal(self, object_type: str = "case", object_ref: str | None = None) -> None:
        """Flush, digest every event, commit to them in the audit chain. Writes nothing when nothing happened."""
        if not self.entries:
            return
        self.session.flush()
        digests = []
        for case, proceeding, event, change in self.entries:
            event.case_id = case.id
            event.proceeding_id = proceeding.id if proceeding else None
            event.undo = change.undo_record()
            event.digest = digest_of(case, event, proceeding.seq if proceeding else None)
            digests.append(event.digest)
        first_case, _, first, _ = self.entries[0]
        sealed = audit.record(
            self.session,
            self.name if len(self.entries) > 1 else f"case.{first.action.value}",
            object_type,
            object_ref or str(first_case.id),
            by=self.by,
            at=self.at,
            detail={"events": len(digests), "seal": seal_of(digests)},
        )
        for case, _, event, _ in self.entries:
            event.audit_seq = sealed.seq
            # A collection that is loaded shows the event at once; one that is not needs no loading for it.
            if "events" in case.__dict__:
                case.events.append(event)
            else:
                self.session.add(event)
        self.session.flush()
        self.entries.clear()

"""The one writer of the audit trail. Writes in the transaction of the change it tells of; commits nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from mediation.audit import chain, queries
from mediation.audit.models import AuditEvent
from mediation.database import Session, acquire_lock
from mediation.terms import Role

# Any number; whoever appends to the chain on PostgreSQL waits for it.
_LOCK = 0x0A0D17

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Actor(Protocol):
    """Who did it."""

    @property
    def account_id(self) -> int: ...
    @property
    def role(self) -> Role: ...
    @property
    def organisation_id(self) -> int | None: ...


def record(
    session: Session,
    action: str,
    object_type: str,
    object_ref: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    detail: Mapping[str, object] = _NOTHING,
    result: str = "done",
) -> AuditEvent:
    """Append one event to the chain.

    `action` is `thing:deed`; `object_ref` the thing's id or number as text; `by` is None for the machine.
    `detail` holds ids, counts and names of fields, **never a value someone entered**: the chain cannot forget,
    and personal data must be forgettable. `result` is "done" or "denied" or "failed".

    The key, the request's id and its address come from `session.info` ("audit_key", "request_id", "ip").
    Call it last: on PostgreSQL it holds the chain's lock from here to the end of the transaction.

    Raises:
        KeyError: the session knows no audit key.
    """
    key = session.info["audit_key"]
    # What is pending takes its locks first: two writers must not wait for each other across the chain's lock.
    session.flush()
    acquire_lock(session, _LOCK)
    head = queries.find_head(session)
    event = AuditEvent(
        seq=1 if head is None else head.seq + 1,
        at=at.astimezone(dt.UTC),
        actor_id=by.account_id if by else None,
        actor_role=by.role.value if by else None,
        organisation_id=by.organisation_id if by else None,
        ip=session.info.get("ip"),
        request_id=session.info.get("request_id"),
        action=action,
        object_type=object_type,
        object_ref=object_ref,
        result=result,
        detail=chain.canonical_detail(detail),
        alg=chain.ALGORITHM,
        key_id=chain.key_id(key),
        prev=chain.GENESIS if head is None else head.mac,
    )
    event.mac = chain.seal(key, event.link())
    session.add(event)
    session.flush()
    return event

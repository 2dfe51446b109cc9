"""The audit table. Holds one append-only row per event; triggers refuse everything else (see `triggers`)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, Integer, Table
from sqlalchemy.orm import Mapped, mapped_column

from mediation.audit import triggers
from mediation.audit.chain import Link
from mediation.database import UTC, Base


class AuditEvent(Base):
    """Who did what to which thing, when, and with what result.

    No foreign keys: an event outlives what it tells of. No personal data: ids and names of fields only.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "object_type", "object_ref"),
        Index(None, "actor_id"),
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, comment="gapless from 1")
    at: Mapped[dt.datetime] = mapped_column(UTC)
    actor_id: Mapped[int | None] = mapped_column(comment="account, none for the machine and for visitors")
    actor_role: Mapped[str | None]
    organisation_id: Mapped[int | None] = mapped_column(comment="the actor's organisation at the time")
    ip: Mapped[str | None]
    request_id: Mapped[str | None]
    action: Mapped[str] = mapped_column(index=True)
    object_type: Mapped[str]
    object_ref: Mapped[str]
    result: Mapped[str]
    detail: Mapped[str] = mapped_column(comment="canonical JSON: ids and names of fields, never their values")
    alg: Mapped[str]
    key_id: Mapped[str]
    prev: Mapped[str] = mapped_column(unique=True, comment="the seal before: unique, so the chain cannot fork")
    mac: Mapped[str] = mapped_column(unique=True)

    def link(self) -> Link:
        """The event as it is sealed."""
        return Link(
            self.seq, self.at, self.actor_id, self.actor_role, self.organisation_id, self.ip, self.request_id,
            self.action, self.object_type, self.object_ref, self.result, self.detail, self.alg, self.key_id, self.prev,
        )  # fmt: skip


if isinstance(AuditEvent.__table__, Table):
    triggers.attach(AuditEvent.__table__)

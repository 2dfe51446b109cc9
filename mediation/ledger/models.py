"""The tables of imports: one file taken in, and its rows as they were read.

Rows that stay out keep their fault, rows that arrived point at their case. Must not hold what a column or a word
means (see `profile`), nor a rule about when a row may arrive (see `rows`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mediation.database import UTC, Base, by_value
from mediation.ledger.entries import FaultCode
from mediation.words import Term


class Stage(Term):
    """How far an import has come."""

    READING = "reading", "正在读取", "Being read"
    CHECKING = "checking", "正在检查", "Being checked"
    STAGED = "staged", "待确认", "Staged"
    ARRIVING = "arriving", "正在导入", "Arriving"
    ARRIVED = "arrived", "已导入", "Arrived"
    REFUSED = "refused", "已退回", "Refused"
    FAILED = "failed", "无法读取", "Could not be read"


UNDER_WAY = (Stage.READING, Stage.CHECKING, Stage.ARRIVING)
"""Where a worker is at work, or should be."""


class LedgerImport(Base):
    """One file: read and staged by a worker, then arrived in one transaction or refused as a whole."""

    __tablename__ = "ledger_import"
    __table_args__ = (
        CheckConstraint(
            "(stage IN ('arrived', 'refused', 'failed')) = (decided_at IS NOT NULL)", name="decided_has_instant"
        ),
        CheckConstraint("(stage IN ('reading', 'checking')) = (kept_as IS NOT NULL)", name="file_until_read"),
        CheckConstraint("(worker IS NULL) = (leased_until IS NULL)", name="worker_has_lease"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_in_percent"),
        CheckConstraint("good_count + faulty_count = row_count", name="rows_add_up"),
        CheckConstraint("arrived_count + already_count <= good_count", name="good_rows_add_up"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(comment="As uploaded")
    sha256: Mapped[str] = mapped_column(index=True)
    profile: Mapped[str] = mapped_column(comment="Name of a ledger.profile")
    stage: Mapped[Stage] = mapped_column(by_value(Stage))
    by_id: Mapped[int | None] = mapped_column(comment="Account; empty: a command")
    staged_at: Mapped[dt.datetime] = mapped_column(UTC)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    row_count: Mapped[int]
    good_count: Mapped[int]
    faulty_count: Mapped[int]
    already_count: Mapped[int] = mapped_column(comment="Good rows whose number a case bore already")
    arrived_count: Mapped[int]
    audit_seq: Mapped[int | None] = mapped_column(comment="The audit event that seals what arrived")
    decided_by_id: Mapped[int | None] = mapped_column(comment="Account; empty: undecided, or a command")
    kept_as: Mapped[str | None] = mapped_column(comment="Name in the staging folder, until the file is read")
    progress: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="Of the present stage, in percent"
    )
    refusal: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="Why the work could not be done: message (msgid) and values"
    )
    worker: Mapped[str | None] = mapped_column(comment="Token of the process at work")
    leased_until: Mapped[dt.datetime | None] = mapped_column(UTC, comment="When silence means that it died")

    def is_under_way(self) -> bool:
        """Whether a worker is at work on it, or should be."""
        return self.stage in UNDER_WAY

    def has_stopped(self, at: dt.datetime) -> bool:
        """Whether the worker that was at work on it is silent for too long."""
        return self.is_under_way() and self.leased_until is not None and self.leased_until <= at


class StagedRow(Base):
    """One row of the file: its entry, or the fault that keeps it out."""

    __tablename__ = "staged_row"
    __table_args__ = (
        UniqueConstraint("import_id", "row"),
        CheckConstraint("entry IS NULL OR fault_code IS NULL", name="entry_or_fault"),
        CheckConstraint("(fault_code IS NULL) = (fault_column IS NULL)", name="fault_has_column"),
        CheckConstraint("case_id IS NULL OR fault_code IS NULL", name="faulty_never_arrives"),
        Index("ix_staged_row_fault", "import_id", "fault_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("ledger_import.id"))
    row: Mapped[int] = mapped_column(comment="As Excel counts it")
    number: Mapped[str] = mapped_column(comment="The ledger's own number")
    entry: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="ledger.entries.Entry; emptied when the import is decided"
    )
    fault_column: Mapped[str | None]
    fault_code: Mapped[FaultCode | None] = mapped_column(by_value(FaultCode))
    is_already_here: Mapped[bool] = mapped_column(default=False, comment="A case bore its number already")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)

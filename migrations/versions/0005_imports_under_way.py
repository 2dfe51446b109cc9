"""Imports under way: more stages, who decided, and the worker that is at work.

Written against 0004. Changes the schema or moves data, never both.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OLD_STAGES = ("staged", "arrived", "refused")
_STAGES = ("reading", "checking", "staged", "arriving", "arrived", "refused", "failed")
_OLD_DECIDED = "(stage = 'staged') = (decided_at IS NULL)"
_DECIDED = "(stage IN ('arrived', 'refused', 'failed')) = (decided_at IS NOT NULL)"


def _one_of(stages: tuple[str, ...]) -> str:
    return f"stage IN ({', '.join(repr(stage) for stage in stages)})"


def _table(stages: tuple[str, ...], decided: str, *more: sa.schema.SchemaItem) -> sa.Table:
    """The table before a step: SQLite does not tell the checks of a table that is built anew."""
    return sa.Table(
        "ledger_import",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False, comment="As uploaded"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False, comment="Name of a ledger.profile"),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True, comment="Account; empty: a command"),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("good_count", sa.Integer(), nullable=False),
        sa.Column("faulty_count", sa.Integer(), nullable=False),
        sa.Column("already_count", sa.Integer(), nullable=False, comment="Good rows whose number a case bore already"),
        sa.Column("arrived_count", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=True, comment="The audit event that seals what arrived"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_import"),
        sa.CheckConstraint(_one_of(stages), name="ck_ledger_import_stage"),
        sa.CheckConstraint(decided, name="ck_ledger_import_decided_has_instant"),
        sa.CheckConstraint("good_count + faulty_count = row_count", name="ck_ledger_import_rows_add_up"),
        sa.CheckConstraint("arrived_count + already_count <= good_count", name="ck_ledger_import_good_rows_add_up"),
        sa.Index("ix_ledger_import_sha256", "sha256"),
        *more,
    )


def upgrade() -> None:
    """One step forward."""
    with op.batch_alter_table("ledger_import", copy_from=_table(_OLD_STAGES, _OLD_DECIDED)) as batch_op:
        batch_op.drop_constraint(op.f("ck_ledger_import_stage"), type_="check")
        batch_op.drop_constraint(op.f("ck_ledger_import_decided_has_instant"), type_="check")
        for column in (
            sa.Column("decided_by_id", sa.Integer(), nullable=True, comment="Account; empty: undecided, or a command"),
            sa.Column(
                "kept_as", sa.Text(), nullable=True, comment="Name in the staging folder, until the file is read"
            ),
            sa.Column(
                "progress",
                sa.Integer(),
                nullable=False,
                server_default=sa.text("0"),
                comment="Of the present stage, in percent",
            ),
            sa.Column(
                "refusal",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="Why the work could not be done: message (msgid) and values",
            ),
            sa.Column("worker", sa.Text(), nullable=True, comment="Token of the process at work"),
            sa.Column(
                "leased_until", sa.DateTime(timezone=True), nullable=True, comment="When silence means that it died"
            ),
        ):
            batch_op.add_column(column)
        batch_op.create_check_constraint(op.f("ck_ledger_import_stage"), _one_of(_STAGES))
        batch_op.create_check_constraint(op.f("ck_ledger_import_decided_has_instant"), _DECIDED)
        batch_op.create_check_constraint(
            op.f("ck_ledger_import_file_until_read"), "(stage IN ('reading', 'checking')) = (kept_as IS NOT NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_ledger_import_worker_has_lease"), "(worker IS NULL) = (leased_until IS NULL)"
        )
        batch_op.create_check_constraint(op.f("ck_ledger_import_progress_in_percent"), "progress BETWEEN 0 AND 100")


def downgrade() -> None:
    """The same step back (tests only)."""
    more = (
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("kept_as", sa.Text(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kept_as IS NULL", name="ck_ledger_import_file_until_read"),
        sa.CheckConstraint("worker IS NULL", name="ck_ledger_import_worker_has_lease"),
        sa.CheckConstraint("progress >= 0", name="ck_ledger_import_progress_in_percent"),
    )
    with op.batch_alter_table("ledger_import", copy_from=_table(_STAGES, _DECIDED, *more)) as batch_op:
        for name in ("stage", "decided_has_instant", "file_until_read", "worker_has_lease", "progress_in_percent"):
            batch_op.drop_constraint(op.f(f"ck_ledger_import_{name}"), type_="check")
        for name in ("decided_by_id", "kept_as", "progress", "refusal", "worker", "leased_until"):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f("ck_ledger_import_stage"), _one_of(_OLD_STAGES))
        batch_op.create_check_constraint(op.f("ck_ledger_import_decided_has_instant"), _OLD_DECIDED)

"""The ledger: imports and their staged rows.

Written against 0001. Changes the schema or moves data, never both.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""

    op.create_table(
        "ledger_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False, comment="As uploaded"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False, comment="Name of a ledger.profile"),
        sa.Column(
            "stage",
            sa.Enum("staged", "arrived", "refused", name="stage", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=True, comment="Account; empty: a command"),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("good_count", sa.Integer(), nullable=False),
        sa.Column("faulty_count", sa.Integer(), nullable=False),
        sa.Column("already_count", sa.Integer(), nullable=False, comment="Good rows whose number a case bore already"),
        sa.Column("arrived_count", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=True, comment="The audit event that seals what arrived"),
        sa.CheckConstraint(
            "(stage = 'staged') = (decided_at IS NULL)", name=op.f("ck_ledger_import_decided_has_instant")
        ),
        sa.CheckConstraint(
            "arrived_count + already_count <= good_count", name=op.f("ck_ledger_import_good_rows_add_up")
        ),
        sa.CheckConstraint("good_count + faulty_count = row_count", name=op.f("ck_ledger_import_rows_add_up")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_import")),
    )
    with op.batch_alter_table("ledger_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_import_sha256"), ["sha256"], unique=False)

    op.create_table(
        "staged_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="As Excel counts it"),
        sa.Column("number", sa.Text(), nullable=False, comment="The ledger's own number"),
        sa.Column(
            "entry",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="ledger.entries.Entry; emptied when the import is decided",
        ),
        sa.Column("fault_column", sa.Text(), nullable=True),
        sa.Column(
            "fault_code",
            sa.Enum(
                "number_missing",
                "used_twice",
                "not_a_date",
                "date_missing",
                "in_the_future",
                "accepted_before_received",
                "ended_before_accepted",
                "unknown_state",
                "state_contradicts",
                "outcome_missing",
                "unknown_outcome",
                "digits_lost",
                "wrong_check_character",
                "malformed_identifier",
                "no_mediator",
                "missing",
                "unknown_word",
                name="faultcode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("is_already_here", sa.Boolean(), nullable=False, comment="A case bore its number already"),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(fault_code IS NULL) = (fault_column IS NULL)", name=op.f("ck_staged_row_fault_has_column")
        ),
        sa.CheckConstraint("case_id IS NULL OR fault_code IS NULL", name=op.f("ck_staged_row_faulty_never_arrives")),
        sa.CheckConstraint("entry IS NULL OR fault_code IS NULL", name=op.f("ck_staged_row_entry_or_fault")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_staged_row_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["ledger_import.id"], name=op.f("fk_staged_row_import_id_ledger_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_row")),
        sa.UniqueConstraint("import_id", "row", name=op.f("uq_staged_row_import_id_row")),
    )
    with op.batch_alter_table("staged_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staged_row_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_staged_row_fault", ["import_id", "fault_code"], unique=False)


def downgrade() -> None:
    """The same step back (tests only)."""

    with op.batch_alter_table("staged_row", schema=None) as batch_op:
        batch_op.drop_index("ix_staged_row_fault")
        batch_op.drop_index(batch_op.f("ix_staged_row_case_id"))

    op.drop_table("staged_row")
    with op.batch_alter_table("ledger_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_import_sha256"))

    op.drop_table("ledger_import")

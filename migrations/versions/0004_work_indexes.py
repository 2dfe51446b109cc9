"""Indexes for my work: limits that run, and what a person registered.

Written against 0003. Changes the schema only.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.create_index("ix_proceeding_state_due", "proceeding", ["state", "due_on"])
    op.create_index(op.f("ix_proceeding_registered_by_id"), "proceeding", ["registered_by_id"])


def downgrade() -> None:
    """One step back."""
    op.drop_index(op.f("ix_proceeding_registered_by_id"), "proceeding")
    op.drop_index("ix_proceeding_state_due", "proceeding")

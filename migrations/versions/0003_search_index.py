"""The index behind the search.

Written against 0002. Changes the schema, and indexes the rows that are there.
"""

from __future__ import annotations

from alembic import op

from mediation.cases import search_index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    search_index.create(op.get_bind())


def downgrade() -> None:
    """One step back."""
    search_index.drop(op.get_bind())

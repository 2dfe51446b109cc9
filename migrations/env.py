"""What Alembic runs around each step. Holds only what Alembic needs; the connection, its transaction and the lock
are `mediation.migrating`'s. There is no offline mode: a step may look at the data it moves.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from mediation.database import Base
from mediation.migrating import is_described


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """A migration must run years later, so it names the plain type a column has today, never our class."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    # A step reads only the naming of constraints here; the tables are loaded when a new one is written.
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    include_name=is_described,
)

with context.begin_transaction():
    context.run_migrations()

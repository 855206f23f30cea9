"""How alembic reaches the store: through the connection that `database.connect` opened."""

from __future__ import annotations

from alembic import context

from alexnet_core.runs import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
context.run_migrations()

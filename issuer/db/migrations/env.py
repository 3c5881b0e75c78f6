"""What Alembic runs around each upgrade: our connection, our metadata, one transaction that the caller owns."""

from __future__ import annotations

from alembic import context

from issuer.db.models import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
)
context.run_migrations()

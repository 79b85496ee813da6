"""What Alembic runs: migrations, on the connection that it is given."""

from __future__ import annotations

from alembic import context

from catenary.exchange.store.schema import metadata

if __name__ == "env_py":  # so Alembic calls it; others may import it
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()

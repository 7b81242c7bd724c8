"""Run by Alembic: migrates over the connection that ifcjob_catalog.schema opened."""

from alembic import context

from ifcjob_catalog.tables import SCHEMA

context.configure(connection=context.config.attributes["connection"], target_metadata=SCHEMA)
with context.begin_transaction():
    context.run_migrations()

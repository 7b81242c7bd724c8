"""Jobs, attempts, models and artifacts.

A migration says what the schema was: it never changes once released, and takes nothing from tables.py.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _make_job()
    op.create_table(
        "attempt",
        sa.Column("uid", sa.String(), sa.ForeignKey("job.uid"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("job_name", sa.String(), nullable=False),
        sa.Column("admitted_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("reason", sa.String()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("memory_limit", sa.String(), nullable=False),
        sa.Column("memory_limit_bytes", sa.BigInteger()),
        sa.Column("peak_memory_bytes", sa.BigInteger()),
        sa.Column("cpu_seconds", sa.Float()),
    )
    op.create_table(
        "model",
        sa.Column("sha256", sa.String(), primary_key=True),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("schema", sa.String()),
        sa.Column("metadata", DOCUMENT),
        sa.Column("first_seen_at", TIME, nullable=False),
    )
    op.create_table(
        "artifact",
        sa.Column("uid", sa.String(), sa.ForeignKey("job.uid"), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
    )


def _make_job() -> None:
    op.create_table(
        "job",
        sa.Column("uid", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("namespace", "name", "queue")),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("message", sa.String()),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("source_uri", sa.String()),
        sa.Column("source_etag", sa.String()),
        sa.Column("source_bytes", sa.BigInteger()),
        sa.Column("input_sha256", sa.String()),
        sa.Column("content_key", sa.String()),
        sa.Column("cache_hit", sa.Boolean(), nullable=False),
        sa.Column("result_manifest", sa.String()),
        sa.Column("result_manifest_sha256", sa.String()),
        sa.Column("summary", DOCUMENT),
        sa.Column("failure", DOCUMENT),
        *(sa.Column(f"{what}_at", TIME) for what in ("created", "admitted", "started", "finished", "deleted")),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("infra_restarts", sa.Integer(), nullable=False),
        sa.Column("resource_version", sa.BigInteger(), nullable=False),
        sa.Column("spec", DOCUMENT, nullable=False),
    )
    for column in ("content_key", "input_sha256"):
        op.create_index(f"ix_job_{column}", "job", [column, "finished_at"])
    for column in ("source_etag", "source_bytes", "finished_at"):
        op.create_index(f"ix_job_{column}", "job", [column])


def downgrade() -> None:
    """Remove the tables and all that is in them."""
    for table in ("artifact", "model", "attempt", "job"):
        op.drop_table(table)

"""Columns for resubmitting a job: its labels and annotations, and whether its name was reused since."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add them; of jobs that are known already they stay unknown until their next change."""
    for column in ("labels", "annotations"):
        op.add_column("job", sa.Column(column, DOCUMENT))
    op.create_index("ix_job_name", "job", ["namespace", "name", "created_at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_job_name", "job")
    for column in ("annotations", "labels"):
        op.drop_column("job", column)

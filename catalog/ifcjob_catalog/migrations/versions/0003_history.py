"""An index for pages of the history: the IfcJobs of a namespace by their end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.create_index("ix_job_end", "job", ["namespace", sa.text("coalesce(finished_at, deleted_at)"), "uid"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_job_end", "job")

"""The outbox of notifications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "notification",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("id", "url")),
        sa.Column("uid", sa.String(), sa.ForeignKey("job.uid"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("namespace", "secret")),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        *(sa.Column(f"{what}_at", TIME, nullable=False) for what in ("created", "expires")),
        *(sa.Column(f"{what}_at", TIME) for what in ("next", "delivered", "given_up")),
    )
    op.create_index("ix_notification_next_at", "notification", ["next_at"])
    op.create_index("ix_notification_given_up_at", "notification", ["given_up_at"])


def downgrade() -> None:
    """Remove it with all that is in it."""
    op.drop_table("notification")

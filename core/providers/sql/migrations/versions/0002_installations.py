"""Workspaces that the app is installed in, with their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "installations",
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("bot_user", sa.String, nullable=False),
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("refresh_token", sa.String, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", name="pk_installations"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("installations")

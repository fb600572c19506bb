"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "conversations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("platform", "workspace", "channel", "thread", name="uq_conversations_platform"),
    )
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])
    op.create_table(
        "turns",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("author_id", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("intent", sa.String, nullable=False),
        sa.Column("filters", sa.JSON, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("search_terms", sa.Text, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("asked_about", sa.JSON, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_turns_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_turns_author_id", "turns", ["author_id"])
    op.create_index("ix_turns_conversation_id", "turns", ["conversation_id", "id"])
    op.create_table(
        "preferences",
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_preferences"),
    )
    op.create_table(
        "marks",
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("title_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("owner", "title_id", "kind", name="pk_marks"),
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interactions"),
    )
    op.create_index("ix_interactions_owner", "interactions", ["owner"])
    op.create_index("ix_interactions_expires_at", "interactions", ["expires_at"])
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("author_id", sa.String, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("held_until", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float, nullable=True),
        sa.Column("accepted_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("platform", "event_id", name="uq_events_platform"),
        sa.UniqueConstraint("platform", "workspace", "channel", "message", name="uq_events_message"),
    )
    op.create_index("ix_events_author_id", "events", ["author_id"])
    op.create_index("ix_events_accepted_at", "events", ["accepted_at"])
    op.create_index("ix_events_open", "events", ["finished_at", "held_until"])
    op.create_table(
        "usage",
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("metric", sa.String, nullable=False),
        sa.Column("window", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("owner", "metric", "window", name="pk_usage"),
    )
    op.create_index("ix_usage_updated_at", "usage", ["updated_at"])
    op.create_table(
        "signing",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_signing"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in (
        "turns",
        "conversations",
        "preferences",
        "marks",
        "interactions",
        "events",
        "usage",
        "signing",
    ):
        op.drop_table(name)

"""The tables. `migrations/` makes them; a test proves that both say the same."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "METADATA",
    "conversations",
    "events",
    "installations",
    "interactions",
    "marks",
    "preferences",
    "signing",
    "turns",
    "usage",
]

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite counts rows itself only in a column of type INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")

conversations = Table(
    "conversations",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("platform", String, nullable=False),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("updated_at", Float, nullable=False, index=True),
    UniqueConstraint("platform", "workspace", "channel", "thread"),
)
turns = Table(
    "turns",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("conversation_id", _Id, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", String, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("intent", String, nullable=False),
    Column("filters", JSON, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("search_terms", Text, nullable=False),
    Column("shown", JSON, nullable=False),
    Column("asked_about", JSON, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_turns_conversation_id", "conversation_id", "id"),
)
preferences = Table(
    "preferences",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("values", JSON, nullable=False),
)
marks = Table(
    "marks",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("title_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("at", Float, nullable=False),
)
interactions = Table(
    "interactions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),
    Column("state", JSON, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)
events = Table(
    "events",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("platform", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("message", String, nullable=False),
    Column("author_id", String, nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("shown", JSON, nullable=False),
    Column("holder", String, nullable=False),
    Column("held_until", Float, nullable=False),
    Column("finished_at", Float, nullable=True),
    Column("accepted_at", Float, nullable=False, index=True),
    UniqueConstraint("platform", "event_id"),
    UniqueConstraint("platform", "workspace", "channel", "message", name="uq_events_message"),
    Index("ix_events_open", "finished_at", "held_until"),
)
usage = Table(
    "usage",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("window", BigInteger, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("updated_at", Float, nullable=False, index=True),
)
installations = Table(
    "installations",
    METADATA,
    Column("platform", String, primary_key=True),
    Column("workspace", String, primary_key=True),
    Column("bot_user", String, nullable=False),
    Column("bot_id", String, nullable=False),
    Column("token", String, nullable=False),
    Column("refresh_token", String, nullable=False),
    Column("expires_at", Float, nullable=False),
)
signing = Table(
    "signing",
    METADATA,
    Column("name", String, primary_key=True),
    Column("key", String, nullable=False),
)
"""The key that ids of interactions are signed with: made once, shared by all workers of a database."""

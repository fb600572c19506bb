"""What remembering asks of a database: small ports, one store behind them.

Every method raises `StoreFault` where the database fails.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from core.domain import Conversation
from core.memory.records import (
    Claim,
    Count,
    IncomingEvent,
    Installation,
    Mark,
    MarkKind,
    Outcome,
    Owner,
    Preferences,
    Retention,
    StoredTurn,
)

__all__ = [
    "ConversationStore",
    "EventStore",
    "InstallationStore",
    "InteractionStore",
    "MarkStore",
    "PersonalData",
    "PreferenceStore",
    "Store",
    "UsageStore",
]


class ConversationStore(Protocol):
    """Turns by conversation."""

    async def add_turn(self, conversation: Conversation, turn: StoredTurn) -> None:
        """Keep a finished turn."""
        ...

    async def turns(self, conversation: Conversation, limit: int) -> list[StoredTurn]:
        """The newest turns, oldest first."""
        ...

    async def turns_of(self, owner: Owner, limit: int) -> list[StoredTurn]:
        """A user's newest turns in all their conversations, the newest first."""
        ...


class PreferenceStore(Protocol):
    """Preferences by user and by server."""

    async def preferences(self, *owners: Owner) -> list[Preferences]:
        """What is set, owner by owner; nothing is where nothing was."""
        ...

    async def set_preferences(self, owner: Owner, preferences: Preferences) -> None:
        """Replace what was set."""
        ...


class MarkStore(Protocol):
    """Reactions, seen and saved titles by user."""

    async def mark(self, owner: Owner, title_id: str, kind: MarkKind) -> None:
        """Set a mark; once set it stays as it is. Liked and disliked replace each other."""
        ...

    async def unmark(self, owner: Owner, title_id: str, kind: MarkKind) -> None:
        """Take a mark away; one that is not there is ignored."""
        ...

    async def marks(self, owner: Owner) -> list[Mark]:
        """All of a user's marks, the newest first."""
        ...


class InteractionStore(Protocol):
    """State behind buttons and forms, which outlives a restart."""

    async def keep_state(self, owner: Owner, state: Mapping[str, Any], lasting_seconds: float) -> str:
        """Keep a JSON object; returns a signed id of at most 60 characters."""
        ...

    async def state(self, signed_id: str) -> Mapping[str, Any]:
        """What was kept.

        Raises:
            ForgedInteraction: the id was not signed by us.
            ExpiredInteraction: it lasts no longer, or was forgotten.
        """
        ...


class EventStore(Protocol):
    """Events, each answered once."""

    async def accept(self, event: IncomingEvent, holder: str, lease_seconds: float) -> Claim | None:
        """Keep an event and claim it; None where it is answered already, or another worker is at it.

        An event whose worker went away without finishing (its lease ran out) is claimed anew.
        """
        ...

    async def abandoned(
        self, holder: str, lease_seconds: float, limit: int, platforms: Collection[str]
    ) -> list[Claim]:
        """Claim events of these platforms that no worker holds any longer, the oldest first."""
        ...

    async def extend(self, claim: Claim, lease_seconds: float) -> bool:
        """Hold an event longer; False where it is no longer ours."""
        ...

    async def note_shown(self, claim: Claim, shown: Mapping[str, Any]) -> bool:
        """Keep what has been shown of the answer; False where the event is no longer ours."""
        ...

    async def finish(self, claim: Claim, outcome: Outcome | None = None) -> bool:
        """It is answered: only its ids are kept, and what the answer leaves behind. False where it was no
        longer ours; then nothing is kept, since another worker answers.
        """
        ...


class InstallationStore(Protocol):
    """Tokens of workspaces. They stand nowhere else."""

    async def installation(self, platform: str, workspace: str) -> Installation | None:
        """What is known of a workspace; None where the app is not installed."""
        ...

    async def keep_installation(self, installation: Installation) -> None:
        """Keep one; it takes the place of an earlier one of the same workspace."""
        ...

    async def drop_installation(self, platform: str, workspace: str) -> None:
        """Forget one; one that is not there is ignored."""
        ...


class UsageStore(Protocol):
    """Counts of what was used up, right across workers."""

    async def add_usage(self, amounts: Mapping[Count, int]) -> dict[Count, int]:
        """Add to counts; returns the new sums. Adding 0 reads one."""
        ...


class PersonalData(Protocol):
    """What is kept of one user."""

    async def forget(self, owner: Owner) -> int:
        """Delete everything; returns how many rows went."""
        ...

    async def export(self, owner: Owner) -> dict[str, Any]:
        """Everything, as a JSON object."""
        ...


class Store(
    ConversationStore,
    PreferenceStore,
    MarkStore,
    InteractionStore,
    EventStore,
    InstallationStore,
    UsageStore,
    PersonalData,
    Protocol,
):
    """All of it."""

    async def purge(self, retention: Retention) -> int:
        """Delete what is older than it may be; returns how many rows went."""
        ...

    async def ping(self) -> None:
        """Ask for a sign of life."""
        ...

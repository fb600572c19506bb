"""What a store keeps. Times are seconds since the epoch, UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.domain import Conversation, Intent, SearchFilters

__all__ = [
    "Claim",
    "Count",
    "IncomingEvent",
    "Installation",
    "Mark",
    "MarkKind",
    "Outcome",
    "Owner",
    "Preferences",
    "Retention",
    "StoredTurn",
    "Subject",
]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One finished exchange."""

    author_id: str
    text: str
    """What was asked; empty where the text of messages is not kept."""
    intent: Intent
    filters: SearchFilters
    """The filters in force afterwards."""
    search_text: str = ""
    search_terms: str = ""
    shown: tuple[str, ...] = ()
    """Canonical ids of the titles picked."""
    asked_about: tuple[str, ...] = ()
    """Canonical ids of the titles that a question was about."""
    at: float = 0.0

    def without_text(self) -> "StoredTurn":
        """The same turn, as it is kept where the text of messages is not."""
        return StoredTurn(
            self.author_id,
            "",
            self.intent,
            self.filters,
            shown=self.shown,
            asked_about=self.asked_about,
            at=self.at,
        )


class Subject(StrEnum):
    """Whose something is."""

    USER = "user"
    SERVER = "server"
    CHANNEL = "channel"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, a server (Slack: a workspace), a channel of one, or everyone together."""

    kind: Subject
    platform: str = ""
    id: str = ""
    """The platform's id; a Slack user's holds the workspace (`T1/U1`), since they are unique only there."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What holds for every wish that does not say otherwise. Unset means no preference."""

    providers: tuple[str, ...] = ()
    region: str | None = None
    """ISO 3166-1 alpha-2 code."""
    genres: tuple[str, ...] = ()
    language: str | None = None
    """ISO 639-1 code."""
    blocked_genres: tuple[str, ...] = ()
    max_certification: str | None = None
    in_threads: bool | None = None
    """Of a server: whether answers to mentions go into a thread of their own."""
    refined_by_all: bool | None = None
    """Of a server: whether anyone may go on from an answer for all to see, not its asker alone."""


class MarkKind(StrEnum):
    """What someone said of a title."""

    LIKED = "liked"
    DISLIKED = "disliked"
    SEEN = "seen"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Mark:
    """Someone's word on a title."""

    title_id: str
    kind: MarkKind
    at: float


@dataclass(frozen=True, slots=True)
class Installation:
    """An app's place in one workspace of several."""

    platform: str
    workspace: str
    bot_user: str
    """The platform's id of the bot as a user."""
    bot_id: str
    token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    """What the token is exchanged with; empty where it lasts."""
    expires_at: float = 0.0
    """When it has to be; 0 where it lasts."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """Something that wants an answer, as it is kept until it has one."""

    platform: str
    event_id: str
    """The platform's id of the event; a redelivery has the same."""
    workspace: str
    channel: str
    message: str
    """The platform's id of the message; with workspace and channel it tells two events of one message apart
    from two messages. An interaction, which has no message, gives its own id."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """JSON: all that answering takes, also the handle to answer through. `thread` is where in the channel."""
    author_id: str = ""

    @property
    def conversation(self) -> Conversation:
        """Where it belongs."""
        return Conversation(self.platform, self.channel, self.workspace, self.payload.get("thread", ""))


@dataclass(frozen=True, slots=True)
class Claim:
    """An event that one worker answers, and nobody else."""

    id: int
    holder: str
    """The worker."""
    event: IncomingEvent
    shown: Mapping[str, Any] = field(default_factory=dict)
    """What an earlier worker had shown of the answer (ids of messages), so that it is completed by edit."""
    again: bool = False
    """Whether a worker held it before, and may have shown more than was noted."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted of an owner in one window of time."""

    owner: Owner
    metric: str
    window: int
    """The number of the window since the epoch."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answered event leaves behind: kept together with the event's end, or not at all."""

    conversation: Conversation
    turn: StoredTurn
    used: Mapping[Count, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept, in seconds."""

    conversations: float = 30 * 86_400
    events: float = 86_400
    """Ids of accepted events: as long as a platform may redeliver one."""
    usage: float = 2 * 86_400
    """Counts of used budgets: longer than the longest window."""

"""What there is on the emulated Discord: users, servers, channels, messages, interactions.

Snowflakes: https://discord.com/developers/docs/reference#snowflakes
Error codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = [
    "ALL_PERMISSIONS",
    "EPHEMERAL",
    "LOADING",
    "Channel",
    "Clock",
    "Guild",
    "Interaction",
    "Message",
    "Problem",
    "User",
    "snowflake",
]

EPHEMERAL, LOADING = 1 << 6, 1 << 7
ALL_PERMISSIONS = (1 << 53) - 1
# https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction
_ANSWER_SECONDS, _TOKEN_SECONDS = 3.0, 900.0
# https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
_FOLLOW_UPS = 5
# https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags
_USE_EXTERNAL_APPS = 1 << 50
_EPOCH_MS = 1_420_070_400_000
_numbers = itertools.count()


class Problem(Exception):
    """An error answer.

    Args:
        status: Of HTTP.
        code: Discord's.
        text: Its message.
        retry_after: Seconds until it may be tried again, of a 429.
    """

    def __init__(self, status: int, code: int, text: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code, self.text, self.retry_after = status, code, text, retry_after


class Clock:
    """The emulator's time, which a test can put forward."""

    ahead = 0.0
    """Seconds that it is ahead of the machine's."""

    def now(self) -> float:
        """Seconds, from some beginning on."""
        return time.monotonic() + self.ahead


def snowflake() -> str:
    """An id of the present."""
    return str((int(time.time() * 1000) - _EPOCH_MS) << 22 | next(_numbers) % (1 << 22))


@dataclass(eq=False, slots=True)
class User:
    """Somebody, or a bot."""

    name: str
    bot: bool = False
    permissions: int = ALL_PERMISSIONS
    """On every server."""
    takes_private: bool = True
    """Whether they can be written to in private."""
    id: str = field(default_factory=snowflake)

    def payload(self) -> dict[str, Any]:
        """As Discord sends it."""
        return {
            "id": self.id,
            "username": self.name,
            "discriminator": "0",
            "global_name": self.name,
            "avatar": None,
            "bot": self.bot,
            "flags": 0,
            "public_flags": 0,
            "primary_guild": None,
        }

    def member(self, permissions: int = ALL_PERMISSIONS) -> dict[str, Any]:
        """As a member of a server."""
        return {
            "user": self.payload(),
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": datetime.now(UTC).isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "permissions": str(permissions),
        }


@dataclass(eq=False, slots=True)
class Message:
    """A message and what became of it."""

    channel: "Channel"
    author: User
    body: dict[str, Any]
    id: str = field(default_factory=snowflake)
    history: list[str] = field(default_factory=list)
    """Its contents, the first one first."""
    times: list[float] = field(default_factory=list)
    """When each was there, by `time.monotonic`."""
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Attachments by name, as text."""
    application_id: str | None = None
    mentions: tuple[User, ...] = ()
    reply_to: "Message | None" = None
    at: float = 0.0
    """When it was written, by the emulator's clock."""
    late_edits: int = 0
    """How often it was edited more than an hour after that."""

    @property
    def content(self) -> str:
        """What it says now."""
        return str(self.body.get("content") or "")

    @property
    def ephemeral(self) -> bool:
        """Whether the asker alone sees it."""
        return bool(self.body.get("flags", 0) & EPHEMERAL)

    @property
    def custom_ids(self) -> list[str]:
        """Of its buttons and selects."""
        rows = self.body.get("components") or []
        return [item["custom_id"] for row in rows for item in row["components"] if "custom_id" in item]

    def button(self, action: str) -> str:
        """The id of its button, or select, for something."""
        return next(item for item in self.custom_ids if f":{action}:" in item)

    was_under: list[list[str]] = field(default_factory=list)
    """Labels of the buttons that stood under it, before each edit that changed them."""

    def change(self, body: Mapping[str, Any]) -> None:
        """Edit it."""
        if "components" in body:
            rows = self.body.get("components") or []
            self.was_under.append([item.get("label", "") for row in rows for item in row["components"]])
        self.body.update(body)
        self.body["flags"] = self.body.get("flags", 0) & ~LOADING
        self.note()

    def note(self) -> None:
        """Keep what it says now in its history."""
        self.history.append(self.content)
        self.times.append(time.monotonic())

    def payload(self, *, blank: bool = False) -> dict[str, Any]:
        """As Discord sends it; `blank` without its content, to bots that may not read it."""
        sent: dict[str, Any] = {
            "id": self.id,
            "channel_id": self.channel.id,
            "author": self.author.payload(),
            "content": "" if blank else self.content,
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [user.payload() for user in self.mentions],
            "mention_roles": [],
            "attachments": [],
            "embeds": [] if blank else self.body.get("embeds") or [],
            "components": [] if blank else _numbered(self.body.get("components") or []),
            "pinned": False,
            "type": 19 if self.reply_to else 0,
            "flags": self.body.get("flags", 0),
        }
        if self.channel.guild is not None:
            sent["guild_id"] = self.channel.guild.id
        if "nonce" in self.body:
            sent["nonce"] = self.body["nonce"]
        if self.application_id:
            sent["application_id"] = self.application_id
        if self.reply_to is not None:
            sent["message_reference"] = {"message_id": self.reply_to.id, "channel_id": self.channel.id}
            sent["referenced_message"] = self.reply_to.payload(blank=blank)
        return sent


def _numbered(components: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Components as Discord gives them back: numbered, and without emptiness in their emojis."""
    numbers = itertools.count(1)

    def given_back(item: Mapping[str, Any]) -> dict[str, Any]:
        made = {**item, "id": next(numbers)}
        if "components" in item:
            made["components"] = [given_back(inner) for inner in item["components"]]
        if "emoji" in item:
            made["emoji"] = {key: value for key, value in item["emoji"].items() if value is not None}
        return made

    return [given_back(item) for item in components]


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel, a thread (with a parent) or a private conversation (without a server)."""

    name: str
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    recipient: User | None = None
    nsfw: bool = False
    """Whether it is for adults alone."""
    owner: User | None = None
    """Who opened it, of a thread."""
    id: str = field(default_factory=snowflake)
    messages: dict[str, Message] = field(default_factory=dict)
    typing: int = 0

    @property
    def visible(self) -> list[Message]:
        """The messages that stand, in order."""
        return [message for message in self.messages.values() if not message.deleted]

    def payload(self) -> dict[str, Any]:
        """As Discord sends it."""
        if self.guild is None:
            to = [self.recipient.payload()] if self.recipient else []
            return {"id": self.id, "type": 1, "recipients": to, "last_message_id": None, "flags": 0}
        sent: dict[str, Any] = {
            "id": self.id,
            "type": 11 if self.parent else 0,
            "guild_id": self.guild.id,
            "name": self.name,
            "position": 0,
            "permission_overwrites": [],
            "parent_id": self.parent.id if self.parent else None,
            "nsfw": self.nsfw,
            "last_message_id": None,
            "flags": 0,
        }
        if self.parent is not None:
            sent |= {
                "owner_id": self.owner.id if self.owner else "0",
                "message_count": 0,
                "total_message_sent": 0,
                "member_count": 1,
                "rate_limit_per_user": 0,
                "thread_metadata": {
                    "archived": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": datetime.now(UTC).isoformat(),
                    "locked": False,
                },
            }
        return sent


@dataclass(eq=False, slots=True)
class Guild:
    """A server."""

    name: str
    members: list[User] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    permissions: int = ALL_PERMISSIONS
    """Of everyone in it, the bot too."""
    member: bool = True
    """Whether the bot is in it."""
    commands: list[dict[str, Any]] = field(default_factory=list)
    """Registered on it alone."""
    id: str = field(default_factory=snowflake)

    def channel(self, name: str, *, nsfw: bool = False) -> Channel:
        """A new text channel."""
        made = Channel(name, self, nsfw=nsfw)
        self.channels.append(made)
        return made

    def role(self) -> dict[str, Any]:
        """What everyone may, as Discord sends it."""
        return {
            "id": self.id,
            "name": "@everyone",
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0,
            "permissions": str(self.permissions),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }

    def payload(self) -> dict[str, Any]:
        """As Discord sends it."""
        return {
            "id": self.id,
            "name": self.name,
            "owner_id": self.members[1].id if len(self.members) > 1 else "0",
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "roles": [self.role()],
            "emojis": [],
            "stickers": [],
            "features": [],
            "mfa_level": 0,
            "application_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "nsfw_level": 0,
            "joined_at": datetime.now(UTC).isoformat(),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [user.member(self.permissions) for user in self.members],
            "channels": [channel.payload() for channel in self.channels if channel.parent is None],
            "threads": [channel.payload() for channel in self.channels if channel.parent is not None],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


@dataclass(eq=False, slots=True)
class Interaction:
    """A command, a button, a form, or choices asked for while one types."""

    channel: Channel
    user: User
    kind: int
    clock: Clock
    id: str = field(default_factory=snowflake)
    token: str = field(default_factory=lambda: f"token-{snowflake()}")
    began: float = 0.0
    answered_after: float | None = None
    """Seconds until the first answer."""
    message: Message | None = None
    """Whose button or select it came from."""
    original: Message | None = None
    choices: Sequence[Mapping[str, Any]] | None = None
    modal: Mapping[str, Any] | None = None
    followups: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.clock.now()

    @property
    def by_user_install(self) -> bool:
        """Whether it reaches the bot by the user's installation alone."""
        guild = self.channel.guild
        return guild is not None and not guild.member

    @property
    def forced_private(self) -> bool:
        """Whether its answers are seen by the user alone, whatever the bot says."""
        return self.by_user_install and not self.user.permissions & _USE_EXTERNAL_APPS

    def follow_up(self, message: Message) -> None:
        """One more message.

        Raises:
            Problem: there were five, and the bot is not where it was asked.
        """
        if self.by_user_install and len(self.followups) >= _FOLLOW_UPS:
            raise Problem(400, 40094, "Maximum number of follow up messages reached for this interaction.")
        self.followups.append(message)

    def answer(self) -> None:
        """The first answer.

        Raises:
            Problem: it comes too late, or was given.
        """
        spent = self.clock.now() - self.began
        if self.answered_after is not None:
            raise Problem(400, 40060, "Interaction has already been acknowledged.")
        if spent > _ANSWER_SECONDS:
            raise Problem(404, 10062, "Unknown interaction")
        self.answered_after = spent

    def still_open(self) -> None:
        """Its token can be used.

        Raises:
            Problem: it has run out.
        """
        if self.clock.now() - self.began > _TOKEN_SECONDS:
            raise Problem(401, 50027, "Invalid Webhook Token")

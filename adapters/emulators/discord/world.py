"""What there is on the emulated Discord: users, servers, channels, messages, interactions.

Limits, each with its documentation:
message content and embeds https://discord.com/developers/docs/resources/message#create-message
interaction deadlines      https://discord.com/developers/docs/interactions/receiving-and-responding
snowflakes                 https://discord.com/developers/docs/reference#snowflakes
error codes                https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
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
    "Guild",
    "Interaction",
    "Message",
    "Problem",
    "User",
    "checked",
    "snowflake",
]

CONTENT, EMBEDS, EMBED_TOTAL, ROWS, ROW_BUTTONS = 2_000, 10, 6_000, 5, 5
EPHEMERAL, LOADING = 1 << 6, 1 << 7
ALL_PERMISSIONS = (1 << 53) - 1
ANSWER_SECONDS, TOKEN_SECONDS = 3.0, 900.0
_EPOCH_MS = 1_420_070_400_000
_numbers = itertools.count()


class Problem(Exception):
    """An error answer.

    Args:
        status: Of HTTP.
        code: Discord's.
        text: Its message.
    """

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code, self.text = status, code, text


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
            "public_flags": 0,
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
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Attachments by name, as text."""
    application_id: str | None = None
    mentions: tuple[User, ...] = ()
    reply_to: "Message | None" = None

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
        self.history.append(self.content)

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
            "components": [] if blank else self.body.get("components") or [],
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


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel, a thread (with a parent) or a private conversation (without a server)."""

    name: str
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    recipient: User | None = None
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
            "nsfw": False,
            "last_message_id": None,
            "flags": 0,
        }
        if self.parent is not None:
            sent |= {
                "owner_id": self.owner.id if self.owner else "0",
                "message_count": 0,
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
    id: str = field(default_factory=snowflake)

    def channel(self, name: str) -> Channel:
        """A new text channel."""
        made = Channel(name, self)
        self.channels.append(made)
        return made

    def payload(self) -> dict[str, Any]:
        """As Discord sends it."""
        everyone = {
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
            "roles": [everyone],
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
    id: str = field(default_factory=snowflake)
    token: str = field(default_factory=lambda: f"token-{snowflake()}")
    began: float = field(default_factory=time.monotonic)
    answered_after: float | None = None
    """Seconds until the first answer."""
    message: Message | None = None
    """Whose button or select it came from."""
    original: Message | None = None
    choices: Sequence[Mapping[str, Any]] | None = None
    modal: Mapping[str, Any] | None = None
    followups: list[Message] = field(default_factory=list)

    def answer(self) -> None:
        """The first answer.

        Raises:
            Problem: it comes too late, or was given.
        """
        spent = time.monotonic() - self.began
        if self.answered_after is not None:
            raise Problem(400, 40060, "Interaction has already been acknowledged.")
        if spent > ANSWER_SECONDS:
            raise Problem(404, 10062, "Unknown interaction")
        self.answered_after = spent

    def still_open(self) -> None:
        """Its token can be used.

        Raises:
            Problem: it has run out.
        """
        if time.monotonic() - self.began > TOKEN_SECONDS:
            raise Problem(401, 50027, "Invalid Webhook Token")


def checked(body: Mapping[str, Any], *, new: bool = True) -> dict[str, Any]:
    """A message's body, within the limits.

    Raises:
        Problem: it is not.
    """
    content, embeds, rows = body.get("content") or "", body.get("embeds") or [], body.get("components") or []
    if len(content) > CONTENT:
        raise Problem(400, 50035, f"Invalid Form Body: content: Must be {CONTENT} or fewer in length.")
    if len(embeds) > EMBEDS:
        raise Problem(400, 50035, f"Invalid Form Body: embeds: Must be {EMBEDS} or fewer in length.")
    if sum(map(_length, embeds)) > EMBED_TOTAL:
        raise Problem(400, 50035, f"Invalid Form Body: embeds: size exceeds maximum of {EMBED_TOTAL}")
    if len(rows) > ROWS or any(len(row.get("components", ())) > ROW_BUTTONS for row in rows):
        raise Problem(400, 50035, "Invalid Form Body: components: too many")
    if new and not (content or embeds or rows):
        raise Problem(400, 50006, "Cannot send an empty message")
    return dict(body)


def _length(embed: Mapping[str, Any]) -> int:
    fields = embed.get("fields") or []
    parts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    parts += [(embed.get("author") or {}).get("name")]
    parts += [text for item in fields for text in (item.get("name"), item.get("value"))]
    return sum(len(part) for part in parts if part)

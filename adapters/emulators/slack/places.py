"""Who and what there is in emulated workspaces: people, conversations, messages, streams, files.

Messages: https://docs.slack.dev/reference/events/message
Conversations: https://docs.slack.dev/reference/objects/conversation-object
Error strings: each method's page below https://docs.slack.dev/reference/methods
"""

import itertools
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

__all__ = [
    "Channel",
    "Clock",
    "File",
    "Kind",
    "Message",
    "Organisation",
    "Problem",
    "Session",
    "Status",
    "Stream",
    "StreamState",
    "User",
    "Workspace",
    "identifier",
    "timestamp",
]

_numbers = itertools.count(1)
_last_microsecond = 0


class Problem(Exception):
    """An error answer.

    Args:
        error: Slack's string, such as `channel_not_found`.
        status: Of HTTP; most errors come with 200.
        retry_after: Whole seconds, of a 429.
        messages: What is wrong with arguments, as `response_metadata` tells it.
        applied: Whether the call does its work all the same and only its answer is lost (of scripted faults).
    """

    def __init__(
        self,
        error: str,
        status: int = 200,
        *,
        retry_after: int | None = None,
        messages: Iterable[str] = (),
        applied: bool = False,
    ) -> None:
        self.messages = list(messages)
        super().__init__(f"{status} {error} {self.messages}")
        self.error, self.status, self.retry_after, self.applied = error, status, retry_after, applied


class Clock:
    """The emulator's time, which a test can put forward."""

    ahead = 0.0
    """Seconds that it is ahead of the machine's."""

    def now(self) -> float:
        """Seconds, from some beginning on."""
        return time.monotonic() + self.ahead


def identifier(prefix: str) -> str:
    """A new id of a kind: `C` for channels, `U` for people, `T` for workspaces…"""
    return f"{prefix}0{next(_numbers):06}{secrets.token_hex(2).upper()}"


def timestamp() -> str:
    """A message's `ts`: seconds with six decimals, later than all before it."""
    global _last_microsecond
    _last_microsecond = max(_last_microsecond + 1, time.time_ns() // 1_000)
    return f"{_last_microsecond // 1_000_000}.{_last_microsecond % 1_000_000:06}"


@dataclass(eq=False, slots=True)
class User:
    """Somebody, or a bot: https://docs.slack.dev/reference/objects/user-object"""

    name: str
    workspace: "Workspace" = field(repr=False)
    bot: bool = False
    locale: str = "en-US"
    admin: bool = False
    organisation_admin: bool = False
    id: str = field(default_factory=lambda: identifier("U"))
    bot_id: str = field(default_factory=lambda: identifier("B"))
    """Of bots alone; people have none in what Slack tells of them."""

    def payload(self, *, locale: bool = False) -> dict[str, Any]:
        """As `users.info` tells it."""
        profile: dict[str, Any] = {"real_name": self.name.title(), "display_name": self.name}
        if self.bot:
            profile["bot_id"] = self.bot_id
        told: dict[str, Any] = {
            "id": self.id,
            "team_id": self.workspace.id,
            "name": self.name,
            "real_name": self.name.title(),
            "deleted": False,
            "tz": "Europe/Amsterdam",
            "tz_label": "Central European Time",
            "tz_offset": 3_600,
            "profile": profile,
            "is_admin": self.admin,
            "is_owner": False,
            "is_bot": self.bot,
            "is_app_user": False,
            "updated": int(time.time()),
        }
        organisation = self.workspace.organisation
        if organisation is not None:
            told["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": organisation.id,
                "enterprise_name": organisation.name,
                "is_admin": self.organisation_admin,
                "is_owner": False,
                "teams": [self.workspace.id],
            }
        return told | ({"locale": self.locale} if locale else {})

    def brief(self) -> dict[str, str]:
        """As payloads of interactions name it."""
        return {"id": self.id, "username": self.name, "name": self.name, "team_id": self.workspace.id}


class Kind(Enum):
    """Of a conversation."""

    PUBLIC = "channel", "C", "message.channels"
    PRIVATE = "group", "C", "message.groups"
    DIRECT = "im", "D", "message.im"
    GROUP_DIRECT = "mpim", "C", "message.mpim"

    def __init__(self, called: str, prefix: str, subscription: str) -> None:
        self.called = called
        """Its name in events."""
        self.prefix = prefix
        """Of ids."""
        self.subscription = subscription
        """The event that an app asks for to read such conversations."""


class StreamState(StrEnum):
    """Of a message that is, or was, streamed."""

    RUNNING = "running"
    ENDED = "ended"
    STOPPED_BY_USER = "stopped_by_user"


@dataclass(eq=False, slots=True)
class Stream:
    """How a message came bit by bit: https://docs.slack.dev/reference/methods/chat.startStream"""

    began: float
    """By the emulator's clock, in seconds."""
    recipient: User | None = None
    """Who sees it grow, in channels."""
    state: StreamState = StreamState.RUNNING
    by_chunks: bool | None = None
    """Whether it gets `chunks` rather than `markdown_text`; None until it got anything."""
    plan_title: str = ""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The last `task_update` of each id."""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    """Those that came by chunks."""


@dataclass(eq=False, slots=True)
class File:
    """A file: https://docs.slack.dev/reference/objects/file-object"""

    name: str
    owner: User
    length: int
    """Announced bytes."""
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    """None until it was uploaded."""
    complete: bool = False
    id: str = field(default_factory=lambda: identifier("F"))

    def payload(self) -> dict[str, Any]:
        """As Slack tells it."""
        return {
            "id": self.id,
            "created": int(time.time()),
            "timestamp": int(time.time()),
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": "application/octet-stream",
            "filetype": "binary",
            "user": self.owner.id,
            "size": self.length,
            "mode": "hosted",
            "alt_txt": self.alt_text,
        }


@dataclass(eq=False, slots=True)
class Message:
    """A message and what became of it."""

    channel: "Channel" = field(repr=False)
    author: User
    body: dict[str, Any]
    """`text`, and `blocks`, `attachments`, `metadata` where it has them."""
    thread_ts: str | None = None
    """The first message's, of one in a thread."""
    subtype: str | None = None
    app_id: str | None = None
    """Of the app that posted it."""
    ephemeral_for: User | None = None
    """Who alone sees it."""
    stream: Stream | None = None
    files: list[File] = field(default_factory=list)
    broadcast: bool = False
    """Whether a reply stands in the channel too."""
    ts: str = field(default_factory=timestamp)
    versions: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """Its bodies, the first one first."""
    times: list[float] = field(default_factory=list, repr=False)
    """When each of them came, by `time.monotonic`."""
    edited_ts: str | None = None
    deleted: bool = False
    reactions: dict[str, list[User]] = field(default_factory=dict)
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What people chose in it, by block and action."""

    def __post_init__(self) -> None:
        self.change(self.body)

    @property
    def text(self) -> str:
        """What it says now."""
        return str(self.body.get("text") or "")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """What it shows now."""
        return list(self.body.get("blocks") or [])

    @property
    def history(self) -> list[str]:
        """What it said, the first text first."""
        return [str(version.get("text") or "") for version in self.versions]

    def change(self, body: dict[str, Any]) -> None:
        """Put another body in its place."""
        self.body = body
        self.versions.append(body)
        self.times.append(time.monotonic())

    def payload(self) -> dict[str, Any]:
        """As Slack tells it."""
        told: dict[str, Any] = {
            "type": "message",
            "user": self.author.id,
            "text": self.text,
            "ts": self.ts,
            "team": self.author.workspace.id,
        }
        told |= {key: value for key, value in self.body.items() if key != "text"}
        if self.subtype is not None:
            told["subtype"] = self.subtype
        if self.author.bot:
            told |= self._bot()
        if self.files:
            told["files"] = [file.payload() for file in self.files]
        if self.edited_ts is not None:
            told["edited"] = {"user": self.author.id, "ts": self.edited_ts}
        if self.reactions:
            told["reactions"] = [
                {"name": name, "users": [user.id for user in users], "count": len(users)}
                for name, users in self.reactions.items()
            ]
        return told | self._place()

    def _bot(self) -> dict[str, Any]:
        app_id = self.app_id or "A0OTHERAPP"
        profile = {
            "id": self.author.bot_id,
            "deleted": False,
            "name": self.author.name,
            "updated": int(time.time()),
            "app_id": app_id,
            "team_id": self.author.workspace.id,
        }
        return {"bot_id": self.author.bot_id, "app_id": app_id, "bot_profile": profile}

    def _place(self) -> dict[str, Any]:
        """Where it stands in a thread."""
        if self.thread_ts is not None:
            root = self.channel.messages.get(self.thread_ts)
            parent = {"parent_user_id": root.author.id} if root is not None else {}
            return {"thread_ts": self.thread_ts, **parent}
        replies = [reply for reply in self.channel.thread(self) if reply is not self]
        if not replies:
            return {}
        people = list(dict.fromkeys(reply.author.id for reply in replies))
        return {
            "thread_ts": self.ts,
            "reply_count": len(replies),
            "reply_users": people,
            "reply_users_count": len(people),
            "latest_reply": replies[-1].ts,
        }


@dataclass(eq=False, slots=True)
class Session:
    """An agent's session in a thread: https://docs.slack.dev/ai/agent-sessions"""

    status: str = "active"
    title: str = ""
    statuses: list[str] = field(default_factory=list)
    """All that it had, the first one first."""

    def set(self, status: str) -> None:
        """Change its status."""
        self.status = status
        self.statuses.append(status)


@dataclass(frozen=True, slots=True)
class Status:
    """What an assistant says it is doing: https://docs.slack.dev/reference/methods/assistant.threads.setStatus"""

    thread_ts: str
    text: str
    """Empty where it was taken away."""
    at: float
    """By the emulator's clock, in seconds."""
    loading_messages: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Channel:
    """A conversation of any kind."""

    name: str
    workspace: "Workspace" = field(repr=False)
    kind: Kind = Kind.PUBLIC
    members: list[User] = field(default_factory=list, repr=False)
    archived: bool = False
    id: str = ""
    messages: dict[str, Message] = field(default_factory=dict, repr=False)
    """By `ts`, without the ephemeral ones."""
    ephemerals: list[Message] = field(default_factory=list, repr=False)
    sessions: dict[str, Session] = field(default_factory=dict)
    """Of the agent, by thread."""
    statuses: list[Status] = field(default_factory=list)
    """All that were set, the first one first."""
    titles: dict[str, str] = field(default_factory=dict)
    """Of assistant threads."""
    prompts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """Suggested ones, by thread; `""` stands for the whole conversation."""

    def __post_init__(self) -> None:
        self.id = self.id or identifier(self.kind.prefix)

    @property
    def visible(self) -> list[Message]:
        """The messages that stand and that everybody sees, in order."""
        return [message for message in self.messages.values() if not message.deleted]

    def seen_by(self, user: User) -> list[Message]:
        """The messages that somebody sees, ephemeral ones among them, in order."""
        own = [message for message in self.ephemerals if message.ephemeral_for is user]
        return sorted(
            (message for message in (*self.visible, *own) if not message.deleted),
            key=lambda message: message.ts,
        )

    def thread(self, message: Message) -> list[Message]:
        """The messages of a thread that stand, the first one included, in order."""
        root = message.thread_ts or message.ts
        return [other for other in self.visible if root in (other.ts, other.thread_ts)]

    def add(self, message: Message) -> Message:
        """Keep a new message."""
        if message.ephemeral_for is not None:
            self.ephemerals.append(message)
        else:
            self.messages[message.ts] = message
        return message

    def payload(self) -> dict[str, Any]:
        """As `conversations.info` tells it."""
        bot = self.workspace.bot
        told: dict[str, Any] = {
            "id": self.id,
            "created": int(time.time()),
            "is_archived": self.archived,
            "is_im": self.kind is Kind.DIRECT,
            "is_org_shared": False,
            "context_team_id": self.workspace.id,
        }
        if self.kind is Kind.DIRECT:
            return told | {"user": next(user.id for user in self.members if user is not bot)}
        empty = {"value": "", "creator": "", "last_set": 0}
        return told | {
            "is_channel": self.kind is Kind.PUBLIC,
            "is_group": self.kind is Kind.PRIVATE,
            "is_mpim": self.kind is Kind.GROUP_DIRECT,
            "is_private": self.kind is not Kind.PUBLIC,
            "is_shared": False,
            "is_ext_shared": False,
            "name": self.name,
            "name_normalized": self.name,
            "is_general": False,
            "is_member": bot in self.members,
            "num_members": len(self.members),
            "topic": empty,
            "purpose": empty,
        }

    def brief(self) -> dict[str, str]:
        """As payloads of interactions name it."""
        names = {Kind.DIRECT: "directmessage", Kind.PRIVATE: "privategroup"}
        return {"id": self.id, "name": names.get(self.kind, self.name)}


@dataclass(eq=False, slots=True)
class Workspace:
    """A workspace, which Slack's interfaces call a team."""

    name: str
    id: str = field(default_factory=lambda: identifier("T"))
    bot: User = field(init=False)
    """The app's."""
    users: dict[str, User] = field(default_factory=dict, repr=False)
    channels: dict[str, Channel] = field(default_factory=dict, repr=False)
    installed: bool = False
    """Whether the app is."""
    token: str = ""
    """The bot's, of the last installation or rotation."""
    organisation: "Organisation | None" = None

    @property
    def installed_by(self) -> "Organisation | None":
        """The organisation through which the app is here; None where it is here by itself, or is not."""
        return self.organisation if self.organisation is not None and self.organisation.installed else None

    def __post_init__(self) -> None:
        self.bot = User("Matinee", self, bot=True)
        self.users[self.bot.id] = self.bot

    @property
    def domain(self) -> str:
        """The first part of its address."""
        return self.name.lower().replace(" ", "-")

    @property
    def people(self) -> Iterator[User]:
        """Those who are no bots."""
        return (user for user in self.users.values() if not user.bot)

    def person(self, name: str, *, bot: bool = False) -> User:
        """Somebody of this name, or (`bot`) another app's bot."""
        for user in self.users.values():
            if user.name == name:
                return user
        made = User(name, self, bot=bot)
        self.users[made.id] = made
        return made

    def channel(self, name: str, *people: str, private: bool = False, member: bool = True) -> Channel:
        """A new channel with these people in it (everybody, where none is named); the bot is a `member`."""
        inside = [self.person(name) for name in people] or list(self.people)
        kind = Kind.PRIVATE if private else Kind.PUBLIC
        made = Channel(name, self, kind, [*inside, *([self.bot] if member else [])])
        self.channels[made.id] = made
        return made

    def direct(self, *users: User) -> Channel:
        """The conversation of the bot and somebody, or several."""
        inside = {*users, self.bot}
        for channel in self.channels.values():
            if channel.kind in (Kind.DIRECT, Kind.GROUP_DIRECT) and set(channel.members) == inside:
                return channel
        kind = Kind.DIRECT if len(inside) == 2 else Kind.GROUP_DIRECT
        made = Channel("-".join(user.name for user in users), self, kind, [*users, self.bot])
        self.channels[made.id] = made
        return made

    def brief(self) -> dict[str, str]:
        """As payloads of interactions name it."""
        return {"id": self.id, "domain": self.domain}


@dataclass(eq=False, slots=True)
class Organisation:
    """Several workspaces of one enterprise, in which the app can be installed at once:
    https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
    """

    name: str
    workspaces: list[Workspace] = field(default_factory=list, repr=False)
    id: str = field(default_factory=lambda: identifier("E"))
    installed: bool = False

    def __post_init__(self) -> None:
        """The app's bot is the same user in all of them."""
        first = self.workspaces[0].bot
        for workspace in self.workspaces:
            workspace.organisation = self
            bot = workspace.users.pop(workspace.bot.id)
            bot.id, bot.bot_id = first.id, first.bot_id
            workspace.users[bot.id] = bot

    def brief(self) -> dict[str, str]:
        """As payloads name it."""
        return {"id": self.id, "name": self.name}

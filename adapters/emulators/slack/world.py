"""The emulated Slack as one app sees it: its settings, the workspaces, and who holds which token."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.emulators.slack.interactions import Interaction, View
from adapters.emulators.slack.limits import RateLimits
from adapters.emulators.slack.places import (
    Channel,
    Clock,
    File,
    Kind,
    Message,
    Organisation,
    Problem,
    StreamState,
    User,
    Workspace,
    identifier,
)

__all__ = ["App", "Deadlines", "Token", "World"]

_EVENTS = """app_home_opened app_mention app_uninstalled agent_session_stopped assistant_thread_started
    member_joined_channel message.channels message.groups message.im message.mpim reaction_added
    reaction_removed tokens_revoked"""
_SCOPES = """app_mentions:read assistant:write channels:history channels:read chat:write commands files:write
    groups:history groups:read im:history im:read im:write reactions:read reactions:write users:read"""


@dataclass(frozen=True, slots=True)
class App:
    """What stands in the app's settings: https://docs.slack.dev/reference/app-manifest"""

    events: frozenset[str] = frozenset(_EVENTS.split())
    """The events that it asks for; `message.channels` is what lets it read public channels."""
    scopes: tuple[str, ...] = tuple(_SCOPES.split())
    agent_view: bool = True
    """Whether people find the agent in its messages tab; otherwise in the older assistant's pane."""
    rotates_tokens: bool = False
    """https://docs.slack.dev/authentication/using-token-rotation"""
    id: str = field(default_factory=lambda: identifier("A"))
    client_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    app_token: str = field(default_factory=lambda: f"xapp-1-{secrets.token_hex(16)}")
    """For Socket Mode."""
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))
    """The old one that every payload repeats."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long things last, in seconds."""

    ack: float = 3.0
    """Until an event, a command or an action counts as unanswered: https://docs.slack.dev/apis/events-api"""
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    """Before each redelivery of an event: https://docs.slack.dev/apis/events-api#retries"""
    trigger: float = 3.0
    """A `trigger_id`: https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses"""
    hook: float = 1_800.0
    """A `response_url`: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
    stream: float = 300.0
    """A stream: https://github.com/slackapi/python-slack-sdk/issues/1859"""
    status: float = 120.0
    """An assistant's status: https://docs.slack.dev/reference/methods/assistant.threads.setStatus"""
    code: float = 600.0
    """A code of OAuth: https://docs.slack.dev/authentication/installing-with-oauth"""
    rotated_token: float = 43_200.0
    """A token that is rotated: https://docs.slack.dev/authentication/using-token-rotation"""


@dataclass(eq=False, slots=True)
class Token:
    """A bot's token, or the one of the app for Socket Mode (without a workspace). One of an organisation is
    good in all its workspaces; in which one a call is meant, its arguments tell.
    """

    value: str
    workspace: Workspace | None
    refused: str = ""
    """The error that its use gets: `token_revoked`, `account_inactive`."""
    expires: float | None = None
    """When it has to be rotated, by the emulator's clock."""
    refresh: str = ""
    """What it is rotated with."""
    organisation: Organisation | None = None


class World:
    """Everything, by its ids.

    Args:
        app: As set up.
        deadlines: How long things last.
        limits: Of calls.
    """

    def __init__(self, app: App, deadlines: Deadlines, limits: RateLimits) -> None:
        self.app, self.deadlines, self.limits = app, deadlines, limits
        self.clock = Clock()
        self.workspaces: dict[str, Workspace] = {}
        self.tokens: dict[str, Token] = {app.app_token: Token(app.app_token, None)}
        self.triggers: dict[str, Interaction] = {}
        self.hooks: dict[str, Interaction] = {}
        """By the last part of the `response_url`."""
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        """By person."""
        self.files: dict[str, File] = {}

    def install(self, workspace: Workspace, organisation: Organisation | None = None) -> Token:
        """Give the app a token of a workspace's, or of its whole organisation's."""
        rotates = self.app.rotates_tokens
        prefix = "xoxe.xoxb" if rotates else "xoxb"
        token = Token(
            f"{prefix}-{workspace.id}-{secrets.token_hex(16)}", workspace, organisation=organisation
        )
        if rotates:
            token.expires = self.clock.now() + self.deadlines.rotated_token
            token.refresh = f"xoxe-1-{secrets.token_hex(16)}"
        self.tokens[token.value] = token
        for other in organisation.workspaces if organisation is not None else [workspace]:
            other.installed, other.token = True, token.value
        if organisation is not None:
            organisation.installed = True
        return token

    def meant(self, organisation: Organisation, arguments: Mapping[str, Any]) -> Workspace:
        """The workspace of an organisation that a call is made in."""
        interaction = self.triggers.get(str(arguments.get("trigger_id")))
        if interaction is not None:
            return interaction.workspace
        channel = arguments.get("channel") or arguments.get("channel_id")
        people = {arguments.get(name) for name in ("user", "users", "user_id")}
        for workspace in organisation.workspaces:
            if channel in workspace.channels or people & workspace.users.keys():
                return workspace
        return organisation.workspaces[0]

    def holder(self, value: str) -> Token:
        """Whose token this is.

        Raises:
            Problem: it is nobody's, or can be used no more.
        """
        if not value:
            raise Problem("not_authed")
        token = self.tokens.get(value)
        if token is None:
            raise Problem("invalid_auth")
        if token.refused:
            raise Problem(token.refused)
        if token.expires is not None and self.clock.now() >= token.expires:
            raise Problem("token_expired")
        return token

    def refuse(self, workspace: Workspace, error: str) -> None:
        """Let no token of a workspace's be used from now on."""
        for token in self.tokens.values():
            if token.workspace is workspace or _is_of(token, workspace):
                token.refused = token.refused or error

    def remember(self, interaction: Interaction) -> Interaction:
        """Keep an interaction for its trigger and its `response_url`."""
        self.triggers[interaction.trigger_id] = interaction
        self.hooks[interaction.hook] = interaction
        return interaction

    def user(self, workspace: Workspace, user_id: str) -> User:
        """Somebody of a workspace.

        Raises:
            Problem: nobody there has this id.
        """
        found = workspace.users.get(user_id)
        if found is None:
            raise Problem("user_not_found")
        return found

    def seen(self, workspace: Workspace, channel_id: str) -> Channel:
        """A conversation that the bot knows of: public ones, and those that it is in.

        Raises:
            Problem: there is none of this id.
        """
        found = workspace.channels.get(channel_id)
        if found is None or (found.kind is not Kind.PUBLIC and workspace.bot not in found.members):
            raise Problem("channel_not_found")
        return found

    def joined(self, workspace: Workspace, channel_id: str) -> Channel:
        """A conversation that the bot is in.

        Raises:
            Problem: it is not, or there is none of this id.
        """
        found = self.seen(workspace, channel_id)
        if workspace.bot not in found.members:
            raise Problem("not_in_channel")
        return found

    def writable(self, workspace: Workspace, channel_id: str) -> Channel:
        """A conversation that the bot may post in; a person's id stands for the conversation with them.

        Raises:
            Problem: it may not, or there is none of this id.
        """
        if channel_id in workspace.users:
            return workspace.direct(workspace.users[channel_id])
        found = self.joined(workspace, channel_id)
        if found.archived:
            raise Problem("is_archived")
        return found

    def message(self, channel: Channel, ts: str) -> Message:
        """A message that stands.

        Raises:
            Problem: there is none of this time.
        """
        found = channel.messages.get(ts)
        if found is None or found.deleted:
            raise Problem("message_not_found")
        return found

    def root(self, channel: Channel, thread_ts: str) -> str:
        """The time of a thread's first message, by that of any message in it.

        Raises:
            Problem: there is none of this time.
        """
        found = channel.messages.get(thread_ts)
        if found is None or (found.deleted and not channel.thread(found)):
            raise Problem("thread_not_found")
        return found.thread_ts or found.ts

    def is_streaming(self, message: Message) -> bool:
        """Whether a message still takes more of its stream."""
        stream = message.stream
        return (
            stream is not None
            and stream.state is StreamState.RUNNING
            and self.clock.now() - stream.began <= self.deadlines.stream
        )


def _is_of(token: Token, workspace: Workspace) -> bool:
    return token.organisation is not None and token.organisation is workspace.organisation

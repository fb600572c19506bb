"""What tests of Matinee on the emulated Slack have in common."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.emulators.slack import Channel, Interaction, Message, SlackServer, User, View
from core.memory.records import Installation
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import opened_store
from tests.running_worker import running

__all__ = [
    "Club",
    "Host",
    "Newcomers",
    "button",
    "free_port",
    "has_buttons",
    "said",
    "titles",
    "working",
    "written",
]

_FORGETTING_SECONDS = 10.0


class Club:
    """A workspace with people in it, and the bot.

    Args:
        slack: Where.
        name: Its name.
    """

    def __init__(self, slack: SlackServer, name: str = "Film club") -> None:
        self.slack = slack
        self.workspace = slack.workspace(name, "ann", "bob")
        self.general = self.workspace.channel("general")
        self.ann, self.bob = self.workspace.person("ann"), self.workspace.person("bob")

    @property
    def direct(self) -> Channel:
        """The conversation of ann and the bot."""
        return self.workspace.direct(self.ann)

    async def answer(self, channel: Channel, thread: Message | None = None, before: int = 0) -> Message:
        """The newest answer that is at its end, once there are more than so many."""
        found: list[Message] = []

        def ended() -> bool:
            where = channel.thread(thread) if thread is not None else channel.visible
            found[:] = [message for message in where if has_buttons(message)]
            return len(found) > before

        await self.slack.until(ended, 20)
        return found[-1]

    async def asked(self, text: str, user: User | None = None) -> tuple[Message, Message]:
        """A mention, and its answer."""
        question = await self.slack.say(self.general, user or self.ann, f"@Matinee {text}")
        return question, await self.answer(self.general, question)

    async def word(self, interaction: Interaction) -> Message:
        """What somebody was told by what they did."""
        await self.slack.until(lambda: interaction.responses)
        return interaction.responses[-1]

    async def form(self, interaction: Interaction) -> View:
        """What was opened by what somebody did."""
        await self.slack.until(lambda: interaction.opened)
        return interaction.opened[-1]

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The arguments of all calls of a method."""
        return [arguments for name, arguments in self.slack.calls if name == method]


class Host:
    """A worker for many workspaces.

    Args:
        club: The first one, in which it is not installed yet.
        data: Where its store is.
    """

    def __init__(self, club: Club, data: Path) -> None:
        self.slack, self.data = club.slack, data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/slack"
        self.slack.oauth.redirect_uri = f"{self.url}/oauth_redirect"
        self.environment = {
            "SLACK_BOT_TOKEN": "",
            "SLACK_CLIENT_ID": self.slack.app.client_id,
            "SLACK_CLIENT_SECRET": self.slack.app.client_secret,
            "PORT": str(self.port),
        }

    async def install(self, club: Club, *, consents: bool = True, for_organisation: bool = False) -> str:
        """Somebody of a workspace installs the app; gives the last page."""
        return await self.slack.install(
            club.ann, f"{self.url}/install", consents=consents, for_organisation=for_organisation
        )

    async def kept(self, club: Club) -> Installation | None:
        """What the store holds of a workspace, or of the organisation through which the app is there."""
        async with opened_store(sqlite_url(self.data / "state.sqlite")) as store:
            by = club.workspace.organisation or club.workspace
            return await store.installation("slack", by.id)

    async def forgets(self, club: Club) -> None:
        """Wait until nothing of a workspace is held any more.

        Raises:
            TimeoutError: it still is after a while.
        """
        async with asyncio.timeout(_FORGETTING_SECONDS):
            while await self.kept(club) is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


class Newcomers(Club):
    """A workspace without the bot."""

    def __init__(self, slack: SlackServer, name: str = "Film club") -> None:
        super().__init__(slack, name)
        slack.world.tokens.pop(self.workspace.token)
        self.workspace.installed, self.workspace.token = False, ""


@asynccontextmanager
async def working(club: Club, data: Path, **environment: str) -> AsyncIterator[None]:
    """A worker, from when it hears of people until it has stopped. What is set to nothing is not set."""
    variables = {
        "MATINEE_DATA_DIR": str(data),
        "SLACK_API_URL": club.slack.url,
        "SLACK_BOT_TOKEN": club.workspace.token,
        "SLACK_APP_TOKEN": club.slack.app.app_token,
        "USER_REQUESTS_PER_MINUTE": "100",
    }
    async with running({**variables, **environment}):
        yield


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def has_buttons(message: Message) -> bool:
    """Whether an answer is at its end."""
    return "matinee:next" in str(message.blocks)


def said(message: Message) -> str:
    """All that a message shows: of one with sections, its blocks; else its text, and its blocks."""
    shown = _texts(message.blocks)
    in_blocks = any(block["type"] == "section" for block in message.blocks)
    return "\n".join(shown if in_blocks else [message.text, *shown])


def titles(message: Message) -> list[str]:
    """Of its cards: names and years."""
    found = [
        card["title"]["text"]
        for block in message.blocks
        if block["type"] == "carousel"
        for card in block["elements"]
    ]
    return [text.rpartition("|")[2].rstrip(">") for text in found]


def button(message: Message, action: str) -> tuple[str, str]:
    """The id and the value of a button in the row below an answer."""
    return next(
        (item["action_id"], item["value"])
        for block in message.blocks
        if block["type"] == "actions"
        for item in block["elements"]
        if item["action_id"] == f"matinee:{action}"
    )


def written(channel: Channel) -> list[Message]:
    """The bot's messages in a channel."""
    return [message for message in channel.visible if message.author.bot]


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for item in value.values() for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []

"""What tests of Matinee on the emulated Slack have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.emulators.slack import Channel, Interaction, Message, SlackServer, User, View
from tests.running_worker import running

__all__ = ["Club", "button", "has_buttons", "said", "titles", "working", "written"]


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

"""What tests of Matinee on the emulated Discord have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.emulators.discord import Channel, DiscordServer, Message, User
from tests.running_worker import running

__all__ = ["TOKEN", "has_cards", "place", "working"]

TOKEN = "a.token.of.ours"


@asynccontextmanager
async def working(data_dir: Path, **environment: str) -> AsyncIterator[None]:
    """A worker, from when it hears of people until it has stopped."""
    async with running({"MATINEE_DATA_DIR": str(data_dir), "DISCORD_TOKEN": TOKEN, **environment}):
        yield


def place(server: DiscordServer) -> tuple[Channel, User]:
    return server.guilds[0].channels[0], server.person("ann")


def has_cards(message: Message | None) -> bool:
    return message is not None and bool(message.body.get("embeds"))

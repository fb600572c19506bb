"""What tests of Matinee on the emulated Discord have in common."""

import asyncio
from functools import partial
from pathlib import Path

from adapters.emulators.discord import Channel, DiscordServer, Message, User
from bot.wiring import platforms
from bot.worker import work
from tests.conftest import settings_with

__all__ = ["TOKEN", "has_cards", "place", "run"]

TOKEN = "a.token.of.ours"


async def run(data_dir: Path, told: asyncio.Event, **environment: str) -> None:
    settings = settings_with(
        {"MATINEE_DATA_DIR": str(data_dir), "DISCORD_TOKEN": TOKEN, "LOG_LEVEL": "WARNING", **environment}
    )

    await work(settings, partial(platforms, settings), told_to_stop=told.wait)  # type: ignore[arg-type]


def place(server: DiscordServer) -> tuple[Channel, User]:
    return server.guilds[0].channels[0], server.person("ann")


def has_cards(message: Message | None) -> bool:
    return message is not None and bool(message.body.get("embeds"))

"""What tests of Matinee on the emulated Discord have in common."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.emulators.discord import Channel, DiscordServer, Message, User
from adapters.platform import Platform, Reception
from bot.wiring import Matinee, platforms
from bot.worker import work
from core.memory.ports import Store
from tests.conftest import settings_with

__all__ = ["TOKEN", "has_cards", "place", "working"]

TOKEN = "a.token.of.ours"


@asynccontextmanager
async def working(data_dir: Path, **environment: str) -> AsyncIterator[None]:
    """A worker, from when it hears of people until it has stopped."""
    variables = {"MATINEE_DATA_DIR": str(data_dir), "DISCORD_TOKEN": TOKEN, "LOG_LEVEL": "WARNING"}
    settings = settings_with({**variables, **environment})
    ready, told = asyncio.Event(), asyncio.Event()

    async def made(matinee: Matinee, store: Store) -> Sequence[Platform]:
        return [Telling(platform, ready) for platform in await platforms(settings, matinee, store)]

    running = asyncio.create_task(work(settings, made, told_to_stop=told.wait))  # type: ignore[arg-type]
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        await running
    try:
        yield
    finally:
        told.set()
        await running


class Telling:
    """A platform that tells when it has connected.

    Args:
        platform: The one that does everything.
        ready: Set then.
    """

    def __init__(self, platform: Platform, ready: asyncio.Event) -> None:
        self._platform, self._ready = platform, ready

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Until cancelled."""

        def told() -> None:
            connected()
            self._ready.set()

        await self._platform.run(reception, told)


def place(server: DiscordServer) -> tuple[Channel, User]:
    return server.guilds[0].channels[0], server.person("ann")


def has_cards(message: Message | None) -> bool:
    return message is not None and bool(message.body.get("embeds"))

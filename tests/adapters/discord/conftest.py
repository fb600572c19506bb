"""Matinee on the emulated Discord, with the real client, core and store in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import pytest_asyncio
import yarl

from adapters.emulators.discord import DiscordServer
from tests.adapters.discord.people import TOKEN, run


@pytest_asyncio.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer(TOKEN) as running:
        monkeypatch.setattr(discord.http.Route, "BASE", running.url)
        gateway = yarl.URL(running.gateway_url)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        running.guild("Film club", "ann", "bob").channel("general")
        yield running


@pytest_asyncio.fixture
async def worker(server: DiscordServer, data_dir: Path) -> AsyncIterator[None]:
    (data_dir / "discord-commands.sha256").unlink(missing_ok=True)
    told = asyncio.Event()
    running = asyncio.create_task(run(data_dir, told, USER_REQUESTS_PER_MINUTE="100"))
    await server.until(lambda: server.gateway.ready.is_set() and server.commands)
    await asyncio.sleep(0.7)  # on_ready comes a moment after the last server
    yield
    told.set()
    await running

"""Matinee on the emulated Discord, with the real client, core and store in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import pytest_asyncio
import yarl

from adapters.emulators.discord import DiscordServer
from tests.adapters.discord.people import TOKEN, working
from tests.adapters.discord.specification import Specification
from tests.conftest import DISCORD_SPECIFICATION


@pytest.fixture(scope="session")
def specification() -> Specification | None:
    """Discord's own description of its interface, where it is there."""
    return Specification(DISCORD_SPECIFICATION) if DISCORD_SPECIFICATION.exists() else None


@pytest_asyncio.fixture
async def server(
    monkeypatch: pytest.MonkeyPatch, specification: Specification | None
) -> AsyncIterator[DiscordServer]:
    async with DiscordServer(TOKEN) as running:
        monkeypatch.setattr(discord.http.Route, "BASE", running.url)
        gateway = yarl.URL(running.gateway_url)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        running.guild("Film club", "ann", "bob").channel("general")
        yield running
    if specification is not None:
        assert specification.faults(running.exchanges) == []


@pytest.fixture(autouse=True)
def with_shared_core(shared_core: None) -> None:
    """All workers here have the shared core."""


@pytest_asyncio.fixture
async def worker(server: DiscordServer, data_dir: Path) -> AsyncIterator[None]:
    (data_dir / "discord-commands.sha256").unlink(missing_ok=True)
    async with working(data_dir, USER_REQUESTS_PER_MINUTE="100"):
        yield

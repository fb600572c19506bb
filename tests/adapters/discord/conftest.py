"""Matinee on the emulated Discord, with the real client, core and store in between."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from pathlib import Path

import discord
import pytest
import pytest_asyncio
import yarl

from adapters.emulators.discord import DiscordServer
from adapters.emulators.llm import ModelServer
from bot.wiring import Matinee, answer_models, opened, read_directory
from core.answering.failover import FailoverModel
from core.answering.writer import Writer
from core.catalog.appeals import read_appeals
from tests.adapters.discord.people import TOKEN, working
from tests.adapters.discord.specification import Specification
from tests.conftest import DISCORD_SPECIFICATION, settings_with


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


@pytest.fixture(scope="package")
def matinee(data_dir: Path) -> Iterator[Matinee]:
    """The core, over the bundled catalogue."""
    with asyncio.Runner() as runner:
        core = opened(settings_with({"MATINEE_DATA_DIR": str(data_dir)}))
        yield runner.run(core.__aenter__())
        runner.run(core.__aexit__(None, None, None))


@pytest.fixture(autouse=True)
def shared_core(matinee: Matinee, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real core is opened once for all tests here: a start takes seconds."""

    @asynccontextmanager
    async def shared(*_: object) -> AsyncIterator[Matinee]:
        yield matinee

    monkeypatch.setattr("bot.worker.opened", shared)


@pytest_asyncio.fixture
async def model(
    matinee: Matinee, shared_core: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ModelServer]:
    """A model that writes the answers, as it is scripted."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ModelServer())
        settings = settings_with({"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"{server.url}/v1"})
        models = FailoverModel(answer_models(settings, stack), 8.0, 40.0)
        writer = Writer(read_appeals(), await read_directory(matinee.index), models)
        assistant = copy(matinee.assistant)
        monkeypatch.setattr(assistant, "_writer", writer)

        @asynccontextmanager
        async def spoken(*_: object) -> AsyncIterator[Matinee]:
            yield Matinee(assistant, matinee.index, models)

        monkeypatch.setattr("bot.worker.opened", spoken)
        yield server


@pytest_asyncio.fixture
async def worker(server: DiscordServer, data_dir: Path) -> AsyncIterator[None]:
    (data_dir / "discord-commands.sha256").unlink(missing_ok=True)
    async with working(data_dir, USER_REQUESTS_PER_MINUTE="100"):
        yield

"""What tests of adapters have in common: one real core, opened once, and a model that writes its answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.completions import TitleCompletions, people_completions
from adapters.emulators.llm import ModelServer
from bot.wiring import Matinee, answer_models, opened, read_directory
from core.answering.failover import FailoverModel
from core.answering.writer import Writer
from core.catalog.appeals import read_appeals
from core.understanding.directory import Directory
from tests.conftest import settings_with


@pytest.fixture(scope="session")
def matinee(data_dir: Path) -> Iterator[Matinee]:
    """The core, over the bundled catalogue. A start takes seconds."""
    with asyncio.Runner() as runner:
        core = opened(settings_with({"MATINEE_DATA_DIR": str(data_dir)}))
        yield runner.run(core.__aenter__())
        runner.run(core.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def completions(matinee: Matinee) -> tuple[TitleCompletions, TitleCompletions]:
    """Of titles and of people, sorted once: that takes a while."""
    with asyncio.Runner() as runner:
        roster = runner.run(matinee.index.roster())
    return TitleCompletions(roster), people_completions(roster)


@pytest.fixture(scope="session")
def directory(matinee: Matinee) -> Directory:
    """The names of the catalogue."""
    with asyncio.Runner() as runner:
        return runner.run(read_directory(matinee.index))


@pytest.fixture
def shared_core(
    matinee: Matinee,
    completions: tuple[TitleCompletions, TitleCompletions],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers of a test get the shared core."""

    @asynccontextmanager
    async def shared(*_: object) -> AsyncIterator[Matinee]:
        yield matinee

    monkeypatch.setattr("bot.worker.opened", shared)
    monkeypatch.setattr("bot.wiring.TitleCompletions", lambda _: completions[0])
    monkeypatch.setattr("bot.wiring.people_completions", lambda _: completions[1])


@pytest_asyncio.fixture
async def model(
    matinee: Matinee, directory: Directory, shared_core: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ModelServer]:
    """A model that writes the answers, as it is scripted."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ModelServer())
        settings = settings_with({"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"{server.url}/v1"})
        models = FailoverModel(answer_models(settings, stack), 8.0, 40.0)
        writer = Writer(read_appeals(), directory, models)
        assistant = copy(matinee.assistant)
        monkeypatch.setattr(assistant, "_writer", writer)

        @asynccontextmanager
        async def spoken(*_: object) -> AsyncIterator[Matinee]:
            yield Matinee(assistant, matinee.index, models)

        monkeypatch.setattr("bot.worker.opened", spoken)
        yield server

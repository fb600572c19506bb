"""Matinee on the emulated Slack, with the real SDK, core and store in between."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.completions import TitleCompletions
from adapters.emulators.llm import ModelServer
from adapters.emulators.slack import RateLimits, SlackServer, Window
from adapters.slack import calls
from adapters.slack.views import people_completions
from bot.wiring import Matinee, answer_models, opened, read_directory
from core.answering.failover import FailoverModel
from core.answering.writer import Writer
from core.catalog.appeals import read_appeals
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import opened_store
from core.understanding.directory import Directory
from tests.adapters.slack.people import Club, working
from tests.conftest import settings_with


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> RateLimits:
    """Ten times as many calls as Slack promises; we keep to nine times as many."""
    monkeypatch.setattr(calls, "_TIERS", {2: (180, 60.0), 3: (450, 60.0), 4: (900, 60.0)})
    monkeypatch.setattr(calls, "_POSTS", (9, 1.0))
    tiers = {2: Window(200, 60), 3: Window(500, 60), 4: Window(1_000, 60)}
    return RateLimits(tiers, posts=Window(10, 1))


@pytest_asyncio.fixture
async def slack(rates: RateLimits) -> AsyncIterator[SlackServer]:
    """Slack, of which no rate is exceeded."""
    async with SlackServer(limits=rates) as running:
        yield running
        assert running.limits.refused == 0, running.limits.refused_of


@pytest.fixture
def club(slack: SlackServer) -> Club:
    """A workspace with three people and a channel."""
    return Club(slack)


@pytest.fixture(scope="package")
def matinee(data_dir: Path) -> Iterator[Matinee]:
    """The core, over the bundled catalogue."""
    with asyncio.Runner() as runner:
        core = opened(settings_with({"MATINEE_DATA_DIR": str(data_dir)}))
        yield runner.run(core.__aenter__())
        runner.run(core.__aexit__(None, None, None))


@pytest.fixture(scope="package")
def completions(matinee: Matinee) -> tuple[TitleCompletions, TitleCompletions]:
    """Of titles and of people."""
    with asyncio.Runner() as runner:
        roster = runner.run(matinee.index.roster())
    return TitleCompletions(roster), people_completions(roster)


@pytest.fixture
def shared_core(
    matinee: Matinee,
    completions: tuple[TitleCompletions, TitleCompletions],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real core is opened once for all tests here, and names are sorted once: both take a while."""

    @asynccontextmanager
    async def shared(*_: object) -> AsyncIterator[Matinee]:
        yield matinee

    monkeypatch.setattr("bot.worker.opened", shared)
    monkeypatch.setattr("bot.wiring.TitleCompletions", lambda _: completions[0])
    monkeypatch.setattr("adapters.slack.views.people_completions", lambda _: completions[1])


@pytest.fixture(scope="package")
def fresh_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with nothing in it."""
    file = tmp_path_factory.mktemp("slack") / "state.sqlite"

    async def make() -> None:
        async with opened_store(sqlite_url(file)):
            pass

    asyncio.run(make())
    return file


@pytest.fixture
def data(tmp_path: Path, fresh_store: Path, shared_core: None) -> Path:
    """A data folder of its own for the store: threads and people of other tests are not in it."""
    shutil.copy(fresh_store, tmp_path)
    return tmp_path


@pytest.fixture(scope="package")
def directory(matinee: Matinee) -> Directory:
    """The names of the catalogue."""
    with asyncio.Runner() as runner:
        return runner.run(read_directory(matinee.index))


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


@pytest_asyncio.fixture
async def worker(club: Club, data: Path) -> AsyncIterator[None]:
    """A worker over Socket Mode."""
    async with working(club, data):
        yield

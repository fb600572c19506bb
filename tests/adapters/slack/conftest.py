"""Matinee on the emulated Slack, with the real SDK, core and store in between."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.emulators.slack import RateLimits, SlackServer, Window
from adapters.slack import calls
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import opened_store
from tests.adapters.slack.people import Club, working


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


@pytest_asyncio.fixture
async def worker(club: Club, data: Path) -> AsyncIterator[None]:
    """A worker over Socket Mode."""
    async with working(club, data):
        yield

"""The emulated Slack, a workspace in it, and a real app of Bolt's."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import Channel, Deadlines, SlackServer, User, Workspace
from tests.adapters.slack.emulator.emulated import app_of, client_of, connected, unlimited


@pytest.fixture
def deadlines() -> Deadlines:
    return Deadlines()


@pytest_asyncio.fixture
async def server(deadlines: Deadlines) -> AsyncIterator[SlackServer]:
    async with SlackServer(limits=unlimited(), deadlines=deadlines) as running:
        yield running


@pytest.fixture
def club(server: SlackServer) -> Workspace:
    return server.workspace("Film club", "ann", "bob")


@pytest.fixture
def general(club: Workspace) -> Channel:
    return club.channel("general")


@pytest.fixture
def ann(club: Workspace) -> User:
    return club.person("ann")


@pytest.fixture
def client(server: SlackServer, club: Workspace) -> AsyncWebClient:
    return client_of(server, club)


@pytest_asyncio.fixture
async def app(server: SlackServer, club: Workspace) -> AsyncIterator[AsyncApp]:
    made = app_of(server, club)
    async with connected(server, made):
        yield made

"""What tests of the emulated Slack have in common: real apps of Bolt's, connected in both ways."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import RateLimits, SlackServer, Window, Workspace

__all__ = ["Json", "app_of", "client_of", "connected", "reachable", "refused", "told", "unlimited"]

Json = dict[str, Any]


def unlimited() -> RateLimits:
    """Limits that no test meets."""
    plenty = Window(10_000, 60)
    return RateLimits(dict.fromkeys((2, 3, 4), plenty), posts=plenty)


def told(server: SlackServer) -> list[str]:
    """Events by type, and subtype where they have one."""
    events = [payload["event"] for payload in server.delivery.events]
    return [event.get("subtype") or event["type"] for event in events]


def client_of(server: SlackServer, workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.token, base_url=server.url, retry_handlers=[])


def app_of(server: SlackServer, workspace: Workspace) -> AsyncApp:
    return AsyncApp(client=client_of(server, workspace), signing_secret=server.app.signing_secret)


async def refused(call: Awaitable[object]) -> str:
    """The error of a call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@asynccontextmanager
async def connected(
    server: SlackServer, app: AsyncApp, ping_interval: float = 5.0
) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app over Socket Mode, with a ping every few seconds."""
    handler = AsyncSocketModeHandler(app, server.app.app_token, ping_interval=ping_interval)
    before = server.socket_mode.count
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await server.until(lambda: server.socket_mode.count == before + 1)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def reachable(app: AsyncApp) -> AsyncIterator[str]:
    """The app behind an address, which is given."""
    bolt = AsyncSlackAppServer(port=0, path="/slack/events", app=app, host="127.0.0.1")
    runner = web.AppRunner(bolt.web_app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()

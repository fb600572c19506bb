"""What a host looks at and sends: health, readiness, metrics; SIGTERM."""

import asyncio
import hmac
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

__all__ = [
    "EVERYWHERE",
    "LOOPBACK",
    "LOOPBACK_PORT",
    "Check",
    "operations_app",
    "serving",
    "until_told_to_stop",
]

Check = Callable[[], Awaitable[str]]
"""Looks at one thing; returns what is wrong with it, empty where nothing is."""

# Where this is served: on loopback, or with PORT to everyone, since a host's router is elsewhere.
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104
LOOPBACK_PORT = 8080

_CHECK_SECONDS = 2.0


def operations_app(
    checks: Mapping[str, Check],
    hints: Mapping[str, Check],
    registry: CollectorRegistry,
    metrics_token: str | None,
    *,
    public: bool,
) -> web.Application:
    """`/healthz` (the process answers), `/readyz` (all checks are well, else 503 and which), `/metrics`.

    Args:
        checks: By name.
        hints: What is told beside, and keeps nobody from answering.
        registry: What is counted.
        metrics_token: Asked for as `Authorization: Bearer …` where set.
        public: Whether others than this machine reach it; then there are no metrics without a token.
    """

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_: web.Request) -> web.Response:
        asked = {**checks, **hints}
        found = dict(zip(asked, await asyncio.gather(*map(_outcome, asked.values())), strict=True))
        degraded = "degraded" if any(found.values()) else "ready"
        status = "not ready" if any(found[name] for name in checks) else degraded
        told = {"status": status, "checks": {name: problem or "ok" for name, problem in found.items()}}
        return web.json_response(told, status=503 if status == "not ready" else 200)

    async def metrics(request: web.Request) -> web.Response:
        if public and not metrics_token:
            return web.Response(status=403, text="set METRICS_TOKEN to see metrics from elsewhere\n")
        given = request.headers.get("Authorization", "")
        if metrics_token and not hmac.compare_digest(given.encode(), f"Bearer {metrics_token}".encode()):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", health), web.get("/readyz", ready), web.get("/metrics", metrics)])
    return app


async def _outcome(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return "does not answer"
    except Exception as error:
        return getattr(error, "code", type(error).__qualname__)


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """The server, while the block lasts; yields its port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound: int = runner.addresses[0][1]
        yield bound
    finally:
        await runner.cleanup()


async def until_told_to_stop() -> None:
    """Returns on SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

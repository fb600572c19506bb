"""Health, readiness, metrics and signals, over loopback."""

import asyncio
import os
import signal
from collections.abc import Mapping

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from bot.operations import Check, operations_app, serving, until_told_to_stop
from core.errors import StoreUnavailable


async def well() -> str:
    return ""


async def away() -> str:
    raise StoreUnavailable("the database at secret-host is away")


async def silent() -> str:
    await asyncio.sleep(60)
    return ""


def app(
    checks: Mapping[str, Check], hints: Mapping[str, Check] | None = None, *, public: bool = False
) -> web.Application:
    return operations_app(checks, hints or {}, CollectorRegistry(), None, public=public)


async def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}", headers=headers) as response,
    ):
        return response.status, await response.text()


async def test_it_is_healthy_while_it_answers_and_ready_while_all_checks_are_well() -> None:
    async with serving(app({"index": well}), "127.0.0.1", 0) as port:
        assert await get(port, "/healthz") == (200, '{"status": "ok"}')
        assert await get(port, "/readyz") == (200, '{"status": "ready", "checks": {"index": "ok"}}')


async def test_what_is_not_ready_is_named_by_its_code() -> None:
    checks = {"index": well, "store": away, "platform": silent}
    async with serving(app(checks), "127.0.0.1", 0) as port:
        assert (await get(port, "/healthz"))[0] == 200
        status, text = await get(port, "/readyz")
    assert status == 503
    assert '"store": "store_unavailable"' in text
    assert '"platform": "does not answer"' in text
    assert "secret-host" not in text


async def test_metrics_need_the_token_where_one_is_set() -> None:
    registry = CollectorRegistry()
    Counter("matinee_turns", "Turns", registry=registry).inc(3)
    async with serving(operations_app({}, {}, registry, "s3cret", public=True), "127.0.0.1", 0) as port:
        assert (await get(port, "/metrics"))[0] == 401
        assert (await get(port, "/metrics", Authorization="Bearer wrong"))[0] == 401
        status, text = await get(port, "/metrics", Authorization="Bearer s3cret")
    assert status == 200
    assert "matinee_turns_total 3.0" in text


async def test_sigterm_ends_the_waiting() -> None:
    waiting = asyncio.create_task(until_told_to_stop())
    await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(waiting, 5)


async def test_a_hint_is_told_and_keeps_nobody_from_answering() -> None:
    async with serving(app({"index": well}, {"models": away}), "127.0.0.1", 0) as port:
        status, text = await get(port, "/readyz")
    assert status == 200
    assert '"status": "degraded"' in text


async def test_without_a_token_there_are_no_metrics_for_others() -> None:
    async with serving(app({}, public=True), "127.0.0.1", 0) as port:
        status, text = await get(port, "/metrics")
        assert (status, text) == (403, "set METRICS_TOKEN to see metrics from elsewhere\n")
    async with serving(app({}), "127.0.0.1", 0) as port:
        assert (await get(port, "/metrics"))[0] == 200

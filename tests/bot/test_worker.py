"""The whole worker as a process, on a platform over loopback: it answers, is watched, and stops when told."""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.emulators.llm.script import Script, argue
from adapters.emulators.llm.server import ModelServer
from adapters.turns import request_payload
from bot.settings import PROJECT
from tests.conftest import settings_with
from tests.http_platform import HttpPlatform

SECONDS = 30
numbers = itertools.count()


class Process:
    """A worker."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[dict[str, Any]] = []
        self.plain: list[str] = []

    async def logged(self, event: str) -> dict[str, Any]:
        """The first line of that event, which may be still to come."""
        for line in self.lines:
            if line["event"] == event:
                return line
        async for line in self._read():
            if line["event"] == event:
                return line
        raise AssertionError(f"{event!r} was never logged: {self.lines} {self.plain}")

    async def _read(self) -> AsyncIterator[dict[str, Any]]:
        assert self._process.stderr is not None
        while raw := await self._process.stderr.readline():
            try:
                self.lines.append(json.loads(raw))
            except ValueError:
                self.plain.append(raw.decode())
            else:
                yield self.lines[-1]

    def hear(self, text: str, author: str = "ann") -> None:
        number = f"{os.getpid()}-{next(numbers)}"
        event = {
            "event_id": number,
            "workspace": "W",
            "channel": f"C{number}",
            "message": number,
            "payload": request_payload(text),
            "author_id": author,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(event)}\n".encode())

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        port = (await self.logged("serving health, readiness and metrics"))["port"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}", headers=headers) as response,
        ):
            return response.status, await response.text()

    def tell_to_stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Its exit status, once all that it logged is read."""
        async for _ in self._read():
            pass
        return await self._process.wait()


@asynccontextmanager
async def worker(
    platform: HttpPlatform, data_dir: Path, *arguments: str, **environment: str
) -> AsyncIterator[Process]:
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    settings = {"MATINEE_DATA_DIR": str(data_dir), "LOG_FORMAT": "json", "USER_REQUESTS_PER_MINUTE": "1000"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.whole_worker", platform.url, *arguments),
        cwd=PROJECT,
        env={**inherited, **settings, **environment},
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def texts(platform: HttpPlatform) -> list[str]:
    return [text for _, text in platform.messages.values()]


async def test_it_answers_is_watched_and_stops_when_told(data_dir: Path) -> None:
    async with HttpPlatform() as platform, worker(platform, data_dir) as process:
        await process.logged("connected")
        status, told = await process.get("/readyz")
        assert (status, json.loads(told)["status"]) == (200, "ready"), told
        assert set(json.loads(told)["checks"]) == {"worker", "index", "store", "scripted", "models"}
        process.hear("zebrafinch comedies from the 90s")
        process.hear("something by me", author="matinee")
        await process.logged("turn finished")
        assert any(line["event"] == "deleted what was kept long enough" for line in process.lines)
        await until(lambda: bool(texts(platform)) and "\n3. **" in texts(platform)[0])
        _, metrics = await process.get("/metrics")
        assert 'matinee_turns_total{end="complete",platform="scripted"} 1.0' in metrics
        assert "matinee_queue_depth 0.0" in metrics
        process.tell_to_stop()
        assert await process.ended() == 0
    assert len(texts(platform)) == 1
    assert not process.plain, "every line is a JSON object"
    stages = [line["stage"] for line in process.lines if line["event"] == "stage finished"]
    assert stages == ["understand", "encode", "search", "rank", "answer"]
    assert all(line["turn"] and line["platform"] == "scripted" for line in process.lines if "stage" in line)
    assert "zebrafinch" not in str(process.lines)


@pytest.mark.parametrize(("grace", "whole"), [("20", True), ("0.2", False)])
async def test_told_to_stop_it_ends_what_it_shows_or_says_that_it_is_cut(
    data_dir: Path, grace: str, whole: bool
) -> None:
    async with (
        HttpPlatform() as platform,
        ModelServer(Script(argue, delta_seconds=0.1, delta_characters=24)) as model,
    ):
        settings = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"{model.url}/v1", "DRAIN_SECONDS": grace}
        async with worker(platform, data_dir, **settings) as process:
            await process.logged("connected")
            process.hear("dark comedies from the 90s")
            await until(lambda: any("**" in text for text in texts(platform)))
            process.tell_to_stop()
            await process.logged("stopping")
            assert json.loads((await process.get("/readyz"))[1])["checks"]["worker"] == "draining"
            assert await process.ended() == 0
        [answer] = texts(platform)
        assert ("\n3. **" in answer) is whole
        assert ("being restarted" in answer) is not whole
        if not whole:
            async with worker(platform, data_dir, **settings) as process:
                await process.logged("taking up an event that was left")
                await until(lambda: "\n3. **" in texts(platform)[0])
                process.tell_to_stop()
                assert await process.ended() == 0
            [answer] = texts(platform)
            assert "being restarted" not in answer


async def test_a_wrong_token_is_told_and_ends_the_worker(data_dir: Path) -> None:
    async with HttpPlatform() as platform, worker(platform, data_dir, "refused") as process:
        assert await process.ended() == 3
    assert any("SCRIPTED_TOKEN is refused" in line["event"] for line in process.lines)
    assert process.plain == ["no platform is left to answer on; the log above tells why\n"]


async def test_a_port_that_is_taken_is_named(data_dir: Path) -> None:
    async with HttpPlatform() as platform:
        port = platform.url.rpartition(":")[2]
        async with worker(platform, data_dir, PORT=port) as process:
            assert await process.ended() == 3
    assert process.plain == [f"PORT={port} cannot be used: Address already in use\n"], process.plain


def test_the_settings_of_a_worker_are_read() -> None:
    settings = settings_with({"DRAIN_SECONDS": "0", "OVERLAP": "queue", "PORT": "8000"})
    assert (settings.drain_seconds, settings.overlap, settings.port) == (0, "queue", 8000)

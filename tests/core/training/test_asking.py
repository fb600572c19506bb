"""Queries written by the real clients of both vendors, over loopback: kept, resumed, and what goes wrong."""

import asyncio
import errno
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.emulators.llm import Fault, ModelServer, Script
from core.errors import CatalogueError, DiskFull, ModelForbidden, ModelUnavailable
from core.library import silent
from core.ports import ChatEnd, ChatEvent, ChatPrompt, ChatStop, ChatText, Progress
from core.providers.anthropic_model import AnthropicModel
from core.providers.openai_model import OpenAIModel
from core.training.asking import AnswerCache, Asked, Patience, write_queries
from tests.core.training.sample import catalogue

TITLES = catalogue(12)
ANSWER = "1. a slow story of guilt\n2. friends who plan too much\n3. winter in a small place"
READ = ["a slow story of guilt", "friends who plan too much", "winter in a small place"]
VENDORS = pytest.mark.parametrize("vendor", ["openai", "anthropic"])


class Waits:
    """Remembers how long it was to sleep, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Counting:
    """A model that knows how often it is asked at once."""

    name = "counting:model"

    def __init__(self) -> None:
        self.now = self.most = 0

    async def stream(self, prompt: ChatPrompt) -> AsyncGenerator[ChatEvent, None]:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        yield ChatText(ANSWER)
        self.now -= 1
        yield ChatEnd(ChatStop.DONE)


@asynccontextmanager
async def model(vendor: str, server: ModelServer) -> AsyncIterator[OpenAIModel | AnthropicModel]:
    kind, path = (OpenAIModel, "/v1") if vendor == "openai" else (AnthropicModel, "")
    made = kind(
        "sk-not-a-real-key",
        "scripted",
        f"{server.url}{path}",
        connect_seconds=5.0,
        total_seconds=5.0,
        max_tokens=300,
    )
    try:
        yield made
    finally:
        await made.close()


async def asked(
    scripts: Script | list[Script],
    cache: AnswerCache,
    vendor: str = "openai",
    parallel: int = 4,
    patience: Patience | None = None,
    progress: Progress = silent,
) -> tuple[Asked, list[dict[str, Any]]]:
    async with ModelServer(scripts) as server, model(vendor, server) as made:
        result = await write_queries(
            TITLES, made, cache, parallel, progress, patience or Patience(sleep=Waits())
        )
        return result, server.requests


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@VENDORS
async def test_every_title_gets_its_queries_and_a_second_run_asks_nothing(
    vendor: str, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "vibes.jsonl"
    first, requests = await asked(Script(ANSWER), AnswerCache(path), vendor)
    assert len(requests) == first.answered == len(TITLES)
    assert first.by_title == {title.id: READ for title in TITLES}
    assert first.input_tokens > 0
    assert first.output_tokens == len(TITLES) * -(-len(ANSWER) // 4)
    second, requests = await asked(Script(ANSWER), AnswerCache(path), vendor)
    assert requests == []
    assert second.by_title == first.by_title
    assert (second.kept, second.answered, second.output_tokens) == (len(TITLES), 0, 0)


async def test_several_are_in_flight_and_no_more_than_allowed(tmp_path: Path) -> None:
    counting = Counting()
    await write_queries(TITLES, counting, AnswerCache(tmp_path / "c"), 3, silent)
    assert counting.most == 3


async def test_a_run_that_breaks_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Five answers, then a server that stays away; a crash has cut the last line short."""
    path = tmp_path / "vibes.jsonl"
    scripts = [*[Script(ANSWER)] * 5, Script(fault=Fault.SERVER_ERROR)]
    with pytest.raises(ModelUnavailable):
        await asked(scripts, AnswerCache(path), parallel=1)
    assert len(lines(path)) == 5
    path.write_text(path.read_text("utf-8")[:-30], "utf-8")
    result, requests = await asked(Script(ANSWER), AnswerCache(path))
    assert len(requests) == len(TITLES) - 4
    assert result.kept == 4
    assert len(AnswerCache(path)._queries) == len(TITLES)


async def test_a_cancelled_run_keeps_what_was_answered(tmp_path: Path) -> None:
    path = tmp_path / "vibes.jsonl"
    scripts = [*[Script(ANSWER)] * 3, Script(fault=Fault.STALL)]
    three = asyncio.Event()

    def progress(stage: str, done: int, total: int) -> None:
        if done == 3:
            three.set()

    running = asyncio.create_task(asked(scripts, AnswerCache(path), parallel=2, progress=progress))
    await three.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(lines(path)) == 3


@VENDORS
async def test_a_busy_server_is_asked_again_after_what_it_says(vendor: str, tmp_path: Path) -> None:
    waits = Waits()
    scripts = [Script(fault=Fault.RATE_LIMIT, retry_after_seconds=9), Script(fault=Fault.CUT), Script(ANSWER)]
    result, requests = await asked(
        scripts, AnswerCache(tmp_path / "c"), vendor, parallel=1, patience=Patience(sleep=waits)
    )
    assert len(requests) == len(TITLES) + 2
    assert waits.seconds == [9.0, 2.0]
    assert result.answered == len(TITLES)


@VENDORS
async def test_a_wrong_key_ends_the_run_at_once(vendor: str, tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "c")
    async with ModelServer(Script(fault=Fault.WRONG_KEY)) as server, model(vendor, server) as made:
        with pytest.raises(ModelForbidden):
            await write_queries(TITLES, made, cache, 1, silent)
        assert len(server.requests) == 1


@VENDORS
async def test_refused_and_cut_answers_are_kept_as_what_they_are(vendor: str, tmp_path: Path) -> None:
    outcomes = [
        (Script("I'm sorry, I can't help with that."), []),
        (Script(ANSWER, Fault.REFUSED, after=3), []),
        (Script(ANSWER, Fault.CONTEXT_TOO_LONG), []),
        (Script(ANSWER, Fault.LENGTH), READ[:2]),
        (Script(ANSWER, Fault.NO_USAGE), READ),
    ]
    async with ModelServer() as server, model(vendor, server) as made:
        for number, (script, expected) in enumerate(outcomes):
            path = tmp_path / str(number)
            server.scripts = [script]
            result = await write_queries(TITLES, made, AnswerCache(path), 4, silent)
            assert result.by_title == {title.id: expected for title in TITLES}
            assert result.unusable == (0 if expected else len(TITLES))
            again = await write_queries(TITLES, made, AnswerCache(path), 4, silent)
            assert again.kept == len(TITLES)


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, DiskFull), (errno.EACCES, CatalogueError)])
async def test_a_full_disk_ends_the_run_and_says_so(
    code: int, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c"
    cache = AnswerCache(path)
    whole: Callable[..., Any] = Path.open
    opened = 0

    def refused(self: Path, *arguments: Any, **options: Any) -> Any:
        nonlocal opened
        opened += self == path
        if self == path and opened > 4:
            raise OSError(code, "no")
        return whole(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(kind, match="c"):
        await asked(Script(ANSWER), cache)
    monkeypatch.undo()
    assert len(lines(path)) == 4

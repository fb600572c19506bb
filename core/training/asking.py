"""Having a language model write queries for many titles: several in flight, each answer kept at once."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.catalog.reader import lines_of
from core.domain import Title
from core.errors import AnswerCut, ContentRefused, ModelUnavailable, PromptTooLong
from core.events import Usage
from core.ports import ChatEnd, ChatModel, ChatPrompt, ChatStop, ChatText, Progress
from core.training.files import json_line, writing
from core.training.vibes import prompt_for, queries_in

__all__ = ["AnswerCache", "Asked", "Patience", "write_queries"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a server that is away or busy is asked again."""

    attempts: int = 5
    first_seconds: float = 1.0
    """Wait before the second attempt, doubled before each further one, where the server says nothing."""
    longest_seconds: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def seconds(self, attempt: int, advised: float | None) -> float:
        """The wait after a failed attempt, counted from 0."""
        chosen = self.first_seconds * 2**attempt if advised is None else advised
        return min(chosen, self.longest_seconds)


@dataclass(slots=True)
class Asked:
    """What came of asking."""

    by_title: dict[str, list[str]] = field(default_factory=dict)
    """Queries by the title's id."""
    answered: int = 0
    """Titles that were asked about now."""
    kept: int = 0
    """Titles whose answers were there from an earlier run."""
    unusable: int = 0
    """Titles without a query: the model refused, or wrote none that can be used."""
    input_tokens: int = 0
    """Of this run; answers from an earlier one cost nothing again."""
    output_tokens: int = 0


class AnswerCache:
    """Answers by what was asked of whom, a line each, so that an interrupted run goes on where it stopped.

    A line that a crash cut short is passed over, and the next one begins on a line of its own.

    Args:
        path: Made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queries: dict[str, list[str]] = dict(_kept(path))

    def find(self, key: str) -> list[str] | None:
        """The queries of an answer; None where it was not given yet."""
        return self._queries.get(key)

    def add(self, key: str, title: Title, queries: list[str], usage: Usage) -> None:
        """Keep an answer, at once.

        Raises:
            DiskFull: there is no room; the answers before this one are kept.
            CatalogueError: the file cannot be written.
        """
        row = {
            "key": key,
            "id": title.id,
            "queries": queries,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
        }
        with writing(self.path, "the answers before it are kept"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                if file.tell():
                    file.seek(-1, 2)
                    if file.read(1) != b"\n":
                        file.write(b"\n")
                file.write(json_line(row).encode())
        self._queries[key] = queries


def _kept(path: Path) -> Iterator[tuple[str, list[str]]]:
    if not path.exists():
        return
    for _, line in lines_of(path):
        try:
            row = json.loads(line)
            yield str(row["key"]), [str(text) for text in row["queries"]]
        except (ValueError, KeyError, TypeError):  # cut short
            continue


async def write_queries(
    titles: Sequence[Title],
    model: ChatModel,
    cache: AnswerCache,
    parallel: int,
    progress: Progress,
    patience: Patience = Patience(),
) -> Asked:
    """Have queries written for every title that the cache has none of.

    Raises:
        ModelFault: the model stays away, or takes no request; what was answered before is kept.
        DiskFull: an answer cannot be kept; those before it are.
        CatalogueError: the cache cannot be read or written.
    """
    asked = Asked()
    waiting = iter(titles)

    async def work() -> None:
        for title in waiting:
            prompt = prompt_for(title)
            key = _key(model.name, prompt)
            queries = cache.find(key)
            if queries is None:
                queries, usage = await _answer(model, prompt, title, patience)
                cache.add(key, title, queries, usage)
                asked.answered += 1
                asked.input_tokens += usage.input_tokens
                asked.output_tokens += usage.output_tokens
            else:
                asked.kept += 1
            asked.unusable += not queries
            asked.by_title[title.id] = queries
            progress("asking", len(asked.by_title), len(titles))

    await _together(work() for _ in range(parallel))
    return asked


async def _together(jobs: Iterable[Awaitable[None]]) -> None:
    """Run jobs side by side; the first one that fails ends the others."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(
    model: ChatModel, prompt: ChatPrompt, title: Title, patience: Patience
) -> tuple[list[str], Usage]:
    """The queries that the model writes, none where it refuses."""
    for attempt in range(patience.attempts):
        try:
            text, end = await _whole(model, prompt)
        except (ContentRefused, PromptTooLong):
            return [], Usage()
        except (ModelUnavailable, AnswerCut) as error:
            if attempt + 1 == patience.attempts:
                raise
            await patience.sleep(patience.seconds(attempt, error.retry_after_seconds))
            continue
        if end.stop is ChatStop.LENGTH:
            text = text.rpartition("\n")[0]  # the last line is cut short
        queries = [] if end.stop is ChatStop.REFUSED else queries_in(text, title)
        return queries, end.usage or Usage()
    raise ValueError("patience allows no attempt")


async def _whole(model: ChatModel, prompt: ChatPrompt) -> tuple[str, ChatEnd]:
    parts: list[str] = []
    async with aclosing(model.stream(prompt)) as events:
        async for event in events:
            match event:
                case ChatText(text):
                    parts.append(text)
                case ChatEnd():
                    return "".join(parts), event
    raise AnswerCut(f"{model.name} did not come to its end")


def _key(model: str, prompt: ChatPrompt) -> str:
    asked: Mapping[str, Any] = {"model": model, "system": prompt.system, "user": prompt.user}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]

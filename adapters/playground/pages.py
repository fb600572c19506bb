"""The pages that are open, and what each is told and does."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import count
from typing import Any, Self

from adapters.playground.models import Writers
from adapters.playground.seats import Half, Impossible, Json, Seat
from core.answering.failover import FailoverModel
from core.assistant import Assistant
from core.vocabulary.genres import GENRES
from core.vocabulary.services import SERVICES

__all__ = ["Page", "Pages"]

log = logging.getLogger("matinee.playground")

# How often it is looked what changed: too short for an eye to see.
_TICK_SECONDS = 0.03


class Page:
    """One open page. Implements `Observer`.

    Args:
        seats: Its places, by platform.
        writers: Who may write its answers.
    """

    def __init__(self, seats: Mapping[str, Seat], writers: Writers) -> None:
        self.seats = seats
        self._writers = writers
        self._writer = writers.first_choice
        self._models: dict[str, FailoverModel | None] = {}
        self._news: asyncio.Queue[Json] = asyncio.Queue()

    def greeting(self) -> Json:
        """What a page has to know first."""
        return {
            "type": "hello",
            "platforms": {name: seat.greeting() for name, seat in self.seats.items()},
            "genres": list(GENRES.canonical),
            "services": list(SERVICES.canonical),
            "writers": self._writers.choices(),
            "writer": self._writer,
        }

    def answering(self, assistant: Assistant) -> Assistant:
        """The assistant, with the model that the page chose."""
        name = self._writer
        if name not in self._models:
            self._models[name] = self._writers.model(name)
        return assistant.asking(self._models[name])

    def tell(self, news: Json) -> None:
        """Have the page told of something."""
        self._news.put_nowait(news)

    async def next_news(self) -> Json:
        """What the page is to be told next."""
        return await self._news.get()

    def look(self) -> None:
        """Tell the page what changed on the platforms."""
        for seat in self.seats.values():
            for news in seat.news():
                self.tell({**news, "platform": seat.platform})

    async def act(self, action: Mapping[str, Any]) -> None:
        """Do what somebody did on the page; the page is told where it cannot be done."""
        try:
            if action["do"] == "write_by":
                self._write_by(str(action["writer"]))
            else:
                await self.seats[action["platform"]].act(action)
        except Impossible as impossible:
            self.tell({"type": "problem", "text": str(impossible)})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.info("a page asked for what there is not", extra={"reason": type(error).__name__})
            self.tell({"type": "problem", "text": "The playground did not understand that."})

    def _write_by(self, name: str) -> None:
        if name not in [choice["name"] for choice in self._writers.choices()]:
            raise ValueError(name)
        self._models[name] = self._writers.model(name)  # chosen anew, it rests no more
        self._writer = name
        self.tell({"type": "writer", "writer": name})


class Pages:
    """All of them; looks, while any is open, what changed. Enter it to begin.

    Args:
        halves: The platforms.
        writers: Who may write answers.
    """

    def __init__(self, halves: Sequence[Half], writers: Writers) -> None:
        self._halves = halves
        self._writers = writers
        self._numbers = count(1)
        self._open: list[Page] = []
        self._some = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking

    def __len__(self) -> int:
        return len(self._open)

    def of(self, author_id: str) -> Page | None:
        """The page whose user this is, by the id that the core knows them by."""
        for page in self._open:
            if any(seat.user_id == author_id for seat in page.seats.values()):
                return page
        return None

    async def open(self) -> Page:
        """A new page, with a seat on each platform."""
        number = next(self._numbers)
        seats = {half.platform: await half.take_seat(number) for half in self._halves}
        page = Page(seats, self._writers)
        self._open.append(page)
        self._some.set()
        return page

    async def close(self, page: Page) -> None:
        """Take a page's seats away."""
        self._open.remove(page)
        if not self._open:
            self._some.clear()
        async with AsyncExitStack() as stack:  # each, whatever becomes of the others
            for seat in page.seats.values():
                stack.push_async_callback(seat.leave)

    async def _look(self) -> None:
        while True:
            await self._some.wait()
            for half in self._halves:
                half.hear()
            for page in self._open:
                page.look()
            await asyncio.sleep(_TICK_SECONDS)

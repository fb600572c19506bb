"""TMDB on loopback with a source that asks it, in time that runs fast. As a program it is one run:
`python -m tests.core.ingestion.emulated FOLDER URL`.
"""

import asyncio
import datetime
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.emulators.tmdb import Faults, Made, TmdbServer
from core.domain import MediaType
from core.ingestion.holdings import Holdings
from core.ingestion.runs import Request, fetch_chosen
from core.providers.tmdb.client import TmdbSource, opened_source
from core.providers.tmdb.pace import Pace
from tests.fast_time import FastTime

__all__ = ["TODAY", "emulated", "request", "source_of"]

TODAY = datetime.date(2025, 6, 15)
TOKEN = "token-of-tests"


def request(movies: int = 240, series: int = 0, **options: Any) -> Request:
    """So many titles, with the services of the US."""
    return replace(Request({MediaType.MOVIE: movies, MediaType.TV: series}, ("US",)), **options)


@asynccontextmanager
async def source_of(
    url: str,
    regions: Sequence[str] = ("US",),
    today: datetime.date = TODAY,
    token: str = TOKEN,
    time: FastTime | None = None,
) -> AsyncIterator[TmdbSource]:
    """A source that asks a server, three hundred times as fast as the real one."""
    time = time or FastTime()
    pace = Pace(clock=time.clock, sleep=time.sleep)
    async with opened_source(token, None, regions, url, pace, lambda: today) as source:
        yield source


@asynccontextmanager
async def emulated(
    titles: Sequence[Made],
    regions: Sequence[str] = ("US",),
    faults: Faults = Faults(),
    time: FastTime | None = None,
) -> AsyncIterator[tuple[TmdbServer, TmdbSource]]:
    """A server with titles and a source that asks it."""
    time = time or FastTime()
    async with (
        TmdbServer(titles, TOKEN, faults, clock=time.clock) as server,
        source_of(server.url, regions, time=time) as source,
    ):
        yield server, source


async def _run(folder: str, url: str) -> None:
    async with source_of(url) as source:
        with Holdings(Path(folder)) as holdings:
            await fetch_chosen(source, holdings, request(), TODAY, lambda *_: None)


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))

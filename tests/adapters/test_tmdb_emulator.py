"""The emulated TMDB refuses what TMDB refuses."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from adapters.emulators.tmdb import Faults, TmdbServer, made_titles

TOKEN = "token-of-tests"


@asynccontextmanager
async def session(token: str = TOKEN) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as opened:
        yield opened


async def got(client: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    async with client.get(url) as response:
        return response.status, await response.json()


async def test_it_counts_and_refuses_what_comes_too_fast() -> None:
    """All within one second, since its clock stands still."""
    async with TmdbServer(made_titles("movie", 1), limit=3, clock=lambda: 0.0) as server, session() as client:
        statuses = [(await got(client, f"{server.url}/movie/1"))[0] for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert (server.over_the_limit, server.most_in_a_second) == (2, 5)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/movie/1", 200),
        ("/movie/2", 404),
        ("/discover/movie?page=500", 200),
        ("/discover/movie?page=501", 400),
        ("/discover/movie?page=0", 400),
        ("/movie/changes?start_date=2025-01-01&end_date=2025-01-15", 200),
        ("/movie/changes?start_date=2025-01-01&end_date=2025-01-16", 400),
        (f"/movie/1?append_to_response={','.join(map(str, range(21)))}", 400),
    ],
)
async def test_its_limits_are_tmdbs(path: str, status: int) -> None:
    async with TmdbServer(made_titles("movie", 1)) as server, session() as client:
        assert (await got(client, server.url + path))[0] == status


async def test_only_its_key_is_let_in() -> None:
    async with TmdbServer(made_titles("movie", 1)) as server:
        async with session("other") as client:
            status, body = await got(client, f"{server.url}/movie/1")
            assert (status, body["status_code"]) == (401, 7)
        async with aiohttp.ClientSession() as client:
            assert (await got(client, f"{server.url}/movie/1?api_key={TOKEN}"))[0] == 200


async def test_lists_have_pages_and_changes_name_what_went() -> None:
    day = datetime.date(2025, 1, 2)
    async with TmdbServer(made_titles("tv", 45)) as server, session() as client:
        _, body = await got(client, f"{server.url}/discover/tv?page=3")
        assert (len(body["results"]), body["total_pages"], body["total_results"]) == (5, 3, 45)
        server.remove("tv", 7, day)
        _, body = await got(client, f"{server.url}/tv/changes?start_date={day}&end_date={day}")
        assert [item["id"] for item in body["results"]] == [7]


async def test_what_goes_wrong_by_chance_goes_wrong_the_same_way_again() -> None:
    faults = Faults(too_many=0.2, broken=0.2)
    seen = []
    for _ in range(2):
        server = TmdbServer(made_titles("movie", 30), faults=faults, limit=100)
        async with server, session() as client:
            statuses = [(await got(client, f"{server.url}/movie/{number}"))[0] for number in range(1, 31)]
        assert server.faulted == sum(status != 200 for status in statuses)
        seen.append(statuses)
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 429, 500}

"""The client of TMDB: what it makes of answers, of errors, of the key; when it asks."""

import asyncio
import datetime
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.emulators.tmdb import TmdbServer, made_titles
from core.domain import Availability, MediaType
from core.errors import MalformedRow, SourceFault, SourceForbidden, SourceUnavailable
from core.ingestion.ports import Numbered, Wanted
from core.providers.tmdb.client import ATTEMPTS, TmdbSource, opened_source
from core.providers.tmdb.pace import Pace
from core.providers.tmdb.parsing import title_from
from tests import virtual_time
from tests.conftest import SHARED
from tests.fast_time import FastTime

CAPTURED = SHARED / "tmdb_responses"
DAY = datetime.date(2025, 6, 15)
FILM = Numbered(MediaType.MOVIE, 1)
TOKEN = "a-secret-token"


@asynccontextmanager
async def asking(
    server: TmdbServer, *, token: str | None = TOKEN, api_key: str | None = None
) -> AsyncIterator[tuple[TmdbSource, FastTime]]:
    time = FastTime(1_000)
    pace = Pace(clock=time.clock, sleep=time.sleep)
    async with opened_source(token, api_key, ("US",), server.url, pace) as source:
        yield source, time


async def test_a_token_goes_into_a_header_and_a_key_into_the_address() -> None:
    async with TmdbServer(made_titles("movie", 1), TOKEN) as server:
        async with asking(server) as (source, _):
            assert await source.title(FILM) is not None
        async with asking(server, token=None, api_key=TOKEN) as (source, _):
            assert await source.title(FILM) is not None
    assert ["api_key" in query for query in server.queries] == [False, True]


async def test_one_request_brings_all_of_a_title() -> None:
    async with TmdbServer(made_titles("tv", 1), TOKEN) as server, asking(server) as (source, _):
        await source.title(Numbered(MediaType.TV, 1))
    assert server.requests == ["/tv/1"]
    assert set(server.queries[0]["append_to_response"].split(",")) == {
        "aggregate_credits",
        "keywords",
        "watch/providers",
        "external_ids",
        "videos",
        "content_ratings",
    }


@pytest.mark.parametrize("api_key", [None, TOKEN])
@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (401, SourceForbidden, "TMDB refuses the key (Refused with …); check TMDB_TOKEN"),
        (403, SourceForbidden, "does not let this key in (Refused with …); look at your account"),
        (400, SourceFault, "HTTP 400 to /movie/1 (Refused with …)"),
        (302, SourceFault, "HTTP 302 to /movie/1"),
    ],
)
async def test_what_asking_again_does_not_mend_is_told_at_once_and_without_the_key(
    answer: int, kind: type[SourceFault], message: str, api_key: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with TmdbServer(made_titles("movie", 1), TOKEN) as server:
        server.script("/movie/1", answer)
        async with asking(server, token=None if api_key else TOKEN, api_key=api_key) as (source, _):
            with pytest.raises(kind) as caught:
                await source.title(FILM)
    assert message in str(caught.value)
    assert len(server.requests) == 1
    assert caught.value.__cause__ is None
    assert TOKEN not in f"{caught.value!r} {caplog.text} {source!r}"


@pytest.mark.parametrize("answers", [[500, 502, 503], ["<html>", "[1, 2]", ""], [504, "null", 599]])
async def test_what_may_pass_is_asked_for_again(answers: list[int | str]) -> None:
    async with TmdbServer(made_titles("movie", 1), TOKEN) as server, asking(server) as (source, time):
        server.script("/movie/1", *answers)
        assert await source.title(FILM) is not None
    assert len(server.requests) == 4
    waits = [wait for wait in time.slept if wait > 0.2]
    assert len(waits) == 3
    for wait, longest in zip(waits, (0.5, 1.0, 2.0), strict=True):
        assert longest / 2 <= wait <= longest


@pytest.mark.parametrize(("answer", "message"), [(500, "HTTP 500"), ("<html>", "no JSON object")])
async def test_patience_ends(answer: int | str, message: str) -> None:
    async with TmdbServer(made_titles("movie", 1), TOKEN) as server, asking(server) as (source, _):
        server.script("/movie/1", *[answer] * ATTEMPTS)
        with pytest.raises(SourceUnavailable, match=message):
            await source.title(FILM)
    assert len(server.requests) == ATTEMPTS


async def test_a_server_that_is_not_there_is_away() -> None:
    server = TmdbServer()
    async with server:
        pass
    async with asking(server, token=None, api_key=TOKEN) as (source, _):
        with pytest.raises(SourceUnavailable, match=r"cannot be reached \(ClientConnector") as caught:
            await source.title(FILM)
    assert TOKEN not in str(caught.value)


@asynccontextmanager
async def answering(
    status: int, headers: dict[str, str], times: int, text: str = "{}"
) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that refuses so many requests, then knows a film."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        if len(seen) <= times:
            return web.Response(text=text, status=status, headers=headers)
        return web.json_response({"id": 1, "title": "A"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


async def test_a_server_that_says_when_to_come_back_is_believed() -> None:
    time = FastTime(1_000)
    async with answering(429, {"Retry-After": "7"}, 1) as (url, seen):
        pace = Pace(clock=time.clock, sleep=time.sleep)
        async with opened_source(TOKEN, None, (), url, pace) as source:
            start = time.clock()
            assert await source.title(FILM) is not None
            assert time.clock() - start >= 7
    assert len(seen) == 2


async def test_a_server_that_says_to_come_back_at_once_is_given_the_time_of_one_that_says_nothing() -> None:
    time = FastTime(1_000)
    async with answering(429, {"Retry-After": "0"}, ATTEMPTS) as (url, seen):
        pace = Pace(clock=time.clock, sleep=time.sleep)
        async with opened_source(TOKEN, None, (), url, pace) as source:
            with pytest.raises(SourceUnavailable):
                await source.title(FILM)
    assert len(seen) == ATTEMPTS
    assert sum(time.slept) >= sum(0.5 * 2**attempt for attempt in range(ATTEMPTS - 1)) / 2


NOT_FOUND = '{"status_message": "The resource you requested could not be found.", "status_code": 34}'


async def test_only_what_tmdb_itself_says_is_gone_is_gone() -> None:
    async with answering(404, {}, 1, NOT_FOUND) as (url, seen), opened_source(TOKEN, None, (), url) as source:
        assert await source.title(FILM) is None
    assert len(seen) == 1


@pytest.mark.parametrize("text", ["<html>404 Not Found</html>", "", "{}", "[34]", '{"status_code": [34]}'])
async def test_a_404_of_another_server_is_a_fault_that_may_pass(text: str) -> None:
    """A web server in front of TMDB, or in its place: nothing is gone, and the address is named."""
    time = FastTime(1_000)
    async with answering(404, {}, ATTEMPTS, text) as (url, seen):
        pace = Pace(clock=time.clock, sleep=time.sleep)
        async with opened_source(TOKEN, None, (), url, pace) as source:
            with pytest.raises(SourceUnavailable, match=r"HTTP 404 .* check TMDB_API_URL"):
                await source.title(FILM)
            assert len(seen) == ATTEMPTS
            assert await source.title(FILM) is not None


async def test_a_server_that_sends_away_for_long_ends_the_run() -> None:
    headers = {"Retry-After": "3600"}
    async with answering(429, headers, 99) as (url, seen), opened_source(TOKEN, None, (), url) as source:
        with pytest.raises(SourceUnavailable) as caught:
            await source.listed(MediaType.MOVIE, Wanted(), 1)
    assert caught.value.retry_after_seconds == 3600
    assert len(seen) == 1


async def test_json_of_another_shape_is_no_list() -> None:
    async with answering(200, {}, 1) as (url, _), opened_source(TOKEN, None, (), url) as source:
        with pytest.raises(SourceUnavailable, match="no list of titles"):
            await source.listed(MediaType.MOVIE, Wanted(), 1)


async def test_an_address_that_is_no_interface_is_named() -> None:
    async with answering(404, {}, 1, NOT_FOUND) as (url, _), opened_source(TOKEN, None, (), url) as source:
        with pytest.raises(SourceFault, match="check TMDB_API_URL"):
            await source.listed(MediaType.MOVIE, Wanted(), 1)


def test_no_second_sees_more_requests_than_allowed_however_long_each_takes() -> None:
    """Requests take from no time to a second and a half; they reach the server anywhere within that."""
    arrived: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(10, 1.0, 10, loop.time, asyncio.sleep)

        async def ask(number: int) -> None:
            async with pace.slot():
                before, after = (number * 37 % 100) / 100, (number * 53 % 50) / 100
                await asyncio.sleep(before)
                arrived.append(loop.time())
                await asyncio.sleep(after)

        await asyncio.gather(*map(ask, range(200)))

    virtual_time.run(main())
    arrived.sort()
    assert all(later - earlier >= 1.0 for earlier, later in zip(arrived, arrived[10:], strict=False))


def test_nothing_goes_out_while_told_to_wait() -> None:
    times: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(10, 1.0, 2, loop.time, asyncio.sleep)

        async def ask(number: int) -> None:
            async with pace.slot():
                times.append(loop.time())
                if number == 0:
                    pace.pause(5.0)

        await asyncio.gather(*map(ask, range(4)))

    virtual_time.run(main())
    assert times[0] == 0
    assert all(time >= 5 for time in times[1:])


def captured(name: str) -> Any:
    return json.loads((CAPTURED / f"{name}.json").read_text("utf-8"))


@pytest.mark.skipif(not CAPTURED.exists(), reason="TMDB's captured answers are not on this machine")
async def test_tmdbs_captured_refusal_of_an_id_is_understood() -> None:
    text = (CAPTURED / "resource-not-found.json").read_text("utf-8")
    async with answering(404, {}, 1, text) as (url, _), opened_source(TOKEN, None, (), url) as source:
        assert await source.title(FILM) is None


@pytest.mark.skipif(not CAPTURED.exists(), reason="TMDB's captured answers are not on this machine")
def test_captured_answers_of_tmdb_are_understood() -> None:
    film = captured("movie-details") | {
        "credits": captured("movie-credits"),
        "keywords": captured("movie-keywords"),
        "watch/providers": captured("movie-watch-providers"),
        "external_ids": captured("movie-external-ids"),
        "videos": captured("movie-videos"),
        "release_dates": captured("movie-release-dates"),
    }
    title = title_from(film, MediaType.MOVIE, ("US", "AE"), DAY)
    assert (title.as_of, title.asked) == ("2025-06-15", ("US", "AE"))
    assert title.ids == ("tmdb:movie:550", "imdb:tt0137523")
    assert title.label == "Fight Club (1999)"
    assert title.stars[:3] == ("Edward Norton", "Brad Pitt", "Helena Bonham Carter")
    assert title.directors == ("David Fincher",)
    assert title.certification == "R"
    assert title.countries == ("DE", "US")
    assert title.availability == (
        Availability("Peacock", "US", "2025-06-15"),
        Availability("Netflix", "AE", "2025-06-15"),
    )
    assert title.trailer_url == "https://www.youtube.com/watch?v=BdJKm16Co6M"
    series = captured("tv-details") | {
        "aggregate_credits": captured("tv-aggregate-credits"),
        "keywords": captured("tv-keywords"),
        "watch/providers": captured("tv-watch-providers"),
        "content_ratings": captured("tv-content-ratings"),
    }
    title = title_from(series, MediaType.TV, ("DE",), DAY)
    assert title.genres == ("Science Fiction", "Fantasy", "Drama", "Action", "Adventure")
    assert title.creators == ("David Benioff", "D.B. Weiss")
    assert title.runtime_minutes == 80
    assert title.seasons == 8
    assert title.certification == "TV-MA"
    assert title.directors == ()
    assert "dragon" in title.keywords


KEYS = st.sampled_from(
    (
        *("id", "title", "name", "release_date", "genres", "credits", "cast", "crew", "keywords", "results"),
        *("videos", "watch/providers", "US", "flatrate", "provider_name", "release_dates", "content_ratings"),
        *("imdb_id", "vote_count", "vote_average", "origin_country", "episode_run_time", "order", "job"),
    )
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(KEYS, children, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, ANYTHING), st.sampled_from(MediaType))
def test_any_json_is_a_title_or_a_malformed_row(body: dict[str, Any], media_type: MediaType) -> None:
    try:
        title = title_from(body, media_type, ("US",), DAY)
    except MalformedRow:
        return
    assert title.name
    assert title.as_of == "2025-06-15"

"""Runs against an emulated TMDB: everything in, nothing twice, whatever goes wrong."""

import asyncio
import datetime
import signal
import subprocess
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.emulators.tmdb import Faults, Made, TmdbServer, made_titles
from core.catalog.reader import read_catalogue
from core.catalog.vectors import VectorCache
from core.domain import Availability, MediaType, Title
from core.errors import SourceFault, SourceForbidden, SourceUnavailable
from core.ingestion.discovery import discovered
from core.ingestion.holdings import Holdings, taken_in
from core.ingestion.ports import Span, Wanted
from core.ingestion.publishing import publish
from core.ingestion.runs import BATCH, fetch_chosen, fetch_lacking, fetch_updates
from core.library import Library, Recipe, silent
from core.providers.qdrant.client import ClientIndex, server
from core.providers.qdrant.edge import EdgeStore
from tests.core.ingestion.emulated import TODAY, emulated, request, source_of
from tests.fast_time import FastTime
from tests.qdrant_server import QdrantServer
from tests.scripted import HashEncoder, WordEncoder

ROOT = Path(__file__).parents[3]
DAY = datetime.timedelta(days=1)
FILMS = made_titles("movie", 240)


def titles_in(folder: Path) -> dict[str, Title]:
    files = taken_in(folder)
    return {title.id: title for title in read_catalogue(files).titles} if files else {}


async def test_two_thousand_titles_come_in_through_faults_within_the_limit(tmp_path: Path) -> None:
    """A tenth of the requests get 429, a twentieth 500, some break off or bring HTML: every title comes, each
    fault costs one request more, and no second sees more than forty.
    """
    made = [*made_titles("movie", 1_400), *made_titles("tv", 600)]
    faults = Faults(too_many=0.10, broken=0.05, dropped=0.01, page=0.005)
    async with emulated(made, ("US", "GB"), faults) as (server, source):
        with Holdings(tmp_path) as holdings:
            wanted = request(1_400, 600, regions=("US", "GB"))
            outcome = await fetch_chosen(source, holdings, wanted, TODAY, silent)
        assert outcome.taken == 2_000
        assert server.over_the_limit == 0
        assert server.most_in_a_second <= 40
        assert server.faulted > 0.12 * len(server.requests)
        assert server.served <= 1.15 * 2_000
        assert server.served == 2_000 + 2_000 // source.page_size
        assert len(titles_in(tmp_path)) == 2_000

        before = len(server.requests)
        with Holdings(tmp_path) as holdings:
            again = await fetch_chosen(source, holdings, wanted, TODAY, silent)
        assert (again.taken, again.kept) == (0, 2_000)
        assert all(path.startswith("/discover") for path in server.requests[before:])


async def test_a_run_that_could_go_faster_than_allowed_does_not(tmp_path: Path) -> None:
    """Forty a second are the bottleneck here, and the server never has to refuse."""
    async with emulated(FILMS[:160], time=FastTime(5)) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(160), TODAY, silent)
    assert server.over_the_limit == 0
    assert server.faulted == 0


async def test_a_title_has_all_that_tmdb_tells_of_it(tmp_path: Path) -> None:
    async with emulated([*FILMS, *made_titles("tv", 5)], ("US", "GB")) as (_, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(240, 5, regions=("US", "GB")), TODAY, silent)
    titles = titles_in(tmp_path)
    film, series = titles["tmdb:movie:7"], titles["tmdb:tv:1"]
    assert film.other_ids == ("imdb:tt1000007",)
    assert film.stars == ("Player 7", "Player 8", "Player 9")
    assert film.directors == ("Director 7",)
    assert film.certification == "PG-13"
    assert film.countries == ("US", "FR")
    assert film.keywords == ("theme 7",)
    assert film.trailer_url == "https://www.youtube.com/watch?v=trailer0007"
    assert film.as_of == TODAY.isoformat()
    day = TODAY.isoformat()
    assert film.availability == (
        Availability("Netflix", "US", day),
        Availability("Hulu", "US", day),
        Availability("Disney Plus", "GB", day),
    )
    assert series.genres == ("Science Fiction", "Fantasy")
    assert series.certification == "TV-14"
    assert series.runtime_minutes == 50
    assert series.seasons == 2
    assert series.creators == ("Maker 1",)
    bare = titles["tmdb:movie:50"]
    assert (bare.year, bare.overview, bare.poster_url, bare.rating) == (None, "", None, None)


async def test_no_title_is_encoded_twice(tmp_path: Path) -> None:
    """Neither when everything is fetched again, nor when the index is built from a file with another date."""
    encoder = HashEncoder()

    async def indexed() -> int:
        cache = VectorCache(encoder, tmp_path / "vectors.f16")
        recipe = Recipe(taken_in(tmp_path / "held"), encoder, WordEncoder(), cache)
        async with Library(tmp_path / "index", recipe, EdgeStore()) as library:
            return await library.count()

    async with emulated(FILMS[:60]) as (server, _):
        for day in (TODAY, TODAY + DAY):
            async with source_of(server.url, today=day) as source:
                with Holdings(tmp_path / "held") as holdings:
                    outcome = await fetch_chosen(source, holdings, request(60, oldest_days=0), day, silent)
            assert outcome.taken == 60
            assert await indexed() == 60
    assert len(encoder.encoded) == 60


async def test_a_title_that_is_gone_and_one_that_is_none_do_not_end_a_run(tmp_path: Path) -> None:
    async with emulated(FILMS) as (server, source):
        server.script("/movie/3", 404)
        server.script("/movie/4", 404)
        server.titles["movie", 9] = replace(server.titles["movie", 9], name="")
        with Holdings(tmp_path) as holdings:
            outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
            assert holdings.state.request == ""
    assert sorted(outcome.gone) == ["tmdb:movie:3", "tmdb:movie:4"]
    assert outcome.refused == [("tmdb:movie:9", "no title")]
    assert len(titles_in(tmp_path)) == 237
    assert outcome.summary() == "237 titles fetched, 2 not at TMDB, 1 unusable"


async def test_a_run_that_breaks_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """A source that goes away after the first batch: what was fetched is kept, and not asked for again."""
    async with emulated(FILMS) as (server, source):
        with Holdings(tmp_path) as holdings:
            chosen = await discovered(source, MediaType.MOVIE, 240, Wanted(), TODAY)
            for title in chosen[BATCH : BATCH + 10]:
                server.script(f"/movie/{title.number}", *[503] * 7)
            with pytest.raises(SourceUnavailable, match="HTTP 503"):
                await fetch_chosen(source, holdings, request(), TODAY, silent)
        kept = titles_in(tmp_path)
        assert len(kept) >= BATCH
        before = len(server.requests)
        with Holdings(tmp_path) as holdings:
            assert holdings.state.wanted == [title.id for title in chosen[BATCH:]]
            outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
        assert outcome.taken == 240 - BATCH
        assert not any(path.startswith("/discover") for path in server.requests[before:])
        assert len(titles_in(tmp_path)) == 240


async def test_a_title_that_tmdb_fails_to_send_is_put_off_and_asked_for_by_the_next_run(
    tmp_path: Path,
) -> None:
    async with emulated(FILMS) as (server, source):
        server.script("/movie/5", *[500] * 7)
        with Holdings(tmp_path) as holdings:
            outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
            assert outcome.put_off == ["tmdb:movie:5"]
        before = len(server.requests)
        with Holdings(tmp_path) as holdings:
            outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
            assert holdings.state.request == ""
        assert server.requests[before:] == ["/movie/5"]
    assert len(titles_in(tmp_path)) == 240


async def test_a_kill_at_any_point_loses_one_batch_at_most(tmp_path: Path) -> None:
    """Killed without warning again and again; in the end all is there, and of each run no more was lost than
    what it had not kept yet.
    """
    async with TmdbServer(FILMS, limit=10**6) as server:

        async def runner() -> asyncio.subprocess.Process:
            arguments = ("-m", "tests.core.ingestion.emulated", str(tmp_path), server.url)
            return await asyncio.create_subprocess_exec(
                sys.executable, *arguments, cwd=ROOT, stdout=subprocess.PIPE
            )

        kills = (3, 120, 150)
        for stop_at in kills:
            process = await runner()
            start = len(server.requests)
            # The requests come from another process.
            while len(server.requests) - start < stop_at and process.returncode is None:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.communicate()
        last = await runner()
        await last.communicate()
        assert last.returncode == 0
        detailed = sum(path.startswith("/movie/") for path in server.requests)
        assert detailed <= 240 + len(kills) * BATCH
    assert len(titles_in(tmp_path)) == 240


async def test_an_update_fetches_what_changed_and_drops_what_is_gone(tmp_path: Path) -> None:
    async with emulated(FILMS) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(), TODAY, silent)
        later = TODAY + 20 * DAY
        for number in (1, 2, 3):
            known = server.titles["movie", number]
            server.titles["movie", number] = replace(known, name=f"New {number}", changed=TODAY + 3 * DAY)
        server.titles["movie", 999] = Made("movie", 999, "Never taken", changed=TODAY + 3 * DAY)
        server.remove("movie", 4, TODAY + 18 * DAY)
        before = len(server.requests)
        async with source_of(server.url, today=later) as then:
            with Holdings(tmp_path) as holdings:
                outcome = await fetch_updates(then, holdings, request(), later, silent)
                assert holdings.state.updated_to == later.isoformat()
                assert holdings.state.removed == ["tmdb:movie:4"]
        asked = [path for path in server.requests[before:] if path != "/movie/changes"]
        assert sorted(asked) == ["/movie/1", "/movie/2", "/movie/3", "/movie/4"]
        assert (outcome.taken, outcome.gone, outcome.kept) == (3, ["tmdb:movie:4"], 236)
    titles = titles_in(tmp_path)
    assert len(titles) == 239
    assert titles["tmdb:movie:1"].name == "New 1"


async def test_an_update_fetches_again_what_is_older_than_it_may_be(tmp_path: Path) -> None:
    """Services come and go without a change of the title."""
    later = TODAY + 30 * DAY
    async with emulated(FILMS[:20]) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(20), TODAY, silent)
        async with source_of(server.url, today=later) as then:
            with Holdings(tmp_path) as holdings:
                early = await fetch_updates(then, holdings, request(oldest_days=31), later, silent)
                due = await fetch_updates(then, holdings, request(oldest_days=30), later, silent)
    assert (early.taken, due.taken) == (0, 20)
    assert {title.as_of for title in titles_in(tmp_path).values()} == {later.isoformat()}


async def test_another_region_is_fetched_for_what_is_here_already(tmp_path: Path) -> None:
    async with emulated(FILMS[:20]) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(20), TODAY, silent)
        async with source_of(server.url, ("US", "DE")) as both:
            with Holdings(tmp_path) as holdings:
                outcome = await fetch_chosen(both, holdings, request(20, regions=("US", "DE")), TODAY, silent)
    assert outcome.taken == 20
    services = {(item.service, item.region) for item in titles_in(tmp_path)["tmdb:movie:1"].availability}
    assert services == {("Netflix", "US"), ("Hulu", "US"), ("MUBI", "DE"), ("Netflix", "DE")}


async def test_titles_of_other_catalogues_are_completed_by_their_ids(tmp_path: Path) -> None:
    """By TMDB's id, or by IMDb's; whoever has no id, or lacks nothing, is not asked for."""
    known = [
        Title("tmdb:movie:1", MediaType.MOVIE, "Birch Road 1", overview="Ours.", moods=("dry",)),
        Title("imdb:tt5000002", MediaType.TV, "Cedar Road 2", year=1980, other_ids=()),
        Title("imdb:tt9999999", MediaType.MOVIE, "Nobody's"),
        Title("matinee:movie:unknown", MediaType.MOVIE, "Unknown"),
    ]
    async with emulated([*FILMS, *made_titles("tv", 5)]) as (server, source):
        with Holdings(tmp_path) as holdings:
            outcome = await fetch_lacking(source, holdings, known, ("US",), silent)
        assert sorted(server.requests) == ["/find/tt5000002", "/find/tt9999999", "/movie/1", "/tv/2"]
    assert outcome.gone == ["imdb:tt9999999"]
    assert set(titles_in(tmp_path)) == {"tmdb:movie:1", "tmdb:tv:2"}


async def test_a_refused_key_ends_a_run_at_once_and_is_not_told(tmp_path: Path) -> None:
    async with TmdbServer(FILMS) as server:
        async with source_of(server.url, token="another-secret-key") as source:
            with Holdings(tmp_path) as holdings, pytest.raises(SourceForbidden) as caught:
                await fetch_chosen(source, holdings, request(), TODAY, silent)
        assert len(server.requests) == 1
    assert "TMDB_TOKEN" in str(caught.value)
    assert "another-secret-key" not in str(caught.value)


async def test_the_best_known_are_found_past_the_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is cut by days until each part is served whole; the choice is the same as from one list."""
    made = made_titles("movie", 900)
    async with emulated(made) as (_, source):
        source.last_page = 5
        chosen = await discovered(source, MediaType.MOVIE, 400, Wanted(), TODAY)
        everything = await discovered(source, MediaType.MOVIE, 10_000, Wanted(), TODAY)
    dated = sorted((title for title in made if title.released), key=lambda one: (-one.votes, one.number))
    assert [title.number for title in chosen] == [title.number for title in dated[:400]]
    assert len(everything) == len(dated)


async def test_filters_are_tmdbs_own() -> None:
    wanted = Wanted(5.0, 2_000, ("fr", "ko"), Span(datetime.date(1990, 1, 1), datetime.date(2009, 12, 31)))
    async with emulated(FILMS) as (_, source):
        chosen = await discovered(source, MediaType.MOVIE, 500, wanted, TODAY)
    fitting = {
        title.number
        for title in FILMS
        if title.average >= 5
        and title.votes >= 2_000
        and title.language in ("fr", "ko")
        and title.released
        and 1990 <= title.released.year <= 2009
    }
    assert {title.number for title in chosen} == fitting
    assert fitting


async def test_a_refused_request_says_which(tmp_path: Path) -> None:
    async with emulated(FILMS) as (server, source):
        server.script("/discover/movie", 422)
        with pytest.raises(SourceFault, match="HTTP 422 to /discover/movie"):
            await discovered(source, MediaType.MOVIE, 10, Wanted(), TODAY)


async def test_a_server_is_given_what_differs_and_relieved_of_what_is_gone(tmp_path: Path) -> None:
    encoder = HashEncoder()
    recipe = Recipe((), encoder, WordEncoder(), VectorCache(encoder, tmp_path / "vectors.f16"))
    one, two = (Title(f"tmdb:movie:{number}", MediaType.MOVIE, f"Film {number}") for number in (1, 2))
    by_imdb = Title("imdb:tt0000003", MediaType.MOVIE, "Film 3")
    renamed = replace(one, name="Film One")
    known = replace(by_imdb, id="tmdb:movie:3", other_ids=("imdb:tt0000003",))
    async with QdrantServer() as qdrant:
        client = server(qdrant.url, None)
        index = ClientIndex(client)
        await index.ensure(encoder.dimensions)

        async def published(
            titles: list[Title],
            removed: tuple[str, ...] = (),
            types: Collection[MediaType] = tuple(MediaType),
        ) -> tuple[int, int]:
            return await publish(index, titles, removed, types, recipe, silent)

        assert await published([one, two, by_imdb]) == (3, 0)
        assert await published([one, two, by_imdb]) == (0, 0)
        assert await published([renamed, known], ("tmdb:movie:2",)) == (2, 2)
        assert {entry.name for entry in await index.roster()} == {"Film One", "Film 3"}
        assert await published([one], ("tmdb:movie:3",), types=()) == (0, 0)
        await client.close()

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
from core.ingestion.fetching import BATCH, Outcome
from core.ingestion.holdings import STATE, Holdings, State, taken_in
from core.ingestion.ports import Span, Wanted
from core.ingestion.publishing import publish
from core.ingestion.runs import fetch_chosen, fetch_lacking, fetch_updates
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


async def updated(folder: Path, server: TmdbServer, days: int) -> Outcome:
    """An update so many days later, for which no title is too old."""
    day = TODAY + days * DAY
    async with source_of(server.url, today=day) as source:
        with Holdings(folder) as holdings:
            return await fetch_updates(source, holdings, request(oldest_days=365), day, silent)


def edit(server: TmdbServer, number: int, days: int) -> None:
    """Change a film so many days later."""
    known = server.titles["movie", number]
    day = TODAY + days * DAY
    server.titles["movie", number] = replace(known, name=f"New {number}", changed=day)


def state_of(folder: Path) -> State:
    return State.read(folder / STATE)


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
            assert holdings.state.put_off == outcome.put_off == []
        asked = [path for path in server.requests[before:] if path != "/discover/movie"]
        assert asked == ["/movie/5"]
    assert len(titles_in(tmp_path)) == 240


async def test_a_title_that_tmdb_always_fails_to_send_holds_up_no_later_run(tmp_path: Path) -> None:
    """The next one chooses anew, the next update sees what changed; each asks for that title once more."""
    async with emulated(FILMS) as (server, source):
        server.script("/movie/5", *[500] * 7 * 3)
        for _ in range(2):
            with Holdings(tmp_path) as holdings:
                outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
            assert outcome.put_off == state_of(tmp_path).put_off == ["tmdb:movie:5"]
            server.titles["movie", 999] = Made("movie", 999, "The best known", votes=10**6)
        assert (outcome.taken, len(titles_in(tmp_path))) == (1, 240)
        edit(server, 7, days=3)
        outcome = await updated(tmp_path, server, days=5)
        assert (outcome.taken, outcome.put_off) == (1, ["tmdb:movie:5"])
        outcome = await updated(tmp_path, server, days=6)
        assert (outcome.taken, outcome.put_off) == (1, [])
    assert {"New 7", "The best known"} < {title.name for title in titles_in(tmp_path).values()}


async def test_many_titles_that_tmdb_always_fails_to_send_do_not_look_like_tmdb_away(tmp_path: Path) -> None:
    """They were put off in several batches, and come together in the next run."""
    async with emulated(FILMS) as (server, source):
        chosen = await discovered(source, MediaType.MOVIE, 240, Wanted(), TODAY)
        failing = [title.number for title in (*chosen[:4], *chosen[BATCH : BATCH + 4])]
        for number in failing:
            server.script(f"/movie/{number}", *[500] * 7 * 2)
        for taken in (232, 0, 8):
            with Holdings(tmp_path) as holdings:
                outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
            assert outcome.taken == taken
    assert len(titles_in(tmp_path)) == 240


async def test_what_was_put_off_is_not_forgotten_when_a_later_batch_breaks_off(tmp_path: Path) -> None:
    async with emulated(FILMS) as (server, source):
        chosen = await discovered(source, MediaType.MOVIE, 240, Wanted(), TODAY)
        server.script(f"/movie/{chosen[0].number}", *[503] * 7)
        for title in chosen[BATCH : BATCH + 10]:
            server.script(f"/movie/{title.number}", *[503] * 7)
        with Holdings(tmp_path) as holdings, pytest.raises(SourceUnavailable):
            await fetch_chosen(source, holdings, request(), TODAY, silent)
        assert state_of(tmp_path).put_off == [chosen[0].id]
        with Holdings(tmp_path) as holdings:
            outcome = await fetch_chosen(source, holdings, request(), TODAY, silent)
        assert (outcome.taken, outcome.put_off) == (240 - BATCH + 1, [])
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


async def test_changes_after_an_update_that_put_off_a_title_are_seen_by_the_next(tmp_path: Path) -> None:
    async with emulated(FILMS[:20]) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(20), TODAY, silent)
        edit(server, 5, days=1)
        server.script("/movie/5", *[500] * 7)
        assert (await updated(tmp_path, server, days=2)).put_off == ["tmdb:movie:5"]
        edit(server, 7, days=5)
        assert (await updated(tmp_path, server, days=10)).taken == 2
        assert (await updated(tmp_path, server, days=17)).taken == 0
    assert {"New 5", "New 7"} < {title.name for title in titles_in(tmp_path).values()}


async def test_changes_after_an_update_that_broke_off_are_seen_when_it_goes_on(tmp_path: Path) -> None:
    """What it still wanted comes first, then what changed since it was planned; also where the second half
    breaks off too.
    """
    async with emulated(FILMS[:20]) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(20), TODAY, silent)
        for number in range(1, 9):
            edit(server, number, days=1)
            server.script(f"/movie/{number}", *[503] * 7)
        with pytest.raises(SourceUnavailable):
            await updated(tmp_path, server, days=2)
        assert (state_of(tmp_path).planned, state_of(tmp_path).updated_to) == ("2025-06-17", "")
        for number in range(11, 19):
            edit(server, number, days=5)
            server.script(f"/movie/{number}", *[503] * 7)
        with pytest.raises(SourceUnavailable):
            await updated(tmp_path, server, days=10)
        assert state_of(tmp_path).updated_to == "2025-06-17"
        assert (await updated(tmp_path, server, days=20)).taken == 8
        assert state_of(tmp_path).updated_to == "2025-07-05"
    assert sum(title.name.startswith("New") for title in titles_in(tmp_path).values()) == 16


@pytest.mark.parametrize(("count", "dropped"), [(20, 20), (21, 0)])
async def test_more_gone_than_can_be_believed_are_not_dropped(
    tmp_path: Path, count: int, dropped: int
) -> None:
    """Twenty are believed, then a twentieth; the next update asks again."""
    async with emulated(FILMS[:60]) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(60), TODAY, silent)
        removed = {number: server.titles["movie", number] for number in range(1, count + 1)}
        for number in removed:
            server.remove("movie", number, TODAY + 3 * DAY)
        outcome = await updated(tmp_path, server, days=5)
        assert len(titles_in(tmp_path)) == 60 - dropped
        assert len(state_of(tmp_path).removed) == dropped
        assert len(outcome.doubted) == count - dropped
        if dropped:
            return
        assert "TMDB says that 21 of 60 titles are gone" in outcome.summary()
        assert "none was dropped" in outcome.summary()
        assert state_of(tmp_path).updated_to == ""
        for number, title in removed.items():
            server.titles["movie", number] = title
        outcome = await updated(tmp_path, server, days=6)
        assert (outcome.taken, outcome.doubted) == (21, [])
        assert state_of(tmp_path).updated_to == "2025-06-21"


async def test_pages_of_another_server_with_404_drop_nothing(tmp_path: Path) -> None:
    """As a web server in front answers while TMDB is away behind it."""
    async with emulated(FILMS[:20]) as (server, source):
        with Holdings(tmp_path) as holdings:
            await fetch_chosen(source, holdings, request(20), TODAY, silent)
        for number in range(1, 21):
            edit(server, number, days=1)
            server.script(f"/movie/{number}", *[(404, "<html>404 Not Found</html>")] * 7)
        with pytest.raises(SourceUnavailable, match="HTTP 404"):
            await updated(tmp_path, server, days=2)
        assert len(titles_in(tmp_path)) == 20
        assert (await updated(tmp_path, server, days=3)).taken == 20


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
            outcome = await fetch_lacking(source, holdings, known, ("US",), TODAY, silent)
        assert sorted(server.requests) == ["/find/tt5000002", "/find/tt9999999", "/movie/1", "/tv/2"]
    assert outcome.gone == ["imdb:tt9999999"]
    assert set(titles_in(tmp_path)) == {"tmdb:movie:1", "tmdb:tv:2"}


async def test_ids_that_tmdb_does_not_know_are_asked_for_once_in_thirty_days(tmp_path: Path) -> None:
    known = [
        Title("imdb:tt9999999", MediaType.MOVIE, "Nobody's"),
        Title("tmdb:movie:777", MediaType.MOVIE, "Nobody's either"),
    ]
    asked: dict[int, int] = {}
    async with emulated(FILMS) as (server, source):
        for days in (0, 1, 29, 30, 31):
            before = len(server.requests)
            with Holdings(tmp_path) as holdings:
                await fetch_lacking(source, holdings, known, ("US",), TODAY + days * DAY, silent)
            asked[days] = len(server.requests) - before
    assert asked == {0: 2, 1: 0, 29: 0, 30: 2, 31: 0}
    assert set(state_of(tmp_path).unknown) == {"imdb:tt9999999", "tmdb:movie:777"}


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

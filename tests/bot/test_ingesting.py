"""`ingest` and `catalogue` as a host uses them: from the command to what a worker starts from."""

import argparse
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adapters.emulators.tmdb import TmdbServer, made_titles
from bot import commands
from bot.catalogue import inspect
from bot.ingest_options import regions_of, request_of
from bot.ingesting import ingest
from bot.settings import Settings
from bot.wiring import Encoders, catalogue_files, opened
from core.catalog.reader import read_catalogue
from core.domain import MediaType
from core.errors import (
    CatalogueBusy,
    CatalogueError,
    ConfigurationError,
    InvalidRequest,
    SourceForbidden,
    UnknownFilterValue,
)
from core.ingestion.holdings import Holdings
from core.library import silent
from tests.bot.test_commands import in_process
from tests.conftest import settings_with
from tests.providers.test_tmdb import answering
from tests.qdrant_server import QdrantServer
from tests.scripted import HashEncoder, WordEncoder

MADE = [*made_titles("movie", 30), *made_titles("tv", 10)]
BUNDLED = [
    {
        "type": "movie",
        "title": "Birch Road 1",
        "year": 1981,
        "imdb": "tt1000001",
        "moods": ["dry"],
        "overview": "Ours.",
    },
    {"type": "tv", "title": "Only Here", "year": 2001, "imdb": "tt5000002"},
]


def options(*arguments: str) -> argparse.Namespace:
    return commands._parser().parse_args(arguments)


@pytest.fixture(autouse=True)
def _small_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bundled.jsonl"
    path.write_text("\n".join(map(json.dumps, BUNDLED)), "utf-8")
    monkeypatch.setattr("bot.wiring.bundled_files", lambda: (path,))


@pytest.fixture
def quick_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors that mean nothing, for tests that search for nothing."""
    made = Encoders(HashEncoder(), WordEncoder())
    monkeypatch.setattr("bot.ingesting.load_encoders", lambda settings: made)


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(server: TmdbServer | None = None, **more: str) -> Settings:
        where = {"TMDB_API_URL": server.url, "TMDB_TOKEN": server.token} if server else {}
        return settings_with({"MATINEE_DATA_DIR": str(tmp_path / "data"), **where, **more})

    return make


async def ingested(settings: Settings, *arguments: str) -> list[str]:
    said: list[str] = []
    assert await ingest(settings, options("ingest", *arguments), silent, said.append) == 0
    return said


def services_of(settings: Settings, title_id: str) -> set[tuple[str, str]]:
    """Services and countries of a title that a worker would search."""
    titles = read_catalogue(catalogue_files(settings)).titles
    (title,) = (title for title in titles if title_id in title.ids)
    return {(item.service, item.region) for item in title.availability}


def shown(settings: Settings, *arguments: str) -> tuple[int, str]:
    text = io.StringIO()
    status = inspect(settings, options("catalogue", *arguments), Console(file=text, width=200))
    return status, text.getvalue()


async def test_what_is_taken_in_is_what_a_worker_starts_from(settings: Callable[..., Settings]) -> None:
    """From TMDB beside the bundled titles, over their facts; the next start finds its index built."""
    async with TmdbServer(MADE, limit=1_000) as server:
        ours = settings(server)
        said = await ingested(ours, "tmdb", "--movies", "30", "--series", "10", "--region", "US,Germany")
    assert said[0] == "40 titles fetched"
    assert said[-1] == "40 titles in the index"
    notices: list[str] = []
    async with opened(ours, silent, notices.append) as matinee:
        (found,) = await matinee.index.named(["birch road 1"])
        assert await matinee.index.count() == 40
    assert notices == []
    assert found.title.id == "imdb:tt1000001"
    assert found.title.overview == "Ours."
    assert {item.region for item in found.title.availability} == {"US", "DE"}
    assert found.title.trailer_url == "https://www.youtube.com/watch?v=trailer0001"


@pytest.mark.usefixtures("quick_encoders")
async def test_bundled_titles_are_completed(settings: Callable[..., Settings]) -> None:
    async with TmdbServer(MADE, limit=1_000) as server:
        said = await ingested(settings(server), "enrich")
        assert sorted(server.requests) == ["/find/tt1000001", "/find/tt5000002", "/movie/1", "/tv/2"]
        assert said[0] == "2 titles fetched"
        again = await ingested(settings(server), "enrich")
        assert again[0] == "0 titles fetched"
        assert len(server.requests) == 4
    status, text = shown(settings(), "show", "tmdb:tv:2")
    assert status == 0
    assert "imdb:tt5000002, tmdb:tv:2" in text
    assert "Netflix, Hulu (US, as of" in text
    assert "https://image.tmdb.org/t/p/w500/poster2.jpg" in text


@pytest.mark.usefixtures("quick_encoders")
@pytest.mark.parametrize("regions", [["US,GB", None], ["US", "GB"], ["GB", "US", None]])
async def test_countries_add_up_from_run_to_run(
    settings: Callable[..., Settings], regions: list[str | None]
) -> None:
    """An update without `--region` keeps all, another country comes beside those before."""
    async with TmdbServer(MADE, limit=1_000) as server:
        ours = settings(server)
        for region in regions:
            given = ["--movies", "5", "--series", "0"] if region else ["--update", "--max-age", "0"]
            given += ["--region", region] if region else []
            assert (await ingested(ours, "tmdb", *given))[0] == "5 titles fetched"
    assert services_of(ours, "tmdb:movie:4") == {("Netflix", "US"), ("Hulu", "US"), ("Disney Plus", "GB")}


@pytest.mark.usefixtures("quick_encoders")
async def test_services_of_countries_that_were_not_asked_for_stay(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """The lists of the bundle stand until TMDB was asked for their country."""
    rows = [
        {"type": "movie", "title": f"Bundled {number}", "tmdb": number, "providers": ["HBO Max"]}
        for number in (1, 3)  # of which TMDB tells the services, and none
    ]
    (tmp_path / "bundled.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    async with TmdbServer(MADE, limit=1_000) as server:
        ours = settings(server)
        before = services_of(ours, "tmdb:movie:3")
        await ingested(ours, "enrich", "--region", "DE")
        assert services_of(ours, "tmdb:movie:1") == {*before, ("MUBI", "DE"), ("Netflix", "DE")}
        assert services_of(ours, "tmdb:movie:3") == before != set()
        await ingested(ours, "tmdb", "--update", "--region", "US")
        assert services_of(ours, "tmdb:movie:3") == set()
        american = {("Netflix", "US"), ("Hulu", "US")}
        assert services_of(ours, "tmdb:movie:1") == {*american, ("MUBI", "DE"), ("Netflix", "DE")}


@pytest.mark.usefixtures("quick_encoders")
async def test_a_dump_is_joined_to_earlier_ones(settings: Callable[..., Settings], tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("title,year,imdb_id\nAmber,1990,tt0000001\nAmber,1990,tt0000001\n,1990,\n", "utf-8")
    second.write_text("title,year,imdb_id,runtime\nAMBER,1990,tt0000001,95\nCedar,1991,,80\n", "utf-8")
    said = await ingested(settings(), "file", str(first))
    assert said[:4] == [
        "1 title from 3 records, 1 merged, 1 refused",
        "line 3: merged into Amber (1990)",
        "line 4: refused: no title",
        "1 of them new, 1 imported title in all",
    ]
    report = tmp_path / "report.txt"
    said = await ingested(settings(), "file", str(second), "--report", str(report))
    assert said[1] == "1 of them new, 2 imported titles in all"
    assert report.read_text("utf-8") == "line 2: merged into Amber (1990) of an earlier import\n"
    _, text = shown(settings(), "show", "Amber")
    assert "1 h 35" in text


@pytest.mark.usefixtures("quick_encoders")
async def test_a_report_that_cannot_be_written_costs_no_title(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    dump, report = tmp_path / "dump.csv", tmp_path / "nowhere" / "report.txt"
    dump.write_text("title,year\nAmber,1990\n", "utf-8")
    with pytest.raises(CatalogueError, match=f"cannot write {report}"):
        await ingested(settings(), "file", str(dump), "--report", str(report))
    assert shown(settings(), "show", "Amber")[0] == 0


@pytest.mark.usefixtures("quick_encoders")
async def test_a_server_is_filled_and_kept_in_line(settings: Callable[..., Settings]) -> None:
    async with TmdbServer(MADE, limit=1_000) as server, QdrantServer() as qdrant:
        ours = settings(server, QDRANT_ENDPOINT=qdrant.url)
        arguments = ("tmdb", "--movies", "30", "--series", "0")
        assert (await ingested(ours, *arguments))[-1] == "31 titles stored on the server, 0 deleted"
        assert (await ingested(ours, *arguments))[-1] == "0 titles stored on the server, 0 deleted"


async def test_a_catalogue_of_ones_own_is_left_alone(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text('{"type": "movie", "title": "Mine"}', "utf-8")
    async with TmdbServer(MADE, limit=1_000) as server:
        ours = settings(server, MATINEE_CATALOGUE=str(own))
        said = await ingested(ours, "tmdb", "--movies", "1", "--series", "0")
    assert "MATINEE_CATALOGUE is set" in said[-1]
    assert catalogue_files(ours) == (own,)


async def test_what_stands_in_the_way_is_told(settings: Callable[..., Settings], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TMDB_TOKEN is not set"):
        await ingested(settings(), "tmdb")
    async with TmdbServer(MADE) as server:
        with pytest.raises(SourceForbidden):
            await ingested(settings(server, TMDB_TOKEN="wrong"), "tmdb")
    with pytest.raises(CatalogueError, match="cannot read"):
        await ingested(settings(), "file", str(tmp_path / "nowhere.csv"))
    with Holdings(tmp_path / "data" / "catalogue"), pytest.raises(CatalogueBusy):
        await ingested(settings(), "enrich")


async def test_exit_statuses_tell_a_wrong_key_from_what_may_pass(tmp_path: Path) -> None:
    environment = {"MATINEE_DATA_DIR": str(tmp_path), "TMDB_TOKEN": "wrong-key"}
    nokey = await in_process("ingest", "tmdb", environment={"MATINEE_DATA_DIR": str(tmp_path)})
    async with TmdbServer(MADE) as server:
        forbidden = await in_process("ingest", "tmdb", environment=environment | {"TMDB_API_URL": server.url})
    async with answering(503, {"Retry-After": "3600"}, 99) as (url, _):
        away = await in_process("ingest", "tmdb", environment=environment | {"TMDB_API_URL": url})
    with Holdings(tmp_path / "catalogue"):
        busy = await in_process("ingest", "enrich", environment=environment)
    assert (nokey.status, forbidden.status, away.status, busy.status) == (3, 3, 4, 4)
    assert "check TMDB_TOKEN" in forbidden.err
    assert "Broken off with 0 titles" in away.err
    assert "TMDB answers HTTP 503" in away.err
    assert "another process takes in titles" in busy.err
    for ran in (nokey, forbidden, away, busy):
        assert "wrong-key" not in ran.out + ran.err


def test_options_become_a_request() -> None:
    given = options(
        *("ingest", "tmdb", "--movies", "7", "--languages", "French, ko", "--years", "1990-1999"),
        *("--min-rating", "6.5", "--min-votes", "100", "--region", "usa, gb", "--max-age", "3"),
    )
    request = request_of(given)
    assert request.counts == {MediaType.MOVIE: 7, MediaType.TV: 5_000}
    assert request.regions == regions_of(given) == ("GB", "US")
    assert request_of(given, {"DE", "US"}).regions == ("DE", "GB", "US")
    assert regions_of(options("ingest", "enrich"), {"DE"}) == ("DE",)
    assert regions_of(options("ingest", "enrich")) == ("US",)
    assert request.wanted.languages == ("fr", "ko")
    assert request.wanted.released is not None
    assert [day.isoformat() for day in request.wanted.released] == ["1990-01-01", "1999-12-31"]
    assert (request.wanted.min_rating, request.wanted.min_votes, request.oldest_days) == (6.5, 100, 3)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["--years", "then"], InvalidRequest),
        (["--years", "1999-1990"], InvalidRequest),
        (["--min-rating", "11"], InvalidRequest),
        (["--languages", "Klingonese"], UnknownFilterValue),
        (["--region", "Atlantis"], UnknownFilterValue),
    ],
)
def test_a_wrong_option_is_told(arguments: list[str], kind: type[InvalidRequest]) -> None:
    with pytest.raises(kind):
        request_of(options("ingest", "tmdb", *arguments))


def test_statistics_count_what_is_there_and_what_is_not(settings: Callable[..., Settings]) -> None:
    _, text = shown(settings(), "stats")
    assert text.startswith("2 titles: 1 film, 1 series\n")
    assert "1980s" in text


def test_statistics_are_drawn_beside_the_tables(settings: Callable[..., Settings], tmp_path: Path) -> None:
    status, text = shown(settings(), "stats", "--plot", str(tmp_path / "stats.png"))
    assert status == 0
    assert text.startswith("2 titles")
    assert (tmp_path / "stats.png").stat().st_size > 1_000


def test_statistics_as_json(settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]) -> None:
    shown(settings(), "stats", "--json")
    counts: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert counts["titles"] == {"movie": 1, "tv": 1}
    assert counts["decade"] == {"1980s": {"movie": 1, "tv": 0}, "2000s": {"movie": 0, "tv": 1}}
    assert counts["missing"]["overview"] == {"movie": 0, "tv": 1}


def test_a_title_is_shown_by_name_by_id_or_by_words(settings: Callable[..., Settings]) -> None:
    for wanted in ("birch ROAD 1", "imdb:tt1000001", "road"):
        status, text = shown(settings(), "show", wanted)
        assert (status, text.splitlines()[0]) == (0, "Birch Road 1 (1981)")
    assert shown(settings(), "show", "Nothing") == (2, "No title is called 'Nothing'.\n")

"""An index on a server: built anew without a gap and shared by workers; collections of others by command."""

import argparse
import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient, models
from rich.console import Console

from bot import doctor
from bot.collections import indexes
from bot.settings import Settings
from bot.wiring import load_encoders, opened, ready_server, recipe_for, server_generation, server_index
from core.catalog.reader import read_catalogue
from core.catalog.rows import made_up_id
from core.domain import MediaType, SearchFilters, Title, key_of
from core.errors import ConfigurationError, DiskFull, IndexUnavailable, VectorSizeMismatch
from core.ingestion.publishing import publish, seed
from core.library import Recipe, fill, silent
from core.providers.qdrant import client as client_module
from core.providers.qdrant.client import ClientIndex, server
from core.providers.qdrant.payload import payload_of
from tests.bot.test_commands import ROOT, in_process
from tests.conftest import settings_with
from tests.qdrant_server import QdrantServer

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant:UserWarning"),
    pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection:UserWarning"),
]

KEY = "right-key"
NAME = client_module.DEFAULT_COLLECTION
TITLES = 40


@pytest.fixture
async def standin() -> AsyncIterator[QdrantServer]:
    async with QdrantServer(KEY) as running:
        yield running


@pytest.fixture
def environment(standin: QdrantServer, tmp_path: Path) -> dict[str, str]:
    """A server, and some of the bundled titles, whose vectors are in the repository."""
    titles = tmp_path / "mine.jsonl"
    lines = (ROOT / "core/catalog/data/curated.jsonl").read_text("utf-8").splitlines()[:TITLES]
    titles.write_text("\n".join(lines), "utf-8")
    return {
        "MATINEE_DATA_DIR": str(tmp_path / "data"),
        "MATINEE_CATALOGUE": str(titles),
        "QDRANT_ENDPOINT": standin.url,
        "QDRANT_API_KEY": KEY,
    }


@pytest.fixture
async def client(standin: QdrantServer) -> AsyncIterator[AsyncQdrantClient]:
    connected = server(standin.url, KEY)
    yield connected
    await connected.close()


@pytest.fixture
def recipe(environment: dict[str, str]) -> Recipe:
    settings = settings_with(environment)
    files = settings.catalogue
    assert files is not None
    return recipe_for(settings, load_encoders(settings), files)


async def stands_for(client: AsyncQdrantClient) -> dict[str, str]:
    return {item.alias_name: item.collection_name for item in (await client.get_aliases()).aliases}


async def collections(client: AsyncQdrantClient) -> list[str]:
    return [item.name for item in (await client.get_collections()).collections]


def unheard(line: str) -> None:
    """A notice that nobody reads."""


async def started(
    client: AsyncQdrantClient, recipe: Recipe, told: Callable[[str], None] = unheard
) -> ClientIndex:
    """What a worker does at its start."""
    index = ClientIndex(client)
    await seed(index, recipe, await ready_server(index, recipe, silent, told), silent, told)
    return index


class TestBuiltAnew:
    async def test_the_new_one_takes_the_place_in_one_step(
        self, client: AsyncQdrantClient, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another worker that reads meanwhile finds all titles at any time; the old one goes in the end."""
        reading = await started(client, recipe)
        before = await stands_for(client)
        assert before == {NAME: f"{NAME}-{server_generation(recipe)}"}
        counts: list[int] = []
        done = asyncio.Event()

        async def read_on() -> None:
            while not done.is_set():
                counts.append(await reading.count())
                await asyncio.sleep(0)

        reader = asyncio.create_task(read_on())
        monkeypatch.setattr(client_module, "LAYOUT", "another layout")
        told: list[str] = []
        await started(client, recipe, told.append)
        done.set()
        await reader
        after = await stands_for(client)
        assert after == {NAME: f"{NAME}-{server_generation(recipe)}"}
        assert after != before
        assert await collections(client) == [after[NAME]]
        assert len(counts) > 3
        assert set(counts) == {TITLES}
        assert told[0] == f"the encoder or this version is new; building {NAME!r} anew beside the old one"

    async def test_the_same_recipe_builds_nothing(
        self, standin: QdrantServer, client: AsyncQdrantClient, recipe: Recipe
    ) -> None:
        await started(client, recipe)
        standin.requests.clear()
        await started(client, recipe)
        assert [request for request in standin.requests if request.startswith(("PUT", "DELETE"))] == []
        assert "POST /collections/aliases" not in standin.requests

    async def test_what_another_machine_took_in_goes_along(
        self, client: AsyncQdrantClient, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A worker that knows a few titles only, or an older state of them, must not leave the server with
        those.
        """
        first, second, *others = recipe.read().titles
        newer = replace(first, as_of="2026-11-01", overview="What TMDB says by now.")
        known = replace(second, as_of="2026-01-01")
        older = replace(second, as_of="2020-01-01")
        await started(client, replace(recipe, titles=(newer, older, *others)))
        monkeypatch.setattr(client_module, "LAYOUT", "another layout")
        told: list[str] = []
        index = await started(client, replace(recipe, titles=(first, known, *others[:3])), told.append)
        assert await index.count() == TITLES
        titles = (newer, known, *others)
        assert await index.fetch([title.key for title in titles]) == {title.key: title for title in titles}
        assert f"{TITLES - 4} titles that other machines took in went along" in told

    async def test_two_workers_build_the_same_and_end_with_one(
        self, client: AsyncQdrantClient, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await started(client, recipe)
        monkeypatch.setattr(client_module, "LAYOUT", "another layout")
        one, other = await asyncio.gather(started(client, recipe), started(client, recipe))
        assert await one.count() == await other.count() == TITLES
        assert await collections(client) == [f"{NAME}-{server_generation(recipe)}"]

    async def test_a_full_disk_leaves_the_old_one_and_no_rest(
        self,
        standin: QdrantServer,
        client: AsyncQdrantClient,
        recipe: Recipe,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await started(client, recipe)
        before = await stands_for(client)
        monkeypatch.setattr(client_module, "LAYOUT", "another layout")
        standin.fail_from_now(507, path_part=f"PUT /collections/{NAME}-{server_generation(recipe)}/points")
        with pytest.raises(DiskFull):
            await started(client, recipe)
        assert await stands_for(client) == before
        assert await collections(client) == [before[NAME]]
        assert await ClientIndex(client).count() == TITLES

    async def test_what_broke_off_goes_on_at_the_next_start(
        self,
        standin: QdrantServer,
        client: AsyncQdrantClient,
        recipe: Recipe,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A worker that dies before the switch leaves the old one in force."""
        await started(client, recipe)
        before = await stands_for(client)
        monkeypatch.setattr(client_module, "LAYOUT", "another layout")
        standin.fail_from_now(400, '{"status": {"error": "no"}}', path_part="POST /collections/aliases")
        with pytest.raises(Exception, match="no"):
            await started(client, recipe)
        assert await stands_for(client) == before
        standin.recover()
        await started(client, recipe)
        assert await collections(client) == [f"{NAME}-{server_generation(recipe)}"]

    async def test_a_collection_without_an_alias_stays_as_it_is(
        self, client: AsyncQdrantClient, recipe: Recipe
    ) -> None:
        """An earlier version made it under the name itself; it is gone on with."""
        await ClientIndex(client).ensure(recipe.encoder.dimensions)
        index = await started(client, recipe)
        assert await index.count() == TITLES
        assert await collections(client) == [NAME]


class TestAChangedCatalogue:
    """It need not have grown to be noticed at the next start."""

    async def overview(self, settings: Settings) -> str:
        async with opened(settings) as matinee:
            key = key_of(self.title(settings).id)
            return (await matinee.index.fetch([key]))[key].overview

    def title(self, settings: Settings) -> Title:
        assert settings.catalogue is not None
        return read_catalogue(settings.catalogue).titles[0]

    def change(self, settings: Settings, overview: str) -> None:
        assert settings.catalogue is not None
        path = settings.catalogue[0]
        text = path.read_text("utf-8")
        path.write_text(text.replace(self.title(settings).overview, overview), "utf-8")

    async def test_what_differs_is_stored_and_nothing_else(
        self, standin: QdrantServer, environment: dict[str, str]
    ) -> None:
        settings = settings_with(environment)
        before = await self.overview(settings)
        standin.requests.clear()
        assert await self.overview(settings) == before
        assert not [request for request in standin.requests if request.startswith("PUT")]
        self.change(settings, "Told anew.")
        assert await self.overview(settings) == "Told anew."
        assert len([request for request in standin.requests if request.startswith("PUT")]) == 1
        standin.requests.clear()
        assert await self.overview(settings) == "Told anew."
        assert not [request for request in standin.requests if request.startswith("PUT")]

    async def test_a_machine_that_stored_nothing_leaves_a_full_index_alone(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        settings = settings_with(environment)
        before = await self.overview(settings)
        other = settings_with(environment | {"MATINEE_DATA_DIR": str(tmp_path / "other")})
        for text in ("What another machine knows of it.", "What it knows of it later."):
            self.change(settings, text)
            assert await self.overview(other) == before

    async def test_a_collection_of_one_type_that_is_empty_is_filled(
        self, client: AsyncQdrantClient, recipe: Recipe
    ) -> None:
        """However many titles that of the other type holds."""
        names = {MediaType.MOVIE: "mine_films", MediaType.TV: "mine_series"}
        films = recipe.read().titles
        series = tuple(
            replace(title, id=f"tmdb:tv:{number}", other_ids=(), media_type=MediaType.TV)
            for number, title in enumerate(films[:3], start=1)
        )
        index = ClientIndex(client, names)
        for titles in (films, (*films[:5], *series)):
            made_from = replace(recipe, titles=titles)
            ours = await ready_server(index, made_from, silent, unheard)
            await seed(index, made_from, ours, silent, unheard)
        assert await index.count(SearchFilters(media_type=MediaType.TV)) == len(series)
        assert await index.count() == TITLES + len(series)

    async def test_a_title_that_had_an_id_of_our_making_is_stored_once(
        self, client: AsyncQdrantClient, recipe: Recipe
    ) -> None:
        index = await started(client, recipe)
        title = recipe.read().titles[0]
        unnumbered = replace(title, id=made_up_id(title.media_type, title.name, title.year), other_ids=())
        await index.delete([title.id])
        await fill(index, [unnumbered], recipe, silent)
        types = set(MediaType)
        assert await publish(index, recipe.read().titles, (), types, recipe, silent) == (1, 1)
        assert await publish(index, recipe.read().titles, (unnumbered.id,), types, recipe, silent) == (0, 0)
        assert await index.count() == TITLES


class TestUnderFaults:
    async def test_a_server_that_goes_away_is_told_and_comes_back(
        self, standin: QdrantServer, environment: dict[str, str]
    ) -> None:
        """Amid the work an answer fails with its code; the next one after the server's return is given."""
        async with opened(settings_with(environment)) as matinee:
            standin.fail_from_now(503)
            with pytest.raises(IndexUnavailable):
                await matinee.index.count()
            standin.recover()
            assert await matinee.index.count() == TITLES


async def fill_others(client: AsyncQdrantClient, recipe: Recipe, *, shuffled: bool = False) -> list[str]:
    """A collection as others fill it, from our titles; returns their names."""
    titles = [title for title in recipe.read().titles if title.media_type is MediaType.MOVIE]
    texts = [f"Title: {title.name}\nOverview: {title.overview}" for title in titles]
    vectors = await recipe.encoder.encode_documents(texts)
    if shuffled:
        vectors = np.random.default_rng(1).normal(size=vectors.shape).astype(np.float32)
    await client.create_collection(
        "Movies", models.VectorParams(size=recipe.encoder.dimensions, distance=models.Distance.COSINE)
    )
    points = []
    for number, (title, text, vector) in enumerate(zip(titles, texts, vectors, strict=True), start=1):
        known = payload_of(title)
        payload: dict[str, Any] = {
            key: known[key]
            for key in ("title", "media_type", "release_year", "genres", "stars")
            if key in known
        }
        payload |= {"media_id": number, "content": text, "watch_providers": [8, 337]}
        points.append(models.PointStruct(id=number, vector=vector.tolist(), payload=payload))
    await client.upsert("Movies", points)
    return [title.name for title in titles]


class TestTheCommand:
    async def test_a_collection_of_others_is_asked(
        self, client: AsyncQdrantClient, recipe: Recipe, environment: dict[str, str]
    ) -> None:
        names = await fill_others(client, recipe)
        ran = await in_process(
            "ask",
            "--json",
            "--collection",
            "Movies",
            "a funny film on netflix under 2 hours",
            environment=environment,
        )
        assert ran.status == 0, ran.err
        assert {pick["title"] for pick in ran.objects[0]["picks"]} <= set(names)
        assert ran.objects[0]["picks"]
        assert ran.objects[0]["relaxed"] == ["max_runtime"]
        assert re.search(
            r"The collection 'Movies' was filled by others and is only read: \d+ titles", ran.err
        )
        assert "do not tell their rating, length, country, language, certification" in ran.err
        assert KEY not in ran.err + ran.out
        assert await collections(client) == ["Movies"]

    async def test_a_misspelt_collection_is_no_new_one(
        self, client: AsyncQdrantClient, recipe: Recipe, environment: dict[str, str]
    ) -> None:
        await fill_others(client, recipe)
        ran = await in_process("ask", "--collection", "Moovies", "x", environment=environment)
        assert ran.status == 3
        assert "no collection called 'Moovies'; it has: Movies" in ran.err
        assert await collections(client) == ["Movies"]

    async def test_indexes_are_listed_then_made(
        self, client: AsyncQdrantClient, recipe: Recipe, environment: dict[str, str]
    ) -> None:
        await fill_others(client, recipe)
        settings = settings_with(environment).searching("Movies")

        async def said(*, create: bool) -> str:
            out = Console(width=200, file=io.StringIO(), record=True)
            assert await indexes(settings, argparse.Namespace(create=create), out, unheard) == 0
            return out.export_text()

        listed = await said(create=False)
        assert re.search(r"Movies\s+watch_providers\s+integer", listed)
        assert "--create makes them" in listed
        assert (await client.get_collection("Movies")).payload_schema == {}
        assert (await said(create=True)).startswith("Made:")
        assert "watch_providers" in (await client.get_collection("Movies")).payload_schema
        assert (await said(create=False)).strip() == "No index is missing."

    async def test_older_names_of_the_settings_are_only_read(self, environment: dict[str, str]) -> None:
        older = {"QDRANT_MOVIE_COLLECTION_NAME_BGE": "Films", "QDRANT_TV_COLLECTION_NAME_BGE": "Series"}
        settings = settings_with(environment | older)
        assert (settings.movie_collection, settings.tv_collection) == ("Films", "Series")
        assert settings.collections_only_read
        with pytest.raises(ConfigurationError, match="'Films' or 'Series'; it has: none"):
            async with opened(settings):
                pass
        newer = settings_with(environment | older | {"QDRANT_MOVIE_COLLECTION_NAME": "Mine"})
        assert (newer.movie_collection, newer.collections_only_read) == ("Mine", True)

    def test_what_the_option_takes(self, environment: dict[str, str]) -> None:
        settings = settings_with(environment)
        both = settings.searching("Films, Series")
        assert (both.movie_collection, both.tv_collection, both.collections_only_read) == (
            "Films",
            "Series",
            True,
        )
        one = settings.searching("Everything")
        assert one.movie_collection == one.tv_collection == "Everything"
        for wrong in ("a,b,c", "a,", ","):
            with pytest.raises(ConfigurationError, match="FILMS,SERIES"):
                settings.searching(wrong)
        with pytest.raises(ConfigurationError, match="set QDRANT_ENDPOINT"):
            settings_with({}).searching("Films")


class TestDoctor:
    async def examined(self, settings: Settings) -> str:
        finding = await doctor.CHECKS["index"](settings)
        return f"{finding.detail} | {finding.mend}"

    async def test_it_looks_and_changes_nothing(
        self, standin: QdrantServer, client: AsyncQdrantClient, recipe: Recipe, environment: dict[str, str]
    ) -> None:
        await fill_others(client, recipe)
        standin.requests.clear()
        told = await self.examined(settings_with(environment).searching("Movies"))
        assert "filled by others and is only read" in told
        assert "payload indexes are missing (python -m bot catalogue indexes)" in told
        assert told.endswith(" | ")
        assert not [request for request in standin.requests if request.startswith(("PUT", "DELETE"))]

    async def test_vectors_of_another_model_of_the_same_size_are_noticed(
        self, client: AsyncQdrantClient, recipe: Recipe, environment: dict[str, str]
    ) -> None:
        """Size alone does not tell; the texts, encoded again, do."""
        await fill_others(client, recipe, shuffled=True)
        told = await self.examined(settings_with(environment).searching("Movies"))
        assert "do not look like the encoder's" in told.partition(" | ")[2]

    async def test_a_wrong_size_names_the_model(
        self, client: AsyncQdrantClient, environment: dict[str, str]
    ) -> None:
        await client.create_collection(
            "Movies", models.VectorParams(size=768, distance=models.Distance.COSINE)
        )
        with pytest.raises(VectorSizeMismatch, match=r"768 numbers, the encoder makes 384; .*bge-base"):
            await self.examined(settings_with(environment).searching("Movies"))


async def test_the_collections_of_the_settings_are_those_of_the_index(environment: dict[str, str]) -> None:
    async with AsyncExitStack() as stack:
        films = {"QDRANT_MOVIE_COLLECTION_NAME": "Films"}
        assert server_index(settings_with(environment | films), stack).collections == ("Films",)
        both = films | {"QDRANT_TV_COLLECTION_NAME": "Series"}
        index = server_index(settings_with(environment | both), stack)
        assert (index.collections, index.read_only) == (("Films", "Series"), False)
        assert await index.missing() == ["Films", "Series"]

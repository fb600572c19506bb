"""What every `TitleIndex` must do, checked against all of them, and what only the client does.

`embedded` is qdrant-edge on disk, `server` the client over REST (to a real server where QDRANT_ENDPOINT was
set when the tests began, else to `tests.qdrant_server`), `memory` the client's own exact search, which is
also the oracle for the other two.
"""

import asyncio
import math
import socket
import traceback
import unicodedata
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qdrant_client import models

from core.catalog.roster import entry_of
from core.domain import Availability, MediaType, Popularity, Rating, SearchFilters, Title, key_of
from core.errors import (
    DiskFull,
    IndexCorrupt,
    IndexFault,
    IndexForbidden,
    IndexUnavailable,
    VectorSizeMismatch,
)
from core.ports import Hit, IndexedTitle, IndexQuery, Rankings, SparseVector, TitleIndex, unit
from core.providers.qdrant.client import ClientIndex, in_memory, server
from core.providers.qdrant.edge import EdgeIndex
from core.providers.qdrant.faults import Patience
from core.providers.qdrant.payload import DENSE_VECTOR
from tests import real_qdrant
from tests.qdrant_server import QdrantServer

pytestmark = [
    # Said once by the client's memory, which searches without indexes.
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant:UserWarning"),
    # The stand-in listens on loopback, without TLS.
    pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection:UserWarning"),
]

PROVIDERS = ("embedded", "server", "memory")
DIMENSIONS = 16
# Vectors are stored with 16 bits a number.
TOLERANCE = 2e-3
KEY = "the-right-key"
WRONG_KEY = "sk-wrong-4711"
COSINE = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
COLLECTIONS = {MediaType.MOVIE: "films", MediaType.TV: "series"}

Dense = NDArray[np.float32]


def film(number: int, name: str, year: int | None = None, **known: Any) -> Title:
    return Title(id=f"tmdb:movie:{number}", media_type=MediaType.MOVIE, name=name, year=year, **known)


def series(number: int, name: str, year: int | None = None, **known: Any) -> Title:
    return Title(id=f"tmdb:tv:{number}", media_type=MediaType.TV, name=name, year=year, **known)


def on(*services: str) -> tuple[Availability, ...]:
    return tuple(Availability(service, "US", "2022") for service in services)


TITLES = (
    film(
        275,
        "Fargo",
        1996,
        overview="A car salesman hires two men to kidnap his wife.",
        tagline="A lot can happen in the middle of nowhere.",
        genres=("Crime", "Thriller", "Comedy"),
        moods=("dark", "deadpan"),
        keywords=("snow", "kidnapping"),
        stars=("Frances McDormand", "Steve Buscemi"),
        directors=("Joel Coen",),
        runtime_minutes=98,
        certification="R",
        countries=("US", "GB"),
        language="en",
        availability=(Availability("MGM Plus", "US", "2022-07"), Availability("Hulu", "US", "2021")),
        rating=Rating(7.9, 6_500, "TMDB"),
        popularity=31.25,
        poster_url="https://image.tmdb.org/t/p/w342/rt7cpEr1uP6RTZykBFhBTcRaKvG.jpg",
        other_ids=("imdb:tt0116282",),
    ),
    series(
        60622,
        "Fargo",
        2014,
        genres=("Crime", "Drama"),
        stars=("Billy Bob Thornton",),
        creators=("Noah Hawley",),
        runtime_minutes=53,
        seasons=5,
        certification="TV-MA",
        countries=("US",),
        language="en",
        availability=on("Hulu"),
        rating=Rating(8.3, None, "TMDB"),
    ),
    film(
        219,
        "Volver",
        2006,
        genres=("Comedy", "Drama"),
        stars=("Penélope Cruz", "Carmen Maura"),
        directors=("Pedro Almodóvar",),
        runtime_minutes=121,
        certification="R",
        countries=("ES",),
        language="es",
        availability=on("Criterion Channel"),
        rating=Rating(7.3, 1_300, "TMDB"),
    ),
    film(
        99,
        "Todo sobre mi madre",
        1999,
        genres=("Drama",),
        stars=("Cecilia Roth", "Penélope Cruz"),
        directors=("Pedro Almodóvar",),
        runtime_minutes=100,
        countries=("ES", "FR"),
        language="es",
        rating=Rating(7.6, 1_400, "TMDB"),
    ),
    film(
        194,
        "Amélie",
        2001,
        genres=("Comedy", "Romance"),
        stars=("Audrey Tautou",),
        directors=("Jean-Pierre Jeunet",),
        runtime_minutes=122,
        certification="R",
        countries=("FR", "DE"),
        language="fr",
        availability=on("Paramount Plus"),
        rating=Rating(7.9, 10_900, "TMDB"),
    ),
    film(
        496243,
        "Parasite",
        2019,
        genres=("Comedy", "Thriller", "Drama"),
        stars=("Song Kang-ho",),
        directors=("Bong Joon Ho",),
        runtime_minutes=133,
        certification="R",
        countries=("KR",),
        language="ko",
        availability=on("Hulu", "HBO Max"),
        rating=Rating(8.5, 16_000, "TMDB"),
    ),
    film(
        10681,
        "WALL·E",
        2008,
        genres=("Animation", "Family", "Science Fiction"),
        directors=("Andrew Stanton",),
        runtime_minutes=98,
        certification="G",
        countries=("US",),
        language="en",
        availability=on("Disney Plus"),
        rating=Rating(8.0, 17_500, "TMDB"),
    ),
    series(
        70523,
        "Dark",
        2017,
        genres=("Crime", "Drama", "Mystery"),
        stars=("Louis Hofmann",),
        creators=("Baran bo Odar", "Jantje Friese"),
        runtime_minutes=53,
        seasons=3,
        certification="TV-MA",
        countries=("DE",),
        language="de",
        availability=(
            *on("Netflix"),
            Availability("Netflix", "DE", "2026-05-01"),
            Availability("Joyn", "DE", "2026-05-01"),
            Availability("HBO Max", "GB", "2026-05-01"),
        ),
        rating=Rating(8.4, 6_000, "TMDB"),
    ),
    series(
        82728,
        "Bluey",
        2018,
        genres=("Animation", "Kids", "Family"),
        runtime_minutes=7,
        certification="TV-Y",
        countries=("AU",),
        language="en",
        availability=on("Disney Plus"),
        rating=Rating(9.0, 300, "TMDB"),
    ),
    film(
        129,
        "千と千尋の神隠し",
        2001,
        genres=("Animation", "Family", "Fantasy"),
        directors=("Hayao Miyazaki",),
        runtime_minutes=125,
        certification="PG",
        countries=("JP",),
        language="ja",
        availability=on("HBO Max"),
        rating=Rating(8.5, 14_900, "TMDB"),
    ),
    film(
        389,
        "12 Angry Men",
        1957,
        genres=("Drama",),
        stars=("Henry Fonda",),
        directors=("Sidney Lumet",),
        runtime_minutes=97,
        countries=("US",),
        language="en",
        rating=Rating(9.0, 790_000, "IMDb"),
    ),
    film(
        6949,
        "What's Up, Doc?",
        1972,
        genres=("Comedy", "Romance"),
        stars=("Barbra Streisand",),
        runtime_minutes=94,
        certification="PG-13",
        countries=("US",),
        language="en",
    ),
    # Nothing is known of it: it meets no wish, and nothing unwanted applies to it.
    Title(id="matinee:movie:moonlight-sonata", media_type=MediaType.MOVIE, name="Moonlight Sonata"),
)


def unit_vectors(count: int, seed: int) -> Dense:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    return unit(vectors.astype(np.float32))


def sparse_vectors(count: int, seed: int, terms: int = 10) -> list[SparseVector]:
    """From two to four of the terms each, the lower the term the more frequent."""
    rng = np.random.default_rng(seed)
    chances = 1 / np.arange(1, terms + 1)
    vectors = []
    for _ in range(count):
        chosen = rng.choice(terms, size=int(rng.integers(2, 5)), replace=False, p=chances / chances.sum())
        weights = rng.uniform(0.5, 2.0, size=len(chosen))
        vectors.append(SparseVector(tuple(int(term) + 1000 for term in chosen), tuple(weights.tolist())))
    return vectors


def indexed(titles: Sequence[Title], seed: int = 1) -> list[IndexedTitle]:
    vectors = unit_vectors(len(titles), seed), sparse_vectors(len(titles), seed)
    return [IndexedTitle(*item) for item in zip(titles, *vectors, strict=True)]


STORED = tuple(indexed(TITLES))
NO_TERMS = SparseVector((), ())
ANYTHING = IndexQuery(unit_vectors(1, seed=2)[0], NO_TERMS)


async def at_once(_: float) -> None:
    """Pauses between tries take no time here."""
    await asyncio.sleep(0)


@asynccontextmanager
async def real_index(url: str, key: str | None) -> AsyncIterator[ClientIndex]:
    """A collection of its own on a real server, gone at the end."""
    client = server(url, key)
    name = f"matinee_test_{uuid.uuid4().hex}"
    try:
        index = ClientIndex(client, dict.fromkeys(MediaType, name))
        await index.ensure(DIMENSIONS)
        yield index
    finally:
        await client.delete_collection(name)
        await client.close()


@asynccontextmanager
async def connected(
    url: str, key: str | None = KEY, collections: Mapping[MediaType, str] = COLLECTIONS
) -> AsyncIterator[ClientIndex]:
    """A client of a server, with a collection for films and one for series; closed at the end."""
    client = server(url, key)
    try:
        yield ClientIndex(client, collections, patience=Patience(sleep=at_once))
    finally:
        await client.close()


@asynccontextmanager
async def opened(provider: str, folder: Path) -> AsyncIterator[TitleIndex]:
    """An empty index; whatever it needs is closed at the end."""
    async with AsyncExitStack() as stack:
        match provider:
            case "embedded":
                embedded = EdgeIndex.create(folder / "index", DIMENSIONS)
                stack.callback(embedded.close)
                yield embedded
            case "server" if real_qdrant.ENDPOINT:
                yield await stack.enter_async_context(real_index(real_qdrant.ENDPOINT, real_qdrant.KEY))
            case "server":
                standin = await stack.enter_async_context(QdrantServer(KEY))
                client = server(standin.url, KEY)
                stack.push_async_callback(client.close)
                remote = ClientIndex(client)
                await remote.ensure(DIMENSIONS)
                yield remote
            case _:
                client = in_memory()
                stack.push_async_callback(client.close)
                local = ClientIndex(client)
                await local.ensure(DIMENSIONS)
                yield local


@pytest.fixture(params=PROVIDERS)
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TitleIndex]:
    """An index of the test's own, without titles."""
    async with opened(request.param, tmp_path) as index:
        yield index


@pytest.fixture
async def own(empty: TitleIndex) -> TitleIndex:
    """An index of the test's own, with all titles."""
    await empty.upsert(STORED)
    return empty


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=PROVIDERS)
async def index(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TitleIndex]:
    """An index with all titles that tests only read: making one takes longer than asking it."""
    async with opened(request.param, tmp_path_factory.mktemp("shared")) as shared:
        await shared.upsert(STORED)
        yield shared


@pytest.fixture
async def standin() -> AsyncIterator[QdrantServer]:
    async with QdrantServer(KEY) as running:
        yield running


# The oracle: what the filters mean, in plain Python, sharing nothing with the engine's conditions.

AGES = {"G": 0, "TV-Y": 0, "TV-G": 0, "PG": 8, "TV-PG": 10, "PG-13": 13, "TV-14": 14, "R": 17, "TV-MA": 17}


def plain(text: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def within(value: float | None, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def meets(title: Title, wish: SearchFilters, exclude_ids: Sequence[str] = ()) -> bool:
    people = {plain(name) for name in title.stars + title.directors + title.creators}
    services = {item.service for item in title.availability if wish.region in (None, item.region)}
    strictest = AGES[wish.max_certification] if wish.max_certification else None
    unwanted_names = {plain(name) for name in wish.exclude_titles + wish.like_titles}
    return (
        (wish.media_type is None or title.media_type is wish.media_type)
        and set(wish.genres) <= set(title.genres)
        and not set(wish.exclude_genres) & set(title.genres)
        and (not wish.providers or bool(set(wish.providers) & services))
        and within(title.year, wish.year_from, wish.year_to)
        and within(title.runtime_minutes, wish.min_runtime, wish.max_runtime)
        and within(title.rating.average if title.rating else None, wish.min_rating, None)
        and (not wish.languages or title.language in wish.languages)
        and (not wish.countries or bool(set(wish.countries) & set(title.countries)))
        and {plain(name) for name in wish.people} <= people
        and not {plain(name) for name in wish.exclude_people} & people
        and within(AGES.get(title.certification or ""), None, strictest)
        and plain(title.name) not in unwanted_names
        and title.id not in exclude_ids
    )


def expected_keys(wish: SearchFilters, exclude_ids: Sequence[str] = ()) -> set[str]:
    return {title.key for title in TITLES if meets(title, wish, exclude_ids)}


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.key for hit in hits]


def scores(hits: Sequence[Hit]) -> dict[str, float]:
    return {hit.key: hit.score for hit in hits}


def is_best_first(hits: Sequence[Hit]) -> bool:
    return all(one.score >= other.score for one, other in pairwise(hits))


def cosines(query: Dense, stored: Sequence[IndexedTitle]) -> dict[str, float]:
    return {item.title.key: float(item.dense @ query) for item in stored}


def bm25(query: SparseVector, stored: Sequence[IndexedTitle]) -> dict[str, float]:
    """Dot products with Qdrant's inverse document frequency, of the titles that share a term.

    https://qdrant.tech/documentation/manage-data/indexing/#idf-modifier
    """
    documents = [dict(zip(item.sparse.indices, item.sparse.values, strict=True)) for item in stored]
    frequency = Counter(term for document in documents for term in document)
    idf = {term: math.log1p((len(stored) - n + 0.5) / (n + 0.5)) for term, n in frequency.items()}
    terms = dict(zip(query.indices, query.values, strict=True))
    return {
        item.title.key: sum(terms[term] * document[term] * idf[term] for term in terms.keys() & document)
        for item, document in zip(stored, documents, strict=True)
        if terms.keys() & document
    }


reading = pytest.mark.asyncio(loop_scope="module")


@reading
class TestRankings:
    async def test_dense_scores_are_cosines_best_first(self, index: TitleIndex) -> None:
        """Every title is in the dense ranking, best first, with its cosine similarity."""
        for query in unit_vectors(5, seed=3):
            found = (await index.search(IndexQuery(query, NO_TERMS))).dense
            assert is_best_first(found)
            assert scores(found) == pytest.approx(cosines(query, STORED), abs=TOLERANCE)

    async def test_sparse_scores_are_bm25_best_first(self, index: TitleIndex) -> None:
        """The sparse ranking holds the titles that share a term, best first, weighted by rarity."""
        for query in sparse_vectors(5, seed=4):
            found = (await index.search(replace(ANYTHING, sparse=query))).sparse
            assert is_best_first(found)
            assert scores(found) == pytest.approx(bm25(query, STORED), abs=TOLERANCE)

    async def test_no_terms_give_no_sparse_ranking(self, index: TitleIndex) -> None:
        """A request of stop words only is answered by the dense ranking alone."""
        found = await index.search(ANYTHING)
        assert found.sparse == ()
        assert len(found.dense) == len(TITLES)

    async def test_an_unknown_term_finds_nothing(self, index: TitleIndex) -> None:
        """A term that no title has gives an empty sparse ranking."""
        found = await index.search(replace(ANYTHING, sparse=SparseVector((4_000_000_000,), (1.0,))))
        assert found.sparse == ()

    async def test_the_limit_holds_for_both(self, index: TitleIndex) -> None:
        """Each ranking is cut to its best hits."""
        query = replace(ANYTHING, sparse=SparseVector((1000, 1001), (1.0, 1.0)))
        whole = await index.search(query)
        cut = await index.search(replace(query, limit=3))
        assert keys(cut.dense) == keys(whole.dense)[:3]
        assert keys(cut.sparse) == keys(whole.sparse)[:3]
        assert len(cut.dense) == len(cut.sparse) == 3

    async def test_titles_sent_along_are_the_stored_ones(self, index: TitleIndex) -> None:
        """Titles that come with the rankings are complete, and belong to the keys."""
        found = await index.search(ANYTHING)
        assert all(title in TITLES and title.key == key for key, title in found.titles.items())


DECOMPOSED = unicodedata.normalize("NFD", "Almodóvar")
FILTERS = {
    "films": SearchFilters(media_type=MediaType.MOVIE),
    "series": SearchFilters(media_type=MediaType.TV),
    "one genre": SearchFilters(genres=("Drama",)),
    "all genres": SearchFilters(genres=("Comedy", "Thriller")),
    "unwanted genre": SearchFilters(exclude_genres=("Comedy",)),
    "unwanted genres": SearchFilters(exclude_genres=("Comedy", "Family")),
    "service": SearchFilters(providers=("Hulu",)),
    "one of the services": SearchFilters(providers=("HBO Max", "Netflix")),
    "service in a country": SearchFilters(providers=("Netflix",), region="DE"),
    "one of the services in a country": SearchFilters(providers=("HBO Max", "Netflix"), region="US"),
    "from a year": SearchFilters(year_from=2006),
    "up to a year": SearchFilters(year_to=1999),
    "one year": SearchFilters(year_from=2001, year_to=2001),
    "at least so long": SearchFilters(min_runtime=100),
    "at most so long": SearchFilters(max_runtime=97),
    "length": SearchFilters(min_runtime=53, max_runtime=98),
    "rating": SearchFilters(min_rating=8.4),
    "language": SearchFilters(languages=("es",)),
    "one of the languages": SearchFilters(languages=("ko", "ja")),
    "country": SearchFilters(countries=("GB",)),
    "one of the countries": SearchFilters(countries=("FR", "AU")),
    "director without accents": SearchFilters(people=("pedro almodovar",)),
    "director with accents": SearchFilters(people=("PEDRO ALMODÓVAR",)),
    "accents in two code points": SearchFilters(
        people=(unicodedata.normalize("NFD", "Almodóvar").join(("Pedro ", "")),)
    ),
    "all people": SearchFilters(people=("Penelope Cruz", "Carmen Maura")),
    "creator with a hyphen": SearchFilters(people=("Baran-bo-Odar",)),
    "unwanted person": SearchFilters(exclude_people=("penelope cruz",)),
    "unwanted people": SearchFilters(exclude_people=("Bong Joon-ho", "Noah Hawley", "nobody at all")),
    "for small children": SearchFilters(max_certification="TV-Y"),
    "for children": SearchFilters(max_certification="PG"),
    "for teenagers": SearchFilters(max_certification="PG-13"),
    "for grown-ups": SearchFilters(max_certification="TV-MA"),
    "unwanted title": SearchFilters(exclude_titles=("fargo",)),
    "unwanted titles": SearchFilters(exclude_titles=("AMELIE", "wall e", "whats up doc", "What's up doc")),
    "like a title": SearchFilters(like_titles=("Amelie", "千と千尋の神隠し")),
    "popularity is no filter": SearchFilters(popularity=Popularity.HIDDEN_GEMS),
    "films from Spain": SearchFilters(media_type=MediaType.MOVIE, countries=("ES",), genres=("Comedy",)),
    "family evening": SearchFilters(
        genres=("Family",),
        max_certification="PG",
        min_runtime=60,
        max_runtime=120,
        providers=("Disney Plus",),
    ),
    "dark, but no comedy": SearchFilters(
        genres=("Crime",),
        exclude_genres=("Comedy",),
        languages=("en", "de"),
        min_rating=8.0,
        year_from=2010,
        exclude_titles=("Fargo",),
    ),
    "nothing fits": SearchFilters(languages=("es",), countries=("KR",)),
}
NOT_SELECTIVE = {"popularity is no filter", "nothing fits"}


@reading
class TestFilters:
    @pytest.mark.parametrize("name", FILTERS)
    async def test_a_filter_keeps_exactly_what_meets_it(self, index: TitleIndex, name: str) -> None:
        """Search and count agree with the plain meaning of the filters."""
        wish = FILTERS[name]
        expected = expected_keys(wish)
        assert name in NOT_SELECTIVE or 0 < len(expected) < len(TITLES), "the case tells nothing"
        found = await index.search(replace(ANYTHING, filters=wish))
        assert set(keys(found.dense)) == expected
        assert await index.count(wish) == len(expected)

    async def test_the_filters_hold_for_the_sparse_ranking(self, index: TitleIndex) -> None:
        """No ranking lets through what does not meet the filters."""
        query = replace(ANYTHING, sparse=SparseVector(tuple(range(1000, 1010)), (1.0,) * 10))
        for wish in FILTERS.values():
            found = await index.search(replace(query, filters=wish))
            assert set(keys(found.sparse)) == expected_keys(wish)

    async def test_excluded_ids_stay_away(self, index: TitleIndex) -> None:
        """Titles that were shown already do not come back; unknown ids do no harm."""
        gone = (TITLES[0].id, TITLES[8].id, TITLES[12].id, "tmdb:movie:1")
        wish = SearchFilters(exclude_genres=("Romance",))
        found = await index.search(replace(ANYTHING, filters=wish, exclude_ids=gone))
        assert set(keys(found.dense)) == expected_keys(wish, gone)

    async def test_a_film_and_a_series_of_one_name_are_told_apart(self, index: TitleIndex) -> None:
        """The media type chooses between two titles of the same name."""
        wish = SearchFilters(media_type=MediaType.TV, genres=("Crime",), year_to=2015)
        found = await index.search(replace(ANYTHING, filters=wish))
        assert keys(found.dense) == [TITLES[1].key]


def one_or_two(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


GENRES = ("Drama", "Comedy", "Crime", "Family", "Animation", "Thriller", "Western")
PEOPLE = ("pedro almodovar", "Penélope Cruz", "PENELOPE CRUZ", "Joel Coen", "jantje friese", "Nobody")
NAMES = ("fargo", "AMÉLIE", "wall-e", "Volver", "千と千尋の神隠し", "no such title")
YEARS, MINUTES = st.integers(1950, 2025), st.integers(1, 150)
WISHES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "media type": st.fixed_dictionaries({"media_type": st.sampled_from(MediaType)}),
    "genres": st.lists(st.sampled_from(GENRES), min_size=1, max_size=3, unique=True).flatmap(
        lambda chosen: st.integers(0, len(chosen)).map(
            lambda cut: {"genres": tuple(chosen[:cut]), "exclude_genres": tuple(chosen[cut:])}
        )
    ),
    "services": st.fixed_dictionaries({"providers": one_or_two(("Hulu", "HBO Max", "Disney Plus", "MUBI"))}),
    "services in a country": st.fixed_dictionaries(
        {
            "providers": one_or_two(("Netflix", "HBO Max", "Joyn", "Hulu")),
            "region": st.sampled_from(("US", "DE", "GB", "FR")),
        }
    ),
    "years": st.tuples(YEARS, YEARS).map(lambda y: {"year_from": min(y), "year_to": max(y)}),
    "from year": st.fixed_dictionaries({"year_from": YEARS}),
    "runtime": st.tuples(MINUTES, MINUTES).map(lambda m: {"min_runtime": min(m), "max_runtime": max(m)}),
    "max runtime": st.fixed_dictionaries({"max_runtime": MINUTES}),
    "rating": st.fixed_dictionaries({"min_rating": st.sampled_from((7.3, 7.9, 8.4)) | st.floats(0, 10)}),
    "languages": st.fixed_dictionaries({"languages": one_or_two(("en", "es", "fr", "de", "xx"))}),
    "countries": st.fixed_dictionaries({"countries": one_or_two(("US", "GB", "ES", "FR", "DE", "ZZ"))}),
    "people": st.fixed_dictionaries({"people": one_or_two(PEOPLE)}),
    "no people": st.fixed_dictionaries({"exclude_people": one_or_two(PEOPLE)}),
    "certification": st.fixed_dictionaries({"max_certification": st.sampled_from(sorted(AGES))}),
    "like": st.fixed_dictionaries({"like_titles": one_or_two(NAMES)}),
    "not": st.fixed_dictionaries({"exclude_titles": one_or_two(NAMES)}),
    "popularity": st.fixed_dictionaries({"popularity": st.sampled_from(Popularity)}),
}


@st.composite
def wishes(draw: st.DrawFn) -> SearchFilters:
    chosen = draw(st.lists(st.sampled_from(list(WISHES)), max_size=4, unique=True))
    arguments: dict[str, Any] = {}
    for name in chosen:
        arguments = {**draw(WISHES[name]), **arguments}
    for low, high in (("year_from", "year_to"), ("min_runtime", "max_runtime")):
        if low in arguments and high in arguments:
            arguments[low], arguments[high] = sorted((arguments[low], arguments[high]))
    return SearchFilters(**arguments)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_any_filters_keep_exactly_what_meets_them(provider: str, tmp_path: Path) -> None:
    """Whatever is wished for together, search and count agree with the plain meaning."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        index = runner.run(stack.enter_async_context(opened(provider, tmp_path)))

        async def check(wish: SearchFilters, shown: Sequence[str]) -> None:
            found = await index.search(replace(ANYTHING, filters=wish, exclude_ids=tuple(shown)))
            assert set(keys(found.dense)) == expected_keys(wish, shown)
            assert await index.count(wish) == len(expected_keys(wish))

        @settings(max_examples=40, deadline=None)
        @given(wishes(), st.lists(st.sampled_from([title.id for title in TITLES]), max_size=3))
        def holds(wish: SearchFilters, shown: Sequence[str]) -> None:
            runner.run(check(wish, shown))

        try:
            runner.run(index.upsert(STORED))
            holds()
        finally:
            runner.run(stack.aclose())


@reading
class TestFetching:
    async def test_every_field_comes_back(self, index: TitleIndex) -> None:
        """A title read from the index equals the one that was stored, in every field."""
        assert await index.fetch([title.key for title in TITLES]) == {title.key: title for title in TITLES}

    async def test_unknown_keys_are_absent(self, index: TitleIndex) -> None:
        """Reading a title that is not there is no error."""
        found = await index.fetch([TITLES[3].key, key_of("tmdb:movie:0")])
        assert found == {TITLES[3].key: TITLES[3]}
        assert await index.fetch([]) == {}


@reading
class TestRoster:
    async def test_it_names_every_title_and_its_people(self, index: TitleIndex) -> None:
        found = await index.roster()
        assert sorted(found, key=repr) == sorted(map(entry_of, TITLES), key=repr)


class TestRosterOfItsOwn:
    async def test_an_empty_index_names_nobody(self, empty: TitleIndex) -> None:
        assert await empty.roster() == []

    async def test_more_titles_than_are_read_at_once(self, empty: TitleIndex) -> None:
        many = [film(number, f"Film {number}") for number in range(1_200)]
        await empty.upsert([IndexedTitle(title, STORED[0].dense, STORED[0].sparse) for title in many])
        assert {entry.name for entry in await empty.roster()} == {title.name for title in many}


class TestLanguagesOfSeries:
    async def test_a_series_without_a_language_gets_it_from_its_country(self, empty: TitleIndex) -> None:
        """A film does not: a country's films are made in many languages."""
        unknown = (
            series(901, "Untold", countries=("KR",)),
            film(902, "Untold too", countries=("KR",)),
            series(903, "From two tongues", countries=("BE",)),
            series(904, "Told", countries=("KR",), language="en"),
        )
        await empty.upsert([IndexedTitle(title, STORED[0].dense, STORED[0].sparse) for title in unknown])
        query = IndexQuery(STORED[0].dense, SparseVector((), ()), SearchFilters(languages=("ko",)))
        assert keys((await empty.search(query)).dense) == [unknown[0].key]
        assert await empty.fetch([unknown[0].key]) == {unknown[0].key: unknown[0]}  # the card claims none


class TestStoring:
    async def test_the_same_id_is_replaced(self, own: TitleIndex) -> None:
        """Storing a title again changes its fields, its vectors and what it is filtered by."""
        changed = replace(TITLES[4], name="Amelia", genres=("War",), stars=(), directors=())
        vector = unit_vectors(1, seed=5)[0]
        await own.upsert([IndexedTitle(changed, vector, SparseVector((77,), (1.0,)))])
        assert await own.count() == len(TITLES)
        assert await own.fetch([changed.key]) == {changed.key: changed}
        found = await own.search(IndexQuery(vector, SparseVector((77,), (1.0,))))
        assert found.dense[0].key == changed.key
        assert found.dense[0].score == pytest.approx(1.0, abs=TOLERANCE)
        assert keys(found.sparse) == [changed.key]
        assert await own.count(SearchFilters(genres=("War",))) == 1
        assert await own.count(SearchFilters(people=("Audrey Tautou",))) == 0
        assert await own.named(["Amélie"]) == []

    async def test_deleted_titles_are_gone(self, own: TitleIndex) -> None:
        """Deleting takes canonical ids, and ignores those that it does not know."""
        await own.delete([TITLES[0].id, TITLES[1].id, "tmdb:movie:0"])
        assert await own.count() == len(TITLES) - 2
        assert await own.fetch([TITLES[0].key]) == {}
        assert await own.named(["Fargo"]) == []
        assert TITLES[0].key not in keys((await own.search(ANYTHING)).dense)

    async def test_writing_nothing_changes_nothing(self, own: TitleIndex) -> None:
        """Empty batches are allowed."""
        await own.upsert([])
        await own.delete([])
        assert await own.count() == len(TITLES)

    async def test_a_rarer_term_scores_higher(self, empty: TitleIndex) -> None:
        """At equal weights, the title with the term that few titles have comes first."""
        common, rare = SparseVector((1,), (1.0,)), SparseVector((2,), (1.0,))
        await empty.upsert(
            [replace(item, sparse=rare if n == 7 else common) for n, item in enumerate(STORED)]
        )
        found = await empty.search(replace(ANYTHING, sparse=SparseVector((1, 2), (1.0, 1.0))))
        assert found.sparse[0].key == TITLES[7].key
        assert found.sparse[0].score > 5 * found.sparse[1].score

    async def test_an_empty_index_finds_nothing(self, empty: TitleIndex) -> None:
        """Searching before anything is stored is no error."""
        found = await empty.search(replace(ANYTHING, sparse=SparseVector((1,), (1.0,))))
        assert (found.dense, found.sparse) == ((), ())
        assert await empty.count() == 0

    async def test_rarity_follows_what_is_stored(self, own: TitleIndex) -> None:
        """After titles were replaced, a term is as rare as the new ones make it."""
        replaced = [replace(item, sparse=STORED[0].sparse) for item in STORED[3:6]]
        await own.upsert(replaced)
        query = SparseVector(tuple(range(1000, 1010)), (1.0,) * 10)
        found = (await own.search(replace(ANYTHING, sparse=query))).sparse
        now = [*STORED[:3], *replaced, *STORED[6:]]
        assert scores(found) == pytest.approx(bm25(query, now), abs=TOLERANCE)


@reading
class TestNamed:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (["AMELIE"], {4}),
            (["fargo"], {0, 1}),
            (["Wall-E", "what s up doc"], {6, 11}),
            (["千と千尋の神隠し", "no such title"], {9}),
            (["12 angry"], set()),
            (["?!"], set()),
            ([], set()),
        ],
        ids=["accents", "two of one name", "punctuation", "script", "part of a name", "no letters", "none"],
    )
    async def test_titles_are_found_by_name(
        self, index: TitleIndex, names: list[str], expected: set[int]
    ) -> None:
        """Whole names match, without case, accents and punctuation, and bring their unit vectors."""
        found = {item.title.id: item for item in await index.named(names)}
        assert set(found) == {TITLES[n].id for n in expected}
        for n in expected:
            item = found[TITLES[n].id]
            assert item.title == TITLES[n]
            assert item.dense.dtype == np.float32
            assert np.linalg.norm(item.dense) == pytest.approx(1.0, abs=TOLERANCE)
            assert item.dense == pytest.approx(STORED[n].dense, abs=TOLERANCE)


class TestEmbedded:
    async def test_it_ranks_like_the_exact_search(self, tmp_path: Path) -> None:
        """For random requests over 200 titles, the embedded engine gives the oracle's scores."""
        titles = [
            film(n, f"Title {n}", 1950 + n % 70, genres=GENRES[n % 5 : n % 5 + 2], runtime_minutes=60 + n)
            for n in range(200)
        ]
        async with opened("embedded", tmp_path) as embedded, opened("memory", tmp_path) as oracle:
            for index in (embedded, oracle):
                await index.upsert(indexed(titles, seed=6))
            queries = zip(unit_vectors(20, seed=7), sparse_vectors(20, seed=8), strict=True)
            for n, (dense, sparse) in enumerate(queries):
                selective = SearchFilters(year_from=1980, exclude_genres=(GENRES[n % 5],))
                wish = selective if n % 2 else SearchFilters()
                query = IndexQuery(dense, sparse, wish, limit=len(titles))
                found, expected = await embedded.search(query), await oracle.search(query)
                assert agree(found.dense, expected.dense)
                assert agree(found.sparse, expected.sparse)

    async def test_what_was_stored_is_there_after_a_restart(self, tmp_path: Path) -> None:
        """A finished index opens again with the same titles, vectors and filters."""
        made = EdgeIndex.create(tmp_path / "index", DIMENSIONS)
        query = replace(ANYTHING, sparse=SparseVector((1000, 1001), (1.0, 1.0)), filters=FILTERS["rating"])
        try:
            await made.upsert(STORED)
            await made.optimize()
            before = await made.search(query)
        finally:
            made.close()
        again = EdgeIndex.open(tmp_path / "index")
        try:
            after = await again.search(query)
            assert agree(after.dense, before.dense)
            assert agree(after.sparse, before.sparse)
            assert await again.fetch([TITLES[0].key]) == {TITLES[0].key: TITLES[0]}
        finally:
            again.close()

    async def test_rarity_forgets_deleted_titles_on_reopening(self, tmp_path: Path) -> None:
        """The engine counts deleted titles into a term's rarity until the index is opened again."""
        made = EdgeIndex.create(tmp_path / "index", DIMENSIONS)
        try:
            await made.upsert(STORED)
            await made.delete([item.title.id for item in STORED[9:]])
        finally:
            made.close()
        again = EdgeIndex.open(tmp_path / "index")
        try:
            query = SparseVector(tuple(range(1000, 1010)), (1.0,) * 10)
            found = (await again.search(replace(ANYTHING, sparse=query))).sparse
            assert scores(found) == pytest.approx(bm25(query, STORED[:9]), abs=TOLERANCE)
        finally:
            again.close()

    async def test_a_vector_of_another_size_is_no_damage(self, tmp_path: Path) -> None:
        """An encoder of another size is a mistake of configuration; no index is rebuilt for it."""
        async with opened("embedded", tmp_path) as embedded:
            with pytest.raises(VectorSizeMismatch):
                await embedded.search(replace(ANYTHING, dense=ANYTHING.dense[:8]))

    def test_a_folder_without_an_index_is_corrupt(self, tmp_path: Path) -> None:
        """Opening what is no index raises the error that has it rebuilt."""
        with pytest.raises(IndexCorrupt):
            EdgeIndex.open(tmp_path / "nothing")


def agree(found: Sequence[Hit], expected: Sequence[Hit]) -> bool:
    """Same keys, same scores, and the same order wherever the scores differ enough to tell."""
    return (
        is_best_first(found)
        and scores(found) == pytest.approx(scores(expected), abs=TOLERANCE)
        and [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=TOLERANCE)
    )


Call = Callable[[ClientIndex], Awaitable[object]]
CALLS: dict[str, Call] = {
    "ensure": lambda index: index.ensure(DIMENSIONS),
    "search": lambda index: index.search(ANYTHING),
    "upsert": lambda index: index.upsert(STORED),
    "delete": lambda index: index.delete([TITLES[0].id]),
    "fetch": lambda index: index.fetch([TITLES[0].key]),
    "named": lambda index: index.named(["Fargo"]),
    "count": lambda index: index.count(),
    "roster": lambda index: index.roster(),
}


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestCollections:
    async def test_missing_collections_are_created_once(self, standin: QdrantServer) -> None:
        """What is missing is named, then made; what is there is left as it is."""
        async with connected(standin.url) as index:
            assert await index.missing() == ["films", "series"]
            await index.ensure(DIMENSIONS)
            assert await index.missing() == []
            await index.upsert(STORED)
            await index.ensure(DIMENSIONS)
            assert await index.count() == len(TITLES)

    async def test_what_someone_else_filled_is_not_ours(self, standin: QdrantServer) -> None:
        """A collection is ours while it is empty or holds our titles only; another beside it may be."""
        client = server(standin.url, KEY)
        try:
            index = ClientIndex(client, COLLECTIONS)
            await index.ensure(DIMENSIONS)
            assert await index.ours() == set(MediaType)
            await index.upsert(STORED)
            assert await index.ours() == set(MediaType)
            payload = {"media_id": 5, "media_type": "movie", "title": "Theirs"}
            point = models.PointStruct(id=5, vector={DENSE_VECTOR: ANYTHING.dense.tolist()}, payload=payload)
            await client.upsert("films", [point])
            assert await index.ours() == {MediaType.TV}
        finally:
            await client.close()

    async def test_what_someone_else_filled_is_named_too(self, standin: QdrantServer) -> None:
        """Its titles are found by the name they bear, and odd points among them are passed over."""
        client = server(standin.url, KEY)
        try:
            index = ClientIndex(client, COLLECTIONS)
            await index.ensure(DIMENSIONS)
            theirs = {"media_id": 5, "media_type": "movie", "title": "The Others’ Film", "release_year": 2001}
            for number, payload in ((5, theirs), (6, {"title": "No type"}), (7, {"media_type": "movie"})):
                vector = {DENSE_VECTOR: ANYTHING.dense.tolist()}
                await client.upsert("films", [models.PointStruct(id=number, vector=vector, payload=payload)])
            (entry,) = await index.roster()
            assert (entry.name, entry.year) == ("The Others’ Film", 2001)
            (found,) = await index.named([entry.name])
            assert found.title.name == entry.name
        finally:
            await client.close()

    async def test_points_that_are_numbered_alike_stay_apart(self, standin: QdrantServer) -> None:
        """TMDB's number 5 is a film and a series."""
        client = server(standin.url, KEY)
        try:
            index = ClientIndex(client, COLLECTIONS)
            await index.ensure(DIMENSIONS)
            for name, kind in (("films", "movie"), ("series", "tv")):
                payload = {"media_id": 5, "media_type": kind, "title": f"Five of {name}"}
                vector = {DENSE_VECTOR: ANYTHING.dense.tolist()}
                await client.upsert(name, [models.PointStruct(id=5, vector=vector, payload=payload)])
            found = await index.search(ANYTHING)
            assert sorted(keys(found.dense)) == ["films/5", "series/5"]
            assert {title.name for title in found.titles.values()} == {"Five of films", "Five of series"}
            assert await index.fetch(keys(found.dense)) == dict(found.titles)
        finally:
            await client.close()

    async def test_films_and_series_are_merged_by_score(self, standin: QdrantServer) -> None:
        """A search over both collections gives one ranking, best first, within the limit."""
        query = replace(ANYTHING, sparse=SparseVector((1000, 1001, 1002), (1.0, 1.0, 1.0)))
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            await index.upsert(STORED)
            found = await index.search(query)
            assert scores(found.dense) == pytest.approx(cosines(query.dense, STORED), abs=TOLERANCE)
            assert is_best_first(found.dense)
            assert is_best_first(found.sparse)
            assert {found.titles[key].media_type for key in keys(found.sparse)} == set(MediaType)
            cut = await index.search(replace(query, limit=4))
            assert keys(cut.dense) == keys(found.dense)[:4]
            assert keys(cut.sparse) == keys(found.sparse)[:4]

    async def test_each_title_is_in_the_collection_of_its_type(self, standin: QdrantServer) -> None:
        """Films and series are stored apart, and read, counted, named and deleted together."""
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            await index.upsert(STORED)
            both = {title.key: title for title in TITLES[:2]}
            assert await index.fetch(list(both)) == both
            assert {item.title for item in await index.named(["Fargo"])} == set(TITLES[:2])
            assert await index.count() == len(TITLES)
            async with connected(standin.url, collections={MediaType.MOVIE: "films"}) as films:
                assert await films.count() == sum(t.media_type is MediaType.MOVIE for t in TITLES)
            await index.delete([title.id for title in TITLES[:2]])
            assert await index.fetch(list(both)) == {}

    async def test_a_search_asks_each_collection_once(self, standin: QdrantServer) -> None:
        """Both rankings are one round trip; a media type asks its own collection only."""
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            query = replace(ANYTHING, sparse=SparseVector((1000,), (1.0,)))
            standin.requests.clear()
            await index.search(query)
            assert sorted(standin.requests) == [
                "POST /collections/films/points/query/batch",
                "POST /collections/series/points/query/batch",
            ]
            standin.requests.clear()
            await index.search(replace(query, filters=SearchFilters(media_type=MediaType.TV)))
            assert standin.requests == ["POST /collections/series/points/query/batch"]

    async def test_vectors_of_another_size_are_refused(self, standin: QdrantServer) -> None:
        """A collection of another encoder is named, and so is the setting that mends it."""
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            with pytest.raises(VectorSizeMismatch, match=r"'films'.* 16 .*\b24\b.*EMBEDDING_MODEL"):
                await index.ensure(24)
            await index.ensure(DIMENSIONS)

    @pytest.mark.parametrize(
        ("config", "told"),
        [
            ({"text": COSINE, "plot": COSINE}, r"no vector called 'dense_vector'.*text, plot"),
            ({}, "no vector called 'dense_vector'.*none"),
            (models.VectorParams(size=DIMENSIONS, distance=models.Distance.EUCLID), "distance Euclid"),
        ],
        ids=["several", "none", "another distance"],
    )
    async def test_a_collection_that_cannot_be_searched_is_refused(self, config: Any, told: str) -> None:
        """It is refused at the start, not at the first search."""
        client = in_memory()
        try:
            await client.create_collection("other", config)
            with pytest.raises(VectorSizeMismatch, match=told):
                await ClientIndex(client, dict.fromkeys(MediaType, "other")).ensure(DIMENSIONS)
        finally:
            await client.close()

    async def test_a_legacy_point_with_a_number_for_key_is_read(self, standin: QdrantServer) -> None:
        """Older collections number their points; what a search finds there can be fetched."""
        client = server(standin.url, KEY)
        try:
            index = ClientIndex(client)
            await index.ensure(DIMENSIONS)
            point = models.PointStruct(
                id=603,
                vector={DENSE_VECTOR: ANYTHING.dense.tolist()},
                payload={"media_id": 603, "media_type": "movie", "title": "The Matrix"},
            )
            await client.upsert(index.collections[0], [point])
            found = await index.search(ANYTHING)
            (key,) = keys(found.dense)
            assert found.titles[key].id == "tmdb:movie:603"
            assert await index.fetch([key]) == dict(found.titles)
        finally:
            await client.close()


class TestFaults:
    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("key", [WRONG_KEY, None], ids=["wrong", "missing"])
    async def test_a_refused_key_is_forbidden_and_not_shown(
        self, standin: QdrantServer, call: str, key: str | None
    ) -> None:
        """A wrong key raises `IndexForbidden`, naming the setting; no key is in its traceback."""
        async with connected(standin.url, key) as index:
            with pytest.raises(IndexForbidden, match="QDRANT_API_KEY") as caught:
                await CALLS[call](index)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert WRONG_KEY not in shown
        assert KEY not in shown

    async def test_a_key_that_may_only_read_is_forbidden(self, standin: QdrantServer) -> None:
        """HTTP 403 is the same fault as 401."""
        async with connected(standin.url) as index:
            standin.fail_next(403, "Forbidden: Write access is required")
            with pytest.raises(IndexForbidden, match="403"):
                await index.upsert(STORED)

    @pytest.mark.parametrize("call", CALLS)
    async def test_a_server_that_is_away_is_unavailable(self, call: str) -> None:
        """A closed port raises `IndexUnavailable`, naming the setting, without the key."""
        async with connected(f"http://127.0.0.1:{unused_port()}") as index:
            with pytest.raises(IndexUnavailable, match="QDRANT_ENDPOINT") as caught:
                await CALLS[call](index)
        assert KEY not in "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize("call", CALLS)
    async def test_a_busy_server_is_unavailable(self, standin: QdrantServer, call: str) -> None:
        """HTTP 503 that stays raises `IndexUnavailable`."""
        async with connected(standin.url) as index:
            standin.fail_from_now(503)
            with pytest.raises(IndexUnavailable, match="503"):
                await CALLS[call](index)

    async def test_the_next_call_may_succeed(self, standin: QdrantServer) -> None:
        """A fault leaves the client usable."""
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            standin.fail_from_now(503)
            with pytest.raises(IndexUnavailable):
                await index.upsert(STORED)
            standin.recover()
            await index.upsert(STORED)
            assert await index.count() == len(TITLES)

    @pytest.mark.parametrize(
        ("status", "text", "fault"),
        [
            (429, "", IndexUnavailable),
            (500, "", IndexUnavailable),
            (502, "<html>Bad Gateway</html>", IndexUnavailable),
            (500, "Service internal error: No space left on device", DiskFull),
            (507, "", DiskFull),
            (200, "<html>Please sign in to this network</html>", IndexUnavailable),
            (200, '{"result": {"surprise": true}}', IndexUnavailable),
        ],
        ids=["too many", "broken", "proxy", "no space", "insufficient storage", "not JSON", "not Qdrant"],
    )
    async def test_a_faulty_answer_becomes_our_error(
        self, standin: QdrantServer, status: int, text: str, fault: type[IndexFault]
    ) -> None:
        """Whatever a server or a proxy in front of it says, callers see our errors only."""
        async with connected(standin.url) as index:
            standin.fail_from_now(status, text)
            with pytest.raises(fault) as caught:
                await index.count()
        assert type(caught.value) is fault

    async def test_too_many_requests_with_a_pause_are_unavailable(self, standin: QdrantServer) -> None:
        """HTTP 429 is `IndexUnavailable` also when the server says how long to wait."""
        async with connected(standin.url) as index:
            standin.fail_next(429, retry_after_seconds=7)
            with pytest.raises(IndexUnavailable):
                await index.count()

    async def test_a_dropped_connection_is_unavailable(self, standin: QdrantServer) -> None:
        """A server that keeps hanging up mid-request raises `IndexUnavailable`."""
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            standin.fail_from_now(0)
            with pytest.raises(IndexUnavailable):
                await index.search(ANYTHING)

    async def test_a_missing_collection_is_a_fault_with_its_reason(self, standin: QdrantServer) -> None:
        """What the server says of a request that it cannot answer is passed on to the host."""
        async with connected(standin.url) as index:
            with pytest.raises(IndexFault, match=r"404.*films") as caught:
                await index.count()
        assert type(caught.value) is IndexFault

    async def test_a_fault_of_one_collection_fails_the_search(self, standin: QdrantServer) -> None:
        """Half a ranking is no answer: where one collection is away, the search is."""
        async with connected(standin.url) as index:
            await index.ensure(DIMENSIONS)
            await index.upsert(STORED)
            standin.fail_from_now(503, path_part="series")
            with pytest.raises(IndexUnavailable):
                await index.search(ANYTHING)
            standin.recover()
            assert isinstance(await index.search(ANYTHING), Rankings)

"""Collections that others filled: both eras of their payloads, searched as one index and never written to."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient, models

from core.domain import MediaType, SearchFilters, key_of
from core.errors import ConfigurationError, IndexFault, VectorSizeMismatch
from core.ports import IndexQuery, SparseVector
from core.providers.qdrant.client import ClientIndex, server
from core.providers.qdrant.faults import Patience
from tests.contracts.test_title_index import STORED, at_once, keys, unit_vectors
from tests.qdrant_server import QdrantServer

pytestmark = pytest.mark.filterwarnings(
    "ignore:Payload indexes have no effect in the local Qdrant:UserWarning"
)

DIMENSIONS = 16
FILMS, SERIES = "Movies_BGE", "TV_Shows_BGE"
BOTH = {MediaType.MOVIE: FILMS, MediaType.TV: SERIES}
COSINE = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
POSTER = "https://image.tmdb.org/t/p/w500/abc.jpg"


def content(title: str, overview: str) -> str:
    return (
        f"Title: {title}\n    Genres: Drama\n    Overview: {overview}\n    Tagline: \n    Director: Unknown"
    )


# The first era: an unnamed vector, TMDB's number as point and id, services by name, no text but `content`.
OLD_FILMS: Mapping[int, dict[str, Any]] = {
    603: {
        "media_id": 603,
        "media_type": "movie",
        "title": "The Matrix",
        "genres": ["Action", "Science Fiction"],
        "overview": "A hacker learns what the world is.",
        "stars": ["Keanu Reeves", "Carrie-Anne Moss"],
        "director": "Lana Wachowski",
        "release_date": "1999-03-31T00:00:00Z",
        "release_year": 1999,
        "keywords": ["dystopia"],
        "watch_providers": ["Max", "Netflix"],
        "poster_url": POSTER,
        "popularity": 80.5,
        "vote_average": 8.2,
        "vote_count": 25_000,
        "content": content("The Matrix", "A hacker learns what the world is."),
    },
    194: {
        "media_id": 194,
        "media_type": "movie",
        "title": "Amélie",
        "genres": ["Comedy", "Romance"],
        "stars": ["Audrey Tautou"],
        "director": "Jean-Pierre Jeunet",
        "release_year": 2001,
        "watch_providers": ["Paramount Plus"],
        "vote_average": 7.9,
        "content": content("Amélie", "A waitress makes others happy."),
    },
    # Dirty: texts for numbers, lists as texts with commas, what is missing is missing.
    129: {
        "media_id": "129",
        "title": "Spirited Away",
        "genres": "Animation, Fantasy",
        "stars": "Rumi Hiiragi, Miyu Irino",
        "director": None,
        "release_year": "2001",
        "watch_providers": "Max, Hulu",
        "vote_average": "8.5",
        "vote_count": "many",
    },
}
# The second: named vectors, services by TMDB's number, `llm_context`.
NEW_SERIES: Mapping[int, dict[str, Any]] = {
    1396: {
        "media_id": 1396,
        "media_type": "tv",
        "title": "Breaking Bad",
        "genres": ["Drama", "Crime"],
        "stars": ["Bryan Cranston"],
        "creator": ["Vince Gilligan"],
        "release_year": 2008,
        "watch_providers": [8, 9],
        "season_count": 5,
        "trailer_key": "HhesaQXLuRY",
        "imdb_id": "tt0903747",
        "vote_average": 8.9,
        "vote_count": 15_000,
        "llm_context": {"t": "Breaking Bad", "o": "A teacher turns to crime.", "g": ["Drama"]},
    },
    82728: {
        "media_id": 82728,
        "media_type": "tv",
        "title": "Bluey",
        "genres": ["Animation", "Sci-Fi & Fantasy"],
        "release_year": 2018,
        "watch_providers": [337],
        "llm_context": "Title: Bluey\nOverview: A puppy plays\nall day long.\nStars: David McCormack",
    },
}


@pytest.fixture
async def standin() -> AsyncIterator[QdrantServer]:
    async with QdrantServer() as running:
        yield running


@pytest.fixture
async def client(standin: QdrantServer) -> AsyncIterator[AsyncQdrantClient]:
    connected = server(standin.url, None)
    yield connected
    await connected.close()


async def fill(client: AsyncQdrantClient, *, sparse_from: int = 2**24) -> None:
    """Both collections, as their makers' pipelines fill them. The first vectors are those of STORED."""
    await client.create_collection(FILMS, COSINE)
    await client.upsert(
        FILMS,
        [
            models.PointStruct(id=number, vector=STORED[n].dense.tolist(), payload=payload)
            for n, (number, payload) in enumerate(OLD_FILMS.items())
        ],
    )
    await client.create_collection(
        SERIES, {"dense_vector": COSINE}, {"sparse_vector": models.SparseVectorParams()}
    )
    terms = models.SparseVector(indices=[sparse_from, sparse_from + 1], values=[1.0, 1.0])
    await client.upsert(
        SERIES,
        [
            models.PointStruct(
                id=number,
                vector={"dense_vector": STORED[5 + n].dense.tolist(), "sparse_vector": terms},
                payload=payload,
            )
            for n, (number, payload) in enumerate(NEW_SERIES.items())
        ],
    )


def index_over(client: AsyncQdrantClient, names: Mapping[MediaType, str] = BOTH) -> ClientIndex:
    return ClientIndex(client, names, read_only=True, patience=Patience(sleep=at_once))


@pytest.fixture
async def index(client: AsyncQdrantClient) -> ClientIndex:
    await fill(client)
    opened = index_over(client)
    await opened.ensure(DIMENSIONS)
    await opened.look(await opened.ours())
    return opened


ANYTHING = IndexQuery(unit_vectors(1, seed=2)[0], SparseVector((), ()))


async def found(index: ClientIndex, **wishes: Any) -> set[str]:
    """Names of the titles that meet the wishes; search and count agree."""
    filters = SearchFilters(**wishes)
    rankings = await index.search(replace(ANYTHING, filters=filters))
    assert set(keys(rankings.dense)) <= set(rankings.titles)
    assert not rankings.unapplied
    assert await index.count(filters) == len(rankings.dense)
    return {rankings.titles[key].name for key in keys(rankings.dense)}


def told(value: object) -> str:
    """The same in every process."""
    return ", ".join(sorted(value)) or "nothing" if isinstance(value, set) else str(value)


ALL = {"The Matrix", "Amélie", "Spirited Away", "Breaking Bad", "Bluey"}


class TestSearch:
    async def test_films_and_series_of_both_eras_are_one_index(self, index: ClientIndex) -> None:
        """An unnamed and a named vector are searched at once, and ranked together."""
        assert await found(index) == ALL
        query = replace(ANYTHING, dense=STORED[5].dense)
        rankings = await index.search(query)
        best = rankings.titles[rankings.dense[0].key]
        assert best.name == "Breaking Bad"
        assert rankings.dense[0].score == pytest.approx(1.0, abs=1e-3)

    @pytest.mark.parametrize(
        ("wishes", "expected"),
        [
            ({"media_type": MediaType.TV}, {"Breaking Bad", "Bluey"}),
            ({"media_type": MediaType.MOVIE}, {"The Matrix", "Amélie", "Spirited Away"}),
            ({"genres": ("Fantasy",)}, {"Spirited Away", "Bluey"}),
            ({"genres": ("Animation", "Fantasy")}, {"Spirited Away", "Bluey"}),
            ({"exclude_genres": ("Fantasy", "Comedy")}, {"The Matrix", "Breaking Bad"}),
            ({"providers": ("Netflix",)}, {"The Matrix", "Breaking Bad"}),
            ({"providers": ("HBO Max",)}, {"The Matrix", "Spirited Away"}),
            ({"providers": ("Disney Plus", "Hulu")}, {"Spirited Away", "Bluey"}),
            ({"providers": ("Philo",)}, set()),
            ({"year_from": 2000, "year_to": 2005}, {"Amélie", "Spirited Away"}),
            ({"min_rating": 8.3}, {"Spirited Away", "Breaking Bad"}),
            ({"people": ("jean pierre jeunet",)}, {"Amélie"}),
            ({"people": ("Miyu Irino",)}, {"Spirited Away"}),
            ({"people": ("Nobody",)}, set()),
            ({"exclude_people": ("KEANU REEVES",)}, ALL - {"The Matrix"}),
            ({"exclude_titles": ("amelie",)}, ALL - {"Amélie"}),
            ({"like_titles": ("Bluey",)}, ALL - {"Bluey"}),
        ],
        ids=told,
    )
    async def test_filters_hold_in_the_spellings_of_both(
        self, index: ClientIndex, wishes: dict[str, Any], expected: set[str]
    ) -> None:
        """Names and numbers of services, combined genres, texts for numbers: each filter finds its titles."""
        assert await found(index, **wishes) == expected

    async def test_shown_titles_stay_away(self, index: ClientIndex) -> None:
        gone = ("tmdb:movie:603", "tmdb:tv:1396", "tmdb:movie:1396")
        rankings = await index.search(replace(ANYTHING, exclude_ids=gone))
        names = {rankings.titles[key].name for key in keys(rankings.dense)}
        assert names == ALL - {"The Matrix", "Breaking Bad"}

    @pytest.mark.parametrize(
        ("wishes", "expected"),
        [
            ({"year_from": 1990, "year_to": 1999}, {"Heat", "Twin Peaks"}),
            ({"year_from": 1996}, {"Numbered", "Zodiac"}),
            ({"year_to": 1995}, {"Heat", "Twin Peaks"}),
            ({"year_from": 2008}, set()),
        ],
        ids=told,
    )
    async def test_a_date_tells_the_year_where_nothing_else_does(
        self, client: AsyncQdrantClient, wishes: dict[str, Any], expected: set[str]
    ) -> None:
        dated: Mapping[str, dict[str, Any]] = {
            "Heat": {"release_date": "1995-12-31"},
            "Zodiac": {"release_date": "2007-01-01T00:00:00Z"},
            "Twin Peaks": {"media_type": "tv", "first_air_date": "1990-04-08"},
            "Numbered": {"year": 2001, "release_date": "1990-01-01"},
            "Undated": {"release_date": "soon"},
        }
        await client.create_collection(FILMS, COSINE)
        await client.upsert(
            FILMS,
            [
                models.PointStruct(
                    id=number,
                    vector=STORED[number].dense.tolist(),
                    payload={"title": name, "media_type": "movie", **rest},
                )
                for number, (name, rest) in enumerate(dated.items())
            ],
        )
        index = index_over(client, dict.fromkeys(MediaType, FILMS))
        await index.ensure(DIMENSIONS)
        await index.look(await index.ours())
        assert await found(index, **wishes) == expected
        lacking = (await index.lacking_indexes())[FILMS]
        assert lacking["release_date"] == lacking["first_air_date"] == "datetime"

    async def test_years_that_are_texts_keep_out_what_lies_beyond_them(
        self, client: AsyncQdrantClient
    ) -> None:
        await client.create_collection(FILMS, COSINE)
        old = {key: value for key, value in OLD_FILMS[129].items() if key != "vote_average"}
        point = models.PointStruct(id=1, vector=STORED[0].dense.tolist(), payload=old)
        await client.upsert(FILMS, [point])
        index = index_over(client, {MediaType.MOVIE: FILMS})
        await index.ensure(DIMENSIONS)
        await index.look(await index.ours())
        assert await found(index, year_to=2001) == {"Spirited Away"}
        assert await found(index, year_from=2002) == set()

    async def test_a_filter_that_nothing_tells_is_left_out_and_named(self, index: ClientIndex) -> None:
        """No payload has a length or a country, so they hold nothing back; the year does."""
        wish = SearchFilters(max_runtime=90, countries=("FR",), languages=("fr",), year_from=2005)
        rankings = await index.search(replace(ANYTHING, filters=wish))
        assert set(rankings.unapplied) == {"max_runtime", "countries", "languages"}
        assert {rankings.titles[key].name for key in keys(rankings.dense)} == {"Breaking Bad", "Bluey"}

    async def test_what_protects_is_never_left_out(self, index: ClientIndex) -> None:
        """No payload has a certification, so nothing is known to be fit for children."""
        rankings = await index.search(replace(ANYTHING, filters=SearchFilters(max_certification="PG")))
        assert (rankings.dense, rankings.unapplied) == ((), ())

    async def test_a_country_of_services_is_not_known(self, index: ClientIndex) -> None:
        assert await index.count(SearchFilters(providers=("Netflix",), region="US")) == 0

    async def test_hashed_terms_are_searched_by(self, index: ClientIndex) -> None:
        """Where terms are numbered as ours are, the sparse ranking stands beside the dense one."""
        rankings = await index.search(replace(ANYTHING, sparse=SparseVector((2**24,), (1.0,))))
        assert {rankings.titles[key].name for key in keys(rankings.sparse)} == {"Breaking Bad", "Bluey"}

    async def test_a_vocabulary_of_their_own_is_searched_densely(self, client: AsyncQdrantClient) -> None:
        """Terms counted from 0 mean other words than ours of the same number."""
        await fill(client, sparse_from=3)
        index = index_over(client)
        told = await index.look(await index.ours())
        rankings = await index.search(replace(ANYTHING, sparse=SparseVector((3,), (1.0,))))
        assert rankings.sparse == ()
        assert len(rankings.dense) == len(ALL)
        assert f"{SERIES!r} numbers its terms otherwise and is searched by its dense vectors alone" in told
        assert f"{FILMS!r} has no sparse vectors and is searched by its dense vectors alone" in told


class TestTitles:
    async def test_a_payload_of_each_era_becomes_a_title(self, index: ClientIndex) -> None:
        known = await index.fetch([key_of("tmdb:movie:603"), key_of("tmdb:tv:1396"), key_of("tmdb:tv:82728")])
        matrix, breaking, bluey = (
            known[key_of(name)] for name in ("tmdb:movie:603", "tmdb:tv:1396", "tmdb:tv:82728")
        )
        assert (matrix.year, matrix.directors, matrix.poster_url) == (1999, ("Lana Wachowski",), POSTER)
        assert {item.service for item in matrix.availability} == {"HBO Max", "Netflix"}
        assert {(item.region, item.as_of) for item in matrix.availability} == {("", "")}
        assert (breaking.seasons, breaking.other_ids) == (5, ("imdb:tt0903747",))
        assert breaking.overview == "A teacher turns to crime."
        assert breaking.trailer_url == "https://www.youtube.com/watch?v=HhesaQXLuRY"
        assert {item.service for item in breaking.availability} == {"Netflix", "Amazon Prime Video"}
        assert (bluey.overview, bluey.stars) == ("A puppy plays all day long.", ("David McCormack",))

    async def test_what_a_search_gives_can_be_fetched(self, index: ClientIndex) -> None:
        rankings = await index.search(ANYTHING)
        assert await index.fetch(keys(rankings.dense)) == dict(rankings.titles)
        assert await index.fetch([key_of("tmdb:movie:1"), f"{FILMS}/1", "elsewhere/603"]) == {}

    async def test_titles_are_found_by_any_spelling_with_their_vectors(self, index: ClientIndex) -> None:
        (matrix,) = await index.named(["the matrix"])
        (bluey,) = await index.named(["BLUEY", "no such title"])
        assert matrix.dense == pytest.approx(STORED[0].dense, abs=1e-3)
        assert bluey.dense == pytest.approx(STORED[6].dense, abs=1e-3)
        assert np.linalg.norm(bluey.dense) == pytest.approx(1.0, abs=1e-3)

    async def test_the_roster_names_titles_and_people(self, index: ClientIndex) -> None:
        entries = {entry.name: entry for entry in await index.roster()}
        assert set(entries) == ALL
        assert entries["Spirited Away"].stars == ("Rumi Hiiragi", "Miyu Irino")
        assert entries["Breaking Bad"].makers == ("Vince Gilligan",)

    async def test_what_cannot_be_read_is_counted_and_left_out(self, client: AsyncQdrantClient) -> None:
        """Odd points among the titles end neither the start nor a search."""
        await fill(client)
        odd: tuple[dict[str, Any] | None, ...] = (None, {}, {"title": ""}, {"note": "test"}, {"genres": 7})
        await client.upsert(
            FILMS,
            [
                models.PointStruct(id=9_000 + n, vector=ANYTHING.dense.tolist(), payload=payload)
                for n, payload in enumerate(odd)
            ],
        )
        index = index_over(client)
        told = await index.look(await index.ours())
        assert any("3 titles; 5 points cannot be read and are left out: " in line for line in told)
        rankings = await index.search(ANYTHING)
        assert {title.name for title in rankings.titles.values()} == ALL
        assert len(rankings.dense) == len(ALL)

    async def test_a_name_that_only_the_text_tells_is_found(self, client: AsyncQdrantClient) -> None:
        await fill(client)
        payload = {"media_id": 5, "content": "Title: Four Rooms\nStars: Tim Roth\nRelease Date: 1995-12-09"}
        await client.upsert(
            FILMS, [models.PointStruct(id=5, vector=STORED[9].dense.tolist(), payload=payload)]
        )
        index = index_over(client)
        await index.look(await index.ours())
        ((title,),) = [[item.title for item in await index.named(["four rooms"])]]
        assert (title.id, title.year, title.stars) == ("tmdb:movie:5", 1995, ("Tim Roth",))


class TestOnlyRead:
    async def test_nothing_is_ever_written(self, standin: QdrantServer, index: ClientIndex) -> None:
        """Whatever the bot asks, no request changes anything; and what would is refused before it is sent."""
        standin.requests.clear()
        await index.ensure(DIMENSIONS)
        assert await index.ours() == set()
        await index.look(set())
        await index.search(ANYTHING)
        await index.roster()
        with pytest.raises(ConfigurationError, match="only read"):
            await index.upsert(STORED)
        await index.delete(["tmdb:movie:603"])
        assert await index.count() == len(ALL)
        reads = ("/points", "/points/scroll", "/points/count", "/points/query/batch")
        sent = {request for request in standin.requests if not request.startswith("GET ")}
        assert sent
        assert all(request.startswith("POST ") and request.endswith(reads) for request in sent)

    async def test_a_collection_that_is_not_there_is_named_with_those_that_are(
        self, client: AsyncQdrantClient
    ) -> None:
        await fill(client)
        index = index_over(client, dict.fromkeys(MediaType, "Movies"))
        with pytest.raises(ConfigurationError, match=f"'Movies'; it has: {FILMS}, {SERIES}"):
            await index.ensure(DIMENSIONS)

    async def test_an_empty_collection_of_others_stays_empty(self, client: AsyncQdrantClient) -> None:
        """One that is laid out otherwise than ours is not ours, also while it holds nothing."""
        await client.create_collection(FILMS, COSINE)
        index = ClientIndex(client, dict.fromkeys(MediaType, FILMS))
        await index.ensure(DIMENSIONS)
        assert await index.ours() == set()
        assert await index.look(set())
        assert (await index.search(ANYTHING)).dense == ()

    @pytest.mark.parametrize(
        ("size", "told"),
        [
            (384, "unset EMBEDDING_MODEL for the bundled model"),
            (768, "BAAI/bge-base-en-v1.5"),
            (1024, "BAAI/bge-large-en-v1.5"),
            (1536, "text-embedding-3-small makes such, which does not run here"),
            (333, "set EMBEDDING_MODEL to the model that filled it"),
        ],
    )
    async def test_vectors_of_another_size_name_the_model_that_fits(
        self, client: AsyncQdrantClient, size: int, told: str
    ) -> None:
        await client.create_collection(FILMS, models.VectorParams(size=size, distance=models.Distance.COSINE))
        with pytest.raises(VectorSizeMismatch, match=rf"'{FILMS}' .* {size} numbers.*{told}"):
            await index_over(client, dict.fromkeys(MediaType, FILMS)).ensure(DIMENSIONS)

    async def test_a_single_collection_tells_films_and_series_apart(self, client: AsyncQdrantClient) -> None:
        await client.create_collection("everything", COSINE)
        known = {**OLD_FILMS, **NEW_SERIES}
        await client.upsert(
            "everything",
            [
                models.PointStruct(id=number, vector=STORED[n].dense.tolist(), payload=payload)
                for n, (number, payload) in enumerate(known.items())
            ],
        )
        index = index_over(client, dict.fromkeys(MediaType, "everything"))
        told = await index.look(await index.ours())
        assert "4 titles; 1 point cannot be read" in told[0]  # one says neither
        assert await found(index, media_type=MediaType.TV) == {"Breaking Bad", "Bluey"}
        assert await found(index, media_type=MediaType.MOVIE) == {"The Matrix", "Amélie"}

    async def test_a_collection_of_films_alone_has_no_series(self, client: AsyncQdrantClient) -> None:
        await fill(client)
        index = index_over(client, {MediaType.MOVIE: FILMS})
        await index.look(await index.ours())
        assert await found(index, media_type=MediaType.MOVIE) == {"The Matrix", "Amélie", "Spirited Away"}
        assert await found(index, media_type=MediaType.TV) == set()


class TestIndexes:
    async def test_missing_indexes_are_listed_and_made_on_request_alone(
        self, standin: QdrantServer, index: ClientIndex, client: AsyncQdrantClient
    ) -> None:
        """Each in the type of what is stored: numbers of services need another index than their names."""
        lacking = await index.lacking_indexes()
        assert lacking[FILMS] == {
            "genres": "keyword",
            "watch_providers": "keyword",
            "release_year": "integer",
            "vote_average": "float",
        }
        assert lacking[SERIES]["watch_providers"] == "integer"
        assert (await client.get_collection(FILMS)).payload_schema == {}
        await index.create_indexes(lacking)
        assert set((await client.get_collection(FILMS)).payload_schema) == set(lacking[FILMS])
        await index.look(set())
        assert not any((await index.lacking_indexes()).values())

    async def test_a_server_that_insists_on_indexes_leaves_filters_out_until_it_has_them(
        self, standin: QdrantServer, client: AsyncQdrantClient
    ) -> None:
        """Its collections are searched all the same; what protects holds without an index too."""
        await fill(client)
        standin.strict = True
        index = index_over(client)
        told = await index.look(await index.ours())
        mends = [line for line in told if line.endswith("python -m bot catalogue indexes --create")]
        assert len(mends) == len(BOTH)
        wish = SearchFilters(
            media_type=MediaType.MOVIE,
            genres=("Drama",),
            exclude_genres=("Comedy",),
            people=("Keanu Reeves",),
            year_from=1990,
        )
        rankings = await index.search(replace(ANYTHING, filters=wish))
        assert set(rankings.unapplied) == {"genres", "year_from"}
        assert [title.name for title in rankings.titles.values()] == ["The Matrix"]
        rankings = await index.search(replace(ANYTHING, filters=SearchFilters(exclude_genres=("Comedy",))))
        assert {title.name for title in rankings.titles.values()} == ALL - {"Amélie"}
        await index.create_indexes(await index.lacking_indexes())
        assert not any(line.startswith("the server does not") for line in await index.look(set()))
        assert await found(index, genres=("Comedy",), year_from=1990) == {"Amélie"}

    async def test_the_reason_of_a_refused_filter_says_the_mend(
        self, standin: QdrantServer, index: ClientIndex
    ) -> None:
        standin.strict = True
        with pytest.raises(IndexFault, match="python -m bot catalogue indexes --create"):
            await index.search(replace(ANYTHING, filters=SearchFilters(genres=("Drama",))))

"""Payloads that others stored become titles, whatever they hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import MediaType, Title
from core.errors import IndexCorrupt
from core.providers.qdrant.reading import media_type_of, read_title, service_of, values_of
from core.providers.qdrant.survey import LISTS, NUMBERS, Survey

NAMED = {"title": "Heat", "media_type": "movie"}
FIELDS = (
    *(
        "media_id",
        "tmdb_id",
        "imdb_id",
        "media_type",
        "type",
        "title",
        "name",
        "overview",
        "content",
        "tagline",
    ),
    *(
        "llm_context",
        "genres",
        "keywords",
        "stars",
        "cast",
        "director",
        "creator",
        "release_year",
        "release_date",
    ),
    *("year", "runtime", "season_count", "certification", "countries", "origin_country", "original_language"),
    *(
        "watch_providers",
        "vote_average",
        "vote_count",
        "imdb_rating",
        "imdb_votes",
        "popularity",
        "poster_url",
    ),
    *("trailer_key", "embedding_text"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
LIKELY = st.sampled_from(
    (
        *(
            "movie",
            "tv",
            "8",
            8,
            337,
            "Netflix",
            "1999",
            1999,
            "Action, Drama",
            "['Drama']",
            "",
            "NaN",
            "{",
            "[]",
        ),
        *(
            "Title: Heat\nOverview: Cops\nand robbers",
            '{"t": "Heat", "o": 3}',
            "en",
            "US",
            "PG-13",
            "Unknown",
            7.5,
        ),
    )
)
PAYLOADS = st.dictionaries(st.sampled_from(FIELDS), LIKELY | ANYTHING, max_size=12)


@given(PAYLOADS)
def test_any_payload_is_a_title_or_counted(payload: dict[str, Any]) -> None:
    """Nothing that a payload may hold raises anything but `IndexCorrupt`, and a survey takes in both."""
    survey = Survey()
    was_read = survey.add(1, payload)
    assert (len(survey.entries), len(survey.unread)) == ((1, 0) if was_read else (0, 1))
    for wish in (*LISTS, *NUMBERS):
        survey.holds(wish)
    try:
        title = read_title(payload)
    except IndexCorrupt:
        assert not was_read
        return
    assert was_read
    assert isinstance(title, Title)
    assert title.name.strip()
    assert title.year is None or 1800 <= title.year <= 2100
    assert title.rating is None or 0 < title.rating.average <= 10


@pytest.mark.parametrize(
    ("field", "stored", "read", "expected"),
    [
        ("genres", "Action, Sci-Fi & Fantasy", "genres", ("Action", "Science Fiction", "Fantasy")),
        ("genres", "['Drama', \"Crime\"]", "genres", ("Drama", "Crime")),
        ("genres", [{"id": 18, "name": "Drama"}], "genres", ("Drama",)),
        ("genres", 18, "genres", ()),
        ("stars", "Al Pacino, Val Kilmer", "stars", ("Al Pacino", "Val Kilmer")),
        ("director", "Unknown", "directors", ()),
        ("director", ["Michael Mann"], "directors", ("Michael Mann",)),
        ("release_year", "1995", "year", 1995),
        ("release_year", 1995.0, "year", 1995),
        ("release_year", 0, "year", None),
        ("release_date", "1995-12-15T00:00:00Z", "year", 1995),
        ("runtime", "170", "runtime_minutes", 170),
        ("runtime", "long", "runtime_minutes", None),
        ("overview", "No overview available.", "overview", ""),
        ("content", "Title: Heat\nOverview: A: b\n  and c.\nStars: Al", "overview", "A: b and c."),
        ("content", "A thief and a detective.", "overview", "A thief and a detective."),
        ("llm_context", {"t": "Heat", "o": "Cops."}, "overview", "Cops."),
        ("llm_context", '{"o": "Cops."}', "overview", "Cops."),
        ("poster_url", "https://image.tmdb.org/t/p/w342/a.jpg", "poster_url", "https://image.tmdb.org/t/p/w500/a.jpg"),
        ("poster_url", "https://example.org/a.jpg", "poster_url", "https://example.org/a.jpg"),
        ("poster_url", "javascript:alert(1)", "poster_url", None),
        ("trailer_key", "abcdef12345", "trailer_url", "https://www.youtube.com/watch?v=abcdef12345"),
        ("trailer_key", "a b&c", "trailer_url", None),
        ("media_id", 949, "id", "tmdb:movie:949"),
        ("media_id", "949", "id", "tmdb:movie:949"),
        ("media_id", "imdb:tt0113277", "id", "imdb:tt0113277"),
        ("media_id", None, "id", "matinee:movie:heat"),
        ("imdb_id", "tt0113277", "id", "imdb:tt0113277"),
        ("original_language", "en", "language", "en"),
        ("countries", "US, Germany", "countries", ("US", "DE")),
    ],
)  # fmt: skip
def test_a_field_is_read_however_it_is_stored(field: str, stored: Any, read: str, expected: Any) -> None:
    assert getattr(read_title({**NAMED, field: stored}), read) == expected


@pytest.mark.parametrize(
    ("value", "service"),
    [
        *((8, "Netflix"), ("8", "Netflix"), (119, "Amazon Prime Video"), (9, "Amazon Prime Video")),
        *((1899, "HBO Max"), (384, "HBO Max"), (337, "Disney Plus"), (350, "Apple TV Plus"), (15, "Hulu")),
        *(("Disney+", "Disney Plus"), (2, None), (10**9, None), ("a shop", None), (None, None), (-8, None)),
    ],
)  # fmt: skip
def test_services_are_known_by_name_and_by_number(value: object, service: str | None) -> None:
    assert service_of(value) == service


def test_services_of_a_payload_have_neither_country_nor_date() -> None:
    """A payload says neither, so no card claims one."""
    title = read_title({**NAMED, "watch_providers": [8, 8, "Max", 2, {"provider_id": 15}]})
    assert [(item.service, item.region, item.as_of) for item in title.availability] == [
        ("Netflix", "", ""),
        ("HBO Max", "", ""),
        ("Hulu", "", ""),
    ]


def test_a_film_may_be_called_unknown() -> None:
    assert read_title({"title": "Unknown", "media_type": "movie"}).name == "Unknown"
    assert read_title({"title": 1917, "media_type": "movie"}).name == "1917"


def test_what_a_point_does_not_say_its_collection_does() -> None:
    assert read_title({"title": "Heat"}, MediaType.MOVIE).media_type is MediaType.MOVIE
    assert read_title({"name": "Dark", "media_type": "TV Show"}, MediaType.MOVIE).media_type is MediaType.TV
    with pytest.raises(IndexCorrupt, match="neither a film nor a series"):
        read_title({"title": "Heat"})


def test_values_are_told_apart() -> None:
    assert values_of("a, b,, c ") == ["a", "b", "c"]
    assert values_of([8, "Max", None, True, {"name": "Hulu"}]) == [8, "Max", "Hulu"]
    assert media_type_of("Films") is MediaType.MOVIE
    assert media_type_of(7) is None

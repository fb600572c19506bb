"""A title survives its payload, and payloads of older collections can be read."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Availability, MediaType, Rating, Title
from core.errors import IndexCorrupt
from core.providers.qdrant.payload import INDEXED_FIELDS, payload_of, title_of
from core.vocabulary.certifications import CERTIFICATIONS

WORDS = st.text(min_size=1, max_size=12)
LISTS = st.lists(WORDS, max_size=3).map(tuple)
IDS = st.from_regex(r"\A(tmdb:(movie|tv):[1-9][0-9]{0,6}|imdb:tt[0-9]{7}|matinee:tv:[a-z-]{1,12})\Z")
AVAILABILITY = st.builds(
    Availability,
    service=WORDS,
    region=st.from_regex(r"\A[A-Z]{2}\Z"),
    as_of=st.from_regex(r"\A20[0-9]{2}(-[01][0-9](-[0-3][0-9])?)?\Z"),
)
TITLES = st.builds(
    Title,
    id=IDS,
    media_type=st.sampled_from(MediaType),
    name=WORDS,
    year=st.none() | st.integers(1870, 2100),
    overview=st.text(max_size=40),
    tagline=st.text(max_size=20),
    genres=LISTS,
    moods=LISTS,
    keywords=LISTS,
    stars=LISTS,
    directors=LISTS,
    creators=LISTS,
    runtime_minutes=st.none() | st.integers(1, 1_000),
    seasons=st.none() | st.integers(1, 60),
    certification=st.none() | st.sampled_from(CERTIFICATIONS.canonical),
    countries=LISTS,
    language=st.none() | WORDS,
    availability=st.lists(AVAILABILITY, max_size=3).map(tuple),
    # From 0.1, as the catalogue reads them: an average of 0 is TMDB's way to say that nobody voted.
    rating=st.none()
    | st.builds(
        Rating, st.floats(0.1, 10), st.none() | st.integers(0, 10**7), st.sampled_from(["TMDB", "IMDb"])
    ),
    popularity=st.none() | st.floats(0, 1e6),
    poster_url=st.none() | WORDS,
    trailer_url=st.none() | WORDS,
    as_of=st.none() | st.dates().map(str),
    other_ids=st.lists(IDS, max_size=2).map(tuple),
)


@given(TITLES)
def test_a_title_survives_its_payload(title: Title) -> None:
    """Every field comes back equal from the payload, also by way of JSON."""
    payload = payload_of(title)
    assert title_of(payload) == title
    assert title_of(json.loads(json.dumps(payload))) == title


@given(TITLES)
def test_what_is_not_known_is_left_out(title: Title) -> None:
    """A payload holds no empty values, so that a filter never meets one."""
    assert not [key for key, value in payload_of(title).items() if value in (None, "", [], ())]


def test_a_full_title_has_every_filtered_field() -> None:
    """Each field with an index is one that payloads have, with a value of the index's type."""
    title = Title(
        id="tmdb:tv:1",
        media_type=MediaType.TV,
        name="A",
        year=2000,
        genres=("Drama",),
        stars=("B",),
        runtime_minutes=50,
        certification="TV-14",
        countries=("FR",),
        language="fr",
        availability=(Availability("MUBI", "US", "2022"),),
        rating=Rating(7.5, 10, "TMDB"),
    )
    payload = payload_of(title)
    types = {"keyword": str, "integer": int, "float": float}
    for key, kind in INDEXED_FIELDS.items():
        values = payload[key] if isinstance(payload[key], list) else [payload[key]]
        assert values
        assert all(isinstance(value, types[kind]) for value in values), key


def test_people_and_names_are_stored_without_case_accents_or_punctuation() -> None:
    """The keys that filters read are folded; the names themselves stay as they are written."""
    payload = payload_of(
        Title(
            id="tmdb:movie:1",
            media_type=MediaType.MOVIE,
            name="¿Qué he hecho yo…?",
            directors=("Pedro Almodóvar",),
            stars=("PEDRO ALMODOVAR", "Carmen Maura"),
        )
    )
    assert payload["title_key"] == "que he hecho yo"
    assert payload["people_keys"] == ["carmen maura", "pedro almodovar"]
    assert payload["director"] == ["Pedro Almodóvar"]


def test_a_legacy_payload_is_read() -> None:
    """A bare TMDB number, strings for lists, nulls and missing fields make a title all the same."""
    payload: dict[str, Any] = {
        "media_id": 603,
        "media_type": "movie",
        "title": "The Matrix",
        "overview": None,
        "genres": ["Action", "Science Fiction"],
        "stars": "Keanu Reeves",
        "director": "",
        "keywords": None,
        "watch_providers": ["Netflix"],
        "services_by_region": ["Netflix|US"],
        "certification": "Not Rated",
        "vote_average": 8,
        "vote_count": 25_000,
    }
    assert title_of(payload) == Title(
        id="tmdb:movie:603",
        media_type=MediaType.MOVIE,
        name="The Matrix",
        genres=("Action", "Science Fiction"),
        stars=("Keanu Reeves",),
        rating=Rating(8.0, 25_000, "TMDB"),
    )


def test_a_legacy_number_belongs_to_its_media_type() -> None:
    """The same bare number is another title as a series than as a film."""
    payload = {"media_id": "1396", "media_type": "tv", "title": "Breaking Bad"}
    assert title_of(payload).id == "tmdb:tv:1396"


def test_an_average_of_zero_is_no_rating() -> None:
    """TMDB gives 0.0 to what nobody voted for; that is no opinion."""
    payload = {"media_id": 1, "media_type": "tv", "title": "A", "vote_average": 0.0, "vote_count": 0}
    assert title_of(payload).rating is None


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"media_type": "tv"}, {"title": "", "media_type": "tv"}, {"title": "A"}],
    ids=["none", "empty", "no name", "empty name", "no media type"],
)
def test_a_payload_without_name_or_media_type_is_corrupt(payload: dict[str, Any] | None) -> None:
    """What cannot be shown as a title is reported as damage."""
    with pytest.raises(IndexCorrupt):
        title_of(payload)


def test_an_unknown_media_type_is_corrupt() -> None:
    """A media type that is neither movie nor tv raises an error of our own tree."""
    with pytest.raises(IndexCorrupt):
        title_of({"media_id": 1, "media_type": "show", "title": "A"})


def test_a_payload_without_id_gets_no_made_up_number() -> None:
    """Titles without an id do not all become the TMDB page `None`."""
    with suppress(IndexCorrupt):
        assert "None" not in title_of({"media_type": "movie", "title": "A"}).id

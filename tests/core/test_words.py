"""Filters said in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.understanding.words import read


@pytest.mark.parametrize(
    ("text", "filters", "rest"),
    [
        (
            "dark comedies with moral ambiguity, on Netflix, from the 90s",
            {"genres": ["Comedy"], "providers": ["Netflix"], "year_from": 1990, "year_to": 1999},
            "dark comedies with moral ambiguity",
        ),
        (
            "korean thrillers under 2 hours rated above 7.5",
            {"genres": ["Thriller"], "max_runtime": 120, "min_rating": 7.5, "languages": ["ko"]},
            "thrillers",
        ),
        ("no horror, something warm", {"exclude_genres": ["Horror"]}, "something warm"),
        (
            "animated but not a musical",
            {"genres": ["Animation"], "exclude_genres": ["Music"]},
            "animated but",
        ),
        (
            "sci-fi series on max or hulu since 2015",
            {
                "media_type": "tv",
                "genres": ["Science Fiction"],
                "providers": ["HBO Max", "Hulu"],
                "year_from": 2015,
            },
            "sci-fi series",
        ),
        (
            "hidden gems from the early seventies",
            {"year_from": 1970, "year_to": 1973, "popularity": "hidden_gems"},
            "",
        ),
        ("films between 1990 and 1995", {"media_type": "movie", "year_from": 1990, "year_to": 1995}, "films"),
        ("a war film before 1980", {"media_type": "movie", "genres": ["War"], "year_to": 1979}, "a war film"),
        ("a rom-com", {"genres": ["Romance", "Comedy"]}, "a rom-com"),
        ("over three hours", {"min_runtime": 180}, ""),
        ("an hour and a half at most 90 min", {"max_runtime": 90}, "an hour and a half"),
        ("nothing from before 2000", {"year_from": 2000}, ""),
        ("after 2010 but before 2015", {"year_from": 2011, "year_to": 2014}, "but"),
        (
            "comedies between 1995 and 1985",
            {"genres": ["Comedy"], "year_from": 1985, "year_to": 1995},
            "comedies",
        ),
        ("films of 2019", {"media_type": "movie", "year_from": 2019, "year_to": 2019}, "films"),
        ("films from the 1850s", {"media_type": "movie", "year_from": 1850, "year_to": 1859}, "films"),
        ("no more than 100 minutes", {"max_runtime": 100}, ""),
        ("at most 1 h 45", {"max_runtime": 105}, ""),
        ("movies not on netflix", {"media_type": "movie"}, "movies not on netflix"),
        ("neither netflix nor hulu", {}, "neither netflix nor hulu"),
        ("anything but horror", {"exclude_genres": ["Horror"]}, ""),
        ("i dont want romance", {"exclude_genres": ["Romance"]}, "i"),
        ("horror or comedy", {}, "horror or comedy"),
        ("show me something", {}, "show me something"),
        ("peacock feathers", {}, "peacock feathers"),
        ("movies from 1994", {"media_type": "movie", "year_from": 1994, "year_to": 1994}, "movies"),
    ],
)
def test_phrases_become_filters(text: str, filters: dict[str, Any], rest: str) -> None:
    said = read(text)
    assert said.filters.as_dict() == filters
    assert said.rest == rest


@pytest.mark.parametrize(
    "text",
    ["2001: A Space Odyssey", "Cold War", "Her", "Up", "The Office", "what we do in the shadows", "1917"],
)
def test_names_of_titles_are_no_filters(text: str) -> None:
    assert read(text).filters.as_dict() == {}
    assert read(text).rest == text


def test_words_for_wanted_genres_are_no_search_terms() -> None:
    """The dense encoder still reads them, since they colour the mood."""
    said = read("dark comedies about guilt")
    assert said.rest == "dark comedies about guilt"
    assert said.terms == "dark about guilt"


def test_what_is_not_wanted_is_no_search_term() -> None:
    assert read("scary but not too gory").terms == "scary"
    assert read("funny, nothing too violent, without zombies").terms == "funny"


@pytest.mark.parametrize(
    "text", ["under " + "9" * 400 + " hours", "over 999 hours", "rated 99999", "-" * 3000]
)
def test_absurd_numbers_are_left_unsaid(text: str) -> None:
    assert read(text).filters.as_dict() == {}


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    said = read(text)
    assert len(said.terms) <= len(said.rest) <= len(text) + 2

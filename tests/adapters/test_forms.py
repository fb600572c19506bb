"""The form in which an answer is refined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.forms import FIELDS, filled_in, read_form
from core.domain import SearchFilters
from core.errors import InvalidRequest
from tests.drawn import filters_of_forms


@given(filters_of_forms())
def test_a_form_that_is_sent_as_it_opened_changes_nothing(before: SearchFilters) -> None:
    assert read_form(filled_in(before), before) == before


@given(st.dictionaries(st.sampled_from([field.key for field in FIELDS]), st.text(max_size=30)))
def test_whatever_is_written_is_read_or_refused_in_words(values: dict[str, str]) -> None:
    try:
        read = read_form(values, SearchFilters())
    except InvalidRequest:
        return
    assert read_form(filled_in(read), read) == read


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"genres": "comedy, NOT horror"}, {"genres": ["comedy"], "exclude_genres": ["horror"]}),
        ({"when": "films, the 1990s"}, {"media_type": "movie", "year_from": 1990, "year_to": 1999}),
        ({"when": "1994"}, {"year_from": 1994, "year_to": 1994}),
        ({"when": "since 2010"}, {"year_from": 2010}),
        ({"limits": "7+, 100 min"}, {"min_rating": 7.0, "max_runtime": 100}),
        ({"limits": "90 to 120 minutes"}, {"min_runtime": 90, "max_runtime": 120}),
        ({"where": "Netflix, French"}, {"providers": ["Netflix"], "languages": ["fr"]}),
        ({}, {}),
    ],
)
def test_what_people_write(values: dict[str, str], expected: dict[str, object]) -> None:
    assert read_form(values, SearchFilters()).as_dict() == expected


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"when": "yesterday"}, "'yesterday' is neither film, series nor years"),
        ({"limits": "short"}, "'short' is neither a rating"),
        ({"when": "1999-1990"}, "swap them"),
    ],
)
def test_what_cannot_be_read_is_named(values: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        read_form(values, SearchFilters())

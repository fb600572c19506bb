"""Filters in words, one wish at a time."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from core.answering.chips import filter_chips, less, wishes
from core.domain import Popularity, SearchFilters
from tests.drawn import filters_of_forms


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def filters(draw: st.DrawFn) -> SearchFilters:
    """Of every kind."""
    shown = draw(filters_of_forms())
    return replace(
        shown,
        region=draw(st.none() | st.sampled_from(("US", "DE"))) if shown.providers else None,
        countries=draw(some("FR", "JP", "MX")),
        exclude_people=draw(some("Keanu Reeves", "Greta Gerwig")),
        max_certification=draw(st.none() | st.sampled_from(("PG", "R"))),
        like_titles=draw(some("Fargo", "The Matrix")),
        exclude_titles=draw(some("Heat", "Amélie")),
        popularity=draw(st.none() | st.sampled_from(Popularity)),
    )


@given(filters())
def test_each_wish_has_the_chip_that_all_of_them_have(wanted: SearchFilters) -> None:
    assert [chip for wish in wishes(wanted) for chip in filter_chips(wish)] == filter_chips(wanted)


@given(filters(), st.data())
def test_a_wish_that_is_taken_away_takes_its_chip_and_no_other(
    wanted: SearchFilters, data: st.DataObject
) -> None:
    singly = wishes(wanted)
    assume(singly)
    gone = data.draw(st.sampled_from(range(len(singly))))
    left = less(wanted, singly[gone])
    assert wishes(left) == [wish for place, wish in enumerate(singly) if place != gone]


def test_a_length_tells_its_unit() -> None:
    assert filter_chips(SearchFilters(min_runtime=90, max_runtime=90)) == ["90 min"]

"""Metadata queries: what they say, and which titles answer them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.domain import MediaType, Title
from core.training.templates import Level, Wish, metadata_queries
from tests.core.training.sample import catalogue

TITLES = catalogue()


@given(title=st.sampled_from(TITLES), seed=st.integers(0, 50), each=st.integers(1, 3))
def test_a_title_meets_every_query_made_of_it_and_seeds_repeat(title: Title, seed: int, each: int) -> None:
    made = metadata_queries(title, seed, each)
    assert {query.level for query in made} == set(Level)
    assert all(query.wish.met_by(title) for query in made)
    assert made == metadata_queries(title, seed, each)
    assert not any(title.name in query.text or "{" in query.text for query in made)


def test_levels_narrow_what_is_met() -> None:
    """Over all titles, a precise query has fewer right answers than a loose one."""
    answers = dict.fromkeys(Level, 0)
    for title in TITLES:
        for query in metadata_queries(title, 7):
            answers[query.level] += sum(query.wish.met_by(other) for other in TITLES)
    assert answers[Level.LOOSE] > answers[Level.CLOSE] > answers[Level.PRECISE] >= len(TITLES)


def test_series_are_called_series_and_films_films() -> None:
    for title in TITLES:
        words = ("films", "movies") if title.media_type is MediaType.MOVIE else ("series", "shows")
        for query in metadata_queries(title, 3, each=9):
            assert any(word in query.text for word in words), query.text


def test_what_editors_note_is_no_theme_and_few_facts_make_few_queries() -> None:
    texts = [query.text for title in TITLES for query in metadata_queries(title, 5, each=9)]
    assert not any("sequel" in text for text in texts)
    bare = Title(id="tmdb:movie:1", media_type=MediaType.MOVIE, name="Bare", genres=("Drama",), year=1996)
    assert {query.level for query in metadata_queries(bare, 5, each=9)} == {Level.LOOSE}
    assert metadata_queries(replace(bare, year=None), 5) == []


def test_a_keyword_is_met_by_an_overview_that_has_it_in_whole_words() -> None:
    wish = Wish(MediaType.MOVIE, keyword="haunted house")
    told = replace(TITLES[0], keywords=(), overview="They buy a Haunted House.")
    assert wish.met_by(told)
    assert not wish.met_by(replace(told, overview="They buy a haunted houseboat."))

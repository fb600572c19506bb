"""Filters and titles."""

import pytest

from core.domain import MediaType, Popularity, SearchFilters, Title, filters_from_mapping
from core.errors import ContradictoryFilters, InvalidRequest, UnknownFilterValue
from core.retrieval import resolved


def test_filters_show_only_what_is_set_in_the_order_of_the_contract() -> None:
    filters = SearchFilters(
        media_type=MediaType.TV, genres=("Comedy",), min_rating=7.5, popularity=Popularity.HIDDEN_GEMS
    )
    assert filters.as_dict() == {
        "media_type": "tv",
        "genres": ["Comedy"],
        "min_rating": 7.5,
        "popularity": "hidden_gems",
    }
    assert list(filters.as_dict()) == ["media_type", "genres", "min_rating", "popularity"]


def test_the_json_form_reads_back() -> None:
    filters = SearchFilters(people=("Meryl Streep",), year_from=1990, max_certification="PG-13")
    assert filters_from_mapping(filters.as_dict()) == filters


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"genre": ["Comedy"]}, "no filter 'genre'"),
        ({"year_from": "soon"}, "year_from cannot be 'soon'"),
        ({"genres": [3]}, "genres cannot be"),
        ({"media_type": "radio"}, "media_type cannot be 'radio'"),
        ({"min_rating": 11}, "ratings go from 0 to 10"),
        ({"year_to": 12}, "year_to is 12"),
        ({"max_runtime": 0}, "number of minutes from 1"),
    ],
)
def test_wrong_filters_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        filters_from_mapping(values)


def test_years_the_wrong_way_round_say_so() -> None:
    with pytest.raises(ContradictoryFilters, match="year_from 2000 is after year_to 1990"):
        SearchFilters(year_from=2000, year_to=1990)


def test_a_genre_cannot_be_wanted_and_unwanted() -> None:
    with pytest.raises(ContradictoryFilters, match="Horror is both wanted and unwanted"):
        resolved(SearchFilters(genres=("horror",), exclude_genres=("Scary",)))


def test_typed_filters_win_over_said_ones_and_a_range_is_replaced_as_a_whole() -> None:
    said = SearchFilters(genres=("Comedy",), year_from=1990, year_to=1999, exclude_genres=("Horror",))
    typed = SearchFilters(genres=("Horror",), year_from=2010)
    assert typed.over(said) == SearchFilters(genres=("Horror",), year_from=2010)


@pytest.mark.parametrize(
    ("filters", "field", "nearest"),
    [
        (SearchFilters(genres=("comdy",)), "genre", ("Comedy",)),
        (SearchFilters(providers=("Netflicks",)), "service", ("Netflix",)),
        (SearchFilters(languages=("Koraen",)), "language", ("Korean",)),
        (SearchFilters(countries=("Frence",)), "country", ("France",)),
    ],
)
def test_the_nearest_names_are_offered(filters: SearchFilters, field: str, nearest: tuple[str, ...]) -> None:
    with pytest.raises(UnknownFilterValue) as caught:
        resolved(filters)
    assert caught.value.field == field
    assert caught.value.nearest[:1] == nearest


def test_spellings_become_canonical() -> None:
    filters = SearchFilters(
        genres=("sci-fi", "SCI FI"), providers=("prime", "HBO"), languages=("Korean",), countries=("UK",)
    )
    assert resolved(filters) == SearchFilters(
        genres=("Science Fiction",),
        providers=("Amazon Prime Video", "HBO Max"),
        languages=("ko",),
        countries=("GB",),
    )


def test_a_title_links_to_tmdb_before_imdb() -> None:
    title = Title("tmdb:movie:603", MediaType.MOVIE, "The Matrix", other_ids=("imdb:tt0133093",))
    assert title.url == "https://www.themoviedb.org/movie/603"
    assert Title("imdb:tt0133093", MediaType.MOVIE, "M").url == "https://www.imdb.com/title/tt0133093/"
    assert Title("matinee:tv:severance-2022", MediaType.TV, "Severance").url is None

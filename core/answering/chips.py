"""Filters in words: what was understood, and what had to be left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from core.answering.text import escaped, joined
from core.domain import MediaType, SearchFilters
from core.vocabulary.places import country_name, language_name, the_country

__all__ = ["RELAXED_WORDS", "filter_chips", "less", "told_chips", "unmet", "wishes"]

RELAXED_WORDS = {
    "min_rating": "the rating",
    "min_runtime": "the minimum length",
    "max_runtime": "the maximum length",
    "providers": "the service",
    "countries": "the country",
    "year_from": "the earliest year",
    "year_to": "the latest year",
    "languages": "the language",
    "genres": "the genre",
    "media_type": "film or series",
    "people": "the names",
}


def told_chips(filters: SearchFilters, relaxed: Sequence[str]) -> tuple[list[str], list[str]]:
    """The chips of what was searched for, and of what was dropped because nothing was left."""
    dropped = list[str]()
    for key in relaxed:
        if key == "region" and filters.region:
            dropped.append(escaped(f"in {the_country(filters.region)}"))
        else:
            values = {key: getattr(filters, key)}
            if key == "providers" and "region" not in relaxed:
                values["region"] = filters.region
            dropped += filter_chips(SearchFilters(**values))
    return filter_chips(filters.without(*relaxed)), dropped


def filter_chips(filters: SearchFilters) -> list[str]:
    """What was understood, one short phrase a wish."""
    return [escaped(words(wish)) for wish, words in _singly(filters)]


def wishes(filters: SearchFilters) -> list[SearchFilters]:
    """The filters one wish at a time, as `filter_chips` tells them: each has one chip."""
    return [wish for wish, _ in _singly(filters)]


def _singly(filters: SearchFilters) -> Iterator[tuple[SearchFilters, Callable[[SearchFilters], str]]]:
    for keys, words in _WISHES.items():
        given = {key: getattr(filters, key) for key in keys}
        each: list[dict[str, Any]] = [given]
        if keys in _ONE_EACH:
            each = [{keys[0]: (value,)} for value in given[keys[0]]]
        for values in each:
            wish = SearchFilters(**values)
            if wish.any_wish:
                yield wish, words


def less(filters: SearchFilters, wish: SearchFilters) -> SearchFilters:
    """The filters without one of their `wishes`."""
    for key in wish.set_keys():
        if (key,) in _ONE_EACH:
            (gone,) = getattr(wish, key)
            left: dict[str, Any] = {key: tuple(value for value in getattr(filters, key) if value != gone)}
            filters = replace(filters, **left)
        else:
            filters = filters.without(key)
    return filters


def _on(filters: SearchFilters) -> str:
    """`Netflix or Hulu`, `Netflix in Germany`."""
    services = joined(filters.providers, "or")
    return f"{services} in {the_country(filters.region)}" if filters.region else services


def _range(low: int | None, high: int | None, above: str, below: str, both: str, alone: str) -> str:
    if low is not None and high is not None:
        return alone.format(low) if low == high else both.format(low, high)
    return above.format(low) if low is not None else below.format(high)


_ONE_EACH = (("genres",), ("exclude_genres",))
# What makes a chip, in the order in which chips are told → its words, of filters that hold nothing else.
_WISHES: Mapping[tuple[str, ...], Callable[[SearchFilters], str]] = MappingProxyType(
    {
        ("media_type",): lambda wish: "series" if wish.media_type is MediaType.TV else "film",
        ("genres",): lambda wish: wish.genres[0].lower(),
        ("exclude_genres",): lambda wish: f"no {wish.exclude_genres[0].lower()}",
        ("year_from", "year_to"): lambda wish: _range(
            wish.year_from, wish.year_to, "from {}", "until {}", "{} to {}", "{}"
        ),
        ("min_runtime", "max_runtime"): lambda wish: _range(
            wish.min_runtime, wish.max_runtime, "{} min or more", "{} min at most", "{} to {} min", "{} min"
        ),
        ("min_rating",): lambda wish: f"★ {wish.min_rating or 0:g} or more",
        ("languages",): lambda wish: joined([language_name(code) for code in wish.languages], "or"),
        ("countries",): lambda wish: joined([country_name(code) for code in wish.countries], "or"),
        ("providers", "region"): _on,
        ("people",): lambda wish: f"with {joined(wish.people)}",
        ("exclude_people",): lambda wish: f"without {joined(wish.exclude_people)}",
        ("max_certification",): lambda wish: f"{wish.max_certification} at most",
        ("like_titles",): lambda wish: f"like {joined(wish.like_titles)}",
        ("exclude_titles",): lambda wish: f"not {joined(wish.exclude_titles, 'or')}",
        ("popularity",): lambda wish: str(wish.popularity).replace("_", " "),
    }
)


def unmet(filters: SearchFilters, relaxed: Sequence[str]) -> str:
    """The filters that were dropped, so that "nothing" may stand before them: `on MUBI from before 1950`."""
    parts = {
        "media_type": "that is a series" if filters.media_type is MediaType.TV else "that is a film",
        "genres": f"filed under {joined([genre.lower() for genre in filters.genres])}",
        "languages": f"in {joined([language_name(code) for code in filters.languages], 'or')}",
        "countries": f"from {joined([country_name(code) for code in filters.countries], 'or')}",
        "providers": f"on {_on(filters)}",
        "year_from": f"from {filters.year_from} or later",
        "year_to": f"from {filters.year_to} or before",
        "min_runtime": f"of at least {filters.min_runtime} minutes",
        "max_runtime": f"of at most {filters.max_runtime} minutes",
        "min_rating": f"rated {filters.min_rating or 0:g} or better",
        "people": f"with {joined(filters.people)}",
    }
    return escaped(" ".join(parts[key] for key in parts if key in relaxed))

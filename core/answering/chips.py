"""Filters in words: what was understood, and what had to be left out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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

_ONE_EACH = (("genres",), ("exclude_genres",))
_WISHES = (
    ("media_type",),
    *_ONE_EACH,
    ("year_from", "year_to"),
    ("min_runtime", "max_runtime"),
    *(("min_rating",), ("languages",), ("countries",), ("providers", "region"), ("people",)),
    *(("exclude_people",), ("max_certification",), ("like_titles",), ("exclude_titles",), ("popularity",)),
)


def told_chips(filters: SearchFilters, relaxed: Sequence[str]) -> tuple[list[str], list[str]]:
    """The chips of what was searched for, and of what was dropped because nothing was left."""
    kept, dropped = filters, list[str]()
    for key in relaxed:
        if key == "region" and filters.region:
            dropped.append(escaped(f"in {the_country(filters.region)}"))
        else:
            values = {key: getattr(filters, key)}
            if key == "providers" and "region" not in relaxed:
                values["region"] = filters.region
            dropped += filter_chips(replace(SearchFilters(), **values))
        kept = kept.without(key)
    return filter_chips(kept), dropped


def filter_chips(filters: SearchFilters) -> list[str]:
    """What was understood, one short phrase a wish."""
    chips: list[str] = []
    if filters.media_type:
        chips.append("series" if filters.media_type is MediaType.TV else "film")
    chips += [genre.lower() for genre in filters.genres]
    chips += [f"no {genre.lower()}" for genre in filters.exclude_genres]
    chips += _range_chip(filters.year_from, filters.year_to, ("from {}", "until {}", "{} to {}", "{}"))
    lengths = ("{} min or more", "{} min at most", "{} to {} min", "{} min")
    chips += _range_chip(filters.min_runtime, filters.max_runtime, lengths)
    if filters.min_rating is not None:
        chips.append(f"★ {filters.min_rating:g} or more")
    for values, shown in (
        (filters.languages, language_name),
        (filters.countries, country_name),
    ):
        if values:
            chips.append(joined([shown(value) for value in values], "or"))
    if filters.providers:
        chips.append(_on(filters))
    if filters.people:
        chips.append(f"with {joined(filters.people)}")
    if filters.exclude_people:
        chips.append(f"without {joined(filters.exclude_people)}")
    if filters.max_certification:
        chips.append(f"{filters.max_certification} at most")
    if filters.like_titles:
        chips.append(f"like {joined(filters.like_titles)}")
    if filters.exclude_titles:
        chips.append(f"not {joined(filters.exclude_titles, 'or')}")
    if filters.popularity:
        chips.append(filters.popularity.value.replace("_", " "))
    return [escaped(chip) for chip in chips]


def wishes(filters: SearchFilters) -> list[SearchFilters]:
    """The filters one wish at a time, in the order in which `filter_chips` tells them: each has one chip."""
    found: list[SearchFilters] = []
    for keys in _WISHES:
        given = {key: value for key in keys if (value := getattr(filters, key)) not in (None, ())}
        if keys in _ONE_EACH:
            found += [_only({keys[0]: (value,)}) for value in given.get(keys[0], ())]
        elif given:
            found.append(_only(given))
    return [wish for wish in found if wish.any_wish]


def _only(given: Mapping[str, Any]) -> SearchFilters:
    return SearchFilters(**given)


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


def _range_chip(low: int | None, high: int | None, words: tuple[str, str, str, str]) -> list[str]:
    above, below, both, alone = words
    if low is not None and high is not None:
        return [alone.format(low) if low == high else both.format(low, high)]
    if low is not None:
        return [above.format(low)]
    return [] if high is None else [below.format(high)]


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

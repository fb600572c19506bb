"""`SearchFilters` as engine conditions, neutral between Qdrant's embedded and client classes."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import SearchFilters
from core.vocabulary.certifications import level
from core.vocabulary.names import folded

__all__ = ["Conditions", "MatchAny", "Range", "carried_in", "conditions"]


@dataclass(frozen=True, slots=True)
class MatchAny:
    """The field holds one of these values."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The field's number lies within the bounds; a missing field does not."""

    key: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must and must not hold of a point."""

    must: tuple[MatchAny | Range, ...]
    must_not: tuple[MatchAny, ...]


def conditions(filters: SearchFilters, exclude_ids: Sequence[str] = ()) -> Conditions:
    """Translate filters. `popularity` is a weight of the ranking and is not among them."""
    must: list[MatchAny | Range] = []
    if filters.media_type:
        must.append(MatchAny("media_type", (str(filters.media_type),)))
    must += [MatchAny("genres", (genre,)) for genre in filters.genres]
    must += [MatchAny("people_keys", (folded(name),)) for name in filters.people]
    if filters.providers:
        must.append(_carried(filters.providers, filters.region))
    for key, values in (
        ("language_key", filters.languages),
        ("countries", filters.countries),
    ):
        if values:
            must.append(MatchAny(key, values))
    for key, low, high in (
        ("release_year", filters.year_from, filters.year_to),
        ("runtime", filters.min_runtime, filters.max_runtime),
        ("vote_average", filters.min_rating, None),
    ):
        if low is not None or high is not None:
            must.append(Range(key, low, high))
    if filters.max_certification:
        must.append(Range("certification_age", high=level(filters.max_certification)))
    unwanted = (
        ("genres", filters.exclude_genres),
        ("people_keys", tuple(folded(name) for name in filters.exclude_people)),
        ("title_key", tuple(folded(name) for name in (*filters.exclude_titles, *filters.like_titles))),
        ("media_id", tuple(exclude_ids)),
    )
    return Conditions(tuple(must), tuple(MatchAny(key, values) for key, values in unwanted if values))


def carried_in(service: str, region: str) -> str:
    """What is stored of a service in one country, so that both are matched together."""
    return f"{service}|{region}"


def _carried(services: Sequence[str], region: str | None) -> MatchAny:
    """Titles on one of the services: in a country, or in any."""
    if region is None:
        return MatchAny("watch_providers", tuple(services))
    return MatchAny("services_by_region", tuple(carried_in(service, region) for service in services))

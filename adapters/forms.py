"""The form in which an answer is refined: filters in five fields, written as people would write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.completions import listed
from core.domain import MediaType, SearchFilters
from core.errors import InvalidRequest
from core.vocabulary.places import language_name, languages

__all__ = ["FIELDS", "Field", "filled_in", "read_form"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form."""

    key: str
    label: str
    example: str


FIELDS = (
    Field("words", "In other words", "Something lighter, less gory, …"),
    Field("genres", "Genres", "Comedy, Crime, not Horror"),
    Field("when", "Film or series, and years", "film, 1990-1999"),
    Field("limits", "Rating and length", "rating 7, at most 120 min"),
    Field("where", "Services and languages", "Netflix, Hulu, in French"),
)
"""All of it. The first one holds words; the others show the filters in force, and replace them."""

_KINDS = {"film": MediaType.MOVIE, "movie": MediaType.MOVIE, "series": MediaType.TV, "show": MediaType.TV}
_KINDS |= {"tv": MediaType.TV, "tv show": MediaType.TV}
_FORM_KEYS = (
    *("media_type", "genres", "exclude_genres", "providers", "languages", "year_from", "year_to"),
    *("min_runtime", "max_runtime", "min_rating"),
)
_DASH = r"\s*(?:-|–|to)\s*"
_RANGE = re.compile(rf"(\d+)?{_DASH}(\d+)?|(\d+)")
_MINUTES = re.compile(r"\s*min(?:utes|s|\.)?$")
_RATING = re.compile(r"(?:rating|rated|★)?\s*(\d+(?:\.\d+)?)\s*(?:\+|stars?|or more|or better)?")
_AT_LEAST = re.compile(r"^(?:at least|from|since|over|min(?:imum)?)\s+")
_AT_MOST = re.compile(r"^(?:at most|up to|until|under|to|max(?:imum)?)\s+")


def filled_in(filters: SearchFilters) -> dict[str, str]:
    """The fields as they stand when the form opens."""
    kinds = {MediaType.MOVIE: "film", MediaType.TV: "series", None: ""}
    rating = f"rating {filters.min_rating:g}" if filters.min_rating is not None else ""
    minutes = _range(filters.min_runtime, filters.max_runtime, "at least {} min", "at most {} min")
    fields = {
        "words": ("",),
        "genres": (*filters.genres, *(f"not {genre}" for genre in filters.exclude_genres)),
        "when": (
            kinds[filters.media_type],
            _range(filters.year_from, filters.year_to, "from {}", "until {}"),
        ),
        "limits": (rating, f"{minutes} min" if minutes[:1].isdigit() else minutes),
        "where": (*filters.providers, *(f"in {language_name(code)}" for code in filters.languages)),
    }
    return {key: ", ".join(part for part in parts if part) for key, parts in fields.items()}


def _range(low: int | None, high: int | None, above: str, below: str) -> str:
    if low is not None and high is not None:
        return f"{low}-{high}"
    if low is not None:
        return above.format(low)
    return below.format(high) if high is not None else ""


def read_form(values: Mapping[str, str], before: SearchFilters) -> SearchFilters:
    """The filters that a form asks for.

    Args:
        values: Texts by the keys of `FIELDS`; one that is missing is empty.
        before: The filters that it opened with: what it has no field for stays.

    Raises:
        InvalidRequest: a field cannot be read, or fields contradict each other; the message says which.
    """
    read: dict[str, Any] = dict.fromkeys(_FORM_KEYS)
    read |= dict.fromkeys(("genres", "exclude_genres", "providers", "languages"), ())
    for part in listed(values.get("genres")):
        unwanted = re.sub(r"^(?:not|no|without)\s+", "", part, flags=re.IGNORECASE)
        read["genres" if unwanted == part else "exclude_genres"] += (unwanted,)
    for part in listed(values.get("when")):
        _read_when(part, read)
    for part in listed(values.get("limits")):
        _read_limit(part, read)
    for part in listed(values.get("where")):
        spoken = re.sub(r"^in\s+", "", part, flags=re.IGNORECASE)
        language = languages().find(spoken)
        read["languages" if language or spoken != part else "providers"] += (language or spoken,)
    return replace(before, **read)


def _read_when(part: str, read: dict[str, Any]) -> None:
    word = part.lower()
    kind = _KINDS.get(word) or _KINDS.get(word.removesuffix("s"))
    if kind is not None:
        read["media_type"] = kind
        return
    decade = re.fullmatch(r"(?:the\s+)?(\d{3}0)s", word)
    low, high = (int(decade[1]), int(decade[1]) + 9) if decade else _bounds(word)
    if (low or high) is None:
        raise InvalidRequest(f"{part!r} is neither film, series nor years such as 1990-1999")
    read["year_from"], read["year_to"] = low, high


def _read_limit(part: str, read: dict[str, Any]) -> None:
    word = part.lower()
    if _MINUTES.search(word):
        bare = _MINUTES.sub("", word)
        low, high = _bounds(bare)
        if (low or high) is not None:
            alone = bare.isdigit()
            read["min_runtime"], read["max_runtime"] = (None if alone else low), high
            return
    rating = _RATING.fullmatch(_AT_LEAST.sub("", word))
    if rating is None:
        raise InvalidRequest(f"{part!r} is neither a rating such as 7 nor a length such as at most 120 min")
    read["min_rating"] = float(rating[1])


def _bounds(text: str) -> tuple[int | None, int | None]:
    """Both ends of a range; neither where it is none."""
    for pattern, is_low in ((_AT_LEAST, True), (_AT_MOST, False)):
        bare = pattern.sub("", text)
        if bare != text and bare.isdigit():
            return (int(bare), None) if is_low else (None, int(bare))
    found = _RANGE.fullmatch(text)
    if found is None:
        return None, None
    low, high, alone = (int(group) if group else None for group in found.groups())
    return (alone, alone) if alone is not None else (low, high)

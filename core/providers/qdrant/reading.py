"""Payloads that others stored → titles. Two eras of them are about: titles with a `content` and an unnamed
vector, services by name; and titles with an `llm_context` and named vectors, services by TMDB's number. Both
hold TMDB's bare numbers as ids. Whatever is missing or odd in one is left out, never guessed.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from core.catalog.rows import clean, title_from_row
from core.domain import Availability, MediaType, Title
from core.errors import IndexCorrupt, MalformedRow
from core.vocabulary.names import folded
from core.vocabulary.services import TMDB_SERVICES, listed_service

__all__ = [
    "HEAVY_FIELDS",
    "UNDATED",
    "encoded_text",
    "media_type_of",
    "read_title",
    "service_of",
    "values_of",
]

UNDATED = ""
"""Region and date of a service in a payload that says neither."""

# Long texts that were made of the other fields; they are read where those fields are missing.
_TEXTS = ("llm_context", "content", "embedding_text", "page_content", "text", "document")
HEAVY_FIELDS = (*_TEXTS, "overview", "backdrop_url", "poster_url", "keywords")
"""What a list of names needs nothing of."""

_MEDIA_TYPES = MappingProxyType(
    {
        **dict.fromkeys(("movie", "movies", "film", "films", "feature"), MediaType.MOVIE),
        **dict.fromkeys(("tv", "tv show", "tv shows", "tv series", "tvshow", "show", "series"), MediaType.TV),
    }
)
# What such texts call their lines, and what of a payload each says.
_LABELS = MappingProxyType(
    {
        "title": "title",
        "genre": "genres",
        "genres": "genres",
        "overview": "overview",
        "tagline": "tagline",
        "director": "director",
        "directors": "director",
        "creator": "creator",
        "creators": "creator",
        "created by": "creator",
        "stars": "stars",
        "cast": "stars",
        "release date": "release_date",
        "first air date": "release_date",
        "release year": "release_year",
        "keywords": "keywords",
        "number of seasons": "season_count",
        "poster url": "poster_url",
    }
)
_LABEL = re.compile(r"\s*([A-Za-z][A-Za-z ]{2,20}):\s*(.*)")
# The same as an object with one letter a field.
_LETTERS = MappingProxyType({"t": "title", "g": "genres", "k": "keywords", "o": "overview"})
_NOTHING = frozenset(
    ("", "unknown", "none", "null", "nan", "n a", "tbd", "untitled", "no overview available", "no overview")
)
_NAMES = ("title", "name")
_PARTS_OF_OBJECTS = ("name", "provider_name", "english_name", "iso_3166_1", "iso_639_1", "provider_id", "id")
_TMDB_IMAGE = re.compile(r"https://image\.tmdb\.org/t/p/\w+(/[\w.-]+)")
_URL = re.compile(r"https://[^\s\"<>]{4,500}")
_TRAILER_KEY = re.compile(r"[\w-]{6,20}")
_OUR_ID = re.compile(r"(tmdb:(movie|tv):[1-9]\d*|imdb:tt\d+|matinee:(movie|tv):.+)")


def read_title(payload: Mapping[str, Any] | None, declared: MediaType | None = None) -> Title:
    """Parse a payload.

    Args:
        payload: What is stored with a point.
        declared: What the whole collection holds, for points that do not say it.

    Raises:
        IndexCorrupt: it has no title, or is neither a film nor a series.
    """
    given = dict(payload or {})
    told = _told(given)
    known = {**told, **{key: value for key, value in given.items() if not _is_nothing(value, key)}}
    media_type = media_type_of(known.get("media_type", known.get("type"))) or declared
    if media_type is None:
        raise IndexCorrupt("a stored title is neither a film nor a series")
    poster = clean(known.get("poster_url") or known.get("poster_path"))
    image = _TMDB_IMAGE.fullmatch(poster)
    stored_id = clean(_first(known, "media_id", "tmdb_id", "tmdb"))
    row: dict[str, Any] = {
        "type": str(media_type),
        "title": _scalar(_first(known, "title", "name", "original_title", "original_name")),
        "year": _year(known),
        "tmdb": stored_id,
        "imdb": known.get("imdb_id"),
        "overview": known.get("overview"),
        "tagline": known.get("tagline"),
        "genres": _texts(_first(known, "genres", "genre")),
        "keywords": _texts(known.get("keywords")),
        "cast": _texts(_first(known, "stars", "cast", "actors")),
        "directors": _texts(_first(known, "director", "directors")),
        "creators": _texts(_first(known, "creator", "creators", "created_by")),
        "runtime": known.get("runtime"),
        "seasons": _first(known, "seasons", "season_count", "number_of_seasons"),
        "certification": _scalar(known.get("certification")),
        "countries": _texts(_first(known, "countries", "origin_country", "production_countries")),
        "language": _texts(_first(known, "original_language", "language"))[:1],
        "popularity": known.get("popularity"),
        "vote_average": known.get("vote_average"),
        "vote_count": known.get("vote_count"),
        "imdb_score": known.get("imdb_rating"),
        "imdb_votes": str(known.get("imdb_votes", "")).replace(",", ""),
        "poster_path": image[1] if image else poster,
        "trailer": known.get("trailer_url") or _trailer(known.get("trailer_key")),
    }
    try:
        title = title_from_row(row)
    except MalformedRow as error:
        raise IndexCorrupt(f"a stored title cannot be read: {error}") from error
    services = dict.fromkeys(
        service
        for value in values_of(_first(known, "watch_providers", "providers"))
        if (service := service_of(value))
    )
    return replace(
        title,
        id=stored_id if _OUR_ID.fullmatch(stored_id) else title.id,
        availability=tuple(Availability(service, UNDATED, UNDATED) for service in services),
        poster_url=title.poster_url or (poster if _URL.fullmatch(poster) else None),
    )


def media_type_of(value: object) -> MediaType | None:
    """Film or series, however it is written; None where it is neither."""
    return _MEDIA_TYPES.get(folded(str(value))) if isinstance(value, str) else None


def service_of(value: object) -> str | None:
    """Canonical name of a service by its name or by TMDB's number (`8`, `"8"`); None where it is unknown."""
    text = clean(value)
    if text.isdecimal() and len(text) < 7:
        return TMDB_SERVICES.get(int(text))
    return listed_service(text)


def encoded_text(payload: Mapping[str, Any]) -> str:
    """The text that a payload's vector was made of, as far as that can be told; empty where it cannot."""
    keys = ("embedding_text", *_TEXTS, "overview")
    return next((text for key in keys if isinstance(text := payload.get(key), str) and text.strip()), "")


def values_of(value: object) -> list[Any]:
    """The single values of a field: of a list, of a text that separates them by commas or is a list written
    out, of objects by their names. Each is a text or a number.
    """
    if isinstance(value, str):
        inner = value.strip()
        if inner.startswith("[") and inner.endswith("]"):
            inner = inner[1:-1]
        return [part for item in inner.split(",") if (part := item.strip(" \t\"'"))]
    if isinstance(value, Mapping):
        named = next((value[key] for key in _PARTS_OF_OBJECTS if value.get(key) is not None), None)
        return [] if named is None else values_of(named)
    if isinstance(value, (list, tuple, set)):
        return [part for item in value for part in ([item] if isinstance(item, str) else values_of(item))]
    return [] if value is None or isinstance(value, bool) else [value]


def _told(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the text says that was made of the fields, by the names of the fields."""
    value = next((payload[key] for key in _TEXTS if payload.get(key)), None)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    if isinstance(value, Mapping):
        spelled = {_LETTERS.get(str(key), str(key)): part for key, part in value.items()}
        return {key: part for key, part in spelled.items() if not _is_nothing(part, key)}
    return _labelled(value) if isinstance(value, str) else {}


def _labelled(text: str) -> dict[str, Any]:
    """The lines `Label: value` of a text; all of it is the overview where it has none."""
    found: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        match = _LABEL.match(line)
        label = match[1].lower() if match else ""
        if match and label in _LABELS:
            current = _LABELS[label]
            found.setdefault(current, match[2])
        elif current == "overview" and not match:
            found[current] += f" {line}"
        else:
            current = ""
    if not found:
        return {"overview": text}
    return {key: part for key, part in found.items() if not _is_nothing(part, key)}


def _is_nothing(value: object, key: str = "") -> bool:
    if isinstance(value, str):
        return (
            folded(value) in _NOTHING if key not in _NAMES else not value.strip()
        )  # "Unknown" is a film too
    return value is None or value == []


def _first(known: Mapping[str, Any], *keys: str) -> Any:
    return next((known[key] for key in keys if key in known), None)


def _scalar(value: object) -> object:
    """A title that is a list of one, or a number such as `1917`."""
    return next(iter(value), None) if isinstance(value, (list, tuple)) else value


def _texts(value: object) -> list[str]:
    return [text for item in values_of(value) if not _is_nothing(text := clean(item))]


def _year(known: Mapping[str, Any]) -> str:
    stated: Iterable[object] = (known.get(key) for key in ("release_year", "year"))
    dates = (known.get(key) for key in ("release_date", "first_air_date"))
    texts = [clean(value) for value in stated] + [clean(value)[:4] for value in dates]
    return next((text for text in texts if text and text not in ("0", "0.0")), "")


def _trailer(key: object) -> str | None:
    text = clean(key)
    return f"https://www.youtube.com/watch?v={text}" if _TRAILER_KEY.fullmatch(text) else None

"""A title as a Qdrant payload, and back. Parsed once, here; the core sees `Title` only."""

from collections.abc import Mapping
from typing import Any

from core.domain import Availability, MediaType, Rating, Title
from core.errors import IndexCorrupt
from core.vocabulary.certifications import CERTIFICATIONS, level
from core.vocabulary.names import folded

__all__ = [
    "DENSE_VECTOR",
    "INDEXED_FIELDS",
    "PAYLOAD_VERSION",
    "SPARSE_VECTOR",
    "payload_of",
    "title_of",
]

DENSE_VECTOR = "dense_vector"
SPARSE_VECTOR = "sparse_vector"

# Part of the index's fingerprint: raise it when payload or indexes change.
PAYLOAD_VERSION = 2

# Every field that a filter reads, with Qdrant's index type.
INDEXED_FIELDS: Mapping[str, str] = {
    "media_id": "keyword",
    "media_type": "keyword",
    "title_key": "keyword",
    "genres": "keyword",
    "watch_providers": "keyword",
    "people_keys": "keyword",
    "original_language": "keyword",
    "countries": "keyword",
    "release_year": "integer",
    "runtime": "integer",
    "certification_age": "integer",
    "vote_average": "float",
}


def payload_of(title: Title) -> dict[str, Any]:
    """The payload of a title; what is not known is left out."""
    certification = title.certification
    values: dict[str, Any] = {
        "media_id": title.id,
        "other_ids": title.other_ids,
        "media_type": str(title.media_type),
        "title": title.name,
        "title_key": folded(title.name),
        "release_year": title.year,
        "overview": title.overview,
        "tagline": title.tagline,
        "genres": title.genres,
        "moods": title.moods,
        "keywords": title.keywords,
        "stars": title.stars,
        "director": title.directors,
        "creator": title.creators,
        "people_keys": sorted({folded(name) for name in (*title.stars, *title.directors, *title.creators)}),
        "runtime": title.runtime_minutes,
        "seasons": title.seasons,
        "certification": certification,
        "certification_age": None if certification is None else level(certification),
        "countries": title.countries,
        "original_language": title.language,
        "watch_providers": [item.service for item in title.availability],
        # One text a service: the engine takes several microseconds for every value of a payload.
        "availability": [f"{item.service}|{item.region}|{item.as_of}" for item in title.availability],
        "popularity": title.popularity,
        "vote_average": title.rating.average if title.rating else None,
        "vote_count": title.rating.votes if title.rating else None,
        "rating_source": title.rating.source if title.rating and title.rating.source != "TMDB" else None,
        "poster_url": title.poster_url,
    }
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in values.items()
        if value is not None and value != "" and value != [] and value != ()
    }


def title_of(payload: Mapping[str, Any] | None) -> Title:
    """Parse a payload.

    Raises:
        IndexCorrupt: it has no title or no media type.
    """
    if not payload or not payload.get("title") or "media_type" not in payload:
        raise IndexCorrupt("a stored title has no name or media type")
    media_type = MediaType(payload["media_type"])
    average = payload.get("vote_average")
    rating = (
        Rating(float(average), payload.get("vote_count"), payload.get("rating_source", "TMDB"))
        if average
        else None
    )
    return Title(
        id=_title_id(payload.get("media_id"), media_type),
        other_ids=_texts(payload.get("other_ids")),
        media_type=media_type,
        name=payload["title"],
        year=payload.get("release_year"),
        overview=payload.get("overview") or "",
        tagline=payload.get("tagline") or "",
        genres=_texts(payload.get("genres")),
        moods=_texts(payload.get("moods")),
        keywords=_texts(payload.get("keywords")),
        stars=_texts(payload.get("stars")),
        directors=_texts(payload.get("director")),
        creators=_texts(payload.get("creator")),
        runtime_minutes=payload.get("runtime"),
        seasons=payload.get("seasons"),
        certification=CERTIFICATIONS.find(payload.get("certification") or ""),
        countries=_texts(payload.get("countries")),
        language=payload.get("original_language"),
        availability=tuple(Availability(*item.rsplit("|", 2)) for item in payload.get("availability", ())),
        rating=rating,
        popularity=payload.get("popularity"),
        poster_url=payload.get("poster_url"),
    )


def _title_id(media_id: object, media_type: MediaType) -> str:
    """Our ids are text; older collections of this family hold TMDB's bare numbers."""
    text = str(media_id)
    return text if ":" in text else f"tmdb:{media_type}:{text}"


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value) if isinstance(value, (list, tuple)) else ()

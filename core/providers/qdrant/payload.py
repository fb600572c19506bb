"""A title as a Qdrant payload, and back. Parsed once, here; the core sees `Title` only."""

from collections.abc import Mapping
from typing import Any

from core.catalog.rows import made_up_id
from core.domain import Availability, MediaType, Rating, Title
from core.errors import IndexCorrupt
from core.providers.qdrant.conditions import carried_in
from core.vocabulary.certifications import CERTIFICATIONS, level
from core.vocabulary.names import folded
from core.vocabulary.nationalities import LANGUAGE_OF_COUNTRY

__all__ = [
    "DENSE_VECTOR",
    "INDEXED_FIELDS",
    "PAYLOAD_VERSION",
    "ROSTER_FIELDS",
    "SPARSE_VECTOR",
    "payload_of",
    "title_of",
]

DENSE_VECTOR = "dense_vector"
SPARSE_VECTOR = "sparse_vector"

# Part of the index's fingerprint: raise it when payload or indexes change.
PAYLOAD_VERSION = 5

# Every field that a filter reads, with Qdrant's index type.
INDEXED_FIELDS: Mapping[str, str] = {
    "media_id": "keyword",
    "media_type": "keyword",
    "title_key": "keyword",
    "genres": "keyword",
    "watch_providers": "keyword",
    "services_by_region": "keyword",
    "people_keys": "keyword",
    "language_key": "keyword",
    "countries": "keyword",
    "release_year": "integer",
    "runtime": "integer",
    "certification_age": "integer",
    "vote_average": "float",
}

# What of a payload a roster is made from.
ROSTER_FIELDS = (
    *("title", "media_type", "release_year", "stars", "director", "creator"),
    *("popularity", "vote_average", "vote_count", "rating_source"),
)


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
        "language_key": spoken_language(title),
        "watch_providers": list(dict.fromkeys(item.service for item in title.availability)),
        "services_by_region": list(
            dict.fromkeys(carried_in(item.service, item.region) for item in title.availability)
        ),
        # One text a service: the engine takes several microseconds for every value of a payload.
        "availability": [f"{item.service}|{item.region}|{item.as_of}" for item in title.availability],
        "popularity": title.popularity,
        "vote_average": title.rating.average if title.rating else None,
        "vote_count": title.rating.votes if title.rating else None,
        "rating_source": title.rating.source if title.rating and title.rating.source != "TMDB" else None,
        "poster_url": title.poster_url,
        "trailer_url": title.trailer_url,
        "as_of": title.as_of,
    }
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in values.items()
        if value is not None and value != "" and value != [] and value != ()
    }


def spoken_language(title: Title) -> str | None:
    """What a filter takes as its language: dumps name none for most series, so theirs is their country's."""
    if title.language or title.media_type is MediaType.MOVIE or not title.countries:
        return title.language
    return LANGUAGE_OF_COUNTRY.get(title.countries[0])


def title_of(payload: Mapping[str, Any] | None) -> Title:
    """Parse a payload.

    Raises:
        IndexCorrupt: it has no title, or a media type that is neither movie nor tv.
    """
    if not payload or not payload.get("title"):
        raise IndexCorrupt("a stored title has no name")
    try:
        media_type = MediaType(payload.get("media_type", ""))
    except ValueError:
        raise IndexCorrupt(f"a stored title is of no known type: {payload['title']!r}") from None
    average = payload.get("vote_average")
    rating = (
        Rating(float(average), payload.get("vote_count"), payload.get("rating_source", "TMDB"))
        if average
        else None
    )
    return Title(
        id=_title_id(payload, media_type),
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
        certification=_certification(payload.get("certification")),
        countries=_texts(payload.get("countries")),
        language=payload.get("original_language"),
        availability=tuple(
            Availability(*parts)
            for item in _texts(payload.get("availability"))
            if len(parts := str(item).rsplit("|", 2)) == 3
        ),
        rating=rating,
        popularity=payload.get("popularity"),
        poster_url=payload.get("poster_url"),
        trailer_url=payload.get("trailer_url"),
        as_of=payload.get("as_of"),
    )


def _title_id(payload: Mapping[str, Any], media_type: MediaType) -> str:
    """Our ids are text; older collections of this family hold TMDB's bare numbers, or none."""
    media_id = payload.get("media_id")
    if media_id is None:
        return made_up_id(media_type, payload["title"], payload.get("release_year"))
    text = str(media_id)
    return text if ":" in text else f"tmdb:{media_type}:{text}"


def _certification(value: object) -> str | None:
    """Ours is canonical and is not looked up again; reading titles is a large part of a search."""
    if value is None or value in CERTIFICATIONS.canonical:
        return value if isinstance(value, str) else None
    return CERTIFICATIONS.find(str(value))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value) if isinstance(value, (list, tuple)) else ()

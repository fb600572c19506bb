"""TMDB's JSON → titles and lists. Parsed once, here; by way of a row, so that it is cleaned as dumps are."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.catalog.rows import title_from_row
from core.domain import MediaType, Title
from core.errors import MalformedRow, SourceUnavailable
from core.ingestion.ports import Listed, Listing, Numbered

__all__ = ["APPENDED", "listing_from", "number_from", "title_from"]

APPENDED: Mapping[MediaType, str] = {
    MediaType.MOVIE: "credits,keywords,watch/providers,external_ids,videos,release_dates",
    MediaType.TV: "aggregate_credits,keywords,watch/providers,external_ids,videos,content_ratings",
}
# https://developer.themoviedb.org/reference/movie-release-dates: 3 is a theatrical release.
_THEATRICAL = 3
# What is seen without paying for the single title.
_STREAMED = ("flatrate", "free", "ads")
_CERTIFYING_COUNTRY = "US"


def title_from(
    body: Mapping[str, Any], media_type: MediaType, regions: Sequence[str], day: datetime.date
) -> Title:
    """A title from its details with everything of `APPENDED`; whatever is missing or odd is left out.

    Args:
        body: The answer.
        media_type: What was asked for.
        regions: Countries whose services are kept, by ISO code.
        day: When it was asked.

    Raises:
        MalformedRow: it has no number or no name.
    """
    number = body.get("id")
    if not isinstance(number, int):
        raise MalformedRow("no id")
    is_film = media_type is MediaType.MOVIE
    name, original = ("title", "original_title") if is_film else ("name", "original_name")
    day_text = day.isoformat()
    return title_from_row(
        {
            "type": str(media_type),
            "title": body.get(name) or body.get(original),
            "year": str(body.get("release_date" if is_film else "first_air_date") or "")[:4],
            "tmdb": number,
            "imdb": body.get("imdb_id") or _object(body, "external_ids").get("imdb_id"),
            "overview": body.get("overview"),
            "tagline": body.get("tagline"),
            "genres": _names(_objects(body, "genres")),
            "keywords": _names(_keywords(body)),
            "cast": _names(sorted(_objects(_credits(body), "cast"), key=_billing)),
            "directors": _names(
                person for person in _objects(_credits(body), "crew") if person.get("job") == "Director"
            ),
            "creators": _names(_objects(body, "created_by")),
            "runtime": body.get("runtime") if is_film else _episode_runtime(body),
            "seasons": body.get("number_of_seasons"),
            "certification": _film_certification(body) if is_film else _series_certification(body),
            "countries": _countries(body),
            "language": body.get("original_language"),
            "services": [
                {"name": service, "region": region, "as_of": day_text}
                for region in regions
                for service in _services(body, region)
            ],
            "popularity": body.get("popularity"),
            "vote_average": body.get("vote_average") if body.get("vote_count") else None,
            "vote_count": body.get("vote_count"),
            "poster_path": body.get("poster_path"),
            "trailer": _trailer(body),
            "as_of": day_text,
            "asked": list(regions),
        }
    )


def listing_from(body: Mapping[str, Any]) -> Listing:
    """A page of a list.

    Raises:
        SourceUnavailable: it is none.
    """
    if not isinstance(body.get("results"), list):
        raise SourceUnavailable("TMDB answered with JSON that is no list of titles")
    return Listing(
        tuple(
            Listed(item["id"], _whole(item.get("vote_count")))
            for item in _objects(body, "results")
            if isinstance(item.get("id"), int)
        ),
        _whole(body.get("total_pages")),
        _whole(body.get("total_results")),
    )


def number_from(body: Mapping[str, Any]) -> Numbered | None:
    """The film or series of an answer to `/find`."""
    for key, media_type in (("movie_results", MediaType.MOVIE), ("tv_results", MediaType.TV)):
        for item in _objects(body, key):
            if isinstance(item.get("id"), int):
                return Numbered(media_type, item["id"])
    return None


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _objects(body: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = body.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _names(items: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [item.get("name") for item in items]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _credits(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return _object(body, "credits") or _object(body, "aggregate_credits")


def _billing(person: Mapping[str, Any]) -> int:
    place = person.get("order")
    return place if isinstance(place, int) else 10_000


def _keywords(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Films name the list `keywords`, series `results`."""
    words = _object(body, "keywords")
    return _objects(words, "keywords") or _objects(words, "results")


def _countries(body: Mapping[str, Any]) -> list[Any]:
    """Where it comes from first, then who else paid; TMDB lists the latter by the alphabet."""
    origin = body.get("origin_country")
    producers = [item.get("iso_3166_1") for item in _objects(body, "production_countries")]
    return [*(origin if isinstance(origin, list) else ()), *producers]


def _episode_runtime(body: Mapping[str, Any]) -> object:
    """Of a typical episode; TMDB leaves `episode_run_time` empty by now."""
    given = body.get("episode_run_time")
    if isinstance(given, list) and given:
        return given[0]
    return _object(body, "last_episode_to_air").get("runtime")


def _film_certification(body: Mapping[str, Any]) -> object:
    for country in _objects(_object(body, "release_dates"), "results"):
        if country.get("iso_3166_1") == _CERTIFYING_COUNTRY:
            marked = [
                release for release in _objects(country, "release_dates") if release.get("certification")
            ]
            marked.sort(key=lambda release: release.get("type") != _THEATRICAL)
            return marked[0]["certification"] if marked else None
    return None


def _series_certification(body: Mapping[str, Any]) -> object:
    for country in _objects(_object(body, "content_ratings"), "results"):
        if country.get("iso_3166_1") == _CERTIFYING_COUNTRY:
            return country.get("rating")
    return None


def _services(body: Mapping[str, Any], region: str) -> list[Any]:
    offers = _object(_object(_object(body, "watch/providers"), "results"), region)
    return list(
        dict.fromkeys(str(item.get("provider_name")) for kind in _STREAMED for item in _objects(offers, kind))
    )


def _trailer(body: Mapping[str, Any]) -> str | None:
    """The first official one: those of later seasons and anniversaries come after it."""
    official = [
        video
        for video in _objects(_object(body, "videos"), "results")
        if video.get("site") == "YouTube" and video.get("type") == "Trailer" and video.get("official") is True
    ]
    official.sort(key=lambda video: str(video.get("published_at") or "9999"))
    return f"https://www.youtube.com/watch?v={official[0].get('key')}" if official else None

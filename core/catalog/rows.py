"""One row of a catalogue file → one `Title`, and back. Tolerates what real dumps hold; never guesses."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from core.domain import FIRST_YEAR, LAST_YEAR, Availability, MediaType, Rating, Title
from core.errors import MalformedRow
from core.vocabulary import genres
from core.vocabulary.certifications import CERTIFICATIONS
from core.vocabulary.names import Names, folded
from core.vocabulary.places import countries, languages
from core.vocabulary.services import listed_service

__all__ = ["clean", "made_up_id", "row_of", "title_from_row"]

# The dumps' service lists: JustWatch US of 2022-23 (`providers`, five services) and lists of 2021.
_SERVICES_AS_OF = "2022"
_OLDER_SERVICES_AS_OF = "2021"
_JUSTWATCH_SERVICES = frozenset({"Amazon Prime Video", "Disney Plus", "HBO Max", "Netflix", "Paramount Plus"})

_POSTER_BASE = "https://image.tmdb.org/t/p/w500"  # https://developer.themoviedb.org/docs/image-basics
_TRAILER = re.compile(r"https://www\.youtube\.com/watch\?v=[\w-]{6,20}")
_DATE = re.compile(r"\d{4}(-\d\d){0,2}")
_IMDB_ID = re.compile(r"tt\d{5,10}")
_RATING_KEYS = {"TMDB": ("vote_average", "vote_count"), "IMDb": ("imdb_score", "imdb_votes")}
_MAX_NAME = 300
_MAX_TEXT = 5_000
_MAX_STARS = 12
_MAX_KEYWORDS = 40
_MAX_RUNTIME_MINUTES = 1_000


def title_from_row(row: Mapping[str, Any]) -> Title:
    """Build a title from a row in the form of `core/catalog/data/*.jsonl` or of the known dumps.

    Raises:
        MalformedRow: not a mapping, no usable name, or a `type` that is neither movie nor tv.
    """
    if not isinstance(row, Mapping):
        raise MalformedRow(f"a row must be an object, not {type(row).__name__}")
    name = clean(row.get("title"))
    if not name:
        raise MalformedRow("no title")
    if len(name) > _MAX_NAME:
        raise MalformedRow(f"the title has {len(name)} characters; at most {_MAX_NAME} are taken")
    try:
        media_type = MediaType(str(row.get("type")))
    except ValueError:
        raise MalformedRow(f"type is {row.get('type')!r}; it must be movie or tv") from None
    year = _whole(row.get("year"), FIRST_YEAR, LAST_YEAR)
    ids = _ids(row, media_type) or (made_up_id(media_type, name, year),)
    return Title(
        id=ids[0],
        media_type=media_type,
        name=name,
        year=year,
        overview=clean(row.get("overview"))[:_MAX_TEXT],
        tagline=clean(row.get("tagline"))[:_MAX_TEXT],
        genres=_genres(row),
        moods=_texts(row.get("moods")),
        keywords=_texts(row.get("keywords"))[:_MAX_KEYWORDS],
        stars=_texts(row.get("cast"))[:_MAX_STARS],
        directors=_texts(row.get("directors")),
        creators=_texts(row.get("creators")),
        runtime_minutes=_whole(row.get("runtime"), 1, _MAX_RUNTIME_MINUTES),
        seasons=_whole(row.get("seasons"), 1, 200),
        certification=CERTIFICATIONS.find(clean(row.get("certification"))),
        countries=_codes(row.get("countries") or row.get("countries_listed"), countries()),
        language=next(iter(_codes(row.get("language"), languages())), None),
        availability=_availability(row),
        rating=_rating(row),
        popularity=_number(row.get("popularity"), 0.0, 1e6),
        poster_url=_poster(row),
        trailer_url=trailer if _TRAILER.fullmatch(trailer := clean(row.get("trailer"))) else None,
        as_of=day if _DATE.fullmatch(day := clean(row.get("as_of"))) else None,
        asked=_codes(row.get("asked"), countries()),
        other_ids=ids[1:],
    )


def row_of(title: Title) -> dict[str, Any]:
    """The row that `title_from_row` makes the same title of; what is not known is left out.

    A made-up id is made anew from name and year.
    """
    ids = dict(_row_id(identifier) for identifier in title.ids if not identifier.startswith("matinee:"))
    row: dict[str, Any] = {
        "type": str(title.media_type),
        "title": title.name,
        "year": title.year,
        "tmdb": int(ids["tmdb"]) if "tmdb" in ids else None,
        "imdb": ids.get("imdb"),
        "tmdb_by": "unique-title" if title.id.startswith("imdb:") and "tmdb" in ids else None,
        "genres": list(title.genres),
        "moods": list(title.moods),
        "overview": title.overview,
        "tagline": title.tagline,
        "directors": list(title.directors),
        "creators": list(title.creators),
        "cast": list(title.stars),
        "runtime": title.runtime_minutes,
        "seasons": title.seasons,
        "countries": list(title.countries),
        "language": title.language,
        "keywords": list(title.keywords),
        "services": [
            {"name": item.service, "region": item.region, "as_of": item.as_of} for item in title.availability
        ],
        "certification": title.certification,
        "popularity": title.popularity,
        "poster_path": None if title.poster_url is None else "/" + title.poster_url.rsplit("/", 1)[1],
        "trailer": title.trailer_url,
        "as_of": title.as_of,
        "asked": list(title.asked),
    }
    if title.rating:
        average, votes = _RATING_KEYS[title.rating.source]
        row |= {average: title.rating.average, votes: title.rating.votes}
    return {key: value for key, value in row.items() if value not in (None, [], "")}


def _row_id(identifier: str) -> tuple[str, str]:
    source, _, rest = identifier.partition(":")
    return source, rest.rpartition(":")[2]


def clean(value: object) -> str:
    """Text as people read it: entities resolved, NFC, no control characters, single spaces."""
    if value is None:
        return ""
    text = str(value)
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(char if char.isprintable() or char.isspace() else " " for char in text)
    return " ".join(text.split())


def made_up_id(media_type: MediaType, name: str, year: int | None) -> str:
    """The id of a title that no catalogue gave one: `matinee:tv:severance-2022`."""
    stem = folded(name).replace(" ", "-").replace("_", "-")
    return f"matinee:{media_type}:{stem}-{year}" if year else f"matinee:{media_type}:{stem}"


def _ids(row: Mapping[str, Any], media_type: MediaType) -> tuple[str, ...]:
    tmdb = _whole(row.get("tmdb"), 1, 10**9)
    imdb = clean(row.get("imdb"))
    found = [f"tmdb:{media_type}:{tmdb}"] if tmdb else []
    if _IMDB_ID.fullmatch(imdb):
        found.append(f"imdb:{imdb}")
    if row.get("tmdb_by"):  # the dump inferred TMDB's id, from the title: it stands back
        found.reverse()
    return tuple(found)


def _genres(row: Mapping[str, Any]) -> tuple[str, ...]:
    return genres.from_dump(_texts(row.get("genres"))) or genres.from_dump(_texts(row.get("genres_listed")))


def _texts(value: object) -> tuple[str, ...]:
    """Cleaned, non-empty, distinct strings of a list (or of one string, split at commas)."""
    if value is None:
        return ()
    items: Iterable[object] = value.split(",") if isinstance(value, str) else ()
    if isinstance(value, (list, tuple)):
        items = value
    return tuple(dict.fromkeys(text for item in items if (text := clean(item))))


def _codes(value: object, names: Names) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for text in _texts(value) if (code := names.find(text))))


def _number(value: object, low: float, high: float) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if low <= number <= high else None


def _whole(value: object, low: int, high: int) -> int | None:
    number = _number(value, low, high)
    return None if number is None else int(number)


def _rating(row: Mapping[str, Any]) -> Rating | None:
    """TMDB's or IMDb's mean, whichever rests on more weight of votes."""
    found: list[Rating] = []
    for source, (average_key, votes_key) in _RATING_KEYS.items():
        average = _number(row.get(average_key), 0.1, 10.0)
        if average is not None:
            found.append(Rating(round(average, 2), _whole(row.get(votes_key), 1, 10**9), source))
    return max(found, key=lambda rating: rating.weight, default=None)


def _poster(row: Mapping[str, Any]) -> str | None:
    path = clean(row.get("poster_path"))
    return _POSTER_BASE + path if re.fullmatch(r"/[\w.-]+\.(jpg|png|svg|webp)", path) else None


def _availability(row: Mapping[str, Any]) -> tuple[Availability, ...]:
    """Services with the date of the list that names them; a newer list overrules an older one."""
    given = row.get("services")
    if isinstance(given, list):
        return tuple(
            Availability(service, region, as_of)
            for item in given
            if isinstance(item, Mapping)
            and _DATE.fullmatch(as_of := clean(item.get("as_of")))
            and (service := listed_service(clean(item.get("name"))))
            and (region := countries().find(clean(item.get("region", "US"))))
        )
    newer = [name for text in _texts(row.get("providers")) if (name := listed_service(text))]
    older = [name for text in _texts(row.get("providers_2021")) if (name := listed_service(text))]
    asked = _JUSTWATCH_SERVICES if row.get("providers") is not None else frozenset()
    dated = {name: _OLDER_SERVICES_AS_OF for name in older if name not in asked}
    dated.update(dict.fromkeys(newer, _SERVICES_AS_OF))
    return tuple(Availability(name, "US", as_of) for name, as_of in dated.items())

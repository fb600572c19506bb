"""What a dump's columns are called, and how a record of it becomes a row.

What rows of ours hold besides (moods, services with their dates) is taken along under its own name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from core.domain import MediaType
from core.errors import MalformedRow
from core.ingestion.values import (
    day_of,
    is_nothing,
    length_of,
    name_and_year,
    number_of,
    objects_of,
    texts_of,
    year_of,
)
from core.vocabulary.names import folded

__all__ = ["FIELDS", "OURS_ALONE", "Columns", "kind_of", "of_our_kinds"]

# Our field → what dumps call it, folded; of several, the first that holds something is taken.
FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "type": ("type", "media_type", "show_type", "titletype", "content_type"),
        "title": (
            "title",
            "name",
            "series_title",
            "movie_title",
            "primarytitle",
            "original_title",
            "original_name",
        ),
        "year": (
            "year",
            "release_year",
            "released_year",
            "startyear",
            "release_date",
            "first_air_date",
            "released",
        ),
        "tmdb": ("tmdb", "tmdb_id", "tmdbid"),
        "imdb": ("imdb_id", "imdbid", "tconst", "imdb"),
        "overview": ("overview", "description", "plot", "summary", "synopsis"),
        "tagline": ("tagline",),
        "genres": ("genres", "genre", "listed_in"),
        "keywords": ("keywords", "tags"),
        "cast": ("cast", "stars", "actors"),
        "directors": ("director", "directors"),
        "creators": ("created_by", "creators", "creator"),
        "crew": ("crew",),
        "runtime": ("runtime", "duration", "runtimeminutes", "runtime_minutes", "episode_run_time"),
        "seasons": ("number_of_seasons", "seasons"),
        "certification": (
            "certification",
            "certificate",
            "age_certification",
            "content_rating",
            "age",
            "rating",
        ),
        "countries": ("countries", "country", "origin_country", "production_countries"),
        "language": ("original_language", "language"),
        "popularity": ("popularity", "tmdb_popularity"),
        "vote_average": ("vote_average", "tmdb_score"),
        "vote_count": ("vote_count",),
        "imdb_score": ("imdb_score", "imdb_rating", "averagerating", "imdb"),
        "imdb_votes": ("imdb_votes", "numvotes", "no_of_votes", "num_votes"),
        "poster_path": ("poster_path", "poster_url", "poster", "poster_link"),
        "date_added": ("date_added",),
        "adult": ("adult", "isadult"),
        "trailer": ("trailer",),
    }
)
_LISTS = ("genres", "keywords", "cast", "directors", "creators", "countries")
_NUMBERS = ("vote_average", "vote_count", "imdb_score", "imdb_votes", "popularity", "tmdb")
# What only rows of ours hold (`core/catalog/rows.py`), under no other name.
OURS_ALONE = (
    "moods",
    "tmdb_by",
    "services",
    "providers",
    "providers_2021",
    "genres_listed",
    "countries_listed",
    "as_of",
    "asked",
)
# How the kinds of titles are called; IMDb's episodes, shorts and games are none.
_TYPES = {
    "movie": "movie",
    "movies": "movie",
    "film": "movie",
    "tvmovie": "movie",
    "0": "movie",
    "tv": "tv",
    "tv show": "tv",
    "tv series": "tv",
    "tvseries": "tv",
    "tvminiseries": "tv",
    "show": "tv",
    "series": "tv",
    "1": "tv",
}
_TMDB_IMAGE = re.compile(r"(?:https?://image\.tmdb\.org/t/p/\w+)?(/[^/]+)")


@dataclass(frozen=True, slots=True)
class Columns:
    """How to read the records of one dump."""

    names: Mapping[str, tuple[str, ...]]
    """Our field → the dump's columns; of several, the first that holds something is taken."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Our field → what holds for every record."""
    separator: str = ""
    """Between several values of one field; any of `|`, `;` and `,` where empty."""
    services: Mapping[str, str] = field(default_factory=dict)
    """Column that says whether a service had a title → the service."""
    notes: tuple[str, ...] = ()
    """What people should know of columns that are not read."""

    def row(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record as a row for `title_from_row`.

        Raises:
            MalformedRow: it is an adults' title, or of no kind that we know.
        """
        given = self._given(record)
        if str(given.pop("adult", "")).strip().lower() in ("true", "1", "1.0", "yes"):
            raise MalformedRow("it is marked as for adults")
        row: dict[str, Any] = {key: value for key, value in given.items() if key in FIELDS}
        if of_our_kinds(record):
            row |= {key: record[key] for key in OURS_ALONE if key in record}
        row["type"] = kind_of(given.get("type"))
        if row["type"] is None:
            raise MalformedRow(f"type is {given.get('type')!r}; it must be a film or a series")
        row["title"], year_in_name = name_and_year(given.get("title"))
        row["year"] = year_of(given.get("year")) or year_in_name
        row.update({key: texts_of(given[key], self.separator) for key in _LISTS if key in given})
        row.update({key: number_of(given[key]) for key in _NUMBERS if key in given})
        row.update(length_of(given.get("runtime"), given.get("seasons")))
        if "crew" in row:
            crew = objects_of(row.pop("crew"))
            directors = [one.get("name") for one in crew if one.get("job") == "Director"]
            row.setdefault("directors", directors)
        if "poster_path" in row:
            there = _TMDB_IMAGE.fullmatch(str(row["poster_path"]).strip())
            row["poster_path"] = there and there[1]
        if services := self._services(record, given):
            listed = row.get("services")
            row["services"] = [*(listed if isinstance(listed, list) else ()), *services]
        row.pop("date_added", None)
        return row

    def _given(self, record: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(self.constants)
        for ours, theirs in self.names.items():
            values = (record.get(name) for name in theirs)
            told = (value for value in values if not is_nothing(value, in_name=ours == "title"))
            if (value := next(told, None)) is not None:
                given[ours] = value
        return given

    def _services(self, record: Mapping[str, Any], given: Mapping[str, Any]) -> list[dict[str, str]]:
        """Those of marked columns, and of the whole dump; each needs a date, or is not taken."""
        as_of = day_of(given.get("date_added")) or str(given.get("as_of", ""))
        region = str(given.get("region", "US"))
        marked = [name for column, name in self.services.items() if number_of(record.get(column)) == "1"]
        named = [str(given["service"])] if "service" in given else []
        return [{"name": name, "region": region, "as_of": as_of} for name in (*marked, *named)]


def of_our_kinds(record: Mapping[str, Any]) -> bool:
    """Whether a record tells its kind as rows of ours do."""
    return record.get("type") in list(MediaType)


def kind_of(value: object) -> str | None:
    """`movie` or `tv`, or None where a value says neither."""
    return _TYPES.get(folded(str(value)))

"""What the columns of a dump mean: guessed for the well-known forms, told by a TOML file for others.

Known: TMDB 5000 (films and credits), the TMDB sets of Kaggle, MovieLens, the streaming services' lists and
IMDb's own tables. A mapping of one's own:

    separator = "|"            # between several values of a field; commas, semicolons and bars by default

    [columns]                  # our field → the dump's column
    title = "Film"
    year = "Premiere"

    [constants]                # what is the same in every row
    type = "movie"
    service = "Netflix"        # with `region` and `as_of`: where all of them streamed
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.catalog.rows import clean
from core.errors import CatalogueError, MalformedRow
from core.vocabulary.names import folded
from core.vocabulary.services import SERVICES

__all__ = ["FIELDS", "Columns", "guessed", "read_columns"]

# Our field → what dumps call it, folded; the first that is there is taken.
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
        "seasons": ("seasons", "number_of_seasons"),
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
_CONSTANTS = frozenset({*FIELDS, "service", "region", "as_of"})
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
_SERIES_COLUMNS = frozenset({"first_air_date", "number_of_seasons", "original_name", "number_of_episodes"})
_NOTHING = frozenset({"", "nan", "n/a", "na", "null", "none", "\\n", "unknown", "-", "[]", "{}"})
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_HOURS = re.compile(r"(\d+)\s*h(?:ours?|rs?)?\s*(?:(\d+)\s*m)?", re.IGNORECASE)
_YEAR_IN_NAME = re.compile(r"\s*\((\d{4})\)$")
_NAME_WITH_ARTICLE = re.compile(r"(.+), (The|A|An)$")
_LONG_DATE = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEPARATORS = re.compile(r"[|;,]")


@dataclass(frozen=True, slots=True)
class Columns:
    """How to read the records of one dump."""

    names: Mapping[str, str]
    """Our field → the dump's column."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Our field → what holds for every record."""
    separator: str = ""
    """Between several values of one field; any of `|`, `;` and `,` where empty."""
    services: Mapping[str, str] = field(default_factory=dict)
    """Column that says whether a service had a title → the service."""

    def row(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record as a row for `title_from_row`.

        Raises:
            MalformedRow: it is an adults' title, or of no kind that we know.
        """
        given = {ours: record.get(theirs) for ours, theirs in self.names.items()}
        given = {key: value for key, value in given.items() if not _is_nothing(value)}
        given = {**self.constants, **given}
        if str(given.pop("adult", "")).strip().lower() in ("true", "1", "1.0", "yes"):
            raise MalformedRow("it is marked as for adults")
        row: dict[str, Any] = {key: value for key, value in given.items() if key in FIELDS}
        row["type"] = self._type(given)
        row["title"], year_in_name = _name(given.get("title"))
        row["year"] = _year(given.get("year")) or year_in_name
        row.update({key: self._texts(given[key]) for key in _LISTS if key in given})
        row.update({key: _number(given[key]) for key in _NUMBERS if key in given})
        row.update(_length(given.get("runtime"), given.get("seasons")))
        if "crew" in row:
            crew = _parsed(row.pop("crew"))
            row.setdefault("directors", [one["name"] for one in crew if one.get("job") == "Director"])
        if "poster_path" in row:
            row["poster_path"] = "/" + str(row["poster_path"]).rsplit("/", 1)[-1]
        row["services"] = self._services(record, given)
        row.pop("date_added", None)
        return row

    def _type(self, given: Mapping[str, Any]) -> str:
        said = folded(str(given["type"])) if "type" in given else ""
        if said not in _TYPES:
            raise MalformedRow(f"type is {given.get('type')!r}; it must be a film or a series")
        return _TYPES[said]

    def _texts(self, value: object) -> list[str]:
        if isinstance(value, str):
            objects = _parsed(value)
            if objects:
                return [str(item.get("name") or item.get("iso_3166_1") or "") for item in objects]
            literal = _literal(value)
            if isinstance(literal, list):
                return [str(item) for item in literal]
            return value.split(self.separator) if self.separator else _SEPARATORS.split(value)
        items: Iterable[Any] = value if isinstance(value, list) else ()
        return [str(item.get("name") or "") if isinstance(item, dict) else str(item) for item in items]

    def _services(self, record: Mapping[str, Any], given: Mapping[str, Any]) -> list[dict[str, str]]:
        """Those of marked columns, and of the whole dump; each needs a date, or is not taken."""
        as_of = _date(given.get("date_added")) or str(given.get("as_of", ""))
        region = str(given.get("region", "US"))
        marked = [name for column, name in self.services.items() if _number(record.get(column)) == "1"]
        named = [str(given["service"])] if "service" in given else []
        return [{"name": name, "region": region, "as_of": as_of} for name in (*marked, *named)]


def guessed(names: Iterable[str], file_name: str) -> Columns:
    """What columns mean by their names, and a list's service by the name of its file.

    Raises:
        CatalogueError: none of them names titles.
    """
    by_folded = {folded(name).replace(" ", "_"): name for name in names}
    found = {
        ours: by_folded[alias]
        for ours, aliases in FIELDS.items()
        for alias in reversed(aliases)
        if alias in by_folded
    }
    if "title" not in found:
        raise CatalogueError(
            f"no column of {file_name} is known to hold titles ({', '.join(list(by_folded)[:12])}); "
            "name the columns in a TOML file and give it by --columns"
        )
    constants: dict[str, Any] = {}
    if "type" not in found:
        constants["type"] = "tv" if _SERIES_COLUMNS & by_folded.keys() else "movie"
    if "tmdb" not in found:
        own = [name for name in ("id", "movie_id") if name in by_folded]
        if own and ({"vote_count", "original_language"} <= by_folded.keys() or "crew" in by_folded):
            found["tmdb"] = by_folded[own[0]]
    if "show_id" in by_folded and (service := _service_named(file_name)):
        constants["service"] = service
    services = {
        name: service
        for key, name in by_folded.items()
        if key not in ("type", "title") and (service := SERVICES.find(name))
    }
    if services:  # the streaming lists of 2021: https://www.kaggle.com/datasets/ruchi798
        constants["as_of"] = "2021"
    return Columns(found, constants, services=services)


def read_columns(path: Path, names: Iterable[str], file_name: str) -> Columns:
    """A mapping of one's own over what is guessed.

    Raises:
        CatalogueError: no TOML, a field or a column that does not exist.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"cannot read the columns of {path}: {error}") from error
    there = list(names)
    columns, constants = given.get("columns", {}), given.get("constants", {})
    if not isinstance(columns, dict) or not isinstance(constants, dict):
        raise CatalogueError(f"{path}: [columns] and [constants] must be tables")
    for ours in (*columns, *constants):
        if ours not in _CONSTANTS:
            raise CatalogueError(f"{path}: there is no field {ours!r}; fields are {', '.join(FIELDS)}")
    for theirs in columns.values():
        if theirs not in there:
            raise CatalogueError(f"{path}: {file_name} has no column {theirs!r}; it has {', '.join(there)}")
    known = guessed([*there, "title"] if "title" in columns else there, file_name)
    names_known = {ours: theirs for ours, theirs in known.names.items() if theirs in there}
    return Columns(
        {**names_known, **columns},
        {**known.constants, **constants},
        str(given.get("separator", "")),
        known.services,
    )


def _is_nothing(value: object) -> bool:
    if isinstance(value, float):
        return value != value  # NaN
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING)


def _name(value: object) -> tuple[str, int | None]:
    """`Toy Story (1995)` → name and year; `Matrix, The` → `The Matrix`, as MovieLens writes them."""
    name, year = clean(value), None
    if match := _YEAR_IN_NAME.search(name):
        name, year = name[: match.start()], int(match[1])
        if moved := _NAME_WITH_ARTICLE.fullmatch(name):
            name = f"{moved[2]} {moved[1]}"
    return name, year


def _year(value: object) -> int | None:
    match = _YEAR.search(str(value))
    return int(match[1]) if match else None


def _number(value: object) -> str | None:
    """The first number of a text: `1,234`, `8.1/10`, `93 min`."""
    match = _NUMBER.search(str(value))
    return match[0].replace(",", "") if match else None


def _length(runtime: object, seasons: object) -> dict[str, Any]:
    """Minutes, or seasons where the length of a series is told in them (`2 Seasons`)."""
    text = str(runtime or "")
    if "season" in text.lower():
        return {"runtime": None, "seasons": seasons or _number(text)}
    if match := _HOURS.search(text):
        return {"runtime": 60 * int(match[1]) + int(match[2] or 0), "seasons": _number(seasons)}
    return {"runtime": _number(text), "seasons": _number(seasons)}


def _date(value: object) -> str:
    """`September 25, 2021` or an ISO date → the ISO date; empty where it is neither."""
    text = clean(value)
    if match := _LONG_DATE.search(text):
        if match[1].lower() in _MONTHS:
            return f"{match[3]}-{_MONTHS.index(match[1].lower()) + 1:02}-{int(match[2]):02}"
        return match[3]
    return text if re.fullmatch(r"\d{4}(-\d\d){0,2}", text) else ""


def _parsed(value: object) -> list[Mapping[str, Any]]:
    """The objects of a field that holds a list of them, as JSON or as Python writes it."""
    if not isinstance(value, str):
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    literal = _literal(value)
    return [item for item in literal if isinstance(item, dict)] if isinstance(literal, list) else []


def _literal(text: str) -> object:
    if not text.lstrip().startswith("["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _service_named(file_name: str) -> str | None:
    """The service that a list is of: `netflix_titles.csv`."""
    words = folded(file_name.partition(".")[0]).replace("_", " ").split()
    for length in (2, 1):
        for start in range(len(words) - length + 1):
            if name := SERVICES.find(" ".join(words[start : start + length])):
                return name
    return None

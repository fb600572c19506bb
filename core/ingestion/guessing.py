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

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import CatalogueError
from core.ingestion.columns import FIELDS, OURS_ALONE, Columns, kind_of, of_our_kinds
from core.ingestion.values import day_of, is_nothing
from core.vocabulary.names import folded
from core.vocabulary.services import SERVICES, listed_service

__all__ = ["guessed", "read_columns"]

_CONSTANTS = frozenset({*FIELDS, "service", "region", "as_of"})
_SERIES_COLUMNS = frozenset({"first_air_date", "number_of_seasons", "original_name", "number_of_episodes"})
# People, genres and trailers have names as well, and no more than these fields.
_NAMES_OF_ANYTHING = frozenset({"name", "original_name"})
_FIELDS_OF_ANYTHING = frozenset({"title", "type", "popularity", "adult"})
# The lists of https://www.kaggle.com/shivamb/datasets and https://www.kaggle.com/ruchi798/datasets.
_LISTS_MADE_IN = "2021"
_PLAIN_NUMBER = re.compile(r"\s*\d+(?:[.,]\d+)?\s*")


def guessed(names: Iterable[str], file_name: str, looked_at: Sequence[Mapping[str, Any]] = ()) -> Columns:
    """What columns mean by their names, and a list's service by the name of its file.

    Args:
        names: Of the columns.
        file_name: Of the dump.
        looked_at: Some of its records, where a name alone does not tell what a column holds.

    Raises:
        CatalogueError: none of them names titles.
    """
    there = list(names)
    found = _found(there)
    _check_titles(found, there, file_name)
    return _columns(found, there, file_name, looked_at)


def read_columns(
    path: Path, names: Iterable[str], file_name: str, looked_at: Sequence[Mapping[str, Any]] = ()
) -> Columns:
    """A mapping of one's own over what is guessed.

    What it says holds: no column is guessed for a field that it names, and no column that it names is read
    for another field.

    Raises:
        CatalogueError: no TOML, a field or a column that does not exist, a service that does not or has no
            date.
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
    found = {
        ours: tuple(name for name in theirs if name not in columns.values())
        for ours, theirs in _found(there).items()
        if ours not in constants
    }
    found = {ours: theirs for ours, theirs in found.items() if theirs}
    found |= {ours: (theirs,) for ours, theirs in columns.items()}
    if "title" not in columns:
        _check_titles(found, there, file_name)
    known = _columns(found, there, file_name, looked_at)
    known = replace(
        known,
        constants={**known.constants, **constants},
        separator=str(given.get("separator", "")),
    )
    _check_service(path, constants, known)
    return known


def _folded_names(names: Iterable[str]) -> dict[str, str]:
    return {folded(name).replace(" ", "_"): name for name in names}


def _found(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    by_folded = _folded_names(names)
    found = {
        ours: tuple(by_folded[alias] for alias in aliases if alias in by_folded)
        for ours, aliases in FIELDS.items()
    }
    return {ours: theirs for ours, theirs in found.items() if theirs}


def _check_titles(found: Mapping[str, Sequence[str]], names: Iterable[str], file_name: str) -> None:
    titles = _folded_names(found.get("title", ()))
    if not titles or (titles.keys() <= _NAMES_OF_ANYTHING and found.keys() <= _FIELDS_OF_ANYTHING):
        raise CatalogueError(
            f"no column of {file_name} is known to hold titles ({', '.join(list(names)[:12])}); "
            "name the columns in a TOML file and give it by --columns"
        )


def _check_service(path: Path, constants: Mapping[str, Any], known: Columns) -> None:
    if "service" not in constants:
        return
    if listed_service(str(constants["service"])) is None:
        raise CatalogueError(f"{path}: there is no streaming service {constants['service']!r}")
    if not day_of(known.constants.get("as_of")) and not {"as_of", "date_added"} & known.names.keys():
        raise CatalogueError(f'{path}: service needs as_of, the day of the list, as in as_of = "2024-05"')


def _columns(
    found: Mapping[str, tuple[str, ...]],
    there: Sequence[str],
    file_name: str,
    looked_at: Sequence[Mapping[str, Any]],
) -> Columns:
    """What follows of the columns found: the kind of titles, TMDB's id, the services, what is not read."""
    by_folded = _folded_names(there)
    of_series = bool(_SERIES_COLUMNS & by_folded.keys())
    rating = _rating_in_numbers(found, looked_at)
    found = {ours: tuple(name for name in theirs if name != rating) for ours, theirs in found.items()}
    found["type"] = _telling_kinds(found.get("type", ()), looked_at, of_series)
    constants: dict[str, Any] = {} if found["type"] else {"type": "tv" if of_series else "movie"}
    used = {name for theirs in found.values() for name in theirs}
    own = [by_folded[key] for key in ("id", "movie_id") if key in by_folded and by_folded[key] not in used]
    of_tmdb = {"vote_count", "original_language"} <= by_folded.keys() or "crew" in by_folded
    if "tmdb" not in found and own and of_tmdb:
        found["tmdb"] = (own[0],)
        used.add(own[0])
    services = {name: service for name in there if name not in used and (service := SERVICES.find(name))}
    if "show_id" in by_folded and (service := _service_named(file_name)):
        constants["service"] = service
    if services or "service" in constants:
        constants["as_of"] = _LISTS_MADE_IN
    if any(of_our_kinds(record) for record in looked_at):
        used.update(OURS_ALONE)
    unread = [name for name in there if name.strip() and name not in (*used, *services, rating)]
    notes = [_left_out(rating)] if rating else []
    notes += [f"not read: {', '.join(unread)}"] if unread else []
    return Columns(found, constants, services=services, notes=tuple(notes))


def _telling_kinds(
    columns: Sequence[str], looked_at: Sequence[Mapping[str, Any]], of_series: bool
) -> tuple[str, ...]:
    """Those that say film or series. TMDB's `type` of a series (Scripted, Reality…) does not."""
    telling = tuple(name for name in columns if any(kind_of(record.get(name)) for record in looked_at))
    return telling if telling or of_series else tuple(columns)


def _rating_in_numbers(
    found: Mapping[str, Sequence[str]], looked_at: Sequence[Mapping[str, Any]]
) -> str | None:
    """A column `rating` that holds means; the services' lists mean the youngest audience by it."""
    for name in found.get("certification", ()):
        values = [str(record[name]) for record in looked_at if not is_nothing(record.get(name))]
        if folded(name) == "rating" and values and all(map(_PLAIN_NUMBER.fullmatch, values)):
            return name
    return None


def _left_out(rating: str) -> str:
    return (
        f"left out: column {rating!r}, which holds numbers; if they are means of 0 to 10, give --columns a "
        f'TOML file with vote_average = "{rating}" under [columns]'
    )


def _service_named(file_name: str) -> str | None:
    """The service that a list is of: `netflix_titles.csv`."""
    words = folded(file_name.partition(".")[0]).replace("_", " ").split()
    for length in (2, 1):
        for start in range(len(words) - length + 1):
            if name := SERVICES.find(" ".join(words[start : start + length])):
                return name
    return None

"""Making the bundled catalogue's facts from a dump: `python -m bot ingest bundle DUMP`.

The curated rows keep what we wrote (overview, moods) and completed (people, runtimes, countries …);
ids, votes, posters, popularity, keywords and services are taken anew from the dump, or dropped. The
facts-only rows are chosen anew: the best-known titles that are not curated. No sentence of the dump
is copied.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.catalog.rows import row_of, title_from_row
from core.domain import MediaType, Title
from core.vocabulary.names import folded

__all__ = [
    "CURATED",
    "FACTS",
    "FACTS_COUNTS",
    "bundled_files",
    "chosen_facts",
    "facts_of",
    "refreshed",
    "write_rows",
]

DATA = Path(__file__).parent / "data"
CURATED = DATA / "curated.jsonl"
FACTS = DATA / "facts.jsonl"

FACTS_COUNTS: Mapping[MediaType, int] = {MediaType.MOVIE: 4_200, MediaType.TV: 1_300}

# Facts that are never written by hand.
_DUMP_KEYS = (
    "tmdb",
    "imdb",
    "tmdb_by",
    "keywords",
    "services",
    "certification",
    "popularity",
    "vote_average",
    "vote_count",
    "imdb_score",
    "imdb_votes",
    "poster_path",
)
_KEY_ORDER = (
    "type",
    "title",
    "year",
    "tmdb",
    "imdb",
    "tmdb_by",
    "genres",
    "moods",
    "overview",
    "directors",
    "creators",
    "cast",
    "runtime",
    "seasons",
    "countries",
    "language",
    *_DUMP_KEYS[3:],
)
# What is written by hand.
_NOT_FACTS = ("moods", "overview", "tagline")
# Marks of TMDB's editors, not of what a film is about.
_NO_KEYWORDS = frozenset({"duringcreditsstinger", "aftercreditsstinger", "woman director"})
_MAX_KEYWORDS = 14
_MAX_STARS = 6


def bundled_files() -> tuple[Path, Path]:
    """The files of the bundled catalogue; read together they are one catalogue."""
    return CURATED, FACTS


def facts_of(title: Title) -> dict[str, Any]:
    """The row of a title without its sentences, as a bundled row: fewer people and keywords."""
    row = row_of(title)
    row["cast"] = list(title.stars[:_MAX_STARS])
    row["keywords"] = [word for word in title.keywords if word not in _NO_KEYWORDS][:_MAX_KEYWORDS]
    return _ordered({key: value for key, value in row.items() if key not in _NOT_FACTS})


def _ordered(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in _KEY_ORDER if row.get(key) not in (None, [], "")}


def refreshed(dump: Iterable[Title]) -> list[dict[str, Any]]:
    """The curated rows with everything that only a dump may give taken from this dump, or dropped."""
    by_id = {identifier: title for title in dump for identifier in title.ids}
    rows: list[dict[str, Any]] = []
    for line in CURATED.read_text("utf-8").splitlines():
        row = json.loads(line)
        ours = {key: value for key, value in row.items() if key not in _DUMP_KEYS}
        source = next((by_id[name] for name in title_from_row(row).ids if name in by_id), None)
        given = {} if source is None else facts_of(source)
        rows.append(_ordered(ours | {key: given[key] for key in _DUMP_KEYS if key in given}))
    return rows


def chosen_facts(dump: Iterable[Title], curated: Sequence[Title]) -> list[dict[str, Any]]:
    """Rows of the best-known titles of a dump that are not curated and have year, genre and people."""
    taken_ids = {identifier for title in curated for identifier in title.ids}
    taken_names = {(title.media_type, folded(title.name), year) for title in curated for year in _near(title)}
    usable = [
        title
        for title in dump
        if title.year
        and title.genres
        and (title.stars or title.directors)
        and title.rating
        and not taken_ids.intersection(title.ids)
        and (title.media_type, folded(title.name), title.year) not in taken_names
        and not title.id.startswith("matinee:")
    ]
    usable.sort(key=lambda title: title.rating.weight if title.rating else 0.0, reverse=True)
    rows: list[dict[str, Any]] = []
    for media_type, count in FACTS_COUNTS.items():
        rows += [facts_of(title) for title in usable if title.media_type is media_type][:count]
    return sorted(rows, key=lambda row: (row["type"], folded(row["title"]), row["year"]))


def _near(title: Title) -> Iterable[int]:
    year = title.year or 0
    return (year - 1, year, year + 1)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON Lines, replacing the file in one step."""
    scratch = path.with_suffix(".tmp")
    with scratch.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(", ", ": ")) + "\n")
    scratch.replace(path)

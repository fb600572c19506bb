"""Queries with known answers, read from files, and the titles that they are searched among."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.catalog.rows import clean
from core.domain import SearchFilters, Title, filters_from_mapping
from core.errors import CatalogueError
from core.retrieval import resolved
from core.training.files import read_lines

__all__ = ["Query", "pool_of", "read_queries"]

# Requests of forums tell long stories; encoders read about this much (160 tokens), the beginning first.
LONGEST_REQUEST = 700
# What forums put before a request: [TOMT] [Movie] [2000s].
_TAGS = re.compile(r"\[[^\]]{0,40}\]")


@dataclass(frozen=True, slots=True)
class Query:
    """A request with the ids of the titles that answer it."""

    text: str
    relevant: frozenset[str]
    """Any id of a title counts: `tmdb:movie:603`, `imdb:tt0133093`."""
    filters: SearchFilters = field(default_factory=SearchFilters)
    history: tuple[str, ...] = ()
    """Earlier requests of the conversation, oldest first."""
    source: str = ""
    """Where it comes from: `vibe`, `metadata:precise`; empty where the file does not say."""


def read_queries(path: Path) -> list[Query]:
    """Read JSON Lines of `query` and `relevant` (a list of ids), of `query` and `tmdb`, or of
    `request_title`, `request` and `imdb`.

    Raises:
        CatalogueError: the file cannot be read, holds no query, or a line is malformed (it is named).
    """
    return read_lines(
        path, "the queries", "query", lambda line: _query(json.loads(line)) if line.strip() else None
    )


def _query(row: Any) -> Query:
    if not isinstance(row, dict):
        raise ValueError("a row must be an object")
    filters, history = row.get("filters") or {}, row.get("history") or []
    if not isinstance(filters, dict) or not isinstance(history, list):
        raise ValueError("filters must be an object and history a list of requests")
    return Query(
        text=_request(row) if "request" in row else str(row["query"]),
        relevant=_relevant(row),
        filters=resolved(filters_from_mapping(filters)),
        history=tuple(str(text) for text in history),
        source=str(row.get("source") or ""),
    )


def _relevant(row: dict[str, Any]) -> frozenset[str]:
    if "relevant" in row:
        given = row["relevant"]
        ids = [given] if isinstance(given, str) else list(given)
    elif row.get("imdb"):
        ids = [f"imdb:{row['imdb']}"]
    else:
        ids = [f"tmdb:movie:{int(row['tmdb'])}"]
    if not ids or not all(isinstance(identifier, str) for identifier in ids):
        raise ValueError("relevant must be an id or a list of ids")
    return frozenset(ids)


def _request(row: dict[str, Any]) -> str:
    """A forum's heading without its tags, and the story below it, cut after a whole word."""
    heading = clean(_TAGS.sub(" ", str(row.get("request_title") or "")))
    text = clean(f"{heading} {row['request']}")
    return text if len(text) <= LONGEST_REQUEST else text[: LONGEST_REQUEST + 1].rsplit(" ", 1)[0]


def pool_of(titles: Sequence[Title], pool: str, queries: Sequence[Query]) -> tuple[Title, ...]:
    """The titles to search: `all`, `positives` (those that answer a query), or a file of ids.

    Raises:
        CatalogueError: the file cannot be read, or no title is left.
    """
    if pool == "all":
        return tuple(titles)
    if pool == "positives":
        wanted = {identifier for query in queries for identifier in query.relevant}
    else:
        try:
            wanted = set(Path(pool).read_text("utf-8").split())
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogueError(f"cannot read the pool {pool}: {error}") from error
    chosen = tuple(title for title in titles if wanted.intersection(title.ids))
    if not chosen:
        raise CatalogueError(f"no title of the catalogue is in the pool {pool!r}; do the ids match?")
    return chosen

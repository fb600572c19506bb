"""Counting the titles of a catalogue."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain import MediaType, Title
from core.vocabulary.names import folded

__all__ = ["Statistics", "counted_titles", "titles_named"]

_MISSING: Mapping[str, Callable[[Title], object]] = {
    "year": lambda title: title.year,
    "overview": lambda title: title.overview,
    "genres": lambda title: title.genres,
    "cast": lambda title: title.stars,
    "keywords": lambda title: title.keywords,
    "rating": lambda title: title.rating,
    "services": lambda title: title.availability,
    "certification": lambda title: title.certification,
    "runtime": lambda title: title.runtime_minutes,
    "language": lambda title: title.language,
    "poster": lambda title: title.poster_url,
    "trailer": lambda title: title.trailer_url,
    "TMDB id": lambda title: any(name.startswith("tmdb:") for name in title.ids),
    "IMDb id": lambda title: any(name.startswith("imdb:") for name in title.ids),
}


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many titles there are."""

    titles: Mapping[MediaType, int]
    tables: Mapping[str, Mapping[str, Mapping[MediaType, int]]]
    """`decade`, `genre`, `service`, `missing` → value → how many of each type; the most frequent first,
    decades in their order."""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"titles": dict(self.titles), **{name: dict(table) for name, table in self.tables.items()}}


def counted_titles(titles: Iterable[Title]) -> Statistics:
    """Count titles by type, decade, genre, service with its country, and by what they lack."""
    by_type: Counter[MediaType] = Counter(dict.fromkeys(MediaType, 0))
    counts: dict[str, Counter[tuple[str, MediaType]]] = {
        name: Counter() for name in ("decade", "genre", "service", "missing")
    }
    for title in titles:
        kind = title.media_type
        by_type[kind] += 1
        counts["decade"][f"{title.year // 10 * 10}s" if title.year else "unknown", kind] += 1
        counts["genre"].update((genre, kind) for genre in title.genres)
        counts["service"].update({(f"{item.service} ({item.region})", kind) for item in title.availability})
        counts["missing"].update((name, kind) for name, known in _MISSING.items() if not known(title))
    return Statistics(by_type, {name: _table(counter, name) for name, counter in counts.items()})


def titles_named(titles: Iterable[Title], name: str) -> Sequence[Title]:
    """The titles of a name or an id; where there are none, those whose names hold all its words."""
    wanted = folded(name)
    everything = list(titles)
    exact = [title for title in everything if folded(title.name) == wanted or name in title.ids]
    if exact or not wanted:
        return exact
    words = set(wanted.split())
    return [title for title in everything if words <= set(folded(title.name).split())]


def _table(counter: Counter[tuple[str, MediaType]], name: str) -> dict[str, dict[MediaType, int]]:
    table: dict[str, dict[MediaType, int]] = {}
    for (value, kind), count in counter.items():
        table.setdefault(value, dict.fromkeys(MediaType, 0))[kind] = count
    if name == "decade":
        return dict(sorted(table.items()))
    return dict(sorted(table.items(), key=lambda item: (-sum(item[1].values()), item[0])))

"""What several systems reach on the same queries: by source and media type, and against a saved run."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from core.domain import Title
from core.errors import CatalogueError
from core.training.evaluation import MEASURES, Scores
from core.training.files import written
from core.training.intervals import Interval, Resamples
from core.training.queries import Query

__all__ = ["Difference", "Group", "Run", "compare", "read_run", "save_run"]

EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Run:
    """Systems measured on the same queries over the same pool."""

    queries: tuple[Query, ...]
    titles: tuple[str, ...]
    """For each query the id of the title it is to find (of one, where several answer it)."""
    types: tuple[str, ...]
    """For each query `movie` or `tv`; empty where no title of the pool answers it."""
    pool: str
    """Fingerprint of the titles searched."""
    encoder: str
    """Fingerprint of the dense encoder."""
    systems: Mapping[str, Scores]

    @property
    def sources(self) -> frozenset[str]:
        """Where its queries come from."""
        return frozenset(query.source for query in self.queries)

    @classmethod
    def of(
        cls, queries: Sequence[Query], pool: Sequence[Title], encoder: str, systems: Mapping[str, Scores]
    ) -> "Run":
        """What was measured, with the titles named as the pool names them."""
        by_id = {identifier: title for title in pool for identifier in title.ids}
        found = [
            min(
                (by_id[name] for name in query.relevant if name in by_id),
                key=lambda title: title.id,
                default=None,
            )
            for query in queries
        ]
        return cls(
            tuple(queries),
            tuple(
                title.id if title else min(query.relevant)
                for title, query in zip(found, queries, strict=True)
            ),
            tuple(str(title.media_type) if title else "" for title in found),
            fingerprint_of(pool),
            encoder,
            dict(systems),
        )

    def at(self, places: Sequence[int]) -> "Run":
        """The same of some of the queries."""
        return replace(
            self,
            queries=tuple(self.queries[place] for place in places),
            titles=tuple(self.titles[place] for place in places),
            types=tuple(self.types[place] for place in places),
            systems={name: values[places] for name, values in self.systems.items()},
        )


@dataclass(frozen=True, slots=True)
class Group:
    """What each system reaches on some of the queries."""

    name: str
    """`all`, `source vibe_dev`, `type movie`."""
    queries: int
    systems: Mapping[str, tuple[Interval, ...]]
    """By system, an interval for each of `MEASURES`."""
    differences: tuple["Difference", ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""

        def named(intervals: Sequence[Interval]) -> dict[str, list[float]]:
            return {name: item.as_list() for name, item in zip(MEASURES, intervals, strict=True)}

        return {
            "queries": self.queries,
            "systems": {name: named(intervals) for name, intervals in self.systems.items()},
            "differences": [
                {"system": item.system, "over": item.over, **named(item.intervals)}
                for item in self.differences
            ],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one system is ahead of another, query by query."""

    system: str
    over: str
    intervals: tuple[Interval, ...]
    """For each of `MEASURES`."""


def fingerprint_of(pool: Sequence[Title]) -> str:
    """Equal for equal sets of titles."""
    return hashlib.sha256("\n".join(sorted(title.id for title in pool)).encode()).hexdigest()[:16]


def compare(run: Run, seed: int = 7) -> list[Group]:
    """Every group of the queries, all of them first. Systems are compared pair by pair, the later one over
    the earlier one.
    """
    groups: list[Group] = []
    for name, places in _places(run).items():
        chosen = Resamples([run.titles[place] for place in places], seed)
        scores = {system: values[places] for system, values in run.systems.items()}
        differences = (
            Difference(second, first, tuple(chosen.differences(scores[second], scores[first])))
            for first, second in combinations(scores, 2)
        )
        intervals = {system: tuple(chosen.intervals(values)) for system, values in scores.items()}
        groups.append(Group(name, len(places), intervals, tuple(differences)))
    return groups


def _places(run: Run) -> dict[str, list[int]]:
    """The queries of each group; a source, or a type, that all queries share is no group of its own."""
    whole = list(range(len(run.queries)))
    places: dict[str, list[int]] = {}
    for place, (query, kind) in enumerate(zip(run.queries, run.types, strict=True)):
        family, _, level = query.source.partition(":")
        names = (
            f"source {family}" if family else "",
            f"source {query.source}" if level else "",
            f"type {kind}" if kind else "",
        )
        for name in filter(None, names):
            places.setdefault(name, []).append(place)
    parts = {name: found for name, found in sorted(places.items()) if len(found) < len(whole)}
    return {EVERYTHING: whole, **parts}


def save_run(path: Path, run: Run) -> None:
    """Write what each query reached, as JSON Lines below a line on the whole.

    Raises:
        DiskFull: there is no room; what was there is untouched.
        CatalogueError: it cannot be written.
    """

    def lines() -> Iterator[dict[str, Any]]:
        yield {"pool": run.pool, "encoder": run.encoder, "systems": list(run.systems), "measures": MEASURES}
        for place, (query, title) in enumerate(zip(run.queries, run.titles, strict=True)):
            values = {name: np.round(rows[place], 6).tolist() for name, rows in run.systems.items()}
            yield {"query": _key(query), "title": title, "scores": values}

    written(path, lines())


def read_run(path: Path, now: Run, label: str) -> Run:
    """The systems of a saved run beside those of this one, on the queries that both hold.

    Args:
        path: What `save_run` wrote.
        now: The run that it is compared with.
        label: What the saved systems are called: `label:hybrid`.

    Raises:
        CatalogueError: it is no such file, was measured over another pool, or shares no query.
    """
    try:
        first, *rest = path.read_text("utf-8").splitlines()
        head, rows = json.loads(first), [json.loads(line) for line in rest]
        if tuple(head["measures"]) != MEASURES:
            raise ValueError("it holds other measures")
        pool = head["pool"]
        saved = {
            (row["query"], row["title"]): {name: row["scores"][name] for name in head["systems"]}
            for row in rows
        }
        shared = [
            place
            for place, (query, title) in enumerate(zip(now.queries, now.titles, strict=True))
            if (_key(query), title) in saved
        ]
        found = [saved[_key(now.queries[place]), now.titles[place]] for place in shared]
        before = {
            f"{label}:{name}": np.array([values[name] for values in found], dtype=np.float64).reshape(
                -1, len(MEASURES)
            )
            for name in head["systems"]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogueError(f"{path} is no saved evaluation ({error})") from error
    if pool != now.pool:
        raise CatalogueError(f"{path} was measured over another pool; its figures cannot be compared")
    if not shared:
        raise CatalogueError(f"{path} shares no query with this evaluation")
    here = now.at(shared)
    return replace(here, systems={**before, **here.systems})


def _key(query: Query) -> str:
    """What a query is known by: a hash, since a saved run is to hold no one's words."""
    whole = json.dumps([query.text, query.history, query.filters.as_dict()])
    return hashlib.sha256(whole.encode()).hexdigest()[:20]

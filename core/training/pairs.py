"""Queries with the title that each is to find: where they come from, and which are never trained on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.domain import Title
from core.errors import CatalogueError
from core.training.chance import fraction
from core.training.queries import Query
from core.training.templates import Wish, metadata_queries

__all__ = [
    "DEV_TITLES",
    "Pair",
    "Split",
    "SplitBy",
    "dev_titles",
    "from_queries",
    "from_templates",
    "parted",
    "query_of",
]

# Ids of the titles of vibe_dev, on which systems are compared: held out of every training.
DEV_TITLES = Path(__file__).parent / "data" / "dev-titles.txt"


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and the title that it is to find."""

    query: str
    title: Title
    source: str
    """`vibe_train`, `metadata:precise`, `openai:gpt-4.1-mini` …"""
    wish: Wish | None = None
    """What it asks for, where it was made from facts."""


class SplitBy(StrEnum):
    """What is drawn to be held out."""

    TITLE = "title"
    """Titles, with every query of theirs: what is measured is unknown to a trained model."""
    ROW = "row"
    """Queries: other queries of the same titles are trained on, as in the published tables."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which pairs are held out. It looks at a pair alone, so any set of pairs is split alike."""

    by: SplitBy = SplitBy.TITLE
    share: float = 0.1
    """Of titles or of queries, 0 to 1."""
    seed: int = 7
    never_trained: frozenset[str] = frozenset()
    """Ids of titles that are held out whatever is drawn."""

    def holds_out(self, pair: Pair) -> bool:
        """Whether a pair is for measuring."""
        if not self.never_trained.isdisjoint(pair.title.ids):
            return True
        title = min(pair.title.ids)
        drawn = (title, pair.query) if self.by is SplitBy.ROW else (title,)
        return fraction(self.seed, "split", *drawn) < self.share


def parted(pairs: Iterable[Pair], split: Split) -> tuple[list[Pair], list[Pair]]:
    """The pairs to train on, and those held out."""
    training: list[Pair] = []
    held_out: list[Pair] = []
    for pair in pairs:
        (held_out if split.holds_out(pair) else training).append(pair)
    return training, held_out


def dev_titles(path: Path = DEV_TITLES) -> frozenset[str]:
    """Ids, one a line.

    Raises:
        CatalogueError: the file cannot be read.
    """
    try:
        return frozenset(path.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot read the titles to be held out, {path}: {error}") from error


def from_templates(titles: Sequence[Title], seed: int, each: int) -> list[Pair]:
    """Metadata queries of every title, up to `each` a level."""
    return [
        Pair(made.text, title, f"metadata:{made.level}", made.wish)
        for title in titles
        for made in (metadata_queries(title, seed, each) if each else ())
    ]


def from_queries(queries: Sequence[Query], titles: Collection[Title], name: str) -> tuple[list[Pair], int]:
    """A pair for every title that answers a query, and the number of queries that none answers.

    Raises:
        CatalogueError: no query at all is answered.
    """
    by_id = {identifier: title for title in titles for identifier in title.ids}
    pairs: list[Pair] = []
    lost = 0
    for query in queries:
        found = {title.id: title for name in sorted(query.relevant) if (title := by_id.get(name))}
        lost += not found
        text = " ".join((*query.history, query.text))
        pairs += [Pair(text, title, query.source or name) for title in found.values()]
    if not pairs:
        raise CatalogueError(f"no title of the catalogue answers a query of {name}; do the ids match?")
    return pairs, lost


def query_of(pair: Pair) -> Query:
    """The same, to be measured."""
    return Query(pair.query, frozenset(pair.title.ids), source=pair.source)

"""Measuring retrieval: queries with known answers against a pool of titles, stage by stage."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from core.catalog.vectors import VectorCache
from core.domain import SearchFilters, Title, filters_from_mapping
from core.errors import CatalogueError, InvalidRequest
from core.ports import IndexQuery, Progress, Rankings, SparseEncoder, TitleIndex
from core.ranking import BlendWeights, fuse
from core.retrieval import ranked_titles, resolved

__all__ = ["Measures", "Query", "Stage", "evaluate", "pool_of", "read_queries"]

CUTOFFS = (1, 3, 5, 10, 100)
# Rankings this long, so that R@100 of their fusion is what it would be with no limit.
DEPTH = 200
ENCODED_AT_ONCE = 256


# Recall by cutoff, reciprocal rank and nDCG@10 of one query.
_Measured = tuple[dict[int, float], float, float]


class Stage(StrEnum):
    """Up to where the pipeline is run."""

    BM25 = "bm25"
    DENSE = "dense"
    HYBRID = "hybrid"
    RANKED = "ranked"


@dataclass(frozen=True, slots=True)
class Query:
    """A request with the ids of the titles that answer it."""

    text: str
    relevant: frozenset[str]
    """Any id of a title counts: `tmdb:movie:603`, `imdb:tt0133093`."""
    filters: SearchFilters = field(default_factory=SearchFilters)
    history: tuple[str, ...] = ()
    """Earlier requests of the conversation, oldest first."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over the queries, each from 0 to 1."""

    queries: int
    pool: int
    """Number of titles searched."""
    recall: Mapping[int, float]
    """k → share of the relevant titles among the first k; with one relevant title, the hit rate."""
    mrr: float
    """Mean of 1 / rank of the first relevant title, 0 where it is not among the first 200."""
    ndcg_at_10: float
    """Binary gains, discount 1 / log2(rank + 1) (Järvelin and Kekäläinen 2002)."""
    unanswerable: int = 0
    """Queries none of whose titles is in the pool; they count as misses."""

    def as_dict(self) -> dict[str, float | int]:
        """The JSON form."""
        values: dict[str, float | int] = {"queries": self.queries, "pool": self.pool}
        values |= {f"R@{k}": round(value, 4) for k, value in self.recall.items()}
        values |= {"MRR": round(self.mrr, 4), "nDCG@10": round(self.ndcg_at_10, 4)}
        return values | {"unanswerable": self.unanswerable}


def read_queries(path: Path) -> list[Query]:
    """Read JSON Lines of `query` and `relevant` (a list of ids), or of `query` and `tmdb`.

    Raises:
        CatalogueError: the file cannot be read, holds no query, or a line is malformed (it is named).
    """
    queries: list[Query] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot read the queries {path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            queries.append(_query(json.loads(line)))
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError, InvalidRequest) as error:
            raise CatalogueError(f"{path.name}, line {number}: {_reason(error)}") from error
    if not queries:
        raise CatalogueError(f"no query in {path}")
    return queries


def _query(row: Any) -> Query:
    if not isinstance(row, dict):
        raise ValueError("a row must be an object")
    filters, history = row.get("filters") or {}, row.get("history") or []
    if not isinstance(filters, dict) or not isinstance(history, list):
        raise ValueError("filters must be an object and history a list of requests")
    relevant = row["relevant"] if "relevant" in row else f"tmdb:movie:{int(row['tmdb'])}"
    ids = [relevant] if isinstance(relevant, str) else list(relevant)
    if not ids or not all(isinstance(identifier, str) for identifier in ids):
        raise ValueError("relevant must be an id or a list of ids")
    return Query(
        text=str(row["query"]),
        relevant=frozenset(ids),
        filters=resolved(filters_from_mapping(filters)),
        history=tuple(str(text) for text in history),
    )


def _reason(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


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


async def evaluate(
    queries: Sequence[Query],
    pool: Sequence[Title],
    index: TitleIndex,
    vectors: VectorCache,
    sparse_encoder: SparseEncoder,
    stages: Sequence[Stage],
    weights: BlendWeights,
    progress: Progress,
) -> dict[Stage, Measures]:
    """Search for every query once, rank it up to each of the stages, and average the measures of each."""
    by_id = {identifier: title.key for title in pool for identifier in title.ids}
    totals: dict[Stage, list[_Measured]] = {stage: [] for stage in stages}
    unanswerable = 0
    for start in range(0, len(queries), ENCODED_AT_ONCE):
        batch = queries[start : start + ENCODED_AT_ONCE]
        texts = [_text(query) for query in batch]
        for query, text, dense in zip(batch, texts, await vectors.encode(texts), strict=True):
            relevant = {by_id[identifier] for identifier in query.relevant if identifier in by_id}
            unanswerable += not relevant
            sparse = sparse_encoder.encode_query(text)
            rankings = await index.search(IndexQuery(dense, sparse, query.filters, limit=DEPTH))
            for stage, measured in totals.items():
                ranked = await _ranked(index, rankings, stage, weights, query)
                measured.append(_measured(ranked, relevant))
        progress("evaluating", start + len(batch), len(queries))
    return {stage: _mean(measured, len(pool), unanswerable) for stage, measured in totals.items()}


def _mean(measured: Sequence[_Measured], pool: int, unanswerable: int) -> Measures:
    return Measures(
        queries=len(measured),
        pool=pool,
        recall={k: float(np.mean([recall[k] for recall, _, _ in measured])) for k in CUTOFFS},
        mrr=float(np.mean([reciprocal for _, reciprocal, _ in measured])),
        ndcg_at_10=float(np.mean([gain for _, _, gain in measured])),
        unanswerable=unanswerable,
    )


def _text(query: Query) -> str:
    """The request, with those before it where there is a conversation."""
    return " ".join((*query.history, query.text))


async def _ranked(
    index: TitleIndex, rankings: Rankings, stage: Stage, weights: BlendWeights, query: Query
) -> list[str]:
    """Keys, best first. Franchises are not thinned out: that is a choice for the eye."""
    match stage:
        case Stage.BM25:
            return [hit.key for hit in rankings.sparse]
        case Stage.DENSE:
            return [hit.key for hit in rankings.dense]
        case Stage.HYBRID:
            return [item.key for item in fuse(rankings)]
        case Stage.RANKED:
            ranked = await ranked_titles(index, rankings, weights, query.filters)
            first = dict.fromkeys(item.title.key for item in ranked)
            return [*first, *(item.key for item in fuse(rankings) if item.key not in first)]


def _measured(ranked: Sequence[str], relevant: set[str]) -> _Measured:
    """Recall by cutoff, reciprocal rank, nDCG@10."""
    if not relevant:
        return dict.fromkeys(CUTOFFS, 0.0), 0.0, 0.0
    ranks = [rank for rank, title_id in enumerate(ranked, start=1) if title_id in relevant]
    recall = {k: sum(rank <= k for rank in ranks) / len(relevant) for k in CUTOFFS}
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(relevant)) + 1))
    return recall, 1 / ranks[0] if ranks else 0.0, gain / ideal

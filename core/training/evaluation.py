"""Measuring retrieval: queries with known answers against a pool of titles, stage by stage."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.catalog.documents import dense_document
from core.catalog.vectors import VectorCache
from core.domain import Title
from core.ports import IndexQuery, Progress, Rankings, SparseEncoder, TextEncoder, TitleIndex, Vectors, unit
from core.ranking import BlendWeights, fuse
from core.retrieval import ranked_titles
from core.training.queries import Query, pool_of, read_queries

__all__ = [
    "CUTOFFS",
    "MEASURES",
    "Measures",
    "Query",
    "Scores",
    "Stage",
    "dense_ranks",
    "means",
    "pool_of",
    "read_queries",
    "score",
]

CUTOFFS = (1, 3, 5, 10, 100)
MEASURES = (*(f"R@{cutoff}" for cutoff in CUTOFFS), "MRR", "nDCG@10")
# Rankings this long, so that R@100 of their fusion is what it would be with no limit.
DEPTH = 200
ENCODED_AT_ONCE = 256

Scores = NDArray[np.float64]
"""What one system reaches: a row a query, a column for each of `MEASURES`."""


class Stage(StrEnum):
    """Up to where the pipeline is run."""

    BM25 = "bm25"
    DENSE = "dense"
    HYBRID = "hybrid"
    RANKED = "ranked"


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


def means(
    scored: Mapping[Stage, Scores], queries: Sequence[Query], pool: Sequence[Title]
) -> dict[Stage, Measures]:
    """The measures of each stage, averaged over all queries."""
    known = {identifier for title in pool for identifier in title.ids}
    unanswerable = sum(known.isdisjoint(query.relevant) for query in queries)
    averaged: dict[Stage, Measures] = {}
    for stage, scores in scored.items():
        *recall, mrr, ndcg = (float(value) for value in scores.mean(axis=0))
        averaged[stage] = Measures(
            queries=len(queries),
            pool=len(pool),
            recall=dict(zip(CUTOFFS, recall, strict=True)),
            mrr=mrr,
            ndcg_at_10=ndcg,
            unanswerable=unanswerable,
        )
    return averaged


async def dense_ranks(
    queries: Sequence[Query], pool: Sequence[Title], encoder: TextEncoder, dimensions: int
) -> NDArray[np.float64]:
    """For each query that has an answer in the pool, the rank of the first one by cosine, from 1: what an
    encoder reaches alone, without index or vector cache, by the first `dimensions` numbers of its vectors.
    """

    async def encoded(texts: Sequence[str]) -> Vectors:
        return unit((await encoder.encode_documents(texts))[:, :dimensions])

    documents = await encoded([dense_document(title) for title in pool])
    places = {identifier: place for place, title in enumerate(pool) for identifier in title.ids}
    answered = [query for query in queries if not places.keys().isdisjoint(query.relevant)]
    vectors = await encoded([_text(query) for query in answered])
    ranks = []
    for query, scores in zip(answered, vectors @ documents.T, strict=True):
        best = max(scores[places[name]] for name in query.relevant if name in places)
        ranks.append(1 + int((scores > best).sum()))
    return np.array(ranks, dtype=np.float64)


async def score(
    queries: Sequence[Query],
    pool: Sequence[Title],
    index: TitleIndex,
    vectors: VectorCache,
    sparse_encoder: SparseEncoder,
    stages: Sequence[Stage],
    weights: BlendWeights,
    progress: Progress,
) -> dict[Stage, Scores]:
    """Search for every query once, rank it up to each of the stages, and measure each query's ranking."""
    by_id = {identifier: title.key for title in pool for identifier in title.ids}
    rows: dict[Stage, list[tuple[float, ...]]] = {stage: [] for stage in stages}
    for start in range(0, len(queries), ENCODED_AT_ONCE):
        batch = queries[start : start + ENCODED_AT_ONCE]
        texts = [_text(query) for query in batch]
        for query, text, dense in zip(batch, texts, await vectors.encode(texts), strict=True):
            relevant = {by_id[identifier] for identifier in query.relevant if identifier in by_id}
            sparse = sparse_encoder.encode_query(text)
            rankings = await index.search(IndexQuery(dense, sparse, query.filters, limit=DEPTH))
            for stage, measured in rows.items():
                ranked = await _ranked(index, rankings, stage, weights, query)
                measured.append(_measured(ranked, relevant))
        progress("evaluating", start + len(batch), len(queries))
    return {stage: np.array(measured, dtype=np.float64) for stage, measured in rows.items()}


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


def _measured(ranked: Sequence[str], relevant: set[str]) -> tuple[float, ...]:
    """One query's value of each of `MEASURES`."""
    if not relevant:
        return (0.0,) * len(MEASURES)
    ranks = [rank for rank, key in enumerate(ranked, start=1) if key in relevant]
    recall = (sum(rank <= cutoff for rank in ranks) / len(relevant) for cutoff in CUTOFFS)
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(relevant)) + 1))
    return (*recall, 1 / ranks[0] if ranks else 0.0, gain / ideal)

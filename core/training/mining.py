"""Hard negatives that the rankings give: what BM25 and the current encoder place before the right title."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.catalog.documents import dense_document, sparse_document
from core.catalog.vectors import VectorCache
from core.domain import Title
from core.ports import Progress, SparseEncoder, SparseVector, Vectors
from core.training.negatives import NegativeKind, is_false_negative
from core.training.pairs import Pair

__all__ = ["Miner", "TermIndex"]

# A title nearer to the query than this share of the right one's cosine may be right too: NV-Retriever's
# TopK-PercPos (Moreira et al. 2024, arXiv:2407.15831), whose best share was .95.
POSITIVE_SHARE = 0.95
# How far down a ranking is looked.
DEPTH = 100
ENCODED_AT_ONCE = 256


class TermIndex:
    """BM25 in memory, with the index's own document frequencies: ln(1 + (N - n + .5) / (n + .5)).

    Args:
        documents: Saturated term frequencies.
    """

    def __init__(self, documents: Sequence[SparseVector]) -> None:
        self._count = len(documents)
        gathered: defaultdict[int, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for place, document in enumerate(documents):
            for term, weight in zip(document.indices, document.values, strict=True):
                gathered[term][0].append(place)
                gathered[term][1].append(weight)
        self._postings = {
            term: (
                np.array(places),
                np.array(weights) * np.log1p((self._count - len(places) + 0.5) / (len(places) + 0.5)),
            )
            for term, (places, weights) in gathered.items()
        }

    def scores(self, query: SparseVector) -> NDArray[np.float64]:
        """One score a document, 0 where it has no term of the query."""
        scores = np.zeros(self._count)
        for term, weight in zip(query.indices, query.values, strict=True):
            if term in self._postings:
                places, weights = self._postings[term]
                scores[places] += weight * weights
        return scores


class Miner:
    """Rankings of some titles, to take negatives from.

    Args:
        titles: What they are taken from.
        vectors: Of titles, shape (titles, dimensions).
        cache: Encodes queries and the right titles.
        sparse_encoder: For BM25.
    """

    def __init__(
        self, titles: Sequence[Title], vectors: Vectors, cache: VectorCache, sparse_encoder: SparseEncoder
    ) -> None:
        self._titles = titles
        self._vectors = vectors
        self._cache = cache
        self._encoder = sparse_encoder
        self._terms = TermIndex(sparse_encoder.encode_documents([sparse_document(title) for title in titles]))

    @classmethod
    async def over(
        cls, titles: Sequence[Title], cache: VectorCache, sparse_encoder: SparseEncoder, progress: Progress
    ) -> "Miner":
        """Encode the titles, as far as they are not yet."""
        texts = [dense_document(title) for title in titles]
        parts: list[Vectors] = []
        for start in range(0, len(texts), ENCODED_AT_ONCE):
            parts.append(await cache.encode(texts[start : start + ENCODED_AT_ONCE]))
            progress("encoding titles", min(start + ENCODED_AT_ONCE, len(texts)), len(texts))
        return cls(titles, np.concatenate(parts), cache, sparse_encoder)

    async def find(
        self, pairs: Sequence[Pair], kinds: Sequence[NegativeKind]
    ) -> list[dict[NegativeKind, Title]]:
        """For each pair the hardest negative of each kind, where there is one. A title that may be right is
        passed over: by `is_false_negative`, or because it is about as near to the query as the right one. (Of
        a query that was made from facts the first tells enough, so that the second would only cost.)
        """
        if not pairs:
            return []
        queries = await self._cache.encode([pair.query for pair in pairs])
        positives = await self._cache.encode([dense_document(pair.title) for pair in pairs])
        known = np.array([pair.wish is not None for pair in pairs])
        limits = np.where(known, np.inf, POSITIVE_SHARE * np.sum(queries * positives, axis=1))
        cosines = queries @ self._vectors.T
        found: list[dict[NegativeKind, Title]] = []
        for pair, near, limit in zip(pairs, cosines, limits, strict=True):
            mined: dict[NegativeKind, Title] = {}
            for kind in kinds:
                taken = {title.id for title in mined.values()}
                for place in self._ranked(pair, kind, near, limit):
                    title = self._titles[place]
                    if title.id not in taken and not is_false_negative(pair, title):
                        mined[kind] = title
                        break
            found.append(mined)
        return found

    def _ranked(
        self, pair: Pair, kind: NegativeKind, near: NDArray[np.float32], limit: float
    ) -> Iterator[int]:
        """Places, hardest first, of titles whose cosine to the query is below `limit`."""
        allowed = np.where(near < limit, 1.0, 0.0)
        if kind is NegativeKind.BM25:
            scores = self._terms.scores(self._encoder.encode_query(pair.query)) * allowed
        else:
            scores = np.where(allowed > 0, near, 0.0).astype(np.float64)
        many = min(DEPTH, len(scores))
        top = np.argpartition(-scores, many - 1)[:many]
        ordered = sorted(top.tolist(), key=lambda place: (-scores[place], place))
        return (place for place in ordered if scores[place] > 0)

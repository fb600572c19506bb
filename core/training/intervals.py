"""How sure a mean is: bootstrap intervals over clusters, and paired differences of two systems."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.chance import generator
from core.training.evaluation import Scores

__all__ = ["Interval", "Resamples"]

RESAMPLES = 2_000
CONFIDENCE = 0.95
# Clusters drawn together: rows of this many resamples are held in memory at once.
DRAWN_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def beside_zero(self) -> bool:
        """Whether the interval leaves zero out: then a difference is hardly chance."""
        return self.low > 0 or self.high < 0

    def as_list(self) -> list[float]:
        """The JSON form: mean, low, high."""
        return [round(value, 4) for value in (self.mean, self.low, self.high)]


class Resamples:
    """The percentile bootstrap (Efron and Tibshirani 1993) over clusters: a title is drawn with all of its
    queries, since these are not independent of each other.

    Args:
        clusters: The cluster of each query.
        seed: Equal seeds draw alike, so that systems are compared on the same draws.
        count: How many times all clusters are drawn, with replacement.
    """

    def __init__(self, clusters: Sequence[str], seed: int = 7, count: int = RESAMPLES) -> None:
        names, self._of_query = np.unique(np.asarray(clusters), return_inverse=True)
        self._sizes: NDArray[np.float64] = np.bincount(self._of_query).astype(np.float64)
        self._clusters, self._seed, self._count = len(names), seed, count

    def intervals(self, scores: Scores) -> list[Interval]:
        """One interval for each column."""
        sums = np.zeros((self._clusters, scores.shape[1]))
        np.add.at(sums, self._of_query, scores)
        chance = generator(self._seed, "bootstrap")
        even = np.full(self._clusters, 1 / self._clusters)
        drawn: list[NDArray[np.float64]] = []
        for start in range(0, self._count, DRAWN_AT_ONCE):
            many = min(DRAWN_AT_ONCE, self._count - start)
            times = chance.multinomial(self._clusters, even, size=many).astype(np.float64)
            drawn.append((times @ sums) / (times @ self._sizes)[:, None])
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(np.concatenate(drawn), (tail, 1 - tail), axis=0)
        return [
            Interval(float(mean), float(first), float(last))
            for mean, first, last in zip(scores.mean(axis=0), low, high, strict=True)
        ]

    def differences(self, scores: Scores, others: Scores) -> list[Interval]:
        """By how much `scores` are above `others`, query by query; one interval for each column."""
        return self.intervals(scores - others)

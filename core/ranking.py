"""From two rankings to one: fusion, the scalar blend, one title per franchise. Pure functions."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.domain import Candidate, Popularity, RankedTitle, Rating, ScoreBreakdown, Title
from core.ports import Rankings
from core.vocabulary.names import folded

__all__ = [
    "BlendWeights",
    "bayesian_rating",
    "blend",
    "fame",
    "franchise",
    "fuse",
    "one_per_franchise",
]

# Weight of a BM25 score beside a cosine of the bundled encoder. Chosen on vibe_dev and metadata queries of
# its titles: .01 to .02 are alike on the former (MRR .635, .630; .025: .627), more is better on the latter
# (.538, .591, .605); see docs/retriever.md.
SPARSE_WEIGHT = 0.02
# Of the score of BM25's last, what a title gets that stands further down than the ranking reaches: somewhere
# between nothing and all of it. Over 5,514 titles, rankings of 100, vibe queries: R@10 .560 with 0, .576 with
# .5, .590 with .75 and with 1; metadata queries: .594, .591, .586, .578.
UNLISTED_SHARE = 0.75

# The Bayesian prior of a rating: the mean of the dump's titles, worth this many TMDB votes.
PRIOR_RATING = 6.5
PRIOR_VOTES = 300

# Where "as popular as it gets" begins: about the 99.9th percentile of the dump.
FULL_FAME_VOTES = 30_000
FULL_FAME_POPULARITY = 400.0


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """What a scalar adds to the relevance, which has weight 1 and spans about 0.3 to 1.5."""

    rating: float = 0.05
    popularity: float = 0.05
    wished_popularity: float = 0.30
    """Weight of popularity where well-known or overlooked titles were asked for."""
    described: float = 0.20
    """What a title gains by a text of ours, from which an answer can argue for it."""


def fuse(rankings: Rankings, sparse_weight: float = SPARSE_WEIGHT) -> list[Candidate]:
    """Join two rankings by cosine plus weighted BM25 score, best first.

    A title outside the dense ranking is at most as similar as that ranking's last, so it gets that
    score. One outside the BM25 ranking gets a share of its last score, unless that ranking is the shorter
    one: then it holds every title that has a term of the request.
    """
    dense = {hit.key: hit.score for hit in rankings.dense}
    sparse = {hit.key: hit.score for hit in rankings.sparse}
    cut = len(sparse) >= len(dense)
    unlike = min(dense.values(), default=0.0)
    unlisted = UNLISTED_SHARE * min(sparse.values(), default=0.0) if cut else 0.0
    joined = [
        Candidate(
            key,
            dense.get(key, unlike) + sparse_weight * sparse.get(key, unlisted),
            dense.get(key),
            sparse.get(key),
        )
        for key in dict.fromkeys((*dense, *sparse))
    ]
    return sorted(joined, key=lambda item: (-item.relevance, item.key))


def blend(
    found: Iterable[Candidate],
    titles: Mapping[str, Title],
    weights: BlendWeights,
    wish: Popularity | None = None,
) -> list[RankedTitle]:
    """Rank candidates by relevance plus weighted rating and popularity, best first.

    A candidate that `titles` lacks (removed in the meantime) is passed over.
    """
    popularity_weight = {
        None: weights.popularity,
        Popularity.POPULAR: weights.wished_popularity,
        Popularity.HIDDEN_GEMS: -weights.wished_popularity,
    }[wish]
    ranked = [
        _ranked(item, titles[item.key], weights, popularity_weight) for item in found if item.key in titles
    ]
    return sorted(ranked, key=lambda item: (-item.score.total, item.title.id))


def _ranked(item: Candidate, title: Title, weights: BlendWeights, popularity_weight: float) -> RankedTitle:
    rating = weights.rating * bayesian_rating(title.rating) / 10
    popularity = popularity_weight * fame(title)
    described = weights.described if title.moods else 0.0
    return RankedTitle(
        title,
        ScoreBreakdown(
            relevance=item.relevance,
            rating=rating,
            popularity=popularity,
            described=described,
            total=item.relevance + rating + popularity + described,
            dense=item.dense,
            sparse=item.sparse,
        ),
    )


def bayesian_rating(rating: Rating | None) -> float:
    """Mean vote shrunk towards the prior, 0 to 10: (v·R + m·C) / (v + m), as in IMDb's top list."""
    if rating is None:
        return PRIOR_RATING
    votes = rating.weight
    return (votes * rating.average + PRIOR_VOTES * PRIOR_RATING) / (votes + PRIOR_VOTES)


def fame(title: Title) -> float:
    """How well known a title is, 0 to 1: the mean of log votes and log popularity, as far as known."""
    signals: list[float] = []
    if title.rating and title.rating.votes:
        signals.append(math.log1p(title.rating.weight) / math.log1p(FULL_FAME_VOTES))
    if title.popularity:
        signals.append(math.log1p(title.popularity) / math.log1p(FULL_FAME_POPULARITY))
    return min(1.0, sum(signals) / len(signals)) if signals else 0.0


_SUBTITLE = re.compile(r"\s*(?::|\s[-–—]\s).*$")
_PART = re.compile(
    r"\s*,?\s*\b(?:part|vol\.?|volume|chapter|episode)?\s*(?:[0-9]{1,2}|[ivx]{1,4}|one|two|three)$",
    re.IGNORECASE,
)
_HERO_AND = re.compile(r"^((?:\w+ ){2,})and the .*$", re.IGNORECASE)


@lru_cache(maxsize=8192)
def franchise(name: str) -> str:
    """The part of a name that sequels share: `Harry Potter and the …`, `Toy Story 2`, `Alien: …`."""
    stem = _SUBTITLE.sub("", name)
    stem = _HERO_AND.sub(r"\1", stem)
    shorter = _PART.sub("", stem)
    return folded(shorter if len(folded(shorter)) > 1 else stem) or folded(name)


def one_per_franchise(
    ranked: Iterable[RankedTitle], request: str, liked: Iterable[str] = ()
) -> list[RankedTitle]:
    """Keep the best title of each franchise, and all of one that the request names; of the titles that it
    starts from (`liked`) none, since they are known to the asker.
    """
    seen = {franchise(name) for name in liked}
    asked = "" if seen else f" {folded(request)} "
    kept: list[RankedTitle] = []
    for item in ranked:
        key = franchise(item.title.name)
        if key in seen and f" {key} " not in asked:
            continue
        seen.add(key)
        kept.append(item)
    return kept

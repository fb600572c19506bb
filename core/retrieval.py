"""Search: a request's text → vectors → both rankings → candidates in their final order."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.domain import Popularity, RankedTitle, SearchFilters, Title, Understanding, key_of
from core.errors import UnknownFilterValue
from core.ports import IndexQuery, Rankings, SparseEncoder, TextEncoder, TitleIndex, unit
from core.ranking import BlendWeights, blend, fame, fuse, one_per_franchise
from core.vocabulary.certifications import CERTIFICATIONS
from core.vocabulary.genres import GENRES
from core.vocabulary.names import Names, folded
from core.vocabulary.places import countries, languages
from core.vocabulary.services import SERVICES

__all__ = ["RELAXATION_ORDER", "Retriever", "ranked_titles", "resolved"]

# Length of each ranking.
DEPTH = 48
# How many of the fused are read from the index and blended. Relevance is dominant, so what stands
# further down hardly comes up to the first five; and reading a title takes 50 microseconds.
BLEND_DEPTH = 32
# How much the titles that someone names ("like Arrival") weigh beside the words of the request.
LIKED_WEIGHT = 1.5

# When nothing fits, these are dropped one by one, the least important first. What protects (excluded
# genres, people and titles, certification) and what the wish is about (like_titles) are never dropped.
RELAXATION_ORDER = (
    "min_rating",
    "min_runtime",
    "max_runtime",
    "providers",
    "countries",
    "year_from",
    "year_to",
    "languages",
    "genres",
    "media_type",
    "people",
)


class Retriever:
    """Finds and ranks titles.

    Args:
        encoder: Dense encoder that the index was built with.
        sparse_encoder: BM25 encoder that the index was built with.
        index: Where the titles are.
        weights: What rating and popularity add to relevance.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        sparse_encoder: SparseEncoder,
        index: TitleIndex,
        weights: BlendWeights = BlendWeights(),
    ) -> None:
        self._encoder = encoder
        self._sparse_encoder = sparse_encoder
        self._index = index
        self._weights = weights

    async def encode(self, understood: Understanding, exclude_ids: Sequence[str] = ()) -> IndexQuery:
        """Make a query of what was understood; titles to start from pull its dense vector to theirs."""
        dense = await self._encoder.encode_query(understood.search_text)
        sparse = self._sparse_encoder.encode_query(understood.search_terms)
        if understood.filters.like_titles:
            words = self._sparse_encoder.encode_query(understood.search_text)
            dense = await self._pulled(dense, understood.filters.like_titles, len(words.indices))
        return IndexQuery(dense, sparse, understood.filters, tuple(exclude_ids), DEPTH)

    async def search(self, query: IndexQuery) -> Rankings:
        """Both rankings of a query."""
        return await self._index.search(query)

    async def rank(self, rankings: Rankings, query: IndexQuery, text: str) -> list[RankedTitle]:
        """Fuse, blend and thin out; `text` is the request as written, to see what it asks for by name."""
        filters, depth = query.filters, BLEND_DEPTH
        if not (query.sparse.indices or filters.like_titles or filters.popularity):
            # No word says what it should be about: similarity is noise, so the best-known come first.
            filters, depth = replace(filters, popularity=Popularity.POPULAR), DEPTH
        ranked = await ranked_titles(self._index, rankings, self._weights, filters, depth)
        return one_per_franchise(ranked, text, filters.like_titles)

    async def named(self, names: Sequence[str]) -> tuple[Title, ...]:
        """Titles of these names, the best known of each name first."""
        found = await self._index.named(names) if names else []
        return tuple(sorted((item.title for item in found), key=lambda title: -fame(title)))

    async def knows_services_in(self, region: str) -> bool:
        """Whether the index says of any title what carries it in a country."""
        return await self._index.count(SearchFilters(providers=SERVICES.canonical, region=region)) > 0

    async def known(self, ids: Sequence[str]) -> dict[str, Title]:
        """Stored titles by canonical id; unknown ids are absent."""
        found = await self._index.fetch([key_of(title_id) for title_id in ids]) if ids else {}
        return {title_id: found[key] for title_id in ids if (key := key_of(title_id)) in found}

    async def _pulled(
        self, dense: NDArray[np.float32], names: Sequence[str], words: int
    ) -> NDArray[np.float32]:
        """The titles' mean vector, turned towards the words beside them ("… but funnier"), if any."""
        liked = await self._index.named(names)
        known = {folded(item.title.name) for item in liked}
        for name in names:
            if folded(name) not in known:
                raise UnknownFilterValue("title in the catalogue", name, ())
        centre = unit(np.mean([item.dense for item in liked], axis=0, dtype=np.float32))
        return unit(LIKED_WEIGHT * centre + dense) if words else centre


async def ranked_titles(
    index: TitleIndex,
    rankings: Rankings,
    weights: BlendWeights,
    filters: SearchFilters,
    depth: int = BLEND_DEPTH,
) -> list[RankedTitle]:
    """The `depth` most relevant titles of two rankings, fetched where the engine did not send them
    along, in the order of the blend.
    """
    best = fuse(rankings)[:depth]
    missing = [item.key for item in best if item.key not in rankings.titles]
    titles = {**rankings.titles, **(await index.fetch(missing) if missing else {})}
    return blend(best, titles, weights, filters.popularity)


def resolved(filters: SearchFilters) -> SearchFilters:
    """The same filters with canonical genres, services, certifications and ISO codes.

    Raises:
        UnknownFilterValue: one of them does not exist; the nearest names are offered.
        ContradictoryFilters: once spellings are resolved, a genre is both wanted and unwanted.
    """

    def all_of(names: Names, values: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names.resolve(value) for value in values))

    certification = filters.max_certification
    return replace(
        filters,
        genres=all_of(GENRES, filters.genres),
        exclude_genres=all_of(GENRES, filters.exclude_genres),
        providers=all_of(SERVICES, filters.providers),
        languages=all_of(languages(), filters.languages) if filters.languages else (),
        countries=all_of(countries(), filters.countries) if filters.countries else (),
        region=countries().resolve(filters.region) if filters.region else None,
        max_certification=CERTIFICATIONS.resolve(certification) if certification else None,
    )

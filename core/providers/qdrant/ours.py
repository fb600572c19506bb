"""A collection that we fill."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from qdrant_client import AsyncQdrantClient, models

from core.catalog.roster import entry_of
from core.domain import SearchFilters, Title, key_of
from core.errors import IndexCorrupt
from core.ports import Hit, IndexedTitle, IndexQuery, Rankings, RosterEntry, TitleVector
from core.providers.qdrant.conditions import MatchAny, conditions
from core.providers.qdrant.faults import Patience
from core.providers.qdrant.payload import (
    DENSE_VECTOR,
    INDEXED_FIELDS,
    ROSTER_FIELDS,
    SPARSE_VECTOR,
    payload_of,
    title_of,
)
from core.vocabulary.names import folded

__all__ = ["OurCollection"]

# 1,024 dimensions and a payload as JSON take about 25 kB; servers take requests of a few MB at ease.
POINTS_PER_REQUEST = 128
# How many titles are read at a time where the names of all are wanted.
TITLES_PER_SCROLL = 1_000


class OurCollection:
    """What `ClientIndex` asks of one collection. Points of others among ours are read as far as they go.

    Args:
        client: Closed by whoever made it.
        name: Of the collection, or an alias of it.
        patience: How it is asked.
    """

    def __init__(self, client: AsyncQdrantClient, name: str, patience: Patience) -> None:
        self.name = name
        self._client = client
        self._patience = patience

    async def create(self, dimensions: int) -> None:
        """Make it, empty, with every index that filters read; what is there already stays."""
        with suppress(_Exists):
            await self._patience.ask(partial(self._create, dimensions))
        await self.create_indexes(INDEXED_FIELDS)

    async def create_indexes(self, wanted: Mapping[str, str]) -> None:
        """Make payload indexes: field → type."""
        for key, kind in wanted.items():
            schema = models.PayloadSchemaType(kind)
            await self._patience.ask(partial(self._client.create_payload_index, self.name, key, schema))

    async def _create(self, dimensions: int) -> None:
        try:
            await self._client.create_collection(
                self.name,
                vectors_config={
                    DENSE_VECTOR: models.VectorParams(
                        size=dimensions, distance=models.Distance.COSINE, datatype=models.Datatype.FLOAT16
                    )
                },
                sparse_vectors_config={
                    SPARSE_VECTOR: models.SparseVectorParams(modifier=models.Modifier.IDF)
                },
            )
        except Exception:
            # Another worker was quicker, or our first try arrived though its answer did not.
            if await self._client.collection_exists(self.name):
                raise _Exists from None
            raise

    async def stored_by_us(self) -> bool:
        """Whether every point is ours; so it is where there is none."""
        unknown = models.IsEmptyCondition(is_empty=models.PayloadField(key="title_key"))
        ours = models.Filter(must_not=[unknown])
        total = await self._patience.ask(partial(self._client.count, self.name, exact=True))
        known = await self._patience.ask(partial(self._client.count, self.name, ours, exact=True))
        return known.count == total.count

    async def search(self, query: IndexQuery) -> Rankings:
        """Both rankings in one round trip."""
        common: dict[str, Any] = {
            "filter": _filter(query.filters, query.exclude_ids),
            "limit": query.limit,
            "with_payload": True,
        }
        requests = [models.QueryRequest(query=query.dense.tolist(), using=DENSE_VECTOR, **common)]
        if query.sparse.indices:
            requests.append(models.QueryRequest(query=_sparse(query.sparse), using=SPARSE_VECTOR, **common))
        responses = await self._patience.ask(partial(self._client.query_batch_points, self.name, requests))
        titles: dict[str, Title] = {}
        rankings: list[tuple[Hit, ...]] = []
        for response in responses:
            for point in response.points:
                with suppress(IndexCorrupt):  # a point of another kind among the titles
                    titles[self._key(point.id)] = title_of(point.payload)
            hits = (Hit(self._key(point.id), point.score) for point in response.points)
            rankings.append(tuple(hit for hit in hits if hit.key in titles))
        return Rankings(rankings[0], rankings[1] if len(rankings) > 1 else (), titles)

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        """Store titles; doing it twice does no harm."""
        points = [
            models.PointStruct(
                id=item.title.key,
                vector={DENSE_VECTOR: item.dense.tolist(), SPARSE_VECTOR: _sparse(item.sparse)},
                payload=payload_of(item.title),
            )
            for item in titles
        ]
        for start in range(0, len(points), POINTS_PER_REQUEST):
            chunk = points[start : start + POINTS_PER_REQUEST]
            await self._patience.ask(
                partial(self._client.upsert, self.name, chunk, wait=True), though_slow=True
            )

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete titles by their canonical ids; unknown ones do no harm."""
        selector = models.PointIdsList(points=[key_of(title_id) for title_id in ids])
        await self._patience.ask(
            partial(self._client.delete, self.name, selector, wait=True), though_slow=True
        )

    async def fetch(self, keys: Sequence[str]) -> dict[str, Title]:
        points = [point for key in keys if (point := self._point(key)) is not None]
        if not points:
            return {}
        records = await self._patience.ask(partial(self._client.retrieve, self.name, points))
        found: dict[str, Title] = {}
        for record in records:
            with suppress(IndexCorrupt):
                found[self._key(record.id)] = title_of(record.payload)
        return found

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        spellings = {"title_key": [folded(name) for name in names], "title": list(names)}
        wanted = models.Filter(  # what someone else filled has no `title_key`
            should=[
                models.FieldCondition(key=key, match=models.MatchAny(any=values))
                for key, values in spellings.items()
            ]
        )
        records, _ = await self._patience.ask(
            partial(
                self._client.scroll,
                *(self.name, wanted),
                limit=100,
                with_payload=True,
                with_vectors=[DENSE_VECTOR],
            )
        )
        found: list[TitleVector] = []
        for record in records:
            if isinstance(record.vector, dict) and DENSE_VECTOR in record.vector:
                with suppress(IndexCorrupt):
                    vector = np.array(record.vector[DENSE_VECTOR], np.float32)
                    found.append(TitleVector(title_of(record.payload), vector))
        return found

    async def roster(self) -> list[RosterEntry]:
        return [entry_of(title) async for title in self.titles(ROSTER_FIELDS)]

    async def titles(self, fields: Sequence[str] = ()) -> AsyncIterator[Title]:
        """All that can be read, in the order of their keys.

        Args:
            fields: Of the payload; all of them by default.
        """
        offset: Any = None
        while True:
            records, offset = await self._patience.ask(
                partial(
                    self._client.scroll,
                    self.name,
                    limit=TITLES_PER_SCROLL,
                    offset=offset,
                    with_payload=list(fields) or True,
                )
            )
            for record in records:
                with suppress(IndexCorrupt):
                    yield title_of(record.payload)
            if offset is None:
                return

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        wanted = _filter(filters)
        return (await self._patience.ask(partial(self._client.count, self.name, wanted, exact=True))).count

    def applies(self, key: str) -> bool:
        """Whether a filter can be applied: all can."""
        return True

    def _key(self, point: Any) -> str:
        """Older collections number their points, and two of them may number alike: `movies/603`."""
        return f"{self.name}/{point}" if isinstance(point, int) else str(point)

    def _point(self, key: str) -> int | str | None:
        """The point of a key; None where the key names another collection."""
        name, slash, number = key.rpartition("/")
        if not slash:
            return key
        return int(number) if name == self.name and number.isdecimal() else None


class _Exists(Exception):
    """It is there already."""


def _sparse(vector: Any) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _filter(filters: SearchFilters, exclude_ids: Sequence[str] = ()) -> models.Filter | None:
    wanted = conditions(filters, exclude_ids)

    def condition(item: Any) -> models.FieldCondition:
        if isinstance(item, MatchAny):
            return models.FieldCondition(key=item.key, match=models.MatchAny(any=list(item.values)))
        return models.FieldCondition(key=item.key, range=models.Range(gte=item.low, lte=item.high))

    if not wanted.must and not wanted.must_not:
        return None
    return models.Filter(
        must=[condition(item) for item in wanted.must],
        must_not=[condition(item) for item in wanted.must_not],
    )

"""A Qdrant server, cloud, or qdrant-client's own memory. https://python-client.qdrant.tech/"""

import asyncio
import json
import uuid
import warnings
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import numpy as np
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from core.catalog.roster import entry_of
from core.domain import MediaType, SearchFilters, Title, key_of
from core.errors import (
    DiskFull,
    IndexCorrupt,
    IndexFault,
    IndexForbidden,
    IndexUnavailable,
    VectorSizeMismatch,
)
from core.ports import Hit, IndexedTitle, IndexQuery, Rankings, RosterEntry, TitleVector
from core.providers.qdrant.conditions import MatchAny, conditions
from core.providers.qdrant.payload import (
    DENSE_VECTOR,
    INDEXED_FIELDS,
    ROSTER_FIELDS,
    SPARSE_VECTOR,
    payload_of,
    title_of,
)
from core.vocabulary.names import folded

__all__ = ["ClientIndex", "in_memory", "server"]

DEFAULT_COLLECTION = "matinee_titles"
TIMEOUT_SECONDS = 10
# 1,024 dimensions and a payload as JSON take about 25 kB; servers take requests of a few MB at ease.
POINTS_PER_REQUEST = 128
# How many titles are read at a time where the names of all are wanted.
TITLES_PER_SCROLL = 1_000


def server(url: str, api_key: str | None) -> AsyncQdrantClient:
    """A client for a server or for Qdrant Cloud. Nothing is sent yet.

    The library's warning of a key over plain HTTP is left to `doctor`, which says how to mend it.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
        return AsyncQdrantClient(url=url, api_key=api_key, timeout=TIMEOUT_SECONDS, check_compatibility=False)


def in_memory() -> AsyncQdrantClient:
    """The client's own exact search in memory: slow and simple, the oracle of the tests."""
    return AsyncQdrantClient(":memory:")


class ClientIndex:
    """A `TitleIndex` over one collection, or over one for films and one for series.

    Args:
        client: Closed by whoever made it.
        collections: Media type → collection name; both may name the same one.
    """

    def __init__(self, client: AsyncQdrantClient, collections: Mapping[MediaType, str] | None = None) -> None:
        self._client = client
        self._by_type = dict(collections or dict.fromkeys(MediaType, DEFAULT_COLLECTION))
        self.collections = tuple(dict.fromkeys(self._by_type.values()))

    async def missing(self) -> list[str]:
        """Names of the collections that are not there yet."""
        async with _faults():
            return [name for name in self.collections if not await self._client.collection_exists(name)]

    async def ours(self) -> set[MediaType]:
        """Media types whose collection is ours to fill: it is empty, or holds titles that we stored. Others
        are only read.
        """
        found: set[MediaType] = set()
        stored_by_us = models.Filter(
            must_not=[models.IsEmptyCondition(is_empty=models.PayloadField(key="title_key"))]
        )
        for name in self.collections:
            async with _faults():
                total = (await self._client.count(name, exact=True)).count
                known = (await self._client.count(name, stored_by_us, exact=True)).count
            if known == total:
                found.update(kind for kind, collection in self._by_type.items() if collection == name)
        return found

    async def ensure(self, dimensions: int) -> None:
        """Create what is missing of the collections, and check the others.

        Raises:
            VectorSizeMismatch: a collection was made by an encoder of another size.
            IndexForbidden: the key is wrong or may not create collections.
            IndexUnavailable: the server is away.
        """
        for name in self.collections:
            async with _faults():
                if await self._client.collection_exists(name):
                    await self._check_size(name, dimensions)
                    continue
                await self._client.create_collection(
                    name,
                    vectors_config={
                        DENSE_VECTOR: models.VectorParams(
                            size=dimensions,
                            distance=models.Distance.COSINE,
                            datatype=models.Datatype.FLOAT16,
                        )
                    },
                    sparse_vectors_config={
                        SPARSE_VECTOR: models.SparseVectorParams(modifier=models.Modifier.IDF)
                    },
                )
                for key, kind in INDEXED_FIELDS.items():
                    await self._client.create_payload_index(name, key, models.PayloadSchemaType(kind))

    async def _check_size(self, name: str, dimensions: int) -> None:
        info = await self._client.get_collection(name)
        vectors = info.config.params.vectors
        stored = vectors.get(DENSE_VECTOR) if isinstance(vectors, dict) else None
        if stored is None:
            raise VectorSizeMismatch(f"the collection {name!r} has no vector called {DENSE_VECTOR!r}")
        if stored.size != dimensions:
            raise VectorSizeMismatch(
                f"the collection {name!r} holds vectors of {stored.size} numbers, the encoder makes "
                f"{dimensions}; set EMBEDDING_MODEL to the model that filled it"
            )

    async def search(self, query: IndexQuery) -> Rankings:
        """One `query_batch` per collection, all at once; the rankings are merged by score."""
        chosen = query.filters.media_type
        names = (self._by_type[chosen],) if chosen else self.collections
        found = await asyncio.gather(*(self._search(name, query) for name in names))

        def merged(rankings: Sequence[tuple[Hit, ...]]) -> tuple[Hit, ...]:
            hits = sorted((hit for hits in rankings for hit in hits), key=lambda hit: -hit.score)
            return tuple(hits[: query.limit])

        return Rankings(
            merged([one.dense for one in found]),
            merged([one.sparse for one in found]),
            {key: title for one in found for key, title in one.titles.items()},
        )

    async def _search(self, name: str, query: IndexQuery) -> Rankings:
        common: dict[str, Any] = {
            "filter": _filter(query.filters, query.exclude_ids),
            "limit": query.limit,
            "with_payload": True,
        }
        requests = [models.QueryRequest(query=query.dense.tolist(), using=DENSE_VECTOR, **common)]
        if query.sparse.indices:
            requests.append(models.QueryRequest(query=_sparse(query.sparse), using=SPARSE_VECTOR, **common))
        async with _faults():
            responses = await self._client.query_batch_points(name, requests)
        rankings = [
            tuple(Hit(_key(name, point.id), point.score) for point in response.points)
            for response in responses
        ]
        titles = {
            _key(name, point.id): title_of(point.payload)
            for response in responses
            for point in response.points
        }
        return Rankings(rankings[0], rankings[1] if len(rankings) > 1 else (), titles)

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        by_collection: dict[str, list[models.PointStruct]] = {}
        for item in titles:
            point = models.PointStruct(
                id=item.title.key,
                vector={DENSE_VECTOR: item.dense.tolist(), SPARSE_VECTOR: _sparse(item.sparse)},
                payload=payload_of(item.title),
            )
            by_collection.setdefault(self._by_type[item.title.media_type], []).append(point)
        for name, points in by_collection.items():
            for start in range(0, len(points), POINTS_PER_REQUEST):
                async with _faults():
                    await self._client.upsert(name, points[start : start + POINTS_PER_REQUEST], wait=True)

    async def delete(self, ids: Sequence[str]) -> None:
        selector = models.PointIdsList(points=[key_of(title_id) for title_id in ids])
        for name in self.collections if ids else ():
            async with _faults():
                await self._client.delete(name, selector, wait=True)

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Title]:
        found: dict[str, Title] = {}
        for name in self.collections:
            points = [point for key in keys if (point := _point_in(name, key)) is not None]
            if not points:
                continue
            async with _faults():
                records = await self._client.retrieve(name, points)
            found.update({_key(name, record.id): title_of(record.payload) for record in records})
        return found

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        spellings = {"title_key": [folded(name) for name in names], "title": list(names)}
        wanted = models.Filter(  # what someone else filled has no `title_key`
            should=[
                models.FieldCondition(key=key, match=models.MatchAny(any=values))
                for key, values in spellings.items()
            ]
        )
        found: list[TitleVector] = []
        for name in self.collections:
            async with _faults():
                records, _ = await self._client.scroll(
                    name, wanted, limit=100, with_payload=True, with_vectors=[DENSE_VECTOR]
                )
            found += [
                TitleVector(title_of(record.payload), np.array(record.vector[DENSE_VECTOR], np.float32))
                for record in records
                if isinstance(record.vector, dict)
            ]
        return found

    async def roster(self) -> list[RosterEntry]:
        entries: list[RosterEntry] = []
        for name in self.collections:
            offset: Any = None
            while True:
                async with _faults():
                    records, offset = await self._client.scroll(
                        name, limit=TITLES_PER_SCROLL, offset=offset, with_payload=list(ROSTER_FIELDS)
                    )
                for record in records:
                    with suppress(IndexCorrupt):  # a point of another kind among the titles
                        entries.append(entry_of(title_of(record.payload)))
                if offset is None:
                    break
        return entries

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        total = 0
        for name in self.collections:
            async with _faults():
                total += (await self._client.count(name, _filter(filters), exact=True)).count
        return total


def _key(collection: str, point: int | str | uuid.UUID) -> str:
    """Older collections number their points, and two of them may number alike: `movies/603`."""
    return f"{collection}/{point}" if isinstance(point, int) else str(point)


def _point_in(collection: str, key: str) -> int | str | None:
    """The point of a key in a collection; None where the key names another collection."""
    name, slash, number = key.rpartition("/")
    if not slash:
        return key
    return int(number) if name == collection else None


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


@asynccontextmanager
async def _faults() -> AsyncIterator[None]:
    """Map every error of the client and its HTTP library; the key is in none of the messages."""
    try:
        yield
    except ResourceExhaustedResponse as error:
        unavailable = IndexUnavailable("the Qdrant server has too many requests; try again")
        unavailable.retry_after_seconds = error.retry_after_s
        raise unavailable from error
    except UnexpectedResponse as error:
        raise _from_status(error) from None
    except (ResponseHandlingException, httpx.HTTPError, json.JSONDecodeError) as error:
        cause = getattr(error, "source", error)
        raise IndexUnavailable(
            f"no proper answer from the Qdrant server ({type(cause).__name__}); check QDRANT_ENDPOINT"
        ) from error
    except (ApiException, QdrantException) as error:
        raise IndexFault(f"the Qdrant client failed: {type(error).__name__}") from error


def _from_status(error: UnexpectedResponse) -> IndexFault:
    status = error.status_code or 0
    if status in (401, 403):
        return IndexForbidden(f"the Qdrant server refused the key (HTTP {status}); check QDRANT_API_KEY")
    if status == 507 or b"No space left" in error.content:
        return DiskFull("the Qdrant server's disk is full")
    if status == 429 or status >= 500:
        return IndexUnavailable(f"the Qdrant server answered HTTP {status}; try again")
    reason = error.content.decode("utf-8", "replace")[:200]
    return IndexFault(f"the Qdrant server answered HTTP {status}: {reason}")

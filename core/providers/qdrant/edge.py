"""The embedded index: qdrant-edge on a folder of this machine. https://pypi.org/project/qdrant-edge-py/"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import qdrant_edge as edge

from core.catalog.roster import entry_of
from core.domain import SearchFilters, Title, key_of
from core.errors import DiskFull, IndexCorrupt, IndexUnavailable, VectorSizeMismatch, is_full
from core.ports import Hit, IndexedTitle, IndexQuery, Rankings, RosterEntry, TitleVector
from core.providers.qdrant.conditions import MatchAny, conditions
from core.providers.qdrant.payload import (
    DENSE_VECTOR,
    INDEXED_FIELDS,
    PAYLOAD_VERSION,
    SPARSE_VECTOR,
    payload_of,
    title_of,
)
from core.vocabulary.names import folded

__all__ = ["EdgeIndex", "EdgeStore"]

_Result = TypeVar("_Result")

# From this many titles on a graph (HNSW) is built: below, comparing with every vector takes about a
# millisecond, is exact, and spares the minute that building the graph for 50,000 titles takes.
GRAPH_FROM_TITLES = 20_000
# Width of the search in the graph. Qdrant's default (128) loses neighbours of rank 100.
GRAPH_SEARCH_WIDTH = 256

# How many titles are read at a time where all of them are.
TITLES_PER_SCROLL = 1_000

# What the system refuses for now, and what rebuilding the index would not mend.
_PASSING_CAUSES = ("Too many open files", "Permission denied", "Cannot allocate memory", "Read-only file")

_INDEX_TYPES = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
}


class EdgeStore:
    """Makes and opens embedded indexes."""

    layout = f"edge {version('qdrant-edge-py')} payload {PAYLOAD_VERSION} cold vectors"

    def create(self, folder: Path, dimensions: int) -> "EdgeIndex":
        """See `EdgeIndex.create`."""
        return EdgeIndex.create(folder, dimensions)

    def open(self, folder: Path) -> "EdgeIndex":
        """See `EdgeIndex.open`."""
        return EdgeIndex.open(folder)


class EdgeIndex:
    """A `TitleIndex` in this process. Calls run in a thread of its own, one at a time.

    Made by `create` or `open`; `close` it. Several processes may have one folder open; only the one
    that made it may write, while it is not yet in place.
    """

    def __init__(self, shard: edge.EdgeShard, dimensions: int) -> None:
        self._shard = shard
        self._dimensions = dimensions
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._closed = False

    @classmethod
    def create(cls, folder: Path, dimensions: int) -> "EdgeIndex":
        """Make an empty index in an empty or absent folder.

        Raises:
            DiskFull: there is no room.
        """
        config = edge.EdgeConfig(
            vectors={
                # The shipped vectors are 16 bits wide as well, so nothing is lost.
                DENSE_VECTOR: edge.EdgeVectorParams(
                    size=dimensions,
                    distance=edge.Distance.Cosine,
                    datatype=edge.VectorStorageDatatype.Float16,
                    # Read from their file as they are asked for: 37 MB less for 48,278 titles, and the first
                    # search takes 50 ms. (Read like that, indexes of filters cost a search 2 ms.)
                    memory=edge.Memory.Cold,
                )
            },
            sparse_vectors={SPARSE_VECTOR: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            # With the write-ahead log a second process could not open the folder, and it cannot be
            # turned off later. What is not flushed is lost with a crash, so every batch is flushed.
            wal_enabled=False,
            optimizers=edge.EdgeOptimizersConfig(
                default_segment_number=1,
                indexing_threshold=GRAPH_FROM_TITLES * dimensions * 4 // 1024,
            ),
        )
        with _faults():
            folder.mkdir(parents=True, exist_ok=True)
            shard = edge.EdgeShard.create(str(folder), config)
            for key, kind in INDEXED_FIELDS.items():
                shard.update(edge.UpdateOperation.create_field_index(key, _INDEX_TYPES[kind]))
        return cls(shard, dimensions)

    @classmethod
    def open(cls, folder: Path) -> "EdgeIndex":
        """Open a finished index.

        Raises:
            IndexCorrupt: the folder holds no readable index.
        """
        try:
            config = json.loads((folder / "edge_config.json").read_text("utf-8"))
            dimensions = int(config["vectors"][DENSE_VECTOR]["size"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexCorrupt(f"the index in {folder} has no readable configuration") from error
        with _faults():
            return cls(edge.EdgeShard.load(str(folder)), dimensions)

    def close(self) -> None:
        """Release the files."""
        self._closed = True
        self._thread.shutdown()
        with _faults():
            self._shard.close()

    async def search(self, query: IndexQuery) -> Rankings:
        if len(query.dense) != self._dimensions:
            raise VectorSizeMismatch(
                f"the index holds vectors of {self._dimensions} numbers, the encoder makes {len(query.dense)}"
            )
        return await self._run(lambda: self._search(query))

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        def write() -> None:
            points = [_point(item) for item in titles]
            self._shard.update(edge.UpdateOperation.upsert_points(points))
            self._shard.flush()

        await self._run(write)

    async def optimize(self) -> None:
        """Build the search graph where there are enough titles for one; the last step of a build."""

        def build() -> None:
            self._shard.optimize()
            self._shard.flush()

        await self._run(build)

    async def delete(self, ids: Sequence[str]) -> None:
        points: list[Any] = [key_of(title_id) for title_id in ids]

        def write() -> None:
            self._shard.update(edge.UpdateOperation.delete_points(points))
            self._shard.flush()

        await self._run(write)

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Title]:
        return await self._run(lambda: self._fetch(keys))

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        return await self._run(lambda: self._named(names))

    async def roster(self) -> list[RosterEntry]:
        return await self._run(self._roster)

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        request = edge.CountRequest(exact=True, filter=_filter(filters))
        return await self._run(lambda: self._shard.count(request))

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        def guarded() -> _Result:
            with _faults():
                return work()

        if self._closed:
            raise IndexCorrupt("the index was closed")  # by a rebuild, beside this call
        return await asyncio.get_running_loop().run_in_executor(self._thread, guarded)

    def _search(self, query: IndexQuery) -> Rankings:
        """Keys and scores only: reading the payloads of both rankings takes longer than the search."""
        chosen = _filter(query.filters, query.exclude_ids)
        sparse = edge.SparseVector(list(query.sparse.indices), list(query.sparse.values))
        requests = [
            edge.QueryRequest(
                limit=query.limit,
                query=edge.Query.Nearest(query.dense.tolist(), using=DENSE_VECTOR),
                filter=chosen,
                params=edge.SearchParams(hnsw_ef=GRAPH_SEARCH_WIDTH),
            )
        ]
        if query.sparse.indices:
            requests.append(
                edge.QueryRequest(
                    limit=query.limit,
                    query=edge.Query.Nearest(sparse, using=SPARSE_VECTOR),
                    filter=chosen,
                )
            )
        found = self._shard.query_batch(edge.QueryBatchRequest(requests))
        rankings = [tuple(Hit(str(point.id), point.score) for point in points) for points in found]
        return Rankings(rankings[0], rankings[1] if len(rankings) > 1 else ())

    def _fetch(self, keys: Sequence[str]) -> dict[str, Title]:
        records = self._shard.retrieve(list(keys), with_payload=True, with_vector=False)
        return {str(record.id): title_of(record.payload) for record in records}

    def _named(self, names: Sequence[str]) -> list[TitleVector]:
        keys = [folded(name) for name in names]
        request = edge.ScrollRequest(
            limit=100,
            filter=edge.Filter(must=[edge.FieldCondition("title_key", match=edge.MatchAny(keys))]),
            with_payload=True,
            with_vector=[DENSE_VECTOR],
        )
        records, _ = self._shard.scroll(request)
        return [
            TitleVector(title_of(record.payload), np.array(record.vector[DENSE_VECTOR], np.float32))
            for record in records
            if isinstance(record.vector, dict)
        ]

    def _roster(self) -> list[RosterEntry]:
        entries: list[RosterEntry] = []
        offset: Any = None
        while True:
            request = edge.ScrollRequest(
                limit=TITLES_PER_SCROLL, offset=offset, with_payload=True, with_vector=False
            )
            records, offset = self._shard.scroll(request)
            entries += [entry_of(title_of(record.payload)) for record in records]
            if offset is None:
                return entries


def _point(item: IndexedTitle) -> edge.Point:
    sparse = edge.SparseVector(list(item.sparse.indices), list(item.sparse.values))
    vectors: dict[str, Any] = {DENSE_VECTOR: item.dense.tolist(), SPARSE_VECTOR: sparse}
    return edge.Point(item.title.key, vectors, payload_of(item.title))


def _filter(filters: SearchFilters, exclude_ids: Sequence[str] = ()) -> edge.Filter | None:
    wanted = conditions(filters, exclude_ids)

    def condition(item: Any) -> edge.FieldCondition:
        if isinstance(item, MatchAny):
            return edge.FieldCondition(item.key, match=edge.MatchAny(list(item.values)))
        return edge.FieldCondition(item.key, range=edge.RangeFloat(gte=item.low, lte=item.high))

    if not wanted.must and not wanted.must_not:
        return None
    return edge.Filter(
        must=[condition(item) for item in wanted.must],
        must_not=[condition(item) for item in wanted.must_not],
    )


@contextmanager
def _faults() -> Iterator[None]:
    """The engine raises bare `Exception`s and, from Rust, panics; both become our errors here."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFull(f"no room left: {error}") from error
        raise IndexUnavailable(f"the index cannot be used: {error}") from error
    except BaseException as error:
        if type(error) is Exception or type(error).__name__ == "PanicException":
            text = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            if "No space left" in text:
                raise DiskFull(f"no room left: {text}") from error
            if any(cause in text for cause in _PASSING_CAUSES):
                raise IndexUnavailable(f"the index cannot be used: {text}") from error
            raise IndexCorrupt(f"the index is damaged: {text}") from error
        raise

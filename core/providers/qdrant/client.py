"""A Qdrant server, cloud, or qdrant-client's own memory. https://python-client.qdrant.tech/

An index of ours stands behind an alias: `matinee_titles` names the collection `matinee_titles-3fa9c2e1b0`, so
that one built anew takes its place in one step, and workers that read it meanwhile notice nothing.
"""

import asyncio
import re
import warnings
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from qdrant_client import AsyncQdrantClient, models

from core.domain import MediaType, SearchFilters, Title
from core.errors import ConfigurationError, IndexFault
from core.ports import Hit, IndexedTitle, IndexQuery, Rankings, RosterEntry, TitleVector
from core.providers.qdrant.faults import Patience
from core.providers.qdrant.layout import Layout, check_size, layout_of
from core.providers.qdrant.others import DROPPABLE, OthersCollection, TextVector
from core.providers.qdrant.ours import OurCollection
from core.providers.qdrant.payload import INDEXED_FIELDS, PAYLOAD_VERSION

__all__ = ["DEFAULT_COLLECTION", "LAYOUT", "ClientIndex", "in_memory", "server"]

_Result = TypeVar("_Result")

DEFAULT_COLLECTION = "matinee_titles"
LAYOUT = f"server payload {PAYLOAD_VERSION}"
"""Changes whenever stored data would look otherwise."""
TIMEOUT_SECONDS = 10
# How many names of collections an error lists.
_NAMED = 20


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
        collections: Media type → collection name; both may name the same one, and where a type is missing
            the other's holds it too.
        read_only: Whether nothing is made or written, whoever filled the collections.
        patience: How the server is asked.
    """

    def __init__(
        self,
        client: AsyncQdrantClient,
        collections: Mapping[MediaType, str] | None = None,
        *,
        read_only: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self._client = client
        self._patience = patience or Patience()
        self.read_only = read_only
        given = dict(collections or dict.fromkeys(MediaType, DEFAULT_COLLECTION))
        self._by_type = {kind: given.get(kind) or next(iter(given.values())) for kind in MediaType}
        self._types = {
            name: [kind for kind in MediaType if given.get(kind) == name] for name in given.values()
        }
        self.collections = tuple(self._types)
        self._open: dict[str, OurCollection | OthersCollection] = {
            name: OurCollection(client, name, self._patience) for name in self.collections
        }

    # --- what is there ---

    async def missing(self) -> list[str]:
        """Names of the collections that are not there yet.

        Raises:
            IndexFault: the server cannot be asked.
        """
        return await self._guard(self._missing)

    async def _missing(self) -> list[str]:
        aliases = await self._aliases()
        return [
            name
            for name in self.collections
            if name not in aliases
            and not await self._patience.ask(partial(self._client.collection_exists, name))
        ]

    async def ensure(self, dimensions: int, generation: str = "") -> None:
        """Create what is missing of the collections, and check the others.

        Args:
            dimensions: Length of the encoder's vectors.
            generation: What an index of ours is made by; a new collection is called after it, behind an
                alias. Where it is empty, the collection has its name itself.

        Raises:
            VectorSizeMismatch: a collection was made by an encoder of another size, and cannot be made anew.
            ConfigurationError: a collection that is only to be read is not there.
            IndexForbidden: the key is wrong or may not create collections.
            IndexUnavailable: the server is away.
        """
        await self._guard(partial(self._ensure, dimensions, generation))

    async def _ensure(self, dimensions: int, generation: str) -> None:
        missing = await self._missing()
        if missing and self.read_only:
            raise ConfigurationError(await self._not_there(missing))
        for name in missing:
            made = OurCollection(self._client, _made_by(name, generation), self._patience)
            await made.create(dimensions)
            if generation:
                await self._point_to(name, made.name)
        for name in self.collections:
            layout = await self._layout(name)
            if not (layout.ours and await self._is_outdated(name, generation)):
                check_size(name, layout.size, dimensions)

    async def _not_there(self, missing: Sequence[str]) -> str:
        answer = await self._patience.ask(self._client.get_collections)
        there = sorted(item.name for item in answer.collections)
        told = ", ".join(there[:_NAMED]) + (", …" if len(there) > _NAMED else "") or "none"
        return (
            f"the Qdrant server has no collection called {' or '.join(map(repr, missing))}; it has: {told}. "
            "Check --collection or QDRANT_MOVIE_COLLECTION_NAME and QDRANT_TV_COLLECTION_NAME"
        )

    async def ours(self) -> set[MediaType]:
        """Media types whose collection is ours to fill: it is laid out as ours are, and is empty or holds
        titles that we stored. Others are only read.
        """
        return await self._guard(self._ours)

    async def _ours(self) -> set[MediaType]:
        found: set[MediaType] = set()
        for name in () if self.read_only else self.collections:
            collection = OurCollection(self._client, name, self._patience)
            if (await self._layout(name)).ours and await self._stored_by_us(collection):
                found.update(kind for kind, where in self._by_type.items() if where == name)
        return found

    async def _stored_by_us(self, collection: OurCollection) -> bool:
        try:
            return await collection.stored_by_us()
        except IndexFault as fault:
            if type(fault) is not IndexFault:  # the server is away, or the key is wrong
                raise
            return False  # it refuses to filter by `title_key`, which ours have an index of

    async def look(self, ours: Collection[MediaType]) -> list[str]:
        """Read through the collections that are not ours, so that their titles are found and filtered as
        they are stored; returns what their host should know, a line each.

        Args:
            ours: Media types whose collection is ours, as `ours()` says.
        """
        return await self._guard(partial(self._look, ours))

    async def _look(self, ours: Collection[MediaType]) -> list[str]:
        told: list[str] = []
        for name in self.collections:
            if any(self._by_type[kind] == name for kind in ours):
                continue
            types = self._types[name]
            declared = types[0] if len(types) == 1 else None
            layout = await self._layout(name)
            others = OthersCollection(self._client, name, layout, declared, self._patience)
            told += await others.look()
            self._open[name] = others
        return told

    async def samples(self) -> dict[str, list[TextVector]]:
        """Collection of others → some of its texts, each with the vector that was made of it, as far as
        that can be told.
        """
        found: dict[str, list[TextVector]] = {}
        for name, collection in self._open.items():
            if isinstance(collection, OthersCollection):
                found[name] = await self._guard(collection.sample)
        return found

    async def lacking_indexes(self) -> dict[str, dict[str, str]]:
        """Collection → payload fields that filters read without an index → the type of one. `look` first."""
        found: dict[str, dict[str, str]] = {}
        for name, collection in self._open.items():
            if isinstance(collection, OthersCollection):
                found[name] = collection.lacking_indexes()
            else:
                indexed = (await self._guard(partial(self._layout, name))).indexed
                found[name] = {key: kind for key, kind in INDEXED_FIELDS.items() if key not in indexed}
        return found

    async def create_indexes(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Make payload indexes, as `lacking_indexes` lists them. It is the one thing that is ever written to
        a collection of others, and only when it is asked for.

        Raises:
            IndexForbidden: the key may only read.
        """
        for name, fields in wanted.items():
            collection = OurCollection(self._client, name, self._patience)
            await self._guard(partial(collection.create_indexes, fields))

    # --- an index built anew ---

    async def outdated(self, generation: str) -> dict[str, set[MediaType]]:
        """Collections of ours that were made by another encoder, document or payload → what they hold."""

        async def told() -> dict[str, set[MediaType]]:
            names = [name for name in self.collections if await self._is_outdated(name, generation)]
            return {name: {kind for kind in MediaType if self._by_type[kind] == name} for name in names}

        return await self._guard(told)

    def aside(self, name: str, generation: str) -> "ClientIndex":
        """The index that is to take a collection's place; `ensure` it, fill it, then `switch`."""
        beside = {kind: _made_by(name, generation) for kind in MediaType if self._by_type[kind] == name}
        return ClientIndex(self._client, beside, patience=self._patience)

    async def titles(self, name: str) -> list[Title]:
        """All that a collection of ours holds."""
        collection = OurCollection(self._client, name, self._patience)

        async def read() -> list[Title]:
            return [title async for title in collection.titles()]

        return await self._guard(read)

    async def switch(self, name: str, generation: str) -> None:
        """Let a name stand for the collection built aside, in one step, and drop the one before.

        Raises:
            IndexFault: it could not be done; the name stands for what it stood for.
        """

        async def switched() -> None:
            before = (await self._aliases()).get(name)
            await self._point_to(name, _made_by(name, generation))
            if before is not None and before != _made_by(name, generation) and _is_made_for(name, before):
                await self._drop(before)

        await self._guard(switched)

    async def abandon(self, name: str, generation: str) -> None:
        """Drop what was built aside for a name, unless the name stands for it already."""

        async def dropped() -> None:
            if (await self._aliases()).get(name) != _made_by(name, generation):
                await self._drop(_made_by(name, generation))

        await self._guard(dropped)

    async def _is_outdated(self, name: str, generation: str) -> bool:
        """A collection without an alias is none of these: nothing tells what it was made by."""
        stands_for = (await self._aliases()).get(name)
        return bool(
            generation
            and not self.read_only
            and stands_for is not None
            and _is_made_for(name, stands_for)
            and stands_for != _made_by(name, generation)
        )

    async def _aliases(self) -> dict[str, str]:
        answer = await self._patience.ask(self._client.get_aliases)
        return {item.alias_name: item.collection_name for item in answer.aliases}

    async def _point_to(self, name: str, collection: str) -> None:
        """One request, so that the name stands for the one or the other at any time."""
        operations: list[models.CreateAliasOperation | models.DeleteAliasOperation] = []
        if name in await self._aliases():
            operations.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=name)))
        wanted = models.CreateAlias(collection_name=collection, alias_name=name)
        operations.append(models.CreateAliasOperation(create_alias=wanted))
        await self._patience.ask(partial(self._client.update_collection_aliases, operations))

    async def _drop(self, collection: str) -> None:
        await self._patience.ask(partial(self._client.delete_collection, collection))

    async def _layout(self, name: str) -> Layout:
        return layout_of(name, await self._patience.ask(partial(self._client.get_collection, name)))

    # --- the port ---

    async def search(self, query: IndexQuery) -> Rankings:
        """One `query_batch` per collection, all at once; the rankings are merged by score."""
        return await self._guard(partial(self._search, query))

    async def _search(self, query: IndexQuery) -> Rankings:
        chosen = query.filters.media_type
        names = (self._by_type[chosen],) if chosen else self.collections
        asked = [self._open[name] for name in names]
        untold = [
            key
            for key in query.filters.set_keys()
            if key in DROPPABLE and not any(collection.applies(key) for collection in asked)
        ]
        filters = query.filters.without(*untold)
        narrowed = IndexQuery(query.dense, query.sparse, filters, query.exclude_ids, query.limit)
        found = await asyncio.gather(*(collection.search(narrowed) for collection in asked))

        def merged(rankings: Sequence[tuple[Hit, ...]]) -> tuple[Hit, ...]:
            hits = sorted((hit for hits in rankings for hit in hits), key=lambda hit: -hit.score)
            return tuple(hits[: query.limit])

        return Rankings(
            merged([one.dense for one in found]),
            merged([one.sparse for one in found]),
            {key: title for one in found for key, title in one.titles.items()},
            tuple(untold),
        )

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        by_collection: dict[str, list[IndexedTitle]] = {}
        for item in titles:
            by_collection.setdefault(self._by_type[item.title.media_type], []).append(item)
        for name, chosen in by_collection.items():
            await self._guard(partial(self._to_write(name).upsert, chosen))

    async def delete(self, ids: Sequence[str]) -> None:
        for name in self.collections if ids else ():
            if not isinstance(self._open[name], OthersCollection):
                await self._guard(partial(self._to_write(name).delete, ids))

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Title]:
        found: dict[str, Title] = {}
        for collection in self._open.values():
            found.update(await self._guard(partial(collection.fetch, keys)))
        return found

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        found: list[TitleVector] = []
        for collection in self._open.values():
            found += await self._guard(partial(collection.named, names))
        return found

    async def roster(self) -> list[RosterEntry]:
        entries: list[RosterEntry] = []
        for collection in self._open.values():
            entries += await self._guard(collection.roster)
        return entries

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        return sum([await self._guard(partial(each.count, filters)) for each in self._open.values()])

    def _to_write(self, name: str) -> OurCollection:
        collection = self._open[name]
        if self.read_only or isinstance(collection, OthersCollection):
            raise ConfigurationError(f"the collection {name!r} is only read; nothing is stored in it")
        return collection

    async def _guard(self, work: Callable[[], Awaitable[_Result]]) -> _Result:
        return await self._patience.guard(work)


def _is_made_for(name: str, collection: str) -> bool:
    """Whether a collection is called as `_made_by` calls ours, so that it may be dropped for a newer one."""
    return re.fullmatch(rf"{re.escape(name)}-[0-9a-f]{{10}}", collection) is not None


def _made_by(name: str, generation: str) -> str:
    return f"{name}-{generation}" if generation else name

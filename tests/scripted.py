"""Stand-ins for the core's own ports: they do what a script says. Vendors are never faked with these."""

import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.catalog.roster import entry_of
from core.domain import Intent, MediaType, Rating, SearchFilters, Title
from core.ports import (
    Hit,
    IndexedTitle,
    IndexQuery,
    Rankings,
    RosterEntry,
    SparseVector,
    TitleVector,
    Vectors,
    unit,
)
from core.understanding.directory import Directory
from core.understanding.words import Said

DIMENSIONS = 8


class HashEncoder:
    """Deterministic unit vectors made from a checksum of the text; counts what it encodes."""

    fingerprint = "hash"
    dimensions = DIMENSIONS

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.encoded: list[str] = []

    def close(self) -> None:
        """Nothing runs beside."""

    async def encode_query(self, text: str) -> NDArray[np.float32]:
        if self.failure:
            raise self.failure
        return np.asarray((await self.encode_documents([text]))[0], dtype=np.float32)

    async def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        seeds = [np.random.default_rng(zlib.crc32(text.encode())) for text in texts]
        return unit(np.array([seed.normal(size=DIMENSIONS) for seed in seeds], dtype=np.float32))


class WordEncoder:
    """Each distinct word is a term of weight 1."""

    fingerprint = "words"

    def encode_query(self, text: str) -> SparseVector:
        terms = tuple(sorted({zlib.crc32(word.encode()) for word in text.lower().split()}))
        return SparseVector(terms, (1.0,) * len(terms))

    def encode_documents(self, texts: Sequence[str]) -> list[SparseVector]:
        return [self.encode_query(text) for text in texts]


class ScriptedIntents:
    """Takes every message for what it is told, or for a wish.

    Args:
        by_text: Message → its intent.
        sure: The probability that it gets.
    """

    def __init__(self, by_text: Mapping[str, Intent] = MappingProxyType({}), sure: float = 0.9) -> None:
        self.by_text = by_text
        self.sure = sure

    async def intents(self, text: str, said: Said, *, asks: bool) -> Mapping[Intent, float]:
        rest = (1 - self.sure) / (len(Intent) - 1)
        meant = self.by_text.get(text, Intent.RECOMMEND)
        return {intent: self.sure if intent is meant else rest for intent in Intent}


class ScriptedIndex:
    """Holds titles and returns them in order, meeting only the filters that a test names.

    Args:
        titles: What every search finds, best first.
        failure: Raised by every call, where given.
        only_without: Searches find something only when none of these filters is set.
    """

    def __init__(
        self,
        titles: Sequence[Title] = (),
        failure: Exception | None = None,
        only_without: frozenset[str] = frozenset(),
    ) -> None:
        self.stored = {title.key: title for title in titles}
        self.failure = failure
        self.only_without = only_without
        self.queries: list[IndexQuery] = []

    async def search(self, query: IndexQuery) -> Rankings:
        self._fail()
        self.queries.append(query)
        if self.only_without.intersection(query.filters.set_keys()):
            return Rankings((), ())
        found = [title for title in self.stored.values() if title.id not in query.exclude_ids]
        return Rankings(tuple(Hit(title.key, 0.9 - place / 100) for place, title in enumerate(found)), ())

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        self._fail()
        self.stored.update({item.title.key: item.title for item in titles})

    async def delete(self, ids: Sequence[str]) -> None:
        self._fail()

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Title]:
        self._fail()
        return {key: self.stored[key] for key in keys if key in self.stored}

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        self._fail()
        wanted = {name.casefold() for name in names}
        vector = unit(np.ones(DIMENSIONS, dtype=np.float32))
        return [
            TitleVector(title, vector) for title in self.stored.values() if title.name.casefold() in wanted
        ]

    async def roster(self) -> list[RosterEntry]:
        self._fail()
        return [entry_of(title) for title in self.stored.values()]

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        self._fail()
        return len(self.stored)

    def _fail(self) -> None:
        if self.failure:
            raise self.failure


def films(count: int) -> list[Title]:
    """Films of different franchises, with something to say about each."""
    names = ("Amber", "Birch", "Cedar", "Dahlia", "Elder", "Fern", "Gorse", "Hazel", "Iris", "Juniper")
    return [
        Title(
            id=f"tmdb:movie:{number + 1}",
            media_type=MediaType.MOVIE,
            name=names[number % len(names)] + "wood" * (number // len(names)),
            year=1990 + number,
            overview="A quiet village hides a loud secret. Nobody sleeps.",
            moods=("quiet", "uneasy"),
            genres=("Drama",),
            rating=Rating(7.0, 900, "TMDB"),
        )
        for number in range(count)
    ]


def directory_of(index: ScriptedIndex) -> Directory:
    """The names of the titles that an index holds."""
    return Directory(entry_of(title) for title in index.stored.values())

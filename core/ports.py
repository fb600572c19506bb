"""What the core asks of the world. Providers implement these; `bot/wiring.py` chooses them."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import MediaType, SearchFilters, Title
from core.events import Usage

__all__ = [
    "ChatEnd",
    "ChatEvent",
    "ChatModel",
    "ChatPrompt",
    "ChatStop",
    "ChatText",
    "Hit",
    "IndexQuery",
    "IndexedTitle",
    "Progress",
    "Rankings",
    "RosterEntry",
    "SparseEncoder",
    "SparseVector",
    "StructuredModel",
    "TextEncoder",
    "TitleIndex",
    "TitleVector",
    "Vectors",
    "unit",
]

Vectors = NDArray[np.float32]
"""Unit vectors, shape (texts, dimensions)."""

Progress = Callable[[str, int, int], None]
"""Told of a stage, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights of one text."""

    indices: tuple[int, ...]
    """Hashed terms."""
    values: tuple[float, ...]
    """One weight a term, in the order of `indices`."""


@dataclass(frozen=True, slots=True)
class IndexedTitle:
    """A title with its vectors, ready to be stored."""

    title: Title
    dense: NDArray[np.float32]
    """Unit vector, shape (dimensions,)."""
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """One hybrid search."""

    dense: NDArray[np.float32]
    """Unit vector of the request, shape (dimensions,)."""
    sparse: SparseVector
    filters: SearchFilters = field(default_factory=SearchFilters)
    exclude_ids: tuple[str, ...] = ()
    """Canonical ids that must not come back."""
    limit: int = 100
    """Length of each ranking."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A title in one ranking."""

    key: str
    """Its key in the index (`Title.key` for titles that we stored)."""
    score: float


@dataclass(frozen=True, slots=True)
class Rankings:
    """The two rankings of one search, each best first."""

    dense: tuple[Hit, ...]
    """By cosine similarity."""
    sparse: tuple[Hit, ...]
    """By BM25 with the index's own document frequencies."""
    titles: Mapping[str, Title] = field(default_factory=dict)
    """Titles by key, where the engine sent them along; the others are to be fetched."""
    unapplied: tuple[str, ...] = ()
    """Names of filters that were left out, since nothing that is stored tells of them."""


@dataclass(frozen=True, slots=True)
class TitleVector:
    """A stored title with its dense vector."""

    title: Title
    dense: NDArray[np.float32]
    """Unit vector, shape (dimensions,)."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """What a stored title is called and who made it."""

    name: str
    media_type: MediaType
    year: int | None = None
    fame: float = 0.0
    """How well known it is, 0 to 1."""
    stars: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    """Directors and creators."""


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Vectors scaled to length 1, shape unchanged; zero vectors stay zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)


class TextEncoder(Protocol):
    """Texts to unit vectors. Never blocks the event loop."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would get another vector."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        ...

    async def encode_query(self, text: str) -> NDArray[np.float32]:
        """Vector of a request, shape (dimensions,)."""
        ...

    async def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of documents, shape (texts, dimensions)."""
        ...

    def close(self) -> None:
        """End what it runs beside the event loop."""
        ...


class SparseEncoder(Protocol):
    """Texts to BM25 term weights, without the document frequencies, which the index adds."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would get other terms."""
        ...

    def encode_query(self, text: str) -> SparseVector:
        """Distinct terms of a request, each of weight 1."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> list[SparseVector]:
        """Saturated term frequencies of documents."""
        ...


class StructuredModel(Protocol):
    """A language model that answers with one object."""

    async def structured(self, system: str, user: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """An object that fits a JSON schema (as far as the model keeps to it).

        Raises:
            ModelFault: it gave none.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """What a chat model is asked."""

    system: str
    """What to do; holds no text of a user or of a catalogue."""
    user: str
    """What to do it with."""


class ChatStop(StrEnum):
    """Why a model stopped writing."""

    DONE = "done"
    LENGTH = "length"
    """The limit of tokens was reached."""
    REFUSED = "refused"
    """The model, or a filter, would not go on."""


@dataclass(frozen=True, slots=True)
class ChatText:
    """More of what the model writes."""

    text: str


@dataclass(frozen=True, slots=True)
class ChatEnd:
    """The model has come to its end; always the last event."""

    stop: ChatStop
    usage: Usage | None = None
    """What the server counted; None where it did not say."""


ChatEvent = ChatText | ChatEnd


class ChatModel(Protocol):
    """A language model that writes."""

    @property
    def name(self) -> str:
        """`vendor:model`."""
        ...

    def stream(self, prompt: ChatPrompt) -> AsyncGenerator[ChatEvent, None]:
        """Texts as they are written, then one `ChatEnd`.

        Raises:
            ModelFault: it did not come to its end; what it wrote before stays valid. A connection that ends
                without the model's own end is `AnswerCut`.
        """
        ...


class TitleIndex(Protocol):
    """Stored titles, searched by dense and sparse vectors, filtered in the engine.

    Every method raises `IndexUnavailable`, `IndexForbidden` or `IndexCorrupt` where the engine fails.
    """

    async def search(self, query: IndexQuery) -> Rankings:
        """Both rankings in one round trip; each has at most `query.limit` hits."""
        ...

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        """Store titles; one with the same canonical id is replaced. Durable when this returns."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove titles by canonical id; unknown ids are ignored."""
        ...

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Title]:
        """Stored titles by key; unknown keys are absent."""
        ...

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        """Every stored title of one of these names (case, accents and punctuation ignored)."""
        ...

    async def roster(self) -> list[RosterEntry]:
        """Names of every stored title and of its people, in no order."""
        ...

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        """Number of titles that meet the filters."""
        ...

"""How a collection is laid out: which of its vectors are searched, and whether the encoder's fit them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qdrant_client import models

from core.errors import VectorSizeMismatch
from core.providers.qdrant.payload import DENSE_VECTOR, SPARSE_VECTOR

__all__ = ["Layout", "check_size", "layout_of"]

# Models that people fill collections with, by the size of their vectors.
_FITTING = MappingProxyType(
    {
        384: (
            "unset EMBEDDING_MODEL for the bundled model",
            "set it to sentence-transformers/all-MiniLM-L6-v2 or BAAI/bge-small-en-v1.5",
        ),
        512: ("set EMBEDDING_MODEL to sentence-transformers/distiluse-base-multilingual-cased-v2",),
        768: (
            "set EMBEDDING_MODEL to BAAI/bge-base-en-v1.5",
            "JJTsao/fine-tuned_movie_retriever-bge-base-en-v1.5",
            "sentence-transformers/all-mpnet-base-v2",
        ),
        1024: (
            "set EMBEDDING_MODEL to BAAI/bge-large-en-v1.5",
            "mixedbread-ai/mxbai-embed-large-v1",
            "intfloat/multilingual-e5-large",
        ),
    }
)
# Sizes of models that only a vendor's server runs.
_ELSEWHERE = MappingProxyType(
    {1536: "OpenAI's text-embedding-3-small", 3072: "OpenAI's text-embedding-3-large"}
)
_DISTANCES = (models.Distance.COSINE, models.Distance.DOT)  # both rank by similarity, the highest first


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a collection is searched."""

    size: int
    """Numbers in a dense vector."""
    dense: str | None
    """Its name; None for the collection's only vector, which has none."""
    sparse: str | None
    """Name of the sparse vector; None where there is none."""
    indexed: Mapping[str, str]
    """Payload fields with an index → its type."""
    ours: bool
    """Whether the vectors are laid out as we lay them out."""


def layout_of(name: str, info: models.CollectionInfo) -> Layout:
    """The layout of the collection called `name`.

    Raises:
        VectorSizeMismatch: it has no dense vector that could be searched, or several and none of our name.
    """
    params = info.config.params
    found = params.vectors
    named: dict[str | None, models.VectorParams] = {}
    if isinstance(found, dict):
        named.update(found)
    elif found is not None:
        named[None] = found
    dense = DENSE_VECTOR if DENSE_VECTOR in named else next(iter(named), None)
    if not named or (len(named) > 1 and DENSE_VECTOR not in named):
        has = f"several ({', '.join(map(str, named))})" if named else "none"
        raise VectorSizeMismatch(
            f"the collection {name!r} has no vector called {DENSE_VECTOR!r} and not one vector alone, but "
            f"{has}; it cannot be searched"
        )
    chosen = named[dense]
    if chosen.multivector_config is not None or chosen.distance not in _DISTANCES:
        kind = "several vectors a title" if chosen.multivector_config else f"distance {chosen.distance.value}"
        raise VectorSizeMismatch(
            f"the collection {name!r} was made with {kind}; only one vector a title, by Cosine or Dot, is "
            "searched"
        )
    terms = params.sparse_vectors or {}
    sparse = SPARSE_VECTOR if SPARSE_VECTOR in terms else next(iter(terms)) if len(terms) == 1 else None
    idf = sparse is not None and terms[sparse].modifier == models.Modifier.IDF
    return Layout(
        chosen.size,
        dense,
        sparse,
        {key: str(index.data_type.value) for key, index in info.payload_schema.items()},
        ours=dense == DENSE_VECTOR and sparse == SPARSE_VECTOR and idf,
    )


def check_size(name: str, size: int, dimensions: int) -> None:
    """Whether the encoder's vectors fit those of the collection called `name`.

    Raises:
        VectorSizeMismatch: they do not; the message says which known models would.
    """
    if size == dimensions:
        return
    told = f"the collection {name!r} holds vectors of {size} numbers, the encoder makes {dimensions}; "
    if size in _ELSEWHERE:
        raise VectorSizeMismatch(
            f"{told}{_ELSEWHERE[size]} makes such, which does not run here: fill a collection by a model "
            "that EMBEDDING_MODEL can name"
        )
    fitting = " or ".join(_FITTING.get(size, ()))
    mend = f"{fitting}, whichever" if fitting else "set EMBEDDING_MODEL to the model that"
    raise VectorSizeMismatch(f"{told}{mend} filled it")

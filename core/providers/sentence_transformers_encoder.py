"""Dense encoder through sentence-transformers: any model by name or folder. https://sbert.net

Needs `requirements-models.txt`.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from core.catalog.documents import MAX_TOKENS
from core.errors import EncoderUnavailable, first_line
from core.ports import Vectors

__all__ = ["SentenceTransformersEncoder", "load"]

BATCH_SIZE = 32


class SentenceTransformersEncoder:
    """A sentence-transformers model; each call runs in a thread of its own, one inference at a time."""

    def __init__(self, model: SentenceTransformer, name: str, content_hash: str = "") -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self.name = name
        self.dimensions = int(model.get_embedding_dimension() or 0)
        self.fingerprint = f"sentence-transformers {name} {content_hash} tokens={MAX_TOKENS}"

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    async def encode_query(self, text: str) -> NDArray[np.float32]:
        loop = asyncio.get_running_loop()
        vectors = await loop.run_in_executor(self._thread, self._encode, [text], "query")
        return np.asarray(vectors[0], dtype=np.float32)

    async def encode_documents(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._encode, list(texts), "document")

    def _encode(self, texts: list[str], role: str) -> Vectors:
        """Models that name prompts for queries and documents get them."""
        encode = self._model.encode_query if role == "query" else self._model.encode_document
        vectors = encode(texts, batch_size=BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def load(name: str, cache: Path) -> SentenceTransformersEncoder:
    """Load a model by its name on the hub (downloaded into `cache` on first use) or by its folder.

    Raises:
        EncoderUnavailable: the model's files cannot be had.
    """
    try:
        model = SentenceTransformer(name, cache_folder=str(cache), device="cpu")
    except Exception as error:  # the hub's client, transformers and the file system all raise here
        raise EncoderUnavailable(
            f"EMBEDDING_MODEL={name}: its files are not in {cache} and could not be fetched "
            f"({first_line(error)})"
        ) from error
    model.max_seq_length = min(MAX_TOKENS, model.max_seq_length or MAX_TOKENS)
    return SentenceTransformersEncoder(model, name, _hash_of(Path(name)))


def _hash_of(folder: Path) -> str:
    """Hash of a local model's files, which may be trained anew in place; empty for a name on the hub."""
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(folder)).encode())
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]

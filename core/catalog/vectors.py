"""Dense vectors kept by the content they were made from, so that no text is encoded twice.

A file holds records of one encoder: 16 bytes of a hash of the text, then the vector in 16-bit floats.
Records are only ever appended; a record cut short by a crash is ignored and written over.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data_folder import writing_data
from core.ports import TextEncoder, Vectors, unit

__all__ = ["VectorCache", "vector_file"]

_KEY_BYTES = 16


def vector_file(folder: Path, encoder: TextEncoder) -> Path:
    """Where the vectors of an encoder belong in a folder."""
    return folder / f"vectors-{hashlib.sha256(encoder.fingerprint.encode()).hexdigest()[:16]}.f16"


class VectorCache:
    """Vectors of one encoder.

    Args:
        encoder: Makes what is not there.
        path: The file that new vectors are appended to.
        shipped: Further files to read from, where they exist.
    """

    def __init__(self, encoder: TextEncoder, path: Path, shipped: Iterable[Path] = ()) -> None:
        self._encoder = encoder
        self._path = path
        self._record = np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", np.float16, (encoder.dimensions,))])
        self._files = (*shipped, path)

    @cached_property
    def _places(self) -> dict[bytes, NDArray[np.float16]]:
        """Every vector by key; read on first use, since a start that finds its index needs none."""
        places: dict[bytes, NDArray[np.float16]] = {}
        for file in self._files:
            if file.exists():
                records = self._read(file)
                places.update(zip((bytes(key) for key in records["key"]), records["vector"], strict=True))
        return places

    def release(self) -> None:
        """Let go of what was read; it is read again when it is asked for."""
        self.__dict__.pop("_places", None)

    def __contains__(self, text: str) -> bool:
        return self._key(text) in self._places

    async def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of documents, shape (texts, dimensions); unknown ones are encoded and kept.

        Raises:
            DiskFull: there is no room to keep them.
            ConfigurationError: the file cannot be written.
        """
        missing = [text for text in dict.fromkeys(texts) if text not in self]
        if missing:
            self._append(missing, await self._encoder.encode_documents(missing))
        vectors = np.array([self._places[self._key(text)] for text in texts], dtype=np.float32)
        vectors = vectors.reshape(-1, self._encoder.dimensions)
        return unit(vectors)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]

    def _read(self, file: Path) -> NDArray[np.void]:
        whole = file.stat().st_size // self._record.itemsize
        return np.fromfile(file, dtype=self._record, count=whole)

    def _append(self, texts: Sequence[str], vectors: Vectors) -> None:
        records = np.empty(len(texts), dtype=self._record)
        records["key"] = [np.void(self._key(text)) for text in texts]
        records["vector"] = vectors
        with writing_data(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.truncate(file.tell() - file.tell() % self._record.itemsize)
                file.write(records.tobytes())
        self._places.update(zip((self._key(text) for text in texts), records["vector"], strict=True))

"""Dense encoders through fastembed: https://qdrant.github.io/fastembed/."""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType
from numpy.typing import NDArray

from core.catalog.documents import MAX_TOKENS
from core.errors import EncoderUnavailable, first_line
from core.ports import Vectors, unit

__all__ = [
    "BUNDLED_MODEL",
    "FastembedEncoder",
    "is_exported",
    "knows",
    "load_bundled",
    "load_by_name",
    "load_folder",
]

BUNDLED_MODEL = "matinee/retriever-minilm-l6-int8"
BUNDLED_FOLDER = Path(__file__).parents[1] / "models" / "retriever-minilm-l6-int8"
MODEL_FILES = ("model.onnx", "tokenizer.json", "tokenizer_config.json", "config.json")

# One document per inference: int8 activations are scaled over the whole batch, so a vector would depend
# on the texts beside it, and vectors are kept by their text. Larger batches are no faster on a CPU.
BATCH_SIZE = 1
# Documents that one thread takes at a time.
PART_SIZE = 16


class FastembedEncoder:
    """A fastembed model. Every inference is single-threaded and leaves the event loop free: a query has a
    thread of its own, documents are spread over several. (Threads inside an inference wait for each other
    at every layer; on two cores that is slower for documents and doubles the worst query.)

    Args:
        model: The loaded model.
        name: What it is called in fingerprints and messages.
        dimensions: Length of one vector.
        content_hash: Hash of its files, where the name alone does not fix them.
        threads: Documents encoded at once; one per core by default.
    """

    def __init__(
        self,
        model: TextEmbedding,
        name: str,
        dimensions: int,
        content_hash: str = "",
        threads: int | None = None,
    ) -> None:
        self._model = model
        self._query_thread = ThreadPoolExecutor(1, thread_name_prefix="query")
        self._document_threads = ThreadPoolExecutor(
            threads or os.cpu_count() or 1, thread_name_prefix="documents"
        )
        self.name = name
        self.dimensions = dimensions
        self.fingerprint = f"fastembed {name} {content_hash} tokens={MAX_TOKENS} batch={BATCH_SIZE}"

    def close(self) -> None:
        """End the threads."""
        self._query_thread.shutdown()
        self._document_threads.shutdown()

    async def encode_query(self, text: str) -> NDArray[np.float32]:
        return await asyncio.get_running_loop().run_in_executor(self._query_thread, self._query, text)

    async def encode_documents(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        parts = [texts[start : start + PART_SIZE] for start in range(0, len(texts), PART_SIZE)]
        encoded = await asyncio.gather(
            *(loop.run_in_executor(self._document_threads, self._documents, part) for part in parts)
        )
        return np.concatenate(encoded) if encoded else np.empty((0, self.dimensions), np.float32)

    def _query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = _stacked(self._model.query_embed([text]), self.dimensions)[0]
        return vector

    def _documents(self, texts: Sequence[str]) -> Vectors:
        encoded = self._model.passage_embed(list(texts), batch_size=BATCH_SIZE)
        return _stacked(encoded, self.dimensions)


def _stacked(vectors: Iterable[NDArray[Any]], dimensions: int) -> Vectors:
    return unit(np.array(list(vectors), dtype=np.float32).reshape(-1, dimensions))


def load_bundled(threads: int | None = None) -> FastembedEncoder:
    """The encoder in the repository. Reads local files only.

    Raises:
        EncoderUnavailable: a file is missing or damaged; the message names it.
    """
    return load_folder(BUNDLED_FOLDER, threads, f"restore it with: git checkout -- {BUNDLED_FOLDER}")


def is_exported(folder: Path) -> bool:
    """Whether a folder holds what `python -m bot train export` writes."""
    return (folder / "model.onnx").is_file()


def load_folder(
    folder: Path, threads: int | None = None, mend: str = "export it again with: python -m bot train export"
) -> FastembedEncoder:
    """An encoder that was exported to a folder. Reads local files only.

    Args:
        folder: What `train export` wrote.
        threads: For documents; as many as there are processors by default.
        mend: What the reader of an error may do.

    Raises:
        EncoderUnavailable: a file is missing or damaged; the message names it.
    """
    for file in MODEL_FILES:
        if not (folder / file).is_file():
            raise EncoderUnavailable(f"{folder / file} is missing; {mend}")
    digest = hashlib.sha256()
    for file in MODEL_FILES:
        digest.update((folder / file).read_bytes())
    content_hash = digest.hexdigest()[:16]
    name = f"matinee/{folder.name}"
    registered = f"{name}-{content_hash}"  # what has been registered once stays for the life of the process
    try:
        dimensions = _dimensions(folder)
        if not knows(registered):
            TextEmbedding.add_custom_model(
                model=registered,
                pooling=PoolingType.MEAN,
                normalization=True,
                sources=ModelSource(url="file://local"),
                dim=dimensions,
                model_file="model.onnx",
            )
        model = _loaded(registered, specific_model_path=str(folder))
    except Exception as error:  # onnxruntime and tokenizers raise bare or private classes here
        raise EncoderUnavailable(f"the model in {folder} is damaged ({first_line(error)}); {mend}") from error
    return FastembedEncoder(model, name, dimensions, content_hash, threads)


def _dimensions(folder: Path) -> int:
    """Of a vector: those that the export kept, else all."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    return int(config.get("sentence_dimensions") or config["hidden_size"])


def _loaded(name: str, **files: Any) -> TextEmbedding:
    """A model that gives the same vectors on every processor. On those without VNNI onnxruntime saturates
    int8 products unless told not to (which fastembed has no option for); vectors of the bundled model were
    .01 to .02 away in cosine then, for a sixth less time.

    https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
    """
    model = TextEmbedding(name, threads=1, enable_cpu_mem_arena=False, lazy_load=True, **files)
    inner: Any = model.model
    others = inner.add_extra_session_options

    def add(options: Any, extra: Any) -> None:
        others(options, extra)
        options.add_session_config_entry("session.x64quantprecision", "1")

    inner.add_extra_session_options = add
    inner.load_onnx_model()
    return model


def knows(name: str) -> bool:
    """Whether fastembed can load a model of this name."""
    return name.lower() in {model["model"].lower() for model in TextEmbedding.list_supported_models()}


def load_by_name(name: str, cache: Path, threads: int | None = None) -> FastembedEncoder:
    """Any model that fastembed knows; downloaded into `cache` on first use.

    Raises:
        EncoderUnavailable: fastembed does not know it, or its files cannot be had.
    """
    known = {model["model"].lower(): model for model in TextEmbedding.list_supported_models()}
    if name.lower() not in known:
        raise EncoderUnavailable(f"fastembed has no model called {name!r}")
    try:
        model = _loaded(name, cache_dir=str(cache))
    except Exception as error:  # the hub's client, onnxruntime and the file system all raise here
        raise EncoderUnavailable(
            f"the files of {name!r} are not in {cache} and could not be fetched "
            f"({first_line(error)}); unset EMBEDDING_MODEL to use the bundled model"
        ) from error
    model.model.tokenizer.enable_truncation(max_length=MAX_TOKENS)  # type: ignore[attr-defined]
    return FastembedEncoder(model, name, int(known[name.lower()]["dim"]), threads=threads)

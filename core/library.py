"""Bringing catalogue, encoders and index together: open the index of a catalogue, or build it.

A built index is a folder named after what it was made from (catalogue, encoders, layouts). It is
built aside under a lock, then renamed into place, so a crash leaves the old one or none, never half
of one. Its manifest lists every file with its size: the engine opens a truncated file in silence.
"""

import asyncio
import ctypes
import gc
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeVar

from filelock import FileLock, Timeout

from core.catalog.documents import dense_document, documents_fingerprint, sparse_document
from core.catalog.expansion import release_requests
from core.catalog.reader import Catalogue, counted, fingerprint, read_catalogue
from core.catalog.roster import entry_of, read_roster, write_roster
from core.catalog.vectors import VectorCache
from core.data_folder import writing_data
from core.domain import SearchFilters, Title
from core.errors import DiskFull, IndexCorrupt
from core.ports import (
    IndexedTitle,
    IndexQuery,
    Progress,
    Rankings,
    RosterEntry,
    SparseEncoder,
    TextEncoder,
    TitleIndex,
    TitleVector,
)

__all__ = ["IndexStore", "Library", "LocalIndex", "Recipe", "fill", "silent"]

_Result = TypeVar("_Result")

MANIFEST = "manifest.json"
ROSTER = "roster.jsonl"
# Files that the engine writes anew, or drops, whenever it opens an index.
VOLATILE_FILES = ("edge_config.json", "tracker_journal.dat")
LOCK_POLL_SECONDS = 0.1
ENCODED_AT_ONCE = 512
STORED_AT_ONCE = 2048
MUCH_FROM_TITLES = 20_000
# Room that must be free before a build: the engine maps files ahead, and a write that fails then
# kills the process instead of raising. Measured: 3.3 kB a title for 48,281 titles, and 8 MB at rest.
BYTES_PER_TITLE = 6_000
BYTES_AT_REST = 48_000_000


def silent(stage: str, done: int, total: int) -> None:
    """A `Progress` that shows nothing."""


class LocalIndex(TitleIndex, Protocol):
    """A `TitleIndex` on this machine's disk."""

    async def optimize(self) -> None:
        """Last step of a build."""
        ...

    def close(self) -> None:
        """Release the files."""
        ...


class IndexStore(Protocol):
    """Makes and opens local indexes."""

    layout: str
    """Changes whenever stored data would look otherwise."""

    def create(self, folder: Path, dimensions: int) -> LocalIndex:
        """An empty index in an empty folder."""
        ...

    def open(self, folder: Path) -> LocalIndex:
        """A finished index."""
        ...


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an index is made from."""

    files: tuple[Path, ...]
    """Catalogue files, read as one."""
    encoder: TextEncoder
    sparse_encoder: SparseEncoder
    vectors: VectorCache
    titles: tuple[Title, ...] | None = None
    """Chosen titles of the files, where not all of them are wanted (evaluation pools)."""

    def fingerprint(self, layout: str) -> str:
        """Hexadecimal; equal recipes make equal indexes."""
        parts = [
            fingerprint(self.files),
            self.encoder.fingerprint,
            self.sparse_encoder.fingerprint,
            documents_fingerprint(),
            layout,
            *(title.id for title in self.titles or ()),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def generation(self, layout: str) -> str:
        """Hexadecimal; equal where the same title would be stored alike, whichever titles there are."""
        parts = (
            self.encoder.fingerprint,
            self.sparse_encoder.fingerprint,
            documents_fingerprint(),
            layout,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]

    def read(self) -> Catalogue:
        """The titles to build from, with the report of reading them."""
        catalogue = read_catalogue(self.files)
        return catalogue if self.titles is None else Catalogue(self.titles, catalogue.report)


async def fill(index: TitleIndex, titles: Sequence[Title], recipe: Recipe, progress: Progress) -> None:
    """Encode titles in small batches, whose vectors are kept at once, and store them in large ones,
    since each store ends in a flush; one is stored while the next is encoded.
    """
    storing: asyncio.Task[None] | None = None
    ready: list[IndexedTitle] = []
    try:
        for start in range(0, len(titles), ENCODED_AT_ONCE):
            batch = titles[start : start + ENCODED_AT_ONCE]
            dense = await recipe.vectors.encode([dense_document(title) for title in batch])
            sparse = await asyncio.to_thread(
                recipe.sparse_encoder.encode_documents, [sparse_document(title) for title in batch]
            )
            ready += [IndexedTitle(*item) for item in zip(batch, dense, sparse, strict=True)]
            progress("indexing", start + len(batch), len(titles))
            if len(ready) >= STORED_AT_ONCE or start + len(batch) == len(titles):
                if storing is not None:
                    await storing
                storing = asyncio.create_task(index.upsert(ready))
                ready = []
    finally:
        recipe.vectors.release()
        release_requests()
        if storing is not None:  # also when encoding failed: the index must not be closed under it
            await storing


class Library(TitleIndex):
    """The local index of a catalogue. Rebuilds itself when the engine finds it damaged.

    Args:
        root: Folder of the indexes; created when absent.
        recipe: What to build from.
        store: The engine.
        progress: Told of every batch while building.
        notice: Told, in one line, what is being done and why.
    """

    def __init__(
        self,
        root: Path,
        recipe: Recipe,
        store: IndexStore,
        progress: Progress = silent,
        notice: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._root = root
        self._recipe = recipe
        self._store = store
        self._progress = progress
        self._notice = notice
        self._index: LocalIndex | None = None
        self._lock = FileLock(root / "index.lock", thread_local=False)  # may be taken twice by its holder
        self._mending = asyncio.Lock()
        self.folder = root / recipe.fingerprint(store.layout)[:20]

    async def __aenter__(self) -> Self:
        """Open the index; build it first when it is absent, damaged or of another catalogue.

        Raises:
            CatalogueError: the catalogue cannot be read.
            DiskFull: there is no room for the index; what was there is untouched.
            ConfigurationError: the folder cannot be written.
        """
        with writing_data(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            self._index = await self._opened()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def intact(self) -> bool:
        """Whether the index is built and undamaged, as far as its files' sizes tell."""
        return _intact(self.folder)

    async def search(self, query: IndexQuery) -> Rankings:
        return await self._mended(lambda index: index.search(query))

    async def upsert(self, titles: Sequence[IndexedTitle]) -> None:
        await self._write(lambda index: index.upsert(titles))

    async def delete(self, ids: Sequence[str]) -> None:
        await self._write(lambda index: index.delete(ids))

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Title]:
        return await self._mended(lambda index: index.fetch(keys))

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        return await self._mended(lambda index: index.named(names))

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        return await self._mended(lambda index: index.count(filters))

    async def roster(self) -> list[RosterEntry]:
        """Read from the file beside the index; made anew where that is gone."""
        path = self.folder / ROSTER
        entries = await asyncio.to_thread(read_roster, path)
        if entries is None:
            entries = await self._mended(lambda index: index.roster())
            with suppress(OSError):  # read-only, or full: the next start reads the index again
                await asyncio.to_thread(write_roster, path, entries)
        return entries

    async def _write(self, call: Callable[[LocalIndex], Awaitable[None]]) -> None:
        async with self._locked():
            (self.folder / ROSTER).unlink(missing_ok=True)
            await self._mended(call)
            await asyncio.to_thread(_write_manifest, self.folder)

    async def _mended(self, call: Callable[[LocalIndex], Awaitable[_Result]]) -> _Result:
        """Do it; where the engine says that the files are damaged, rebuild once and do it again."""
        index = self._open_index()
        try:
            return await call(index)
        except IndexCorrupt as error:
            async with self._mending:
                if self._index is index:
                    self._notice(f"{error}; rebuilding it from the catalogue")
                    index.close()
                    (self.folder / MANIFEST).unlink(missing_ok=True)
                    self._index = await self._opened()
            return await call(self._open_index())

    def _open_index(self) -> LocalIndex:
        if self._index is None:
            raise RuntimeError("the library is not open; enter it with `async with`")
        return self._index

    async def _opened(self) -> LocalIndex:
        if _intact(self.folder):
            try:
                return self._store.open(self.folder)
            except IndexCorrupt as error:
                self._notice(f"{error}; rebuilding it from the catalogue")
                (self.folder / MANIFEST).unlink(missing_ok=True)
        async with self._locked():
            if not _intact(self.folder):
                await self._build()
        return self._store.open(self.folder)

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        """One writer at a time, across processes; the lock ends with the process that holds it."""
        waiting = False
        while True:
            try:
                self._lock.acquire(blocking=False)
                break
            except Timeout:
                if not waiting:
                    self._notice("another process is building the search index; waiting for it")
                waiting = True
                await asyncio.sleep(LOCK_POLL_SECONDS)
        try:
            yield
        finally:
            self._lock.release()

    async def _build(self) -> None:
        catalogue = await asyncio.to_thread(self._recipe.read)
        self._notice(self._why(len(catalogue.titles)))
        for name, number, reason in catalogue.report.refused[:5]:
            self._notice(f"{name}, line {number}: left out, {reason}")
        self._require_room(len(catalogue.titles))
        for leftover in self._root.glob("building-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        aside = self._root / f"building-{self.folder.name}"
        try:
            index = self._store.create(aside, self._recipe.encoder.dimensions)
            try:
                await fill(index, catalogue.titles, self._recipe, self._progress)
                write_roster(aside / ROSTER, [entry_of(title) for title in catalogue.titles])
                count = len(catalogue.titles)
                self._progress("optimizing", count, count)
                del catalogue
                _give_memory_back(count)
                await index.optimize()
            finally:
                index.close()
            _give_memory_back(count)
            _write_manifest(aside)
            shutil.rmtree(self.folder, ignore_errors=True)
            aside.rename(self.folder)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        for other in self._root.iterdir():
            if other.is_dir() and other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def _why(self, count: int) -> str:
        if (self.folder / "segments").exists():
            reason = "the search index is damaged or unfinished; rebuilding it"
        elif any(child.is_dir() and not child.name.startswith("building-") for child in self._root.iterdir()):
            reason = "the catalogue, the encoder or this version is new; rebuilding the search index"
        else:
            reason = "first start; building the search index"
        return f"{reason} of {counted(count, 'title')}"

    def _require_room(self, count: int) -> None:
        needed = BYTES_AT_REST + BYTES_PER_TITLE * count
        free = shutil.disk_usage(self._root).free
        if free < needed:
            raise DiskFull(
                f"building the index needs {needed / 1e6:,.0f} MB free in {self._root}, "
                f"{free / 1e6:,.0f} MB are; free some or set MATINEE_DATA_DIR to another disk"
            )


def _give_memory_back(titles: int) -> None:
    """To the system, where a build of so many titles took much; before a step that needs much of its own, and
    after it. glibc keeps what was freed: 50 MB after 48,278 titles, and as much again where their names would
    be held on to.
    """
    if titles < MUCH_FROM_TITLES:  # a tenth of a second of a first start
        return
    gc.collect()
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _write_manifest(folder: Path) -> None:
    sizes = {
        str(file.relative_to(folder)): file.stat().st_size
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in (MANIFEST, ROSTER, *VOLATILE_FILES)
    }
    scratch = folder / "manifest.tmp"
    scratch.write_text(json.dumps({"files": sizes}), "utf-8")
    scratch.replace(folder / MANIFEST)


def _intact(folder: Path) -> bool:
    """Whether the folder was finished and no file has become shorter since."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        return all((folder / name).stat().st_size >= size for name, size in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False

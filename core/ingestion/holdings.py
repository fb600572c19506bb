"""What was taken in, kept in the folder `catalogue` of the data folder:

    tmdb.jsonl.gz      titles of TMDB     } rows as in core/catalog/data; a worker starts from them and from
    imported.jsonl.gz  titles of dumps    } the bundled titles together, unless MATINEE_CATALOGUE names files
    journal.jsonl      what a run has fetched since tmdb.jsonl.gz was written, a line each
    state.json         what the run under way still wants; when changes were looked for
    ingest.lock        held by the one process that takes in titles

A run appends batches to the journal, each forced to the disk before the next is fetched. At its end, also an
early one, the journal is folded into tmdb.jsonl.gz, which is written aside and renamed. After a kill the next
run finds the journal and folds it first; a line cut short is dropped, so that a batch is lost at most.
The same titles make the same bytes (sorted, no time in the gzip header), so that nothing is indexed anew.
"""

import gzip
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from core.catalog.reader import lines_of, read_catalogue
from core.catalog.rows import row_of
from core.data_folder import writing_data
from core.domain import MediaType, Title
from core.errors import CatalogueBusy, CatalogueError
from core.ingestion.ports import Numbered

__all__ = ["Holdings", "State", "taken_in", "writing"]

FETCHED, IMPORTED, JOURNAL, STATE, LOCK = (
    "tmdb.jsonl.gz",
    "imported.jsonl.gz",
    "journal.jsonl",
    "state.json",
    "ingest.lock",
)


def taken_in(folder: Path) -> tuple[Path, ...]:
    """The catalogue files of a folder of holdings, as many as there are."""
    return tuple(path for name in (FETCHED, IMPORTED) if (path := folder / name).is_file())


@dataclass(slots=True)
class State:
    """What a run leaves for the next one."""

    request: str = ""
    """What the run under way was asked for; empty where none is."""
    wanted: list[str] = field(default_factory=list)
    """Ids that it still wants, in its order."""
    gone: list[str] = field(default_factory=list)
    """Ids of titles held here of which TMDB told it that they are gone; dropped at its end."""
    planned: str = ""
    """ISO date on which the last update looked for changes."""
    updated_to: str = ""
    """ISO date: changes before it are in."""
    put_off: list[str] = field(default_factory=list)
    """Ids that TMDB failed to send; every run asks for them once more."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Ids of other catalogues' titles that TMDB does not know, with the ISO date on which it was asked."""
    removed: list[str] = field(default_factory=list)
    """Ids that TMDB does not hold any more."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The state of a file; an empty one where it is absent or damaged, since it only saves work."""
        try:
            given = json.loads(path.read_text("utf-8"))
            state = cls(**{name: given[name] for name in cls.__slots__ if name in given})
        except (OSError, ValueError, TypeError):
            return cls()
        fits = all(type(getattr(state, name)) is type(getattr(cls(), name)) for name in cls.__slots__)
        return state if fits else cls()


class Holdings:
    """Open holdings; see the module. Enter to hold the lock.

    Args:
        folder: Made where it is absent.

    Raises, on entering:
        CatalogueBusy: another process holds them.
        CatalogueError: tmdb.jsonl.gz is damaged.
        ConfigurationError: the folder cannot be written.
        DiskFull: there is no room.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = State()
        self._lines: dict[str, str] = {}
        self._asked: dict[str, tuple[str, frozenset[str]]] = {}
        self._gone: set[str] = set()
        self._lock = FileLock(folder / LOCK)

    def __enter__(self) -> Self:
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                raise CatalogueBusy(
                    f"another process takes in titles to {self.folder}; try again when it is done"
                ) from None
        try:
            self._load()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __contains__(self, title_id: str) -> bool:
        return title_id in self._lines

    def __len__(self) -> int:
        return len(self._lines)

    def held(self, media_type: MediaType) -> list[Numbered]:
        """The titles of TMDB that are here."""
        start = f"tmdb:{media_type}:"
        return [
            Numbered(media_type, int(name.removeprefix(start)))
            for name in self._lines
            if name.startswith(start)
        ]

    def as_of(self, title_id: str) -> str:
        """ISO date on which a title was fetched; empty where it was not."""
        return self._asked[title_id][0] if title_id in self._asked else ""

    def regions(self, title_id: str) -> frozenset[str]:
        """Countries whose services were asked for with a title."""
        return self._asked[title_id][1] if title_id in self._asked else frozenset()

    @property
    def all_regions(self) -> frozenset[str]:
        """Countries whose services were asked for with any title."""
        return frozenset().union(*(regions for _, regions in self._asked.values()))

    def append(self, titles: Sequence[Title], gone: Iterable[str] = ()) -> None:
        """Put titles, in the place of those with the same id, and drop others. On the disk when this returns.

        Args:
            titles: With an id of TMDB each.
            gone: Ids.

        Raises:
            DiskFull: there is no room; what was there before is.
        """
        lines = [_line(row_of(title)) for title in titles]
        dropped = [name for name in gone if name in self._lines]
        lines += [_line({"gone": name}) for name in dropped]
        if not lines:
            return
        path = self.folder / JOURNAL
        with writing(self.folder):
            before = path.stat().st_size if path.exists() else 0
            try:
                with path.open("ab") as file:
                    file.write("".join(line + "\n" for line in lines).encode())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    os.truncate(path, before)
                raise
        for line in lines:
            self._take(line)

    def fold(self) -> None:
        """Write everything to tmdb.jsonl.gz and end the journal.

        Raises:
            DiskFull: there is no room; file and journal are as before.
        """
        if not (self.folder / JOURNAL).exists():
            return
        _write_gzip(self.folder / FETCHED, (self._lines[name] for name in sorted(self._lines)))
        self.state.removed = sorted({*self.state.removed, *self._gone} - self._lines.keys())
        self.write_state()
        self._gone.clear()
        with writing(self.folder):
            (self.folder / JOURNAL).unlink()

    def write_state(self) -> None:
        """Keep the state.

        Raises:
            DiskFull: there is no room; the old state is still there.
        """
        _replace(self.folder / STATE, json.dumps(asdict(self.state)).encode())

    def imported(self) -> tuple[Title, ...]:
        """The titles of dumps."""
        path = self.folder / IMPORTED
        return read_catalogue([path]).titles if path.exists() else ()

    def write_imported(self, titles: Sequence[Title]) -> None:
        """Make these the titles of dumps.

        Raises:
            DiskFull: there is no room; the old ones are still there.
        """
        _write_gzip(self.folder / IMPORTED, (_line(row_of(title)) for title in titles))

    def _load(self) -> None:
        self.state = State.read(self.folder / STATE)
        for number, line in lines_of(self.folder / FETCHED) if (self.folder / FETCHED).exists() else ():
            try:
                self._take(line.rstrip("\n"))
            except (ValueError, KeyError, TypeError):
                raise CatalogueError(
                    f"{self.folder / FETCHED} is damaged at line {number}; move it away and take in again"
                ) from None
        journal = self.folder / JOURNAL
        if not journal.exists():
            return
        fetched: set[str] = set()
        for line in journal.read_text("utf-8", errors="replace").split("\n"):
            with suppress(ValueError, KeyError, TypeError):  # cut short by a kill
                fetched.add(self._take(line))
        self.state.wanted = [name for name in self.state.wanted if name not in fetched]
        self.state.put_off = [name for name in self.state.put_off if name not in fetched]
        self.fold()

    def _take(self, line: str) -> str:
        """Take a line in; returns the id of its title."""
        row: dict[str, Any] = json.loads(line)
        if "gone" in row:
            name = str(row["gone"])
            self._lines.pop(name, None)
            self._asked.pop(name, None)
            self._gone.add(name)
            return name
        name = Numbered(MediaType(row["type"]), int(row["tmdb"])).id
        self._lines[name] = line
        self._asked[name] = (str(row.get("as_of", "")), frozenset(row.get("asked", ())))
        return name


def writing(folder: Path) -> AbstractContextManager[None]:
    """Turn what the system says of writing there into our errors."""
    return writing_data(folder, "what was taken in before is kept")


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _write_gzip(path: Path, lines: Iterable[str]) -> None:
    _replace(path, gzip.compress("".join(line + "\n" for line in lines).encode(), 6, mtime=0))


def _replace(path: Path, content: bytes) -> None:
    """Write beside the old file, then in its place; on the disk when this returns."""
    scratch = path.with_name(path.name + ".tmp")
    with writing(path.parent):
        try:
            with scratch.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(path)
        except OSError:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
            raise

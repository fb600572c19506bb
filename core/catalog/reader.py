"""Reading a catalogue file: rows → titles, duplicates merged, broken rows counted with their lines."""

import gzip
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.catalog.rows import title_from_row
from core.domain import MediaType, Title
from core.errors import CatalogueError, MalformedRow
from core.vocabulary.names import folded

__all__ = [
    "Catalogue",
    "ReadReport",
    "counted",
    "fingerprint",
    "lines_of",
    "merge_duplicates",
    "read_catalogue",
]

# Part of every fingerprint: raise it when rows are read in another way.
READER_VERSION = 4


@dataclass(slots=True)
class ReadReport:
    """What became of the rows of a file."""

    rows: int = 0
    merged: int = 0
    """Rows that described a title already read."""
    refused: list[tuple[str, int, str]] = field(default_factory=list)
    """File name, line number and reason of every row that could not be read."""

    def summary(self, titles: int) -> str:
        """One line for people."""
        parts = [f"{counted(titles, 'title')} from {counted(self.rows, 'row')}"]
        if self.merged:
            parts.append(f"{counted(self.merged, 'duplicate')} merged")
        if self.refused:
            parts.append(f"{counted(len(self.refused), 'broken row')} left out")
        return ", ".join(parts)


def counted(number: int, noun: str) -> str:
    """`1 title`, `7,119 titles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The titles of one or more files."""

    titles: tuple[Title, ...]
    report: ReadReport


def read_catalogue(paths: Sequence[Path]) -> Catalogue:
    """Read JSON Lines files (gzipped where the name ends in .gz).

    Raises:
        CatalogueError: a file is missing, is not text, or holds no title at all.
    """
    report = ReadReport()
    titles: list[Title] = []
    for path in paths:
        for number, line in lines_of(path):
            report.rows += 1
            try:
                titles.append(_title(line))
            except MalformedRow as error:
                report.refused.append((path.name, number, str(error)))
    if not titles:
        raise CatalogueError(f"no title in {', '.join(str(path) for path in paths)}")
    distinct = merge_duplicates(titles)
    report.merged = len(titles) - len(distinct)
    return Catalogue(tuple(distinct), report)


def fingerprint(paths: Sequence[Path]) -> str:
    """SHA-256 over the files' bytes and the reader's version, hexadecimal.

    Raises:
        CatalogueError: a file is missing.
    """
    digest = hashlib.sha256(f"reader {READER_VERSION}".encode())
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise CatalogueError(f"cannot read the catalogue {path}: {error.strerror}") from error
    return digest.hexdigest()


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not blank, with their numbers.

    Raises:
        CatalogueError: it cannot be read.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except (EOFError, zlib.error) as error:
        raise CatalogueError(f"{path} is a truncated or damaged gzip file") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CatalogueError(f"cannot read the catalogue {path}: {reason}") from error


def _title(line: str) -> Title:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or a number past all bounds
        raise MalformedRow(f"not JSON: {error}") from None
    return title_from_row(row)


def merge_duplicates(
    titles: Iterable[Title], told: Callable[[int, Title], None] = lambda place, title: None
) -> list[Title]:
    """Merge rows that mean one title: by a shared id; by type, name and year; series also by type,
    name and two shared actors, because dumps date them by the first season or by the last.

    Args:
        titles: In the order of their weight.
        told: Told of every merged row, by its place, and of the title that it went into.
    """
    distinct: list[Title] = []
    places: dict[object, int] = {}
    series: defaultdict[str, list[int]] = defaultdict(list)
    for number, title in enumerate(titles):
        keys: list[object] = [*title.ids, (title.media_type, folded(title.name), title.year)]
        place = next((places[key] for key in keys if key in places), None)
        if place is not None and _conflicting(distinct[place], title):
            place = None
        if place is None and title.media_type is MediaType.TV:
            same = series[folded(title.name)]
            place = next((at for at in same if _share_cast(distinct[at], title)), None)
        if place is None:
            place = len(distinct)
            distinct.append(title)
            if title.media_type is MediaType.TV:
                series[folded(title.name)].append(place)
        else:
            distinct[place] = _merged(distinct[place], title)
            told(number, distinct[place])
        for key in keys:
            places.setdefault(key, place)
    return _with_distinct_ids(distinct)


def _conflicting(first: Title, second: Title) -> bool:
    """Two ids of one catalogue that differ are two titles, whatever their names."""

    def by_source(title: Title) -> dict[str, str]:
        return {identifier.split(":")[0]: identifier for identifier in title.ids}

    one, two = by_source(first), by_source(second)
    return any(one[source] != two[source] for source in ("tmdb", "imdb") if source in one and source in two)


def _share_cast(first: Title, second: Title) -> bool:
    shared = {folded(name) for name in first.stars} & {folded(name) for name in second.stars}
    return len(shared) >= 2 and not _conflicting(first, second)


def _merged(first: Title, second: Title) -> Title:
    """One title from two: the facts of the one that TMDB was asked for last, else of the first, completed
    by the other's.

    A text that has moods is ours and stays. A title that was known keeps its id, since people's lists hold
    it. What TMDB says of services is all there is in the countries that it was asked for: it overrules other
    lists of theirs.
    """
    facts, rest = (second, first) if (second.as_of or "") > (first.as_of or "") else (first, second)
    text = rest if rest.moods and not facts.moods else facts
    ids = _joined_ids(first, second, dated=facts.as_of is not None)
    years = [title.year for title in (first, second) if title.year]
    elsewhere = [item for item in rest.availability if item.region not in facts.asked]
    services = {(item.service, item.region): item for item in (*elsewhere, *facts.availability)}
    completed = {
        name: getattr(facts, name) or getattr(rest, name)
        for name in Title.__dataclass_fields__
        if name not in ("id", "other_ids", "year", "availability", "overview")
    }
    return replace(
        first,
        **completed,
        id=ids[0],
        other_ids=tuple(ids[1:]),
        year=facts.year if facts.as_of and facts.year else min(years, default=None),
        availability=tuple(services.values()),
        overview=text.overview or first.overview or second.overview,
    )


def _joined_ids(first: Title, second: Title, *, dated: bool) -> list[str]:
    ids = list(dict.fromkeys((*first.ids, *second.ids)))
    if dated:
        return [ids[0], *(name for name in ids[1:] if not name.startswith("matinee:"))]
    real = [identifier for identifier in ids if not identifier.startswith("matinee:")] or ids[:1]
    if first.id.startswith("imdb:") and second.id.startswith("tmdb:"):
        real.sort(reverse=True)  # TMDB's first, unless it was only inferred
    return real


def _with_distinct_ids(titles: list[Title]) -> list[Title]:
    """Titles that share a made-up id (same name and year, different people) get a number."""
    seen: dict[str, int] = {}
    for place, title in enumerate(titles):
        count = seen[title.id] = seen.get(title.id, 0) + 1
        if count > 1:
            titles[place] = replace(title, id=f"{title.id}-{count}")
    return titles

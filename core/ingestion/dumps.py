"""Taking in a dump: its records become titles, duplicates are merged, and each line is accounted for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from core.catalog.reader import counted, merge_duplicates
from core.catalog.rows import title_from_row
from core.domain import Title
from core.errors import CatalogueError, MalformedRow
from core.ingestion.guessing import guessed, read_columns
from core.ingestion.records import Broken, Record, records_of

__all__ = ["DumpReport", "join_dump", "read_dump"]


# Records whose columns are those of the dump: in JSON, a record may lack some.
_LOOKED_AT = 100


@dataclass(slots=True)
class DumpReport:
    """What became of the records of a dump."""

    records: int = 0
    taken: int = 0
    """Titles that came of them."""
    merged: list[tuple[int, str]] = field(default_factory=list)
    """Line, and the title that it describes once more."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Line and reason."""
    joined: list[tuple[int, str]] = field(default_factory=list)
    """Line, and the title of an earlier import that it describes once more."""
    notes: list[str] = field(default_factory=list)
    """What is not read of any record."""
    first_lines: list[int] = field(default_factory=list)
    """Line of each title, the first where several were merged, in the order of the titles."""

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{counted(self.taken, 'title')} from {counted(self.records, 'record')}"]
        parts += [f"{len(self.merged):,} merged"] if self.merged else []
        parts += [f"{len(self.refused):,} refused"] if self.refused else []
        return ", ".join(parts)

    def lines(self) -> list[str]:
        """What is not read; then every merged and refused line, in their order."""
        told = [(line, f"merged into {name}") for line, name in self.merged]
        told += [(line, f"merged into {name} of an earlier import") for line, name in self.joined]
        told += [(line, f"refused: {reason}") for line, reason in self.refused]
        return [*self.notes, *(f"line {line}: {text}" for line, text in sorted(told))]


def read_dump(path: Path, columns_file: Path | None = None) -> tuple[list[Title], DumpReport]:
    """The titles of a dump.

    Raises:
        CatalogueError: it cannot be read, its columns are not understood, or it holds no title at all.
    """
    report = DumpReport()
    titles: list[Title] = []
    lines: list[int] = []
    records = records_of(path)
    whole = iter(_refusing(records, report))
    first = list(islice(whole, _LOOKED_AT))
    if not first:
        raise CatalogueError(_no_title(path, report))
    looked_at = [record.values for record in first]
    names = tuple(dict.fromkeys(name for values in looked_at for name in values))
    if columns_file is None:
        columns = guessed(names, path.name, looked_at)
    else:
        columns = read_columns(columns_file, names, path.name, looked_at)
    report.notes += columns.notes
    for record in chain(first, whole):
        try:
            titles.append(title_from_row(columns.row(record.values)))
            lines.append(record.line)
        except MalformedRow as error:
            report.refused.append((record.line, str(error)))
        report.records += 1
    if not titles:
        raise CatalogueError(_no_title(path, report))
    again: set[int] = set()

    def told(place: int, title: Title) -> None:
        again.add(place)
        report.merged.append((lines[place], title.label))

    distinct = merge_duplicates(titles, told)
    report.first_lines = [line for place, line in enumerate(lines) if place not in again]
    report.taken = len(distinct)
    return distinct, report


def join_dump(earlier: Sequence[Title], titles: Sequence[Title], report: DumpReport) -> list[Title]:
    """Earlier titles and those of a dump, merged; what both tell is as the earlier ones have it.

    Args:
        earlier: Of former imports.
        titles: As `read_dump` gave them.
        report: Of the dump; it is told of what was merged.
    """

    def told(place: int, title: Title) -> None:
        if place >= len(earlier):
            report.joined.append((report.first_lines[place - len(earlier)], title.label))

    return merge_duplicates((*earlier, *titles), told)


def _refusing(records: Iterable[Record | Broken], report: DumpReport) -> Iterable[Record]:
    for record in records:
        if isinstance(record, Broken):
            report.records += 1
            report.refused.append((record.line, record.reason))
        else:
            yield record


def _no_title(path: Path, report: DumpReport) -> str:
    reasons = "; ".join(f"line {line}: {reason}" for line, reason in report.refused[:3])
    return f"no title in {path} ({reasons or 'it has no entries'})"

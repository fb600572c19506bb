"""Taking in a dump: its records become titles, duplicates are merged, and each line is accounted for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from core.catalog.reader import counted, merge_duplicates
from core.catalog.rows import title_from_row
from core.domain import MediaType, Title
from core.errors import CatalogueError, MalformedRow
from core.ingestion.columns import Columns, guessed, read_columns
from core.ingestion.records import Broken, Record, records_of

__all__ = ["DumpReport", "read_dump"]


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

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{counted(self.taken, 'title')} from {counted(self.records, 'record')}"]
        parts += [f"{len(self.merged):,} merged"] if self.merged else []
        parts += [f"{len(self.refused):,} refused"] if self.refused else []
        return ", ".join(parts)

    def lines(self) -> list[str]:
        """Every merged and refused line, in their order."""
        told = [(line, f"merged into {name}") for line, name in self.merged]
        told += [(line, f"refused: {reason}") for line, reason in self.refused]
        return [f"line {line}: {text}" for line, text in sorted(told)]


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
    to_title = _reading(path, first, columns_file)
    for record in chain(first, whole):
        try:
            titles.append(to_title(record))
            lines.append(record.line)
        except MalformedRow as error:
            report.refused.append((record.line, str(error)))
        report.records += 1
    if not titles:
        raise CatalogueError(_no_title(path, report))
    distinct = merge_duplicates(
        titles, lambda place, title: report.merged.append((lines[place], title.label))
    )
    report.taken = len(distinct)
    return distinct, report


def _refusing(records: Iterable[Record | Broken], report: DumpReport) -> Iterable[Record]:
    for record in records:
        if isinstance(record, Broken):
            report.records += 1
            report.refused.append((record.line, record.reason))
        else:
            yield record


def _no_title(path: Path, report: DumpReport) -> str:
    reasons = "; ".join(f"line {line}: {reason}" for line, reason in report.refused[:3])
    return f"no title in {path}" + (f" ({reasons})" if reasons else "")


def _reading(path: Path, first: Sequence[Record], columns_file: Path | None) -> Callable[[Record], Title]:
    """How records become titles: as rows of ours, else by columns."""
    if columns_file is None and all(map(_is_ours, first)):
        return lambda record: title_from_row(record.values)
    names = tuple(dict.fromkeys(name for record in first for name in record.values))
    columns: Columns = (
        read_columns(columns_file, names, path.name) if columns_file else guessed(names, path.name)
    )
    return lambda record: title_from_row(columns.row(record.values))


def _is_ours(record: Record) -> bool:
    values = record.values
    return values.get("type") in list(MediaType) and isinstance(values.get("genres", []), list)

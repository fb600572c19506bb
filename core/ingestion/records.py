"""Records of a dump with their line numbers: CSV, TSV, JSON, JSON Lines; gzipped or not; text of any kind.

What a record means is told by `columns`. A broken record is a `Broken` in its place and never takes those
after it along: where a quotation mark is not closed, or not where a field ends, reading goes on behind the
line in which it was opened.
"""

import csv
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from core.errors import CatalogueError

__all__ = ["Broken", "Record", "records_of"]

_GZIP = b"\x1f\x8b"
_WIDE_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DELIMITERS = (",", "\t", ";", "|")
# The longest text of a title that anyone wrote in a dump has about a dozen lines.
_MOST_LINES = 40
# What the parser says where a text ends within quotation marks.
_OPEN = "end of data"
# Casts of TMDB's dumps stand in one field.
_LONGEST_FIELD = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a dump."""

    line: int
    """Where it begins; the first line is 1."""
    values: Mapping[str, Any]
    """Column → value; texts where the dump is a table."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry that cannot be read."""

    line: int
    reason: str


def records_of(path: Path) -> Iterator[Record | Broken]:
    """The entries of a file, whatever its form.

    Raises:
        CatalogueError: it is missing, empty, cut short, or no text.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(2)
            raw.seek(0)
            file = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if start == _GZIP else raw
            yield from _records(path, _texts(file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CatalogueError(f"{path} is a truncated or damaged gzip file") from error
    except OSError as error:
        raise CatalogueError(f"cannot read {path}: {error.strerror or error}") from error


def _records(path: Path, lines: Iterator[tuple[int, str]]) -> Iterator[Record | Broken]:
    head = next(((number, line) for number, line in lines if line.strip()), None)
    if head is None:
        raise CatalogueError(f"{path} is empty")
    number, line = head
    if "\0" in line:
        raise CatalogueError(f"{path} is no text")
    if line.lstrip().startswith("<"):
        raise CatalogueError(f"{path} is a web page or XML, no dump")
    rest = chain([head], lines)
    if line.lstrip().startswith("["):
        yield from _array("".join(text for _, text in rest), number)
    elif line.lstrip().startswith("{"):
        yield from _objects(rest)
    else:
        yield from _table(line, lines)


def _texts(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Numbered lines. Each is decoded alone: dumps that were put together hold several encodings."""
    start = file.read(2)
    if start in _WIDE_MARKS:
        text = (start + file.read()).decode(_WIDE_MARKS[start], "replace")
        yield from enumerate(io.StringIO(text), start=1)
        return
    lines = chain([start + file.readline()], file) if not start.endswith(b"\n") else chain([start], file)
    for number, line in enumerate(lines, start=1):
        raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError:
            yield number, raw.decode("cp1252", "replace")


def _objects(lines: Iterable[tuple[int, str]]) -> Iterator[Record | Broken]:
    """JSON Lines; or one object over several lines that holds a list of entries."""
    numbered = iter(lines)
    first_number, first = next(numbered)
    try:
        whole = json.loads(first)
    except (ValueError, RecursionError):
        text = first + "".join(line for _, line in numbered)
        yield from _held(text, first_number)
        return
    yield _record(first_number, whole)
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            yield _record(number, json.loads(line))
        except (ValueError, RecursionError) as error:
            yield Broken(number, f"not JSON: {error}")


def _held(text: str, line: int) -> Iterator[Record | Broken]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield Broken(line, f"not JSON: {error}")
        return
    lists = [value for value in whole.values() if isinstance(value, list)] or [[whole]]
    for value in max(lists, key=len):
        yield _record(line, value)


def _array(text: str, first_line: int) -> Iterator[Record | Broken]:
    """The entries of one JSON array; after a broken one, where the next begins cannot be known."""
    decoder = json.JSONDecoder()
    place, line = text.index("[") + 1, first_line
    while True:
        begin = place
        while begin < len(text) and text[begin] in " \t\r\n,":
            begin += 1
        line += text.count("\n", place, begin)
        if begin >= len(text):
            yield Broken(line, "the array has no end: the file is cut short")
            return
        if text[begin] == "]":
            return
        try:
            value, place = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError) as error:
            yield Broken(line, f"not JSON, nor is what follows it: {error}")
            return
        yield _record(line, value)
        line += text.count("\n", begin, place)


def _record(line: int, value: object) -> Record | Broken:
    if not isinstance(value, dict):
        return Broken(line, f"an entry must be an object, not {type(value).__name__}")
    return Record(line, value)


def _table(header_line: str, lines: Iterator[tuple[int, str]]) -> Iterator[Record | Broken]:
    csv.field_size_limit(_LONGEST_FIELD)
    delimiter = max(_DELIMITERS, key=header_line.count)
    header = [name.strip() for name in _fields(header_line, delimiter) or []]
    waiting: deque[tuple[int, str]] = deque()
    while True:
        if not waiting:
            following = next(lines, None)
            if following is None:
                return
            waiting.append(following)
        number, text = waiting.popleft()
        if not text.strip():
            continue
        fields, used = _record_fields(text, waiting, lines, delimiter)
        if fields is None and delimiter == "\t" and text.count(delimiter) == len(header) - 1:
            fields = text.rstrip("\r\n").split(delimiter)  # IMDb's tables quote nothing
        if fields is None:
            yield Broken(number, "a quotation mark is not closed where a field ends")
            continue
        if len(fields) > len(header) and not any(field.strip() for field in fields[len(header) :]):
            fields = fields[: len(header)]
        if len(fields) != len(header):
            yield Broken(number, f"{len(fields)} fields where the header has {len(header)}")
            continue  # only the first line is given up: the next may be whole
        for _ in range(used):
            waiting.popleft()
        yield Record(number, dict(zip(header, fields, strict=True)))


def _record_fields(
    text: str, waiting: deque[tuple[int, str]], lines: Iterator[tuple[int, str]], delimiter: str
) -> tuple[list[str] | None, int]:
    """The fields of a record that begins with a line, and how many of the waiting lines it takes."""
    used = 0
    alone = _fields(text, delimiter)
    if alone is not None:
        return alone, 0
    while used < _MOST_LINES:
        if used == len(waiting):
            following = next(lines, None)
            if following is None:
                return None, 0
            waiting.append(following)
        text += waiting[used][1]
        used += 1
        try:
            return _strictly(text, delimiter), used
        except csv.Error as error:
            if _OPEN not in str(error):
                return None, 0
    return None, 0


def _fields(line: str, delimiter: str) -> list[str] | None:
    """The fields of a line; None where a quotation mark is still open at its end."""
    try:
        return _strictly(line, delimiter)
    except csv.Error as error:
        if _OPEN in str(error):
            return None
    try:  # text behind a closing quotation mark, and the like: as well as it can be read
        return next(csv.reader([line.replace("\0", "")], delimiter=delimiter), [])
    except csv.Error:
        return []


def _strictly(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text.rstrip("\r\n").replace("\0", "")], delimiter=delimiter, strict=True), [])

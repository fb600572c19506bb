"""Records of a dump with their line numbers: CSV, TSV, JSON, JSON Lines; gzipped or not; text of any kind.

What a record means is told by `guessing`. A broken record is a `Broken` in its place and never takes those
after it along: where a quotation mark is not closed, or not where a field ends, reading goes on behind the
line in which it was opened.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from core.errors import CatalogueError
from core.ingestion.columns import FIELDS
from core.vocabulary.names import folded

__all__ = ["Broken", "Record", "records_of"]

_GZIP = b"\x1f\x8b"
_WIDE_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_QUOTED = re.compile(r'"[^"]*(?:"|$)')
_MORE = re.compile(r"[^\s,]")
_NEXT_OBJECT = re.compile(r"^\{", re.MULTILINE)
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
        yield from _table(head, lines)


def _texts(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Numbered lines. Each is decoded alone: dumps that were put together hold several encodings."""
    start = file.read(2)
    file.seek(0)
    if start in _WIDE_MARKS:
        file = io.BytesIO(file.read().decode(_WIDE_MARKS[start], "replace").encode("utf-8", "replace"))
    for number, raw in enumerate(_lines(file), start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError:
            yield number, line.decode("cp1252", "replace")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines that end as they do everywhere, or as old Macintoshes and Excel's tables for them end them."""
    first = file.readline()
    if b"\r" in first.rstrip(b"\r\n"):
        yield from (line + b"\n" for line in (first + file.read()).split(b"\r"))
        return
    yield first
    yield from file


def _objects(lines: Iterable[tuple[int, str]]) -> Iterator[Record | Broken]:
    """JSON Lines; or objects over several lines, of which a single one may hold a list of entries."""
    numbered = iter(lines)
    first_number, first = next(numbered)
    try:
        whole = json.loads(first)
    except (ValueError, RecursionError):
        yield from _one_after_the_other(first + "".join(line for _, line in numbered), first_number)
        return
    rest = ((number, line) for number, line in numbered if line.strip())
    second = next(rest, None)
    if second is None:
        yield from _held(first_number, whole)
        return
    yield _record(first_number, whole)
    for number, line in chain([second], rest):
        try:
            yield _record(number, json.loads(line))
        except (ValueError, RecursionError) as error:
            yield Broken(number, f"not JSON: {error}")


def _one_after_the_other(text: str, first_line: int) -> Iterator[Record | Broken]:
    """Behind a broken object, reading goes on with the next line that begins with one."""
    decoder = json.JSONDecoder()
    found: list[Record | Broken] = []
    place, line = 0, first_line
    while match := _MORE.search(text, place):
        begin = match.start()
        line += text.count("\n", place, begin)
        try:
            value, place = decoder.raw_decode(text, begin)
            found.append(_record(line, value))
        except (ValueError, RecursionError) as error:
            found.append(Broken(line, f"not JSON: {error}"))
            following = _NEXT_OBJECT.search(text, begin + 1)
            place = following.start() if following else len(text)
        line += text.count("\n", begin, place)
    match found:
        case [Record(line=number, values=values)]:
            yield from _held(number, values)
        case _:
            yield from found


def _held(line: int, entry: Mapping[str, Any]) -> Iterator[Record | Broken]:
    """The entries of a lone object: itself if it has a title, else those of its longest list of objects."""
    lists = [
        value
        for value in entry.values()
        if isinstance(value, list) and any(isinstance(item, dict) for item in value)
    ]
    titled = any(folded(name).replace(" ", "_") in FIELDS["title"] for name in entry)
    for value in [entry] if titled or not lists else max(lists, key=len):
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


def _table(head: tuple[int, str], lines: Iterator[tuple[int, str]]) -> Iterator[Record | Broken]:
    csv.field_size_limit(_LONGEST_FIELD)
    number, text = head
    delimiter = max(_DELIMITERS, key=_QUOTED.sub("", text).count)
    waiting: deque[tuple[int, str]] = deque()
    names, used = _record_fields(text, waiting, lines, delimiter)
    if names is None:
        yield Broken(number, "the header is not whole: a quotation mark in it is not closed")
        return
    header = [name.strip() for name in names]
    while True:
        for _ in range(used):
            waiting.popleft()
        used = 0
        if not waiting:
            following = next(lines, None)
            if following is None:
                return
            waiting.append(following)
        number, text = waiting.popleft()
        if not text.strip():
            continue
        fields, wanted = _record_fields(text, waiting, lines, delimiter)
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
        used = wanted
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

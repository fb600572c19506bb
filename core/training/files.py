"""Writing files whole or not at all, and saying why where it fails."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from core.errors import CatalogueError, DiskFull, InvalidRequest, is_full

__all__ = ["json_line", "read_lines", "replacing", "writing", "written"]

_Read = TypeVar("_Read")


def read_lines(path: Path, what: str, one: str, read: Callable[[str], _Read | None]) -> list[_Read]:
    """What each line of a file says.

    Args:
        path: Of the file.
        what: What the file is, for errors: `the queries`.
        one: What a line is: `query`.
        read: Reads a line; None where it holds nothing. What is wrong with it is what it raises.

    Raises:
        CatalogueError: the file cannot be read, a line is malformed (it is named), or nothing is in it.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot read {what} {path}: {error}") from error
    found: list[_Read] = []
    for number, line in enumerate(lines, start=1):
        try:
            item = read(line)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError, InvalidRequest) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise CatalogueError(f"{path.name}, line {number}: {reason}") from error
        if item is not None:
            found.append(item)
    if not found:
        raise CatalogueError(f"no {one} in {path}")
    return found


def json_line(row: Mapping[str, Any]) -> str:
    """One line of JSON, its end included."""
    return json.dumps(row, ensure_ascii=False) + "\n"


@contextmanager
def writing(path: Path, kept: str) -> Iterator[None]:
    """Turn what goes wrong while a file is written into one of our errors.

    Args:
        path: What is written.
        kept: What the reader is told of what was there before.

    Raises:
        DiskFull: there is no room.
        CatalogueError: it cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFull(f"no room left to write {path}; {kept}") from error
        raise CatalogueError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write, put in place of what was there, in one step, once the block ends well.

    Raises:
        DiskFull: there is no room; what was there is untouched.
        CatalogueError: it cannot be written.
    """
    scratch = path.with_name(path.name + ".tmp")
    with writing(path, "what was there is untouched"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with scratch.open("w", encoding="utf-8") as file:
                yield file
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)


def written(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON Lines in place of what was there, in one step.

    Raises:
        DiskFull: there is no room; what was there is untouched.
        CatalogueError: it cannot be written.
    """
    with replacing(path) as file:
        file.writelines(json_line(row) for row in rows)

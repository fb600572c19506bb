"""Writing files whole or not at all, and saying why where it fails."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from core.errors import CatalogueError, DiskFull, is_full

__all__ = ["json_line", "replacing", "writing", "written"]


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

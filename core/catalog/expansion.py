"""Document expansion: requests that a title is an answer to, written once for each by a language model.

They are searched as part of the title's text, so that a title is found by what people say of it who do
not know it (Nogueira et al. 2019, arXiv:1904.08375). `data/requests.jsonl` holds one object a title:
{"id", "requests": [up to three]}. Titles of any catalogue are found in it by any of their ids.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from core.catalog.bundle import DATA

__all__ = ["REQUESTS", "release_requests", "requests_digest", "requests_for"]

REQUESTS = DATA / "requests.jsonl"


def requests_for(ids: Iterable[str]) -> tuple[str, ...]:
    """The requests of a title with these ids; nothing where none were written."""
    lines = _lines()
    line = next((lines[name] for name in ids if name in lines), None)
    return () if line is None else tuple(json.loads(line)["requests"])


def release_requests() -> None:
    """Let go of what was read (33 MB); it is read again when it is asked for."""
    _lines.cache_clear()


@cache
def requests_digest() -> str:
    """Hexadecimal, of the file: texts of titles change with it."""
    return hashlib.sha256(REQUESTS.read_bytes()).hexdigest()[:12]


@cache
def _lines(path: Path = REQUESTS) -> Mapping[str, bytes]:
    """Lines by id, which comes first in each; parsed when they are wanted, since few catalogues need all."""
    with path.open("rb") as file:
        return {line.split(b'"', 4)[3].decode(): line for line in file}

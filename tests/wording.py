"""Words of a text, and runs of them, to tell whether one text borrows from another."""

import re
from collections.abc import Iterator

__all__ = ["runs", "words"]


def words(text: str) -> list[str]:
    """In lower case, without punctuation; an apostrophe is part of a word."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())


def runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    """All runs of so many words."""
    found = words(text)
    return (tuple(found[place : place + length]) for place in range(len(found) - length + 1))

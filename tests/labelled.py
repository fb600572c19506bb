"""Labelled messages: how many of their filters are read right."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.understanding.directory import Directory
from core.understanding.words import read

__all__ = ["FILTERS", "THIS_YEAR", "FilterReport", "measure_filters", "settled"]

FILTERS = Path(__file__).parent / "data" / "filters.jsonl"
# The year in which the messages were labelled.
THIS_YEAR = 2026
# Intents whose filters nobody looks at.
_FILTERLESS = ("question", "smalltalk", "help")

Mistake = tuple[str, dict[str, Any], dict[str, Any]]
"""Message, as read, as labelled."""


@dataclass(frozen=True, slots=True)
class FilterReport:
    """How filters said in words are read."""

    examples: int
    wrong: tuple[Mistake, ...]
    """Messages of which any key is not as labelled."""
    unasked: tuple[Mistake, ...]
    """Messages with a filter, or a value in one, that was not asked for."""

    @property
    def exact(self) -> float:
        """Share of the messages whose every key is right."""
        return 1 - len(self.wrong) / self.examples

    @property
    def clean(self) -> float:
        """Share of the messages in which nothing unasked was read."""
        return 1 - len(self.unasked) / self.examples


def measure_filters(directory: Directory, path: Path = FILTERS) -> FilterReport:
    """Read every message of a file (JSON Lines: text, intent, filters) and compare."""
    wrong: list[Mistake] = []
    unasked: list[Mistake] = []
    with path.open(encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["intent"] not in _FILTERLESS]
    for row in rows:
        found = settled(read(row["text"], directory, THIS_YEAR).filters.as_dict())
        wanted = settled(row["filters"])
        if found != wanted:
            wrong.append((row["text"], found, wanted))
        if any(_more_than(value, wanted.get(key)) for key, value in found.items()):
            unasked.append((row["text"], found, wanted))
    return FilterReport(len(rows), tuple(wrong), tuple(unasked))


def settled(filters: dict[str, Any]) -> dict[str, Any]:
    """The same filters with their lists in one order."""
    return {key: sorted(value) if isinstance(value, list) else value for key, value in filters.items()}


def _more_than(found: Any, wanted: Any) -> bool:
    if isinstance(found, list):
        return not set(found) <= set(wanted or ())
    return bool(found != wanted)

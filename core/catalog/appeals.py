"""What speaks for the described titles: phrases and sentences of ours, written once for each.

`data/appeals.jsonl` holds one object a title: {"id", "tone", "theme", "who", "lines": [two sentences]}.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.catalog.bundle import DATA

__all__ = ["APPEALS", "Appeal", "read_appeals"]

APPEALS = DATA / "appeals.jsonl"


@dataclass(frozen=True, slots=True)
class Appeal:
    """Why one would watch a title. Nothing in it goes past the first act."""

    tone: str
    """Noun phrase: how it feels and plays (`deadpan menace under flat white skies`)."""
    theme: str
    """Noun phrase: what it is about underneath."""
    who: str
    """Noun phrase: its people, and the spot they are in."""
    lines: tuple[str, str]
    """Two sentences that stand alone: on how it feels, and on what it is about."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All of it."""
        return (self.tone, self.theme, self.who, *self.lines)


def read_appeals(path: Path = APPEALS) -> Mapping[str, Appeal]:
    """The appeals by canonical id of their title."""
    with path.open(encoding="utf-8") as rows:
        return {
            row["id"]: Appeal(row["tone"], row["theme"], row["who"], (row["lines"][0], row["lines"][1]))
            for row in map(json.loads, rows)
        }

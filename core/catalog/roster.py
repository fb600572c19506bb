"""What titles are called and who made them: all of a catalogue that understanding needs to know.

Kept beside an index as one JSON array a line, because reading thousands of payloads takes seconds.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from core.domain import MediaType, Title
from core.ports import RosterEntry
from core.ranking import fame

__all__ = ["entry_of", "read_roster", "write_roster"]

# Further down the bill, a name is hardly what someone asks for.
_MAX_STARS = 8


def entry_of(title: Title) -> RosterEntry:
    """The entry of a title."""
    return RosterEntry(
        name=title.name,
        media_type=title.media_type,
        year=title.year,
        fame=round(fame(title), 3),
        stars=title.stars[:_MAX_STARS],
        makers=tuple(dict.fromkeys((*title.directors, *title.creators))),
    )


def write_roster(path: Path, entries: Sequence[RosterEntry]) -> None:
    """Write a roster beside the old one, then in its place: how many entries, then one a line.

    Raises:
        OSError: there is no room, or the folder cannot be written.
    """
    scratch = path.with_suffix(".tmp")
    with scratch.open("w", encoding="utf-8") as file:
        file.write(f"{len(entries)}\n")
        for entry in entries:
            row = (entry.name, entry.media_type, entry.year, entry.fame, entry.stars, entry.makers)
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    scratch.replace(path)


def read_roster(path: Path) -> list[RosterEntry] | None:
    """The entries of a file; None where it is absent, cut short or otherwise damaged."""
    try:
        with path.open(encoding="utf-8") as file:
            count = int(file.readline())
            entries = [_entry(json.loads(line)) for line in file]
    except (OSError, ValueError, TypeError):
        return None
    return entries if len(entries) == count else None


def _entry(row: Sequence[object]) -> RosterEntry:
    name, media_type, year, known, stars, makers = row
    if not isinstance(name, str) or not isinstance(stars, list) or not isinstance(makers, list):
        raise TypeError(row)
    return RosterEntry(
        name,
        MediaType(str(media_type)),
        year if isinstance(year, int) else None,
        known if isinstance(known, float) else 0.0,
        tuple(stars),
        tuple(makers),
    )

"""What an option may hold, while it is typed: titles, and lists of genres, services and languages."""

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.domain import MediaType
from core.ports import RosterEntry
from core.vocabulary.names import Names, folded

__all__ = ["CHOICES", "Completion", "TitleCompletions", "completed_list", "listed", "people_completions"]

CHOICES = 25
"""The most choices that Discord shows: https://discord.com/developers/docs/interactions/application-commands"""
# Past every letter, so that a word and it bound all words that begin with the former.
_LAST = "\U0010ffff"
# How alike a misspelt name must be; below it, what is offered looks like chance.
_LIKENESS = 0.7


@dataclass(frozen=True, slots=True)
class Completion:
    """One choice."""

    label: str
    """As it is shown."""
    value: str
    """As it is sent."""


class TitleCompletions:
    """Names of titles by the beginning of any of their words, the best known first.

    Args:
        entries: Titles of the catalogue; of one name and year, the best known counts.
    """

    def __init__(self, entries: Iterable[RosterEntry]) -> None:
        self._entries = sorted(entries, key=lambda entry: -entry.fame)
        starts = [
            (name[start:], rank)
            for rank, entry in enumerate(self._entries)
            for name in (folded(entry.name),)
            for start in _word_starts(name)
        ]
        starts.sort()
        self._starts = [start for start, _ in starts]
        self._ranks = [rank for _, rank in starts]
        self._whole = [folded(entry.name) for entry in self._entries]

    def complete(self, typed: str, limit: int = CHOICES) -> list[Completion]:
        """Titles for what is typed so far. The most famous ones for nothing; near spellings where no name
        begins so.
        """
        wanted = folded(typed)
        if not wanted:
            return self._choices(range(len(self._entries)), limit)
        first = bisect_left(self._starts, wanted)
        last = bisect_left(self._starts, wanted + _LAST)
        found: Sequence[int] = heapq.nsmallest(limit * 2, set(self._ranks[first:last]))
        if not found:
            near = process.extract(
                wanted,
                self._whole,
                scorer=OSA.normalized_similarity,
                limit=limit,
                score_cutoff=_LIKENESS,
            )
            found = [rank for _, _, rank in near]
        return self._choices(found, limit)

    def _choices(self, ranks: Iterable[int], limit: int) -> list[Completion]:
        choices: dict[str, Completion] = {}
        for rank in ranks:
            entry = self._entries[rank]
            label = f"{entry.name} ({entry.year})" if entry.year else entry.name
            choices.setdefault(label, Completion(label, entry.name))
            if len(choices) == limit:
                break
        return list(choices.values())


def completed_list(typed: str, names: Names, limit: int = CHOICES) -> list[Completion]:
    """Choices for a list of names separated by commas, of which the last is being typed: `Comedy, Dra` offers
    `Comedy, Drama`. What stands before it is kept, in its canonical form where it has one.
    """
    before, _, part = typed.rpartition(",")
    kept = [names.find(item) or item for item in listed(before)]
    wanted = folded(part)
    offered: dict[str, None] = {}
    for spelling, name in names.by_spelling.items():
        if name not in kept and any(spelling[at:].startswith(wanted) for at in _word_starts(spelling)):
            offered.setdefault(name)
    ordered = sorted(offered, key=lambda name: not folded(names.shown(name)).startswith(wanted))
    return [
        Completion(
            ", ".join(names.shown(item) if item in names.canonical else item for item in (*kept, name)),
            ", ".join((*kept, name)),
        )
        for name in ordered[:limit]
    ]


def listed(text: str | None) -> tuple[str, ...]:
    """`Comedy, Drama` → both."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _word_starts(name: str) -> list[int]:
    return [0, *(at + 1 for at, char in enumerate(name) if char == " ")]


def people_completions(entries: Iterable[RosterEntry]) -> TitleCompletions:
    """Names of people, the best known first. They are completed as names of titles are.

    Args:
        entries: Titles of the catalogue, with their people.
    """
    fame: defaultdict[str, float] = defaultdict(float)
    for entry in entries:
        for person in {*entry.stars, *entry.makers}:
            fame[person] += entry.fame
    return TitleCompletions(RosterEntry(name, MediaType.MOVIE, fame=known) for name, known in fame.items())

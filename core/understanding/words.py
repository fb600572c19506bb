"""Filters said in words: a text becomes `SearchFilters`, and what is left of it to search by.

`read("dark comedies from the 90s on Netflix")` gives comedy, 1990 to 1999 and Netflix, and leaves
"dark comedies" to search by: genre words stay in the sense, because they colour the mood of a request.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.domain import SearchFilters
from core.understanding.directory import Directory
from core.understanding.said.audience import read_audience
from core.understanding.said.fame import read_fame
from core.understanding.said.genres import GENRE_PHRASES, MEDIA_WORDS, read_genres, read_media_type
from core.understanding.said.lengths import read_lengths
from core.understanding.said.people import read_people
from core.understanding.said.places import read_places
from core.understanding.said.ratings import read_rating
from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.said.scope import plot_places
from core.understanding.said.services import SERVICE_WORDS, read_services
from core.understanding.said.titles import read_titles
from core.understanding.said.years import read_years, read_years_beside_titles
from core.understanding.tokens import Draft, Mark, common
from core.vocabulary.nationalities import NATIONALITIES
from core.vocabulary.places import is_country
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["Said", "read"]

# How alike a misspelt word and the one meant must be, and how long.
SPELLING_LIKENESS = 0.82
SHORTEST_MISSPELT = 5


# "Less gory", "too weird".
_MEASURED = frozenset({"less", "too"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a text was found to say."""

    filters: SearchFilters
    rest: str
    """The text without the phrases that became filters; words for wanted genres stay."""
    terms: str
    """The same without the words for wanted genres and without what is not wanted; empty where only function
    words are left."""
    mentioned: tuple[str, ...] = ()
    """Names of titles that are spoken of, but neither to start from nor to leave out."""
    corrected: Mapping[str, str] = field(default_factory=dict)
    """Names of people as written → as taken."""
    told: tuple[str, ...] = ()
    """The words, folded, that tell what is wanted: no function words, no filters, nothing refused."""
    refused: frozenset[str] = frozenset()
    """Words, folded, that say what is not wanted."""
    shape: str = ""
    """The words, folded, with TITLE and PERSON in place of names."""


def read(text: str, directory: Directory = Directory(), today: int | None = None) -> Said:
    """Take filters out of a text. Never raises on any text: what contradicts itself is left unsaid.

    Args:
        text: The request.
        directory: Names of titles and people.
        today: This year; the clock's by default.
    """
    today = today or datetime.date.today().year
    draft = Draft(text)
    _spell(draft, directory)

    def year_of(place: int) -> tuple[int, int] | None:
        found = directory.title_at(draft.words, place)
        return (found[0], found[1].year) if found and found[1].year else None

    beside_title = read_years_beside_titles(draft, year_of)
    titles = read_titles(draft, directory)
    people = read_people(draft, directory)
    shape = draft.shape()
    read_services(draft)
    read_audience(draft)
    read_rating(draft)
    plot = plot_places(draft)
    read_lengths(draft, plot)
    if not beside_title:
        read_years(draft, today)
    read_fame(draft, plot)
    read_places(draft, plot)
    read_genres(draft, plot)
    read_media_type(draft, plot)
    draft.say(
        people=tuple(people.wanted),
        exclude_people=tuple(people.unwanted),
        like_titles=tuple(dict.fromkeys(entry.name for entry in titles.liked)),
        exclude_titles=tuple(dict.fromkeys(entry.name for entry in titles.excluded)),
    )
    rest = draft.without(Mark.DROP)
    _refuse_words(draft)
    for place in draft.refused:
        draft.marks[place] = Mark.DROP
    told = tuple(
        word
        for word, mark in zip(draft.words, draft.marks, strict=True)
        if mark is not Mark.DROP and word not in STOP_WORDS
    )
    return Said(
        draft.filters,
        rest,
        draft.without(Mark.DROP, Mark.SENSE) if told else "",
        tuple(dict.fromkeys(entry.name for entry in titles.mentioned)),
        people.corrected,
        told,
        frozenset(draft.words[place] for place in draft.refused) - STOP_WORDS,
        shape,
    )


def _refuse_words(draft: Draft) -> None:
    """What is said not to be wanted says nothing of what to look for: "scary but not too gory"."""
    for place, word in enumerate(draft.words):
        if draft.free(place) and word not in STOP_WORDS:
            position, first = stance(draft, place, place + 1)
            if position is Stance.REFUSED or draft.word(place - 1) in _MEASURED:
                refuse(draft, min(first, place - 1), place + 1)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    """Words that a misspelling may stand for."""
    phrases = (
        *GENRE_PHRASES,
        *MEDIA_WORDS,
        *NATIONALITIES,
        *SERVICE_WORDS,
        "similar",
        "something",
        "without",
    )
    words = {word for phrase in phrases for word in phrase.split()}
    return tuple(sorted(word for word in words if len(word) >= SHORTEST_MISSPELT))


def _spell(draft: Draft, directory: Directory) -> None:
    """Put right what is plainly misspelt ("horor", "documentry"); names are left to their readers."""
    vocabulary = _vocabulary()
    for place, word in enumerate(draft.words):
        if (
            len(word) < SHORTEST_MISSPELT
            or not word.isalpha()
            or common(word)
            or word in STOP_WORDS
            or word in vocabulary
            or directory.knows(word)
            or is_country(word)
        ):
            continue
        near = process.extractOne(
            word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=SPELLING_LIKENESS
        )
        if near is not None and near[0][0] == word[0]:
            draft.words[place] = near[0]

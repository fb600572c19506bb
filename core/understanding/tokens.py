"""A text while it is being read: its words, and which of them have been understood.

Every reader takes (`claim`) the words it understands, so that no later one reads them otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from core.domain import SearchFilters
from core.errors import InvalidRequest
from core.vocabulary.names import folded

__all__ = ["Draft", "Mark", "Token", "common", "phrases", "tokens_of"]

_Value = TypeVar("_Value")

_WORD = re.compile(r"[\w+]+")
# What ends a clause, between two words. A hyphen does only where it stands free.
_BREAK = re.compile(r"[,;:!?()\[\]…\n—–/&.]|\s-+\s")
_ABBREVIATIONS = frozenset({("w", "o"), ("y", "o"), ("b", "w")})
_STRAY_COMMAS = re.compile(r"(?:\s*[,;](?=\s*(?:[,;.!?]|$)))+\s*|\s+")
_LONGEST_PHRASE = 3
_TAKEN = "\0"
# How many misspelt names are looked for in one text; each costs up to some ten milliseconds.
GUESSES = 4


class Mark(Enum):
    """What became of a word that was understood."""

    DROP = "drop"
    """Out of the search: it is a filter now, or says what is not wanted."""
    SENSE = "sense"
    """Searched by its sense only: a word for a wanted genre, which colours the mood."""
    KEEP = "keep"
    """Searched as it stands; it only must not be read otherwise (the name of a title)."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word."""

    word: str
    """Folded: lower case, without accents."""
    start: int
    end: int
    capital: bool
    """Whether it is written with a capital first letter."""


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    return frozenset(files("core.vocabulary").joinpath("common_words.txt").read_text("utf-8").split())


def phrases(text: str) -> frozenset[str]:
    """A table of folded phrases, written with "|" between them."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


def common(word: str) -> bool:
    """Whether a folded word is an everyday English one, so that alone it names no person and no title."""
    return word in _common_words() or len(word) < 2


def tokens_of(text: str) -> list[Token]:
    """The words of a text, folded one by one."""
    return [
        Token(folded(match[0]), match.start(), match.end(), match[0][0].isupper())
        for match in _WORD.finditer(text)
        if folded(match[0])
    ]


class Draft:
    """A text and what has been understood of it so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.words = [token.word for token in self.tokens]
        self.marks: list[Mark | None] = [None] * len(self.tokens)
        self.filters = SearchFilters()
        self.names: dict[int, tuple[int, str]] = {}
        """Where names begin → where they end, and of what they are: `TITLE` or `PERSON`."""
        self._guesses = GUESSES
        self.refused: set[int] = set()
        """Places of words that say what is not wanted, or of which less is wanted."""
        self._lower = _same_length_lower(text)
        self._breaks = [self._broken_before(place) for place in range(len(self.tokens) + 1)]

    def guess(self) -> bool:
        """Whether another misspelt name may be looked for: that compares with every name there is."""
        self._guesses -= 1
        return self._guesses >= 0

    def say(self, **values: Any) -> bool:
        """Set filters; False where they cannot be (a year out of range, a contradiction)."""
        try:
            self.filters = replace(self.filters, **values)
        except InvalidRequest:
            return False
        return True

    def __len__(self) -> int:
        return len(self.tokens)

    def word(self, place: int) -> str:
        """The word at a place; empty outside the text."""
        return self.words[place] if 0 <= place < len(self.words) else ""

    def free(self, first: int, last: int | None = None) -> bool:
        """Whether no word from `first` up to (not including) `last` has been claimed."""
        last = first + 1 if last is None else last
        return first >= 0 and last <= len(self.marks) and not any(self.marks[first:last])

    def phrase_at(
        self, place: int, table: Mapping[str, _Value], mark: Mark | None = None
    ) -> tuple[int, _Value] | None:
        """The longest phrase of a table that begins at a place, unbroken, of words that all bear this mark
        (none: unclaimed): how many words it takes, and what it stands for.
        """
        for count in range(min(_LONGEST_PHRASE, len(self) - place), 0, -1):
            if any(each is not mark for each in self.marks[place : place + count]):
                continue
            if any(self.breaks(inner) for inner in range(place + 1, place + count)):
                continue
            value = table.get(" ".join(self.words[place : place + count]))
            if value is not None:
                return count, value
        return None

    def claim(self, first: int, last: int, mark: Mark) -> None:
        """Take the words from `first` up to (not including) `last`."""
        self.marks[first:last] = [mark] * (last - first)

    def claim_span(self, start: int, end: int, mark: Mark) -> None:
        """Take every word that lies in a span of characters."""
        for place, token in enumerate(self.tokens):
            if token.start < end and start < token.end:
                self.marks[place] = mark

    def breaks(self, place: int) -> bool:
        """Whether a clause ends right before a place (or the text begins or ends there)."""
        return self._breaks[place]

    def gap(self, place: int) -> str:
        """What stands between the word at `place` and the one before it."""
        start = self.tokens[place - 1].end if place > 0 else 0
        end = self.tokens[place].start if place < len(self.tokens) else len(self.text)
        return self.text[start:end]

    def view(self) -> str:
        """The text in lower case, same length, with claimed words blanked out: for patterns of numbers."""
        view = list(self._lower)
        for token, mark in zip(self.tokens, self.marks, strict=True):
            if mark is not None:
                view[token.start : token.end] = _TAKEN * (token.end - token.start)
        return "".join(view)

    def shape(self) -> str:
        """The words with the kind of each name in its place."""
        words: list[str] = []
        place = 0
        while place < len(self):
            after, word = self.names.get(place, (place + 1, self.words[place]))
            words.append(word)
            place = after
        return " ".join(words)

    def place_at(self, character: int) -> int:
        """The place of the first word that ends after a character."""
        for place, token in enumerate(self.tokens):
            if token.end > character:
                return place
        return len(self.tokens)

    def without(self, *gone: Mark) -> str:
        """The text without words of these marks, and without the commas that they leave behind."""
        kept: list[str] = []
        position = 0
        for place, (token, mark) in enumerate(zip(self.tokens, self.marks, strict=True)):
            if mark not in gone:
                continue
            kept.append(self.text[position : token.start])
            position = token.end
            following = place + 1
            if following < len(self) and self.marks[following] in gone and not self.breaks(following):
                position = self.tokens[following].start
        kept.append(self.text[position:])
        return _tidy(" ".join(kept))

    def _broken_before(self, place: int) -> bool:
        if place in (0, len(self.tokens)):
            return True
        gap = self.gap(place)
        pair = (self.words[place - 1], self.words[place])
        if gap == "." and all(word.isdecimal() for word in pair):
            return False  # 7.5
        return _BREAK.search(gap) is not None and not (gap == "/" and pair in _ABBREVIATIONS)


def _tidy(text: str) -> str:
    tidied = _STRAY_COMMAS.sub(" ", f" {text} ").strip(" ,;:-–—/&")
    return tidied if any(char.isalnum() for char in tidied) else ""


def _same_length_lower(text: str) -> str:
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lower.replace("’", "'").replace("‘", "'")

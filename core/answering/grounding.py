"""A model's text, made safe as it streams: markers become titles, and no other title is named."""

import re
from collections.abc import Iterator, Sequence

from core.answering.answer import Piece
from core.answering.composer import MAX_PICKS
from core.answering.markers import MarkerReader
from core.answering.outside import OutsideGuard
from core.domain import RankedTitle

__all__ = ["Grounding"]

# An answer comes to its first title within a sentence; a longer way is some other talk.
_LONGEST_OPENING = 240
# White space, and the number of a list's next item: shown once something follows.
_GAP = re.compile(r"\s*(?:\n\s*(?:\d{1,2}[.)]?|[-*•]))?[\s]*$")


class Grounding:
    """Turns deltas into pieces of an answer.

    Args:
        offered: The titles that the markers stand for, from number 1.
        guard: Stops at names that were not offered.
    """

    def __init__(self, offered: Sequence[RankedTitle], guard: OutsideGuard) -> None:
        self._offered = offered
        self._guard = guard
        self._reader = MarkerReader(len(offered))
        self._gap = ""
        self._opening = 0
        self._picked: set[str] = set()
        self.strayed = False
        """Whether it named a title outside the offered ones, or talked on without naming any."""
        self.full = False
        """Whether it went on to more titles than an answer shows."""

    @property
    def ended(self) -> bool:
        """Whether nothing more comes out."""
        return self.strayed or self.full

    @property
    def dropped(self) -> int:
        """Markers that were not offered."""
        return self._reader.dropped

    def feed(self, delta: str) -> Iterator[Piece]:
        """What is certain now."""
        yield from self._pieces(self._reader.feed(delta))

    def finish(self) -> Iterator[Piece]:
        """What was held back, without white space at the end."""
        if not self.ended:
            yield from self._pieces(self._reader.finish())
            yield from self._text(self._guard.finish())
            self.strayed = self.strayed or self._guard.stopped or not self._picked

    def _pieces(self, read: Iterator[str | int]) -> Iterator[Piece]:
        for item in read:
            if self.ended:
                return
            if isinstance(item, str):
                yield from self._text(self._guard.feed(item))
            else:
                yield from self._text(self._guard.finish())
                if not self._guard.stopped:
                    yield from self._title(self._offered[item - 1])
            too_long = not self._picked and self._opening > _LONGEST_OPENING
            self.strayed = self._guard.stopped or too_long

    def _title(self, ranked: RankedTitle) -> Iterator[Piece]:
        self._picked.add(ranked.title.id)
        if len(self._picked) > MAX_PICKS:
            self.full = True
            return
        if self._gap:
            yield self._gap
            self._gap = ""
        yield ranked

    def _text(self, text: str) -> Iterator[str]:
        text = self._gap + text
        if not self._opening and not self._picked:
            text = text.lstrip()
        gap = _GAP.search(text)
        cut = gap.start() if gap else len(text)
        shown, self._gap = text[:cut], text[cut:]
        self._opening += len(shown)
        if shown:
            yield shown

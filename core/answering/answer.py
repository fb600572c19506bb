"""An answer while it is written: pieces go in, events come out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.answering.text import escaped
from core.domain import PickedTitle, RankedTitle, Request, Title, Understanding
from core.events import FinishReason, TextDelta, TitlePicked, Usage

__all__ = ["Answer", "Brief", "Piece"]

Piece = str | RankedTitle
"""Text in CommonMark, or the place where a title is named."""

# What leads from a title to its reason, and from a reason to the number of the next title.
_LEAD = re.compile(r"^[\s—–:,.*_\-]+")
_NEXT_NUMBER = re.compile(r"\s*\n\s*(?:\d+[.)]|[-*•])?[\s*_]*$")


@dataclass(frozen=True, slots=True)
class Brief:
    """What an answer is to be written from."""

    request: Request
    understood: Understanding
    ranked: tuple[RankedTitle, ...]
    """Best first; no other title may be named as a pick."""
    relaxed: tuple[str, ...] = ()
    """Filters that were dropped."""
    liked: tuple[Title, ...] = ()
    """The titles to start from."""
    shown: Mapping[str, Title] = field(default_factory=dict)
    """Titles of earlier turns, by id."""
    with_model: bool = True
    """Whether a model may write it."""


@dataclass(slots=True)
class Answer:
    """Text and picks so far, and how they came about."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    written_by: str = ""
    """`vendor:model` of the model whose words these are; empty for the composer."""
    fault: str = ""
    """Code of what kept a model from writing all of it."""
    finish_reason: FinishReason = FinishReason.COMPLETE
    _picked: list[tuple[RankedTitle, int, int]] = field(default_factory=list)
    """Titles with the places where their name begins and ends."""

    @property
    def picked_ids(self) -> frozenset[str]:
        """Canonical ids of the titles picked so far."""
        return frozenset(ranked.title.id for ranked, _, _ in self._picked)

    def add(self, piece: Piece) -> Iterator[TextDelta | TitlePicked]:
        """Take in a piece. A title is named in full; the first time, it is picked."""
        if isinstance(piece, str):
            self.text += piece
            if piece:
                yield TextDelta(piece)
            return
        start, label = len(self.text), escaped(piece.title.label)
        name = label if self.text.endswith(("*", "_")) else f"**{label}**"
        self.text += name
        yield TextDelta(name)
        if piece.title.id not in self.picked_ids:
            self._picked.append((piece, start, len(self.text)))
            yield TitlePicked(piece, len(self.text))

    def picks(self) -> tuple[PickedTitle, ...]:
        """The picks with their reasons: the text from each name to the next."""
        ends = [*(start for _, start, _ in self._picked[1:]), len(self.text)][: len(self._picked)]
        return tuple(
            PickedTitle(ranked, _NEXT_NUMBER.sub("", _LEAD.sub("", self.text[begin:end])).strip())
            for (ranked, _, begin), end in zip(self._picked, ends, strict=True)
        )

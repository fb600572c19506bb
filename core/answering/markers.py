"""Markers in a model's text: `[[3]]` stands for the third title offered. Pure; fed delta by delta."""

import re
from collections.abc import Iterator

__all__ = ["MarkerReader", "marker"]

# A marker, with the emphasis around it and a year behind it, which both go: the label has its own.
_MARKER = re.compile(
    r"(?P<open>[*_]{0,3})\[\[(?P<inside>[^\[\]\n]{0,24})\]\](?P<close>[*_]{0,3})"
    r"(?P<year>\s?\((?:18|19|20)\d\d\))?"
)
# The end of a text after a marker's brackets, as long as emphasis and year may still follow.
_GOES_ON = re.compile(r"[*_]{0,3}(?:\s?(?:\((?:[12]\d{0,3})?)?)?")
# The end of a text that may become a marker.
_BEGUN = re.compile(r"[*_]{1,3}$|[*_]{0,3}\[(?:\[[^\[\]\n]{0,24}\]?)?$")
_NUMBER = re.compile(r"\s*#?(\d{1,3})\s*")


def marker(number: int) -> str:
    """The marker of a number."""
    return f"[[{number}]]"


class MarkerReader:
    """Tells markers from text, however they are cut into deltas.

    No double bracket comes out: where it is no marker, a single one is left of it.

    Args:
        offered: Markers go from 1 to this.
    """

    def __init__(self, offered: int) -> None:
        self._offered = offered
        self._held = ""
        self._last = ""
        self.dropped = 0
        """Markers that were not offered, or not finished."""

    def feed(self, delta: str) -> Iterator[str | int]:
        """Texts and numbers that are certain now; what may be a marker is held back until it is whole."""
        text, place = self._held + delta, 0
        held = len(text)
        for match in _MARKER.finditer(text):
            if match["year"] is None and _GOES_ON.fullmatch(text, match.end("inside") + 2):
                held = match.start()
                break
            yield from self._plain(text[place : match.start()])
            yield from self._marked(match)
            place = match.end()
        else:
            begun = _BEGUN.search(text, place)
            held = begun.start() if begun else len(text)
        self._held = text[held:]
        yield from self._plain(text[place:held])

    def finish(self) -> Iterator[str | int]:
        """What was held back, now that nothing more comes."""
        text, self._held = self._held, ""
        match = _MARKER.match(text)
        if match:
            yield from self._marked(match)
            yield from self._plain(text[match.end() :])
        elif "[[" in text and not any(char.isalpha() for char in text):
            self.dropped += 1
        else:
            yield from self._plain(text)

    def _marked(self, match: re.Match[str]) -> Iterator[str | int]:
        """A number, or nothing where it was not offered, or the text that stands between brackets."""
        inside, number = match["inside"], _NUMBER.fullmatch(match["inside"])
        if any(char.isalpha() for char in inside):
            yield from self._plain(match[0])
            return
        around = match["open"] != match["close"][::-1]
        if around:
            yield from self._plain(match["open"])
        if number and 1 <= int(number[1]) <= self._offered:
            self._last = ""
            yield int(number[1])
        else:
            self.dropped += 1
        if around:
            yield from self._plain(match["close"])

    def _plain(self, text: str) -> Iterator[str]:
        """Text without double brackets, also where two pieces of it meet."""
        shown = []
        for char in text:
            if char not in "[]" or char != self._last:
                shown.append(char)
            self._last = char
        if shown:
            yield "".join(shown)

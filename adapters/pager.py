"""Cutting an answer into messages. Pure.

A cut falls between paragraphs, else lines, sentences, words, and as a last resort characters; never inside a
link, code or emphasis that is short enough to stay whole. A code block that has to be cut is closed at the
end of one message and opened again in the next.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Count", "Limit", "Page", "pages", "presentable", "utf16_length"]

Count = Callable[[str], int]


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a text has: what JavaScript, and so many a platform, calls its length."""
    return len(text) + sum(char > "\uffff" for char in text)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long one message may be."""

    size: int
    count: Count = utf16_length

    def fits(self, text: str) -> bool:
        """Whether it may be one message."""
        return self.count(text) <= self.size


@dataclass(frozen=True, slots=True)
class Page:
    """One message's worth of a text."""

    text: str
    """What to show."""
    start: int
    end: int
    """The part of the whole text that it shows; white space between two pages belongs to neither."""


# The smallest message that a code block can be cut into.
_LEAST = 40
# A cut leaves at least this share of a message filled, where there is a good place for it at all.
_LEAST_FILLED = 0.4
# What is longer is cut like any other text.
_LONGEST_WHOLE = 0.5
_FENCE = re.compile(r"^(?P<mark> {0,3}(?:`{3,}|~{3,}))(?P<info>[^\n`]*)$", re.MULTILINE)
_LONGEST_INFO = 20
_LINK = r"!?\[[^\[\]\n]*\]\([^()\s]*\)|<[^<>\s]+>|https?://\S+"
_WHOLE = re.compile(
    rf"{_LINK}|(`+)(?!`).+?(?<!`)\1(?!`)|(\*\*|__|~~|\|\|)(?=\S).+?(?<=\S)\2|(?<![\w*])(\*|_)(?=[^\s*_]).+?(?<=[^\s*_])\3(?![\w*])"
)
_BREAKS = (
    re.compile(r"\n[ \t]*\n\s*"),  # paragraphs
    re.compile(r"\n\s*"),  # lines
    re.compile(r"(?<=[.!?…。！？])[\"'”’)]*\s+|(?<=[。！？])"),  # sentences
    re.compile(r"\s+"),  # words
)
# An emphasis, code, link or list mark at the end of a text that more may follow.
_UNFINISHED = re.compile(
    r"!?\[[^\[\]\n]*(?:\](?:\([^()\s]*)?)?$"  # a link
    r"|<[^<>\s]*$|https?://\S*$|\b(?:h|ht|htt|https?|https?:/?/?)$"
    r"|[\\*_~`|\[!]+$"
    r"|(?:^|\n)[ \t]*(?:[-+#>]+|\d{1,3}[.)]?)[ \t]*$"  # a list's next item, a heading, a quotation
)
_PAIRED = ("**", "__", "~~", "||", "`", "*", "_")
# Longer than this, an unclosed mark is taken for text.
_LONGEST_HELD = 200


def pages(text: str, limit: Limit) -> list[Page]:
    """The messages that a text makes, at least one.

    Where a page is followed by another, it stays the same however the text goes on.

    Args:
        text: CommonMark.
        limit: Of one message.

    Raises:
        ValueError: the limit is too small to cut code blocks.
    """
    if limit.size < _LEAST:
        raise ValueError(f"a limit of {limit.size} is too small; {_LEAST} is the least")
    found: list[Page] = []
    start, opening = 0, ""
    while True:
        rest = text[start:]
        if limit.fits(opening + rest):
            found.append(Page(opening + rest.rstrip(), start, start + len(rest.rstrip())))
            return found
        room = _longest_prefix(rest, limit, opening)
        end = _before_an_empty_block(opening, rest, _cut(rest, room, limit))
        fence = _open_fence(opening + rest[:end])
        shown = rest[:end].rstrip()
        found.append(Page(_closed(opening + shown, fence), start, start + len(shown)))
        start += end
        if not fence:
            start += len(text[start:]) - len(text[start:].lstrip())
        elif text[start : start + 1] == "\n":
            start += 1
        opening = f"{fence}\n" if fence else ""


def presentable(text: str) -> str:
    """What of a text can be shown while more is to come: an unfinished mark at its end is held back, and an
    open code block is closed.
    """
    fence = _open_fence(text)
    if fence:
        last = text.rpartition("\n")[2]
        if last.strip() and set(last.strip()) <= {"`", "~"}:  # perhaps its end
            text = text[: len(text) - len(last)]
        return _closed(text.rstrip(), _open_fence(text))
    unfinished = _UNFINISHED.search(text)
    if unfinished and len(text) - unfinished.start() <= _LONGEST_HELD:
        text = text[: unfinished.start()]
    begin = max(text.rfind("\n\n"), text.rfind("\n1"), 0)
    opened = _unclosed(text[begin:])
    if opened is not None and len(text) - begin - opened <= _LONGEST_HELD:
        text = text[: begin + opened]
    return text.rstrip()


def _longest_prefix(text: str, limit: Limit, opening: str) -> int:
    """How much of a text fits, with what opens and what may have to close a code block."""
    reserve = limit.size - limit.count(opening)
    low, high = 0, min(len(text), reserve)
    while low < high:
        middle = (low + high + 1) // 2
        part = text[:middle]
        closing = _closing(_open_fence(opening + part))
        if limit.count(part) + limit.count(closing) <= reserve:
            low = middle
        else:
            high = middle - 1
    return max(low, 1)


def _cut(text: str, room: int, limit: Limit) -> int:
    """Where to cut, at most `room`."""
    whole = [
        match.span()
        for match in _WHOLE.finditer(text[: room + limit.size])
        if match.start() < room and match.end() - match.start() <= limit.size * _LONGEST_WHOLE
    ]
    if _open_fence(text[:room]):  # in code only lines matter
        whole = []
    for pattern in _BREAKS:
        places = [
            match.start() or match.end()
            for match in pattern.finditer(text[:room])
            if match.end() > 0
            and not any(begin < match.end() and match.start() < end for begin, end in whole)
        ]
        if places and places[-1] >= room * _LEAST_FILLED:
            return places[-1]
    inside = next((begin for begin, end in whole if begin < room < end and begin > 0), room)
    while inside > 1 and inside < len(text) and _joins(text[inside], text[inside - 1]):
        inside -= 1
    return inside


def _joins(char: str, before: str) -> bool:
    """Whether a character belongs to the one before: combining marks, joiners, variation selectors."""
    return bool(unicodedata.combining(char)) or char in "\u200d\ufe0f" or before == "\u200d"


def _before_an_empty_block(opening: str, text: str, end: int) -> int:
    """The cut, moved in front of a code block of which only the first line would be left of it."""
    opened = _opened(opening + text[:end].rstrip())
    if opened is None or opened.end() < len(opening + text[:end].rstrip()):
        return end
    return max(opened.start() - len(opening), 0) or end


def _open_fence(text: str) -> str:
    """The line that opens the code block a text ends in, with a short info string; empty outside of one."""
    opened = _opened(text)
    if opened is None or opened.end() == len(text):
        return ""
    info = opened["info"].strip()
    return opened["mark"].strip() + (info if len(info) <= _LONGEST_INFO else "")


def _opened(text: str) -> re.Match[str] | None:
    """The line that opens the code block a text ends in."""
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        mark = match["mark"].strip()
        if opened is None:
            opened = match
        elif mark.startswith(opened["mark"].strip()) and not match["info"].strip():
            opened = None
    return opened


def _closing(fence: str) -> str:
    mark = re.match(r"`+|~+", fence)
    return f"\n{mark[0]}" if mark else ""


def _closed(text: str, fence: str) -> str:
    return text + _closing(fence)


def _unclosed(text: str) -> int | None:
    """Where the first mark stands that is not closed; None where all are."""
    blank = _WHOLE.sub(lambda match: " " * len(match[0]), text)
    places = [place for mark in _PAIRED if (place := _opener(blank, mark)) is not None]
    return min(places, default=None)


def _opener(text: str, mark: str) -> int | None:
    match = re.search(rf"(?<![\w\\*_]){re.escape(mark)}(?=\S)(?![*_])", text)
    return match.start() if match else None

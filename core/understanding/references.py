"""Which of the titles that were shown a message points at: "#2", "the second one", "the first two"."""

import re
from collections.abc import Sequence
from types import MappingProxyType

__all__ = ["Pointed", "pointed_at"]

_ORDINALS = MappingProxyType(
    {
        **{
            "first": 1,
            "1st": 1,
            "top": 1,
            "second": 2,
            "2nd": 2,
            "third": 3,
            "3rd": 3,
            "fourth": 4,
            "4th": 4,
        },
        **{"fifth": 5, "5th": 5, "last": -1, "final": -1, "sixth": 6, "6th": 6, "frist": 1, "secnd": 2},
    }
)
_COUNTS = MappingProxyType({"two": 2, "2": 2, "couple": 2, "three": 3, "3": 3, "four": 4, "4": 4})
_NOUNS = frozenset(
    """one ones pick picks movie film show series option suggestion recommendation title entry choice of
    and but is was sounds looks looked seems or does has in please though tho instead again already
    too""".split()
)
_ONE_WORDS = MappingProxyType({"one": 1, "two": 2, "three": 3, "four": 4, "five": 5})
_NUMBERED = re.compile(
    r"(?:#|\bnumber |\bnumber|\bno\. ?|\bnr\.? ?|\bpick |\boption |\bnum )(\d{1,2}|one|two|three|four|five)\b"
)
_LIST_AFTER = re.compile(r"(?:\s*(?:,|and|&|or|\+)\s*#?(\d)(?!\d))")
_BARE_LIST = re.compile(
    r"\b(?:seen|saw|watched|like|liked|not|know|of|in|than|about|for)\s+(?:both\s+)?(\d)(?=\s*(?:$|[?!.,;]|and\s|&|or\s|\+|but\b|already))"
)
_ALL = re.compile(
    r"\b(?:all of (?:them|those|these)|them all|'?em all|both of (?:them|those)|all those|"
    r"every one of|the whole list|all \w+ of them)\b"
)
_THAT = re.compile(r"\b(?:that one|this one|that|it|this|that movie|that film|that show|him|her)\b")


class Pointed(tuple[int, ...]):
    """Places in the list that was shown, from 0; empty where none is pointed at."""


def pointed_at(text: str, words: Sequence[str], shown: int) -> Pointed:
    """The places that a message names.

    Args:
        text: The message.
        words: Its words, folded.
        shown: How many titles were shown.
    """
    lower = text.lower()
    if shown and _ALL.search(lower):
        return Pointed(range(shown))
    found: list[int] = []
    for pattern in (_NUMBERED, _BARE_LIST):
        for match in pattern.finditer(lower):
            found.append(_number(match[1]))
            position = match.end()
            while further := _LIST_AFTER.match(lower, position):
                found.append(int(further[1]))
                position = further.end()
    for place, word in enumerate(words):
        if word in _ORDINALS:
            found += _ordinal(words, place)
    places = [number - 1 if number > 0 else shown + number for number in found]
    return Pointed(dict.fromkeys(place for place in places if 0 <= place < max(shown, 9)))


def points_back(text: str) -> bool:
    """Whether "that one" or "it" is spoken of."""
    return _THAT.search(text.lower()) is not None


def _ordinal(words: Sequence[str], place: int) -> list[int]:
    following = words[place + 1] if place + 1 < len(words) else ""
    number = _ORDINALS[words[place]]
    if following in _COUNTS:  # "the first two"
        count = _COUNTS[following]
        return list(range(1, count + 1)) if number == 1 else list(range(-count, 0))
    if following == "ones" and number == 1 and "both" in words[:place]:
        return [1, 2]
    after_the = place > 0 and words[place - 1] in ("the", "that", "your", "and", "this", "ur", "of")
    if following in _NOUNS or (not following and (after_the or place == 0)) or (after_the and number > 0):
        if words[place] == "last" and following not in ("one", "pick", "movie", "film", "show", "option", ""):
            return []
        return [number]
    return []


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _ONE_WORDS[text]

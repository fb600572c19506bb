"""The strictest certification allowed: "PG-13 or lower", "not R rated", "for my 6 year old"."""

import re
from types import MappingProxyType

from core.understanding.tokens import Draft, Mark
from core.vocabulary.certifications import level

__all__ = ["read_audience", "suits"]

# The film marks, strictest last, among which an age is placed.
_MARKS = ("G", "PG", "PG-13", "R", "NC-17")
_SPELLED = MappingProxyType(
    {
        **{"g": "G", "pg": "PG", "pg-13": "PG-13", "pg13": "PG-13", "pg 13": "PG-13", "r": "R"},
        **{"nc-17": "NC-17", "nc17": "NC-17", "nc 17": "NC-17"},
        **{
            "tv-y": "TV-Y",
            "tv-y7": "TV-Y7",
            "tv-g": "TV-G",
            "tv-pg": "TV-PG",
            "tv-14": "TV-14",
            "tv-ma": "TV-MA",
        },
    }
)
_LONG = r"(?:pg[- ]?13|nc[- ]?17|tv-(?:y7|y|g|pg|14|ma)|pg)"
_ANY = rf"(?P<mark>{_LONG}|[rg])"
_BEYOND_REFUSED = re.compile(
    rf"\b(?:nothing|not|no|never)(?: \w+)? (?:worse|higher|above|beyond|over|stronger|stricter|older|"
    rf"more)(?: than)?(?: an?)? {_ANY}\b"
)
_REFUSED = re.compile(
    r"\b(?:no|not|nothing|non|without|isn'?t|avoid)(?: an?| any| rated)?[ -](?P<mark>r|"
    r"nc[- ]?17)(?:[- ]?rated)?\b(?!')"
)
_RATED = re.compile(
    rf"\b(?:rated|rating|certified|certificate)(?: at most| under| below)? {_ANY}\b(?:(?: or | ?/ ?|"
    rf", ?)(?P<other>{_LONG}|[rg])\b)?"
)
_CAPPED = re.compile(
    rf"\b{_ANY}(?:[- ]rated)?(?: or (?:lower|less|under|below|younger|milder)|,? (?:max(?:imum)?|"
    rf"at most|tops)| and (?:under|below))\b"
)
_CAP_BEFORE = re.compile(rf"\b(?:max(?:imum)?|up to|at most|no more than|no higher than) {_ANY}\b")
_ALLOWED = re.compile(rf"\b{_ANY}(?:[- ]rated)?(?: is| are)? (?:is |are )?(?:ok|okay|fine|allowed)\b")
_ALONE = re.compile(rf"\b(?P<mark>{_LONG})\b")
_MARK_RATED = re.compile(rf"\b{_ANY}[- ]rated\b")

_NUMBER_WORDS = MappingProxyType(
    {
        **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
        **{
            "ten": 10,
            "eleven": 11,
            "twelve": 12,
            "thirteen": 13,
            "fourteen": 14,
            "fifteen": 15,
            "sixteen": 16,
        },
    }
)
_AGE = rf"(?P<age>\d{{1,2}}|{'|'.join(_NUMBER_WORDS)})"
_YEARS_OLD = r"[\s-]*(?:years?|yrs?|yr|y)?[\s/-]*(?:olds?|o\b|yo\b|yos\b)"
_CHILD = (
    r"(?:kid|kids|kiddo|kiddos|child|children|son|sons|daughter|daughters|boy|boys|girl|girls|niece|neice|nieces|nephew|nephews|godson|goddaughter|"
    r"brother|sister|cousin|grandson|granddaughter|grandkids?|grandchildren|little one|youngest|twins)"
)
_FOR_AGE = re.compile(
    rf"\b(?:for|with|my|our|ok for|suitable for|a|an|and|w/|the|of|some)(?: my| our| a| an| the| her|"
    rf" his)?(?: [a-z]+)? (?<!\d){_AGE}{_YEARS_OLD}\b"
)
_AGE_FIRST = re.compile(rf"\b{_AGE}{_YEARS_OLD}\s+(?:{_CHILD})\b")
_CHILD_IS = re.compile(
    rf"\b{_CHILD}(?:'s|s)?(?: who)?(?: is| are|'s|'re| aged?| ages|,| \()? ?\(?(?:is |are |aged? |"
    rf"just |only |turning |turned |turns |will be |has turned )*"
    rf"{_AGE}\b(?!\s*(?:hours?|min|%|movies|films|of them|times))(?:(?:,| and| &| or) (?P<second>\d{{1,2}}))?"
)
_AND_IS = re.compile(
    rf"\b{_CHILD}\b.{{0,60}}?\b(?P<said>(?:s?he|they)(?:'?s|'?re| is| are| just turned|"
    rf" turned) (?:only )?{_AGE}\b)(?!\s*(?:h|min|%))"
)
_ASKER = re.compile(rf"\bi(?:'m|m| am) (?:only |just )?{_AGE}\b(?!\s*(?:h|min|%|years? (?:in|into)|of))")
_TODDLER = re.compile(r"\b(?:toddlers?|preschoolers?|kindergart\w+)\b")
_TEENS = re.compile(r"\b(?:for|with|my|our) (?:my |our |some |the |a )?(?:teen(?:ager)?s?|tweens?)\b")
_CHILD_SAFE = re.compile(
    r"\b(?:(?:kid|child|children)s?[- ](?:friendly|safe|appropriate)|(?:safe|suitable|appropriate|ok|"
    r"okay|fine) (?:for|with) "
    r"(?:the |my |our |young |small |little )?(?:kids|children))\b"
)
_STORY_AGE = re.compile(r"\b(?:about|where|follows|named|called|plays|starring)\b[^,;.!?]*$")
OLDEST_CHILD = 17


def suits(age: int) -> str:
    """The highest film certification meant for an age (`core.vocabulary.certifications`)."""
    return [mark for mark in _MARKS if level(mark) <= max(age, 0)][-1]


def read_audience(draft: Draft) -> None:
    """What the youngest in the room may see."""
    mark = _mark_named(draft)
    age = _youngest(draft)
    for_age = None if age is None else suits(age)
    if mark is None or (for_age is not None and level(for_age) < level(mark)):
        mark = for_age
    if mark is not None:
        draft.say(max_certification=mark)


def _mark_named(draft: Draft) -> str | None:
    view = draft.view()
    for pattern in (_BEYOND_REFUSED, _CAPPED, _CAP_BEFORE, _ALLOWED):
        if match := pattern.search(view):
            draft.claim_span(*match.span(), Mark.DROP)
            return _SPELLED[_key(match["mark"])]
    if match := _REFUSED.search(view):
        draft.claim_span(*match.span(), Mark.DROP)
        refused = _SPELLED[_key(match["mark"])]
        return _MARKS[_MARKS.index(refused) - 1]
    if match := _RATED.search(view):
        draft.claim_span(*match.span(), Mark.DROP)
        named = [_SPELLED[_key(text)] for text in (match["mark"], match["other"]) if text]
        return max(named, key=level)
    for pattern in (_MARK_RATED, _ALONE):
        if match := pattern.search(view):
            draft.claim_span(*match.span(), Mark.DROP)
            return _SPELLED[_key(match["mark"])]
    return None


def _key(text: str) -> str:
    return text if text in _SPELLED else text.replace(" ", "-")


def _youngest(draft: Draft) -> int | None:
    ages: list[int] = []
    view = draft.view()
    for pattern in (_FOR_AGE, _AGE_FIRST, _CHILD_IS, _AND_IS, _ASKER):
        for match in pattern.finditer(view):
            if _STORY_AGE.search(view[: match.start()]):
                continue
            found = [_number(match["age"])]
            if pattern is _CHILD_IS and match["second"]:
                found.append(int(match["second"]))
            if max(found) <= OLDEST_CHILD:
                ages += found
                draft.claim_span(*match.span("said" if pattern is _AND_IS else 0), Mark.DROP)
    for pattern, age in ((_TODDLER, 3), (_TEENS, 13), (_CHILD_SAFE, 8)):
        named = pattern.search(view)
        if named and not _STORY_AGE.search(view[: named.start()]):
            ages.append(age)
            draft.claim_span(*named.span(), Mark.DROP)
    return min(ages, default=None)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMBER_WORDS[text]

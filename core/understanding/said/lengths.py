"""Running times: "under 2 hours", "over three hours", "90 min"."""

import re
from types import MappingProxyType

from core.understanding.said.scope import headed
from core.understanding.tokens import Draft, Mark

__all__ = ["read_lengths"]

_NUMBERS = MappingProxyType(
    {
        **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "twenty": 20, "thirty": 30},
        **{"forty": 40, "forty five": 45, "fifty": 50, "sixty": 60, "ninety": 90, "a hundred": 100},
        **{"a": 1, "an": 1, "half an": 0.5, "half a": 0.5, "one and a half": 1.5, "two and a half": 2.5},
        **{"three and a half": 3.5, "1 and a half": 1.5, "2 and a half": 2.5, "3 and a half": 3.5},
    }
)
_NUMBER = rf"(?P<number>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}|\d{{1,3}}(?:[.,]\d{{1,2}})?)"
_LENGTH = (
    rf"(?<![\w.]){_NUMBER}(?P<plus>\+)?[\s-]*(?P<unit>hours?|hrs?|h(?![a-z])|minutes?|mins?\b|m\b|minuets?)"
    r"(?P<half> and a half)?(?:\s*(?:and )?(?P<minutes>[0-5]?\d)(?: ?m(?:in(?:ute)?s?)?)?\b(?!\s*(?:%|"
    r"stars?)))?"
)
_AT_MOST = (
    r"(?:under|less than|shorter than|below|at most|max(?:imum)?(?: of)?|not over|"
    r"(?:no|not|nothing|isn'?t|aren'?t|never) (?:longer|more|over) than|isn'?t over|aren'?t over|"
    r"never over|nothing over|no over|up to|within|"
    r"no longer then)"
)
_AT_LEAST = (
    r"(?:over|more than|longer than|at least|min(?:imum)?(?: of)?|"
    r"(?:no|not|nothing) (?:less|shorter|under) than|nothing (?:under|below|shorter than)|above|upwards of)"
)
_THAT = r"(?: that(?:'s| is)?| thats| something| like| about| around| say)*"
_SHORTER = re.compile(rf"(?<!no )(?<!not )(?<!nothing )\b{_AT_MOST}{_THAT}\s+{_LENGTH}")
_LONGER = re.compile(rf"(?<!no )(?<!not )(?<!nothing )(?<!never )\b{_AT_LEAST}{_THAT}\s+{_LENGTH}")
_LENGTH_THEN = re.compile(_LENGTH)
_TAIL_MOST = re.compile(
    r",?\s*(?:or (?:less|under|shorter)|max(?:imum)?|tops|at (?:the )?most|limit|ish or less)\b"
)
_TAIL_LEAST = re.compile(r",?\s*(?:or (?:more|longer|over)|plus|minimum|min\b|at (?:the )?least|and up)|\+")
# "Not longer than 90": of what, only minutes can be.
_BARE_MOST = re.compile(
    r"\b(?:no|not|nothing|isn'?t|under|below) (?:longer than )?(?P<bare>[6-9]\d|1[0-8]\d)(?=\s*(?:$|"
    r"[,.!?;)]))"
)
_BETWEEN = re.compile(
    r"\b(?:between |from )?(?P<low>\d{2,3})(?: ?min(?:ute)?s?)?\s*(?:-|–|and|to)\s*(?P<high>\d{2,3})\s*"
    r"(?:minutes?|mins?)\b"
)
# What makes a bare length a story's and not the title's: "24 hours to live", "an hour away".
_STORY = re.compile(
    r"\s*(?:from now|to (?!watch|kill|spare|spend)|of (?!free|time)|ago|away|before (?!bed|sleep|dinner|i\b|"
    r"my\b|we\b|the)|"
    r"later|after|straight|earlier|a (?:day|week|night)|per|underground|apart|early|late\b)"
)
SHORTEST_MINUTES, LONGEST_MINUTES = 10, 400


def read_lengths(draft: Draft, plot: frozenset[int]) -> None:
    """The shortest and the longest running time, in minutes; of an episode for series."""
    low: int | None = None
    high: int | None = None
    if match := _BETWEEN.search(draft.view()):
        low, high = sorted((int(match["low"]), int(match["high"])))
        draft.claim_span(*match.span(), Mark.DROP)
    if match := _SHORTER.search(draft.view()):
        high = high or _claimed(draft, match)
    if match := _LONGER.search(draft.view()):
        low = low or _claimed(draft, match)
    if high is None and (bare := _BARE_MOST.search(draft.view())):
        high = int(bare["bare"])
        draft.claim_span(*bare.span(), Mark.DROP)
    for match in list(_LENGTH_THEN.finditer(draft.view())):
        tail = _TAIL_LEAST.match(draft.view(), match.end())
        if tail or match["plus"]:
            low = low or _claimed(draft, match, tail)
            continue
        most = _TAIL_MOST.match(draft.view(), match.end())
        if most or _bare(draft, match, plot):
            high = high or _claimed(draft, match, most)
    values = {"min_runtime": low, "max_runtime": high}
    if low is not None and high is not None and low > high:
        return
    draft.say(**{key: value for key, value in values.items() if value is not None})


def _bare(draft: Draft, match: re.Match[str], plot: frozenset[int]) -> bool:
    """Whether a length alone is the time that someone has: "90 min", "I have two hours"."""
    minutes = _minutes(match)
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES or draft.place_at(match.start()) in plot:
        return False
    if match["number"] in ("a", "an") and not match["half"]:
        before = draft.view()[: match.start()]
        return (
            re.search(r"\b(?:have|got|only|about|around|just|like|in)(?: about| like| only)* $", before)
            is not None
        )
    if _STORY.match(draft.view(), match.end()):
        return False
    if not headed(draft, draft.place_at(match.end() - 1) + 1, loosely=False):
        return False
    return not re.search(r"\b(?:for|every|after|is|are) (?:the last )?$", draft.view()[: match.start()])


def _claimed(draft: Draft, match: re.Match[str], tail: re.Match[str] | None = None) -> int | None:
    minutes = _minutes(match)
    if not 1 <= minutes <= 1_000:
        return None
    draft.claim_span(match.start(), tail.end() if tail else match.end(), Mark.DROP)
    return minutes


def _minutes(match: re.Match[str]) -> int:
    text = match["number"]
    number = _NUMBERS[text] if text in _NUMBERS else float(text.replace(",", "."))
    number += 0.5 if match["half"] else 0
    if match["unit"].startswith("h"):
        return round(number * 60) + int(match["minutes"] or 0)
    return round(number)

"""Minimum ratings: "rated above 7.5", "at least an 8 on imdb", "7/10 or higher"."""

import re

from core.understanding.tokens import Draft, Mark

__all__ = ["read_rating"]

_VALUE = (
    r"(?P<value>10(?:\.0)?|five|six|seven|eight|nine|\d(?:[.,]\d)?)(?:ish)?(?![\w%]|[.,]\d)"
    r"(?:\s*/\s*10|\s*out of (?:10|ten))?"
)
_WORDS = {"five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_OVER = (
    r"(?:above|over|at least|atleast|more than|higher than|better than|minimum(?: of)?|min|"
    r"of at least|>=?|of|is)"
)
_SOURCE = r"(?:imdb|tmdb|letterboxd)"
_PATTERNS = tuple(
    re.compile(text)
    for text in (
        # a word for rating, then the number
        rf"\b(?:rated|ratings?|scor(?:e|es|ed|ing)|{_SOURCE}|critically|rate)\s*(?:rating|score|rated)?\s*"
        rf"(?:at |of |is |should be |must be |has to be )?(?:{_OVER}\s*)?(?:an? )?{_VALUE}",
        # "at least an 8 on imdb", "above 7 stars", "everything above an 8"
        rf"\b(?:{_OVER})\s+(?:an? )?{_VALUE}\s*(?:stars?|points?|rating|(?:on|at|in|from) {_SOURCE}|"
        rf"{_SOURCE})",
        rf"\b(?:{_OVER})\s+an {_VALUE}",
        r"(?<![\w.])(?P<value>\d[.,]\d)\s*(?:minimum|min\b|at least|upwards)",
        rf"\bat ?least (?:an? {_VALUE}(?=\s*(?:$|[,.!?;)]|and\b|on\b|with\b))|"
        rf"{_VALUE.replace('P<value', 'P<other')}"
        r"(?<=10|en))",
        # "8+ on imdb", "7/10 or higher", "7 or above on imdb"
        rf"(?<![\w.])(?P<value>10|\d(?:[.,]\d)?)\s*(?:\+|/\s*10\s*(?:or|and)|(?:stars? )?(?:or|and) "
        rf"(?:above|up|higher|better|more))\s*(?:above|up|higher|better|more|rated|rating|stars?|(?:on|"
        rf"at) {_SOURCE})?"
        r"(?!\s*(?:hours?|hrs?|h\b|min|years?|seasons?|episodes?|people))",
        # "nothing under 6.5 on imdb", "not below 7"
        rf"\b(?:nothing|not|no|never) (?:rated |that'?s )?(?:under|below|less than|lower than|"
        rf"worse than) (?:an? )?{_VALUE}",
        # "min 6.5", where nothing of time follows
        rf"\bmin(?:imum)?\.? {_VALUE}(?!\s*(?:min|hours?|hrs?|h\b|years?|seasons?))",
    )
)
_TAIL = re.compile(
    rf"\s*(?:\+|or (?:more|higher|above|better|up)|and (?:up|above|higher|better)|/ ?10|on {_SOURCE}|stars?)+"
)
_PERCENT = re.compile(
    r"\b(?:at least|over|above|more than|rated)\s+(?P<value>\d{2,3})\s?(?:%|percent)|"
    r"(?<!\w)(?P<plus>\d{2})%\s?\+"
)
_OF_FIVE = re.compile(r"(?<![\w.])(?P<value>[1-5](?:\.\d)?)\s*(?:/\s*5|out of (?:5|five))(?: stars?)?\+?")
_LENGTH_AFTER = re.compile(r"\s*(?:hours?|hrs?|h\b|min(?!imum)|m\b|years?|yrs?|seasons?|%)")


def read_rating(draft: Draft) -> None:
    """The lowest mean rating, 0 to 10; percentages and stars of five are scaled."""
    for pattern, scale in ((_OF_FIVE, 2.0), (_PERCENT, 0.1)):
        if match := pattern.search(draft.view()):
            value = match["value"] or match["plus"]
            _say(draft, match, round(float(value) * scale, 1))
            return
    for pattern in _PATTERNS:
        for match in pattern.finditer(draft.view()):
            if _LENGTH_AFTER.match(draft.view(), match.end()):
                continue
            _say(draft, match, _number(match["value"] or match["other"]))
            return


def _number(text: str) -> float:
    return float(_WORDS.get(text) or text.replace(",", "."))


def _say(draft: Draft, match: re.Match[str], value: float) -> None:
    tail = _TAIL.match(draft.view(), match.end())
    if draft.say(min_rating=value):
        draft.claim_span(match.start(), tail.end() if tail else match.end(), Mark.DROP)

"""Years of release: "90s", "'99", "before 1980", "last five years", "newer than Gladiator".

When a story is set ("set in the 1920s") is no year of release.
"""

import re
from collections.abc import Callable
from types import MappingProxyType

from core.domain import FIRST_YEAR
from core.understanding.tokens import Draft, Mark

__all__ = ["read_years", "read_years_beside_titles"]

Span = tuple[int | None, int | None]
"""First and last year, each None where open."""

_DECADE_WORDS = MappingProxyType(
    {
        **{"twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960},
        **{"seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000, "aughts": 2000},
    }
)
_PARTS = MappingProxyType({"early": (0, 3), "mid": (3, 6), "late": (6, 9)})
_COUNTS = MappingProxyType(
    {
        **{"one": 1, "two": 2, "couple": 2, "couple of": 2, "three": 3, "few": 3, "four": 4, "five": 5},
        **{"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30},
    }
)
_COUNT = rf"(?P<count>\d{{1,2}}|(?:a )?(?:{'|'.join(sorted(_COUNTS, key=len, reverse=True))}))"
_ONE_DECADE = (
    rf"(?:(?P<part>early|mid|late)?[ -]{{0,3}}(?:to[ -]late[ -])?(?:the )?"
    rf"(?:'?(?P<digits>(?:18|19|20)?\d0)'?\s?s|(?P<word>{'|'.join(_DECADE_WORDS)})))"
)
_DECADES = re.compile(
    rf"(?<![\w'])(?:the )?{_ONE_DECADE}"
    rf"(?:\s*(?:or|and|to|through|until|-|–|/|,|"
    rf"&)\s*(?:the )?{_ONE_DECADE.replace('P<', 'P<last_')})?(?![\w])"
)
_YEAR = r"(?P<year>(?:18|19|20)\d\d|(?<!\w)'\d\d\b(?!'?s\b))"
_YEAR_RANGE = re.compile(
    r"\b(?:(?:made |released )?(?:between|from|in) )?(?:the years )?(?P<first>(?:18|19|20)\d\d)"
    r"\s*(?:-|–|—|to|and|until|till|through|thru)\s*(?P<last>(?:18|19|20)\d\d)\b"
)
_SHORT_RANGE = re.compile(r"\b(?:between|from) '?(?P<first>[2-9]\d) (?:and|to) '?(?P<last>[2-9]\d)\b(?! ?m)")
_LAST_YEARS = re.compile(
    rf"\b(?:(?:in|from|of|within|over|during) )?(?:the )?(?:last|past|previous) (?:{_COUNT} )?"
    r"(?P<unit>years?|yrs?|decades?)\b"
)
_THIS_YEAR = re.compile(r"\b(?:(?:from|in|of|released) )?(?P<which>this|last) year(?:'s)?\b")
_YEARS_OLD = re.compile(
    rf"\b(?:nothing|not|no)(?: thats?| that is| more than)? (?:over|older than|"
    rf"more than) {_COUNT} (?:years?|yrs?)(?: old)?\b"
)
_RECENT = re.compile(r"(?<!more )\b(?:recent|recently released|newly released|latest)\b(?! (?:years|memory))")

# How far back "recent" goes.
RECENT_YEARS = 5
_OTHER_END = re.compile(
    r"\s*(?:(?:and |or )?(?:onwards?|on\b|later|newer|after|up\b|forward)|\+|and (?:later|newer|up|"
    r"after|beyond)|"
    r"or (?:later|newer|after|up))"
)
_OTHER_START = re.compile(r"\s*(?:and|or) (?:before|earlier|older)|\s*(?:at the latest)")
_BEFORE = r"(?:(?:from |made |released |came out )?(?:before|pre|prior to)|older than|earlier than)"
_AFTER = r"(?:(?:from |made |released |came out )?(?:after|post)|newer than|later than|more recent than)"
_SINCE = r"(?:since|starting (?:in|from|with)|as of|from)"
_UNTIL = r"(?:up to and including|up to|until|till|up until|no later than|not after|through|by)"
_REFUSING = re.compile(
    r"\b(?:nothing|not|no|isn'?t|never|none|without|anything)(?: (?:from|made|released|that'?s|any))*\s*$"
)
_SETTING_VERB = re.compile(
    r"\b(?:set|about|takes? place|taking place|stuck|lives?|living|grew up|childhood|farmers?|based|"
    r"back|it'?s|time|"
    r"where|when)\b[^,;.!?]*$"
)


def read_years(draft: Draft, today: int) -> None:
    """Years of release; `today` is this year."""
    low, high = None, None
    for read in (_read_ranges, _read_relative, _read_bounds, _read_decades, _read_single):
        first, last = read(draft, today)
        low, high = (low or first), (high or last)
    if low is not None and high is not None and low > high:
        low, high = high, low
    if low is not None or high is not None:
        draft.say(year_from=low, year_to=high)


def read_years_beside_titles(draft: Draft, year_of: Callable[[int], tuple[int, int] | None]) -> bool:
    """ "Newer than Gladiator"; whether something of the kind was said.

    Args:
        draft: The text.
        year_of: From a place of the text, the number of words of the title named there, and its year.
    """
    for place in range(1, len(draft)):
        if draft.word(place) != "than":
            continue
        found = None if draft.word(place + 1).isdecimal() else year_of(place + 1)
        newer = draft.word(place - 1) in ("newer", "later", "recent")
        if found is None or not (newer or draft.word(place - 1) in ("older", "earlier")):
            continue
        count, year = found
        first = place - 2 if draft.word(place - 2) in ("more", "but", "anything") else place - 1
        draft.claim(first, place + 1 + count, Mark.DROP)
        return draft.say(**({"year_from": year + 1} if newer else {"year_to": year - 1}))
    return False


def _read_ranges(draft: Draft, today: int) -> Span:
    for pattern, century in ((_YEAR_RANGE, 0), (_SHORT_RANGE, 1900)):
        match = pattern.search(draft.view())
        if match and not _is_setting(draft, match.start()):
            first, last = sorted((int(match["first"]) + century, int(match["last"]) + century))
            draft.claim_span(*match.span(), Mark.DROP)
            return first, last
    return None, None


def _read_relative(draft: Draft, today: int) -> Span:
    view = draft.view()
    if match := _YEARS_OLD.search(view):
        draft.claim_span(*match.span(), Mark.DROP)
        return today - _number(match["count"]), None
    if (match := _LAST_YEARS.search(view)) and (match["count"] or match["unit"].startswith("decade")):
        years = _number(match["count"] or "one")
        if match["unit"].startswith("decade"):
            years *= 10
        draft.claim_span(*match.span(), Mark.DROP)
        return today - years, None
    if match := _THIS_YEAR.search(view):
        year = today if match["which"] == "this" else today - 1
        draft.claim_span(*match.span(), Mark.DROP)
        return year, year
    if match := _RECENT.search(view):
        draft.claim_span(*match.span(), Mark.DROP)
        return today - RECENT_YEARS, None
    return None, None


def _read_bounds(draft: Draft, today: int) -> Span:
    """ "Before 1980", "after the 90s", "since 2015", "2018 onwards", "nothing older than 2000"."""
    low: int | None = None
    high: int | None = None
    for lead, bound in ((_BEFORE, "before"), (_AFTER, "after"), (_UNTIL, "until"), (_SINCE, "since")):
        for match in re.finditer(
            rf"(?<!\w){lead}[\s-]{{0,3}}(?:the )?(?:year )?(?:{_YEAR}(?!'?s)\b|{_ONE_DECADE}(?!\w))",
            draft.view(),
        ):
            if bound != "since" and _is_setting(draft, match.start()):
                continue
            first, last = _years_meant(match, today)
            tail = _OTHER_END.match(draft.view(), match.end())
            if (
                match[0].startswith("from")
                and tail is None
                and not match[0].startswith(("from before", "from after"))
            ):
                continue  # "from 1994" is one year, "from the 90s" one decade
            span: Span = {
                "before": (None, max(first - 1, FIRST_YEAR)),
                "after": (last + 1, None),
                "until": (None, last),
                "since": (first, None),
            }[bound]
            start = match.start()
            if refused := _REFUSING.search(draft.view()[:start]):
                span, start = _opposite(span, first, last, bound), refused.start()
            draft.claim_span(start, tail.end() if tail else match.end(), Mark.DROP)
            low, high = low or span[0], high or span[1]
    for match in re.finditer(rf"(?<!\w)(?:from )?(?:{_YEAR}|{_ONE_DECADE})", draft.view()):
        first, last = _years_meant(match, today)
        later = _OTHER_END.match(draft.view(), match.end())
        earlier = _OTHER_START.match(draft.view(), match.end())
        if later:
            draft.claim_span(match.start(), later.end(), Mark.DROP)
            low = low or first
        elif earlier:
            draft.claim_span(match.start(), earlier.end(), Mark.DROP)
            high = high or last
    return low, high


def _opposite(span: Span, first: int, last: int, bound: str) -> Span:
    """The years that a refused bound leaves: "nothing from before 2000" is from 2000 on."""
    match bound:
        case "before":
            return first, None
        case "after":
            return None, last
        case _:
            return span


def _years_meant(match: re.Match[str], today: int) -> tuple[int, int]:
    if match["year"]:
        year = _year(match["year"], today)
        return year, year
    return _decade(match["part"], match["digits"], match["word"])


def _read_decades(draft: Draft, today: int) -> Span:
    for match in _DECADES.finditer(draft.view()):
        if _is_setting(draft, match.start()) or _is_refused(draft, match.start()):
            continue
        follower = draft.word(draft.place_at(match.end() - 1) + 1)
        if follower in (
            "kid",
            "kids",
            "child",
            "nostalgia",
            "baby",
            "vibe",
            "vibes",
            "feel",
            "style",
            "aesthetic",
        ):
            continue
        first, last = _decade(match["part"], match["digits"], match["word"])
        if match["last_digits"] or match["last_word"]:
            other = _decade(match["last_part"], match["last_digits"], match["last_word"])
            first, last = min(first, other[0]), max(last, other[1])
        draft.claim_span(_lead_start(draft, match.start()), match.end(), Mark.DROP)
        return first, last
    return None, None


def _decade(part: str | None, digits: str | None, word: str | None) -> tuple[int, int]:
    if digits is None:
        start = _DECADE_WORDS[word or ""]
    elif len(digits) == 4:
        start = int(digits)
    else:
        start = (2000 if int(digits) <= 20 else 1900) + int(digits)
    first, last = _PARTS.get(part or "", (0, 9))
    return start + first, start + last


def _read_single(draft: Draft, today: int) -> Span:
    """ "From 1994", "1999 movies", "'99"."""
    for match in re.finditer(rf"(?<![\w#$£€.,:-]){_YEAR}(?![\w%]|[.,]\d)", draft.view()):
        year = _year(match["year"], today)
        if year > today + 2 or _is_setting(draft, match.start()) or _is_refused(draft, match.start()):
            continue
        draft.claim_span(_lead_start(draft, match.start()), match.end(), Mark.DROP)
        return year, year
    return None, None


def _lead_start(draft: Draft, start: int) -> int:
    """Where "(released) from the" in front of a year begins."""
    lead = re.search(
        r"\b(?:(?:made|released|came out|out) )?(?:from|in|of|circa|around|during)? ?(?:the )?(?:year )?'?$",
        draft.view()[:start],
    )
    return lead.start() if lead else start


def _is_setting(draft: Draft, start: int) -> bool:
    """Whether a year tells when a story is set, or when something in it happens."""
    before = draft.view()[:start]
    before = re.sub(r"\b(?:what|how) about\b", "", before)
    return _SETTING_VERB.search(before) is not None and not re.search(
        r"(?:from|made|released)(?: the)? ?$", before
    )


def _is_refused(draft: Draft, start: int) -> bool:
    return re.search(r"\b(?:not|nothing|no) (?:from |in )?(?:the )?$", draft.view()[:start]) is not None


def _year(text: str, today: int) -> int:
    """A year as it is written: 1999, or '99 for the last year that ended so."""
    if not text.startswith("'"):
        return int(text)
    short = int(text[1:])
    return short + (2000 if short <= today % 100 + 1 else 1900)


def _number(text: str) -> int:
    text = text.removeprefix("a ")
    return int(text) if text.isdecimal() else _COUNTS[text]

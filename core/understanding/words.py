"""Filters said in words. Each reader takes what it knows out of the text and leaves the rest.

`read("dark comedies from the 90s on Netflix")` gives comedy, 1990 to 1999 and Netflix, and leaves
"dark comedies" to search by: genre words stay, because they colour the mood of a request.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.domain import FIRST_YEAR, MediaType, Popularity, SearchFilters
from core.errors import InvalidRequest
from core.vocabulary.places import languages
from core.vocabulary.services import SERVICES

__all__ = ["Said", "read"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a text was found to say."""

    filters: SearchFilters
    rest: str
    """The text without the phrases that became filters; words for wanted genres stay."""
    terms: str
    """The same without the words for wanted genres, too."""


_GENRE_WORDS = MappingProxyType(
    {
        r"action": ("Action",),
        r"adventures?": ("Adventure",),
        r"animated|animations?|anime|cartoons?": ("Animation",),
        r"comed(?:y|ies)|comedic": ("Comedy",),
        r"rom-?coms?|romantic comed(?:y|ies)": ("Romance", "Comedy"),
        r"crime": ("Crime",),
        r"documentar(?:y|ies)|docu-?series": ("Documentary",),
        r"dramas?": ("Drama",),
        r"dramed(?:y|ies)": ("Drama", "Comedy"),
        r"fantasy": ("Fantasy",),
        r"historical|period dramas?": ("History",),
        r"horrors?|slashers?": ("Horror",),
        r"musicals?": ("Music",),
        r"myster(?:y|ies)|whodunn?its?": ("Mystery",),
        r"reality tv|reality shows?": ("Reality",),
        r"romances?|romantic": ("Romance",),
        r"sci-?\s?fi|science fiction": ("Science Fiction",),
        r"thrillers?": ("Thriller",),
        r"war(?= (?:movies?|films?|dramas?|series))": ("War",),
        r"westerns?": ("Western",),
        r"(?:family|kids'?|children'?s)(?= (?:movies?|films?|shows?|series))": ("Family",),
    }
)
_GENRE_PATTERN = "|".join(_GENRE_WORDS)
_ANY_GENRE = re.compile(rf"\b(?:{_GENRE_PATTERN})(?!\w)", re.IGNORECASE)
_NEGATION = (
    r"(?:no|not|non|nor|neither|without|minus|except|excluding|isn'?t|aren'?t|nothing|anything but|"
    r"other than|(?:do not|don'?t) (?:want|like)|hate|sick of|tired of)"
)
_NEGATED = rf"\b{_NEGATION}[- ](?:(?:too|very|a|any|an|another|more) )?"
_UNWANTED = re.compile(rf"{_NEGATED}$", re.IGNORECASE)
# How far back a negation may stand: the longest one, with its filler.
_NEGATION_REACH = 32

_MEDIA_WORDS = MappingProxyType(
    {
        MediaType.TV: re.compile(
            r"\b(?:tv shows?|tv series|mini-?series|series|shows?(?! (?:me|us)\b)|sitcoms?)\b",
            re.IGNORECASE,
        ),
        MediaType.MOVIE: re.compile(r"\b(?:movies?|films?|flicks?)\b", re.IGNORECASE),
    }
)

# Names that mean a service wherever they stand; the others ("max", "apple") only after "on".
_PLAIN_SERVICES = (
    r"netflix|hulu|crunchyroll|disney ?(?:\+|plus)|hbo ?max|hbo|amazon prime(?: video)?|prime video|"
    r"paramount ?(?:\+|plus)|apple tv ?(?:\+|plus)|shudder|mubi|criterion channel|tubi"
)
_SERVICE_LIST = re.compile(
    rf"\b(?:(?:available |streaming |streamable )?on |only on )?(?P<first>{_PLAIN_SERVICES}|(?<=\bon )[\w+]+)"
    rf"(?P<more>(?:\s*(?:,|/|\bor\b|\band\b)\s*(?:on )?(?:{_PLAIN_SERVICES}|prime|max|disney|apple tv))*)"
    r"(?!\w)",
    re.IGNORECASE,
)
_SERVICE_SPLIT = re.compile(r"\s*(?:,|/|\bor\b|\band\b)\s*(?:on )?", re.IGNORECASE)

_DECADE_WORDS = MappingProxyType(
    {
        "twenties": 1920,
        "thirties": 1930,
        "forties": 1940,
        "fifties": 1950,
        "sixties": 1960,
        "seventies": 1970,
        "eighties": 1980,
        "nineties": 1990,
        "noughties": 2000,
    }
)
_DECADE = re.compile(
    r"\b(?:(?:from|in|of|set in) )?(?:the )?(?P<part>early|mid|late)?[ -]?"
    rf"(?:'?(?P<digits>(?:18|19|20)?[0-9]0)'?s|(?P<word>{'|'.join(_DECADE_WORDS)}))\b",
    re.IGNORECASE,
)
_YEAR = r"((?:18|19|20)[0-9]{2})"
_YEAR_RANGE = re.compile(
    rf"\b(?:between |from )?{_YEAR}\s*(?:-|–|to|and|until|through)\s*{_YEAR}\b", re.IGNORECASE
)
_YEAR_BEFORE = re.compile(rf"\b(?:(?:from )?before|older than|pre-?)\s*{_YEAR}\b", re.IGNORECASE)
_YEAR_AFTER = re.compile(rf"\b(?:after|newer than|post-?)\s*{_YEAR}\b", re.IGNORECASE)
_YEAR_SINCE = re.compile(
    rf"\b(?:since|from|starting in)\s+{_YEAR}\s*(?:on|onwards?|and later|\+)", re.IGNORECASE
)
_YEAR_SINCE_WORD = re.compile(rf"\bsince\s+{_YEAR}\b", re.IGNORECASE)
_YEAR_IN = re.compile(
    rf"\b(?:(?:from|in|released in)|(?<=films )of|(?<=movies )of|(?<=series )of|(?<=shows )of)\s+{_YEAR}\b"
    r"(?!\s*(?:-|–|to\b))",
    re.IGNORECASE,
)
_NOT_BOUND = re.compile(r"\b(?:nothing|not|no)\s+(?:from\s+)?$", re.IGNORECASE)

_NUMBER_WORDS = MappingProxyType({"one": 1, "two": 2, "three": 3, "four": 4, "a": 1, "an": 1})
_LENGTH = (
    r"(?P<number>\d{1,3}(?:\.\d{1,2})?|one|two|three|four|an?)(?P<half> and a half)?\s*"
    r"-?(?P<unit>hours?|hrs?|h(?![a-z])|minutes?|mins?\b)"
    r"(?:\s*(?:and )?(?P<minutes>[0-5]?[0-9])(?: ?m(?:in(?:ute)?s?)?)?\b)?"
)
_SHORTER = re.compile(
    rf"\b(?:under|less than|shorter than|below|at most|max(?:imum)?|(?:no|not) (?:longer|more) than)"
    rf"\s+{_LENGTH}",
    re.IGNORECASE,
)
_LONGER = re.compile(
    rf"(?<!\bno )(?<!\bnot )\b(?:over|more than|longer than|at least|(?:no|not) (?:less|shorter) than)"
    rf"\s+{_LENGTH}",
    re.IGNORECASE,
)

_RATING = re.compile(
    r"\b(?:rated|rating|score[ds]?|imdb)\s*(?:of|is)?\s*(?:above|over|at least|more than|higher than)?\s*"
    r"(?P<value>10|[0-9](?:\.[0-9])?)\s*(?:\+|or (?:more|higher|above|better)|/ ?10)?(?![\w.])",
    re.IGNORECASE,
)

_POPULARITY = MappingProxyType(
    {
        Popularity.HIDDEN_GEMS: re.compile(
            r"\b(?:hidden gems?|under(?:-| )?rated|lesser[- ]known|overlooked|obscure|under the radar)\b",
            re.IGNORECASE,
        ),
        Popularity.POPULAR: re.compile(r"\b(?:popular|well[- ]known|blockbusters?|famous)\b", re.IGNORECASE),
    }
)

_LANGUAGE_WORDS = (
    "arabic|cantonese|chinese|danish|dutch|english|farsi|finnish|french|german|greek|hebrew|hindi|"
    "icelandic|italian|japanese|korean|mandarin|norwegian|persian|polish|portuguese|russian|spanish|"
    "swedish|tamil|telugu|thai|turkish"
)
_LANGUAGE = re.compile(
    rf"\bin (?P<spoken>{_LANGUAGE_WORDS})\b|\b(?P<kind>{_LANGUAGE_WORDS})(?:-language)?\b(?=[\w\s,'-]{{0,24}}"
    r"\b(?:movies?|films?|flicks?|series|shows?|thrillers?|dramas?|comed(?:y|ies)|horrors?|romances?|"
    r"documentar(?:y|ies)|cinema|crime|noir|sci-?fi|anime|myster(?:y|ies)|rom-?coms?)\b)",
    re.IGNORECASE,
)


# What is left between phrases that were taken out.
_STRAY_COMMAS = re.compile(r"(?:\s*[,;](?=\s*(?:[,;]|$)))+\s*|\s+")


_UNWANTED_GENRE = re.compile(rf"{_NEGATED}(?:{_GENRE_PATTERN})(?!\w)", re.IGNORECASE)
# What is said not to be wanted says nothing of what to look for: "scary but not too gory".
_UNWANTED_WORD = re.compile(
    r"\b(?:but )?(?:not|no|without|nothing) (?:too |very |so |any |an? )?[\w'-]+", re.IGNORECASE
)


def read(text: str) -> Said:
    """Take filters out of a text. Never raises on any text: what contradicts itself is left unsaid."""
    filters, rest = SearchFilters(), text
    for reader in _READERS:
        try:
            filters, rest = reader(filters, rest)
        except InvalidRequest:
            continue
    return Said(filters, _tidy(rest), _tidy(_ANY_GENRE.sub(" ", _UNWANTED_WORD.sub(" ", rest))))


def _tidy(text: str) -> str:
    return _STRAY_COMMAS.sub(" ", f" {text} ").strip(" ,;")


def _genres(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    for pattern, names in _GENRE_WORDS.items():
        for match in re.finditer(rf"\b(?:{pattern})(?!\w)", text, re.IGNORECASE):
            before = text[max(0, match.start() - _NEGATION_REACH) : match.start()]
            if _UNWANTED.search(before):
                unwanted.update(dict.fromkeys(names))
            elif not _alternative(text, match):
                wanted.update(dict.fromkeys(names))
    without = _UNWANTED_GENRE.sub(" ", text)
    return replace(
        filters,
        genres=tuple(name for name in wanted if name not in unwanted),
        exclude_genres=tuple(unwanted),
    ), without


def _alternative(text: str, match: re.Match[str]) -> bool:
    """Whether a genre is one of several that would do ("horror or comedy"): then none of them is a must."""
    return bool(
        re.match(rf"\s+or\s+(?:an? )?(?:{_GENRE_PATTERN})(?!\w)", text[match.end() :][:40], re.IGNORECASE)
        or re.search(rf"\b(?:{_GENRE_PATTERN})\s+or\s+(?:an? )?$", text[: match.start()][-40:], re.IGNORECASE)
    )


def _media_type(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    """The words stay: they are stop words of the index, and dense encoders read them well."""
    said = [media_type for media_type, pattern in _MEDIA_WORDS.items() if pattern.search(text)]
    return replace(filters, media_type=said[0] if len(said) == 1 else None), text


def _services(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    found: dict[str, None] = {}
    for match in _SERVICE_LIST.finditer(text):
        names = [match["first"], *(name for name in _SERVICE_SPLIT.split(match["more"]) if name)]
        known = [SERVICES.find(name) for name in names]
        negated = re.search(rf"\b{_NEGATION}\s+$", text[: match.start()][-_NEGATION_REACH:], re.IGNORECASE)
        if known[0] is None or negated:  # there is no filter for services that are not wanted
            continue
        found.update({name: None for name in known if name})
        text = text.replace(match[0], " ")
    return replace(filters, providers=tuple(found)), text


def _years(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    if match := _YEAR_RANGE.search(text):
        first, last = sorted((int(match[1]), int(match[2])))
        return replace(filters, year_from=first, year_to=last), _cut(text, match)
    lowest: int | None = None
    highest: int | None = None
    for pattern, bounds in _YEAR_BOUNDS:
        if match := pattern.search(text):
            from_year, to_year = bounds(int(match[1]))
            before = text[: match.start()]
            if refused := _NOT_BOUND.search(before):  # "nothing from before 2000"
                from_year, to_year = _opposite(from_year, to_year)
                before = before[: refused.start()]
            text = f"{before} {text[match.end() :]}"
            lowest = lowest if from_year is None else from_year
            highest = highest if to_year is None else to_year
    if lowest is None and highest is None and (match := _DECADE.search(text)):
        lowest, highest = _decade(match)
        text = _cut(text, match)
    return replace(filters, year_from=lowest, year_to=highest), text


def _opposite(first: int | None, last: int | None) -> tuple[int | None, int | None]:
    """The years that a refused bound leaves: not before 2000 is from 2000 on."""
    if first is None and last is not None:
        return last + 1, None
    if last is None and first is not None:
        return None, first - 1
    return None, None


_YEAR_BOUNDS: tuple[tuple[re.Pattern[str], Callable[[int], tuple[int | None, int | None]]], ...] = (
    (_YEAR_BEFORE, lambda year: (None, max(year - 1, FIRST_YEAR))),
    (_YEAR_AFTER, lambda year: (year + 1, None)),
    (_YEAR_SINCE, lambda year: (year, None)),
    (_YEAR_SINCE_WORD, lambda year: (year, None)),
    (_YEAR_IN, lambda year: (year, year)),
)


def _decade(match: re.Match[str]) -> tuple[int, int]:
    digits = match["digits"]
    if digits is None:
        start = _DECADE_WORDS[match["word"].lower()]
    elif len(digits) == 4:
        start = int(digits)
    else:
        start = (2000 if int(digits) <= 20 else 1900) + int(digits)
    first, last = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get((match["part"] or "").lower(), (0, 9))
    return start + first, start + last


def _runtime(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    if match := _SHORTER.search(text):
        filters, text = replace(filters, max_runtime=_minutes(match)), _cut(text, match)
    if match := _LONGER.search(text):
        filters, text = replace(filters, min_runtime=_minutes(match)), _cut(text, match)
    return filters, text


def _minutes(match: re.Match[str]) -> int:
    word = match["number"].lower()
    number = _NUMBER_WORDS.get(word) or float(word)
    number += 0.5 if match["half"] else 0
    if match["unit"].lower().startswith("h"):
        return round(number * 60) + int(match["minutes"] or 0)
    return round(number)


def _rating(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    match = _RATING.search(text)
    if match is None:
        return filters, text
    return replace(filters, min_rating=float(match["value"])), _cut(text, match)


def _popularity(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    for wish, pattern in _POPULARITY.items():
        if match := pattern.search(text):
            return replace(filters, popularity=wish), _cut(text, match)
    return filters, text


def _language(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    match = _LANGUAGE.search(text)
    code = languages().find(match["spoken"] or match["kind"]) if match else None
    if match is None or code is None:
        return filters, text
    return replace(filters, languages=(code,)), _cut(text, match)


def _cut(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


_READERS: tuple[Callable[[SearchFilters, str], tuple[SearchFilters, str]], ...] = (
    _services,
    _language,
    _years,
    _runtime,
    _rating,
    _popularity,
    _genres,
    _media_type,
)

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
_ANY_GENRE = re.compile(rf"\b(?:{'|'.join(_GENRE_WORDS)})(?!\w)", re.IGNORECASE)
_NEGATION = r"(?:no|not|non|without|minus|except|excluding|isn't|aren't|nothing)"
_UNWANTED = re.compile(rf"\b{_NEGATION}[- ](?:too |very |a |any |an )?$", re.IGNORECASE)

_MEDIA_WORDS = MappingProxyType(
    {
        MediaType.TV: re.compile(
            r"\b(?:tv shows?|tv series|mini-?series|series|shows?|sitcoms?)\b", re.IGNORECASE
        ),
        MediaType.MOVIE: re.compile(r"\b(?:movies?|films?|flicks?)\b", re.IGNORECASE),
    }
)

# Names that mean a service wherever they stand; the others ("max", "apple") only after "on".
_PLAIN_SERVICES = (
    r"netflix|hulu|crunchyroll|disney ?(?:\+|plus)|hbo ?max|hbo|amazon prime(?: video)?|prime video|"
    r"paramount ?(?:\+|plus)|apple tv ?(?:\+|plus)|shudder|mubi|criterion channel|tubi|peacock"
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
    rf"(?:'?(?P<digits>(?:19|20)?[0-9]0)'?s|(?P<word>{'|'.join(_DECADE_WORDS)}))\b",
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
_YEAR_IN = re.compile(rf"\b(?:from|in|released in)\s+{_YEAR}\b(?!\s*(?:-|–|to\b))", re.IGNORECASE)

_NUMBER_WORDS = MappingProxyType({"one": 1, "two": 2, "three": 3, "four": 4, "a": 1, "an": 1})
_LENGTH = (
    r"(?P<number>\d+(?:\.\d+)?|one|two|three|four|an?)(?P<half> and a half)?\s*"
    r"-?(?P<unit>hours?|hrs?|h\b|minutes?|mins?\b)"
)
_SHORTER = re.compile(
    rf"\b(?:under|less than|shorter than|below|at most|max(?:imum)?|(?:no|not) longer than)\s+{_LENGTH}",
    re.IGNORECASE,
)
_LONGER = re.compile(rf"\b(?:over|more than|longer than|at least)\s+{_LENGTH}", re.IGNORECASE)

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


def read(text: str) -> Said:
    """Take filters out of a text. Never raises on any text: what contradicts itself is left unsaid."""
    filters, rest = SearchFilters(), text
    for reader in _READERS:
        try:
            filters, rest = reader(filters, rest)
        except InvalidRequest:
            continue
    return Said(filters, _tidy(rest), _tidy(_ANY_GENRE.sub(" ", rest)))


def _tidy(text: str) -> str:
    return _STRAY_COMMAS.sub(" ", f" {text} ").strip(" ,;")


def _genres(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    for pattern, names in _GENRE_WORDS.items():
        for match in re.finditer(rf"\b(?:{pattern})(?!\w)", text, re.IGNORECASE):
            negated = _UNWANTED.search(text[: match.start()])
            (unwanted if negated else wanted).update(dict.fromkeys(names))
    without = re.sub(
        rf"\b{_NEGATION}[- ](?:too |very |a |any |an )?(?:{'|'.join(_GENRE_WORDS)})(?!\w)",
        " ",
        text,
        flags=re.IGNORECASE,
    )
    return replace(
        filters,
        genres=tuple(name for name in wanted if name not in unwanted),
        exclude_genres=tuple(unwanted),
    ), without


def _media_type(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    """The words stay: they are stop words of the index, and dense encoders read them well."""
    said = [media_type for media_type, pattern in _MEDIA_WORDS.items() if pattern.search(text)]
    return replace(filters, media_type=said[0] if len(said) == 1 else None), text


def _services(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    found: dict[str, None] = {}
    for match in _SERVICE_LIST.finditer(text):
        names = [match["first"], *(name for name in _SERVICE_SPLIT.split(match["more"]) if name)]
        known = [SERVICES.find(name) for name in names]
        if known[0] is None:
            continue
        found.update({name: None for name in known if name})
        text = text.replace(match[0], " ")
    return replace(filters, providers=tuple(found)), text


def _years(filters: SearchFilters, text: str) -> tuple[SearchFilters, str]:
    if match := _YEAR_RANGE.search(text):
        return replace(filters, year_from=int(match[1]), year_to=int(match[2])), _cut(text, match)
    for pattern, bounds in _YEAR_BOUNDS:
        if match := pattern.search(text):
            first, last = bounds(int(match[1]))
            return replace(filters, year_from=first, year_to=last), _cut(text, match)
    if match := _DECADE.search(text):
        first, last = _decade(match)
        return replace(filters, year_from=first, year_to=last), _cut(text, match)
    return filters, text


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
    return round(number * (60 if match["unit"].lower().startswith("h") else 1))


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

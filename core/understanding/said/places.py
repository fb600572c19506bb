"""Languages and countries: "korean thriller", "in french", "from Iran", "nothing with subtitles".

A nationality is its language where it has one of its own, else its country.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.said.scope import headed
from core.understanding.tokens import Draft, Mark
from core.vocabulary.nationalities import BY_COUNTRY, BY_LANGUAGE, NATIONALITIES
from core.vocabulary.places import countries

__all__ = ["country_at", "read_places"]

# Adjectives that are also everyday words or verbs; they need a noun like "film" behind them.
_NEEDS_HEAD = frozenset({"uk", "polish", "latin", "english", "american"})
# "Latin American", "Native American": another place, or no place at all.
_AMERICAS = frozenset({"latin", "native", "african", "asian", "south", "central"})
_LEADS_TO_COUNTRY = frozenset({"from", "made in", "produced in", "out of", "filmed in", "shot in"})
_SUBTITLES = frozenset({"subtitles", "subtitle", "subs", "subtitled"})
_FINE = frozenset({"fine", "ok", "okay", "good", "great", "cool", "welcome", "no problem"})


def read_places(draft: Draft, plot: frozenset[int]) -> None:
    """Languages and countries; one of each is enough."""
    spoken: dict[str, None] = {}
    made: dict[str, None] = {}
    _read_subtitles(draft, spoken)
    ends: set[int] = set()
    place = 0
    while place < len(draft):
        place = (
            _read_country(draft, place, made, ends)
            or _read_nationality(draft, place, plot, spoken, made, ends)
            or place + 1
        )
    if spoken:
        draft.say(languages=tuple(spoken))
    if made:
        draft.say(countries=tuple(made))


def _read_subtitles(draft: Draft, spoken: dict[str, None]) -> None:
    """Whoever does not want to read hears English."""
    for place, word in enumerate(draft.words):
        if word not in _SUBTITLES or not draft.free(place):
            continue
        position, first = stance(draft, place, place + 1)
        reading = draft.word(place - 1) in ("read", "reading") and _refusal_before(draft, place)
        fine = any(draft.word(ahead) in _FINE for ahead in range(place + 1, place + 4))
        if (position is Stance.REFUSED or reading) and not fine:
            spoken["en"] = None
            refuse(draft, first, place + 1)
        draft.claim(first, place + 1, Mark.DROP)


def _refusal_before(draft: Draft, place: int) -> bool:
    words = " ".join(draft.words[max(0, place - 6) : place])
    return any(cue in words for cue in ("don t", "dont", "not ", "can t", "cant", "hate", "without", "no "))


def _read_country(draft: Draft, place: int, made: dict[str, None], ends: set[int]) -> int | None:
    """ "From Spain or Portugal": the place after it, or None."""
    joined = place - 1 in ends and draft.word(place - 1) in ("or", "and")
    led = draft.word(place - 1) in _LEADS_TO_COUNTRY or (
        f"{draft.word(place - 2)} {draft.word(place - 1)}" in _LEADS_TO_COUNTRY
    )
    with_article = draft.word(place - 1) == "from" and draft.word(place) == "the"
    country = country_at(draft, place) if joined or led or with_article else None
    if country is None:
        return None
    after, code = country
    position, first = stance(draft, place, after)
    if position is Stance.WANTED:
        made[code] = None
        ends.add(after)
        draft.claim(place - 1, after, Mark.DROP)
    else:
        refuse(draft, first, after)
    return after


def country_at(draft: Draft, place: int) -> tuple[int, str] | None:
    """The country that a place names: where it ends, and its ISO code."""
    start = place + 1 if draft.word(place) == "the" else place
    for count in (3, 2, 1):
        code = _country_names().get(" ".join(draft.words[start : start + count]))
        if code is not None and draft.free(start, start + count):
            return start + count, code
    return None


def _read_nationality(
    draft: Draft,
    place: int,
    plot: frozenset[int],
    spoken: dict[str, None],
    made: dict[str, None],
    ends: set[int],
) -> int | None:
    """ "Korean", "british", "in french": the place after it, or None."""
    for count in (2, 1):
        word = " ".join(draft.words[place : place + count])
        if word not in NATIONALITIES or not draft.free(place, place + count):
            continue
        if word == "american" and draft.word(place - 1) in _AMERICAS:
            return None
        if word in ("uk", "usa") and draft.word(place - 1) == "the":
            return None
        after = place + count
        language_said = draft.word(after) in ("language", "speaking", "spoken", "dub", "dubbed", "audio")
        after += language_said
        told = (
            word in BY_LANGUAGE and draft.word(place - 1) in ("in", "speak", "speaks") and place not in plot
        )
        if not (told or language_said) and (place in plot or not _qualifies(draft, word, place, after)):
            return None
        position, first = stance(draft, place, after)
        if position is not Stance.WANTED:
            refuse(draft, first, after)
            return after
        if word in BY_LANGUAGE:
            spoken[BY_LANGUAGE[word]] = None
        else:
            made[BY_COUNTRY[word]] = None
        ends.add(after)
        draft.claim(place - 1 if told else place, after, Mark.DROP)
        return after
    return None


def _qualifies(draft: Draft, word: str, place: int, after: int) -> bool:
    """Whether the adjective says of the title itself where it is from."""
    joined = draft.word(after) in ("or", "and") and any(
        draft.word(after + 1) == other or " ".join(draft.words[after + 1 : after + 3]) == other
        for other in NATIONALITIES
    )
    if joined:
        following = after + 2
        return headed(draft, following)
    if word in _NEEDS_HEAD and not (draft.breaks(place) and draft.breaks(after)):
        return headed(draft, after) and not draft.breaks(after) and draft.word(after) not in ("and", "or")
    return headed(draft, after)


@lru_cache(maxsize=1)
def _country_names() -> Mapping[str, str]:
    """Names of countries as they are said, without the two-letter codes ("in", "it", "us" are words)."""
    names = {spelling: code for spelling, code in countries().by_spelling.items() if len(spelling) > 2}
    return MappingProxyType({**names, "us": "US", "uk": "GB", "states": "US", "uae": "AE"})

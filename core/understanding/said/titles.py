"""Names of titles: those to start from ("like Interstellar"), those to leave out ("except Dune"), and those
that are merely spoken of, whose words must not be read as filters ("Cold War", "Scary Movie").
"""

import re
from dataclasses import dataclass, field

from core.ports import RosterEntry
from core.understanding.directory import Directory
from core.understanding.said.genres import GENRE_PHRASES, MEDIA_WORDS
from core.understanding.said.refusal import refuse
from core.understanding.said.title_cues import (
    CLEAR_ENDS,
    STYLE_TAILS,
    Role,
    asks_a_fact,
    asks_for_more,
    asks_for_similar,
    ended,
    excluded_behind,
    role_before,
    serves_as_measure,
    serves_at_start,
    strongly_refused,
)
from core.understanding.tokens import Draft, Mark, common
from core.vocabulary.nationalities import NATIONALITIES
from core.vocabulary.places import is_country
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["TitlesSaid", "read_titles"]


@dataclass(slots=True)
class TitlesSaid:
    """Titles that a text names."""

    liked: list[RosterEntry] = field(default_factory=list)
    excluded: list[RosterEntry] = field(default_factory=list)
    mentioned: list[RosterEntry] = field(default_factory=list)
    spoken: int = 0
    """How many of them are just spoken of ("have you seen …?"), or may be no titles at all."""


_JOINING = frozenset({"+", "and", "or", "x", "meets", "plus", "n", "nor"})
# Words that are no title unless written as one.
_NEVER_ALONE = frozenset(
    """it this that these those them him me us you he she they one ones something everything nothing here home
    more others both any all what who how when where no yes old new big fun dark cute good bad love dead
    now then soon later first second third last next part life time man woman girl boy kids only short
    long some another anything american other remember know think care believe mind""".split()
)
# "Shows like Dark", at the end of a clause, name the title all the same.
_EVERYDAY_TITLES = frozenset("dark big old home love girl life next war you us them looking slasher".split())
# Written with a capital, but rarely as a title.
_CALENDAR = frozenset(
    """halloween christmas easter thanksgiving monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december""".split()
)
# A name of so many words is no accident.
_LONG_NAME = 4
_QUOTATION = re.compile(r"[\"“”«][^\"“”«»]{2,80}[\"“”»]")
_LONGEST_QUOTATION = 10
# How well known a title of one word must be to be taken for what a wish starts from without a cue.
_FAMOUS = 0.7
_LIKED = frozenset({"liked", "loved", "enjoyed", "finished"})
_STARTS = (Role.LIKED, Role.PAIR)


def read_titles(draft: Draft, directory: Directory) -> TitlesSaid:
    """Find names of titles and take them out of the text, with the words that lead to them."""
    said = TitlesSaid()
    place = _read_whole(draft, directory, said)
    if place:
        return said
    _protect_quotations(draft, directory)
    while place < len(draft):
        place = _read_at(draft, directory, place, said)
    _promote(draft, said)
    return said


def _read_whole(draft: Draft, directory: Directory, said: TitlesSaid) -> int:
    """A message that is nothing but the name of a title ("1917"); returns where to go on."""
    found = directory.title_at(draft.words, 0) if len(draft) else None
    phrase = " ".join(draft.words)
    if (
        found is None
        or found[0] < len(draft)
        or not found[2]
        or phrase in GENRE_PHRASES
        or phrase in NATIONALITIES
    ):
        return 0
    if _is_person(draft, directory, 0, len(draft)):
        return 0
    said.mentioned.append(found[1])
    draft.names[0] = (len(draft), "TITLE")
    draft.claim(0, len(draft), Mark.KEEP)
    return len(draft)


def _protect_quotations(draft: Draft, directory: Directory) -> None:
    """What stands in quotation marks and is no known title is the name of one that is not known."""
    for match in _QUOTATION.finditer(draft.text):
        first, after = draft.place_at(match.start()), draft.place_at(match.end() - 1)
        found = directory.title_at(draft.words, first) if first < after else None
        if first < after <= first + _LONGEST_QUOTATION and (found is None or found[0] < after - first):
            draft.claim(first, after, Mark.KEEP)


def _read_at(draft: Draft, directory: Directory, place: int, said: TitlesSaid) -> int:
    """Read a title that begins at a place; returns where to go on."""
    if not draft.free(place):
        return place + 1
    role, first = role_before(draft, place)
    found = directory.title_at(draft.words, place)
    if found is not None and _is_person(draft, directory, place, found[0] + (role in _STARTS)):
        found = None
    if found is not None and not draft.free(place, place + found[0]):
        found = None
    if found is None or not _acceptable(draft, place, found, role):
        found = _misspelt(draft, directory, place) if role in (*_STARTS, Role.REFUSED) else None
    if found is None or (draft.word(place - 1) in ("from", "in") and is_country(draft.words[place])):
        return place + 1
    count, entry, _ = found
    after = place + count
    if role is Role.SEEN:
        role = Role.LIKED if asks_for_more(draft, after) else Role.REFUSED
    if role is Role.NONE and serves_as_measure(draft, directory, place, after):
        role = Role.LIKED
    if excluded_behind(draft, after):
        role = Role.REFUSED
    draft.names[place] = (after, "TITLE")
    match role:
        case Role.LIKED | Role.PAIR:
            said.liked.append(entry)
            draft.claim(first, after, Mark.DROP)
        case Role.REFUSED:
            said.excluded.append(entry)
            draft.claim(first, after, Mark.DROP)
            refuse(draft, first, after)
        case _:
            given_name = count == 1 and directory.is_given_name(draft.word(place))
            unlikely = not _distinctive(draft, place, count) or (
                given_name and not _quoted(draft, place, after)
            )
            if unlikely and role is not Role.SPOKEN:
                del draft.names[place]
                return place + 1
            said.mentioned.append(entry)
            known = entry.fame >= _FAMOUS or _written_as_name(draft, place, count)
            led = draft.breaks(place) or draft.word(place - 1) in STOP_WORDS | {"another", "next"}
            alone = led and ended(draft, after)
            said.spoken += role is Role.SPOKEN or not (count > 1 or (known and alone))
            draft.claim(place, after, Mark.KEEP)
    return _read_joined(draft, directory, after, role, said)


def _read_joined(draft: Draft, directory: Directory, after: int, role: Role, said: TitlesSaid) -> int:
    """Further titles of the same list: "Fargo and Her", "Dune, Arrival or Tenet"."""
    while after < len(draft):
        start = after
        if draft.word(after) in _JOINING:
            start = after + 1
        elif not (draft.breaks(after) and draft.gap(after).strip() in (",", "&", "/", "+")):
            return after
        if draft.word(start) == "and" and start == after:
            start += 1
        found = directory.title_at(draft.words, start)
        joined = start > after
        if (
            found is None
            or _is_person(draft, directory, start, found[0])
            or not draft.free(start, start + found[0])
            or not _acceptable(draft, start, found, Role.JOINED if joined else Role.LISTED)
        ):
            return after
        count, entry, _ = found
        wanted = role in _STARTS
        (said.liked if wanted else said.excluded if role is Role.REFUSED else said.mentioned).append(entry)
        draft.names[start] = (start + count, "TITLE")
        draft.claim(after, start + count, Mark.DROP if wanted or role is Role.REFUSED else Mark.KEEP)
        if role is Role.REFUSED:
            refuse(draft, after, start + count)
        after = start + count
    return after


def _acceptable(draft: Draft, place: int, found: tuple[int, RosterEntry, bool], role: Role) -> bool:
    """Whether the words at a place are meant as the title that they spell."""
    count, _, whole = found
    words = draft.words[place : place + count]
    if _goes_on(draft, place, place + count):
        return False
    if _quoted(draft, place, place + count) or (whole and count >= _LONG_NAME):
        return True
    if role is Role.NONE and ((not whole and count < 3) or " ".join(words) in _CALENDAR):
        return False
    if count == 1 and words[0].isdecimal() and (len(words[0]) < 2 or draft.gap(place).endswith("#")):
        return False  # "more like #2", "not 3"
    phrase = " ".join(words)
    liked = draft.word(place - 1) in _LIKED and (phrase == "dark" or draft.word(place - 1) != "loved")
    if phrase in _EVERYDAY_TITLES and liked and draft.breaks(place + 1):
        return True
    if phrase in _EVERYDAY_TITLES and draft.word(place - 1) == "like" and draft.breaks(place + 1):
        return draft.word(place - 2) in MEDIA_WORDS or draft.word(place - 2) in ("something", "anything")
    if phrase in GENRE_PHRASES or phrase in MEDIA_WORDS or phrase in _NEVER_ALONE or phrase in NATIONALITIES:
        return role is not Role.NONE and _written_as_name(draft, place, count) and place > 0
    if role is Role.NONE and all(word in STOP_WORDS for word in words):  # "anything else", "up was so good"
        named = _written_as_name(draft, place, count) and place > 0
        return named or serves_at_start(draft, place, place + count, words)
    if excluded_behind(draft, place + count) and (count > 1 or not common(words[0])):
        return True
    everyday = all(common(word) or word in STOP_WORDS or word.isdecimal() for word in words)
    if not everyday:
        if role is not Role.NONE:
            return True
        if count == 1 and len(words[0]) < 4:
            return _written_as_name(draft, place, count)
        return True
    if _written_as_name(draft, place, count) and (role is not Role.NONE or place > 0 or count > 1):
        return True
    if role is Role.NONE:
        follower = "" if draft.breaks(place + count) else draft.word(place + count)
        return (count > 1 and follower in STYLE_TAILS) or serves_at_start(draft, place, place + count, words)
    if role is Role.REFUSED and count == 1:
        return words[0] not in STOP_WORDS and strongly_refused(draft, place) and ended(draft, place + count)
    if role is Role.LISTED and count == 1:
        return False
    if count == 1 and (words[0] in STOP_WORDS or not whole):
        return draft.breaks(place + count) or draft.word(place + count) in CLEAR_ENDS
    return ended(draft, place + count)


def _distinctive(draft: Draft, place: int, count: int) -> bool:
    """Whether a name without any cue may be taken for a title."""
    words = draft.words[place : place + count]
    if _quoted(draft, place, place + count) or (count > 1 and _written_as_name(draft, place, count)):
        return True
    return any(not common(word) and word not in STOP_WORDS and not word.isdecimal() for word in words) or (
        place > 0 and _written_as_name(draft, place, count) and not draft.breaks(place)
    )


def _goes_on(draft: Draft, place: int, after: int) -> bool:
    """Whether the name that is meant is a longer one, which is not known: "Angel's Egg", "Prince Caspian"."""
    if after >= len(draft):
        return False
    if draft.word(after) == "s" and draft.gap(after) in ("'", "’"):
        return True
    if (
        draft.breaks(after)
        or not draft.tokens[place].capital
        or not _written_as_name(draft, place, after - place)
    ):
        return False
    return (
        draft.tokens[after].capital
        and draft.word(after) not in STOP_WORDS
        and not draft.word(after).isdecimal()
    )


def _written_as_name(draft: Draft, place: int, count: int) -> bool:
    """With capitals, in a text that does not begin every word so."""
    tokens = draft.tokens[place : place + count]
    weighty = [
        token
        for token in tokens
        if token.word not in ("the", "a", "an", "of", "and", "in", "to", "s", "on", "at")
    ]
    lower = any(not token.capital and token.word.isalpha() for token in draft.tokens)
    return (
        bool(weighty)
        and all(token.capital or not token.word.isalpha() for token in weighty)
        and (lower or count == len(draft))
        and any(token.capital for token in weighty)
    )


def _quoted(draft: Draft, place: int, after: int) -> bool:
    opening, closing = draft.gap(place)[-1:], draft.gap(after)[:1]
    return opening in "\"“*_«'‘" and closing in "\"”*_»'’" and bool(opening) and bool(closing)


def _is_person(draft: Draft, directory: Directory, place: int, count: int) -> bool:
    """Whether someone's name stands there, longer than the title ("John Wick" is none, "Jackie Chan" is)."""
    return any(
        directory.person(draft.words[place : place + length]) is not None
        for length in (4, 3, 2)
        if length >= count and place + length <= len(draft)
    )


def _misspelt(draft: Draft, directory: Directory, place: int) -> tuple[int, RosterEntry, bool] | None:
    """A title that is spelled wrong or cut short, right after a cue."""
    if draft.word(place - 1) in ("with", "w", "by", "starring") or draft.word(place).isdecimal():
        return None
    if _is_person(draft, directory, place, 1) or draft.word(place) in NATIONALITIES:
        return None
    if draft.word(place) == "new" or is_country(draft.word(place)):
        return None
    only_given_name = directory.is_given_name(draft.word(place)) and (
        draft.breaks(place + 1) or draft.word(place + 1) in STOP_WORDS
    )
    if only_given_name:
        return None
    end = place
    while (
        end < len(draft) and end - place < 5 and (end == place or not draft.breaks(end)) and draft.free(end)
    ):
        end += 1
    for after in range(end, place, -1):
        words = draft.words[place:after]
        if words[-1] in STOP_WORDS or all(common(word) or word in STOP_WORDS for word in words):
            continue
        if any(word in GENRE_PHRASES or word in MEDIA_WORDS for word in words[-1:]):
            continue
        if directory.person(words) or (len(words) == 1 and directory.by_one_name(words[0])):
            continue
        entry = directory.nearest_title(" ".join(words)) if draft.guess() else None
        if entry is not None:
            return after - place, entry, False
    return None


def _promote(draft: Draft, said: TitlesSaid) -> None:
    """Titles that a wish merely names are what to start from ("need my next Ted Lasso"); those that a
    question names are so only before "… anything similar?".
    """
    if said.liked or not said.mentioned:
        return
    if asks_for_similar(draft) or (said.spoken == 0 and not asks_a_fact(draft)):
        said.liked, said.mentioned = said.mentioned, []

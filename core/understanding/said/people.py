"""People wanted and unwanted: "by Nolan", "with Meryl Strep", "not directed by Woody Allen"."""

from dataclasses import dataclass, field

from core.understanding.directory import PARTICLES, Directory, Person
from core.understanding.said.genres import GENRE_PHRASES, MEDIA_WORDS
from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.said.scope import FOLLOWERS, headed
from core.understanding.said.services import SERVICE_WORDS
from core.understanding.tokens import Draft, Mark, common, phrases
from core.vocabulary.nationalities import NATIONALITIES
from core.vocabulary.places import is_country
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["PeopleSaid", "read_people"]


@dataclass(slots=True)
class PeopleSaid:
    """People that a text names."""

    wanted: dict[str, None] = field(default_factory=dict)
    unwanted: dict[str, None] = field(default_factory=dict)
    corrected: dict[str, str] = field(default_factory=dict)
    """As written → the name that was taken to be meant."""


_CUES = frozenset(
    """with w by starring stars star featuring feat actor actress director directed from s and or n more
    love loves loved anything plus ft""".split()
)
_MAKER_CUES = frozenset({"by", "from", "director", "directed"})
_STRONG_CUES = phrases("""with | w | by | starring | featuring | feat | actor | actress | director | ft""")
# A manner, not a person: "tarantino-esque", "Sofia Coppola vibes", "something Aronofsky would make".
_MANNERS = frozenset(
    """esque vibes vibe style styled type like ish inspired would could might shot energy aesthetic era
    coded ian feel flavored flavoured homage wannabe""".split()
)
# How well known someone must be to be meant by a first name without "with" or the like.
_KNOWN_BY_GIVEN_NAME = 8.0
_NAMING = frozenset({"named", "called", "a", "an", "the", "old", "young", "little", "name", "is"})
# Last names that are better known as places.
_PLACES = frozenset(
    """york washington london paris jordan houston dallas phoenix orlando boston austin chicago israel ireland
    england holland france sydney berlin rome milan lincoln carolina georgia virginia jersey hollywood texas
    spain brooklyn miami vegas kent lancaster bali""".split()
)
_SUBJECT_OPENERS = frozenset({"about", "life", "biopic", "looks", "feels"})
_ANYONE = phrases(
    """whoever | whatever | anyone | someone | anybody | somebody | similar | any | so | maybe"""
)
_PRONOUNS = frozenset({"him", "her", "them"})
_PREPOSITIONS = phrases("""with | w | by | starring | featuring | from | and | feat | directed | actor""")


def read_people(draft: Draft, directory: Directory) -> PeopleSaid:
    """Find people and take them out of the text. They must all apply, so of "X or Y" none is a filter."""
    said = PeopleSaid()
    alternatives_end: int | None = None
    place = 0
    while place < len(draft):
        found = _found_at(draft, directory, place)
        if found is None:
            place += 1
            continue
        count, people, written = found
        after = place + count
        draft.names[place] = (after, "PERSON")
        if not _only_manner(draft, place, after):
            position, first = stance(draft, place, after)
            if position is Stance.REFUSED or _refused_behind(draft, after):
                said.unwanted.update({person.name: None for person in people})
                draft.claim(first, after, Mark.DROP)
                refuse(draft, first, after)
            elif position is Stance.WANTED:
                joined = alternatives_end == place - 1 and draft.word(place - 1) == "or"
                if joined or _alternative(draft, after, directory):
                    alternatives_end = after
                    draft.claim(place, after, Mark.KEEP)
                else:
                    said.wanted.update({person.name: None for person in people})
                    draft.claim(_phrase_start(draft, place), after, Mark.DROP)
            if written:
                said.corrected[written] = people[0].name
        place = after
    _not_by_them(draft, said)
    for name in said.unwanted:
        said.wanted.pop(name, None)
    return said


def _found_at(draft: Draft, directory: Directory, place: int) -> tuple[int, list[Person], str] | None:
    """Someone whose name begins at a place: how many words, who, and the spelling where it was wrong."""
    for count in (4, 3, 2):
        if place + count > len(draft) or not draft.free(place, place + count) or _broken(draft, place, count):
            continue
        person = directory.person(draft.words[place : place + count])
        if person is not None and not _everyday(draft, place, count):
            return count, [person], ""
    if not draft.free(place):
        return None
    word = draft.word(place)
    pair = _sharing_last_name(draft, directory, place)
    if pair is not None:
        return pair
    kin = directory.siblings(word, draft.word(place + 1)) if draft.free(place + 1) else []
    if kin:
        return 2, kin, ""
    if draft.word(place - 1) == "the" and word.endswith("s") and not common(word):
        kin = directory.siblings(word[:-1], "siblings")
        if len(kin) > 1:  # "the Coens"
            return 1, kin, ""
    if word in STOP_WORDS or word in GENRE_PHRASES or word in SERVICE_WORDS or word in NATIONALITIES:
        return None
    return _misspelt_at(draft, directory, place) or _one_name_at(draft, directory, place)


def _sharing_last_name(
    draft: Draft, directory: Directory, place: int
) -> tuple[int, list[Person], str] | None:
    """ "Joel and Ethan Coen"."""
    if draft.word(place + 1) not in ("and", "n") or not draft.free(place, place + 4):
        return None
    last = draft.word(place + 3)
    pair = [directory.person((draft.word(place + step), last)) for step in (0, 2)]
    found = [person for person in pair if person is not None]
    return (4, found, "") if len(found) == 2 else None


def _misspelt_at(draft: Draft, directory: Directory, place: int) -> tuple[int, list[Person], str] | None:
    if not draft.free(place, place + 2) or _broken(draft, place, 2):
        return None
    given, last = draft.words[place : place + 2]
    cued = draft.word(place - 1) in _STRONG_CUES
    if not (given.isalpha() and last.isalpha()) or last in STOP_WORDS:
        return None
    if f"{given} {last}" in NATIONALITIES or is_country(f"{given} {last}"):
        return None
    everyday = common(given) and not cued and not draft.tokens[place].capital
    person = None if everyday else directory.nearest_person(given, last)
    if person is None and not common(last) and draft.guess():
        person = directory.nearest_full_name(f"{given} {last}")
    if person is None:
        return None
    shortened = person.name.lower().endswith(f" {last}")
    if common(last) and not (cued or (shortened and not common(given))):
        return None
    return (
        2,
        [person],
        "" if shortened else draft.text[draft.tokens[place].start : draft.tokens[place + 1].end],
    )


def _one_name_at(draft: Draft, directory: Directory, place: int) -> tuple[int, list[Person], str] | None:
    word, before = draft.word(place), draft.word(place - 1)
    after = place + 1
    if word in PARTICLES and draft.free(after) and not draft.breaks(after):
        word, after = f"{word} {draft.word(after)}", after + 1
    elif not word.isalpha() or word in _PLACES:
        return None
    if draft.word(after) == "s" and draft.gap(after) in ("'", "’"):
        after += 1  # "Nolan's"
    cued = before in _CUES and not draft.breaks(place)
    made = before in _MAKER_CUES and not draft.breaks(place)
    person = directory.by_one_name(word, maker=made or not cued)
    if person is None and not made:
        person = directory.by_one_name(word)
    if person is None and before in _MAKER_CUES:
        person = directory.by_one_name(word) if before == "by" else None
    expected = before in _STRONG_CUES or (not draft.breaks(after) and draft.word(after) in MEDIA_WORDS)
    if person is None and expected and not common(word) and not directory.knows(word) and draft.guess():
        near = directory.nearest_one_name(word)
        if near is not None:
            return after - place, [near], draft.text[draft.tokens[place].start : draft.tokens[place].end]
    if person is None or _goes_on(draft, after):
        return None
    if common(word) and not (before in _STRONG_CUES and draft.tokens[place].capital):
        return None
    given = person.name.lower().split()[0]
    position, _ = stance(draft, place, after)
    alone = draft.breaks(place) or before in STOP_WORDS or not draft.tokens[place - 1].capital
    if cued or position is Stance.REFUSED or (alone and headed(draft, after, loosely=False)):
        if word == given and (before in _NAMING or not (cued or person.weight >= _KNOWN_BY_GIVEN_NAME)):
            return None
        if before == "from" and person.makes < 1.0:
            return None
        return after - place, [person], ""
    return None


def _goes_on(draft: Draft, after: int) -> bool:
    """Whether an unknown name follows, so that another person is meant: "Jane Austen" is no Jane of ours."""
    word = draft.word(after)
    if draft.breaks(after) or not draft.free(after) or not word.isalpha():
        return False
    known = word in STOP_WORDS or word in FOLLOWERS or word in SERVICE_WORDS or word in _MANNERS
    return not (known or common(word) or draft.phrase_at(after, GENRE_PHRASES))


def _broken(draft: Draft, place: int, count: int) -> bool:
    return any(draft.breaks(inner) for inner in range(place + 1, place + count))


def _everyday(draft: Draft, place: int, count: int) -> bool:
    """Whether the name is made of everyday words and not written as one ("grace under …")."""
    words = draft.words[place : place + count]
    return all(common(word) or word in STOP_WORDS for word in words) and not (
        all(token.capital for token in draft.tokens[place : place + count])
        or draft.word(place - 1) in _STRONG_CUES
    )


def _only_manner(draft: Draft, place: int, after: int) -> bool:
    """Whether the name stands for a manner, or for what a title is about."""
    follower = draft.word(after)
    joined = not draft.breaks(after) or "-" in draft.gap(after)
    if joined and (follower in _MANNERS or (follower == "type" and draft.word(after + 1) in _MANNERS)):
        return True
    before = draft.word(place - 1)
    if before in ("like", "of") and draft.word(place - 2) in (
        "looks",
        "feels",
        "look",
        "feel",
        "life",
        "style",
    ):
        return True
    return before in _SUBJECT_OPENERS


def _refused_behind(draft: Draft, after: int) -> bool:
    tail = " ".join(draft.words[after : after + 4])
    return tail.startswith(("is out", "not in it", "isn t in it", "excluded", "isnt in it"))


def _alternative(draft: Draft, after: int, directory: Directory) -> bool:
    if draft.word(after) != "or" or draft.breaks(after):
        return False
    if draft.word(after + 1) in _ANYONE:
        return True
    return (
        directory.person(draft.words[after + 1 : after + 3]) is not None
        or directory.person(draft.words[after + 1 : after + 4]) is not None
        or directory.by_one_name(draft.word(after + 1)) is not None
    )


def _phrase_start(draft: Draft, place: int) -> int:
    first = place
    while (
        first > 0
        and not draft.breaks(first)
        and draft.free(first - 1)
        and draft.word(first - 1) in _PREPOSITIONS
    ):
        first -= 1
    return first


def _not_by_them(draft: Draft, said: PeopleSaid) -> None:
    """ "Nolan films but not directed by him": whom the words before name is not wanted."""
    for place, word in enumerate(draft.words):
        if word in _PRONOUNS and draft.word(place - 1) in ("by", "with", "without", "him"):
            position, first = stance(draft, place, place + 1)
            if position is Stance.REFUSED and said.wanted:
                said.unwanted.update(said.wanted)
                draft.claim(first, place + 1, Mark.DROP)

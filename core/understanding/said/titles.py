"""Names of titles: those to start from ("like Interstellar"), those to leave out ("except Dune"), and those
that are merely spoken of, whose words must not be read as filters ("Cold War", "Scary Movie").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.ports import RosterEntry
from core.understanding.directory import Directory
from core.understanding.said.genres import GENRE_PHRASES, MEDIA_WORDS
from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.tokens import Draft, Mark, common
from core.vocabulary.nationalities import NATIONALITIES
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["TitlesSaid", "read_titles"]


@dataclass(slots=True)
class TitlesSaid:
    """Titles that a text names."""

    liked: list[RosterEntry] = field(default_factory=list)
    excluded: list[RosterEntry] = field(default_factory=list)
    mentioned: list[RosterEntry] = field(default_factory=list)


# What stands before a title to start from.
_LIKE_CUES = frozenset(
    {
        *(
            "like",
            "similar to",
            "similiar to",
            "simular to",
            "vein of",
            "vein as",
            "reminiscent of",
            "akin to",
        ),
        *(
            "fan of",
            "fans of",
            "loved",
            "loves",
            "love",
            "liked",
            "enjoyed",
            "enjoy",
            "adore",
            "adored",
            "adores",
        ),
        *("mix of", "mix between", "cross between", "blend of", "mashup of", "combination of", "combo of"),
        *("crossed with", "meets", "energy as", "energy of", "vibe as", "vibes as", "vibe of", "vibes of"),
        *(
            "feel as",
            "feel of",
            "feeling of",
            "style as",
            "style of",
            "spirit of",
            "spirit as",
            "tone of",
            "tone as",
        ),
        *("mood as", "mood of", "same as", "as good as", "miss", "missing", "obsessed with", "reminds me of"),
        *("finished", "finishing", "finish", "binged", "rewatched", "close to", "comparable to", "lines of"),
        *(
            "a la",
            "such as",
            "watch after",
            "binge after",
            "atmosphere of",
            "atmosphere as",
            "scratch the",
            "mixed with",
        ),
        *(
            "between",
            "vibe from",
            "vibes from",
            "feel from",
            "alternatives to",
            "alternative to",
            "answer to",
        ),
        *("substitute for", "replacement for", "companion to", "follow up to", "followup to", "adored"),
    }
)
# Between these two titles follow.
_PAIR_CUES = frozenset(
    {"mix of", "mix between", "cross between", "blend of", "combination of", "between", "combo of"}
)
# "I'd like", "would you like" name nothing.
_NOT_LIKING = frozenset({"d", "id", "would", "ll", "did"})
_SEEN_CUES = frozenset(
    {"seen", "saw", "watched", "already seen", "already watched", "already saw", "know", "rewatch"}
)
# "Forget Adam" takes back what was wanted; it refuses no title.
_EASING = frozenset({"forget", "drop", "lose", "ditch"})
_STRONG_REFUSALS = frozenset(
    {
        *(
            "except",
            "besides",
            "excluding",
            "anything but",
            "everything but",
            "all but",
            "other than",
            "but not",
        ),
        *("apart from", "aside from", "anything except", "everything except", "cept", "minus", "not"),
    }
)
_LONGEST_CUE = 3
# What may stand between a cue and the name.
_LEADS = frozenset(
    {"the", "movie", "film", "show", "series", "movies", "films", "both", "say", "eg", "maybe", "old"}
)
# What follows a title at the start of a message that is liked, or that serves as the measure.
_LIKING_TAILS = frozenset(
    {
        *(
            "was",
            "were",
            "but",
            "crossed",
            "meets",
            "vibes",
            "vibe",
            "energy",
            "esque",
            "style",
            "looked",
            "blew",
        ),
        *("made", "meet", "mixed", "blew", "had"),
    }
)
_INTERJECTIONS = frozenset("ok okay so hmm oh well hey hm ah and".split())
_STYLE_TAILS = frozenset(
    {"vibes", "vibe", "energy", "esque", "style", "type", "crossed", "meets", "gave", "fans", "fan", "lovers"}
)
_PHRASE_TAILS = frozenset(
    {
        "are my",
        "is my",
        "for grown",
        "for adults",
        "for kids",
        "for children",
        "is the best",
        "is so",
        "are so",
    }
)
_JOINING = frozenset({"and", "or", "x", "meets", "plus", "n", "nor"})
# Words that are no title unless written as one.
_NEVER_ALONE = frozenset(
    """it this that these those them him me us you he she they one ones something everything nothing here home
    more others both any all what who how when where no yes old new big fun dark cute good bad love dead
    now then soon later first second third last next part life time man woman girl boy kids only short
    long some another anything american other""".split()
)
# "Shows like Dark", at the end of a clause, name the title all the same.
_EVERYDAY_TITLES = frozenset("dark big old home love girl life next war you us them looking slasher".split())
_ENDS = STOP_WORDS | frozenset(
    """but vibes vibe style type meets crossed yesterday recently especially lol tho though too also again
    please pls plz already only minus instead except thx esque energy streaming available preferably ideally
    rated without looked""".split()
)
# What may follow a title that is spelled like a function word ("movies like Her but …").
_CLEAR_ENDS = frozenset("but and or with except minus only pls please vibes without".split())
# A name of so many words is no accident.
_LONG_NAME = 4
# "Con Air excluded", "Paterson already seen".
_EXCLUDING_TAILS = (
    *("excluded", "is done", "already seen", "already watched", "is out", "doesn t count", "doesnt count"),
    *("aside", "seen it", "i ve seen", "ive seen", "i saw already"),
)
_PROMOTERS = frozenset(
    {
        *(
            "similar",
            "similiar",
            "what next",
            "whats next",
            "what s next",
            "what now",
            "now what",
            "that vein",
        ),
        *(
            "like that",
            "like those",
            "like these",
            "like it",
            "like them",
            "watch next",
            "same vibe",
            "along those",
        ),
        *("more like", "anything else", "what else"),
    }
)


def read_titles(draft: Draft, directory: Directory) -> TitlesSaid:
    """Find names of titles and take them out of the text, with the words that lead to them."""
    said = TitlesSaid()
    place = _read_whole(draft, directory, said)
    if place:
        return said
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


def _read_at(draft: Draft, directory: Directory, place: int, said: TitlesSaid) -> int:
    """Read a title that begins at a place; returns where to go on."""
    if not draft.free(place):
        return place + 1
    role, first = _role(draft, place)
    found = directory.title_at(draft.words, place)
    if found is not None and _is_person(draft, directory, place, found[0] + (role in ("like", "pair"))):
        found = None
    if found is not None and not draft.free(place, place + found[0]):
        found = None
    if found is None or not _acceptable(draft, place, found, role):
        found = _misspelt(draft, directory, place) if role in ("like", "refused", "pair") else None
    if found is None:
        return place + 1
    count, entry, _ = found
    after = place + count
    if role == "seen":
        role = "like" if _asks_for_more(draft, after) else "refused"
    if not role and _serves_as_measure(draft, directory, place, after):
        role = "like"
    if _excluded_behind(draft, after):
        role = "refused"
    draft.names[place] = (after, "TITLE")
    match role:
        case "like" | "pair":
            said.liked.append(entry)
            draft.claim(first, after, Mark.DROP)
        case "refused":
            said.excluded.append(entry)
            draft.claim(first, after, Mark.DROP)
            refuse(draft, first, after)
        case _:
            given_name = count == 1 and directory.is_given_name(draft.word(place))
            unlikely = not _distinctive(draft, place, count) or (
                given_name and not _quoted(draft, place, after)
            )
            if unlikely and role != "spoken":
                del draft.names[place]
                return place + 1
            said.mentioned.append(entry)
            draft.claim(place, after, Mark.KEEP)
    return _read_joined(draft, directory, after, "" if role == "spoken" else role, said)


def _read_joined(draft: Draft, directory: Directory, after: int, role: str, said: TitlesSaid) -> int:
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
            or not _acceptable(draft, start, found, "joined" if joined else "listed")
        ):
            return after
        count, entry, _ = found
        found_before = {"refused": said.excluded, "": said.mentioned}.get(role, said.liked)
        found_before.append(entry)
        draft.names[start] = (start + count, "TITLE")
        draft.claim(after, start + count, Mark.DROP if role else Mark.KEEP)
        if role == "refused":
            refuse(draft, after, start + count)
        after = start + count
    return after


def _role(draft: Draft, place: int) -> tuple[str, int]:
    """What the words before a place say of a title there: "like", "pair", "refused", "seen" or nothing."""
    start = place
    for _ in range(3):
        found = _cue_before(draft, start)
        if found is not None:
            return found
        if start == 0 or draft.breaks(start) or draft.word(start - 1) not in _LEADS:
            break
        start -= 1
    position, first = stance(draft, place, place + 1)
    if position is Stance.REFUSED and draft.word(first) not in _EASING:
        return "refused", first
    return "", place


def _cue_before(draft: Draft, start: int) -> tuple[str, int] | None:
    if draft.breaks(start) and draft.gap(start).strip(" \"“*_:'‘") != "":
        return None
    for count in range(min(_LONGEST_CUE, start), 0, -1):
        first = start - count
        phrase = " ".join(draft.words[first:start])
        if phrase in _LIKE_CUES:
            position, begin = stance(draft, first, start)
            offered = draft.word(first - 1) == "you" and draft.word(first - 2) in ("would", "do", "might")
            if phrase == "like" and (offered or draft.word(first - 1) in _NOT_LIKING):
                return None
            if position is Stance.REFUSED:
                return "refused", begin
            if phrase == "between" and draft.word(first - 1) not in (
                "cross",
                "mix",
                "something",
                "somewhere",
            ):
                return None
            return ("pair" if phrase in _PAIR_CUES else "like"), _cue_start(draft, first)
        if phrase in _SEEN_CUES:
            if draft.word(first - 1) == "you":
                return "spoken", start
            already = draft.word(first - 1) == "already" or phrase.startswith("already")
            return ("refused" if already else "seen"), first
    return None


def _cue_start(draft: Draft, first: int) -> int:
    """ "A mix of", "in the vein of", "if you liked": where it begins."""
    while (
        first > 0
        and not draft.breaks(first)
        and draft.word(first - 1)
        in (*("a", "the", "in", "same", "with", "if", "you", "i", "we", "just", "along", "really", "kinda"),)
    ):
        first -= 1
    return first


def _acceptable(draft: Draft, place: int, found: tuple[int, RosterEntry, bool], role: str) -> bool:
    """Whether the words at a place are meant as the title that they spell."""
    count, _, whole = found
    words = draft.words[place : place + count]
    if _quoted(draft, place, place + count) or (whole and count >= _LONG_NAME):
        return True
    if role == "" and not whole and count < 3:
        return False
    if count == 1 and words[0].isdecimal() and (len(words[0]) < 2 or draft.gap(place).endswith("#")):
        return False  # "more like #2", "not 3"
    phrase = " ".join(words)
    if phrase in _EVERYDAY_TITLES and draft.word(place - 1) == "like" and draft.breaks(place + 1):
        return draft.word(place - 2) in MEDIA_WORDS or draft.word(place - 2) in ("something", "anything")
    if phrase in GENRE_PHRASES or phrase in MEDIA_WORDS or phrase in _NEVER_ALONE or phrase in NATIONALITIES:
        return role != "" and _written_as_name(draft, place, count) and place > 0
    if _excluded_behind(draft, place + count) and (count > 1 or not common(words[0])):
        return True
    everyday = all(common(word) or word in STOP_WORDS or word.isdecimal() for word in words)
    if not everyday:
        if role:
            return True
        if count == 1 and len(words[0]) < 4:
            return _written_as_name(draft, place, count)
        return True
    if _written_as_name(draft, place, count) and (role or place > 0 or count > 1):
        return True
    if role == "":
        follower = "" if draft.breaks(place + count) else draft.word(place + count)
        return (count > 1 and follower in _STYLE_TAILS) or _serves_at_start(
            draft, place, place + count, words
        )
    if role == "refused" and count == 1:
        return words[0] not in STOP_WORDS and _strongly_refused(draft, place) and _ended(draft, place + count)
    if role == "listed" and count == 1:
        return False
    if count == 1 and words[0] in STOP_WORDS:
        return draft.breaks(place + count) or draft.word(place + count) in _CLEAR_ENDS
    return _ended(draft, place + count)


def _ended(draft: Draft, after: int) -> bool:
    return draft.breaks(after) or draft.word(after) in _ENDS


def _strongly_refused(draft: Draft, place: int) -> bool:
    return any(" ".join(draft.words[max(0, place - count) : place]) in _STRONG_REFUSALS for count in (1, 2))


def _serves_at_start(draft: Draft, place: int, after: int, words: Sequence[str]) -> bool:
    """ "Up was so good", "the office but in a hospital", "1917 and Saving Private Ryan are my favourites"."""
    if draft.breaks(after) or not _begins(draft, place):
        return False
    follower = draft.word(after)
    if words[0].isdecimal() and follower in ("and", "was", "is", "meets", "blew"):
        return True
    return follower in ("was", "were") or (len(words) > 1 and follower in _LIKING_TAILS)


def _begins(draft: Draft, place: int) -> bool:
    return (
        place == 0 or draft.word(place - 1) in _INTERJECTIONS or (draft.breaks(place) and place < len(draft))
    )


def _serves_as_measure(draft: Draft, directory: Directory, place: int, after: int) -> bool:
    """Whether a title without a cue is what the wish starts from ("Interstellar but funnier")."""
    tail = after
    while draft.word(tail) == "and":  # "1917 and Saving Private Ryan are my favourites"
        further = directory.title_at(draft.words, tail + 1)
        if further is None:
            break
        tail += 1 + further[0]
    if draft.breaks(tail):
        return False
    follower = draft.word(tail)
    if follower in _STYLE_TAILS:
        return True
    pair = f"{follower} {draft.word(tail + 1)}"
    if not _begins(draft, place):
        return False
    at_start = place == 0 or draft.word(place - 1) in _INTERJECTIONS
    return follower in ("was", "were") or pair in _PHRASE_TAILS or (at_start and follower in _LIKING_TAILS)


def _excluded_behind(draft: Draft, after: int) -> bool:
    """ "Con Air excluded", "Paterson already seen", "not Interstellar, seen it"."""
    tail = " ".join(draft.words[after : after + 3])
    return tail.startswith(_EXCLUDING_TAILS)


def _asks_for_more(draft: Draft, after: int) -> bool:
    rest = " ".join(draft.words[after:])
    return any(
        cue in rest
        for cue in ("next", "now what", "similar", "what else", "more", "like that", "like it", "what should")
    )


def _distinctive(draft: Draft, place: int, count: int) -> bool:
    """Whether a name without any cue may be taken for a title."""
    words = draft.words[place : place + count]
    if _quoted(draft, place, place + count) or (count > 1 and _written_as_name(draft, place, count)):
        return True
    return any(not common(word) and word not in STOP_WORDS and not word.isdecimal() for word in words) or (
        place > 0 and _written_as_name(draft, place, count) and not draft.breaks(place)
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
    """Titles that are named before "… anything similar?" are what to start from."""
    if said.liked or not said.mentioned:
        return
    text = " ".join(draft.words)
    if any(f" {cue} " in f" {text} " for cue in _PROMOTERS):
        said.liked, said.mentioned = said.mentioned, []

"""The words around the name of a title that say what part it plays: "like …", "except …", "… was great"."""

from collections.abc import Sequence
from enum import Enum

from core.understanding.directory import Directory
from core.understanding.said.refusal import Stance, stance
from core.understanding.tokens import Draft, phrases
from core.vocabulary.stop_words import STOP_WORDS

__all__ = [
    "CLEAR_ENDS",
    "STYLE_TAILS",
    "Role",
    "asks_a_fact",
    "asks_for_more",
    "asks_for_similar",
    "ended",
    "excluded_behind",
    "role_before",
    "serves_as_measure",
    "serves_at_start",
    "strongly_refused",
]


class Role(Enum):
    """What part a title plays in a text."""

    NONE = "none"
    """No word says; its form must."""
    LIKED = "liked"
    PAIR = "pair"
    """To start from, as one of two: "a mix of …"."""
    SEEN = "seen"
    """Liked or to be left out, as the rest of the text will have it."""
    REFUSED = "refused"
    SPOKEN = "spoken"
    """Plainly a title, but neither wanted nor unwanted: "have you seen …?"."""
    JOINED = "joined"
    """The next one of a list, after "and" or "or"."""
    LISTED = "listed"
    """The next one of a list, after a comma."""


# What stands before a title to start from.
_LIKE_CUES = phrases(
    """like | similar to | similiar to | simular to | vein of | vein as | reminiscent of | akin to | fan of |
    fans of | loved | loves | love | liked | enjoyed | enjoy | adore | adored | adores | mix of |
    mix between | cross between | blend of | mashup of | combination of | combo of | crossed with | meets |
    energy as | energy of | vibe as | vibes as | vibe of | vibes of | feel as | feel of | feeling of |
    style as | style of | spirit of | spirit as | tone of | tone as | mood as | mood of | same as |
    as good as | miss | missing | obsessed with | reminds me of | finished | finishing | finish | binged |
    rewatched | close to | comparable to | lines of | a la | such as | watch after | binge after |
    atmosphere of | atmosphere as | scratch the | mixed with | between | vibe from | vibes from | feel from
    | alternatives to | alternative to | answer to | substitute for | replacement for | companion to |
    follow up to | followup to"""
)
# Between these two titles follow.
_PAIR_CUES = phrases(
    """mix of | mix between | cross between | blend of | combination of | between | combo of"""
)
# "I'd like", "would you like" name nothing.
_NOT_LIKING = frozenset({"d", "id", "would", "ll", "did"})
_OFFERS = frozenset({"would you", "do you", "might you"})
_SEEN_CUES = phrases(
    """seen | saw | watched | already seen | already watched | already saw | know | rewatch"""
)
# "Forget Adam" takes back what was wanted; it refuses no title.
_EASING = frozenset({"forget", "drop", "lose", "ditch"})
_STRONG_REFUSALS = phrases(
    """except | besides | excluding | anything but | everything but | all but | other than | but not |
    apart from | aside from | anything except | everything except | cept | minus | not"""
)
_LONGEST_CUE = 3
# Words of questions, and of what they are about.
_ASKING = frozenset(
    """who whos whose whats when where wheres which how did does tell wer wo wann wie qui où quien quién
    cuando
    cuándo donde dónde chi dove quando quem onde wie kto kiedy кто когда""".split()
)
_FACTS = frozenset(
    """runtime rating rated cast seasons season director plot synopsis actress actor swearing ending genre
    language certificate release scored score""".split()
)
# What may stand between a cue and the name.
_LEADS = phrases("""the | movie | film | show | series | movies | films | both | say | eg | maybe | old""")
# What follows a title at the start of a message that is liked, or that serves as the measure.
_LIKING_TAILS = phrases(
    """was | were | but | crossed | meets | vibes | vibe | energy | esque | style | looked | blew | made | + |
    meet | mixed | had"""
)
_INTERJECTIONS = frozenset("ok okay so hmm oh well hey hm ah and".split())
STYLE_TAILS = phrases(
    """vibes | vibe | energy | esque | style | type | crossed | meets | gave | fans | fan | lovers"""
)
_PHRASE_TAILS = phrases(
    """are my | is my | for grown | for adults | for kids | for children | is the best | is so | are so"""
)
_ENDS = STOP_WORDS | frozenset(
    """but vibes vibe style type meets crossed yesterday recently especially lol tho though too also again
    please pls plz already only minus instead except thx esque energy streaming available preferably ideally
    rated without looked""".split()
)
# What may follow a title that is spelled like a function word ("movies like Her but …").
CLEAR_ENDS = frozenset("but and or with except minus only pls please vibes without".split())
# "Con Air excluded", "Paterson already seen".
_EXCLUDING_TAILS = (
    *("excluded", "is done", "already seen", "already watched", "is out", "doesn t count", "doesnt count"),
    *("aside", "seen it", "i ve seen", "ive seen", "i saw already"),
)
_PROMOTERS = phrases(
    """similar | similiar | what next | whats next | what s next | what now | now what | that vein | like that
    | like those | like these | like it | like them | watch next | same vibe | along those | more like |
    anything else | what else"""
)


def role_before(draft: Draft, place: int) -> tuple[Role, int]:
    """What the words before a place say of a title there, and where they begin."""
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
        return Role.REFUSED, first
    return Role.NONE, place


def _cue_before(draft: Draft, start: int) -> tuple[Role, int] | None:
    if draft.breaks(start) and draft.gap(start).strip(" \"“*_:'‘") != "":
        return None
    for count in range(min(_LONGEST_CUE, start), 0, -1):
        first = start - count
        phrase = " ".join(draft.words[first:start])
        if phrase in _LIKE_CUES:
            position, begin = stance(draft, first, start)
            if phrase == "like" and draft.word(first - 1) in _NOT_LIKING:
                return None
            if phrase == "like" and f"{draft.word(first - 2)} {draft.word(first - 1)}" in _OFFERS:
                return Role.SPOKEN, start
            if position is Stance.REFUSED:
                return Role.REFUSED, begin
            if phrase == "between" and draft.word(first - 1) not in (
                "cross",
                "mix",
                "something",
                "somewhere",
                "halfway",
            ):
                return None
            return (Role.PAIR if phrase in _PAIR_CUES else Role.LIKED), _cue_start(draft, first)
        if phrase in _SEEN_CUES:
            if draft.word(first - 1) == "you":
                return Role.SPOKEN, start
            already = draft.word(first - 1) == "already" or phrase.startswith("already")
            return (Role.REFUSED if already else Role.SEEN), first
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


def ended(draft: Draft, after: int) -> bool:
    """Whether a name may end before a place: a clause does, or a function word follows."""
    return draft.breaks(after) or draft.word(after) in _ENDS


def strongly_refused(draft: Draft, place: int) -> bool:
    """Whether a word like "except" stands right before, which refuses nothing but a name."""
    return any(" ".join(draft.words[max(0, place - count) : place]) in _STRONG_REFUSALS for count in (1, 2))


def serves_at_start(draft: Draft, place: int, after: int, words: Sequence[str]) -> bool:
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


def serves_as_measure(draft: Draft, directory: Directory, place: int, after: int) -> bool:
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
    if follower in STYLE_TAILS:
        return True
    pair = f"{follower} {draft.word(tail + 1)}"
    if not _begins(draft, place):
        return False
    at_start = place == 0 or draft.word(place - 1) in _INTERJECTIONS
    return follower in ("was", "were") or pair in _PHRASE_TAILS or (at_start and follower in _LIKING_TAILS)


def excluded_behind(draft: Draft, after: int) -> bool:
    """ "Con Air excluded", "Paterson already seen", "not Interstellar, seen it"."""
    tail = " ".join(draft.words[after : after + 3])
    return tail.startswith(_EXCLUDING_TAILS)


def asks_for_more(draft: Draft, after: int) -> bool:
    """Whether a text that says that a title was seen goes on with "what next?"."""
    rest = " ".join(draft.words[after:])
    return any(
        cue in rest
        for cue in (
            "next",
            "alternative",
            "replace",
            "now what",
            "similar",
            "what else",
            "more",
            "like that",
            "like it",
            "what should",
        )
    )


def asks_a_fact(draft: Draft) -> bool:
    """Whether a text that names a title may ask about it rather than start from it."""
    return any(word in _ASKING or word in _FACTS for word in draft.words)


def asks_for_similar(draft: Draft) -> bool:
    """Whether a text that names titles goes on with "… anything similar?"."""
    text = f" {' '.join(draft.words)} "
    return any(f" {cue} " in text for cue in _PROMOTERS)

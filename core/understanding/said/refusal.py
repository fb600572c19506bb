"""Whether what stands at a place of a text is refused ("no horror", "not directed by Nolan").

"No horror or musicals" refuses both; "not too scary" and "not just comedies" refuse neither.
"""

from enum import Enum

from core.understanding.tokens import Draft, phrases

__all__ = ["Stance", "refuse", "stance"]


class Stance(Enum):
    """How a text stands to one of its phrases."""

    WANTED = "wanted"
    REFUSED = "refused"
    OPEN = "open"
    """Neither: a matter of degree ("not too scary") or of indifference ("I don't mind horror")."""


_NEGATORS = phrases(
    """no | not | non | nor | neither | without | minus | except | excluding | excl | besides | nothing |
    never | avoid | avoiding | hate | hates | dislike | skip | skipping | sans | isn t | aren t | isnt |
    arent | wasn t | ain t | w o | wo | don t | dont | doesn t | doesnt | can t stand | cant stand | sick of |
    tired of | fed up with | enough of | bored of | anything but | everything but | all but | other than |
    rather than | instead of | apart from | aside from | not a fan of | forget | exclude | but not | cept |
    zero | none | done with | had enough of | lose | drop | ditch | leave out | take out | don t have |
    dont have |
    no longer have"""
)
_INDIFFERENT = phrases(
    """not just | not only | not necessarily | don t mind | dont mind | less | why not | not exactly |
    don t care if | dont care if | doesn t have to be | doesnt have to be | no matter"""
)
_LONGEST = 4
# How many words may stand between a negation and what it refuses.
_FURTHEST = 8
# What may stand between a negation and what it refuses.
_BETWEEN = frozenset(
    """a an any anything another more the those these of with by from starring directed made featuring want
    wanna see watch watching really all kind sort type please pls in it be like much even my your actual
    movies films shows series movie film show give me about need some elements cheap generic anymore have has
    got either one on shown available streaming""".split()
)
_DEGREES = frozenset({"too", "very", "super", "overly", "so", "that", "overtly", "as", "quite"})
_ARTICLES = frozenset({"a", "an", "any", "the", "with", "by", "anything", "everything"})
_JOINING = frozenset({"or", "nor", "and", "n"})


def stance(draft: Draft, place: int, after: int, *, degree: bool = False) -> tuple[Stance, int]:
    """How the text stands to the phrase from `place` up to (not including) `after`, and where that begins.

    Args:
        draft: The text.
        place: Where the phrase begins.
        after: Where it ends.
        degree: Whether it is a quality that may be had more or less of ("scary").
    """
    joined = _joined_to_refused(draft, place, after)
    if joined is not None:
        return Stance.REFUSED, joined
    reach, graded = place, False
    while reach > max(0, place - _FURTHEST) and not draft.breaks(reach):
        found = _ending_at(draft, reach)
        if found is not None:
            first, refusing = found
            if not refusing or (graded and degree):
                return Stance.OPEN, first
            return Stance.REFUSED, first
        word = draft.word(reach - 1)
        graded = graded or word in _DEGREES
        if word not in _BETWEEN and word not in _DEGREES:
            break
        reach -= 1
    if degree and draft.word(place - 1) in ("more", "less", "too"):
        return Stance.OPEN, place
    return Stance.WANTED, place


def refuse(draft: Draft, first: int, last: int) -> None:
    """Remember that the words from `first` up to (not including) `last` say what is not wanted."""
    draft.refused.update(range(first, last))


def _ending_at(draft: Draft, end: int) -> tuple[int, bool] | None:
    """A negation that ends right before `end`: where it begins, and whether it refuses."""
    for count in range(min(_LONGEST, end), 0, -1):
        first = end - count
        if any(draft.breaks(place) for place in range(first + 1, end)) and count > 1:
            continue
        phrase = " ".join(draft.words[first:end])
        if phrase in _INDIFFERENT:
            return first, False
        if phrase in _NEGATORS:
            return first, True
    return None


def _joined_to_refused(draft: Draft, place: int, after: int) -> int | None:
    """Whether the phrase goes on a list of refused ones; where the joining begins."""
    before = place - 1
    while before > place - _LONGEST and draft.word(before) in _ARTICLES and not draft.breaks(before + 1):
        before -= 1
    if draft.word(before) in _JOINING and before - 1 in draft.refused:
        return before
    comma = draft.breaks(place) and "," in draft.gap(place) and place - 1 in draft.refused
    if comma and (draft.word(after) in ("or", "nor") or _list_ends_in_or(draft, after)):
        return place
    return None


def _list_ends_in_or(draft: Draft, place: int) -> bool:
    """Whether ", X or …" follows within the list."""
    for ahead in range(place, min(place + 4, len(draft))):
        if draft.word(ahead) in ("or", "nor"):
            return True
        if not draft.breaks(ahead) and ahead > place + 2:
            return False
    return False

"""The well-known or the overlooked: a weight in the ranking, said like a filter."""

import re

from core.domain import Popularity
from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.said.scope import headed
from core.understanding.tokens import Draft, Mark

__all__ = ["read_fame"]

_NOBODY = r"(?:no ?(?:one|body)|few people|hardly any(?:one|body)|not many(?: people)?|most people haven'?t)"
_HIDDEN = re.compile(
    r"\bhidden (?:\w+ )?gems?\b|\bunder(?:-| )?(?:rated|seen|watched|appreciated)\b|"
    r"\b(?:lesser|less|little|not so|not that|not very|not well)[ -](?:well[ -])?(?:known|seen|"
    r"watched|famous|popular|"
    r"mainstream)\b|\boverlooked\b|\bobscure\b|\bunder[- ]the[- ]radar\b|\bslept[- ]on\b|\bsleeper hits?\b|"
    r"\b(?:never|haven'?t|have not|hasn'?t|not have|n'?t have) (?:even |ever |really )?(?:heard of|"
    r"heard about)\b|"
    r"\bno ?(?:one|body)\b[^.,;!?]{0,30}\bheard of\b|"
    rf"\b{_NOBODY}(?:'?s| has| have)? ?(?:ever |really )?(?:heard of|seen|talks? about|"
    rf"knows?(?: about)?|remembers?)\b|"
    r"\bnothing too (?:popular|mainstream|famous|known|well known)\b|\bnot (?:too |so )?(?:mainstream|"
    r"popular|famous)\b|"
    r"\bno blockbusters?\b|\bunknown\b(?= (?:movies?|films?|gems?|series|shows?))|"
    r"\bgems?\b(?= (?:no ?body|no one|i haven))"
)
_POPULAR = re.compile(
    r"\bpopular\b|\bwell[- ]known\b|\bblockbusters?\b|\bfamous\b|\bmainstream\b|"
    r"\b(?:every(?:one|body)|the whole (?:world|internet|planet))(?:'?s| has| is)? ?(?:already |"
    r"still )?(?:seen|talking about|watching|knows|watched|loves)\b|"
    r"\bbig hits?\b|\bbox office hits?\b|\btrending\b"
)
_PREDICATES = frozenset({"was", "is", "became", "become", "get", "gets", "being", "are"})
# Words that describe someone in a story as readily as a title.
_ADJECTIVES = frozenset({"popular", "famous", "obscure", "unknown", "mainstream", "overlooked"})


def read_fame(draft: Draft, plot: frozenset[int]) -> None:
    """Which of the two is asked for; of "popular rather than obscure", the first."""
    for pattern, wish in ((_HIDDEN, Popularity.HIDDEN_GEMS), (_POPULAR, Popularity.POPULAR)):
        for match in pattern.finditer(draft.view()):
            first = draft.place_at(match.start())
            after = draft.place_at(match.end() - 1) + 1
            if first in plot:
                continue
            before = {draft.word(first - 1), draft.word(first - 2)}
            predicate = bool(before & _PREDICATES)
            if draft.word(after - 1) in {*_ADJECTIVES, "known"} and (predicate or not headed(draft, after)):
                continue
            position, begin = (Stance.WANTED, first)
            if match[0].split()[0] not in ("not", "no", "nothing", "nobody"):
                position, begin = stance(draft, first, after)
            if position is Stance.REFUSED:
                refuse(draft, begin, after)
                draft.claim(begin, after, Mark.DROP)
                continue
            if position is Stance.WANTED:
                draft.claim(first, after, Mark.DROP)
                draft.say(popularity=wish)
                return

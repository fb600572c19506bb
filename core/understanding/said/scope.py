"""Which words tell what a title is about, and so are no filters: "about a war hero", "set in Japan"."""

from core.understanding.tokens import Draft, phrases
from core.vocabulary.nationalities import NATIONALITIES
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["FOLLOWERS", "HEADS", "headed", "plot_places"]

_OPENERS = phrases(
    """about | where | whose | in which | set in | set on | set at | set during | set around | takes place |
    taking place | based on | involving | follows | following | when | who | starring as | grew up in |
    deals with | dealing with | centers on | revolves around | looks like | feels like | plays like |
    reminds me | bonus if | bonus points"""
)
_CLOSERS = phrases("""but | not | no | without | preferably | ideally | please | pls | except | only""")

# Nouns that a genre or a nationality may lead to: "French new wave", "indie comedy gems".
HEADS = frozenset(
    """movie movies film films flick flicks picture pictures show shows series miniseries sitcom sitcoms tv
    stuff thing things one ones something anything smth sth cinema classic classics epic epics saga
    gem gems marathon night title titles drama dramas comedy comedies science thriller thrillers horror
    horrors romance documentary documentaries doc docs docuseries western westerns musical musicals
    mystery mysteries anime cartoon cartoons animation fantasy action adventure crime noir noirs
    indie indies heist whodunit whodunnit slasher slashers romcom romcoms rom scifi sci biopic
    biopics arthouse wave recs rec recommendations recommendation suggestions suggestion picks pick
    options option duo joint joints blockbuster blockbusters satire satires arts fu procedural
    procedurals feature features special specials telenovela soap""".split()
)
FOLLOWERS = (
    STOP_WORDS
    | HEADS
    | frozenset(
        """please pls plz tonight today tmrw tomorrow w wo thats isnt arent preferably ideally maybe lol
    though tho instead again rated released streaming available made directed starring featuring minus
    except anyone binge vibes fans lover lovers rn asap go help kinda sorta idk thx actually
    obviously obv ok okay weekend first instead either whatever level nonsense hidden underrated
    popular type w without gem gems before while during nobody anybody somebody im ive its""".split()
    )
    | NATIONALITIES
)
# How many free words may stand between a genre and the noun it belongs to ("British indie crime drama").
_MOST_BETWEEN = 3


def plot_places(draft: Draft) -> frozenset[int]:
    """Places within "about …", "where …", "set in …": up to the end of the clause."""
    inside: set[int] = set()
    telling = False
    for place in range(len(draft)):
        if draft.breaks(place) or draft.word(place) in _CLOSERS or not draft.free(place):
            telling = False
        if telling:
            inside.add(place)
        elif _opens(draft, place):
            telling = True
    return frozenset(inside)


def _opens(draft: Draft, place: int) -> bool:
    if draft.word(place) == "about" and draft.word(place - 1) in ("what", "how"):
        return False
    return draft.word(place) in _OPENERS or f"{draft.word(place - 1)} {draft.word(place)}" in _OPENERS


def headed(draft: Draft, after: int, *, loosely: bool = True) -> bool:
    """Whether what ends before `after` stands for the title itself: nothing follows, or a function word,
    or soon a noun like "film". In "crime family" or "horror writer" it does not.

    Args:
        draft: The text.
        after: The place after the phrase.
        loosely: Whether other words may stand before that noun.
    """
    if draft.breaks(after) or not draft.free(after) or draft.word(after) in FOLLOWERS:
        return True
    if draft.word(after).isdecimal():
        return True
    for ahead in range(after, min(after + _MOST_BETWEEN, len(draft)) if loosely else after):
        if ahead > after and (draft.breaks(ahead) or draft.word(ahead) in STOP_WORDS - HEADS):
            return False
        if draft.word(ahead) in HEADS:
            return True
    return False

"""Streaming services: "on Netflix", "hulu or prime"."""

from core.understanding.said.refusal import Stance, refuse, stance
from core.understanding.said.scope import HEADS
from core.understanding.tokens import Draft, Mark, phrases
from core.vocabulary.services import SERVICES

__all__ = ["SERVICE_WORDS", "read_services"]

# Spellings that mean the service wherever they stand; the others ("max", "apple") have other senses.
_PLAIN = phrases(
    """netflix | nflx | hulu | crunchyroll | disney+ | disneyplus | disney plus | hbo | hbo max | hbomax |
    amazon prime | amazon prime video | prime video | paramount+ | paramount plus | apple tv | apple tv+ |
    apple tv plus | appletv | appletv+ | shudder | mubi | tubi | tubi tv | criterion channel |
    the criterion channel | fubo | fubo tv | fubotv | sling tv | philo | pluto tv | roku channel |
    discovery+ | discovery plus | britbox | acorn tv | kanopy | hoopla | amc+ | amc plus | mgm+ | mgm plus |
    starz | peacock tv | peacock premium"""
)
SERVICE_WORDS = frozenset(word for name in SERVICES.by_spelling for word in name.split())
# Words before a service that make an ambiguous spelling mean it.
_LEADS = phrases("""on | via | got | have | has | using | just | only | also | or | and | through""")
_LED_WEAKLY = frozenset({"just", "only", "also", "or", "and"})
_BEFORE_NAME = frozenset({"the", "my", "our", "either", "is", "its", "it", "s", "if", "amazon"})
# What a phrase that names services begins with, and what may follow an ambiguous one.
_BEGINS = phrases(
    "on | only | available | streaming | streamable | via | the | my | our | or | either | just | also"
)
_ENDS = phrases(
    """and | or | that | thats | with | w | for | from | in | please | pls | plz | right | now | tonight |
    only | preferably | if | but | which | under | about | rated | not | no | the | then | instead | is |
    though | tho | by | like | channel | so | too | because | cuz"""
)
_SUBSCRIBED = phrases("""has | subscription | account | originals | original | exclusive | exclusives""")
# "It makes me shudder."
_BEFORE_VERB = frozenset({"me", "to", "i", "you", "us", "them"})
_NOT_HAD = frozenset({"cancelled", "canceled", "left", "quit", "unsubscribed", "leaving"})


def read_services(draft: Draft) -> None:
    """Services that a title must be on; at least one of them. There is no filter for unwanted ones."""
    found: dict[str, None] = {}
    ends: set[int] = set()
    place = 0
    while place < len(draft):
        spelling = draft.phrase_at(place, SERVICES.by_spelling)
        if spelling is None:
            place += 1
            continue
        count, name = spelling
        after = place + count
        if _means_service(draft, place, after, ends):
            position, first = stance(draft, place, after)
            if position is Stance.WANTED and not _given_up(draft, place):
                found[name] = None
                ends.add(after)
                draft.claim(_phrase_start(draft, place), after, Mark.DROP)
            elif position is Stance.REFUSED:
                refuse(draft, first, after)
        place = after
    if found:
        draft.say(providers=tuple(found))


def _means_service(draft: Draft, place: int, after: int, ends: set[int]) -> bool:
    spelling = " ".join(draft.words[place:after])
    follower = "" if draft.breaks(after) else draft.word(after)
    if spelling in _PLAIN:
        return draft.word(place - 1) not in _BEFORE_VERB
    if draft.word(place - 1) in ("does", "did") and follower in ("have", "carry", "got", "show", "stream"):
        return True
    if follower in _SUBSCRIBED or (spelling == "peacock" and draft.breaks(place) and follower in HEADS):
        return True
    before = place - 1
    while draft.word(before) in _BEFORE_NAME:
        before -= 1
    led = draft.word(before)
    joined = before in ends or before + 1 in ends or place in ends
    if draft.word(after) in ("or", "and") and draft.breaks(place):  # "Sling or Philo"
        other = draft.phrase_at(after + 1, SERVICES.by_spelling)
        if other is not None and " ".join(draft.words[after + 1 : after + 1 + other[0]]) in _PLAIN:
            return True
    if led in _LED_WEAKLY and not joined:
        # "also prime", "only max": with nothing after it.
        return led not in ("or", "and") and draft.breaks(after)
    if led in _LEADS and led not in _LED_WEAKLY:
        return _ends_phrase(draft, after) or draft.phrase_at(after + 1, SERVICES.by_spelling) is not None
    return joined and (draft.breaks(place) or led in _LED_WEAKLY)


def _ends_phrase(draft: Draft, after: int) -> bool:
    return draft.breaks(after) or draft.word(after) in _ENDS


def _given_up(draft: Draft, place: int) -> bool:
    return any(draft.word(before) in _NOT_HAD for before in range(max(0, place - 3), place))


def _phrase_start(draft: Draft, place: int) -> int:
    """Where "(available) (only) on …" begins."""
    first = place
    while first > 0 and draft.free(first - 1) and not draft.breaks(first):
        if draft.word(first - 1) not in _BEGINS:
            break
        first -= 1
    return first

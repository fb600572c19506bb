"""Streaming services: "on Netflix", "hulu or prime", "on Netflix in Germany"."""

from core.understanding.said.places import country_at
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
    starz | peacock tv | peacock premium | hbo go | hulu japan | freevee | amazon freevee | imdb tv |
    youtube premium | rakuten tv | rakuten viki | curiosity stream | curiositystream | hayu | viaplay |
    skyshowtime | iqiyi | hallmark+ | hallmark plus | bet+ | allblk | sundance now | pbs passport | vudu |
    screambox | hidive | kocowa | pure flix | pureflix | iplayer | bbc iplayer | itvx | itv hub | my5 |
    now tv | nowtv | sky go | skygo | uktv play | stv player | bfi player | curzon home cinema | rtl+ |
    rtl plus | joyn plus | joyn plus+ | ard mediathek | ardmediathek | ard plus | ard+ | zdf |
    zdf mediathek | zdfmediathek | artetv | magentatv | magenta tv | netzkino | canal+ | canal plus |
    mycanal | ocs go | tf1 | tf1+ | mytf1 | m6+ | 6play | france tv | molotov tv | lacinetek | cbc gem |
    cravetv | tou tv | icitoutv | foxtel | foxtel now | sbs on demand | abc iview | iview | 9now | 7plus |
    10play | tenplay | docplay | hotstar | jiohotstar | jio hotstar | disney+ hotstar | jiocinema |
    jio cinema | sonyliv | sony liv | zee5 | zee 5 | mx player | sun nxt | sunnxt | hoichoi | eros now |
    altbalaji | globoplay | telecine play | claro tv+ | movistar plus | movistar plus+ | movistar+ |
    atresplayer | rtve | rtve play | flixole | mitele | filmin | raiplay | rai play | timvision |
    mediaset infinity | u next | unext | lemino | abema | abematv | wowow | telasa | dmm tv | tver |
    nhk on demand"""
)
# What is a service only where it is written in capitals: "what's on now".
_IN_CAPITALS = frozenset({"now"})
# Verbs, which "just", "only" and "and" lead to as well: "I just want to sit down and binge".
_VERBS = frozenset({"binge", "crave"})
SERVICE_WORDS = frozenset(word for name in SERVICES.by_spelling for word in name.split())
# Words before a service that make an ambiguous spelling mean it.
_LEADS = phrases("""on | auf | via | got | have | has | using | just | only | also | or | and | through""")
_LED_WEAKLY = frozenset({"just", "only", "also", "or", "and"})
_BEFORE_NAME = frozenset({"the", "my", "our", "either", "is", "its", "it", "s", "if", "amazon"})
# What a phrase that names services begins with, and what may follow an ambiguous one.
_BEGINS = phrases(
    "on | auf | only | available | streaming | streamable | via | the | my | our | or | either | just | also"
)
_ENDS = phrases(
    """and | or | that | thats | with | w | for | from | in | please | pls | plz | right | now | tonight |
    only | preferably | if | but | which | under | about | rated | not | no | the | then | instead | is |
    though | tho | by | like | channel | so | too | because | cuz"""
)
_HERE = frozenset({"here", "over", "available"})
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
        _read_region(draft, ends)


def _read_region(draft: Draft, ends: set[int]) -> None:
    """The country right behind a service: "on Netflix in the UK", "on Joyn here in Germany"."""
    for end in sorted(ends):
        place = end + 1 if draft.word(end) in _HERE and draft.free(end) else end
        country = None if draft.breaks(place) or draft.word(place) != "in" else country_at(draft, place + 1)
        if country is not None:
            after, code = country
            draft.claim(end, after, Mark.DROP)
            draft.say(region=code)
            return


def _means_service(draft: Draft, place: int, after: int, ends: set[int]) -> bool:
    spelling = " ".join(draft.words[place:after])
    follower = "" if draft.breaks(after) else draft.word(after)
    if spelling in _PLAIN:
        return draft.word(place - 1) not in _BEFORE_VERB
    if spelling in _IN_CAPITALS and not _capitals(draft, place):
        return False
    if draft.word(place - 1) in ("does", "did") and follower in ("have", "carry", "got", "show", "stream"):
        return True
    if follower in _SUBSCRIBED or (spelling == "peacock" and draft.breaks(place) and follower in HEADS):
        return True
    before = place - 1
    while draft.word(before) in _BEFORE_NAME:
        before -= 1
    led = draft.word(before)
    joined = before in ends or before + 1 in ends or place in ends
    if spelling in _VERBS and (led in _LED_WEAKLY - {"or"} or draft.breaks(place)):
        return False
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


def _capitals(draft: Draft, place: int) -> bool:
    """Whether a word is written in capitals, in a text that is not."""
    token = draft.tokens[place]
    return draft.text[token.start : token.end].isupper() and not draft.text.isupper()


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

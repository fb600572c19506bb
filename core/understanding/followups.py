"""What a follow-up makes of the turn before it.

Each rule is a function with examples in its docstring; `continued` applies them in order. Filters persist
and change, the words of the wish are kept and added to, and titles that were shown do not come back (the
assistant leaves them out of every search of a conversation).
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from core.domain import MediaType, SearchFilters, Title, Understanding
from core.errors import InvalidRequest
from core.understanding.references import pointed_at
from core.understanding.said.genres import genre_words
from core.understanding.tokens import tokens_of
from core.understanding.words import Said
from core.vocabulary.names import folded

__all__ = ["Continued", "FollowUp", "continued"]

MAX_CHARACTERS = 1_000
_RANGES = (("year_from", "year_to"), ("min_runtime", "max_runtime"))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A message, and what it may refer to."""

    text: str
    said: Said
    before: Understanding
    """What the last search was for."""
    shown: tuple[Title, ...] = ()
    """The titles of the last answer, in order."""
    spoken_of: tuple[Title, ...] = ()
    """The titles that a question was about since then."""

    @property
    def words(self) -> list[str]:
        """The words of the message, folded."""
        return [token.word for token in tokens_of(self.text)]

    def has(self, *phrases: str) -> bool:
        """Whether one of these phrases, folded, occurs in the message as whole words."""
        text = f" {' '.join(self.words)} "
        return any(f" {phrase} " in text for phrase in phrases)


@dataclass(frozen=True, slots=True)
class Continued:
    """The wish as it stands after a follow-up."""

    filters: SearchFilters
    search_text: str
    search_terms: str

    def with_filters(self, **values: object) -> "Continued":
        """The same with some filters set; unchanged where they contradict each other."""
        try:
            return replace(self, filters=replace(self.filters, **values))  # type: ignore[arg-type]
        except InvalidRequest:
            return self


def continued(follow_up: FollowUp) -> Continued:
    """The wish of the turn before, as this message changes it."""
    before = follow_up.before
    wish = Continued(before.filters, before.search_text, before.search_terms)
    for rule in _RULES:
        wish = rule(follow_up, wish)
    return wish


# --- what is taken back ---

_FORGET = (
    r"(?:forget|drop|clear|reset|wipe|remove|undo|lose|ditch|delete|scrap|cancel|skip|ignore|"
    r"never ?mind|without)"
)
_ALL_FILTERS = re.compile(
    rf"\b{_FORGET}\b[^.,;!?]*\b(?:filters?|everything|settings|restrictions|criteria|conditions)\b|"
    r"\bno (?:more )?filters\b|\bstart (?:over|again|fresh|from scratch)\b|\bfrom scratch\b|"
    r"\breset\b(?! the)|\bclean slate\b"
)
_INDIFFERENT = (
    r"(?:(?:does(?:n'?t| not)|don'?t) (?:really )?(?:matter|care)|(?:is|are|'s) (?:all )?(?:fine|ok|"
    r"okay|good|cool)|"
    r"(?:fine|ok|okay|good|whatever|works|goes|will do)\b|no matter)"
)
_TAKEN_BACK: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (
        keys,
        re.compile(
            rf"\bany (?:{nouns})\b|\b(?:{nouns}) {_INDIFFERENT}|\bno matter (?:the |which |"
            rf"what )?(?:{nouns})\b|"
            rf"\b{_FORGET} (?:about )?(?:the |that |my )?(?:{nouns})(?: (?:thing|filter|limit|"
            rf"restriction|requirement|part|stuff))?\b" + (f"|{more}" if more else "")
        ),
    )
    for keys, nouns, more in (
        (
            ("year_from", "year_to"),
            "years?|decades?|era|age|time period|period|dates?",
            r"\bfrom any (?:time|year|decade|era)\b",
        ),
        (
            ("providers",),
            "(?:streaming )?services?|platforms?|streaming|providers?|apps?",
            rf"\banywhere\b(?: {_INDIFFERENT})?|\bwherever\b|\bdoesn'?t (?:have to|need to) be on \w+",
        ),
        (
            ("languages", "countries"),
            "languages?|country|countries",
            rf"\bsubtitles {_INDIFFERENT}|\bsubs {_INDIFFERENT}",
        ),
        (("min_runtime", "max_runtime"), "length|runtime|duration|run time", r"\bhowever long\b"),
        (("min_rating",), "ratings?|scores?", ""),
        (
            ("max_certification",),
            "age rating|certification|certificate",
            r"\bkids are (?:in bed|asleep|out)\b",
        ),
        (("genres", "exclude_genres"), "genres?|kind", ""),
        (("media_type",), "format", r"\b(?:films?|movies?) or (?:series|shows?) " + _INDIFFERENT),
    )
)


def _take_back(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "forget the filters", "any year is fine", "anywhere is fine", "language doesn't matter" """
    text = " ".join(follow_up.text.lower().replace("’", "'").split())
    if _ALL_FILTERS.search(text):
        return replace(wish, filters=SearchFilters())
    for keys, pattern in _TAKEN_BACK:
        if pattern.search(text):
            wish = replace(wish, filters=wish.filters.without(*keys))
    return wish


_DROPPING = ("drop", "forget", "lose", "ditch", "without", "leave out", "no", "not", "w o", "minus", "skip")
_SOMEONE = (
    *(
        "actor",
        "actress",
        "director",
        "guy",
        "star",
        "actors",
        "cast",
        "person",
        "lead",
        "lady",
        "dude",
        "man",
    ),
    *("woman", "people"),
)
_EASING = ("drop", "forget", "lose", "ditch", "never mind", "nevermind")


def _drop_people(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "drop the actor, same mood", "without the guy", "forget leo", "doesn't have to be her" """
    people = wish.filters.people
    if not people:
        return wish
    if any(
        follow_up.has(f"{verb} the {who}", f"{verb} that {who}") for verb in _DROPPING for who in _SOMEONE
    ):
        return wish.with_filters(people=())
    if follow_up.has(
        *(
            f"{start} have to be {who}"
            for start in ("doesn t", "doesnt", "don t")
            for who in ("her", "him", "them")
        )
    ):
        return wish.with_filters(people=())
    eased = tuple(
        name
        for name in people
        if any(
            follow_up.has(f"{verb} {word}", f"{verb} the {word}")
            for verb in _EASING
            for word in (folded(name), *folded(name).split(), folded(name)[:3])
        )
    )
    return wish.with_filters(people=tuple(name for name in people if name not in eased))


_NOT_THEM = re.compile(
    r"\b(?:not|no more|without|isn'?t|no|never) (?:directed |made |starring )?(?:with |by |"
    r"of )?(?:him|her|them|the same (?:guy|actor|director|person))\b"
)


def _not_with_them(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "not with him", "same style but not by her", "not her again" """
    if not wish.filters.people or not _NOT_THEM.search(follow_up.text.lower()):
        return wish
    unwanted = dict.fromkeys((*wish.filters.exclude_people, *wish.filters.people))
    return wish.with_filters(people=(), exclude_people=tuple(unwanted))


# --- what is pointed at ---

_REJECTING = (
    *(
        "seen",
        "saw",
        "watched",
        "know",
        "not",
        "no",
        "except",
        "dont want",
        "don t want",
        "hate",
        "hated",
        "skip",
    ),
    *("nope", "without", "knew", "already", "but the", "minus", "boring", "read"),
)
_MORE_LIKE = (
    *(
        "more like",
        "like",
        "similar",
        "same as",
        "more of that",
        "in that style",
        "got more",
        "sounds",
        "looks",
    ),
    *("love", "loved", "such as", "kind of", "but", "close to", "liked", "any more", "others like"),
)
_SEEN_THAT = re.compile(
    r"\b(?:seen|saw|watched|know) (?:that|it|this|those|them|these)\b|^\W*(?:yeah?|yep|already|ya|"
    r"i(?:'ve| have)?|we(?:'ve)?|ive|weve)?\s*"
    r"(?:already )?(?:seen|saw|watched)(?: it| that)?(?: already)?\W*$|\balready (?:seen|saw|watched)\b|"
    r"\b(?:she|he|they|we|i)(?:'?s|'?ve| has| have) (?:already )?seen\b"
)
_NOT_THAT = re.compile(
    r"\bnot (?:that|this|it)(?: one| movie| film| show)?\b(?! (?:too|very|long|old|much|many|scary))"
)


def _point(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "more like the second one", "not that one", "seen the first two", "same director as #1" """
    shown = follow_up.shown
    places = [
        place for place in pointed_at(follow_up.text, follow_up.words, len(shown)) if place < len(shown)
    ]
    titles = [shown[place] for place in places]
    text = follow_up.text.lower().replace("’", "'")
    if not titles:
        if not (_SEEN_THAT.search(text) or _NOT_THAT.search(text)):
            return wish
        if follow_up.said.filters.exclude_titles:  # "except Dune, seen that"
            return wish
        return _leave_out(wish, _meant_by_that(follow_up))
    if follow_up.has("director", "directed", "directors"):
        makers = [name for title in titles for name in (title.directors or title.creators)[:1]]
        if makers:
            return wish.with_filters(people=tuple(dict.fromkeys(makers)), exclude_people=())
    liking = follow_up.has(*_MORE_LIKE) and not follow_up.has("don t like", "dont like", "didn t like")
    if follow_up.has(*_REJECTING) and not (
        liking and not follow_up.has("seen", "saw", "watched", "not like")
    ):
        return _leave_out(wish, titles)
    names = tuple(dict.fromkeys(title.name for title in titles))
    left_out = tuple(name for name in wish.filters.exclude_titles if name not in names)
    wish = wish.with_filters(like_titles=names, exclude_titles=left_out)
    return replace(wish, search_text="", search_terms="")


def _meant_by_that(follow_up: FollowUp) -> Sequence[Title]:
    """The title that was spoken of last, else the first of the list."""
    return follow_up.spoken_of[:1] or follow_up.shown[:1]


def _leave_out(wish: Continued, titles: Sequence[Title]) -> Continued:
    names = dict.fromkeys((*wish.filters.exclude_titles, *(title.name for title in titles)))
    return wish.with_filters(
        exclude_titles=tuple(names),
        like_titles=tuple(name for name in wish.filters.like_titles if name not in names),
    )


# --- what is measured against the titles shown ---

_OLDER = re.compile(
    r"\b(?:older|earlier|more (?:classic|vintage|retro))\b|\btoo (?:new|recent|modern)\b|\b(?:not|"
    r"less) so (?:new|modern|recent)\b|\bgo back (?:further|more)\b"
)
_NEWER = re.compile(
    r"\b(?:newer|more (?:recent|modern|current)|later)\b|\btoo old\b|\bless old\b|\bnot (?:so|that|as) old\b"
)
_SHORTER = re.compile(
    r"\b(?:shorter|shrter|quicker|briefer|less long)\b|\btoo long\b|\b(?:not|isn'?t|aren'?t) (?:so|"
    r"that|as|quite so) long\b"
)
_LONGER = re.compile(r"\b(?:longer|lengthier)\b|\btoo short\b|\b(?:not|isn'?t) (?:so|that|as) short\b")
_BOUNDED = re.compile(
    r"\b(?:older|newer|later|earlier|recent|longer|shorter) than (?!th(?:at|ose|ese|is|em)\b)"
)


def _older_or_newer(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "older", "but newer", "a bit more recent": against the years in force, else against what was shown

    Older than 1990 to 1999 is until 1989; with no years in force, older than half of the titles shown.
    """
    text = follow_up.text.lower()
    said = follow_up.said.filters
    if said.year_from or said.year_to or _BOUNDED.search(text):
        return wish
    low, high = wish.filters.year_from, wish.filters.year_to
    years = [title.year for title in follow_up.shown if title.year]
    middle = median_low(years) if years else None
    if _NEWER.search(text):
        start = high + 1 if high is not None else (max(middle + 1, low or 0) if middle else None)
        return wish if start is None else wish.with_filters(year_from=start, year_to=None)
    if _OLDER.search(text):
        end = low - 1 if low is not None else (min(middle - 1, high or 9_999) if middle else None)
        return wish if end is None else wish.with_filters(year_from=None, year_to=end)
    return wish


def _shorter_or_longer(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "shorter", "not so long", "something longer": than half of the titles shown"""
    text = follow_up.text.lower().replace("’", "'")
    said = follow_up.said.filters
    if said.min_runtime or said.max_runtime or _BOUNDED.search(text):
        return wish
    known = [title for title in follow_up.shown if title.runtime_minutes]
    films = [title for title in known if title.media_type is MediaType.MOVIE]
    lengths = [title.runtime_minutes or 0 for title in films or known]  # an episode measures no film
    if not lengths:
        return wish
    middle = median_low(lengths)
    if _SHORTER.search(text):
        most = min(middle, wish.filters.max_runtime or middle + 1) - 1
        return wish.with_filters(max_runtime=max(most, 1), min_runtime=None)
    if _LONGER.search(text):
        return wish.with_filters(min_runtime=max(middle, wish.filters.min_runtime or 0) + 1, max_runtime=None)
    return wish


# --- what is said anew ---

_ADDING = ("also", "too", "as well", "plus", "add", "and also", "in addition", "or")


def _say_anew(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "only on Netflix", "also hulu", "make it a thriller", "no musicals", "in french instead"

    What is said replaces what was in force, unless "also" adds to it. Years and lengths are replaced as
    a whole.
    """
    said, before = follow_up.said.filters, wish.filters
    adding = follow_up.has(*_ADDING) and not follow_up.has("instead", "rather")
    values: dict[str, object] = {}
    for key in said.set_keys():
        new, old = getattr(said, key), getattr(before, key)
        adds = adding or key.startswith("exclude_") or (key == "people" and follow_up.words[:1] == ["and"])
        if key == "exclude_people" and follow_up.has(*_EASING) and follow_up.before.filters.people:
            continue  # "drop Leo" eases, it does not refuse
        values[key] = tuple(dict.fromkeys((*old, *new))) if isinstance(new, tuple) and adds else new
    for low, high in _RANGES:
        if low in values or high in values:
            values = {low: None, high: None, **values}
    if said.languages and not said.countries:
        values["countries"] = ()
    if said.countries and not said.languages:
        values["languages"] = ()
    values |= _without_refused(values, before)
    return _without_stale_words(follow_up, wish, said).with_filters(**values)


def _without_refused(values: dict[str, object], before: SearchFilters) -> dict[str, object]:
    """What is refused is wanted no longer, and the other way round; what was said last holds."""
    settled: dict[str, object] = {}
    for wanted, unwanted in (("genres", "exclude_genres"), ("people", "exclude_people")):
        refused, asked = values.get(unwanted), values.get(wanted)
        if isinstance(refused, tuple) and wanted not in values:
            settled[wanted] = tuple(item for item in getattr(before, wanted) if item not in refused)
        if isinstance(asked, tuple):
            still = values.get(unwanted, getattr(before, unwanted))
            if isinstance(still, tuple):
                settled[unwanted] = tuple(item for item in still if item not in asked)
    return settled


def _without_stale_words(follow_up: FollowUp, wish: Continued, said: SearchFilters) -> Continued:
    """Words of genres that are wanted no longer leave the text, which they would still colour."""
    kept = said.genres or wish.filters.genres
    gone = [name for name in wish.filters.genres if name not in kept or name in said.exclude_genres]
    return _without_words(wish, genre_words(gone)) if gone else wish


# Words of a follow-up that say that it is one, and nothing of the titles wanted.
_CUES = frozenset(
    """something anything stuff else instead rather only just next others other again make more less ok
    okay now and but actually maybe please pls plz rather one ones thing things got give bring show
    keep going batch another same vibe mood style tho though then bit little lil kinda nah nope no
    not yes yea yeah yep hmm hm older newer recent shorter longer later earlier than that those
    these first second third fourth fifth last seen saw watched already list pick picks option
    number drop forget filters filter director actor actress still even lol haha btw also too
    instead sth smth somthing could would thats thing try want nxt thx ty somethin about how what
    whats anyone any without different new switch change go bits slightly way much prefer dont
    doesnt didnt isnt arent cant omg wtf wipe clear reset necessarily enough everything nothing
    anymore look looking works work nobody else ones top both em all found wait hold sounds great
    good better nice cool fine obviously obv honestly maybe anyway either said say says idk whole
    evening elese liked love loved enjoyed hated boring older year years old era service services
    streaming platform language languages subtitles anywhere u ive im ur three hours hour minutes
    min movie movies film films series show shows tv flick flicks""".split()
)


def _join_words(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "with more jokes", "less gory": words of mood and theme join those of the wish, or leave it"""
    wish = _without_words(wish, follow_up.said.refused)
    telling = [
        word
        for word in follow_up.said.told
        if word not in _CUES and word not in _COMPARATIVES and not word.isdecimal()
    ]
    if not telling:
        return wish
    genres = genre_words(follow_up.said.filters.genres)
    return replace(
        wish,
        search_text=_joined(" ".join(telling), wish.search_text),
        search_terms=_joined(" ".join(word for word in telling if word not in genres), wish.search_terms),
    )


def _without_words(wish: Continued, unsaid: Collection[str]) -> Continued:
    text, terms = (
        " ".join(word for word in old.split() if folded(word) not in unsaid)
        for old in (wish.search_text, wish.search_terms)
    )
    return replace(wish, search_text=text, search_terms=terms)


def _joined(now: str, before: str) -> str:
    """What was said last stands first, since long texts are cut."""
    return " ".join(f"{now} {before}".split())[:MAX_CHARACTERS]


# A turn of mood → the words that say it better to a sentence encoder, and those of the wish that it unsays.
_BLEAK = frozenset(
    "dark darker bleak grim gritty heavy sad depressing disturbing tragic gloomy intense serious".split()
)
_BRIGHT = frozenset(
    "light lighter funny cosy cozy warm cheerful uplifting silly feel-good feelgood happy sweet".split()
)
_SLOW = frozenset("slow slower slow-burn quiet calm calmer meditative".split())
_FAST = frozenset("fast faster fast-paced action-packed frantic explosive intense".split())
_TURNS: tuple[tuple[frozenset[str], str, frozenset[str]], ...] = (
    (
        frozenset("lighter happier brighter cheerier warmer cozier cosier sweeter softer".split()),
        "light-hearted, warm",
        _BLEAK,
    ),
    (frozenset({"funnier", "sillier", "goofier"}), "funny", _BLEAK),
    (frozenset({"darker", "bleaker", "grittier", "heavier", "meaner"}), "dark, bleak", _BRIGHT),
    (frozenset({"sadder"}), "sad, moving", _BRIGHT),
    (frozenset({"scarier", "creepier"}), "scary, frightening", _BRIGHT),
    (frozenset({"slower", "calmer", "quieter", "gentler"}), "slow, calm, quiet", _FAST),
    (frozenset({"faster", "snappier"}), "fast-paced, thrilling", _SLOW),
    (frozenset({"weirder", "stranger", "odder"}), "strange, surreal", frozenset()),
    (frozenset({"smarter", "cleverer"}), "clever, thoughtful", frozenset({"dumb", "silly"})),
    (frozenset({"dumber"}), "dumb, silly", frozenset({"smart", "clever", "serious"})),
)

_COMPARATIVES = frozenset[str]().union(*(comparatives for comparatives, _, _ in _TURNS))


def _turn_mood(follow_up: FollowUp, wish: Continued) -> Continued:
    """ "something lighter", "darker", "weirder": said plainly, and what it unsays leaves the wish

    "Lighter" after "dark comedies" leaves "light-hearted, warm comedies".
    """
    words = set(follow_up.words)
    for comparatives, plainly, unsaid in _TURNS:
        if words & comparatives:
            wish = _without_words(wish, unsaid)
            wish = replace(wish, search_text=_joined(plainly, wish.search_text))
    return wish


_RULES: tuple[Callable[[FollowUp, Continued], Continued], ...] = (
    _take_back,
    _drop_people,
    _not_with_them,
    _point,
    _older_or_newer,
    _shorter_or_longer,
    _say_anew,
    _turn_mood,
    _join_words,
)

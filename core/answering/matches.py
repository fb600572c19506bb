"""What of a title meets a wish. Pure; everything in it is the catalogue's."""

from dataclasses import dataclass

from core.answering.answer import Brief
from core.answering.text import stems
from core.catalog.appeals import Appeal
from core.domain import MediaType, Popularity, Title
from core.vocabulary.names import folded
from core.vocabulary.stop_words import STOP_WORDS

__all__ = ["Matches", "matches_of", "wish_stems"]

_MOST = 2
# Who stands further down the cast is "in it", not its lead.
_LEADS = 2


@dataclass(frozen=True, slots=True)
class Matches:
    """What there is to say of a title for this wish. Empty where nothing matches."""

    moods: tuple[str, ...] = ()
    """Mood words that the wish touches."""
    keywords: tuple[str, ...] = ()
    """Keywords that the wish touches."""
    touched: tuple[str, ...] = ()
    """Names of the parts of its appeal that the wish touches: `tone`, `theme`, `who`."""
    maker: str = ""
    """A wanted director or creator."""
    star: str = ""
    """A wanted actor."""
    leads: bool = False
    """Whether that actor is one of the first in the cast."""
    like: str = ""
    """A title to start from that it resembles most."""
    shared: tuple[str, ...] = ()
    """Moods that it shares with that one."""
    same_maker: str = ""
    """A director or creator of both."""
    genres: tuple[str, ...] = ()
    """Wanted genres, in lower case."""
    era: bool = False
    """Whether years were asked for."""
    short: bool = False
    """Whether it was to be short."""
    foreign: bool = False
    """Whether a language or country was asked for."""
    overlooked: bool = False
    """Whether hidden gems were asked for."""


def wish_stems(text: str) -> set[str]:
    """Beginnings of the words that say something."""
    return stems([word for word in folded(text).split() if word not in STOP_WORDS])


def matches_of(title: Title, appeal: Appeal | None, brief: Brief) -> Matches:
    """What meets the wish."""
    filters = brief.understood.filters
    wished = wish_stems(brief.understood.search_text)
    people = {folded(name) for name in filters.people}
    makers = [name for name in (*title.directors, *title.creators) if folded(name) in people]
    stars = [name for name in title.stars if folded(name) in people]
    touched: tuple[str, ...] = ()
    if appeal is not None:
        parts = {"theme": appeal.theme, "who": appeal.who, "tone": appeal.tone}
        touched = tuple(name for name, text in parts.items() if wished & wish_stems(text))
    like, shared, same_maker = _likeness(title, brief)
    return Matches(
        moods=_touching(title.moods, wished),
        keywords=_touching(title.keywords, wished),
        touched=touched,
        maker=makers[0] if makers else "",
        star=stars[0] if stars else "",
        leads=bool(stars) and stars[0] in title.stars[:_LEADS],
        like=like,
        shared=shared,
        same_maker=same_maker,
        genres=tuple(genre.lower() for genre in filters.genres if genre in title.genres),
        era=filters.year_from is not None or filters.year_to is not None,
        short=filters.max_runtime is not None
        and filters.min_runtime is None
        and title.media_type is MediaType.MOVIE,
        foreign=bool(filters.languages or filters.countries),
        overlooked=filters.popularity is Popularity.HIDDEN_GEMS,
    )


def _touching(phrases: tuple[str, ...], wished: set[str]) -> tuple[str, ...]:
    """The phrases that a word of the wish touches."""
    return tuple(phrase for phrase in phrases if wished & wish_stems(phrase))[:_MOST]


def _likeness(title: Title, brief: Brief) -> tuple[str, tuple[str, ...], str]:
    """The liked title that shares most, the moods shared, and a maker of both."""
    if not brief.liked:
        return "", (), ""

    def in_common(other: Title) -> tuple[str, ...]:
        return tuple(mood for mood in title.moods if mood in other.moods)

    makers = {*title.directors, *title.creators}
    best = max(
        brief.liked,
        key=lambda other: (len(makers & {*other.directors, *other.creators}), len(in_common(other))),
    )
    same = [name for name in (*best.directors, *best.creators) if name in makers]
    return best.name, in_common(best)[:_MOST], same[0] if same else ""

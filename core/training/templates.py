"""Metadata queries: what a title's facts would be asked for by, at three levels of precision."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from string import Formatter
from typing import Any

import numpy as np

from core.domain import MediaType, Title
from core.training.chance import generator
from core.vocabulary.names import folded

__all__ = ["Level", "MetadataQuery", "Wish", "metadata_queries", "themes_of"]


class Level(StrEnum):
    """How much a query pins down."""

    LOOSE = "loose"
    """One or two facts, which dozens of titles meet."""
    CLOSE = "close"
    """Two or three."""
    PRECISE = "precise"
    """Four, which few titles meet."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The facts that a query asks for, so that other titles that meet them are known as right answers."""

    media_type: MediaType
    genres: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    """First and last."""
    people: tuple[str, ...] = ()
    keyword: str = ""

    def met_by(self, title: Title) -> bool:
        """Whether a title answers the query as well; a keyword may also stand in its overview."""
        people = {folded(name) for name in (*title.stars, *title.directors, *title.creators)}
        return (
            title.media_type is self.media_type
            and set(self.genres) <= set(title.genres)
            and (self.years is None or self.years[0] <= (title.year or 0) <= self.years[1])
            and all(folded(name) in people for name in self.people)
            and (not self.keyword or self._about(title))
        )

    def _about(self, title: Title) -> bool:
        return self.keyword in title.keywords or f" {folded(self.keyword)} " in f" {folded(title.overview)} "


@dataclass(frozen=True, slots=True)
class MetadataQuery:
    """A query made from facts."""

    text: str
    level: Level
    wish: Wish


# {titles} is `films`, `series` …; {person} `with …`, `directed by …`; {decade} `from the 90s`.
_TEMPLATES: Mapping[Level, tuple[str, ...]] = {
    Level.LOOSE: (
        "{genre} {titles} {decade}",
        "looking for {genre} {titles} {decade}",
        "{titles} about {keyword}",
        "recommend {titles} about {keyword}",
        "{titles} {person}",
        "which {titles} {person} should I watch?",
        "{pair} {titles}",
    ),
    Level.CLOSE: (
        "{genre} {titles} {person}",
        "show me {genre} {titles} {person}",
        "{genre} {titles} about {keyword}",
        "{genre} {titles} {decade} about {keyword}",
        "I want {genre} {titles} about {keyword}",
        "{pair} {titles} {decade}",
        "{titles} {person} {decade}",
        "{titles} {together}",
    ),
    Level.PRECISE: (
        "{genre} {titles} {person} {decade}, about {keyword}",
        "{pair} {titles} {person} {decade}",
        "{pair} {titles} {year} about {keyword}",
        "{genre} {titles} {year} {person}",
        "{genre} {titles} {together} {decade}",
        "looking for {genre} {titles} about {keyword}, {person}",
    ),
}
_NOUNS = {MediaType.MOVIE: ("films", "movies"), MediaType.TV: ("series", "shows", "TV series")}
_GENRE_WORDS = {
    "Animation": "animated",
    "Family": "family",
    "History": "historical",
    "Kids": "children's",
    "Music": "musical",
    "Romance": "romantic",
    "TV Movie": "",
}
# What editors note of a production, an audience or a source: "films about sequel" asks for nothing.
_NOT_A_THEME = re.compile(
    r"^(based on|woman director|.*stinger$|independent film$|sequel$|remake$|prequel$|spin off$|3d$|imax$"
    r"|short( film)?$|musical$|anime$|suspense$|.*nudity$|sex$|gore$|violence$|.*comedy$|biography$"
    r"|found footage$|slasher$|neo-noir$|flashback$|black and white$|silent film$|mockumentary$|miniseries$"
    r"|cartoon$|.*relationship$|shot on.*)"
)
_Fact = tuple[str, Mapping[str, Any]]


def metadata_queries(title: Title, seed: int, each: int = 1) -> list[MetadataQuery]:
    """Up to `each` queries a level; fewer where the title has too few facts. Alike for an equal seed."""
    chance = generator(seed, "metadata", min(title.ids))
    found: dict[str, MetadataQuery] = {}
    for level, templates in _TEMPLATES.items():
        facts = dict(_facts(title, chance))
        usable = [text for text in templates if _gaps(text) <= facts.keys()]
        for place in chance.permutation(len(usable))[:each]:
            template = usable[place]
            text = template.format_map({gap: words for gap, (words, _) in facts.items()})
            wish = Wish(title.media_type)
            for gap in sorted(_gaps(template)):
                wish = replace(wish, **facts[gap][1])
            found.setdefault(text, MetadataQuery(text, level, wish))
    return list(found.values())


def themes_of(title: Title) -> list[str]:
    """Its keywords, without those that tell nothing of what it is about."""
    return [word for word in title.keywords if not _NOT_A_THEME.match(word.casefold())]


def _gaps(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _facts(title: Title, chance: np.random.Generator) -> Iterator[tuple[str, _Fact]]:
    """What may fill each gap, one choice each, with what it asks for."""

    def one_of(values: list[str]) -> str:
        return values[chance.integers(len(values))]

    yield "titles", (one_of(list(_NOUNS[title.media_type])), {})
    genres = [name for name in title.genres[:3] if _GENRE_WORDS.get(name, name)]
    if genres:
        genre = one_of(genres)
        yield "genre", (_said(genre), {"genres": (genre,)})
    if len(genres) > 1:
        yield "pair", (" ".join(map(_said, genres[:2])), {"genres": tuple(genres[:2])})
    if title.year:
        first = title.year // 10 * 10
        short = 1930 <= first < 2000 and chance.random() < 0.5
        yield "decade", (f"from the {first % 100 if short else first}s", {"years": (first, first + 9)})
        yield "year", (f"from {title.year}", {"years": (title.year, title.year)})
    people = [
        *(("with", name) for name in title.stars[:3]),
        *(("directed by", name) for name in title.directors[:1]),
        *(("created by", name) for name in title.creators[:1]),
    ]
    if people:
        lead, name = people[chance.integers(len(people))]
        yield "person", (f"{lead} {name}", {"people": (name,)})
    if len(title.stars) > 1:
        yield "together", (f"with {title.stars[0]} and {title.stars[1]}", {"people": title.stars[:2]})
    themes = themes_of(title)
    if themes:
        keyword = one_of(themes)
        yield "keyword", (keyword, {"keyword": keyword})


def _said(genre: str) -> str:
    return _GENRE_WORDS.get(genre, genre.lower())

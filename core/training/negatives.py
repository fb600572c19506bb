"""Hard negatives that facts give: titles that look like the right one and are another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import assert_never

import numpy as np

from core.domain import Title
from core.ranking import franchise
from core.training.chance import generator
from core.training.pairs import Pair
from core.training.templates import themes_of
from core.vocabulary.names import folded

__all__ = ["FACTUAL", "MINED", "FactNegatives", "NegativeKind", "is_false_negative"]


class NegativeKind(StrEnum):
    """Why a title is taken for a hard negative."""

    GENRE = "genre"
    """Genre contrast: it shares a theme (else the decade) with the right one, and no genre."""
    THEME = "theme"
    """Theme mismatch: first genre and decade are the same, and no keyword that tells of one is."""
    STAR = "star"
    """Someone of the cast is the same, themes and first genre are not."""
    BM25 = "bm25"
    """It shares words with the query."""
    MODEL = "model"
    """The current encoder finds it near the query."""


FACTUAL = (NegativeKind.GENRE, NegativeKind.THEME, NegativeKind.STAR)
MINED = (NegativeKind.BM25, NegativeKind.MODEL)
# Titles that are looked at before a kind is given up.
TRIES = 60


def is_false_negative(pair: Pair, title: Title) -> bool:
    """Whether a title may answer the query as well: it is the same, of the same franchise, or it meets what
    a metadata query asks for.
    """
    return (
        not set(title.ids).isdisjoint(pair.title.ids)
        or franchise(title.name) == franchise(pair.title.name)
        or (pair.wish is not None and pair.wish.met_by(title))
    )


class FactNegatives:
    """Negatives by genre, theme and star.

    Args:
        titles: What they are taken from.
    """

    def __init__(self, titles: Sequence[Title]) -> None:
        self._titles = titles
        self._themes = [frozenset(themes_of(title)) for title in titles]
        self._by_theme: defaultdict[str, list[int]] = defaultdict(list)
        self._by_star: defaultdict[str, list[int]] = defaultdict(list)
        self._by_decade: defaultdict[object, list[int]] = defaultdict(list)
        self._by_genre: defaultdict[object, list[int]] = defaultdict(list)
        for place, title in enumerate(titles):
            for theme in self._themes[place]:
                self._by_theme[theme].append(place)
            for name in title.stars[:5]:
                self._by_star[folded(name)].append(place)
            self._by_decade[_decade(title)].append(place)
            if title.genres:
                self._by_genre[title.genres[0], _decade(title)].append(place)

    def find(self, pair: Pair, kind: NegativeKind, seed: int) -> Title | None:
        """A negative of a kind, drawn by chance; None where there is none."""
        title = pair.title
        chance = generator(seed, kind, min(title.ids), pair.query)
        for place in self._drawn(title, kind, chance):
            other = self._titles[place]
            same_theme = not self._themes[place].isdisjoint(title.keywords)
            if _contrasts(title, other, kind, same_theme=same_theme) and not is_false_negative(pair, other):
                return other
        return None

    def _drawn(self, title: Title, kind: NegativeKind, chance: np.random.Generator) -> list[int]:
        """Places to look at, in random order; those of a second choice after those of the first."""
        match kind:
            case NegativeKind.GENRE:
                sources = [
                    _of_each(self._by_theme, title.keywords),
                    self._by_decade.get(_decade(title), []),
                ]
            case NegativeKind.THEME:
                sources = [self._by_genre.get((title.genres[0], _decade(title)), []) if title.genres else []]
            case NegativeKind.STAR:
                sources = [_of_each(self._by_star, [folded(name) for name in title.stars[:5]])]
            case NegativeKind.BM25 | NegativeKind.MODEL:
                raise ValueError(f"{kind} is mined, not drawn")
            case _:
                assert_never(kind)
        drawn: list[int] = []
        for places in sources:
            if places:
                drawn += chance.choice(places, size=min(TRIES, len(places)), replace=False).tolist()
        return drawn


def _of_each(places: Mapping[str, list[int]], names: Sequence[str]) -> list[int]:
    return sorted({place for name in names for place in places.get(name, ())})


def _decade(title: Title) -> object:
    return title.media_type, (title.year or 0) // 10


def _contrasts(title: Title, other: Title, kind: NegativeKind, *, same_theme: bool) -> bool:
    if kind is NegativeKind.GENRE:
        return bool(title.genres and other.genres) and set(title.genres).isdisjoint(other.genres)
    if kind is NegativeKind.THEME:
        return not same_theme
    return not same_theme and title.genres[:1] != other.genres[:1]

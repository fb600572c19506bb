"""Hard negatives: what they share with the right title, and that none is right itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.documents import dense_document
from core.catalog.vectors import VectorCache
from core.library import silent
from core.ports import SparseVector
from core.ranking import franchise
from core.training.mining import POSITIVE_SHARE, Miner, TermIndex
from core.training.negatives import FACTUAL, MINED, FactNegatives, NegativeKind, is_false_negative
from core.training.pairs import Pair, from_templates
from tests.core.training.sample import catalogue
from tests.scripted import HashEncoder, WordEncoder

TITLES = catalogue()
FACTS = FactNegatives(TITLES)
PAIRS = from_templates(TITLES, 7, 1)


@given(pair=st.sampled_from(PAIRS), kind=st.sampled_from(FACTUAL), seed=st.integers(0, 20))
def test_no_negative_answers_the_query_and_seeds_repeat(pair: Pair, kind: NegativeKind, seed: int) -> None:
    found = FACTS.find(pair, kind, seed)
    assert found == FACTS.find(pair, kind, seed)
    if found is not None:
        assert pair.wish is not None
        assert not pair.wish.met_by(found)
        assert found.id != pair.title.id


@pytest.mark.parametrize("kind", FACTUAL)
def test_each_kind_shares_one_thing_and_not_the_other(kind: NegativeKind) -> None:
    """That all titles of the sample are noted as sequels makes no theme of it."""
    found = [(pair.title, other) for pair in PAIRS if (other := FACTS.find(pair, kind, 7))]
    assert len(found) > len(PAIRS) / 3
    for title, other in found:
        match kind:
            case NegativeKind.GENRE:
                assert not set(title.genres) & set(other.genres)
            case NegativeKind.THEME:
                assert title.genres[0] == other.genres[0]
                assert title.keywords[0] != other.keywords[0]
            case NegativeKind.STAR:
                assert set(title.stars) & set(other.stars)
                assert title.keywords[0] != other.keywords[0]


def test_the_same_title_its_franchise_and_right_answers_are_false_negatives() -> None:
    title = TITLES[0]
    pair = Pair("x", title, "x")
    assert is_false_negative(pair, title)
    assert is_false_negative(pair, replace(TITLES[1], id=title.other_ids[0]))
    assert is_false_negative(pair, replace(TITLES[1], name=f"{title.name} 2"))
    assert franchise(TITLES[1].name) != franchise(title.name)
    assert not is_false_negative(pair, TITLES[1])


def test_bm25_is_that_of_the_textbook() -> None:
    """Three documents; a term in two of them weighs ln(1 + 1.5 / 2.5), one in one ln(1 + 2.5 / 1.5)."""
    index = TermIndex([SparseVector((1, 2), (1.0, 2.0)), SparseVector((1,), (0.5,)), SparseVector((), ())])
    common, rare = np.log(1 + 1.5 / 2.5), np.log(1 + 2.5 / 1.5)
    scores = index.scores(SparseVector((1, 2, 9), (1.0, 1.0, 1.0)))
    assert scores == pytest.approx([common + 2 * rare, common / 2, 0.0])


async def test_mined_negatives_are_further_from_the_query_than_the_right_title(tmp_path: Path) -> None:
    cache = VectorCache(HashEncoder(), tmp_path / "v.f16")
    miner = await Miner.over(TITLES, cache, WordEncoder(), silent)
    vibes = [replace(pair, wish=None) for pair in PAIRS]
    found = await miner.find(vibes, MINED)
    assert sum(bool(mined) for mined in found) > len(vibes) / 3
    for pair, mined in zip(vibes, found, strict=True):
        assert len({title.id for title in mined.values()}) == len(mined)
        query, right, *wrong = await cache.encode(
            [pair.query, dense_document(pair.title), *(dense_document(title) for title in mined.values())]
        )
        for vector, title in zip(wrong, mined.values(), strict=True):
            assert query @ vector < POSITIVE_SHARE * (query @ right) + 1e-6
            assert not is_false_negative(pair, title)


async def test_what_a_query_of_facts_finds_is_a_negative_unless_it_meets_them(tmp_path: Path) -> None:
    """The nearest title that is no right answer is taken, also where it is nearer than the right one."""
    cache = VectorCache(HashEncoder(), tmp_path / "v.f16")
    miner = await Miner.over(TITLES, cache, WordEncoder(), silent)
    documents = await cache.encode([dense_document(title) for title in TITLES])
    for pair, mined in zip(PAIRS, await miner.find(PAIRS, [NegativeKind.MODEL]), strict=True):
        (query,) = await cache.encode([pair.query])
        wrong = [place for place, title in enumerate(TITLES) if not is_false_negative(pair, title)]
        nearest = max(wrong, key=lambda place: float(documents[place] @ query))
        assert mined[NegativeKind.MODEL].id == TITLES[nearest].id


async def test_bm25_mines_titles_that_share_words(tmp_path: Path) -> None:
    cache = VectorCache(HashEncoder(), tmp_path / "v.f16")
    encoder = WordEncoder()
    miner = await Miner.over(TITLES, cache, encoder, silent)
    for pair, mined in zip(PAIRS, await miner.find(PAIRS, [NegativeKind.BM25]), strict=True):
        for title in mined.values():
            words = set(pair.query.lower().split())
            assert words & set(f"{title.name} {' '.join(title.genres)} {title.overview}".lower().split()) or (
                words & set(" ".join((*title.keywords, *title.stars, *title.directors)).lower().split())
                or words & set(" ".join((*title.creators, "film", "series", str(title.year))).lower().split())
            )

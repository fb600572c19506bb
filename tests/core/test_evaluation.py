"""The measures of retrieval."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.vectors import VectorCache
from core.domain import Title
from core.errors import CatalogueError
from core.library import silent
from core.ranking import BlendWeights
from core.training.evaluation import Query, Stage, means, pool_of, read_queries, score
from tests.scripted import HashEncoder, ScriptedIndex, WordEncoder, films

# 1 / log2 of a rank plus one: what a find at that rank gains.
LOG = {number: 1 / math.log2(number) for number in range(2, 12)}


async def measured(pool: list[Title], queries: list[Query], folder: Path) -> tuple[float, float, float]:
    cache = VectorCache(HashEncoder(), folder / "v.f16")
    scored = await score(
        queries, pool, ScriptedIndex(pool), cache, WordEncoder(), [Stage.DENSE], BlendWeights(), silent
    )
    measures = means(scored, queries, pool)[Stage.DENSE]
    return measures.mrr, measures.recall[3], measures.ndcg_at_10


@pytest.mark.parametrize(
    ("relevant", "mrr", "recall_at_3", "ndcg"),
    [
        (["tmdb:movie:1"], 1.0, 1.0, 1.0),
        (["tmdb:movie:3"], 1 / 3, 1.0, LOG[4]),
        (["tmdb:movie:4"], 1 / 4, 0.0, LOG[5]),
        (["tmdb:movie:2", "tmdb:movie:9"], 1 / 2, 0.5, (LOG[3] + LOG[10]) / (1 + LOG[3])),
        (["imdb:tt0000000"], 0.0, 0.0, 0.0),
    ],
)  # fmt: skip
async def test_measures_are_those_of_the_textbook(
    tmp_path: Path, relevant: list[str], mrr: float, recall_at_3: float, ndcg: float
) -> None:
    """Film n stands at rank n; each figure is computed by hand."""
    found = await measured(films(10), [Query("x", frozenset(relevant))], tmp_path)
    assert found == pytest.approx((mrr, recall_at_3, ndcg))


@given(ranks=st.lists(st.integers(1, 10), min_size=1, max_size=8))
def test_the_mean_is_over_all_queries(ranks: list[int]) -> None:
    import asyncio
    import tempfile

    queries = [Query("x", frozenset({f"tmdb:movie:{rank}"})) for rank in ranks]
    with tempfile.TemporaryDirectory() as folder:
        mrr, _, _ = asyncio.run(measured(films(10), queries, Path(folder)))
    assert mrr == pytest.approx(sum(1 / rank for rank in ranks) / len(ranks))


def test_the_dev_queries_form_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"tmdb": 603, "title": "The Matrix", "query": "a simulated world"}\n', "utf-8")
    assert read_queries(path) == [Query("a simulated world", frozenset({"tmdb:movie:603"}))]


def test_pools(tmp_path: Path) -> None:
    titles = films(4)
    queries = [Query("x", frozenset({"tmdb:movie:2"}))]
    listed = tmp_path / "ids.txt"
    listed.write_text("tmdb:movie:1\ntmdb:movie:4\n", "utf-8")
    assert pool_of(titles, "all", queries) == tuple(titles)
    assert pool_of(titles, "positives", queries) == (titles[1],)
    assert pool_of(titles, str(listed), queries) == (titles[0], titles[3])
    with pytest.raises(CatalogueError, match="cannot read the pool"):
        pool_of(titles, str(tmp_path / "nowhere"), queries)
    with pytest.raises(CatalogueError, match="do the ids match"):
        pool_of(titles, "positives", [Query("x", frozenset({"imdb:tt1"}))])

"""Where pairs come from and how they are split."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CatalogueError
from core.training.pairs import (
    Pair,
    Split,
    SplitBy,
    dev_titles,
    from_queries,
    from_templates,
    parted,
    query_of,
)
from core.training.queries import LONGEST_REQUEST, Query, read_queries
from tests.conftest import SHARED
from tests.core.training.sample import catalogue

TITLES = catalogue()
PAIRS = from_templates(TITLES, 7, 2)


@given(seed=st.integers(), share=st.floats(0, 1))
def test_a_split_by_title_shares_no_title(seed: int, share: float) -> None:
    training, held_out = parted(PAIRS, Split(SplitBy.TITLE, share, seed))
    assert not {pair.title.id for pair in training} & {pair.title.id for pair in held_out}
    assert len(training) + len(held_out) == len(PAIRS)


def test_a_split_by_row_shares_titles_but_no_query() -> None:
    training, held_out = parted(PAIRS, Split(SplitBy.ROW, 0.3))
    assert {pair.title.id for pair in training} & {pair.title.id for pair in held_out}
    rows = [{(pair.title.id, pair.query) for pair in part} for part in (training, held_out)]
    assert not rows[0] & rows[1]
    assert 0.2 < len(held_out) / len(PAIRS) < 0.4


@pytest.mark.parametrize("by", SplitBy)
def test_titles_that_are_never_trained_on_are_held_out_by_any_id(by: SplitBy) -> None:
    title = TITLES[3]
    split = Split(by, 0.0, 7, frozenset({title.other_ids[0]}))
    training, held_out = parted(PAIRS, split)
    assert {pair.title.id for pair in held_out} == {title.id}
    assert title.id not in {pair.title.id for pair in training}


@pytest.mark.skipif(
    not (SHARED / "vibe_dev.jsonl").exists(), reason="the dev queries are not on this machine"
)
def test_the_titles_of_the_dev_queries_are_those_never_trained_on() -> None:
    asked = {name for query in read_queries(SHARED / "vibe_dev.jsonl") for name in query.relevant}
    assert asked == dev_titles()


def test_queries_find_their_titles_by_any_id_and_the_rest_is_counted() -> None:
    queries = [
        Query("by imdb", frozenset({TITLES[0].other_ids[0]})),
        Query("two answers", frozenset({TITLES[1].id, TITLES[2].id}), source="forum"),
        Query("of nothing", frozenset({"tmdb:movie:999"})),
    ]
    pairs, lost = from_queries(queries, TITLES, "file")
    assert [(pair.query, pair.title.id, pair.source) for pair in pairs] == [
        ("by imdb", TITLES[0].id, "file"),
        ("two answers", TITLES[1].id, "forum"),
        ("two answers", TITLES[2].id, "forum"),
    ]
    assert lost == 1
    assert query_of(pairs[0]).relevant == frozenset(TITLES[0].ids)
    with pytest.raises(CatalogueError, match="do the ids match"):
        from_queries(queries[2:], TITLES, "file")


def test_requests_of_a_forum_are_read_without_tags_and_cut_after_a_word(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    row = {"imdb": "tt0116282", "request_title": "[TOMT][MOVIE] Snow  [90s]", "request": "word " * 400}
    path.write_text(json.dumps(row), "utf-8")
    (query,) = read_queries(path)
    assert query.relevant == {"imdb:tt0116282"}
    assert query.text.startswith("Snow word word")
    assert len(query.text) <= LONGEST_REQUEST
    assert query.text.endswith(" word")


def test_a_pair_of_another_set_is_split_alike() -> None:
    """A split looks at the pair alone, so that evaluation and training agree without a shared file."""
    split = Split(SplitBy.TITLE, 0.5)
    _, some = parted(PAIRS[:90], split)
    _, all_of = parted(PAIRS, split)
    assert set(some) <= set(all_of)
    assert split.holds_out(Pair("another query", some[0].title, "x"))

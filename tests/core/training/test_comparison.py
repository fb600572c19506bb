"""Intervals, groups and saved runs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import CatalogueError
from core.training.comparison import Run, compare, read_run, save_run
from core.training.evaluation import MEASURES
from core.training.intervals import Resamples
from core.training.queries import Query
from tests.core.training.sample import catalogue

TITLES = catalogue(30)
QUERIES = [
    Query(f"query {number} of {title.name}", frozenset(title.ids), source=source)
    for title in TITLES
    for number, source in enumerate(("vibe", "metadata:loose", "metadata:precise"))
]


def run_of(mean: float, seed: int, name: str = "hybrid") -> Run:
    values = np.random.default_rng(seed).random((len(QUERIES), len(MEASURES))) < mean
    return Run.of(QUERIES, TITLES, "encoder", {name: values.astype(np.float64)})


def test_intervals_hold_the_mean_about_as_often_as_they_say() -> None:
    """200 samples of 100 coins each: 95 % intervals hold the true mean in 90 to 99 % of them."""
    hits = 0
    for seed in range(200):
        coins = (np.random.default_rng(seed).random((100, 1)) < 0.4).astype(np.float64)
        (found,) = Resamples([str(place) for place in range(100)], seed, 400).intervals(coins)
        hits += found.low <= 0.4 <= found.high
    assert 180 <= hits <= 198


def test_queries_of_one_title_are_drawn_together() -> None:
    """Ten queries that all depend on their title tell no more than one: the interval does not shrink."""
    coins = (np.random.default_rng(1).random((60, 1)) < 0.5).astype(np.float64)
    (once,) = Resamples([str(place) for place in range(60)]).intervals(coins)
    (tenfold,) = Resamples([str(place // 10) for place in range(600)]).intervals(np.repeat(coins, 10, axis=0))
    assert tenfold.high - tenfold.low == pytest.approx(once.high - once.low, rel=0.1)
    assert tenfold.mean == pytest.approx(once.mean)


def test_a_paired_difference_is_surer_than_two_intervals() -> None:
    """A system that is ahead by little on every query is ahead for certain."""
    base = np.random.default_rng(2).random((80, 1))
    sample = Resamples([str(place) for place in range(80)])
    (ahead,) = sample.differences(base + 0.01, base)
    (first,), (second,) = sample.intervals(base), sample.intervals(base + 0.01)
    assert ahead.beside_zero
    assert ahead.mean == pytest.approx(0.01)
    assert second.low < first.high
    (none,) = sample.differences(base, base)
    assert not none.beside_zero


def test_groups_are_by_source_its_levels_and_type() -> None:
    groups = {group.name: group for group in compare(run_of(0.5, 3))}
    assert {name: group.queries for name, group in groups.items()} == {
        "all": 90,
        "source metadata": 60,
        "source metadata:loose": 30,
        "source metadata:precise": 30,
        "source vibe": 30,
        "type movie": 75,
        "type tv": 15,
    }
    means = [groups[name].systems["hybrid"][0].mean for name in ("all", "source vibe", "source metadata")]
    assert means[0] == pytest.approx((means[1] + 2 * means[2]) / 3)


def test_a_saved_run_is_compared_query_by_query_and_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "before.jsonl"
    before, now = run_of(0.2, 4), run_of(0.8, 5)
    save_run(path, before)
    assert "query 0" not in path.read_text("utf-8")
    both = read_run(path, now, "before")
    assert list(both.systems) == ["before:hybrid", "hybrid"]
    assert np.array_equal(both.systems["before:hybrid"], before.systems["hybrid"])
    (difference,) = compare(both)[0].differences
    assert (difference.system, difference.over) == ("hybrid", "before:hybrid")
    assert all(interval.low > 0 for interval in difference.intervals)
    some = now.at(range(10, 40))
    assert len(read_run(path, some, "before").queries) == 30


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "before.jsonl"
    now = run_of(0.5, 6)
    save_run(path, now)
    with pytest.raises(CatalogueError, match="another pool"):
        read_run(path, replace(now, pool="else"), "before")
    with pytest.raises(CatalogueError, match="shares no query"):
        read_run(path, replace(now, titles=("x",) * len(QUERIES)), "before")
    head = json.loads(path.read_text("utf-8").splitlines()[0])
    for content in ("", "{}", "x", json.dumps({**head, "measures": []}), json.dumps(head) + "\n{}"):
        path.write_text(content, "utf-8")
        with pytest.raises(CatalogueError, match="no saved evaluation"):
            read_run(path, now, "before")
    with pytest.raises(CatalogueError, match="no saved evaluation"):
        read_run(tmp_path / "nowhere", now, "before")

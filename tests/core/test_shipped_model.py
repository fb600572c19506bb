"""The encoder in the repository: what it was trained on, and how large it is."""

import json
from itertools import chain

import pytest

from core.catalog.reader import read_catalogue
from core.providers.fastembed_encoder import BUNDLED_FOLDER
from core.training.pairs import Split, SplitBy, dev_titles, from_queries, parted
from core.training.queries import read_queries
from core.training.recipe import TITLES_FILE, Lineage
from tests.conftest import SHARED_DUMP

TRAINED = Lineage.read(BUNDLED_FOLDER)


def test_it_was_trained_on_no_title_that_systems_are_compared_on() -> None:
    assert len(TRAINED.titles) > 5000
    assert dev_titles().isdisjoint(TRAINED.titles)


@pytest.mark.skipif(not SHARED_DUMP.exists(), reason="the dev queries are not on this machine")
def test_by_no_id_does_it_know_a_title_of_the_evaluation_by_title() -> None:
    """A title has several ids, and what it was trained on is told by one of them."""
    titles = read_catalogue([SHARED_DUMP]).titles
    dev = read_queries(SHARED_DUMP.with_name("vibe_dev.jsonl"))
    pairs, _ = from_queries(dev, titles, "vibe_dev")
    _, held_out = parted(pairs, Split(SplitBy.TITLE, 0.1, 7, dev_titles()))
    assert len(held_out) == len(pairs)
    known = set(
        chain.from_iterable(title.ids for title in titles if not TRAINED.titles.isdisjoint(title.ids))
    )
    assert TRAINED.titles <= known
    assert not known & set(chain.from_iterable(pair.title.ids for pair in held_out))


def test_it_is_small_and_its_card_tells_where_it_comes_from() -> None:
    assert (BUNDLED_FOLDER / "model.onnx").stat().st_size <= 25_000_000
    card = (BUNDLED_FOLDER / "README.md").read_text("utf-8")
    for run in TRAINED.runs:
        for source, count in run.queries.items():
            assert f"{count:,} {source}" in card
    assert TITLES_FILE in card
    assert "Licence: Apache 2.0" in card
    assert "Apache License" in (BUNDLED_FOLDER / "LICENSE").read_text("utf-8")
    config = json.loads((BUNDLED_FOLDER / "config.json").read_text("utf-8"))
    assert config["sentence_dimensions"] == 384
    assert "_name_or_path" not in config

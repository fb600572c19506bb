"""Training sets as they are read, and what is kept of a training."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CatalogueError
from core.training.card import Figures, card_of
from core.training.export import ExportReport
from core.training.fit import masked, thinned
from core.training.recipe import Lineage, Precision, Recipe, Row, read_rows

ROW: dict[str, Any] = {
    "query": "a sad clown",
    "positive": "Pierrot. Drama.",
    "negative": "Clown. Horror.",
    "source": "vibe_train",
    "positive_id": "tmdb:movie:1",
    "negative_id": "tmdb:movie:2",
}
ROWS = [
    Row("a sad clown", "Pierrot.", "Clown.", "vibe_train", ("tmdb:movie:1", "tmdb:movie:2")),
    Row("a sad clown", "Pierrot.", "Jester.", "vibe_train", ("tmdb:movie:1", "tmdb:movie:3")),
    Row("drama films", "Pierrot.", None, "metadata:loose", ("tmdb:movie:1",)),
]


def test_a_training_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    alone = ROW | {"negative": None, "negative_id": None}
    path.write_text("".join(json.dumps(row) + "\n" for row in (ROW, alone)), "utf-8")
    first, second = read_rows(path)
    assert first == Row(
        "a sad clown", "Pierrot. Drama.", "Clown. Horror.", "vibe_train", ("tmdb:movie:1", "tmdb:movie:2")
    )
    assert second.negative is None
    assert second.titles == ("tmdb:movie:1",)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 2: "),
        ("[]", "line 2: a row must be an object"),
        (json.dumps({"query": "x"}), "line 2: no 'positive'"),
        (json.dumps(ROW | {"query": " "}), "line 2: query, positive, source and positive_id must be texts"),
        (json.dumps(ROW | {"negative": 3}), "line 2: negative must be a text or null"),
    ],
    ids=["cut", "list", "missing", "empty", "number"],
)
def test_a_malformed_row_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n{line}\n", "utf-8")
    with pytest.raises(CatalogueError, match=reason):
        read_rows(path)


def test_an_empty_or_missing_training_set_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot read the training set"):
        read_rows(tmp_path / "train.jsonl")
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(CatalogueError, match="no row in"):
        read_rows(tmp_path / "train.jsonl")


@given(st.lists(st.sampled_from(["sad", "clown", "films"]), min_size=1), st.floats(0, 1), st.integers())
def test_masking_keeps_the_order_of_words_and_at_least_one(words: list[str], share: float, seed: int) -> None:
    left = masked(" ".join(words), share, random.Random(seed)).split()
    rest = iter(words)
    assert left
    assert all(word in rest for word in left), "in their order"
    assert share > 0 or left == words


SENTENCES = ("Sad.", "A clown?", "He runs!")


@given(st.lists(st.sampled_from(SENTENCES), min_size=1), st.floats(0, 1), st.integers())
def test_thinning_keeps_whole_sentences_in_their_order_and_at_least_one(
    sentences: list[str], share: float, seed: int
) -> None:
    left = re.split(r"(?<=[.?!]) ", thinned(" ".join(sentences), share, random.Random(seed)))
    rest = iter(sentences)
    assert all(sentence in rest for sentence in left), "in their order"
    assert share > 0 or left == sentences


def test_a_mean_of_models_knows_what_all_of_them_were_trained_on(tmp_path: Path) -> None:
    one, other = (Lineage().after(Recipe("mini", seed=seed), ROWS[seed:]) for seed in (1, 2))
    Lineage.mean([one, other]).write(tmp_path)
    mean = Lineage.read(tmp_path)
    assert mean.titles == {"tmdb:movie:1", "tmdb:movie:3"}
    assert [(run.recipe["seed"], run.averaged_with) for run in mean.runs] == [(1, 1), (2, 1)]


def test_a_model_knows_what_it_and_those_before_it_were_trained_on(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    Lineage.read(tmp_path).after(Recipe("/somewhere/else/base", epochs=1.5), ROWS).write(first)
    later = [Row("x", "y", None, "requests", ("tmdb:movie:9",))]
    Lineage.read(first).after(Recipe(str(first), rate=1e-4, precision=Precision.BFLOAT16), later).write(
        second
    )
    lineage = Lineage.read(second)
    assert [run.recipe["base"] for run in lineage.runs] == ["base", "first"], "no place of this machine"
    assert lineage.runs[0].queries == {"metadata:loose": 1, "vibe_train": 1}, "a query in two rows is one"
    assert (lineage.runs[0].rows, lineage.runs[0].hard) == (3, 2)
    assert lineage.titles == {f"tmdb:movie:{number}" for number in (1, 2, 3, 9)}


def test_damaged_files_beside_a_model_are_named(tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text("[{", "utf-8")
    with pytest.raises(CatalogueError, match="damaged"):
        Lineage.read(tmp_path)


def test_the_card_tells_data_figures_licence_and_limits(tmp_path: Path) -> None:
    report = ExportReport(tmp_path / "small-films-int8", 22.8, 384, 6, 0.9912, "ab" * 32)
    lineage = Lineage().after(Recipe("mini", masking=0.1, thinning=0.3, precision=Precision.BFLOAT16), ROWS)
    reached = {"R@1": 0.45, "R@10": 0.8, "MRR": 0.571}
    figures = Figures(2028, 674, "vibe_dev", reached, reached | {"MRR": 0.573})
    card = card_of(report, lineage, figures, "Apache 2.0")
    assert figures.lost == pytest.approx(0.002)
    for told in (
        "# small-films-int8",
        "22.8 MB",
        "Licence: Apache 2.0",
        "| this file | 0.450 | 0.800 | 0.571 |",
        "1 metadata:loose, 1 vibe_train queries in 3 rows",
        "0.1 of a query's words masked",
        "0.3 of a title's sentences left out",
        "with hard negatives",
        "Texts of 3 titles",
        "## Limits",
    ):
        assert told in card

"""The training set as a whole."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from core.catalog.documents import dense_document
from core.catalog.vectors import VectorCache
from core.errors import CatalogueError, DiskFull
from core.library import silent
from core.training import files
from core.training.dataset import Dataset, DatasetReport, training_titles, write_dataset
from core.training.mining import Miner
from core.training.negatives import NegativeKind
from core.training.pairs import Pair, Split, SplitBy, from_templates, parted
from core.training.queries import read_queries
from tests.core.training.sample import catalogue
from tests.scripted import HashEncoder, WordEncoder

TITLES = catalogue()
SPLIT = Split(SplitBy.TITLE, 0.3, 7, frozenset({TITLES[0].id}))
VIBES = [Pair(f"a mood of its own, number {place}", title, "vibe") for place, title in enumerate(TITLES)]
DATASET = Dataset((*from_templates(TITLES, 7, 1), *VIBES), TITLES, SPLIT)


async def made(dataset: Dataset, folder: Path) -> tuple[DatasetReport, list[dict[str, Any]]]:
    cache = VectorCache(HashEncoder(), folder / "v.f16")
    miner = await Miner.over(training_titles(dataset), cache, WordEncoder(), silent)
    report = await write_dataset(dataset, miner, folder, silent)
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]
    return report, rows


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


async def test_training_and_the_evaluation_split_by_title_share_no_title(tmp_path: Path) -> None:
    """Neither as a positive nor as a negative; what `evaluate` holds out is drawn by the same split."""
    _, rows = await made(DATASET, tmp_path)
    trained = {row[key] for row in rows for key in ("positive_id", "negative_id")} - {None}
    _, held_out = parted(DATASET.pairs, SPLIT)
    measured = {name for query in read_queries(tmp_path / "test.jsonl") for name in query.relevant}
    assert measured == {name for pair in held_out for name in pair.title.ids}
    assert TITLES[0].id in measured
    assert trained
    assert not trained & measured


async def test_a_row_holds_the_texts_that_encoders_read_and_every_kind_occurs(tmp_path: Path) -> None:
    report, rows = await made(DATASET, tmp_path)
    by_id = {title.id: title for title in TITLES}
    for row in rows:
        assert row["positive"] == dense_document(by_id[row["positive_id"]])
        if row["negative_id"]:
            assert row["negative"] == dense_document(by_id[row["negative_id"]])
        assert row["source"] in {"vibe", "metadata:loose", "metadata:close", "metadata:precise"}
    kinds = {row["negative_kind"] for row in rows} - {None}
    assert {"genre", "bm25", "model"} <= kinds == set(report.negatives)
    assert report.rows == len(rows)
    assert report.queries.total() == len({(row["query"], row["positive_id"]) for row in rows})


async def test_equal_seeds_write_equal_files_whatever_the_order_of_the_pairs(tmp_path: Path) -> None:
    await made(DATASET, tmp_path / "one")
    reversed_pairs = Dataset(DATASET.pairs[::-1], TITLES, SPLIT)
    await made(reversed_pairs, tmp_path / "two")
    await made(Dataset(DATASET.pairs, TITLES, Split(SPLIT.by, SPLIT.share, 8)), tmp_path / "three")
    for name in ("train.jsonl", "test.jsonl"):
        first, second, other = ((tmp_path / run / name).read_bytes() for run in ("one", "two", "three"))
        assert first == second != other


async def test_without_negatives_a_row_says_so(tmp_path: Path) -> None:
    alone = Dataset(tuple(VIBES[:1]), TITLES[:1], Split(share=0.0), (NegativeKind.GENRE,))
    report = await write_dataset(alone, None, tmp_path, silent)
    (row,) = map(json.loads, (tmp_path / "train.jsonl").read_text("utf-8").splitlines())
    assert (row["negative"], row["negative_id"], row["negative_kind"]) == (None, None, None)
    assert report.without == 1


async def test_nothing_left_to_train_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="lower --share"):
        await write_dataset(Dataset(DATASET.pairs, TITLES, Split(share=1.0)), None, tmp_path, silent)


async def test_a_full_disk_leaves_the_old_set_and_no_half_of_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.jsonl").write_text("old\n", "utf-8")
    lines = 0

    def full(row: object) -> str:
        nonlocal lines
        lines += 1
        if lines > 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return "{}\n"

    monkeypatch.setattr("core.training.dataset.json_line", full)
    with pytest.raises(DiskFull, match="what was there is untouched"):
        await write_dataset(DATASET, None, tmp_path, silent)
    assert contents(tmp_path) == {"train.jsonl": "old\n"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(CatalogueError, match="cannot write"):
        files.written(tmp_path / "file" / "inside", [])

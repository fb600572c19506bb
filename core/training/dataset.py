"""The training set: queries, each with its title, and with titles that are nearly right."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.catalog.documents import dense_document
from core.domain import Title
from core.errors import CatalogueError
from core.ports import Progress
from core.training.chance import generator
from core.training.files import json_line, replacing, written
from core.training.mining import Miner
from core.training.negatives import MINED, FactNegatives, NegativeKind
from core.training.pairs import Pair, Split, SplitBy, parted

__all__ = ["TEST_FILE", "TRAINING_FILE", "Dataset", "DatasetReport", "training_titles", "write_dataset"]

TRAINING_FILE, TEST_FILE = "train.jsonl", "test.jsonl"
MINED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pairs, and what they are made into a training set with."""

    pairs: tuple[Pair, ...]
    titles: tuple[Title, ...]
    """What negatives are taken from; those that are held out are not."""
    split: Split
    kinds: tuple[NegativeKind, ...] = tuple(NegativeKind)
    each: int = 2
    """Hard negatives of a query, each of another kind."""


@dataclass(slots=True)
class DatasetReport:
    """What was written."""

    folder: Path
    queries: Counter[str] = field(default_factory=Counter)
    """Queries to train on, by source."""
    held_out: Counter[str] = field(default_factory=Counter)
    """Queries to measure by, by source."""
    negatives: Counter[str] = field(default_factory=Counter)
    """By kind."""
    rows: int = 0
    without: int = 0
    """Queries for which no hard negative was found; their row has none."""


async def write_dataset(
    dataset: Dataset, miner: Miner | None, folder: Path, progress: Progress
) -> DatasetReport:
    """Write `train.jsonl` (`query`, `positive`, `negative`, `source`, and the ids of both titles) and
    `test.jsonl` (`query`, `relevant`, `source`, as `evaluate` reads it). Equal arguments make equal files.

    Args:
        dataset: What to write.
        miner: Over `training_titles(dataset)`; needed for mined kinds alone.
        folder: Made when it is not there.
        progress: Told of every batch.

    Raises:
        DiskFull: there is no room; what was there is untouched.
        CatalogueError: nothing is left to train on, or the files cannot be written.
    """
    training, held_out = parted(_distinct(dataset.pairs), dataset.split)
    if not training:
        raise CatalogueError("every query is held out, so that nothing is left to train on; lower --share")
    report = DatasetReport(folder)
    report.queries.update(pair.source for pair in training)
    report.held_out.update(pair.source for pair in held_out)
    order = generator(dataset.split.seed, "order").permutation(len(training))
    shuffled = [training[place] for place in order]
    with replacing(folder / TRAINING_FILE) as file:
        async for row in _rows(shuffled, dataset, miner, report, progress):
            file.write(json_line(row))
    written(folder / TEST_FILE, _tests(held_out))
    return report


def training_titles(dataset: Dataset) -> tuple[Title, ...]:
    """Titles that negatives may be taken from: none that is held out by title."""
    if dataset.split.by is SplitBy.ROW:
        never = dataset.split.never_trained
        return tuple(title for title in dataset.titles if never.isdisjoint(title.ids))
    return tuple(
        title for title in dataset.titles if not dataset.split.holds_out(Pair("", title, "negatives"))
    )


def _distinct(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs without repeats, in the order of title and query, whatever order they came in."""
    first: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        first.setdefault((pair.title.id, pair.query), pair)
    return [first[key] for key in sorted(first)]


async def _rows(
    pairs: Sequence[Pair],
    dataset: Dataset,
    miner: Miner | None,
    report: DatasetReport,
    progress: Progress,
) -> AsyncIterator[Mapping[str, Any]]:
    facts = FactNegatives(training_titles(dataset))
    mined_kinds = [kind for kind in dataset.kinds if kind in MINED] if miner else []
    for start in range(0, len(pairs), MINED_AT_ONCE):
        batch = pairs[start : start + MINED_AT_ONCE]
        mined: Sequence[Mapping[NegativeKind, Title]] = [{}] * len(batch)
        if miner is not None and mined_kinds:
            mined = await miner.find(batch, mined_kinds)
        for pair, by_rank in zip(batch, mined, strict=True):
            chosen = _chosen(pair, dataset, facts, by_rank)
            report.without += not chosen
            for kind, negative in chosen or ((None, None),):
                report.rows += 1
                report.negatives.update([str(kind)] if kind else [])
                yield _row(pair, kind, negative)
        progress("choosing negatives", start + len(batch), len(pairs))


def _chosen(
    pair: Pair, dataset: Dataset, facts: FactNegatives, mined: Mapping[NegativeKind, Title]
) -> list[tuple[NegativeKind, Title]]:
    """Up to `each` negatives of different kinds, the kinds in an order of chance, so that all are used."""
    chosen: dict[str, tuple[NegativeKind, Title]] = {}
    chance = generator(dataset.split.seed, "kinds", pair.title.id, pair.query)
    for place in chance.permutation(len(dataset.kinds)):
        if len(chosen) >= dataset.each:
            break
        kind = dataset.kinds[place]
        title = mined.get(kind) if kind in MINED else facts.find(pair, kind, dataset.split.seed)
        if title is not None:
            chosen.setdefault(title.id, (kind, title))
    return list(chosen.values())


def _row(pair: Pair, kind: NegativeKind | None, negative: Title | None) -> dict[str, Any]:
    return {
        "query": pair.query,
        "positive": dense_document(pair.title),
        "negative": dense_document(negative) if negative else None,
        "source": pair.source,
        "positive_id": pair.title.id,
        "negative_id": negative.id if negative else None,
        "negative_kind": str(kind) if kind else None,
    }


def _tests(pairs: Sequence[Pair]) -> Iterator[dict[str, Any]]:
    for pair in pairs:
        yield {"query": pair.query, "relevant": list(pair.title.ids), "source": pair.source}

"""What a model is trained on and how; it is kept beside the model, with that of the models before it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from core.catalog.documents import MAX_TOKENS
from core.errors import CatalogueError
from core.training.files import read_lines, replacing

__all__ = ["LINEAGE_FILE", "TITLES_FILE", "Lineage", "Precision", "Recipe", "Row", "Run", "read_rows"]

LINEAGE_FILE, TITLES_FILE = "recipe.json", "trained-on.txt"


class Precision(StrEnum):
    """In which numbers a step is computed; weights are kept in 32 bits."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    """Three times as fast where the processor or card computes in it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train."""

    base: str
    """A folder, or a name on the model hub."""
    epochs: float = 2.0
    batch: int = 64
    """Queries of a step; each is told from the other queries' titles."""
    mini_batch: int | None = None
    """Texts encoded at once, where a batch does not fit in memory (GradCache, arXiv:2101.06983)."""
    rate: float = 5e-5
    """Of learning at its peak, after a tenth of the steps; then it falls evenly to 0."""
    scale: float = 20.0
    """What cosines are multiplied by: the inverse of a temperature."""
    both_ways: bool = True
    """Titles are told from the other titles' queries too."""
    hard: bool = True
    """Whether the hard negatives of the training set are used."""
    masking: float = 0.0
    """Share of a query's words that is left out at random, 0 to 1, so that no word is relied on alone."""
    thinning: float = 0.0
    """Share of a title's sentences that is left out at random, 0 to 1: its text is another one each time."""
    max_tokens: int = MAX_TOKENS
    """What is read of a text in training."""
    precision: Precision = Precision.FLOAT32
    average: int = 1
    """The weights are the mean of so many checkpoints, the last ones (arXiv:2209.14981)."""
    checkpoints: int = 8
    """How many are written over the whole run; the dev set is measured at each."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the training set."""

    query: str
    positive: str
    negative: str | None
    source: str
    titles: tuple[str, ...]
    """Ids of its titles."""


@dataclass(frozen=True, slots=True)
class Run:
    """One training."""

    recipe: Mapping[str, Any]
    queries: Mapping[str, int]
    """By source."""
    rows: int
    hard: int
    """Rows with a hard negative that was used."""
    averaged_with: int = 0
    """Trainings of others with whose weights its own were averaged."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """All the trainings that a model comes from, the first one first."""

    runs: tuple[Run, ...] = ()
    titles: frozenset[str] = frozenset()
    """Ids of every title whose text was trained on."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What is known of a model in a folder; nothing of one that was not trained here.

        Raises:
            CatalogueError: its files are damaged.
        """
        try:
            runs = json.loads((folder / LINEAGE_FILE).read_text("utf-8"))
            titles = (folder / TITLES_FILE).read_text("utf-8").split()
            return cls(tuple(Run(**run) for run in runs), frozenset(titles))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError) as error:
            raise CatalogueError(f"{folder / LINEAGE_FILE} or {TITLES_FILE} is damaged: {error}") from error

    def after(self, recipe: Recipe, rows: Sequence[Row]) -> Self:
        """With one more training."""
        asked = {(row.query, row.titles[0]): row.source for row in rows}
        named = asdict(recipe) | {"base": Path(recipe.base).name}
        hard = sum(row.negative is not None for row in rows) if recipe.hard else 0
        run = Run(named, dict(sorted(Counter(asked.values()).items())), len(rows), hard)
        trained = self.titles.union(*(row.titles for row in rows))
        return type(self)((*self.runs, run), trained)

    @classmethod
    def mean(cls, lineages: Iterable[Self]) -> Self:
        """Of a model whose weights are the mean of several."""
        all_of_them = tuple(lineages)
        others = len(all_of_them) - 1
        runs = (replace(run, averaged_with=others) for lineage in all_of_them for run in lineage.runs)
        return cls(tuple(runs), frozenset().union(*(lineage.titles for lineage in all_of_them)))

    def write(self, folder: Path) -> None:
        """Put it beside the model.

        Raises:
            DiskFull, CatalogueError: it cannot be written.
        """
        with replacing(folder / LINEAGE_FILE) as file:
            file.write(json.dumps([asdict(run) for run in self.runs], indent=2) + "\n")
        with replacing(folder / TITLES_FILE) as file:
            file.writelines(f"{name}\n" for name in sorted(self.titles))


def read_rows(path: Path) -> list[Row]:
    """Read a training set as `train dataset` writes it.

    Raises:
        CatalogueError: it cannot be read, a line is malformed (it is named), or nothing is in it.
    """
    return read_lines(path, "the training set", "row", lambda line: _row(json.loads(line)))


def _row(row: Any) -> Row:
    if not isinstance(row, dict):
        raise ValueError("a row must be an object")
    texts = (row["query"], row["positive"], row["source"], row["positive_id"])
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError("query, positive, source and positive_id must be texts")
    negative = row.get("negative")
    if negative is not None and not (isinstance(negative, str) and negative.strip()):
        raise ValueError("negative must be a text or null")
    return Row(row["query"], row["positive"], negative, row["source"], tuple(_ids(row)))


def _ids(row: Mapping[str, Any]) -> Iterable[str]:
    yield row["positive_id"]
    if row.get("negative_id"):
        yield str(row["negative_id"])

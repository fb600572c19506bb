"""The `evaluate` command: pool, index and stages for `core.training.evaluation`."""

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from bot.settings import Settings
from bot.wiring import load_encoders, local_library, vector_cache
from core.catalog.bundle import bundled_files
from core.catalog.reader import read_catalogue
from core.ports import Progress
from core.training.evaluation import CUTOFFS, Measures, Stage, evaluate, pool_of, read_queries

__all__ = ["heading", "measure", "table"]


async def measure(
    settings: Settings, options: argparse.Namespace, progress: Progress, notice: Callable[[str], None]
) -> dict[Stage, Measures]:
    """Evaluate each stage asked for. Indexes and vectors are kept, so a second run is quick.

    Raises:
        CatalogueError: queries, catalogue or pool cannot be read, or nothing of the pool matches.
    """
    queries = read_queries(options.queries)
    files: tuple[Path, ...] = (
        (options.catalogue,) if options.catalogue else settings.catalogue or bundled_files()
    )
    titles = read_catalogue(files).titles
    pool = pool_of(titles, options.pool, queries)
    encoders = load_encoders(settings)
    cache = vector_cache(settings, encoders)
    # An index for each set of files and pool, so that measuring one does not throw away the other.
    name = hashlib.sha256("\n".join([*map(str, files), options.pool]).encode()).hexdigest()[:12]
    root = settings.data_dir / "evaluation" / name
    chosen = None if options.pool == "all" else pool
    async with local_library(settings, encoders, files, root, chosen, progress, notice) as library:
        stages = [Stage(name) for name in options.stage or list(Stage)]
        return await evaluate(
            queries, pool, library, cache, encoders.sparse, stages, settings.weights, progress
        )


def heading(measures: dict[Stage, Measures]) -> str:
    """What was measured, in a line."""
    first = next(iter(measures.values()))
    line = f"{first.queries:,} queries over {first.pool:,} titles"
    if first.unanswerable:
        line += f"; {first.unanswerable:,} have no answer among them and count as misses"
    return line


def table(measures: dict[Stage, Measures]) -> Table:
    """A row a stage."""
    grid = Table(box=SIMPLE)
    grid.add_column("stage")
    for header in (*(f"R@{cutoff}" for cutoff in CUTOFFS), "MRR", "nDCG@10"):
        grid.add_column(header, justify="right")
    for stage, values in measures.items():
        figures = (*values.recall.values(), values.mrr, values.ndcg_at_10)
        grid.add_row(str(stage), *(f"{figure:.3f}" for figure in figures))
    return grid

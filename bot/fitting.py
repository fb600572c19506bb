"""The `train fit` and `train export` commands: training set, dev set and the check of an export."""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.settings import Settings
from bot.wiring import load_encoders
from core.catalog.bundle import bundled_files
from core.catalog.reader import read_catalogue
from core.errors import ConfigurationError, EncoderUnavailable
from core.training.averaging import average_models
from core.training.card import Figures, card_of
from core.training.evaluation import dense_ranks
from core.training.export import ExportReport, export_encoder
from core.training.files import replacing
from core.training.fit import CURVES, DevSet, FitReport, fit
from core.training.queries import pool_of, read_queries
from core.training.recipe import Lineage, Precision, Recipe, read_rows

__all__ = ["MOST_LOST", "average", "export_model", "fit_model", "told_of_export", "told_of_fit"]

MOST_LOST = 0.005
"""By how much quantisation may lower MRR."""


async def fit_model(
    settings: Settings, options: argparse.Namespace, notice: Callable[[str], None]
) -> FitReport:
    """Train as the options say.

    Raises:
        CatalogueError: training set, queries or catalogue cannot be read, or there is nothing to resume.
        EncoderUnavailable: the base model or the packages for training cannot be had.
        DiskFull: there is no room; checkpoints are kept.
    """
    recipe = Recipe(
        base=options.base,
        epochs=options.epochs,
        batch=options.batch,
        mini_batch=options.mini_batch,
        rate=options.rate,
        scale=options.scale,
        both_ways=not options.one_way,
        hard=not options.no_hard,
        masking=options.masking,
        thinning=options.thinning,
        max_tokens=options.max_tokens,
        precision=Precision(options.precision),
        average=options.average,
        checkpoints=options.checkpoints,
        seed=options.seed,
    )
    rows = read_rows(options.data / "train.jsonl")
    dev = _dev_set(settings, options)
    return await asyncio.to_thread(fit, recipe, rows, options.target, dev, notice, resume=options.resume)


def told_of_fit(report: FitReport) -> str:
    """What came of it, in a few words."""
    reached = ", ".join(f"{name} {value:.3f}" for name, value in report.measures.items())
    line = f"{report.steps:,} steps over {report.rows:,} rows; model and {CURVES} are in {report.folder}"
    return f"{line}\non the dev set: {reached}" if reached else line


async def average(options: argparse.Namespace) -> str:
    """Average models, and say so.

    Raises:
        ConfigurationError: fewer than two are given.
        EncoderUnavailable: they cannot be loaded, or are not of one shape.
        DiskFull, CatalogueError: the target cannot be written.
    """
    if len(options.source) < 2:
        raise ConfigurationError("a mean needs two models at least: give --source twice or more")
    await asyncio.to_thread(average_models, options.source, options.target)
    return f"the mean of {len(options.source)} models is in {options.target}"


async def export_model(
    settings: Settings, options: argparse.Namespace, notice: Callable[[str], None]
) -> tuple[ExportReport, Figures | None]:
    """Export, measure what quantisation costs where queries are given, and write the card.

    Raises:
        CatalogueError: queries or catalogue cannot be read, or the export cannot be written.
        EncoderUnavailable: the model cannot be exported, or quantisation lowers MRR by `MOST_LOST` or more;
            then the files are there, without a card.
    """
    report = await asyncio.to_thread(
        export_encoder,
        options.source,
        options.target,
        dimensions=options.dimensions,
        exact_layers=options.exact,
    )
    dev = _dev_set(settings, options)
    figures = await _figures(settings, options, dev, report.dimensions, notice) if dev else None
    if figures and figures.lost >= MOST_LOST:
        raise EncoderUnavailable(
            f"quantisation lowers MRR on {figures.name} from {figures.source['MRR']:.3f} to "
            f"{figures.exported['MRR']:.3f}, which is not less than {MOST_LOST}; {report.folder} is not "
            "to be shipped"
        )
    lineage = Lineage.read(options.source)
    if lineage.runs:
        lineage.write(report.folder)
    with replacing(report.folder / "README.md") as file:
        file.write(card_of(report, lineage, figures, options.licence))
    return report, figures


def told_of_export(report: ExportReport, figures: Figures | None) -> str:
    """What came of it, in a few lines."""
    lines = [
        f"{report.folder}: {report.megabytes} MB, {report.dimensions} dimensions, cosine to the source "
        f"{report.cosine_to_source:.4f} at least",
        f"weights sha256 {report.weights_sha256}",
    ]
    if figures is None:
        lines.append("what quantisation costs was not measured; --queries and --catalogue measure it")
    else:
        lines.append(
            f"MRR on {figures.name} {figures.source['MRR']:.4f} before quantisation, "
            f"{figures.exported['MRR']:.4f} after it"
        )
    return "\n".join(lines)


def _dev_set(settings: Settings, options: argparse.Namespace) -> DevSet | None:
    if options.queries is None:
        return None
    files = (options.catalogue,) if options.catalogue else settings.catalogue or bundled_files()
    queries = read_queries(options.queries)
    return DevSet(tuple(queries), pool_of(read_catalogue(files).titles, "positives", queries))


async def _figures(
    settings: Settings,
    options: argparse.Namespace,
    dev: DevSet,
    dimensions: int,
    notice: Callable[[str], None],
) -> Figures:
    notice(f"measuring {len(dev.queries):,} queries over {len(dev.pool):,} titles, before and after")
    ranks = []
    for folder in (options.source, options.target):
        encoder = load_encoders(replace(settings, embedding_model=str(folder))).dense
        try:
            ranks.append(await dense_ranks(dev.queries, dev.pool, encoder, dimensions))
        finally:
            encoder.close()
    source, exported = (
        {
            "R@1": float(np.mean(found <= 1)),
            "R@10": float(np.mean(found <= 10)),
            "MRR": float(np.mean(1 / found)),
        }
        for found in ranks
    )
    return Figures(len(ranks[0]), len(dev.pool), Path(options.queries).stem, exported, source)

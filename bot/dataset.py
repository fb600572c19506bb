"""The `train dataset` command: where queries come from, and who writes and mines for it."""

import argparse
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.settings import Settings
from bot.wiring import answer_models, load_encoders, vector_cache
from core.catalog.bundle import bundled_files
from core.catalog.reader import counted, read_catalogue
from core.domain import Title
from core.errors import ConfigurationError, ModelFault
from core.ports import Progress
from core.ranking import fame
from core.training.asking import AnswerCache, Asked, write_queries
from core.training.dataset import Dataset, DatasetReport, training_titles, write_dataset
from core.training.mining import Miner
from core.training.negatives import MINED, NegativeKind
from core.training.pairs import Pair, Split, SplitBy, dev_titles, from_queries, from_templates
from core.training.queries import Query, pool_of, read_queries

__all__ = ["PRICES", "Made", "make_dataset", "summary"]

# US dollars for a million tokens read and written: the vendors' list prices at the end of 2025.
PRICES = {"openai:gpt-4.1-mini": (0.40, 1.60), "anthropic:claude-haiku-4-5": (1.00, 5.00)}


@dataclass(frozen=True, slots=True)
class Made:
    """What came of the command."""

    report: DatasetReport
    titles: int
    asked: Asked | None
    """None where no model was to write queries."""
    model: str
    prices: tuple[float, float] | None
    """US dollars for a million tokens read and written, where known."""


async def make_dataset(
    settings: Settings, options: argparse.Namespace, progress: Progress, notice: Callable[[str], None]
) -> Made:
    """Gather queries of every source, choose negatives, and write both parts of the split.

    Raises:
        CatalogueError: a file cannot be read or written, or its ids match nothing.
        ConfigurationError: a model is to write queries, and none is configured.
        ModelFault: it stays away, or takes no request; what it answered before is kept.
        DiskFull: there is no room; what was there before is untouched.
    """
    files: tuple[Path, ...] = (
        (options.catalogue,) if options.catalogue else settings.catalogue or bundled_files()
    )
    known = read_catalogue(files).titles
    given = [(path.stem, read_queries(path)) for path in options.queries]
    titles = pool_of(known, options.pool, [query for _, queries in given for query in queries])
    split = Split(SplitBy(options.split), options.share, options.seed, _never_trained(options, known))
    pairs = from_templates(titles, options.seed, options.metadata)
    for name, queries in given:
        pairs += _matched(name, queries, titles, notice)
    async with AsyncExitStack() as stack:
        asked, model = None, ""
        if options.vibes:
            asked, model = await _asked(settings, options, titles, stack, progress, notice)
            pairs += _written(asked, titles, model)
        kinds = tuple(NegativeKind(name) for name in options.negatives or NegativeKind)
        dataset = Dataset(tuple(pairs), titles, split, kinds, options.each)
        miner = None
        if options.each and any(kind in MINED for kind in kinds):
            encoders = load_encoders(settings)
            stack.callback(encoders.dense.close)
            cache = vector_cache(settings, encoders)
            miner = await Miner.over(training_titles(dataset), cache, encoders.sparse, progress)
        report = await write_dataset(dataset, miner, options.target, progress)
    return Made(report, len(titles), asked, model, options.prices or PRICES.get(model))


def _never_trained(options: argparse.Namespace, known: tuple[Title, ...]) -> frozenset[str]:
    """Ids of the titles that are held out whatever is drawn, by every id that they have."""
    ids = set(dev_titles())
    for path in options.held_out:
        pairs, _ = from_queries(read_queries(path), known, path.stem)
        ids |= {identifier for pair in pairs for identifier in pair.title.ids}
    return frozenset(ids)


def _matched(
    name: str, queries: list[Query], titles: tuple[Title, ...], notice: Callable[[str], None]
) -> list[Pair]:
    pairs, lost = from_queries(queries, titles, name)
    if lost:
        notice(f"{lost:,} of {len(queries):,} queries of {name} left out: no title here answers them")
    return pairs


async def _asked(
    settings: Settings,
    options: argparse.Namespace,
    titles: tuple[Title, ...],
    stack: AsyncExitStack,
    progress: Progress,
    notice: Callable[[str], None],
) -> tuple[Asked, str]:
    """What the first configured model writes for the best-known titles that have a text."""
    models = answer_models(settings, stack)
    if not models:
        raise ConfigurationError(
            "--vibes needs a language model: set OPENAI_API_KEY or ANTHROPIC_API_KEY (and ANSWER_MODELS)"
        )
    told = sorted((title for title in titles if title.overview), key=lambda title: (-fame(title), title.id))
    cache = AnswerCache(options.cache or settings.data_dir / "training" / "vibes.jsonl")
    chosen = told[: options.vibes]
    notice(f"asking {models[0].name} about {counted(len(chosen), 'title')}, {options.parallel} at once")
    try:
        asked = await write_queries(chosen, models[0], cache, options.parallel, progress)
    except ModelFault:
        notice(f"what was answered is in {cache.path}; the same command goes on from there")
        raise
    return asked, models[0].name


def _written(asked: Asked, titles: tuple[Title, ...], model: str) -> list[Pair]:
    by_id = {title.id: title for title in titles}
    return [
        Pair(text, by_id[title_id], f"vibe:{model.replace(':', '-')}")
        for title_id, queries in asked.by_title.items()
        for text in queries
    ]


def summary(made: Made) -> RenderableType:
    """What was written, from where, and what it cost."""
    report = made.report
    training, held_out = report.queries.total(), report.held_out.total()
    lines = [
        f"{training:,} queries to train on in {report.rows:,} rows, {held_out:,} held out, of "
        f"{counted(made.titles, 'title')}; both parts are in {report.folder}"
    ]
    if report.without:
        lines.append(f"{report.without:,} queries have no hard negative")
    if made.asked:
        lines.append(_cost(made.asked, made.model, made.prices))
    sources = Table(box=SIMPLE)
    sources.add_column("source")
    for header in ("to train on", "held out"):
        sources.add_column(header, justify="right")
    for name in sorted(report.queries | report.held_out):
        sources.add_row(name, f"{report.queries[name]:,}", f"{report.held_out[name]:,}")
    kinds = Table(box=SIMPLE)
    kinds.add_column("hard negatives")
    kinds.add_column("rows", justify="right")
    for name, count in sorted(report.negatives.items()):
        kinds.add_row(name, f"{count:,}")
    parts: list[RenderableType] = [Text("\n".join(lines)), sources]
    return Group(*parts, kinds) if report.negatives else Group(*parts)


def _cost(asked: Asked, model: str, prices: tuple[float, float] | None) -> str:
    line = (
        f"{model} answered for {counted(asked.answered, 'title')} ({asked.kept:,} were kept from before, "
        f"{asked.unusable:,} without a usable query): {asked.input_tokens:,} tokens read, "
        f"{asked.output_tokens:,} written"
    )
    if prices is None:
        return f"{line}; --prices IN,OUT tells what that costs"
    dollars = (asked.input_tokens * prices[0] + asked.output_tokens * prices[1]) / 1e6
    return f"{line}; ${dollars:,.4f} at ${prices[0]:g} and ${prices[1]:g} a million"

"""The `evaluate` command: queries, pool, index and stages for `core.training.evaluation`."""

import argparse
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

from bot.settings import Settings
from bot.wiring import encoder_folder, load_encoders, local_library, vector_cache
from core.catalog.bundle import bundled_files
from core.catalog.reader import read_catalogue
from core.domain import Title
from core.errors import CatalogueError
from core.ports import Progress
from core.training.comparison import Group, Run, compare, read_run, save_run
from core.training.evaluation import CUTOFFS, MEASURES, Measures, Stage, means, score
from core.training.intervals import Interval
from core.training.pairs import Split, SplitBy, dev_titles, from_queries, from_templates, parted, query_of
from core.training.plots import draw_measures
from core.training.queries import Query, pool_of, read_queries
from core.training.recipe import Lineage

__all__ = [
    "Evaluation",
    "Plan",
    "Protocol",
    "details_object",
    "draw",
    "heading",
    "measure",
    "plan_of",
    "run_plan",
    "tables",
]

# The tables with intervals leave out what they have no room for.
SHOWN = tuple(name for name in MEASURES if name != "R@100")


class Protocol(StrEnum):
    """Which queries are measured, over which titles."""

    GIVEN = "given"
    """Those of the file, over the pool that was asked for."""
    ROWS = "rows"
    """That of the published tables: metadata and vibe queries mixed, some held out, over their titles."""
    TITLES = "titles"
    """The honest one: every query of held-out titles, over the whole catalogue."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured."""

    queries: Path
    catalogue: Path | None = None
    pool: str | None = None
    """`all`, `positives` or a file of ids; None: what the protocol says."""
    stages: tuple[Stage, ...] = tuple(Stage)
    protocol: Protocol = Protocol.GIVEN
    share: float = 0.1
    """How much is held out, 0 to 1."""
    seed: int = 7
    metadata: int | None = None
    """Metadata queries a title and level, beside the file's; None: what the protocol says."""
    save: Path | None = None
    against: tuple[Path, ...] = ()
    """Saved runs to compare with."""

    @property
    def detailed(self) -> bool:
        """Whether it is of no use without intervals and differences."""
        return self.protocol is not Protocol.GIVEN or bool(self.against)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured."""

    measures: dict[Stage, Measures]
    run: Run
    """The same, query by query."""
    compared: tuple[Run, ...]
    """The same beside saved runs."""
    seed: int


def plan_of(options: argparse.Namespace) -> Plan:
    """What the command line asks for."""
    return Plan(
        queries=options.queries,
        catalogue=options.catalogue,
        pool=options.pool,
        stages=tuple(Stage(name) for name in options.stage or Stage),
        protocol=Protocol(options.protocol),
        share=options.share,
        seed=options.seed,
        metadata=options.metadata,
        save=options.save,
        against=tuple(options.against or ()),
    )


async def measure(
    settings: Settings, options: argparse.Namespace, progress: Progress, notice: Callable[[str], None]
) -> dict[Stage, Measures]:
    """Evaluate the queries of a file as they are, at each stage asked for.

    Raises:
        CatalogueError: queries, catalogue or pool cannot be read, or nothing of the pool matches.
    """
    stages = tuple(Stage(name) for name in options.stage or Stage)
    plan = Plan(options.queries, options.catalogue, options.pool, stages)
    return (await run_plan(settings, plan, progress, notice)).measures


async def run_plan(
    settings: Settings, plan: Plan, progress: Progress, notice: Callable[[str], None]
) -> Evaluation:
    """Evaluate each stage asked for. Indexes and vectors are kept, so a second run is quick.

    Raises:
        CatalogueError: queries, catalogue, pool or a saved run cannot be read, or nothing matches.
        DiskFull: there is no room for the index, or for the run that is to be saved.
    """
    given = read_queries(plan.queries)
    files: tuple[Path, ...] = (plan.catalogue,) if plan.catalogue else settings.catalogue or bundled_files()
    titles = read_catalogue(files).titles
    queries = _chosen(given, titles, plan, _trained_on(settings), notice)
    default_pool = "positives" if plan.protocol is Protocol.ROWS else "all"
    pool_name = plan.pool or default_pool
    pool = pool_of(titles, pool_name, queries)
    encoders = load_encoders(settings)
    try:
        cache = vector_cache(settings, encoders)
        # An index for each set of files and pool, so that measuring one does not throw away the other.
        name = hashlib.sha256("\n".join([*map(str, files), pool_name]).encode()).hexdigest()[:12]
        root = settings.data_dir / "evaluation" / name
        chosen = None if pool_name == "all" else pool
        async with local_library(settings, encoders, files, root, chosen, progress, notice) as library:
            scored = await score(
                queries, pool, library, cache, encoders.sparse, plan.stages, settings.weights, progress
            )
    finally:
        encoders.dense.close()
    systems = {str(stage): values for stage, values in scored.items()}
    run = Run.of(queries, pool, encoders.dense.fingerprint, systems)
    compared = tuple(read_run(path, run, path.stem) for path in plan.against)
    if plan.save:
        save_run(plan.save, run)
        notice(f"the run is saved in {plan.save}")
    return Evaluation(means(scored, queries, pool), run, compared, plan.seed)


def _trained_on(settings: Settings) -> frozenset[str]:
    """Ids of the titles whose texts the configured encoder was trained on, as far as it is known."""
    folder = encoder_folder(settings)
    return Lineage.read(folder).titles if folder else frozenset()


def _chosen(
    given: Sequence[Query],
    titles: Sequence[Title],
    plan: Plan,
    trained: frozenset[str],
    notice: Callable[[str], None],
) -> list[Query]:
    """The queries that the protocol measures. Of the honest one, none whose title the encoder knows."""
    name = plan.queries.stem
    if plan.protocol is Protocol.GIVEN and not plan.metadata:
        return [replace(query, source=query.source or name) for query in given]
    pairs, lost = from_queries(given, titles, name)
    if lost:
        notice(f"{lost:,} of {len(given):,} queries of {name} left out: no title here answers them")
    asked = list({pair.title.id: pair.title for pair in pairs}.values())
    pairs += from_templates(asked, plan.seed, 1 if plan.metadata is None else plan.metadata)
    if plan.protocol is not Protocol.GIVEN:
        by = SplitBy.ROW if plan.protocol is Protocol.ROWS else SplitBy.TITLE
        _, pairs = parted(pairs, Split(by, plan.share, plan.seed, dev_titles()))
        if by is SplitBy.TITLE and trained:
            unknown = [pair for pair in pairs if trained.isdisjoint(pair.title.ids)]
            if known := len(pairs) - len(unknown):
                notice(f"{known:,} of {len(pairs):,} queries left out: their titles were trained on")
            pairs = unknown
        if not pairs:
            raise CatalogueError(f"nothing of {name} is held out; raise --share")
    return [query_of(pair) for pair in pairs]


def heading(measures: Mapping[Stage, Measures]) -> str:
    """What was measured, in a line."""
    first = next(iter(measures.values()))
    line = f"{first.queries:,} queries over {first.pool:,} titles"
    if first.unanswerable:
        line += f"; {first.unanswerable:,} have no answer among them and count as misses"
    return line


def _table(measures: Mapping[Stage, Measures]) -> Table:
    """A row a stage."""
    grid = Table(box=SIMPLE)
    grid.add_column("stage")
    for header in (*(f"R@{cutoff}" for cutoff in CUTOFFS), "MRR", "nDCG@10"):
        grid.add_column(header, justify="right")
    for stage, values in measures.items():
        figures = (*values.recall.values(), values.mrr, values.ndcg_at_10)
        grid.add_row(str(stage), *(f"{figure:.3f}" for figure in figures))
    return grid


def _groups(evaluation: Evaluation) -> tuple[list[Group], list[list[Group]]]:
    """The groups of this run, and those of it beside each saved run."""
    own = compare(evaluation.run, evaluation.seed)
    return own, [compare(run, evaluation.seed) for run in evaluation.compared]


def details_object(evaluation: Evaluation) -> dict[str, Any]:
    """The JSON form of everything, intervals as [mean, low, high]."""
    own, compared = _groups(evaluation)
    return {
        "encoder": evaluation.run.encoder,
        "stages": {str(stage): values.as_dict() for stage, values in evaluation.measures.items()},
        "groups": {group.name: group.as_dict() for group in own},
        "against": [{group.name: group.as_dict() for group in groups} for groups in compared],
    }


def draw(evaluation: Evaluation, path: Path) -> None:
    """A PNG of the main measures; of a run beside the saved one where there is one to compare with.

    Raises:
        DiskFull, CatalogueError: it cannot be written.
    """
    own, compared = _groups(evaluation)
    draw_measures([group for group in (compared or [own])[0] if ":" not in group.name], path)


def tables(evaluation: Evaluation, *, detailed: bool) -> Iterator[Table]:
    """What a person is shown. Where sources are mixed, each one's figures stand beside the whole's."""
    if not detailed and len(evaluation.run.sources) < 2:
        yield _table(evaluation.measures)
        return
    own, compared = _groups(evaluation)
    yield _group_table(own, intervals=detailed)
    if detailed:
        for groups in (own, *compared):
            yield _difference_table([group for group in groups if ":" not in group.name])


def _group_table(groups: Sequence[Group], *, intervals: bool) -> Table:
    """A row for each group and system; with the 95 % intervals where asked for."""
    title = "mean and 95 % interval, by bootstrap over titles" if intervals else None
    grid = Table(title=title, box=SIMPLE)
    for header in ("queries", "system"):
        grid.add_column(header)
    for header in SHOWN:
        grid.add_column(header, justify="right")
    for group in groups:
        name = f"{group.name} ({group.queries:,})"
        for system, found in group.systems.items():
            shown = (_cell(item, signed=False, interval=intervals) for item in _shown(found))
            grid.add_row(name, system, *shown)
            name = ""
    return grid


def _difference_table(groups: Sequence[Group]) -> Table:
    """A row for each group and pair of systems; a star where the interval leaves zero out."""
    grid = Table(title="paired differences; * where the 95 % interval leaves zero out", box=SIMPLE)
    for header in ("queries", "systems"):
        grid.add_column(header)
    for header in SHOWN:
        grid.add_column(header, justify="right")
    for group in groups:
        name = group.name
        for item in group.differences:
            shown = (_cell(interval, signed=True, interval=True) for interval in _shown(item.intervals))
            grid.add_row(name, f"{item.system} − {item.over}", *shown)
            name = ""
    return grid


def _shown(intervals: Sequence[Interval]) -> Iterator[Interval]:
    return (item for name, item in zip(MEASURES, intervals, strict=True) if name in SHOWN)


def _cell(item: Interval, *, signed: bool, interval: bool) -> str:
    sign = "+" if signed else ""
    text = f"{item.mean:{sign}.3f}"
    if signed:
        text += "*" if item.beside_zero else " "
    return f"{text}\n{item.low:{sign}.3f}…{item.high:{sign}.3f}" if interval else text

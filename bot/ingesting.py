"""The `ingest` command: titles from TMDB or a dump into the data folder, then into the index."""

import argparse
import asyncio
import datetime
from collections.abc import Callable
from contextlib import AsyncExitStack

from bot.ingest_options import regions_of, request_of
from bot.settings import Settings
from bot.wiring import (
    catalogue_files,
    holdings_folder,
    load_encoders,
    local_library,
    ready_server,
    recipe_for,
    server_index,
    server_mark,
    tmdb_source,
)
from core.catalog.reader import counted, read_catalogue
from core.errors import MatineeError
from core.ingestion.dumps import join_dump, read_dump
from core.ingestion.fetching import Outcome
from core.ingestion.holdings import Holdings
from core.ingestion.publishing import publish
from core.ingestion.runs import fetch_chosen, fetch_lacking, fetch_updates
from core.ports import Progress
from core.training.files import writing

__all__ = ["ingest"]

Notice = Callable[[str], None]
# How many lines of a report are shown; `--report` has them all.
_SHOWN = 5


async def ingest(settings: Settings, options: argparse.Namespace, progress: Progress, notice: Notice) -> int:
    """Take in titles and index them; returns the exit status.

    Raises:
        MatineeError: what came before is kept, and the same command goes on.
    """
    with Holdings(holdings_folder(settings)) as holdings:
        if options.source == "file":
            _take_file(options, holdings, notice)
        else:
            outcome = await _fetch(settings, options, holdings, progress, notice)
            notice(outcome.summary())
            for name, reason in outcome.refused[:_SHOWN]:
                notice(f"{name}: left out, {reason}")
        await _index(settings, holdings, progress, notice)
    return 0


async def _fetch(
    settings: Settings, options: argparse.Namespace, holdings: Holdings, progress: Progress, notice: Notice
) -> Outcome:
    regions = regions_of(options, holdings.all_regions)
    request = request_of(options, holdings.all_regions) if options.source == "tmdb" else None
    today = datetime.date.today()
    async with tmdb_source(settings, regions) as source:
        if holdings.state.wanted:
            notice(
                f"an earlier run left {len(holdings.state.wanted):,} titles; the same request goes on there"
            )
        try:
            if request is None:
                titles = await asyncio.to_thread(read_catalogue, catalogue_files(settings))
                return await fetch_lacking(source, holdings, titles.titles, regions, today, progress)
            if options.update:
                return await fetch_updates(source, holdings, request, today, progress)
            return await fetch_chosen(source, holdings, request, today, progress)
        except (MatineeError, asyncio.CancelledError):
            notice(f"broken off with {len(holdings):,} titles of TMDB kept; the same command goes on there")
            raise


def _take_file(options: argparse.Namespace, holdings: Holdings, notice: Notice) -> None:
    """Join the titles of a dump to those of earlier ones, whose facts stand where both tell some."""
    titles, report = read_dump(options.path, options.columns)
    earlier = holdings.imported()
    joined = join_dump(earlier, titles, report)
    holdings.write_imported(joined)
    notice(report.summary())
    for line in report.lines()[:_SHOWN] if options.report is None else ():
        notice(line)
    notice(f"{len(joined) - len(earlier):,} of them new, {counted(len(joined), 'imported title')} in all")
    if options.report is not None:
        with writing(options.report, "the titles are taken in"):
            options.report.write_text("".join(line + "\n" for line in report.lines()), "utf-8")


async def _index(settings: Settings, holdings: Holdings, progress: Progress, notice: Notice) -> None:
    """Make what a worker starts from: the embedded index, or the server's collections."""
    if settings.catalogue is not None:
        notice("MATINEE_CATALOGUE is set and read instead of what was taken in; unset it to use this")
        return
    files = catalogue_files(settings)
    async with AsyncExitStack() as stack:
        encoders = load_encoders(settings)
        stack.callback(encoders.dense.close)
        if settings.qdrant_endpoint is None:
            root = settings.data_dir / "index"
            library = local_library(settings, encoders, files, root, None, progress, notice)
            await stack.enter_async_context(library)
            notice(f"{await library.count():,} titles in the index")
            return
        index = server_index(settings, stack)
        recipe = recipe_for(settings, encoders, files)
        catalogue = await asyncio.to_thread(recipe.read)
        ours = await ready_server(index, recipe, progress, notice)
        stored, deleted = await publish(
            index, catalogue.titles, holdings.state.removed, ours, recipe, progress
        )
        server_mark(settings).write(recipe)
        notice(f"{stored:,} titles stored on the server, {deleted:,} deleted")

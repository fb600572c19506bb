"""The `catalogue indexes` command: payload fields of a server's collections that filters read unindexed."""

import argparse
from collections.abc import Callable
from contextlib import AsyncExitStack

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.settings import Settings
from bot.wiring import server_index
from core.errors import ConfigurationError

__all__ = ["indexes"]


async def indexes(
    settings: Settings, options: argparse.Namespace, out: Console, notice: Callable[[str], None]
) -> int:
    """List the indexes that are missing; with `--create`, make them. Returns the exit status.

    Raises:
        ConfigurationError: there is no server, or no such collection.
        IndexForbidden: the key may only read.
        IndexFault: the server is away, or refuses it.
    """
    async with AsyncExitStack() as stack:
        index = server_index(settings, stack)
        missing = await index.missing()
        if missing:
            raise ConfigurationError(
                f"the Qdrant server has no collection called {' or '.join(map(repr, missing))}; the first "
                "`python -m bot run` makes one with its indexes, or name another by --collection"
            )
        for line in await index.look(await index.ours()):
            notice(line)
        lacking = await index.lacking_indexes()
        if not any(lacking.values()):
            out.print("No index is missing.")
            return 0
        if options.create:
            await index.create_indexes(lacking)
        table = Table("Collection", "Field", "Index", box=None)
        for name, fields in lacking.items():
            for field, kind in fields.items():
                table.add_row(Text(name), Text(field), kind)
        out.print("Made:" if options.create else "Missing; filters are slow without, or refused:")
        out.print(table)
        if not options.create:
            out.print(
                "python -m bot catalogue indexes --create makes them. It is the one command that changes"
            )
            out.print("a collection that others filled.")
    return 0

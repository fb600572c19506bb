"""The `catalogue` command: what the titles that are searched are, and what is known of one."""

import argparse
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.cards import facts_line, where_line
from adapters.console.session import print_json
from bot.drawing import draw
from bot.settings import Settings
from bot.wiring import catalogue_files
from core.catalog.reader import counted, read_catalogue
from core.catalog.rows import row_of
from core.catalog.statistics import Statistics, counted_titles, titles_named
from core.domain import MediaType, Title
from core.vocabulary.places import country_name, language_name

__all__ = ["inspect"]

_HEADINGS = {"decade": "Decade", "genre": "Genre", "service": "Service", "missing": "Without"}
# Rows of a table; services of many regions are many.
_ROWS = 30
_SHOWN = 10
_FOUND_NOTHING = 2


def inspect(settings: Settings, options: argparse.Namespace, out: Console) -> int:
    """Print what is asked for; returns the exit status.

    Raises:
        CatalogueError: a file cannot be read.
        ConfigurationError: a picture is asked for, and matplotlib is not installed.
        OSError: the picture cannot be written.
    """
    titles = read_catalogue(catalogue_files(settings)).titles
    if options.view == "stats":
        statistics = counted_titles(titles)
        if options.plot is not None:
            draw(statistics, options.plot)
        if options.json:
            print_json(statistics.as_dict())
        else:
            _print_tables(statistics, out)
        return 0
    name = " ".join(options.title)
    found = titles_named(titles, name)
    for title in found[:_SHOWN]:
        if options.json:
            print_json({"id": title.id, "other_ids": list(title.other_ids), **row_of(title)})
        else:
            _print_title(title, out)
    if not found:
        out.print(f"No title is called {name!r}.", markup=False)
    elif len(found) > _SHOWN:
        out.print(f"… and {len(found) - _SHOWN:,} more; give more words of the name, or an id.")
    return 0 if found else _FOUND_NOTHING


def _print_tables(statistics: Statistics, out: Console) -> None:
    films, series = statistics.titles[MediaType.MOVIE], statistics.titles[MediaType.TV]
    out.print(f"{counted(films + series, 'title')}: {counted(films, 'film')}, {series:,} series")
    for name, table in statistics.tables.items():
        out.print(_table(_HEADINGS[name], table))
        if len(table) > _ROWS:
            out.print(f"… and {len(table) - _ROWS:,} more; --json has them all")


def _table(heading: str, rows: Mapping[str, Mapping[MediaType, int]]) -> Table:
    table = Table(heading, box=None)
    for column in ("Films", "Series", "Together"):
        table.add_column(column, justify="right")
    for value, counts in list(rows.items())[:_ROWS]:
        films, series = counts[MediaType.MOVIE], counts[MediaType.TV]
        table.add_row(Text(value), f"{films:,}", f"{series:,}", f"{films + series:,}")
    return table


def _print_title(title: Title, out: Console) -> None:
    lines = {
        "ids": ", ".join(title.ids),
        "facts": facts_line(title),
        "overview": title.overview,
        "tagline": title.tagline,
        "moods": ", ".join(title.moods),
        "keywords": ", ".join(title.keywords),
        "cast": ", ".join(title.stars),
        "directed by": ", ".join(title.directors),
        "created by": ", ".join(title.creators),
        "rated": title.certification or "",
        "from": ", ".join(map(country_name, title.countries)),
        "language": language_name(title.language) if title.language else "",
        "streams on": where_line(title),
        "poster": title.poster_url or "",
        "trailer": title.trailer_url or "",
        "facts as of": title.as_of or "",
    }
    out.print(Text(title.label, "bold"), soft_wrap=True)
    for name, value in lines.items():
        if value:
            out.print(Text(f"  {name:<12}", "dim"), Text(value), soft_wrap=True)

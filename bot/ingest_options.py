"""Options of `ingest` and `catalogue`, and the request that they make."""

import argparse
import datetime
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.completions import listed
from core.domain import FIRST_YEAR, LAST_YEAR, MediaType
from core.errors import InvalidRequest
from core.ingestion.ports import Span, Wanted
from core.ingestion.runs import OLDEST_DAYS, Request
from core.vocabulary.places import countries, languages

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add_catalogue_options", "add_collection_option", "add_ingest_options", "regions_of", "request_of"]

DEFAULT_MOVIES, DEFAULT_SERIES, DEFAULT_REGION = 10_000, 5_000, "US"


def add_ingest_options(sources: "Commands") -> None:
    """`ingest tmdb`, `ingest enrich` and `ingest file`."""
    tmdb = sources.add_parser("tmdb", help="the best-known titles of TMDB; goes on where it was interrupted")
    tmdb.add_argument("--movies", type=_count, default=DEFAULT_MOVIES, metavar="N")
    tmdb.add_argument("--series", type=_count, default=DEFAULT_SERIES, metavar="N")
    _add_region(tmdb)
    tmdb.add_argument("--min-rating", type=float, metavar="0-10")
    tmdb.add_argument("--min-votes", type=_count, metavar="N")
    tmdb.add_argument("--languages", metavar="NAMES", help="original languages, separated by commas")
    tmdb.add_argument("--years", metavar="FROM-TO", help="for example 1990-1999; or one year")
    tmdb.add_argument(
        "--update", action="store_true", help="fetch what changed of the titles taken in, and no others"
    )
    tmdb.add_argument(
        "--max-age",
        type=_count,
        default=OLDEST_DAYS,
        metavar="DAYS",
        help=f"fetch titles again that are older, for their services; {OLDEST_DAYS} by default",
    )

    enrich = sources.add_parser("enrich", help="complete bundled and imported titles from TMDB")
    _add_region(enrich)

    file = sources.add_parser("file", help="titles of a dump: CSV, TSV, JSON, JSON Lines, gzipped or not")
    file.add_argument("path", type=Path, metavar="PATH")
    file.add_argument(
        "--columns", type=Path, metavar="FILE", help='TOML: a table [columns] with lines like title = "Film"'
    )
    file.add_argument("--report", type=Path, metavar="FILE", help="write every merged and refused line there")


def add_catalogue_options(commands: "Commands") -> None:
    """`catalogue stats`, `catalogue show` and `catalogue indexes`."""
    catalogue = commands.add_parser("catalogue", help="look into the titles that are searched")
    views = catalogue.add_subparsers(dest="view", required=True, metavar="VIEW")
    stats = views.add_parser("stats", help="counts by type, decade, genre, service, and what is missing")
    stats.add_argument("--json", action="store_true", help="print JSON instead of tables")
    stats.add_argument(
        "--plot", type=Path, metavar="FILE.png", help="draw them as well (pip install matplotlib)"
    )
    show = views.add_parser("show", help="everything known of a title")
    show.add_argument("title", nargs="+", metavar="TITLE", help="a name or an id (tmdb:movie:603)")
    show.add_argument("--json", action="store_true", help="print JSON Lines instead of text")
    indexes = views.add_parser("indexes", help="payload indexes that a server's collections lack")
    indexes.add_argument("--create", action="store_true", help="make them, also in collections of others")
    add_collection_option(indexes)


def add_collection_option(command: argparse.ArgumentParser) -> None:
    """`--collection`."""
    command.add_argument(
        "--collection",
        metavar="NAMES",
        help="search a collection of the Qdrant server that others filled, or FILMS,SERIES; only read",
    )


def request_of(options: argparse.Namespace, held: Collection[str] = ()) -> Request:
    """The request of `ingest tmdb`.

    Args:
        options: Of the command.
        held: Countries that were asked for before.

    Raises:
        InvalidRequest: a value that no title can meet, or a name that is not known.
    """
    if options.min_rating is not None and not 0 <= options.min_rating <= 10:
        raise InvalidRequest(f"--min-rating is {options.min_rating:g}; ratings go from 0 to 10")
    wanted = Wanted(
        options.min_rating,
        options.min_votes,
        tuple(languages().resolve(name) for name in listed(options.languages)),
        _span(options.years) if options.years else None,
    )
    counts = {MediaType.MOVIE: options.movies, MediaType.TV: options.series}
    return Request(counts, regions_of(options, held), wanted, options.max_age)


def regions_of(options: argparse.Namespace, held: Collection[str] = ()) -> tuple[str, ...]:
    """ISO codes of the countries of `--region` and of those that were asked for before, by the alphabet; what
    is fetched again takes the place of what was there, so that it has to tell of all of them.

    Raises:
        InvalidRequest: there is no such country.
    """
    named = {countries().resolve(name) for name in listed(options.region)}
    return tuple(sorted(named.union(held))) or (DEFAULT_REGION,)


def _add_region(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--region",
        metavar="CODES",
        help="countries whose services are kept, separated by commas, beside those of earlier runs; "
        f"{DEFAULT_REGION} where there are none",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, not {text!r}")
    return int(text)


def _span(text: str) -> Span:
    first, _, last = text.partition("-")
    last = last or first
    if not first.isdecimal() or not last.isdecimal():
        raise InvalidRequest(f"--years is {text!r}; it must be like 1990-1999 or 1994")
    if not FIRST_YEAR <= int(first) <= int(last) <= LAST_YEAR:
        raise InvalidRequest(
            f"--years is {text!r}; years go from {FIRST_YEAR} to {LAST_YEAR}, the first first"
        )
    return Span(datetime.date(int(first), 1, 1), datetime.date(int(last), 12, 31))

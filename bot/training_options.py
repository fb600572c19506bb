"""The options of `evaluate` and of `train dataset`."""

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_dataset_options", "add_evaluate_options"]


def add_evaluate_options(commands: Any) -> None:
    """The parser of `evaluate`."""
    evaluate = commands.add_parser("evaluate", help="measure retrieval on queries with known answers")
    evaluate.add_argument(
        "--queries", type=Path, required=True, metavar="FILE", help="JSON Lines: query, relevant"
    )
    evaluate.add_argument(
        "--catalogue", type=Path, metavar="FILE", help="titles to search; the bundled ones by default"
    )
    evaluate.add_argument(
        "--pool",
        metavar="all|positives|FILE",
        help="which of them; a FILE lists ids; all by default, positives with --protocol rows",
    )
    evaluate.add_argument(
        "--stage",
        action="append",
        choices=("bm25", "dense", "hybrid", "ranked"),
        help="may be repeated; all by default",
    )
    evaluate.add_argument(
        "--protocol",
        choices=("given", "rows", "titles"),
        default="given",
        help="the file's queries; or metadata queries beside them and only what is held out, drawn by row "
        "(over the positives, as in the published tables) or by title (over the whole catalogue)",
    )
    evaluate.add_argument(
        "--metadata",
        type=_whole,
        metavar="N",
        help="metadata queries of each title and level; 0 by default, 1 with a protocol",
    )
    _add_split_options(evaluate)
    evaluate.add_argument(
        "--details",
        action="store_true",
        help="95 %% intervals and paired differences, by source and type; always by protocol",
    )
    evaluate.add_argument("--save", type=Path, metavar="FILE", help="keep what each query reached")
    evaluate.add_argument(
        "--against",
        type=Path,
        action="append",
        metavar="FILE",
        help="compare with a saved evaluation over the same pool; may be repeated",
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_dataset_options(steps: Any) -> None:
    """The parser of `train dataset`."""
    dataset = steps.add_parser(
        "dataset", help="queries, positives and hard negatives to train on; needs no further package"
    )
    dataset.add_argument(
        "--target", type=Path, required=True, metavar="FOLDER", help="gets train.jsonl and test.jsonl"
    )
    dataset.add_argument(
        "--catalogue", type=Path, metavar="FILE", help="titles to make it of; the bundled ones by default"
    )
    dataset.add_argument(
        "--pool",
        default="all",
        metavar="all|positives|FILE",
        help="which of them; positives are those that the query files ask for",
    )
    dataset.add_argument(
        "--queries",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="queries that exist already; may be repeated",
    )
    dataset.add_argument(
        "--metadata",
        type=_whole,
        default=1,
        metavar="N",
        help="metadata queries of each title and level; 1 by default",
    )
    dataset.add_argument(
        "--vibes",
        type=_whole,
        default=0,
        metavar="TITLES",
        help="how many titles, the best known first, the first of ANSWER_MODELS writes queries for",
    )
    dataset.add_argument(
        "--parallel", type=_positive, default=8, metavar="N", help="titles it is asked of at once"
    )
    dataset.add_argument(
        "--cache", type=Path, metavar="FILE", help="where its answers are kept; in the data folder by default"
    )
    dataset.add_argument(
        "--prices",
        type=_prices,
        metavar="IN,OUT",
        help="what it charges, US dollars for a million tokens read and written",
    )
    dataset.add_argument(
        "--negatives",
        action="append",
        choices=("genre", "theme", "star", "bm25", "model"),
        help="kinds of hard negatives; may be repeated; all by default; bm25 and model encode the titles",
    )
    dataset.add_argument(
        "--each", type=_whole, default=2, metavar="N", help="hard negatives of a query; 2 by default"
    )
    dataset.add_argument(
        "--split", choices=("title", "row"), default="title", help="what is drawn to be held out"
    )
    dataset.add_argument(
        "--held-out",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="queries whose titles are never trained on either; those of vibe_dev never are",
    )
    _add_split_options(dataset)


def _add_split_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--share", type=_share, default=0.1, metavar="0-1", help="how much is held out; 0.1 by default"
    )
    command.add_argument("--seed", type=int, default=7, metavar="N", help="of every choice; 7 by default")


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return share


def _prices(text: str) -> tuple[float, float]:
    read, written = (float(part) for part in text.split(","))
    if not (0 <= read < 1e6 and 0 <= written < 1e6):
        raise argparse.ArgumentTypeError("must be two prices, such as 0.40,1.60")
    return read, written

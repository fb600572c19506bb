"""The options of `evaluate` and of the steps of `train`."""

import argparse
from pathlib import Path
from typing import Any

from core.training.recipe import Precision, Recipe

__all__ = [
    "add_average_options",
    "add_dataset_options",
    "add_evaluate_options",
    "add_export_options",
    "add_fit_options",
]


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
    evaluate.add_argument(
        "--plot", type=Path, metavar="FILE", help="a PNG of R@1, R@10 and MRR with their intervals"
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


def add_fit_options(steps: Any) -> None:
    """The parser of `train fit`."""
    usual = Recipe("")
    command = steps.add_parser("fit", help="fine-tune a sentence encoder on what `train dataset` wrote")
    command.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="what `train dataset` wrote"
    )
    command.add_argument(
        "--target", type=Path, required=True, metavar="FOLDER", help="gets model, curves and checkpoints"
    )
    command.add_argument(
        "--base", required=True, metavar="MODEL", help="what to start from: a folder, or a name on the hub"
    )
    _add_dev_options(command, "measured at every checkpoint")
    numbers: tuple[tuple[str, Any, Any, str], ...] = (
        ("--epochs", _amount, usual.epochs, "times that every row is seen"),
        ("--batch", _positive, usual.batch, "queries of a step"),
        ("--mini-batch", _positive, None, "texts encoded at once, where a batch does not fit in memory"),
        ("--rate", _amount, usual.rate, "of learning, at its peak"),
        ("--scale", _amount, usual.scale, "what cosines are multiplied by"),
        ("--masking", _share, usual.masking, "share of a query's words left out at random"),
        ("--thinning", _share, usual.thinning, "share of a title's sentences left out at random"),
        ("--max-tokens", _positive, usual.max_tokens, "read of a text"),
        ("--average", _positive, usual.average, "checkpoints, the last ones, whose mean is the model"),
        ("--checkpoints", _positive, usual.checkpoints, "written over the whole run"),
        ("--seed", int, usual.seed, "of every choice"),
    )
    for name, kind, default, text in numbers:
        shown = f"{text}; {default:g} by default" if default is not None else text
        command.add_argument(name, type=kind, default=default, metavar="N", help=shown)
    command.add_argument(
        "--precision",
        choices=[str(name) for name in Precision],
        default=str(usual.precision),
        help="of a step; bfloat16 is faster where the processor or card computes in it",
    )
    command.add_argument("--one-way", action="store_true", help="queries find titles, not titles queries too")
    command.add_argument("--no-hard", action="store_true", help="leave the hard negatives out")
    command.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the target")


def add_average_options(steps: Any) -> None:
    """The parser of `train average`."""
    command = steps.add_parser("average", help="one model from several that were trained alike")
    command.add_argument(
        "--source",
        type=Path,
        action="append",
        required=True,
        metavar="FOLDER",
        help="what `train fit` wrote; given twice or more",
    )
    command.add_argument("--target", type=Path, required=True, metavar="FOLDER", help="gets their mean")


def add_export_options(steps: Any) -> None:
    """The parser of `train export`."""
    command = steps.add_parser("export", help="a sentence-transformers folder to int8 ONNX for fastembed")
    command.add_argument("--source", type=Path, required=True, metavar="FOLDER")
    command.add_argument("--target", type=Path, required=True, metavar="FOLDER")
    _add_dev_options(command, "on which quantisation may cost less than .005 MRR")
    command.add_argument(
        "--dimensions", type=_positive, metavar="N", help="of a vector that are kept, the first ones"
    )
    command.add_argument(
        "--exact",
        type=_whole,
        action="append",
        default=[],
        metavar="LAYER",
        help="layer, from 0, whose second feed-forward matrix stays in 32 bits; may be repeated",
    )
    command.add_argument(
        "--licence", default="that of the base model", metavar="TEXT", help="what the model card says of it"
    )


def _add_dev_options(command: argparse.ArgumentParser, use: str) -> None:
    command.add_argument("--queries", type=Path, metavar="FILE", help=f"JSON Lines: query, relevant; {use}")
    command.add_argument(
        "--catalogue",
        type=Path,
        metavar="FILE",
        help="the titles that answer them; the bundled ones by default",
    )


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


def _amount(text: str) -> float:
    amount = float(text)
    if not 0 < amount < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return amount


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

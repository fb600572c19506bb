"""The `train intents` command: train the classifier, measure it on messages it has not seen, print both."""

import argparse
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.settings import Settings
from bot.wiring import intent_encoder, load_encoders
from core.catalog.bundle import bundled_files
from core.catalog.reader import read_catalogue
from core.catalog.roster import entry_of
from core.training.intents import (
    TEST_SET,
    TRAINING_SET,
    IntentReport,
    measure_intents,
    read_examples,
    train_intents,
)
from core.understanding.directory import Directory
from core.understanding.intents import INTENTS, WEIGHTS, IntentClassifier

__all__ = ["Outcome", "report", "train"]

SHOWN_MISTAKES = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training came to."""

    trained_on: int
    cross_validated: float | None
    """Accuracy over five folds of the training set; None where nothing was trained."""
    temperature: float
    test: IntentReport


async def train(settings: Settings, options: argparse.Namespace, notice: Callable[[str], None]) -> Outcome:
    """Train on the training set, save the weights, and measure them on the test set.

    Names are those of the bundled catalogue, whatever is configured, so that weights are the same anywhere.

    Raises:
        CatalogueError: a set cannot be read.
        EncoderUnavailable: the bundled encoder, or the weights to be measured, cannot be read.
    """
    test = read_examples(options.test or TEST_SET)
    directory = Directory(map(entry_of, read_catalogue(bundled_files()).titles))
    async with AsyncExitStack() as stack:
        encoders = load_encoders(settings)
        stack.callback(encoders.dense.close)
        encoder = intent_encoder(encoders.dense, stack)
        path = options.target or WEIGHTS
        if options.measure_only:
            classifier = IntentClassifier.load(encoder.fingerprint, path)
            count, accuracy = 0, None
        else:
            examples = read_examples(options.training or TRAINING_SET)
            notice(f"training on {len(examples):,} messages")
            classifier, accuracy = await train_intents(examples, encoder, directory)
            classifier.save(path)
            notice(f"the weights are in {path}")
            count = len(examples)
        measured = await measure_intents(classifier, test, encoder, directory)
    return Outcome(count, accuracy, classifier.temperature, measured)


def report(outcome: Outcome) -> RenderableType:
    """Accuracy, confusion, calibration and mistakes."""
    test = outcome.test
    lines = [f"accuracy {test.accuracy:.3f} on {test.examples:,} messages that it has not seen"]
    if outcome.cross_validated is not None:
        lines.append(
            f"accuracy {outcome.cross_validated:.3f} in five-fold cross-validation of the "
            f"{outcome.trained_on:,} it was trained on"
        )
    lines.append(
        f"expected calibration error {test.calibration_error:.3f} at temperature {outcome.temperature:.2f}"
    )
    confusion = Table(title="as labelled (rows), as predicted (columns)", box=SIMPLE)
    confusion.add_column("")
    for intent in INTENTS:
        confusion.add_column(intent, justify="right")
    for intent, counts in zip(INTENTS, test.confusion, strict=True):
        confusion.add_row(intent, *(str(count) if count else "·" for count in counts))
    calibration = Table(title="calibration", box=SIMPLE)
    for header in ("confidence", "accuracy", "messages"):
        calibration.add_column(header, justify="right")
    for confidence, share, count in test.bins:
        calibration.add_row(f"{confidence:.2f}", f"{share:.2f}", str(count))
    mistakes = Table(title="mistakes", box=SIMPLE)
    for header in ("labelled", "predicted", "message"):
        mistakes.add_column(header)
    for text, labelled, predicted in test.mistakes[:SHOWN_MISTAKES]:
        mistakes.add_row(labelled, predicted, Text(text))
    parts: list[RenderableType] = [Text("\n".join(lines)), confusion, calibration]
    return Group(*parts, mistakes) if test.mistakes else Group(*parts)

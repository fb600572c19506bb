"""Training and measuring the intent classifier on the labelled messages in `core/training/data`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain import Intent
from core.errors import CatalogueError
from core.ports import TextEncoder
from core.understanding.directory import Directory
from core.understanding.intents import (
    FACTS,
    HASHED,
    INTENTS,
    READ_CHARACTERS,
    EncodedIntents,
    IntentClassifier,
    decided,
    features,
)
from core.understanding.questions import read_question
from core.understanding.words import Said, read

__all__ = [
    "TEST_SET",
    "TRAINING_SET",
    "Example",
    "IntentReport",
    "measure_intents",
    "read_examples",
    "train_intents",
]

TRAINING_SET = Path(__file__).parent / "data" / "intents-train.jsonl"
TEST_SET = Path(__file__).parent / "data" / "intents-test.jsonl"

# Full-batch Adam (Kingma and Ba 2015) on the cross-entropy with label smoothing and decay of the weights.
STEPS = 400
LEARNING_RATE = 0.05
DENSE_DECAY, HASHED_DECAY, FACTS_DECAY = 2e-4, 3e-4, 2e-4
DENSE_SCALE = 3.0
SMOOTHING = 0.03
FOLDS = 5
CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled message."""

    text: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class IntentReport:
    """How well messages are understood: what the classifier says, and what was read in them, together."""

    examples: int
    accuracy: float
    confusion: NDArray[np.int64]
    """Shape (intents, intents): rows as labelled, columns as predicted."""
    calibration_error: float
    """Expected calibration error over ten bins of confidence (Naeini et al. 2015)."""
    bins: tuple[tuple[float, float, int], ...]
    """Of each bin: mean confidence, accuracy, examples."""
    mistakes: tuple[tuple[str, Intent, Intent], ...]
    """Text, as labelled, as predicted."""


def read_examples(path: Path) -> list[Example]:
    """Read JSON Lines of `text` and `intent`.

    Raises:
        CatalogueError: the file is missing, or a line is no such object; the message names the line.
    """
    examples: list[Example] = []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    row = json.loads(line)
                    examples.append(Example(str(row["text"]), Intent(row["intent"])))
                except (ValueError, KeyError, TypeError) as error:
                    raise CatalogueError(
                        f"{path}, line {number}: needs text and intent ({', '.join(INTENTS)})"
                    ) from error
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror}") from error
    return examples


@dataclass(frozen=True, slots=True)
class _Matrix:
    """What a classifier sees of several messages."""

    dense: NDArray[np.float32]
    hashed: NDArray[np.float32]
    facts: NDArray[np.float32]

    def rows(self, places: NDArray[Any]) -> "_Matrix":
        return _Matrix(self.dense[places], self.hashed[places], self.facts[places])


async def train_intents(
    examples: Sequence[Example], encoder: TextEncoder, directory: Directory
) -> tuple[IntentClassifier, float]:
    """Train on all examples; the temperature and the second value, the accuracy, come from five-fold
    cross-validation.
    """
    said = [read(example.text, directory) for example in examples]
    matrix = await _matrix([example.text for example in examples], said, encoder, directory)
    labels = np.array([INTENTS.index(example.intent) for example in examples])
    order = np.random.default_rng(7).permutation(len(examples))
    scores = np.zeros((len(examples), len(INTENTS)), dtype=np.float32)
    for fold in range(FOLDS):
        held_out = order[fold::FOLDS]
        kept = np.setdiff1d(order, held_out)
        model = _fit(matrix.rows(kept), labels[kept], encoder.fingerprint)
        scores[held_out] = _scores(model, matrix.rows(held_out))
    accuracy = float((scores.argmax(axis=1) == labels).mean())
    temperature = min(
        np.arange(0.3, 3.01, 0.05), key=lambda value: _cross_entropy(scores / np.float32(value), labels)
    )
    model = _fit(matrix, labels, encoder.fingerprint)
    return (
        IntentClassifier(
            model.dense, model.hashed, model.facts, model.bias, float(temperature), encoder.fingerprint
        ),
        accuracy,
    )


async def measure_intents(
    classifier: IntentClassifier, examples: Sequence[Example], encoder: TextEncoder, directory: Directory
) -> IntentReport:
    """Accuracy, confusion and calibration on labelled messages."""
    reader = EncodedIntents(encoder, classifier)
    confusion = np.zeros((len(INTENTS), len(INTENTS)), dtype=np.int64)
    confidences: list[float] = []
    correct: list[bool] = []
    mistakes: list[tuple[str, Intent, Intent]] = []
    for example in examples:
        said = read(example.text, directory)
        shares = await reader.intents(example.text, said, asks=_asks(example.text, directory))
        best, _ = decided(shares, said, in_conversation=False)
        confusion[INTENTS.index(example.intent), INTENTS.index(best)] += 1
        confidences.append(shares[best])
        correct.append(best is example.intent)
        if best is not example.intent:
            mistakes.append((example.text, example.intent, best))
    bins: list[tuple[float, float, int]] = []
    places = np.minimum((np.array(confidences) * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    for place in range(CALIBRATION_BINS):
        inside = places == place
        if inside.any():
            bins.append(
                (
                    float(np.array(confidences)[inside].mean()),
                    float(np.array(correct)[inside].mean()),
                    int(inside.sum()),
                )
            )
    total = len(examples)
    error = sum(abs(confidence - share) * count for confidence, share, count in bins) / total
    return IntentReport(total, sum(correct) / total, confusion, float(error), tuple(bins), tuple(mistakes))


def _asks(text: str, directory: Directory) -> bool:
    return read_question(text, directory, forgiving=False).certain


async def _matrix(
    texts: Sequence[str], said: Sequence[Said], encoder: TextEncoder, directory: Directory
) -> _Matrix:
    dense = np.stack([await encoder.encode_query(text[:READ_CHARACTERS]) for text in texts])
    hashed = np.zeros((len(texts), HASHED), dtype=np.float32)
    facts = np.zeros((len(texts), FACTS), dtype=np.float32)
    for row, (text, read_in_it) in enumerate(zip(texts, said, strict=True)):
        places, facts[row] = features(text, read_in_it, asks=_asks(text, directory))
        hashed[row, places] = 1.0
    return _Matrix(dense, hashed, facts)


def _fit(matrix: _Matrix, labels: NDArray[Any], fingerprint: str) -> IntentClassifier:
    parts = (matrix.dense * DENSE_SCALE, matrix.hashed, matrix.facts, np.ones((len(labels), 1), np.float32))
    decays = (DENSE_DECAY, HASHED_DECAY, FACTS_DECAY, 0.0)
    weights = [np.zeros((part.shape[1], len(INTENTS)), dtype=np.float32) for part in parts]
    means = [np.zeros_like(weight) for weight in weights]
    squares = [np.zeros_like(weight) for weight in weights]
    wanted = np.full((len(labels), len(INTENTS)), SMOOTHING / len(INTENTS), dtype=np.float32)
    wanted[np.arange(len(labels)), labels] += 1 - SMOOTHING
    for step in range(1, STEPS + 1):
        scores = np.add.reduce([part @ weight for part, weight in zip(parts, weights, strict=True)])
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        slope = (odds / odds.sum(axis=1, keepdims=True) - wanted) / len(labels)
        rate = LEARNING_RATE * (1 - step / (STEPS + 1))
        for part, weight, mean, square, decay in zip(parts, weights, means, squares, decays, strict=True):
            gradient = part.T @ slope + decay * weight
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            weight -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    dense, hashed, facts, bias = weights
    return IntentClassifier(dense * DENSE_SCALE, hashed, facts, bias[0], 1.0, fingerprint)


def _scores(model: IntentClassifier, matrix: _Matrix) -> NDArray[np.float32]:
    return np.asarray(
        matrix.dense @ model.dense + matrix.hashed @ model.hashed + matrix.facts @ model.facts + model.bias,
        dtype=np.float32,
    )


def _cross_entropy(scores: NDArray[np.float32], labels: NDArray[Any]) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].mean())

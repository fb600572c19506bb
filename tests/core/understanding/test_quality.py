"""What understanding must reach on labelled messages, and that it parses names of titles clean.

`tests/data/filters.jsonl` was written by people who had not seen the code, as was the test part of the
intents (`core/training/data/intents-test.jsonl`).
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.wiring import load_encoders
from core.catalog.reader import Catalogue
from core.training.intents import TEST_SET, TRAINING_SET, measure_intents, read_examples
from core.understanding.directory import Directory
from core.understanding.intents import INTENTS, IntentClassifier
from core.understanding.words import read
from tests.conftest import settings_with
from tests.labelled import THIS_YEAR, measure_filters


def test_every_filter_of_a_message_is_read_and_none_that_was_not_asked_for(directory: Directory) -> None:
    """Exact match of at least .92 over all keys; in at least .95 of the messages nothing unasked."""
    report = measure_filters(directory)
    assert report.examples >= 200
    assert report.exact >= 0.92, report.wrong
    assert report.clean >= 0.95, report.unasked


@pytest.mark.parametrize(
    "frame", ["{}", "something like {}", "I loved {}. What next?", "have you seen {}?", "like {} but funnier"]
)
@pytest.mark.parametrize("lower", [False, True])
def test_names_of_titles_parse_clean(
    frame: str, lower: bool, directory: Directory, catalogue: Catalogue
) -> None:
    """Every name of the bundled catalogue, as written and in lower case, gives no filter but itself.

    A name that is also someone's name, or just the word for a genre, may be read as that.
    """
    names = sorted({title.name for title in catalogue.titles})
    wrong = []
    for name in names:
        text = frame.format(name.lower() if lower else name)
        keys = set(read(text, directory, THIS_YEAR).filters.set_keys())
        if keys - {"like_titles"}:
            wrong.append((text, keys))
    assert len(names) > 6_000
    assert len(wrong) <= 0.003 * len(names), wrong


@pytest.fixture
async def encoder() -> AsyncIterator[Any]:
    dense = load_encoders(settings_with({})).dense
    yield dense
    dense.close()


async def test_intents_of_messages_that_were_not_seen(encoder: Any, directory: Directory) -> None:
    """Accuracy of at least .95, every intent at least .8, and probabilities that can be believed."""
    classifier = IntentClassifier.load(encoder.fingerprint)
    report = await measure_intents(classifier, read_examples(TEST_SET), encoder, directory)
    assert report.examples >= 200
    assert report.accuracy >= 0.95, report.mistakes
    for place, intent in enumerate(INTENTS):
        labelled = report.confusion[place].sum()
        assert report.confusion[place, place] >= 0.8 * labelled, intent
    assert report.calibration_error <= 0.05


def test_the_training_part_is_large_and_shares_nothing_with_the_test_part() -> None:
    training, test = (
        {plain(example.text) for example in read_examples(path)} for path in (TRAINING_SET, TEST_SET)
    )
    assert len(training) >= 800
    assert len(test) >= 200
    assert not training & test


def plain(text: str) -> str:
    letters = "".join(char for char in text.lower() if char.isalnum() or char == " ")
    return " ".join(letters.split()) or text

"""What a message is for: a softmax over the bundled encoder's vector, the words themselves, and what was read
in them. `python -m bot train intents` makes its weights.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.domain import Intent
from core.errors import EncoderUnavailable
from core.ports import TextEncoder
from core.understanding.references import pointed_at
from core.understanding.tokens import tokens_of
from core.understanding.words import Said

__all__ = ["INTENTS", "SURE", "WEIGHTS", "EncodedIntents", "IntentClassifier", "decided", "features"]

INTENTS = tuple(Intent)
WEIGHTS = Path(__file__).parents[1] / "models" / "intents" / "weights.npz"
# Words, pairs of words and beginnings of words share so many places.
HASHED = 4096
# What was read in the text, one number each; see `_facts`.
FACTS = 25
# So many letters of a message tell what it is for.
READ_CHARACTERS = 400

# Below this share of the probability a message may as well be a wish; see the calibration table that
# `python -m bot train intents` prints.
SURE = 0.5
# In a conversation, fragments are rather meant to go on with it.
REFINING_PRIOR = 2.0
_WISHES = (Intent.RECOMMEND, Intent.REFINE, Intent.SIMILAR)

_ASKING = frozenset(
    """who whos whose what whats when where wheres which how is are was were did does do has have can could
    will would should why whom""".split()
)
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class IntentClassifier:
    """A trained classifier.

    Args:
        dense: Weights of the vector, shape (dimensions, intents).
        hashed: Weights of the words, shape (`HASHED`, intents).
        facts: Weights of what was read, shape (`FACTS`, intents).
        bias: Shape (intents,).
        temperature: What the scores are divided by, so that the probabilities are calibrated
            (Guo et al. 2017, https://arxiv.org/abs/1706.04599).
        fingerprint: The encoder that `dense` belongs to.
    """

    dense: NDArray[np.float32]
    hashed: NDArray[np.float32]
    facts: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    fingerprint: str

    @classmethod
    def load(cls, fingerprint: str, path: Path = WEIGHTS) -> Self:
        """Read the weights.

        Raises:
            EncoderUnavailable: they are missing or damaged, or belong to another encoder.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                loaded = cls(
                    dense=stored["dense"].astype(np.float32),
                    hashed=stored["hashed"].astype(np.float32),
                    facts=stored["facts"].astype(np.float32),
                    bias=stored["bias"].astype(np.float32),
                    temperature=float(stored["temperature"]),
                    fingerprint=str(stored["fingerprint"]),
                )
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise EncoderUnavailable(
                f"the intent classifier in {path} cannot be read; restore it with: git checkout -- {path}"
            ) from error
        shapes = (loaded.hashed.shape, loaded.facts.shape, loaded.bias.shape)
        fits = shapes == ((HASHED, len(INTENTS)), (FACTS, len(INTENTS)), (len(INTENTS),))
        if loaded.fingerprint != fingerprint or not fits:
            raise EncoderUnavailable(
                f"the intent classifier in {path} was trained on another encoder or by another version; run: "
                "python -m bot train intents"
            )
        return loaded

    def save(self, path: Path = WEIGHTS) -> None:
        """Write the weights, in 16-bit floats."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            dense=self.dense.astype(np.float16),
            hashed=self.hashed.astype(np.float16),
            facts=self.facts.astype(np.float16),
            bias=self.bias.astype(np.float16),
            temperature=np.float32(self.temperature),
            fingerprint=np.str_(self.fingerprint),
        )

    def probabilities(
        self, vector: NDArray[np.float32], text: str, said: Said, *, asks: bool
    ) -> Mapping[Intent, float]:
        """The probability of each intent.

        Args:
            vector: The encoder's unit vector of the text, shape (dimensions,).
            text: The message.
            said: What was read in it.
            asks: Whether a fact is asked for, of a title or person that is known.
        """
        places, facts = features(text, said, asks=asks)
        scores = vector @ self.dense + self.hashed[places].sum(axis=0) + facts @ self.facts + self.bias
        scores = scores / self.temperature
        odds = np.exp(scores - scores.max())
        return MappingProxyType(
            {intent: float(share) for intent, share in zip(INTENTS, odds / odds.sum(), strict=True)}
        )


def features(text: str, said: Said, *, asks: bool) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places of the words that occur (distinct, at most `HASHED`), and the facts, shape (`FACTS`,).

    Names are not words: a title or a person stands as such, whoever they are.
    """
    words = said.shape.split()[:80]
    grams = {f"<{word}" for word in words}
    grams |= {f"{one} {other}" for one, other in zip(["^", *words], [*words, "$"], strict=True)}
    grams |= {f"{word[:4]}*" for word in words if len(word) > 4}
    grams.add(f"^^{' '.join(words[:2])}")
    places = sorted({zlib.crc32(gram.encode()) % HASHED for gram in grams})
    return np.array(places, dtype=np.int64), _facts(text, words, said, asks=asks)


def _facts(text: str, words: Sequence[str], said: Said, *, asks: bool) -> NDArray[np.float32]:
    filters = said.filters
    plain = [token.word for token in tokens_of(text[:READ_CHARACTERS])]
    named = set(filters.set_keys())
    letters = _LETTERS.findall(text[:READ_CHARACTERS])
    values = (
        bool(filters.like_titles),
        bool(filters.exclude_titles),
        bool(said.mentioned),
        bool(filters.people),
        bool(filters.genres),
        bool(filters.media_type),
        bool(filters.providers),
        bool(named & {"year_from", "year_to", "min_runtime", "max_runtime"}),
        bool(named & {"min_rating", "languages", "countries", "max_certification", "popularity"}),
        bool(named & {"exclude_genres", "exclude_people"}),
        not named,
        min(len(named), 5) / 5,
        bool(pointed_at(text, plain, 5)),
        text.rstrip().endswith("?"),
        bool(plain) and plain[0] in _ASKING,
        len(plain) <= 1,
        len(plain) <= 2,
        len(plain) <= 4,
        min(len(plain), 40) / 40,
        len(plain) > 15,
        not said.terms,
        min(len(said.terms.split()), 12) / 12,
        bool(letters) and sum(not letter.isascii() for letter in letters) > len(letters) / 3,
        "TITLE" in words or "PERSON" in words,
        asks,
    )
    return np.array(values, dtype=np.float32)


def decided(shares: Mapping[Intent, float], said: Said, *, in_conversation: bool) -> tuple[Intent, bool]:
    """What a message is for, and whether that is sure.

    What was read in it weighs more than the classifier: a title to start from makes a wish one of that
    kind, and small talk of which it is not sure is a wish where it names anything to search by.
    """
    weights = {
        intent: share * (1 + (REFINING_PRIOR - 1) * (intent is Intent.REFINE and in_conversation))
        for intent, share in shares.items()
    }
    intent = max(weights, key=lambda each: weights[each])
    sure = weights[intent] >= SURE * sum(weights.values())
    if said.filters.like_titles and (intent in _WISHES or not sure):
        return Intent.SIMILAR, True
    if sure or intent in _WISHES or intent is Intent.QUESTION:
        return intent, sure
    if said.filters.set_keys() or said.told:
        goes_on = in_conversation and weights[Intent.REFINE] > weights[Intent.RECOMMEND]
        return (Intent.REFINE if goes_on else Intent.RECOMMEND), False
    return intent, True


class EncodedIntents:
    """The classifier together with the encoder that it was trained on.

    Args:
        encoder: Makes the vector of a message.
        classifier: Reads it.
    """

    def __init__(self, encoder: TextEncoder, classifier: IntentClassifier) -> None:
        self._encoder = encoder
        self._classifier = classifier

    async def intents(self, text: str, said: Said, *, asks: bool) -> Mapping[Intent, float]:
        """The probability of each intent; see `IntentClassifier.probabilities`."""
        vector = await self._encoder.encode_query(text[:READ_CHARACTERS])
        return self._classifier.probabilities(vector, text, said, asks=asks)

"""What a turn emits, in the order `StageStarted* TitlesFound? (TextDelta | TitlePicked)* (ReplyFinished
| ReplyFailed)`: exactly one terminal event, always the last.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from core.domain import PickedTitle, RankedTitle, Understanding

__all__ = [
    "FinishReason",
    "ReplyEvent",
    "ReplyFailed",
    "ReplyFinished",
    "Stage",
    "StageStarted",
    "TextDelta",
    "TitlePicked",
    "TitlesFound",
    "Usage",
]


class Stage(StrEnum):
    """What the core is doing."""

    UNDERSTANDING = "understand"
    ENCODING = "encode"
    SEARCHING = "search"
    RANKING = "rank"
    ANSWERING = "answer"


class FinishReason(StrEnum):
    """How an answer came to its end."""

    COMPLETE = "complete"
    NOTHING_FOUND = "nothing_found"
    NO_SEARCH = "no_search"
    """Small talk, help or a question: nothing was searched for."""
    CUT = "cut"
    """The model's answer broke off; what was shown stays, with the picks made so far."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model charges for. All zero where no model was asked."""

    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether the server did not say, so that it was reckoned from the texts."""


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage began."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class TitlesFound:
    """The ranking is known, the answer is not yet."""

    understood: Understanding
    ranked: tuple[RankedTitle, ...]
    """Best first; the answer draws from these and no others."""
    relaxed: tuple[str, ...] = ()
    """Names of the filters that were dropped, because nothing was left, in the order dropped."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer, in CommonMark."""

    text: str


@dataclass(frozen=True, slots=True)
class TitlePicked:
    """The answer has just named this title; its card may be shown."""

    ranked: RankedTitle
    reason_at: int
    """Where in the reply's text its reason begins: the number of characters before it. It ends where the
    next pick is named, or with the text."""


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The answer is whole."""

    text: str
    """All of it: the concatenation of the deltas."""
    picks: tuple[PickedTitle, ...]
    finish_reason: FinishReason
    usage: Usage = Usage()
    written_by: str = ""
    """The model that wrote it, as `vendor:model`; empty for the composer."""
    fault: str = ""
    """Code of the fault (`core.errors`) for which a model that is configured did not write all of it."""
    timings_ms: dict[str, float] = field(default_factory=dict)
    """Stage → milliseconds."""


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """The answer broke off. What was shown stays."""

    code: str
    """Code of the error's class (`core.errors`); `fault` for one that nobody foresaw."""
    partial_text: str
    """The concatenation of the deltas so far."""
    incident_id: str
    """Four hexadecimal digits to find the log line by."""
    detail: str = ""
    """For invalid requests: what the asker can mend, in words fit to show. Empty otherwise."""
    retry_after_seconds: float | None = None


ReplyEvent = StageStarted | TitlesFound | TextDelta | TitlePicked | ReplyFinished | ReplyFailed

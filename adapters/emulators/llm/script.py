"""What a scripted model says, and what goes wrong meanwhile."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Fault", "Script", "argue"]


class Fault(StrEnum):
    """What a model's server may do instead of answering. Where nothing else is said: with its HTTP status."""

    WRONG_KEY = "wrong_key"
    QUOTA = "quota"
    UNKNOWN_MODEL = "unknown_model"
    CONTEXT_TOO_LONG = "context_too_long"
    BAD_REQUEST = "bad_request"
    RATE_LIMIT = "rate_limit"
    """429 with `Retry-After`."""
    SERVER_ERROR = "server_error"
    """500."""
    OVERLOADED = "overloaded"
    """529."""
    HTML = "html"
    """200 with a page instead of an answer."""
    OTHER = "other"
    """200 with well-formed JSON of another shape."""
    ERROR_IN_STREAM = "error_in_stream"
    """An error as an event after `Script.after` deltas."""
    CUT = "cut"
    """The connection breaks after `Script.after` deltas."""
    STALL = "stall"
    """Nothing more comes after `Script.after` deltas, and the connection stays."""
    NO_FINISH = "no_finish"
    """All deltas, then a clean end of the connection without the event that ends a message."""
    NO_USAGE = "no_usage"
    """A whole answer that says nothing of tokens."""
    LENGTH = "length"
    """A whole answer that ended at the limit of tokens."""
    REFUSED = "refused"
    """The model refuses after `Script.after` deltas."""


Body = Mapping[str, Any]
"""A request's JSON body, as the vendor's client sent it."""


@dataclass(frozen=True, slots=True)
class Script:
    """One answer.

    Args are fields; a server takes its scripts in turn, the last one for every further request.
    """

    says: str | Sequence[str] | Mapping[str, Any] | Callable[[Body], str] = ""
    """A text, cut into deltas of `delta_characters`; the deltas themselves; an object, for structured
    answers; or a function of the request's body."""
    fault: Fault | None = None
    after: int = 0
    """How many deltas come before a fault inside the stream."""
    first_token_seconds: float = 0.0
    """How long the server is silent before the first delta."""
    delta_seconds: float = 0.0
    """Between deltas."""
    delta_characters: int = 4
    """OpenAI's rule of thumb for the length of a token."""
    retry_after_seconds: int = 7

    def deltas(self, body: Body) -> list[str]:
        """The texts to stream for a request."""
        said = self.says(body) if callable(self.says) else self.says
        if isinstance(said, Mapping):
            said = json.dumps(said)
        if not isinstance(said, str):
            return list(said)
        step = self.delta_characters
        return [said[place : place + step] for place in range(0, len(said), step)]


_MARKER = re.compile(r"\[\[\d+\]\]")
_REASONS = (
    "Start here: nothing else on the list meets the wish so squarely.",
    "Quieter, and it stays with you the longer for it.",
    "The wild card, for when the first two are already seen.",
)


def argue(body: Body) -> str:
    """A plausible answer to a prompt of ours: the first three titles that it offers, by their markers.

    `body` is either vendor's; the offered markers are found in the last message.
    """
    asked = str(body["messages"][-1]["content"])
    markers = list(dict.fromkeys(_MARKER.findall(asked)))[: len(_REASONS)]
    items = [
        f"{number}. {marker} — {reason}"
        for number, (marker, reason) in enumerate(zip(markers, _REASONS, strict=False), start=1)
    ]
    return "\n".join(["Three that go where you want to go:", "", *items])

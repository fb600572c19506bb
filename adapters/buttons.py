"""What stands behind the buttons of an answer, the same on every platform. It is kept in the store under a
signed id, so that buttons work after a restart, by whichever worker.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from adapters.turns import Ending, turn_as_dict
from core.errors import StoreFault
from core.memory.ports import InteractionStore
from core.memory.records import IncomingEvent, MarkKind, Owner

__all__ = [
    "DONE",
    "LABELS",
    "MARKS",
    "NEXT_TEXT",
    "QUESTIONS",
    "STORE_SECONDS",
    "Action",
    "AnswerState",
    "Pick",
    "Rest",
    "keep_state",
    "kept_state",
]

STORE_SECONDS = 2.0
"""What the store has for a press, of which a platform wants to hear within 3 s."""
# What it has for the end of an answer, which waits for its buttons no longer than that. No platform waits
# here, and without them an answer stays without: a busy store is given more time than a press can give it.
_KEEPING_SECONDS = 10.0
# How long buttons work.
_LASTING_SECONDS = 30 * 86_400.0
NEXT_TEXT = "what else?"
"""What *Next picks* says in the presser's stead."""


class Action(StrEnum):
    """What a button does. Values are kept in what platforms hold: they must not change."""

    MORE = "more"
    """More like one of the picks."""
    REFINE = "refine"
    NEXT = "next"
    SEEN = "seen"
    SAVE = "save"
    LIKE = "like"
    DISLIKE = "dislike"
    SHARE = "share"
    """Show a private answer to all."""
    STOP = "stop"
    """End an answer while it is written."""
    CONTINUE = "continue"
    """Show what the place of an answer did not hold."""


MARKS = MappingProxyType(
    {
        Action.SEEN: MarkKind.SEEN,
        Action.SAVE: MarkKind.SAVED,
        Action.LIKE: MarkKind.LIKED,
        Action.DISLIKE: MarkKind.DISLIKED,
    }
)
"""Actions that are someone's word on titles."""

LABELS: Mapping[Action, str] = MappingProxyType(
    {
        Action.MORE: "More like…",
        Action.REFINE: "Refine",
        Action.NEXT: "Next picks",
        Action.SHARE: "Share",
        Action.STOP: "Stop",
        Action.CONTINUE: "Continue",
        Action.SEEN: "Seen it",
        Action.SAVE: "Save",
        Action.LIKE: "👍",
        Action.DISLIKE: "👎",
    }
)
"""What stands on buttons."""
QUESTIONS: Mapping[Action, str] = MappingProxyType(
    {
        Action.MORE: "More like which one?",
        Action.SEEN: "Which have you seen?",
        Action.SAVE: "Which are to be saved?",
        Action.LIKE: "Which do you like?",
        Action.DISLIKE: "Which don't you like?",
    }
)
"""What is asked where there are several picks."""
DONE: Mapping[Action, str] = MappingProxyType(
    {
        Action.SEEN: "Seen: {}. I'll leave out what you have seen from now on.",
        Action.SAVE: "Saved: {}.",
        Action.LIKE: "Noted, you like {}.",
        Action.DISLIKE: "Noted, you don't like {}.",
    }
)
"""What is said of picks that were marked."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A title that an answer argued for."""

    id: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class AnswerState:
    """What is known of an answer when one of its buttons is pressed."""

    asker: str
    """The platform's id of who asked."""
    turn: Mapping[str, Any]
    """What was understood, as `turn_as_dict` gives it."""
    picks: tuple[Pick, ...]
    private: bool
    """Whether the asker alone sees it."""

    @classmethod
    def of(cls, asker: str, ending: Ending, *, private: bool) -> Self | None:
        """What is to be kept of an answer; None where nothing can be gone on from."""
        if ending.turn is None or not ending.picks:
            return None
        titles = [pick.ranked.title for pick in ending.picks]
        picks = tuple(Pick(title.id, title.name, title.label) for title in titles)
        return cls(asker, turn_as_dict(ending.turn), picks, private)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The reverse of `as_dict`."""
        picks = tuple(Pick(**pick) for pick in kept["picks"])
        return cls(kept["asker"], kept["turn"], picks, kept["private"])


@dataclass(frozen=True, slots=True)
class Rest:
    """What an answer's place did not hold: the rest of its text, or all of it."""

    asker: str
    """The platform's id of who asked."""
    private: bool
    text: str
    """Empty where the wish has to be asked for again."""
    wish: Mapping[str, Any]
    """The event's payload, without its handle."""

    @classmethod
    def of(cls, event: IncomingEvent, ending: Ending, *, private: bool) -> Self | None:
        """What is to be kept of an answer; None where its place held all of it."""
        if not (ending.rest or ending.again):
            return None
        wish = {key: value for key, value in event.payload.items() if key != "handle"}
        return cls(event.author_id, private, ending.rest, wish)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


async def keep_state(states: InteractionStore, owner: Owner, state: Mapping[str, Any]) -> str:
    """Keep what stands behind buttons; returns its signed id.

    Raises:
        StoreFault: it cannot be kept, or not in time.
    """
    async with _in_time(_KEEPING_SECONDS):
        return await states.keep_state(owner, state, _LASTING_SECONDS)


async def kept_state(states: InteractionStore, signed_id: str) -> Mapping[str, Any]:
    """What stands behind buttons.

    Raises:
        StoreFault: it cannot be had, or not in time.
        ForgedInteraction, ExpiredInteraction: there is none.
    """
    async with _in_time(STORE_SECONDS):
        return await states.state(signed_id)


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise StoreFault("the store takes too long") from None

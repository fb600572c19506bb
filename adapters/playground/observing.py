"""What the core tells of a turn, for the page whose turn it is."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from itertools import count
from typing import Protocol, assert_never

from adapters.playground.again import removable_chips
from adapters.playground.seats import Json
from core.answering.chips import told_chips
from core.answering.text import unescaped
from core.assistant import Assistant
from core.domain import RankedTitle, Request, Understanding
from core.events import (
    ReplyEvent,
    ReplyFailed,
    ReplyFinished,
    StageStarted,
    TextDelta,
    TitlePicked,
    TitlesFound,
)

__all__ = ["ObservedAssistant", "Observer"]

_numbers = count(1)


class Observer(Protocol):
    """Whoever looks at a turn."""

    def answering(self, assistant: Assistant) -> Assistant:
        """Who is to answer, in place of the `assistant` that there is."""
        ...

    def tell(self, news: Json) -> None:
        """Hear of the turn."""
        ...


class ObservedAssistant(Assistant):
    """Answers as another assistant does, and tells the observer of each request what happens.

    Args:
        assistant: Who answers.
        observer_of: Who looks at a request's turn, by the author's id; None where nobody does.
    """

    def __init__(self, assistant: Assistant, observer_of: Callable[[str], Observer | None]) -> None:
        self.retriever = assistant.retriever
        self._assistant = assistant
        self._observer_of = observer_of

    async def understand(self, request: Request) -> Understanding:
        return await self._assistant.understand(request)

    async def reply(self, request: Request, *, with_model: bool = True) -> AsyncGenerator[ReplyEvent, None]:
        """The same events, each told of before it goes on."""
        observer = self._observer_of(request.author.id)
        assistant = observer.answering(self._assistant) if observer is not None else self._assistant
        turn = _Turn(request)
        async with aclosing(assistant.reply(request, with_model=with_model)) as events:
            async for event in events:
                told = turn.told(event)
                if observer is not None and told:
                    observer.tell({"type": "turn", "turn": turn.number, **told})
                yield event


class _Turn:
    """One turn as a page is told of it, a few fields an event."""

    def __init__(self, request: Request) -> None:
        self.number = next(_numbers)
        self._request = request
        self._began = time.perf_counter()
        self._spoke = False

    def told(self, event: ReplyEvent) -> Json:
        """What an event adds."""
        match event:
            case StageStarted(stage):
                place = self._request.conversation
                return {"platform": place.platform, "text": self._request.text, "stage": str(stage)}
            case TitlesFound():
                goes_on = self._request.conversation.platform != "slack"  # commands there begin a thread
                return {"found_ms": self._spent(), **_found(event, goes_on=goes_on)}
            case TextDelta():
                if self._spoke:
                    return {}
                self._spoke = True
                return {"first_text_ms": self._spent()}
            case TitlePicked(ranked):
                return {"picked": ranked.title.id}
            case ReplyFinished():
                return {
                    "end": str(event.finish_reason),
                    "total_ms": self._spent(),
                    "timings_ms": event.timings_ms,
                    "written_by": event.written_by,
                    "fault": event.fault,
                    "usage": asdict(event.usage),
                }
            case ReplyFailed():
                return {"end": "failed", "total_ms": self._spent(), "fault": event.code}
            case _:
                assert_never(event)

    def _spent(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 1)


def _found(found: TitlesFound, *, goes_on: bool) -> Json:
    understood = found.understood
    _, dropped = told_chips(understood.filters, found.relaxed)
    kept = understood.filters.without(*found.relaxed)
    return {
        "intent": str(understood.intent),
        "chips": removable_chips(understood, kept, goes_on=goes_on),
        "dropped": [unescaped(chip) for chip in dropped],
        "search_text": understood.search_text,
        "candidates": [_candidate(ranked) for ranked in found.ranked],
    }


def _candidate(ranked: RankedTitle) -> Json:
    parts = {key: value for key, value in asdict(ranked.score).items() if value is not None}
    return {"id": ranked.title.id, "label": ranked.title.label, "score": parts}

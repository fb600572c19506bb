"""A platform of either kind, in memory, that enforces a rate and fails as scripted."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

from adapters.delivery import MessageGone, OutcomeUnknown, PlatformBusy, StreamEnded
from adapters.pager import Limit

__all__ = ["EditingPlatform", "Outcome", "Room", "StreamingPlatform"]


class Outcome(StrEnum):
    """What becomes of a call."""

    DONE = "done"
    BUSY = "busy"
    LOST = "lost"
    """It was not done, and nobody says so."""
    DONE_UNSAID = "done_unsaid"
    """It was done, and nobody says so."""
    DELETED = "deleted"
    """Somebody deletes the message that the call is for, just before."""
    STREAM_ENDED = "stream_ended"


class Room:
    """What a platform counts calls in: a channel or a token."""

    def __init__(self, calls: int = 5, seconds: float = 5.0) -> None:
        self.calls, self.seconds = calls, seconds
        self.taken: deque[float] = deque()
        self.exceeded = 0

    def admit(self) -> None:
        """Count a call; refuse it where there were too many."""
        now = asyncio.get_running_loop().time()
        while self.taken and self.taken[0] <= now - self.seconds + 1e-9:
            self.taken.popleft()
        if len(self.taken) >= self.calls:
            self.exceeded += 1
            raise PlatformBusy(self.taken[0] + self.seconds - now)
        self.taken.append(now)


class EditingPlatform:
    """Posts, edits and deletes. Implements `EditingPort`.

    Args:
        outcomes: Of its calls, one after the other; DONE once they are used up.
        room: What its calls are counted in.
        limit: Of one message.
        latency: Seconds a call takes.
    """

    def __init__(
        self,
        outcomes: Iterable[Outcome] = (),
        room: Room | None = None,
        limit: Limit = Limit(2000),
        latency: float = 0.05,
    ) -> None:
        self._outcomes: Iterator[Outcome] = iter(outcomes)
        self.room = room or Room()
        self.limit = limit
        self.latency = latency
        self.messages: dict[str, str] = {}
        """What is visible: id → text, in order."""
        self.keys: dict[str, str] = {}
        self.dressings: dict[str, Any] = {}
        self.live: set[str] = set()
        """Messages that are being streamed."""
        self.in_flight = 0
        self.most_in_flight = 0
        self.posted = 0

    async def send(self, text: str, key: str) -> str:
        return await self._post(text, key)

    async def find(self, key: str) -> str | None:
        await asyncio.sleep(self.latency)
        return self.keys.get(key)

    async def edit(self, message: str, text: str) -> None:
        def done() -> None:
            self._there(message)
            self._set(message, text)

        await self._call(done, message)

    async def dress(self, message: str, text: str, dressing: Any) -> None:
        def done() -> None:
            self._there(message)
            self._set(message, text)
            self.dressings[message] = dressing

        await self._call(done, message)

    async def delete(self, message: str) -> None:
        await self._call(lambda: self.messages.pop(message, None))

    async def _post(self, text: str, key: str) -> str:
        new: list[str] = []

        def done() -> None:
            assert key not in self.keys, "posted twice"
            self.posted += 1
            new.append(str(self.posted))
            self.keys[key] = new[0]
            self._set(new[0], text)

        await self._call(done)
        return new[0]

    def _set(self, message: str, text: str) -> None:
        assert self.limit.fits(text), "too long"
        self.messages[message] = text

    def _there(self, message: str) -> None:
        if message not in self.messages:
            raise MessageGone(message)

    async def _call(self, done: Callable[[], object], message: str = "") -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency)
            self.room.admit()
            outcome = next(self._outcomes, Outcome.DONE)
            match outcome:
                case Outcome.BUSY:
                    raise PlatformBusy(1.0)
                case Outcome.LOST:
                    raise OutcomeUnknown("500")
                case Outcome.DELETED:
                    self.messages.pop(message, None)
                    self.dressings.pop(message, None)
                    self.live.discard(message)
                case Outcome.STREAM_ENDED:
                    self.live.clear()
            done()
            if outcome is Outcome.DONE_UNSAID:
                raise OutcomeUnknown("timeout")
        finally:
            self.in_flight -= 1


class StreamingPlatform(EditingPlatform):
    """Streams natively too. Implements `StreamingPort`."""

    async def start(self, key: str) -> str:
        message = await self._post("", key)
        self.live.add(message)
        return message

    async def append(self, message: str, text: str) -> None:
        await self._call(lambda: self._append(message, text), message)

    async def stop(self, message: str, text: str, dressing: Any = None) -> None:
        def done() -> None:
            self._append(message, text)
            self.live.discard(message)
            if dressing is not None:
                self.dressings[message] = dressing

        await self._call(done, message)

    def _append(self, message: str, text: str) -> None:
        self._there(message)
        if message not in self.live:
            raise StreamEnded(message)
        self._set(message, self.messages[message] + text)

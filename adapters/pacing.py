"""Keeping to a platform's rate of calls. Answers that it counts together share a bucket."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

__all__ = ["Bucket", "Pace"]

# How soon to look again where the next free call depends on one that is under way.
_GLANCE_SECONDS = 0.05


class Pace(Protocol):
    """When an answer may make its calls. A `Bucket` is one; so is what knows of several."""

    def opened(self) -> None:
        """An answer begins that will need a call for its end."""
        ...

    def closed(self) -> None:
        """It has ended."""
        ...

    def block(self, seconds: float) -> None:
        """The platform says to wait."""
        ...

    def interim_wait(self, *, evenly: bool = True) -> float:
        """Seconds until an interim edit may be made; 0 where it may now. Not `evenly`: as soon as there is
        room, such as for the first text of an answer.
        """
        ...

    def interim(self) -> AbstractAsyncContextManager[None]:
        """Around an interim edit, which is made at once."""
        ...

    def urgent(self) -> AbstractAsyncContextManager[None]:
        """Around a call that goes before all interim edits: the first and the last of an answer."""
        ...


class Bucket:
    """At most so many calls in so many seconds, in any stretch of that length.

    A call counts from its answer on, since it may have reached the platform as late as that. As many calls
    are kept back as there are answers that still have to end, and one for a call that fails, so that an end
    need not wait for interim edits. These come evenly: a burst of them would be followed by silence.

    Args:
        calls: How many.
        seconds: In how many.
    """

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self._answered: deque[float] = deque()
        self._under_way = 0
        self._blocked_until = 0.0
        self._answers = 0
        self._even_after = 0.0
        self._urgent = 0
        self._turn = asyncio.Lock()

    def opened(self) -> None:
        """An answer begins that will need a call for its end."""
        self._answers += 1

    def closed(self) -> None:
        """It has ended."""
        self._answers -= 1

    def block(self, seconds: float) -> None:
        """The platform says to wait."""
        self._blocked_until = max(self._blocked_until, self._now() + seconds)

    @property
    def room(self) -> int:
        """How many calls may be made at once."""
        if self._wait(1) > 0:
            return 0
        return self._calls - len(self._answered) - self._under_way

    def interim_wait(self, *, evenly: bool = True) -> float:
        """Seconds until an interim edit may be made."""
        kept = min(self._answers + 1, self._calls - 1)
        even = self._even_after - self._now() if evenly else 0.0
        return max(self._wait(kept + 1), even, _GLANCE_SECONDS if self._urgent else 0.0)

    @asynccontextmanager
    async def interim(self) -> AsyncIterator[None]:
        """Around an interim edit, which is made at once."""
        self.spread()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._answered.append(self._now())

    def spread(self) -> None:
        """An interim edit is made now; the next one comes a while later."""
        self._even_after = self._now() + self._seconds / self._calls

    @asynccontextmanager
    async def urgent(self) -> AsyncIterator[None]:
        """Around a call that goes before all interim edits: the first and the last of an answer. Those who
        wait come in turn.
        """
        self._urgent += 1
        try:
            async with self._turn:
                while True:  # in the meantime the platform may say to wait longer
                    wait = self._wait(1)
                    if wait <= 0:
                        break
                    await asyncio.sleep(wait)
                self._under_way += 1
        finally:
            self._urgent -= 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._answered.append(self._now())

    def _wait(self, calls: int) -> float:
        """Seconds until this many calls are left."""
        now = self._now()
        while self._answered and self._answered[0] <= now - self._seconds:
            self._answered.popleft()
        wait = self._blocked_until - now
        missing = calls - (self._calls - len(self._answered) - self._under_way)
        if missing > len(self._answered):
            wait = max(wait, _GLANCE_SECONDS)
        elif missing > 0:
            wait = max(wait, self._answered[missing - 1] + self._seconds - now)
        return max(wait, 0.0)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

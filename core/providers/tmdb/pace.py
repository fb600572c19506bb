"""When the next request may go out: so many in a second, so many at once, none while told to wait."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

__all__ = ["Pace"]

# "Somewhere in the 40 requests per second range": https://developer.themoviedb.org/docs/rate-limiting
REQUESTS, SECONDS, AT_ONCE = 40, 1.0, 20


class Pace:
    """Holds requests back.

    The room of a request is free again `seconds` after its *end*: it reached the server some time before
    that, so in no window of `seconds` do more than `requests` arrive, however long each was on its way.

    Args:
        requests: How many…
        seconds: …in this time.
        at_once: How many are under way together, at most `requests`.
        clock: Seconds that only grow.
        sleep: Waits for seconds of that clock.
    """

    def __init__(
        self,
        requests: int = REQUESTS,
        seconds: float = SECONDS,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._free = deque([clock()] * requests)
        self._at_once = asyncio.Semaphore(min(at_once, requests))
        self._turn = asyncio.Lock()
        self._paused_until = clock()
        self._clock = clock
        self.sleep = sleep

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Room for one request, which lasts as long as the block."""
        async with self._at_once:
            async with self._turn:
                while (wait := max(self._free[0], self._paused_until) - self._clock()) > 0:
                    await self.sleep(wait)
                self._free.popleft()
            try:
                yield
            finally:
                self._free.append(self._clock() + self._seconds)

    def pause(self, seconds: float) -> None:
        """Let nothing out for a while."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

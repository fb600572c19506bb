"""How the app hears of events, commands and actions, and what happens where it does not answer.

https://docs.slack.dev/apis/events-api#responding
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.emulators.slack.world import Deadlines

__all__ = ["Carrier", "Delivery", "Envelope", "Undelivered"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing that the app is told."""

    kind: str
    """`events_api`, `slash_commands` or `interactive`."""
    payload: Mapping[str, Any]

    @property
    def is_event(self) -> bool:
        """Whether it is sent again where it is not acknowledged."""
        return self.kind == "events_api"


class Undelivered(Exception):
    """The app did not acknowledge in time, or could not be reached.

    Args:
        reason: Slack's word for it, such as `http_timeout`.
        final: Whether the app asked not to be told again.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


class Carrier(Protocol):
    """A way to the app: Socket Mode, or requests to its address."""

    async def carry(self, envelope: Envelope, attempt: int, reason: str) -> Any:
        """Bring it there; `attempt` counts from 0, `reason` tells why there was one before.

        Returns:
            What the acknowledgement carried; None where nothing.

        Raises:
            Undelivered: it was not acknowledged.
        """
        ...


class Delivery:
    """Tells the app, again where that is called for.

    Args:
        carrier: The way to it; can be replaced at any time.
        deadlines: How long to wait.
    """

    def __init__(self, carrier: Carrier, deadlines: Deadlines) -> None:
        self.carrier = carrier
        self._deadlines = deadlines
        self.events: list[Mapping[str, Any]] = []
        """What was told, without the repetitions: the whole payloads."""
        self.lost: list[Envelope] = []
        """Events that were given up."""
        self.acknowledged: list[tuple[Envelope, float]] = []
        """What was acknowledged, and in how many seconds."""
        self._running: set[asyncio.Task[None]] = set()
        self._broken: list[BaseException] = []

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Tell of an event, in the background."""
        self.events.append(payload)
        task = asyncio.create_task(self._persist(Envelope("events_api", payload)))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def ask(self, envelope: Envelope) -> Any:
        """Tell of a command or an action, once.

        Returns:
            What the acknowledgement carried; None where nothing.

        Raises:
            Undelivered: it was not acknowledged.
        """
        return await self._carried(envelope, 0, "")

    async def settle(self, seconds: float = 10.0) -> None:
        """Wait until every event was acknowledged or given up.

        Raises:
            TimeoutError: that takes longer.
        """
        async with asyncio.timeout(seconds):
            while self._running:
                await asyncio.wait(self._running)

    async def close(self) -> None:
        """Give up what is under way.

        Raises:
            Exception: the emulator itself failed at a delivery.
        """
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._broken:
            raise self._broken[0]

    async def _persist(self, envelope: Envelope) -> None:
        reason = ""
        for attempt, wait in enumerate((0.0, *self._deadlines.retries)):
            if attempt:
                await asyncio.sleep(wait)
            try:
                await self._carried(envelope, attempt, reason)
            except Undelivered as failure:
                reason = failure.reason
                if failure.final:
                    break
            else:
                return
        self.lost.append(envelope)

    async def _carried(self, envelope: Envelope, attempt: int, reason: str) -> Any:
        began = time.monotonic()
        answer = await self.carrier.carry(envelope, attempt, reason)
        self.acknowledged.append((envelope, time.monotonic() - began))
        return answer

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken.append(error)

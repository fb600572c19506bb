"""What a worker asks of a platform, and what it gives to one."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from adapters import copy
from adapters.delivery import EditingPort
from adapters.inbox import Inbox, Taken
from adapters.pacing import Pace
from adapters.turns import Ending, Surface, told_instead, whispered
from core.domain import PickedTitle
from core.errors import StoreFault
from core.memory.records import Claim, IncomingEvent

__all__ = ["Platform", "Reception", "ServedPlatform", "Surfaces"]

if TYPE_CHECKING:
    from aiohttp.web import RouteDef

log = logging.getLogger("matinee.platform")

# Events of which the asker was told that they could not be kept; a platform may deliver each again.
_MOST_TOLD = 1_000


class Platform(Surface, Protocol):
    """A platform that people write on."""

    @property
    def name(self) -> str:
        """As its events name it."""
        ...

    async def run(self, reception: "Reception", connected: Callable[[], None]) -> None:
        """Hear what people write, until cancelled; calls `connected` once it does. What is shown through it
        as a `Surface` must work as long as it runs.

        Raises:
            ConfigurationError: no waiting mends it, such as a wrong token; the message says what does.
        """
        ...


@runtime_checkable
class ServedPlatform(Platform, Protocol):
    """A platform that is heard through requests to the worker's own server."""

    def routes(self) -> Sequence["RouteDef"]:
        """Where requests go. They may come while the platform does not run."""
        ...


class Surfaces:
    """Several platforms as one `Surface`.

    Args:
        platforms: Each answers its own events.
    """

    def __init__(self, platforms: Mapping[str, Surface]) -> None:
        self._platforms = platforms

    def way(self, claim: Claim) -> tuple[EditingPort, Pace]:
        """Where the answer to an event goes, and what its calls are counted in."""
        return self._platforms[claim.event.platform].way(claim)

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        """What tells the facts of cards in the text."""
        return self._platforms[claim.event.platform].in_words(claim, picks)

    async def dressing(self, claim: Claim, ending: Ending) -> Any:
        """Cards and buttons."""
        return await self._platforms[claim.event.platform].dressing(claim, ending)

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        """Tell the asker alone."""
        await self._platforms[event.platform].whisper(event, text)

    async def take_back(self, event: IncomingEvent) -> None:
        """Take away what promises an answer."""
        await self._platforms[event.platform].take_back(event)


class Reception:
    """Takes what a platform hears, and tells the asker where it has to wait or cannot be taken.

    Args:
        inbox: Where it goes.
        surface: Where the asker is told.
    """

    def __init__(self, inbox: Inbox, surface: Surface) -> None:
        self._inbox = inbox
        self._surface = surface
        self._telling: set[asyncio.Task[None]] = set()
        self._told: dict[tuple[str, str], None] = {}

    def we_are(self, user_id: str) -> None:
        """What this user writes is our own, and no wish."""
        self._inbox.own_ids.add(user_id)

    def stop(self, claim_id: int, user_id: str) -> bool:
        """End an answer while it is written, at its asker's wish; False where there is none of theirs."""
        return self._inbox.stop(claim_id, user_id)

    async def hear(self, event: IncomingEvent, *, by_bot: bool = False) -> Taken:
        """Keep an event and have it answered. Await this before the platform is told that it arrived.

        Raises:
            StoreFault: it could not be kept, and the asker was told; the platform may deliver it again.
        """
        try:
            arrival = await self._inbox.accept(event, by_bot=by_bot)
        except StoreFault as fault:
            log.error("an event could not be kept", extra={"platform": event.platform, "code": fault.code})
            self._tell_once(event, copy.cannot_keep())
            raise
        if arrival.taken is Taken.REFUSED:
            self._tell(told_instead(self._surface, event, copy.too_many()))
        elif arrival.place:
            self._tell(whispered(self._surface, event, copy.queued(arrival.place)))
        return arrival.taken

    def _tell_once(self, event: IncomingEvent, text: str) -> None:
        key = (event.platform, event.event_id)
        if key not in self._told:
            self._told[key] = None
            if len(self._told) > _MOST_TOLD:
                del self._told[next(iter(self._told))]
            self._tell(told_instead(self._surface, event, text))

    def _tell(self, telling: Coroutine[Any, Any, None]) -> None:
        """Beside, since the platform waits to hear that the event arrived."""
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

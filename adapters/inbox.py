"""What wants an answer, accepted once and answered once, over restarts and by several workers.

An event is kept in the store before the platform is told that it arrived, since a platform does not deliver
it again after that. It is held by one worker, for a while at a time; where that worker goes away without
finishing, another takes it up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.lanes import Job, Lanes
from core.errors import StoreFault
from core.memory.ports import EventStore
from core.memory.records import Claim, IncomingEvent, Outcome

__all__ = ["Answering", "Arrival", "Inbox", "Taken"]

log = logging.getLogger("matinee.inbox")

# Abandoned events that a worker takes up at once.
_TAKEN_UP = 20


class Taken(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """It is answered already, or being answered."""
    OWN_OR_BOT = "own_or_bot"
    REFUSED = "refused"
    """Too many wait; the user is to be told."""
    LEFT = "left"
    """Kept for the next worker: this one is going away."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The outcome of an event's arrival."""

    taken: Taken
    place: int = 0
    """Its place in the queue, from 1, where it has to wait; the user is to be told."""


@dataclass(eq=False, slots=True)
class Answering:
    """An event while it is answered."""

    claim: Claim
    shown: bool = False
    """Set by whoever answers, once something of the answer is shown."""
    lost: bool = False
    """Whether another worker holds it now: this one shows nothing more."""
    stopped: bool = False
    """Whether its asker wants no more of it."""
    outcome: Outcome | None = None
    """Set by whoever answers: what is to be kept of it."""
    job: Job | None = field(default=None, repr=False)


Answer = Callable[[Answering], Awaitable[None]]


class Inbox:
    """Takes events and has them answered.

    Args:
        store: Where events are kept.
        lanes: Where they are answered.
        answer: Answers one, and shows the user whatever goes wrong.
        holder: This worker; another name after each start.
        platforms: Whose events this worker can answer.
        lease_seconds: How long an event is held at a time. As long after a worker's death others take it up.
        replaced: Told of an event that is not answered, since its asker said something newer.
    """

    def __init__(
        self,
        store: EventStore,
        lanes: Lanes,
        answer: Answer,
        holder: str,
        platforms: Collection[str],
        lease_seconds: float = 30.0,
        replaced: Callable[[IncomingEvent], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._answer = answer
        self._holder = holder
        self._platforms = platforms
        self._draining = False
        self._looking_again = asyncio.Event()
        self._lease = lease_seconds
        self._replaced = replaced
        self._open: set[Answering] = set()
        self._keeper: asyncio.Task[None] | None = None
        self.own_ids: set[str] = set()
        """Who we are on each platform: what we wrote ourselves is no wish."""

    @property
    def open(self) -> int:
        """How many events wait or are being answered."""
        return len(self._open)

    async def start(self) -> None:
        """Take up what an earlier worker left, and go on doing so."""
        self._keeper = asyncio.create_task(self._keep())

    def look_again(self) -> None:
        """Take up now what was left, such as after a platform has connected."""
        self._looking_again.set()

    async def accept(self, event: IncomingEvent, *, by_bot: bool = False) -> Arrival:
        """Keep an event and have it answered. Await this before the platform is told that it arrived.

        Raises:
            StoreFault: it could not be kept; the platform is to deliver it again.
        """
        if by_bot or event.author_id in self.own_ids:
            return Arrival(Taken.OWN_OR_BOT)
        claim = await self._store.accept(event, self._holder, self._lease)
        if claim is None:
            return Arrival(Taken.DUPLICATE)
        if self._draining:
            await self._store.extend(claim, 0.0)
            return Arrival(Taken.LEFT)
        arrival = self._submit(claim)
        if arrival.taken is Taken.REFUSED:
            await self._store.finish(claim)
        return arrival

    def stop(self, claim_id: int, author_id: str) -> bool:
        """End an answer while it is written, at its asker's wish; False where there is none of theirs."""
        for answering in self._open:
            claim = answering.claim
            if claim.id == claim_id and claim.event.author_id == author_id and answering.job is not None:
                answering.stopped = True
                self._lanes.stop(answering.job)
                return True
        return False

    async def drain(self, grace_seconds: float) -> None:
        """Answer no more that comes, and end what is under way. What does not end in time is left to the
        next worker.
        """
        self._draining = True
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self._lanes.drain(grace_seconds)
        for answering in list(self._open):
            with suppress(StoreFault):
                await self._store.extend(answering.claim, 0.0)

    def _submit(self, claim: Claim) -> Arrival:
        answering = Answering(claim)
        answering.job = Job(
            claim.event.conversation,
            claim.event.author_id,
            lambda: self._answered(answering),
            lambda: answering.shown,
            lambda: self._not_wanted(answering),
        )
        self._open.add(answering)
        admission = self._lanes.submit(answering.job)
        if not admission.accepted:
            self._open.discard(answering)
            return Arrival(Taken.REFUSED)
        return Arrival(Taken.ACCEPTED, admission.place)

    async def _answered(self, answering: Answering) -> None:
        try:
            await self._answer(answering)
        except asyncio.CancelledError:  # stopped, replaced by a newer message, or left to the next worker
            if answering.stopped:
                await asyncio.shield(self._finished(answering))
            raise
        except Exception:
            await self._finished(answering)
            raise
        await self._finished(answering)

    async def _not_wanted(self, answering: Answering) -> None:
        await self._finished(answering)
        if self._replaced is not None:
            await self._replaced(answering.claim.event)

    async def _finished(self, answering: Answering) -> None:
        self._open.discard(answering)
        try:
            await self._store.finish(answering.claim, answering.outcome)
        except StoreFault as fault:  # it may be answered again once the store is back
            log.warning("an answered event could not be closed", extra={"code": fault.code})

    async def _keep(self) -> None:
        """Hold what is open, and take up what nobody holds."""
        while True:
            self._looking_again.clear()
            try:
                left = await self._store.abandoned(self._holder, self._lease, _TAKEN_UP, self._platforms)
                for claim in left:
                    log.info("taking up an event that was left", extra={"platform": claim.event.platform})
                    if self._submit(claim).taken is Taken.REFUSED:
                        await self._store.extend(claim, 0.0)
                for answering in list(self._open):
                    if not await self._store.extend(answering.claim, self._lease):
                        self._lost(answering)
            except StoreFault as fault:
                log.warning("the store cannot be asked", extra={"code": fault.code})
            # Not by `wait_for`: in Python 3.11 it forgets that it was cancelled where the event came at once.
            # https://github.com/python/cpython/issues/86296
            with suppress(TimeoutError):
                async with asyncio.timeout(self._lease / 3):
                    await self._looking_again.wait()

    def _lost(self, answering: Answering) -> None:
        """Another worker holds it now: this one must not answer too."""
        if answering in self._open and answering.job is not None:
            self._open.discard(answering)
            answering.lost = True
            self._lanes.cancel(answering.job)

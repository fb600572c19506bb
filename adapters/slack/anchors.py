"""Wishes whose answer hangs from a message of ours that repeats them. Such a wish is kept before the message
is posted, so that neither is lost nor comes twice, whenever a worker dies.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Protocol
from uuid import uuid4

from adapters.delivery import DeliveryFailed, OutcomeUnknown
from adapters.slack.calls import Line
from adapters.slack.flags import Wish
from adapters.slack.messages import CALM
from adapters.slack.mrkdwn import fitted, literal
from adapters.slack.places import Place
from core.answering.chips import filter_chips
from core.domain import filters_from_mapping
from core.errors import StoreFault
from core.memory.ports import EventStore
from core.memory.records import Claim, IncomingEvent

__all__ = ["WAITING", "Anchors", "Heard"]

log = logging.getLogger("matinee.slack")

WAITING = "slack-anchor"
"""How such a wish is kept: as an event of this platform, which no inbox takes up."""
# So long after a worker's death another one goes on.
_LEASE_SECONDS = 30.0
_TAKEN_UP = 20
# Somebody waits; without the message they are answered through what they did.
_ANCHOR_SECONDS = 2.0
_CHIPS = 300
_KEY = "matinee_wish"
# Of a channel's messages, and how much earlier than ours Slack's clock may be.
_LOOKED_THROUGH, _SKEW_SECONDS = 100, 60.0


class Heard(Protocol):
    """Takes a wish in the place where its answer belongs."""

    async def __call__(self, place: Place, wish: Wish, after: Mapping[str, Any] | None, anchor: str) -> None:
        """Keep it and have it answered; `anchor` is the message of ours that it hangs from.

        Raises:
            StoreFault: it could not be kept, and the asker was told.
        """
        ...


class Anchors:
    """Keeps wishes, posts the message of each, and hands them on.

    Args:
        store: Where wishes are kept meanwhile.
        line: Calls in a workspace.
        heard: Takes a wish once its place is known; without a message, where none can be posted soon.
        beside: Does something that nobody waits for.
        broken: Tells someone of a fault that nobody foresaw.
    """

    def __init__(
        self,
        store: EventStore,
        line: Callable[[str], Line],
        heard: Heard,
        beside: Callable[[Coroutine[Any, Any, None]], None],
        broken: Callable[[Place, Exception], Awaitable[None]],
    ) -> None:
        self._store = store
        self._line = line
        self._heard = heard
        self._beside = beside
        self._broken = broken
        self._holder = f"anchors {uuid4().hex}"

    async def take(self, place: Place, wish: Wish, after: Mapping[str, Any] | None) -> None:
        """Keep a wish; the message and the answer follow. One that was taken before is left alone.

        Raises:
            StoreFault: it could not be kept.
        """
        kept = {
            "place": place.as_text(),
            "text": wish.text,
            "filters": wish.filters.as_dict(),
            "after": after,
        }
        event = IncomingEvent(
            WAITING, place.trigger, place.team, place.channel, place.trigger, kept, place.user
        )
        claim = await self._store.accept(event, self._holder, _LEASE_SECONDS)
        if claim is not None:
            self._beside(self._go_on(claim))

    async def run(self) -> None:
        """Take up what an earlier worker left, until cancelled."""
        while True:
            with suppress(StoreFault):
                for claim in await self._store.abandoned(self._holder, _LEASE_SECONDS, _TAKEN_UP, [WAITING]):
                    self._beside(self._go_on(claim))
            await asyncio.sleep(_LEASE_SECONDS / 3)

    async def _go_on(self, claim: Claim) -> None:
        kept = claim.event.payload
        place = Place.from_text(kept["place"])
        wish = Wish(kept["text"], filters_from_mapping(kept["filters"]))
        try:
            try:
                anchor = await self._anchored(claim, place, wish)
                await self._heard(place, wish, kept["after"], anchor)
            except StoreFault:  # the asker was told
                pass
            except Exception as error:
                await self._broken(place, error)
            with suppress(StoreFault):
                await self._store.finish(claim)
        except asyncio.CancelledError:  # the next worker need not wait
            with suppress(StoreFault):
                await asyncio.shield(self._store.extend(claim, 0.0))
            raise

    async def _anchored(self, claim: Claim, place: Place, wish: Wish) -> str:
        """The message that repeats a wish; empty where none can be posted soon."""
        found = await self._found(place) if claim.again else ""
        if found:
            return found
        posting = asyncio.create_task(self._posted(place, wish))
        try:
            await asyncio.wait([posting], timeout=_ANCHOR_SECONDS)
        except asyncio.CancelledError:
            posting.cancel()
            raise
        if not posting.done():
            self._beside(self._taken_away(place, posting))
            return ""
        try:
            return await posting
        except OutcomeUnknown:
            return await self._found(place)
        except DeliveryFailed:
            return ""

    async def _posted(self, place: Place, wish: Wish) -> str:
        chips = " ".join(f"`{chip}`" for chip in filter_chips(wish.filters))
        said = " ".join(filter(None, (literal(" ".join(wish.text.split())), fitted(chips, _CHIPS))))
        metadata = {"event_type": _KEY, "event_payload": {"key": place.trigger}}
        told = await self._line(place.team).call(
            "chat.postMessage",
            channel=place.channel,
            text=f"<@{place.user}>: {said}",
            metadata=metadata,
            **CALM,
        )
        return str(told.data["ts"])

    async def _found(self, place: Place) -> str:
        """The message, where it stands already; empty where it does not, or the bot may not read there."""
        told = await self._line(place.team).quietly(
            "conversations.history",
            channel=place.channel,
            oldest=f"{place.at - _SKEW_SECONDS:.6f}",
            limit=_LOOKED_THROUGH,
            include_all_metadata="true",
        )
        for item in told.data.get("messages", ()) if told is not None else ():
            if item.get("metadata", {}).get("event_payload", {}).get("key") == place.trigger:
                return str(item["ts"])
        return ""

    async def _taken_away(self, place: Place, posting: Awaitable[str]) -> None:
        """A message that came too late to hang an answer from."""
        with suppress(DeliveryFailed):
            anchor = await posting
            await self._line(place.team).call("chat.delete", channel=place.channel, ts=anchor)

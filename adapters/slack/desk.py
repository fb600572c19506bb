"""What is done about commands, buttons, forms and messages alike: wishes are taken, words are said."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from adapters import copy
from adapters.completions import TitleCompletions
from adapters.delivery import DeliveryFailed
from adapters.inbox import Taken
from adapters.platform import Reception
from adapters.slack.anchors import Anchors
from adapters.slack.blocks import Block
from adapters.slack.calls import Calls, Line
from adapters.slack.flags import Wish
from adapters.slack.places import PLATFORM, Place, say_privately
from adapters.turns import request_payload
from core.domain import Conversation, Title
from core.errors import StoreFault
from core.incidents import unforeseen
from core.memory.ports import Store
from core.memory.profiles import region_of
from core.memory.records import IncomingEvent, Owner, Preferences

__all__ = ["Desk", "Library"]

log = logging.getLogger("matinee.slack")

# A command, a button or a form has to be acknowledged within 3 s: so long may its keeping take.
_KEEPING_SECONDS = 2.3
# Threads that are known to be ours, and messages that are known to be kept, without a look into the store.
_MOST_NOTED = 10_000
# Slack shows these in turn while an answer is prepared:
# https://docs.slack.dev/reference/methods/assistant.threads.setStatus
_STATUS = "is looking for something to watch…"
_LOADING = ["Reading your wish…", "Looking through the catalogue…", "Choosing…", "Writing…"]
_TITLE = 80


# With what the id of an organisation begins.
_ORGANISATION = "E"
# A workspace, a channel and a message.
_Spot = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Library:
    """What the core knows of titles."""

    titles: TitleCompletions
    """Completes names of titles."""
    people: TitleCompletions
    """Completes names of people."""
    named: Callable[[Sequence[str]], Awaitable[Sequence[Title]]]
    """Titles of a name, the best known first."""
    known: Callable[[Sequence[str]], Awaitable[Mapping[str, Title]]]
    """Titles by their ids."""


class Desk:
    """Takes wishes, and says words.

    Args:
        calls: To Slack.
        reception: Takes events.
        store: What is kept of users and workspaces.
        library: What is known of titles.
    """

    def __init__(self, calls: Calls, reception: Reception, store: Store, library: Library) -> None:
        self._calls = calls
        self._reception = reception
        self.store = store
        self.library = library
        self._beside: set[asyncio.Task[None]] = set()
        self._threads: OrderedDict[_Spot, None] = OrderedDict()
        self._heard: OrderedDict[_Spot, None] = OrderedDict()
        self._hearing: WeakValueDictionary[_Spot, asyncio.Lock] = WeakValueDictionary()
        self._announcing: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self.anchors = Anchors(store, self.line, self._asked, self.beside, self.broken)
        """Post the messages that answers hang from."""

    def announcing(self, event_id: str) -> asyncio.Event | None:
        """Set once it was said that an event is being answered, which must not come after the answer."""
        return self._announcing.get(event_id)

    def line(self, team: str) -> Line:
        """Calls in a workspace."""
        return self._calls.line(team)

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for."""
        self.go_on(asyncio.create_task(work))

    def go_on(self, task: "asyncio.Task[None]") -> None:
        """Let something that is being done go on, though nobody waits for it any more."""
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def close(self) -> None:
        """End what is done beside."""
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)

    # --- messages ---

    async def heard(self, place: Place, event_id: str, text: str, *, by_bot: bool) -> None:
        """Somebody wrote to us: answered in the message's thread.

        Raises:
            StoreFault: it could not be kept; Slack is to deliver it again.
        """
        message = (place.team, place.channel, place.message)
        async with self._hearing.setdefault(message, asyncio.Lock()):
            if message in self._heard:  # it was told of twice: as a message, and as a mention
                return
            await self._kept(place, event_id, text, by_bot=by_bot)
            _noted(self._heard, message)

    async def _kept(self, place: Place, event_id: str, text: str, *, by_bot: bool) -> None:
        root = place.thread or place.message
        hangs = Place(place.team, place.channel, place.user, place.home, root, place.message)
        conversation = "" if place.direct else root
        event = IncomingEvent(
            PLATFORM,
            event_id,
            place.team,
            place.channel,
            place.message,
            request_payload(
                text,
                conversation,
                cautious=not place.direct,
                place=place.channel,
                **hangs.handle(private=False),
            ),
            place.user,
        )
        announced = self._announcing.setdefault(event_id, asyncio.Event())
        if await self._reception.hear(event, by_bot=by_bot) is not Taken.ACCEPTED:
            announced.set()
            return
        first = place.direct and not self._remembered(place.team, place.channel, root)
        self._remember(place.team, place.channel, root)
        self.beside(self._announce(hangs, announced, text if first else ""))

    async def is_ours(self, place: Place) -> bool:
        """Whether an answer of ours stands in a thread.

        Raises:
            StoreFault: it cannot be asked.
        """
        if self._remembered(place.team, place.channel, place.thread):
            return True
        conversation = Conversation(PLATFORM, place.channel, place.team, place.thread)
        ours = bool(await self.store.turns(conversation, 1))
        if ours:
            self._remember(place.team, place.channel, place.thread)
        return ours

    def _remembered(self, *thread: str) -> bool:
        return thread in self._threads

    def _remember(self, team: str, channel: str, thread: str) -> None:
        _noted(self._threads, (team, channel, thread))

    async def _announce(self, place: Place, announced: asyncio.Event, title: str = "") -> None:
        """Say what is being done, and name a new thread of the agent's pane."""
        line = self.line(place.team)
        where = {"channel_id": place.channel, "thread_ts": place.thread}
        try:
            looking = {"status": _STATUS, "loading_messages": _LOADING}
            await line.quietly("assistant.threads.setStatus", **where, **looking)
        finally:
            announced.set()
        if title:
            named = {**where, "title": title[:_TITLE]}
            if await line.quietly("agents.sessions.setStatus", **named, status="active") is None:
                await line.quietly("assistant.threads.setTitle", **named)  # the pane of older apps

    # --- commands, buttons, forms ---

    async def ask(
        self, place: Place, wish: Wish, after: Mapping[str, Any] | None = None, *, alone: bool = False
    ) -> None:
        """Somebody asks for titles: answered in the thread where they are, else in one below a message that
        repeats the wish, else, where the bot is not, through the `response_url`.

        Args:
            place: Who, and where.
            wish: For what.
            after: The answer that it follows.
            alone: Whether nobody else sees the answer, whatever the wish says.
        """
        private = wish.private or alone
        if not place.channel:
            place = await self._in_private(place)
        if private or place.thread:
            keeping = self._asked(place, replace(wish, private=private), after)
        else:
            keeping = self._kept_to_anchor(place, wish, after)
        task = asyncio.create_task(keeping)
        await asyncio.wait([task], timeout=_KEEPING_SECONDS)
        if task.done():
            await task
        self.go_on(task)

    async def _kept_to_anchor(self, place: Place, wish: Wish, after: Mapping[str, Any] | None) -> None:
        try:
            await self.anchors.take(place, wish, after)
        except StoreFault as fault:
            log.error("a wish could not be kept", extra={"code": fault.code})
            await self.say(place, copy.cannot_keep())

    async def _asked(
        self, place: Place, wish: Wish, after: Mapping[str, Any] | None, anchor: str = ""
    ) -> None:
        """Take a wish in the place where it is answered."""
        place = replace(place, thread=place.thread or anchor)
        public = bool(place.thread) and not wish.private
        conversation = "" if place.direct and public else place.thread if public else place.user
        event = IncomingEvent(
            PLATFORM,
            place.trigger,
            place.team,
            place.channel,
            place.trigger,
            request_payload(
                wish.text,
                conversation,
                wish.filters.as_dict(),
                after,
                place=place.channel,
                cautious=not place.direct,
                **place.handle(private=wish.private, anchor=anchor),
            ),
            place.user,
        )
        announced = self._announcing.setdefault(event.event_id, asyncio.Event())
        try:
            taken = await self._reception.hear(event)
        except StoreFault:  # the asker was told
            return
        if taken is Taken.ACCEPTED and public:
            self._remember(place.team, place.channel, place.thread)
            await self._announce(place, announced)
        announced.set()

    async def _in_private(self, place: Place) -> Place:
        """The conversation with someone who is on the home tab."""
        opened = await self.line(place.team).call("conversations.open", users=place.user)
        return Place(place.team, opened.data["channel"]["id"], place.user, place.home, trigger=place.trigger)

    # --- words ---

    async def say(self, place: Place, text: str) -> None:
        """Tell someone alone, in CommonMark."""
        await self._said(place, text)

    async def broken(self, place: Place, error: Exception) -> None:
        """Tell someone of a fault that nobody foresaw, by the number that it has in the log."""
        await self.say(place, copy.broken(unforeseen(log, "something heard on Slack broke", error)))

    async def say_blocks(self, place: Place, text: str, blocks: list[Block]) -> None:
        """The same in blocks; the text, in Slack's markup, is for notifications."""
        await self._said(place, text, {"text": text, "blocks": blocks})

    async def _said(self, place: Place, words: str, message: Mapping[str, Any] | None = None) -> None:
        try:
            await say_privately(self.line(place.team), place, words, message)
        except DeliveryFailed as error:
            log.warning("someone could not be told", extra={"reason": type(error).__name__})

    async def open_form(self, place: Place, view: Mapping[str, Any]) -> None:
        """Open a form, which has to be done within 3 s."""
        try:
            line = self.line(place.team)
            await line.call("views.open", trigger_id=place.trigger, view=view)
        except DeliveryFailed as error:
            log.warning("a form could not be opened", extra={"reason": type(error).__name__})
            await self.say(place, "I couldn't open that form in time; please try again.")

    # --- who may, and what holds ---

    async def region(self, place: Place) -> str | None:
        """The country whose services count for someone; None where that cannot be had."""
        try:
            kept = await self.store.preferences(place.user_owner, place.team_owner, place.channel_owner)
        except StoreFault:
            return None
        return region_of(*kept)

    async def rules(self, owner: Owner) -> Preferences:
        """What is set; nothing where that cannot be asked."""
        try:
            [kept] = await self.store.preferences(owner)
        except StoreFault:
            return Preferences()
        return kept

    async def may_manage(self, place: Place) -> bool:
        """Whether somebody may set what holds for all: owners and administrators of the workspace, or of the
        organisation.
        """
        told = await self.line(place.team).quietly("users.info", user=place.user)
        user = told.data.get("user", {}) if told is not None else {}
        if place.team.startswith(_ORGANISATION):
            user = user.get("enterprise_user", {})
        return bool(user.get("is_admin") or user.get("is_owner"))

    def stop(self, claim_id: int, user: str) -> bool:
        """End an answer while it is written; False where there is none of theirs."""
        return self._reception.stop(claim_id, user)


def _noted(spots: OrderedDict[_Spot, None], spot: _Spot) -> None:
    """Remember one, and forget the oldest where there are too many."""
    spots[spot] = None
    spots.move_to_end(spot)
    if len(spots) > _MOST_NOTED:
        spots.popitem(last=False)

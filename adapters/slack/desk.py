"""What is done about commands, buttons, forms and messages alike: wishes are taken, words are said."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from adapters.completions import TitleCompletions
from adapters.delivery import DeliveryFailed
from adapters.inbox import Taken
from adapters.platform import Reception
from adapters.slack.blocks import Block
from adapters.slack.calls import Calls, Line
from adapters.slack.flags import Wish
from adapters.slack.messages import CALM
from adapters.slack.mrkdwn import fitted, literal
from adapters.slack.places import PLATFORM, Place, say_privately
from adapters.turns import request_payload
from core.answering.chips import filter_chips
from core.domain import Conversation, Title
from core.errors import StoreFault
from core.memory.ports import Store
from core.memory.records import IncomingEvent, Owner, Preferences

__all__ = ["Desk", "Library"]

log = logging.getLogger("matinee.slack")

# A command, a button or a form has to be acknowledged within 3 s: so long may the message take from which an
# answer hangs, and so long the keeping of the event.
_ANCHOR_SECONDS, _KEEPING_SECONDS = 1.2, 1.3
_ANCHOR = 300
# Threads that are known to be ours without a look into the store.
_MOST_THREADS = 10_000
# Slack shows these in turn while an answer is prepared:
# https://docs.slack.dev/reference/methods/assistant.threads.setStatus
_STATUS = "is looking for something to watch…"
_LOADING = ["Reading your wish…", "Looking through the catalogue…", "Choosing…", "Writing…"]
_TITLE = 80


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
        self._threads: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._announcing: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

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
        self._threads[team, channel, thread] = None
        self._threads.move_to_end((team, channel, thread))
        if len(self._threads) > _MOST_THREADS:
            self._threads.popitem(last=False)

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
        private, anchor = wish.private or alone, ""
        if not place.channel:
            place = await self._in_private(place)
        if not (private or place.thread):
            anchor = await self._anchored(place, wish)
        place = replace(place, thread=place.thread or anchor)
        public = bool(place.thread) and not private
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
                **place.handle(private=private, anchor=anchor),
            ),
            place.user,
        )
        keeping = asyncio.create_task(self._kept(place, event, public=public))
        await asyncio.wait([keeping], timeout=_KEEPING_SECONDS)
        self.go_on(keeping)

    async def _kept(self, place: Place, event: IncomingEvent, *, public: bool) -> None:
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

    async def _anchored(self, place: Place, wish: Wish) -> str:
        """A message that repeats a wish, for the answer to hang from; empty where none can be posted soon."""
        chips = " ".join(f"`{chip}`" for chip in filter_chips(wish.filters))
        said = " ".join(filter(None, (literal(" ".join(wish.text.split())), fitted(chips, _ANCHOR))))
        text = f"<@{place.user}>: {said}"
        line = self.line(place.team)
        posting = asyncio.ensure_future(
            line.call("chat.postMessage", channel=place.channel, text=text, **CALM)
        )
        await asyncio.wait([posting], timeout=_ANCHOR_SECONDS)
        if not posting.done():
            self.beside(self._taken_away(place, posting))
            return ""
        try:
            return str((await posting).data["ts"])
        except DeliveryFailed:
            return ""

    async def _taken_away(self, place: Place, posting: "asyncio.Future[Any]") -> None:
        """A message that came too late to hang an answer from."""
        with suppress(DeliveryFailed):
            told = await posting
            await self.line(place.team).call("chat.delete", channel=place.channel, ts=told.data["ts"])

    # --- words ---

    async def say(self, place: Place, text: str) -> None:
        """Tell someone alone, in CommonMark."""
        await self._said(place, text)

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

    async def rules(self, owner: Owner) -> Preferences:
        """What is set; nothing where that cannot be asked."""
        try:
            [kept] = await self.store.preferences(owner)
        except StoreFault:
            return Preferences()
        return kept

    async def may_manage(self, place: Place) -> bool:
        """Whether somebody may set what holds for all: the workspace's owners and administrators."""
        told = await self.line(place.team).quietly("users.info", user=place.user)
        user = told.data.get("user", {}) if told is not None else {}
        return bool(user.get("is_admin") or user.get("is_owner"))

    def stop(self, claim_id: int, user: str) -> bool:
        """End an answer while it is written; False where there is none of theirs."""
        return self._reception.stop(claim_id, user)

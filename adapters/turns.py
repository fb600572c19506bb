"""One turn on a platform: budget, history, answer, delivery, memory. The same for every platform."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from adapters import copy
from adapters.delivery import BoundedPort, Delivery, DeliveryFailed, EditingPort
from adapters.inbox import Answering
from adapters.metrics import Metrics
from adapters.pacing import Pace
from adapters.pager import Limit, pages
from core.answering.chips import told_chips
from core.assistant import Assistant
from core.domain import (
    Author,
    Conversation,
    Intent,
    PickedTitle,
    Profile,
    Request,
    Turn,
    Understanding,
    filters_from_mapping,
)
from core.errors import StoreFault
from core.events import (
    FinishReason,
    ReplyFailed,
    ReplyFinished,
    StageStarted,
    TextDelta,
    TitlePicked,
    TitlesFound,
)
from core.memory.budgets import Allowance, Budgets, Verdict
from core.memory.conversations import Conversations
from core.memory.ports import EventStore
from core.memory.profiles import Profiles
from core.memory.records import Claim, IncomingEvent, Outcome, Owner, StoredTurn, Subject

__all__ = [
    "Ending",
    "Surface",
    "Turns",
    "channel_owner",
    "request_payload",
    "rulers_of",
    "server_of",
    "taken_back",
    "told_instead",
    "turn_as_dict",
    "turn_from_dict",
    "user_of",
    "whispered",
]

log = logging.getLogger("matinee.turns")


_MOST_TOLD = 1_000
_SEARCHES_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended, as it is dressed."""

    picks: tuple[PickedTitle, ...] = ()
    """What it argues for; there may be none."""
    turn: StoredTurn | None = None
    """What was understood; None where the answer broke off before its end."""
    cut: bool = False
    """Whether its writer broke off, and the rest can be asked for."""
    rest: str = ""
    """What of its text its place does not hold."""
    again: bool = False
    """Whether its place closed before its end, and the whole wish has to be asked for again."""
    text: str = ""
    """All of it that is shown."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What an answer came to."""

    text: str
    """All that is to be shown."""
    found: TitlesFound | None = None
    finished: ReplyFinished | None = None
    in_time: bool = True


def request_payload(
    text: str,
    thread: str = "",
    filters: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    hint: str = "",
    place: str = "",
    cautious: bool = False,
    **handle: Any,
) -> dict[str, Any]:
    """What an event holds of a request.

    Args:
        text: What was asked.
        thread: Where, inside the channel.
        filters: Typed options, in the JSON form of `SearchFilters`.
        after: The answer that it follows, in the form of `turn_as_dict`, where that is told.
        hint: A word for the end of the answer.
        place: The channel whose rules hold, where it is another one than the event's, such as a thread's.
        cautious: Whether titles for adults alone are out of place there.
        handle: What the platform needs to answer.
    """
    payload = {"text": text, "thread": thread, "filters": dict(filters or {}), "handle": handle}
    if after is not None:
        payload["after"] = dict(after)
    told = {"hint": hint, "place": place, "cautious": cautious}
    return payload | {key: value for key, value in told.items() if value}


def turn_as_dict(turn: StoredTurn) -> dict[str, Any]:
    """What a follow-up needs of a turn, as JSON; not who asked, nor in which words."""
    return {
        "intent": turn.intent.value,
        "filters": turn.filters.as_dict(),
        "search_text": turn.search_text,
        "search_terms": turn.search_terms,
        "shown": list(turn.shown),
    }


def turn_from_dict(kept: Mapping[str, Any]) -> Turn:
    """The reverse of `turn_as_dict`."""
    understood = Understanding(
        Intent(kept["intent"]),
        filters_from_mapping(kept["filters"]),
        kept["search_text"],
        kept["search_terms"],
    )
    return Turn("", understood, tuple(kept["shown"]))


def user_of(event: IncomingEvent) -> Owner:
    """Whose event it is."""
    known_by = f"{event.workspace}/{event.author_id}" if event.platform == "slack" else event.author_id
    return Owner(Subject.USER, event.platform, known_by)


def server_of(event: IncomingEvent) -> Owner | None:
    """On whose server; None in a private conversation."""
    return Owner(Subject.SERVER, event.platform, event.workspace) if event.workspace else None


def rulers_of(event: IncomingEvent) -> tuple[Owner, ...]:
    """Whose rules hold where an event comes from: the server's and the channel's; nobody's in private."""
    server = server_of(event)
    if server is None:
        return ()
    return (server, channel_owner(event.platform, event.payload.get("place") or event.channel))


def channel_owner(platform: str, channel: str) -> Owner:
    """A channel, whose rules hold for all in it."""
    return Owner(Subject.CHANNEL, platform, channel)


class Surface(Protocol):
    """How a platform shows something."""

    def way(self, claim: Claim) -> tuple[EditingPort, Pace]:
        """Where the answer to an event goes, and what its calls are counted in."""
        ...

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        """What tells the facts of cards in the text, where there can be none; empty where there can."""
        ...

    async def dressing(self, claim: Claim, ending: Ending) -> Any:
        """Cards and buttons for the last message of an answer to an event, as its port takes them; the
        buttons that stood under the answer meanwhile go.
        """
        ...

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        """Tell the asker alone.

        Raises:
            DeliveryFailed: it could not.
        """
        ...

    async def take_back(self, event: IncomingEvent) -> None:
        """Take away what promises an answer to an event that will have none, where there is such a thing.

        Raises:
            DeliveryFailed: it could not.
        """
        ...


class _Notes:
    """Keeps which messages an answer is shown in, beside its being shown: a busy store must not hold that up.

    Args:
        events: Where it is kept.
        claim: The event that is answered.
    """

    def __init__(self, events: EventStore, claim: Claim) -> None:
        self._events = events
        self._claim = claim
        self._ids: Sequence[str] = ()
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, ids: Sequence[str]) -> None:
        """All of them so far."""
        self._ids = ids
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def settled(self) -> None:
        """Once the last ones are kept, or cannot be."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        kept: Sequence[str] = ()
        while kept != self._ids:
            kept = self._ids
            with suppress(StoreFault):
                await self._events.note_shown(self._claim, {"messages": list(kept)})


class _Turnstile:
    """Lets so many in at a time.

    Args:
        width: How many.
    """

    def __init__(self, width: int) -> None:
        self._room = asyncio.Semaphore(width)

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[Callable[[], None]]:
        """Inside; what it yields is called once one is through, so that the next one gets in."""
        await self._room.acquire()
        inside = True

        def through() -> None:
            nonlocal inside
            if inside:
                inside = False
                self._room.release()

        try:
            yield through
        finally:
            through()


class Turns:
    """Answers events. `answer` is what an `Inbox` is given.

    Args:
        assistant: Answers requests.
        conversations: Remembers turns.
        profiles: Tell what is known of whoever asks.
        budgets: Say what a request may have.
        events: Where what has been shown is noted.
        surface: The platform.
        metrics: Count what happens.
        searches_at_once: How many requests are understood and searched for at a time. It is work for the
            processor: of many at once none would be done sooner, and whoever else waits for it (Discord and
            Slack, for an acknowledgement) would wait for all of them.
    """

    def __init__(
        self,
        assistant: Assistant,
        conversations: Conversations,
        profiles: Profiles,
        budgets: Budgets,
        events: EventStore,
        surface: Surface,
        metrics: Metrics,
        searches_at_once: int = _SEARCHES_AT_ONCE,
    ) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._profiles = profiles
        self._budgets = budgets
        self._events = events
        self._surface = surface
        self._metrics = metrics
        self._turnstile = _Turnstile(searches_at_once)
        # Conversations that have been told that no model writes, the oldest first.
        self._told: dict[Conversation, None] = {}

    async def answer(self, answering: Answering) -> None:
        """Answer an event; whatever goes wrong is shown to the asker."""
        claim = answering.claim
        with structlog.contextvars.bound_contextvars(platform=claim.event.platform, turn=claim.id):
            await self._answer(answering)

    async def _answer(self, answering: Answering) -> None:
        claim = answering.claim
        allowance = await self._allowance(claim)
        if allowance.verdict is Verdict.REFUSED:
            self._metrics.refused(claim.event.platform)
            await told_instead(self._surface, claim.event, copy.refusal(allowance))
            return
        try:
            await self._answered(answering, allowance)
        except DeliveryFailed as error:
            log.warning("an answer cannot be shown", extra={"reason": type(error).__name__})
            await whispered(self._surface, claim.event, copy.cannot_show())

    async def _answered(self, answering: Answering, allowance: Allowance) -> None:
        claim = answering.claim
        request = await self._request(claim.event)
        port, pace = self._surface.way(claim)
        bounds = port if isinstance(port, BoundedPort) else None
        seconds = bounds.open_seconds if bounds is not None else None
        if seconds is not None and seconds <= 0:
            await whispered(self._surface, claim.event, copy.too_late())
            return
        notes = _Notes(self._events, claim)
        delivery = Delivery(
            port,
            pace,
            f"{claim.event.platform}-{claim.id}",
            claim.shown.get("messages", ()),
            resumed=claim.again,
            on_shown=notes.keep,
        )
        await delivery.start()
        try:
            said = await self._said_within(seconds, request, allowance, answering, delivery)
            ending = self._ending(request, said)
            facts = self._surface.in_words(claim, ending.picks)
            text, rest = _fitting("\n\n".join(filter(None, (said.text, facts))), port)
            ending = replace(ending, rest=rest, text=text)
            await delivery.finish(text, await self._surface.dressing(claim, ending))
            self._metrics.delivered(claim.event.platform, delivery)
        except asyncio.CancelledError:
            await asyncio.shield(self._ended_early(answering, delivery))
            raise
        finally:
            await asyncio.shield(notes.settled())
        if said.finished is not None and ending.turn is not None:
            usage = said.finished.usage
            tokens = usage.input_tokens + usage.output_tokens
            answering.outcome = Outcome(
                request.conversation,
                ending.turn,
                self._budgets.spent(user_of(claim.event), server_of(claim.event), tokens),
            )

    def _ending(self, request: Request, said: _Said) -> Ending:
        if said.found is None or said.finished is None:
            return Ending(again=not said.in_time)
        turn = self._conversations.turn(request, said.found.understood, said.finished)
        cut = said.finished.finish_reason is FinishReason.CUT
        return Ending(said.finished.picks, turn, cut)

    async def _said_within(
        self,
        seconds: float | None,
        request: Request,
        allowance: Allowance,
        answering: Answering,
        delivery: Delivery,
    ) -> _Said:
        """A reply, or as much of it as came in the time that its place takes anything."""
        try:
            async with asyncio.timeout(seconds) as closing:
                return await self._shown(request, allowance, answering, delivery)
        except TimeoutError:
            if not closing.expired():
                raise
            return _Said(copy.closing(delivery.text), in_time=False)

    async def _ended_early(self, answering: Answering, delivery: Delivery) -> None:
        """Close what was shown of an answer that was stopped, replaced by a newer one, drained, or lost."""
        if answering.lost:
            await delivery.abandon()
        elif answering.stopped:
            nothing = await self._surface.dressing(answering.claim, Ending())
            await delivery.fail(copy.stopped(delivery.text), nothing)
        elif answering.shown:
            await delivery.fail(copy.cut_short(delivery.text))
        else:
            await delivery.withdraw()

    async def _shown(
        self, request: Request, allowance: Allowance, answering: Answering, delivery: Delivery
    ) -> _Said:
        """Show a reply while it comes."""
        head, said, found = "", "", None
        hint = answering.claim.event.payload.get("hint", "")
        events = self._assistant.reply(request, with_model=allowance.verdict is Verdict.FULL)
        async with self._turnstile.passing() as through, aclosing(events) as stream:
            async for event in stream:
                match event:
                    case StageStarted(stage):
                        delivery.status(copy.stage_line(stage))
                    case TitlesFound():
                        through()
                        found = event
                        head = _chips(event)
                    case TextDelta(text):
                        said += text
                        answering.shown = True
                        delivery.append(head + said)
                    case TitlePicked():
                        pass  # its card is the platform's
                    case ReplyFinished():
                        self._metrics.finished(request.conversation.platform, event)
                        note = self._note(request.conversation, event, allowance) or hint
                        text = head + event.text.rstrip() + (f"\n\n{note}" if note else "")
                        return _Said(text, found, event)
                    case ReplyFailed():
                        self._metrics.failed(request.conversation.platform, event)
                        kept = f"{head}{event.partial_text.rstrip()}\n\n" if event.partial_text else ""
                        return _Said(kept + copy.failure(event), found)
        raise AssertionError("a reply ends with its end")

    def _note(self, conversation: Conversation, finished: ReplyFinished, allowance: Allowance) -> str:
        """What to add to an answer that is not all that it could be."""
        if allowance.verdict is Verdict.COMPOSER:
            return copy.out_of_tokens(allowance) if allowance.first else ""
        note = copy.notice(finished, fell_back_before=conversation in self._told)
        if note and finished.fault:
            self._told[conversation] = None
            if len(self._told) > _MOST_TOLD:
                del self._told[next(iter(self._told))]
        return note

    async def _allowance(self, claim: Claim) -> Allowance:
        """What a request may have. Where it cannot be counted, nothing that costs money."""
        if claim.again:  # it was counted when it came
            return Allowance(Verdict.FULL)
        try:
            return await self._budgets.request(user_of(claim.event), server_of(claim.event))
        except StoreFault as fault:
            log.warning("a request could not be counted", extra={"code": fault.code})
            return Allowance(Verdict.COMPOSER)

    async def _request(self, event: IncomingEvent) -> Request:
        payload = event.payload
        place = event.conversation
        user, profile = user_of(event), Profile()
        history: tuple[Turn, ...] = ()
        try:
            history, profile = await asyncio.gather(
                self._conversations.history(place), self._profiles.profile(user, *rulers_of(event))
            )
        except StoreFault as fault:  # an answer that forgets is better than none
            log.warning("a conversation could not be read", extra={"code": fault.code})
        if "after" in payload:
            history = (*history, turn_from_dict(payload["after"]))
        filters = filters_from_mapping(payload.get("filters", {}))
        profile = replace(profile, cautious=bool(payload.get("cautious")))
        return Request(payload["text"], place, Author(user.id), filters, history, profile)


async def whispered(surface: Surface, event: IncomingEvent, text: str) -> None:
    """Tell the asker alone, where the platform can."""
    try:
        await surface.whisper(event, text)
    except DeliveryFailed as error:
        log.warning("the asker could not be told", extra={"reason": type(error).__name__})


async def taken_back(surface: Surface, event: IncomingEvent) -> None:
    """Take away what promises an answer, where the platform can."""
    try:
        await surface.take_back(event)
    except DeliveryFailed as error:
        log.warning("a promise could not be taken back", extra={"reason": type(error).__name__})


async def told_instead(surface: Surface, event: IncomingEvent, text: str) -> None:
    """Tell the asker alone that there will be no answer."""
    await taken_back(surface, event)
    await whispered(surface, event, text)


def _fitting(text: str, port: EditingPort) -> tuple[str, str]:
    """As much of a text as its place holds, and the rest."""
    most = port.most_messages if isinstance(port, BoundedPort) else None
    if most is None or len(pages(text, port.limit)) <= most:
        return text, ""
    note = f"\n\n{copy.goes_on()}"
    smaller = Limit(port.limit.size - len(note), port.limit.count)
    end = pages(text, smaller)[most - 1].end
    return text[:end] + note, text[end:].lstrip()


def _chips(found: TitlesFound) -> str:
    """What was understood, in a line; what was dropped because nothing was left, struck through."""
    kept, dropped = told_chips(found.understood.filters, found.relaxed)
    chips = [f"`{chip}`" for chip in kept] + [f"~~{chip}~~" for chip in dropped]
    return f"{' '.join(chips)}\n\n" if chips else ""

"""Showing an answer while it is written, and its end exactly once, whatever the platform does meanwhile.

`Delivery` is told the whole text so far; it shows as much as the platform lets it, one call at a time, the
latest text winning. Interim edits may be skipped, the final one never is.

    start → append* → finish | fail

What is shown is a list of messages, a page of the text in each. A platform that edits has each message's
text replaced; one that streams (`StreamingPort`) has the first page appended to, as long as its stream lives,
and edits the rest. Where it refuses a stream, messages are edited; where it takes no edits either
(`WholePort.only_whole`), the answer is posted once, at its end.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self, runtime_checkable

from adapters.pacing import Pace
from adapters.pager import Limit, pages, presentable

__all__ = [
    "BoundedPort",
    "Delivery",
    "DeliveryFailed",
    "EditingPort",
    "MessageGone",
    "OutcomeUnknown",
    "PlatformBusy",
    "PlatformRefused",
    "StreamEnded",
    "StreamRefused",
    "StreamingPort",
    "WholePort",
]

log = logging.getLogger("matinee.delivery")

# Waits between tries of a call that fails without a word on when to come back, in seconds.
_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)
# An interim edit that adds less than this is not worth a call.
_LEAST_ADDED = 12
# A status line is shown where no text comes within this many seconds, and is replaced by another one as
# seldom as this.
_STATUS_AFTER_SECONDS = 0.15
_STATUS_EVERY_SECONDS = 1.0
# A stream is not begun for what ends this soon: it would take two calls where one does.
_STREAM_AFTER_SECONDS = 0.15


class DeliveryFailed(Exception):
    """The platform did not do what was asked. Ports raise its kinds and nothing else."""


class PlatformBusy(DeliveryFailed):
    """Too many calls: it did not do it, and says when to come back.

    Args:
        retry_after_seconds: When.
    """

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(f"come back in {retry_after_seconds:g} s")
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(DeliveryFailed):
    """It may have done it: no answer came, or an error of its server's."""


class MessageGone(DeliveryFailed):
    """The message was deleted."""


class StreamEnded(DeliveryFailed):
    """The stream takes no more: it lasted too long, or the user stopped it. Its message can be edited."""


class StreamRefused(DeliveryFailed):
    """No stream begins there, or not now; nothing is shown of it. Messages can be posted instead."""


class PlatformRefused(DeliveryFailed):
    """It will not do that at all: no right to, a channel that is gone, a token that has expired."""


class EditingPort(Protocol):
    """Where an answer is shown. Calls are never cancelled, and one is in flight at a time."""

    @property
    def limit(self) -> Limit:
        """Of one message."""
        ...

    async def send(self, text: str, key: str) -> str:
        """Post a message; returns its id. The key is new for each message."""
        ...

    async def find(self, key: str) -> str | None:
        """The id of the message that was posted under a key; None where none was."""
        ...

    async def edit(self, message: str, text: str) -> None:
        """Replace a message's text."""
        ...

    async def dress(self, message: str, text: str, dressing: Any) -> None:
        """Replace a message's text, and put cards and buttons under it, in the form of the platform."""
        ...

    async def delete(self, message: str) -> None:
        """Take a message away; one that is not there is ignored."""
        ...


@runtime_checkable
class StreamingPort(EditingPort, Protocol):
    """A platform that shows text as it is appended."""

    async def start(self, key: str) -> str:
        """Begin a message to append to; returns its id."""
        ...

    async def append(self, message: str, text: str) -> None:
        """Add to it."""
        ...

    async def stop(self, message: str, text: str, dressing: Any = None) -> None:
        """Add to it for the last time, with cards and buttons under it where there are any."""
        ...


@runtime_checkable
class WholePort(EditingPort, Protocol):
    """A platform that takes a message together with its cards and buttons."""

    @property
    def only_whole(self) -> bool:
        """Whether it takes messages only as they are to stay: then none is shown before the end."""
        ...

    async def send_whole(self, text: str, key: str, dressing: Any) -> str:
        """Post a message with its cards and buttons, if any; returns its id."""
        ...


@runtime_checkable
class BoundedPort(EditingPort, Protocol):
    """A platform on which an answer has to end by itself, since what it is shown through runs out."""

    @property
    def open_seconds(self) -> float | None:
        """How much longer it takes anything, from now on; None for as long as one likes."""
        ...

    @property
    def most_messages(self) -> int | None:
        """How many messages an answer may have; None for any number."""
        ...


class _State(StrEnum):
    WRITING = "writing"
    ENDING = "ending"
    ENDED = "ended"


@dataclass(slots=True)
class _Message:
    """A message as far as we know it."""

    id: str
    text: str | None
    """What it shows; None where that is not known for certain."""
    streaming: bool = False
    dressed: bool = False


class Delivery:
    """One answer's way to the people.

    Args:
        port: The platform.
        pace: When its calls may be made.
        key: Names the answer; keys of its messages begin with it.
        shown: Ids of messages that an earlier worker posted for this answer: they are edited.
        resumed: Whether an earlier worker may have posted more than that: before a message is posted, it is
            looked for.
        on_shown: Told of all ids whenever a message was posted.
    """

    def __init__(
        self,
        port: EditingPort,
        pace: Pace,
        key: str,
        shown: Sequence[str] = (),
        *,
        resumed: bool = False,
        on_shown: Callable[[list[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._port = port
        self._pace = pace
        self._streams = isinstance(port, StreamingPort)
        self._key = key
        self._messages = [_Message(message, None) for message in shown]
        self._on_shown = on_shown
        self._posted = len(shown)
        self._resumed = resumed
        self._text = ""
        self._dressing: Any = None
        self._is_status = True
        self._abandoned = False
        self._state = _State.WRITING
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        self._spoken = asyncio.Event()
        # The key of a message that may have been posted.
        self._unsure = f"{key}-{len(shown)}" if resumed else ""
        self._worker: asyncio.Task[None] | None = None
        self._began = 0.0
        self.first_text_seconds: float | None = None
        """From the start to when the first text of the answer was shown."""
        self.calls = 0
        """How many calls were made."""
        self.busy = 0
        """How many of them the platform was too busy for."""

    async def start(self, status: str = "") -> Self:
        """Begin; the status line, if any, is shown until the first text is. A platform that streams shows
        none here, since it could not be taken back.
        """
        self._pace.opened()
        self._began = asyncio.get_running_loop().time()
        if status:
            self.status(status)
        self._worker = asyncio.create_task(self._work())
        return self

    @property
    def text(self) -> str:
        """What of the answer has come so far."""
        return "" if self._is_status else self._text

    def status(self, line: str) -> None:
        """What is happening, as long as no text has come: it is replaced, not added to."""
        if self._is_status and self._state is _State.WRITING and not self._streams:
            self._text = line
            self._changed.set()

    def append(self, text: str) -> None:
        """The whole text so far, in CommonMark. Returns at once; the latest text wins."""
        if self._state is _State.WRITING and text != self._text:
            self._text, self._is_status = text, False
            self._spoken.set()
            self._changed.set()

    async def finish(self, text: str, dressing: Any = None) -> list[str]:
        """Show the whole answer; returns the ids of its messages once it is shown. An empty one has none.

        Cancelling it does not cancel the call in flight; call it again to go on.

        Args:
            text: All of it.
            dressing: Cards and buttons for its last message, in the form of the platform. They are an
                ornament: where the platform refuses them, the answer stands without.

        Raises:
            PlatformRefused: it cannot be shown.
        """
        if self._worker is None:
            await self.start()
        assert self._worker is not None
        if self._state is _State.WRITING:
            self._state, self._text, self._dressing = _State.ENDING, text, dressing
            self._ending.set()
            self._spoken.set()
            self._changed.set()
        await asyncio.shield(self._worker)
        return [message.id for message in self._messages]

    async def withdraw(self) -> None:
        """Take back whatever was shown: the answer is not wanted any more."""
        await self.finish("")

    async def abandon(self) -> None:
        """Show nothing more: another worker does."""
        self._abandoned = True
        await self.finish("")

    async def fail(self, text: str, dressing: Any = None) -> list[str]:
        """The same for an answer that broke off: what was shown stays, with a notice in its text."""
        return await self.finish(text, dressing)

    # --- the worker: one call at a time ---

    async def _work(self) -> None:
        try:
            while self._state is _State.WRITING:
                await self._changed.wait()
                self._changed.clear()
                await self._show_interim()
            if not self._abandoned:
                await self._show_final()
        finally:
            self._state = _State.ENDED
            self._pace.closed()

    async def _show_interim(self) -> None:
        """Show the latest text, once there is room for it and unless the end has come. The first message,
        which tells that an answer is under way, does not wait for room.
        """
        if self._only_whole:
            return
        if self._is_status:
            await self._patience(_STATUS_EVERY_SECONDS if self._messages else _STATUS_AFTER_SECONDS)
        elif self._streams and not self._messages:
            await self._nap(_STREAM_AFTER_SECONDS)
        while self._messages and self._state is _State.WRITING:
            wait = self._pace.interim_wait(evenly=self.first_text_seconds is not None)
            if wait <= 0:
                break
            await self._nap(wait)
        step = self._next_interim()
        if self._state is not _State.WRITING or step is None:
            return
        paced = self._pace.interim() if self._messages else self._pace.urgent()
        try:
            async with paced:
                await self._called(step)
        except PlatformRefused:
            raise
        except DeliveryFailed as error:  # the next text, or the end, makes up for it
            await self._nap(self._met(error, 0))
            self._changed.set()
        else:
            if self._next_interim() is not None:
                self._changed.set()

    def _next_interim(self) -> Callable[[], Awaitable[None]] | None:
        """The call that shows more of the text so far."""
        shown = presentable(self._text)
        if self._streams and not self._text.startswith(shown):
            return None  # what is appended stays: an open code block waits for its end
        return self._next_step([page.text for page in pages(shown, self._port.limit)], final=False)

    async def _show_final(self) -> None:
        """Show the whole text, however long it takes."""
        wanted = [page.text for page in pages(self._text, self._port.limit)] if self._text.strip() else []
        failures = 0
        while (step := self._next_step(wanted, final=True)) is not None:
            try:
                async with self._pace.urgent():
                    await self._called(step)
                failures = 0
            except PlatformRefused:
                raise
            except DeliveryFailed as error:
                await asyncio.sleep(self._met(error, failures))
                failures += 1

    async def _nap(self, seconds: float) -> None:
        """Sleep, but no longer than to the end of the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def _patience(self, seconds: float) -> None:
        """Wait for text, or the end, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._spoken.wait()

    def _met(self, error: DeliveryFailed, failures: int) -> float:
        """Seconds to wait after a failure."""
        if isinstance(error, PlatformBusy):
            self.busy += 1
            self._pace.block(error.retry_after_seconds)
            return 0.0
        if isinstance(error, (MessageGone, StreamEnded, StreamRefused)):
            return 0.0
        return _PAUSES[min(failures, len(_PAUSES) - 1)]

    # --- what to do next ---

    def _next_step(self, wanted: list[str], *, final: bool) -> Callable[[], Awaitable[None]] | None:
        """The first call that brings what is shown closer to what is wanted; None where nothing is left."""
        if not final and wanted == [""]:
            return None
        for place, text in enumerate(wanted):
            last = final and place + 1 == len(wanted)
            if place == len(self._messages):
                return lambda: self._post(text, last=last)
            message = self._messages[place]
            if message.streaming:
                step = self._stream_step(message, text, whole=final or place + 1 < len(wanted), last=last)
                if step is not None:
                    return step
            elif message.text != text:
                little = message.text is not None and 0 <= len(text) - len(message.text) < _LEAST_ADDED
                if last and self._dressing is not None:
                    return lambda: self._dress(message, text)
                if final or place + 1 < len(wanted) or not little:
                    return lambda: self._edit(message, text)
        if final and self._unsure:
            return self._look_for_unsure
        if final and len(self._messages) > len(wanted):
            return lambda: self._delete(self._messages[-1])
        if final and wanted and self._dressing is not None and not self._messages[-1].dressed:
            return lambda: self._dress(self._messages[-1], wanted[-1])
        return None

    def _stream_step(
        self, message: _Message, text: str, *, whole: bool, last: bool
    ) -> Callable[[], Awaitable[None]] | None:
        """Append what is missing, or stop; where what is shown is no beginning of the text, stop and edit."""
        shown = message.text
        if shown is None or not text.startswith(shown):
            return lambda: self._stop(message, "")
        if whole:
            dressing = self._dressing if last else None
            return lambda: self._stop(message, text[len(shown) :], dressing)
        if len(text) - len(shown) < _LEAST_ADDED:
            return None
        return lambda: self._append(message, text[len(shown) :])

    # --- the calls ---

    async def _called(self, step: Callable[[], Awaitable[None]]) -> None:
        self.calls += 1
        shows_text = not self._is_status or self._state is not _State.WRITING
        await step()
        if shows_text and self.first_text_seconds is None:
            self.first_text_seconds = asyncio.get_running_loop().time() - self._began

    @property
    def _only_whole(self) -> bool:
        return isinstance(self._port, WholePort) and self._port.only_whole

    async def _post(self, text: str, *, last: bool) -> None:
        """A new message. Where an earlier try may have come through, look for it before posting again."""
        key = f"{self._key}-{self._posted}"
        if self._resumed or self._unsure == key:
            found = await self._port.find(key)
            if found is not None:
                await self._posted_as(_Message(found, None))
                return
        self._unsure = key
        try:
            message = await self._posted_message(text, key, last=last)
        except (PlatformBusy, StreamRefused) as error:
            self._streams = self._streams and not isinstance(error, StreamRefused)
            self._unsure = ""
            raise
        except PlatformRefused as error:
            if not last or self._dressing is None or not isinstance(self._port, WholePort):
                raise
            self._unsure = ""
            self._undress(error)
            return
        await self._posted_as(message)

    async def _posted_message(self, text: str, key: str, *, last: bool) -> _Message:
        if isinstance(self._port, WholePort) and (last or self._port.only_whole):
            dressing = self._dressing if last else None
            posted = await self._port.send_whole(text, key, dressing)
            return _Message(posted, text, dressed=dressing is not None)
        if isinstance(self._port, StreamingPort) and self._streams and not self._messages:
            return _Message(await self._port.start(key), "", streaming=True)
        return _Message(await self._port.send(text, key), text)

    async def _look_for_unsure(self) -> None:
        """See whether there is a message too many."""
        found = await self._port.find(self._unsure)
        self._unsure = ""
        if found is not None:
            await self._posted_as(_Message(found, None))

    async def _posted_as(self, message: _Message) -> None:
        self._unsure = ""
        self._posted += 1
        self._messages.append(message)
        if self._on_shown is not None:
            await self._on_shown([message.id for message in self._messages])

    async def _edit(self, message: _Message, text: str) -> None:
        message.text = None
        try:
            await self._port.edit(message.id, text)
        except MessageGone:
            self._messages.remove(message)
            raise
        message.text = text

    async def _dress(self, message: _Message, text: str) -> None:
        shown, message.text = message.text, None
        try:
            await self._port.dress(message.id, text, self._dressing)
        except MessageGone:
            self._messages.remove(message)
            raise
        except PlatformRefused as error:
            self._undress(error)
            message.text = shown
            return
        message.text, message.dressed = text, True

    def _undress(self, error: PlatformRefused) -> None:
        """Cards and buttons are refused: the answer stands without."""
        log.warning("an answer has no cards", extra={"reason": type(error.__cause__ or error).__name__})
        self._dressing = None

    async def _delete(self, message: _Message) -> None:
        await self._port.delete(message.id)
        self._messages.remove(message)

    async def _append(self, message: _Message, text: str) -> None:
        assert isinstance(self._port, StreamingPort)
        await self._streamed(message, text, self._port.append)

    async def _stop(self, message: _Message, text: str, dressing: Any = None) -> None:
        port = self._port
        assert isinstance(port, StreamingPort)
        try:
            await self._streamed(message, text, lambda shown, more: port.stop(shown, more, dressing))
        except PlatformRefused as error:
            if dressing is None:
                raise
            self._undress(error)
            return
        message.streaming, message.dressed = False, dressing is not None

    async def _streamed(
        self, message: _Message, text: str, call: Callable[[str, str], Awaitable[None]]
    ) -> None:
        """Add to a stream. What it shows is not known after a failure that may have come through."""
        shown = message.text
        message.text = None
        try:
            await call(message.id, text)
        except (PlatformBusy, PlatformRefused):
            message.text = shown
            raise
        except StreamEnded:
            message.streaming = False  # from here on it is edited
            raise
        except MessageGone:
            self._messages.remove(message)
            raise
        message.text = None if shown is None else shown + text

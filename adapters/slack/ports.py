"""Answers in a thread: streamed where that can be, else posted and changed, else posted once.

https://docs.slack.dev/messaging/sending-and-scheduling-messages
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn

from adapters.delivery import MessageGone, PlatformBusy, PlatformRefused, StreamEnded, StreamRefused
from adapters.pacing import Bucket
from adapters.slack.blocks import Block
from adapters.slack.calls import (
    Line,
    NotHere,
    SlackRefused,
    SlackTold,
    StoppedByUser,
    StreamsStill,
    TokenRefused,
)
from adapters.slack.hooks import HookPort
from adapters.slack.messages import CALM, TEXT, Dressing, dressed, shown, spoken

__all__ = ["STREAM_SECONDS", "AnswerPace", "ThreadPort"]

STREAM_SECONDS = 240.0
"""A stream dies after some 300: https://github.com/slackapi/python-slack-sdk/issues/1859"""
_KEY = "matinee_answer"
_REPLIES = 15
# The longest that an answer waits for the word that it is under way.
_ANNOUNCED_SECONDS = 1.0
# Workspaces may forbid changes: https://docs.slack.dev/reference/methods/chat.update#errors
_NO_CHANGES = frozenset("edit_window_closed cant_update_message update_failed".split())


class ThreadPort:
    """Implements `StreamingPort` and `WholePort` by messages of the bot's own in a thread.

    It begins with a stream. Where that is refused, or would leave other answers without a call for their end,
    messages are posted and changed; where they may not be changed, they are posted once, whole. Where the bot
    turns out not to be there, what is said goes `elsewhere`.

    Args:
        line: Calls in the workspace.
        channel: Where.
        thread: The thread's first message.
        asked: The message that is answered; ours come after it.
        recipient: Whom a stream is for, and their own workspace.
        known: Messages that are the answer's already.
        below: What stands under the first message that is posted, as long as it is written.
        elsewhere: Used where the bot is not there.
        stopped: Told that somebody pressed stop.
        announced: Set once it was said that the answer is under way; nothing is shown before.
    """

    limit = TEXT

    def __init__(
        self,
        line: Line,
        channel: str,
        thread: str,
        asked: str,
        recipient: tuple[str, str],
        known: Iterable[str] = (),
        below: Block | None = None,
        elsewhere: "HookPort | None" = None,
        stopped: Callable[[], None] = lambda: None,
        announced: asyncio.Event | None = None,
    ) -> None:
        self._line = line
        self._announced = announced
        self._channel = channel
        self._thread = thread
        self._asked = asked
        self._recipient = recipient
        self._below = below
        self._below_text = ""
        self._under: str | None = None
        self._elsewhere = elsewhere
        self._moved = False
        self._only_whole = False
        self._stopped = stopped
        self._stream: str | None = None
        self._is_empty = False
        self._began = 0.0
        self._known = set(known)

    @property
    def only_whole(self) -> bool:
        """Whether messages are posted once."""
        return self._only_whole or self._moved

    @property
    def interims(self) -> Bucket:
        """What interim calls are counted in."""
        return self._line.appends if self._stream is not None else self._line.updates

    def interim_wait(self, *, evenly: bool) -> float:
        """Seconds until an interim call may be made: the first words of a stream that shows none yet come as
        soon as there is room.
        """
        return self.interims.interim_wait(evenly=evenly and not self._is_empty)

    # --- streams: https://docs.slack.dev/reference/methods/chat.startStream ---

    async def start(self, key: str) -> str:
        """Begin a message to append to."""
        await self._be_announced()
        if not self._line.may_stream:
            raise StreamRefused("too many streams")
        user, team = self._recipient
        self._line.streams += 1
        try:
            told = await self._line.call(
                "chat.startStream",
                channel=self._channel,
                thread_ts=self._thread,
                recipient_user_id=user,
                recipient_team_id=team,
            )
        except BaseException as error:
            self._line.streams -= 1
            if isinstance(error, NotHere) and error.error != "thread_not_found":
                self._move(error)
            if isinstance(error, PlatformBusy) or (
                isinstance(error, PlatformRefused) and not isinstance(error, TokenRefused)
            ):
                raise StreamRefused(str(error)) from error
            raise
        self._stream, self._began = str(told.data["ts"]), asyncio.get_running_loop().time()
        self._is_empty = True
        self._known.add(self._stream)
        return self._stream

    async def append(self, message: str, text: str) -> None:
        """Add to it."""
        if asyncio.get_running_loop().time() - self._began > STREAM_SECONDS:
            await self.stop(message, "")  # and from here on it is changed
            raise StreamEnded("it lasts too long")
        async with self._stream_known(message):
            await self._line.call(
                "chat.appendStream", channel=self._channel, ts=message, markdown_text=spoken(text)
            )
        self._is_empty = False

    async def stop(self, message: str, text: str, dressing: Dressing | None = None) -> None:
        """Add to it for the last time, with cards and buttons."""

        async def stopped(in_carousel: bool) -> SlackTold:
            arguments: dict[str, Any] = {"channel": self._channel, "ts": message}
            arguments |= {"markdown_text": spoken(text)} if text else {}
            blocks = dressing.blocks("", in_carousel=in_carousel) if dressing else []
            return await self._line.call(
                "chat.stopStream", **arguments, **({"blocks": blocks} if blocks else {})
            )

        async with self._stream_known(message):
            await dressed(self._line, dressing, stopped)
        self._ended()

    @asynccontextmanager
    async def _stream_known(self, message: str) -> AsyncIterator[None]:
        """Note the end of a stream, whoever brings it about."""
        try:
            yield
        except StoppedByUser:
            self._ended()
            self._stopped()
            raise
        except MessageGone:
            self._ended()
            raise
        except StreamEnded:  # where it died by itself, nothing has set the agent's session free
            self._ended()
            where = {"channel_id": self._channel, "thread_ts": self._thread}
            await self._line.quietly("agents.sessions.setStatus", **where, status="active")
            raise

    def _ended(self) -> None:
        if self._stream is not None:
            self._line.streams -= 1
            self._stream, self._is_empty = None, False

    # --- messages: https://docs.slack.dev/reference/methods/chat.postMessage ---

    async def send(self, text: str, key: str) -> str:
        """Post a message."""
        message = await self._posted(key, **shown(text, below=self._below))
        if self._below is not None:
            self._below_text, self._under = text, message
        return message

    async def send_whole(self, text: str, key: str, dressing: Dressing | None) -> str:
        """Post a message with its cards and buttons."""
        if self._moved and self._elsewhere is not None:
            return await self._elsewhere.send_whole(text, key, dressing)
        await self._undress_first("")
        posted: list[str] = []

        async def post(in_carousel: bool) -> None:
            posted.append(await self._posted(key, **shown(text, dressing, in_carousel=in_carousel)))

        try:
            await dressed(self._line, dressing, post)
        except NotHere as error:
            if self._elsewhere is None or self._known or error.error == "thread_not_found":
                raise
            self._moved = True
            return await self._elsewhere.send_whole(text, key, dressing)
        return posted[0]

    async def _posted(self, key: str, **arguments: Any) -> str:
        await self._be_announced()
        metadata = {"event_type": _KEY, "event_payload": {"key": key}}
        told = await self._line.call(
            "chat.postMessage",
            channel=self._channel,
            thread_ts=self._thread,
            metadata=metadata,
            **CALM,
            **arguments,
        )
        message = str(told.data["ts"])
        self._known.add(message)
        return message

    async def _be_announced(self) -> None:
        if self._announced is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ANNOUNCED_SECONDS):
                    await self._announced.wait()

    async def find(self, key: str) -> str | None:
        """Look in the thread: for the key, or for a stream of ours, which takes none."""
        try:
            told = await self._line.call(
                "conversations.replies",
                channel=self._channel,
                ts=self._thread,
                oldest=self._asked,
                limit=_REPLIES,
                include_all_metadata="true",
            )
        except PlatformRefused:  # it may not read there
            return None
        ours = [item for item in told.data.get("messages", ()) if item.get("ts", "") > self._asked]
        for item in ours:
            if item.get("metadata", {}).get("event_payload", {}).get("key") == key:
                return str(item["ts"])
        streams = (
            item
            for item in ours
            if item.get("bot_id") and "metadata" not in item and item["ts"] not in self._known
        )
        found = next(streams, None)
        return str(found["ts"]) if found is not None else None

    async def edit(self, message: str, text: str) -> None:
        """Replace a message's text."""
        below = self._below if message == self._under else None
        if message == self._under:
            self._below_text = text
        await self._changed(message, lambda: self._update(message, shown(text, below=below)))

    async def dress(self, message: str, text: str, dressing: Dressing) -> None:
        """Replace a message's text, and put cards and buttons under it."""
        await self._undress_first(message)

        async def update(in_carousel: bool) -> SlackTold:
            return await self._update(message, shown(text, dressing, in_carousel=in_carousel))

        await self._changed(message, lambda: dressed(self._line, dressing, update))

    async def delete(self, message: str) -> None:
        """Take a message away."""
        if message == self._under:
            self._under = None
        with suppress(MessageGone):
            await self._line.call("chat.delete", channel=self._channel, ts=message)

    async def _update(self, message: str, arguments: dict[str, Any]) -> SlackTold:
        calm = {key: CALM[key] for key in ("link_names", "parse")}
        return await self._line.call("chat.update", channel=self._channel, ts=message, **calm, **arguments)

    async def _changed(self, message: str, change: Callable[[], Awaitable[object]]) -> None:
        """Change a message; one that an earlier worker left streaming is stopped first."""
        try:
            await change()
        except StreamsStill:
            with suppress(StreamEnded):
                await self._line.call("chat.stopStream", channel=self._channel, ts=message)
            await change()
        except SlackRefused as error:
            if error.error not in _NO_CHANGES or self._only_whole:
                raise
            self._only_whole = True
            await self.delete(message)
            raise MessageGone("it may not be changed; another takes its place") from error

    async def _undress_first(self, last: str) -> None:
        """What stood under the first message goes, where the buttons of the answer come under another one."""
        self._below = None
        if self._under not in (None, last):
            with suppress(MessageGone, PlatformRefused):
                await self._update(str(self._under), shown(self._below_text))
        self._under = None

    def _move(self, error: NotHere) -> NoReturn:
        if self._elsewhere is None:
            raise error
        self._moved = True
        raise StreamRefused("the bot is not there") from error


class AnswerPace:
    """Implements `Pace` for an answer in a thread: interim calls come as the method allows that is in use,
    with as many changes of messages kept back as there are answers under way. The port itself counts.

    Args:
        line: Calls in the workspace.
        port: Where the answer goes.
    """

    def __init__(self, line: Line, port: ThreadPort | HookPort) -> None:
        self._updates = line.updates
        self._port = port

    def opened(self) -> None:
        """An answer begins."""
        self._updates.opened()

    def closed(self) -> None:
        """It has ended."""
        self._updates.closed()

    def block(self, seconds: float) -> None:
        """Each method's own bucket is blocked where Slack refuses it."""

    def interim_wait(self, *, evenly: bool = True) -> float:
        """Seconds until an interim call may be made."""
        if isinstance(self._port, HookPort):
            return math.inf
        return self._port.interim_wait(evenly=evenly)

    @asynccontextmanager
    async def interim(self) -> AsyncIterator[None]:
        """Around an interim call."""
        if isinstance(self._port, ThreadPort):
            self._port.interims.spread()
        yield

    @asynccontextmanager
    async def urgent(self) -> AsyncIterator[None]:
        """Around a first or a last call, which waits for its turn where it is made."""
        yield

"""Where answers go on Discord: through a channel, or through an interaction's token."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import discord

from adapters.delivery import MessageGone, OutcomeUnknown, PlatformBusy, PlatformRefused
from adapters.pager import Limit

__all__ = [
    "CLOSING_SECONDS",
    "CONTENT",
    "MESSAGES_BY_USER_INSTALL",
    "ORIGINAL",
    "ChannelPort",
    "Dressing",
    "InteractionPort",
    "faults_mapped",
]

CONTENT = Limit(2_000)
"""https://discord.com/developers/docs/resources/message#create-message"""
ORIGINAL = "@original"
"""Stands for the id of the answer that was promised, which is known before the promise is made."""
CLOSING_SECONDS = 840.0
"""An answer that can be shown through an interaction's token alone has to be at its end by then: the token
takes nothing any more after 15 minutes.
https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback
"""
MESSAGES_BY_USER_INSTALL = 1 + 5 - 2
"""Where the bot is not, an interaction takes 5 follow-ups: two are kept for words to the asker.
https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""
_NONCE = 25
# The longest that an interaction may wait for its first answer.
_ACKNOWLEDGED_SECONDS = 3.0
_UNKNOWN_MESSAGE = 10008
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_THREAD_THERE = 160004
# What is said of a token that has run out.
_RUN_OUT = frozenset({50027, 10015})
_NOBODY = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class Dressing:
    """What is put under the last message of an answer."""

    embeds: list[discord.Embed]
    view: discord.ui.View | None


class _TokenRunOut(PlatformRefused):
    """An interaction's token takes nothing any more."""


class ChannelPort:
    """Implements `EditingPort` by messages of the bot's own in a channel.

    Args:
        channel: Where.
        reply_to: The message that is answered; none needs to be.
        first_view: Buttons under the first message that is sent.
        opens: The message whose thread the channel is, where that has to be opened first.
        named: How the thread is to be called.
    """

    limit = CONTENT

    def __init__(
        self,
        channel: discord.PartialMessageable,
        reply_to: discord.PartialMessage | None = None,
        first_view: discord.ui.View | None = None,
        opens: discord.PartialMessage | None = None,
        named: str = "",
    ) -> None:
        self._channel = channel
        self._reply_to = reply_to
        self._first_view = first_view
        self._opens = opens
        self._named = named
        self._viewed: str | None = None

    async def send(self, text: str, key: str) -> str:
        """Post a message; a second one of the same key, within minutes, is the first one."""
        options: dict[str, Any] = {"allowed_mentions": _NOBODY, "nonce": key[-_NONCE:]}
        if self._reply_to is not None:
            reference = self._reply_to.to_reference(fail_if_not_exists=False)
            options |= {"reference": reference, "mention_author": False}
        await self._opened()
        if self._first_view is not None:
            options["view"] = self._first_view
        async with faults_mapped():
            message = await self._channel.send(text, **options)
        if self._first_view is not None:
            self._first_view, self._viewed = None, str(message.id)
        return str(message.id)

    async def _opened(self) -> None:
        if self._opens is None:
            return
        try:
            async with faults_mapped():
                await self._opens.create_thread(name=self._named)
        except PlatformRefused as error:
            cause = error.__cause__
            if not (isinstance(cause, discord.HTTPException) and cause.code == _THREAD_THERE):
                raise
        self._opens = None

    async def find(self, key: str) -> str | None:
        """None: Discord itself finds it, by its nonce, when it is sent again."""
        return None

    async def edit(self, message: str, text: str) -> None:
        """Replace a message's text."""
        async with faults_mapped():
            partial = self._channel.get_partial_message(int(message))
            await partial.edit(content=text, allowed_mentions=_NOBODY)

    async def delete(self, message: str) -> None:
        """Take a message away."""
        async with faults_mapped(gone_is_well=True):
            await self._channel.get_partial_message(int(message)).delete()

    async def dress(self, message: str, text: str, dressing: Dressing) -> None:
        """Replace a message's text, and put cards and buttons under it."""
        await self._undress_first(message)
        async with faults_mapped():
            partial = self._channel.get_partial_message(int(message))
            await partial.edit(
                content=text, embeds=dressing.embeds, view=dressing.view, allowed_mentions=_NOBODY
            )

    async def _undress_first(self, last: str) -> None:
        """What stood under the first message goes, where the buttons of the answer come under another one."""
        if self._viewed not in (None, last):
            async with faults_mapped(gone_is_well=True):
                await self._channel.get_partial_message(int(self._viewed)).edit(view=None)
        self._viewed = None


class InteractionPort:
    """Implements `BoundedPort` by the answer to an interaction that was promised, and follow-ups.

    Args:
        hook: Made from the interaction's token.
        ephemeral: Whether the asker alone sees it.
        acknowledged: Set once the answer was promised; before that the token takes nothing.
        afterwards: The channel, where the bot is in it: once the token has run out, after 15 minutes, what
            all may see goes on there.
        first_view: Buttons under the first message that is sent.
        closes_at: When an answer that cannot go on there has to be at its end, in seconds since the epoch.
        by_user_install: Whether the asker alone brought the bot there.
    """

    limit = CONTENT

    def __init__(
        self,
        hook: discord.Webhook,
        *,
        ephemeral: bool,
        acknowledged: asyncio.Event | None = None,
        afterwards: discord.PartialMessageable | None = None,
        first_view: discord.ui.View | None = None,
        closes_at: float = math.inf,
        by_user_install: bool = False,
    ) -> None:
        self._hook = hook
        self._closes_at = closes_at
        self._by_user_install = by_user_install
        self._ephemeral = ephemeral
        self._acknowledged = acknowledged
        self._afterwards = None if ephemeral else afterwards
        self._first_view = first_view
        self._viewed: str | None = None
        self._used = False

    @property
    def open_seconds(self) -> float | None:
        """How much longer it takes anything."""
        return None if self._afterwards is not None else self._closes_at - time.time()

    @property
    def most_messages(self) -> int | None:
        """How many messages an answer may have."""
        return MESSAGES_BY_USER_INSTALL if self._by_user_install else None

    async def send(self, text: str, key: str) -> str:
        """The promised answer, then follow-ups."""
        if not self._used:
            view = {} if self._first_view is None else {"view": self._first_view}
            try:
                shown = await self._edited(ORIGINAL, content=text, **view)
                if view:
                    self._first_view, self._viewed = None, shown
                return shown
            except (_TokenRunOut, MessageGone):
                self._used = True  # the promise cannot be kept any more; an answer below it is
        try:
            return await self.follow_up(text, ephemeral=self._ephemeral)
        except _TokenRunOut:
            port = ChannelPort(self._channel_afterwards(), first_view=self._first_view)
            shown = await port.send(text, key)
            if self._first_view is not None:
                self._first_view, self._viewed = None, shown
            return shown

    async def follow_up(self, text: str, *, ephemeral: bool) -> str:
        """A message after the promised one; returns its id."""
        await self._promised()
        async with faults_mapped():
            message = await self._hook.send(text, wait=True, ephemeral=ephemeral, allowed_mentions=_NOBODY)
        return str(message.id)

    async def find(self, key: str) -> str | None:
        """None: an interaction's messages cannot be listed. The promised answer is edited, never posted
        twice.
        """
        return None

    async def edit(self, message: str, text: str) -> None:
        """Replace a message's text."""
        await self._edited(message, content=text)

    async def _edited(self, message: str, **parts: Any) -> str:
        """Change a message, by the token or, after that, in the channel; returns its own id."""
        await self._promised()
        try:
            async with faults_mapped():
                edited = await self._hook.edit_message(_id(message), **parts, allowed_mentions=_NOBODY)
        except _TokenRunOut:
            if message == ORIGINAL:
                raise
            partial = self._channel_afterwards().get_partial_message(int(message))
            async with faults_mapped():
                await partial.edit(**parts, allowed_mentions=_NOBODY)
            return message
        self._used = True
        return str(edited.id)

    def _channel_afterwards(self) -> discord.PartialMessageable:
        if self._afterwards is None:
            raise PlatformRefused("the interaction's token has run out")
        return self._afterwards

    async def delete(self, message: str) -> None:
        """Take a message away."""
        await self._promised()
        async with faults_mapped(gone_is_well=True):
            await self._hook.delete_message(_id(message))

    async def dress(self, message: str, text: str, dressing: Dressing) -> None:
        """Replace a message's text, and put cards and buttons under it."""
        if self._viewed not in (None, message):
            with suppress(MessageGone):
                await self._edited(self._viewed, view=None)
        self._viewed = None
        await self._edited(message, content=text, embeds=dressing.embeds, view=dressing.view)

    async def _promised(self) -> None:
        if self._acknowledged is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ACKNOWLEDGED_SECONDS):
                    await self._acknowledged.wait()


def _id(message: str) -> int:
    """discord.py takes numbers alone, but puts whatever it is given into the address."""
    return cast(int, message) if message == ORIGINAL else int(message)


@asynccontextmanager
async def faults_mapped(*, gone_is_well: bool = False) -> AsyncIterator[None]:
    """discord.py's faults become the delivery machine's.

    Args:
        gone_is_well: Whether a message that is not there is what was wanted.

    Raises:
        DeliveryFailed: one of its kinds.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise PlatformBusy(error.retry_after) from error
    except discord.DiscordServerError as error:
        raise OutcomeUnknown(f"HTTP {error.status}") from error
    except discord.HTTPException as error:
        if error.code == _UNKNOWN_MESSAGE:
            if gone_is_well:
                return
            raise MessageGone from error
        if error.code in _RUN_OUT:
            raise _TokenRunOut(f"code {error.code}") from error
        if error.status == 429:  # the library has tried five times
            raise PlatformBusy(1.0) from error
        raise PlatformRefused(f"HTTP {error.status}, code {error.code}") from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise OutcomeUnknown(type(error).__name__) from error

"""Answers through a `response_url`, for which the bot need not be there.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import math
import time
from typing import Any

from adapters.slack.calls import Line
from adapters.slack.messages import BESIDE_BLOCKS, CALM, TEXT, Dressing, dressed, shown
from adapters.slack.mrkdwn import fitted

__all__ = ["HOOK_SECONDS", "HookPort"]

HOOK_SECONDS = 1_740.0
"""A `response_url` works for 30 minutes, 5 times:
https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
# One use is kept for a word to the asker.
_HOOK_MESSAGES = 4


class HookPort:
    """Implements `BoundedPort` and `WholePort` by a `response_url`, for which the bot need not be there.

    Args:
        line: Calls in the workspace.
        url: The address.
        private: Whether the asker alone sees it.
        thread: The thread in which it belongs; none needs to be.
        replaces: Whether an answer takes the place of the one before; that of a button would take the place
            of the message that it stands under.
        closes_at: When the answer has to be at its end, in seconds since the epoch.
    """

    limit = TEXT
    only_whole = True
    most_messages = _HOOK_MESSAGES

    def __init__(
        self,
        line: Line,
        url: str,
        *,
        private: bool,
        thread: str = "",
        replaces: bool = False,
        closes_at: float = math.inf,
    ) -> None:
        self._line = line
        self._url = url
        self._private = private
        self._thread = thread
        self._replaces = replaces
        self._closes_at = closes_at
        self._tried: set[str] = set()

    @property
    def open_seconds(self) -> float | None:
        """How much longer it takes anything."""
        return self._closes_at - time.time()

    async def send(self, text: str, key: str) -> str:
        """Post a message."""
        return await self.send_whole(text, key, None)

    async def send_whole(self, text: str, key: str, dressing: Dressing | None) -> str:
        """Post a message with its cards and buttons. One that may have come through before is replaced."""
        again = self._replaces and key in self._tried
        self._tried.add(key)

        async def post(in_carousel: bool) -> None:
            await self._respond(shown(text, dressing, in_carousel=in_carousel), replacing=again)

        await dressed(self._line, dressing, post)
        return key

    async def find(self, key: str) -> str | None:
        """None: what was posted so cannot be looked for."""
        return None

    async def edit(self, message: str, text: str) -> None:
        """Replace what was posted before."""
        await self._respond(shown(text), replacing=self._replaces)

    async def dress(self, message: str, text: str, dressing: Dressing) -> None:
        """The same with cards and buttons."""

        async def post(in_carousel: bool) -> None:
            body = shown(text, dressing, in_carousel=in_carousel)
            await self._respond(body, replacing=self._replaces)

        await dressed(self._line, dressing, post)

    async def delete(self, message: str) -> None:
        """Nothing that stands is taken away: answers are posted whole."""

    async def whisper(self, text: str) -> None:
        """Tell the asker alone."""
        await self._line.respond(self._url, self._framed(shown(text), private=True))

    async def _respond(self, body: dict[str, Any], *, replacing: bool) -> None:
        framed = self._framed(body, private=self._private)
        await self._line.respond(self._url, framed | ({"replace_original": True} if replacing else {}))

    def _framed(self, body: dict[str, Any], *, private: bool) -> dict[str, Any]:
        """https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
        if "markdown_text" in body:
            body = {"text": fitted(body["markdown_text"], BESIDE_BLOCKS)}
        frame: dict[str, Any] = {
            "response_type": "ephemeral" if private else "in_channel",
            "replace_original": False,
        }
        return {**frame, **CALM, **body, **({"thread_ts": self._thread} if self._thread else {})}

"""A conversation at the terminal or over standard input: what was said is remembered while it lasts."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TextIO

from rich.console import Console

from adapters.console.jsonlines import answer_object
from adapters.console.render import Shown, show
from core.assistant import Assistant
from core.domain import Author, Conversation, Request, SearchFilters, Turn

__all__ = ["Session", "lines_of", "print_json", "prompt"]

# Turns that a follow-up may look back on.
REMEMBERED_TURNS = 20


class Session:
    """One conversation.

    Args:
        assistant: Answers.
        filters: Typed options that hold for every request of it.
    """

    def __init__(self, assistant: Assistant, filters: SearchFilters = SearchFilters()) -> None:
        self._assistant = assistant
        self._fell_back = False
        self._request = Request("", Conversation("console", "terminal"), Author("terminal"), filters)

    def request(self, text: str) -> Request:
        """The request that a line makes, with the conversation so far."""
        return replace(self._request, text=text)

    async def answer(self, text: str, out: Console, err: Console) -> Shown:
        """Answer one line on the screen and remember the turn."""
        events = self._assistant.reply(self.request(text))
        shown = await show(events, out, err, fell_back_before=self._fell_back)
        self._remember(text, shown)
        return shown

    async def answer_json(self, text: str) -> dict[str, Any]:
        """Answer one line as an object and remember the turn."""
        result, shown = await answer_object(self._assistant.reply(self.request(text)))
        self._remember(text, shown)
        return result

    async def answer_interruptibly(self, text: str, out: Console, err: Console) -> None:
        """Answer one line; Ctrl-C ends the answer, not the conversation."""
        turn = asyncio.create_task(self.answer(text, out, err))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, turn.cancel)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                raise
            out.print("\n(stopped)")
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def _remember(self, text: str, shown: Shown) -> None:
        if shown.found is None or shown.finished is None:
            return
        self._fell_back = self._fell_back or bool(shown.finished.fault)
        picked = tuple(pick.ranked.title.id for pick in shown.finished.picks)
        turn = Turn(text, shown.found.understood, picked)
        history = (*self._request.history, turn)[-REMEMBERED_TURNS:]
        self._request = replace(self._request, history=history)


def lines_of(stream: TextIO, *, blank: bool = False) -> Iterator[str]:
    """The lines of a stream without their ends; blank ones only where they are wanted."""
    for line in stream:
        if blank or line.strip():
            yield line.rstrip("\r\n")


def prompt() -> str | None:
    """Ask for a line at the terminal; None when the person is done (Ctrl-D, Ctrl-C, "quit")."""
    with _plain_interrupts():
        try:
            line = input("› ")
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            return None
    return None if line.strip().lower() in ("quit", "exit", ":q") else line


@contextmanager
def _plain_interrupts() -> Iterator[None]:
    """While a person types, Ctrl-C must interrupt the typing, which asyncio's own handler defers."""
    before: Callable[..., object] | int | None = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def print_json(value: dict[str, Any]) -> None:
    """One object on one line, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()

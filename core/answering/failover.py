"""Several models as one: the next takes over until the first word has come; those that fail rest a while."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from core.breaker import Breaker
from core.errors import (
    AnswerCut,
    ContentRefused,
    ModelFault,
    ModelMisconfigured,
    ModelTimeout,
    ModelUnavailable,
    PromptTooLong,
)
from core.ports import ChatEnd, ChatEvent, ChatModel, ChatPrompt, ChatStop, ChatText

__all__ = ["ChatStart", "CircuitBreaker", "FailoverModel"]

log = logging.getLogger("matinee.answering")

# What no waiting mends: a key, a name, a bill.
_LONG_PAUSE_SECONDS = 300.0


class CircuitBreaker(Breaker):
    """A breaker that knows what faults of models mean for the next request."""

    def failed(self, fault: ModelFault) -> None:
        """It did not answer. A refusal, or a prompt that is too long, says nothing of the next request."""
        if isinstance(fault, (ContentRefused, PromptTooLong)):
            return
        misconfigured = isinstance(fault, ModelMisconfigured)
        self.missed(_LONG_PAUSE_SECONDS if misconfigured else fault.retry_after_seconds)


@dataclass(frozen=True, slots=True)
class ChatStart:
    """A model has begun to answer."""

    model: str
    """Its name, `vendor:model`."""


def _told(model: ChatModel, fault: ModelFault) -> dict[str, str]:
    return {"model": model.name, "code": fault.code, "reason": str(fault)}


class FailoverModel:
    """Asks models in turn until one begins to answer.

    Args:
        models: In the order of preference.
        first_token_seconds: How long each may be silent at first.
        total_seconds: How long an answer may take, all models together.
        clock: Seconds, monotonic; the breakers' only.
    """

    def __init__(
        self,
        models: Sequence[ChatModel],
        first_token_seconds: float,
        total_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._models = [(model, CircuitBreaker(clock)) for model in models]
        self._first_token_seconds = first_token_seconds
        self._total_seconds = total_seconds

    @property
    def resting(self) -> tuple[str, ...]:
        """Names of models that are not asked for a while, since they failed."""
        return tuple(model.name for model, breaker in self._models if breaker.resting)

    async def stream(self, prompt: ChatPrompt) -> AsyncGenerator[ChatStart | ChatEvent, None]:
        """Who answers, the texts as they are written, and one `ChatEnd`.

        Raises:
            AnswerCut: it broke off after the first words; no other model takes over then.
            ModelFault: no model began; the fault is that of the last one asked.
        """
        deadline = asyncio.get_running_loop().time() + self._total_seconds
        fault: ModelFault = ModelUnavailable("every model rests after failures")
        for model, breaker in self._models:
            if not breaker.allows():
                continue
            async with aclosing(model.stream(prompt)) as events:
                try:
                    first = await self._first_text(events, deadline)
                except ModelFault as error:
                    fault = error
                    breaker.failed(error)
                    log.warning("model failed", extra=_told(model, error))
                    continue
                yield ChatStart(model.name)
                yield first
                while True:
                    try:
                        event = await _within(deadline, events)
                    except ModelFault as error:
                        breaker.failed(error)
                        log.warning("answer cut", extra=_told(model, error))
                        raise AnswerCut(str(error)) from error
                    if isinstance(event, ChatEnd):
                        breaker.succeeded()
                    yield event
                    if isinstance(event, ChatEnd):
                        return
        raise fault

    async def _first_text(self, events: AsyncGenerator[ChatEvent, None], deadline: float) -> ChatText:
        """The first text that says something.

        Raises:
            ModelFault: none came, or not in time.
        """
        until = min(deadline, asyncio.get_running_loop().time() + self._first_token_seconds)
        while True:
            match await _within(until, events):
                case ChatText(text) as event if text.strip():
                    return event
                case ChatEnd(ChatStop.REFUSED):
                    raise ContentRefused("the model refuses to answer that")
                case ChatEnd():
                    raise ModelUnavailable("the model's answer is empty")


async def _within(deadline: float, events: AsyncGenerator[ChatEvent, None]) -> ChatEvent:
    """The next event.

    Raises:
        ModelTimeout: it did not come before the deadline, in the loop's time.
        ModelFault: the model failed, or ended without a `ChatEnd`.
    """
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(events)
    except TimeoutError:
        raise ModelTimeout("the model took too long") from None
    except StopAsyncIteration:
        raise AnswerCut("the model's stream ended before the answer did") from None

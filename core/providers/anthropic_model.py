"""Anthropic: streamed texts, and structured answers as the input of a tool that it must use.

https://docs.anthropic.com/en/api/messages-streaming
https://docs.anthropic.com/en/docs/build-with-claude/tool-use
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import anthropic
import httpx2
from anthropic.types import Usage as MessageUsage

from core.errors import (
    AnswerCut,
    ModelFault,
    ModelForbidden,
    ModelMisconfigured,
    ModelQuotaExhausted,
    ModelTimeout,
    ModelUnavailable,
)
from core.events import Usage
from core.ports import ChatEnd, ChatEvent, ChatPrompt, ChatStop, ChatText
from core.providers.model_faults import ServerError, faults_mapped, retry_after

__all__ = ["AnthropicModel", "fault_of"]

_VENDOR = "Anthropic"
_STOPS = {
    "max_tokens": ChatStop.LENGTH,
    "model_context_window_exceeded": ChatStop.LENGTH,
    "refusal": ChatStop.REFUSED,
}


class AnthropicModel:
    """A `ChatModel` and a `StructuredModel`.

    Args:
        api_key: Sent with every request, shown nowhere.
        model: Its name at the server.
        base_url: Another server than Anthropic's.
        connect_seconds: How long a connection may take.
        total_seconds: How long the server may be silent; none of the requests is repeated.
        max_tokens: The longest text that it writes.
        temperature: 0 to 1; not sent where None, since some models take none.
    """

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None,
        *,
        connect_seconds: float,
        total_seconds: float,
        max_tokens: int,
        temperature: float | None = None,
    ) -> None:
        self.name = f"anthropic:{model}"
        self._model = model
        self._max_tokens = max_tokens
        # The client has no parameter for it, since the newest models take none; older ones do.
        self._extra: dict[str, float] | None = None if temperature is None else {"temperature": temperature}
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            timeout=httpx2.Timeout(total_seconds, connect=connect_seconds),
            max_retries=0,
        )

    async def stream(self, prompt: ChatPrompt) -> AsyncGenerator[ChatEvent, None]:
        stop, ended = ChatStop.DONE, False
        read = written = None
        with faults_mapped(fault_of):
            events = await self._client.messages.create(
                model=self._model,
                max_tokens=self._max_tokens,
                system=prompt.system,
                messages=[{"role": "user", "content": prompt.user}],
                stream=True,
                extra_body=self._extra,
            )
            async with events:
                async for event in events:
                    match event.type:
                        case "message_start":
                            read = _tokens_read(event.message.usage)
                        case "content_block_delta" if event.delta.type == "text_delta":
                            yield ChatText(event.delta.text)
                        case "message_delta":
                            written = event.usage.output_tokens  # cumulative
                            stop = _STOPS.get(event.delta.stop_reason or "", ChatStop.DONE)
                        case "message_stop":
                            ended = True
        if not ended:
            raise AnswerCut(f"{_VENDOR}'s stream ended before the message did")
        yield ChatEnd(stop, Usage(read, written) if read is not None and written is not None else None)

    async def structured(self, system: str, user: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        with faults_mapped(fault_of):
            message = await self._client.messages.create(
                model=self._model,
                max_tokens=self._max_tokens,
                system=system,
                messages=[{"role": "user", "content": user}],
                tools=[{"name": "reading", "description": "The form.", "input_schema": dict(schema)}],
                tool_choice={"type": "tool", "name": "reading"},
                extra_body=self._extra,
            )
            answer = next((block.input for block in message.content if block.type == "tool_use"), None)
        if not isinstance(answer, dict):
            raise ModelUnavailable(f"{_VENDOR}'s model gave no object")
        return answer

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()


def _tokens_read(usage: MessageUsage) -> int:
    """All of the prompt's tokens; those of the cache are counted apart."""
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return usage.input_tokens + cached


def fault_of(error: Exception) -> ModelFault:
    """One of our errors for whatever the client raises or lets through."""
    match error:
        case anthropic.APITimeoutError() | httpx2.TimeoutException():
            return ModelTimeout(f"{_VENDOR}'s server took too long")
        case anthropic.ContractSpendLimitReachedError() | anthropic.EnforcedSpendLimitReachedError():
            return ModelQuotaExhausted(f"{_VENDOR}'s server says that the spending limit is reached")
        case anthropic.APIStatusError():
            # Inside a stream the status is 200, and only the type tells.
            return ServerError(
                _VENDOR,
                error.status_code,
                (error.error_code, error.type),
                str(error),
                retry_after(error.response.headers),
            ).fault()
        case anthropic.APIConnectionError() | httpx2.HTTPError():
            return ModelUnavailable(f"{_VENDOR}'s server cannot be reached, or broke off")
        case anthropic.CredentialsError():
            return ModelForbidden(f"{_VENDOR}'s client has no usable key")
        case anthropic.APIError() | anthropic.RetryableError():
            return ModelUnavailable(f"{_VENDOR}'s model gave no usable answer")
        case anthropic.AnthropicError():
            return ModelMisconfigured(f"{_VENDOR}'s client cannot be used so ({type(error).__name__})")
        case _:  # odd bodies leak JSONDecodeError, TypeError, AssertionError …
            return ModelUnavailable(f"{_VENDOR}'s server answered in no known form ({type(error).__name__})")

"""OpenAI, and every server that speaks its chat completions: streamed texts and structured answers.

https://platform.openai.com/docs/api-reference/chat
https://platform.openai.com/docs/guides/structured-outputs
"""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from core.errors import (
    AnswerCut,
    ContentRefused,
    ModelFault,
    ModelMisconfigured,
    ModelTimeout,
    ModelUnavailable,
)
from core.events import Usage
from core.ports import ChatEnd, ChatEvent, ChatPrompt, ChatStop, ChatText
from core.providers.model_faults import ServerError, faults_mapped, retry_after

__all__ = ["OpenAIModel", "fault_of"]

_VENDOR = "OpenAI"
_STOPS = {"length": ChatStop.LENGTH, "content_filter": ChatStop.REFUSED}


class OpenAIModel:
    """A `ChatModel` and a `StructuredModel`.

    Args:
        api_key: Sent with every request, shown nowhere.
        model: Its name at the server.
        base_url: Another server than OpenAI's.
        connect_seconds: How long a connection may take.
        total_seconds: How long the server may be silent; none of the requests is repeated.
        max_tokens: The longest text that it writes.
        temperature: 0 to 2; not sent where None, since some models take none.
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
        self.name = f"openai:{model}"
        self._model = model
        # OpenAI's newer models know only the one name, most other servers only the other.
        self._options: dict[str, Any] = {"max_tokens" if base_url else "max_completion_tokens": max_tokens}
        if temperature is not None:
            self._options["temperature"] = temperature
        timeout = httpx2.Timeout(total_seconds, connect=connect_seconds)
        self._client = openai.AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout, max_retries=0)

    async def stream(self, prompt: ChatPrompt) -> AsyncGenerator[ChatEvent, None]:
        stop: ChatStop | None = None
        usage: Usage | None = None
        with faults_mapped(fault_of):
            chunks = await self._client.chat.completions.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": prompt.system},
                    {"role": "user", "content": prompt.user},
                ],
                stream=True,
                stream_options={"include_usage": True},
                **self._options,
            )
            async with chunks:
                async for chunk in chunks:
                    usage = _usage(chunk) or usage
                    for choice in chunk.choices[:1]:
                        if choice.delta.content:
                            yield ChatText(choice.delta.content)
                        if choice.delta.refusal:
                            stop = ChatStop.REFUSED
                        elif choice.finish_reason:
                            stop = stop or _STOPS.get(choice.finish_reason, ChatStop.DONE)
        if stop is None:
            raise AnswerCut(f"{_VENDOR}'s stream ended without a finish reason")
        yield ChatEnd(stop, usage)

    async def structured(self, system: str, user: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        with faults_mapped(fault_of):
            completion = await self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "reading", "schema": dict(schema), "strict": True},
                },
                **self._options,
            )
            answer = json.loads(completion.choices[0].message.content or "")
        if not isinstance(answer, dict):
            raise ModelUnavailable(f"{_VENDOR}'s model gave no object")
        return answer

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()


def _usage(chunk: ChatCompletionChunk) -> Usage | None:
    """What the last chunk counts, where the server does."""
    if chunk.usage is None:
        return None
    return Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)


def fault_of(error: Exception) -> ModelFault:
    """One of our errors for whatever the client raises or lets through."""
    match error:
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return ModelTimeout(f"{_VENDOR}'s server took too long")
        case openai.APIStatusError():
            return ServerError(
                _VENDOR,
                error.status_code,
                (error.code, error.type),
                str(error),
                retry_after(error.response.headers),
            ).fault()
        case openai.ContentFilterFinishReasonError():
            return ContentRefused(f"{_VENDOR}'s filter refuses to answer that")
        case openai.APIConnectionError() | httpx2.HTTPError():
            return ModelUnavailable(f"{_VENDOR}'s server cannot be reached, or broke off")
        case openai.APIResponseValidationError() | openai.LengthFinishReasonError():
            return ModelUnavailable(f"{_VENDOR}'s model gave no answer of the form asked for")
        case openai.APIError():  # an error inside the stream
            return ServerError(_VENDOR, None, (error.code, error.type), str(error)).fault()
        case openai.OpenAIError():
            return ModelMisconfigured(f"{_VENDOR}'s client cannot be used so ({type(error).__name__})")
        case _:  # odd bodies leak JSONDecodeError, TypeError, AssertionError …
            return ModelUnavailable(f"{_VENDOR}'s server answered in no known form ({type(error).__name__})")

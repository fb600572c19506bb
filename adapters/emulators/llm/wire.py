"""The two protocols: what a delta, an end, an error look like on the wire.

https://platform.openai.com/docs/api-reference/chat-streaming
https://docs.anthropic.com/en/api/messages-streaming
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from adapters.emulators.llm.script import Fault

__all__ = ["ANTHROPIC", "OPENAI", "Wire", "tokens"]

_REFUSALS: Mapping[Fault, tuple[int, str, str, str]] = {
    # status, OpenAI's code, Anthropic's type, message
    Fault.WRONG_KEY: (401, "invalid_api_key", "authentication_error", "Incorrect API key provided: {key}"),
    Fault.QUOTA: (429, "insufficient_quota", "billing_error", "You exceeded your current quota"),
    Fault.UNKNOWN_MODEL: (404, "model_not_found", "not_found_error", "model: no such model"),
    Fault.CONTEXT_TOO_LONG: (
        400,
        "context_length_exceeded",
        "invalid_request_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
    ),
    Fault.BAD_REQUEST: (400, "unsupported_value", "invalid_request_error", "temperature is not supported"),
    Fault.RATE_LIMIT: (429, "rate_limit_exceeded", "rate_limit_error", "Rate limit reached"),
    Fault.SERVER_ERROR: (500, "server_error", "api_error", "The server had an error"),
    Fault.OVERLOADED: (529, "overloaded", "overloaded_error", "Overloaded"),
}


def tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // 4)


class Wire(Protocol):
    """One vendor's way of saying things. Everything that is returned is ready to be written."""

    def refusal(self, fault: Fault, key: str) -> tuple[int, dict[str, Any]]:
        """HTTP status and body of a request that is not served."""
        ...

    def start(self, prompt_tokens: int) -> bytes:
        """What comes before the first delta."""
        ...

    def delta(self, text: str) -> bytes:
        """A piece of text."""
        ...

    def error(self) -> bytes:
        """An overload inside the stream."""
        ...

    def end(self, fault: Fault | None, prompt_tokens: int, written: int) -> bytes:
        """The end of a whole answer."""
        ...

    def whole(self, said: Any, prompt_tokens: int) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        ...


def _data(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


class _OpenAI:
    def refusal(self, fault: Fault, key: str) -> tuple[int, dict[str, Any]]:
        status, code, _, message = _REFUSALS[fault]
        kind = code if fault is Fault.QUOTA else "invalid_request_error"
        return status, {
            "error": {"message": message.format(key=key), "type": kind, "code": code, "param": None}
        }

    def _chunk(self, **fields: Any) -> bytes:
        common = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": "scripted",
        }
        return _data({**common, **fields})

    def _choice(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        return self._chunk(choices=[{"index": 0, "delta": delta, "finish_reason": finish_reason}])

    def start(self, prompt_tokens: int) -> bytes:
        return self._choice({"role": "assistant", "content": ""})

    def delta(self, text: str) -> bytes:
        return self._choice({"content": text})

    def error(self) -> bytes:
        error = {"message": "Overloaded", "type": "server_error", "code": None, "param": None}
        return _data({"error": error})

    def end(self, fault: Fault | None, prompt_tokens: int, written: int) -> bytes:
        if fault is Fault.NO_FINISH:
            return b""
        reasons = {Fault.LENGTH: "length", Fault.REFUSED: "content_filter"}
        parts = [self._choice({}, reasons.get(fault, "stop") if fault else "stop")]
        if fault is not Fault.NO_USAGE:
            usage = {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": written,
                "total_tokens": prompt_tokens + written,
            }
            parts.append(self._chunk(choices=[], usage=usage))
        return b"".join([*parts, b"data: [DONE]\n\n"])

    def whole(self, said: Any, prompt_tokens: int) -> dict[str, Any]:
        text = said if isinstance(said, str) else json.dumps(said)
        message = {"role": "assistant", "content": text, "refusal": None}
        written = tokens(text)
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": written,
                "total_tokens": prompt_tokens + written,
            },
        }


class _Anthropic:
    def refusal(self, fault: Fault, key: str) -> tuple[int, dict[str, Any]]:
        status, _, kind, message = _REFUSALS[fault]
        error = {"type": kind, "message": message.format(key=key)}
        return status, {"type": "error", "error": error, "request_id": "req_1"}

    def _event(self, kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\n".encode() + _data({"type": kind, **fields})

    def _message(
        self, content: list[dict[str, Any]], stop_reason: str | None, read: int, written: int
    ) -> Any:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "scripted",
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {"input_tokens": read, "output_tokens": written},
        }

    def start(self, prompt_tokens: int) -> bytes:
        return (
            self._event("message_start", message=self._message([], None, prompt_tokens, 1))
            + self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
            + self._event("ping")
        )

    def delta(self, text: str) -> bytes:
        return self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def error(self) -> bytes:
        return self._event("error", error={"type": "overloaded_error", "message": "Overloaded"})

    def end(self, fault: Fault | None, prompt_tokens: int, written: int) -> bytes:
        if fault is Fault.NO_FINISH:
            return b""
        reasons = {Fault.LENGTH: "max_tokens", Fault.REFUSED: "refusal"}
        reason = reasons.get(fault, "end_turn") if fault else "end_turn"
        parts = [self._event("content_block_stop", index=0)]
        if fault is not Fault.NO_USAGE:
            delta = {"stop_reason": reason, "stop_sequence": None}
            parts.append(self._event("message_delta", delta=delta, usage={"output_tokens": written}))
        return b"".join([*parts, self._event("message_stop")])

    def whole(self, said: Any, prompt_tokens: int) -> dict[str, Any]:
        text = {"type": "text", "text": said}
        tool = {"type": "tool_use", "id": "toolu_1", "name": "reading", "input": said}
        structured = not isinstance(said, str)
        message: dict[str, Any] = self._message(
            [tool if structured else text], "tool_use" if structured else "end_turn", prompt_tokens, 9
        )
        return message


OPENAI: Wire = _OpenAI()
ANTHROPIC: Wire = _Anthropic()

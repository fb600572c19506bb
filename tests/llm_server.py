"""A stand-in for OpenAI's and Anthropic's servers on loopback: structured answers, and their faults.

It speaks the two calls that `core.providers.openai_model` and `core.providers.anthropic_model` make.
https://platform.openai.com/docs/api-reference/chat and https://docs.anthropic.com/en/api/messages
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web

__all__ = ["ModelServer"]


class ModelServer:
    """Answers every request with one object, or with a fault, while the `async with` block lasts.

    Args:
        answer: What the model says; a text stands for an answer that keeps to no schema.
        fault: An HTTP status to refuse with, `html` (200 with a page), `cut` (the connection breaks off in
            the middle) or `other` (a well-formed answer of another shape).
        delay_seconds: How long every answer takes.
    """

    url: str
    """Address to give to clients, once entered; Anthropic's client adds `/v1` itself."""

    def __init__(
        self, answer: Mapping[str, Any] | str = "", fault: int | str = "", delay_seconds: float = 0.0
    ) -> None:
        self.answer = answer
        self.fault = fault
        self.delay_seconds = delay_seconds
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        message = {"role": "assistant", "content": text, "refusal": None}
        return await self._respond(
            request,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_700_000_000,
                "model": "scripted",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            },
            {"error": {"message": "no", "type": "server_error", "code": None, "param": None}},
        )

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        tool = {"type": "tool_use", "id": "toolu_1", "name": "reading", "input": self.answer}
        said = {"type": "text", "text": self.answer}
        return await self._respond(
            request,
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "scripted",
                "content": [said if isinstance(self.answer, str) else tool],
                "stop_reason": "tool_use",
                "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            },
            {"type": "error", "error": {"type": "api_error", "message": "no"}},
        )

    async def _respond(
        self, request: web.Request, body: dict[str, Any], error: dict[str, Any]
    ) -> web.StreamResponse:
        self.requests.append(await request.json())
        self.headers.append(request.headers)
        await asyncio.sleep(self.delay_seconds)
        match self.fault:
            case int(status):
                return web.json_response(error, status=status, headers={"retry-after": "1"})
            case "html":
                return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")
            case "other":
                return web.json_response({"ok": True})
            case "cut":
                whole = json.dumps(body).encode()
                response = web.StreamResponse(headers={"Content-Type": "application/json"})
                response.content_length = len(whole)
                await response.prepare(request)
                await response.write(whole[: len(whole) // 2])
                if request.transport is not None:
                    request.transport.abort()
                return response
            case _:
                return web.json_response(body)

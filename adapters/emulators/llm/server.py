"""The server on loopback."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

from aiohttp import web

from adapters.emulators.llm.script import Fault, Script, argue
from adapters.emulators.llm.wire import ANTHROPIC, OPENAI, Wire, tokens

__all__ = ["ModelServer"]

_IN_STREAM = (Fault.ERROR_IN_STREAM, Fault.CUT, Fault.STALL, Fault.REFUSED)
_WHOLE = (Fault.NO_FINISH, Fault.NO_USAGE, Fault.LENGTH)


class ModelServer:
    """Answers as scripted, in both vendors' protocols, while the `async with` block lasts.

    Args:
        scripts: Taken in turn, the last one for every further request; by default answers that argue for the
            first titles offered.
    """

    url: str
    """Address, once entered. Anthropic's client takes it as it is, OpenAI's with `/v1` behind it."""

    def __init__(self, scripts: Script | Sequence[Script] = Script(argue)) -> None:
        self.scripts = [scripts] if isinstance(scripts, Script) else list(scripts)
        self.requests: list[dict[str, Any]] = []
        """Bodies, in the order in which they came."""
        self.headers: list[Mapping[str, str]] = []
        self.first_deltas: dict[int, float] = {}
        """When the first delta of a streamed answer was sent, by the number of its request (from 0) and
        `time.monotonic`."""
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)

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
        return await self._respond(request, OPENAI, request.headers.get("Authorization", ""))

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        return await self._respond(request, ANTHROPIC, request.headers.get("x-api-key", ""))

    async def _respond(self, request: web.Request, wire: Wire, key: str) -> web.StreamResponse:
        body = await request.json()
        script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
        number = len(self.requests)
        self.requests.append(body)
        self.headers.append(request.headers)
        match script.fault:
            case Fault.HTML:
                return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")
            case Fault.OTHER:
                return web.json_response({"ok": True})
            case fault if fault is None or fault in _IN_STREAM or fault in _WHOLE:
                pass
            case fault:
                status, error = wire.refusal(fault, key)
                headers = {"Retry-After": str(script.retry_after_seconds)} if status == 429 else {}
                return web.json_response(error, status=status, headers=headers)
        if body.get("stream"):
            return await self._stream(request, wire, script, number)
        return await self._whole(request, wire, script, body)

    async def _stream(
        self, request: web.Request, wire: Wire, script: Script, number: int
    ) -> web.StreamResponse:
        body = self.requests[number]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        read = tokens(json.dumps(body["messages"]))
        await response.write(wire.start(read))
        await asyncio.sleep(script.first_token_seconds)
        deltas = script.deltas(body)
        broken = script.fault in _IN_STREAM
        for place, delta in enumerate(deltas[: script.after] if broken else deltas):
            if place:
                await asyncio.sleep(script.delta_seconds)
            else:
                self.first_deltas[number] = time.monotonic()
            await response.write(wire.delta(delta))
        match script.fault:
            case Fault.ERROR_IN_STREAM:
                await response.write(wire.error())
            case Fault.CUT:
                _abort(request)
            case Fault.STALL:
                await asyncio.Event().wait()  # ends when the client hangs up
            case _:
                await response.write(wire.end(script.fault, read, sum(map(tokens, deltas))))
        return response

    async def _whole(
        self, request: web.Request, wire: Wire, script: Script, body: dict[str, Any]
    ) -> web.StreamResponse:
        await asyncio.sleep(script.first_token_seconds)
        said = dict(script.says) if isinstance(script.says, Mapping) else "".join(script.deltas(body))
        answer = wire.whole(said, tokens(json.dumps(body["messages"])))
        if script.fault is not Fault.CUT:
            return web.json_response(answer)
        whole = json.dumps(answer).encode()
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = len(whole)
        await response.prepare(request)
        await response.write(whole[: len(whole) // 2])
        _abort(request)
        return response


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()

"""A platform behind HTTP on loopback, which outlives the workers that post to it; and a port to it."""

from collections.abc import Mapping
from typing import Any, Self

import aiohttp
from aiohttp import web

from adapters.delivery import MessageGone, OutcomeUnknown
from adapters.pager import Limit

__all__ = ["HttpPlatform", "HttpPort"]


class HttpPlatform:
    """Holds messages: id → (key, text)."""

    url: str

    def __init__(self) -> None:
        self.messages: dict[str, tuple[str, str]] = {}
        app = web.Application()
        app.router.add_post("/{call}", self._called)
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

    async def _called(self, request: web.Request) -> web.Response:
        asked = await request.json()
        match request.match_info["call"]:
            case "send":
                message = str(len(self.messages) + 1)
                self.messages[message] = (asked["key"], asked["text"])
                return web.json_response({"message": message})
            case "find":
                found = [message for message, (key, _) in self.messages.items() if key == asked["key"]]
                return web.json_response({"message": next(iter(found), None)})
            case "edit" if asked["message"] in self.messages:
                key, _ = self.messages[asked["message"]]
                self.messages[asked["message"]] = (key, asked["text"])
                return web.json_response({})
            case _:
                return web.json_response({}, status=404)


class HttpPort:
    """Implements `EditingPort` over HTTP."""

    limit = Limit(2000)

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def send(self, text: str, key: str) -> str:
        message = (await self._call("send", {"text": text, "key": key}))["message"]
        assert isinstance(message, str)
        return message

    async def find(self, key: str) -> str | None:
        message = (await self._call("find", {"key": key}))["message"]
        assert message is None or isinstance(message, str)
        return message

    async def edit(self, message: str, text: str) -> None:
        await self._call("edit", {"message": message, "text": text})

    async def dress(self, message: str, text: str, dressing: Any) -> None:
        await self.edit(message, text)

    async def delete(self, message: str) -> None:
        raise AssertionError("nothing is deleted")

    async def _call(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            async with self._session.post(f"{self._url}/{name}", json=body) as response:
                if response.status == 404:
                    raise MessageGone
                answer: dict[str, Any] = await response.json()
                return answer
        except (TimeoutError, aiohttp.ClientError) as error:
            raise OutcomeUnknown(type(error).__name__) from None

"""The page's server: files, and one WebSocket a page. It answers to this machine's browsers alone.

A page of somebody else's, open in the same browser, could send requests here. So the `Host` has to be a
loopback address (DNS rebinding), the `Origin` our own where there is one, and of a WebSocket there has to be
one: https://developer.mozilla.org/docs/Web/Security
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import WSMsgType, web

from adapters.playground.pages import Page, Pages
from adapters.playground.seats import Json

__all__ = ["LOOPBACK", "STATIC", "served"]

LOOPBACK = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
"""The page's files; nothing else is served."""
_MOST_SENT = 64 * 1024
_FILES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# https://developer.mozilla.org/docs/Web/HTTP/CSP; posters come from TMDB's host for pictures alone.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' https://image.tmdb.org",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(pages: Pages, port: int) -> AsyncIterator[str]:
    """The server on loopback, while the block lasts; yields its address.

    Args:
        pages: What is open.
        port: Where; 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """
    app = web.Application(middlewares=[_guarded])
    app.add_routes([web.get("/", _page), web.get("/ws", _Sockets(pages).serve), web.get("/{name}", _file)])
    app.on_response_prepare.append(_with_headers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    transport = request.transport
    port = transport.get_extra_info("sockname")[1] if transport is not None else 0
    ours = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
    if request.headers.get("Host", "") not in ours:
        raise web.HTTPForbidden(text="This is served to this machine alone: another Host.\n")
    origin = request.headers.get("Origin")
    wanted = {f"http://{host}" for host in ours}
    if origin is not None and origin not in wanted:
        raise web.HTTPForbidden(text="This is served to its own page alone: another Origin.\n")
    if origin is None and request.path == "/ws":
        raise web.HTTPForbidden(text="This is served to its own page alone: no Origin.\n")
    return await handler(request)


async def _with_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _page(_: web.Request) -> web.StreamResponse:
    return await _read("index.html")


async def _file(request: web.Request) -> web.StreamResponse:
    return await _read(request.match_info["name"])


async def _read(name: str) -> web.StreamResponse:
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in _FILES or not path.is_file():
        raise web.HTTPNotFound
    content = await asyncio.to_thread(path.read_bytes)
    return web.Response(body=content, content_type=_FILES[path.suffix], charset="utf-8")


class _Sockets:
    """The WebSockets, each a page.

    Args:
        pages: Where pages are opened and closed.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One page, from its first word to its last."""
        socket = web.WebSocketResponse(heartbeat=20.0, max_msg_size=_MOST_SENT)
        await socket.prepare(request)
        page = await self._pages.open()
        await socket.send_json(page.greeting())
        telling = asyncio.create_task(_tell(page, socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    action = _read_action(message.data)
                    await page.act(action)
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling
            await asyncio.shield(self._pages.close(page))
        return socket


def _read_action(text: str) -> Json:
    """What a page sent; nothing that can be done where it is no object."""
    try:
        action = json.loads(text)
    except ValueError:
        return {}
    return action if isinstance(action, dict) else {}


async def _tell(page: Page, socket: web.WebSocketResponse) -> None:
    with suppress(ConnectionResetError):  # the page was closed meanwhile
        while True:
            await socket.send_json(await page.next_news())

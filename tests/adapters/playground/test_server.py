"""The page's server: whom it answers, and with which headers. No browser is needed."""

import asyncio
import json

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from adapters.playground.server import STATIC
from bot.playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_nothing_inline_and_nothing_from_elsewhere_may_run(playground: Playground) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/", *(f"/{file.name}" for file in STATIC.iterdir())):
            async with session.get(playground.url + path) as response:
                assert response.status == 200
                rules = dict(rule.split(" ", 1) for rule in _policy(response).split("; "))
                page = await response.text()
            assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
            assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
            assert rules["img-src"] == "'self' https://image.tmdb.org"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "innerHTML" not in page
            assert "style=" not in page


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "[::1]", ""])
async def test_another_host_is_refused(playground: Playground, host: str) -> None:
    headers = {"Host": host}
    async with aiohttp.ClientSession() as session, session.get(playground.url, headers=headers) as response:
        assert response.status == 403
        assert _policy(response)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", None])
async def test_a_socket_from_another_page_is_refused(playground: Playground, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with asyncio.timeout(5):
        while len(playground.pages) > 1:  # others are being closed; one may stay open  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    before = len(playground.pages)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(f"{playground.url}/ws", headers=headers)
    assert refused.value.status == 403
    assert len(playground.pages) == before


async def test_a_page_from_another_origin_is_refused(playground: Playground) -> None:
    headers = {"Origin": "http://evil.example"}
    async with aiohttp.ClientSession() as session, session.get(playground.url, headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("path", ["/../server.py", "/%2e%2e/server.py", "/server.py", "/static", "/x.js"])
async def test_only_the_pages_own_files_are_served(playground: Playground, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(playground.url + path) as response:
        assert response.status == 404


async def test_whatever_a_page_sends_does_not_end_it(playground: Playground) -> None:
    wrong = ["{", "[]", "{}", '{"do": "say"}', '{"do": "press", "platform": "discord", "message": 7}']
    wrong += ['{"do": "fly", "platform": "discord"}', '{"do": "write_by", "writer": "nobody"}']
    headers = {"Origin": playground.url}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{playground.url}/ws", headers=headers) as socket,
    ):
        assert (await socket.receive_json())["type"] == "hello"
        for text in wrong:
            await socket.send_str(text)
        problems = 0
        while problems < len(wrong):
            problems += json.loads((await socket.receive()).data)["type"] == "problem"


def _policy(response: aiohttp.ClientResponse) -> str:
    return response.headers["Content-Security-Policy"]

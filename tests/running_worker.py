"""A worker in this process, on the platforms that an environment configures."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from adapters.platform import Platform, Reception
from bot.wiring import Matinee, platforms
from bot.worker import work
from core.memory.ports import Store
from tests.conftest import settings_with

__all__ = ["running"]


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[None]:
    """A worker, from when it hears of people until it has stopped."""
    settings = settings_with({"LOG_LEVEL": "WARNING", **environment})
    made_ready, told = asyncio.Event(), asyncio.Event()
    ready: list[asyncio.Event] = []

    async def made(matinee: Matinee, store: Store) -> Sequence[Platform]:
        found = await platforms(settings, matinee, store)
        ready.extend(asyncio.Event() for _ in found)
        made_ready.set()
        return [_Telling(platform, event) for platform, event in zip(found, ready, strict=True)]

    async def connected() -> None:
        await made_ready.wait()
        await asyncio.gather(*(event.wait() for event in ready))

    working = asyncio.create_task(work(settings, made, told_to_stop=told.wait))  # type: ignore[arg-type]
    waiting = asyncio.create_task(connected())
    await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        waiting.cancel()
        await working
    try:
        yield
    finally:
        told.set()
        await working


class _Telling:
    """A platform that tells when it has connected.

    Args:
        platform: The one that does everything.
        ready: Set then.
    """

    def __init__(self, platform: Any, ready: asyncio.Event) -> None:
        self._platform, self._ready = platform, ready

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    def routes(self) -> Sequence[web.RouteDef]:
        """Where requests go, of a platform that is heard through them."""
        found: Sequence[web.RouteDef] = getattr(self._platform, "routes", tuple)()
        return found

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Until cancelled."""

        def told() -> None:
            connected()
            self._ready.set()

        await self._platform.run(reception, told)

"""The worker: platforms over one core, one store, and a server for its host. It ends when it is told to."""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial

from prometheus_client import CollectorRegistry

from adapters.inbox import Inbox
from adapters.lanes import Lanes
from adapters.metrics import Metrics
from adapters.platform import Platform, Reception, ServedPlatform, Surfaces
from adapters.turns import Turns, taken_back
from bot.logs import configure_logs, error_reports
from bot.operations import (
    EVERYWHERE,
    LOOPBACK,
    LOOPBACK_PORT,
    Check,
    operations_app,
    serving,
    until_told_to_stop,
)
from bot.settings import Settings
from bot.supervisor import Condition, Service, Supervisor
from bot.wiring import Matinee, opened, opened_store
from core.errors import ConfigurationError, StoreFault
from core.library import silent
from core.memory.budgets import Budgets
from core.memory.conversations import Conversations
from core.memory.ports import Store
from core.memory.profiles import Profiles
from core.memory.records import Retention
from core.ports import Progress

__all__ = ["Opening", "work"]

log = logging.getLogger("matinee.worker")

_PURGE_SECONDS = 3_600.0

Opening = Callable[[Settings, Progress, Callable[[str], None]], AbstractAsyncContextManager[Matinee]]
"""Opens the core, as `bot.wiring.opened` does."""


async def work(
    settings: Settings,
    platforms: Callable[[Matinee, Store], Awaitable[Sequence[Platform]]],
    progress: Progress = silent,
    notice: Callable[[str], None] = lambda line: None,
    told_to_stop: Callable[[], Awaitable[None]] = until_told_to_stop,
    opening: Opening | None = None,
) -> None:
    """Answer on platforms until told to stop; then end what is under way, within the grace period.

    Args:
        settings: All of them.
        platforms: Makes them, once there is what they are made of.
        progress: Told how far an index is built.
        notice: Told what a host should know of the index.
        told_to_stop: Returns when to stop.
        opening: Opens the core; `opened` by default.

    Raises:
        ConfigurationError: no platform is left to answer on, since none could be entered.
        MatineeError: whatever is missing or wrong, in words for the host.
    """
    configure_logs(settings.log_level or "INFO", as_json=settings.json_logs)
    with ExitStack() as reports:
        if settings.sentry_dsn is not None:
            reports.enter_context(error_reports(settings.sentry_dsn.reveal()))
        async with AsyncExitStack() as stack:
            matinee = await stack.enter_async_context((opening or opened)(settings, progress, notice))
            store = await stack.enter_async_context(opened_store(settings))
            worker = _Worker(settings, matinee, store, await platforms(matinee, store))
            port = await stack.enter_async_context(_served(settings, worker))
            log.info("serving health, readiness and metrics", extra={"port": port})
            await worker.run(told_to_stop)


class _Worker:
    """Platforms, and what answers on them."""

    def __init__(
        self, settings: Settings, matinee: Matinee, store: Store, platforms: Sequence[Platform]
    ) -> None:
        self._settings = settings
        self.platforms = platforms
        self._matinee = matinee
        self._store = store
        self.registry = CollectorRegistry()
        metrics = Metrics(self.registry)
        surfaces = Surfaces({platform.name: platform for platform in platforms})
        known = matinee.assistant.retriever.known
        turns = Turns(
            matinee.assistant,
            Conversations(store, known, keep_text=settings.keep_message_text),
            Profiles(store, store),
            Budgets(store, settings.limits, time.time),
            store,
            surfaces,
            metrics,
        )
        lanes = Lanes(settings.parallel_answers, settings.waiting_answers, settings.overlap)
        metrics.watch(lanes)
        self._connected: set[str] = set()  # what was left on others waits until they are
        holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._inbox = Inbox(
            store, lanes, turns.answer, holder, self._connected, replaced=partial(taken_back, surfaces)
        )
        self._reception = Reception(self._inbox, surfaces)
        self._supervisor = Supervisor([self._service(platform) for platform in platforms])
        self._draining = False

    def checks(self) -> dict[str, Check]:
        """What has to be well for answers."""

        async def worker() -> str:
            return "draining" if self._draining else ""

        async def index() -> str:
            return "" if await self._matinee.index.count() else "empty"

        async def store() -> str:
            await self._store.ping()
            return ""

        checks: dict[str, Check] = {"worker": worker, "index": index, "store": store}
        return checks | {service.name: _condition(service) for service in self._supervisor.services}

    def hints(self) -> dict[str, Check]:
        """What is told beside: where no model can be asked, the composer answers."""

        async def models() -> str:
            resting = self._matinee.models.resting if self._matinee.models else ()
            return f"resting after failures: {', '.join(resting)}" if resting else ""

        return {"models": models}

    async def run(self, told_to_stop: Callable[[], Awaitable[None]]) -> None:
        """Until told to stop, or until no platform is left."""
        running = asyncio.ensure_future(self._supervisor.run())
        stopping = asyncio.ensure_future(told_to_stop())
        purging = asyncio.create_task(_purging(self._store, self._settings.retention))
        await self._inbox.start()
        try:
            await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopped = stopping.done()
            self._draining = True
            log.info("stopping", extra={"open": self._inbox.open, "grace": self._settings.drain_seconds})
        finally:  # platforms go last: answers are shown through them
            await self._inbox.drain(self._settings.drain_seconds)
            for task in (running, stopping, purging):
                task.cancel()
            await asyncio.gather(running, stopping, purging, return_exceptions=True)
        log.info("stopped")
        if not stopped:
            raise ConfigurationError("no platform is left to answer on; the log above tells why")

    def _service(self, platform: Platform) -> Service:
        async def run(connected: Callable[[], None]) -> None:
            def on_connected() -> None:
                self._connected.add(platform.name)
                self._inbox.look_again()
                log.info("connected", extra={"service": platform.name})
                connected()

            try:
                await platform.run(self._reception, on_connected)
            finally:
                self._connected.discard(platform.name)

        return Service(platform.name, run)


def _condition(service: Service) -> Check:
    async def check() -> str:
        return "" if service.condition is Condition.RUNNING else str(service.condition)

    return check


@asynccontextmanager
async def _served(settings: Settings, worker: _Worker) -> AsyncIterator[int]:
    """The server for the host; yields its port."""
    token = settings.metrics_token.reveal() if settings.metrics_token else None
    public = settings.port is not None
    app = operations_app(worker.checks(), worker.hints(), worker.registry, token, public=public)
    for platform in worker.platforms:
        if isinstance(platform, ServedPlatform):
            app.add_routes(platform.routes())
    async with AsyncExitStack() as stack:
        try:
            host, port = (EVERYWHERE, settings.port) if settings.port else (LOOPBACK, LOOPBACK_PORT)
            bound = await stack.enter_async_context(serving(app, host, port))
        except OSError as error:
            if public:
                raise ConfigurationError(
                    f"PORT={port} cannot be used: {os.strerror(error.errno or 0)}"
                ) from error
            bound = await stack.enter_async_context(serving(app, LOOPBACK, 0))
        yield bound


async def _purging(store: Store, retention: Retention) -> None:
    """Delete what is older than it may be, now and every hour."""
    while True:
        try:
            gone = await store.purge(retention)
            log.info("deleted what was kept long enough", extra={"rows": gone})
        except StoreFault as fault:
            log.warning("what was kept long enough could not be deleted", extra={"code": fault.code})
        await asyncio.sleep(_PURGE_SECONDS)

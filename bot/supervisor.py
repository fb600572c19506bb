"""Keeps the adapters running: one that fails is started again, while the others go on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.errors import ConfigurationError, MatineeError

__all__ = ["Condition", "Service", "Supervisor"]

log = logging.getLogger("matinee.supervisor")

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
# A service that ran this long was well: its next failure is its first.
_WELL_SECONDS = 60.0


class Condition(StrEnum):
    """How a service is."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    """It failed and will be started again."""
    STOPPED = "stopped"
    """It failed in a way that no waiting mends, or was told to stop."""


@dataclass(eq=False, slots=True)
class Service:
    """Something that runs until it is cancelled."""

    name: str
    run: Callable[[Callable[[], None]], Awaitable[None]]
    """Runs; calls what it is given once it is connected."""
    condition: Condition = Condition.STARTING
    failures: int = 0


class Supervisor:
    """Runs services.

    Args:
        services: What to run.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = tuple(services)

    async def run(self) -> None:
        """Until cancelled, or until no service is left to be started again."""
        async with asyncio.TaskGroup() as group:
            for service in self.services:
                group.create_task(self._kept_running(service))

    async def _kept_running(self, service: Service) -> None:
        loop = asyncio.get_running_loop()

        def connected() -> None:
            service.condition = Condition.RUNNING

        try:
            while True:
                service.condition, began = Condition.STARTING, loop.time()
                try:
                    await service.run(connected)
                    return
                except ConfigurationError as error:  # a wrong token is not tried again
                    log.error("%s stopped: %s", service.name, error, extra={"service": service.name})
                    return
                except Exception as error:
                    reason = str(error) if isinstance(error, MatineeError) else type(error).__qualname__
                    service.failures = 1 if loop.time() - began > _WELL_SECONDS else service.failures + 1
                pause = min(_FIRST_PAUSE_SECONDS * 2 ** (service.failures - 1), _LONGEST_PAUSE_SECONDS)
                service.condition = Condition.WAITING
                told = {"service": service.name, "reason": reason, "next_try_seconds": pause}
                log.warning("%s failed", service.name, extra=told)
                await asyncio.sleep(pause)
        finally:
            service.condition = Condition.STOPPED

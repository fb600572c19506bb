"""Services are kept running. Time is virtual."""

import asyncio
from collections.abc import Callable

import pytest

from bot.supervisor import Condition, Service, Supervisor
from core.errors import ConfigurationError, IndexUnavailable
from tests.logged import logged
from tests.virtual_time import run


async def watched(services: list[Service], seconds: float) -> None:
    task = asyncio.create_task(Supervisor(services).run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_service_that_fails_is_started_again_ever_more_slowly_while_others_go_on() -> None:
    starts: list[float] = []

    async def failing(connected: Callable[[], None]) -> None:
        starts.append(asyncio.get_running_loop().time())
        raise IndexUnavailable("away")

    async def steady(connected: Callable[[], None]) -> None:
        connected()
        await asyncio.sleep(10_000)

    async def main() -> None:
        well = Service("steady", steady)
        task = asyncio.create_task(Supervisor([Service("failing", failing), well]).run())
        await asyncio.sleep(200)
        conditions = [well.condition]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [*conditions, well.condition] == [Condition.RUNNING, Condition.STOPPED]

    run(main())
    assert starts == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_a_wrong_token_is_not_tried_again_and_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    starts = 0

    async def refused(connected: Callable[[], None]) -> None:
        nonlocal starts
        starts += 1
        raise ConfigurationError("DISCORD_TOKEN is refused; make a new one and set it")

    service = Service("discord", refused)
    run(watched([service], 500))
    assert starts == 1
    assert service.condition is Condition.STOPPED
    assert "DISCORD_TOKEN is refused; make a new one and set it" in caplog.text


def test_what_nobody_foresaw_is_named_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(connected: Callable[[], None]) -> None:
        raise RuntimeError("text of a message")

    run(watched([Service("broken", broken)], 5))
    assert "RuntimeError" in logged(caplog)
    assert "text of a message" not in logged(caplog)


def test_after_a_good_while_a_failure_is_a_first_one_again() -> None:
    starts: list[float] = []

    async def sometimes(connected: Callable[[], None]) -> None:
        starts.append(asyncio.get_running_loop().time())
        await asyncio.sleep(100)
        raise RuntimeError

    run(watched([Service("sometimes", sometimes)], 350))
    assert starts == [0, 101, 202, 303]

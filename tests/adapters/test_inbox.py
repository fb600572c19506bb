"""Every event is answered once, over restarts, redeliveries and several workers."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.inbox import Answering, Inbox, Taken
from adapters.lanes import Lanes
from core.memory.records import Claim, IncomingEvent
from core.providers.sql.database import postgres_url, sqlite_url
from core.providers.sql.store import SqlStore, opened_store
from tests.http_platform import HttpPlatform
from tests.worker_process import answer_text, event


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with opened_store(sqlite_url(tmp_path / "state.sqlite")) as opened:
        yield opened


class Answers:
    """Answers that take as long as a test says."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.go = asyncio.Event()
        self.fails = False

    async def __call__(self, answering: Answering) -> None:
        if self.fails:
            raise RuntimeError("nobody foresaw this")
        await self.go.wait()
        self.given.append(answering.claim.event.event_id)


async def settled(inbox: Inbox) -> None:
    await inbox.drain(5)


async def test_an_event_is_kept_before_it_counts_as_accepted_and_answered_once(store: SqlStore) -> None:
    answers = Answers()
    inbox = Inbox(store, Lanes(5, 5), answers, "worker", ["scripted"])
    assert (await inbox.accept(event(1))).taken is Taken.ACCEPTED
    assert (await inbox.accept(event(1))).taken is Taken.DUPLICATE
    answers.go.set()
    await settled(inbox)
    assert (await inbox.accept(event(1))).taken is Taken.DUPLICATE
    assert answers.given == ["e1"]


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_though_it_is_to_look_again_at_the_same_moment(store: SqlStore, steps: int) -> None:
    """However far it has come with looking again when it is told to end."""
    inbox = Inbox(store, Lanes(5, 5), Answers(), "worker", ["scripted"])
    await inbox.start()
    await asyncio.sleep(0.1)
    inbox.look_again()
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await inbox.drain(5)


async def test_own_messages_and_those_of_bots_are_dropped(store: SqlStore) -> None:
    inbox = Inbox(store, Lanes(5, 5), Answers(), "worker", ["scripted"])
    inbox.own_ids.add("ann")
    assert (await inbox.accept(event(1))).taken is Taken.OWN_OR_BOT
    inbox.own_ids.clear()
    assert (await inbox.accept(event(1), by_bot=True)).taken is Taken.OWN_OR_BOT
    assert await store.abandoned("other", 1, 10, ["scripted"]) == []


async def test_past_the_limits_there_is_a_place_in_the_queue_and_then_a_refusal(store: SqlStore) -> None:
    answers = Answers()
    inbox = Inbox(store, Lanes(2, 2), answers, "worker", ["scripted"])
    arrivals = [await inbox.accept(event(number)) for number in range(5)]
    assert [arrival.place for arrival in arrivals] == [0, 0, 1, 2, 0]
    assert arrivals[4].taken is Taken.REFUSED
    answers.go.set()
    await settled(inbox)
    assert answers.given == ["e0", "e1"], "drained: what waited is left to the next worker"
    left = await store.abandoned("next", 30, 10, ["scripted"])
    assert [claim.event.event_id for claim in left] == ["e2", "e3"]


async def test_an_answer_that_breaks_is_not_tried_for_ever(store: SqlStore) -> None:
    answers = Answers()
    answers.fails = True
    inbox = Inbox(store, Lanes(2, 2), answers, "worker", ["scripted"])
    await inbox.accept(event(1))
    await settled(inbox)
    assert await store.abandoned("next", 30, 10, ["scripted"]) == []


async def test_a_message_of_a_hundred_thousand_characters_is_kept_like_any_other(store: SqlStore) -> None:
    long = IncomingEvent("scripted", "e1", "W", "C", "m1", {"text": "x" * 100_000}, "ann")
    answers = Answers()
    answers.go.set()
    inbox = Inbox(store, Lanes(2, 2), answers, "worker", ["scripted"])
    assert (await inbox.accept(long)).taken is Taken.ACCEPTED
    await settled(inbox)
    assert answers.given == ["e1"]


async def test_a_worker_that_lost_an_event_stops_answering_it(store: SqlStore) -> None:
    answers = Answers()
    inbox = Inbox(store, Lanes(2, 2), answers, "first", ["scripted"], lease_seconds=0.3)
    await inbox.accept(event(1))
    [claim] = await wait_for_abandoned(store, "second")
    await inbox.start()
    await asyncio.sleep(0.1)
    answers.go.set()
    await settled(inbox)
    assert answers.given == []
    assert await store.finish(claim)


async def wait_for_abandoned(store: SqlStore, holder: str) -> list[Claim]:
    for _ in range(100):
        found = await store.abandoned(holder, 30, 10, ["scripted"])
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("nothing was abandoned")


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.02)


EVENTS = 50


async def started(database: str, platform: str, holder: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.worker_process", database, platform, holder, "0.6",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip


async def deliver(worker: asyncio.subprocess.Process, numbers: list[int]) -> list[str]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    said = []
    for number in numbers:
        worker.stdin.write(f"{number}\n".encode())
        await worker.stdin.drain()
        said.append((await worker.stdout.readline()).decode().split()[1])
    return said


def whole(platform: HttpPlatform) -> bool:
    return Counter(text for _, text in platform.messages.values()) == Counter(
        answer_text(number) for number in range(EVENTS)
    )


@pytest.mark.parametrize("redelivered", [False, True])
@pytest.mark.parametrize("after", [0.0, 0.15, 0.35])
async def test_a_worker_killed_amid_fifty_answers_loses_none_and_none_comes_twice(
    tmp_path: Path, redelivered: bool, after: float
) -> None:
    database = str(sqlite_url(tmp_path / "state.sqlite"))
    async with HttpPlatform() as platform:
        first = await started(database, platform.url, "first")
        assert await deliver(first, list(range(EVENTS))) == ["accepted"] * EVENTS
        await asyncio.sleep(after)
        first.kill()
        await first.wait()
        assert not whole(platform), "it was killed before the end"
        second = await started(database, platform.url, "second")
        if redelivered:
            said = await deliver(second, list(range(EVENTS)))
            assert set(said) <= {"accepted", "duplicate"}
        await until(lambda: whole(platform))
        assert second.stdin is not None
        second.stdin.close()
        await second.wait()
        assert whole(platform)
        assert len(platform.messages) == EVENTS


async def test_what_comes_while_a_worker_goes_away_is_left_to_the_next(store: SqlStore) -> None:
    answers = Answers()
    inbox = Inbox(store, Lanes(2, 2), answers, "worker", ["scripted"])
    await inbox.drain(1)
    assert (await inbox.accept(event(1))).taken is Taken.LEFT
    assert [claim.event for claim in await store.abandoned("next", 30, 10, ["scripted"])] == [event(1)]


async def test_events_of_a_platform_that_is_not_there_are_left_until_it_is(store: SqlStore) -> None:
    claim = await store.accept(event(1), "gone", 0.0)
    assert claim is not None
    answers, connected = Answers(), set[str]()
    inbox = Inbox(store, Lanes(2, 2), answers, "worker", connected)
    await inbox.start()
    await asyncio.sleep(0.05)
    assert inbox.open == 0
    connected.add("scripted")
    inbox.look_again()
    answers.go.set()
    async with asyncio.timeout(5):
        while not answers.given:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await inbox.drain(1)


async def test_two_workers_on_one_server_give_two_thousand_answers_to_events_delivered_twice(
    postgres_address: str,
) -> None:
    server = postgres_url(postgres_address)
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("CREATE DATABASE inbox")
    await engine.dispose()
    answers = Answers()
    answers.go.set()
    chance = random.Random(4)
    url = server.set(database="inbox")
    async with opened_store(url) as one, opened_store(url) as other:
        inboxes = [
            Inbox(store, Lanes(50, 5_000), answers, name, ["scripted"])
            for store, name in ((one, "one"), (other, "other"))
        ]
        deliveries = [number for number in range(2_000) for _ in range(2)]
        chance.shuffle(deliveries)
        room = asyncio.Semaphore(20)

        async def arrive(number: int) -> Taken:
            async with room:
                return (await chance.choice(inboxes).accept(event(number))).taken

        taken = Counter(await asyncio.gather(*map(arrive, deliveries)))
        for inbox in inboxes:
            await until(lambda: inbox.open == 0)  # noqa: B023
            await inbox.drain(10)
    assert taken == {Taken.ACCEPTED: 2_000, Taken.DUPLICATE: 2_000}
    assert sorted(answers.given) == sorted(f"e{number}" for number in range(2_000))

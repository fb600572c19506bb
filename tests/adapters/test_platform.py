"""Reception: who has to wait or cannot be taken is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.delivery import DeliveryFailed, EditingPort
from adapters.inbox import Answering, Inbox, Taken
from adapters.lanes import Lanes
from adapters.pacing import Bucket
from adapters.platform import Reception, Surfaces
from adapters.turns import Ending
from core.domain import PickedTitle
from core.errors import StoreFault, StoreUnavailable
from core.memory.records import Claim, IncomingEvent
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import SqlStore, opened_store
from tests.worker_process import event


class Whispers:
    """A `Surface` that is only whispered on."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.taken_back: list[str] = []
        self.broken = False

    def way(self, claim: Claim) -> tuple[EditingPort, Bucket]:
        raise AssertionError("nothing is shown")

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        raise AssertionError("nothing is shown")

    async def dressing(self, claim: Claim, ending: Ending) -> object:
        raise AssertionError("nothing is shown")

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        if self.broken:
            raise DeliveryFailed("nobody listens")
        self.heard.append((event.event_id, text))

    async def take_back(self, event: IncomingEvent) -> None:
        self.taken_back.append(event.event_id)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with opened_store(sqlite_url(tmp_path / "state.sqlite")) as opened:
        yield opened


async def forever(answering: Answering) -> None:
    await asyncio.Event().wait()


async def test_who_waits_is_told_the_place_and_who_finds_no_room_is_told_so(store: SqlStore) -> None:
    whispers = Whispers()
    inbox = Inbox(store, Lanes(1, 1), forever, "worker", ["scripted"])
    reception = Reception(inbox, Surfaces({"scripted": whispers}))
    taken = [await reception.hear(event(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert taken == [Taken.ACCEPTED, Taken.ACCEPTED, Taken.REFUSED]
    assert whispers.heard == [
        ("e1", "There's a queue; you're number 1. I'll answer here."),
        ("e2", "I have more requests than I can answer right now. Please try again in a minute."),
    ]
    assert whispers.taken_back == ["e2"], "who waits is still to be answered"
    await inbox.drain(0)


async def test_what_we_write_ourselves_is_not_answered(store: SqlStore) -> None:
    inbox = Inbox(store, Lanes(1, 1), forever, "worker", ["scripted"])
    reception = Reception(inbox, Surfaces({}))
    reception.we_are("ann")
    assert await reception.hear(event(1)) is Taken.OWN_OR_BOT
    assert await reception.hear(event(2), by_bot=True) is Taken.OWN_OR_BOT


class Away:
    """A store that is away."""

    async def accept(self, event: IncomingEvent, holder: str, lease_seconds: float) -> Claim | None:
        raise StoreUnavailable("the database is away")


@pytest.mark.parametrize("broken", [False, True])
async def test_where_nothing_can_be_kept_the_asker_is_told_once_and_the_platform_may_try_again(
    broken: bool, caplog: pytest.LogCaptureFixture
) -> None:
    whispers = Whispers()
    whispers.broken = broken
    inbox = Inbox(Away(), Lanes(1, 1), forever, "worker", ["scripted"])  # type: ignore[arg-type]
    reception = Reception(inbox, whispers)
    for _ in range(3):
        with pytest.raises(StoreFault):
            await reception.hear(event(1))
    await asyncio.sleep(0)
    told = [("e1", "I can't reach my memory right now; try again in a minute.")]
    assert whispers.heard == ([] if broken else told)
    assert ("the asker could not be told" in caplog.text) is broken

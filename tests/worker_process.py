"""A worker to be killed: `python -m tests.worker_process DATABASE PLATFORM HOLDER LEASE`.

Reads one event's number a line, accepts it, says so on standard output, and answers it slowly through the
delivery machine.
"""

import asyncio
import sys

import aiohttp
from sqlalchemy import make_url

from adapters.delivery import Delivery
from adapters.inbox import Answering, Inbox
from adapters.lanes import Lanes
from adapters.pacing import Bucket
from core.memory.records import IncomingEvent
from core.providers.sql.store import opened_store
from tests.http_platform import HttpPort

__all__ = ["answer_text", "event"]

PARTS = 8


def event(number: int) -> IncomingEvent:
    """What the platform delivers."""
    where = {"workspace": "W", "channel": f"C{number}", "message": f"m{number}", "author_id": "ann"}
    return IncomingEvent("scripted", f"e{number}", payload={"number": number}, **where)


def answer_text(number: int, parts: int = PARTS) -> str:
    """What it is to show."""
    return " ".join(f"Part {part} of the answer to {number}." for part in range(parts))


async def main(database: str, platform: str, holder: str, lease: float) -> None:
    async with aiohttp.ClientSession() as session, opened_store(make_url(database)) as store:

        async def answer(answering: Answering) -> None:
            claim = answering.claim
            number = claim.event.payload["number"]

            async def note(ids: list[str]) -> None:
                answering.shown = True
                await store.note_shown(claim, {"messages": ids})

            delivery = Delivery(
                HttpPort(platform, session),
                Bucket(50, 1.0),
                f"e{number}",
                claim.shown.get("messages", ()),
                resumed=claim.again,
                on_shown=note,
            )
            await delivery.start("Looking…")
            for part in range(1, PARTS):
                await asyncio.sleep(0.05)
                delivery.append(answer_text(number, part))
            await delivery.finish(answer_text(number))

        inbox = Inbox(store, Lanes(200, 1_000), answer, holder, ["scripted"], lease_seconds=lease)
        await inbox.start()
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            arrival = await inbox.accept(event(int(line)))
            print(line.strip(), arrival.taken, flush=True)  # noqa: T201
        await inbox.drain(10)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))

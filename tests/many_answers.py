"""Many answers at once on scripted platforms, for tests and benchmarks."""

import asyncio
import random

from adapters.delivery import Delivery
from adapters.pacing import Bucket
from adapters.pager import pages
from tests.scripted_platform import EditingPlatform, Outcome, Room

__all__ = ["ANSWER", "expected", "many"]

ANSWER = [f"{number}. **Film {number} (1990)** — a reason in some words.\n" for number in range(1, 6)]


def expected(platform: EditingPlatform, text: str) -> list[str]:
    return [page.text for page in pages(text, platform.limit)] if text.strip() else []


async def many(
    answers: int, rooms: int, failing: float, kind: type[EditingPlatform], seed: int = 7
) -> list[float]:
    """Answers at once over shared rooms; how long each final took after the answer's end, in seconds."""
    chance = random.Random(seed)
    loop = asyncio.get_running_loop()
    counted = [(Room(), Bucket(5, 5.0)) for _ in range(rooms)]

    def outcomes() -> list[Outcome]:
        bad = (Outcome.BUSY, Outcome.LOST, Outcome.DONE_UNSAID)
        return [chance.choice(bad) if chance.random() < failing else Outcome.DONE for _ in range(500)]

    async def one(number: int) -> float:
        room, bucket = counted[number % rooms]
        platform = kind(outcomes(), room)
        delivery = await Delivery(platform, bucket, f"answer {number}").start("Looking…")
        await asyncio.sleep(chance.uniform(0, 3))
        text = ""
        for delta in ANSWER * 2:
            await asyncio.sleep(chance.uniform(0.2, 1.2))
            text += delta
            delivery.append(text)
        ended = loop.time()
        await delivery.finish(text)
        assert list(platform.messages.values()) == expected(platform, text)
        return loop.time() - ended

    delays = await asyncio.gather(*(one(number) for number in range(answers)))
    assert sum(room.exceeded for room, _ in counted) == 0
    return sorted(delays)

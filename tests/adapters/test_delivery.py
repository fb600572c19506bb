"""Answers reach the people whole and once, whatever the platform does. Time is virtual."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.delivery import Delivery, DeliveryFailed, PlatformRefused, StreamRefused
from adapters.pacing import Bucket
from adapters.pager import Limit
from tests.many_answers import ANSWER, expected, many
from tests.scripted_platform import EditingPlatform, Outcome, Room, StreamingPlatform
from tests.virtual_time import run

BOTH = pytest.mark.parametrize("kind", [EditingPlatform, StreamingPlatform])


async def told(
    platform: EditingPlatform,
    deltas: Sequence[str],
    gaps: Sequence[float] = (0.1,),
    bucket: Bucket | None = None,
    dressing: str | None = None,
    **options: object,
) -> Delivery:
    """One answer, written delta by delta, then finished."""
    delivery = Delivery(platform, bucket or Bucket(5, 5.0), "answer", **options)  # type: ignore[arg-type]
    await delivery.start("Looking…")
    text = ""
    for number, delta in enumerate(deltas):
        await asyncio.sleep(gaps[number % len(gaps)])
        text += delta
        delivery.append(text)
    await delivery.finish(text, dressing)
    return delivery


OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=25)
DELTAS = st.lists(
    st.sampled_from([*ANSWER, "word ", "**", "```\n", "[a](https://e.org) ", "\n\n", "x" * 80, "🎬", "* "]),
    min_size=1,
    max_size=40,
)
GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=5)


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from([EditingPlatform, StreamingPlatform]),
    OUTCOMES,
    DELTAS,
    GAPS,
    st.sampled_from([Limit(100), Limit(2000)]),
)
def test_the_text_finally_shown_is_the_whole_answer_once(
    kind: type[EditingPlatform],
    outcomes: list[Outcome],
    deltas: list[str],
    gaps: list[float],
    limit: Limit,
) -> None:
    async def main() -> None:
        platform = kind(outcomes, limit=limit)
        await told(platform, deltas, gaps, dressing="cards")
        assert list(platform.messages.values()) == expected(platform, "".join(deltas))
        assert list(platform.dressings) == list(platform.messages)[-1:]
        assert platform.most_in_flight <= 1
        assert platform.room.exceeded == 0
        assert not platform.live, "no stream is left open"

    run(main())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([EditingPlatform, StreamingPlatform]), OUTCOMES, st.floats(0, 6), st.floats(0, 2))
def test_whoever_waits_for_the_end_may_be_cancelled_and_the_end_comes_all_the_same(
    kind: type[EditingPlatform], outcomes: list[Outcome], before: float, after: float
) -> None:
    async def main() -> None:
        platform = kind(outcomes)
        delivery = await Delivery(platform, Bucket(5, 5.0), "answer").start()
        writing = asyncio.create_task(asyncio.sleep(before))
        delivery.append("".join(ANSWER[:3]))
        await writing
        ending = asyncio.create_task(delivery.finish("".join(ANSWER)))
        await asyncio.sleep(after)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        await delivery.finish("another text, too late")
        assert list(platform.messages.values()) == expected(platform, "".join(ANSWER))

    run(main())


@BOTH
def test_it_is_shown_while_it_is_written(kind: type[EditingPlatform]) -> None:
    async def main() -> list[str]:
        platform = kind()
        seen = []
        task = asyncio.create_task(told(platform, ANSWER, [1.0]))
        while not task.done():
            await asyncio.sleep(0.5)
            seen += [text for text in platform.messages.values() if text not in seen]
        return seen

    seen = run(main())
    assert len(seen) >= 3
    assert any(text.startswith("1. **Film 1 (1990)**") for text in seen[:3])


def test_the_status_line_is_replaced_and_not_added_to() -> None:
    async def main() -> None:
        platform = EditingPlatform()
        delivery = await Delivery(platform, Bucket(5, 5.0), "answer").start("Looking…")
        await asyncio.sleep(0.3)
        assert list(platform.messages.values()) == ["Looking…"]
        await delivery.finish("Here:")
        assert list(platform.messages.values()) == ["Here:"]

    run(main())


def test_an_answer_that_comes_at_once_takes_one_call() -> None:
    async def main() -> int:
        platform = EditingPlatform()
        delivery = await Delivery(platform, Bucket(5, 5.0), "answer").start("Looking…")
        await asyncio.sleep(0.02)
        await delivery.finish("Here:")
        return delivery.calls

    assert run(main()) == 1


def test_an_answer_of_an_earlier_worker_is_completed_by_edit() -> None:
    async def main() -> None:
        platform = EditingPlatform()
        before: list[str] = []

        async def note(ids: list[str]) -> None:
            before[:] = ids

        first = await Delivery(platform, Bucket(5, 5.0), "answer", on_shown=note).start("Looking…")
        first.append("Half of")
        await asyncio.sleep(1)
        second = Delivery(platform, Bucket(5, 5.0), "answer", shown=before)
        await second.finish("Half of it, then the rest.")
        assert list(platform.messages.values()) == ["Half of it, then the rest."]
        await first.finish("Half of it, then the rest.")

    run(main())


@BOTH
def test_a_message_that_is_deleted_is_posted_again(kind: type[EditingPlatform]) -> None:
    async def main() -> None:
        platform = kind([Outcome.DONE, Outcome.DONE, Outcome.DELETED])
        await told(platform, ANSWER, [2.0])
        assert list(platform.messages.values()) == expected(platform, "".join(ANSWER))

    run(main())


def test_a_platform_that_refuses_ends_the_answer_with_an_error() -> None:
    class Closed(EditingPlatform):
        async def send(self, text: str, key: str) -> str:
            raise PlatformRefused("no such channel")

    async def main() -> None:
        with pytest.raises(PlatformRefused):
            await told(Closed(), ANSWER)

    run(main())


def test_long_answers_become_several_messages_in_order() -> None:
    async def main() -> None:
        platform = EditingPlatform(limit=Limit(120))
        delivery = await told(platform, ANSWER * 3)
        assert len(platform.messages) >= 4
        assert list(platform.messages.values()) == expected(platform, "".join(ANSWER * 3))
        assert delivery.calls < 40

    run(main())


def test_a_final_goes_before_interim_edits_of_others_in_its_bucket() -> None:
    async def main() -> float:
        room, bucket = Room(), Bucket(5, 5.0)
        loop = asyncio.get_running_loop()
        busy = [
            asyncio.create_task(told(EditingPlatform(room=room), ANSWER * 20, [0.1], bucket))
            for _ in range(3)
        ]
        await asyncio.sleep(4)
        delivery = await Delivery(EditingPlatform(room=room), bucket, "late").start()
        start = loop.time()
        await delivery.finish("Short.")
        waited = loop.time() - start
        await asyncio.gather(*busy)
        assert room.exceeded == 0
        return waited

    assert run(main()) < 2


def test_two_hundred_answers_over_sixty_buckets_end_whole_and_soon() -> None:
    delays = run(many(200, 60, 0.05, EditingPlatform))
    assert len(delays) == 200
    assert delays[197] <= 2.0, "virtual seconds: the 99th percentile of the wait for a final"


def test_two_hundred_streams_over_sixty_buckets_end_whole() -> None:
    delays = run(many(200, 60, 0.05, StreamingPlatform))
    assert len(delays) == 200
    assert delays[180] <= 2.0, "a lost append takes two more calls: stop, then edit"


def test_the_kinds_of_failures_are_one_family() -> None:
    assert issubclass(PlatformRefused, DeliveryFailed)


def test_cards_come_with_the_last_edit_and_where_they_are_refused_the_answer_stands() -> None:
    async def scenario() -> None:
        room = Room(100)
        platform = EditingPlatform(room=room)
        await told(platform, ANSWER, (0.3,), dressing="cards")
        calls = len(room.taken)
        assert platform.dressings == {"1": "cards"}
        await told(EditingPlatform(room=room), ANSWER, (0.3,))
        assert len(room.taken) == 2 * calls, "they take no call of their own"

        class Plain(EditingPlatform):
            async def dress(self, message: str, text: str, dressing: object) -> None:
                raise PlatformRefused("no cards here")

        plain = Plain()
        await told(plain, ANSWER, (0.3,), dressing="cards")
        assert list(plain.messages.values()) == expected(plain, "".join(ANSWER))
        assert plain.dressings == {}

    run(scenario())


def test_interim_edits_come_evenly_but_the_first_text_at_once() -> None:
    async def scenario() -> list[float]:
        loop = asyncio.get_running_loop()
        began, at = loop.time(), []

        class Timed(EditingPlatform):
            async def edit(self, message: str, text: str) -> None:
                at.append(loop.time() - began)
                await super().edit(message, text)

        await told(Timed(), [f"sentence number {number}. " for number in range(40)], (0.2,))
        return at

    first, *rest = run(scenario())
    assert first < 0.5, "the status line, shown at .15 s, is replaced as soon as there is text"
    interim = rest[:-1]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(interim))


class WholePlatform(StreamingPlatform):
    """Takes cards at once, and streams or changes only as it is told. Implements `WholePort`."""

    streams, only_whole = True, False

    async def start(self, key: str) -> str:
        if not self.streams:
            raise StreamRefused("none here")
        return await super().start(key)

    async def send_whole(self, text: str, key: str, dressing: object) -> str:
        message = await self.send(text, key)
        self.dressings[message] = dressing
        return message


def test_the_cards_of_a_stream_come_with_its_end() -> None:
    async def scenario() -> None:
        room, other = Room(100, 1_000.0), Room(100, 1_000.0)
        platform = WholePlatform(room=room)
        await told(platform, ANSWER, (0.37,), dressing="cards")
        assert list(platform.messages.values()) == expected(platform, "".join(ANSWER))
        assert platform.dressings == {"1": "cards"}
        assert not platform.live
        await told(WholePlatform(room=other), ANSWER, (0.37,))
        assert len(room.taken) == len(other.taken), "they take no call of their own"

        class Plain(WholePlatform):
            async def stop(self, message: str, text: str, dressing: object = None) -> None:
                if dressing is not None:
                    raise PlatformRefused("no cards here")
                await super().stop(message, text)

        plain = Plain()
        await told(plain, ANSWER, (0.37,), dressing="cards")
        assert list(plain.messages.values()) == expected(plain, "".join(ANSWER))

    run(scenario())


def test_where_no_stream_begins_messages_are_changed_and_where_they_may_not_be_one_is_posted() -> None:
    async def scenario() -> None:
        edited = WholePlatform()
        edited.streams = False
        await told(edited, ANSWER, (0.5,), dressing="cards")
        assert list(edited.messages.values()) == expected(edited, "".join(ANSWER))
        assert edited.dressings == {"1": "cards"}
        assert len(edited.room.taken) > 1

        room = Room(100)
        once = WholePlatform(room=room)
        once.only_whole = True
        await told(once, ANSWER, (0.5,), dressing="cards")
        assert list(once.messages.values()) == expected(once, "".join(ANSWER))
        assert len(room.taken) == 1

    run(scenario())


def test_what_is_over_before_it_is_worth_a_stream_is_posted_at_once() -> None:
    async def scenario() -> None:
        room = Room(100)
        platform = WholePlatform(room=room)
        await told(platform, ANSWER, (0.01,), dressing="cards")
        assert list(platform.messages.values()) == expected(platform, "".join(ANSWER))
        assert platform.dressings == {"1": "cards"}
        assert len(room.taken) == 1

    run(scenario())


@settings(max_examples=200, deadline=None)
@given(OUTCOMES, DELTAS, GAPS, st.booleans(), st.booleans())
def test_on_each_step_of_the_way_down_the_whole_answer_stands_once(
    outcomes: list[Outcome], deltas: list[str], gaps: list[float], streams: bool, only_whole: bool
) -> None:
    async def main() -> None:
        platform = WholePlatform(outcomes, limit=Limit(100))
        platform.streams, platform.only_whole = streams, only_whole
        await told(platform, deltas, gaps, dressing="cards")
        assert list(platform.messages.values()) == expected(platform, "".join(deltas))
        assert platform.most_in_flight <= 1
        assert not platform.live

    run(main())

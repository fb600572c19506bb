"""One conversation at a time, several conversations at once."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.lanes import Admission, Job, Lanes, Overlap
from tests.virtual_time import run


class Log:
    """Jobs that say when they begin and end."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.replaced: list[str] = []
        self.under_way: list[str] = []
        self.most_at_once = 0
        self.visible: set[str] = set()

    def job(
        self, conversation: str, name: str, seconds: float = 1.0, shown_after: float = 9.0, asker: str = "ann"
    ) -> Job:
        async def work() -> None:
            assert conversation not in self.under_way, "two at once in one conversation"
            self.under_way.append(conversation)
            self.most_at_once = max(self.most_at_once, len(self.under_way))
            try:
                await asyncio.sleep(min(seconds, shown_after))
                if shown_after < seconds:
                    self.visible.add(name)
                    await asyncio.sleep(seconds - shown_after)
                self.ended.append(name)
            finally:
                self.under_way.remove(conversation)

        async def replaced() -> None:
            self.replaced.append(name)

        return Job(conversation, asker, work, lambda: name in self.visible, replaced)


def test_the_newest_message_takes_the_place_of_one_of_which_nothing_is_shown() -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(5, 5)
        lanes.submit(log.job("a", "first"))
        await asyncio.sleep(0.1)
        assert lanes.submit(log.job("a", "second")).place == 0, "it waits for nobody"
        assert lanes.submit(log.job("a", "third")).place == 0
        await asyncio.sleep(5)
        assert log.ended == ["third"]
        assert sorted(log.replaced) == ["first", "second"]

    run(main())


def test_one_that_is_replaced_before_it_began_leaves_its_place() -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(1, 1)
        for name in ("first", "second", "third"):
            await asyncio.sleep(0)
            lanes.submit(log.job("a", name))
        await asyncio.sleep(5)
        assert log.ended == ["third"]
        assert sorted(log.replaced) == ["first", "second"]

    run(main())


def test_somebody_elses_message_waits_its_turn() -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(5, 5)
        lanes.submit(log.job("a", "first"))
        lanes.submit(log.job("a", "second"))
        assert lanes.submit(log.job("a", "other", asker="bob")).place == 2
        await asyncio.sleep(5)
        assert log.ended == ["second", "other"]
        assert log.replaced == ["first"]

    run(main())


def test_what_is_shown_already_is_finished_first() -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(5, 5)
        lanes.submit(log.job("a", "first", 1.0, shown_after=0.1))
        await asyncio.sleep(0.2)
        assert lanes.submit(log.job("a", "second")) == Admission(True), "it waits for the asker's own answer"
        lanes.submit(log.job("a", "third"))
        await asyncio.sleep(5)
        assert log.ended == ["first", "third"]
        assert log.replaced == ["second"]

    run(main())


def test_all_are_answered_in_turn_where_they_queue() -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(5, 5, Overlap.QUEUE)
        for name in ("first", "second", "third"):
            lanes.submit(log.job("a", name))
        await asyncio.sleep(5)
        assert log.ended == ["first", "second", "third"]
        assert log.replaced == []

    run(main())


def test_a_job_that_breaks_does_not_hold_up_the_next() -> None:
    async def broken() -> None:
        raise RuntimeError("nobody foresaw this")

    async def main() -> None:
        log, lanes = Log(), Lanes(1, 5, Overlap.QUEUE)
        lanes.submit(Job("a", "ann", broken))
        lanes.submit(log.job("a", "second"))
        await asyncio.sleep(5)
        assert log.ended == ["second"]

    run(main())


@pytest.mark.parametrize(("grace", "ended"), [(2.0, ["quick", "slow"]), (0.5, ["quick"])])
def test_draining_waits_as_long_as_it_may_and_says_what_was_not_done(grace: float, ended: list[str]) -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(2, 5)
        slow, waiting = log.job("b", "slow", 1.5), log.job("c", "waiting")
        lanes.submit(log.job("a", "quick", 0.1))
        lanes.submit(slow)
        lanes.submit(waiting)
        undone = await lanes.drain(grace)
        assert log.ended == ended
        assert waiting in undone
        assert (slow in undone) is ("slow" not in ended)
        assert not lanes.submit(log.job("d", "late")).accepted

    run(main())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.floats(0, 2), st.floats(0.1, 3), st.floats(0, 3)), max_size=30
    ),
    st.sampled_from(Overlap),
    st.integers(1, 4),
    st.integers(0, 6),
)
def test_every_job_is_answered_or_replaced_or_refused(
    plan: list[tuple[str, float, float, float]], overlap: Overlap, parallel: int, waiting: int
) -> None:
    async def main() -> None:
        log, lanes = Log(), Lanes(parallel, waiting, overlap)
        refused = 0
        for number, (conversation, before, seconds, shown_after) in enumerate(plan):
            await asyncio.sleep(before)
            admission = lanes.submit(log.job(conversation, str(number), seconds, shown_after))
            refused += not admission.accepted
            assert lanes.waiting <= max(waiting, 1)
        await asyncio.sleep(200)
        assert len(log.ended) + len(log.replaced) + refused == len(plan)
        assert len({*log.ended, *log.replaced}) == len(plan) - refused
        assert log.most_at_once <= parallel

    run(main())

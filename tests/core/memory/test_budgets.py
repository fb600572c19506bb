"""Requests and tokens are counted; what is too much is refused, with the time it lifts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.memory.budgets import Allowance, Budget, Budgets, Limits, Verdict
from core.memory.records import Owner, Subject
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import SqlStore, opened_store

ANN = Owner(Subject.USER, "slack", "T1/ann")
BOB = Owner(Subject.USER, "slack", "T1/bob")
TEAM = Owner(Subject.SERVER, "slack", "T1")
NOON = 20_000 * 86_400 + 43_200.0


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SqlStore]:
    async with opened_store(sqlite_url(tmp_path / "state.sqlite"), clock) as opened:
        yield opened


async def verdicts(budgets: Budgets, user: Owner, count: int) -> list[Verdict]:
    return [(await budgets.request(user, TEAM)).verdict for _ in range(count)]


async def test_past_the_limit_of_a_minute_a_user_is_told_when_it_lifts(store: SqlStore, clock: Clock) -> None:
    budgets = Budgets(store, Limits(user=Budget(requests_per_minute=3)), clock)
    clock.now += 36
    assert await verdicts(budgets, ANN, 3) == [Verdict.FULL] * 3
    refused = await budgets.request(ANN, TEAM)
    assert refused == Allowance(Verdict.REFUSED, 3, Subject.USER, False, 24.0, first=True)
    assert not (await budgets.request(ANN, TEAM)).first
    assert await verdicts(budgets, BOB, 1) == [Verdict.FULL]
    clock.now += 24
    assert await verdicts(budgets, ANN, 1) == [Verdict.FULL]


async def test_a_server_and_everyone_have_limits_of_their_own(store: SqlStore, clock: Clock) -> None:
    server = Budgets(store, Limits(Budget(), server=Budget(requests_per_minute=2)), clock)
    assert await verdicts(server, ANN, 1) == [Verdict.FULL]
    assert await verdicts(server, BOB, 2) == [Verdict.FULL, Verdict.REFUSED]
    clock.now += 60
    everyone = Budgets(store, Limits(Budget(), everyone=Budget(requests_per_day=1)), clock)
    assert (await everyone.request(ANN, None)).verdict is Verdict.FULL
    refused = await everyone.request(BOB, TEAM)
    assert (refused.verdict, refused.owner, refused.per_day) == (Verdict.REFUSED, Subject.EVERYONE, True)
    assert refused.lifts_in_seconds == 43_200 - 60


async def test_without_tokens_the_composer_answers_and_the_user_is_told_once(
    store: SqlStore, clock: Clock
) -> None:
    budgets = Budgets(store, Limits(user=Budget(tokens_per_day=1_000)), clock)
    await store.add_usage(budgets.spent(ANN, TEAM, 999))
    assert await verdicts(budgets, ANN, 1) == [Verdict.FULL]
    await store.add_usage(budgets.spent(ANN, TEAM, 1))
    first, second = await budgets.request(ANN, TEAM), await budgets.request(ANN, TEAM)
    assert (first.verdict, first.first, second.verdict, second.first) == (
        Verdict.COMPOSER,
        True,
        Verdict.COMPOSER,
        False,
    )
    assert await verdicts(budgets, BOB, 1) == [Verdict.FULL]
    clock.now += 43_200
    assert await verdicts(budgets, ANN, 1) == [Verdict.FULL]


async def test_counts_hold_across_workers_and_restarts(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(user=Budget(requests_per_minute=3))
    url = sqlite_url(tmp_path / "state.sqlite")
    async with opened_store(url, clock) as one, opened_store(url, clock) as other:
        assert await verdicts(Budgets(one, limits, clock), ANN, 2) == [Verdict.FULL] * 2
        assert await verdicts(Budgets(other, limits, clock), ANN, 2) == [Verdict.FULL, Verdict.REFUSED]
    async with opened_store(url, clock) as again:
        assert await verdicts(Budgets(again, limits, clock), ANN, 1) == [Verdict.REFUSED]


async def test_a_clock_that_jumps_gives_no_error_and_no_endless_refusal(
    store: SqlStore, clock: Clock
) -> None:
    budgets = Budgets(store, Limits(user=Budget(requests_per_minute=1)), clock)
    for jump in (0.0, 86_400.0, -172_800.0, 31.5):
        clock.now += jump
        allowance = await budgets.request(ANN, TEAM)
        assert 0 <= allowance.lifts_in_seconds <= 60


async def test_what_has_no_limit_is_not_counted(store: SqlStore, clock: Clock) -> None:
    budgets = Budgets(store, Limits(Budget()), clock)
    assert await verdicts(budgets, ANN, 5) == [Verdict.FULL] * 5
    await store.add_usage(budgets.spent(ANN, TEAM, 5_000))
    assert (await store.export(ANN))["usage"] == []

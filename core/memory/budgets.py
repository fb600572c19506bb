"""How much a user, a server and everyone together may use. Counted in the store, right across workers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.memory.ports import UsageStore
from core.memory.records import Owner, Subject

__all__ = ["Allowance", "Budget", "Budgets", "Limits", "Verdict"]

_MINUTE, _DAY = 60, 86_400


class Verdict(StrEnum):
    """What a request may have."""

    FULL = "full"
    COMPOSER = "composer"
    """The tokens are used up: the composer answers."""
    REFUSED = "refused"
    """Too many requests."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Of one owner. None is no limit."""

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    """Of language models, input and output together. At the soft limit, this many, the composer answers."""
    requests_per_day: int | None = None
    """The hard limit: past it requests are refused until the day, in UTC, ends."""


@dataclass(frozen=True, slots=True)
class Limits:
    """By kind of owner."""

    user: Budget = Budget(requests_per_minute=10)
    server: Budget = Budget()
    everyone: Budget = Budget()


@dataclass(frozen=True, slots=True)
class Allowance:
    """The answer to a request for room."""

    verdict: Verdict
    limit: int = 0
    """The limit that was reached."""
    owner: Subject = Subject.USER
    """Whose."""
    per_day: bool = False
    """Whether it is one of a day; else of a minute."""
    lifts_in_seconds: float = 0.0
    """When it lifts."""
    first: bool = False
    """Whether this is the first time today that it was reached, so that the user is told once."""


class Budgets:
    """Counts requests and tokens.

    Args:
        store: Where.
        limits: What may be used.
        clock: Seconds since the epoch.
    """

    def __init__(self, store: UsageStore, limits: Limits, clock: Callable[[], float]) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock

    async def request(self, user: Owner, server: Owner | None) -> Allowance:
        """Count a request, and say what it may have. One that is refused counts too, but for the minute and
        day that it came in alone.
        """
        now = self._clock()
        for owner, budget in self._owners(user, server):
            for metric, limit, seconds in (
                ("requests/minute", budget.requests_per_minute, _MINUTE),
                ("requests/day", budget.requests_per_day, _DAY),
            ):
                if limit is None:
                    continue
                window = math.floor(now / seconds)
                used = await self._store.add_usage(owner, metric, window, 1)
                if used > limit:
                    lifts = (window + 1) * seconds - now
                    return Allowance(
                        Verdict.REFUSED, limit, owner.kind, seconds == _DAY, lifts, used == limit + 1
                    )
        return await self._tokens_left(user, server, now)

    async def _tokens_left(self, user: Owner, server: Owner | None, now: float) -> Allowance:
        day = math.floor(now / _DAY)
        for owner, budget in self._owners(user, server):
            limit = budget.tokens_per_day
            if limit is not None and await self._store.usage(owner, "tokens/day", day) >= limit:
                told = await self._store.add_usage(user, "told/day", day, 1)
                lifts = (day + 1) * _DAY - now
                return Allowance(Verdict.COMPOSER, limit, owner.kind, True, lifts, told == 1)
        return Allowance(Verdict.FULL)

    async def spent(self, user: Owner, server: Owner | None, tokens: int) -> None:
        """Count the tokens of an answer."""
        if tokens <= 0:
            return
        day = math.floor(self._clock() / _DAY)
        for owner, budget in self._owners(user, server):
            if budget.tokens_per_day is not None:
                await self._store.add_usage(owner, "tokens/day", day, tokens)

    def _owners(self, user: Owner, server: Owner | None) -> list[tuple[Owner, Budget]]:
        owners = [(user, self._limits.user)]
        if server is not None:
            owners.append((server, self._limits.server))
        return [*owners, (Owner(Subject.EVERYONE), self._limits.everyone)]

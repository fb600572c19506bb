"""How much a user, a server and everyone together may use. Counted in the store, right across workers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.memory.ports import UsageStore
from core.memory.records import Count, Owner, Subject

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
        """Count a request, and say what it may have. One that is refused counts only against the limit that
        refused it.
        """
        now = self._clock()
        asked = self._limits_of_requests(user, server, now)
        tokens = self._limits_of_tokens(user, server, now)
        amounts = dict.fromkeys(asked, 1) | dict.fromkeys(tokens, 0)
        if not amounts:
            return Allowance(Verdict.FULL)
        sums = await self._store.add_usage(amounts)
        for count, limit in asked.items():
            if sums[count] > limit:
                await self._store.add_usage({other: -1 for other in asked if other != count})
                return _reached(Verdict.REFUSED, count, limit, now, first=sums[count] == limit + 1)
        for count, limit in tokens.items():
            if sums[count] >= limit:
                told = Count(user, "told/day", count.window)
                first = (await self._store.add_usage({told: 1}))[told] == 1
                return _reached(Verdict.COMPOSER, count, limit, now, first=first)
        return Allowance(Verdict.FULL)

    def spent(self, user: Owner, server: Owner | None, tokens: int) -> dict[Count, int]:
        """What the tokens of an answer add to the counts, to be kept with the turn."""
        counted = self._limits_of_tokens(user, server, self._clock()) if tokens > 0 else {}
        return dict.fromkeys(counted, tokens)

    def _limits_of_requests(self, user: Owner, server: Owner | None, now: float) -> dict[Count, int]:
        limits: dict[Count, int] = {}
        for owner, budget in self._owners(user, server):
            if budget.requests_per_minute is not None:
                limits[_count(owner, "requests/minute", now)] = budget.requests_per_minute
            if budget.requests_per_day is not None:
                limits[_count(owner, "requests/day", now)] = budget.requests_per_day
        return limits

    def _limits_of_tokens(self, user: Owner, server: Owner | None, now: float) -> dict[Count, int]:
        return {
            _count(owner, "tokens/day", now): budget.tokens_per_day
            for owner, budget in self._owners(user, server)
            if budget.tokens_per_day is not None
        }

    def _owners(self, user: Owner, server: Owner | None) -> list[tuple[Owner, Budget]]:
        owners = [(user, self._limits.user)]
        if server is not None:
            owners.append((server, self._limits.server))
        return [*owners, (Owner(Subject.EVERYONE), self._limits.everyone)]


def _seconds(metric: str) -> int:
    return _DAY if metric.endswith("/day") else _MINUTE


def _count(owner: Owner, metric: str, now: float) -> Count:
    return Count(owner, metric, math.floor(now / _seconds(metric)))


def _reached(verdict: Verdict, count: Count, limit: int, now: float, *, first: bool) -> Allowance:
    seconds = _seconds(count.metric)
    lifts = (count.window + 1) * seconds - now
    return Allowance(verdict, limit, count.owner.kind, seconds == _DAY, lifts, first)

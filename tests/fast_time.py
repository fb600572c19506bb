"""A clock that runs faster, for what waits for seconds on both sides of a connection."""

import asyncio
import time

__all__ = ["FastTime"]


class FastTime:
    """Seconds that pass `factor` times as fast.

    Args:
        factor: How much faster.
    """

    def __init__(self, factor: float = 300.0) -> None:
        self.factor = factor
        self.slept: list[float] = []
        """What was waited for, in its own seconds."""

    def clock(self) -> float:
        """Seconds that only grow."""
        return time.monotonic() * self.factor

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        self.slept.append(seconds)
        await asyncio.sleep(seconds / self.factor)

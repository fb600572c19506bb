"""Leaving alone for a while what keeps failing: https://martinfowler.com/bliki/CircuitBreaker.html"""

from collections.abc import Callable

__all__ = ["PAUSE_SECONDS", "Breaker"]

_FAILURES = 3
PAUSE_SECONDS = 30.0


class Breaker:
    """Keeps away from what fails three times in a row, and lets one request try it again after a pause.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._resting_until = float("-inf")

    def allows(self) -> bool:
        """Whether to ask it. After a pause the first who asks is the trial; others wait for its outcome."""
        now = self._clock()
        if now < self._resting_until:
            return False
        if self._resting_until > float("-inf"):
            self._resting_until = now + PAUSE_SECONDS
        return True

    @property
    def resting(self) -> bool:
        """Whether it is being kept away from."""
        return self.rests_for > 0

    @property
    def rests_for(self) -> float:
        """How much longer it is kept away from, in seconds; 0 where it is not."""
        return max(0.0, self._resting_until - self._clock())

    def succeeded(self) -> None:
        """It answered."""
        self._failures = 0
        self._resting_until = float("-inf")

    def missed(self, pause_seconds: float | None = None) -> None:
        """It did not answer: it rests for this long, or, without a number, from the third time on."""
        self._failures += 1
        pause = pause_seconds
        if pause is None:
            pause = PAUSE_SECONDS if self._failures >= _FAILURES else 0.0
        if pause:
            self._resting_until = self._clock() + pause

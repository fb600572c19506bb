"""Rate limits, as Discord counts and tells them: https://discord.com/developers/docs/topics/rate-limits"""

import time
from collections import deque

__all__ = ["RateLimits"]


class RateLimits:
    """A window of calls for each bucket.

    Args:
        calls: How many a bucket takes…
        seconds: …in this time.
    """

    def __init__(self, calls: int = 5, seconds: float = 5.0) -> None:
        self.calls, self.seconds = calls, seconds
        self._taken: dict[str, deque[float]] = {}
        self.refused = 0
        """Calls that came although there was no room."""

    def take(self, bucket: str) -> tuple[float | None, dict[str, str]]:
        """Count a call.

        Returns:
            Seconds to wait where it is refused, and the headers of the answer.
        """
        now = time.monotonic()
        taken = self._taken.setdefault(bucket, deque())
        while taken and taken[0] <= now - self.seconds:
            taken.popleft()
        full = len(taken) >= self.calls
        if full:
            self.refused += 1
        else:
            taken.append(now)
        wait = taken[0] + self.seconds - now
        headers = {
            "X-RateLimit-Bucket": bucket,
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Remaining": str(self.calls - len(taken)),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
        }
        return (wait if full else None), headers

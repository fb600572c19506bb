"""Rate limits, as Slack counts and tells them: https://docs.slack.dev/apis/web-api/rate-limits"""

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["TIERS", "RateLimits", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


TIERS: Mapping[int, Window] = MappingProxyType({2: Window(20, 60), 3: Window(50, 60), 4: Window(100, 60)})
"""What a workspace may call of each method of a tier: the least that Slack promises."""

# Each method's tier stands on its page below https://docs.slack.dev/reference/methods. Left out are those
# with special limits that no bot comes near (`auth.test`, `oauth.v2.access`, `assistant.threads.setStatus`)
# and tier 1, of which Slack takes bursts (`apps.connections.open`, `apps.uninstall`).
_TIER_OF = {
    "agents.sessions.rename": 3,
    "agents.sessions.setStatus": 3,
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "auth.revoke": 3,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
# https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
_OUTSIDE_MARKETPLACE = {"conversations.history", "conversations.replies"}
_RARE = Window(1, 60)
_MINUTE_POSTS = Window(300, 60)
"""«Several hundred» posts a minute: https://docs.slack.dev/reference/methods/chat.postMessage#rate_limiting"""


class RateLimits:
    """A window of calls for each method and workspace, and for posts in each channel.

    Args:
        tiers: Windows by tier.
        posts: Of `chat.postMessage` in one channel.
        marketplace: Whether the app is sold there; others read histories once a minute.
    """

    def __init__(
        self,
        tiers: Mapping[int, Window] = TIERS,
        posts: Window = Window(1, 1),
        *,
        marketplace: bool = True,
    ) -> None:
        self.tiers, self.posts, self.marketplace = tiers, posts, marketplace
        self.refused = 0
        """Calls that came although there was no room."""
        self.refused_of: Counter[str] = Counter()
        """The same by method."""
        self._taken: dict[tuple[str, ...], deque[float]] = {}

    def take(self, method: str, workspace_id: str, channel_id: str, now: float) -> int | None:
        """Count a call, made at `now` (seconds).

        Returns:
            Whole seconds to wait, where it is refused.
        """
        windows = self._windows(method, workspace_id, channel_id)
        waits = [self._wait(key, window, now) for key, window in windows.items()]
        if not any(waits):
            for key in windows:
                self._taken[key].append(now)
            return None
        self.refused += 1
        self.refused_of[method] += 1
        return max(1, math.ceil(max(waits)))

    def _windows(self, method: str, workspace_id: str, channel_id: str) -> dict[tuple[str, ...], Window]:
        if method == "chat.postMessage":
            return {(method, workspace_id): _MINUTE_POSTS, (method, workspace_id, channel_id): self.posts}
        if method in _OUTSIDE_MARKETPLACE and not self.marketplace:
            return {(method, workspace_id): _RARE}
        tier = _TIER_OF.get(method)
        return {(method, workspace_id): self.tiers[tier]} if tier is not None else {}

    def _wait(self, key: tuple[str, ...], window: Window, now: float) -> float:
        """Seconds until there is room; 0 where there is."""
        taken = self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - window.seconds:
            taken.popleft()
        return taken[0] + window.seconds - now if len(taken) >= window.calls else 0.0

"""What a page has of each platform: a user and a channel of its own."""

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Half", "Impossible", "Json", "Seat"]

Json = dict[str, Any]
"""What goes over a page's WebSocket: one object a message, in `type` what it is."""


class Impossible(Exception):
    """What a page asks for cannot be done; the message says why, in words for whoever looks at it."""


class Seat(Protocol):
    """A page's place on a platform."""

    platform: str
    user_id: str

    def greeting(self) -> Json:
        """Everything that a page has to know before anything happens."""
        ...

    def news(self) -> list[Json]:
        """What changed since this was last asked."""
        ...

    async def act(self, action: Mapping[str, Any]) -> None:
        """Do what somebody did on the page.

        Raises:
            Impossible: it cannot be done.
            KeyError, TypeError, ValueError: `action` is not what a page sends.
        """
        ...

    async def leave(self) -> None:
        """End what is under way, and take the user and the channel away."""
        ...


class Half(Protocol):
    """A platform, with the seats on it."""

    platform: str

    async def take_seat(self, number: int) -> Seat:
        """A user and a channel for a new page.

        Args:
            number: The page's.
        """
        ...

    def hear(self) -> None:
        """Hand what went over the wire since the last time to the seats whose it is."""
        ...

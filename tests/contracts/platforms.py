"""What the contract of platforms needs of each: people who write to it, and what they see."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

__all__ = ["Stage"]


class Stage(Protocol):
    """An emulated platform with a worker on it. Each `place` is a channel of its own."""

    most_characters: int
    """Of one message."""

    async def ask(self, place: int, text: str, *, by_bot: bool = False) -> None:
        """Somebody (or another bot) asks Matinee something."""
        ...

    async def as_matinee(self, place: int, text: str) -> None:
        """Matinee itself is heard to ask Matinee something."""
        ...

    async def deliver_again(self) -> None:
        """The platform delivers the last event once more."""
        ...

    def seen(self, place: int) -> list[str]:
        """The texts of Matinee's messages there, as they stand, in order."""
        ...

    def limits_exceeded(self) -> int:
        """How many calls came although there was no room for them."""
        ...

    async def until(self, done: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait for something to come about."""
        ...


StageOpener = Callable[[Path], AbstractAsyncContextManager[Stage]]

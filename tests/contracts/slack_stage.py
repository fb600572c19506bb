"""Slack as a stage for the contract of platforms."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.emulators.slack import Channel, Message, SlackServer, User
from tests.adapters.slack.people import Club, said, working, written

__all__ = ["slack_stage"]


class SlackStage:
    """Implements `tests.contracts.platforms.Stage`."""

    most_characters = 40_000

    def __init__(self, club: Club) -> None:
        self._club = club
        self._channels: dict[int, Channel] = {}

    def _channel(self, place: int) -> Channel:
        if place not in self._channels:
            self._channels[place] = self._club.workspace.channel(f"channel {place}")
        return self._channels[place]

    async def ask(self, place: int, text: str, *, by_bot: bool = False) -> None:
        name = "another bot" if by_bot else f"guest {place}"
        await self._say(place, self._club.workspace.person(name, bot=by_bot), text)

    async def as_matinee(self, place: int, text: str) -> None:
        await self._say(place, self._club.workspace.bot, text)

    async def _say(self, place: int, author: User, text: str) -> Message:
        return await self._club.slack.say(self._channel(place), author, f"@Matinee {text}")

    async def deliver_again(self) -> None:
        delivery = self._club.slack.delivery
        await delivery.settle()
        told = [payload for payload in delivery.events if payload["event"]["type"] == "app_mention"]
        delivery.tell(told[-1])
        await delivery.settle()

    def seen(self, place: int) -> list[str]:
        asked = f"<@{self._club.workspace.bot.id}>"
        answers = [said(message) for message in written(self._channel(place))]
        return [text for text in answers if not text.startswith(asked)]

    def limits_exceeded(self) -> int:
        return self._club.slack.limits.refused

    async def until(self, done: Callable[[], object], seconds: float = 20.0) -> None:
        await self._club.slack.until(done, seconds)


@asynccontextmanager
async def slack_stage(data_dir: Path) -> AsyncIterator[SlackStage]:
    """A workspace, and a worker."""
    async with SlackServer() as slack:
        club = Club(slack)
        async with working(club, data_dir, PARALLEL_ANSWERS="100"):
            yield SlackStage(club)

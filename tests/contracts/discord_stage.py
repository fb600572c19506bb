"""Discord as a stage for the contract of platforms."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import discord
import pytest
import yarl

from adapters.emulators.discord import Channel, DiscordServer, User
from tests.adapters.discord.people import TOKEN, working

__all__ = ["discord_stage"]


class DiscordStage:
    """Implements `tests.contracts.platforms.Stage`."""

    most_characters = 2_000

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._channels: dict[int, Channel] = {}

    def _channel(self, place: int) -> Channel:
        if place not in self._channels:
            self._channels[place] = self._server.guilds[0].channels[place]
        return self._channels[place]

    async def ask(self, place: int, text: str, *, by_bot: bool = False) -> None:
        author = User("another bot", bot=True) if by_bot else self._server.person(f"guest {place}")
        await self._server.say(self._channel(place), author, f"@Matinee {text}")

    async def as_matinee(self, place: int, text: str) -> None:
        await self._server.say(self._channel(place), self._server.bot, f"@Matinee {text}")

    async def deliver_again(self) -> None:
        [session] = self._server.gateway.sessions.values()
        told = [
            event
            for event in session.sent
            if event["t"] == "MESSAGE_CREATE" and not event["d"]["author"]["bot"]
        ]
        await self._server.gateway.dispatch("MESSAGE_CREATE", told[-1]["d"])

    def seen(self, place: int) -> list[str]:
        asked = f"<@{self._server.bot.id}>"
        return [
            message.content
            for message in self._channel(place).visible
            if message.author is self._server.bot and not message.content.startswith(asked)
        ]

    def limits_exceeded(self) -> int:
        return self._server.limits.refused

    async def until(self, done: Callable[[], object], seconds: float = 20.0) -> None:
        await self._server.until(done, seconds)


@asynccontextmanager
async def discord_stage(data_dir: Path) -> AsyncIterator[DiscordStage]:
    """A server with channels enough, and a worker."""
    async with DiscordServer(TOKEN) as server:
        guild = server.guild("Film club", "ann")
        for number in range(60):
            guild.channel(f"channel {number}")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(discord.http.Route, "BASE", server.url)
            gateway = yarl.URL(server.gateway_url)
            patched.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
            async with working(data_dir, PARALLEL_ANSWERS="100"):
                yield DiscordStage(server)

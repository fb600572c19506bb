"""How the bot meets Discord."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord
import yarl

from core.errors import ConfigurationError

__all__ = ["DiscordOptions", "pointed_at"]


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """How the bot meets Discord."""

    guild_ids: Sequence[int] = ()
    """Servers that commands are registered on, at once; everywhere where there are none."""
    message_content: bool = False
    """Whether the application has that intent."""
    shard_count: int | None = None
    """Of all workers; None for what Discord advises."""
    shard_ids: Sequence[int] = ()
    """This worker's; all where there are none."""
    api_url: str | None = None
    """Another server than Discord's; it then holds for the whole process."""
    gateway_url: str | None = None

    def __post_init__(self) -> None:
        if self.shard_ids and self.shard_count is None:
            raise ConfigurationError("DISCORD_SHARD_IDS needs DISCORD_SHARD_COUNT; set both")
        if self.shard_count is not None and any(shard >= self.shard_count for shard in self.shard_ids):
            raise ConfigurationError(
                f"DISCORD_SHARD_IDS go from 0 to {self.shard_count - 1} with "
                f"DISCORD_SHARD_COUNT={self.shard_count}"
            )


def pointed_at(options: DiscordOptions) -> None:
    """Have the library speak to the server that is configured; it holds for the whole process."""
    if options.api_url:
        discord.http.Route.BASE = options.api_url
    if options.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(options.gateway_url)

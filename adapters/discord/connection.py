"""How the bot meets Discord."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord
import yarl

from core.errors import ConfigurationError

__all__ = [
    "PERMISSIONS",
    "DiscordOptions",
    "intent_refused",
    "invite_url",
    "pointed_at",
    "server_refused",
    "token_refused",
]

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    read_message_history=True,
    add_reactions=True,
)
"""What the bot needs on a server."""
_SCOPES = ("bot", "applications.commands")


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


def invite_url(application_id: int) -> str:
    """Where the bot is invited: https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow"""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=_SCOPES)


def token_refused() -> ConfigurationError:
    """Discord does not take the token."""
    return ConfigurationError(
        "DISCORD_TOKEN is refused; make a new one in the developer portal (Bot, Reset Token) and set it"
    )


def intent_refused() -> ConfigurationError:
    """Discord does not let the application read all messages."""
    return ConfigurationError(
        "DISCORD_MESSAGE_CONTENT is on, but the application has not that intent; enable Message Content "
        "Intent in the developer portal (Bot, Privileged Gateway Intents), or unset DISCORD_MESSAGE_CONTENT"
    )


def server_refused(guild_id: int, application_id: int) -> ConfigurationError:
    """Discord does not let the bot register commands on a server."""
    return ConfigurationError(
        f"DISCORD_GUILD_IDS: the bot may not register commands on server {guild_id}; check the number, and "
        f"invite the bot there: {invite_url(application_id)}"
    )

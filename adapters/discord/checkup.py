"""Whether Discord takes what is configured, and the address by which the bot is invited."""

from dataclasses import dataclass

import discord

from adapters.discord.connection import DiscordOptions, pointed_at
from core.errors import ConfigurationError

__all__ = ["PERMISSIONS", "Checkup", "invite_url", "looked_at"]

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
class Checkup:
    """What Discord says of the application."""

    name: str
    invite: str
    """Where those who may manage a server invite the bot to it."""
    reads_messages: bool
    """Whether the application has the Message Content intent."""


def invite_url(application_id: int) -> str:
    """Where the bot is invited: https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow"""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=_SCOPES)


async def looked_at(token: str, options: DiscordOptions) -> Checkup:
    """Log in, look, and leave; the gateway is not connected to.

    Raises:
        ConfigurationError: Discord refuses the token, an intent or a server; the message says what to do.
        OSError: Discord cannot be reached.
    """
    pointed_at(options)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
        except discord.LoginFailure:
            raise ConfigurationError(
                "DISCORD_TOKEN is refused; make a new one in the developer portal (Bot, Reset Token)"
            ) from None
        except discord.HTTPException as error:
            raise OSError(f"Discord answers HTTP {error.status}; try again later") from None
        application = client.application_id
        if application is None or client.user is None:
            raise OSError("Discord tells no application")
        flags = client.application_flags
        reads = flags.gateway_message_content or flags.gateway_message_content_limited
        if options.message_content and not reads:
            raise ConfigurationError(
                "DISCORD_MESSAGE_CONTENT is on, but the application has not that intent; enable Message "
                "Content Intent in the developer portal (Bot, Privileged Gateway Intents), or unset it"
            )
        invite = invite_url(application)
        for guild_id in options.guild_ids:
            try:
                await client.http.get_guild_commands(application, guild_id)
            except discord.Forbidden:
                raise ConfigurationError(
                    f"DISCORD_GUILD_IDS: the bot may not register commands on server {guild_id}; check the "
                    f"number, and invite the bot there: {invite}"
                ) from None
        return Checkup(client.user.name, invite, reads)

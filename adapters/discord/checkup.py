"""Whether Discord takes what is configured, and the address by which the bot is invited."""

from dataclasses import dataclass

import discord

from adapters.discord.connection import (
    DiscordOptions,
    intent_refused,
    invite_url,
    pointed_at,
    server_refused,
    token_refused,
)

__all__ = ["Checkup", "looked_at"]


@dataclass(frozen=True, slots=True)
class Checkup:
    """What Discord says of the application."""

    name: str
    invite: str
    """Where those who may manage a server invite the bot to it."""


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
            raise token_refused() from None
        except discord.HTTPException as error:
            raise OSError(f"Discord answers HTTP {error.status}; try again later") from None
        application = client.application_id
        if application is None or client.user is None:
            raise OSError("Discord tells no application")
        flags = client.application_flags
        reads = flags.gateway_message_content or flags.gateway_message_content_limited
        if options.message_content and not reads:
            raise intent_refused()
        for guild_id in options.guild_ids:
            try:
                await client.http.get_guild_commands(application, guild_id)
            except discord.Forbidden:
                raise server_refused(guild_id, application) from None
        return Checkup(client.user.name, invite_url(application))

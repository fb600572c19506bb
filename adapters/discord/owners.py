"""Whose something is, by Discord's ids."""

import discord

from core.memory.records import Owner, Subject

__all__ = ["PLATFORM", "cautious_in", "owner_of", "ruling_channel", "server_owner"]

PLATFORM = "discord"


def owner_of(user_id: int) -> Owner:
    """A user."""
    return Owner(Subject.USER, PLATFORM, str(user_id))


def server_owner(guild_id: int) -> Owner:
    """A server."""
    return Owner(Subject.SERVER, PLATFORM, str(guild_id))


def ruling_channel(channel: object) -> str:
    """The id of the channel whose rules hold in one (a thread's: the one it belongs to); empty in private."""
    if isinstance(channel, discord.Thread):
        return str(channel.parent_id)
    return str(channel.id) if isinstance(channel, discord.abc.GuildChannel) else ""


def cautious_in(channel: object) -> bool:
    """Whether titles for adults alone are out of place: in channels that are not marked for them."""
    if isinstance(channel, (discord.Thread, discord.TextChannel, discord.VoiceChannel, discord.StageChannel)):
        return not channel.is_nsfw()
    return False

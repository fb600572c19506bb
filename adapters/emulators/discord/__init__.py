"""A stand-in for Discord over loopback: its gateway and the REST routes that a bot uses."""

from adapters.emulators.discord.server import DiscordServer, Exchange
from adapters.emulators.discord.world import Channel, Guild, Interaction, Message, Problem, User

__all__ = ["Channel", "DiscordServer", "Exchange", "Guild", "Interaction", "Message", "Problem", "User"]

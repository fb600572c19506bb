"""Words to whoever interacts, and to nobody else."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord

from adapters import copy
from core.incidents import unforeseen

__all__ = ["no_silence", "say_privately", "tell_of_fault"]

log = logging.getLogger("matinee.discord")

Interaction = discord.Interaction[Any]


async def say_privately(interaction: Interaction, text: str) -> None:
    """Answer an interaction for its user alone."""
    await interaction.response.send_message(text, ephemeral=True, suppress_embeds=True)


@asynccontextmanager
async def no_silence(interaction: Interaction) -> AsyncIterator[None]:
    """Whatever breaks inside is told to the user, who would otherwise wait in vain: the library only logs
    it.
    """
    try:
        yield
    except Exception as error:
        await tell_of_fault(interaction, error)


async def tell_of_fault(interaction: Interaction, error: Exception) -> None:
    """Tell the user of a fault that nobody foresaw, by the number that it has in the log."""
    words = copy.broken(unforeseen(log, "an interaction broke", error))
    with suppress(discord.HTTPException):
        if interaction.response.is_done():
            await interaction.followup.send(words, ephemeral=True)
        else:
            await say_privately(interaction, words)

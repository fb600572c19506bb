"""What an option offers while it is typed."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands

from adapters.completions import Completion, completed_list
from core.vocabulary.names import Names

__all__ = ["choices", "from_list"]

log = logging.getLogger("matinee.discord")

# Of a choice: https://discord.com/developers/docs/interactions/application-commands
_CHOICE = 100


def from_list(
    names: Names,
) -> Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    """Completes a list of names."""

    async def complete(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        return choices(lambda: completed_list(typed, names))

    return complete


def choices(complete: Callable[[], list[Completion]]) -> list[app_commands.Choice[str]]:
    """What fits; nothing where that breaks, since an error would leave the option unanswered."""
    try:
        found = complete()
    except Exception as error:
        log.error("choices broke", extra={"error": type(error).__qualname__})
        return []
    return [
        app_commands.Choice(name=item.label[:_CHOICE], value=item.value)
        for item in found
        if item.label and len(item.value) <= _CHOICE
    ]

"""What an option offers while it is typed."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands

from adapters.completions import Completion, completed_list
from core.vocabulary.genres import GENRES
from core.vocabulary.names import Names
from core.vocabulary.places import countries, languages
from core.vocabulary.services import SERVICES

__all__ = ["choices", "complete_lists", "complete_region"]

log = logging.getLogger("matinee.discord")

# Of a choice: https://discord.com/developers/docs/interactions/application-commands
_CHOICE = 100


def complete_lists(command: app_commands.Command[Any, ..., Any]) -> None:
    """Complete a command's options for genres, services and languages, of which each takes several."""
    for option, names in (("genres", GENRES), ("without", GENRES), ("services", SERVICES)):
        command.autocomplete(option)(_from_list(names))
    command.autocomplete("language")(_from_list(languages()))


def complete_region(command: app_commands.Command[Any, ..., Any]) -> None:
    """Complete a command's option for a country."""
    command.autocomplete("region")(_from_list(countries()))


def _from_list(
    names: Names,
) -> Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
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

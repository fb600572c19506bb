"""Slash commands: their options, which become filters, and what they offer while one types."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import discord
from discord import app_commands

from adapters import copy
from adapters.completions import TitleCompletions, listed
from adapters.discord.choices import choices, complete_lists
from adapters.discord.embeds import card
from adapters.discord.owners import cautious_in
from adapters.discord.preferences import PreferenceDesk, preferences_group, region_for
from adapters.discord.words import say_privately, tell_of_fault
from core.answering.talk import help_text
from core.domain import FIRST_YEAR, LAST_YEAR, LONGEST_MINUTES, MediaType, SearchFilters, Title
from core.errors import InvalidRequest, StoreFault
from core.vocabulary.certifications import ADULTS_ALONE

__all__ = ["Ask", "command_tree"]

_ABOUT = (
    "I'm **Matinee**: tell me in words what you feel like watching, and I argue for a few titles.\n"
    "This product uses the TMDB API but is not endorsed or certified by TMDB: <https://www.themoviedb.org>\n"
    "Where to watch comes from JustWatch: <https://www.justwatch.com>"
)

_ClientT = TypeVar("_ClientT", bound=discord.Client)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a command asks for."""

    text: str
    filters: SearchFilters = field(default_factory=SearchFilters)
    private: bool = False
    """Whether the answer is for the asker alone."""


class Desk(PreferenceDesk, Protocol):
    """Does what commands ask for."""

    async def asked(self, interaction: discord.Interaction[Any], ask: Ask) -> None:
        """Answer a wish."""
        ...

    async def titles_named(self, name: str) -> Sequence[Title]:
        """Titles of that name, the best known first."""
        ...

    async def find_like(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Answer with titles like what a message tells of."""
        ...

    async def forget(self, user_id: int) -> int:
        """Delete everything of a user; returns how much that was."""
        ...

    async def export(self, user_id: int) -> dict[str, Any]:
        """Everything of a user."""
        ...


class _Tree(app_commands.CommandTree[_ClientT]):
    """Leaves nobody without an answer."""

    async def on_error(
        self, interaction: discord.Interaction[_ClientT], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the user."""
        if interaction.type is discord.InteractionType.autocomplete:
            return  # nothing is offered then
        if isinstance(error, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)):
            await say_privately(interaction, copy.unknown_command())
            return
        await tell_of_fault(interaction, getattr(error, "original", error))


def command_tree(
    client: _ClientT, titles: TitleCompletions, desk: Desk
) -> app_commands.CommandTree[_ClientT]:
    """The commands.

    Args:
        client: Runs them.
        titles: Offered where a title is asked for.
        desk: Does what they ask for.
    """
    tree: app_commands.CommandTree[_ClientT] = _Tree(
        client,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )

    @tree.command(description="Films and series for what you feel like")
    @app_commands.rename(media_type="type")
    @app_commands.describe(
        query="What you feel like, in your own words",
        media_type="Films or series",
        genres="All of these, separated by commas",
        without="None of these genres",
        services="On one of these",
        year_from="The earliest year",
        year_to="The latest year",
        min_rating="0 to 10",
        max_runtime="In minutes",
        language="Original language",
        private="Only you see the answer",
    )
    async def recommend(
        interaction: discord.Interaction[Any],
        query: app_commands.Range[str, 1, 1_000],
        media_type: Literal["film", "series"] | None = None,
        genres: str = "",
        without: str = "",
        services: str = "",
        year_from: app_commands.Range[int, FIRST_YEAR, LAST_YEAR] | None = None,
        year_to: app_commands.Range[int, FIRST_YEAR, LAST_YEAR] | None = None,
        min_rating: app_commands.Range[float, 0, 10] | None = None,
        max_runtime: app_commands.Range[int, 1, LONGEST_MINUTES] | None = None,
        language: str = "",
        private: bool = False,
    ) -> None:
        kinds = {"film": MediaType.MOVIE, "series": MediaType.TV, None: None}
        try:
            filters = SearchFilters(
                media_type=kinds[media_type],
                genres=listed(genres),
                exclude_genres=listed(without),
                providers=listed(services),
                year_from=year_from,
                year_to=year_to,
                min_rating=min_rating,
                max_runtime=max_runtime,
                languages=listed(language),
            )
        except InvalidRequest as error:
            await say_privately(interaction, copy.sentence(str(error)))
            return
        await desk.asked(interaction, Ask(query, filters, private))

    @tree.command(description="Titles like one that you know")
    @app_commands.describe(
        title="The one to start from",
        twist="But how? Funnier, older, …",
        private="Only you see the answer",
    )
    async def similar(
        interaction: discord.Interaction[Any],
        title: app_commands.Range[str, 1, 200],
        twist: app_commands.Range[str, 0, 500] = "",
        private: bool = False,
    ) -> None:
        await desk.asked(interaction, Ask(twist, SearchFilters(like_titles=(title,)), private))

    @tree.command(name="title", description="What I know of a title")
    @app_commands.describe(name="Its name")
    async def title_(interaction: discord.Interaction[Any], name: app_commands.Range[str, 1, 200]) -> None:
        await interaction.response.defer(thinking=True)
        found = await desk.titles_named(name)
        if found and found[0].certification == ADULTS_ALONE and cautious_in(interaction.channel):
            await interaction.edit_original_response(content=copy.adults_alone())
        elif found:
            shown = found[0].seen_from(await region_for(interaction, desk))
            await interaction.edit_original_response(embed=card(shown, shown.overview))
        else:
            unknown = f"I don't know a title called *{discord.utils.escape_markdown(name)}*."
            await interaction.edit_original_response(content=unknown)

    @tree.command(description="Delete everything that I know of you")
    async def forget(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            gone = await desk.forget(interaction.user.id)
            said = "Forgotten: everything that I knew of you." if gone else "I knew nothing of you."
        except StoreFault:
            said = copy.cannot_keep()
        await interaction.edit_original_response(content=said)

    @tree.command(description="Everything that I know of you, as a file")
    async def export(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            known = await desk.export(interaction.user.id)
        except StoreFault:
            await interaction.edit_original_response(content=copy.cannot_keep())
            return
        text = json.dumps(known, ensure_ascii=False, indent=2)
        file = discord.File(io.BytesIO(text.encode()), "matinee.json")
        await interaction.edit_original_response(content="Everything that I know of you:", attachments=[file])

    @tree.command(name="help", description="What I can do")
    async def help_(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(help_text(), ephemeral=True)

    @tree.command(description="Who I am, and where my facts come from")
    async def about(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(_ABOUT, ephemeral=True, suppress_embeds=True)

    @tree.context_menu(name="Find something like this")
    async def find_like(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await desk.find_like(interaction, message)

    tree.add_command(preferences_group(desk))

    complete_lists(recommend)

    @title_.autocomplete("name")
    @similar.autocomplete("title")
    async def _titles(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        return choices(lambda: titles.complete(typed))

    return tree

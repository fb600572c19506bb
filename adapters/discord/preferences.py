"""`/preferences`: what holds for every wish of a user, or on a whole server."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

import discord
from discord import app_commands

from adapters import copy
from adapters.completions import listed
from adapters.discord.choices import complete_lists, complete_region
from adapters.discord.owners import PLATFORM, owner_of, ruling_channel, server_owner
from adapters.turns import channel_owner
from core.answering.text import escaped
from core.errors import InvalidRequest, StoreFault
from core.memory.profiles import checked_preferences, region_of
from core.memory.records import Owner, Preferences
from core.vocabulary.certifications import CERTIFICATIONS
from core.vocabulary.places import country_name, language_name

__all__ = ["PreferenceDesk", "preferences_group", "region_for"]

Asked = discord.Interaction[Any]

Scope = Literal["me", "server", "channel"]

_HEADS: Mapping[Scope, str] = {
    "me": "For you",
    "server": "On this server",
    "channel": "In this channel",
}
_NOT_ALLOWED = "Only those who may manage this server can change what holds for everyone."
_NO_SERVER = "There is no server here; leave `scope` out."


class PreferenceDesk(Protocol):
    """Knows preferences."""

    async def preferences(self, owner: Owner) -> Preferences:
        """What is set.

        Raises:
            StoreFault: it cannot be asked.
        """
        ...

    async def set_preferences(self, owner: Owner, preferences: Preferences) -> None:
        """Replace what is set.

        Raises:
            StoreFault: it cannot be kept.
        """
        ...


def preferences_group(desk: PreferenceDesk) -> app_commands.Group:
    """The command with its three parts."""
    group = app_commands.Group(name="preferences", description="What holds for every wish of yours")

    @group.command(description="What is set for you, and on this server")
    async def show(interaction: Asked) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            own = await desk.preferences(_owner(interaction, "me"))
            lines = [f"**{_HEADS['me']}**", *_lines(own)]
            if interaction.guild_id is not None:
                for scope in ("server", "channel"):
                    kept = await desk.preferences(_owner(interaction, scope))
                    lines += ["", f"**{_HEADS[scope]}**", *_lines(kept)]
        except StoreFault:
            lines = [copy.cannot_keep()]
        await interaction.edit_original_response(content="\n".join(lines))

    @group.command(name="set", description="Change some; the others stay")
    @app_commands.rename(who="continued_by")
    @app_commands.describe(
        services="Yours, separated by commas",
        region="Country whose services count",
        genres="What you like, where a wish names none",
        without="Genres that you never want; on a server: that nobody gets",
        language="Original language",
        max_certification="Nothing above this",
        scope="Whose they are: yours, or everyone's on this server or in this channel",
        answers="Of the whole server: where mentions are answered",
        who="Of the whole server: who may go on from an answer for all to see",
    )
    @app_commands.choices(
        max_certification=[app_commands.Choice(name=name, value=name) for name in CERTIFICATIONS.canonical]
    )
    async def set_(
        interaction: Asked,
        services: str = "",
        region: str = "",
        genres: str = "",
        without: str = "",
        language: str = "",
        max_certification: app_commands.Choice[str] | None = None,
        scope: Scope = "me",
        answers: Literal["in place", "in a thread"] | None = None,
        who: Literal["the asker", "everyone"] | None = None,
    ) -> None:
        changes: dict[str, Any] = {
            "providers": listed(services),
            "region": region.strip(" ,"),
            "genres": listed(genres),
            "blocked_genres": listed(without),
            "language": next(iter(listed(language)), None),
            "max_certification": max_certification.value if max_certification else None,
        }
        changes = {key: value for key, value in changes.items() if value}
        if answers is not None:
            changes["in_threads"] = answers == "in a thread"
        if who is not None:
            changes["refined_by_all"] = who == "everyone"
        if answers is not None or who is not None:
            scope = "server"
        await _changed(interaction, desk, changes, scope)

    @group.command(description="Unset all of yours, of this server or of this channel")
    @app_commands.describe(scope="Whose they are: yours, or everyone's on this server or in this channel")
    async def clear(interaction: Asked, scope: Scope = "me") -> None:
        await _changed(interaction, desk, None, scope)

    complete_lists(set_)
    complete_region(set_)
    return group


async def _changed(
    interaction: Asked, desk: PreferenceDesk, changes: dict[str, Any] | None, scope: Scope
) -> None:
    """Change what is set, or (without changes) unset it, and tell what holds now."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.edit_original_response(content=await _outcome(interaction, desk, changes, scope))


async def _outcome(
    interaction: Asked, desk: PreferenceDesk, changes: dict[str, Any] | None, scope: Scope
) -> str:
    if scope != "me" and interaction.guild_id is None:
        return _NO_SERVER
    if scope != "me" and not interaction.permissions.manage_guild:
        return _NOT_ALLOWED
    owner = _owner(interaction, scope)
    try:
        kept = replace(await desk.preferences(owner), **changes) if changes else Preferences()
        if changes == {}:
            return "Nothing to change: name at least one option."
        kept = checked_preferences(kept)
        await desk.set_preferences(owner, kept)
    except InvalidRequest as error:
        return copy.sentence(str(error))
    except StoreFault:
        return copy.cannot_keep()
    return "\n".join([f"**{_HEADS[scope]}**", *_lines(kept)])


def _lines(preferences: Preferences) -> list[str]:
    """What is set, a line each."""
    language = language_name(preferences.language) if preferences.language else ""
    told: Sequence[tuple[str, str]] = (
        ("Services", ", ".join(preferences.providers)),
        ("Country of services", country_name(preferences.region) if preferences.region else ""),
        ("Genres", ", ".join(preferences.genres)),
        ("Without", ", ".join(preferences.blocked_genres)),
        ("Language", language),
        ("At most", preferences.max_certification or ""),
        ("Answers to mentions", {True: "in a thread", False: "in place", None: ""}[preferences.in_threads]),
        ("Continued by", {True: "everyone", False: "the asker", None: ""}[preferences.refined_by_all]),
    )
    return [f"{name}: {escaped(value)}" for name, value in told if value] or ["Nothing is set."]


async def region_for(interaction: Asked, desk: PreferenceDesk) -> str | None:
    """The country whose services count for whoever asks; None where that cannot be had."""
    scopes: Sequence[Scope] = ("me",) if interaction.guild_id is None else ("me", "server", "channel")
    try:
        return region_of(*[await desk.preferences(_owner(interaction, scope)) for scope in scopes])
    except StoreFault:
        return None


def _owner(interaction: Asked, scope: Scope) -> Owner:
    if scope == "me":
        return owner_of(interaction.user.id)
    if scope == "server":
        return server_owner(interaction.guild_id or 0)
    return channel_owner(PLATFORM, ruling_channel(interaction.channel))

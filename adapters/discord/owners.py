"""Whose something is, by Discord's ids."""

from core.memory.records import Owner, Subject

__all__ = ["PLATFORM", "owner_of", "server_owner"]

PLATFORM = "discord"


def owner_of(user_id: int) -> Owner:
    """A user."""
    return Owner(Subject.USER, PLATFORM, str(user_id))


def server_owner(guild_id: int) -> Owner:
    """A server."""
    return Owner(Subject.SERVER, PLATFORM, str(guild_id))

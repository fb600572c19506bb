"""Doctor's line on Discord: what it finds, and what it says is to be mended."""

from pathlib import Path

import pytest
from rich.console import Console

from adapters.discord.connection import PERMISSIONS
from adapters.emulators.discord import DiscordServer
from bot.doctor import examine
from tests.adapters.discord.people import TOKEN
from tests.conftest import settings_with

_READS_MESSAGES = 1 << 18


async def told(server: DiscordServer, data_dir: Path, **environment: str) -> str:
    """Doctor's line."""
    variables = {"MATINEE_DATA_DIR": str(data_dir), "DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": server.url}
    out = Console(width=500, record=True)
    await examine(settings_with({**variables, **environment}), out)
    return next(line for line in out.export_text().splitlines() if "discord" in line.split()[:2])


async def test_the_address_to_invite_it_by_is_printed(server: DiscordServer, data_dir: Path) -> None:
    line = await told(server, data_dir)
    assert line.startswith("✓")
    assert "Matinee, reads what mentions it" in line
    address = (
        f"https://discord.com/oauth2/authorize?client_id={server.bot.id}&scope=bot+applications.commands"
    )
    assert f"{address}&permissions={PERMISSIONS.value}" in line
    assert server.gateway.identified == 0


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"DISCORD_TOKEN": "another.secret"}, "DISCORD_TOKEN is refused"),
        ({"DISCORD_MESSAGE_CONTENT": "yes"}, "DISCORD_MESSAGE_CONTENT is on, but the application has not"),
        ({"DISCORD_GUILD_IDS": "123"}, "may not register commands on server 123"),
        ({"DISCORD_SHARD_IDS": "0"}, "DISCORD_SHARD_IDS needs DISCORD_SHARD_COUNT"),
        ({"DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}, "Discord cannot be reached"),
    ],
)
async def test_what_discord_does_not_take_is_named(
    server: DiscordServer, data_dir: Path, environment: dict[str, str], word: str
) -> None:
    line = await told(server, data_dir, **environment)
    assert line.startswith("✗")
    assert word in line
    assert "another.secret" not in line


async def test_with_the_intent_it_is_well(server: DiscordServer, data_dir: Path) -> None:
    server.application_flags = _READS_MESSAGES
    line = await told(server, data_dir, DISCORD_MESSAGE_CONTENT="yes")
    assert "reads all messages" in line


async def test_without_a_token_it_is_not_set_up(server: DiscordServer, data_dir: Path) -> None:
    assert "not set up" in await told(server, data_dir, DISCORD_TOKEN="")

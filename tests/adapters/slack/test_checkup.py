"""Doctor's line on Slack: what it finds, and what it says is to be mended."""

from pathlib import Path

import pytest
from rich.console import Console

from bot.doctor import examine
from tests.adapters.slack.people import Club
from tests.conftest import settings_with


async def told(club: Club, data_dir: Path, **environment: str) -> str:
    """Doctor's line."""
    variables = {
        "MATINEE_DATA_DIR": str(data_dir),
        "SLACK_API_URL": club.slack.url,
        "SLACK_BOT_TOKEN": club.workspace.token,
        "SLACK_APP_TOKEN": club.slack.app.app_token,
    }
    out = Console(width=500, record=True)
    await examine(settings_with({**variables, **environment}), out)
    return next(line for line in out.export_text().splitlines() if "slack" in line.split()[:2])


async def test_how_it_would_be_met_is_told(club: Club, data_dir: Path) -> None:
    line = await told(club, data_dir)
    assert line.startswith("✓")
    assert f"by Socket Mode, in the workspace {club.workspace.id}" in line
    assert not club.slack.socket_mode.attempts, "no connection is opened"


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-hush"}, "SLACK_BOT_TOKEN is refused"),
        ({"SLACK_APP_TOKEN": "xapp-hush"}, "SLACK_APP_TOKEN is refused"),
        ({"SLACK_APP_TOKEN": "xoxb-hush"}, "SLACK_APP_TOKEN must begin with xapp-"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_BOT_TOKEN needs a way to hear"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api"}, "Slack cannot be reached"),
    ],
)
async def test_what_slack_does_not_take_is_named(
    club: Club, data_dir: Path, environment: dict[str, str], word: str
) -> None:
    line = await told(club, data_dir, **environment)
    assert line.startswith("✗")
    assert word in line
    assert "hush" not in line


async def test_without_tokens_it_is_not_set_up(club: Club, data_dir: Path) -> None:
    assert "not set up" in await told(club, data_dir, SLACK_BOT_TOKEN="", SLACK_APP_TOKEN="")

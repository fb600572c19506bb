"""The manifest that a newcomer pastes asks for what the adapter uses."""

from adapters.slack.commands import COMMANDS, FIND_LIKE
from adapters.slack.credentials import SCOPES
from bot.settings import PROJECT

LINES = [line.strip() for line in (PROJECT / "slack-manifest.yaml").read_text("utf-8").splitlines()]


def listed(key: str) -> list[str]:
    """The items of a list."""
    items = []
    for line in LINES[LINES.index(f"{key}:") + 1 :]:
        if not line.startswith("- "):
            break
        items.append(line.removeprefix("- "))
    return items


def test_its_scopes_are_those_that_are_looked_for() -> None:
    assert listed("bot") == sorted(SCOPES)


def test_its_commands_and_its_shortcut_are_those_that_are_heard() -> None:
    commands = [line.split()[-1] for line in LINES if line.startswith("- command:")]
    assert commands == list(COMMANDS)
    assert f"callback_id: {FIND_LIKE}" in LINES


def test_its_events_are_those_that_are_acted_on() -> None:
    assert {name.partition(".")[0] for name in listed("bot_events")} == {
        *("agent_session_stopped", "app_home_opened", "app_mention"),
        *("app_uninstalled", "message", "tokens_revoked"),
    }

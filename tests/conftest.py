"""What several tests share: a data folder in which the bundled index is already built."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # no test leaves this machine; the hub's client reads it once, early

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from bot.settings import PROJECT, Settings
from bot.wiring import opened
from tests import browsers, models, postgres, real_qdrant

# No test asserts a time, of whatever machine it runs on.
hypothesis.settings.register_profile("matinee", deadline=None)
hypothesis.settings.load_profile("matinee")

# Every variable that the example explains.
VARIABLES = re.findall(r"^#? ?([A-Z_]+)=", (PROJECT / ".env.example").read_text("utf-8"), re.MULTILINE)
NO_ENV_FILE = Path("/nonexistent/.env")
SHARED = Path(__file__).parents[2] / "shared" / "data"
SHARED_DUMP = SHARED / "catalogue.jsonl.gz"
DISCORD_SPECIFICATION = SHARED / "specs" / "discord_openapi.json"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Commands set up logs for a whole process, to the streams of their test."""
    root, ours = logging.getLogger(), logging.getLogger("matinee")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the bundled catalogue's index in it."""
    folder = tmp_path_factory.mktemp("data")

    async def build() -> None:
        async with opened(settings_with({"MATINEE_DATA_DIR": str(folder)})):
            pass

    asyncio.run(build())
    return folder


def settings_with(environment: dict[str, str]) -> Settings:
    """Settings of this environment alone."""
    return Settings.from_env(environment, env_file=NO_ENV_FILE)


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Callable[[str, str], None]:
    """An environment in which only what a test sets is set."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("MATINEE_DATA_DIR", str(data_dir))
    return monkeypatch.setenv


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A PostgreSQL server for the tests that need one; they are skipped, and the summary says so, where this
    machine has none.
    """
    if postgres.MISSING:
        pytest.skip("no PostgreSQL on this machine")
    with postgres.running_server() as address:
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says plainly what was not tested."""
    if postgres.MISSING:
        terminalreporter.write_line(
            f"NOT TESTED ON POSTGRESQL: {', '.join(postgres.MISSING)} not found on this machine", yellow=True
        )
    if not real_qdrant.ENDPOINT:
        terminalreporter.write_line(
            "NOT TESTED ON A REAL QDRANT SERVER, but on a stand-in: QDRANT_ENDPOINT was not set", yellow=True
        )
    if browsers.CHROMIUM is None:
        terminalreporter.write_line(
            "THE PLAYGROUND'S PAGE IS NOT TESTED: Chromium not found on this machine", yellow=True
        )
    if models.MISSING:
        terminalreporter.write_line(
            f"TRAINING AND EXPORT ARE NOT TESTED: {', '.join(models.MISSING)} not installed "
            "(requirements-models.txt)",
            yellow=True,
        )
    if not DISCORD_SPECIFICATION.exists():
        terminalreporter.write_line(
            "NOT COMPARED WITH DISCORD'S OWN DESCRIPTION OF ITS INTERFACE, which is not on this machine",
            yellow=True,
        )

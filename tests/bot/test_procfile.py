"""The Procfile, as a host starts it."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from adapters.emulators.slack import SlackServer
from bot.settings import PROJECT
from tests.adapters.slack.people import Club
from tests.conftest import VARIABLES


async def test_the_procfiles_worker_answers_once_and_stops_when_told(data_dir: Path) -> None:
    """With honcho, which starts each line of it."""
    async with SlackServer() as slack:
        club = Club(slack)
        environment = {
            **os.environ,
            **dict.fromkeys((name for name in VARIABLES if name != "PORT"), ""),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MATINEE_DATA_DIR": str(data_dir),
            "DATABASE_URL": "",
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": club.workspace.token,
            "SLACK_APP_TOKEN": slack.app.app_token,
        }
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        hosted = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "honcho", "start", "--no-prefix", "--port", port),
            cwd=PROJECT,
            env=environment,
        )
        try:
            await slack.until(lambda: slack.socket_mode.count, 60)
            _, answer = await club.asked("dark comedies from the 90s")
        finally:
            hosted.send_signal(signal.SIGTERM)
            await asyncio.wait_for(hosted.wait(), 30)
    assert "199" in str(answer.blocks)
    assert len([message for message in club.general.visible if message.author.bot]) == 1

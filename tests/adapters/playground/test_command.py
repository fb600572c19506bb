"""The command that starts the playground, as a host runs it."""

import asyncio
import os
import pty
import re
import signal
import sys
import time
from pathlib import Path

import aiohttp

from bot.settings import PROJECT
from tests.conftest import VARIABLES


async def test_run_at_a_terminal_without_a_platform_starts_the_playground(data_dir: Path) -> None:
    environment = {**os.environ, **dict.fromkeys(VARIABLES, ""), "MATINEE_DATA_DIR": str(data_dir)}
    terminal, its_end = pty.openpty()
    began = time.monotonic()
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=PROJECT,
        env=environment,
        stdin=its_end,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert running.stdout is not None
        async with asyncio.timeout(30):
            said = (await running.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        spent = await _until_answered(found[0], began)
        assert spent < 30, "on a machine of its own it is a few seconds"
        running.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await running.wait() == 0
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()
        os.close(terminal)
        os.close(its_end)


async def _until_answered(url: str, began: float) -> float:
    """Seconds until a first question has an answer with cards."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url.replace('http', 'ws')}/ws", headers={"Origin": url}) as page,
    ):
        place = ""
        async with asyncio.timeout(20):
            while True:
                news = await page.receive_json()
                if news["type"] == "places" and news["platform"] == "discord":
                    place = news["places"][0]["id"]
                    asked = {"do": "say", "platform": "discord", "place": place, "text": "@Matinee westerns"}
                    await page.send_json(asked)
                if news["type"] == "message" and news["message"].get("embeds"):
                    return time.monotonic() - began

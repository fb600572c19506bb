"""A whole worker as a process: `python -m tests.whole_worker PLATFORM [refused]`.

Its one platform shows messages over HTTP (`tests.http_platform`) and hears events, one JSON object a line, on
standard input. Exits as the command line does.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence

import aiohttp

from adapters.delivery import EditingPort
from adapters.pacing import Bucket
from adapters.platform import Platform, Reception
from adapters.turns import Ending
from bot.settings import Settings
from bot.wiring import Matinee
from bot.worker import work
from core.domain import PickedTitle
from core.errors import ConfigurationError
from core.memory.ports import Store
from core.memory.records import Claim, IncomingEvent
from tests.http_platform import HttpPort

EXIT_CONFIGURATION = 3


class PipedPlatform:
    """A `Platform`."""

    name = "scripted"

    def __init__(self, url: str, session: aiohttp.ClientSession, *, refused: bool) -> None:
        self._port = HttpPort(url, session)
        self._refused = refused

    def way(self, claim: Claim) -> tuple[EditingPort, Bucket]:
        return self._port, Bucket(50, 1.0)

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        return ""

    async def dressing(self, claim: Claim, ending: Ending) -> None:
        pass  # it shows text alone

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        await self._port.send(text, f"whisper to {event.author_id}")

    async def take_back(self, event: IncomingEvent) -> None:
        pass  # it promises nothing

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        if self._refused:
            raise ConfigurationError("SCRIPTED_TOKEN is refused; make a new one and set it")
        reception.we_are("matinee")
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        connected()
        while line := await lines.readline():
            await reception.hear(IncomingEvent(platform=self.name, **json.loads(line)))
        await asyncio.Event().wait()


async def main(url: str, *, refused: bool) -> int:
    async with aiohttp.ClientSession() as session:

        async def piped(matinee: Matinee, store: Store) -> list[Platform]:
            return [PipedPlatform(url, session, refused=refused)]

        try:
            await work(Settings.from_env(), piped)
        except ConfigurationError as error:
            sys.stderr.write(f"{error}\n")
            return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], refused=sys.argv[2:] == ["refused"])))

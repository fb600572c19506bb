"""`playground`: both emulated platforms, one bot on them, and the page to use them with."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.emulators.discord import DiscordServer
from adapters.emulators.llm import ModelServer
from adapters.emulators.slack import SlackServer, Workspace
from adapters.playground import slack_half
from adapters.playground.discord_half import DiscordHalf, PageLimits
from adapters.playground.models import SCRIPTS, Writers
from adapters.playground.observing import ObservedAssistant
from adapters.playground.pages import Pages
from adapters.playground.seats import Half
from adapters.playground.server import served
from adapters.playground.slack_half import SlackHalf
from bot.settings import ModelName, Secret, Settings
from bot.wiring import Matinee, answer_models, opened, platforms
from bot.worker import work
from core.domain import Author, Conversation, Request
from core.errors import ConfigurationError
from core.library import silent
from core.ports import ChatModel, Progress

__all__ = ["PORT", "Playground", "playing"]

PORT = 8090
"""Where the page is, unless something else is there."""
_CONNECTING_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Playground:
    """One that runs."""

    url: str
    """The page's address."""
    worker: "asyncio.Task[None]"
    """The bot's; it ends by itself only where something is wrong."""
    pages: Pages
    discord: DiscordServer
    slack: SlackServer


@dataclass(frozen=True, slots=True)
class _Emulated:
    """The platforms that the bot meets."""

    discord: DiscordServer
    slack: SlackServer
    workspace: Workspace

    async def hearing(self) -> None:
        """Returns once the bot hears of people on both."""
        await self.discord.gateway.ready.wait()
        await self.slack.until(lambda: self.slack.socket_mode.count, seconds=_CONNECTING_SECONDS)


@asynccontextmanager
async def playing(
    settings: Settings,
    port: int | None = None,
    progress: Progress = silent,
    notice: Callable[[str], None] = lambda line: None,
) -> AsyncIterator[Playground]:
    """A playground, from when its bot hears of people until it has stopped.

    Args:
        settings: All of them; platforms and places of state in them are left alone.
        port: Where the page is; `PORT`, or any that is free, where None.
        progress: Told how far an index is built.
        notice: Told what a host should know of the index.

    Raises:
        ConfigurationError: the port is taken.
        MatineeError: whatever is missing or wrong, in words for the host.
    """
    async with AsyncExitStack() as stack:
        folder = await asyncio.to_thread(TemporaryDirectory, prefix="matinee-playground-")
        stack.push_async_callback(asyncio.to_thread, folder.cleanup)
        limits, slack_limits = PageLimits(), slack_half.PageLimits()
        discord = await stack.enter_async_context(DiscordServer(secrets.token_hex(16), limits=limits))
        slack = await stack.enter_async_context(SlackServer(limits=slack_limits))
        emulated = _Emulated(discord, slack, slack.workspace("Film club"))
        writers = Writers(
            answer_models(settings, stack),
            await _emulated_models(settings, stack),
            settings.answer_first_token_seconds,
            settings.answer_total_seconds,
        )
        halves: list[Half] = [
            DiscordHalf(discord, limits),
            SlackHalf(slack, emulated.workspace, slack_limits),
        ]
        pages = await stack.enter_async_context(Pages(halves, writers))
        pretended = _pretended(settings, Path(folder.name), emulated)
        worker = await stack.enter_async_context(
            _working(settings, pretended, pages, emulated, progress, notice)
        )
        yield Playground(await _page(stack, pages, port), worker, pages, discord, slack)


@asynccontextmanager
async def _working(
    settings: Settings,
    pretended: Settings,
    pages: Pages,
    emulated: _Emulated,
    progress: Progress,
    notice: Callable[[str], None],
) -> AsyncIterator["asyncio.Task[None]"]:
    """The worker, once it hears of people."""

    @asynccontextmanager
    async def observed(*_: object) -> AsyncIterator[Matinee]:
        async with opened(settings, progress, notice) as matinee:
            await _warmed(matinee)
            yield replace(matinee, assistant=ObservedAssistant(matinee.assistant, pages.of))

    told = asyncio.Event()

    async def until_told() -> None:
        await told.wait()

    worker = asyncio.create_task(
        work(pretended, partial(platforms, pretended), told_to_stop=until_told, opening=observed)
    )
    hearing = asyncio.create_task(emulated.hearing())
    try:
        await asyncio.wait((worker, hearing), return_when=asyncio.FIRST_COMPLETED)
        if worker.done():
            await worker  # raises what is wrong
        yield worker
    finally:
        hearing.cancel()
        told.set()
        await worker


async def _warmed(matinee: Matinee) -> None:
    """Answer once to nobody: what is loaded at first need is there when a page asks."""
    nobody = Request("something good to watch", Conversation("playground", "nowhere"), Author("nobody"))
    async with aclosing(matinee.assistant.reply(nobody, with_model=False)) as events:
        async for _ in events:
            pass


def _pretended(settings: Settings, folder: Path, emulated: _Emulated) -> Settings:
    """Settings of a worker that meets nobody but the emulators, and leaves no trace."""
    return replace(
        settings,
        data_dir=folder,
        database_url=None,
        port=None,
        sentry_dsn=None,
        drain_seconds=1.0,
        log_level=settings.log_level or "WARNING",
        discord_token=Secret(emulated.discord.token),
        discord_api_url=emulated.discord.url,
        discord_gateway_url=emulated.discord.gateway_url,
        discord_guild_ids=(),
        discord_message_content=False,
        discord_shard_count=None,
        discord_shard_ids=(),
        slack_bot_token=Secret(emulated.workspace.token),
        slack_app_token=Secret(emulated.slack.app.app_token),
        slack_signing_secret=None,
        slack_client_id=None,
        slack_client_secret=None,
        slack_api_url=emulated.slack.url.rstrip("/"),
    )


async def _emulated_models(settings: Settings, stack: AsyncExitStack) -> Callable[[str], Sequence[ChatModel]]:
    """Makes emulated models behind real clients, by the name of their script."""
    servers = {
        name: await stack.enter_async_context(ModelServer(scripted.script))
        for name, scripted in SCRIPTS.items()
    }

    def made(name: str) -> Sequence[ChatModel]:
        emulated = replace(
            settings,
            answer_models=(ModelName("openai", f"emulated-{name}"),),
            openai_api_key=Secret(secrets.token_hex(8)),
            openai_base_url=f"{servers[name].url}/v1",
        )
        return answer_models(emulated, stack)

    return made


async def _page(stack: AsyncExitStack, pages: Pages, port: int | None) -> str:
    """The page's address, once it is served."""
    try:
        return await stack.enter_async_context(served(pages, PORT if port is None else port))
    except OSError as error:
        if port is not None:
            reason = os.strerror(error.errno or 0)
            raise ConfigurationError(f"--port {port} cannot be used: {reason}") from error
    return await stack.enter_async_context(served(pages, 0))

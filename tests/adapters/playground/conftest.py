"""One playground and one browser for all that looks at the page."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bot.playground import Playground, playing
from tests import browsers
from tests.conftest import settings_with

STATUS_429 = re.compile(r"^429$")
"""All of a status on the wire; ids hold these digits too."""


@dataclass(frozen=True)
class Looking:
    """A browser at the playground."""

    playground: Playground
    browser: Browser

    async def page(self, **options: object) -> Page:
        """A new page of its own, once it is ready."""
        context: BrowserContext = await self.browser.new_context(**options)  # type: ignore[arg-type]
        page = await context.new_page()
        page.set_default_timeout(10_000)
        await self.begin(page)
        return page

    async def begin(self, page: Page) -> None:
        """Load the page anew: it forgets everything, and is somebody else on the platforms."""
        await page.goto(self.playground.url)
        await page.get_by_role("tab", name="Discord").wait_for()
        await page.locator("#places button").first.wait_for()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def playground(data_dir: Path) -> AsyncIterator[Playground]:
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    settings = settings_with(
        {"MATINEE_DATA_DIR": str(data_dir), "USER_REQUESTS_PER_MINUTE": "100", "LOG_LEVEL": "WARNING"}
    )
    async with playing(settings, 0) as running:
        yield running
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def looking(playground: Playground) -> AsyncIterator[Looking]:
    if browsers.CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        nowhere_else = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", nowhere_else]
        browser = await playwright.chromium.launch(executable_path=browsers.CHROMIUM, args=arguments)
        yield Looking(playground, browser)
        await browser.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def tab(looking: Looking) -> AsyncIterator[Page]:
    made = await looking.page(viewport={"width": 1360, "height": 900})
    yield made
    await made.context.close()


@pytest_asyncio.fixture(loop_scope="package")
async def page(looking: Looking, tab: Page) -> Page:
    """A page that nothing was done on yet; no other one is open."""
    await looking.begin(tab)
    async with asyncio.timeout(5):
        while len(looking.playground.pages) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return tab

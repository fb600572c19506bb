"""The page's accessibility, as axe sees it: https://www.deque.com/axe/"""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browsers import IN_A_BROWSER

pytestmark = [pytest.mark.asyncio(loop_scope="package"), IN_A_BROWSER]


def _axe() -> str:
    """The checker itself, which the package brings."""
    found = importlib.util.find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


async def _findings(page: Page, part: str) -> list[str]:
    found: dict[str, Any] = await page.evaluate("part => axe.run(part, {resultTypes: ['violations']})", part)
    return [
        f"{item['impact']}: {item['id']}: {node['html'][:120]}: {node.get('failureSummary', '')}"
        for item in found["violations"]
        if item["impact"] in ("serious", "critical", "moderate")
        for node in item["nodes"]
    ]


async def _both_themes(page: Page, part: str = "html") -> list[str]:
    found = []
    for _ in range(2):
        found += await _findings(page, part)
        await page.evaluate("document.querySelector('#theme').click()")
    return found


async def test_axe_finds_nothing_on_discord(page: Page) -> None:
    await page.evaluate(_axe())
    await page.locator("#say").fill("@Matinee dark comedies from the 90s")
    await page.keyboard.press("Enter")
    await expect(page.locator(".embeds")).to_have_count(1)
    await page.get_by_role("button", name="More like…").click()
    await expect(page.locator(".message.ephemeral .choices button").first).to_be_visible()
    await page.locator(".exchanges summary").first.evaluate("item => item.click()")
    assert await _both_themes(page) == []
    await page.get_by_role("button", name="Refine").click()
    await expect(page.get_by_role("dialog", name="Refine")).to_be_visible()
    assert await _both_themes(page, "#form") == []
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="Under the hood").click()
    await page.locator("#say").fill("/recommend")
    await page.keyboard.press("Enter")
    await page.locator(".more summary").click()
    assert await _both_themes(page, ".stage") == []
    await page.set_viewport_size({"width": 1360, "height": 900})


async def test_axe_finds_nothing_on_slack(page: Page) -> None:
    await page.evaluate(_axe())
    await page.get_by_role("tab", name="Slack").click()
    await page.locator("#say").fill("@Matinee dark comedies from the 90s")
    await page.keyboard.press("Enter")
    await expect(page.locator(".carousel")).to_have_count(1)
    assert await _both_themes(page) == []
    await page.get_by_role("button", name="Refine").click()
    await expect(page.get_by_role("dialog", name="Refine")).to_be_visible()
    assert await _both_themes(page, "#form") == []


async def test_axe_finds_nothing_on_slacks_home(page: Page) -> None:
    await page.evaluate(_axe())
    await page.get_by_role("tab", name="Slack").click()
    await page.locator("#say").fill("@Matinee space operas")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Save: ").first.click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Saved: ")
    await page.locator("#places button", has_text="Home").click()
    await expect(page.get_by_role("button", name="Seen it")).to_be_visible()
    assert await _both_themes(page) == []
    await page.set_viewport_size({"width": 390, "height": 800})
    widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "nothing is wider than the screen"
    assert await _findings(page, ".stage") == []
    await page.set_viewport_size({"width": 1360, "height": 900})

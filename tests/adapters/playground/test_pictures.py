"""The page as people see it; with `PICTURES=docs` in the environment, the pictures of the README too."""

import os
from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, expect

from tests.adapters.playground.conftest import Looking
from tests.browsers import IN_A_BROWSER

pytestmark = [pytest.mark.asyncio(loop_scope="package"), IN_A_BROWSER]

DESK, PHONE = ViewportSize(width=1360, height=900), ViewportSize(width=390, height=844)
# How bright the page's ground is, 0 to 255.
LIGHT, DARK = range(200, 256), range(80)


@pytest.mark.parametrize(
    ("name", "tab", "scheme", "window", "ground"),
    [
        ("discord-light", "Discord", "light", DESK, LIGHT),
        ("discord-dark", "Discord", "dark", DESK, DARK),
        ("slack", "Slack", "light", DESK, LIGHT),
        ("phone", "Discord", "dark", PHONE, DARK),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_answer_fits_its_window(
    looking: Looking, tmp_path: Path, name: str, tab: str, scheme: str, window: ViewportSize, ground: range
) -> None:
    page = await looking.page(viewport=window, color_scheme=scheme)
    try:
        await page.get_by_role("tab", name=tab).click()
        await page.locator("#say").fill("@Matinee dark comedies with moral ambiguity from the 90s")
        await page.keyboard.press("Enter")
        await expect(page.locator(".embeds, .carousel")).to_have_count(1)
        await expect(page.locator(".message .row button").last).to_be_in_viewport(ratio=1)
        await expect(page.locator("#say")).to_be_in_viewport(ratio=1)
        assert await page.evaluate("document.documentElement.scrollWidth") == window["width"]
        colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert all(int(part) in ground for part in colour.strip("rgb()").split(","))
        folder = Path(os.environ.get("PICTURES") or tmp_path)
        picture = await page.screenshot(path=folder / f"playground-{name}.png")
        assert len(picture) > 30_000, "an empty page is smaller"
    finally:
        await page.context.close()

"""The page in a real browser, on Slack."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.adapters.playground.conftest import STATUS_429, Looking
from tests.browsers import IN_A_BROWSER

pytestmark = [pytest.mark.asyncio(loop_scope="package"), IN_A_BROWSER]


@pytest_asyncio.fixture(loop_scope="package")
async def slack(page: Page) -> AsyncIterator[Page]:
    await page.get_by_role("tab", name="Slack").click()
    await page.locator("#places button", has_text="film-night").wait_for()
    yield page


async def _ask(page: Page, text: str) -> None:
    before = await page.locator(".carousel").count()
    await page.locator("#say").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.locator(".carousel")).to_have_count(before + 1)


async def _go(page: Page, place: str) -> None:
    await page.locator("#places button", has_text=place).click()


async def _type_and_take(form: Locator, field: str, typed: str, offered: str) -> None:
    await form.locator(f'[data-name="{field}"]').press_sequentially(typed)
    await expect(form.locator(".suggestions [role=option]").first).to_have_text(offered)
    await form.page.keyboard.press("Enter")
    await expect(form.locator(".chips li")).to_contain_text(offered)


async def test_a_mention_is_answered_in_its_thread(slack: Page) -> None:
    await _ask(slack, "@Matinee dark comedies from the 90s")
    question, answer = slack.locator(".message").first, slack.locator(".message.reply").last
    assert await answer.get_attribute("data-thread") == await question.get_attribute("data-message")
    await expect(answer.locator(".text ol li")).to_have_count(await answer.locator(".card").count())
    await expect(answer.locator(".card .poster").first).to_be_visible()
    await expect(slack.locator("#builder .chips li")).to_have_text(["comedy", "1990 to 1999"])
    await expect(slack.locator(".exchanges")).to_contain_text("chat.")
    await expect(slack.locator("#builder")).to_contain_text("calls left")


async def test_a_follow_up_in_the_thread_stays_in_it(slack: Page) -> None:
    await _ask(slack, "@Matinee film noir from before 1950")
    await slack.locator(".message").first.hover()
    await slack.get_by_role("button", name="Reply in thread").first.click()
    await _ask(slack, "@Matinee something lighter")
    assert await slack.locator(".message:not(.reply)").count() == 1
    await expect(slack.locator("#builder .chips")).to_contain_text("until 1949")


async def test_an_answer_is_refined_by_a_form(slack: Page) -> None:
    await _ask(slack, "@Matinee dark comedies")
    await slack.get_by_role("button", name="Refine").click()
    form = slack.get_by_role("dialog", name="Refine")
    await form.get_by_label("Films or series").select_option("Series")
    earliest = form.get_by_label("Earliest year")
    await earliest.fill("soon")
    await form.locator("button[type=submit]").click()
    await expect(form.locator(".wrong").or_(slack.locator("#notice:not(:empty)"))).to_be_visible()
    await earliest.fill("2010")
    await form.locator("button[type=submit]").click()
    await expect(slack.locator(".carousel")).to_have_count(2)
    await expect(form).to_be_hidden()
    await expect(slack.locator("#builder .chips")).to_contain_text("from 2010")


async def test_people_are_offered_while_one_types_in_a_form(slack: Page) -> None:
    await slack.locator("#say").fill("/recommend")
    await slack.keyboard.press("Escape")
    await slack.keyboard.press("Enter")
    form = slack.get_by_role("dialog", name="Find something")
    await _type_and_take(form, "people", "bill mur", "Bill Murray")
    await form.locator("button[type=submit]").click()
    await expect(slack.locator(".carousel")).to_have_count(1)
    await expect(slack.locator("#builder .chips")).to_contain_text("with Bill Murray")


async def test_a_chip_that_is_taken_away_asks_for_the_rest(slack: Page) -> None:
    await _ask(slack, "@Matinee rainy danish crime series without comedy, rated 7 or better")
    chips = slack.locator("#builder .chips li")
    await expect(chips).to_have_text(["series", "crime", "no comedy", "★ 7 or more", "Danish"])
    await slack.get_by_role("button", name="Ask again without: crime").click()
    await expect(slack.locator(".carousel")).to_have_count(2)
    await expect(chips).to_have_text(["series", "no comedy", "★ 7 or more", "Danish"])


async def test_more_like_a_card_and_the_drawn_thumbs(slack: Page) -> None:
    await _ask(slack, "@Matinee space operas")
    await slack.locator(".card button", has_text="More like this").first.click()
    await expect(slack.locator(".carousel")).to_have_count(2)
    await expect(slack.locator("#builder .chips li").first).to_contain_text("like ")
    await slack.get_by_role("button", name="I like it").last.click()
    await expect(slack.locator(".message.ephemeral")).to_contain_text("Only visible to you")


async def test_filters_become_flags(slack: Page) -> None:
    await slack.get_by_label("Type").select_option("Series")
    await slack.locator("#filters summary", has_text="Services").click()
    await slack.get_by_role("checkbox", name="Amazon Prime Video").check()
    await slack.keyboard.press("Escape")
    await slack.get_by_label("From").select_option("2010")
    await _ask(slack, "something tense")
    chips = slack.locator("#builder .chips li")
    await expect(chips).to_have_text(["series", "from 2010", "Amazon Prime Video"])


async def test_the_bot_waits_where_its_calls_are_refused_and_misses_nothing(slack: Page) -> None:
    await slack.get_by_role("button", name="Refuse 3 calls (429)").click()
    await slack.get_by_role("button", name="Drop the connection").click()
    await _ask(slack, "@Matinee courtroom dramas")
    await expect(slack.locator(".exchanges summary strong", has_text=STATUS_429)).to_have_count(3)
    assert await slack.locator(".message.reply").count() == 1


async def test_markup_of_others_stays_text(slack: Page) -> None:
    markup = '<img src=x onerror="document.body.dataset.broken=1">'
    await _ask(slack, f"@Matinee westerns {markup}")
    await expect(slack.locator(".message").first).to_contain_text(markup)
    assert await slack.evaluate("document.body.dataset.broken") is None
    assert await slack.locator('#log img[src="x"]').count() == 0


async def test_home_has_no_composer_and_shows_at_once_what_its_form_sets(slack: Page) -> None:
    await _go(slack, "Home")
    home = slack.locator("#log .home")
    await expect(home).to_contain_text("Tell me what you feel like watching")
    await expect(home).to_contain_text("For youNothing is set.")
    await expect(home).to_contain_text("SavedNothing yet. Press Save under an answer to keep a title here.")
    await expect(home).to_contain_text("Recent answersNone yet.")
    await expect(slack.locator("#log")).to_be_focused()
    await expect(slack.locator("#hint")).to_contain_text("Home has no messages")
    await expect(slack.locator("#say")).to_be_hidden()
    await slack.keyboard.press("Tab")
    await slack.keyboard.press("Tab")
    await expect(home.get_by_role("button", name="Change")).to_be_focused()
    await slack.keyboard.press("Enter")
    form = slack.get_by_role("dialog", name="For you")
    await _type_and_take(form, "providers", "netf", "Netflix")
    await form.locator("button[type=submit]").click()
    await expect(form).to_be_hidden()
    await expect(home).to_contain_text("For youServices: Netflix")
    await expect(home.get_by_role("button", name="Change")).to_be_focused()
    await _go(slack, "film-night")
    await expect(slack.locator("#say")).to_be_focused()


async def test_the_focus_comes_back_though_home_was_drawn_anew_meanwhile(
    looking: Looking, slack: Page
) -> None:
    await _go(slack, "Home")
    home = slack.locator("#log .home")
    change = home.get_by_role("button", name="Change")
    await change.focus()
    await slack.keyboard.press("Enter")
    form = slack.get_by_role("dialog", name="For you")
    await expect(form).to_be_visible()
    await home.evaluate("element => { element.dataset.old = 1; }")
    [workspace] = looking.playground.slack.world.workspaces.values()
    [user] = [user for user in workspace.users.values() if user.name == "you"]
    await looking.playground.slack.open_home(user)
    await expect(slack.locator("#log .home:not([data-old])")).to_have_count(1)
    await slack.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await expect(change).to_be_focused()


async def test_home_shows_what_was_saved_and_asked(slack: Page) -> None:
    await _ask(slack, "@Matinee space operas")
    first, second = [await slack.locator(".card .title").nth(place).inner_text() for place in range(2)]
    for place, title in enumerate((first, second)):
        await slack.get_by_role("button", name=f"Save: {title}").click()
        await expect(slack.locator(".message.ephemeral").nth(place)).to_contain_text(f"Saved: {title}")
    await _go(slack, "Home")
    saved = slack.locator("#log .home .section", has=slack.get_by_role("button", name="Seen it"))
    await expect(saved).to_have_count(2)
    await expect(slack.locator("#log .home")).to_contain_text("space operas")
    await saved.filter(has_text=second).get_by_role("button", name="Remove").click()
    await expect(saved).to_have_count(1)
    await expect(saved).to_contain_text(first)
    await saved.get_by_role("button", name="More like this").click()
    await expect(slack.locator("#builder .chips li").first).to_contain_text("like ")
    await slack.locator("#places button", has_text="Matinee").locator(".unread").wait_for()


async def test_a_reaction_is_shown_under_its_message(looking: Looking, slack: Page) -> None:
    server = looking.playground.slack
    await slack.locator("#say").fill("film night at eight")
    await slack.keyboard.press("Enter")
    await expect(slack.locator(".message")).to_have_count(1)
    [workspace] = server.world.workspaces.values()
    [message] = [message for channel in workspace.channels.values() for message in channel.visible]
    await server.react(message, message.author, "eyes")
    await expect(slack.locator(".message .reactions")).to_have_text(":eyes: 1")


async def test_a_closed_page_leaves_nothing(looking: Looking, slack: Page) -> None:
    world = looking.playground.slack.world
    [workspace] = world.workspaces.values()
    before = len(workspace.channels), len(workspace.users)
    other = await looking.page()
    await other.get_by_role("tab", name="Slack").click()
    await _go(other, "Home")
    await expect(other.locator("#log .home")).to_contain_text("Nothing is set.")
    assert len(world.homes) == 1
    await _go(other, "film-night")
    await other.get_by_label("Who writes the answers").select_option("slow")
    await other.locator("#say").fill("@Matinee road movies")
    await other.keyboard.press("Enter")
    await expect(other.locator("#typing")).to_contain_text("Matinee ")
    under_way = [
        task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "_run"
    ]
    assert under_way
    await other.context.close()
    async with asyncio.timeout(3):
        while not all(task.done() for task in under_way):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        while (len(workspace.channels), len(workspace.users)) != before:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not world.homes
    assert not world.views

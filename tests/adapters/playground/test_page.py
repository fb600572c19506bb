"""The page in a real browser, on Discord: what somebody sees, reads and presses."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from adapters.emulators.discord import Channel
from tests.adapters.playground.conftest import STATUS_429, Looking
from tests.browsers import IN_A_BROWSER

pytestmark = [pytest.mark.asyncio(loop_scope="package"), IN_A_BROWSER]


async def _ask(page: Page, text: str) -> None:
    before = await page.locator(".embeds").count()
    await page.get_by_role("textbox", name="Message #general").or_(page.locator("#say")).fill(text)
    await page.keyboard.press("Enter")
    await expect(page.locator(".embeds")).to_have_count(before + 1)


async def test_a_mention_becomes_an_answer_with_cards_and_the_panel_tells_why(page: Page) -> None:
    await _ask(page, "@Matinee dark comedies from the 90s")
    answer = page.locator(".message").last
    await expect(answer.locator("code").first).to_have_text("comedy")
    await expect(answer.locator("ol li")).to_have_count(await answer.locator(".embed").count())
    await expect(answer.locator(".embed .poster").first).to_be_visible()
    await expect(answer.get_by_role("button", name="More like…")).to_be_visible()
    panel = page.locator("#builder")
    await expect(panel.locator(".intent")).to_have_text("recommend")
    await expect(panel.locator(".chips li")).to_have_text(["comedy", "1990 to 1999"])
    await expect(panel.locator(".candidates .picked")).to_have_count(await answer.locator(".embed").count())
    stages = ["Understand", "Encode", "Search", "Rank", "Answer"]
    await expect(panel.locator(".times dt")).to_have_text(stages)
    await expect(panel.locator(".exchanges > li").first).to_contain_text("/channels/{channel}/messages")
    await expect(panel.locator(".edits li").first).to_contain_text("characters")
    await expect(panel).to_contain_text("of 5 calls left")


async def test_a_chip_that_is_taken_away_asks_for_the_rest(page: Page) -> None:
    await _ask(page, "@Matinee rainy crime series about guilt from 2010 on with Olivia Colman")
    chips = page.locator("#builder .chips li")
    await expect(chips).to_have_text(["series", "crime", "from 2010", "with Olivia Colman"])
    await page.get_by_role("button", name="Ask again without: crime").click()
    await expect(page.locator(".embeds")).to_have_count(2)
    await expect(chips).to_have_text(["series", "from 2010", "with Olivia Colman"])
    await page.get_by_role("button", name="Ask again without: series").click()
    await expect(page.locator(".embeds")).to_have_count(3)
    await expect(chips).to_have_text(["from 2010", "with Olivia Colman"])
    await expect(page.locator("#builder")).to_contain_text("rainy")


async def test_the_first_words_are_there_at_once(page: Page) -> None:
    await _ask(page, "@Matinee westerns")
    await _ask(page, "@Matinee heist films")
    took = int(await page.locator(".visible").get_attribute("data-milliseconds") or "0")
    assert 0 < took < 2_000, "the machine may be busy; 300 ms on one that is not"


async def test_an_answer_is_refined_by_a_form(page: Page) -> None:
    await _ask(page, "@Matinee dark comedies")
    await page.get_by_role("button", name="Refine").click()
    form = page.get_by_role("dialog", name="Refine")
    await expect(form).to_be_visible()
    when = form.locator('[data-name="when"]')
    await when.fill("series, 2010-")
    await when.press("Enter")
    await expect(page.locator(".embeds")).to_have_count(2)
    await expect(form).to_be_hidden()
    await expect(page.locator("#builder .chips")).to_contain_text("from 2010")


async def test_more_like_one_of_the_picks(page: Page) -> None:
    await _ask(page, "@Matinee film noir from before 1950")
    await page.get_by_role("button", name="More like…").click()
    question = page.locator(".message.ephemeral")
    await expect(question).to_contain_text("Only you can see this")
    await question.locator(".choices button").first.click()
    await expect(page.locator(".embeds")).to_have_count(2)
    await expect(page.locator("#builder .chips li").first).to_contain_text("like ")


async def test_several_picks_are_marked_as_seen(page: Page) -> None:
    await _ask(page, "@Matinee space operas")
    await page.get_by_role("button", name="Seen it").click()
    question = page.locator(".message.ephemeral")
    await question.get_by_role("checkbox").first.check()
    await question.get_by_role("button", name="Choose").click()
    await expect(page.locator(".message.ephemeral").last).to_contain_text("Seen: ")


async def test_a_command_is_typed_with_its_options_by_keyboard_alone(page: Page) -> None:
    await expect(page.locator("#say")).to_be_focused()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("/sim")
    await expect(page.locator(".suggestions [role=option]")).to_have_count(1)
    await page.keyboard.press("Enter")
    title = page.locator('[data-option="title"]')
    await expect(title).to_be_focused()
    await page.keyboard.type("interst")
    await expect(page.locator(".suggestions [role=option]").first).to_have_text("Interstellar (2014)")
    await page.keyboard.press("Enter")
    await expect(title).to_have_value("Interstellar (2014)")
    await page.keyboard.press("Enter")
    await expect(page.locator(".embeds")).to_have_count(1)
    await expect(page.locator("#builder .chips")).to_contain_text("like Interstellar")
    await expect(page.locator("#say")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#filters select").last).to_be_focused()


async def test_the_last_of_several_genres_is_completed(page: Page) -> None:
    await page.locator("#say").fill("/recommend")
    await page.keyboard.press("Enter")
    await page.locator(".more summary").click()
    genres = page.locator('[data-option="genres"]')
    await genres.press_sequentially("Comedy, Dra")
    await expect(page.locator(".suggestions [role=option]").first).to_have_text("Comedy, Drama")
    await page.keyboard.press("Enter")
    await page.locator('[data-option="query"]').fill("something tense")
    await page.locator('[data-option="min_rating"]').fill("7")
    await page.get_by_role("button", name="Run /recommend").click()
    await expect(page.locator("#builder .chips")).to_contain_text("★ 7 or more")


async def test_filters_are_chosen_from_dropdowns(page: Page) -> None:
    await page.get_by_label("Type").select_option("Series")
    await page.locator("#filters summary", has_text="Genres").click()
    await page.get_by_role("checkbox", name="Crime").check()
    await page.keyboard.press("Escape")
    await page.get_by_label("From").select_option("2010")
    await expect(page.locator("#hint")).to_have_text("With filters it is sent as /recommend.")
    await _ask(page, "something tense")
    await expect(page.locator("#builder .chips li")).to_have_text(["series", "crime", "from 2010"])


async def test_the_bot_waits_where_its_calls_are_refused(page: Page) -> None:
    await page.get_by_role("button", name="Refuse 3 calls (429)").click()
    await expect(page.locator(".switches")).to_contain_text("The next 3 calls are refused.")
    await _ask(page, "@Matinee courtroom dramas")
    await expect(page.locator(".exchanges summary strong", has_text=STATUS_429)).to_have_count(3)
    await expect(page.locator(".embeds")).to_have_count(1)  # once, all the same, when it has waited


async def test_a_model_that_is_cut_off_leaves_what_it_said_and_a_way_on(page: Page) -> None:
    await page.get_by_label("Who writes the answers").select_option("cut")
    await _ask(page, "@Matinee road movies")
    await expect(page.get_by_role("button", name="Continue")).to_be_visible()
    assert await page.locator("#builder [data-writer]").get_attribute("data-writer") == "openai:emulated-cut"
    await expect(page.locator(".message").last).to_contain_text("That's as far as I got")


async def test_an_answer_is_stopped_while_it_is_written(page: Page) -> None:
    await page.get_by_label("Who writes the answers").select_option("slow")
    await page.locator("#say").fill("@Matinee road movies")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator(".message").last).to_contain_text("topped")
    await expect(page.get_by_role("button", name="Stop")).to_have_count(0)


async def test_nothing_is_missed_when_the_connection_drops(page: Page) -> None:
    await page.get_by_role("button", name="Drop the connection").click()
    await _ask(page, "@Matinee submarine films")


async def test_markup_of_others_stays_text(page: Page) -> None:
    markup = '<img src=x onerror="document.body.dataset.broken=1">'
    await _ask(page, f"@Matinee westerns {markup}")
    question = page.locator(".message").first
    await expect(question).to_contain_text(markup)
    assert await question.locator(".text img").count() == 0
    asked = page.locator("#say")
    await asked.fill("/title")
    await page.keyboard.press("Enter")
    await page.locator('[data-option="name"]').fill(markup)
    await page.get_by_role("button", name="Run /title").click()
    answer = page.locator(".message", has_text="I don't know a title called")
    await expect(answer).to_contain_text("<img src=x onerror=")
    assert await page.evaluate("document.body.dataset.broken") is None
    assert await page.locator('#log img[src="x"], #builder img').count() == 0


async def test_a_private_conversation_is_a_place_of_its_own(page: Page) -> None:
    await page.get_by_role("button", name="Matinee", exact=True).click()
    await expect(page.locator("#say")).to_have_value("")
    await _ask(page, "something cosy")
    await page.get_by_role("button", name="general", exact=True).click()
    await expect(page.locator(".message")).to_have_count(0)


async def test_two_pages_do_not_disturb_each_other(looking: Looking, page: Page) -> None:
    other = await looking.page()
    await other.get_by_label("Who writes the answers").select_option("busy")
    await other.get_by_role("button", name="Refuse 3 calls (429)").click()
    await asyncio.gather(_ask(page, "@Matinee westerns"), _ask(other, "@Matinee film noir"))
    for mine, text in ((page, "westerns"), (other, "film noir")):
        await expect(mine.locator(".message")).to_have_count(2)
        await expect(mine.locator(".message").first).to_contain_text(text)
        await expect(mine.locator("#builder q")).to_have_text(text)
    assert await page.locator(".exchanges .bad").count() == 0
    assert await page.locator("#builder [data-fault]").get_attribute("data-fault") == ""
    await other.context.close()


async def test_five_pages_at_once_do_not_disturb_each_other(looking: Looking, page: Page) -> None:
    """Three on Discord, one of whom refuses calls, and two on Slack; each gets its own answer alone."""
    others = [await looking.page() for _ in range(4)]
    on_slack = others[2:]
    for other in on_slack:
        await other.get_by_role("tab", name="Slack").click()
        await other.locator("#places button", has_text="film-night").wait_for()
    await others[0].get_by_role("button", name="Refuse 3 calls (429)").click()
    asked = ["westerns", "film noir", "space operas", "heist films", "cosy series"]
    for each, text in zip([page, *others], asked, strict=True):
        await each.locator("#say").fill(f"@Matinee {text}")
    await asyncio.gather(*(each.keyboard.press("Enter") for each in (page, *others)))
    for each, text in zip([page, *others], asked, strict=True):
        await expect(each.locator(".carousel" if each in on_slack else ".embeds")).to_have_count(1)
        await expect(each.locator(".message")).to_have_count(2)
        await expect(each.locator(".message").first).to_contain_text(text)
        await expect(each.locator("#builder q")).to_have_text(text)
    for other in others:
        await other.context.close()


async def test_a_closed_page_leaves_nothing(looking: Looking, page: Page) -> None:
    playground = looking.playground
    before = (len(playground.pages), len(playground.discord.guilds), len(playground.discord.users))
    other = await looking.page()
    await other.get_by_label("Who writes the answers").select_option("slow")
    await other.locator("#say").fill("@Matinee road movies")
    await other.keyboard.press("Enter")
    await other.get_by_role("button", name="Stop").wait_for()
    tasks = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "_run"]
    assert tasks, "an answer is under way"
    await other.context.close()
    async with asyncio.timeout(3):
        while any(not task.done() for task in tasks):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        while (len(playground.pages), len(playground.discord.guilds)) != before[:2]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert len(playground.discord.users) == before[2]


async def test_it_can_be_used_on_a_phone(looking: Looking) -> None:
    phone = await looking.page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    await _ask(phone, "@Matinee cosy series")
    widths = await phone.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "nothing is wider than the screen"
    card = await phone.locator(".embed").last.bounding_box()
    assert card is not None
    assert card["x"] + card["width"] <= 390
    await expect(phone.locator("#builder")).to_be_hidden()
    await phone.get_by_role("button", name="Under the hood").click()
    await expect(phone.locator("#builder .candidates li").first).to_be_visible()
    await phone.keyboard.press("Escape")
    await expect(phone.locator("#builder")).to_be_hidden()
    await phone.context.close()


async def test_the_theme_follows_the_system_and_can_be_changed(looking: Looking) -> None:
    dark = await looking.page(color_scheme="dark")
    await expect(dark.locator("html")).to_have_attribute("data-theme", "dark")
    await dark.get_by_role("button", name="Dark theme", pressed=True).click()
    await expect(dark.locator("html")).to_have_attribute("data-theme", re.compile("light"))
    await dark.context.close()


async def test_a_question_may_open_a_thread_of_its_own(page: Page) -> None:
    asked = page.locator("#say")
    await asked.fill("/preferences set")
    await page.keyboard.press("Enter")
    await page.locator('[data-option="answers"]').select_option("in a thread")
    await page.get_by_role("button", name="Run /preferences set").click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Answers to mentions: in a thread")
    await asked.fill("@Matinee dark comedies")
    await page.keyboard.press("Enter")
    thread = page.locator("#places button", has_text="↳")
    await thread.click()
    await expect(page.locator(".embeds")).to_have_count(1)
    await _ask(page, "@Matinee something lighter")
    await expect(page.locator("#builder .chips")).to_contain_text("comedy")


async def test_who_has_to_wait_and_takes_no_private_word_is_told_by_a_sign(
    looking: Looking, page: Page
) -> None:
    """Somebody else asks in a thread while the page's own answer there is written."""
    server = looking.playground.discord
    [guild] = server.guilds
    bob = server.person("bob")
    bob.takes_private = False
    guild.members.append(bob)
    thread = Channel("later", guild, guild.channels[0], owner=bob)
    guild.channels.append(thread)
    await server.gateway.dispatch("THREAD_CREATE", thread.payload())
    await page.locator("#places button", has_text="↳").click()
    await page.get_by_label("Who writes the answers").select_option("slow")
    await page.locator("#say").fill("@Matinee something lighter")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Stop").wait_for()
    said = await server.say(thread, bob, "@Matinee hello")
    await expect(page.locator(f'[data-message="{said.id}"] .reactions')).to_have_text("⏳ 1")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator(".message")).to_have_count(4)
    await expect(page.locator(".message").last).to_contain_text("someone: @Matinee hello")
    await expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    del server.users[bob.id]

"""The app's own places: the home tab and the agent's pane, in both its forms."""

from collections.abc import AsyncIterator

import pytest_asyncio

from adapters.emulators.slack import App, Message, SlackServer, User, View
from tests.adapters.slack.people import Club, button, said, titles, written


async def home_of(club: Club, user: User, versions: int = 1) -> View:
    await club.slack.until(lambda: len(_versions(club.slack, user)) >= versions)
    return club.slack.world.homes[user.id]


def _versions(slack: SlackServer, user: User) -> list[dict[str, object]]:
    view = slack.world.homes.get(user.id)
    return view.versions if view is not None else []


def texts(view: View) -> str:
    return str(view.blocks)


async def test_the_home_tab_tells_what_is_set_saved_and_answered(club: Club, worker: None) -> None:
    _, first = await club.asked("dark comedies from the 90s")
    await club.word(await club.slack.press(first, club.ann, "matinee:save:0"))
    await club.slack.open_home(club.ann)
    view = await home_of(club, club.ann)
    assert titles(first)[0].rpartition(" (")[0] in texts(view)
    assert "dark comedies from the 90s" in texts(view)
    assert "In this workspace" not in texts(view)
    [remove] = [
        option["value"]
        for block in view.blocks
        for option in block.get("accessory", {}).get("options", ())
        if option["value"].startswith("remove")
    ]
    await club.slack.choose(view, club.ann, "matinee-home:saved", remove)
    view = await home_of(club, club.ann, 2)
    assert "Nothing yet. Press Save" in texts(view)


async def test_from_the_home_tab_something_is_found_and_preferences_are_set(club: Club, worker: None) -> None:
    club.ann.admin = True
    await club.slack.open_home(club.ann)
    view = await home_of(club, club.ann)
    form = await club.form(await club.slack.press(view, club.ann, "matinee-home:find"))
    await club.slack.submit(form, club.ann, {"words": "dark comedies", "year_from": "1990"})
    answer = await club.answer(club.direct)
    assert said(answer).startswith("`comedy` `from 1990`")
    assert answer.thread_ts in {message.ts for message in written(club.direct)}
    assert "In this workspace" in texts(view)
    opened = await club.slack.press(view, club.ann, "matinee-home:preferences", "preferences user")
    form = await club.form(opened)
    await club.slack.type_into(form, club.ann, "providers", "netf")
    await club.slack.submit(form, club.ann, {"providers": ["Netflix"]})
    assert "Netflix" in texts(await home_of(club, club.ann, 2))


async def test_the_pane_suggests_what_to_ask_and_names_its_threads(club: Club, worker: None) -> None:
    await club.slack.open_agent_pane(club.ann, club.general)
    await club.slack.until(lambda: club.direct.prompts)
    prompts = club.direct.prompts[""]
    assert len(prompts) == 4
    question = await club.slack.say(club.direct, club.ann, prompts[1]["message"])
    await club.answer(club.direct, question)
    await club.slack.until(lambda: question.ts in club.direct.sessions)
    session = club.direct.sessions[question.ts]
    assert (session.title, session.status) == (prompts[1]["message"], "active")


class TestTheOlderPane:
    """Of apps without an agent view."""

    @pytest_asyncio.fixture
    async def slack(self) -> AsyncIterator[SlackServer]:
        async with SlackServer(App(agent_view=False)) as running:
            yield running

    async def test_it_suggests_answers_and_names_its_threads(self, club: Club, worker: None) -> None:
        root = await club.slack.open_agent_pane(club.ann)
        assert isinstance(root, Message)
        await club.slack.until(lambda: club.direct.prompts)
        assert len(club.direct.prompts[root.ts]) == 4
        await club.slack.say(club.direct, club.ann, "bleak westerns", root)
        answer = await club.answer(club.direct, root)
        assert answer.thread_ts == root.ts
        await club.slack.press(answer, club.ann, *button(answer, "next"))
        await club.answer(club.direct, root, before=1)

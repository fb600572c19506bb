"""Each limit of the emulated Slack, broken once through the real SDK; and how often one may call."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import Channel, Problem, RateLimits, SlackServer, Window, Workspace
from tests.adapters.slack.emulator.emulated import Json, app_of, client_of, connected


def words(length: int, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": "x" * length}


def section(length: int = 1, **more: Any) -> Json:
    return {"type": "section", "text": words(length, "mrkdwn"), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": words(4), "action_id": "a", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(count: int, **more: Any) -> Json:
    options = [{"text": words(1), "value": str(number), **more} for number in range(count)]
    return {"type": "static_select", "action_id": "a", "options": options}


def card(**more: Any) -> Json:
    return {"type": "card", "title": words(1, "mrkdwn"), **more}


def carousel(*cards: Json) -> Json:
    return {"type": "carousel", "elements": list(cards)}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": words(5), "blocks": list(blocks) or [section()], **more}


def markdown(length: int) -> Json:
    return {"type": "markdown", "text": "x" * length}


async def refusal(call: Awaitable[object]) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value


BLOCKS: dict[str, tuple[list[Json], list[Json]]] = {
    "50 blocks": ([section()] * 50, [section()] * 51),
    "section text 3000": ([section(3_000)], [section(3_001)]),
    "section fields 10": (
        [{"type": "section", "fields": [words(1)] * 10}],
        [{"type": "section", "fields": [words(1)] * 11}],
    ),
    "section field 2000": (
        [{"type": "section", "fields": [words(2_000)]}],
        [{"type": "section", "fields": [words(2_001)]}],
    ),
    "a section with nothing": ([section()], [{"type": "section"}]),
    "header 150": ([{"type": "header", "text": words(150)}], [{"type": "header", "text": words(151)}]),
    "header plain": (
        [{"type": "header", "text": words(1)}],
        [{"type": "header", "text": words(1, "mrkdwn")}],
    ),
    "context elements 10": (
        [{"type": "context", "elements": [words(1)] * 10}],
        [{"type": "context", "elements": [words(1)] * 11}],
    ),
    "actions elements 25": (
        [actions(*(button(action_id=str(number)) for number in range(25)))],
        [actions(*(button(action_id=str(number)) for number in range(26)))],
    ),
    "select options 100": ([actions(select(100))], [actions(select(101))]),
    "option text 75": ([actions(select(1, text=words(75)))], [actions(select(1, text=words(76)))]),
    "option value 150": ([actions(select(1, value="x" * 150))], [actions(select(1, value="x" * 151))]),
    "button text 75": ([actions(button(text=words(75)))], [actions(button(text=words(76)))]),
    "button value 2000": ([actions(button(value="x" * 2_000))], [actions(button(value="x" * 2_001))]),
    "button url 3000": ([actions(button(url="x" * 3_000))], [actions(button(url="x" * 3_001))]),
    "action_id 255": ([actions(button(action_id="x" * 255))], [actions(button(action_id="x" * 256))]),
    "block_id 255": ([section(block_id="x" * 255)], [section(block_id="x" * 256)]),
    "block_id once": (
        [section(block_id="a"), section(block_id="b")],
        [section(block_id="a"), section(block_id="a")],
    ),
    "action_id once a block": (
        [actions(button()), actions(button())],
        [actions(button(), button())],
    ),
    "carousel 10": ([carousel(*[card()] * 10)], [carousel(*[card()] * 11)]),
    "carousel of cards": ([carousel(card())], [carousel(section())]),
    "card title 150": ([card(title=words(150))], [card(title=words(151))]),
    "card subtitle 150": ([card(subtitle=words(150))], [card(subtitle=words(151))]),
    "card body 200": ([card(body=words(200))], [card(body=words(201))]),
    "card buttons 3": (
        [card(actions=[button(action_id=str(number)) for number in range(3)])],
        [card(actions=[button(action_id=str(number)) for number in range(4)])],
    ),
    "image alt_text": (
        [{"type": "image", "image_url": "https://example.org/1.png", "alt_text": "a poster"}],
        [{"type": "image", "image_url": "https://example.org/1.png"}],
    ),
    "image alt_text within a card": (
        [
            card(
                hero_image={"type": "image", "image_url": "https://example.org/1.png", "alt_text": "a poster"}
            )
        ],
        [card(hero_image={"type": "image", "image_url": "https://example.org/1.png"})],
    ),
    "an empty text": ([section(1)], [section(0)]),
    "a type that there is not": ([{"type": "divider"}], [{"type": "song"}]),
    "markdown block 12000": ([markdown(12_000)], [markdown(12_001)]),
}


@pytest.mark.parametrize(("within", "past"), BLOCKS.values(), ids=BLOCKS.keys())
async def test_blocks_past_a_limit_are_refused(
    client: AsyncWebClient, general: Channel, within: list[Json], past: list[Json]
) -> None:
    await client.chat_postMessage(channel=general.id, text="t", blocks=within)
    error = await refusal(client.chat_postMessage(channel=general.id, text="t", blocks=past))
    assert error.response["error"] == "invalid_blocks"
    assert error.response["response_metadata"]["messages"][0].startswith("[ERROR] ")
    assert len(general.visible) == 1


@pytest.mark.parametrize(
    ("within", "past"),
    [
        ([markdown(6_000), markdown(6_000)], [markdown(6_000), markdown(6_001)]),
        ([section(3_000)] * 3 + [section(2_300)], [section(3_000)] * 3 + [section(2_301)]),
        ([markdown(8_300), section(3_000)], [markdown(8_301), section(3_000)]),
    ],
    ids=["markdown blocks 12000 in all", "about 11300 in all", "both together"],
)
async def test_blocks_that_hold_too_much_text_are_refused(
    client: AsyncWebClient, general: Channel, within: list[Json], past: list[Json]
) -> None:
    await client.chat_postMessage(channel=general.id, text="t", blocks=within)
    error = await refusal(client.chat_postMessage(channel=general.id, text="t", blocks=past))
    assert error.response["error"] == "msg_blocks_too_long"


async def test_texts_are_cut_or_refused(client: AsyncWebClient, general: Channel) -> None:
    posted = await client.chat_postMessage(channel=general.id, text="x" * 40_001)
    message = general.messages[posted["ts"]]
    assert len(message.text) == 40_000
    place: Json = {"channel": general.id, "ts": message.ts}
    await client.chat_update(**place, text="x" * 4_000)
    assert (await refusal(client.chat_update(**place, text="x" * 4_001))).response["error"] == "msg_too_long"
    await client.chat_postMessage(channel=general.id, markdown_text="x" * 12_000)
    long = client.chat_postMessage(channel=general.id, markdown_text="x" * 12_001)
    assert (await refusal(long)).response["error"] == "msg_too_long"
    both = client.chat_postMessage(channel=general.id, markdown_text="x", text="x")
    assert (await refusal(both)).response["error"] == "markdown_text_conflict"
    nothing = client.api_call("chat.postMessage", json={"channel": general.id})
    assert (await refusal(nothing)).response["error"] == "no_text"


async def test_a_streams_pieces_are_limited(
    server: SlackServer, client: AsyncWebClient, club: Workspace
) -> None:
    direct, ann = club.direct(club.person("ann")), club.person("ann")
    asked = await server.say(direct, ann, "a film")
    begun = await client.chat_startStream(channel=direct.id, thread_ts=asked.ts)
    place: Json = {"channel": direct.id, "ts": begun["ts"]}

    def text(length: int) -> Json:
        return {"type": "markdown_text", "text": "x" * length}

    async def error(**more: Any) -> str:
        return str((await refusal(client.chat_appendStream(**place, **more))).response["error"])

    await client.chat_appendStream(**place, chunks=[text(12_000)])
    assert await error(chunks=[text(6_000), text(6_001)]) == "msg_too_long"
    await client.chat_appendStream(**place, chunks=[{"type": "blocks", "blocks": [section()] * 50}])
    assert await error(chunks=[{"type": "blocks", "blocks": [section()]}]) == "msg_blocks_too_many"
    many = client.chat_stopStream(**place, blocks=[section()] * 51)
    assert (await refusal(many)).response["error"] == "msg_blocks_too_many"
    await client.chat_stopStream(**place, blocks=[section()] * 50)
    assert len(direct.messages[begun["ts"]].blocks) == 100, "those of the end count apart"


VIEWS: dict[str, tuple[Json, Json]] = {
    "100 blocks": (modal(*[section()] * 100), modal(*[section()] * 101)),
    "title 24": (modal(title=words(24)), modal(title=words(25))),
    "submit 24": (modal(submit=words(24)), modal(submit=words(25))),
    "close 24": (modal(close=words(24)), modal(close=words(25))),
    "private_metadata 3000": (modal(private_metadata="x" * 3_000), modal(private_metadata="x" * 3_001)),
    "callback_id 255": (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
    "submit where something is asked": (
        modal(
            {"type": "input", "label": words(1), "element": {"type": "plain_text_input"}},
            submit=words(1),
        ),
        modal({"type": "input", "label": words(1), "element": {"type": "plain_text_input"}}),
    ),
}


@pytest.mark.parametrize(("within", "past"), VIEWS.values(), ids=VIEWS.keys())
async def test_modals_past_a_limit_are_refused(
    server: SlackServer, club: Workspace, within: Json, past: Json
) -> None:
    app, ann = app_of(server, club), club.person("ann")

    @app.shortcut("refine")
    async def _ack(ack: Any) -> None:
        await ack()

    async with connected(server, app):
        began = await server.shortcut(ann, "refine")
        error = await refusal(app.client.views_open(trigger_id=began.trigger_id, view=past))
        assert error.response["error"] == "invalid_arguments"
        await app.client.views_open(trigger_id=began.trigger_id, view=within)


async def test_home_tabs_past_a_limit_are_refused(client: AsyncWebClient, club: Workspace) -> None:
    ann = club.person("ann")

    def home(count: int, length: int = 1) -> Json:
        return {"type": "home", "blocks": [section(length)] * count}

    await client.views_publish(user_id=ann.id, view=home(100))
    many = await refusal(client.views_publish(user_id=ann.id, view=home(101)))
    assert many.response["error"] == "invalid_arguments"
    large = await refusal(client.views_publish(user_id=ann.id, view=home(90, 3_000)))
    assert large.response["error"] == "view_too_large"


async def test_more_than_a_hundred_options_offered_are_not_shown(
    server: SlackServer, club: Workspace
) -> None:
    app, ann, general = app_of(server, club), club.person("ann"), club.channel("general")
    titles = {"type": "external_select", "action_id": "title", "min_query_length": 1}

    @app.options("title")
    async def _offer(ack: Any, payload: Json) -> None:
        await ack(options=select(int(payload["value"]))["options"])

    async with connected(server, app):
        posted = await app.client.chat_postMessage(channel=general.id, text="t", blocks=[actions(titles)])
        message = general.messages[posted["ts"]]
        most = await server.type_into(message, ann, "title", "100")
        assert most.options is not None
        assert len(most.options) == 100
        none = await server.type_into(message, ann, "title", "0")
        assert none.options == []
        many = await server.type_into(message, ann, "title", "101")
        assert many.options is None
        assert "no more than 100 items" in many.failed


# --- how often ---


async def test_a_channel_takes_one_post_a_second(
    server: SlackServer, client: AsyncWebClient, club: Workspace
) -> None:
    assert RateLimits().posts == Window(1, 1)
    server.limits = RateLimits(posts=Window(1, 60))
    general, other = club.channel("general"), club.channel("other")
    await client.chat_postMessage(channel=general.id, text="one")
    error = await refusal(client.chat_postMessage(channel=general.id, text="two"))
    assert (error.response.status_code, error.response["error"]) == (429, "ratelimited")
    assert 0 < int(error.response.headers["Retry-After"]) <= 60
    await client.chat_postMessage(channel=other.id, text="two")
    server.clock.ahead += 60
    await client.chat_postMessage(channel=general.id, text="two")
    assert (server.limits.refused, server.limits.refused_of["chat.postMessage"]) == (1, 1)


Call = Callable[[AsyncWebClient, str, str], Any]
TIERS: dict[str, tuple[int, Call]] = {
    "tier 2": (20, lambda client, channel, ts: client.chat_stopStream(channel=channel, ts=ts)),
    "tier 3": (50, lambda client, channel, ts: client.chat_update(channel=channel, ts=ts, text="t")),
    "tier 4": (100, lambda client, channel, ts: client.chat_appendStream(channel=channel, ts=ts, chunks=[])),
}


@pytest.mark.parametrize(("most", "call"), TIERS.values(), ids=TIERS.keys())
async def test_a_method_takes_so_many_calls_a_minute_of_each_workspace(
    server: SlackServer, club: Workspace, most: int, call: Call
) -> None:
    server.limits = RateLimits()
    general = club.channel("general")
    said = await server.say(general, club.person("ann"), "t")
    client = client_of(server, club)
    for _ in range(most):
        assert (await refusal(call(client, general.id, said.ts))).response["error"] != "ratelimited"
    server.clock.ahead += 30
    error = await refusal(call(client, general.id, said.ts))
    assert error.response["error"] == "ratelimited"
    assert 0 < int(error.response.headers["Retry-After"]) <= 30
    another = client_of(server, server.workspace("Another"))
    assert (await refusal(call(another, general.id, said.ts))).response["error"] == "channel_not_found"
    server.clock.ahead += 31
    assert (await refusal(call(client, general.id, said.ts))).response["error"] != "ratelimited"
    assert server.limits.refused == 1


async def test_apps_outside_the_marketplace_read_little(
    server: SlackServer, client: AsyncWebClient, club: Workspace
) -> None:
    server.limits = RateLimits(marketplace=False)
    general, ann = club.channel("general"), club.person("ann")
    for number in range(16):
        await server.say(general, ann, f"number {number}")
    read = await client.conversations_history(channel=general.id)
    assert len(read["messages"]) == 15
    again = await refusal(client.conversations_history(channel=general.id))
    assert 0 < int(again.response.headers["Retry-After"]) <= 60


async def test_scripted_faults_come_once_each(
    server: SlackServer, client: AsyncWebClient, general: Channel
) -> None:
    server.faults += [
        Problem("ratelimited", 429, retry_after=7),
        Problem("internal", 500),
        Problem("internal", 503, applied=True),
        Problem("fatal_error"),
    ]
    errors = [await refusal(client.chat_postMessage(channel=general.id, text="t")) for _ in range(4)]
    assert [error.response.status_code for error in errors] == [429, 500, 503, 200]
    assert errors[0].response.headers["Retry-After"] == "7"
    assert errors[1].response.get("error") is None, "a page, not JSON"
    assert errors[3].response["error"] == "fatal_error"
    assert len(general.visible) == 1, "one of them did its work and lost the answer alone"
    await client.conversations_info(channel=general.id)
    await client.chat_postMessage(channel=general.id, text="t")
    assert [method for method, _ in server.calls].count("chat.postMessage") == 5

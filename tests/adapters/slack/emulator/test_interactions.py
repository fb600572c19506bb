"""The emulated Slack, with the real Bolt and SDK on the other side: commands, buttons, forms, home tabs."""

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import Channel, SlackServer, User, Workspace
from tests.adapters.slack.emulator.emulated import Json, refused

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "More"}, "action_id": "more", "value": "7"}
SELECT = {
    "type": "static_select",
    "action_id": "genre",
    "options": [
        {"text": {"type": "plain_text", "text": name}, "value": name} for name in ("comedy", "drama")
    ],
}
TITLES = {"type": "external_select", "action_id": "title", "min_query_length": 2}
BUTTONS = [{"type": "actions", "block_id": "below", "elements": [BUTTON, SELECT, TITLES]}]


def form(*blocks: Json, **more: Any) -> Json:
    words = {"title": "Refine", "submit": "Search", "close": "Cancel"}
    texts = {name: {"type": "plain_text", "text": text} for name, text in words.items()}
    return {"type": "modal", "callback_id": "refine", "blocks": list(blocks), **texts, **more}


def field(action_id: str, **element: Any) -> Json:
    label = {"type": "plain_text", "text": action_id}
    inside = {"type": "plain_text_input", "action_id": action_id, **element}
    return {"type": "input", "block_id": f"{action_id}-block", "label": label, "element": inside}


async def test_a_command_is_answered_by_its_acknowledgement(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    @app.command("/recommend")
    async def _recommend(ack: Any, command: Json) -> None:
        await ack(f"looking for {command['text']}")

    asked = await server.command(general, ann, "/recommend", "a comedy")
    assert [message.text for message in asked.responses] == ["looking for a comedy"]
    assert asked.responses[0].ephemeral_for is ann


async def test_a_command_is_answered_by_its_address_where_the_bot_is_not(
    server: SlackServer, app: AsyncApp, club: Workspace, ann: User
) -> None:
    elsewhere = club.channel("elsewhere", member=False)

    @app.command("/recommend")
    async def _recommend(ack: Any, respond: Any) -> None:
        await ack()
        await respond("looking")
        await respond("found", replace_original=True)
        await respond("for all", response_type="in_channel")
        await respond("more")
        await respond(delete_original=True)

    asked = await server.command(elsewhere, ann, "/recommend", "a comedy")
    await server.until(lambda: len(asked.responses) == 3 and asked.responses[2].deleted)
    first, shared, last = asked.responses
    assert first.history == ["looking", "found"]
    assert first.ephemeral_for is ann
    assert [message.text for message in elsewhere.visible] == ["for all"]
    assert shared.ephemeral_for is None
    assert last.text == "more"


async def test_a_response_url_serves_five_times_in_half_an_hour(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    answers: list[tuple[int, str]] = []

    @app.command("/recommend")
    async def _recommend(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        for number in range(int(command["text"])):
            answer = await respond(f"number {number}")
            answers.append((answer.status_code, answer.body))
        server.clock.ahead += 1_801
        answer = await respond("late")
        answers.append((answer.status_code, answer.body))

    asked = await server.command(general, ann, "/recommend", "6")
    await server.until(lambda: len(answers) == 7)
    assert len(asked.responses) == 5
    assert [status for status, _ in answers] == [200] * 5 + [404] * 2
    assert "used_url" in answers[5][1]
    assert "expired_url" in answers[6][1]
    assert [method for method, _ in server.calls].count("response_url") == 7


async def test_a_button_and_a_select_are_told_with_their_message(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    heard: list[Json] = []

    @app.action("more")
    @app.action("genre")
    async def _act(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        heard.append(body)
        await respond("replaced", replace_original=True)

    posted = await app.client.chat_postMessage(channel=general.id, text="films", blocks=BUTTONS)
    message = general.messages[posted["ts"]]
    await server.choose(message, ann, "genre", "drama")
    await server.until(lambda: message.text == "replaced")
    await app.client.chat_update(channel=general.id, ts=message.ts, text="films", blocks=BUTTONS)
    await server.press(message, ann, "more", "7")
    await server.until(lambda: len(heard) == 2)
    chosen, pressed = (body["actions"][0] for body in heard)
    assert (chosen["selected_option"]["value"], pressed["value"]) == ("drama", "7")
    assert pressed["block_id"] == "below"
    assert heard[1]["state"]["values"]["below"]["genre"]["selected_option"]["value"] == "drama"
    assert heard[1]["container"]["message_ts"] == message.ts == heard[1]["message"]["ts"]
    with pytest.raises(AssertionError, match="there is no less"):
        await server.press(message, ann, "less")


async def test_a_button_under_an_ephemeral_message_carries_no_message(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    heard: list[Json] = []

    @app.action("more")
    async def _act(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        heard.append(body)
        await respond(delete_original=True)

    await app.client.chat_postEphemeral(channel=general.id, user=ann.id, text="films", blocks=BUTTONS)
    [message] = general.seen_by(ann)
    await server.press(message, ann, "more")
    await server.until(lambda: message.deleted)
    assert heard[0]["container"]["is_ephemeral"]
    assert "message" not in heard[0]
    with pytest.raises(AssertionError, match="do not see"):
        await server.press(message, ann, "more")


async def test_options_are_offered_while_one_types_and_can_be_chosen(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    heard: list[str] = []

    @app.options("title")
    async def _offer(ack: Any, payload: Json) -> None:
        name = f"{payload['value']}…"
        await ack(options=[{"text": {"type": "plain_text", "text": name}, "value": "603"}])

    @app.action("title")
    async def _act(ack: Any, action: Json) -> None:
        await ack()
        heard.append(action["selected_option"]["value"])

    posted = await app.client.chat_postMessage(channel=general.id, text="films", blocks=BUTTONS)
    message = general.messages[posted["ts"]]
    typed = await server.type_into(message, ann, "title", "The M")
    assert typed.options is not None
    assert [option["text"]["text"] for option in typed.options] == ["The M…"]
    await server.choose(message, ann, "title", "603")
    assert heard == ["603"]
    with pytest.raises(AssertionError, match="from 2 characters on"):
        await server.type_into(message, ann, "title", "T")
    with pytest.raises(AssertionError, match="there is no option 604"):
        await server.choose(message, ann, "title", "604")


async def test_a_form_is_refused_changed_and_closed(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    views: list[Json] = []

    @app.shortcut("refine")
    async def _open(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(
            trigger_id=body["trigger_id"], view=form(field("genre"), notify_on_close=True)
        )

    @app.view("refine")
    async def _submitted(ack: Any, view: Json) -> None:
        views.append(view)
        match view["state"]["values"]["genre-block"]["genre"]["value"]:
            case "none":
                await ack(response_action="errors", errors={"genre-block": "No such genre"})
            case "drama":
                more = form(field("genre", initial_value="drama"), field("decade"))
                await ack(response_action="update", view=more)
            case _:
                await ack(response_action="clear")

    @app.view_closed("refine")
    async def _closed(ack: Any, view: Json) -> None:
        await ack()
        views.append(view)

    said = await server.say(general, ann, "a film")
    asked = await server.shortcut_on_message(said, ann, "refine")
    await server.until(lambda: asked.opened)
    [view] = asked.opened
    with pytest.raises(AssertionError, match="genre is required"):
        await server.submit(view, ann)
    await server.submit(view, ann, {"genre": "none"})
    assert view.errors == {"genre-block": "No such genre"}
    await server.submit(view, ann, {"genre": "drama"})
    assert [block["block_id"] for block in view.blocks] == ["genre-block", "decade-block"]
    await server.submit(view, ann, {"genre": "comedy", "decade": "1990s"})
    assert not view.is_open
    asked = await server.shortcut(ann, "refine")
    await server.until(lambda: asked.opened)
    assert await server.close_view(asked.opened[0], ann) is not None
    assert [view["callback_id"] for view in views] == ["refine"] * 4


async def test_views_are_stacked_updated_and_guarded(server: SlackServer, app: AsyncApp, ann: User) -> None:
    client = app.client

    @app.shortcut("refine")
    @app.view("refine")
    async def _ack(ack: Any) -> None:
        await ack()

    async def opened(view: Json) -> str:
        began = await server.shortcut(ann, "refine")
        answer = await client.views_open(trigger_id=began.trigger_id, view=view)
        again = client.views_open(trigger_id=began.trigger_id, view=view)
        assert await refused(again) == "exchanged_trigger_id"
        return str(answer["view"]["id"])

    view = server.world.views[await opened(form(field("genre"), external_id="mine"))]
    began = await server.shortcut(ann, "refine")
    twin = client.views_open(trigger_id=began.trigger_id, view=form(external_id="mine", blocks=view.blocks))
    assert await refused(twin) == "duplicate_external_id"
    old = view.hash
    await client.views_update(external_id="mine", view=form(field("decade")))
    assert view.blocks[0]["block_id"] == "decade-block"
    late = client.views_update(view_id=view.id, hash=old, view=form(field("genre")))
    assert await refused(late) == "hash_conflict"
    began = await server.shortcut(ann, "refine")
    server.clock.ahead += 3.1
    assert await refused(client.views_open(trigger_id=began.trigger_id, view=form(field("a")))) == (
        "expired_trigger_id"
    )
    assert await refused(client.views_open(trigger_id="1.2.3", view=form(field("a")))) == "invalid_trigger_id"


async def test_of_menus_with_one_action_the_one_that_has_the_option_is_chosen_from(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    heard: list[tuple[str, str]] = []

    @app.action("saved")
    async def _act(ack: Any, action: Json) -> None:
        await ack()
        heard.append((action["block_id"], action["selected_option"]["value"]))

    def about(title: str) -> Json:
        text = {"type": "plain_text", "text": title}
        menu = {"type": "overflow", "action_id": "saved", "options": [{"text": text, "value": title}]}
        return {"type": "section", "block_id": f"about-{title}", "text": text, "accessory": menu}

    posted = await app.client.chat_postMessage(
        channel=general.id, text="saved", blocks=[about("Fargo"), about("Heat")]
    )
    await server.choose(general.messages[posted["ts"]], ann, "saved", "Heat")
    assert heard == [("about-Heat", "Heat")]


async def test_the_home_tab_is_published_opened_and_used(
    server: SlackServer, app: AsyncApp, ann: User
) -> None:
    heard: list[str] = []

    @app.event("app_home_opened")
    async def _opened(event: Json, client: AsyncWebClient) -> None:
        heard.append(event.get("view", {}).get("id", "none"))
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": BUTTONS})

    @app.action("more")
    async def _act(ack: Any, body: Json) -> None:
        await ack()
        heard.append(body["view"]["type"])

    await server.open_home(ann)
    await server.until(lambda: ann.id in server.world.homes)
    home = server.world.homes[ann.id]
    await server.open_home(ann)
    await server.until(lambda: len(home.versions) == 2)
    await server.press(home, ann, "more")
    assert heard == ["none", home.id, "home"]

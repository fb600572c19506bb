"""The emulated Slack, with the real Bolt and SDK on the other side: messages and who hears of them."""

import json
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.models.blocks import SectionBlock
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import App, Channel, SlackServer, User, Workspace
from tests.adapters.slack.emulator.emulated import (
    Json,
    refused,
    told,
)


async def test_a_mention_is_told_twice_and_answered_in_its_thread(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    heard: list[Json] = []

    @app.event("message")
    async def _message(event: Json) -> None:
        heard.append(event)

    @app.event("app_mention")
    async def _mention(event: Json, say: Any) -> None:
        heard.append(event)
        await say(text="hello", thread_ts=event["ts"])

    asked = await server.say(general, ann, "@Matinee hi, you & me <3")
    await server.until(lambda: len(general.visible) == 2)
    await server.delivery.settle()
    assert [event["type"] for event in heard] == ["message", "app_mention"], "Bolt drops the bot's own"
    assert heard[0]["text"] == f"<@{general.workspace.bot.id}> hi, you &amp; me &lt;3"
    assert {event["ts"] for event in heard} == {asked.ts}
    answer = general.thread(asked)[1]
    assert (answer.text, answer.thread_ts, answer.author.name) == ("hello", asked.ts, "Matinee")
    echo = server.delivery.events[-1]["event"]
    assert (echo["bot_id"], echo["app_id"]) == (general.workspace.bot.bot_id, server.app.id)


async def test_only_what_the_app_asked_for_is_told_and_only_where_it_is(ann: User) -> None:
    async with SlackServer(App(events=frozenset({"app_mention", "message.im"}))) as server:
        club = server.workspace("Film club", "ann")
        person = club.person("ann")
        general, other = club.channel("general"), club.channel("other", member=False)
        await server.say(general, person, "just talking")
        await server.say(other, person, "@Matinee are you there")
        assert told(server) == []
        await server.say(general, person, "@Matinee hello")
        await server.say(club.direct(person), person, "@Matinee hello")
        assert told(server) == ["app_mention", "message"], "a direct message is no mention"


async def test_edits_and_deletions_are_told_and_all_texts_are_kept(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    said = await server.say(general, ann, "one")
    await server.edit(said, "two")
    await server.delete(said)
    posted = await client.chat_postMessage(channel=general.id, text="first")
    await client.chat_update(channel=general.id, ts=posted["ts"], text="second")
    await client.chat_delete(channel=general.id, ts=posted["ts"])
    once = ["message", "message_changed", "message_deleted"]
    assert told(server) == once * 2
    changed = server.delivery.events[4]["event"]
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("first", "second")
    assert changed["message"]["bot_id"] == general.workspace.bot.bot_id
    assert said.history == ["one", "two"]
    assert general.messages[posted["ts"]].history == ["first", "second"]
    assert general.visible == []


async def test_an_update_with_text_takes_the_blocks_away(client: AsyncWebClient, general: Channel) -> None:
    block = SectionBlock(text="a section").to_dict()
    posted = await client.chat_postMessage(channel=general.id, text="with blocks", blocks=[block])
    message = general.messages[posted["ts"]]
    assert message.blocks[0]["block_id"], "Slack names blocks that have no name"
    await client.chat_update(channel=general.id, ts=posted["ts"], text="without")
    assert message.blocks == []


async def test_an_ephemeral_message_is_seen_by_one(
    client: AsyncWebClient, general: Channel, ann: User
) -> None:
    posted = await client.chat_postEphemeral(channel=general.id, user=ann.id, text="psst")
    assert [message.text for message in general.seen_by(ann)] == ["psst"]
    assert general.seen_by(general.workspace.person("bob")) == []
    assert general.visible == []
    late = client.chat_update(channel=general.id, ts=posted["message_ts"], text="louder")
    assert await refused(late) == "message_not_found"
    stranger = general.workspace.person("cleo")
    assert await refused(client.chat_postEphemeral(channel=general.id, user=stranger.id, text="?")) == (
        "user_not_in_channel"
    )


async def test_places_where_the_bot_may_not_post(
    server: SlackServer, client: AsyncWebClient, club: Workspace, general: Channel, ann: User
) -> None:
    secret, other = club.channel("secret", private=True, member=False), club.channel("other", member=False)
    old = club.channel("old")
    old.archived = True
    elsewhere = server.workspace("Another", "zoe").channel("general")
    for place, error in (
        (secret.id, "channel_not_found"),
        (elsewhere.id, "channel_not_found"),
        (other.id, "not_in_channel"),
        (old.id, "is_archived"),
    ):
        assert await refused(client.chat_postMessage(channel=place, text="hello")) == error
    said = await server.say(general, ann, "mine")
    assert (
        await refused(client.chat_update(channel=general.id, ts=said.ts, text="?")) == "cant_update_message"
    )
    assert await refused(client.chat_delete(channel=general.id, ts="1.0")) == "message_not_found"
    assert await refused(client.chat_postMessage(channel=general.id, text="?", thread_ts="1.0")) == (
        "thread_not_found"
    )
    assert await refused(client.api_call("chat.shout")) == "unknown_method"


async def test_direct_messages_are_opened_and_posted_by_a_persons_id(
    client: AsyncWebClient, club: Workspace, ann: User
) -> None:
    opened = await client.conversations_open(users=ann.id)
    whole = await client.conversations_open(users=[ann.id], return_im=True)
    posted = await client.chat_postMessage(channel=ann.id, text="hello")
    assert opened["channel"]["id"] == posted["channel"] == whole["channel"]["id"]
    assert whole["channel"]["user"] == ann.id
    group = await client.conversations_open(users=[ann.id, club.person("bob").id], return_im=True)
    assert group["channel"]["is_mpim"]


async def test_conversations_and_people_can_be_looked_at(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    root = await server.say(general, ann, "root")
    for number in range(3):
        await server.say(general, ann, f"reply {number}", root)
    later = await server.say(general, ann, "later")
    pages = [
        [message["text"] for message in page["messages"]]
        async for page in await client.conversations_replies(channel=general.id, ts=root.ts, limit=3)
    ]
    assert pages == [["root", "reply 0", "reply 1"], ["reply 2"]]
    history = await client.conversations_history(channel=general.id)
    assert [message["text"] for message in history["messages"]] == ["later", "root"]
    assert history["messages"][1]["reply_count"] == 3
    recent = await client.conversations_history(channel=general.id, oldest=later.ts, inclusive=True)
    assert [message["text"] for message in recent["messages"]] == ["later"]
    told_of = await client.conversations_info(channel=general.id, include_num_members=True)
    assert (told_of["channel"]["name"], told_of["channel"]["num_members"]) == ("general", 3)
    members = await client.conversations_members(channel=general.id)
    assert ann.id in members["members"]
    person = await client.users_info(user=ann.id, include_locale=True)
    assert (person["user"]["name"], person["user"]["locale"]) == ("ann", "en-US")
    assert await refused(client.users_info(user="U1")) == "user_not_found"
    assert await refused(client.conversations_replies(channel=general.id, ts="1.0")) == "thread_not_found"


async def test_reactions_are_added_once_and_taken_away(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    said = await server.say(general, ann, "look")
    place: Json = {"channel": general.id, "timestamp": said.ts}
    await client.reactions_add(name="eyes", **place)
    assert await refused(client.reactions_add(name="eyes", **place)) == "already_reacted"
    assert await refused(client.reactions_add(name="No Emoji", **place)) == "invalid_name"
    assert [user.name for user in said.reactions["eyes"]] == ["Matinee"]
    await client.reactions_remove(name="eyes", **place)
    assert await refused(client.reactions_remove(name="eyes", **place)) == "no_reaction"
    await server.react(said, ann, "tada")
    assert told(server)[1:] == ["reaction_added", "reaction_removed", "reaction_added"]


async def test_files_are_uploaded_and_shared(client: AsyncWebClient, general: Channel) -> None:
    done = await client.files_upload_v2(
        channel=general.id, content="title,year\n", filename="list.csv", initial_comment="Your list"
    )
    [message] = general.visible
    assert (message.text, message.files[0].content) == ("Your list", b"title,year\n")
    assert done["file"]["name"] == "list.csv"
    again = client.files_completeUploadExternal(files=[{"id": done["file"]["id"]}])
    assert await refused(again) == "file_not_found"


async def test_arguments_come_as_json_forms_and_query_strings(
    client: AsyncWebClient, general: Channel
) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "a section"}}
    blocks = json.dumps([block])
    whole = {"channel": general.id, "text": "t", "blocks": [block]}
    await client.api_call("chat.postMessage", json=whole)
    await client.api_call("chat.postMessage", data=whole | {"blocks": blocks})
    await client.api_call("chat.postMessage", params=whole | {"blocks": blocks})
    await client.api_call("chat.postMessage", http_verb="GET", params=whole | {"blocks": blocks})
    assert [message.blocks[0]["text"]["text"] for message in general.visible] == ["a section"] * 4
    broken = client.api_call("chat.postMessage", data=whole | {"blocks": "[{"})
    assert await refused(broken) == "invalid_blocks_format"
    assert await refused(client.api_call("chat.postMessage", json={"text": "t"})) == "invalid_arguments"


async def test_other_bots_and_newcomers_are_told_of(
    server: SlackServer, app: AsyncApp, general: Channel
) -> None:
    heard: list[Json] = []

    @app.event("message")
    @app.event("member_joined_channel")
    async def _heard(event: Json) -> None:
        heard.append(event)

    other = general.workspace.person("otherbot", bot=True)
    await server.join(general, other)
    await server.say(general, other, "beep")
    await server.delivery.settle()
    joined, said = heard
    assert (joined["type"], joined["user"]) == ("member_joined_channel", other.id)
    assert (said["bot_id"], said["bot_profile"]["name"]) == (other.bot_id, "otherbot")
    assert said["app_id"] != server.app.id


async def test_fields_that_slack_may_add_tomorrow_can_be_told(
    server: SlackServer, general: Channel, ann: User
) -> None:
    server.events.unknown_fields = {"mood": {"of": "tomorrow"}}
    await server.say(general, ann, "hello")
    assert server.delivery.events[0]["event"]["mood"] == {"of": "tomorrow"}

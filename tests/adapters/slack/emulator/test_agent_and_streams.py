"""The emulated Slack, with the real Bolt and SDK on the other side: agents, streams."""

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.models.blocks import DividerBlock, SectionBlock
from slack_sdk.models.messages.chunk import BlocksChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import App, Channel, Message, SlackServer, User
from tests.adapters.slack.emulator.emulated import Json, refused, told


async def test_the_agent_pane_is_opened_in_both_of_its_forms(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    assert await server.open_agent_pane(ann, looking_at=general) is None
    opened = server.delivery.events[0]["event"]
    assert (opened["type"], opened["tab"]) == ("app_home_opened", "messages")
    assert opened["context"]["entities"][0]["value"] == general.id
    prompts = [{"title": "Tonight", "message": "What to watch tonight?"}]
    await client.assistant_threads_setSuggestedPrompts(channel_id=opened["channel"], prompts=prompts)
    direct = general.workspace.direct(ann)
    assert direct.prompts == {"": prompts}
    async with SlackServer(App(agent_view=False)) as older:
        person = older.workspace("Film club", "ann").person("ann")
        root = await older.open_agent_pane(person)
        assert root is not None
        thread = older.delivery.events[0]["event"]["assistant_thread"]
        assert (thread["thread_ts"], thread["user_id"]) == (root.ts, person.id)


async def test_an_assistants_status_ends_by_itself_and_with_its_answer(
    server: SlackServer, client: AsyncWebClient, ann: User
) -> None:
    direct = ann.workspace.direct(ann)
    asked = await server.say(direct, ann, "a film")
    place: Json = {"channel_id": direct.id, "thread_ts": asked.ts}
    await client.assistant_threads_setStatus(status="is searching…", **place)
    assert server.status(direct, asked) == "is searching…"
    server.clock.ahead += 121
    assert server.status(direct, asked) == ""
    await client.assistant_threads_setStatus(status="is choosing…", **place)
    await client.chat_postMessage(channel=direct.id, thread_ts=asked.ts, text="Alien")
    assert server.status(direct, asked) == ""
    await client.assistant_threads_setTitle(title="A film", **place)
    assert direct.titles == {asked.ts: "A film"}
    assert await refused(
        client.assistant_threads_setStatus(channel_id=direct.id, thread_ts="1.0", status="?")
    ) == ("invalid_thread_ts")


async def test_an_agents_session_has_a_status_and_a_title(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    asked = await server.say(general, ann, "@Matinee a film")
    place: Json = {"channel_id": general.id, "thread_ts": asked.ts}
    assert await refused(client.agents_sessions_rename(title="Films", **place)) == "session_not_found"
    answer = await client.agents_sessions_setStatus(status="processing", title="A film", **place)
    assert (answer["status"], answer["title"], answer["warning"]) == ("processing", "A film", None)
    await client.agents_sessions_rename(title="Films", **place)
    assert general.sessions[asked.ts].title == "Films"
    assert await refused(client.agents_sessions_setStatus(status="busy", **place)) == "invalid_status"
    assert await refused(client.agents_sessions_setStatus(status="active", channel_id=general.id)) == (
        "thread_ts_required"
    )


# --- streams ---


async def started(
    server: SlackServer, client: AsyncWebClient, channel: Channel, user: User
) -> tuple[Message, Any]:
    """A stream that has said something, and the SDK's helper that goes on with it."""
    asked = await server.say(channel, user, "@Matinee a film")
    streamer = await client.chat_stream(
        channel=channel.id,
        thread_ts=asked.ts,
        recipient_team_id=user.workspace.id,
        recipient_user_id=user.id,
        buffer_size=1,
    )
    await streamer.append(markdown_text="**Ali")
    return channel.messages[str(streamer.ts)], streamer


async def test_a_stream_grows_and_ends_with_blocks(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    message, streamer = await started(server, client, general, ann)
    session = general.sessions[str(message.thread_ts)]
    assert session.status == "processing"
    assert message.stream is not None
    assert message.stream.recipient is ann
    early = client.chat_update(channel=general.id, ts=message.ts, text="?")
    assert await refused(early) == "streaming_state_conflict"
    search = TaskUpdateChunk(id="1", title="Searching", status="in_progress")
    await streamer.append(markdown_text="en**", chunks=[search])
    done = TaskUpdateChunk(id="1", title="Searched", status="complete")
    await streamer.append(chunks=[done, BlocksChunk(blocks=[SectionBlock(text="1979")])])
    await streamer.stop(blocks=[DividerBlock()])
    assert message.history == ["**Ali", "**Alien**", "**Alien**", "**Alien**"]
    assert message.stream.tasks["1"]["status"] == "complete"
    assert [block["type"] for block in message.blocks] == ["section", "divider"]
    assert session.statuses == ["processing", "active"]
    assert told(server) == ["message", "app_mention", "message", "message_changed"]
    over = client.chat_appendStream(channel=general.id, ts=message.ts, chunks=[done])
    assert await refused(over) == "message_not_in_streaming_state"


async def test_a_stream_dies_after_five_minutes_and_can_then_be_updated(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    message, streamer = await started(server, client, general, ann)
    server.clock.ahead += 301
    assert await refused(streamer.append(markdown_text="en**")) == "message_not_in_streaming_state"
    assert await refused(streamer.stop()) == "message_not_in_streaming_state"
    await client.chat_update(channel=general.id, ts=message.ts, text="Alien")
    assert message.history == ["**Ali", "Alien"]


async def test_a_stream_that_somebody_stops_takes_no_more(
    server: SlackServer, app: AsyncApp, general: Channel, ann: User
) -> None:
    heard: list[Json] = []

    @app.event("agent_session_stopped")
    async def _stopped(event: Json) -> None:
        heard.append(event)

    message, streamer = await started(server, app.client, general, ann)
    assert await server.stop_stream(message, ann) == [message.ts]
    await server.until(lambda: heard)
    assert heard[0]["streaming_message_ts"] == [message.ts]
    assert heard[0]["thread_ts"] == message.thread_ts
    assert await refused(streamer.append(markdown_text="en**")) == "stopped_by_user"
    assert await refused(streamer.stop()) == "message_not_in_streaming_state"
    place: Json = {"channel_id": general.id, "thread_ts": message.thread_ts}
    await app.client.agents_sessions_setStatus(status="active", **place)
    with pytest.raises(AssertionError, match="the session is active"):
        await server.stop_stream(message, ann)


async def test_streams_need_a_recipient_outside_of_direct_messages(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    asked = await server.say(general, ann, "a film")
    place: Json = {"channel": general.id, "thread_ts": asked.ts}
    team: Json = {"recipient_team_id": ann.workspace.id}
    assert await refused(client.chat_startStream(**place)) == "missing_recipient_team_id"
    assert await refused(client.chat_startStream(**place, **team)) == "missing_recipient_user_id"
    assert await refused(
        client.chat_startStream(**place, recipient_team_id="T1", recipient_user_id=ann.id)
    ) == ("team_not_found")
    assert await refused(client.chat_startStream(**place, **team, recipient_user_id="U1")) == "user_not_found"
    direct = ann.workspace.direct(ann)
    alone = await server.say(direct, ann, "a film")
    begun = await client.chat_startStream(channel=direct.id, thread_ts=alone.ts, markdown_text="Alien")
    assert direct.messages[begun["ts"]].text == "Alien"


async def test_a_stream_takes_text_or_chunks_and_never_both(
    server: SlackServer, client: AsyncWebClient, general: Channel, ann: User
) -> None:
    message, _ = await started(server, client, general, ann)
    place: Json = {"channel": general.id, "ts": message.ts}
    text = {"type": "markdown_text", "text": "en"}
    assert await refused(client.chat_appendStream(**place, markdown_text="en")) == "streaming_mode_mismatch"
    assert await refused(client.chat_appendStream(**place)) == "markdown_text_or_chunks_required"
    assert await refused(client.chat_appendStream(**place, markdown_text="en", chunks=[text])) == (
        "cannot_provide_both_markdown_text_and_chunks"
    )
    assert await refused(client.chat_appendStream(**place, chunks=[{"type": "song"}])) == "invalid_chunks"
    said = await server.say(general, ann, "mine")
    assert await refused(client.chat_appendStream(channel=general.id, ts=said.ts, chunks=[text])) == (
        "message_not_owned_by_app"
    )

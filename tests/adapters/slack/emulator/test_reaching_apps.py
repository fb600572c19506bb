"""How the emulated Slack reaches real apps of Bolt's: Socket Mode, signed requests, installations."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.emulators.slack import App, Channel, Deadlines, SlackServer, User, Workspace
from tests.adapters.slack.emulator.emulated import (
    Json,
    app_of,
    client_of,
    connected,
    reachable,
    refused,
    unlimited,
)
from tests.conftest import SHARED

SAMPLES = SHARED / "specs" / "slack"
# Fields that some of these samples lack, though others have them.
NOT_SAMPLED = {"app_id", "client_msg_id", "context_enterprise_id", "context_team_id"}
# Which slack_sdk 3.48 still uses for oauth.v2.access.
BASIC_AUTH = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
IMPATIENT = pytest.mark.parametrize("deadlines", [Deadlines(ack=0.3, retries=(0.0, 0.0, 0.0))], ids=[""])


# --- Socket Mode ---


async def test_several_connections_take_turns(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    heard: list[str] = []
    app = app_of(server, club)

    @app.event("message")
    async def _message(event: Json) -> None:
        heard.append(event["text"])

    async with connected(server, app), connected(server, app):
        for number in range(4):
            await server.say(general, ann, f"number {number}")
        await server.delivery.settle()
    assert sorted(heard) == [f"number {number}" for number in range(4)]
    assert server.socket_mode.delivered == [2, 2]


async def test_a_connection_is_renewed_when_slack_asks_and_after_it_was_lost(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    heard: list[str] = []
    app = app_of(server, club)

    @app.event("message")
    async def _message(event: Json) -> None:
        heard.append(event["text"])

    async with connected(server, app):
        await server.socket_mode.refresh()
        await server.say(general, ann, "one")
        await server.until(lambda: heard == ["one"])
        await server.socket_mode.drop()
        await server.say(general, ann, "two")
        await server.until(lambda: heard == ["one", "two"])
        await server.socket_mode.warn()
        await server.until(lambda: len(server.socket_mode.delivered) == 4)
    assert server.socket_mode.delivered == [0, 1, 1, 0]
    assert server.socket_mode.pings >= 3


@IMPATIENT
async def test_an_event_that_fails_before_its_listener_is_told_again(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    seen: list[tuple[str, str]] = []
    app = app_of(server, club)

    @app.middleware
    async def _store(req: Any, next: Any) -> Any:  # noqa: A002
        headers = req.headers
        number, reason = headers["x-slack-retry-num"][0], headers["x-slack-retry-reason"][0]
        seen.append((number, reason))
        if len(seen) < 3:
            return BoltResponse(status=500)
        return await next()

    @app.event("message")
    async def _message() -> None:
        pass

    async with connected(server, app):
        await server.say(general, ann, "hello")
        await server.delivery.settle()
    assert seen == [("0", ""), ("1", "timeout"), ("2", "timeout")]
    assert server.delivery.lost == []
    assert len({envelope.payload["event_id"] for envelope, *_ in server.socket_mode.attempts}) == 1


@IMPATIENT
async def test_an_event_that_nobody_takes_is_given_up(
    server: SlackServer, general: Channel, ann: User
) -> None:
    await server.say(general, ann, "hello")
    await server.delivery.settle()
    [lost] = server.delivery.lost
    assert lost.payload["event"]["text"] == "hello"


@IMPATIENT
async def test_a_command_that_is_not_acknowledged_fails_for_its_user(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    app = app_of(server, club)
    go_on = asyncio.Event()

    @app.command("/recommend")
    async def _recommend(ack: Any) -> None:
        await go_on.wait()
        await ack("late")

    async with connected(server, app):
        asked = await server.command(general, ann, "/recommend")
        assert (asked.acknowledged, asked.failed) == (False, "timeout")
        go_on.set()
        await server.until(lambda: server.socket_mode.late)
        assert asked.responses == []


async def test_a_connection_that_is_deaf_is_left_by_the_sdk(server: SlackServer, club: Workspace) -> None:
    async with connected(server, app_of(server, club), ping_interval=0.2):
        server.socket_mode.deaf = True
        await server.until(lambda: len(server.socket_mode.delivered) >= 2)
        server.socket_mode.deaf = False


async def test_more_than_ten_connections_are_too_many(server: SlackServer, club: Workspace) -> None:
    client = client_of(server, club)

    async def linked(session: ClientSession) -> tuple[ClientWebSocketResponse, Json]:
        opened = await client.apps_connections_open(app_token=server.app.app_token)
        socket = await session.ws_connect(opened["url"])
        return socket, await socket.receive_json()

    async with ClientSession() as session:
        links = [await linked(session) for _ in range(11)]
    greetings = [greeting for _, greeting in links]
    assert [greeting["type"] for greeting in greetings] == ["hello"] * 10 + ["disconnect"]
    assert greetings[-1]["reason"] == "too_many_websockets"


async def test_tokens_are_for_their_own_methods(server: SlackServer, club: Workspace) -> None:
    client = client_of(server, club)
    assert (await client.apps_connections_open(app_token=server.app.app_token))["url"].startswith("ws://")
    assert await refused(client.apps_connections_open(app_token="xapp-1-no")) == "invalid_auth"
    assert await refused(client.apps_connections_open(app_token=club.token)) == "not_allowed_token_type"
    assert await refused(client.auth_test(token=server.app.app_token)) == "not_allowed_token_type"
    assert await refused(AsyncWebClient(base_url=server.url).auth_test()) == "not_authed"
    assert await refused(AsyncWebClient("xoxb-no", base_url=server.url).auth_test()) == "invalid_auth"
    told = await client.auth_test()
    assert (told["team_id"], told["user_id"], told["bot_id"]) == (club.id, club.bot.id, club.bot.bot_id)


# --- requests ---


async def test_events_commands_actions_and_options_come_by_requests(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    app = app_of(server, club)
    heard: list[str] = []
    titles = {"type": "external_select", "action_id": "title", "min_query_length": 1}
    blocks = [{"type": "actions", "elements": [titles]}]

    @app.event("message")
    async def _message(event: Json) -> None:
        heard.append(event["text"])

    @app.command("/recommend")
    async def _recommend(ack: Any, say: Any, command: Json) -> None:
        await ack({"text": command["text"], "response_type": "in_channel"})
        await say(text="films", blocks=blocks)

    @app.options("title")
    async def _offer(ack: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": "Alien"}, "value": "348"}])

    @app.action("title")
    async def _act(ack: Any, respond: Any) -> None:
        await ack()
        await respond("348", replace_original=True)

    async with reachable(app) as address:
        await server.use_request_url(f"{address}/slack/events")
        await server.say(general, ann, "hello")
        await server.until(lambda: heard == ["hello"])
        asked = await server.command(general, ann, "/recommend", "a film")
        await server.until(lambda: len(general.visible) == 3)
        assert [message.text for message in asked.responses] == ["a film"]
        message = next(message for message in general.visible if message.blocks and message.text == "films")
        typed = await server.type_into(message, ann, "title", "A")
        assert typed.options is not None
        await server.choose(message, ann, "title", "348")
        await server.until(lambda: message.text == "348")
        await server.delivery.settle()
    assert server.delivery.lost == []
    assert server.socket_mode.delivered == []


@IMPATIENT
async def test_a_request_that_fails_is_repeated_with_its_reason(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    app = app_of(server, club)
    seen: list[tuple[str, str]] = []
    go_on = asyncio.Event()

    @app.middleware
    async def _store(req: Any, next: Any) -> Any:  # noqa: A002
        number = req.headers.get("x-slack-retry-num", ["0"])[0]
        seen.append((number, req.headers.get("x-slack-retry-reason", [""])[0]))
        if number == "0":
            return BoltResponse(status=500)
        if number == "1":
            await go_on.wait()
        return await next()

    @app.event("message")
    async def _message() -> None:
        pass

    async with reachable(app) as address:
        way = await server.use_request_url(f"{address}/slack/events")
        await server.say(general, ann, "hello")
        await server.delivery.settle()
        go_on.set()
        assert seen == [("0", ""), ("1", "http_error"), ("2", "http_timeout")]
        way.signed_seconds_ago = 301
        await server.say(general, ann, "an old signature")
        await server.delivery.settle()
    assert len(seen) == 3, "Bolt refuses signatures older than five minutes before anything else"
    assert [envelope.payload["event"]["text"] for envelope in server.delivery.lost] == ["an old signature"]


@IMPATIENT
async def test_an_app_can_refuse_repetitions(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    app = app_of(server, club)

    @app.middleware
    async def _store() -> BoltResponse:
        return BoltResponse(status=500, headers={"X-Slack-No-Retry": "1"})

    async with reachable(app) as address:
        way = await server.use_request_url(f"{address}/slack/events")
        await server.say(general, ann, "hello")
        await server.delivery.settle()
        assert len(way.attempts) == len(server.delivery.lost) == 1
    await server.say(general, ann, "nobody is there any more")
    await server.delivery.settle()
    assert way.attempts[-1][2] == "connection_failed"


async def test_an_address_at_which_nobody_repeats_the_challenge_is_not_taken(
    server: SlackServer, club: Workspace
) -> None:
    stranger = AsyncApp(client=client_of(server, club), signing_secret="another")
    async with reachable(stranger) as address:
        with pytest.raises(AssertionError, match="the challenge was answered with 401"):
            await server.use_request_url(f"{address}/slack/events")


# --- installations ---


def installable(server: SlackServer, folder: Path) -> AsyncApp:
    settings = AsyncOAuthSettings(
        client_id=server.app.client_id,
        client_secret=server.app.client_secret,
        scopes=["chat:write"],
        authorization_url=server.authorize_url,
        installation_store=FileInstallationStore(base_dir=str(folder)),
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(folder)),
    )
    return AsyncApp(
        client=AsyncWebClient(base_url=server.url),
        signing_secret=server.app.signing_secret,
        oauth_settings=settings,
    )


@BASIC_AUTH
async def test_an_app_is_installed_in_two_workspaces_and_removed_from_one(tmp_path: Path) -> None:
    asked_for = App(events=frozenset({"app_mention", "app_uninstalled", "tokens_revoked"}))
    async with SlackServer(asked_for, unlimited()) as server:
        places = [server.workspace(name, "ann", installed=False) for name in ("Film club", "Another")]
        app = installable(server, tmp_path)
        app.enable_token_revocation_listeners()

        @app.event("app_mention")
        async def _mention(say: Any, context: Json) -> None:
            await say(f"I am {context['bot_user_id']}")

        async with reachable(app) as address:
            await server.use_request_url(f"{address}/slack/events")
            server.oauth.redirect_uri = f"{address}/slack/oauth_redirect"
            cancelled = await server.install(
                places[0].person("ann"), f"{address}/slack/install", consents=False
            )
            assert "access_denied" in cancelled
            for place in places:
                page = await server.install(place.person("ann"), f"{address}/slack/install")
                assert "Thank you" in page
            channels = [place.channel("general") for place in places]
            for channel, place in zip(channels, places, strict=True):
                await server.say(channel, place.person("ann"), "@Matinee who are you")
            await server.until(lambda: all(len(channel.visible) == 2 for channel in channels))
            assert [channel.visible[1].text for channel in channels] == [
                f"I am {place.bot.id}" for place in places
            ]
            gone = client_of(server, places[0])
            await server.uninstall(places[0])
            await server.delivery.settle()
        assert await refused(gone.auth_test()) == "account_inactive"
        store = FileInstallationStore(base_dir=str(tmp_path))
        left = [
            await store.async_find_bot(enterprise_id=None, team_id=place.id) is not None for place in places
        ]
        assert left == [False, True]


@BASIC_AUTH
async def test_tokens_are_rotated_and_a_refresh_token_serves_once() -> None:
    async with SlackServer(App(rotates_tokens=True), unlimited()) as server:
        place = server.workspace("Film club", "ann")
        first = server.world.tokens[place.token]
        client = AsyncWebClient(base_url=server.url)
        ours = {"client_id": server.app.client_id, "client_secret": server.app.client_secret}
        rotated = await client.oauth_v2_access(
            grant_type="refresh_token", refresh_token=first.refresh or "", **ours
        )
        assert rotated["access_token"] == place.token != first.value
        assert rotated["expires_in"] == 43_200
        again = client.oauth_v2_access(
            grant_type="refresh_token", refresh_token=rotated["refresh_token"] + "no", **ours
        )
        assert await refused(again) == "invalid_refresh_token"
        assert first.refresh == ""
        await client.auth_test(token=first.value)
        server.clock.ahead += 43_201
        assert await refused(client.auth_test(token=place.token)) == "token_expired"


@BASIC_AUTH
async def test_codes_and_secrets_are_checked(server: SlackServer) -> None:
    client = AsyncWebClient(base_url=server.url)
    ours = {"client_id": server.app.client_id, "client_secret": server.app.client_secret}
    assert await refused(client.oauth_v2_access(code="no", **ours)) == "invalid_code"
    other = {**ours, "client_secret": "no"}
    assert await refused(client.oauth_v2_access(code="no", **other)) == "bad_client_secret"
    assert await refused(client.oauth_v2_access(code="no", **{**ours, "client_id": "1.2"})) == (
        "invalid_client_id"
    )


async def test_a_token_can_be_revoked_and_the_app_uninstall_itself(
    server: SlackServer, club: Workspace
) -> None:
    client = client_of(server, club)
    assert (await client.auth_revoke(test=True))["revoked"] is False
    assert (await client.auth_revoke())["revoked"] is True
    assert await refused(client.auth_test()) == "token_revoked"
    other = client_of(server, server.workspace("Another"))
    ours = {"client_id": server.app.client_id, "client_secret": server.app.client_secret}
    await other.apps_uninstall(**ours)
    assert await refused(other.auth_test()) == "account_inactive"
    types = [payload["event"]["type"] for payload in server.delivery.events]
    assert types == ["tokens_revoked", "tokens_revoked", "app_uninstalled"]


# --- against Slack's own samples ---


def strange(ours: Any, sample: Any, where: str) -> list[str]:
    """Fields that a sample lacks, or holds as another type; blocks are of too many kinds to compare."""
    if isinstance(ours, dict) and isinstance(sample, dict) and sample:
        faults = []
        for key, value in ours.items():
            if key in NOT_SAMPLED or key == "blocks":
                continue
            if key not in sample:
                faults.append(f"{where}.{key}")
            else:
                faults += strange(value, sample[key], f"{where}.{key}")
        return faults
    if isinstance(ours, list) and isinstance(sample, list) and sample:
        return [fault for item in ours for fault in strange(item, sample[0], f"{where}[]")]
    alike = ours is None or type(ours) is type(sample) or {type(ours), type(sample)} == {int, float}
    return [] if alike else [f"{where} is {type(ours).__name__}, not {type(sample).__name__}"]


@pytest.mark.skipif(not SAMPLES.exists(), reason="Slack's samples are not on this machine")
async def test_answers_and_events_have_the_fields_of_slacks_own_samples(
    server: SlackServer, club: Workspace, general: Channel, ann: User
) -> None:
    client = client_of(server, club)
    said = await server.say(general, ann, "@Matinee hello")
    await server.edit(said, "hello again")
    posted = await client.chat_postMessage(channel=general.id, text="one", thread_ts=said.ts)
    await client.chat_update(channel=general.id, ts=posted["ts"], text="two")
    await client.reactions_add(channel=general.id, timestamp=said.ts, name="eyes")
    await client.chat_postEphemeral(channel=general.id, user=ann.id, text="psst")
    await client.conversations_replies(channel=general.id, ts=said.ts)
    await client.conversations_info(channel=general.id)
    await client.conversations_open(users=ann.id, return_im=True)
    await client.users_info(user=ann.id, include_locale=True)
    await client.auth_test()
    await client.apps_connections_open(app_token=server.app.app_token)
    place: Json = {"channel_id": general.id, "thread_ts": said.ts}
    await client.assistant_threads_setStatus(status="…", **place)
    await client.assistant_threads_setTitle(title="…", **place)
    recipient: Json = {"recipient_team_id": club.id, "recipient_user_id": ann.id}
    begun = await client.chat_startStream(channel=general.id, thread_ts=said.ts, **recipient)
    await client.chat_appendStream(channel=general.id, ts=begun["ts"], markdown_text="A")
    await client.chat_delete(channel=general.id, ts=posted["ts"])
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    await client.views_publish(user_id=ann.id, view=home)
    await server.open_home(ann)
    await server.uninstall(club)
    faults = []
    for exchange in server.exchanges:
        sample = json.loads((SAMPLES / "api" / f"{exchange.method}.json").read_text("utf-8"))
        faults += strange(exchange.answer, sample, exchange.method)
    names = {
        "message": "Message",
        "message_changed": "MessageChanged",
        "message_deleted": "MessageDeleted",
        "app_mention": "AppMention",
        "reaction_added": "ReactionAdded",
        "app_home_opened": "AppHomeOpened",
        "app_uninstalled": "AppUninstalled",
        "tokens_revoked": "TokensRevoked",
    }
    seen = set()
    for payload in server.delivery.events:
        kind = payload["event"].get("subtype") or payload["event"]["type"]
        seen.add(kind)
        sample = json.loads((SAMPLES / "events" / f"{names[kind]}Payload.json").read_text("utf-8"))
        faults += strange(payload, sample, kind)
    assert not faults, sorted(set(faults))
    assert seen == names.keys()

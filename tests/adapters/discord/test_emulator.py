"""The emulated Discord, with the real discord.py on the other side: what it speaks, and each limit broken."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
import pytest_asyncio
import yarl
from discord import app_commands

from adapters.emulators.discord import DiscordServer, Exchange, Problem
from adapters.emulators.discord.limits import RateLimits
from tests.adapters.discord.specification import Specification

TOKEN = "a.token.of.ours"
# How long the bot waits for a word of the gateway; Discord's own clients wait for a minute.
_DEAF_SECONDS = 1.0


class German(app_commands.Translator):
    """Knows one word."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        return "Wiederholt" if locale is discord.Locale.german and string.message == "Echoes" else None


class Bot(discord.Client):
    """Does a little of everything."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        super().__init__(
            intents=intents, max_messages=None, guild_ready_timeout=0.1, heartbeat_timeout=_DEAF_SECONDS
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []

        @self.tree.command(description=app_commands.locale_str("Echoes"))
        async def echo(interaction: discord.Interaction, text: str) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content=f"1: {text}")
            await interaction.edit_original_response(content=f"2: {text}")
            await interaction.followup.send("and more", ephemeral=True)

        @self.tree.command(description="Says nothing")
        async def mute(interaction: discord.Interaction) -> None:
            pass

        @echo.autocomplete("text")
        async def _complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}!", value=current)]

        @self.tree.command(description="Late")
        async def late(interaction: discord.Interaction) -> None:
            try:
                await interaction.response.send_message("x" * 2_001)
            except discord.HTTPException as error:
                self.heard.append(f"{error.status} {error.code}")
            await interaction.response.send_message("short")
            try:
                await interaction.response.defer()
            except discord.InteractionResponded:
                self.heard.append("responded")

    async def setup_hook(self) -> None:
        await self.tree.set_translator(German())
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)
        if self.user in message.mentions or (message.guild is None and message.author != self.user):
            await message.reply(f"heard {message.author.name}")


@pytest_asyncio.fixture
async def server(specification: Specification | None) -> AsyncIterator[DiscordServer]:
    async with DiscordServer(TOKEN) as running:
        running.gateway.heartbeat_ms = 300
        yield running
    if specification is not None:
        assert specification.faults(running.exchanges) == []


def channel_of(server: DiscordServer, bot: Bot) -> discord.TextChannel:
    """The channel, as the bot has it."""
    [general] = server.guilds[0].channels
    channel = bot.get_channel(int(general.id))
    assert isinstance(channel, discord.TextChannel)
    return channel


@pytest_asyncio.fixture
async def bot(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setattr(discord.http.Route, "BASE", server.url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    server.guild("Film club", "ann").channel("general")
    client = Bot()
    running = asyncio.create_task(client.start(TOKEN))
    await server.until(client.is_ready)
    yield client
    await client.close()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_mention_is_answered_and_what_mentions_nobody_arrives_blank(
    server: DiscordServer, bot: Bot
) -> None:
    [general] = server.guilds[0].channels
    await server.say(general, server.person("ann"), "just talking")
    await server.say(general, server.person("ann"), "@Matinee hello")
    await server.until(lambda: len(general.visible) == 3)
    assert general.visible[-1].content == "heard ann"
    assert bot.heard[:2] == ["", f"<@{server.bot.id}> hello"]


async def test_a_private_message_is_heard_whole(server: DiscordServer, bot: Bot) -> None:
    private = server.private_channel(server.person("ann"))
    await server.say(private, server.person("ann"), "a secret wish")
    await server.until(lambda: len(private.visible) == 2)
    assert bot.heard[0] == "a secret wish"


async def test_a_command_is_deferred_edited_and_followed_up(server: DiscordServer, bot: Bot) -> None:
    [general] = server.guilds[0].channels
    asked = await server.command(general, server.person("ann"), "echo", text="hi")
    await server.until(lambda: asked.followups)
    assert asked.answered_after is not None
    assert asked.original is not None
    assert asked.original.history == ["", "1: hi", "2: hi"]
    assert asked.followups[0].ephemeral


async def test_choices_come_while_one_types(server: DiscordServer, bot: Bot) -> None:
    [general] = server.guilds[0].channels
    typed = await server.command(general, server.person("ann"), "echo", kind=4, text="com", focused="text")
    await server.until(lambda: typed.choices is not None)
    assert typed.choices is not None
    assert [(choice["name"], choice["value"]) for choice in typed.choices] == [("com!", "com")]


async def test_a_text_past_the_limit_is_refused(server: DiscordServer, bot: Bot) -> None:
    [general] = server.guilds[0].channels
    asked = await server.command(general, server.person("ann"), "late")
    await server.until(lambda: asked.original)
    await server.until(lambda: len(bot.heard) >= 2)
    assert "400 50035" in bot.heard
    assert "responded" in bot.heard


async def test_what_happened_while_the_connection_was_lost_is_told_after_a_resume(
    server: DiscordServer, bot: Bot
) -> None:
    [general] = server.guilds[0].channels
    await server.gateway.drop()
    await server.say(general, server.person("ann"), "@Matinee are you there")
    await server.until(lambda: len(general.visible) == 2, 20)
    assert server.gateway.resumed == 1
    assert server.gateway.identified == 1


async def test_a_full_bucket_is_waited_for_by_the_library(server: DiscordServer, bot: Bot) -> None:
    server.limits = RateLimits(calls=2, seconds=0.4)
    [general] = server.guilds[0].channels
    channel = channel_of(server, bot)
    for number in range(5):
        await channel.send(f"number {number}")
    assert len(general.visible) == 5
    assert server.limits.refused == 0, "it obeys the headers"


async def test_who_takes_no_private_messages_cannot_be_written_to(server: DiscordServer, bot: Bot) -> None:
    ann = server.person("ann")
    ann.takes_private = False
    user = await bot.fetch_user(int(ann.id))
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("hello")
    assert refused.value.code == 50007


async def test_a_scripted_fault_comes_once(server: DiscordServer, bot: Bot) -> None:
    [general] = server.guilds[0].channels
    channel = channel_of(server, bot)
    server.faults.append(Problem(403, 50013, "Missing Permissions"))
    with pytest.raises(discord.Forbidden):
        await channel.send("hello")
    message = await channel.send("hello")
    await server.delete(general.messages[str(message.id)])
    with pytest.raises(discord.NotFound):
        await message.edit(content="gone")


async def test_a_connection_that_is_dead_without_knowing_is_given_up_and_resumed(
    server: DiscordServer, bot: Bot
) -> None:
    server.gateway.deaf = True
    await server.until(lambda: server.gateway.resumed, 20)
    server.gateway.deaf = False
    assert server.gateway.identified == 1
    assert server.gateway.heartbeats >= 2


async def test_a_client_that_is_asked_to_come_back_resumes(server: DiscordServer, bot: Bot) -> None:
    await server.gateway.ask_to_reconnect()
    await server.until(lambda: server.gateway.resumed, 20)
    assert server.gateway.identified == 1


def embed(**parts: object) -> dict[str, object]:
    return {"embeds": [{"type": "rich", "description": "x", **parts}]}


def row(*items: dict[str, object]) -> dict[str, object]:
    return {"content": "x", "components": [{"type": 1, "components": list(items)}]}


def button(**parts: object) -> dict[str, object]:
    return {"type": 2, "style": 2, "label": "x", "custom_id": "x", **parts}


def select(count: int, **parts: object) -> dict[str, object]:
    options = [{"label": "x", "value": str(number), **parts} for number in range(count)]
    return {"type": 3, "custom_id": "x", "options": options}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"content": "x" * 2_001}, id="content"),
        pytest.param({"embeds": [{"description": "x"}] * 11}, id="embeds"),
        pytest.param({"embeds": [{"description": "x" * 3_500}] * 2}, id="embeds in all"),
        pytest.param(embed(title="x" * 257), id="title"),
        pytest.param(embed(description="x" * 4_097), id="description"),
        pytest.param(embed(footer={"text": "x" * 2_049}), id="footer"),
        pytest.param(embed(author={"name": "x" * 257}), id="author"),
        pytest.param(embed(fields=[{"name": "x", "value": "x"}] * 26), id="fields"),
        pytest.param(embed(fields=[{"name": "x" * 257, "value": "x"}]), id="field name"),
        pytest.param(embed(fields=[{"name": "x", "value": "x" * 1_025}]), id="field value"),
        pytest.param({"content": "x", "components": [{"type": 1, "components": []}] * 6}, id="rows"),
        pytest.param(row(*[button(custom_id=str(number)) for number in range(6)]), id="buttons of a row"),
        pytest.param(row(button(label="x" * 81)), id="label"),
        pytest.param(row(button(custom_id="x" * 101)), id="custom id"),
        pytest.param(row(select(26)), id="options"),
        pytest.param(row(select(0)), id="a select without options"),
        pytest.param(row(select(1, label="x" * 101)), id="option label"),
        pytest.param({"content": "x", "nonce": "x" * 26}, id="nonce"),
        pytest.param({"content": ""}, id="empty"),
    ],
)
async def test_a_message_past_a_limit_is_refused(
    server: DiscordServer, bot: Bot, body: dict[str, object]
) -> None:
    route = discord.http.Route(
        "POST", "/channels/{channel_id}/messages", channel_id=channel_of(server, bot).id
    )
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json=body)
    assert refused.value.status == 400
    assert refused.value.code in (50035, 50006)


LABELLED = {"type": 18, "label": "x", "component": {"type": 4, "style": 1, "custom_id": "x"}}


def form(**parts: object) -> dict[str, object]:
    return {"title": "x", "custom_id": "x", "components": [], **parts}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            {"type": 9, "data": {"title": "x" * 46, "custom_id": "x", "components": []}}, id="title"
        ),
        pytest.param({"type": 8, "data": {"choices": [{"name": "x", "value": "x"}] * 26}}, id="choices"),
        pytest.param({"type": 8, "data": {"choices": [{"name": "x" * 101, "value": "x"}]}}, id="choice"),
    ],
)
async def test_an_answer_to_an_interaction_past_a_limit_is_refused(
    server: DiscordServer, bot: Bot, answer: dict[str, object]
) -> None:
    ann = server.person("ann")
    asked = await server.command(server.guilds[0].channels[0], ann, "mute")
    route = discord.http.Route("POST", f"/interactions/{asked.id}/{asked.token}/callback")
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json=answer)
    assert refused.value.code == 50035
    assert asked.answered_after is None


def options(count: int, **parts: object) -> dict[str, object]:
    return {"options": [{"name": str(n), "description": "x" * 100, "type": 3, **parts} for n in range(count)]}


CHOICES = [{"name": f"{number}" * 15, "value": f"{number}" * 15} for number in range(10, 35)]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(options(26), id="options"),
        pytest.param(options(1, choices=[*CHOICES, CHOICES[0]]), id="choices"),
        pytest.param(options(6, choices=CHOICES), id="characters"),
    ],
)
async def test_a_command_past_a_limit_is_refused(
    server: DiscordServer, bot: Bot, command: dict[str, object]
) -> None:
    body = [{"name": "huge", "description": "x", "type": 1, **command}]
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.bulk_upsert_global_commands(int(server.bot.id), payload=body)
    assert refused.value.code == 50035


async def test_an_interaction_that_is_answered_too_late_is_unknown(server: DiscordServer, bot: Bot) -> None:
    asked = await server.command(server.guilds[0].channels[0], server.person("ann"), "mute")
    server.clock.ahead += 3.1
    route = discord.http.Route("POST", f"/interactions/{asked.id}/{asked.token}/callback")
    with pytest.raises(discord.NotFound) as refused:
        await bot.http.request(route, json={"type": 5})
    assert refused.value.code == 10062


async def test_a_token_runs_out_after_a_quarter_of_an_hour(server: DiscordServer, bot: Bot) -> None:
    asked = await server.command(server.guilds[0].channels[0], server.person("ann"), "echo", text="hi")
    await server.until(lambda: asked.followups)
    server.clock.ahead += 901
    route = discord.http.Route("PATCH", f"/webhooks/{server.bot.id}/{asked.token}/messages/@original")
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json={"content": "late"})
    assert refused.value.code == 50027


async def test_where_only_its_user_brought_it_five_follow_ups_are_taken(
    server: DiscordServer, bot: Bot
) -> None:
    server.limits = RateLimits(calls=50)
    elsewhere = server.guild("Elsewhere", "ann", member=False).channel("talk")
    asked = await server.command(elsewhere, server.person("ann"), "echo", text="hi")
    await server.until(lambda: asked.followups)
    route = discord.http.Route("POST", f"/webhooks/{server.bot.id}/{asked.token}")
    for _ in range(4):
        await bot.http.request(route, json={"content": "more"})
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json={"content": "too much"})
    assert refused.value.code == 40094


async def test_old_messages_take_few_edits(server: DiscordServer, bot: Bot) -> None:
    server.limits = RateLimits(calls=99)
    message = await channel_of(server, bot).send("hello")
    server.clock.ahead += 3_601
    for number in range(30):
        await message.edit(content=f"hello {number}")
    route = discord.http.Route("PATCH", f"/channels/{message.channel.id}/messages/{message.id}")
    async with aiohttp.ClientSession() as session:  # the library would wait and try again
        headers = {"Authorization": f"Bot {TOKEN}"}
        async with session.patch(route.url, json={"content": "again"}, headers=headers) as answer:
            assert answer.status == 429
            assert (await answer.json())["code"] == 30046


async def test_all_calls_together_are_limited_too(server: DiscordServer, bot: Bot) -> None:
    server.limits = RateLimits(all_calls=3)
    headers = {"Authorization": f"Bot {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = []
        for _ in range(4):
            async with session.get(f"{server.url}/users/@me") as answer:
                answers.append((answer.status, await answer.json(), answer.headers))
    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    _, told, sent = answers[-1]
    assert told["global"]
    assert sent["X-RateLimit-Global"] == "true"
    asked = await server.command(server.guilds[0].channels[0], server.person("ann"), "echo", text="hi")
    await server.until(lambda: asked.followups)  # by its token


async def test_a_gateway_that_does_not_compress_is_understood(
    server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.gateway.compresses = False
    monkeypatch.setattr(discord.http.Route, "BASE", server.url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    client = Bot()
    running = asyncio.create_task(client.start(TOKEN))
    await server.until(client.is_ready)
    await client.close()
    await asyncio.gather(running, return_exceptions=True)


async def test_where_it_is_not_or_may_not_see_nothing_is_taken(server: DiscordServer, bot: Bot) -> None:
    channel, guild = channel_of(server, bot), server.guilds[0]
    await server.permit(guild, 1 << 10)
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("hello")
    assert refused.value.code == 50013
    await server.kick(guild)
    await server.until(lambda: not bot.guilds)
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("hello")
    assert refused.value.code == 50001


async def test_commands_may_be_localised(server: DiscordServer, bot: Bot) -> None:
    [echo] = [command for command in await bot.tree.fetch_commands() if command.name == "echo"]
    assert echo.description_localizations == {discord.Locale.german: "Wiederholt"}


def test_what_does_not_agree_with_discords_description_is_found(specification: Specification | None) -> None:
    if specification is None:
        pytest.skip("Discord's description is not on this machine; the summary says so")
    route = "/channels/{channel}/messages"
    faults = specification.faults(
        [
            Exchange("POST", route, {"content": "x", "tts": "loud"}, 200, None),
            Exchange("POST", route, {"content": "x"}, 200, {"id": "1"}),
            Exchange("POST", "/channels/{channel}/songs", {}, 200, None),
        ]
    )
    assert ["sent: tts" in faults[0], "answered 200" in faults[1], "does not exist" in faults[2]] == [
        True
    ] * 3


async def test_a_wrong_token_is_refused(server: DiscordServer, bot: Bot) -> None:
    other = discord.Client(intents=discord.Intents.none())
    with pytest.raises(discord.LoginFailure):
        await other.start("another")
    await other.close()


async def test_intents_that_were_not_granted_are_refused(
    server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with DiscordServer(TOKEN, intents=discord.Intents.default().value) as strict:
        monkeypatch.setattr(discord.http.Route, "BASE", strict.url)
        gateway = yarl.URL(strict.gateway_url)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        client = discord.Client(intents=discord.Intents.all())
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(TOKEN)
        await client.close()

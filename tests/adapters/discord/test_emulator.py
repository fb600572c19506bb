"""The emulated Discord, with the real discord.py on the other side: what it speaks, and each limit broken."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio
import yarl
from discord import app_commands

from adapters.emulators.discord import DiscordServer, Problem
from adapters.emulators.discord.limits import RateLimits

TOKEN = "a.token.of.ours"


class Bot(discord.Client):
    """Does a little of everything."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        super().__init__(intents=intents, max_messages=None, guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []

        @self.tree.command(description="Echoes")
        async def echo(interaction: discord.Interaction, text: str) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content=f"1: {text}")
            await interaction.edit_original_response(content=f"2: {text}")
            await interaction.followup.send("and more", ephemeral=True)

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
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)
        if self.user in message.mentions or (message.guild is None and message.author != self.user):
            await message.reply(f"heard {message.author.name}")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(TOKEN) as running:
        yield running


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
    channel = bot.get_channel(int(general.id))
    assert isinstance(channel, discord.TextChannel)
    for number in range(5):
        await channel.send(f"number {number}")
    assert len(general.visible) == 5
    assert server.limits.refused == 0, "it obeys the headers"


async def test_a_scripted_fault_comes_once(server: DiscordServer, bot: Bot) -> None:
    [general] = server.guilds[0].channels
    channel = bot.get_channel(int(general.id))
    assert isinstance(channel, discord.TextChannel)
    server.faults.append(Problem(403, 50013, "Missing Permissions"))
    with pytest.raises(discord.Forbidden):
        await channel.send("hello")
    message = await channel.send("hello")
    await server.delete(general.messages[str(message.id)])
    with pytest.raises(discord.NotFound):
        await message.edit(content="gone")


async def test_embeds_past_the_sum_are_refused(server: DiscordServer, bot: Bot) -> None:
    [general] = server.guilds[0].channels
    channel = bot.get_channel(int(general.id))
    assert isinstance(channel, discord.TextChannel)
    with pytest.raises(discord.HTTPException, match="size exceeds maximum"):
        await channel.send(embeds=[discord.Embed(description="x" * 3_500) for _ in range(2)])


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

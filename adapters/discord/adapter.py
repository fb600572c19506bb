"""Matinee on Discord: what is heard becomes events, answers go back through channels and interactions."""

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import discord

from adapters import copy
from adapters.buttons import AnswerState
from adapters.completions import TitleCompletions
from adapters.delivery import DeliveryFailed, PlatformRefused
from adapters.discord.buttons import AnswerButton, Buttons, PickSelect, state_of, stop_view
from adapters.discord.commands import Ask, command_tree
from adapters.discord.connection import (
    DiscordOptions,
    intent_refused,
    pointed_at,
    server_refused,
    token_refused,
)
from adapters.discord.embeds import embeds, in_text
from adapters.discord.owners import PLATFORM, cautious_in, owner_of, ruling_channel, server_owner
from adapters.discord.ports import (
    CLOSING_SECONDS,
    ORIGINAL,
    ChannelPort,
    Dressing,
    InteractionPort,
    faults_mapped,
)
from adapters.discord.words import no_silence, say_privately
from adapters.pacing import Bucket
from adapters.platform import Reception
from adapters.turns import Ending, request_payload, user_of
from core.domain import PickedTitle, SearchFilters, Title
from core.errors import ExpiredInteraction, ForgedInteraction, StoreFault
from core.incidents import unforeseen
from core.memory.ports import Store
from core.memory.records import Claim, IncomingEvent, Owner, Preferences

__all__ = ["DiscordPlatform"]

log = logging.getLogger("matinee.discord")

# What is seen in practice; the library waits where a channel's headers say less.
_CALLS, _SECONDS = 5, 5.0
# An event is kept before Discord hears that it arrived, unless that takes longer than this: it waits 3 s.
_KEEPING_SECONDS = 2.0
# Of a message that titles are to be like: its words, and the picks of an answer.
_MOST_READ, _MOST_LIKED = 1_000, 3
# https://discord.com/developers/docs/resources/channel#start-thread-from-message allows 100.
_THREAD_NAME = 80
_WAITING_SIGN = "⏳"
# Nobody is spoken to here; the library would warn at each start that it cannot.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
# Discord says so where the first answer was given before, as after a replay.
_ACKNOWLEDGED_BEFORE, _TOO_LATE = 40060, 10062


class DiscordPlatform:
    """Implements `Platform`.

    Args:
        token: The bot's.
        titles: What options offer.
        store: What is kept of users and servers.
        named: Titles of a name, the best known first.
        synced: A file that tells which commands were registered last.
        options: How it meets Discord.
    """

    name = PLATFORM

    def __init__(
        self,
        token: str,
        titles: TitleCompletions,
        store: Store,
        named: Callable[[Sequence[str]], Awaitable[Sequence[Title]]],
        synced: Path,
        options: DiscordOptions = DiscordOptions(),
    ) -> None:
        self._token = token
        self.store = store
        self.named = named
        self._titles = titles
        self._synced = synced
        self.options = options
        self._client: _Client | None = None
        self._buckets: WeakValueDictionary[str, Bucket] = WeakValueDictionary()
        self._acknowledged: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Hear what people write, until cancelled.

        Raises:
            ConfigurationError: the token or the intents are refused.
        """
        pointed_at(self.options)
        self._client = _Client(self, reception, connected)
        try:
            await self._client.start(self._token)
        except discord.LoginFailure:
            raise token_refused() from None
        except discord.PrivilegedIntentsRequired:
            raise intent_refused() from None
        finally:
            await self._client.close()

    def way(self, claim: Claim) -> tuple[ChannelPort | InteractionPort, Bucket]:
        """Where the answer to an event goes, and what its calls are counted in."""
        event = claim.event
        counted = event.payload["handle"].get("token") or event.channel
        bucket = self._buckets.get(counted)
        if bucket is None:
            bucket = self._buckets[counted] = Bucket(_CALLS, _SECONDS)
        return self._port(event, stop_view(claim.id)), bucket

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        """The facts of the cards, where embeds are not permitted."""
        return "" if claim.event.payload["handle"].get("embeds", True) else in_text(picks)

    async def dressing(self, claim: Claim, ending: Ending) -> Dressing:
        """Cards and buttons; *Stop* goes."""
        event = claim.event
        handle = event.payload["handle"]
        view = None
        try:
            view = await self._connected().buttons.view(
                user_of(event), event, ending, private=handle.get("private", False)
            )
        except StoreFault as fault:
            log.warning("an answer has no buttons", extra={"code": fault.code})
        return Dressing(embeds(ending.picks) if handle.get("embeds", True) else [], view)

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        """Tell the asker alone: ephemerally after a command; after a message privately, or by a sign."""
        port, client = self._port(event), self._connected()
        if isinstance(port, InteractionPort):
            with suppress(PlatformRefused):
                await port.follow_up(text, ephemeral=True)
                return
        with suppress(DeliveryFailed):
            async with faults_mapped():
                user = await client.fetch_user(int(event.author_id))
                await user.send(text, allowed_mentions=discord.AllowedMentions.none())
            return
        if isinstance(port, InteractionPort):
            raise PlatformRefused("there is no message to put a sign on")
        channel = client.get_partial_messageable(int(event.payload["handle"].get("parent", event.channel)))
        async with faults_mapped():
            await channel.get_partial_message(int(event.message)).add_reaction(_WAITING_SIGN)

    async def take_back(self, event: IncomingEvent) -> None:
        """Delete what was promised to all."""
        port = self._port(event)
        if isinstance(port, InteractionPort):
            await port.delete(ORIGINAL)

    async def rules(self, guild_id: int) -> Preferences:
        """What is set on a server; nothing where that cannot be asked."""
        try:
            [kept] = await self.store.preferences(server_owner(guild_id))
        except StoreFault:
            return Preferences()
        return kept

    def acknowledging(self, event_id: str) -> asyncio.Event:
        """Set once the interaction of an event has been answered at all."""
        waited = asyncio.Event()
        self._acknowledged[event_id] = waited
        return waited

    async def register(self, client: "_Client") -> None:
        """Tell Discord the commands, where they are not those of the last time."""
        places = [discord.Object(guild_id) for guild_id in self.options.guild_ids]
        told = [command.to_dict(client.tree) for command in client.tree.get_commands()]
        wanted = json.dumps([client.application_id, list(self.options.guild_ids), told], sort_keys=True)
        digest = hashlib.sha256(wanted.encode()).hexdigest()
        if await asyncio.to_thread(_read, self._synced) == digest:
            return
        for place in places:
            client.tree.copy_global_to(guild=place)
            try:
                await client.tree.sync(guild=place)
            except discord.Forbidden:
                raise server_refused(place.id, client.application_id or 0) from None
        if not places:
            await client.tree.sync()
        await asyncio.to_thread(self._synced.write_text, digest, "utf-8")
        log.info("commands registered", extra={"commands": len(told), "guilds": len(places)})

    def tree_of(self, client: "_Client") -> "discord.app_commands.CommandTree[_Client]":
        """The commands, as a client runs them."""
        return command_tree(client, self._titles, client)

    def _port(
        self, event: IncomingEvent, first_view: discord.ui.View | None = None
    ) -> ChannelPort | InteractionPort:
        client, handle = self._connected(), event.payload["handle"]
        if "token" in handle:
            hook = discord.Webhook.partial(int(handle["application"]), handle["token"], client=client)
            hook.type = discord.WebhookType.application  # else it refuses ephemeral messages
            waited = self._acknowledged.get(event.event_id)
            member = handle.get("member", False)
            return InteractionPort(
                hook,
                ephemeral=handle["private"],
                acknowledged=waited,
                afterwards=client.get_partial_messageable(int(event.channel)) if member else None,
                first_view=first_view,
                closes_at=_written_at(event.event_id) + CLOSING_SECONDS,
                by_user_install=not member,
            )
        channel = client.get_partial_messageable(int(event.channel))
        if "parent" in handle:
            asked = client.get_partial_messageable(
                int(handle["parent"]), guild_id=int(event.workspace)
            ).get_partial_message(int(event.message))
            return ChannelPort(channel, None, first_view, asked, handle["name"])
        return ChannelPort(channel, channel.get_partial_message(int(event.message)), first_view)

    def _connected(self) -> "_Client":
        if self._client is None:
            raise PlatformRefused("not connected")
        return self._client


class _Client(discord.AutoShardedClient):
    """Hears."""

    def __init__(
        self, platform: DiscordPlatform, reception: Reception, connected: Callable[[], None]
    ) -> None:
        options = platform.options
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = options.message_content
        super().__init__(
            **_shards(options),
            intents=intents,
            activity=discord.CustomActivity("Ask me by /recommend, or mention me"),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.5,
        )
        self._platform = platform
        self._reception = reception
        self._told_connected = connected
        self.tree = platform.tree_of(self)
        store = platform.store
        self.buttons = Buttons(store, store, self.asked, reception.stop, platform.rules)
        self.add_dynamic_items(AnswerButton, PickSelect)

    async def setup_hook(self) -> None:
        await self._platform.register(self)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Forms that were sent; what else there is, the library hands to commands and buttons."""
        if interaction.type is discord.InteractionType.modal_submit:
            async with no_silence(interaction):
                await self.buttons.submitted(interaction)

    async def on_ready(self) -> None:
        if self.user is not None:
            self._reception.we_are(str(self.user.id))
        self._told_connected()

    async def on_message(self, message: discord.Message) -> None:
        """Mentions, and whatever is written in private, in a thread of ours or as a reply to us, as far as it
        can be read.
        """
        if message.author == self.user or not self._is_for_us(message):
            return
        try:
            await self._heard(message)
        except Exception as error:  # the library would only log it
            words = copy.broken(unforeseen(log, "a message broke", error))
            with suppress(discord.HTTPException):
                await message.reply(words, mention_author=False)

    async def _heard(self, message: discord.Message) -> None:
        in_thread = isinstance(message.channel, discord.Thread)
        allowed = _allowed(message)
        spoken, channel, hint = self._spoken(message), str(message.channel.id), ""
        handle: dict[str, Any] = {"embeds": allowed.embed_links}
        if await self._opens_thread(message, allowed):
            # A thread has the id of the message that it is opened from.
            handle |= {"parent": channel, "name": spoken[:_THREAD_NAME] or "Matinee"}
            channel, in_thread = str(message.id), True
            hint = "" if self.intents.message_content else copy.mention_needed()
        event = IncomingEvent(
            self._platform.name,
            str(message.id),
            str(message.guild.id) if message.guild else "",
            channel,
            str(message.id),
            request_payload(
                spoken,
                _thread(message.author, message.guild, in_thread),
                after=await self._replied_to(message),
                hint=hint,
                place=ruling_channel(message.channel),
                cautious=cautious_in(message.channel),
                **handle,
            ),
            str(message.author.id),
        )
        with suppress(StoreFault):  # the asker was told
            await self._reception.hear(event, by_bot=message.author.bot)

    async def asked(
        self, interaction: discord.Interaction[Any], ask: Ask, after: Mapping[str, Any] | None = None
    ) -> None:
        """A command, or a button under the answer `after`, asks for titles."""
        guild, channel = interaction.guild_id, interaction.channel
        member = interaction.is_guild_integration() or interaction.context.dm_channel
        # Where only its user brought the bot, Discord makes answers private unless the server lets them be.
        forced = not (member or guild is None or interaction.permissions.use_external_apps)
        handle: dict[str, Any] = {
            "application": str(interaction.application_id),
            "token": interaction.token,
            "private": ask.private or forced,
            "member": member,
            "embeds": interaction.app_permissions.embed_links,
        }
        in_thread = isinstance(channel, discord.Thread)
        event = IncomingEvent(
            self._platform.name,
            str(interaction.id),
            str(guild) if guild else "",
            str(interaction.channel_id or 0),
            str(interaction.id),
            request_payload(
                ask.text,
                _thread(interaction.user, guild, in_thread),
                ask.filters.as_dict(),
                after,
                place=ruling_channel(channel),
                cautious=cautious_in(channel),
                **handle,
            ),
            str(interaction.user.id),
        )
        acknowledged = self._platform.acknowledging(event.event_id)
        keeping = asyncio.ensure_future(self._reception.hear(event))
        await asyncio.wait([keeping], timeout=_KEEPING_SECONDS)
        try:
            await interaction.response.defer(ephemeral=ask.private, thinking=True)
        except discord.HTTPException as error:
            if error.code not in (_ACKNOWLEDGED_BEFORE, _TOO_LATE):
                raise
            log.warning("an interaction could not be acknowledged", extra={"code": error.code})
        finally:
            acknowledged.set()
        with suppress(StoreFault):  # the asker was told
            await keeping

    async def titles_named(self, name: str) -> Sequence[Title]:
        """Titles of that name, the best known first."""
        return await self._platform.named([name])

    async def find_like(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Answer with titles like the picks of an answer, or like what a message says."""
        answer = await self._answer_of(message)
        if answer is not None:
            names = tuple(pick.name for pick in answer.picks[:_MOST_LIKED])
            await self.asked(interaction, Ask("", SearchFilters(like_titles=names)))
            return
        text = message.clean_content.strip()[:_MOST_READ]
        if text:
            await self.asked(interaction, Ask(text))
        else:
            await say_privately(interaction, "There is no text in that message to go by.")

    async def preferences(self, owner: Owner) -> Preferences:
        """What is set."""
        [kept] = await self._platform.store.preferences(owner)
        return kept

    async def set_preferences(self, owner: Owner, preferences: Preferences) -> None:
        """Replace what is set."""
        await self._platform.store.set_preferences(owner, preferences)

    async def forget(self, user_id: int) -> int:
        """Delete everything of a user."""
        return await self._platform.store.forget(owner_of(user_id))

    async def export(self, user_id: int) -> dict[str, Any]:
        """Everything of a user."""
        return await self._platform.store.export(owner_of(user_id))

    def _is_for_us(self, message: discord.Message) -> bool:
        if message.guild is None or self.user in message.mentions:
            return True
        if not message.content:  # it may not be read
            return False
        replied = message.reference.resolved if message.reference else None
        in_ours = isinstance(message.channel, discord.Thread) and message.channel.owner == message.guild.me
        return in_ours or (isinstance(replied, discord.Message) and replied.author == self.user)

    async def _opens_thread(self, message: discord.Message, allowed: discord.Permissions) -> bool:
        """Whether the answer goes into a thread of its own, as the server may wish."""
        may = allowed.create_public_threads and allowed.send_messages_in_threads
        if message.guild is None or not may or not isinstance(message.channel, discord.TextChannel):
            return False
        return bool((await self._platform.rules(message.guild.id)).in_threads)

    async def _replied_to(self, message: discord.Message) -> Mapping[str, Any] | None:
        """The answer of ours that a message replies to, where its buttons still tell what it was."""
        replied = message.reference.resolved if message.reference else None
        answer = await self._answer_of(replied) if isinstance(replied, discord.Message) else None
        return answer.turn if answer is not None else None

    async def _answer_of(self, message: discord.Message) -> AnswerState | None:
        """What stands behind the buttons under a message; None where there is nothing, or no longer."""
        state_id = state_of(message)
        if state_id is None:
            return None
        try:
            return await self.buttons.state(state_id)
        except (StoreFault, ExpiredInteraction, ForgedInteraction):
            return None

    def _spoken(self, message: discord.Message) -> str:
        """What was said, without the mention."""
        me = self.user.id if self.user else 0
        return re.sub(rf"<@!?{me}>", " ", message.content).strip()


def _shards(options: DiscordOptions) -> dict[str, Any]:
    given = {"shard_count": options.shard_count, "shard_ids": list(options.shard_ids)}
    return {key: value for key, value in given.items() if value}


def _allowed(message: discord.Message) -> discord.Permissions:
    """What the bot may do where a message was written."""
    if message.guild is None or isinstance(message.channel, discord.PartialMessageable):
        return discord.Permissions.all()
    try:
        return message.channel.permissions_for(message.guild.me)
    except discord.ClientException:  # a thread of a channel that cannot be seen: what may be, shows in trying
        return discord.Permissions.all()


def _written_at(snowflake: str) -> float:
    """When something came into being, in seconds since the epoch, as its id tells."""
    return discord.utils.snowflake_time(int(snowflake)).timestamp()


def _thread(author: discord.abc.User, guild: object, in_thread: bool) -> str:
    """Whose conversation it is: everybody's in a thread; in a channel, where wishes of several people come
    between each other, the asker's.
    """
    return "" if in_thread or guild is None else str(author.id)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""

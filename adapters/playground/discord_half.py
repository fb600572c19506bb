"""What a page has of the emulated Discord: a server of its own with a channel, and a private conversation."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapters.emulators.discord import Channel, DiscordServer, Interaction, Message, User
from adapters.emulators.discord.limits import RateLimits
from adapters.emulators.discord.server import Exchange
from adapters.emulators.discord.world import LOADING
from adapters.playground.seats import Impossible, Json

__all__ = ["DiscordHalf", "DiscordSeat", "PageLimits"]

PLATFORM = "discord"
_AUTOCOMPLETE, _NUMBER = 4, 10
_REFUSED_SECONDS = 0.5
# Discord tells the user so: https://discord.com/developers/docs/interactions/receiving-and-responding
_PATIENCE_SECONDS = 3.0
_STOPPING_SECONDS = 1.0


class PageLimits(RateLimits):
    """Discord's limits, of which some calls are refused because a page wants to see that.

    `refuses` says whether to refuse the next call of a bucket, once; `tell` is told of each bucket's budget.
    Both are set by the half that they belong to.
    """

    refuses: Callable[[str], bool] = staticmethod(lambda _: False)
    tell: Callable[[str, Json], None] = staticmethod(lambda *_: None)

    def take(self, bucket: str) -> tuple[float | None, dict[str, str]]:
        """Count a call."""
        scripted = self.refuses(bucket)
        wait, headers = super().take(bucket)
        if scripted and wait is None:
            self.refused += 1
            wait = _REFUSED_SECONDS
        told = {
            "limit": self.calls,
            "left": int(headers["X-RateLimit-Remaining"]),
            "seconds": float(headers["X-RateLimit-Reset-After"]),
            "refused": wait is not None,
        }
        self.tell(bucket, told)
        return wait, headers


class DiscordHalf:
    """Implements `Half`.

    Args:
        server: The emulated Discord, with `PageLimits`.
    """

    platform = PLATFORM

    def __init__(self, server: DiscordServer, limits: PageLimits) -> None:
        self._server = server
        self._seats: list[DiscordSeat] = []
        limits.refuses, limits.tell = self._refuses, self._tell

    async def take_seat(self, number: int) -> "DiscordSeat":
        """A user on a new server, of which the bot hears at once."""
        user = User("you")
        self._server.users[user.id] = user
        guild = self._server.guild(f"Film club {number}")
        guild.members.append(user)
        guild.channel("general")
        await self._server.gateway.dispatch("GUILD_CREATE", guild.payload())
        seat = DiscordSeat(self._server, user, guild.channels[0], self._seats.remove)
        self._seats.append(seat)
        return seat

    def hear(self) -> None:
        """Hand calls to the seats whose channels or interactions they name; the emulator need not keep
        them.
        """
        heard, self._server.exchanges[:] = list(self._server.exchanges), []
        self._server.calls.clear()
        for exchange in heard:
            named = set(exchange.path.split("/"))
            for seat in self._seats:
                if not named.isdisjoint(seat.ids()):
                    seat.heard(exchange)

    def _seat_of(self, bucket: str) -> "DiscordSeat | None":
        named = bucket.partition(":")[2]
        return next((seat for seat in self._seats if named in seat.ids()), None)

    def _refuses(self, bucket: str) -> bool:
        seat = self._seat_of(bucket)
        if seat is None or not seat.refusals:
            return False
        seat.refusals -= 1
        return True

    def _tell(self, bucket: str, told: Json) -> None:
        seat = self._seat_of(bucket)
        if seat is not None:
            kind = bucket.partition(":")[0]
            seat.tell({"type": "budget", "bucket": kind, "refusals": seat.refusals, **told})


class DiscordSeat:
    """Implements `Seat`.

    Args:
        server: The emulated Discord.
        user: The page's.
        channel: The page's.
        left: Told when it is given up.
    """

    platform = PLATFORM

    def __init__(
        self, server: DiscordServer, user: User, channel: Channel, left: "Callable[[DiscordSeat], None]"
    ) -> None:
        assert channel.guild is not None
        self._server, self._user, self._left = server, user, left
        self._guild = channel.guild
        self.user_id = user.id
        self.refusals = 0
        """How many of the next calls are refused."""
        self._news: deque[Json] = deque()
        self._told: dict[str, tuple[object, ...]] = {}
        self._typing: dict[str, int] = {}
        self._places: list[str] = []
        self._open: dict[str, _Asked] = {}
        self._modals: dict[str, Interaction] = {}
        self._tokens: set[str] = set()

    # --- what the page is told ---

    def greeting(self) -> Json:
        """Who is who, the places and the commands."""
        return {
            "names": {user.id: user.name for user in (self._user, self._server.bot)},
            "user": self._user.id,
            "bot": self._server.bot.id,
            "guild": self._guild.name,
            "commands": self._server.commands,
        }

    def tell(self, news: Json) -> None:
        """Have the page told of something."""
        self._news.append(news)

    def ids(self) -> set[str]:
        """What calls name that are this page's."""
        return {channel.id for channel in self._channels()} | self._tokens

    def heard(self, exchange: Exchange) -> None:
        """A call of the bot's."""
        told = {"method": exchange.method, "route": exchange.route, "status": exchange.status}
        self.tell({"type": "exchange", **told, "sent": exchange.sent, "answer": exchange.answer})

    def news(self) -> list[Json]:
        """What changed: places, messages, who types, and what became of what was asked for."""
        channels = self._channels()
        ids = [channel.id for channel in channels]
        if ids != self._places:
            self._places = ids
            self.tell({"type": "places", "places": [_place(channel) for channel in channels]})
        for channel in channels:
            if channel.typing > self._typing.get(channel.id, 0):
                self.tell({"type": "typing", "place": channel.id})
            self._typing[channel.id] = channel.typing
            self._look_at(channel.messages.values())
        for asked in list(self._open.values()):
            if asked.settled(self.tell):
                del self._open[asked.interaction.id]
        told = list(self._news)
        self._news.clear()
        return told

    def _look_at(self, messages: Iterable[Message]) -> None:
        for message in list(messages):
            now = (len(message.history), len(message.reactions), len(message.files), message.deleted)
            if self._told.get(message.id) == now:
                continue
            self._told[message.id] = now
            if message.deleted:
                self.tell({"type": "gone", "message": message.id})
            else:
                self.tell({"type": "message", "message": _shown(message)})

    def _channels(self) -> list[Channel]:
        private = self._server.private_channel(self._user)
        return [*self._guild.channels, private]

    # --- what the page does ---

    async def act(self, action: Mapping[str, Any]) -> None:
        """Say something, run a command, type one of its options, press, choose from a menu, or submit."""
        match action["do"]:
            case "say":
                await self._say(action)
            case "command":
                await self._command(action)
            case "type":
                await self._type(action)
            case "press":
                await self._press(action)
            case "menu":
                message = self._message(action)
                self._wait_for(
                    await self._server.choose_from_menu(message, self._user, _command(self._server, action))
                )
            case "submit":
                await self._submit(action)
            case "refuse":
                self.refusals = min(max(int(action["calls"]), 0), 10)
                self.tell({"type": "refusals", "refusals": self.refusals})
            case "drop":
                await self._server.gateway.drop()
                self.tell({"type": "dropped"})
            case other:
                raise ValueError(other)

    async def _say(self, action: Mapping[str, Any]) -> None:
        channel, text = self._place(action), str(action["text"])
        reply_to = self._message({"message": action["reply_to"]}) if action.get("reply_to") else None
        await self._server.say(channel, self._user, text, reply_to)

    async def _command(self, action: Mapping[str, Any]) -> None:
        name, options = _command(self._server, action), dict(action["options"])
        options.pop("focused", None)
        for key in _decimals(self._server, name).intersection(options):
            options[key] = float(options[key])  # JSON knows but one kind of number
        self._wait_for(await self._server.command(self._place(action), self._user, name, **options))

    async def _type(self, action: Mapping[str, Any]) -> None:
        """Type one of a command's options."""
        options = {**action["options"], "focused": str(action["focused"])}
        name = _command(self._server, action)
        typed = await self._server.command(
            self._place(action), self._user, name, kind=_AUTOCOMPLETE, **options
        )
        self._wait_for(typed, int(action["number"]))

    async def _press(self, action: Mapping[str, Any]) -> None:
        message, custom_id = self._message(action), str(action["custom_id"])
        if custom_id not in message.custom_ids:
            raise Impossible("That button is gone.")
        values = [str(value) for value in action.get("values", ())]
        self._wait_for(await self._server.press(message, self._user, custom_id, *values))

    async def _submit(self, action: Mapping[str, Any]) -> None:
        before = self._modals.pop(str(action["modal"]), None)
        if before is None:
            raise Impossible("That form is closed.")
        values = {str(key): str(value) for key, value in action["values"].items()}
        self._wait_for(await self._server.submit(before, **values))

    def _wait_for(self, interaction: Interaction, number: int = 0) -> None:
        self._tokens.add(interaction.token)
        self._open[interaction.id] = _Asked(interaction, number, self._modals)

    def _place(self, action: Mapping[str, Any]) -> Channel:
        for channel in self._channels():
            if channel.id == action["place"]:
                return channel
        raise Impossible("That channel is gone.")

    def _message(self, action: Mapping[str, Any]) -> Message:
        for channel in self._channels():
            message = channel.messages.get(str(action["message"]))
            if message is not None and not message.deleted:
                return message
        raise Impossible("That message is gone.")

    async def leave(self) -> None:
        """Stop answers by their own button, then throw the bot out and forget everything."""
        stopping = [
            await self._server.press(message, self._user, message.button("stop"))
            for channel in self._channels()
            for message in channel.visible
            if any(":stop:" in custom_id for custom_id in message.custom_ids)
        ]
        if stopping:
            await _waited(lambda: not any(_has_stop(asked.message) for asked in stopping))
        self._left(self)
        await self._server.kick(self._guild)
        self._server.guilds.remove(self._guild)
        self._server.private.pop(self._user.id, None)
        for token in self._tokens:
            self._server.interactions.pop(token, None)
        del self._server.users[self._user.id]


class _Asked:
    """What somebody asked for, until it is clear what becomes of it.

    Args:
        interaction: The asking.
        number: What the page counts it as, where choices are asked for.
        modals: Where a form that is opened is kept, to be submitted.
    """

    def __init__(self, interaction: Interaction, number: int, modals: dict[str, Interaction]) -> None:
        self.interaction, self._number, self._modals = interaction, number, modals
        self._began = time.monotonic()

    def settled(self, tell: Callable[[Json], None]) -> bool:
        """Whether nothing more is to be waited for; the page is told what came of it."""
        asked = self.interaction
        if asked.answered_after is None:
            late = time.monotonic() - self._began > _PATIENCE_SECONDS
            if late and asked.kind != _AUTOCOMPLETE:
                tell({"type": "failed", "text": "This interaction failed"})
            return late
        if asked.choices is not None:
            tell({"type": "choices", "number": self._number, "choices": list(asked.choices)})
        elif asked.modal is not None:
            self._modals[asked.id] = asked
            tell({"type": "modal", "modal": asked.id, "form": asked.modal})
        tell({"type": "acknowledged", "milliseconds": round(asked.answered_after * 1000, 1)})
        return True


def _command(server: DiscordServer, action: Mapping[str, Any]) -> str:
    name = str(action["name"])
    if name.partition(" ")[0] not in [command["name"] for command in server.commands]:
        if any(command["name"] == name for command in server.commands):
            return name
        raise Impossible(f"There is no command {name}.")
    return name


def _decimals(server: DiscordServer, name: str) -> set[str]:
    """A command's options that are no whole numbers."""
    options = [option for item in server.commands if item["name"] == name for option in item["options"]]
    return {option["name"] for option in options if option["type"] == _NUMBER}


def _has_stop(message: Message | None) -> bool:
    return message is not None and any(":stop:" in custom_id for custom_id in message.custom_ids)


async def _waited(done: Callable[[], bool]) -> None:
    """Wait a moment for something; it is no matter where it does not come about."""
    end = time.monotonic() + _STOPPING_SECONDS
    while not done() and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def _place(channel: Channel) -> Json:
    kind = "private" if channel.guild is None else "thread" if channel.parent else "channel"
    name = "Matinee" if channel.guild is None else channel.name
    return {"id": channel.id, "name": name, "kind": kind}


def _shown(message: Message) -> Json:
    """A message as a page shows it."""
    body = message.body
    began = message.times[0] if message.times else 0.0
    return {
        "id": message.id,
        "place": message.channel.id,
        "author": message.author.id,
        "content": message.content,
        "embeds": body.get("embeds") or [],
        "components": body.get("components") or [],
        "ephemeral": message.ephemeral,
        "loading": bool(body.get("flags", 0) & LOADING),
        "reactions": list(message.reactions),
        "files": dict(message.files),
        "reply_to": message.reply_to.id if message.reply_to else _reference(body),
        "edits": [
            {"milliseconds": round((at - began) * 1000), "characters": len(text)}
            for at, text in zip(message.times, message.history, strict=True)
        ],
    }


def _reference(body: Mapping[str, Any]) -> str | None:
    asked = (body.get("message_reference") or {}).get("message_id")
    return str(asked) if asked else None

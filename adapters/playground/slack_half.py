"""What a page has of the emulated Slack: a channel, the conversation with the bot, and the home tab."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from adapters.emulators.slack import (
    Channel,
    Exchange,
    Interaction,
    Message,
    RateLimits,
    SlackServer,
    User,
    View,
    Workspace,
)
from adapters.emulators.slack.places import Kind
from adapters.playground.seats import Impossible, Json
from adapters.slack.commands import COMMANDS, FIND_LIKE

__all__ = ["PageLimits", "SlackHalf", "SlackSeat"]

PLATFORM = "slack"
_REFUSED_SECONDS = 1
_STOP = "matinee:stop"
_HOME = {"id": "home", "name": "Home", "kind": "home"}
# What the commands are for, as the app's manifest tells it.
_ABOUT = {
    "/recommend": "Films and series for what you feel like",
    "/similar": "Titles like one that you know",
    "/title": "What I know of a title",
    "/movies-preferences": "What always holds for you",
    "/movies-forget": "Delete everything that I know of you",
    "/movies-export": "Everything that I know of you, as a file",
    "/movies-help": "What I can do",
}


class PageLimits(RateLimits):
    """Slack's limits, of which some calls are refused because a page wants to see that.

    `refuses` says whether to refuse the next call in a channel, once; `tell` is told of each call's budget.
    Both are set by the half that they belong to.
    """

    refuses: Callable[[str], bool] = staticmethod(lambda _: False)
    tell: Callable[[str, Json], None] = staticmethod(lambda *_: None)

    def take(self, method: str, workspace_id: str, channel_id: str, now: float) -> int | None:
        """Count a call."""
        scripted = method.startswith("chat.") and self.refuses(channel_id)
        wait = _REFUSED_SECONDS if scripted else super().take(method, workspace_id, channel_id, now)
        told: Json = {"bucket": method, "refused": wait is not None}
        for key, window in self._windows(method, workspace_id, channel_id).items():
            taken = len(self._taken.get(key, ()))
            told |= {"limit": window.calls, "left": window.calls - taken, "seconds": window.seconds}
        self.tell(channel_id, told)
        return wait


class SlackHalf:
    """Implements `Half`.

    Args:
        server: The emulated Slack, with `PageLimits`.
        workspace: Where the app is installed; all pages are in it.
    """

    platform = PLATFORM

    def __init__(self, server: SlackServer, workspace: Workspace, limits: PageLimits) -> None:
        self._server = server
        self._workspace = workspace
        self._seats: list[SlackSeat] = []
        limits.refuses, limits.tell = self._refuses, self._tell

    async def take_seat(self, number: int) -> "SlackSeat":
        """A user in a channel with the bot."""
        user = User("you", self._workspace)
        self._workspace.users[user.id] = user
        channel = Channel(f"film-night-{number}", self._workspace, Kind.PUBLIC, [user, self._workspace.bot])
        self._workspace.channels[channel.id] = channel
        seat = SlackSeat(self._server, user, channel, self._seats.remove)
        self._seats.append(seat)
        return seat

    def hear(self) -> None:
        """Hand calls to the seats whose channels, users or interactions they name."""
        heard, self._server.exchanges[:] = list(self._server.exchanges), []
        self._server.calls.clear()
        for exchange in heard:
            for seat in self._seats:
                if seat.concerns(exchange):
                    seat.heard(exchange)

    def _refuses(self, channel_id: str) -> bool:
        for seat in self._seats:
            if seat.refusals and seat.has(channel_id):
                seat.refusals -= 1
                return True
        return False

    def _tell(self, channel_id: str, told: Json) -> None:
        for seat in self._seats:
            if seat.has(channel_id):
                seat.tell({"type": "budget", "refusals": seat.refusals, **told})


class SlackSeat:
    """Implements `Seat`.

    Args:
        server: The emulated Slack.
        user: The page's.
        channel: The page's.
        left: Told when it is given up.
    """

    platform = PLATFORM

    def __init__(
        self, server: SlackServer, user: User, channel: Channel, left: "Callable[[SlackSeat], None]"
    ) -> None:
        self._server, self._user, self._left = server, user, left
        self._channels = [channel, user.workspace.direct(user)]
        self.user_id = f"{user.workspace.id}/{user.id}"
        self.refusals = 0
        """How many of the next calls are refused."""
        self._news: deque[Json] = deque()
        self._told: dict[str, tuple[object, ...]] = {}
        self._placed = False
        self._statuses = 0
        self._doing: set[asyncio.Task[None]] = set()

    # --- what the page is told ---

    def greeting(self) -> Json:
        """Who is who, and the commands."""
        workspace = self._user.workspace
        return {
            "names": {user.id: user.name for user in (self._user, workspace.bot)},
            "user": self._user.id,
            "bot": workspace.bot.id,
            "workspace": workspace.name,
            "commands": [{"name": name, "description": _ABOUT.get(name, "")} for name in COMMANDS],
        }

    def tell(self, news: Json) -> None:
        """Have the page told of something."""
        self._news.append(news)

    def has(self, channel_id: str) -> bool:
        """Whether a channel is the page's; a user's id stands for the conversation with them."""
        return channel_id == self._user.id or any(channel.id == channel_id for channel in self._channels)

    def concerns(self, exchange: Exchange) -> bool:
        """Whether a call is about this page."""
        world, sent = self._server.world, exchange.sent
        if exchange.hook:
            interaction = world.hooks.get(exchange.hook)
            return interaction is not None and interaction.user is self._user
        if "trigger_id" in sent:
            interaction = world.triggers.get(sent["trigger_id"])
            return interaction is not None and interaction.user is self._user
        named = [sent.get(key) for key in ("channel", "channel_id", "user", "user_id", "users")]
        return any(isinstance(name, str) and self.has(name) for name in named)

    def heard(self, exchange: Exchange) -> None:
        """A call of the bot's."""
        told = {"method": "POST", "route": exchange.method, "status": exchange.status}
        self.tell({"type": "exchange", **told, "sent": exchange.sent, "answer": exchange.answer})

    def news(self) -> list[Json]:
        """What changed: messages, statuses, forms and the home tab."""
        if not self._placed:
            self._placed = True
            self.tell({"type": "places", "places": [*map(_place, self._channels), _HOME]})
        for channel in self._channels:
            for message in [*channel.messages.values(), *channel.ephemerals]:
                if message.ephemeral_for in (None, self._user):
                    self._look_at(message)
        statuses = [status for channel in self._channels for status in channel.statuses]
        if len(statuses) != self._statuses:
            self._statuses = len(statuses)
            self.tell({"type": "status", "text": statuses[-1].text})
        views = [view for view in self._server.world.views.values() if view.user is self._user]
        for view in sorted(views, key=_is_home):  # a form that closes gives the focus back first
            self._look_at_view(view)
        told = list(self._news)
        self._news.clear()
        return told

    def _look_at(self, message: Message) -> None:
        running = message.stream is not None and self._server.world.is_streaming(message)
        reacted = sum(map(len, message.reactions.values()))
        now = (len(message.versions), message.deleted, reacted, len(message.files), running)
        before = self._told.get(message.ts)
        if before == now:
            return
        self._told[message.ts] = now
        if message.deleted:
            self.tell({"type": "gone", "message": message.ts})
        else:
            self.tell({"type": "message", "message": _shown(message, running=running)})

    def _look_at_view(self, view: View) -> None:
        now = (view.is_open, len(view.versions), tuple(view.errors.items()))
        if self._told.get(view.id) != now:
            self._told[view.id] = now
            told = {"id": view.id, "open": view.is_open, "body": view.body, "errors": view.errors}
            self.tell({"type": "home" if _is_home(view) else "view", "view": told})

    # --- what the page does ---

    async def act(self, action: Mapping[str, Any]) -> None:
        """Say something, run a command, press, choose, type in a select, submit or close a form, go home."""
        server, user = self._server, self._user
        match action["do"]:
            case "say":
                thread = self._message(action["thread"]) if action.get("thread") else None
                await server.say(self._place(action), user, str(action["text"]), thread)
            case "command":
                name = str(action["name"])
                if name not in COMMANDS:
                    raise Impossible(f"There is no command {name}.")
                self._do(server.command(self._place(action), user, name, str(action["text"])))
            case "press":
                where, item = self._where(action), str(action["action_id"])
                self._check(where, item)
                self._do(server.press(where, user, item, action.get("value")))
            case "choose":
                where, item = self._where(action), str(action["action_id"])
                self._check(where, item)
                self._do(server.choose(where, user, item, *map(str, action["values"])))
            case "menu":
                self._do(server.shortcut_on_message(self._message(action["message"]), user, FIND_LIKE))
            case "type":
                self._type(action)
            case "submit":
                values = {str(key): _filled(value) for key, value in action["values"].items()}
                self._do(server.submit(self._view(action), user, values))
            case "close":
                await server.close_view(self._view(action), user)
            case "home":
                await server.open_home(user)
            case "refuse":
                self.refusals = min(max(int(action["calls"]), 0), 10)
                self.tell({"type": "refusals", "refusals": self.refusals})
            case "drop":
                await server.socket_mode.drop()
                self.tell({"type": "dropped"})
            case other:
                raise ValueError(other)

    def _type(self, action: Mapping[str, Any]) -> None:
        number = int(action["number"])

        def offer(interaction: Interaction) -> None:
            choices = [
                {"name": option["text"]["text"], "value": option["value"]}
                for option in interaction.options or ()
            ]
            self.tell({"type": "choices", "number": number, "choices": choices})

        view, item, typed = self._view(action), str(action["action_id"]), str(action["typed"])
        self._check(view, item)
        if typed:
            self._do(self._server.type_into(view, self._user, item, typed), offer)

    def _do(
        self, doing: Coroutine[Any, Any, Interaction], then: Callable[[Interaction], None] | None = None
    ) -> None:
        """Beside, since people wait until the app has acknowledged."""
        task = asyncio.create_task(self._done(doing, then))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def _done(
        self, doing: Coroutine[Any, Any, Interaction], then: Callable[[Interaction], None] | None
    ) -> None:
        try:
            interaction = await doing
        except AssertionError as refused:  # the emulator's word for what nobody could do in Slack
            self.tell({"type": "problem", "text": f"Slack does not take that: {refused}"})
            return
        if interaction.failed:
            self.tell({"type": "failed", "text": f"That did not work ({interaction.failed})."})
        elif then is not None:
            then(interaction)

    def _check(self, where: Message | View, action_id: str) -> None:
        if action_id not in [name for name, _ in self._server.actions(where)]:
            raise Impossible("That button is gone.")

    def _place(self, action: Mapping[str, Any]) -> Channel:
        for channel in self._channels:
            if channel.id == action["place"]:
                return channel
        raise Impossible("That channel is gone.")

    def _where(self, action: Mapping[str, Any]) -> Message | View:
        return self._view(action) if "view" in action else self._message(action["message"])

    def _message(self, ts: object) -> Message:
        for channel in self._channels:
            for message in channel.seen_by(self._user):
                if message.ts == ts:
                    return message
        raise Impossible("That message is gone.")

    def _view(self, action: Mapping[str, Any]) -> View:
        view = self._server.world.views.get(str(action["view"]))
        if view is None or view.user is not self._user or not view.is_open:
            raise Impossible("That form is closed.")
        return view

    async def leave(self) -> None:
        """Stop answers by their own buttons, then take the user and the channels away."""
        for channel in self._channels:
            for message in channel.seen_by(self._user):
                await self._stop(message)
            self._stop_agent(channel)
        self._left(self)
        for task in list(self._doing):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        workspace, world = self._user.workspace, self._server.world
        for channel in self._channels:
            del workspace.channels[channel.id]
        del workspace.users[self._user.id]
        for kept in (world.triggers, world.hooks):
            for key in [key for key, made in kept.items() if made.user is self._user]:
                del kept[key]
        for key in [key for key, view in world.views.items() if view.user is self._user]:
            del world.views[key]
        world.homes.pop(self._user.id, None)

    async def _stop(self, message: Message) -> None:
        stops = [
            value for name, value in self._server.actions(message) if name == _STOP and not message.deleted
        ]
        if stops:
            await self._server.press(message, self._user, _STOP, stops[0])

    def _stop_agent(self, channel: Channel) -> None:
        """Tell the bot that it was stopped in every thread, also where there is no word of an answer yet."""
        for message in channel.visible:
            if message.thread_ts is None:
                streams = [other.ts for other in channel.thread(message) if other.stream is not None]
                self._server.events.session_stopped(self._user, channel, message.ts, streams)


def _filled(value: object) -> str | list[str] | None:
    """What an input of a form holds; None empties it."""
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value) if value else None


def _is_home(view: View) -> bool:
    return view.body.get("type") == "home"


def _place(channel: Channel) -> Json:
    private = channel.kind is Kind.DIRECT
    return {
        "id": channel.id,
        "name": "Matinee" if private else channel.name,
        "kind": "private" if private else "channel",
    }


def _shown(message: Message, *, running: bool) -> Json:
    """A message as a page shows it."""
    began = float(message.ts)
    return {
        "id": message.ts,
        "place": message.channel.id,
        "thread": message.thread_ts,
        "author": message.author.id,
        "text": message.text,
        "markdown": message.stream is not None,
        "running": running,
        "blocks": message.blocks,
        "tasks": list(message.stream.tasks.values()) if message.stream is not None else [],
        "ephemeral": message.ephemeral_for is not None,
        "reactions": {name: len(users) for name, users in message.reactions.items()},
        "files": {file.name: (file.content or b"").decode(errors="replace") for file in message.files},
        "edited": message.edited_ts is not None,
        "began": began,
        "lengths": [len(text) for text in message.history],
    }

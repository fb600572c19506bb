"""Where something was said or done on Slack, and by whom, as each kind of payload tells it.

https://docs.slack.dev/reference/interaction-payloads
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from adapters.delivery import DeliveryFailed
from adapters.slack.calls import Line
from adapters.slack.hooks import HOOK_SECONDS, HookPort
from adapters.slack.messages import CALM, shown
from adapters.turns import channel_owner
from core.memory.records import IncomingEvent, Owner, Subject

__all__ = ["PLATFORM", "Place", "owner_of", "say_privately"]

PLATFORM = "slack"
_DIRECT = "D"


@dataclass(frozen=True, slots=True)
class Place:
    """A place, and who is there."""

    team: str
    """The workspace that the bot sits in."""
    channel: str
    """Empty where it is none, such as on the home tab."""
    user: str
    home: str
    """The user's own workspace: another one in channels that workspaces share."""
    thread: str = ""
    """The first message of the thread."""
    message: str = ""
    """The message that it is about, or under whose buttons it was done."""
    hook: str = ""
    """A `response_url`."""
    trigger: str = ""
    by_command: bool = False
    at: float = 0.0
    """When, in seconds since the epoch."""

    @property
    def direct(self) -> bool:
        """Whether it is the conversation of one person and a bot, or of two persons."""
        return self.channel.startswith(_DIRECT)

    @property
    def user_owner(self) -> Owner:
        """Who did it."""
        return owner_of(self.team, self.user)

    @property
    def team_owner(self) -> Owner:
        """The workspace."""
        return Owner(Subject.SERVER, PLATFORM, self.team)

    @property
    def channel_owner(self) -> Owner:
        """The channel."""
        return channel_owner(PLATFORM, self.channel)

    def port(self, line: Line, *, private: bool) -> HookPort | None:
        """What can be shown without being there; None where that is nothing."""
        if not self.hook:
            return None
        return HookPort(
            line,
            self.hook,
            private=private,
            thread=self.thread,
            replaces=self.by_command,
            closes_at=self.at + HOOK_SECONDS,
        )

    def as_text(self) -> str:
        """For the `private_metadata` of a form."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The reverse of `as_text`."""
        return cls(**json.loads(text))

    @classmethod
    def of_event(cls, team: str, body: Mapping[str, Any]) -> Self:
        """Where a message was written."""
        event = body["event"]
        home = event.get("user_team") or event.get("team") or team
        return cls(
            team,
            str(event["channel"]),
            str(event.get("user", "")),
            str(home),
            str(event.get("thread_ts") or ""),
            str(event["ts"]),
        )

    @classmethod
    def of_command(cls, team: str, body: Mapping[str, Any]) -> Self:
        """Where a command was run."""
        return cls(
            team,
            str(body["channel_id"]),
            str(body["user_id"]),
            str(body.get("team_id") or team),
            hook=str(body.get("response_url", "")),
            trigger=str(body["trigger_id"]),
            by_command=True,
            at=time.time(),
        )

    @classmethod
    def of_interaction(cls, team: str, body: Mapping[str, Any]) -> Self:
        """Where a button was pressed, something chosen, a shortcut used or a form sent."""
        container, message = body.get("container") or {}, body.get("message") or {}
        channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
        ts = container.get("message_ts") or message.get("ts") or ""
        home = body["user"].get("team_id") or (body.get("team") or {}).get("id") or team
        # Under an ephemeral message there is no thread.
        root = "" if container.get("is_ephemeral") else ts
        return cls(
            team,
            str(channel),
            str(body["user"]["id"]),
            str(home),
            str(container.get("thread_ts") or message.get("thread_ts") or root),
            str(ts),
            str(body.get("response_url") or ""),
            str(body.get("trigger_id") or ""),
            at=time.time(),
        )

    def sent_by(self, other: "Place") -> Self:
        """The place that a form was opened in, once the form is sent by `other`'s trigger."""
        return replace(self, trigger=other.trigger, user=other.user, home=other.home)

    @classmethod
    def of_stored(cls, event: IncomingEvent) -> Self:
        """Where an event came from that was kept."""
        handle = event.payload["handle"]
        return cls(
            event.workspace,
            event.channel,
            event.author_id,
            handle["home"],
            handle["root"],
            event.message,
            handle["hook"],
            by_command=handle["by_command"],
            at=handle["at"],
        )

    def handle(self, *, private: bool, anchor: str = "") -> dict[str, Any]:
        """What is kept of it with an event.

        Args:
            private: Whether the asker alone sees the answer.
            anchor: The message of ours that the answer hangs from.
        """
        return {
            "home": self.home,
            "root": self.thread,
            "hook": self.hook,
            "by_command": self.by_command,
            "at": self.at,
            "private": private,
            "anchor": anchor,
        }


def owner_of(team: str, user: str) -> Owner:
    """A user: their id is unique in their workspace alone."""
    return Owner(Subject.USER, PLATFORM, f"{team}/{user}")


async def say_privately(
    line: Line, place: Place, text: str, message: Mapping[str, Any] | None = None
) -> None:
    """Tell someone alone: through what they did, else ephemerally, else in the conversation with them.

    Args:
        line: Calls in the workspace.
        place: Who, and where.
        text: CommonMark.
        message: The message's arguments, where they are not made of the text.

    Raises:
        DeliveryFailed: it could not be told.
    """
    told = message or shown(text)
    thread = {"thread_ts": place.thread} if place.thread else {}
    if place.hook:
        in_thread = {} if place.by_command else thread  # a command is run in the channel itself
        with suppress(DeliveryFailed):
            frame = {"response_type": "ephemeral", "replace_original": False}
            await line.respond(place.hook, {**frame, **in_thread, **CALM, **told})
            return
    # The first message of a thread may be gone.
    for where in (thread, {}) if place.channel and not place.direct else ():
        with suppress(DeliveryFailed):
            who = {"channel": place.channel, "user": place.user}
            await line.call("chat.postEphemeral", **who, **where, **CALM, **told)
            return
    opened = await line.call("conversations.open", users=place.user)
    where = thread if place.direct else {}
    await line.call("chat.postMessage", channel=opened.data["channel"]["id"], **where, **CALM, **told)

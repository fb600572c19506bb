"""chat.*, without streams: https://docs.slack.dev/reference/methods?family=chat"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from adapters.emulators.slack.blocks import checked_message
from adapters.emulators.slack.calls import Call, Method
from adapters.emulators.slack.events import Events
from adapters.emulators.slack.places import Channel, Message, Problem, Status, timestamp
from adapters.emulators.slack.world import World

__all__ = ["Chat"]

_PLACE = frozenset({"ts", "thread_ts", "parent_user_id"})


class Chat:
    """Posting, changing and deleting messages.

    Args:
        world: Where.
        events: Told of it.
    """

    def __init__(self, world: World, events: Events) -> None:
        self._world, self._events = world, events
        self.methods: Mapping[str, Method] = MappingProxyType(
            {
                "chat.postMessage": self._post,
                "chat.postEphemeral": self._post_ephemeral,
                "chat.update": self._update,
                "chat.delete": self._delete,
            }
        )

    def post(self, channel: Channel, body: dict[str, Any], thread_ts: str | None, **more: Any) -> Message:
        """A message of the app's."""
        author, app_id = channel.workspace.bot, self._world.app.id
        message = channel.add(Message(channel, author, body, thread_ts, app_id=app_id, **more))
        if message.ephemeral_for is None:
            self._events.posted(message)
            self._unset_status(message)
        return message

    def change(self, message: Message, body: dict[str, Any]) -> None:
        """Another body for a message of the app's."""
        before = message.payload()
        message.change(body)
        message.edited_ts = timestamp()
        self._events.changed(message, before)

    def remove(self, message: Message) -> None:
        """Take a message away."""
        message.deleted = True
        if message.ephemeral_for is None:
            self._events.deleted(message)

    async def _post(self, call: Call) -> dict[str, Any]:
        channel = self._world.writable(call.workspace, call.needed("channel"))
        body = checked_message(call.arguments)
        thread_ts = self._thread(channel, call)
        message = self.post(channel, body, thread_ts, broadcast=call.flag("reply_broadcast"))
        return {"channel": channel.id, "ts": message.ts, "message": message.payload()}

    async def _post_ephemeral(self, call: Call) -> dict[str, Any]:
        channel = self._world.writable(call.workspace, call.needed("channel"))
        reader = call.workspace.users.get(call.needed("user"))
        if reader is None or reader not in channel.members:
            raise Problem("user_not_in_channel")
        message = self.post(
            channel, checked_message(call.arguments), self._thread(channel, call), ephemeral_for=reader
        )
        return {"message_ts": message.ts}

    async def _update(self, call: Call) -> dict[str, Any]:
        channel = self._world.seen(call.workspace, call.needed("channel"))
        message = self._world.message(channel, call.needed("ts"))
        if message.author is not call.workspace.bot:
            raise Problem("cant_update_message")
        if channel.archived:
            raise Problem("is_inactive")
        if self._world.is_streaming(message):
            raise Problem("streaming_state_conflict")
        body = checked_message(call.arguments, update=True)
        if "metadata" not in call.arguments and "metadata" in message.body:
            body["metadata"] = message.body["metadata"]
        self.change(message, body)
        # Slack leaves out of this answer's message where it stands.
        told = {key: value for key, value in message.payload().items() if key not in _PLACE}
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": told}

    async def _delete(self, call: Call) -> dict[str, Any]:
        channel = self._world.seen(call.workspace, call.needed("channel"))
        message = self._world.message(channel, call.needed("ts"))
        if message.author is not call.workspace.bot:
            raise Problem("cant_delete_message")
        self.remove(message)
        return {"channel": channel.id, "ts": message.ts}

    def _thread(self, channel: Channel, call: Call) -> str | None:
        thread_ts = call.text("thread_ts")
        return self._world.root(channel, thread_ts) if thread_ts else None

    def _unset_status(self, message: Message) -> None:
        """An answer ends what the assistant said it was doing."""
        channel, thread_ts = message.channel, message.thread_ts or ""
        mine = [status for status in channel.statuses if status.thread_ts == thread_ts]
        if mine and mine[-1].text:
            channel.statuses.append(Status(thread_ts, "", self._world.clock.now()))

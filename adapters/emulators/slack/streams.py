"""Streamed messages: https://docs.slack.dev/messaging/sending-and-scheduling-messages#text-streaming"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from adapters.emulators.slack.blocks import MARKDOWN_TEXT, MESSAGE_BLOCKS, checked_blocks
from adapters.emulators.slack.calls import Call, Method
from adapters.emulators.slack.chat import Chat
from adapters.emulators.slack.events import Events
from adapters.emulators.slack.places import (
    Channel,
    Kind,
    Message,
    Problem,
    Session,
    Stream,
    StreamState,
    User,
)
from adapters.emulators.slack.world import World

__all__ = ["Streams"]

# https://docs.slack.dev/reference/methods/agents.sessions.setStatus
_SESSION_STATUSES = frozenset({"active", "processing", "suspended", "closed"})
# https://docs.slack.dev/reference/methods/chat.appendStream#chunks
_TASK_STATUSES = frozenset({"pending", "in_progress", "complete", "error"})


@dataclass(slots=True)
class _Piece:
    """What one call brings."""

    by_chunks: bool | None = None
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    plan_title: str = ""


class Streams:
    """chat.startStream, chat.appendStream, chat.stopStream.

    Args:
        world: Where.
        events: Told of the end.
        chat: Posts the message.
    """

    def __init__(self, world: World, events: Events, chat: Chat) -> None:
        self._world, self._events, self._chat = world, events, chat
        self.methods: Mapping[str, Method] = MappingProxyType(
            {
                "chat.startStream": self._start,
                "chat.appendStream": self._append,
                "chat.stopStream": self._stop,
            }
        )

    async def _start(self, call: Call) -> dict[str, Any]:
        channel = self._world.writable(call.workspace, call.needed("channel"))
        recipient = self._recipient(call, channel)
        thread_ts = call.text("thread_ts")
        if not thread_ts and channel.kind is Kind.DIRECT:
            raise Problem("invalid_arguments", messages=["missing required field: thread_ts"])
        root = self._world.root(channel, thread_ts) if thread_ts else None
        piece = _piece(call)
        stream = Stream(self._world.clock.now(), recipient)
        body = _grown({"text": ""}, stream, piece)
        message = self._chat.post(channel, body, root, stream=stream)
        if root is not None:
            channel.sessions.setdefault(root, Session()).set("processing")
        return {"channel": channel.id, "ts": message.ts}

    async def _append(self, call: Call) -> dict[str, Any]:
        message, stream = self._running(call)
        piece = _piece(call)
        if piece.by_chunks is None:
            raise Problem("markdown_text_or_chunks_required")
        message.change(_grown(message.body, stream, piece))
        return {"channel": message.channel.id, "ts": message.ts}

    async def _stop(self, call: Call) -> dict[str, Any]:
        message, stream = self._running(call)
        status = call.text("session_status") or "active"
        if status not in _SESSION_STATUSES:
            raise Problem("invalid_arguments", messages=["must be a valid enum value: session_status"])
        piece = _piece(call)
        last = checked_blocks(call.arguments.get("blocks") or [], too_many="msg_blocks_too_many")
        before = message.payload()
        body = _grown(message.body, stream, piece)
        if last:
            body["blocks"] = [*body.get("blocks", []), *last]
        if call.arguments.get("metadata"):
            body["metadata"] = call.arguments["metadata"]
        message.change(body)
        stream.state = StreamState.ENDED
        if message.thread_ts is not None:
            message.channel.sessions.setdefault(message.thread_ts, Session()).set(status)
        self._events.changed(message, before)
        return {"channel": message.channel.id, "ts": message.ts, "message": message.payload()}

    def _recipient(self, call: Call, channel: Channel) -> User | None:
        """Who sees it grow: required, with their workspace, outside of direct conversations."""
        team_id, user_id = call.text("recipient_team_id"), call.text("recipient_user_id")
        if channel.kind is not Kind.DIRECT:
            if not team_id:
                raise Problem("missing_recipient_team_id")
            if not user_id:
                raise Problem("missing_recipient_user_id")
        if team_id and team_id not in self._world.workspaces:
            raise Problem("team_not_found")
        home = self._world.workspaces[team_id] if team_id else call.workspace
        return self._world.user(home, user_id) if user_id else None

    def _running(self, call: Call) -> tuple[Message, Stream]:
        """A stream that takes more.

        Raises:
            Problem: there is none, it is another's, or it takes no more: after five minutes, after its end,
                and after somebody stopped it (`stopped_by_user`, of `chat.appendStream` alone).
        """
        channel = self._world.writable(call.workspace, call.needed("channel"))
        message = self._world.message(channel, call.needed("ts"))
        if message.author is not call.workspace.bot:
            raise Problem("message_not_owned_by_app")
        stream = message.stream
        stopped = stream is not None and stream.state is StreamState.STOPPED_BY_USER
        if stopped and call.method == "chat.appendStream":
            raise Problem("stopped_by_user")
        if stream is None or not self._world.is_streaming(message):
            raise Problem("message_not_in_streaming_state")
        return message, stream


def _piece(call: Call) -> _Piece:
    text, chunks = call.text("markdown_text"), call.arguments.get("chunks") or []
    if text and chunks:
        raise Problem("cannot_provide_both_markdown_text_and_chunks")
    if not isinstance(chunks, list):
        raise Problem("invalid_chunks")
    piece = _Piece(True if chunks else False if text else None, text)
    for chunk in chunks:
        _read_chunk(chunk, piece)
    if len(piece.text) > MARKDOWN_TEXT:
        raise Problem("msg_too_long")
    return piece


def _read_chunk(chunk: Any, piece: _Piece) -> None:
    match chunk:
        case {"type": "markdown_text", "text": str(text)}:
            piece.text += text
        case {"type": "task_update", "id": str(), "title": str(), "status": str(status)}:
            if status not in _TASK_STATUSES:
                raise Problem("invalid_chunks")
            piece.tasks.append(chunk)
        case {"type": "plan_update", "title": str(title)}:
            piece.plan_title = title
        case {"type": "blocks", "blocks": blocks}:
            piece.blocks += checked_blocks(blocks, too_many="msg_blocks_too_many")
        case _:
            raise Problem("invalid_chunks")


def _grown(body: dict[str, Any], stream: Stream, piece: _Piece) -> dict[str, Any]:
    """A streamed message with one piece more.

    Raises:
        Problem: it began with the other of `markdown_text` and `chunks`, or the chunks of all calls bring
            more than 50 blocks.
    """
    if piece.by_chunks is not None and stream.by_chunks not in (None, piece.by_chunks):
        raise Problem("streaming_mode_mismatch")
    if len(stream.blocks) + len(piece.blocks) > MESSAGE_BLOCKS:
        raise Problem("msg_blocks_too_many")
    if piece.by_chunks is not None:
        stream.by_chunks = piece.by_chunks
    stream.blocks += piece.blocks
    stream.tasks |= {task["id"]: {**stream.tasks.get(task["id"], {}), **task} for task in piece.tasks}
    stream.plan_title = piece.plan_title or stream.plan_title
    grown = {**body, "text": body["text"] + piece.text}
    return {**grown, "blocks": list(stream.blocks)} if stream.blocks else grown

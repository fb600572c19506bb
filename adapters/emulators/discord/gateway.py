"""The gateway: sessions over WebSocket that can be resumed.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from adapters.emulators.discord.world import snowflake

__all__ = ["Gateway", "Session"]


class Op(IntEnum):
    """Opcodes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway"""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


_AUTHENTICATION_FAILED, _DISALLOWED_INTENTS = 4004, 4014
_HEARTBEAT_MS = 41_250


class _Line:
    """A connection, compressed (`zlib-stream`) where the client asked for that."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self._compressor = zlib.compressobj() if compressed else None

    async def send(self, payload: Mapping[str, Any]) -> None:
        """One payload."""
        text = json.dumps(payload)
        if self._compressor is None:
            await self.socket.send_str(text)
            return
        packed = self._compressor.compress(text.encode())
        await self.socket.send_bytes(packed + self._compressor.flush(zlib.Z_SYNC_FLUSH))


class Session:
    """What one client has been told, so that it can be told again."""

    def __init__(self, intents: int, shard: tuple[int, int] = (0, 1)) -> None:
        self.id = snowflake()
        self.intents = intents
        self.shard = shard
        self.sent: list[dict[str, Any]] = []
        self.line: _Line | None = None

    async def dispatch(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell of an event; kept for a RESUME where nobody listens."""
        event = {"op": Op.DISPATCH, "t": name, "s": len(self.sent) + 1, "d": data}
        self.sent.append(event)
        if self.line is not None and not self.line.socket.closed:
            await self.line.send(event)

    def hears_of(self, guild_id: str | None) -> bool:
        """Whether a server's events go to this shard: https://discord.com/developers/docs/events/gateway#sharding"""
        number, count = self.shard
        return (int(guild_id) >> 22) % count == number if guild_id is not None else number == 0


class Gateway:
    """All sessions.

    Args:
        token: The bot's.
        allowed_intents: Others are refused.
        greet: What a new session is told, by name.
    """

    def __init__(
        self,
        token: str,
        allowed_intents: int,
        greet: Callable[[Session], list[tuple[str, Mapping[str, Any]]]],
    ) -> None:
        self._token = token
        self.allowed_intents = allowed_intents
        self._greet = greet
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.heartbeat_ms = _HEARTBEAT_MS
        self.deaf = False
        """Whether heartbeats are left unanswered, as by a connection that is dead without knowing."""
        self.compresses = True
        """Whether clients that ask for compression get it."""
        self.ready = asyncio.Event()

    async def dispatch(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell every session of an event that has to hear of it."""
        for session in self.hearing_of(data.get("guild_id")):
            await session.dispatch(name, data)

    def hearing_of(self, guild_id: str | None) -> list[Session]:
        """The sessions that are told of a server's events; those of private conversations go to shard 0."""
        return [session for session in self.sessions.values() if session.hears_of(guild_id)]

    async def drop(self, *, forget: bool = False) -> None:
        """Lose every connection, as a network does; `forget` the sessions too: no RESUME is valid then."""
        sessions = list(self.sessions.values())
        if forget:
            self.sessions.clear()
        for session in sessions:
            line, session.line = session.line, None
            if line is not None:
                await line.socket.close(code=1001)

    async def ask_to_reconnect(self) -> None:
        """Tell clients to come back, as Discord does before it restarts a node."""
        for session in self.sessions.values():
            if session.line is not None:
                await session.line.send({"op": Op.RECONNECT, "d": None})

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = _Line(socket, compressed=self.compresses and request.query.get("compress") == "zlib-stream")
        await line.send({"op": Op.HELLO, "d": {"heartbeat_interval": self.heartbeat_ms}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            match asked["op"]:
                case Op.HEARTBEAT:
                    self.heartbeats += 1
                    if not self.deaf:
                        await line.send({"op": Op.HEARTBEAT_ACK})
                case Op.IDENTIFY:
                    await self._identify(line, asked["d"])
                case Op.RESUME:
                    await self._resume(line, asked["d"])
                case _:
                    pass
        return socket

    async def _identify(self, line: _Line, asked: Mapping[str, Any]) -> None:
        if asked["token"] != self._token:
            await line.socket.close(code=_AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        if asked["intents"] & ~self.allowed_intents:
            await line.socket.close(code=_DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        number, count = asked.get("shard") or (0, 1)
        session = Session(asked["intents"], (number, count))
        session.line = line
        self.sessions[session.id] = session
        self.identified += 1
        for name, data in self._greet(session):
            await session.dispatch(name, data)
        self.ready.set()

    async def _resume(self, line: _Line, asked: Mapping[str, Any]) -> None:
        session = self.sessions.get(asked["session_id"])
        if session is None or asked["token"] != self._token:
            await line.send({"op": Op.INVALID_SESSION, "d": False})
            return
        session.line = line
        self.resumed += 1
        for event in session.sent[asked["seq"] or 0 :]:
            await line.send(event)
        await session.dispatch("RESUMED", {})

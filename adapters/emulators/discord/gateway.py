"""The gateway: sessions over WebSocket that can be resumed.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
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


class Session:
    """What one client has been told, so that it can be told again."""

    def __init__(self, intents: int) -> None:
        self.id = snowflake()
        self.intents = intents
        self.sent: list[dict[str, Any]] = []
        self.socket: web.WebSocketResponse | None = None

    async def dispatch(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell of an event; kept for a RESUME where nobody listens."""
        event = {"op": Op.DISPATCH, "t": name, "s": len(self.sent) + 1, "d": data}
        self.sent.append(event)
        if self.socket is not None and not self.socket.closed:
            await self.socket.send_str(json.dumps(event))


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
        self._allowed = allowed_intents
        self._greet = greet
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.ready = asyncio.Event()

    async def dispatch(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell every session of an event."""
        for session in list(self.sessions.values()):
            await session.dispatch(name, data)

    async def drop(self) -> None:
        """Lose every connection, as a network does."""
        for session in self.sessions.values():
            socket, session.socket = session.socket, None
            if socket is not None:
                await socket.close(code=1001)

    async def ask_to_reconnect(self) -> None:
        """Tell clients to come back, as Discord does before it restarts a node."""
        for session in self.sessions.values():
            if session.socket is not None:
                await session.socket.send_str(json.dumps({"op": Op.RECONNECT, "d": None}))

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"op": Op.HELLO, "d": {"heartbeat_interval": _HEARTBEAT_MS}}))
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            match asked["op"]:
                case Op.HEARTBEAT:
                    self.heartbeats += 1
                    await socket.send_str(json.dumps({"op": Op.HEARTBEAT_ACK}))
                case Op.IDENTIFY:
                    await self._identify(socket, asked["d"])
                case Op.RESUME:
                    await self._resume(socket, asked["d"])
                case _:
                    pass
        return socket

    async def _identify(self, socket: web.WebSocketResponse, asked: Mapping[str, Any]) -> None:
        if asked["token"] != self._token:
            await socket.close(code=_AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        if asked["intents"] & ~self._allowed:
            await socket.close(code=_DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        session = Session(asked["intents"])
        session.socket = socket
        self.sessions[session.id] = session
        self.identified += 1
        for name, data in self._greet(session):
            await session.dispatch(name, data)
        self.ready.set()

    async def _resume(self, socket: web.WebSocketResponse, asked: Mapping[str, Any]) -> None:
        session = self.sessions.get(asked["session_id"])
        if session is None or asked["token"] != self._token:
            await socket.send_str(json.dumps({"op": Op.INVALID_SESSION, "d": False}))
            return
        session.socket = socket
        self.resumed += 1
        for event in session.sent[asked["seq"] or 0 :]:
            await socket.send_str(json.dumps(event))
        await session.dispatch("RESUMED", {})

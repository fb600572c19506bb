"""Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode"""

import asyncio
import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

from adapters.emulators.slack.delivery import Envelope, Undelivered

__all__ = ["SocketMode"]

_MOST_CONNECTIONS = 10
"""https://docs.slack.dev/apis/events-api/using-socket-mode#connections"""


class _Connection:
    """One of the app's connections."""

    def __init__(self, socket: web.WebSocketResponse, number: int) -> None:
        self.socket, self.number = socket, number
        self.leaving = False
        """Whether it was told to go, and gets no more."""

    @property
    def usable(self) -> bool:
        return not self.leaving and not self.socket.closed

    async def send(self, frame: Mapping[str, Any]) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def disconnect(self, reason: str) -> None:
        self.leaving = reason != "warning"
        await self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-emulator"}})


class SocketMode:
    """All connections of the app.

    Args:
        app_id: Its id.
        ack_seconds: How long an acknowledgement may take.
    """

    url: str
    """Address of the connections, without a ticket."""

    def __init__(self, app_id: str, ack_seconds: float) -> None:
        self._app_id = app_id
        self._ack_seconds = ack_seconds
        self._connections: list[_Connection] = []
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._usable = asyncio.Event()
        self._turn = 0
        self.delivered: list[int] = []
        """How many envelopes each connection got that was ever made, the first one first."""
        self.attempts: list[tuple[Envelope, int, str]] = []
        """Envelopes as they went out, with `retry_attempt` and `retry_reason`."""
        self.late: list[str] = []
        """Envelopes that were acknowledged when nobody waited any more, or twice."""
        self.pings = 0
        self.deaf = False
        """Whether pings are left unanswered, as by a connection that is dead without knowing."""

    @property
    def count(self) -> int:
        """How many connections can be used."""
        return sum(connection.usable for connection in self._connections)

    def ticket(self) -> str:
        """An address for one connection, as `apps.connections.open` gives it."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"{self.url}/?ticket={ticket}&app_id={self._app_id}"

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPUnauthorized
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=0.5)
        await socket.prepare(request)
        connection = _Connection(socket, len(self.delivered))
        if self.count >= _MOST_CONNECTIONS:
            await connection.disconnect("too_many_websockets")
            await socket.close()
            return socket
        self.delivered.append(0)
        self._connections.append(connection)
        try:
            await self._greet(connection)
            self._usable.set()
            await self._listen(connection)
        finally:
            self._connections.remove(connection)
            self._note()
        return socket

    async def carry(self, envelope: Envelope, attempt: int, reason: str) -> Any:
        """Send it over one of the connections, and wait until it is acknowledged over any."""
        envelope_id = str(uuid.uuid4())
        answered = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._ack_seconds):
                await self._send(envelope_id, envelope, attempt, reason)
                return await answered
        except TimeoutError:
            raise Undelivered("timeout") from None
        except ConnectionError:  # it broke just now
            raise Undelivered("connection_failed") from None
        finally:
            del self._waiting[envelope_id]

    async def warn(self) -> None:
        """Tell every connection that it will be closed in some ten seconds."""
        for connection in list(self._connections):
            await connection.disconnect("warning")

    async def refresh(self) -> None:
        """Ask every connection to make place for a new one, as Slack does now and then."""
        for connection in list(self._connections):
            await connection.disconnect("refresh_requested")
        self._note()

    async def drop(self) -> None:
        """Lose every connection, as a network does."""
        for connection in list(self._connections):
            connection.leaving = True
            await connection.socket.close(code=1001)
        self._note()

    async def _greet(self, connection: _Connection) -> None:
        debug = {"host": "applink-emulator", "build_number": 1, "approximate_connection_time": 18_060}
        await connection.send(
            {
                "type": "hello",
                "num_connections": self.count,
                "debug_info": debug,
                "connection_info": {"app_id": self._app_id},
            }
        )

    async def _listen(self, connection: _Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING:
                self.pings += 1
                if not self.deaf:
                    await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(json.loads(message.data))

    def _acknowledge(self, answer: Mapping[str, Any]) -> None:
        envelope_id = str(answer.get("envelope_id"))
        waiting = self._waiting.get(envelope_id)
        if waiting is None or waiting.done():
            self.late.append(envelope_id)
        else:
            waiting.set_result(answer.get("payload"))

    async def _send(self, envelope_id: str, envelope: Envelope, attempt: int, reason: str) -> None:
        frame: dict[str, Any] = {
            "envelope_id": envelope_id,
            "payload": envelope.payload,
            "type": envelope.kind,
            "accepts_response_payload": not envelope.is_event,
        }
        if envelope.is_event:
            frame |= {"retry_attempt": attempt, "retry_reason": reason}
        while True:
            await self._usable.wait()
            usable = [connection for connection in self._connections if connection.usable]
            if usable:
                break
            self._usable.clear()
        connection = usable[self._turn % len(usable)]
        self._turn += 1
        self.delivered[connection.number] += 1
        self.attempts.append((envelope, attempt, reason))
        await connection.send(frame)

    def _note(self) -> None:
        if not self.count:
            self._usable.clear()

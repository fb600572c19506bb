"""The server on loopback: https://docs.slack.dev/apis/web-api, and everything else that Slack answers."""

import asyncio
import html
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import CookieJar, web
from yarl import URL

from adapters.emulators.slack.calls import Call, Exchange, Method, read
from adapters.emulators.slack.chat import Chat
from adapters.emulators.slack.conversations import Conversations
from adapters.emulators.slack.delivery import Delivery
from adapters.emulators.slack.events import Events
from adapters.emulators.slack.files import Files
from adapters.emulators.slack.hooks import Hooks
from adapters.emulators.slack.limits import RateLimits
from adapters.emulators.slack.oauth import OAuth
from adapters.emulators.slack.people import People
from adapters.emulators.slack.places import Clock, Organisation, Problem, User, Workspace
from adapters.emulators.slack.request_url import RequestUrl
from adapters.emulators.slack.socket_mode import SocketMode
from adapters.emulators.slack.streams import Streams
from adapters.emulators.slack.surfaces import Surfaces
from adapters.emulators.slack.world import App, Deadlines, World

__all__ = ["SlackServer"]

_WAIT_SECONDS = 10.0
_HOOK = "response_url"
"""How posts to a `response_url` are called among the calls."""


class SlackServer(People):
    """Slack, while the `async with` block lasts. What people do stands in the base class.

    Args:
        app: The app's settings.
        limits: Of calls.
        deadlines: How long things last.
    """

    url: str
    """Address of the Web API, with `/api/` at its end."""
    authorize_url: str
    """Of the page on which people consent to an installation."""

    def __init__(
        self,
        app: App | None = None,
        limits: RateLimits | None = None,
        deadlines: Deadlines = Deadlines(),
    ) -> None:
        self.app = app or App()
        world = World(self.app, deadlines, limits or RateLimits())
        self.socket_mode = SocketMode(self.app.id, deadlines.ack)
        delivery = Delivery(self.socket_mode, deadlines)
        events = Events(world, delivery)
        chat, surfaces = Chat(world, events), Surfaces(world)
        self._incoming = Hooks(world, chat)
        self.oauth = OAuth(world, events, self.socket_mode)
        self._files = Files(world, chat)
        super().__init__(world, events, delivery, surfaces, self._incoming)
        self._methods: dict[str, Method] = {
            **chat.methods,
            **Streams(world, events, chat).methods,
            **Conversations(world, events).methods,
            **surfaces.methods,
            **self._files.methods,
            **self.oauth.methods,
        }
        self.faults: deque[Problem] = deque()
        """Answers that the next calls that write messages get instead of their own."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Methods and arguments, in the order in which they came; `response_url` for posts to one."""
        self.exchanges: list[Exchange] = []
        """The same with answers."""
        server = web.Application(client_max_size=64 * 2**20)
        server.add_routes(self._routes())
        self._runner = web.AppRunner(server, shutdown_timeout=0.1, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self._session = aiohttp.ClientSession()
        self.url = f"http://{host}:{port}/api/"
        self.authorize_url = f"http://{host}:{port}/oauth/v2/authorize"
        self.hooks_url = f"http://{host}:{port}/hooks"
        self._files.url = f"http://{host}:{port}/upload/v1"
        self.socket_mode.url = f"ws://{host}:{port}/link"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.delivery.close()
        finally:
            await self.socket_mode.drop()
            await self._session.close()
            await self._runner.cleanup()

    @property
    def clock(self) -> Clock:
        """The emulator's time; waits for acknowledgements and before retries take real time."""
        return self.world.clock

    @property
    def limits(self) -> RateLimits:
        """Of calls."""
        return self.world.limits

    @limits.setter
    def limits(self, limits: RateLimits) -> None:
        self.world.limits = limits

    async def until(self, done: Callable[[], object], seconds: float = _WAIT_SECONDS) -> None:
        """Wait for something to come about.

        Raises:
            TimeoutError: it does not in this time.
        """
        async with asyncio.timeout(seconds):
            while not done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    # --- the app's place in workspaces ---

    def workspace(self, name: str, *people: str, installed: bool = True) -> Workspace:
        """A workspace with these people in it, and the app, of which `token` is the bot's."""
        made = Workspace(name)
        self.world.workspaces[made.id] = made
        for person in people:
            made.person(person)
        if installed:
            self.world.install(made)
        return made

    def organisation(self, name: str, *workspaces: Workspace) -> Organisation:
        """Workspaces become those of one enterprise."""
        return Organisation(name, list(workspaces))

    async def use_request_url(self, url: str) -> RequestUrl:
        """Enter an address of the app's, to which everything is posted from now on, in place of Socket Mode.

        Raises:
            AssertionError: the app does not answer Slack's challenge there.
        """
        made = RequestUrl(url, self.app.signing_secret, self._session, self.world.deadlines.ack)
        await made.verify(self.app.verification_token)
        self.delivery.carrier = made
        return made

    async def install(
        self, user: User, url: str, *, consents: bool = True, for_organisation: bool = False
    ) -> str:
        """Somebody follows the app's own link to its installation, and presses what there is to press.

        Returns:
            The page at which they arrive.
        """
        self.oauth.signed_in, self.oauth.consents = user, consents
        self.oauth.for_organisation = for_organisation
        # A browser that takes the app's cookies, which are meant for HTTPS, from a loopback address.
        jar = CookieJar(unsafe=True, treat_as_secure_origin=URL(url).origin())
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.get(url) as response:
                page = await response.text()
            button = re.search(f'href="({re.escape(self.authorize_url)}[^"]*)"', page)
            if button is None:  # the app led to the page of consent by itself
                return page
            async with browser.get(html.unescape(button[1])) as response:
                return await response.text()

    async def uninstall(self, workspace: Workspace) -> None:
        """Somebody removes the app from a workspace."""
        self.oauth.uninstall(workspace)

    # --- what is answered ---

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/link/", self.socket_mode.serve),
            web.get("/oauth/v2/authorize", self.oauth.authorize),
            web.get("/api/{method}", self._call),
            web.post("/api/{method}", self._call),
            web.post("/hooks/{hook}", self._respond_by_url),
            web.post("/upload/v1/{ticket}", self._files.receive),
        ]

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        sent: dict[str, Any] = {}
        try:
            call = await read(request, method)
            sent = call.arguments
            self.calls.append((method, sent))
            answer = {"ok": True, **await self._answered(call)}
        except Problem as problem:
            answer = _told(problem)
            self.exchanges.append(Exchange(method, sent, problem.status, answer))
            return _refused(problem, answer)
        self.exchanges.append(Exchange(method, sent, 200, answer))
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(self.app.scopes)})

    async def _answered(self, call: Call) -> dict[str, Any]:
        """Rights, rate limits and faults, the same for all methods."""
        handler = self._methods.get(call.method)
        if handler is None:
            raise Problem("unknown_method")
        if call.method == "oauth.v2.access":
            return await handler(call)
        holder = self.world.holder(call.credentials)
        if holder.organisation is not None:
            holder = replace(holder, workspace=self.world.meant(holder.organisation, call.arguments))
        call = Call(call.method, call.arguments, call.credentials, holder)
        if holder.workspace is not None:
            channel_id = call.text("channel")
            wait = self.limits.take(call.method, holder.workspace.id, channel_id, self.clock.now())
            if wait is not None:
                raise Problem("ratelimited", 429, retry_after=wait)
        fault = self._fault() if call.method.startswith("chat.") else None
        answer = await handler(call)
        if fault is not None:
            raise fault
        return answer

    def _fault(self) -> Problem | None:
        """The next scripted fault, where it lets the call do its work.

        Raises:
            Problem: the same, where it does not.
        """
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and not fault.applied:
            raise fault
        return fault

    async def _respond_by_url(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
        except json.JSONDecodeError:
            return web.Response(status=400, text="invalid_payload")
        self.calls.append((_HOOK, body))
        hook = request.match_info["hook"]
        try:
            fault = self._fault()
            self._incoming.use(hook, body)
            if fault is not None:
                raise fault
        except Problem as problem:
            answer = _told(problem)
            self.exchanges.append(Exchange(_HOOK, body, problem.status, answer, hook))
            return _refused(problem, answer)
        self.exchanges.append(Exchange(_HOOK, body, 200, {"ok": True}, hook))
        return web.json_response({"ok": True})


def _told(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = {"ok": False, "error": problem.error}
    if problem.messages:
        told["errors"] = problem.messages
        told["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in problem.messages]}
    return told


def _refused(problem: Problem, answer: dict[str, Any]) -> web.Response:
    """An error; those of the server itself come as a page, without a string that could be read."""
    if problem.status >= 500:
        return web.Response(status=problem.status, text="<h1>Server Error</h1>", content_type="text/html")
    headers = {"Retry-After": str(problem.retry_after or 1)} if problem.status == 429 else {}
    return web.json_response(answer, status=problem.status, headers=headers)

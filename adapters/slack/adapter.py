"""Matinee on Slack: what is heard becomes events, answers go into threads and through `response_url`s."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.delivery import PlatformRefused
from adapters.platform import Reception
from adapters.slack.blocks import stop_button
from adapters.slack.buttons import Buttons
from adapters.slack.calls import Calls, Seats
from adapters.slack.credentials import (
    OneSeat,
    SlackOptions,
    checked_app_token,
    seated,
    told_of_old_signature,
)
from adapters.slack.desk import Desk, Library
from adapters.slack.hearing import Hearing
from adapters.slack.hooks import HookPort
from adapters.slack.installations import Installations, InstallPages
from adapters.slack.messages import Dressing
from adapters.slack.places import PLATFORM, Place, say_privately
from adapters.slack.ports import AnswerPace, ThreadPort
from adapters.turns import Ending
from core.domain import PickedTitle
from core.errors import StoreFault
from core.memory.ports import Store
from core.memory.records import Claim, IncomingEvent

__all__ = ["EVENTS_PATH", "SlackPlatform"]

log = logging.getLogger("matinee.slack")

EVENTS_PATH = "/slack/events"
"""Where Slack posts everything to, without Socket Mode."""
# Answers of which it is known in which thread they come.
_MOST_ANSWERS = 10_000
_SECONDS = 10
_NOT_INSTALLED = "I'm not installed in this workspace any more; ask an administrator to add me again."
# Bolt warns of settings that are not ours, and quotes what it hears.
_BOLT = logging.getLogger("matinee.slack.bolt")
_BOLT.setLevel(logging.ERROR)


class SlackPlatform:
    """Implements `Platform`.

    Args:
        options: How it meets Slack.
        store: What is kept of users and workspaces.
        library: What is known of titles.
    """

    name = PLATFORM

    def __init__(self, options: SlackOptions, store: Store, library: Library) -> None:
        self._options = options
        self._store = store
        self._library = library
        self._desk: Desk | None = None
        self._reception: Reception | None = None
        self._app: AsyncApp | None = None
        self._pages = InstallPages(options, store)
        self._answers: OrderedDict[tuple[str, str, str], tuple[int, str]] = OrderedDict()

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Hear what people write, until cancelled.

        Raises:
            ConfigurationError: a token is refused.
        """
        options = self._options
        async with AsyncExitStack() as stack:
            timeout = aiohttp.ClientTimeout(total=_SECONDS)
            session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            calls, seats = await self._met(session, reception)
            if options.app_token:
                await checked_app_token(calls, options.app_token)
            desk = Desk(calls, reception, self._store, self._library)
            stack.push_async_callback(desk.close)
            self._desk, self._reception = desk, reception
            desk.beside(desk.anchors.run())
            app = self._bolt(calls, seats)
            Hearing(desk, self._stop, seats.removed).register(app)
            if options.app_token:
                handler = AsyncSocketModeHandler(app, options.app_token, logger=_BOLT)
                stack.push_async_callback(handler.close_async)
                await handler.connect_async()  # type: ignore[no-untyped-call]
            else:
                self._app = app
                stack.callback(setattr, self, "_app", None)
            connected()
            await asyncio.Event().wait()

    async def _met(self, session: aiohttp.ClientSession, reception: Reception) -> tuple[Calls, Seats]:
        """Calls to Slack, and the workspaces that they are made in."""
        options = self._options
        without_seats = Calls(session, OneSeat(), options.api_url)
        if options.bot_token is None:
            self._pages.installations = Installations(options, self._store, without_seats)
            return Calls(session, self._pages.installations, options.api_url), self._pages.installations
        seat = await seated(without_seats, options.bot_token)
        reception.we_are(seat.user)
        seats = OneSeat(seat)
        return Calls(session, seats, options.api_url), seats

    def _bolt(self, calls: Calls, seats: Seats) -> AsyncApp:
        async def authorize(context: Any, team_id: str | None, enterprise_id: str | None) -> Any:
            """By the workspace; where the app is in a whole organisation, by that."""
            places = (team_id, enterprise_id)
            seat = None
            for place in reversed(places) if context.is_enterprise_install else places:
                seat = seat or (await seats.seat(place) if place else None)
            if seat is None:
                return None
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=seat.team,
                bot_user_id=seat.user,
                bot_id=seat.bot,
                bot_token=seat.token,
            )

        secret = self._options.signing_secret or ""
        return AsyncApp(
            logger=_BOLT,
            client=calls.client(),
            authorize=authorize,
            signing_secret=secret,
            request_verification_enabled=not self._options.app_token,
            attaching_conversation_kwargs_enabled=False,
            user_facing_authorize_error_message=_NOT_INSTALLED,
        )

    # --- requests ---

    def routes(self) -> Sequence[web.RouteDef]:
        """What Slack posts to, unless through Socket Mode; with many workspaces, where people install it."""
        posted = [] if self._options.app_token else [web.post(EVENTS_PATH, self._request)]
        return [*posted, *(self._pages.routes() if self._options.client_id else ())]

    async def _request(self, request: web.Request) -> web.StreamResponse:
        if self._app is None:  # Slack delivers events again
            return web.Response(status=503, text="not connected yet\n")
        told_of_old_signature(self._options.signing_secret or "", request.headers, await request.text())
        return await to_aiohttp_response(await self._app.async_dispatch(await to_bolt_request(request)))

    # --- answers ---

    def way(self, claim: Claim) -> tuple[ThreadPort | HookPort, AnswerPace]:
        """Where the answer to an event goes, and when its calls may be made."""
        event, desk = claim.event, self._connected()
        place, handle = Place.of_stored(event), event.payload["handle"]
        line = desk.line(event.workspace)
        private = bool(handle["private"])
        elsewhere = place.port(line, private=private)
        port: ThreadPort | HookPort
        if place.thread and not private:
            thread = (event.workspace, event.channel, place.thread)
            self._note(thread, claim)
            port = ThreadPort(
                line,
                event.channel,
                place.thread,
                max(place.thread, place.message),
                (event.author_id, place.home),
                claim.shown.get("messages", ()),
                stop_button(claim.id),
                elsewhere,
                lambda: self._stop(*thread),
                desk.announcing(event.event_id),
            )
        elif elsewhere is not None:
            port = elsewhere
        else:
            raise PlatformRefused("there is no place for the answer")
        return port, AnswerPace(line, port)

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        """Nothing: there can be cards everywhere."""
        return ""

    async def dressing(self, claim: Claim, ending: Ending) -> Dressing:
        """Cards and buttons; *Stop* goes."""
        private = bool(claim.event.payload["handle"]["private"])
        try:
            return await Buttons(self._connected()).dressing(claim.event, ending, private=private)
        except StoreFault as fault:
            log.warning("an answer has no buttons", extra={"code": fault.code})
        return Dressing(ending.picks)

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        """Tell the asker alone."""
        await say_privately(self._connected().line(event.workspace), Place.of_stored(event), text)

    async def take_back(self, event: IncomingEvent) -> None:
        """Delete the message from which the answer was to hang."""
        anchor = event.payload["handle"]["anchor"]
        if anchor:
            line = self._connected().line(event.workspace)
            await line.call("chat.delete", channel=event.channel, ts=anchor)

    def _note(self, thread: tuple[str, str, str], claim: Claim) -> None:
        self._answers[thread] = (claim.id, claim.event.author_id)
        self._answers.move_to_end(thread)
        if len(self._answers) > _MOST_ANSWERS:
            self._answers.popitem(last=False)

    def _stop(self, team: str, channel: str, thread: str) -> None:
        """End the answer in a thread, whoever stopped it: it is stopped already."""
        claim_id, asker = self._answers.get((team, channel, thread), (0, ""))
        if self._reception is not None:
            self._reception.stop(claim_id, asker)

    def _connected(self) -> Desk:
        if self._desk is None:
            raise PlatformRefused("not connected")
        return self._desk

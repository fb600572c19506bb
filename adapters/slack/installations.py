"""One app in many workspaces: installing it by OAuth, and its tokens, which may have to be rotated. An
organisation that installs it in all its workspaces at once counts as one: it has one token, and one bot.

https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
https://docs.slack.dev/authentication/installing-with-oauth
https://docs.slack.dev/authentication/using-token-rotation
"""

import asyncio
import hmac
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web
from slack_sdk.oauth import AuthorizeUrlGenerator

from adapters.delivery import DeliveryFailed
from adapters.slack.calls import Calls, Seat, SlackRefused
from adapters.slack.credentials import SCOPES, SlackOptions
from adapters.slack.places import PLATFORM
from core.errors import ExpiredInteraction, ForgedInteraction, StoreFault
from core.memory.ports import Store
from core.memory.records import Installation, Owner, Subject

__all__ = ["INSTALL_PATH", "REDIRECT_PATH", "InstallPages", "Installations"]

log = logging.getLogger("matinee.slack")

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
# Another worker may have rotated a token, or heard of a removal: so old may be what is known of one.
_KNOWN_SECONDS = 30.0
# A token is rotated so long before it expires.
_AHEAD_SECONDS = 1_800.0
_STATE_SECONDS = 600
_COOKIE = "matinee-slack-install"
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}


class Installations:
    """Implements `Seats` for every workspace that the app was installed in.

    Args:
        options: With the app's id and secret.
        store: Where tokens are kept.
        calls: To Slack.
    """

    def __init__(self, options: SlackOptions, store: Store, calls: Calls) -> None:
        self._options = options
        self._store = store
        self._calls = calls
        self._known: dict[str, tuple[float, Installation | None]] = {}
        self._rotating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def seat(self, team: str) -> Seat | None:
        """The bot's place in a workspace, with a token that is good for a while."""
        found = await self._installation(team)
        if found is not None and found.expires_at and found.expires_at < time.time() + _AHEAD_SECONDS:
            found = await self._rotated(team)
        if found is None:
            return None
        return Seat(team, found.bot_user, found.bot_id, found.token)

    async def refused(self, team: str, token: str) -> None:
        """A token is good for nothing any more: unless there is a newer one, the workspace is forgotten."""
        self._known.pop(team, None)
        found = await self._installation(team)
        if found is not None and hmac.compare_digest(found.token, token):
            await self.removed(team)

    async def removed(self, team: str) -> None:
        """The app was removed from a workspace, or its tokens were revoked."""
        await self._store.drop_installation(PLATFORM, team)
        self._known.pop(team, None)
        log.info("removed from a workspace", extra={"workspace": team})

    async def added(self, told: Mapping[str, Any]) -> Installation:
        """Keep what Slack answers to a code, or to a token that is exchanged."""
        lasts = float(told.get("expires_in") or 0)
        everywhere = told.get("is_enterprise_install") or not told.get("team")
        made = Installation(
            PLATFORM,
            str(told["enterprise" if everywhere else "team"]["id"]),
            str(told["bot_user_id"]),
            "",
            str(told["access_token"]),
            str(told.get("refresh_token") or ""),
            time.time() + lasts if lasts else 0.0,
        )
        about = await self._calls.called(made.token, "auth.test", {})
        made = replace(made, bot_id=str(about.data.get("bot_id", "")))
        await self._store.keep_installation(made)
        self._known[made.workspace] = (time.monotonic(), made)
        return made

    async def exchanged(self, **arguments: str) -> Mapping[str, Any]:
        """Ask for a token: https://docs.slack.dev/reference/methods/oauth.v2.access

        Raises:
            DeliveryFailed: it is refused, or Slack cannot be asked.
        """
        secrets = {"client_id": self._options.client_id, "client_secret": self._options.client_secret}
        told = await self._calls.called("", "oauth.v2.access", {**secrets, **arguments}, as_form=True)
        return told.data

    async def _installation(self, team: str) -> Installation | None:
        at, found = self._known.get(team, (float("-inf"), None))
        if time.monotonic() - at > _KNOWN_SECONDS:
            found = await self._store.installation(PLATFORM, team)
            self._known[team] = (time.monotonic(), found)
        return found

    async def _rotated(self, team: str) -> Installation | None:
        """The installation with a fresh token. A token to exchange works once: where another worker was
        faster, its result is in the store.
        """
        async with self._rotating.setdefault(team, asyncio.Lock()):
            self._known.pop(team, None)
            found = await self._installation(team)
            if found is None or found.expires_at > time.time() + _AHEAD_SECONDS:
                return found
            try:
                told = await self.exchanged(grant_type="refresh_token", refresh_token=found.refresh_token)
                return await self.added(told)
            except SlackRefused as error:
                self._known.pop(team, None)
                newer = await self._installation(team)
                if newer is not None and newer.token == found.token:
                    log.warning("a token cannot be rotated", extra={"workspace": team, "reason": error.error})
                return newer
            except DeliveryFailed:  # the old one is good for a while
                return found


class InstallPages:
    """The two pages by which somebody installs the app.

    Args:
        options: With the app's id.
        store: Keeps what begins and ends an installation apart from a forged one.
    """

    def __init__(self, options: SlackOptions, store: Store) -> None:
        self._options = options
        self._store = store
        self.installations: Installations | None = None
        """None while the platform does not run."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Where they are."""
        return [web.get(INSTALL_PATH, self._begin), web.get(REDIRECT_PATH, self._end)]

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        """Lead to Slack's page of consent."""
        try:
            owner = Owner(Subject.EVERYONE, PLATFORM, "installing")
            state = await self._store.keep_state(owner, {"installing": True}, _STATE_SECONDS)
        except StoreFault:
            return _page(503, "I can't reach my memory right now; try again in a minute.")
        url = AuthorizeUrlGenerator(
            client_id=self._options.client_id,
            scopes=list(SCOPES),
            authorization_url=self._options.authorize_url,
        ).generate(state)
        answer = web.HTTPFound(url)
        answer.set_cookie(
            _COOKIE, state, max_age=_STATE_SECONDS, httponly=True, secure=True, samesite="Lax", path="/slack"
        )
        raise answer

    async def _end(self, request: web.Request) -> web.StreamResponse:
        """Somebody comes back from there."""
        if self.installations is None:
            return _page(503, "I'm not connected yet; try again in a minute.")
        if not await self._began_here(request):
            return _page(400, f"This did not begin here, or long ago. Begin again at {INSTALL_PATH}.")
        if "code" not in request.query:
            return _page(200, "Nothing was installed, as you wished.")
        try:
            told = await self.installations.exchanged(code=request.query["code"])
            made = await self.installations.added(told)
        except SlackRefused as error:
            log.warning("an installation was refused", extra={"reason": error.error})
            return _page(400, f"Slack refused that ({error.error}). Begin again at {INSTALL_PATH}.")
        except (DeliveryFailed, StoreFault):
            return _page(503, "That didn't work right now; try again in a minute.")
        log.info("installed in a workspace", extra={"workspace": made.workspace})
        return _page(200, "Matinee is installed. Mention it in a channel, write to it, or use /recommend.")

    async def _began_here(self, request: web.Request) -> bool:
        """Whether the same browser began an installation a short while ago."""
        state, kept = request.query.get("state", ""), request.cookies.get(_COOKIE, "")
        if not state or not hmac.compare_digest(state.encode(), kept.encode()):
            return False
        try:
            return "installing" in await self._store.state(state)
        except (StoreFault, ForgedInteraction, ExpiredInteraction):
            return False


def _page(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers=_HEADERS)

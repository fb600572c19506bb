"""Installing and removing the app, and who holds a token.

https://docs.slack.dev/authentication/installing-with-oauth
https://docs.slack.dev/authentication/using-token-rotation
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiohttp import web
from yarl import URL

from adapters.emulators.slack.calls import Call, Method
from adapters.emulators.slack.events import Events
from adapters.emulators.slack.places import Problem, User, Workspace
from adapters.emulators.slack.socket_mode import SocketMode
from adapters.emulators.slack.world import Token, World

__all__ = ["OAuth"]


@dataclass(frozen=True, slots=True)
class _Grant:
    """What stands behind a code."""

    installer: User
    redirect_uri: str
    at: float
    for_organisation: bool


class OAuth:
    """auth.*, apps.*, oauth.v2.access, and the page on which people consent.

    Args:
        world: Where.
        events: Told of revoked tokens.
        socket_mode: Whose addresses are given out.
    """

    def __init__(self, world: World, events: Events, socket_mode: SocketMode) -> None:
        self._world, self._events, self._socket_mode = world, events, socket_mode
        self._grants: dict[str, _Grant] = {}
        self.signed_in: User | None = None
        """Who is signed in to Slack in the browser that comes to the page."""
        self.consents = True
        """Whether they allow the installation."""
        self.for_organisation = False
        """Whether they install it in all workspaces of their organisation:
        https://docs.slack.dev/enterprise/developing-for-enterprise-orgs"""
        self.redirect_uri = ""
        """The one of the app's settings, for requests that name none."""
        self.methods: Mapping[str, Method] = MappingProxyType(
            {
                "auth.test": self._test,
                "auth.revoke": self._revoke,
                "apps.connections.open": self._open_connection,
                "apps.uninstall": self._uninstall,
                "oauth.v2.access": self._access,
            }
        )

    async def authorize(self, request: web.Request) -> web.Response:
        """The page: it leads back to the app with a code, or with an error, and with the app's `state`."""
        asked = request.query
        if asked.get("client_id") != self._world.app.client_id:
            return web.Response(status=400, text="invalid_client_id")
        if not asked.get("scope"):
            return web.Response(status=400, text="no_scopes")
        if self.signed_in is None:
            return web.Response(status=401, text="Sign in to your workspace")
        told = {"state": asked.get("state", "")}
        if self.consents:
            code = secrets.token_urlsafe(24)
            redirect_uri, now = asked.get("redirect_uri", ""), self._world.clock.now()
            grant = _Grant(self.signed_in, redirect_uri, now, self.for_organisation)
            self._grants[code] = grant
            told["code"] = code
        else:
            told["error"] = "access_denied"
        back = asked.get("redirect_uri") or self.redirect_uri
        raise web.HTTPFound(URL(back).update_query(told))

    def uninstall(self, workspace: Workspace) -> None:
        """Remove the app from a workspace; its token belongs to nobody then."""
        self._world.refuse(workspace, "account_inactive")
        self._events.tokens_revoked(workspace)
        self._events.uninstalled(workspace)
        organisation = workspace.installed_by
        for other in organisation.workspaces if organisation is not None else [workspace]:
            other.installed = False
        if organisation is not None:
            organisation.installed = False

    async def _test(self, call: Call) -> dict[str, Any]:
        workspace, token = call.workspace, call.token
        told = {
            "url": f"https://{workspace.domain}.slack.com/",
            "team": workspace.name,
            "user": workspace.bot.name.lower(),
            "team_id": workspace.id,
            "user_id": workspace.bot.id,
            "bot_id": workspace.bot.bot_id,
            "is_enterprise_install": False,
        }
        if token is not None and token.organisation is not None:
            organisation = token.organisation
            told |= {"team": organisation.name, "team_id": organisation.id}
            told |= {"enterprise_id": organisation.id, "is_enterprise_install": True}
        if token is not None and token.expires is not None:
            told["expires_in"] = int(token.expires - self._world.clock.now())
        return told

    async def _revoke(self, call: Call) -> dict[str, Any]:
        workspace = call.workspace
        if call.flag("test"):
            return {"revoked": False}
        self._world.refuse(workspace, "token_revoked")
        self._events.tokens_revoked(workspace)
        return {"revoked": True}

    async def _open_connection(self, call: Call) -> dict[str, Any]:
        if call.token is None or call.token.workspace is not None:
            raise Problem("not_allowed_token_type")
        return {"url": self._socket_mode.ticket()}

    async def _uninstall(self, call: Call) -> dict[str, Any]:
        self._check_client(call.needed("client_id"), call.needed("client_secret"))
        self.uninstall(call.workspace)
        return {}

    async def _access(self, call: Call) -> dict[str, Any]:
        """A token for a code, or for a token that is to be rotated."""
        client_id, _, secret = call.credentials.partition(":")
        self._check_client(client_id or call.text("client_id"), secret or call.text("client_secret"))
        match call.text("grant_type") or "authorization_code":
            case "authorization_code":
                return self._for_code(call)
            case "refresh_token":
                return self._rotated(call.text("refresh_token"))
            case _:
                raise Problem("invalid_grant_type")

    def _for_code(self, call: Call) -> dict[str, Any]:
        grant = self._grants.pop(call.text("code"), None)
        if grant is None or self._world.clock.now() - grant.at > self._world.deadlines.code:
            raise Problem("invalid_code")
        if call.text("redirect_uri") not in ("", grant.redirect_uri):
            raise Problem("bad_redirect_uri")
        workspace = grant.installer.workspace
        organisation = workspace.organisation if grant.for_organisation else None
        token = self._world.install(workspace, organisation)
        return self._told(token, workspace) | {"authed_user": {"id": grant.installer.id}}

    def _rotated(self, refresh: str) -> dict[str, Any]:
        """The old token stays good until its time; what it was rotated with does not."""
        for old in list(self._world.tokens.values()):
            if refresh and old.refresh == refresh and not old.refused and old.workspace is not None:
                old.refresh = ""
                token = self._world.install(old.workspace, old.organisation)
                return self._told(token, old.workspace)
        raise Problem("invalid_refresh_token")

    def _told(self, token: Token, workspace: Workspace) -> dict[str, Any]:
        told: dict[str, Any] = {
            "access_token": token.value,
            "token_type": "bot",
            "scope": ",".join(self._world.app.scopes),
            "bot_user_id": workspace.bot.id,
            "app_id": self._world.app.id,
            "team": {"id": workspace.id, "name": workspace.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if token.organisation is not None:
            told |= {"team": None, "enterprise": token.organisation.brief(), "is_enterprise_install": True}
        if token.refresh:
            lasts = int(self._world.deadlines.rotated_token)
            told |= {"refresh_token": token.refresh, "expires_in": lasts}
        return told

    def _check_client(self, client_id: str, secret: str) -> None:
        if client_id != self._world.app.client_id:
            raise Problem("invalid_client_id")
        if secret != self._world.app.client_secret:
            raise Problem("bad_client_secret")

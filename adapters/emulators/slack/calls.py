"""A call of the Web API, in any of the forms that Slack takes: https://docs.slack.dev/apis/web-api"""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.emulators.slack.places import Problem, Workspace
from adapters.emulators.slack.world import Token

__all__ = ["Call", "Exchange", "Method", "read"]

# Arguments that are JSON, which comes as text in forms and query strings.
_JSON_ARGUMENTS = frozenset({"attachments", "blocks", "chunks", "files", "metadata", "prompts", "view"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer."""

    method: str
    sent: dict[str, Any]
    """Its arguments, without the token."""
    status: int
    """Of HTTP."""
    answer: dict[str, Any]
    hook: str = ""
    """The last part of the `response_url`, of posts to one."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who calls what."""

    method: str
    arguments: dict[str, Any]
    credentials: str = ""
    """The token; the client's id and secret, with a colon between, where they came as HTTP Basic."""
    token: Token | None = None

    @property
    def workspace(self) -> Workspace:
        """In which it is made.

        Raises:
            Problem: it is made with the app's own token.
        """
        if self.token is None or self.token.workspace is None:
            raise Problem("not_allowed_token_type")
        return self.token.workspace

    def text(self, name: str) -> str:
        """An argument that may be missing."""
        return str(self.arguments.get(name) or "")

    def needed(self, name: str) -> str:
        """An argument that may not.

        Raises:
            Problem: it is missing.
        """
        found = self.text(name)
        if not found:
            raise Problem("invalid_arguments", messages=[f"missing required field: {name}"])
        return found

    def flag(self, name: str) -> bool:
        """Whether something was asked for."""
        return str(self.arguments.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, otherwise: int) -> int:
        """A number that may be missing.

        Raises:
            Problem: it is none.
        """
        try:
            return int(self.text(name) or otherwise)
        except ValueError:
            raise Problem("invalid_arguments", messages=[f"must be an integer: {name}"]) from None


Method = Callable[[Call], Awaitable[dict[str, Any]]]


async def read(request: web.Request, method: str) -> Call:
    """A call as it came: JSON, a form, a query string, or several of them.

    Raises:
        Problem: the body is none of these.
    """
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        try:
            sent = json.loads(await request.text())
        except json.JSONDecodeError:
            raise Problem("invalid_json") from None
        if not isinstance(sent, dict):
            raise Problem("json_not_object")
        arguments |= sent
    elif request.method == "POST":
        arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in _JSON_ARGUMENTS & arguments.keys():
        arguments[name] = _decoded(name, arguments[name])
    token = str(arguments.pop("token", ""))
    return Call(method, arguments, _credentials(request.headers) or token)


def _decoded(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except json.JSONDecodeError:
        raise Problem("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from None


def _credentials(headers: Mapping[str, str]) -> str:
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        return base64.b64decode(value).decode()
    return value if scheme == "Bearer" else ""

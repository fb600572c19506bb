"""Tokens and secrets, looked at before anything is connected. What is wrong is named, with what mends it."""

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from slack_sdk.signature import SignatureVerifier

from adapters.slack.calls import SLACK_URL, Calls, Seat, SlackRefused
from core.errors import ConfigurationError

__all__ = ["SCOPES", "OneSeat", "SlackOptions", "checked_app_token", "seated", "told_of_old_signature"]

log = logging.getLogger("matinee.slack")

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "app_mentions:read": "answers to mentions",
        "assistant:write": "the agent's pane, and the line that tells what it is doing",
        "channels:history": "follow-ups without a mention in threads of public channels",
        "chat:write": "answers at all",
        "commands": "slash commands and shortcuts",
        "files:write": "/movies-export",
        "groups:history": "follow-ups without a mention in threads of private channels",
        "im:history": "answers to direct messages",
        "im:write": "private words, and answers to what is asked on the home tab",
        "mpim:history": "follow-ups without a mention in direct messages of several people",
        "users:read": "preferences of a whole workspace, which its administrators may set",
    }
)
"""What the bot asks for, and what each scope enables; as in slack-manifest.yaml."""
_NEEDED = "chat:write"
_PREFIXES = {"SLACK_BOT_TOKEN": ("xoxb-", "xoxe.xoxb-"), "SLACK_APP_TOKEN": ("xapp-",)}
_APP_SETTINGS = "https://api.slack.com/apps"
# https://docs.slack.dev/authentication/verifying-requests-from-slack
_OLD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """How the bot meets Slack."""

    bot_token: str | None = field(default=None, repr=False)
    """Of the one workspace; None where there are several."""
    app_token: str | None = field(default=None, repr=False)
    """For Socket Mode."""
    signing_secret: str | None = field(default=None, repr=False)
    """For requests, where there is no token for Socket Mode."""
    is_served: bool = False
    """Whether requests can reach this worker."""
    api_url: str = SLACK_URL
    client_id: str = ""
    """With the secret, the app can be installed in several workspaces."""
    client_secret: str = field(default="", repr=False)

    @property
    def authorize_url(self) -> str:
        """Of the page on which people consent to an installation."""
        return f"{self.api_url.removesuffix('api/')}oauth/v2/authorize"

    def __post_init__(self) -> None:
        tokens = {"SLACK_BOT_TOKEN": self.bot_token, "SLACK_APP_TOKEN": self.app_token}
        problems = [
            f"{name} must begin with {_PREFIXES[name][0]}; copy it again from {_APP_SETTINGS}"
            for name, token in tokens.items()
            if token and not token.startswith(_PREFIXES[name])
        ]
        if bool(self.client_id) is not bool(self.client_secret):
            problems.append("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together; set both, or none")
        if self.client_id and self.bot_token:
            problems.append(
                "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for many; unset one of the two"
            )
        if self.client_id and not self.is_served:
            problems.append("SLACK_CLIENT_ID needs PORT, where people install the app at /slack/install")
        if not (self.app_token or self.signing_secret):
            problems.append(
                f"{'SLACK_CLIENT_ID' if self.client_id else 'SLACK_BOT_TOKEN'} needs a way to hear: set "
                "SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET and PORT for requests over HTTP"
            )
        elif not (self.app_token or self.is_served):
            problems.append(
                "SLACK_SIGNING_SECRET needs PORT, where Slack's requests arrive; or set SLACK_APP_TOKEN"
            )
        if problems:
            raise ConfigurationError("\n".join(problems))


class OneSeat:
    """Implements `Seats` for the one workspace that a token belongs to.

    Args:
        seat: The bot's place there; None until it is known.
    """

    def __init__(self, seat: Seat | None = None) -> None:
        self._seat = seat
        self._told = False

    async def seat(self, team: str) -> Seat | None:
        """The one, also where people of another workspace share a channel with it."""
        return self._seat

    async def removed(self, team: str) -> None:
        """The app was removed."""
        await self.refused(team, "")

    async def refused(self, team: str, token: str) -> None:
        """The token was taken back, or the app removed."""
        if not self._told:
            self._told = True
            log.error(
                "SLACK_BOT_TOKEN is refused by now: the app was removed from the workspace, or the token was "
                "revoked; install it again at %s and set the new token",
                _APP_SETTINGS,
            )


async def seated(calls: Calls, token: str) -> Seat:
    """The bot's place, by its token; tells of scopes that are missing.

    Raises:
        ConfigurationError: the token is refused, or cannot even post.
        DeliveryFailed: Slack cannot be asked now.
    """
    try:
        told = await calls.called(token, "auth.test", {})
    except SlackRefused as error:
        raise ConfigurationError(
            f"SLACK_BOT_TOKEN is refused ({error.error}); install the app at {_APP_SETTINGS} (OAuth & "
            "Permissions) and set the Bot User OAuth Token that it shows"
        ) from None
    granted = {key.lower(): value for key, value in told.headers.items()}.get("x-oauth-scopes")
    if granted is not None:
        _tell_of_missing({scope.strip() for scope in granted.split(",")})
    return Seat(str(told.data["team_id"]), str(told.data["user_id"]), str(told.data.get("bot_id", "")), token)


def _tell_of_missing(granted: Collection[str]) -> None:
    if _NEEDED not in granted:
        raise ConfigurationError(
            f"SLACK_BOT_TOKEN lacks the scope {_NEEDED}, without which nothing can be answered; paste "
            f"slack-manifest.yaml at {_APP_SETTINGS} (App Manifest) and install the app again"
        )
    for scope in SCOPES:
        if scope not in granted:
            log.warning("the scope %s is missing; it would enable: %s", scope, SCOPES[scope])


async def checked_app_token(calls: Calls, token: str) -> None:
    """Make sure that Socket Mode will let us in: with a bad token, the library would try for ever.

    Raises:
        ConfigurationError: it will not.
        DeliveryFailed: Slack cannot be asked now.
    """
    try:
        await calls.called(token, "apps.connections.open", {})
    except SlackRefused as error:
        raise ConfigurationError(
            f"SLACK_APP_TOKEN is refused ({error.error}); make an app-level token with the scope "
            f"connections:write at {_APP_SETTINGS} (Basic Information), enable Socket Mode there, and set it"
        ) from None


def told_of_old_signature(secret: str, headers: Mapping[str, str], body: str) -> bool:
    """Whether a request is refused only because of its age, which is logged: one of the clocks is wrong."""
    sent, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) <= _OLD_SECONDS:
        return False
    if SignatureVerifier(secret).generate_signature(timestamp=sent, body=body) != signature:
        return False
    log.error(
        "Slack's requests are refused, since this machine's clock differs from theirs by %d s; set it right",
        round(time.time() - int(sent)),
    )
    return True

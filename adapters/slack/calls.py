"""Calls to Slack: each method counted against its rate, each of Slack's faults as one of ours.

https://docs.slack.dev/apis/web-api
"""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.delivery import MessageGone, OutcomeUnknown, PlatformBusy, PlatformRefused, StreamEnded
from adapters.pacing import Bucket
from core.errors import StoreFault

__all__ = [
    "SLACK_URL",
    "Calls",
    "Line",
    "NotHere",
    "Seat",
    "Seats",
    "SlackRefused",
    "SlackTold",
    "StoppedByUser",
]

log = logging.getLogger("matinee.slack")

SLACK_URL = "https://slack.com/api/"
# The least that is promised of each method in each workspace:
# https://docs.slack.dev/apis/web-api/rate-limits
_TIERS = {2: (20, 60.0), 3: (50, 60.0), 4: (100, 60.0)}
# Each method's tier stands on its page below https://docs.slack.dev/reference/methods; others have none that
# answers come near.
_TIER_OF = {
    "agents.sessions.rename": 3,
    "agents.sessions.setStatus": 3,
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.open": 3,
    "conversations.replies": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
}
# Of posts in one channel: https://docs.slack.dev/reference/methods/chat.postMessage#rate_limiting
_POST = "chat.postMessage"
_POSTS = (1, 1.0)
# Channels whose last post is remembered.
_MOST_CHANNELS = 10_000
_READS = frozenset({"conversations.history", "conversations.replies", "users.info"})
_SECONDS = 10
_BUSY = 429

# https://docs.slack.dev/reference/methods/chat.postMessage#errors and the other methods' pages.
_NOT_HERE = frozenset(
    "not_in_channel channel_not_found is_archived is_inactive restricted_action thread_not_found "
    "user_not_in_channel no_permission not_authorized".split()
)
_OURS_UNKNOWN = frozenset("internal_error fatal_error service_unavailable request_timeout".split())
_SPENT = frozenset("used_url expired_url invalid_url".split())
_TOKEN_REFUSED = frozenset(
    "invalid_auth not_authed account_inactive token_revoked token_expired org_login_required".split()
)


class SlackRefused(PlatformRefused):
    """Slack will not do it.

    Args:
        error: Its own word for why, such as `invalid_blocks`.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class NotHere(SlackRefused):
    """The bot cannot write there: it is not in the conversation, or the place is gone."""


class TokenRefused(SlackRefused):
    """The app was removed from the workspace, or its token taken back."""


class StreamsStill(SlackRefused):
    """A message that is streamed cannot be changed otherwise."""


class StoppedByUser(StreamEnded):
    """Somebody pressed stop."""


@dataclass(frozen=True, slots=True)
class SlackTold:
    """An answer of Slack's."""

    data: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seat:
    """The bot's place in a workspace."""

    team: str
    user: str
    """The bot's id as a user."""
    bot: str
    """The bot's id as a bot."""
    token: str = ""

    def __repr__(self) -> str:
        return f"Seat({self.team}, {self.user})"


class Seats(Protocol):
    """Knows the workspaces that the app is in."""

    async def seat(self, team: str) -> Seat | None:
        """The bot's place there; None where it has none.

        Raises:
            StoreFault: it cannot be asked.
        """
        ...

    async def refused(self, team: str, token: str) -> None:
        """A token of its there is good for nothing any more."""
        ...

    async def removed(self, team: str) -> None:
        """The app was removed from a workspace, or all its tokens there were revoked."""
        ...


class Line:
    """Calls in one workspace. What is refused for its rate waits for its turn; nothing is tried again here.

    Args:
        team: The workspace.
        calls: All calls.
    """

    def __init__(self, team: str, calls: "Calls") -> None:
        self.team = team
        self._calls = calls
        self._buckets: dict[str, Bucket] = {}
        self._posts: OrderedDict[str, Bucket] = OrderedDict()
        self.takes_carousels = True
        """Until one was refused."""
        self.streams = 0
        """How many are under way."""

    def bucket(self, method: str, channel: str = "") -> Bucket | None:
        """What a method's calls are counted in; None where they are not."""
        if method == _POST:
            found = self._posts.pop(channel, None) or Bucket(*_POSTS)
            self._posts[channel] = found
            if len(self._posts) > _MOST_CHANNELS:
                self._posts.popitem(last=False)
            return found
        tier = _TIER_OF.get(method)
        if tier is None:
            return None
        return self._buckets.setdefault(method, Bucket(*_TIERS[tier]))

    @property
    def appends(self) -> Bucket:
        """Of calls that add to streams."""
        return self._certain("chat.appendStream")

    @property
    def updates(self) -> Bucket:
        """Of calls that change messages."""
        return self._certain("chat.update")

    @property
    def may_stream(self) -> bool:
        """Whether a stream may begin, with a call left for its end as for those of the others."""
        starts, stops = self._certain("chat.startStream"), self._certain("chat.stopStream")
        return starts.room > 0 and stops.room > self.streams

    def _certain(self, method: str) -> Bucket:
        bucket = self.bucket(method)
        assert bucket is not None
        return bucket

    async def call(self, method: str, **arguments: Any) -> SlackTold:
        """Call a method.

        Raises:
            DeliveryFailed: one of its kinds.
        """
        bucket = self.bucket(method, str(arguments.get("channel", "")))
        if bucket is None:
            return await self._calls.made(self.team, method, arguments)
        async with bucket.urgent():
            try:
                return await self._calls.made(self.team, method, arguments)
            except PlatformBusy as busy:
                bucket.block(busy.retry_after_seconds)
                raise

    async def quietly(self, method: str, **arguments: Any) -> SlackTold | None:
        """The same for an ornament: where it is refused, that is only noted."""
        try:
            return await self.call(method, **arguments)
        except (PlatformBusy, OutcomeUnknown, PlatformRefused, MessageGone) as error:
            reason = error.error if isinstance(error, SlackRefused) else type(error).__name__
            log.info("an ornament is missing", extra={"method": method, "reason": reason})
            return None

    async def upload(self, channel: str, name: str, content: str, title: str) -> None:
        """Send a file: https://docs.slack.dev/messaging/working-with-files#uploading_files

        Raises:
            DeliveryFailed: one of its kinds.
        """
        await self._calls.uploaded(self.team, channel=channel, filename=name, content=content, title=title)

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to a `response_url`, which needs no token.

        Raises:
            DeliveryFailed: one of its kinds.
        """
        await self._calls.responded(url, body)


class Calls:
    """All calls to Slack.

    Args:
        session: Makes them.
        seats: Where the tokens are.
        url: Of the Web API.
    """

    def __init__(self, session: aiohttp.ClientSession, seats: Seats, url: str = SLACK_URL) -> None:
        self._session = session
        self._seats = seats
        self._url = url
        self._lines: dict[str, Line] = {}

    def client(self, token: str = "") -> AsyncWebClient:
        """A client that tries nothing twice."""
        return AsyncWebClient(
            token or None, self._url, timeout=_SECONDS, session=self._session, retry_handlers=[]
        )

    def line(self, team: str) -> Line:
        """Calls in a workspace."""
        if team not in self._lines:
            self._lines[team] = Line(team, self)
        return self._lines[team]

    async def made(self, team: str, method: str, arguments: Mapping[str, Any]) -> SlackTold:
        """Call a method in a workspace.

        Raises:
            DeliveryFailed: one of its kinds.
        """
        seat = await self._seated(team)
        try:
            return await self.called(seat.token, method, arguments)
        except TokenRefused:
            with suppress(StoreFault):
                await self._seats.refused(team, seat.token)
            raise

    async def uploaded(self, team: str, **file: str) -> None:
        """Send a file in a workspace.

        Raises:
            DeliveryFailed: one of its kinds.
        """
        seat = await self._seated(team)
        with faults_mapped("files.getUploadURLExternal"):
            await self.client(seat.token).files_upload_v2(**file)  # type: ignore[arg-type]

    async def _seated(self, team: str) -> Seat:
        try:
            seat = await self._seats.seat(team)
        except StoreFault as fault:
            raise OutcomeUnknown(fault.code) from fault
        if seat is None:
            raise TokenRefused("not_installed")
        return seat

    async def called(
        self, token: str, method: str, arguments: Mapping[str, Any], *, as_form: bool = False
    ) -> SlackTold:
        """Call a method with a token.

        Raises:
            DeliveryFailed: one of its kinds.
        """
        sent: dict[str, Any] = {"json": arguments}
        if method in _READS:
            sent = {"http_verb": "GET", "params": arguments}
        elif as_form:
            sent = {"data": arguments}
        with faults_mapped(method):
            answer = await self.client(token).api_call(method, **sent)
            return SlackTold(answer.data if isinstance(answer.data, dict) else {}, answer.headers)

    async def responded(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to a `response_url`.

        Raises:
            DeliveryFailed: one of its kinds.
        """
        with faults_mapped("response_url"):
            hook = AsyncWebhookClient(url, timeout=_SECONDS, session=self._session, retry_handlers=[])
            answer = await hook.send_dict(dict(body))
        if answer.status_code == _BUSY:
            raise PlatformBusy(_retry_after(answer.headers))
        if answer.status_code >= 500:
            raise OutcomeUnknown(f"HTTP {answer.status_code}")
        if answer.status_code != 200:
            spent = next((word for word in _SPENT if word in answer.body), f"HTTP {answer.status_code}")
            raise SlackRefused(spent)


@contextmanager
def faults_mapped(method: str) -> Iterator[None]:
    """The SDK's faults become the delivery machine's.

    Raises:
        DeliveryFailed: one of its kinds.
    """
    try:
        yield
    except SlackApiError as error:
        raise _fault(method, error) from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
        raise OutcomeUnknown(type(error).__name__) from error


def _fault(method: str, error: SlackApiError) -> Exception:
    answer = error.response
    status = int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 200)
    data = getattr(answer, "data", None)
    told = data if isinstance(data, dict) else {}
    word = str(told.get("error", ""))
    if status == _BUSY or word == "ratelimited":
        return PlatformBusy(_retry_after(getattr(answer, "headers", {})))
    if status >= 500 or not word or word in _OURS_UNKNOWN:
        return OutcomeUnknown(word or f"HTTP {status}")
    if word == "missing_scope":
        log.warning("a scope is missing", extra={"method": method, "scope": told.get("needed", "")})
    match word:
        case "message_not_found":
            return MessageGone(word)
        case "stopped_by_user":
            return StoppedByUser(word)
        case "message_not_in_streaming_state":
            return StreamEnded(word)
        case "streaming_state_conflict":
            return StreamsStill(word)
        case _ if word in _TOKEN_REFUSED:
            return TokenRefused(word)
        case _ if word in _NOT_HERE:
            return NotHere(word)
        case _:
            return SlackRefused(word)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Whole seconds: https://docs.slack.dev/apis/web-api/rate-limits#overview"""
    text = headers.get("Retry-After") or headers.get("retry-after") or ""
    return float(text) if text.isdecimal() else 1.0

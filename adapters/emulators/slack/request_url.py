"""Requests to the app's own address: https://docs.slack.dev/apis/events-api/using-http-request-urls"""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from adapters.emulators.slack.delivery import Envelope, Undelivered

__all__ = ["RequestUrl"]

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


class RequestUrl:
    """The app's address, to which everything is posted.

    Args:
        url: The address.
        signing_secret: What requests are signed with.
        session: Makes them.
        ack_seconds: How long an answer may take.
    """

    def __init__(
        self, url: str, signing_secret: str, session: aiohttp.ClientSession, ack_seconds: float
    ) -> None:
        self.url = url
        self._secret = signing_secret
        self._session = session
        self._ack_seconds = ack_seconds
        self.attempts: list[tuple[Envelope, int, str]] = []
        """Envelopes as they went out, with the number and the reason of a retry."""
        self.signed_seconds_ago = 0
        """How old signatures pretend to be."""

    async def verify(self, verification_token: str) -> None:
        """Make sure that the app answers there, as Slack does when the address is entered.

        Raises:
            AssertionError: it does not repeat the challenge.
        """
        challenge = secrets.token_urlsafe(24)
        told = {"token": verification_token, "challenge": challenge, "type": "url_verification"}
        body = json.dumps(told)
        async with self._session.post(self.url, data=body, headers=self._headers(body, _JSON)) as response:
            answered = await response.text()
        assert response.status == 200, f"the challenge was answered with {response.status}"
        assert challenge in answered, "the challenge was not repeated"

    async def carry(self, envelope: Envelope, attempt: int, reason: str) -> Any:
        """Post it, signed."""
        body, kind = _body(envelope)
        headers = self._headers(body, kind)
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        self.attempts.append((envelope, attempt, reason))
        try:
            async with (
                asyncio.timeout(self._ack_seconds),
                self._session.post(self.url, data=body, headers=headers) as response,
            ):
                text = await response.text()
        except TimeoutError:
            raise Undelivered("http_timeout") from None
        except aiohttp.ClientError:
            raise Undelivered("connection_failed") from None
        if response.status >= 300:
            raise Undelivered("http_error", final=response.headers.get("X-Slack-No-Retry") == "1")
        if not text:
            return None
        return json.loads(text) if response.content_type == _JSON else {"text": text}

    def _headers(self, body: str, kind: str) -> dict[str, str]:
        """With a signature: https://docs.slack.dev/authentication/verifying-requests-from-slack"""
        moment = str(int(time.time()) - self.signed_seconds_ago)
        signed = hmac.new(self._secret.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256)
        return {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": f"v0={signed.hexdigest()}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }


def _body(envelope: Envelope) -> tuple[str, str]:
    """Events as JSON, commands as a form, actions as JSON in a form."""
    match envelope.kind:
        case "events_api":
            return json.dumps(envelope.payload), _JSON
        case "slash_commands":
            return urlencode(envelope.payload), _FORM
        case _:
            return urlencode({"payload": json.dumps(envelope.payload)}), _FORM

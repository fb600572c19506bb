"""Asking TMDB: the key, patience with what passes, errors. The key is in no error and in no log.

https://developer.themoviedb.org/reference/intro/getting-started
"""

import datetime
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from core.domain import MediaType, Title
from core.errors import SourceFault, SourceForbidden, SourceUnavailable
from core.ingestion.ports import Listing, Numbered, Span, Wanted
from core.providers.tmdb.pace import Pace
from core.providers.tmdb.parsing import APPENDED, listing_from, number_from, title_from

__all__ = ["API_URL", "TmdbSource", "opened_source"]

API_URL = "https://api.themoviedb.org/3"
TOTAL_SECONDS, CONNECT_SECONDS = 30.0, 10.0
# Half a second, doubled each time: a server that is away is asked for half a minute.
ATTEMPTS, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 7, 0.5, 30.0
# A server that sends away for longer is away; the next run goes on where this one stopped.
LONGEST_RETRY_AFTER_SECONDS = 120.0
# Texts are English, as the bot's answers are.
_LANGUAGE = "en-US"
# What TMDB calls an id that it does not hold, beside HTTP 404: https://developer.themoviedb.org/docs/errors
_INVALID_ID, _NOT_FOUND = 6, 34
_DATES = {MediaType.MOVIE: "primary_release_date", MediaType.TV: "first_air_date"}

_log = logging.getLogger("matinee.tmdb")
_random = random.SystemRandom()


@asynccontextmanager
async def opened_source(
    token: str | None,
    api_key: str | None,
    regions: Sequence[str],
    url: str = API_URL,
    pace: Pace | None = None,
    today: Callable[[], datetime.date] = datetime.date.today,
) -> AsyncIterator["TmdbSource"]:
    """TMDB, while the block lasts.

    Args:
        token: TMDB's "API Read Access Token"; sent as a bearer token.
        api_key: Its older "API Key", for where there is no token; TMDB takes it in the address alone.
        regions: Countries whose services are kept.
        url: Another server that speaks the same.
        pace: How fast to ask.
        today: The day that facts are of.
    """
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        keyed = {"api_key": api_key} if api_key and not token else {}
        secrets = tuple(secret for secret in (token, api_key) if secret)
        yield TmdbSource(session, url, keyed, secrets, regions, pace or Pace(), today)


class TmdbSource:
    """A `TitleSource`.

    Args:
        session: Carries the token, where there is one.
        url: Of the interface, with its version.
        keyed: Parameters that every request has.
        secrets: What must not be quoted.
        regions: Countries whose services are kept, by ISO code.
        pace: Holds requests back.
        today: The day that facts are of.
    """

    # https://developer.themoviedb.org/reference/discover-movie
    page_size = 20
    last_page = 500

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        keyed: Mapping[str, str],
        secrets: Sequence[str],
        regions: Sequence[str],
        pace: Pace,
        today: Callable[[], datetime.date],
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._keyed = keyed
        self._secrets = secrets
        self._regions = regions
        self._pace = pace
        self._today = today

    async def listed(self, media_type: MediaType, wanted: Wanted, page: int) -> Listing:
        parameters = {
            "language": _LANGUAGE,
            "sort_by": "vote_count.desc",
            "include_adult": "false",
            "page": str(page),
        }
        if media_type is MediaType.MOVIE:
            parameters["include_video"] = "false"
        if wanted.min_rating is not None:
            parameters["vote_average.gte"] = f"{wanted.min_rating:g}"
        if wanted.min_votes is not None:
            parameters["vote_count.gte"] = str(wanted.min_votes)
        if wanted.languages:
            parameters["with_original_language"] = "|".join(wanted.languages)
        if wanted.released is not None:
            parameters[f"{_DATES[media_type]}.gte"] = wanted.released.first.isoformat()
            parameters[f"{_DATES[media_type]}.lte"] = wanted.released.last.isoformat()
        return listing_from(await self._needed(f"/discover/{media_type}", parameters))

    async def title(self, title: Numbered) -> Title | None:
        parameters = {"language": _LANGUAGE, "append_to_response": APPENDED[title.media_type]}
        body = await self._asked(f"/{title.media_type}/{title.number}", parameters)
        return None if body is None else title_from(body, title.media_type, self._regions, self._today())

    async def changed(self, media_type: MediaType, span: Span, page: int) -> Listing:
        days = {"start_date": span.first.isoformat(), "end_date": span.last.isoformat()}
        return listing_from(await self._needed(f"/{media_type}/changes", {**days, "page": str(page)}))

    async def numbered(self, imdb_id: str) -> Numbered | None:
        body = await self._asked(f"/find/{imdb_id}", {"external_source": "imdb_id"})
        return None if body is None else number_from(body)

    async def _needed(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        body = await self._asked(path, parameters)
        if body is None:
            raise SourceFault(f"TMDB knows no {path}; check TMDB_API_URL")
        return body

    async def _asked(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The answer to a request, asked again as long as what went wrong may pass; None where TMDB says that
        there is none.
        """
        wait = FIRST_WAIT_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pace.slot():
                    return await self._answer(path, parameters)
            except SourceUnavailable as error:
                told = error.retry_after_seconds or 0.0
                if attempt == ATTEMPTS or told > LONGEST_RETRY_AFTER_SECONDS:
                    raise
                _log.debug("asked again", extra={"path": path, "attempt": attempt, "why": str(error)})
                self._pace.pause(told)  # all of them; this one waits as long as it would anyway, at least
            await self._pace.sleep(_random.uniform(wait / 2, wait))
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    async def _answer(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Ask once. Errors of the client are not chained: they may hold the address, and with it the key."""
        try:
            async with self._session.get(
                self._url + path, params={**parameters, **self._keyed}, allow_redirects=False
            ) as response:
                status, raw = response.status, await response.read()
                retry_after = response.headers.get("Retry-After")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise SourceUnavailable(f"TMDB cannot be reached ({type(error).__name__})") from None
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            body = None
        if status == 404 and isinstance(body, dict) and body.get("status_code") in (_INVALID_ID, _NOT_FOUND):
            return None
        if status != 200:
            raise self._refusal(status, path, body, retry_after)
        if not isinstance(body, dict):
            raise SourceUnavailable("TMDB answered something that is no JSON object")
        return body

    def _refusal(self, status: int, path: str, body: object, retry_after: str | None) -> SourceFault:
        told = f" ({reason})" if (reason := self._reason(body)) else ""
        if status == 401:
            return SourceForbidden(
                f"TMDB refuses the key{told}; check TMDB_TOKEN, or TMDB_API_KEY where there is no token"
            )
        if status == 403:
            return SourceForbidden(f"TMDB does not let this key in{told}; look at your account at TMDB")
        if status == 404:
            return SourceUnavailable(
                f"TMDB answers HTTP 404 to {path}, and not in its own words{told}; where that lasts, check "
                "TMDB_API_URL"
            )
        if status == 429 or status >= 500:
            unavailable = SourceUnavailable(f"TMDB answers HTTP {status}{told}")
            unavailable.retry_after_seconds = _seconds(retry_after)
            return unavailable
        return SourceFault(f"TMDB answers HTTP {status} to {path}{told}")

    def _reason(self, body: object) -> str:
        text = str(body.get("status_message") or "") if isinstance(body, dict) else ""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())[:200].rstrip(".")


def _seconds(retry_after: str | None) -> float | None:
    """TMDB sends whole seconds; a date is taken for nothing said."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None

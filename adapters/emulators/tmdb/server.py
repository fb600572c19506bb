"""The server on loopback."""

import datetime
import hashlib
import hmac
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from adapters.emulators.tmdb.world import Made, details, entry

__all__ = ["Answer", "Faults", "TmdbServer"]

Answer = int | str | tuple[int, str]
"""A status with TMDB's JSON, the text of a page of 200, or a status with such a text."""

# https://developer.themoviedb.org/reference/discover-movie and …/changes-movie-list
_PAGE, _CHANGES_PAGE, _LAST_PAGE, _MOST_DAYS, _MOST_APPENDED = 20, 100, 500, 14, 20
# https://developer.themoviedb.org/docs/errors
_INVALID_KEY = {"status_message": "Invalid API key: You must be granted a valid key.", "status_code": 7}
_NOT_FOUND = {"status_message": "The resource you requested could not be found.", "status_code": 34}
_TOO_MANY = {"status_message": "Your request count is over the allowed limit.", "status_code": 25}
_INVALID_PAGE = {
    "status_message": "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
    "status_code": 22,
}
_INTERNAL = {"status_message": "Internal error: Something went wrong, contact TMDb.", "status_code": 11}


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of requests that go wrong. What befalls a request depends on its path, its parameters and on how
    often it was made before, so that a run goes the same way whatever comes first.
    """

    too_many: float = 0.0
    """429 with `Retry-After: 1`."""
    broken: float = 0.0
    """500."""
    dropped: float = 0.0
    """The connection breaks amid the answer."""
    page: float = 0.0
    """200 with HTML."""


class TmdbServer:
    """TMDB, while the `async with` block lasts.

    Args:
        titles: What it knows.
        token: The bearer token that is let in; the same is let in as `api_key`.
        faults: What goes wrong by chance.
        limit: Requests in a second of `clock`; more are refused and counted.
        clock: Seconds.
    """

    url: str
    """Address of the interface, with its version, once entered."""

    def __init__(
        self,
        titles: Sequence[Made] = (),
        token: str = "token-of-tests",  # noqa: S107 it is no secret
        faults: Faults = Faults(),
        limit: int = 40,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.titles = {(title.kind, title.number): title for title in titles}
        self.removed: dict[tuple[str, int], datetime.date] = {}
        """What was known once, with the day on which it went."""
        self.token = token
        self.faults = faults
        self.limit = limit
        self._scripted: dict[str, deque[Answer]] = {}
        self.requests: list[str] = []
        """Paths, in the order in which they came."""
        self.queries: list[dict[str, str]] = []
        """Their parameters."""
        self.faulted = 0
        """How many went wrong by chance or by script."""
        self.over_the_limit = 0
        """How many came too fast."""
        self.most_in_a_second = 0
        self._clock = clock
        self._arrived: deque[float] = deque()
        self._times: Counter[str] = Counter()
        app = web.Application(middlewares=[self._gate])
        for kind in ("movie", "tv"):
            app.router.add_get(f"/3/discover/{{kind:{kind}}}", self._discover)
            app.router.add_get(f"/3/{{kind:{kind}}}/changes", self._changes)
            app.router.add_get(f"/3/{{kind:{kind}}}/{{number:\\d+}}", self._details)
        app.router.add_get("/3/find/{imdb_id}", self._find)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/3"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def script(self, path: str, *answers: Answer) -> None:
        """What the next requests of a path are answered with."""
        self._scripted.setdefault(path, deque()).extend(answers)

    def remove(self, kind: str, number: int, day: datetime.date) -> None:
        """Drop a title, as TMDB's editors do with duplicates."""
        del self.titles[kind, number]
        self.removed[kind, number] = day

    @property
    def served(self) -> int:
        """Requests that did not go wrong."""
        return len(self.requests) - self.faulted

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        path = request.path.removeprefix("/3")
        self.requests.append(path)
        self.queries.append(dict(request.query))
        now = self._clock()
        while self._arrived and self._arrived[0] <= now - 1.0:
            self._arrived.popleft()
        self._arrived.append(now)
        self.most_in_a_second = max(self.most_in_a_second, len(self._arrived))
        if len(self._arrived) > self.limit:
            self.over_the_limit += 1
            return web.json_response(_TOO_MANY, status=429, headers={"Retry-After": "1"})
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = given or request.query.get("api_key", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return web.json_response(_INVALID_KEY | {"success": False}, status=401)
        refusal = await self._fault(request, path)
        return refusal or await handler(request)

    async def _fault(self, request: web.Request, path: str) -> web.StreamResponse | None:
        if self._scripted.get(path):
            self.faulted += 1
            answer = self._scripted[path].popleft()
            if isinstance(answer, int):
                told = {"status_message": f"Refused with {self.token}."} if answer != 404 else _NOT_FOUND
                return web.json_response(told | {"success": False}, status=answer)
            status, text = answer if isinstance(answer, tuple) else (200, answer)
            return web.Response(text=text, status=status, content_type="text/html")
        what = f"{path}?{request.query_string}"
        self._times[what] += 1
        digest = hashlib.sha256(f"{what} {self._times[what]}".encode()).digest()
        chance = int.from_bytes(digest[:4]) / 2**32
        faults = self.faults
        shares = (faults.too_many, faults.broken, faults.dropped, faults.page)
        if chance >= sum(shares):
            return None
        self.faulted += 1
        if (chance := chance - faults.too_many) < 0:
            return web.json_response(_TOO_MANY, status=429, headers={"Retry-After": "1"})
        if (chance := chance - faults.broken) < 0:
            return web.json_response(_INTERNAL, status=500)
        if chance < faults.dropped:
            return await _broken_off(request)
        return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")

    async def _discover(self, request: web.Request) -> web.Response:
        query = request.query
        page = _page(query.get("page", "1"))
        if page is None:
            return web.json_response(_INVALID_PAGE | {"success": False}, status=400)
        kind = request.match_info["kind"]
        day = "primary_release_date" if kind == "movie" else "first_air_date"
        first, last = query.get(f"{day}.gte", ""), query.get(f"{day}.lte", "9999")
        languages = query.get("with_original_language", "").split("|")
        found = [
            title
            for title in self.titles.values()
            if title.kind == kind
            and title.average >= float(query.get("vote_average.gte", "0"))
            and title.votes >= int(query.get("vote_count.gte", "0"))
            and (languages == [""] or title.language in languages)
            and (f"{day}.gte" not in query or title.released is not None)
            and first <= (title.released.isoformat() if title.released else first) <= last
        ]
        found.sort(key=lambda title: (-title.votes, title.number))
        return web.json_response(_paged(found, page, _PAGE, entry))

    async def _details(self, request: web.Request) -> web.Response:
        title = self.titles.get((request.match_info["kind"], int(request.match_info["number"])))
        if title is None:
            return web.json_response(_NOT_FOUND | {"success": False}, status=404)
        appended = [name for name in request.query.get("append_to_response", "").split(",") if name]
        if len(appended) > _MOST_APPENDED:
            return web.json_response({"status_message": "Too many append to response objects"}, status=400)
        return web.json_response(details(title, appended))

    async def _changes(self, request: web.Request) -> web.Response:
        page = _page(request.query.get("page", "1"))
        first = datetime.date.fromisoformat(request.query["start_date"])
        last = datetime.date.fromisoformat(request.query["end_date"])
        if page is None or not 0 <= (last - first).days <= _MOST_DAYS:
            return web.json_response(_INVALID_PAGE | {"success": False}, status=400)
        kind = request.match_info["kind"]
        edited = {key: title.changed for key, title in self.titles.items()} | self.removed
        found = [
            {"id": number, "adult": False}
            for (of_kind, number), day in edited.items()
            if of_kind == kind and first <= day <= last
        ]
        return web.json_response(_paged(found, page, _CHANGES_PAGE, dict))

    async def _find(self, request: web.Request) -> web.Response:
        wanted = request.match_info["imdb_id"]
        body: dict[str, list[Any]] = {"movie_results": [], "tv_results": []}
        for title in self.titles.values():
            if title.imdb_id == wanted:
                body[f"{title.kind}_results"].append(entry(title))
        return web.json_response(body)


def _page(text: str) -> int | None:
    return int(text) if text.isdecimal() and 1 <= int(text) <= _LAST_PAGE else None


def _paged(items: Sequence[Any], page: int, size: int, shown: Callable[[Any], Any]) -> dict[str, Any]:
    return {
        "page": page,
        "results": [shown(item) for item in items[(page - 1) * size : page * size]],
        "total_pages": -(-len(items) // size),
        "total_results": len(items),
    }


async def _broken_off(request: web.Request) -> web.StreamResponse:
    """Half an answer, then the connection breaks."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = 1_000
    await response.prepare(request)
    await response.write(b'{"id": 1, "title": "Half a')
    if request.transport is not None:
        request.transport.abort()
    return response

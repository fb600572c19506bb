"""What goes wrong between us and a Qdrant server: as our errors, tried again where that may help, and left
alone for a while where it did not.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from core.breaker import Breaker
from core.errors import DiskFull, IndexFault, IndexForbidden, IndexUnavailable

__all__ = ["Patience", "fault_of"]

_Result = TypeVar("_Result")

_ATTEMPTS = 3
# The first pause, doubled with each further one; up to as much again is added by chance, so that workers
# that failed together do not come back together.
_PAUSE_SECONDS = 0.1
# Whoever waits for an answer is not left waiting longer; what is to take longer is said instead.
_LONGEST_PAUSE_SECONDS = 2.0
_REASON_CHARACTERS = 200
_TOO_MANY, _NO_ROOM = 429, 507
# What a full disk is called by the write-ahead log, by the system, and by Qdrant Cloud.
_FULL = re.compile(
    rb"no space left|not enough (free )?(disk )?space|disk (is )?full|exceeds available disk", re.IGNORECASE
)
_NEEDS_INDEX = re.compile(r"index required but not found", re.IGNORECASE)


class Patience:
    """How calls of one server are made: again where the fault may pass, and not at all for a while where it
    did not. Reads only, and writes that may be done twice.

    Args:
        sleep: Takes seconds.
        clock: Seconds, monotonic; the breaker's.
    """

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._breaker = Breaker(clock)

    async def guard(self, work: Callable[[], Awaitable[_Result]]) -> _Result:
        """Do it, unless the server is being left alone after failures.

        Raises:
            IndexUnavailable: it is, and says for how long; or it failed again.
            IndexFault: whatever the work raises.
        """
        if not self._breaker.allows():
            resting = IndexUnavailable(
                "the Qdrant server failed several times in a row and is left alone for "
                f"{self._breaker.rests_for:.0f} s; check it and QDRANT_ENDPOINT"
            )
            resting.retry_after_seconds = self._breaker.rests_for
            raise resting
        try:
            result = await work()
        except IndexUnavailable as fault:
            self._breaker.missed(fault.retry_after_seconds)
            raise
        except IndexFault:
            self._breaker.succeeded()  # it answered: that it is away is not the matter
            raise
        self._breaker.succeeded()
        return result

    async def ask(self, request: Callable[[], Awaitable[_Result]], *, though_slow: bool = False) -> _Result:
        """One request, up to three times.

        Args:
            request: Makes it.
            though_slow: Whether it is made again also after it got no answer in time, which takes long: not
                while someone waits for an answer.

        Raises:
            IndexFault: what the last try met, as `fault_of` says.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await request()
            except Exception as error:
                fault, passing = fault_of(error)
                pause = fault.retry_after_seconds or _pause_after(attempt)
                passing = passing and (though_slow or not _is_slow(error))
                if not passing or attempt == _ATTEMPTS or pause > _LONGEST_PAUSE_SECONDS:
                    raise fault from None
            await self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")


def _is_slow(error: Exception) -> bool:
    cause = error.source if isinstance(error, ResponseHandlingException) else error
    return isinstance(cause, httpx.TimeoutException)


def _pause_after(attempt: int) -> float:
    return _PAUSE_SECONDS * 2.0 ** (attempt - 1) * random.uniform(1, 2)  # noqa: S311


def fault_of(error: Exception) -> tuple[IndexFault, bool]:
    """Our error for one of the client or of its HTTP library, and whether the same request may succeed when
    it is made again. The key is in none of the messages.

    Raises:
        Exception: the same error, where it is of neither.
    """
    match error:
        case ResourceExhaustedResponse():
            return _busy(_TOO_MANY, error.retry_after_s), True
        case UnexpectedResponse():
            return _from_status(error)
        case ResponseHandlingException(source=httpx.TransportError() as cause):
            return _from_transport(cause), True
        case httpx.TransportError():
            return _from_transport(error), True
        case ResponseHandlingException() | httpx.HTTPError() | json.JSONDecodeError():
            source = error.source if isinstance(error, ResponseHandlingException) else error
            return _no_proper_answer(type(source).__name__), False
        case ApiException() | QdrantException():
            return IndexFault(f"the Qdrant client failed: {type(error).__name__}"), False
        case _:
            raise error


def _from_transport(cause: httpx.TransportError) -> IndexFault:
    text = str(cause)
    if isinstance(cause, httpx.TimeoutException):
        return IndexUnavailable(
            f"no answer from the Qdrant server in time ({type(cause).__name__}); check QDRANT_ENDPOINT, and "
            "whether the server is overloaded"
        )
    if "SSL" in text or "TLS" in text or "CERTIFICATE" in text:
        return IndexUnavailable(
            f"no proper answer from the Qdrant server ({type(cause).__name__}: its TLS does not fit); check "
            "whether QDRANT_ENDPOINT begins with https:// where the server speaks it, with http:// where not"
        )
    return _no_proper_answer(type(cause).__name__)


def _no_proper_answer(kind: str) -> IndexFault:
    return IndexUnavailable(f"no proper answer from the Qdrant server ({kind}); check QDRANT_ENDPOINT")


def _busy(status: int, retry_after_seconds: float | None) -> IndexFault:
    fault = IndexUnavailable(f"the Qdrant server has too many requests (HTTP {status}); try again")
    fault.retry_after_seconds = retry_after_seconds
    return fault


def _from_status(error: UnexpectedResponse) -> tuple[IndexFault, bool]:
    status = error.status_code or 0
    if status in (401, 403):
        return IndexForbidden(
            f"the Qdrant server refused the key (HTTP {status}); check QDRANT_API_KEY"
        ), False
    if status == _NO_ROOM or _FULL.search(error.content):
        return DiskFull(
            "the Qdrant server's disk is full; free some there, or enlarge the cluster that QDRANT_ENDPOINT "
            "names. What was stored before is untouched"
        ), False
    if status == _TOO_MANY:
        return _busy(status, _seconds(error.headers.get("retry-after"))), True
    if status >= 500:
        return IndexUnavailable(f"the Qdrant server answered HTTP {status}; try again"), True
    reason = _reason(error.content)
    if reason is None:  # Qdrant says in JSON what it does not like
        return IndexUnavailable(
            f"what answers at QDRANT_ENDPOINT is no Qdrant server (HTTP {status}); check its host and port"
        ), False
    if _NEEDS_INDEX.search(reason):
        reason += "; make the indexes by: python -m bot catalogue indexes --create"
    return IndexFault(f"the Qdrant server answered HTTP {status}: {reason}"), False


def _reason(content: bytes) -> str | None:
    """What Qdrant says of a refused request; None where it is not Qdrant that speaks."""
    try:
        told = json.loads(content)
    except ValueError:
        return None
    status = told.get("status") if isinstance(told, dict) else None
    if not isinstance(status, dict):
        return None
    return str(status.get("error", ""))[:_REASON_CHARACTERS]


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None

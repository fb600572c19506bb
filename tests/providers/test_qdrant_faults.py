"""What is tried again, what is not, and when a server is left alone."""

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import AsyncQdrantClient
from qdrant_client.common import client_exceptions
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http import exceptions
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from core.domain import MediaType
from core.errors import DiskFull, IndexFault, IndexForbidden, IndexUnavailable
from core.providers.qdrant.client import ClientIndex, server
from core.providers.qdrant.faults import Patience, fault_of
from tests.contracts.test_title_index import ANYTHING, COLLECTIONS, DIMENSIONS, STORED
from tests.qdrant_server import QdrantServer

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant:UserWarning"),
    pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection:UserWarning"),
]

KEY = "sk-right-4711"
ONE = dict.fromkeys(MediaType, "films")


class Time:
    """Pauses that take none, and a clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def patience(self) -> Patience:
        return Patience(self.sleep, lambda: self.now)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def standin() -> AsyncIterator[QdrantServer]:
    async with QdrantServer(KEY) as running:
        yield running


@pytest.fixture
async def index(standin: QdrantServer, time: Time) -> AsyncIterator[ClientIndex]:
    """An index with the titles of the contract suite, on one collection."""
    client = server(standin.url, KEY)
    filled = ClientIndex(client, ONE, patience=time.patience())
    await filled.ensure(DIMENSIONS)
    await filled.upsert(STORED)
    standin.requests.clear()
    yield filled
    await client.close()


class TestTriedAgain:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0], ids=str)
    async def test_a_passing_fault_is_not_noticed(
        self, standin: QdrantServer, index: ClientIndex, time: Time, status: int
    ) -> None:
        """Overload, a restart behind a proxy, a dropped connection: the same request is made again."""
        standin.fail_next(status)
        standin.fail_next(status)
        assert (await index.search(ANYTHING)).dense
        assert len(standin.requests) == 3
        assert 0.1 <= time.pauses[0] <= 0.2
        assert 0.2 <= time.pauses[1] <= 0.4

    async def test_the_pause_that_the_server_names_is_kept(
        self, standin: QdrantServer, index: ClientIndex, time: Time
    ) -> None:
        standin.fail_next(429, retry_after_seconds=1)
        assert await index.count() == len(STORED)
        assert time.pauses == [1.0]

    async def test_a_long_pause_is_said_instead_of_waited_for(
        self, standin: QdrantServer, index: ClientIndex, time: Time
    ) -> None:
        """Whoever asked hears when to come back, and the server is left alone until then."""
        standin.fail_next(429, retry_after_seconds=30)
        with pytest.raises(IndexUnavailable) as caught:
            await index.search(ANYTHING)
        assert caught.value.retry_after_seconds == 30
        assert time.pauses == []
        standin.requests.clear()
        with pytest.raises(IndexUnavailable, match="left alone"):
            await index.search(ANYTHING)
        assert standin.requests == []
        time.now += 31
        assert (await index.search(ANYTHING)).dense

    async def test_a_write_that_broke_off_is_done_again(
        self, standin: QdrantServer, index: ClientIndex
    ) -> None:
        """Storing the same titles twice leaves each of them once."""
        standin.hang_up_next()
        await index.upsert(STORED)
        assert await index.count() == len(STORED)

    async def test_a_collection_that_was_made_though_its_answer_was_lost_is_no_fault(
        self, standin: QdrantServer
    ) -> None:
        """Another worker, or our own first try, was quicker."""
        client = server(standin.url, KEY)
        try:
            one, other = ClientIndex(client, ONE), ClientIndex(client, ONE)
            await asyncio.gather(one.ensure(DIMENSIONS), other.ensure(DIMENSIONS))
            assert await one.count() == 0
        finally:
            await client.close()

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 507], ids=str)
    async def test_what_no_waiting_mends_is_asked_once(
        self, standin: QdrantServer, index: ClientIndex, time: Time, status: int
    ) -> None:
        standin.fail_from_now(status, '{"status": {"error": "no"}}')
        for _ in range(4):
            with pytest.raises(IndexFault):
                await index.count()
        assert len(standin.requests) == 4
        assert time.pauses == []

    async def test_a_search_without_an_answer_is_not_waited_for_again(
        self, standin: QdrantServer, time: Time
    ) -> None:
        """A server that accepts and then says nothing costs one timeout, and says which setting to check."""
        client = AsyncQdrantClient(url=standin.url, api_key=KEY, timeout=1, check_compatibility=False)
        try:
            standin.stall_next()
            with pytest.raises(IndexUnavailable, match=r"in time.*QDRANT_ENDPOINT"):
                await ClientIndex(client, ONE, patience=time.patience()).count()
            assert len(standin.requests) == 1
        finally:
            await client.close()


class TestLeftAlone:
    async def test_a_server_that_stays_away_is_not_asked_for_a_while(
        self, standin: QdrantServer, index: ClientIndex, time: Time
    ) -> None:
        """After three failures every answer fails at once, until one trial finds it well."""
        standin.fail_from_now(503)
        for _ in range(3):
            with pytest.raises(IndexUnavailable, match="503"):
                await index.search(ANYTHING)
        standin.requests.clear()
        with pytest.raises(IndexUnavailable, match="left alone for 30 s") as caught:
            await index.search(ANYTHING)
        assert caught.value.retry_after_seconds == pytest.approx(30)
        assert standin.requests == []
        standin.recover()
        time.now += 31
        assert (await index.search(ANYTHING)).dense
        assert (await index.search(ANYTHING)).dense

    async def test_two_collections_are_one_trial(self, standin: QdrantServer, time: Time) -> None:
        """The first search after the pause asks both, and is answered."""
        client = server(standin.url, KEY)
        try:
            index = ClientIndex(client, COLLECTIONS, patience=time.patience())
            await index.ensure(DIMENSIONS)
            await index.upsert(STORED)
            standin.fail_from_now(503)
            for _ in range(3):
                with pytest.raises(IndexUnavailable):
                    await index.search(ANYTHING)
            standin.recover()
            time.now += 31
            assert len((await index.search(ANYTHING)).dense) == len(STORED)
        finally:
            await client.close()

    async def test_an_answer_between_starts_the_count_anew(
        self, standin: QdrantServer, index: ClientIndex
    ) -> None:
        for _ in range(3):
            standin.fail_from_now(503)
            with pytest.raises(IndexUnavailable, match="503"):
                await index.count()
            standin.recover()
            assert await index.count() == len(STORED)


HTML = "<html><body>Welcome to nginx!</body></html>"


class TestWords:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "told"),
        [
            (401, "Invalid API key or JWT", IndexForbidden, "check QDRANT_API_KEY"),
            (403, '{"status": {"error": "Forbidden"}}', IndexForbidden, "check QDRANT_API_KEY"),
            (404, HTML, IndexUnavailable, "at QDRANT_ENDPOINT is no Qdrant server"),
            (405, "", IndexUnavailable, "at QDRANT_ENDPOINT is no Qdrant server"),
            (200, HTML, IndexUnavailable, "check QDRANT_ENDPOINT"),
            (302, HTML, IndexUnavailable, "at QDRANT_ENDPOINT is no Qdrant server"),
            (507, "", DiskFull, "free some there.*QDRANT_ENDPOINT"),
            (500, '{"status": {"error": "No space left on device"}}', DiskFull, "disk is full"),
            (
                500,
                '{"status": {"error": "WAL buffer size exceeds available disk space"}}',
                DiskFull,
                "disk is full",
            ),
            (400, '{"status": {"error": "Wrong input: expected dim: 384"}}', IndexFault, "expected dim: 384"),
        ],
        ids=[
            *(
                "wrong key",
                "key without the right",
                "another web server",
                "a proxy",
                "a page instead of JSON",
            ),
            *("a redirection", "no room", "no room, said by the system", "no room for the log", "refused"),
        ],
    )
    async def test_each_fault_names_the_variable_and_the_fix(
        self, standin: QdrantServer, index: ClientIndex, status: int, body: str, kind: type, told: str
    ) -> None:
        standin.fail_from_now(status, body)
        with pytest.raises(IndexFault, match=told) as caught:
            await index.upsert(STORED)
        assert type(caught.value) is kind
        assert KEY not in "".join(traceback.format_exception(caught.value))

    async def test_tls_where_none_is_spoken_is_said(self, standin: QdrantServer) -> None:
        client = server(standin.url.replace("http://", "https://"), KEY)
        try:
            index = ClientIndex(client, ONE, patience=Time().patience())
            with pytest.raises(IndexUnavailable, match="begins with https://") as caught:
                await index.count()
        finally:
            await client.close()
        assert KEY not in "".join(traceback.format_exception(caught.value))


def every_subclass(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(every_subclass(child) for child in kind.__subclasses__()))


def test_every_error_of_the_client_and_its_http_library_is_ours() -> None:
    """None of their classes passes through, whatever else they come to hold."""
    assert {exceptions.ApiException, client_exceptions.QdrantException} <= {ApiException, QdrantException}
    kinds = every_subclass(ApiException) | every_subclass(QdrantException) | every_subclass(httpx.HTTPError)
    assert len(kinds) > 15
    for kind in kinds:
        error = kind.__new__(kind)
        error.__dict__ |= {"status_code": 500, "content": b"", "headers": httpx.Headers(), "retry_after_s": 1}
        error.__dict__ |= {"source": ValueError("x"), "request": None, "response": None}
        assert isinstance(fault_of(error)[0], IndexFault), kind


def test_other_errors_are_left_as_they_are() -> None:
    with pytest.raises(ZeroDivisionError):
        fault_of(ZeroDivisionError())


@given(st.integers(300, 599), st.binary(max_size=300))
def test_whatever_a_server_says_becomes_a_fault_of_ours(status: int, content: bytes) -> None:
    fault, _ = fault_of(UnexpectedResponse(status, "", content, httpx.Headers()))
    assert isinstance(fault, IndexFault)
    assert len(str(fault)) < 400


def test_a_certificate_that_does_not_fit_is_told_from_a_server_that_is_away() -> None:
    wrong = httpx.ConnectError(str(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")))
    assert "https://" in str(fault_of(ResponseHandlingException(wrong))[0])
    assert "ConnectError" in str(fault_of(ResponseHandlingException(httpx.ConnectError("refused")))[0])

"""A stand-in for a Qdrant server on loopback: its REST calls over qdrant-client's own memory.

It knows the calls that `core.providers.qdrant.client` makes. https://api.qdrant.tech/api-reference
"""

import asyncio
import json
import warnings
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from pydantic_core import to_json
from qdrant_client import AsyncQdrantClient
from qdrant_client.http import models

__all__ = ["QdrantServer"]

_LARGEST_BODY_BYTES = 64 * 2**20
# Local mode says so once; that indexes do nothing here is what a stand-in is expected to do.
_NO_INDEXES = "Payload indexes have no effect in the local Qdrant"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Answer = Callable[[str, bytes], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Fault:
    status: int
    """HTTP status; 0 hangs up without an answer, -1 never answers."""
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class QdrantServer:
    """A Qdrant server that lives as long as the `async with` block.

    Args:
        required_api_key: What the `api-key` header must say; None asks for none.
        strict: Whether filters by fields without an index are refused, as clouds may.
    """

    url: str
    """Address to give to clients, once entered."""

    def __init__(self, required_api_key: str | None = None, *, strict: bool = False) -> None:
        self.required_api_key = required_api_key
        self.requests: list[str] = []
        """Method and path of every request so far, refused ones too."""
        self._ending = asyncio.Event()
        self._faults: deque[_Fault] = deque()
        self._lasting: tuple[_Fault, str] | None = None
        self.strict = strict
        self._indexes: dict[str, dict[str, models.PayloadSchemaType]] = {}
        self._local = AsyncQdrantClient(":memory:")
        app = web.Application(middlewares=[self._gate], client_max_size=_LARGEST_BODY_BYTES)
        collection = "/collections/{name}"
        for method, path, answer in (
            ("GET", "/collections", self._collections),
            ("GET", "/aliases", self._aliases),
            ("POST", "/collections/aliases", self._update_aliases),
            ("GET", f"{collection}/exists", self._exists),
            ("GET", collection, self._get),
            ("PUT", collection, self._create),
            ("DELETE", collection, self._drop),
            ("PUT", f"{collection}/index", self._index),
            ("PUT", f"{collection}/points", self._upsert),
            ("POST", f"{collection}/points", self._retrieve),
            ("POST", f"{collection}/points/delete", self._delete),
            ("POST", f"{collection}/points/scroll", self._scroll),
            ("POST", f"{collection}/points/count", self._count),
            ("POST", f"{collection}/points/query/batch", self._query_batch),
        ):
            app.router.add_route(method, path, _handler(answer))
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending.set()
        await self._runner.cleanup()
        await self._local.close()

    def fail_next(
        self, status: int, text: str | None = None, *, retry_after_seconds: int | None = None
    ) -> None:
        """Answer the next request with this status; several wait in line. `text` is the whole body."""
        headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
        body = json.dumps({"status": {"error": "scripted"}, "time": 0.0}) if text is None else text
        self._faults.append(_Fault(status, body, headers))

    def hang_up_next(self) -> None:
        """Drop the connection of the next request without a word."""
        self._faults.append(_Fault(0))

    def stall_next(self) -> None:
        """Never answer the next request."""
        self._faults.append(_Fault(-1))

    def fail_from_now(self, status: int, text: str = "", *, path_part: str = "") -> None:
        """Answer every request whose method and path hold `path_part` with this status, until `recover`."""
        self._lasting = (_Fault(status, text), path_part)

    def recover(self) -> None:
        """End what `fail_from_now` began."""
        self._lasting = None

    @web.middleware
    async def _gate(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        fault = self._faults.popleft() if self._faults else None
        if fault is None and self._lasting and self._lasting[1] in self.requests[-1]:
            fault = self._lasting[0]
        if fault is not None:
            if fault.status == -1:
                await self._ending.wait()
            if fault.status == 0 and request.transport is not None:
                request.transport.abort()
            return web.Response(status=fault.status or 500, text=fault.text, headers=fault.headers)
        # 401 in plain text for no key and for a wrong one; 403 is for keys that may only read.
        # https://github.com/qdrant/qdrant/blob/master/src/common/auth/mod.rs
        given = request.headers.get("api-key")
        if self.required_api_key is not None and given != self.required_api_key:
            wrong = "Invalid API key or JWT"
            missing = "Must provide an API key or an Authorization bearer token"
            return web.Response(status=401, text=wrong if given else missing)
        return await handler(request)

    async def _exists(self, name: str, _: bytes) -> object:
        return {"exists": await self._local.collection_exists(name)}

    async def _get(self, name: str, _: bytes) -> object:
        """The collection, with the payload indexes that local mode makes nothing of."""
        info = await self._local.get_collection(name)
        indexes = self._indexes.get(await self._resolved(name), {})
        schema = {key: models.PayloadIndexInfo(data_type=kind, points=0) for key, kind in indexes.items()}
        return info.model_copy(update={"payload_schema": schema})

    async def _collections(self, _: str, __: bytes) -> object:
        return await self._local.get_collections()

    async def _aliases(self, _: str, __: bytes) -> object:
        return await self._local.get_aliases()

    async def _update_aliases(self, _: str, body: bytes) -> object:
        wanted = models.ChangeAliasesOperation.model_validate_json(body)
        return await self._local.update_collection_aliases(wanted.actions)

    async def _require_indexes(self, name: str, body: bytes) -> None:
        """https://qdrant.tech/documentation/guides/administration/#disable-retrieving-via-non-indexed-payload"""
        indexed = self._indexes.get(await self._resolved(name), {})
        for key in _filtered_fields(json.loads(body)):
            if self.strict and key not in indexed:
                raise ValueError(f'Bad request: Index required but not found for "{key}" of one of the types')

    async def _resolved(self, name: str) -> str:
        """The collection that a name stands for."""
        aliases = (await self._local.get_aliases()).aliases
        return next((item.collection_name for item in aliases if item.alias_name == name), name)

    async def _create(self, name: str, body: bytes) -> object:
        wanted = models.CreateCollection.model_validate_json(body)
        if name in {item.alias_name for item in (await self._local.get_aliases()).aliases}:
            raise ValueError(f"Wrong input: Alias with name {name} already exists")
        return await self._local.create_collection(
            name, vectors_config=wanted.vectors, sparse_vectors_config=wanted.sparse_vectors
        )

    async def _index(self, name: str, body: bytes) -> object:
        wanted = models.CreateFieldIndex.model_validate_json(body)
        schema: Any = wanted.field_schema
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _NO_INDEXES)
            done = await self._local.create_payload_index(name, wanted.field_name, schema)
        self._indexes.setdefault(await self._resolved(name), {})[wanted.field_name] = schema
        return done

    async def _drop(self, name: str, _: bytes) -> object:
        self._indexes.pop(name, None)
        return await self._local.delete_collection(name)

    async def _upsert(self, name: str, body: bytes) -> object:
        return await self._local.upsert(name, models.PointsList.model_validate_json(body).points)

    async def _retrieve(self, name: str, body: bytes) -> object:
        wanted = models.PointRequest.model_validate_json(body)
        with_payload = True if wanted.with_payload is None else wanted.with_payload
        return await self._local.retrieve(name, wanted.ids, with_payload, wanted.with_vector or False)

    async def _delete(self, name: str, body: bytes) -> object:
        return await self._local.delete(name, models.PointIdsList.model_validate_json(body))

    async def _scroll(self, name: str, body: bytes) -> object:
        wanted = models.ScrollRequest.model_validate_json(body)
        points, following = await self._local.scroll(
            name,
            wanted.filter,
            limit=wanted.limit or 10,
            offset=wanted.offset,
            with_payload=True if wanted.with_payload is None else wanted.with_payload,
            with_vectors=wanted.with_vector or False,
        )
        return models.ScrollResult(points=points, next_page_offset=following)

    async def _count(self, name: str, body: bytes) -> object:
        await self._require_indexes(name, body)
        wanted = models.CountRequest.model_validate_json(body)
        return await self._local.count(name, wanted.filter, exact=wanted.exact is not False)

    async def _query_batch(self, name: str, body: bytes) -> object:
        await self._require_indexes(name, body)
        wanted = models.QueryRequestBatch.model_validate_json(body)
        return await self._local.query_batch_points(name, wanted.searches)


def _filtered_fields(part: object, *, inside: bool = False) -> set[str]:
    """The payload fields that the filters of a request read."""
    if isinstance(part, list):
        return set[str]().union(*(_filtered_fields(item, inside=inside) for item in part))
    if not isinstance(part, dict):
        return set()
    found = {part["key"]} if inside and isinstance(part.get("key"), str) else set()
    for key, value in part.items():
        found |= _filtered_fields(value, inside=inside or key == "filter")
    return found


def _handler(answer: _Answer) -> _Handler:
    """Wrap an answer in Qdrant's envelope; what the local client refuses becomes 404 or 400."""

    async def handle(request: web.Request) -> web.Response:
        try:
            result = await answer(request.match_info.get("name", ""), await request.read())
        except ValueError as error:
            envelope: dict[str, object] = {"status": {"error": str(error)}, "time": 0.0}
            status = 404 if str(error).endswith("not found") else 400
        else:
            envelope = {"result": result, "status": "ok", "time": 0.0}
            status = 200
        return web.Response(body=to_json(envelope), status=status, content_type="application/json")

    return handle

"""The structured answers of the real OpenAI and Anthropic clients, over loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.errors import ModelUnavailable
from core.ports import StructuredModel
from core.providers.anthropic_model import AnthropicModel
from core.providers.openai_model import OpenAIModel
from tests.llm_server import ModelServer

KEY = "sk-not-a-real-key"
SCHEMA = {"type": "object", "properties": {"mood": {"type": "string"}}, "required": ["mood"]}


@asynccontextmanager
async def model(vendor: str, server: ModelServer, seconds: float = 5.0) -> AsyncIterator[StructuredModel]:
    made = (
        OpenAIModel(KEY, "scripted", f"{server.url}/v1", seconds)
        if vendor == "openai"
        else AnthropicModel(KEY, "scripted", server.url, seconds)
    )
    try:
        yield made
    finally:
        await made.close()


VENDORS = pytest.mark.parametrize("vendor", ["openai", "anthropic"])


@VENDORS
async def test_an_answer_is_an_object(vendor: str) -> None:
    async with ModelServer({"mood": "warm"}) as server, model(vendor, server) as made:
        assert await made.structured("system", "user", SCHEMA) == {"mood": "warm"}
        (asked,) = server.requests
    assert asked["model"] == "scripted"
    assert "user" in str(asked["messages"])
    assert SCHEMA["required"] == ["mood"]
    assert '"required"' in str(asked).replace("'", '"')


@VENDORS
@pytest.mark.parametrize("fault", [400, 401, 403, 404, 429, 500, 503, 529, "html", "cut", "other"])
async def test_every_fault_is_one_error_without_the_key(vendor: str, fault: int | str) -> None:
    async with ModelServer({"mood": "warm"}, fault) as server, model(vendor, server) as made:
        with pytest.raises(ModelUnavailable) as caught:
            await made.structured("system", "user", SCHEMA)
        assert len(server.requests) == 1  # nothing is repeated
    assert KEY not in str(caught.value)


@VENDORS
async def test_an_answer_that_keeps_to_no_schema_is_refused(vendor: str) -> None:
    async with ModelServer("I would rather talk.") as server, model(vendor, server) as made:
        with pytest.raises(ModelUnavailable):
            await made.structured("system", "user", SCHEMA)


@VENDORS
async def test_a_model_that_is_too_slow_is_given_up(vendor: str) -> None:
    async with ModelServer({"mood": "warm"}, delay_seconds=5) as server, model(vendor, server, 0.1) as made:
        with pytest.raises(ModelUnavailable):
            await made.structured("system", "user", SCHEMA)


@VENDORS
async def test_a_server_that_is_away_is_an_error(vendor: str) -> None:
    server = ModelServer()
    server.url = "http://127.0.0.1:9"
    async with model(vendor, server) as made:
        with pytest.raises(ModelUnavailable):
            await made.structured("system", "user", SCHEMA)

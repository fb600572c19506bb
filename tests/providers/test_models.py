"""The real OpenAI and Anthropic clients, over loopback: what they write, and whatever goes wrong."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic.types.model import Model as AnthropicNames
from openai.types.shared.chat_model import ChatModel as OpenAINames

from adapters.emulators.llm import Fault, ModelServer, Script
from bot.settings import DEFAULT_MODELS
from core.errors import (
    AnswerCut,
    ContentRefused,
    ModelBusy,
    ModelFault,
    ModelForbidden,
    ModelMisconfigured,
    ModelNotFound,
    ModelQuotaExhausted,
    ModelTimeout,
    ModelUnavailable,
    PromptTooLong,
)
from core.events import Usage
from core.ports import ChatEnd, ChatPrompt, ChatStop, ChatText
from core.providers import anthropic_model, openai_model
from core.providers.anthropic_model import AnthropicModel
from core.providers.model_faults import ServerError, retry_after
from core.providers.openai_model import OpenAIModel

KEY = "sk-not-a-real-key"
SCHEMA = {"type": "object", "properties": {"mood": {"type": "string"}}, "required": ["mood"]}
PROMPT = ChatPrompt("be brief", "a wish")
TEXT = "Two quiet films, and a loud one."


@asynccontextmanager
async def model(
    vendor: str, server: ModelServer, seconds: float = 5.0, **options: Any
) -> AsyncIterator[OpenAIModel | AnthropicModel]:
    kind, path = (OpenAIModel, "/v1") if vendor == "openai" else (AnthropicModel, "")
    timings = {"connect_seconds": seconds, "total_seconds": seconds}
    made = kind(KEY, "scripted", f"{server.url}{path}", **{"max_tokens": 300, **timings, **options})
    try:
        yield made
    finally:
        await made.close()


VENDORS = pytest.mark.parametrize("vendor", ["openai", "anthropic"])


async def streamed(made: OpenAIModel | AnthropicModel) -> tuple[str, ChatEnd]:
    """Everything that a model writes, and its end."""
    text = ""
    ends: list[ChatEnd] = []
    async with aclosing(made.stream(PROMPT)) as events:
        async for event in events:
            if isinstance(event, ChatText):
                assert not ends
                text += event.text
            else:
                ends.append(event)
    (end,) = ends
    return text, end


# --- streams ---


@VENDORS
async def test_a_text_streams_and_its_tokens_are_counted(vendor: str) -> None:
    async with ModelServer(Script(TEXT)) as server, model(vendor, server) as made:
        text, end = await streamed(made)
        (asked,) = server.requests
    assert text == TEXT
    assert end.stop is ChatStop.DONE
    assert end.usage is not None
    assert end.usage.output_tokens == -(-len(TEXT) // 4)
    assert end.usage.input_tokens > 0
    assert asked["stream"] is True
    assert "temperature" not in asked
    assert json.dumps(asked).count("a wish") == 1
    assert made.name == f"{vendor}:scripted"


@VENDORS
async def test_temperature_and_length_are_sent_as_set(vendor: str) -> None:
    async with ModelServer(Script(TEXT)) as server, model(vendor, server, temperature=0.4) as made:
        await streamed(made)
    assert server.requests[0]["temperature"] == 0.4
    assert server.requests[0]["max_tokens"] == 300


@VENDORS
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.WRONG_KEY, ModelForbidden),
        (Fault.QUOTA, ModelQuotaExhausted),
        (Fault.UNKNOWN_MODEL, ModelNotFound),
        (Fault.CONTEXT_TOO_LONG, PromptTooLong),
        (Fault.BAD_REQUEST, ModelMisconfigured),
        (Fault.RATE_LIMIT, ModelBusy),
        (Fault.SERVER_ERROR, ModelUnavailable),
        (Fault.OVERLOADED, ModelBusy),
        (Fault.HTML, ModelFault),
        (Fault.OTHER, ModelFault),
    ],
)
async def test_a_refused_request_is_one_error_of_its_kind_without_the_key(
    vendor: str, fault: Fault, kind: type[ModelFault]
) -> None:
    async with ModelServer(Script(TEXT, fault)) as server, model(vendor, server) as made:
        with pytest.raises(kind) as caught:
            await streamed(made)
        assert len(server.requests) == 1  # nothing is repeated
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    if fault is Fault.RATE_LIMIT:
        assert caught.value.retry_after_seconds == 7


@VENDORS
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.ERROR_IN_STREAM, ModelUnavailable),
        (Fault.CUT, ModelUnavailable),
        (Fault.STALL, ModelTimeout),
        (Fault.NO_FINISH, AnswerCut),
    ],
)
async def test_what_came_before_a_fault_in_the_stream_has_been_given_out(
    vendor: str, fault: Fault, kind: type[ModelFault]
) -> None:
    seconds = 0.3 if fault is Fault.STALL else 5.0
    said: list[str] = []

    async def read(made: OpenAIModel | AnthropicModel) -> None:
        async with aclosing(made.stream(PROMPT)) as events:
            async for event in events:
                assert isinstance(event, ChatText)
                said.append(event.text)

    async with (
        ModelServer(Script(TEXT, fault, after=3, delta_seconds=0.01)) as server,
        model(vendor, server, seconds) as made,
    ):
        with pytest.raises(kind):
            await read(made)
    assert "".join(said) == (TEXT if fault is Fault.NO_FINISH else TEXT[:12])


@VENDORS
async def test_an_answer_without_a_count_of_tokens_has_none(vendor: str) -> None:
    async with ModelServer(Script(TEXT, Fault.NO_USAGE)) as server, model(vendor, server) as made:
        assert await streamed(made) == (TEXT, ChatEnd(ChatStop.DONE, None))


@VENDORS
@pytest.mark.parametrize(
    ("fault", "stop", "said"),
    [(Fault.LENGTH, ChatStop.LENGTH, TEXT), (Fault.REFUSED, ChatStop.REFUSED, TEXT[:8])],
)
async def test_a_stop_before_the_end_says_why(vendor: str, fault: Fault, stop: ChatStop, said: str) -> None:
    async with ModelServer(Script(TEXT, fault, after=2)) as server, model(vendor, server) as made:
        text, end = await streamed(made)
    assert (text, end.stop) == (said, stop)


@VENDORS
async def test_leaving_a_stream_early_ends_it(vendor: str) -> None:
    async with (
        ModelServer(Script(TEXT, Fault.STALL, after=1)) as server,
        model(vendor, server) as made,
        aclosing(made.stream(PROMPT)) as events,
    ):
        assert await anext(events) == ChatText(TEXT[:4])


@VENDORS
async def test_a_server_that_is_away_is_an_error(vendor: str) -> None:
    server = ModelServer()
    server.url = "http://127.0.0.1:9"
    async with model(vendor, server) as made:
        with pytest.raises(ModelUnavailable):
            await streamed(made)
        with pytest.raises(ModelUnavailable):
            await made.structured("system", "user", SCHEMA)


# --- structured answers ---


@VENDORS
async def test_an_answer_is_an_object(vendor: str) -> None:
    async with ModelServer(Script({"mood": "warm"})) as server, model(vendor, server) as made:
        assert await made.structured("system", "user", SCHEMA) == {"mood": "warm"}
        (asked,) = server.requests
    assert asked["model"] == "scripted"
    assert "user" in str(asked["messages"])
    assert '"required"' in str(asked).replace("'", '"')


@VENDORS
@pytest.mark.parametrize(
    "fault",
    [
        fault
        for fault in Fault
        if "in_stream" not in fault and fault not in ("stall", "refused", "no_finish", "no_usage", "length")
    ],
)
async def test_every_fault_is_an_error_of_ours(vendor: str, fault: Fault) -> None:
    async with ModelServer(Script({"mood": "warm"}, fault)) as server, model(vendor, server) as made:
        with pytest.raises(ModelFault) as caught:
            await made.structured("system", "user", SCHEMA)
    assert KEY not in str(caught.value)


@VENDORS
async def test_an_answer_that_keeps_to_no_schema_is_refused(vendor: str) -> None:
    async with ModelServer(Script("I would rather talk.")) as server, model(vendor, server) as made:
        with pytest.raises(ModelUnavailable):
            await made.structured("system", "user", SCHEMA)


@VENDORS
async def test_a_model_that_is_too_slow_is_given_up(vendor: str) -> None:
    script = Script({"mood": "warm"}, first_token_seconds=5)
    async with ModelServer(script) as server, model(vendor, server, 0.1) as made:
        with pytest.raises(ModelTimeout):
            await made.structured("system", "user", SCHEMA)


# --- the mapping ---


def every(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from every(child)


def response(status: int) -> httpx2.Response:
    return httpx2.Response(status, request=httpx2.Request("POST", "http://127.0.0.1/"))


def made_of(kind: type[Exception]) -> Exception:
    """An error of a vendor's class, with what its base class gives to every one of its kind."""
    error = kind.__new__(kind)
    fields = {
        "message": f"quotes {KEY}",
        "body": None,
        "code": None,
        "type": None,
        "error_code": None,
        "status_code": getattr(kind, "status_code", None) or 500,
        "response": response(500),
        "request": response(500).request,
    }
    for name, value in fields.items():
        if not isinstance(getattr(kind, name, None), property):
            setattr(error, name, value)
    return error


ERRORS = [
    *((openai_model.fault_of, kind) for kind in every(openai.OpenAIError)),
    *((anthropic_model.fault_of, kind) for kind in every(anthropic.AnthropicError)),
    *(
        (fault_of, kind)
        for fault_of in (openai_model.fault_of, anthropic_model.fault_of)
        for kind in (*every(httpx2.HTTPError), TypeError, AttributeError, AssertionError, UnicodeError)
    ),
]


@pytest.mark.parametrize(("fault_of", "kind"), ERRORS, ids=lambda item: getattr(item, "__qualname__", ""))
def test_every_class_that_a_vendor_raises_is_mapped(fault_of: Any, kind: type[Exception]) -> None:
    fault = fault_of(made_of(kind))
    assert isinstance(fault, ModelFault)
    assert type(fault) is not ModelFault
    assert KEY not in str(fault)
    unforeseen = "in no known form" in str(fault)
    assert unforeseen == (not kind.__module__.startswith(("openai", "anthropic", "httpx2")))


@pytest.mark.parametrize(
    ("fault_of", "kind", "ours"),
    [
        (openai_model.fault_of, openai.APITimeoutError, ModelTimeout),
        (openai_model.fault_of, openai.APIConnectionError, ModelUnavailable),
        (openai_model.fault_of, openai.APIError, ModelUnavailable),
        (openai_model.fault_of, openai.AuthenticationError, ModelForbidden),
        (openai_model.fault_of, openai.ConflictError, ModelUnavailable),
        (openai_model.fault_of, openai.UnprocessableEntityError, ModelMisconfigured),
        (openai_model.fault_of, openai.ContentFilterFinishReasonError, ContentRefused),
        (openai_model.fault_of, openai.OpenAIError, ModelMisconfigured),
        (openai_model.fault_of, httpx2.ReadTimeout, ModelTimeout),
        (anthropic_model.fault_of, anthropic.PaymentRequiredError, ModelQuotaExhausted),
        (anthropic_model.fault_of, anthropic.RequestTimeoutError, ModelTimeout),
        (anthropic_model.fault_of, anthropic.ContentTooLargeError, PromptTooLong),
        (anthropic_model.fault_of, anthropic.ServiceUnavailableError, ModelUnavailable),
        (anthropic_model.fault_of, anthropic.GatewayTimeoutError, ModelTimeout),
        (anthropic_model.fault_of, anthropic.OverloadedError, ModelBusy),
        (anthropic_model.fault_of, anthropic.EnforcedSpendLimitReachedError, ModelQuotaExhausted),
        (anthropic_model.fault_of, anthropic.ContractSpendLimitReachedError, ModelQuotaExhausted),
        (anthropic_model.fault_of, anthropic.CredentialsError, ModelForbidden),
        (anthropic_model.fault_of, httpx2.RemoteProtocolError, ModelUnavailable),
    ],
)
def test_a_class_is_mapped_to_what_it_means(
    fault_of: Any, kind: type[Exception], ours: type[ModelFault]
) -> None:
    assert type(fault_of(made_of(kind))) is ours


def test_inside_a_stream_the_type_tells() -> None:
    assert type(ServerError("Anthropic", 200, (None, "overloaded_error"), "").fault()) is ModelBusy
    assert type(ServerError("OpenAI", None, (None, "insufficient_quota"), "").fault()) is ModelQuotaExhausted
    assert type(ServerError("OpenAI", None, (None, None), "").fault()) is ModelUnavailable


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("99999", 3600.0), ("-1", None), ("soon", None), ("", None)],
)
def test_retry_after_is_read_as_seconds(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header} if header else {}) == seconds


def test_the_default_models_are_known_to_the_clients() -> None:
    assert f"'{DEFAULT_MODELS['openai']}'" in str(OpenAINames)
    assert f"'{DEFAULT_MODELS['anthropic']}'" in str(AnthropicNames)
    assert Usage().estimated is False

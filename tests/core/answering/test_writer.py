"""Whole turns with the real model clients over loopback: what someone sees, whatever goes wrong."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from adapters.emulators.llm import Fault, ModelServer, Script, argue
from core.answering.failover import FailoverModel
from core.answering.prompt import PromptLimits
from core.answering.text import escaped
from core.answering.writer import Writer
from core.assistant import Assistant
from core.domain import Author, Conversation, Intent, Request, SearchFilters, Turn, Understanding
from core.events import FinishReason, ReplyEvent, ReplyFinished, TextDelta, TitlePicked
from core.ports import ChatModel
from core.providers.anthropic_model import AnthropicModel
from core.providers.openai_model import OpenAIModel
from core.retrieval import Retriever
from core.understanding.understander import Understander
from tests.logged import logged
from tests.scripted import HashEncoder, ScriptedIndex, ScriptedIntents, WordEncoder, directory_of, films

FOUND = films(9)
FIRST_TOKEN_SECONDS = 0.8
TOTAL_SECONDS = 3.0
KEY = "sk-not-a-real-key"
VENDORS = pytest.mark.parametrize("vendor", ["openai", "anthropic"])
# Before the first word of an answer; a server that is slow is one more.
REFUSALS = [
    Fault.WRONG_KEY,
    Fault.QUOTA,
    Fault.UNKNOWN_MODEL,
    Fault.CONTEXT_TOO_LONG,
    Fault.BAD_REQUEST,
    Fault.RATE_LIMIT,
    Fault.SERVER_ERROR,
    Fault.OVERLOADED,
    Fault.HTML,
    Fault.OTHER,
    Fault.ERROR_IN_STREAM,
    Fault.CUT,
    Fault.STALL,
    Fault.REFUSED,
]
CUTS = [Fault.ERROR_IN_STREAM, Fault.CUT, Fault.STALL]
CODES = {
    Fault.WRONG_KEY: "model_forbidden",
    Fault.QUOTA: "model_quota",
    Fault.UNKNOWN_MODEL: "model_not_found",
    Fault.CONTEXT_TOO_LONG: "prompt_too_long",
    Fault.BAD_REQUEST: "model_misconfigured",
    Fault.RATE_LIMIT: "model_busy",
    Fault.OVERLOADED: "model_busy",
    Fault.STALL: "model_timeout",
    Fault.REFUSED: "content_refused",
}


def client(vendor: str, server: ModelServer) -> OpenAIModel | AnthropicModel:
    kind, path = (OpenAIModel, "/v1") if vendor == "openai" else (AnthropicModel, "")
    url = f"{server.url}{path}"
    return kind(KEY, "scripted", url, connect_seconds=1.0, total_seconds=TOTAL_SECONDS, max_tokens=500)


@asynccontextmanager
async def bot(
    *servers: tuple[str, ModelServer], limits: PromptLimits = PromptLimits(), total: float = TOTAL_SECONDS
) -> AsyncIterator[Assistant]:
    """An assistant whose models are asked in this order; the servers are started and stopped with it."""
    async with AsyncExitStack() as stack:
        models: list[ChatModel] = []
        for vendor, server in servers:
            await stack.enter_async_context(server)
            model = client(vendor, server)
            stack.push_async_callback(model.close)
            models.append(model)
        index = ScriptedIndex(FOUND)
        names = directory_of(index)
        writer = Writer({}, names, FailoverModel(models, FIRST_TOKEN_SECONDS, total), limits)
        retriever = Retriever(HashEncoder(), WordEncoder(), index)
        yield Assistant(Understander(index, ScriptedIntents(), names), retriever, writer)


async def turn(assistant: Assistant, text: str = "a quiet secret", **fields: Any) -> list[ReplyEvent]:
    request = Request(text, Conversation("test", "here"), Author("someone"), **fields)
    return [event async for event in assistant.reply(request)]


def end_of(events: Sequence[ReplyEvent]) -> ReplyFinished:
    """The end, which fits everything that came before."""
    last = events[-1]
    assert isinstance(last, ReplyFinished)
    assert last.text == "".join(event.text for event in events if isinstance(event, TextDelta))
    picked = [event for event in events if isinstance(event, TitlePicked)]
    assert [event.ranked for event in picked] == [pick.ranked for pick in last.picks]
    for event, pick in zip(picked, last.picks, strict=True):
        assert last.text[: event.reason_at].endswith(f"**{escaped(pick.ranked.title.label)}**")
        assert pick.reason in last.text[event.reason_at :]
    return last


def assert_whole(last: ReplyFinished) -> None:
    """Three to five titles of the catalogue, each once, each with its reason, and no marker."""
    assert last.finish_reason is FinishReason.COMPLETE
    assert 3 <= len(last.picks) <= 5
    assert all(pick.ranked.title in FOUND and pick.reason for pick in last.picks)
    for pick in last.picks:
        assert last.text.count(f"**{pick.ranked.title.label}**") == 1
    assert "[[" not in last.text


# --- a model that answers ---


@VENDORS
async def test_a_model_argues_and_names_years_and_counts_come_from_elsewhere(vendor: str) -> None:
    server = ModelServer()
    async with bot((vendor, server)) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.text.startswith("Three that go where you want to go:\n\n1. **Amber (1990)** — Start here")
    assert last.picks[0].reason.startswith("Start here: nothing else")
    assert last.picks[0].reason.endswith("squarely.")
    assert last.written_by == f"{vendor}:scripted"
    assert last.fault == ""
    assert last.usage.output_tokens > 10
    assert last.usage.input_tokens > 500
    assert not last.usage.estimated


@VENDORS
async def test_without_a_count_the_tokens_are_estimated(vendor: str) -> None:
    async with bot((vendor, ModelServer(Script(argue, Fault.NO_USAGE)))) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.usage.estimated
    assert 500 < last.usage.input_tokens < 5_000
    assert 40 < last.usage.output_tokens < 200


async def test_the_first_words_are_shown_before_the_answer_is_whole() -> None:
    server = ModelServer(Script("Here are three: [[1]], [[2]] and [[3]].", Fault.STALL, after=3))
    async with bot(("openai", server), total=1.0) as assistant:
        events = assistant.reply(Request("quiet", Conversation("test", "here"), Author("someone")))
        said = [event.text async for event in events if isinstance(event, TextDelta)]
    assert "".join(said).startswith("Here are thr")


# --- faults before the first word ---


@VENDORS
@pytest.mark.parametrize("fault", REFUSALS)
async def test_before_its_first_word_another_model_takes_over_unnoticed(vendor: str, fault: Fault) -> None:
    other = "anthropic" if vendor == "openai" else "openai"
    broken, whole = ModelServer(Script(argue, fault)), ModelServer()
    async with bot((vendor, broken), (other, whole)) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert (last.written_by, last.fault) == (f"{other}:scripted", "")
    assert len(whole.requests) == 1


@VENDORS
@pytest.mark.parametrize("fault", REFUSALS)
async def test_where_there_is_no_other_model_the_composer_answers(vendor: str, fault: Fault) -> None:
    async with bot((vendor, ModelServer(Script(argue, fault)))) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.written_by == ""
    assert last.fault == CODES.get(fault, last.fault)
    assert last.fault
    assert KEY not in last.text


@VENDORS
async def test_a_model_that_is_slow_to_begin_is_not_waited_for(vendor: str) -> None:
    slow = ModelServer(Script(argue, first_token_seconds=30))
    async with bot((vendor, slow), (vendor, ModelServer())) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.written_by


async def test_a_prompt_that_is_too_long_is_asked_once_more_with_less() -> None:
    server = ModelServer([Script(argue, Fault.CONTEXT_TOO_LONG), Script(argue)])
    async with bot(("anthropic", server)) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.written_by
    long, short = (len(str(body)) for body in server.requests)
    assert short < long


async def test_a_model_that_fails_again_and_again_rests() -> None:
    broken = ModelServer(Script(argue, Fault.SERVER_ERROR))
    async with bot(("openai", broken)) as assistant:
        for _ in range(6):
            assert_whole(end_of(await turn(assistant)))
    assert len(broken.requests) == 3


@pytest.mark.parametrize("fault", [Fault.WRONG_KEY, Fault.QUOTA, Fault.UNKNOWN_MODEL, Fault.RATE_LIMIT])
async def test_what_no_second_try_mends_is_not_tried_again_at_once(fault: Fault) -> None:
    broken = ModelServer(Script(argue, fault))
    async with bot(("openai", broken)) as assistant:
        for _ in range(3):
            assert_whole(end_of(await turn(assistant)))
    assert len(broken.requests) == 1


# --- faults after it ---


@VENDORS
@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("fault", [*CUTS, Fault.NO_FINISH, Fault.LENGTH, Fault.REFUSED])
async def test_what_was_shown_of_a_cut_answer_stays_and_nothing_is_shown_twice(
    vendor: str, fault: Fault, second: bool
) -> None:
    text = "Two first. 1. [[1]] — it is quiet all the way. 2. [[2]] — it is uneasy"
    whole = ModelServer()
    servers = [(vendor, ModelServer(Script(text, fault, after=14))), ("openai", whole)]
    async with bot(*servers[: 2 if second else 1], total=2.0) as assistant:
        last = end_of(await turn(assistant))
    assert last.finish_reason is FinishReason.CUT
    assert [pick.ranked.title.name for pick in last.picks][:1] == ["Amber"]
    assert last.text.startswith("Two first. 1. **Amber (1990)** — it is quiet")
    assert last.text.count("Amber") == 1
    assert last.written_by == f"{vendor}:scripted"
    assert last.usage.output_tokens > 0
    assert last.usage.estimated == (fault not in (Fault.LENGTH, Fault.REFUSED))
    assert whole.requests == []


@VENDORS
@pytest.mark.parametrize("fault", CUTS)
async def test_cut_before_its_first_title_an_answer_is_completed_by_the_composer(
    vendor: str, fault: Fault
) -> None:
    text = "Here are some quiet ones, all of them with a secret: [[1]]"
    server = ModelServer(Script(text, fault, after=4))
    async with bot((vendor, server), total=1.0) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.text.startswith("Here are some qu")
    assert last.fault


# --- a model that strays ---


@pytest.mark.parametrize(
    "text",
    [
        "I would rather talk about the weather.",
        "You could watch [[77]] and [[88]].",
        "1. **The Room (2003)** — so bad.",
        "Have you seen The Room (2003)?",
        "[[1",
    ],
)
async def test_without_a_title_of_those_offered_the_composers_picks_are_shown(text: str) -> None:
    async with bot(("openai", ModelServer(Script(text)))) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert last.fault == "answer_strayed"
    assert "Room" not in last.text
    assert "77" not in last.text


async def test_after_straying_the_picks_made_before_stay_and_are_filled_up() -> None:
    text = "Two:\n\n1. [[2]] — quiet.\n2. **The Room (2003)** — loud."
    async with bot(("openai", ModelServer(Script(text)))) as assistant:
        last = end_of(await turn(assistant))
    assert_whole(last)
    assert [pick.ranked.title.name for pick in last.picks] == ["Birch", "Amber", "Cedar"]
    assert "Room" not in last.text


async def test_markers_that_were_not_offered_are_dropped_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    text = "Three: [[1]], [[2]], [[77]] and [[3]]."
    async with bot(("openai", ModelServer(Script(text)))) as assistant:
        last = end_of(await turn(assistant))
    assert len(last.picks) == 3
    assert "77" not in last.text
    [dropped] = [record for record in caplog.records if record.message == "markers dropped"]
    assert (dropped.__dict__["model"], dropped.__dict__["count"]) == ("openai:scripted", 1)


# --- what goes along ---


async def test_the_conversation_goes_along_within_its_budget() -> None:
    before = Understanding(Intent.RECOMMEND, SearchFilters(), "quiet")
    history = tuple(Turn(f"wish number {n} " + "x" * 80, before, (FOUND[n].id,)) for n in range(6))
    asked = "and now something louder"
    server = ModelServer()
    async with bot(("openai", server), limits=PromptLimits(history_tokens=120)) as assistant:
        await turn(assistant, asked, history=history)
    sent = server.requests[0]["messages"][1]["content"]
    assert asked in sent
    assert "wish number 5" in sent
    assert FOUND[5].label in sent
    assert "wish number 0" not in sent


async def test_no_key_and_no_text_of_a_user_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in (None, Fault.WRONG_KEY, Fault.CUT):
        async with bot(("openai", ModelServer(Script(argue, fault)))) as assistant:
            await turn(assistant, "my very private wish")
    ours = logged(caplog)
    assert ours
    assert "private" not in ours
    assert KEY not in ours

"""A turn's events, whatever fails."""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.answering.composer import Composer
from core.answering.writer import Writer
from core.assistant import Assistant
from core.domain import (
    Author,
    Availability,
    Conversation,
    Intent,
    Profile,
    Request,
    SearchFilters,
    Title,
    Turn,
    Understanding,
)
from core.errors import DiskFull, EmptyRequest, IndexCorrupt, IndexForbidden, IndexUnavailable, MatineeError
from core.events import (
    FinishReason,
    ReplyEvent,
    ReplyFailed,
    ReplyFinished,
    StageStarted,
    TextDelta,
    TitlePicked,
    TitlesFound,
)
from core.ports import IndexQuery, Rankings
from core.ranking import BlendWeights
from core.retrieval import Retriever
from core.understanding.understander import MAX_CHARACTERS, Understander
from tests.logged import logged
from tests.scripted import HashEncoder, ScriptedIndex, ScriptedIntents, WordEncoder, directory_of, films


def request(text: str, **fields: Any) -> Request:
    return Request(text, Conversation("test", "here"), Author("someone"), **fields)


def assistant(
    index: ScriptedIndex,
    encoder: HashEncoder | None = None,
    intents: ScriptedIntents | None = None,
    broken: Mapping[str, BaseException] = MappingProxyType({}),
) -> Assistant:
    retriever = Retriever(encoder or HashEncoder(), WordEncoder(), index)
    understander = Understander(index, intents or ScriptedIntents(), directory_of(index))
    for name, failure in broken.items():
        target = understander if name == "understand" else retriever

        async def fail(*_: Any, failure: BaseException = failure) -> Any:
            raise failure

        setattr(target, name, fail)
    return Assistant(understander, retriever, Writer({}, directory_of(index)))


async def events_of(bot: Assistant, asked: Request) -> list[ReplyEvent]:
    return [event async for event in bot.reply(asked)]


def assert_grammar(events: Sequence[ReplyEvent]) -> None:
    """StageStarted* TitlesFound? (TextDelta | TitlePicked)* (ReplyFinished | ReplyFailed)"""
    letters = {
        StageStarted: "s",
        TitlesFound: "f",
        TextDelta: "t",
        TitlePicked: "p",
        ReplyFinished: ".",
        ReplyFailed: ".",
    }
    assert re.fullmatch(r"s*f?[tp]*\.", "".join(letters[type(event)] for event in events))
    *body, last = events
    assert isinstance(last, (ReplyFinished, ReplyFailed))
    text = "".join(event.text for event in body if isinstance(event, TextDelta))
    assert (last.text if isinstance(last, ReplyFinished) else last.partial_text) == text


async def test_a_wish_is_answered_with_three_to_five_grounded_picks() -> None:
    found = films(9)
    events = await events_of(assistant(ScriptedIndex(found)), request("a quiet village with a secret"))
    assert_grammar(events)
    last = events[-1]
    assert isinstance(last, ReplyFinished)
    assert last.finish_reason is FinishReason.COMPLETE
    assert 3 <= len(last.picks) <= 5
    for pick in last.picks:
        assert pick.ranked.title in found
        assert f"**{pick.ranked.title.label}**" in last.text
        assert pick.reason in last.text
    assert set(last.timings_ms) == {"understand", "encode", "search", "rank", "answer"}


FAILURES = st.sampled_from(
    [
        IndexUnavailable("away"),
        IndexForbidden("no"),
        IndexCorrupt("damaged"),
        DiskFull("full"),
        EmptyRequest("say something"),
        MatineeError("?"),
        RuntimeError("nobody foresaw this"),
        ValueError("nor this"),
        TimeoutError(),
        KeyError("x"),
    ]
)


@given(
    failure=FAILURES,
    stage=st.sampled_from(["understand", "encode", "search", "rank", "index", "encoder", "none"]),
    text=st.text(max_size=60),
    count=st.integers(0, 12),
)
@settings(max_examples=200, deadline=None)
def test_exactly_one_terminal_event_whatever_fails(
    failure: Exception, stage: str, text: str, count: int
) -> None:
    index = ScriptedIndex(films(count), failure if stage == "index" else None)
    encoder = HashEncoder(failure if stage == "encoder" else None)
    broken = {stage: failure} if stage in ("understand", "encode", "search", "rank") else {}
    logging.disable()
    try:
        events = asyncio.run(events_of(assistant(index, encoder, broken=broken), request(text)))
    finally:
        logging.disable(logging.NOTSET)
    assert_grammar(events)
    last = events[-1]
    if isinstance(last, ReplyFailed):
        expected = failure.code if isinstance(failure, MatineeError) else "fault"
        assert last.code in (expected, "empty_request")
        assert len(last.incident_id) == 4


async def test_a_failure_after_the_first_words_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> str:
        raise RuntimeError

    bot = assistant(ScriptedIndex(films(5)))
    monkeypatch.setattr(Composer, "reason", breaks)
    events = await events_of(bot, request("quiet"))
    assert_grammar(events)
    assert isinstance(events[-1], ReplyFailed)


async def test_closing_the_stream_early_is_no_failure() -> None:
    stream = assistant(ScriptedIndex(films(5))).reply(request("quiet"))
    assert isinstance(await anext(stream), StageStarted)
    await stream.aclose()


async def test_cancellation_passes_through() -> None:
    index = ScriptedIndex(films(5))
    bot = assistant(index, broken={"search": asyncio.CancelledError()})
    with pytest.raises(asyncio.CancelledError):
        await events_of(bot, request("quiet"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_request"),
        ("🎬🔥", "empty_request"),
        ("\x00\x07", "empty_request"),
        ("a" * 20_000, "request_too_long"),
    ],
)
async def test_requests_that_cannot_be_answered_say_what_to_mend(text: str, code: str) -> None:
    (*_, last) = await events_of(assistant(ScriptedIndex(films(3))), request(text))
    assert isinstance(last, ReplyFailed)
    assert last.code == code
    assert last.detail


async def test_a_message_text_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await events_of(assistant(ScriptedIndex(films(3))), request("my secret wish"))
    quoting = RuntimeError("could not handle: my secret wish")
    await events_of(assistant(ScriptedIndex(films(3)), broken={"search": quoting}), request("my secret wish"))
    assert "turn failed" in logged(caplog)
    assert "secret" not in logged(caplog)


async def relaxed(index: ScriptedIndex, filters: SearchFilters) -> tuple[str, ...]:
    events = await events_of(assistant(index), request("quiet", filters=filters))
    (found,) = [event for event in events if isinstance(event, TitlesFound)]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    said = ("thing from", "thing on", "thing rated")
    assert any(words in text for words in said) == bool(found.relaxed)
    return found.relaxed


async def test_only_the_filter_that_stands_in_the_way_is_dropped_and_named() -> None:
    asked = SearchFilters(providers=("MUBI",), year_to=1950, min_rating=9.0, exclude_genres=("Horror",))
    index = ScriptedIndex(films(5), only_without=frozenset({"providers"}))
    assert await relaxed(index, asked) == ("providers",)
    assert index.queries[-1].filters == asked.without("providers")
    assert await relaxed(ScriptedIndex(films(5)), asked) == ()


async def test_where_several_stand_in_the_way_they_go_one_by_one_least_important_first() -> None:
    asked = SearchFilters(providers=("MUBI",), year_to=1950, min_rating=9.0)
    index = ScriptedIndex(films(5), only_without=frozenset({"providers", "year_to"}))
    assert await relaxed(index, asked) == ("min_rating", "providers", "year_to")


class OfCountries(ScriptedIndex):
    """Knows what streams in some countries; what is asked of another one finds nothing.

    Args:
        titles: What every other search finds, best first.
        known: ISO codes of the countries.
        only_without: As of `ScriptedIndex`.
    """

    def __init__(
        self, titles: Sequence[Title], known: Sequence[str], only_without: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(titles, only_without=only_without)
        self.known = known

    async def search(self, query: IndexQuery) -> Rankings:
        found = await super().search(query)
        return found if query.filters.region in (None, *self.known) else Rankings((), ())

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        return int(filters.region in self.known)


async def answered(index: ScriptedIndex, asked: SearchFilters) -> tuple[TitlesFound, str]:
    events = await events_of(assistant(index), request("quiet", filters=asked))
    (found,) = [event for event in events if isinstance(event, TitlesFound)]
    return found, "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_country_of_which_nothing_is_known_is_named_and_left_out() -> None:
    asked = SearchFilters(providers=("Netflix",), region="GB")
    index = OfCountries(films(5), ("US",))
    found, text = await answered(index, asked)
    assert found.relaxed == ("region",)
    assert index.queries[-1].filters == SearchFilters(providers=("Netflix",))
    assert "the United Kingdom" in text
    assert "Netflix" in text


async def test_a_country_that_is_known_keeps_its_services_and_they_may_have_nothing() -> None:
    asked = SearchFilters(providers=("Netflix",), region="US")
    found, text = await answered(OfCountries(films(5), ("US",)), asked)
    assert found.relaxed == ()
    found, text = await answered(OfCountries(films(5), ("US",), frozenset({"providers"})), asked)
    assert found.relaxed == ("providers",)
    assert "on Netflix in the United States" in text


async def test_where_a_country_is_unknown_and_more_stands_in_the_way_both_are_said() -> None:
    asked = SearchFilters(providers=("Netflix",), region="GB", year_to=1950)
    found, text = await answered(OfCountries(films(5), ("US",), frozenset({"year_to"})), asked)
    assert found.relaxed == ("region", "year_to")
    assert "the United Kingdom" in text
    assert "from 1950 or before" in text


@pytest.mark.parametrize(("region", "services"), [("DE", ["Joyn"]), ("FR", ["Netflix", "Joyn"])])
async def test_titles_are_shown_with_the_services_of_ones_own_country(
    region: str, services: list[str]
) -> None:
    sold = (Availability("Netflix", "US", "2022"), Availability("Joyn", "DE", "2026"))
    titles = [replace(title, availability=sold) for title in films(3)]
    asked = request("quiet", profile=Profile(region=region))
    finished = (await events_of(assistant(ScriptedIndex(titles)), asked))[-1]
    assert isinstance(finished, ReplyFinished)
    for pick in finished.picks:
        assert [item.service for item in pick.ranked.title.availability] == services


async def test_what_protects_is_never_relaxed() -> None:
    index = ScriptedIndex(films(5), only_without=frozenset({"max_certification"}))
    events = await events_of(
        assistant(index), request("quiet", filters=SearchFilters(max_certification="PG"))
    )
    last = events[-1]
    assert isinstance(last, ReplyFinished)
    assert last.finish_reason is FinishReason.NOTHING_FOUND
    assert last.picks == ()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("something quiet", Intent.RECOMMEND),
        ("something like Amber, but louder", Intent.SIMILAR),
        ("like nothing else", Intent.RECOMMEND),
    ],
)
async def test_a_title_to_start_from_makes_a_wish_one_of_its_kind(text: str, intent: Intent) -> None:
    understood = await assistant(ScriptedIndex(films(3))).understand(request(text))
    assert understood.intent is intent


async def test_the_title_to_start_from_joins_the_query_and_its_words_leave_it() -> None:
    index = ScriptedIndex(films(3))
    understood = await assistant(index).understand(request("a film like Amber but louder"))
    assert understood.filters.like_titles == ("Amber",)
    assert understood.search_text == "a film but louder"
    typed = await assistant(index).understand(request("x", filters=SearchFilters(like_titles=("Amber",))))
    assert typed.intent is Intent.SIMILAR


@pytest.mark.parametrize("text", ["I'd like amber light", "would you like Amber", "I like quiet films"])
async def test_a_liking_is_no_title_to_start_from(text: str) -> None:
    understood = await assistant(ScriptedIndex(films(3))).understand(request(text))
    assert understood.intent is Intent.RECOMMEND


async def test_an_unknown_title_to_start_from_is_said() -> None:
    asked = request("x", filters=SearchFilters(like_titles=("Qwertz",)))
    (*_, last) = await events_of(assistant(ScriptedIndex(films(3))), asked)
    assert isinstance(last, ReplyFailed)
    assert "no title in the catalogue is called 'Qwertz'" in last.detail


async def test_where_it_is_to_be_cautious_titles_for_adults_alone_are_left_out() -> None:
    titles = [replace(title, certification="NC-17" if title.year == 1991 else "R") for title in films(4)]

    async def years(cautious: bool) -> set[int | None]:
        asked = request("quiet films", profile=Profile(cautious=cautious))
        events = await events_of(assistant(ScriptedIndex(titles)), asked)
        [found] = [event for event in events if isinstance(event, TitlesFound)]
        return {item.title.year for item in found.ranked}

    assert await years(False) == {1990, 1991, 1992, 1993}
    assert await years(True) == {1990, 1992, 1993}


async def test_small_talk_between_does_not_end_the_conversation() -> None:
    drama = Understanding(Intent.RECOMMEND, SearchFilters(genres=("Drama",)), "quiet", "quiet")
    thanks = Understanding(Intent.SMALLTALK, SearchFilters(), "")
    history = (Turn("quiet dramas", drama), Turn("thanks", thanks))
    bot = assistant(ScriptedIndex(films(9)), intents=ScriptedIntents({"what else?": Intent.REFINE}))
    understood = await bot.understand(request("what else?", history=history))
    assert understood.intent is Intent.REFINE
    assert (understood.filters, understood.search_text) == (drama.filters, "quiet")


async def test_a_follow_up_carries_filters_and_does_not_repeat_titles() -> None:
    index = ScriptedIndex(films(9))
    before = Understanding(Intent.RECOMMEND, SearchFilters(genres=("Drama",)), "quiet", "quiet")
    turn = Turn("quiet dramas", before, shown=("tmdb:movie:1", "tmdb:movie:2"))
    bot = assistant(index, intents=ScriptedIntents({"only on Netflix": Intent.REFINE}))
    events = await events_of(bot, request("only on Netflix", history=(turn,)))
    (found,) = [event for event in events if isinstance(event, TitlesFound)]
    assert found.understood.intent is Intent.REFINE
    assert found.understood.filters == SearchFilters(genres=("Drama",), providers=("Netflix",))
    assert {"tmdb:movie:1", "tmdb:movie:2"}.isdisjoint(item.title.id for item in found.ranked)


def test_the_limit_is_long_enough_for_a_long_message() -> None:
    assert MAX_CHARACTERS >= 4_000
    assert BlendWeights().rating < 1

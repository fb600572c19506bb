"""Turns on a scripted platform: what people see, through store, budgets, lanes and delivery."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from adapters.delivery import EditingPort
from adapters.emulators.llm.script import Fault, Script, argue
from adapters.emulators.llm.server import ModelServer
from adapters.inbox import Inbox, Taken
from adapters.lanes import Lanes
from adapters.metrics import Metrics
from adapters.pacing import Bucket
from adapters.turns import Ending, Turns, request_payload, server_of, user_of
from bot.wiring import opened
from core.domain import PickedTitle
from core.errors import StoreUnavailable
from core.memory.budgets import Budget, Budgets, Limits
from core.memory.conversations import Conversations
from core.memory.profiles import Profiles
from core.memory.records import Claim, IncomingEvent, Owner, Preferences, Subject
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import SqlStore, opened_store
from tests.conftest import settings_with
from tests.logged import logged
from tests.scripted_platform import EditingPlatform, StreamingPlatform


class Place:
    """A scripted platform with one channel: a `Surface`."""

    def __init__(self, platform: EditingPlatform | None = None) -> None:
        self.platform = platform or EditingPlatform(latency=0.001)
        self.bucket = Bucket(5, 5.0)
        self.whispers: list[str] = []

    def way(self, claim: Claim) -> tuple[EditingPort, Bucket]:
        return self.platform, self.bucket

    def in_words(self, claim: Claim, picks: Sequence[PickedTitle]) -> str:
        return ""

    async def dressing(self, claim: Claim, ending: Ending) -> list[str]:
        return [pick.ranked.title.label for pick in ending.picks]

    @property
    def cards(self) -> list[str]:
        return [card for dressing in self.platform.dressings.values() for card in dressing]

    async def whisper(self, event: IncomingEvent, text: str) -> None:
        self.whispers.append(text)

    async def take_back(self, event: IncomingEvent) -> None:
        pass  # it promises nothing

    @property
    def visible(self) -> list[str]:
        return list(self.platform.messages.values())


class Worker:
    """A worker for tests."""

    def __init__(self, data_dir: Path, state: Path) -> None:
        self._data_dir, self._state = data_dir, state
        self._stack = AsyncExitStack()
        self.number = 0
        self.registry = CollectorRegistry()
        self.store: SqlStore
        self.inbox: Inbox

    async def start(
        self,
        place: Place,
        limits: Limits = Limits(),
        model: ModelServer | None = None,
        keep_text: bool = True,
    ) -> "Worker":
        environment = {"MATINEE_DATA_DIR": str(self._data_dir)}
        if model is not None:
            environment |= {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"{model.url}/v1"}
        matinee = await self._stack.enter_async_context(opened(settings_with(environment)))
        self.store = await self._stack.enter_async_context(opened_store(sqlite_url(self._state)))
        conversations = Conversations(self.store, matinee.assistant.retriever.known, keep_text=keep_text)
        budgets = Budgets(self.store, limits, lambda: 1_000_000.0)
        profiles = Profiles(self.store, self.store)
        metrics = Metrics(self.registry)
        turns = Turns(matinee.assistant, conversations, profiles, budgets, self.store, place, metrics)
        self.inbox = Inbox(self.store, Lanes(4, 4), turns.answer, f"worker {id(self)}", ["scripted"])
        return self

    async def hear(self, text: str, **options: object) -> Taken:
        self.number += 1
        payload = request_payload(text, **options)  # type: ignore[arg-type]
        event = IncomingEvent(
            "scripted", f"{id(self)}/{self.number}", "W", "C", f"{self.number}", payload, "ann"
        )
        return (await self.inbox.accept(event)).taken

    async def said(self, text: str, **options: object) -> None:
        assert await self.hear(text, **options) is Taken.ACCEPTED
        async with asyncio.timeout(20):
            while self.inbox.open:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        await self.inbox.drain(1)
        await self._stack.aclose()


@pytest_asyncio.fixture
async def worker(data_dir: Path, tmp_path: Path) -> AsyncIterator[Worker]:
    worker = Worker(data_dir, tmp_path / "state.sqlite")
    yield worker
    await worker.stop()


@pytest.mark.parametrize("kind", [EditingPlatform, StreamingPlatform])
async def test_a_wish_becomes_one_message_with_chips_and_picks(
    worker: Worker, kind: type[EditingPlatform]
) -> None:
    place = Place(kind(latency=0.001))
    await worker.start(place)
    await worker.said("dark comedies from the 90s")
    [answer] = place.visible
    assert answer.startswith("`comedy` `1990 to 1999`\n\n")
    assert answer.count("\n1. **") == 1
    assert "(199" in answer
    assert 3 <= len(place.cards) <= 5
    assert all(f"**{label}**" in answer for label in place.cards)


async def test_a_follow_up_knows_the_wish_before_and_what_was_dropped_is_struck_through(
    worker: Worker,
) -> None:
    place = Place()
    await worker.start(place)
    await worker.said("film noir from before 1950")
    await worker.said("only on mubi")
    first, second = place.visible
    assert "`until 1949`" in first
    assert "`until 1949`" in second
    assert "~~MUBI~~" in second


async def test_typed_options_are_filters(worker: Worker) -> None:
    place = Place()
    await worker.start(place)
    await worker.said("something tense", filters={"media_type": "tv", "year_from": 2010})
    assert place.visible[0].startswith("`series` `from 2010`")


async def test_preferences_of_user_and_server_hold(worker: Worker) -> None:
    place = Place()
    await worker.start(place)
    ann, team = Owner(Subject.USER, "scripted", "ann"), Owner(Subject.SERVER, "scripted", "W")
    await worker.store.set_preferences(ann, Preferences(providers=("Netflix",)))
    await worker.store.set_preferences(team, Preferences(blocked_genres=("Horror",)))
    await worker.said("scary films")
    await worker.said("slow thrillers")
    refused, answer = place.visible
    assert refused == "This server does not recommend Horror."
    assert answer.startswith("`thriller` `no horror` `Netflix`\n")


async def test_too_many_requests_are_refused_to_the_asker_alone(worker: Worker) -> None:
    place = Place()
    await worker.start(place, Limits(user=Budget(requests_per_minute=1)))
    await worker.said("dark comedies")
    await worker.said("bleak westerns")
    assert len(place.visible) == 1
    assert place.whispers == ["You're at 1 request this minute; next one in 20 s."]


async def test_without_tokens_the_composer_answers_and_says_so_once(worker: Worker) -> None:
    place = Place()
    async with ModelServer(Script(argue)) as model:
        await worker.start(place, Limits(user=Budget(tokens_per_day=10)), model)
        for wish in ("dark comedies", "bleak westerns", "paranoid thrillers"):
            await worker.said(wish)
        assert len(model.requests) == 1
    first, second, third = place.visible
    assert "Short answers" not in first
    assert "Short answers for the next" in second
    assert "Short answers" not in third


async def test_a_model_that_is_away_is_noted_once_in_a_conversation(worker: Worker) -> None:
    place = Place()
    async with ModelServer(Script(argue, Fault.SERVER_ERROR)) as model:
        await worker.start(place, model=model)
        await worker.said("dark comedies")
        await worker.said("bleak westerns")
    assert ["short answer today" in text for text in place.visible] == [True, False]
    told = worker.registry.get_sample_value("matinee_failovers_total", {"writer": "composer"})
    assert told == 2


async def test_a_message_of_a_hundred_thousand_characters_gets_a_plain_word(worker: Worker) -> None:
    place = Place()
    await worker.start(place)
    await worker.said("x " * 50_000)
    [answer] = place.visible
    assert answer == "The request has 100,000 characters; at most 4,000 are read."


async def test_a_newer_message_takes_the_place_of_one_of_which_no_text_is_shown(worker: Worker) -> None:
    place = Place()
    async with ModelServer(Script(argue, first_token_seconds=1.0)) as model:
        await worker.start(place, model=model)
        await worker.hear("dark comedies")
        await asyncio.sleep(0.3)
        await worker.said("bleak westerns")
    [answer] = place.visible
    assert "`western`" in answer


async def test_a_drained_worker_closes_what_it_shows_and_the_next_one_completes_it(
    worker: Worker, data_dir: Path, tmp_path: Path
) -> None:
    place = Place()
    async with ModelServer(Script(argue, delta_seconds=0.3, delta_characters=24)) as model:
        await worker.start(place, model=model)
        await worker.hear("dark comedies from the 90s")
        async with asyncio.timeout(10):
            while not any("**" in text for text in place.visible):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await worker.inbox.drain(0.1)
        [cut] = place.visible
        assert "being restarted" in cut
        following = Worker(data_dir, tmp_path / "state.sqlite")
        await following.start(place, model=model)
        await following.inbox.start()
        async with asyncio.timeout(20):
            while "being restarted" in place.visible[0] or following.inbox.open:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await following.inbox.drain(1)
        await following.stop()
    [answer] = place.visible
    assert "3. **" in answer


async def test_a_database_that_goes_away_amid_a_turn_costs_the_memory_and_not_the_answer(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("the database is away")

    place = Place()
    async with ModelServer(Script(argue)) as model:
        await worker.start(place, model=model)
        for method in ("add_usage", "turns", "preferences", "marks", "note_shown", "extend", "finish"):
            monkeypatch.setattr(worker.store, method, away)
        await worker.said("dark comedies from the 90s")
        assert not model.requests, "what cannot be counted costs no money"
        monkeypatch.undo()
    [answer] = place.visible
    assert "3. **" in answer
    assert "an answered event could not be closed" in logged(caplog)


async def test_no_text_of_a_message_reaches_a_log(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "matinee")
    place = Place()
    await worker.start(place)
    await worker.said("something about zebrafinches and rain")
    assert "turn finished" in logged(caplog)
    assert "zebrafinch" not in logged(caplog)


async def test_turns_are_counted(worker: Worker) -> None:
    place = Place()
    async with ModelServer(Script(argue)) as model:
        await worker.start(place, Limits(user=Budget(requests_per_minute=2)), model)
        for wish in ("dark comedies", "x" * 9_000, "bleak westerns"):
            await worker.said(wish)

    def count(name: str, **labels: str) -> float | None:
        return worker.registry.get_sample_value(name, labels)

    assert count("matinee_turns_total", platform="scripted", end="complete") == 1
    assert count("matinee_turns_total", platform="scripted", end="request_too_long") == 1
    assert count("matinee_requests_refused_total", platform="scripted") == 1
    assert count("matinee_first_text_seconds_count", platform="scripted") == 2
    assert count("matinee_stage_seconds_count", stage="answer") == 1
    assert (count("matinee_calls_total", platform="scripted") or 0) >= 2
    assert (count("matinee_model_tokens_total", model="openai:gpt-4.1-mini", direction="input") or 0) > 0


def test_a_slack_user_is_known_by_workspace_and_id() -> None:
    event = IncomingEvent("slack", "e", "T1", "C", "m", {}, "U1")
    assert user_of(event).id == "T1/U1"
    assert server_of(event) is not None
    assert server_of(IncomingEvent("discord", "e", "", "C", "m", {}, "U1")) is None

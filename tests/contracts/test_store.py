"""What the store must do, on SQLite and on PostgreSQL alike."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import create_async_engine

from core.domain import Conversation, Intent, MediaType, SearchFilters
from core.errors import ExpiredInteraction, ForgedInteraction
from core.memory.ports import Store
from core.memory.records import (
    Claim,
    Count,
    IncomingEvent,
    Installation,
    MarkKind,
    Outcome,
    Owner,
    Preferences,
    Retention,
    StoredTurn,
    Subject,
)
from core.providers.sql.database import postgres_url, sqlite_url
from core.providers.sql.schema import METADATA
from core.providers.sql.store import SqlStore, opened_store

numbers = itertools.count()
PLACE = Conversation("discord", "channel", "server", "thread")
ANN = Owner(Subject.USER, "discord", "ann")
BOB = Owner(Subject.USER, "discord", "bob")


@dataclass
class Clock:
    """Seconds that a test sets."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Backend:
    """A database, to be opened by one worker or several."""

    url: URL
    clock: Clock

    def opened(self) -> AbstractAsyncContextManager[SqlStore]:
        return opened_store(self.url, self.clock)


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return Backend(sqlite_url(tmp_path / "state.sqlite"), Clock())
    server = postgres_url(request.getfixturevalue("postgres_address"))
    name = f"test_{next(numbers)}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"CREATE DATABASE {name}")
    await engine.dispose()
    return Backend(server.set(database=name), Clock())


@pytest_asyncio.fixture
async def store(backend: Backend) -> AsyncIterator[SqlStore]:
    async with backend.opened() as opened:
        yield opened


def turn(author: str = "ann", text: str = "dark comedies", **values: object) -> StoredTurn:
    filters = SearchFilters(media_type=MediaType.MOVIE, genres=("Comedy",), year_from=1990)
    whole = StoredTurn(
        author, text, Intent.RECOMMEND, filters, text, "dark", ("tmdb:movie:1",), ("imdb:tt2",)
    )
    return StoredTurn(**{**{name: getattr(whole, name) for name in whole.__slots__}, **values})


def event(number: int = 1, **values: str) -> IncomingEvent:
    fields = {"workspace": "W", "channel": "C", "message": f"m{number}", "author_id": "ann", **values}
    return IncomingEvent("slack", f"e{number}", payload={"text": "a wish"}, **fields)


def test_the_store_is_what_the_core_asks_for(store: SqlStore) -> None:
    asked: Store = store
    assert asked is store


async def test_the_migrations_make_the_tables_that_the_code_knows(backend: Backend, store: SqlStore) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    engine = create_async_engine(backend.url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_turns_come_back_oldest_first_after_a_restart(backend: Backend) -> None:
    async with backend.opened() as store:
        for number in range(5):
            await store.add_turn(PLACE, turn(text=f"wish {number}"))
        await store.add_turn(Conversation("discord", "elsewhere"), turn(text="not here"))
    async with backend.opened() as store:
        kept = await store.turns(PLACE, 3)
    assert [item.text for item in kept] == ["wish 2", "wish 3", "wish 4"]
    assert kept[-1] == turn(text="wish 4", at=backend.clock.now)


async def test_a_turn_without_text_keeps_filters_and_titles(store: SqlStore) -> None:
    await store.add_turn(PLACE, turn().without_text())
    [kept] = await store.turns(PLACE, 5)
    assert (kept.text, kept.search_text, kept.search_terms) == ("", "", "")
    assert kept.filters == turn().filters
    assert kept.shown == turn().shown


async def test_preferences_are_replaced_as_a_whole(store: SqlStore) -> None:
    assert await store.preferences(ANN) == [Preferences()]
    first = Preferences(providers=("Netflix",), region="US", blocked_genres=("Horror",))
    await store.set_preferences(ANN, first)
    assert await store.preferences(ANN) == [first]
    second = Preferences(language="ko", max_certification="PG-13", genres=("Drama",))
    await store.set_preferences(ANN, second)
    assert await store.preferences(ANN) == [second]
    server = Owner(Subject.SERVER, "discord", "ann")
    assert await store.preferences(server, ANN, BOB) == [Preferences(), second, Preferences()]


async def test_a_title_is_liked_or_disliked_and_may_be_seen_too(backend: Backend, store: SqlStore) -> None:
    for kind in (MarkKind.SEEN, MarkKind.LIKED, MarkKind.DISLIKED, MarkKind.DISLIKED):
        backend.clock.now += 1
        await store.mark(ANN, "tmdb:movie:1", kind)
    kinds = [mark.kind for mark in await store.marks(ANN)]
    assert kinds == [MarkKind.DISLIKED, MarkKind.SEEN]
    await store.unmark(ANN, "tmdb:movie:1", MarkKind.SEEN)
    await store.unmark(ANN, "tmdb:movie:1", MarkKind.SEEN)
    assert [mark.kind for mark in await store.marks(ANN)] == [MarkKind.DISLIKED]
    assert await store.marks(BOB) == []


async def test_a_button_works_after_a_restart_until_it_expires(backend: Backend) -> None:
    async with backend.opened() as store:
        signed = await store.keep_state(ANN, {"like": "tmdb:movie:1"}, 60)
    assert len(signed) <= 60
    async with backend.opened() as store:
        assert await store.state(signed) == {"like": "tmdb:movie:1"}
        backend.clock.now += 61
        with pytest.raises(ExpiredInteraction):
            await store.state(signed)


async def test_a_forged_id_is_told_from_an_expired_one(store: SqlStore) -> None:
    signed = await store.keep_state(ANN, {}, 60)
    body, dot, signature = signed.rpartition(".")
    for wrong in (
        f"x{signed}",
        f"{body}{dot}{signature[::-1]}",
        f"{body}{dot}",
        body,
        "",
        ".",
        "äö.😀",
        "a" * 10_000,
    ):
        with pytest.raises(ForgedInteraction):
            await store.state(wrong)


async def test_an_event_is_accepted_once_by_its_id_and_once_by_its_message(store: SqlStore) -> None:
    assert await store.accept(event(1), "worker", 30) is not None
    assert await store.accept(event(1), "worker", 30) is None
    assert await store.accept(event(2, message="m1"), "worker", 30) is None, "app_mention and message"
    assert await store.accept(event(1, message="m9"), "other", 30) is None, "the same event, retried"
    assert await store.accept(event(3), "worker", 30) is not None


async def test_a_redelivery_is_taken_up_only_when_the_first_worker_went_away(
    backend: Backend, store: SqlStore
) -> None:
    first = await store.accept(event(), "first", 30)
    assert first is not None
    backend.clock.now += 29
    assert await store.accept(event(), "second", 30) is None
    assert await store.extend(first, 30)
    backend.clock.now += 29
    assert await store.accept(event(), "second", 30) is None
    assert await store.note_shown(first, {"message": "42"})
    backend.clock.now += 2
    second = await store.accept(event(), "second", 30)
    assert second == Claim(first.id, "second", event(), {"message": "42"}, again=True)
    assert not await store.extend(first, 30), "it is no longer the first worker's"
    assert not await store.finish(first)
    assert not await store.note_shown(first, {})
    assert await store.finish(second)
    backend.clock.now += 100
    assert await store.accept(event(), "third", 30) is None


async def test_a_restart_resumes_what_was_not_finished(backend: Backend) -> None:
    async with backend.opened() as store:
        claims = [await store.accept(event(number), "killed", 30) for number in range(5)]
        assert claims[2] is not None
        assert await store.finish(claims[2])
    async with backend.opened() as store:
        assert await store.abandoned("next", 30, 10, ["slack"]) == []
        backend.clock.now += 31
        resumed = await store.abandoned("next", 30, 3, ["slack"])
        assert [claim.event for claim in resumed] == [event(0), event(1), event(3)]
        assert [claim.event for claim in await store.abandoned("next", 30, 10, ["slack"])] == [event(4)]


async def test_an_answered_event_keeps_no_text(store: SqlStore) -> None:
    claim = await store.accept(event(), "worker", 30)
    assert claim is not None
    assert "a wish" in str(await store.export(Owner(Subject.USER, "slack", "ann")))
    await store.finish(claim)
    assert "a wish" not in str(await store.export(Owner(Subject.USER, "slack", "ann")))


async def test_two_workers_answer_each_of_many_events_once(backend: Backend) -> None:
    async with backend.opened() as one, backend.opened() as other:

        async def deliver(store: SqlStore, holder: str, number: int) -> int:
            return int(await store.accept(event(number), holder, 30) is not None)

        tasks = [
            deliver(store, holder, number)
            for number in range(200)
            for store, holder in ((one, "one"), (other, "other"))
        ]
        assert sum(await asyncio.gather(*tasks)) == 200
        backend.clock.now += 31
        taken = await asyncio.gather(
            one.abandoned("a", 30, 200, ["slack"]), other.abandoned("b", 30, 200, ["slack"])
        )
        ids = [claim.id for claims in taken for claim in claims]
        assert len(ids) == len(set(ids)) == 200


async def test_usage_adds_up_across_workers(backend: Backend) -> None:
    ann, bob, later = (Count(owner, "requests", window) for owner, window in ((ANN, 7), (BOB, 7), (ANN, 8)))
    async with backend.opened() as one, backend.opened() as other:
        sums = await asyncio.gather(
            *(store.add_usage({ann: 2, bob: 1}) for store in (one, other) for _ in range(20))
        )
        assert sorted(found[ann] for found in sums) == list(range(2, 82, 2))
        assert await one.add_usage({ann: 0, bob: 0, later: 0}) == {ann: 80, bob: 40, later: 0}
        assert await one.add_usage({}) == {}


async def test_what_an_answer_leaves_behind_is_kept_with_its_end_or_not_at_all(backend: Backend) -> None:
    used = Count(ANN, "tokens", 7)
    outcome = Outcome(PLACE, turn(author=ANN.id), {used: 900})
    async with backend.opened() as store:
        claim = await store.accept(event(next(numbers)), "one", 30)
        assert claim is not None
        backend.clock.now += 31
        [taken] = await store.abandoned("two", 30, 1, ["slack"])
        assert not await store.finish(claim, outcome), "another worker holds it"
        assert await store.turns(PLACE, 5) == []
        assert await store.finish(taken, outcome)
        assert not await store.finish(taken, outcome)
        assert len(await store.turns(PLACE, 5)) == 1
        assert await store.add_usage({used: 0}) == {used: 900}


async def fill(store: SqlStore, owner: Owner) -> None:
    await store.add_turn(PLACE, turn(author=owner.id))
    await store.set_preferences(owner, Preferences(region="US"))
    await store.mark(owner, "tmdb:movie:1", MarkKind.SEEN)
    await store.keep_state(owner, {"more": 1}, 60)
    await store.add_usage({Count(owner, "requests", 1): 1})
    number = next(numbers)
    asked = IncomingEvent("discord", f"e{number}", "W", "C", f"m{number}", {"text": "a wish"}, owner.id)
    await store.accept(asked, "worker", 30)


async def test_forgetting_deletes_all_of_one_user_and_nothing_of_another(store: SqlStore) -> None:
    await fill(store, ANN)
    await fill(store, BOB)
    exported = await store.export(ANN)
    assert {name: len(rows) for name, rows in exported.items()} == dict.fromkeys(
        ("turns", "events", "preferences", "marks", "interactions", "usage"), 1
    )
    assert exported["turns"][0]["text"] == "dark comedies"
    before = await store.export(BOB)
    assert await store.forget(ANN) == 6
    assert all(rows == [] for rows in (await store.export(ANN)).values())
    assert await store.export(BOB) == before


async def test_what_is_too_old_goes_and_what_is_not_stays(backend: Backend, store: SqlStore) -> None:
    retention = Retention(conversations=100, events=50, usage=70)
    await fill(store, ANN)
    claim = await store.accept(event(900), "worker", 30)
    assert claim is not None
    await store.finish(claim)
    backend.clock.now += 40
    assert await store.purge(retention) == 0
    backend.clock.now += 20
    assert await store.purge(retention) == 1, "the answered event; the other one still wants an answer"
    backend.clock.now += 50
    assert await store.purge(retention) == 4, "turn, open event, button, usage"
    left = await store.export(ANN)
    assert {name for name, rows in left.items() if rows} == {"preferences", "marks"}
    assert await store.turns(PLACE, 5) == []


async def test_a_clock_that_jumps_back_loses_nothing(backend: Backend, store: SqlStore) -> None:
    claim = await store.accept(event(), "worker", 30)
    assert claim is not None
    backend.clock.now -= 5_000
    assert await store.accept(event(), "other", 30) is None
    assert await store.extend(claim, 30)
    await store.add_turn(PLACE, turn(text="before"))
    backend.clock.now -= 5_000
    await store.add_turn(PLACE, turn(text="after"))
    assert [item.text for item in await store.turns(PLACE, 5)] == ["before", "after"]
    assert await store.finish(claim)


async def test_it_gives_a_sign_of_life(store: SqlStore) -> None:
    await store.ping()


async def test_a_users_newest_turns_in_all_conversations_come_first(backend: Backend) -> None:
    async with backend.opened() as store:
        for number, channel in enumerate(("here", "there", "here")):
            place = Conversation("discord", channel, "server", "ann")
            backend.clock.now += 1
            for author in ("ann", "bob"):
                said = StoredTurn(author, f"wish {number} of {author}", Intent.RECOMMEND, SearchFilters())
                await store.add_turn(place, said)
        newest = await store.turns_of(ANN, 2)
        assert [turn.text for turn in newest] == ["wish 2 of ann", "wish 1 of ann"]
        assert await store.turns_of(Owner(Subject.USER, "slack", "ann"), 2) == []


async def test_an_installation_is_kept_replaced_and_dropped_and_its_tokens_show_nowhere(
    backend: Backend,
) -> None:
    first = Installation("slack", "T1", "U1", "B1", "xoxb-hush", "xoxe-hush", 1_000.0)
    async with backend.opened() as store:
        assert await store.installation("slack", "T1") is None
        await store.keep_installation(first)
        await store.keep_installation(replace(first, workspace="T2"))
        renewed = replace(first, token="xoxb-new-hush", expires_at=2_000.0)
        await store.keep_installation(renewed)
    async with backend.opened() as store:
        assert await store.installation("slack", "T1") == renewed
        await store.drop_installation("slack", "T1")
        await store.drop_installation("slack", "T1")
        assert await store.installation("slack", "T1") is None
        assert await store.installation("slack", "T2") == replace(first, workspace="T2")
    assert "hush" not in repr(first)

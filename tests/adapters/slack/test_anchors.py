"""The messages that commands are answered below: none is lost, and none comes twice."""

import asyncio
from pathlib import Path

import pytest

from adapters.emulators.slack import Message, Problem
from core.errors import StoreUnavailable
from core.memory.records import IncomingEvent
from core.providers.sql.store import SqlStore
from tests.adapters.slack.people import Club, has_buttons, said, working, written

WISH = "dark comedies from the 90s"


def anchors(club: Club) -> list[Message]:
    """The bot's messages that stand in the channel itself."""
    return [message for message in written(club.general) if message.thread_ts is None]


async def test_a_command_that_arrives_twice_is_answered_once_below_one_message(
    club: Club, worker: None
) -> None:
    await club.slack.command(club.general, club.ann, "/recommend", WISH)
    [(envelope, _, _)] = [
        attempt for attempt in club.slack.socket_mode.attempts if attempt[0].kind == "slash_commands"
    ]
    await club.slack.delivery.ask(envelope)
    answer = await club.answer(club.general)
    await club.slack.delivery.settle()
    [anchor] = anchors(club)
    assert club.general.thread(anchor) == [anchor, answer]


async def test_a_command_is_kept_before_anything_is_posted(
    club: Club, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, posted = SqlStore.accept, []

    async def noting(self: SqlStore, event: IncomingEvent, *given: object) -> object:
        posted.append(len(club.calls("chat.postMessage")))
        return await accept(self, event, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(SqlStore, "accept", noting)
    await club.slack.command(club.general, club.ann, "/recommend", WISH)
    await club.answer(club.general)
    assert posted[0] == 0


@pytest.mark.parametrize("is_posted", [False, True], ids=["before it is posted", "once it is posted"])
async def test_where_a_worker_dies_around_the_message_the_next_one_answers_below_the_only_one(
    club: Club, data: Path, monkeypatch: pytest.MonkeyPatch, is_posted: bool
) -> None:
    accept = SqlStore.accept

    async def dying(self: SqlStore, event: IncomingEvent, *given: object) -> object:
        if event.platform == "slack":
            await asyncio.Event().wait()
        return await accept(self, event, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(SqlStore, "accept", dying)
        if not is_posted:
            club.slack.faults.append(Problem("internal_error", 500))
        async with working(club, data, DRAIN_SECONDS="0"):
            asked = await club.slack.command(club.general, club.ann, "/recommend", WISH)
            assert asked.acknowledged
            await club.slack.until(lambda: club.calls("chat.postMessage"))
    assert len(anchors(club)) == is_posted
    async with working(club, data):
        answer = await club.answer(club.general)
    [anchor] = anchors(club)
    assert anchor.text == f"<@{club.ann.id}>: {WISH}"
    assert club.general.thread(anchor) == [anchor, answer]


async def test_a_message_that_was_posted_unsaid_is_found(club: Club, worker: None) -> None:
    club.slack.faults.append(Problem("internal_error", 500, applied=True))
    await club.slack.command(club.general, club.ann, "/recommend", WISH)
    answer = await club.answer(club.general)
    [anchor] = anchors(club)
    assert club.general.thread(anchor) == [anchor, answer]


async def test_where_none_can_be_posted_the_answer_comes_without_one(club: Club, worker: None) -> None:
    club.slack.faults.append(Problem("internal_error", 500))
    asked = await club.slack.command(club.general, club.ann, "/recommend", WISH)
    assert has_buttons(await club.word(asked))
    assert club.calls("chat.postMessage")[1:] == []


async def test_a_wish_that_cannot_be_kept_is_told_and_nothing_is_posted(
    club: Club, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> object:
        raise StoreUnavailable("away")

    monkeypatch.setattr(SqlStore, "accept", away)
    asked = await club.slack.command(club.general, club.ann, "/recommend", WISH)
    assert said(await club.word(asked)).startswith("I can't reach my memory right now")
    assert not anchors(club)

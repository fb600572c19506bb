"""What goes wrong around answers on the emulated Slack, and what people see in the end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.emulators.llm import ModelServer, Script, argue
from adapters.emulators.slack import Deadlines, Problem, RateLimits, SlackServer
from adapters.emulators.slack.calls import Call
from core.errors import StoreUnavailable
from tests.adapters.slack.people import Club, button, has_buttons, said, titles, working, written
from tests.adapters.slack.test_streams import QUICKLY, SLOWLY, WISH, begun, refusing
from tests.logged import logged


@pytest_asyncio.fixture
async def slack(rates: RateLimits) -> AsyncIterator[SlackServer]:
    """Slack that delivers again without much ado."""
    async with SlackServer(limits=rates, deadlines=Deadlines(ack=1.0, retries=(0.0, 0.1, 0.2))) as running:
        yield running


async def test_an_event_that_cannot_be_kept_is_delivered_again_and_answered_once(
    club: Club, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.providers.sql.store import SqlStore

    accept, failures = SqlStore.accept, [StoreUnavailable("away")] * 3

    async def failing(self: SqlStore, *given: object) -> object:
        if failures:
            raise failures.pop()
        return await accept(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(SqlStore, "accept", failing)
    question = await club.slack.say(club.general, club.ann, WISH)
    answer = await club.answer(club.general, question)
    await club.slack.delivery.settle()
    assert club.slack.delivery.lost == []
    assert [message for message in club.general.thread(question) if message.author.bot] == [answer]
    told = [message for message in club.general.ephemerals if message.ephemeral_for is club.ann]
    assert said(told[0]).startswith("I can't reach my memory right now")


async def test_a_late_acknowledgement_and_its_redeliveries_make_one_answer(
    club: Club, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.providers.sql.store import SqlStore

    accept, slow = SqlStore.accept, [1.4, 1.4]

    async def late(self: SqlStore, *given: object) -> object:
        claim = await accept(self, *given)  # type: ignore[arg-type]
        if slow:
            await asyncio.sleep(slow.pop())
        return claim

    monkeypatch.setattr(SqlStore, "accept", late)
    question = await club.slack.say(club.general, club.ann, WISH)
    answer = await club.answer(club.general, question)
    await club.slack.delivery.settle()
    assert len(club.slack.socket_mode.attempts) > 2, "it was delivered again"
    assert [message for message in club.general.thread(question) if message.author.bot] == [answer]


async def test_an_answer_goes_on_while_the_socket_is_lost(
    club: Club, model: ModelServer, worker: None
) -> None:
    question, answer = await begun(club, model)
    await club.slack.socket_mode.drop()
    await club.slack.until(lambda: has_buttons(answer))
    assert "3. **" in answer.text
    await club.slack.until(lambda: club.slack.socket_mode.count)
    model.scripts = [Script(argue)]
    await club.slack.say(club.general, club.ann, "something lighter", question)
    await club.answer(club.general, question, before=1)


async def test_an_answer_that_a_worker_left_is_completed_by_the_next_and_stands_once(
    club: Club, model: ModelServer, data: Path
) -> None:
    async with working(club, data, DRAIN_SECONDS="0"):
        question, first = await begun(club, model, SLOWLY)
    assert "being restarted" in said(first)
    model.scripts = [Script(argue)]
    async with working(club, data):
        answer = await club.answer(club.general, question)
    assert answer is first
    assert club.general.thread(question) == [question, answer]
    assert "being restarted" not in said(answer)


@pytest.mark.parametrize(
    "faults",
    [
        [Problem("ratelimited", 429, retry_after=1)],
        [Problem("internal_error", 500)],
        [Problem("internal_error", 500, applied=True)],
        [Problem("fatal_error"), Problem("internal_error", 500, applied=True)],
    ],
    ids=["busy", "lost", "done unsaid", "lost and done unsaid"],
)
async def test_a_post_that_fails_costs_nothing_and_is_not_made_twice(
    club: Club, worker: None, faults: list[Problem]
) -> None:
    club.slack.faults.extend(faults)
    _, answer = await club.asked("dark comedies from the 90s")
    assert written(club.general) == [answer]
    assert len(titles(answer)) >= 3


@pytest.mark.parametrize("applied", [False, True], ids=["lost", "done unsaid"])
@pytest.mark.parametrize("before", [0, 1, 3], ids=["start", "append", "later"])
async def test_a_call_of_a_stream_that_fails_costs_nothing(
    club: Club, model: ModelServer, worker: None, before: int, applied: bool
) -> None:
    model.scripts = [QUICKLY]

    def calls() -> int:
        return sum(name.endswith("Stream") for name, _ in club.slack.calls)

    question = await club.slack.say(club.general, club.ann, WISH)
    await club.slack.until(lambda: calls() >= before)
    club.slack.faults.append(Problem("internal_error", 500, applied=applied))
    answer = await club.answer(club.general, question)
    assert club.general.thread(question) == [question, answer]
    assert said(answer).count("3. *") == 1
    assert said(answer).count("1. *") == 1
    assert not club.slack.faults


async def test_a_storm_of_429_loses_nothing(club: Club, model: ModelServer, worker: None) -> None:
    question, answer = await begun(club, model)
    club.slack.faults.extend([Problem("ratelimited", 429, retry_after=1)] * 2)
    await club.slack.until(lambda: has_buttons(answer), 20)
    assert "3. **" in answer.text
    assert club.general.thread(question) == [question, answer]


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.update"])
async def test_a_method_that_is_too_busy_amid_an_answer_loses_nothing(
    club: Club, model: ModelServer, worker: None, method: str
) -> None:
    model.scripts = [QUICKLY]
    if method == "chat.update":
        club.slack._methods["chat.startStream"] = refusing("unknown_method")
    made, busy = club.slack._methods[method], [Problem("ratelimited", 429, retry_after=1)]

    async def sometimes(call: Call) -> dict[str, Any]:
        if busy:
            raise busy.pop()
        return await made(call)

    club.slack._methods[method] = sometimes
    question = await club.slack.say(club.general, club.ann, WISH)
    answer = await club.answer(club.general, question)
    assert not busy
    assert club.general.thread(question) == [question, answer]
    assert said(answer).count("3. *") == 1


async def test_an_answer_that_is_deleted_amid_its_text_comes_whole_and_once(
    club: Club, model: ModelServer, worker: None
) -> None:
    question, first = await begun(club, model)
    await club.slack.delete(first)
    answer = await club.answer(club.general, question)
    assert "3. *" in said(answer)
    assert club.general.thread(question) == [question, answer]


async def test_where_the_parent_of_a_thread_is_gone_the_asker_is_told(
    club: Club, model: ModelServer, worker: None
) -> None:
    model.scripts = [Script(argue, delta_seconds=0.01)]
    question = await club.slack.say(club.general, club.ann, WISH)
    await club.slack.delete(question)
    await club.slack.until(lambda: club.general.ephemerals)
    [told] = club.general.ephemerals
    assert said(told).startswith("I can't show my answer there")
    assert told.ephemeral_for is club.ann


async def test_where_it_is_thrown_out_amid_an_answer_the_asker_is_told_in_private(
    club: Club, model: ModelServer, worker: None
) -> None:
    await begun(club, model)
    club.general.members.remove(club.workspace.bot)
    await club.slack.until(lambda: club.direct.visible)
    assert said(club.direct.visible[0]).startswith("I can't show my answer there")


async def test_who_asks_too_often_is_told_alone_and_the_promise_is_taken_back(club: Club, data: Path) -> None:
    async with working(club, data, USER_REQUESTS_PER_DAY="1"):
        await club.asked("dark comedies from the 90s")
        asked = await club.slack.command(club.general, club.ann, "/recommend", "bleak westerns")
        told = await club.word(asked)
        assert said(told).startswith("You're at 1 request today")
        assert told.ephemeral_for is club.ann
        await club.slack.until(lambda: len(written(club.general)) == 1)
        await club.slack.say(club.general, club.ann, "@Matinee bleak westerns")
        await club.slack.until(lambda: club.general.ephemerals[1:])
        assert "1 request today" in said(club.general.ephemerals[-1])


async def test_who_has_to_wait_is_told_and_then_answered(club: Club, model: ModelServer, data: Path) -> None:
    async with working(club, data, PARALLEL_ANSWERS="1", WAITING_ANSWERS="1"):
        await begun(club, model, Script(argue, delta_seconds=0.02))
        model.scripts = [Script(argue)]
        waits = await club.slack.say(club.general, club.bob, "@Matinee bleak westerns")
        await club.slack.until(lambda: club.general.ephemerals)
        assert said(club.general.ephemerals[0]).startswith("There's a queue; you're number 1.")
        await club.slack.command(club.general, club.bob, "/recommend", "one too many")
        await club.slack.until(lambda: "more requests than I can" in said(club.general.ephemerals[-1]))
        await club.answer(club.general, waits)


async def test_what_breaks_behind_a_button_is_told_with_its_number(
    club: Club, worker: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, answer = await club.asked("dark comedies from the 90s")
    secret = " ".join(["what", "ann", "wrote"])

    def broken(*_: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("adapters.slack.buttons.AnswerState.from_dict", broken)
    monkeypatch.setattr("adapters.slack.commands.help_text", broken)
    for happened in (
        await club.slack.press(answer, club.ann, *button(answer, "next")),
        await club.slack.command(club.general, club.ann, "/movies-help"),
    ):
        told = await club.word(happened)
        assert said(told).startswith("Something broke on my side (ref ")
        assert said(told).split("ref ")[1][:4] in logged(caplog)
        assert happened.acknowledged
    assert secret not in logged(caplog)


async def test_fields_that_slack_adds_tomorrow_do_no_harm(club: Club, worker: None) -> None:
    club.slack.events.unknown_fields = {"mood": {"colour": "blue"}, "tomorrow": [1, 2, 3]}
    _, answer = await club.asked("dark comedies from the 90s")
    assert has_buttons(answer)


async def test_no_text_and_no_token_is_logged(
    club: Club, worker: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    club.slack.faults.append(Problem("ratelimited", 429, retry_after=1))
    await club.asked("dark comedies about undertakers")
    shown = logged(caplog)
    assert "undertakers" not in shown
    assert club.workspace.token not in shown
    assert club.slack.app.app_token not in shown

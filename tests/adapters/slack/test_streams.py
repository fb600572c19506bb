"""How an answer comes on Slack while it is written: streamed, else posted and changed, else posted once."""

from collections.abc import Awaitable, Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest

from adapters.emulators.llm import Fault, ModelServer, Script, argue
from adapters.emulators.slack import Channel, Message, Problem, SlackServer
from adapters.slack import ports
from tests.adapters.slack.people import Club, button, has_buttons, said, titles, written

SLOWLY, QUICKLY = Script(argue, delta_seconds=0.04), Script(argue, delta_seconds=0.008)
WISH = "@Matinee dark comedies from the 90s"


async def begun(club: Club, model: ModelServer, script: Script = QUICKLY) -> tuple[Message, Message]:
    """A question, and an answer of which some text is shown."""
    model.scripts = [script]
    question = await club.slack.say(club.general, club.ann, WISH)
    return question, await showing(club, club.general, question)


async def showing(club: Club, channel: Channel, question: Message) -> Message:
    await club.slack.until(lambda: "1. " in said(channel.thread(question)[-1]))
    return channel.thread(question)[-1]


def grows(history: list[str]) -> bool:
    """Whether each text begins with the one before."""
    return all(after.startswith(before) for before, after in pairwise(history))


async def test_an_answer_is_streamed_to_its_asker_and_ends_with_cards_and_buttons(
    club: Club, model: ModelServer, worker: None
) -> None:
    question, answer = await begun(club, model)
    assert answer.stream is not None
    assert answer.stream.recipient is club.ann
    assert not has_buttons(answer)
    assert club.general.sessions[question.ts].status == "processing"
    await club.slack.until(lambda: has_buttons(answer))
    assert len(answer.history) > 4, "it came bit by bit"
    assert grows(answer.history)
    assert answer.text.startswith("`comedy` `1990 to 1999`")
    assert "3. **" in answer.text, "streams take CommonMark"
    assert len(titles(answer)) >= 3
    assert written(club.general) == [answer]
    assert not club.calls("chat.update"), "cards come with the end of the stream"
    assert club.general.sessions[question.ts].status == "active"


async def test_an_answer_below_a_command_is_streamed(club: Club, model: ModelServer, worker: None) -> None:
    model.scripts = [QUICKLY]
    await club.slack.command(club.general, club.bob, "/recommend", "dark comedies")
    answer = await club.answer(club.general)
    assert answer.stream is not None
    assert answer.stream.recipient is club.bob
    await club.slack.press(answer, club.ann, *button(answer, "refine"))


async def test_whoever_asks_in_whatever_way_is_the_recipient(
    club: Club, model: ModelServer, worker: None
) -> None:
    model.scripts = [QUICKLY]
    talk = await club.slack.say(club.general, club.ann, "slow tense submarine films")
    await club.slack.shortcut_on_message(talk, club.bob, "matinee-find-like")
    first = await club.answer(club.general, talk)
    await club.slack.press(first, club.bob, *button(first, "next"))
    second = await club.answer(club.general, talk, before=1)
    await club.slack.press(second, club.bob, "matinee:more:0")
    third = await club.answer(club.general, talk, before=2)
    view = await club.form(await club.slack.press(third, club.bob, *button(third, "refine")))
    await club.slack.submit(view, club.bob, {"words": "funnier"})
    fourth = await club.answer(club.general, talk, before=3)
    for answer in (first, second, third, fourth):
        assert answer.stream is not None
        assert answer.stream.recipient is club.bob
    await club.slack.say(club.direct, club.ann, "dark comedies")
    assert (await club.answer(club.direct)).stream is not None


@pytest.mark.parametrize(
    "refusal",
    [
        Problem("missing_recipient_user_id"),
        Problem("team_not_found"),
        Problem("unknown_method"),
        Problem("ratelimited", 429, retry_after=30),
    ],
    ids=lambda refusal: refusal.error,
)
async def test_where_no_stream_begins_a_message_is_posted_and_changed(
    club: Club, model: ModelServer, worker: None, refusal: Problem
) -> None:
    club.slack.faults.append(refusal)
    question, answer = await begun(club, model)
    assert answer.stream is None
    await club.slack.until(lambda: has_buttons(answer))
    assert "matinee:stop" in str(answer.versions[0]), "as long as it is written it can be stopped"
    assert "matinee:stop" not in str(answer.blocks)
    assert len(answer.versions) >= 2
    assert "3. *" in said(answer)
    assert club.general.thread(question) == [question, answer]


async def test_where_messages_may_not_be_changed_the_answer_is_posted_once(
    club: Club, model: ModelServer, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(club.slack, monkeypatch, {"chat.startStream": "not_allowed", "chat.update": "edit_window_closed"})
    question, _ = await begun(club, model)
    await club.slack.until(lambda: has_buttons(club.general.thread(question)[-1]))
    [_, answer] = club.general.thread(question)
    assert len(answer.versions) == 1
    assert "3. *" in said(answer)
    assert len(written(club.general)) == 1


async def test_a_stream_that_has_died_is_completed_by_a_change(
    club: Club, model: ModelServer, worker: None
) -> None:
    question, answer = await begun(club, model)
    club.slack.clock.ahead += 400
    await club.slack.until(lambda: has_buttons(answer))
    assert "3. *" in said(answer)
    assert said(answer).count("1. *") == 1
    assert club.general.thread(question) == [question, answer]
    assert len(titles(answer)) >= 3
    assert club.general.sessions[question.ts].status == "active"


async def test_a_stream_is_closed_well_before_it_would_die(
    club: Club, model: ModelServer, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "STREAM_SECONDS", 0.5)
    question, answer = await begun(club, model)
    await club.slack.until(lambda: has_buttons(answer))
    answers = [exchange.answer.get("error") for exchange in club.slack.exchanges]
    assert not any(answers), "Slack had to refuse nothing"
    assert "3. *" in said(answer)
    assert club.general.thread(question) == [question, answer]


async def test_whoever_presses_stop_stops_the_answer(club: Club, model: ModelServer, worker: None) -> None:
    question, answer = await begun(club, model, SLOWLY)
    await club.slack.stop_stream(answer, club.ann)
    await club.slack.until(lambda: said(answer).endswith("(Stopped.)"))
    assert "1. *" in said(answer), "what was shown stays"
    assert "3. *" not in said(answer)
    await club.slack.until(lambda: club.general.sessions[question.ts].status == "active")
    await club.slack.say(club.general, club.ann, "something lighter", question)
    model.scripts = [Script(argue)]
    await club.answer(club.general, question)


async def test_a_stop_that_is_heard_of_by_a_refusal_alone_is_obeyed(
    club: Club, model: ModelServer, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(club.slack.events, "session_stopped", lambda *_: None)
    _, answer = await begun(club, model, SLOWLY)
    await club.slack.stop_stream(answer, club.ann)
    await club.slack.until(lambda: said(answer).endswith("(Stopped.)"))
    assert "3. *" not in said(answer)


async def test_a_posted_answer_is_stopped_by_its_button_by_its_asker_alone(
    club: Club, model: ModelServer, worker: None
) -> None:
    club.slack.faults.append(Problem("team_not_found"))
    _, answer = await begun(club, model, SLOWLY)
    refused = await club.slack.press(answer, club.bob, *button(answer, "stop"))
    assert said(await club.word(refused)).startswith("Only whoever asked can stop")
    await club.slack.press(answer, club.ann, *button(answer, "stop"))
    await club.slack.until(lambda: said(answer).endswith("(Stopped.)"))
    assert "matinee:stop" not in str(answer.blocks)


async def test_a_model_that_is_cut_leaves_what_was_shown_and_a_button_to_continue(
    club: Club, model: ModelServer, worker: None
) -> None:
    model.scripts = [Script(argue, Fault.CUT, after=30), Script(argue)]
    question = await club.slack.say(club.general, club.ann, WISH)
    cut = await club.answer(club.general, question)
    assert "That's as far as I got" in said(cut)
    await club.slack.press(cut, club.ann, *button(cut, "next"))
    following = await club.answer(club.general, question, before=1)
    assert not set(titles(cut)) & set(titles(following))


async def test_an_answer_longer_than_a_message_is_whole_over_several(
    club: Club, model: ModelServer, worker: None
) -> None:
    times = 30

    def at_length(body: Mapping[str, Any]) -> str:
        first, *items = argue(body).split("\n1. ")
        lines = ("1. " + items[0]).split("\n")
        parts = (line.partition(" — ") for line in lines)
        return "\n".join([first, *(f"{marker} — {(reason + ' ') * times}" for marker, _, reason in parts)])

    model.scripts = [Script(at_length, delta_characters=400, delta_seconds=0.02)]
    question = await club.slack.say(club.general, club.ann, WISH)
    await club.answer(club.general, question)
    [_, *answers] = club.general.thread(question)
    assert len(answers) >= 2
    text = "\n".join(prose(answer) for answer in answers)
    assert text.count("Start here:") == times
    assert text.count("The wild card") == times
    assert [has_buttons(answer) for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert "matinee:stop" not in str([answer.blocks for answer in answers])


def prose(message: Message) -> str:
    """What a message says beside its cards."""
    sections = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    return "\n".join(sections) or message.text


def refuse(slack: SlackServer, monkeypatch: pytest.MonkeyPatch, errors: dict[str, str]) -> None:
    """Let methods be refused always."""
    methods = slack._methods
    for method, error in errors.items():
        monkeypatch.setitem(methods, method, refusing(error))


def refusing(error: str) -> Callable[[object], Awaitable[dict[str, Any]]]:
    """A method that is refused."""

    async def refused(_: object) -> dict[str, Any]:
        raise Problem(error)

    return refused

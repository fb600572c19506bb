"""A conversation goes on after a restart, with the text of messages or without it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.wiring import opened
from core.assistant import Assistant
from core.domain import Author, Conversation, Intent, Request, Title
from core.events import ReplyFinished, TitlesFound
from core.memory.conversations import Conversations
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import SqlStore, opened_store
from tests.conftest import settings_with

PLACE = Conversation("scripted", "channel", "server", "thread")


async def ask(
    assistant: Assistant, store: SqlStore, conversations: Conversations, text: str
) -> tuple[TitlesFound, ReplyFinished]:
    history = await conversations.history(PLACE)
    request = Request(text, PLACE, Author("ann"), history=history)
    events = [event async for event in assistant.reply(request)]
    found = next(event for event in events if isinstance(event, TitlesFound))
    finished = events[-1]
    assert isinstance(finished, ReplyFinished)
    await store.add_turn(PLACE, conversations.turn(request, found.understood, finished))
    return found, finished


@pytest.mark.parametrize("keep_text", [True, False])
async def test_a_follow_up_after_a_restart_changes_the_wish_before(
    tmp_path: Path, data_dir: Path, keep_text: bool
) -> None:
    url = sqlite_url(tmp_path / "state.sqlite")
    async with opened(settings_with({"MATINEE_DATA_DIR": str(data_dir)})) as matinee:

        async def known(ids: Sequence[str]) -> Mapping[str, Title]:
            return await matinee.assistant.retriever.known(ids)

        async with opened_store(url) as store:
            conversations = Conversations(store, known, keep_text=keep_text)
            _, first = await ask(matinee.assistant, store, conversations, "dark comedies from the 90s")
        shown = {pick.ranked.title.id for pick in first.picks}
        async with opened_store(url) as store:
            conversations = Conversations(store, known, keep_text=keep_text)
            found, second = await ask(matinee.assistant, store, conversations, "only on netflix")
            kept = await store.turns(PLACE, 5)
    assert found.understood.intent is Intent.REFINE
    assert found.understood.filters.year_from == 1990
    assert found.understood.filters.genres == ("Comedy",)
    assert found.understood.filters.providers == ("Netflix",)
    assert not shown & {pick.ranked.title.id for pick in second.picks}, "what was shown does not come back"
    assert ("dark comedies" in str(kept)) is keep_text


async def test_a_question_before_a_restart_still_names_what_is_spoken_of(
    tmp_path: Path, data_dir: Path
) -> None:
    url = sqlite_url(tmp_path / "state.sqlite")
    async with opened(settings_with({"MATINEE_DATA_DIR": str(data_dir)})) as matinee:
        for text, expected in (("who directed Lady Bird?", "Greta Gerwig"), ("how long is it?", "Lady Bird")):
            async with opened_store(url) as store:
                conversations = Conversations(store, matinee.assistant.retriever.known)
                _, finished = await ask(matinee.assistant, store, conversations, text)
            assert expected in finished.text
